/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-ewtcp.h"

#include "mptcp-checker.h"

#include "ns3/double.h"

#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpEwtcp);

double
MptcpEwtcpRule::GetWeight(std::size_t count, double exponent)
{
    return std::pow(static_cast<double>(count), -exponent);
}

double
MptcpEwtcpRule::GetIncrease(double window, double weight)
{
    return weight / window;
}

TypeId
MptcpEwtcp::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpEwtcp")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpEwtcp>()
            .AddAttribute(
                "Exponent",
                "a is the number of subflows to the power of minus this: 2 takes one TCP's "
                "share of a bottleneck, 0.5 is what the paper prints.",
                DoubleValue(2),
                MakeDoubleAccessor(&MptcpEwtcp::m_exponent),
                MptcpNamed("ns3::MptcpEwtcp::Exponent", MakeDoubleChecker<double>(0, 10)))
            .AddAttribute("Weight",
                          "a, whatever the number of subflows; 0: by Exponent.",
                          DoubleValue(0),
                          MakeDoubleAccessor(&MptcpEwtcp::m_weight),
                          MptcpNamed("ns3::MptcpEwtcp::Weight", MakeDoubleChecker<double>(0, 100)));
    return tid;
}

MptcpEwtcp::MptcpEwtcp(const MptcpEwtcp& other)
    : MptcpCoupledOps(other),
      m_exponent(other.m_exponent),
      m_weight(other.m_weight)
{
}

std::string
MptcpEwtcp::GetName() const
{
    return "MptcpEwtcp";
}

Ptr<TcpCongestionOps>
MptcpEwtcp::Fork()
{
    return CopyObject<MptcpEwtcp>(this);
}

double
MptcpEwtcp::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpEwtcpRule::GetIncrease(
        paths.front().window,
        m_weight > 0 ? m_weight : MptcpEwtcpRule::GetWeight(paths.size(), m_exponent));
}

} // namespace ns3
