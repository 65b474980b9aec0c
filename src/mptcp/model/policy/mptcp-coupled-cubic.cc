/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-coupled-cubic.h"

#include "mptcp-lia.h"

#include "ns3/boolean.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpCoupledCubic);

MptcpCubicCurve::MptcpCubicCurve(double window, double plateau, double scale)
    : m_plateau(std::max(window, plateau)),
      m_c(C * scale),
      m_k(std::cbrt((m_plateau - window) / m_c))
{
}

double
MptcpCubicCurve::GetWindow(double time) const
{
    return m_c * std::pow(time - m_k, 3) + m_plateau;
}

double
MptcpCoupledCubicRule::GetScale(const MptcpCoupledPaths& paths)
{
    double total = 0;
    double best = 0;
    for (const MptcpCoupledPath& path : paths)
    {
        total += path.window / path.rtt;
        best = std::max(best, path.window / path.rtt);
    }
    const double share = paths.front().window / paths.front().rtt / total * (best / total);
    return share * share;
}

TypeId
MptcpCoupledCubic::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpCoupledCubic")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpCoupledCubic>()
            .AddAttribute("FastConvergence",
                          "Give way to new flows (RFC 9438, section 4.7).",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpCoupledCubic::m_fastConvergence),
                          MakeBooleanChecker());
    return tid;
}

MptcpCoupledCubic::MptcpCoupledCubic(const MptcpCoupledCubic& other)
    : MptcpCoupledOps(other),
      m_fastConvergence(other.m_fastConvergence)
{
}

std::string
MptcpCoupledCubic::GetName() const
{
    return "MptcpCoupledCubic";
}

Ptr<TcpCongestionOps>
MptcpCoupledCubic::Fork()
{
    return CopyObject<MptcpCoupledCubic>(this);
}

uint32_t
MptcpCoupledCubic::GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight)
{
    if (m_coupling)
    {
        m_coupling->OnLoss(*tcb, &m_place);
    }
    const double window =
        static_cast<double>(std::max(bytesInFlight, tcb->m_segmentSize)) / tcb->m_segmentSize;
    const bool sooner = m_fastConvergence && window < m_plateau;
    m_plateau = sooner ? window * (1 + MptcpCubicCurve::BETA) / 2 : window;
    m_prior = window;
    m_coupled = 0;
    return std::max(static_cast<uint32_t>(MptcpCubicCurve::BETA * bytesInFlight),
                    2 * tcb->m_segmentSize);
}

void
MptcpCoupledCubic::CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t event)
{
    if (event == TcpSocketState::CA_EVENT_LOSS)
    {
        // After a timeout the curve begins at its plateau (RFC 9438, section 4.8).
        m_plateau = 0;
        m_coupled = 0;
    }
    MptcpCoupledOps::CwndEvent(tcb, event);
}

void
MptcpCoupledCubic::CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    if (segmentsAcked == 0)
    {
        return;
    }
    const double segment = tcb->m_segmentSize;
    const double window = tcb->m_cWnd.Get() / segment;
    const MptcpCoupledPaths none;
    const MptcpCoupledPaths& paths =
        m_coupling ? m_coupling->GetPaths(*tcb, tcb->m_cWnd.Get(), &m_place) : none;
    const std::size_t coupled = std::max<std::size_t>(1, paths.size());
    if (m_coupled != coupled)
    {
        m_coupled = coupled;
        m_epoch = Simulator::Now();
        m_curve = MptcpCubicCurve(window,
                                  m_plateau,
                                  coupled > 1 ? MptcpCoupledCubicRule::GetScale(paths) : 1);
        m_reno = window;
    }
    MptcpLiaSums sums;
    for (const MptcpCoupledPath& path : paths)
    {
        sums.Add(path.window, path.rtt);
    }
    const double linked =
        coupled > 1 ? sums.GetIncrease(tcb->m_cWnd.Get(), segment, 1) : 1 / window;
    m_reno += (m_reno < m_prior ? MptcpCubicCurve::ALPHA : 1) * segmentsAcked * linked;
    const double time = (Simulator::Now() - m_epoch).GetSeconds();
    if (m_curve.GetWindow(time) < m_reno)
    {
        Change(tcb, std::max(0.0, m_reno - window) * segment);
        return;
    }
    const double target =
        std::clamp(m_curve.GetWindow(time + MptcpGetSmoothedRtt(*tcb).GetSeconds()),
                   window,
                   1.5 * window);
    Change(tcb, (target - window) / window * segmentsAcked * segment);
}

} // namespace ns3
