/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-bottleneck-bbr.h"

#include "mptcp-checker.h"

#include "ns3/double.h"
#include "ns3/mptcp-delay-series.h"
#include "ns3/simulator.h"

#include <memory>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpBottleneckBbr);

TypeId
MptcpBottleneckBbr::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpBottleneckBbr")
            .SetParent<MptcpCBbr>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpBottleneckBbr>()
            .AddAttribute("Correlation",
                          "Correlation of the queueing delays from which subflows are taken to "
                          "share a bottleneck.",
                          DoubleValue(0.5),
                          MakeDoubleAccessor(&MptcpBottleneckBbr::m_correlation),
                          MptcpNamed("ns3::MptcpBottleneckBbr::Correlation",
                                     MakeDoubleChecker<double>(0, 1)));
    return tid;
}

MptcpBottleneckBbr::MptcpBottleneckBbr(const MptcpBottleneckBbr& other)
    : MptcpCBbr(other),
      m_correlation(other.m_correlation)
{
}

std::string
MptcpBottleneckBbr::GetName() const
{
    return "MptcpBottleneckBbr";
}

Ptr<TcpCongestionOps>
MptcpBottleneckBbr::Fork()
{
    return CopyObject<MptcpBottleneckBbr>(this);
}

void
MptcpBottleneckBbr::PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt)
{
    MptcpCBbr::PktsAcked(tcb, segmentsAcked, rtt);
    MptcpCoupledShare* share = m_coupling ? m_coupling->GetShare(*tcb, &m_place) : nullptr;
    if (share && GetBbrState() == BBR_PROBE_BW && tcb->m_lastRtt.Get().IsStrictlyPositive())
    {
        if (!share->delays)
        {
            share->delays = std::make_shared<MptcpDelaySeries>();
        }
        share->delays->Add(Simulator::Now().GetSeconds(), tcb->m_lastRtt.Get().GetSeconds());
    }
}

uint32_t
MptcpBottleneckBbr::CountSharing(const TcpSocketState& tcb) const
{
    const MptcpCoupledShare* own = m_coupling->GetShare(tcb, &m_place);
    uint32_t count = 1;
    if (!own || !own->delays)
    {
        return count;
    }
    for (std::size_t i = 0; i < m_coupling->GetSubflows().size(); ++i)
    {
        const MptcpCoupledShare& other = m_coupling->GetShareAt(i);
        count += &other != own && other.delays &&
                 own->delays->GetCorrelation(*other.delays).value_or(0) > m_correlation;
    }
    return count;
}

double
MptcpBottleneckBbr::GetDivisor(uint32_t sharing) const
{
    // Of M BBRs and N subflows at a bottleneck of capacity C, each measures its part of what comes
    // in while it probes with 5/4: M B + (N - 1) b/d + 5/4 b = 5/4 C = (M + 1/4) B + N b/d. The
    // subflows together are one of the BBRs, N b/d = B, whatever M is, if d is
    return (sharing + 4) / 5.0;
}

void
MptcpBottleneckBbr::OnCruise(const TcpSocketState& tcb)
{
    uint32_t index = 0;
    for (const Ptr<TcpSocketState>& subflow : m_coupling->GetSubflows())
    {
        if (PeekPointer(subflow) == &tcb)
        {
            break;
        }
        ++index;
    }
    for (uint32_t skip = 0; skip < index % 4; ++skip)
    {
        AdvanceCyclePhase();
    }
}

} // namespace ns3
