/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-semicoupled.h"

#include "mptcp-checker.h"

#include "ns3/double.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSemicoupled);

double
MptcpSemicoupledRule::GetIncrease(const MptcpCoupledPaths& paths, double weight)
{
    double total = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        total += path.window;
    }
    return weight / total;
}

TypeId
MptcpSemicoupled::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSemicoupled")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSemicoupled>()
            .AddAttribute(
                "Weight",
                "a: the total window grows by this many segments per RTT.",
                DoubleValue(1),
                MakeDoubleAccessor(&MptcpSemicoupled::m_weight),
                MptcpNamed("ns3::MptcpSemicoupled::Weight", MakeDoubleChecker<double>(0, 100)));
    return tid;
}

MptcpSemicoupled::MptcpSemicoupled(const MptcpSemicoupled& other)
    : MptcpCoupledOps(other),
      m_weight(other.m_weight)
{
}

std::string
MptcpSemicoupled::GetName() const
{
    return "MptcpSemicoupled";
}

Ptr<TcpCongestionOps>
MptcpSemicoupled::Fork()
{
    return CopyObject<MptcpSemicoupled>(this);
}

double
MptcpSemicoupled::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpSemicoupledRule::GetIncrease(paths, m_weight);
}

} // namespace ns3
