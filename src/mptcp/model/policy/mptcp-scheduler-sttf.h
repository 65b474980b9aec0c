/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_STTF_H
#define MPTCP_SCHEDULER_STTF_H

#include "mptcp-scheduler-arrival.h"

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Shortest Transfer Time First (STTF): the path on which the segment arrives first, counting what
 * is queued there and how the congestion window grows meanwhile.
 *
 * A segment within the free window takes RTT/2. Otherwise it waits a round trip for each window
 * that goes before it; the window doubles each round up to ssthresh and grows by a segment after.
 *
 * What else: see MptcpSchedulerArrival. Source: Hurtig et al., IEEE/ACM ToN 2019.
 */
class MptcpSchedulerSttf : public MptcpSchedulerArrival
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * @param subflow a subflow
     * @return seconds until a segment that it gets now arrives
     */
    static double Predict(const MptcpSubflowView& subflow);

  private:
    double GetArrival(const MptcpSubflowView& subflow) const override;
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_STTF_H */
