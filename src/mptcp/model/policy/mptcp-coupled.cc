/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-coupled.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpCoupled);

namespace
{

/**
 * @param paths snapshot
 * @return sum of the windows
 */
double
GetTotal(const MptcpCoupledPaths& paths)
{
    double total = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        total += path.window;
    }
    return total;
}

} // namespace

double
MptcpCoupledRule::GetIncrease(const MptcpCoupledPaths& paths)
{
    return 1 / GetTotal(paths);
}

double
MptcpCoupledRule::GetDecreased(const MptcpCoupledPaths& paths)
{
    const MptcpCoupledPath& own = paths.front();
    return std::max(own.window - GetTotal(paths) / 2, own.segment);
}

TypeId
MptcpCoupled::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpCoupled")
                            .SetParent<MptcpCoupledOps>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpCoupled>();
    return tid;
}

MptcpCoupled::MptcpCoupled(const MptcpCoupled& other)
    : MptcpCoupledOps(other)
{
}

std::string
MptcpCoupled::GetName() const
{
    return "MptcpCoupled";
}

Ptr<TcpCongestionOps>
MptcpCoupled::Fork()
{
    return CopyObject<MptcpCoupled>(this);
}

double
MptcpCoupled::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpCoupledRule::GetIncrease(paths);
}

uint32_t
MptcpCoupled::Decrease(Ptr<const TcpSocketState>, const MptcpCoupledPaths& paths)
{
    return static_cast<uint32_t>(MptcpCoupledRule::GetDecreased(paths));
}

} // namespace ns3
