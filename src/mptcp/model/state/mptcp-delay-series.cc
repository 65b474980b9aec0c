/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-delay-series.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

MptcpDelaySeries::MptcpDelaySeries(double width)
    : m_width(width)
{
}

void
MptcpDelaySeries::Add(double now, double delay)
{
    if (m_first < 0)
    {
        m_first = delay;
    }
    m_last = static_cast<int64_t>(std::floor(now / m_width));
    Bin& bin = m_bins[static_cast<std::size_t>(m_last) % BINS];
    if (bin.number != m_last)
    {
        bin = {m_last, 0, 0};
    }
    // Less the first delay, so that single precision does for the rest.
    bin.sum += static_cast<float>(delay - m_first);
    ++bin.count;
}

bool
MptcpDelaySeries::GetChange(int64_t number, double& change) const
{
    if (number < 1)
    {
        return false;
    }
    const Bin& before = m_bins[static_cast<std::size_t>(number - 1) % BINS];
    const Bin& bin = m_bins[static_cast<std::size_t>(number) % BINS];
    if (bin.number != number || before.number != number - 1)
    {
        return false;
    }
    change =
        bin.sum / static_cast<double>(bin.count) - before.sum / static_cast<double>(before.count);
    return true;
}

std::optional<double>
MptcpDelaySeries::Correlate(const MptcpDelaySeries& other, int64_t lag) const
{
    double n = 0;
    double x = 0;
    double y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int64_t number = m_last - static_cast<int64_t>(BINS) + 1; number <= m_last; ++number)
    {
        double a = 0;
        double b = 0;
        if (GetChange(number, a) && other.GetChange(number + lag, b))
        {
            ++n;
            x += a;
            y += b;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
    }
    const double both = (n * xx - x * x) * (n * yy - y * y);
    if (n < ENOUGH || both <= 0)
    {
        return std::nullopt;
    }
    return (n * xy - x * y) / std::sqrt(both);
}

std::optional<double>
MptcpDelaySeries::GetCorrelation(const MptcpDelaySeries& other) const
{
    // An empty one is less than any.
    return std::max({Correlate(other, -1), Correlate(other, 0), Correlate(other, 1)});
}

MptcpCorrelationDetector::MptcpCorrelationDetector(double correlation)
    : m_correlation(correlation)
{
}

void
MptcpCorrelationDetector::AddDelay(uint32_t flow, double now, double delay)
{
    constexpr double PERIOD = 1;
    constexpr double WIDTH = 0.1;
    m_flows.try_emplace(flow, MptcpDelaySeries(WIDTH)).first->second.series.Add(now, delay);
    if (now >= m_next)
    {
        m_next = now + PERIOD;
        Group();
    }
}

void
MptcpCorrelationDetector::Remove(uint32_t flow)
{
    m_flows.erase(flow);
}

uint32_t
MptcpCorrelationDetector::GetGroup(uint32_t flow) const
{
    const auto it = m_flows.find(flow);
    return it == m_flows.end() ? 0 : it->second.group;
}

void
MptcpCorrelationDetector::Group()
{
    for (auto& [id, flow] : m_flows)
    {
        flow.group = 0;
    }
    uint32_t last = 0;
    for (auto first = m_flows.begin(); first != m_flows.end(); ++first)
    {
        for (auto second = m_flows.begin(); second != first; ++second)
        {
            const auto correlation = first->second.series.GetCorrelation(second->second.series);
            if (!correlation)
            {
                continue;
            }
            for (auto* flow : {&second->second, &first->second})
            {
                flow->group = flow->group == 0 ? ++last : flow->group;
            }
            const uint32_t merged = first->second.group;
            for (auto& [id, flow] : m_flows)
            {
                if (*correlation >= m_correlation && flow.group == merged)
                {
                    flow.group = second->second.group;
                }
            }
        }
    }
}

} // namespace ns3
