/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_OTIAS_H
#define MPTCP_SCHEDULER_OTIAS_H

#include "mptcp-scheduler-arrival.h"

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Out-of-order Transmission for In-order Arrival (OTIAS): the path on which the segment arrives
 * first, counting the round trips that it waits there for the window:
 * T = (floor((unsent - space) / cwnd) + 1/2) RTT, with a wait that is not negative.
 *
 * What else: see MptcpSchedulerArrival. Source: Yang, Wang and Amer, WAINA 2014.
 */
class MptcpSchedulerOtias : public MptcpSchedulerArrival
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * @param subflow a subflow
     * @param roundUp count the segment itself, and a part of a round as a whole one
     * @return seconds until a segment that it gets now arrives
     */
    static double Predict(const MptcpSubflowView& subflow, bool roundUp);

  private:
    double GetArrival(const MptcpSubflowView& subflow) const override;

    bool m_roundUp{false}; ///< attribute RoundUp
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_OTIAS_H */
