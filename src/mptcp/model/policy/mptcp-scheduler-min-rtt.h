/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_MIN_RTT_H
#define MPTCP_SCHEDULER_MIN_RTT_H

#include "mptcp-scheduler.h"

namespace ns3
{

/**
 * The subflow with the lowest smoothed RTT that has room for a segment.
 *
 * When, units and rights: see MptcpScheduler, whose eligibility rules apply. Stateless.
 *
 * Source: the default scheduler of the out-of-tree Linux MPTCP v0 kernel (mptcp_sched.c), whose
 * rules are: lowest srtt with congestion window space; skip a subflow in CA_LOSS; prefer paths that
 * have not carried the segment; backup subflows only if there is no active one.
 *
 * A subflow without an RTT sample comes after all that have one. In Linux, where the handshake of a
 * join always gives a sample, the case does not arise; here, an unknown path is not preferred to a
 * known one, yet bulk data reaches it as soon as the known ones have their windows full. Among
 * equal RTTs the lowest subflow identifier wins.
 */
class MptcpSchedulerMinRtt : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_MIN_RTT_H */
