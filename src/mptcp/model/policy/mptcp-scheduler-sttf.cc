/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-sttf.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerSttf);

TypeId
MptcpSchedulerSttf::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSchedulerSttf")
                            .SetParent<MptcpSchedulerArrival>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSchedulerSttf>();
    return tid;
}

double
MptcpSchedulerSttf::Predict(const MptcpSubflowView& subflow)
{
    const double segment = std::max(subflow.segmentSize, 1U);
    const double threshold = subflow.ssthresh;
    double window = std::max<double>(subflow.cwnd, segment);
    double queue = static_cast<double>(subflow.unsent) + segment - subflow.available;
    double rounds = 0.5;
    while (queue > 0)
    {
        window = window < threshold ? std::min(2 * window, threshold) : window + segment;
        queue -= window;
        ++rounds;
    }
    return rounds * subflow.srtt.GetSeconds();
}

double
MptcpSchedulerSttf::GetArrival(const MptcpSubflowView& subflow) const
{
    return Predict(subflow);
}

} // namespace ns3
