/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-balia.h"

#include "ns3/boolean.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpBalia);

double
MptcpBaliaRule::GetAlpha(const MptcpCoupledPaths& paths)
{
    const double own = paths.front().window / paths.front().rtt;
    double best = own;
    for (const MptcpCoupledPath& path : paths)
    {
        best = std::max(best, path.window / path.rtt);
    }
    return best / own;
}

double
MptcpBaliaRule::GetIncrease(const MptcpCoupledPaths& paths)
{
    const double alpha = GetAlpha(paths);
    const double rtt = paths.front().rtt;
    double rate = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        rate += path.window / path.rtt;
    }
    return paths.front().window / (rtt * rtt * rate * rate) * (1 + alpha) / 2 * (4 + alpha) / 5;
}

double
MptcpBaliaRule::GetDecrease(const MptcpCoupledPaths& paths, bool integer)
{
    const double alpha = GetAlpha(paths);
    return paths.front().window / 2 * std::min(integer ? std::floor(alpha) : alpha, 1.5);
}

TypeId
MptcpBalia::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpBalia")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpBalia>()
            .AddAttribute("LinuxArithmetic",
                          "Integer alpha and whole segments as in the out-of-tree Linux kernel.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpBalia::m_linux),
                          MakeBooleanChecker());
    return tid;
}

MptcpBalia::MptcpBalia(const MptcpBalia& other)
    : MptcpCoupledOps(other),
      m_linux(other.m_linux)
{
}

std::string
MptcpBalia::GetName() const
{
    return "MptcpBalia";
}

Ptr<TcpCongestionOps>
MptcpBalia::Fork()
{
    return CopyObject<MptcpBalia>(this);
}

void
MptcpBalia::Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    if (!m_linux)
    {
        MptcpCoupledOps::Increase(tcb, paths);
        return;
    }
    // Acknowledgments per segment, rounded down; the counter is compared before it counts this one.
    const double needed = 1 / (GetIncrease(paths) * tcb->m_segmentSize);
    if (static_cast<double>(m_acks++) >= std::floor(needed))
    {
        m_acks = 0;
        Change(tcb, tcb->m_segmentSize);
    }
}

double
MptcpBalia::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpBaliaRule::GetIncrease(paths);
}

uint32_t
MptcpBalia::Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    const double left = paths.front().window - MptcpBaliaRule::GetDecrease(paths, m_linux);
    return std::max(static_cast<uint32_t>(left), tcb->m_segmentSize);
}

} // namespace ns3
