/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-bottleneck-detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

using Flows = std::vector<std::pair<const MptcpDelayStatistics*, uint32_t*>>;

/**
 * Divide a list of flows where a statistic of neighbors in descending order differs too much.
 *
 * @param flows flows
 * @param value the statistic
 * @param limit largest difference inside of a group, from the larger value of the two
 * @return the parts
 */
std::vector<Flows>
Divide(Flows flows,
       const std::function<double(const MptcpDelayStatistics&)>& value,
       const std::function<double(double)>& limit)
{
    std::stable_sort(flows.begin(), flows.end(), [&value](const auto& a, const auto& b) {
        return value(*a.first) > value(*b.first);
    });
    std::vector<Flows> parts;
    for (std::size_t i = 0; i < flows.size(); ++i)
    {
        const double mine = value(*flows[i].first);
        const double previous = i == 0 ? mine : value(*flows[i - 1].first);
        // Not "at least the limit": flows with equal statistics stay together if the limit is 0.
        if (i == 0 || previous - mine > limit(previous))
        {
            parts.emplace_back();
        }
        parts.back().push_back(flows[i]);
    }
    return parts;
}

} // namespace

void
MptcpDelayStatistics::AddDelay(double delay)
{
    ++m_current.packets;
    m_current.mean += delay;
    // The first interval has no mean before it to be compared with.
    if (!m_history.empty())
    {
        m_current.skew += (delay < m_mean) - (delay > m_mean);
        m_current.deviation += std::abs(delay - m_last);
    }
}

void
MptcpDelayStatistics::AddLoss(uint32_t packets)
{
    m_current.lost += packets;
}

void
MptcpDelayStatistics::CloseInterval(const MptcpBottleneckParameters& parameters)
{
    m_parameters = parameters;
    if (m_current.packets == 0)
    {
        // Losses of an interval without a packet count in the next one that has some.
        return;
    }
    m_current.mean /= m_current.packets;
    m_history.push_back(m_current);
    m_current = Interval();
    while (m_history.size() > std::max(parameters.n, parameters.m))
    {
        m_history.pop_front();
    }
    m_last = m_history.back().mean;
    m_mean = GetMeanDelay();
    const double skewness = GetSkewness();
    m_atBottleneck = skewness < parameters.cs || (m_atBottleneck && skewness < parameters.ch) ||
                     GetLoss() > parameters.pl;
}

std::size_t
MptcpDelayStatistics::GetIntervals() const
{
    return std::min<std::size_t>(m_history.size(), m_parameters.m);
}

double
MptcpDelayStatistics::GetMeanDelay() const
{
    double sum = 0;
    const std::size_t count = GetIntervals();
    for (std::size_t i = m_history.size() - count; i < m_history.size(); ++i)
    {
        sum += m_history[i].mean;
    }
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

double
MptcpDelayStatistics::GetSkewness() const
{
    double skew = 0;
    double packets = 0;
    for (std::size_t i = m_history.size() - GetIntervals(); i < m_history.size(); ++i)
    {
        skew += static_cast<double>(m_history[i].skew);
        packets += m_history[i].packets;
    }
    return packets > 0 ? skew / packets : 0;
}

double
MptcpDelayStatistics::GetVariability() const
{
    double deviation = 0;
    double packets = 0;
    for (std::size_t i = m_history.size() - GetIntervals(); i < m_history.size(); ++i)
    {
        deviation += m_history[i].deviation;
        packets += m_history[i].packets;
    }
    return packets > 0 ? deviation / packets : 0;
}

double
MptcpDelayStatistics::GetOscillation() const
{
    const std::size_t count = std::min<std::size_t>(m_history.size(), m_parameters.n);
    if (count == 0)
    {
        return 0;
    }
    const double mean = GetMeanDelay();
    const double margin = m_parameters.pv * GetVariability();
    int side = 0;
    uint32_t crossings = 0;
    for (std::size_t i = m_history.size() - count; i < m_history.size(); ++i)
    {
        const double value = m_history[i].mean;
        const int now = (value > mean + margin) - (value < mean - margin);
        if (now != 0)
        {
            crossings += side != 0 && side != now;
            side = now;
        }
    }
    return static_cast<double>(crossings) / static_cast<double>(count);
}

double
MptcpDelayStatistics::GetLoss() const
{
    double lost = 0;
    double packets = 0;
    for (std::size_t i = m_history.size() - std::min<std::size_t>(m_history.size(), m_parameters.n);
         i < m_history.size();
         ++i)
    {
        lost += m_history[i].lost;
        packets += m_history[i].packets;
    }
    return packets > 0 ? lost / (lost + packets) : 0;
}

bool
MptcpDelayStatistics::IsAtBottleneck() const
{
    return m_atBottleneck && m_history.size() >= m_parameters.m;
}

MptcpBottleneckDetector::MptcpBottleneckDetector(const MptcpBottleneckParameters& parameters)
    : m_parameters(parameters)
{
}

void
MptcpBottleneckDetector::AddDelay(uint32_t flow, double now, double delay)
{
    Advance(now);
    m_flows[flow].statistics.AddDelay(delay);
}

void
MptcpBottleneckDetector::AddLoss(uint32_t flow, double now, uint32_t packets)
{
    Advance(now);
    m_flows[flow].statistics.AddLoss(packets);
}

void
MptcpBottleneckDetector::Remove(uint32_t flow)
{
    if (m_flows.erase(flow) > 0)
    {
        Group();
    }
}

uint32_t
MptcpBottleneckDetector::GetGroup(uint32_t flow) const
{
    const auto it = m_flows.find(flow);
    return it == m_flows.end() ? NO_GROUP : it->second.group;
}

const MptcpDelayStatistics*
MptcpBottleneckDetector::GetStatistics(uint32_t flow) const
{
    const auto it = m_flows.find(flow);
    return it == m_flows.end() ? nullptr : &it->second.statistics;
}

void
MptcpBottleneckDetector::Advance(double now)
{
    if (m_intervalEnd < 0)
    {
        m_intervalEnd = now + m_parameters.t;
    }
    if (now < m_intervalEnd)
    {
        return;
    }
    for (auto& [id, flow] : m_flows)
    {
        flow.statistics.CloseInterval(m_parameters);
    }
    // Intervals in which nothing arrived have no statistics.
    m_intervalEnd += m_parameters.t * (std::floor((now - m_intervalEnd) / m_parameters.t) + 1);
    Group();
}

void
MptcpBottleneckDetector::Group()
{
    Flows all;
    for (auto& [id, flow] : m_flows)
    {
        flow.group = NO_GROUP;
        if (flow.statistics.IsAtBottleneck())
        {
            all.emplace_back(&flow.statistics, &flow.group);
        }
    }
    uint32_t group = NO_GROUP;
    const MptcpBottleneckParameters& p = m_parameters;
    const auto oscillation = [](const MptcpDelayStatistics& s) { return s.GetOscillation(); };
    const auto variability = [](const MptcpDelayStatistics& s) { return s.GetVariability(); };
    const auto skewness = [](const MptcpDelayStatistics& s) { return s.GetSkewness(); };
    const auto loss = [](const MptcpDelayStatistics& s) { return s.GetLoss(); };
    for (Flows& alike : Divide(all, oscillation, [&p](double) { return p.pf; }))
    {
        for (Flows& varying : Divide(alike, variability, [&p](double v) { return p.pmad * v; }))
        {
            const bool lossy = std::any_of(varying.begin(), varying.end(), [&p](const auto& flow) {
                return flow.first->GetLoss() > p.pl;
            });
            const auto groups = lossy ? Divide(varying, loss, [&p](double v) { return p.pd * v; })
                                      : Divide(varying, skewness, [&p](double) { return p.ps; });
            for (const Flows& members : groups)
            {
                ++group;
                for (const auto& member : members)
                {
                    *member.second = group;
                }
            }
        }
    }
}

} // namespace ns3
