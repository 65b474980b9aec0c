/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpScheduler);

TypeId
MptcpScheduler::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpScheduler").SetParent<Object>().SetGroupName("Mptcp");
    return tid;
}

uint32_t
MptcpScheduler::GetEligible(const MptcpConnectionView& view, bool reinject)
{
    constexpr uint32_t CARRIED = 4;
    constexpr uint32_t LOSS = 1;
    const std::size_t count = std::min<std::size_t>(view.subflows.size(), 32);
    uint32_t best = UINT32_MAX;
    uint32_t mask = 0;
    for (std::size_t i = 0; i < count; ++i)
    {
        const MptcpSubflowView& subflow = view.subflows[i];
        if (!subflow.usable)
        {
            continue;
        }
        const uint32_t rank = (subflow.stale ? 8 : 0) +
                              (reinject && subflow.carried ? CARRIED : 0) +
                              (subflow.backup ? 2 : 0) + (subflow.inLoss ? LOSS : 0);
        if (rank < best)
        {
            best = rank;
            mask = 0;
        }
        // What is queued already will use up its part of the window first.
        const bool room = subflow.segmentSize > 0 && subflow.available >= subflow.unsent &&
                          subflow.available - subflow.unsent >= subflow.segmentSize;
        if (rank == best && room)
        {
            mask |= 1U << i;
        }
    }
    return (best & CARRIED) && (best & LOSS) ? 0 : mask;
}

} // namespace ns3
