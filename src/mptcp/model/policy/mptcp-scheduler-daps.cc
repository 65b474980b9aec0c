/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-daps.h"

#include "mptcp-checker.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerDaps);

TypeId
MptcpSchedulerDaps::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerDaps")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerDaps>()
            .AddAttribute("Granularity",
                          "Forward delays are rounded to multiples of this, at least one.",
                          TimeValue(MilliSeconds(4)),
                          MakeTimeAccessor(&MptcpSchedulerDaps::m_granularity),
                          MptcpNamed("ns3::MptcpSchedulerDaps::Granularity",
                                     MakeTimeChecker(MicroSeconds(1))));
    return tid;
}

uint64_t
MptcpSchedulerDaps::GetLength(const std::vector<Path>& paths)
{
    uint64_t most = 0;
    for (const auto& path : paths)
    {
        most = std::max(most, path.delay);
    }
    uint64_t length = 1;
    for (const auto& path : paths)
    {
        // Neither factor is more than 2^48, and the first is soon cut: no overflow.
        length = std::min(length / std::gcd(length, path.delay) * path.delay, 64 * most);
    }
    return length;
}

std::vector<MptcpSchedulerDaps::Path>
MptcpSchedulerDaps::GetPaths(const MptcpConnectionView& view, MptcpSubflowMask mask) const
{
    std::vector<Path> paths;
    while (mask != 0)
    {
        const MptcpSubflowView& subflow = *GetFastest(view, mask);
        mask &= ~Name(view, &subflow).mask;
        if (subflow.srtt.IsStrictlyPositive() && (MayHold(subflow) || IsBusy(subflow)))
        {
            const double units = 0.5 * static_cast<double>(subflow.srtt.GetNanoSeconds()) /
                                 static_cast<double>(m_granularity.GetNanoSeconds());
            paths.push_back({subflow.id,
                             std::clamp<uint64_t>(std::llround(units), 1, 1U << 24),
                             std::max(subflow.cwnd / subflow.segmentSize, 1U)});
        }
    }
    return paths;
}

void
MptcpSchedulerDaps::Turn()
{
    m_current = std::min_element(m_due.begin(), m_due.end()) - m_due.begin();
    m_left = 0;
    if (m_due[m_current] <= m_end)
    {
        m_left = m_paths[m_current].segments;
        m_due[m_current] += m_paths[m_current].delay;
    }
}

MptcpSchedulerDecision
MptcpSchedulerDaps::Select(const MptcpConnectionView& view, bool reinject)
{
    const std::vector<Path> paths =
        reinject ? std::vector<Path>() : GetPaths(view, GetBestClass(view, false));
    if (paths.empty())
    {
        return Name(view, GetFastest(view, GetEligible(view, reinject)));
    }
    const bool same =
        std::is_permutation(paths.begin(),
                            paths.end(),
                            m_paths.begin(),
                            m_paths.end(),
                            [](const Path& a, const Path& b) { return a.id == b.id; });
    if (same && m_pending && view.sndNxt == m_dsn)
    {
        ++m_left;
    }
    m_pending = false;
    if (same && m_left == 0)
    {
        Turn();
    }
    if (!same || m_left == 0)
    {
        m_paths = paths;
        m_due.clear();
        for (const auto& path : m_paths)
        {
            m_due.push_back(path.delay);
        }
        m_end = GetLength(m_paths);
        Turn();
    }
    const uint32_t id = m_paths[m_current].id;
    const auto found =
        std::find_if(view.subflows.begin(),
                     view.subflows.end(),
                     [id](const MptcpSubflowView& subflow) { return subflow.id == id; });
    if (!MayHold(*found))
    {
        return {};
    }
    m_pending = true;
    m_dsn = view.sndNxt;
    --m_left;
    MptcpSchedulerDecision decision = Name(view, &*found);
    decision.ahead = true;
    return decision;
}

} // namespace ns3
