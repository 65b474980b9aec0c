/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-buffer-bloat.h"

#include "mptcp-checker.h"
#include "mptcp-scheduler-min-rtt.h"

#include "ns3/abort.h"
#include "ns3/double.h"
#include "ns3/object-factory.h"
#include "ns3/type-id.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerBufferBloat);

TypeId
MptcpSchedulerBufferBloat::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerBufferBloat")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerBufferBloat>()
            .AddAttribute(
                "Inner",
                "The scheduler that decides, with the limits before it: another TypeId "
                "of ns3::MptcpScheduler.",
                TypeIdValue(MptcpSchedulerMinRtt::GetTypeId()),
                MakeTypeIdAccessor(&MptcpSchedulerBufferBloat::m_innerType),
                MptcpMakeTypeChecker<MptcpScheduler>("ns3::MptcpSchedulerBufferBloat::Inner"))
            .AddAttribute("Factor",
                          "Limit of what is in flight, windows at the lowest RTT.",
                          DoubleValue(3),
                          MakeDoubleAccessor(&MptcpSchedulerBufferBloat::m_factor),
                          MptcpNamed("ns3::MptcpSchedulerBufferBloat::Factor",
                                     MakeDoubleChecker<double>(0, 1e6)));
    return tid;
}

void
MptcpSchedulerBufferBloat::DoDispose()
{
    if (m_inner)
    {
        m_inner->Dispose();
        m_inner = nullptr;
    }
    MptcpScheduler::DoDispose();
}

double
MptcpSchedulerBufferBloat::GetLimit(const MptcpSubflowView& subflow, Time lowest, double factor)
{
    if (!subflow.srtt.IsStrictlyPositive())
    {
        return std::max(subflow.cwnd, subflow.segmentSize);
    }
    const double ratio = static_cast<double>(lowest.GetNanoSeconds()) /
                         static_cast<double>(subflow.srtt.GetNanoSeconds());
    return std::max<double>(factor * ratio * subflow.cwnd, subflow.segmentSize);
}

void
MptcpSchedulerBufferBloat::Limit(MptcpSubflowView& subflow)
{
    if (!subflow.srtt.IsStrictlyPositive())
    {
        return;
    }
    const uint32_t id = subflow.id;
    auto base = std::find_if(m_bases.begin(), m_bases.end(), [id](const Base& candidate) {
        return candidate.id == id;
    });
    if (base == m_bases.end())
    {
        base = m_bases.insert(base, {id, subflow.srtt});
    }
    base->lowest = std::min(base->lowest, subflow.srtt);
    const double limit = GetLimit(subflow, base->lowest, m_factor);
    if (limit >= subflow.cwnd)
    {
        return;
    }
    const double room = std::max(limit - subflow.inFlight, 0.0);
    subflow.available = static_cast<uint32_t>(std::min<double>(subflow.available, room));
    const double left = std::max(room - subflow.unsent, 0.0);
    subflow.queueable = static_cast<uint32_t>(std::min<double>(subflow.queueable, left));
}

MptcpSchedulerDecision
MptcpSchedulerBufferBloat::Select(const MptcpConnectionView& view, bool reinject)
{
    if (!m_inner)
    {
        // One inside another of the same kind would never end.
        if (m_innerType.IsChildOf(MptcpScheduler::GetTypeId()) && m_innerType.HasConstructor() &&
            !m_innerType.IsChildOf(GetTypeId()) && m_innerType != GetTypeId())
        {
            ObjectFactory factory;
            factory.SetTypeId(m_innerType);
            m_inner = DynamicCast<MptcpScheduler>(factory.Create());
        }
        NS_ABORT_MSG_UNLESS(m_inner,
                            "ns3::MptcpSchedulerBufferBloat::Inner: "
                                << m_innerType.GetName()
                                << " is not another ns3::MptcpScheduler that can be created");
    }
    ForgetEnded(m_bases, view);
    m_view = view;
    for (auto& subflow : m_view.subflows)
    {
        Limit(subflow);
    }
    return m_inner->Select(m_view, reinject);
}

} // namespace ns3
