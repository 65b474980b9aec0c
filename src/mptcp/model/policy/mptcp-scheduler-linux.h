/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_LINUX_H
#define MPTCP_SCHEDULER_LINUX_H

#include "mptcp-scheduler.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * The scheduler of upstream Linux ("default"; mptcp_subflow_get_send in net/mptcp/protocol.c).
 *
 * Data goes where it will have left the host first: to the subflow whose queue, sent or not, takes
 * the least time at its pacing rate. It stays there for a burst (attribute Burst), and may queue
 * ahead of the subflow's windows, up to twice the congestion window; when the subflow chosen holds
 * that much, the data waits rather than go elsewhere. So a path with a long queue in the network
 * gets nothing that a faster one would deliver earlier, and the end of a transfer does not wait for
 * it.
 *
 * The pacing rate is cwnd / srtt, times 2 in slow start below half of ssthresh and times 1.2
 * otherwise (tcp_update_pacing_rate), averaged over what is queued, as Linux does. A subflow
 * without an RTT sample counts as idle. Backup subflows are used when there is no other;
 * reinjections go where the queue is shortest, by the rules of MptcpScheduler::GetEligible.
 * A tie goes to the older subflow.
 */
class MptcpSchedulerLinux : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    /** What is remembered of a subflow. */
    struct Pace
    {
        uint32_t id{0};    ///< identifier of the subflow
        double average{0}; ///< averaged pacing rate, octets/s; 0 before the first burst
    };

    /** @param id identifier of a subflow @return its record, made if need be */
    Pace& GetPace(uint32_t id);
    /**
     * @param subflow a subflow
     * @return seconds that its queue takes
     */
    double GetLinger(const MptcpSubflowView& subflow);
    /**
     * @param view snapshot of the connection
     * @param subflow the subflow chosen, which begins a burst
     */
    void BeginBurst(const MptcpConnectionView& view, const MptcpSubflowView& subflow);

    uint32_t m_burst{65428};   ///< attribute Burst
    uint32_t m_left{0};        ///< octets left of the burst
    uint32_t m_current{0};     ///< identifier of the burst's subflow
    std::vector<Pace> m_paces; ///< one per subflow seen
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_LINUX_H */
