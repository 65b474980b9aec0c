/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-single-path.h"

#include "ns3/double.h"

#include <algorithm>
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
                          MakeDoubleChecker<double>(0.0, 1.0));
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
        for (uint32_t left = GetEligible(view, true); left != 0; left &= left - 1)
        {
            const auto i = static_cast<uint32_t>(std::countr_zero(left));
            if (best == nullptr || delay(view.subflows[i]) < delay(*best))
            {
                best = &view.subflows[i];
                decision.mask = 1U << i;
            }
        }
        return decision;
    }
    const std::size_t nameable = std::min<std::size_t>(view.subflows.size(), 32);
    // Of the best class, whether its window has room or not.
    const auto rank = [](const MptcpSubflowView& subflow) {
        return 4 * subflow.stale + 2 * subflow.backup + 1 * subflow.inLoss;
    };
    const MptcpSubflowView* current = nullptr;
    for (std::size_t i = 0; i < nameable; ++i)
    {
        const MptcpSubflowView& subflow = view.subflows[i];
        if (!subflow.usable)
        {
            continue;
        }
        if (m_chosen && subflow.id == m_current)
        {
            current = &subflow;
        }
        if (best == nullptr || rank(subflow) < rank(*best) ||
            (rank(subflow) == rank(*best) && delay(subflow) < delay(*best)))
        {
            best = &subflow;
        }
    }
    if (best == nullptr)
    {
        return decision;
    }
    if (current && rank(*current) == rank(*best) && delay(*best) >= m_advantage * delay(*current))
    {
        best = current;
    }
    m_chosen = true;
    m_current = best->id;
    if (best->available >= best->unsent && best->available - best->unsent >= best->segmentSize)
    {
        decision.mask = 1U << (best - view.subflows.data());
    }
    return decision;
}

} // namespace ns3
