/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-lia.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpLia);

namespace
{

/**
 * @tparam State TcpSocketState, as a parameter so that only a member that exists is looked at
 * @param state congestion state
 * @return true if its congestion window is what limits it; also if the release cannot tell
 */
template <typename State>
bool
IsCwndLimited(const State& state)
{
    if constexpr (requires { state.m_isCwndLimited; })
    {
        return state.m_isCwndLimited && state.m_bytesInFlight.Get() > 0;
    }
    else
    {
        return state.m_bytesInFlight.Get() > 0;
    }
}

/**
 * @param subflow congestion state of a subflow
 * @return the window that it counts with, octets
 */
uint32_t
GetEffectiveWindow(const TcpSocketState& subflow)
{
    const uint32_t window = subflow.m_congState.Get() == TcpSocketState::CA_RECOVERY
                                ? subflow.m_ssThresh.Get()
                                : subflow.m_cWnd.Get();
    return IsCwndLimited(subflow) ? window : std::min(window, subflow.m_bytesInFlight.Get());
}

} // namespace

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

TypeId
MptcpLia::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpLia")
                            .SetParent<MptcpCoupledOps>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpLia>();
    return tid;
}

MptcpLia::MptcpLia(const MptcpLia& other)
    : MptcpCoupledOps(other)
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
MptcpLia::CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    const Time srtt = MptcpGetSmoothedRtt(*tcb);
    if (!m_coupling || segmentsAcked == 0 || srtt.IsZero())
    {
        TcpNewReno::CongestionAvoidance(tcb, segmentsAcked);
        return;
    }
    // This subflow has just been acknowledged: what it has in flight says nothing now.
    const double window = tcb->m_cWnd.Get();
    MptcpLiaSums sums;
    sums.Add(window, static_cast<double>(srtt.GetTimeStep()));
    for (const Ptr<TcpSocketState>& subflow : m_coupling->GetSubflows())
    {
        const Time rtt = MptcpGetSmoothedRtt(*subflow);
        if (subflow != tcb && !rtt.IsZero())
        {
            sums.Add(GetEffectiveWindow(*subflow), static_cast<double>(rtt.GetTimeStep()));
        }
    }
    if (sums.GetCount() < 2)
    {
        TcpNewReno::CongestionAvoidance(tcb, segmentsAcked);
        return;
    }
    const double segmentSize = tcb->m_segmentSize;
    m_fraction += sums.GetIncrease(window, segmentSize, segmentSize);
    const double whole = std::floor(m_fraction);
    m_fraction -= whole;
    if (whole > 0)
    {
        tcb->m_cWnd += static_cast<uint32_t>(whole);
    }
}

} // namespace ns3
