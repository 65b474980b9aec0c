/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_DAPS_H
#define MPTCP_SCHEDULER_DAPS_H

#include "mptcp-scheduler.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Delay-Aware Packet Scheduling (DAPS): plans which path carries which part of the data so that it
 * arrives in order.
 *
 * A plan covers the least common multiple of the paths' forward delays D (half of the RTT): in the
 * order of time, each path gets a window of segments at D, 2 D, 3 D, ... A path thus gets segments
 * in inverse proportion to its delay, and the slow ones those that come after what the fast ones
 * send meanwhile. Segments are given to subflows as planned, before their windows admit them
 * (decision.ahead); where the path that comes next in the plan holds as much as it may, the plan
 * waits. Windows and delays are those of the time of planning; a new plan is made when one is
 * through or the subflows of the best class change. A segment that was planned but not sent (the
 * algorithm of Nagle) stays planned.
 *
 * Delays are rounded to multiples of attribute Granularity; a plan ends after 64 rounds of the
 * slowest path even if their least common multiple is more. Subflows without an RTT sample are not
 * planned for; when there is no other, and for reinjections, the rule is that of
 * ns3::MptcpSchedulerMinRtt.
 *
 * Source: Kuhn et al., ICC 2014, and its port to Linux by one of the authors of BLEST.
 */
class MptcpSchedulerDaps : public MptcpScheduler
{
  public:
    /** A path in a plan. */
    struct Path
    {
        uint32_t id{0};       ///< identifier of the subflow
        uint64_t delay{1};    ///< forward delay, units
        uint32_t segments{1}; ///< segments that it gets each time
    };

    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /**
     * @param paths paths
     * @return length of a plan, units
     */
    static uint64_t GetLength(const std::vector<Path>& paths);

  private:
    /**
     * @param view snapshot of the connection
     * @param mask subflows of the best class
     * @return the paths to plan for, the one with the lowest delay first
     */
    std::vector<Path> GetPaths(const MptcpConnectionView& view, MptcpSubflowMask mask) const;
    /** Go to the next turn of the plan. */
    void Turn();

    Time m_granularity{MilliSeconds(4)}; ///< attribute Granularity
    std::vector<Path> m_paths;           ///< paths of the plan
    std::vector<uint64_t> m_due;         ///< when the next turn of each is, units
    std::size_t m_current{0};            ///< path whose turn it is
    uint32_t m_left{0};                  ///< segments that are left of the turn
    uint64_t m_end{0};                   ///< end of the plan, units
    bool m_pending{false};               ///< the last decision named a subflow
    uint64_t m_dsn{0};                   ///< DSN that it was about
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_DAPS_H */
