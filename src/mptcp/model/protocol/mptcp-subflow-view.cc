/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <optional>

namespace ns3
{

Ptr<MptcpSocketBase>
MptcpSubflow::GetConnection() const
{
    return m_connection;
}

uint32_t
MptcpSubflow::GetSubflowId() const
{
    return m_id;
}

MptcpSubflow::Role
MptcpSubflow::GetRole() const
{
    return m_role;
}

MptcpSubflow::Phase
MptcpSubflow::GetPhase() const
{
    return m_phase;
}

uint8_t
MptcpSubflow::GetLocalAddressId() const
{
    return m_localId;
}

uint8_t
MptcpSubflow::GetRemoteAddressId() const
{
    return m_remoteId;
}

bool
MptcpSubflow::IsLocallyOpened() const
{
    return m_locallyOpened;
}

bool
MptcpSubflow::MayPeerHaveJoined() const
{
    // If the SYN/ACK had to be sent twice, the first one was lost: its answer would have arrived.
    return m_role == Role::JOIN && m_state == SYN_RCVD && m_synCount + 1 >= m_synRetries;
}

bool
MptcpSubflow::IsBackup() const
{
    return m_backupLocal || m_backupRemote;
}

bool
MptcpSubflow::CanSend() const
{
    // No data before the fourth ACK of a join (RFC 8684, section 3.2: PRE_ESTABLISHED). After a FIN
    // of the peer a subflow of MPTCP is being closed, unless the whole connection is half-closed.
    const bool open = m_state == ESTABLISHED ||
                      (m_state == CLOSE_WAIT && (m_phase == Phase::FALLBACK || IsHalfClosed()));
    return open && (m_phase == Phase::ESTABLISHED || m_phase == Phase::FALLBACK) &&
           !m_closeOnEmpty && !m_closeLater && !m_finSent && (m_endPoint || m_endPoint6);
}

bool
MptcpSubflow::IsReceivingOnly() const
{
    return (m_state == FIN_WAIT_1 || m_state == FIN_WAIT_2) &&
           (m_phase == Phase::ESTABLISHED || m_phase == Phase::FALLBACK) &&
           (m_endPoint || m_endPoint6);
}

Ptr<TcpSocketState>
MptcpSubflow::GetTcb() const
{
    return m_tcb;
}

Ptr<TcpCongestionOps>
MptcpSubflow::GetCongestionOps() const
{
    return m_congestionControl;
}

Time
MptcpSubflow::GetRto() const
{
    return m_rto;
}

uint32_t
MptcpSubflow::GetUnacknowledgedBytes() const
{
    return m_txBuffer->Size();
}

uint64_t
MptcpSubflow::GetBytesSent() const
{
    return m_bytesSent;
}

uint64_t
MptcpSubflow::GetBytesReceived() const
{
    return m_bytesReceived;
}

uint64_t
MptcpSubflow::ToSsn(const SequenceNumber32& seq) const
{
    // All that is in use is near the end of what was given to the subflow, of which SSN 1 is the
    // first octet.
    return ExpandDsn(m_bytesSent + 1, seq.GetValue() - m_localIsn.GetValue());
}

uint64_t
MptcpSubflow::GetAckedSsn() const
{
    // Before the handshake is complete the head of the send buffer may be the SYN.
    const uint64_t acked = ToSsn(m_txBuffer->HeadSequence());
    return DsnAfter(acked, 0) ? acked : 1;
}

uint32_t
MptcpSubflow::GetPeerWindow() const
{
    return m_rWnd;
}

TcpSocket::TcpStates_t
MptcpSubflow::GetTcpState() const
{
    return m_state;
}

bool
MptcpSubflow::IsDssReceived() const
{
    return m_dssReceived;
}

bool
MptcpSubflow::IsDataAckReceived() const
{
    return m_peerEdge != 0;
}

bool
MptcpSubflow::IsInStep(uint64_t next) const
{
    // A DATA_FIN takes one more DSN but no SSN.
    return next == m_rxSsn || (m_connection->m_peerFinished && next == m_rxSsn + 1);
}

bool
MptcpSubflow::IsStale() const
{
    return m_stale;
}

uint32_t
MptcpSubflow::GetTimeouts() const
{
    return m_timeouts;
}

uint32_t
MptcpSubflow::GetSilence() const
{
    return m_silence;
}

void
MptcpSubflow::CountSilence()
{
    ++m_silence;
}

void
MptcpSubflow::Penalize(Time rtt)
{
    const Time own = MptcpGetSmoothedRtt(*m_tcb);
    if (own <= rtt || Simulator::Now() < m_penalizedUntil)
    {
        return;
    }
    m_penalizedUntil = Simulator::Now() + own;
    const uint32_t before = m_tcb->m_cWnd;
    const uint32_t cwnd = std::max(before / 2, m_tcb->m_segmentSize);
    m_tcb->m_cWnd = cwnd;
    m_tcb->m_cWndInfl = cwnd;
    m_tcb->m_ssThresh = cwnd;
    m_connection->m_subflowPenalized(this, before, cwnd);
}

uint32_t
MptcpSubflow::CountSwallowed()
{
    return ++m_swallowed;
}

uint32_t
MptcpSubflow::GetRepeated() const
{
    return m_repeatedUna == m_connection->m_sendQueue.GetUnacknowledged() ? m_repeated : 0;
}

uint32_t
MptcpSubflow::CountRepeated()
{
    m_repeated = GetRepeated() + 1;
    m_repeatedUna = m_connection->m_sendQueue.GetUnacknowledged();
    return m_repeated;
}

void
MptcpSubflow::MarkStale()
{
    m_stale = true;
}

uint32_t
MptcpSubflow::CountBare() const
{
    return m_bare;
}

bool
MptcpSubflow::IsEstablished() const
{
    return m_established;
}

const std::optional<MptcpTcprst>&
MptcpSubflow::GetResetReceived() const
{
    return m_resetReceived;
}

bool
MptcpSubflow::IsClosing() const
{
    return m_closeOnEmpty || m_closeLater || m_phase == Phase::CLOSED ||
           (m_state != SYN_SENT && m_state != SYN_RCVD && m_state != ESTABLISHED);
}

const Address&
MptcpSubflow::GetLocalName() const
{
    return m_localName;
}

const Address&
MptcpSubflow::GetRemoteName() const
{
    return m_remoteName;
}

uint64_t
MptcpSubflow::GetSegmentsReceived() const
{
    return m_segmentsReceived;
}

double
MptcpSubflow::GetOctetsPerMsl() const
{
    const Time rtt = MptcpGetSmoothedRtt(*m_tcb);
    // Without losses the congestion window grows far beyond what the peer admits.
    const uint64_t admitted =
        m_connection->m_sndEdge - m_connection->m_sendQueue.GetUnacknowledged();
    const auto window = static_cast<double>(std::min<uint64_t>(m_tcb->m_cWnd, admitted));
    return rtt.IsZero() ? 0 : window / rtt.GetSeconds() * m_msl;
}

void
MptcpSubflow::TellClosing()
{
    if (!m_closingTold && m_connection)
    {
        m_closingTold = true;
        m_connection->OnSubflowClosing(this);
    }
}

uint64_t&
MptcpSubflow::GetCopyCursor()
{
    return m_copyCursor;
}

uint32_t
MptcpSubflow::GetOwnWindowLeft() const
{
    if (m_phase == Phase::FALLBACK || !m_windowKnown)
    {
        return UINT32_MAX;
    }
    // The peer's window counts on each subflow too: a middlebox may have made it smaller there (RFC
    // 8684, section 3.3.5). It may be old where nothing was sent for some time: then one segment,
    // which the connection's window admits, brings a new one.
    const int32_t left =
        SequenceDistance(m_windowEnd.GetValue(), m_txBuffer->TailSequence().GetValue());
    const auto least = static_cast<int32_t>(m_txBuffer->Size() == 0 ? m_tcb->m_segmentSize : 0);
    return static_cast<uint32_t>(std::max(left, least));
}

void
MptcpSubflow::FillView(MptcpSubflowView& view) const
{
    const uint32_t unsent =
        std::max<int32_t>(m_txBuffer->TailSequence() - m_tcb->m_highTxMark.Get(), 0);
    view.id = m_id;
    view.usable = CanSend();
    view.backup = IsBackup();
    view.inLoss = m_tcb->m_congState == TcpSocketState::CA_LOSS;
    view.inRecovery = m_tcb->m_congState == TcpSocketState::CA_RECOVERY ||
                      m_tcb->m_congState == TcpSocketState::CA_CWR;
    view.stale = m_stale;
    view.carried = false;
    view.delivering = view.usable && m_txBuffer->Size() > 0 && m_silence == 0;
    view.cwnd = m_tcb->m_cWnd;
    view.ssthresh = m_tcb->m_ssThresh;
    view.unsent = unsent;
    view.segmentSize = m_tcb->m_segmentSize;
    const uint32_t own = GetOwnWindowLeft();
    const uint32_t allowed = own < UINT32_MAX - unsent ? own + unsent : UINT32_MAX;
    const uint32_t window = TcpSocketBase::AvailableWindow();
    view.available =
        std::min(m_oneMore ? std::max(window, unsent + view.segmentSize) : window, allowed);
    view.inFlight = m_tcb->m_bytesInFlight; // AvailableWindow() brings it up to date
    // Twice the window, as Linux sizes a socket's send buffer (tcp_sndbuf_expand).
    const uint64_t buffer = 2ULL * view.cwnd;
    const uint64_t held = m_txBuffer->Size();
    view.queueable = buffer > held ? std::min<uint64_t>(buffer - held, own) : 0;
    view.srtt = MptcpGetSmoothedRtt(*m_tcb);
    view.rttVar = m_rtt->GetVariation();
    view.pacingRate = m_tcb->m_pacingRate.Get().GetBitRate();
}

} // namespace ns3
