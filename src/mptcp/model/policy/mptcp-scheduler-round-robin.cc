/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-round-robin.h"

#include <bit>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerRoundRobin);

TypeId
MptcpSchedulerRoundRobin::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSchedulerRoundRobin")
                            .SetParent<MptcpScheduler>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSchedulerRoundRobin>();
    return tid;
}

MptcpSchedulerDecision
MptcpSchedulerRoundRobin::Select(const MptcpConnectionView& view, bool reinject)
{
    MptcpSubflowMask left = GetEligible(view, reinject);
    MptcpSchedulerDecision decision;
    uint32_t nearest = UINT32_MAX;
    uint32_t chosen = m_last;
    for (; left != 0; left &= left - 1)
    {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        // Steps from the identifier after the last one, modulo 2^32: itself is the farthest.
        const uint32_t distance = view.subflows[i].id - m_last - 1;
        if (decision.mask == 0 || distance < nearest)
        {
            nearest = distance;
            chosen = view.subflows[i].id;
            decision.mask = MptcpSubflowBit(i);
        }
    }
    m_last = chosen;
    return decision;
}

} // namespace ns3
