/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-wvegas.h"

#include "mptcp-checker.h"

#include "ns3/boolean.h"
#include "ns3/double.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpWVegas);

double
MptcpWVegasRule::GetDiff(double window, double base, double rtt, bool integer)
{
    const double diff = window * (rtt - base) / rtt;
    return integer ? std::floor(diff) : diff;
}

double
MptcpWVegasRule::GetAlpha(double rate, double total, double totalAlpha, double least, bool integer)
{
    const double alpha = rate / total * totalAlpha;
    return std::max(least, integer ? std::floor(alpha) : alpha);
}

TypeId
MptcpWVegas::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpWVegas")
            .SetParent<MptcpCoupledOps>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpWVegas>()
            .AddAttribute("LinuxArithmetic",
                          "Whole packets as in the out-of-tree Linux kernel.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpWVegas::m_linux),
                          MakeBooleanChecker())
            .AddAttribute(
                "InitialAlpha",
                "Packets that a subflow keeps in the queue at least.",
                DoubleValue(2),
                MakeDoubleAccessor(&MptcpWVegas::m_initialAlpha),
                MptcpNamed("ns3::MptcpWVegas::InitialAlpha", MakeDoubleChecker<double>(0.1, 1e6)))
            .AddAttribute(
                "TotalAlpha",
                "Packets that all subflows together keep in queues.",
                DoubleValue(10),
                MakeDoubleAccessor(&MptcpWVegas::m_totalAlpha),
                MptcpNamed("ns3::MptcpWVegas::TotalAlpha", MakeDoubleChecker<double>(0.1, 1e6)))
            .AddAttribute("Gamma",
                          "Packets in the queue that end slow start.",
                          DoubleValue(1),
                          MakeDoubleAccessor(&MptcpWVegas::m_gamma),
                          MptcpNamed("ns3::MptcpWVegas::Gamma", MakeDoubleChecker<double>(0, 1e6)));
    return tid;
}

MptcpWVegas::MptcpWVegas(const MptcpWVegas& other)
    : MptcpCoupledOps(other),
      m_linux(other.m_linux),
      m_initialAlpha(other.m_initialAlpha),
      m_totalAlpha(other.m_totalAlpha),
      m_gamma(other.m_gamma)
{
}

std::string
MptcpWVegas::GetName() const
{
    return "MptcpWVegas";
}

Ptr<TcpCongestionOps>
MptcpWVegas::Fork()
{
    return CopyObject<MptcpWVegas>(this);
}

void
MptcpWVegas::PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt)
{
    MptcpCoupledOps::PktsAcked(tcb, segmentsAcked, rtt);
    // The argument is the smoothed RTT; this is the sample, where the release of ns-3 keeps it.
    const double sample = tcb->m_lastRtt.Get().GetSeconds();
    if (sample > 0)
    {
        m_base = m_base > 0 ? std::min(m_base, sample) : sample;
        m_sum += sample;
        ++m_count;
    }
}

void
MptcpWVegas::Begin(const TcpSocketState& tcb)
{
    m_end = tcb.m_nextTxSequence;
    m_sum = 0;
    m_count = 0;
}

void
MptcpWVegas::CongestionStateSet(Ptr<TcpSocketState> tcb,
                                const TcpSocketState::TcpCongState_t newState)
{
    m_enabled = newState == TcpSocketState::CA_OPEN;
    if (m_enabled)
    {
        Begin(*tcb);
        m_alpha = 0;
        m_queueing = 0;
    }
}

void
MptcpWVegas::IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    if (!m_enabled)
    {
        TcpNewReno::IncreaseWindow(tcb, segmentsAcked);
    }
    else if (tcb->m_lastAckedSeq >= m_end)
    {
        // Two samples may both come from delayed acknowledgments.
        if (m_count <= 2)
        {
            TcpNewReno::IncreaseWindow(tcb, segmentsAcked);
        }
        else
        {
            Adjust(tcb, segmentsAcked);
        }
        Begin(*tcb);
    }
    else if (tcb->m_cWnd < tcb->m_ssThresh)
    {
        TcpNewReno::SlowStart(tcb, segmentsAcked);
    }
}

double
MptcpWVegas::WeighAlpha(const TcpSocketState& tcb, double rtt)
{
    const double rate = tcb.m_cWnd.Get() / rtt;
    double total = rate;
    if (m_coupling)
    {
        const MptcpCoupledPaths& paths = m_coupling->GetPaths(tcb, tcb.m_cWnd.Get(), &m_place);
        for (std::size_t i = 1; i < paths.size(); ++i)
        {
            total += paths[i].rate > 0 ? paths[i].rate : paths[i].window / paths[i].rtt;
        }
    }
    return MptcpWVegasRule::GetAlpha(rate, total, m_totalAlpha, m_initialAlpha, m_linux);
}

void
MptcpWVegas::Adjust(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    const double segment = tcb->m_segmentSize;
    const double rtt = m_sum / m_count;
    double window = tcb->m_cWnd.Get() / segment;
    if (m_linux)
    {
        window = std::floor(window);
    }
    if (MptcpCoupledShare* share = m_coupling ? m_coupling->GetShare(*tcb, &m_place) : nullptr)
    {
        share->rate = tcb->m_cWnd.Get() / rtt;
    }
    m_alpha = m_alpha > 0 ? m_alpha : m_initialAlpha;
    const double diff = MptcpWVegasRule::GetDiff(window, m_base, rtt, m_linux);
    double threshold = tcb->m_ssThresh.Get() / segment;
    if (tcb->m_cWnd < tcb->m_ssThresh && diff <= m_gamma)
    {
        TcpNewReno::SlowStart(tcb, segmentsAcked);
        return;
    }
    if (tcb->m_cWnd < tcb->m_ssThresh)
    {
        window = std::min(window, window * m_base / rtt + 1);
        threshold = std::min(threshold, window - 1);
    }
    else
    {
        if (diff >= m_alpha)
        {
            m_alpha = WeighAlpha(*tcb, rtt);
        }
        if (diff > m_alpha)
        {
            window -= 1;
            threshold = std::min(threshold, window - 1);
        }
        else if (diff < m_alpha)
        {
            window += 1;
        }
        const double queueing = rtt - m_base;
        // The authors' code looks in every round trip: the first ones after a drain find no more
        // than what bursts leave in the queue, and twice that is the next drain.
        if (m_linux || diff >= m_alpha)
        {
            m_queueing = m_queueing > 0 ? std::min(m_queueing, queueing) : queueing;
        }
        // Without any queue there is nothing to drain, whatever twice nothing is.
        if (m_queueing > 0 && queueing >= 2 * m_queueing)
        {
            window *= m_base / (2 * rtt);
            m_queueing = 0;
        }
    }
    window = std::max(window, 2.0);
    threshold = std::max({threshold, window * 3 / 4, 2.0});
    tcb->m_cWnd = static_cast<uint32_t>(std::llround(window * segment));
    // The initial threshold may be all that 32 bits hold.
    tcb->m_ssThresh = static_cast<uint32_t>(
        std::min<double>(threshold * segment, std::numeric_limits<uint32_t>::max()));
}

void
MptcpWVegas::CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    // Where wVegas falls back to NewReno, it is not coupled: not the method of its parent.
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    TcpNewReno::CongestionAvoidance(tcb, segmentsAcked);
}

} // namespace ns3
