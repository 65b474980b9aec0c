/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_BUFFER_BLOAT_H
#define MPTCP_SCHEDULER_BUFFER_BLOAT_H

#include "mptcp-scheduler.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Mitigation of buffer bloat, around any other scheduler (attribute Inner): a path whose RTT has
 * grown by queues in the network is shown with a smaller window, so that less waits there.
 *
 * A subflow may have cwnd_limit = Factor (lowest smoothed RTT / smoothed RTT) cwnd in flight, at
 * least one segment; the window itself is not touched. What a scheduler may queue ahead is limited
 * alike.
 *
 * Source: Paasch et al., CSWS 2014.
 */
class MptcpSchedulerBufferBloat : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /**
     * @param subflow a subflow
     * @param lowest its lowest smoothed RTT
     * @param factor factor
     * @return octets that it may have in flight, at least a segment
     */
    static double GetLimit(const MptcpSubflowView& subflow, Time lowest, double factor);

  protected:
    void DoDispose() override;

  private:
    /** What is remembered of a subflow. */
    struct Base
    {
        uint32_t id{0}; ///< identifier of the subflow
        Time lowest;    ///< lowest smoothed RTT
    };

    /** @param subflow a subflow, whose windows are limited */
    void Limit(MptcpSubflowView& subflow);

    TypeId m_innerType;          ///< attribute Inner
    double m_factor{3};          ///< attribute Factor
    Ptr<MptcpScheduler> m_inner; ///< the scheduler that decides
    MptcpConnectionView m_view;  ///< what it is shown
    std::vector<Base> m_bases;   ///< one per subflow seen
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_BUFFER_BLOAT_H */
