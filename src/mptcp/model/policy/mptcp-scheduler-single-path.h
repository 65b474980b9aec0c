/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_SINGLE_PATH_H
#define MPTCP_SCHEDULER_SINGLE_PATH_H

#include "mptcp-scheduler.h"

#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * The path with the smallest smoothed RTT carries everything; the others are hot standby (RFC 6897,
 * appendix A.2). When its window is full, data waits rather than spill over, which keeps delay and
 * jitter those of one path. RTTs fluctuate, so the path changes only for one that is clearly better
 * (attribute Advantage), or when it is stale, in loss or gone. Reinjections go as with
 * ns3::MptcpSchedulerMinRtt. A tie goes to the older subflow.
 */
class MptcpSchedulerSinglePath : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    double m_advantage{0.8}; ///< attribute Advantage
    bool m_chosen{false};    ///< m_current is valid
    uint32_t m_current{0};   ///< identifier of the subflow in use
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_SINGLE_PATH_H */
