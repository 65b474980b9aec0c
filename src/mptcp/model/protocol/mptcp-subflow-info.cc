/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-info.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/mptcp-coupling.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>

namespace ns3
{

void
MptcpSubflow::CountSent(const Packet& packet, const TcpHeader& header)
{
    ++m_counts.segsOut;
    const uint32_t size = packet.GetSize();
    // An octet below SND.UNA is a keepalive (SendProbe), not data.
    if (size == 0 || header.GetSequenceNumber() < m_txBuffer->HeadSequence())
    {
        return;
    }
    const uint64_t first = ToSsn(header.GetSequenceNumber());
    ++m_counts.dataSegsOut;
    m_counts.bytesSent += size;
    m_counts.lastDataSent = Simulator::Now();
    const uint64_t again =
        std::min<uint64_t>(size, m_counts.highestSsn - std::min(first, m_counts.highestSsn));
    m_counts.bytesRetrans += again;
    m_counts.retransSegs += again > 0;
    m_counts.highestSsn = std::max(m_counts.highestSsn, first + size);
}

void
MptcpSubflow::CountReceived(const Packet& packet, const TcpHeader& header)
{
    ++m_counts.segsIn;
    const Time now = Simulator::Now();
    if (packet.GetSize() > 0)
    {
        ++m_counts.dataSegsIn;
        m_counts.lastDataRecv = now;
    }
    if (header.GetFlags() & TcpHeader::ACK)
    {
        m_counts.lastAckRecv = now;
    }
    if (m_connection && m_rx.dss && m_rx.dss->hasMapping && packet.GetSize() > 0)
    {
        // A mapping that does not touch the segment that carries it, modulo 2^32.
        const MptcpDss& dss = *m_rx.dss;
        const uint32_t ssn = header.GetSequenceNumber().GetValue() - m_remoteIsn.GetValue();
        const uint32_t length = dss.length - (dss.dataFin ? 1 : 0);
        if (length > 0 && ssn - dss.ssn >= length && dss.ssn - ssn >= packet.GetSize())
        {
            m_stack->GetCounters().Increment(MptcpMib::DSSNoMatchTCP);
        }
    }
    // One measurement per round trip; without data in flight there is nothing to measure.
    const Time rtt = MptcpGetSmoothedRtt(*m_tcb);
    // What SACK blocks tell counts when they come, not when the gap before them closes.
    const uint64_t delivered = m_rateOps->GetConnectionRate().m_delivered;
    if (m_tcb->m_bytesInFlight == 0U || m_counts.rateFrom.IsZero())
    {
        m_counts.rateFrom = now;
        m_counts.rateDelivered = delivered;
    }
    else if (rtt.IsStrictlyPositive() && now - m_counts.rateFrom >= rtt)
    {
        const double seconds = (now - m_counts.rateFrom).GetSeconds();
        const uint64_t octets = delivered - m_counts.rateDelivered;
        m_counts.deliveryRate = static_cast<uint64_t>(octets * 8 / seconds);
        m_counts.rateFrom = now;
        m_counts.rateDelivered = delivered;
    }
}

bool
MptcpSubflow::IsBeyondPeerEdge(uint64_t dsn) const
{
    return m_peerEdge != 0 && m_phase == Phase::ESTABLISHED && DsnAfter(dsn, m_peerEdge);
}

const MptcpSegmentCounts&
MptcpSubflow::GetCounts() const
{
    return m_counts;
}

MptcpTcpInfo
MptcpSubflow::GetTcpInfo() const
{
    const Time now = Simulator::Now();
    const auto ago = [&now](const Time& then) { return then.IsZero() ? Time() : now - then; };
    MptcpSubflowView view;
    FillView(view);
    MptcpTcpInfo info;
    info.state = m_state;
    info.caState = static_cast<uint8_t>(m_tcb->m_congState.Get());
    info.retransmits = m_timeouts;
    info.timestamps = m_timestampEnabled;
    info.sack = m_sackEnabled;
    info.wscale = m_winScalingEnabled;
    info.sndWscale = m_sndWindShift;
    info.rcvWscale = m_rcvWindShift;
    info.ecn = m_tcb->m_ecnState != TcpSocketState::ECN_DISABLED;
    info.rto = m_rto.Get();
    info.ato = m_delAckTimeout;
    info.sndMss = m_tcb->m_segmentSize;
    info.unacked = std::max<int32_t>(m_tcb->m_highTxMark.Get() - m_txBuffer->HeadSequence(), 0);
    info.sacked = m_txBuffer->GetSacked();
    info.lost = m_txBuffer->GetLost();
    info.retrans = m_txBuffer->GetRetransmitsCount();
    info.lastDataSent = ago(m_counts.lastDataSent);
    info.lastDataRecv = ago(m_counts.lastDataRecv);
    info.lastAckRecv = ago(m_counts.lastAckRecv);
    info.pmtu = m_mtu;
    info.rtt = view.srtt;
    info.rttvar = view.rttVar;
    info.minRtt = m_tcb->m_minRtt == Time::Max() ? Time() : m_tcb->m_minRtt;
    info.sndSsthresh = view.ssthresh;
    info.sndCwnd = view.cwnd;
    info.reordering = m_retxThresh;
    // The connection's window is every subflow's; what stock TCP takes for it is a stand-in.
    const bool shared = m_connection && m_phase != Phase::FALLBACK;
    info.sndWnd = shared ? static_cast<uint32_t>(m_connection->m_sndEdge -
                                                 m_connection->m_sendQueue.GetUnacknowledged())
                         : m_rWnd.Get();
    info.rcvWnd = m_connection ? m_connection->m_tracedReceiveWindow.Get() : m_advWnd.Get();
    info.available = view.available;
    info.totalRetrans = m_counts.retransSegs;
    info.pacingRate = view.pacingRate;
    info.deliveryRate = m_counts.deliveryRate;
    info.delivered = m_rateOps->GetConnectionRate().m_delivered;
    info.bytesAcked = GetAckedSsn() - 1;
    info.bytesReceived = m_bytesReceived;
    info.bytesSent = m_counts.bytesSent;
    info.bytesRetrans = m_counts.bytesRetrans;
    info.notsentBytes = view.unsent;
    info.segsOut = m_counts.segsOut;
    info.segsIn = m_counts.segsIn;
    info.dataSegsOut = m_counts.dataSegsOut;
    info.dataSegsIn = m_counts.dataSegsIn;
    return info;
}

} // namespace ns3
