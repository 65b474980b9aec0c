/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-min-rtt.h"

#include <bit>

namespace ns3
{

namespace
{

/**
 * @param a a subflow
 * @param b another one
 * @return true if a is preferred
 */
bool
IsBetter(const MptcpSubflowView& a, const MptcpSubflowView& b)
{
    if (a.srtt == b.srtt)
    {
        return a.id < b.id;
    }
    if (a.srtt.IsZero() || b.srtt.IsZero())
    {
        return b.srtt.IsZero();
    }
    return a.srtt < b.srtt;
}

} // namespace

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
    MptcpSchedulerDecision decision;
    const MptcpSubflowView* best = nullptr;
    for (uint32_t left = GetEligible(view, reinject); left != 0; left &= left - 1)
    {
        const auto i = static_cast<uint32_t>(std::countr_zero(left));
        const MptcpSubflowView& subflow = view.subflows[i];
        if (best == nullptr || IsBetter(subflow, *best))
        {
            best = &subflow;
            decision.mask = 1U << i;
        }
    }
    return decision;
}

} // namespace ns3
