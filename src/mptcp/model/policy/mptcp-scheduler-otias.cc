/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-otias.h"

#include "ns3/boolean.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerOtias);

TypeId
MptcpSchedulerOtias::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerOtias")
            .SetParent<MptcpSchedulerArrival>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerOtias>()
            .AddAttribute("RoundUp",
                          "Count the segment itself and a part of a round trip as a whole one, as "
                          "the port to Linux does; false: by the formula of the paper.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSchedulerOtias::m_roundUp),
                          MakeBooleanChecker());
    return tid;
}

double
MptcpSchedulerOtias::Predict(const MptcpSubflowView& subflow, bool roundUp)
{
    const double window = std::max({subflow.cwnd, subflow.segmentSize, 1U});
    const double excess = static_cast<double>(subflow.unsent) - subflow.available;
    const double rounds =
        roundUp ? std::ceil((excess + subflow.segmentSize) / window) : std::floor(excess / window);
    return (std::max(rounds, 0.0) + 0.5) * subflow.srtt.GetSeconds();
}

double
MptcpSchedulerOtias::GetArrival(const MptcpSubflowView& subflow) const
{
    return Predict(subflow, m_roundUp);
}

} // namespace ns3
