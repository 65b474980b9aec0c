/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-lia.h"

#include "mptcp-checker.h"

#include "ns3/boolean.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpLia);

void
MptcpLiaSums::Add(double window, double rtt)
{
    ++m_count;
    m_total += window;
    m_rate += window / rtt;
    m_best = std::max(m_best, window / (rtt * rtt));
}

std::size_t
MptcpLiaSums::GetCount() const
{
    return m_count;
}

double
MptcpLiaSums::GetAlpha() const
{
    return m_total * m_best / (m_rate * m_rate);
}

double
MptcpLiaSums::GetIncrease(double window, double acked, double segmentSize) const
{
    return acked * segmentSize * std::min(GetAlpha() / m_total, 1 / window);
}

uint64_t
MptcpLiaIntegers::GetIncrease(const MptcpCoupledPaths& paths, uint32_t scale, uint32_t acked)
{
    const auto whole = [](double value) { return static_cast<uint64_t>(value); };
    const auto micro = [](double seconds) {
        return std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(seconds * 1e6)));
    };
    const auto best =
        std::max_element(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
            return a.window / (a.rtt * a.rtt) < b.window / (b.rtt * b.rtt);
        });
    uint64_t total = 0;
    uint64_t sum = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        total += whole(path.window);
        sum += micro(best->rtt) * whole(path.window) / micro(path.rtt);
    }
    // Quotient by quotient: the products of equation (4) overflow 64 bits with windows over 100 MB.
    const auto alpha = static_cast<long double>(scale) * total * whole(best->window) /
                       (static_cast<long double>(sum) * sum);
    const MptcpCoupledPath& own = paths.front();
    const uint64_t product = acked * whole(own.segment);
    const uint64_t coupled = static_cast<uint64_t>(std::floor(alpha)) * product / (scale * total);
    return std::max<uint64_t>(1, std::min(coupled, product / whole(own.window)));
}

uint64_t
MptcpLiaIntegers::GetLinuxAlpha(const MptcpCoupledPaths& paths)
{
    const auto packets = [](const MptcpCoupledPath& path) {
        return static_cast<uint64_t>(path.window / path.segment);
    };
    const auto micro = [](double seconds) {
        return std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(seconds * 1e6)));
    };
    const auto best =
        std::max_element(paths.begin(), paths.end(), [&packets](const auto& a, const auto& b) {
            return static_cast<double>(packets(a)) / (a.rtt * a.rtt) <
                   static_cast<double>(packets(b)) / (b.rtt * b.rtt);
        });
    uint64_t sum = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        sum += (packets(path) << 10) * micro(best->rtt) / micro(path.rtt);
    }
    sum = std::max<uint64_t>(1, sum);
    return std::max<uint64_t>(1, (packets(*best) << 32) / (sum * sum));
}

uint64_t
MptcpLiaIntegers::GetLinuxThreshold(const MptcpCoupledPaths& paths)
{
    const MptcpCoupledPath& own = paths.front();
    return std::max<uint64_t>((1 << 12) / GetLinuxAlpha(paths),
                              static_cast<uint64_t>(own.window / own.segment));
}

TypeId
MptcpLia::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpLia")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpLia>()
            .AddAttribute("LinuxArithmetic",
                          "Count whole segments and acknowledgments as the out-of-tree Linux "
                          "kernel does, instead of RFC 6356 in real numbers.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpLia::m_linux),
                          MakeBooleanChecker())
            .AddAttribute(
                "AlphaScale",
                "alpha_scale of RFC 6356, equations (3) and (4): compute in integers; "
                "the RFC proposes 512. 0: equations (1) and (2) in real numbers.",
                UintegerValue(0),
                MakeUintegerAccessor(&MptcpLia::m_alphaScale),
                MptcpNamed("ns3::MptcpLia::AlphaScale", MakeUintegerChecker<uint32_t>(0, 1 << 20)));
    return tid;
}

MptcpLia::MptcpLia(const MptcpLia& other)
    : MptcpCoupledOps(other),
      m_linux(other.m_linux),
      m_alphaScale(other.m_alphaScale)
{
}

std::string
MptcpLia::GetName() const
{
    return "MptcpLia";
}

Ptr<TcpCongestionOps>
MptcpLia::Fork()
{
    return CopyObject<MptcpLia>(this);
}

void
MptcpLia::Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    if (m_linux)
    {
        // The counter is compared before it counts this acknowledgment: threshold + 1 of them.
        if (m_acks++ >= MptcpLiaIntegers::GetLinuxThreshold(paths))
        {
            m_acks = 0;
            Change(tcb, tcb->m_segmentSize);
        }
    }
    else if (m_alphaScale > 0)
    {
        Change(tcb,
               static_cast<double>(
                   MptcpLiaIntegers::GetIncrease(paths, m_alphaScale, tcb->m_segmentSize)));
    }
    else
    {
        MptcpCoupledOps::Increase(tcb, paths);
    }
}

double
MptcpLia::GetIncrease(const MptcpCoupledPaths& paths) const
{
    MptcpLiaSums sums;
    for (const MptcpCoupledPath& path : paths)
    {
        sums.Add(path.window, path.rtt);
    }
    return sums.GetIncrease(paths.front().window, 1, 1);
}

} // namespace ns3
