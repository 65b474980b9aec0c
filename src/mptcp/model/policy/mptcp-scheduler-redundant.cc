/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-redundant.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerRedundant);

TypeId
MptcpSchedulerRedundant::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSchedulerRedundant")
                            .SetParent<MptcpScheduler>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSchedulerRedundant>();
    return tid;
}

bool
MptcpSchedulerRedundant::IsShared(const MptcpConnectionView& /* view */) const
{
    return false;
}

MptcpSchedulerDecision
MptcpSchedulerRedundant::Select(const MptcpConnectionView& view, bool reinject)
{
    const MptcpSubflowMask eligible = GetEligible(view, reinject);
    if (reinject || IsShared(view))
    {
        return Name(view, GetFastest(view, eligible));
    }
    MptcpSchedulerDecision decision;
    decision.mask = eligible;
    decision.repeat = true;
    return decision;
}

} // namespace ns3
