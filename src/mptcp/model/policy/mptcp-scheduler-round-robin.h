/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_ROUND_ROBIN_H
#define MPTCP_SCHEDULER_ROUND_ROBIN_H

#include "mptcp-scheduler.h"

#include <cstdint>

namespace ns3
{

/**
 * The subflows in turn, one segment each, skipping those that have no room.
 *
 * When, units and rights: see MptcpScheduler, whose eligibility rules apply. Remembers which
 * subflow it named last; the turn goes by subflow identifier, so that it survives subflows that
 * come and go. Bulk data fills all windows, so that the split is that of the congestion windows;
 * data of a slow application is split evenly, whatever the RTTs.
 *
 * Source: the round-robin scheduler of the out-of-tree Linux MPTCP v0 kernel (mptcp_rr.c) with
 * num_segments = 1 and cwnd_limited = true.
 */
class MptcpSchedulerRoundRobin : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    uint32_t m_last{UINT32_MAX}; ///< identifier of the subflow named last
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_ROUND_ROBIN_H */
