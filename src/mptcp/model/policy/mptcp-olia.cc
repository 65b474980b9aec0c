/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-olia.h"

#include "mptcp-checker.h"

#include "ns3/boolean.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpOlia);

double
MptcpOliaRule::GetAlpha(const MptcpCoupledPaths& paths)
{
    const auto quality = [](const MptcpCoupledPath& path) {
        return path.interval / (path.rtt * path.rtt);
    };
    const auto window = [](const MptcpCoupledPath& path) {
        return std::floor(path.window / path.segment);
    };
    double bestQuality = 0;
    double largest = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        bestQuality = std::max(bestQuality, quality(path));
        largest = std::max(largest, window(path));
    }
    // Equal but for rounding: the squares of equal RTTs may differ in the last digit only.
    const auto isBest = [&quality, bestQuality](const MptcpCoupledPath& path) {
        return quality(path) >= bestQuality * (1 - 1e-12);
    };
    const auto isLargest = [&window, largest](const MptcpCoupledPath& path) {
        return window(path) == largest;
    };
    std::size_t collected = 0;
    std::size_t large = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        collected += isBest(path) && !isLargest(path);
        large += isLargest(path);
    }
    const MptcpCoupledPath& own = paths.front();
    if (collected == 0 || (!isBest(own) && !isLargest(own)))
    {
        return 0;
    }
    return isLargest(own) ? -1.0 / static_cast<double>(paths.size() * large)
                          : 1.0 / static_cast<double>(paths.size() * collected);
}

double
MptcpOliaRule::GetIncrease(const MptcpCoupledPaths& paths)
{
    const MptcpCoupledPath& own = paths.front();
    double rate = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        rate += path.window / path.rtt;
    }
    return own.window / (own.rtt * own.rtt * rate * rate) + GetAlpha(paths) / own.window;
}

void
MptcpLossIntervals::OnAcknowledged(uint32_t octets)
{
    m_since += octets;
}

void
MptcpLossIntervals::OnLoss()
{
    if (m_since > 0)
    {
        m_between = m_since;
        m_since = 0;
    }
}

double
MptcpLossIntervals::GetInterval() const
{
    return std::max(m_between, m_since);
}

TypeId
MptcpOlia::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpOlia")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpOlia>()
            .AddAttribute("LinuxArithmetic",
                          "Whole segments by a counter that is reset, as in the out-of-tree Linux "
                          "kernel.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpOlia::m_linux),
                          MakeBooleanChecker())
            .AddAttribute(
                "MinSegments",
                "Least slow start threshold of coupled subflows, segments: 1 as in the "
                "draft, 2 as in Linux.",
                UintegerValue(1),
                MakeUintegerAccessor(&MptcpOlia::m_minSegments),
                MptcpNamed("ns3::MptcpOlia::MinSegments", MakeUintegerChecker<uint32_t>(1, 1000)));
    return tid;
}

MptcpOlia::MptcpOlia(const MptcpOlia& other)
    : MptcpCoupledOps(other),
      m_linux(other.m_linux),
      m_minSegments(other.m_minSegments)
{
}

std::string
MptcpOlia::GetName() const
{
    return "MptcpOlia";
}

Ptr<TcpCongestionOps>
MptcpOlia::Fork()
{
    return CopyObject<MptcpOlia>(this);
}

void
MptcpOlia::PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt)
{
    MptcpCoupledOps::PktsAcked(tcb, segmentsAcked, rtt);
    if (m_started && tcb->m_lastAckedSeq > m_acked)
    {
        m_intervals.OnAcknowledged(tcb->m_lastAckedSeq - m_acked);
    }
    m_acked = tcb->m_lastAckedSeq;
    m_started = true;
    Publish(*tcb);
}

uint32_t
MptcpOlia::GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight)
{
    m_intervals.OnLoss();
    Publish(*tcb);
    return MptcpCoupledOps::GetSsThresh(tcb, bytesInFlight);
}

void
MptcpOlia::Publish(const TcpSocketState& tcb)
{
    if (MptcpCoupledShare* share = m_coupling ? m_coupling->GetShare(tcb, &m_place) : nullptr)
    {
        share->interval = m_intervals.GetInterval();
    }
}

void
MptcpOlia::Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    if (!m_linux)
    {
        MptcpCoupledOps::Increase(tcb, paths);
        return;
    }
    constexpr int64_t LIMIT = 1023;
    m_counter += static_cast<int64_t>(GetIncrease(paths) * tcb->m_segmentSize * (LIMIT + 1));
    if (m_counter >= LIMIT || m_counter <= -LIMIT)
    {
        const double segment = tcb->m_segmentSize;
        Change(tcb, m_counter > 0 ? segment : -segment);
        m_counter = 0;
    }
}

double
MptcpOlia::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpOliaRule::GetIncrease(paths);
}

uint32_t
MptcpOlia::Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    return std::max(static_cast<uint32_t>(paths.front().window) / 2,
                    m_minSegments * tcb->m_segmentSize);
}

} // namespace ns3
