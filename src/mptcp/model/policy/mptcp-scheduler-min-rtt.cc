/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-min-rtt.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerMinRtt);

TypeId
MptcpSchedulerMinRtt::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSchedulerMinRtt")
                            .SetParent<MptcpScheduler>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSchedulerMinRtt>();
    return tid;
}

MptcpSchedulerDecision
MptcpSchedulerMinRtt::Select(const MptcpConnectionView& view, bool reinject)
{
    return Name(view, GetFastest(view, GetEligible(view, reinject)));
}

} // namespace ns3
