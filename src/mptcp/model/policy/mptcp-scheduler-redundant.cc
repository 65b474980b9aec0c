/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-redundant.h"

#include <algorithm>
#include <bit>

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

MptcpSchedulerRedundant::Skip*
MptcpSchedulerRedundant::Find(uint8_t id)
{
    const auto found = std::find_if(m_skips.begin(), m_skips.end(), [id](const Skip& skip) {
        return skip.id == id;
    });
    return found != m_skips.end() ? &*found : nullptr;
}

void
MptcpSchedulerRedundant::Learn(const MptcpConnectionView& view)
{
    // A decision need not be followed, e.g. when the algorithm of Nagle holds a segment back.
    const bool followed = m_pending && view.sndNxt != m_dsn;
    for (auto& skip : m_skips)
    {
        if (followed && !skip.named)
        {
            skip.any = true;
            skip.dsn = m_dsn;
        }
        skip.named = false;
    }
    m_pending = false;
    for (const auto& subflow : view.subflows)
    {
        if (!Find(subflow.id))
        {
            // Whatever is outstanding went without it.
            m_skips.push_back({subflow.id, true, view.sndNxt - 1, false});
        }
    }
}

bool
MptcpSchedulerRedundant::IsShared(const MptcpConnectionView& /* view */) const
{
    return false;
}

MptcpSchedulerDecision
MptcpSchedulerRedundant::Select(const MptcpConnectionView& view, bool reinject)
{
    const uint32_t eligible = GetEligible(view, reinject);
    if (reinject)
    {
        return Name(view, GetFastest(view, eligible));
    }
    Learn(view);
    uint32_t leaders = 0;
    for (uint32_t left = GetBestClass(view, false); left != 0; left &= left - 1)
    {
        const auto i = static_cast<uint32_t>(std::countr_zero(left));
        const Skip& skip = *Find(view.subflows[i].id);
        // Serial arithmetic: DSNs wrap.
        const bool complete = !skip.any || static_cast<int64_t>(view.sndUna - skip.dsn) > 0;
        // One that never gets room would be waited for without end.
        if (complete && ((eligible & (1U << i)) || IsBusy(view.subflows[i])))
        {
            leaders |= 1U << i;
        }
    }
    MptcpSchedulerDecision decision;
    if (!IsShared(view))
    {
        decision.mask = leaders == 0 || (eligible & leaders) ? eligible : 0;
    }
    else
    {
        decision = Name(view, GetFastest(view, eligible));
    }
    m_pending = decision.mask != 0;
    m_dsn = view.sndNxt;
    for (uint32_t left = decision.mask; left != 0; left &= left - 1)
    {
        Find(view.subflows[std::countr_zero(left)].id)->named = true;
    }
    return decision;
}

} // namespace ns3
