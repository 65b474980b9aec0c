/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-subset-min.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSubsetMin);

double
MptcpSubsetMinRule::GetIncrease(const MptcpCoupledPaths& paths)
{
    const auto weight = [](const MptcpCoupledPath* path) {
        return path->window / (path->rtt * path->rtt);
    };
    std::vector<const MptcpCoupledPath*> order;
    order.reserve(paths.size());
    for (const MptcpCoupledPath& path : paths)
    {
        order.push_back(&path);
    }
    std::sort(order.begin(), order.end(), [&weight](const auto* a, const auto* b) {
        return weight(a) < weight(b);
    });
    double increase = std::numeric_limits<double>::infinity();
    double rate = 0;
    bool withOwn = false;
    for (const MptcpCoupledPath* path : order)
    {
        rate += path->window / path->rtt;
        withOwn = withOwn || path == &paths.front();
        if (withOwn)
        {
            increase = std::min(increase, weight(path) / (rate * rate));
        }
    }
    return increase;
}

TypeId
MptcpSubsetMin::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSubsetMin")
                            .SetParent<MptcpCoupledOps>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSubsetMin>();
    return tid;
}

MptcpSubsetMin::MptcpSubsetMin(const MptcpSubsetMin& other)
    : MptcpCoupledOps(other)
{
}

std::string
MptcpSubsetMin::GetName() const
{
    return "MptcpSubsetMin";
}

Ptr<TcpCongestionOps>
MptcpSubsetMin::Fork()
{
    return CopyObject<MptcpSubsetMin>(this);
}

double
MptcpSubsetMin::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return MptcpSubsetMinRule::GetIncrease(paths);
}

} // namespace ns3
