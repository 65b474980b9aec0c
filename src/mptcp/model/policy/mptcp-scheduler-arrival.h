/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_ARRIVAL_H
#define MPTCP_SCHEDULER_ARRIVAL_H

#include "mptcp-scheduler.h"

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Base of the schedulers that predict when a segment given to a subflow now would arrive, with what
 * is queued there before it, and choose the earliest.
 *
 * The segment goes to the earliest path even if it must wait there for the window (decision.ahead);
 * when that path holds as much as it may (MptcpSubflowView::queueable), the data waits rather than
 * go elsewhere. Reinjections only go where there is room. A path without an RTT sample comes last;
 * among equal ones the lowest identifier wins.
 */
class MptcpSchedulerArrival : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    /**
     * @param subflow a subflow with an RTT sample
     * @return seconds until a segment that it gets now arrives
     */
    virtual double GetArrival(const MptcpSubflowView& subflow) const = 0;
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_ARRIVAL_H */
