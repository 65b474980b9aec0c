/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-epsilon.h"

#include "mptcp-checker.h"

#include "ns3/double.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpEpsilon);

double
MptcpEpsilonRule::GetIncrease(const MptcpCoupledPaths& paths, double epsilon)
{
    const double own = paths.front().window;
    double total = 0;
    double rate = 0;
    double best = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        total += path.window;
        rate += path.window / path.rtt;
        best = std::max(best, std::pow(path.window, epsilon / 2) / path.rtt);
    }
    double increase = std::pow(own, 1 - epsilon);
    if (epsilon > 0 && epsilon < 2)
    {
        // alpha to the power of 2-e with w_total to that power cancelled: finite for any e.
        increase *= std::pow(best / rate, 2);
    }
    else
    {
        increase /= std::pow(total, 2 - epsilon);
    }
    return std::min(increase, 1 / own);
}

TypeId
MptcpEpsilon::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpEpsilon")
                            .SetParent<MptcpCoupledOps>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpEpsilon>()
                            .AddAttribute("Epsilon",
                                          "0: all on the best path; 1: LIA; 2: uncoupled.",
                                          DoubleValue(1),
                                          MakeDoubleAccessor(&MptcpEpsilon::m_epsilon),
                                          MptcpNamed("ns3::MptcpEpsilon::Epsilon",
                                                     MakeDoubleChecker<double>(0, 2)));
    return tid;
}

MptcpEpsilon::MptcpEpsilon(const MptcpEpsilon& other)
    : MptcpCoupledOps(other),
      m_epsilon(other.m_epsilon)
{
}

std::string
MptcpEpsilon::GetName() const
{
    return "MptcpEpsilon";
}

Ptr<TcpCongestionOps>
MptcpEpsilon::Fork()
{
    return CopyObject<MptcpEpsilon>(this);
}

double
MptcpEpsilon::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpEpsilonRule::GetIncrease(paths, m_epsilon);
}

} // namespace ns3
