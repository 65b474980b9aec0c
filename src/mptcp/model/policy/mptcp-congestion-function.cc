/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-congestion-function.h"

#include "ns3/abort.h"
#include "ns3/pointer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpCongestionCallback);
NS_OBJECT_ENSURE_REGISTERED(MptcpCongestionFunction);

TypeId
MptcpCongestionCallback::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpCongestionCallback")
                            .SetParent<Object>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpCongestionCallback>();
    return tid;
}

void
MptcpCongestionCallback::SetIncrease(Function function)
{
    m_increase = std::move(function);
}

const MptcpCongestionCallback::Function&
MptcpCongestionCallback::GetIncrease() const
{
    return m_increase;
}

void
MptcpCongestionCallback::SetDecrease(Function function)
{
    m_decrease = std::move(function);
}

const MptcpCongestionCallback::Function&
MptcpCongestionCallback::GetDecrease() const
{
    return m_decrease;
}

TypeId
MptcpCongestionFunction::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpCongestionFunction")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpCongestionFunction>()
            .AddAttribute("Function",
                          "The functions of growth and loss, a ns3::MptcpCongestionCallback.",
                          PointerValue(),
                          MakePointerAccessor(&MptcpCongestionFunction::m_callback),
                          MakePointerChecker<MptcpCongestionCallback>());
    return tid;
}

MptcpCongestionFunction::MptcpCongestionFunction(const MptcpCongestionFunction& other)
    : MptcpCoupledOps(other),
      m_callback(other.m_callback)
{
}

std::string
MptcpCongestionFunction::GetName() const
{
    return "MptcpCongestionFunction";
}

Ptr<TcpCongestionOps>
MptcpCongestionFunction::Fork()
{
    return CopyObject<MptcpCongestionFunction>(this);
}

double
MptcpCongestionFunction::GetIncrease(const MptcpCoupledPaths& paths) const
{
    NS_ABORT_MSG_UNLESS(m_callback && m_callback->GetIncrease(),
                        "ns3::MptcpCongestionFunction::Function has no increase");
    const double increase = m_callback->GetIncrease()({paths});
    return std::isfinite(increase) ? increase : 0;
}

uint32_t
MptcpCongestionFunction::Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    if (!m_callback || !m_callback->GetDecrease())
    {
        return MptcpCoupledOps::Decrease(tcb, paths);
    }
    const double window = m_callback->GetDecrease()({paths});
    if (!std::isfinite(window))
    {
        return MptcpCoupledOps::Decrease(tcb, paths);
    }
    const double least = 2.0 * tcb->m_segmentSize;
    return static_cast<uint32_t>(std::clamp<double>(window, least, UINT32_MAX / 2));
}

} // namespace ns3
