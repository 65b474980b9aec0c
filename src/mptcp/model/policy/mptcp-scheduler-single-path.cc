/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-single-path.h"

#include "mptcp-checker.h"

#include "ns3/double.h"

#include <bit>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerSinglePath);

TypeId
MptcpSchedulerSinglePath::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerSinglePath")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerSinglePath>()
            .AddAttribute("Advantage",
                          "The path changes when another one's smoothed RTT is less than this "
                          "fraction of its own.",
                          DoubleValue(0.8),
                          MakeDoubleAccessor(&MptcpSchedulerSinglePath::m_advantage),
                          MptcpNamed("ns3::MptcpSchedulerSinglePath::Advantage",
                                     MakeDoubleChecker<double>(0.0, 1.0)));
    return tid;
}

MptcpSchedulerDecision
MptcpSchedulerSinglePath::Select(const MptcpConnectionView& view, bool reinject)
{
    // Seconds; a path without a sample comes after all that have one.
    const auto delay = [](const MptcpSubflowView& subflow) {
        return subflow.srtt.IsZero() ? Time::Max().GetSeconds() : subflow.srtt.GetSeconds();
    };
    MptcpSchedulerDecision decision;
    const MptcpSubflowView* best = nullptr;
    if (reinject)
    {
        for (MptcpSubflowMask left = GetEligible(view, true); left != 0; left &= left - 1)
        {
            const auto i = static_cast<std::size_t>(std::countr_zero(left));
            if (best == nullptr || delay(view.subflows[i]) < delay(*best))
            {
                best = &view.subflows[i];
                decision.mask = MptcpSubflowBit(i);
            }
        }
        return decision;
    }
    // Of the best class, whether its window has room or not.
    const MptcpSubflowView* current = nullptr;
    for (MptcpSubflowMask left = GetBestClass(view, false); left != 0; left &= left - 1)
    {
        const MptcpSubflowView& subflow = view.subflows[std::countr_zero(left)];
        if (m_chosen && subflow.id == m_current)
        {
            current = &subflow;
        }
        if (best == nullptr || delay(subflow) < delay(*best))
        {
            best = &subflow;
        }
    }
    if (best == nullptr)
    {
        return decision;
    }
    if (current && delay(*best) >= m_advantage * delay(*current))
    {
        best = current;
    }
    m_chosen = true;
    m_current = best->id;
    if (HasRoom(*best, view.unsent))
    {
        return Name(view, best);
    }
    // One that never gets room would be waited for without end.
    return IsBusy(*best) ? decision : Name(view, GetFastest(view, GetEligible(view, false)));
}

} // namespace ns3
