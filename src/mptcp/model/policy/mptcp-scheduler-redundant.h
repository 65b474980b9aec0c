/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_REDUNDANT_H
#define MPTCP_SCHEDULER_REDUNDANT_H

#include "mptcp-scheduler.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Every segment on every path: the latency is that of the faster copy, the throughput that of the
 * best path, and a loss on one path costs nothing.
 *
 * New data goes to all subflows of the best class that have room, provided that one of them leads:
 * it carried everything that is outstanding. Without that, a slow path that skipped segments while
 * its window was full would go on alone with newer ones, and the paths would share the data rather
 * than repeat it. When what a subflow skipped is acknowledged, it may lead again; so the lead goes
 * to whichever path is ahead. If no leader is left (it is gone, in loss, or now a backup), or none
 * that has room or something under way, all are.
 *
 * A copy is made when a segment is first sent, not later. Reinjections go to the lowest RTT with
 * room.
 *
 * Source: the redundant scheduler of the out-of-tree Linux MPTCP v0 kernel (mptcp_redundant.c).
 */
class MptcpSchedulerRedundant : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    /**
     * @param view snapshot of the connection
     * @return true: the paths share the next segment, by the lowest RTT, rather than repeat it
     */
    virtual bool IsShared(const MptcpConnectionView& view) const;

    /** What is remembered of a subflow. */
    struct Skip
    {
        uint8_t id{0};     ///< identifier of the subflow
        bool any{false};   ///< it has skipped a segment
        uint64_t dsn{0};   ///< DSN of the first octet of the last one that it skipped
        bool named{false}; ///< it was named in the last decision
    };

    /** @param view snapshot of the connection, which tells what became of the last decision */
    void Learn(const MptcpConnectionView& view);
    /** @param id identifier of a subflow @return its record, or null */
    Skip* Find(uint8_t id);

    std::vector<Skip> m_skips; ///< one per subflow seen
    bool m_pending{false};     ///< the last decision named somebody
    uint64_t m_dsn{0};         ///< DSN that it was about
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_REDUNDANT_H */
