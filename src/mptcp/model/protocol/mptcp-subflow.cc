/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-subflow.h"

#include "mptcp-address.h"
#include "mptcp-back-off.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow-timewait.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/log.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSubflow");

NS_OBJECT_ENSURE_REGISTERED(MptcpSubflow);

namespace
{

/// The connection bounds what is sent and received; the subflow's buffers must never be the limit.
constexpr uint32_t UNLIMITED_BUFFER = 1U << 30;

const Time SWS_OVERRIDE = MilliSeconds(500); ///< 0.1 to 1 s (RFC 9293, section 3.8.6.2.1)

/// No peer admits more in flight (RFC 7323, section 2.3).
constexpr uint32_t LARGEST_WINDOW = 1U << 30;

/// Duplicate ACKs in a row that only carry signals (RFC 8684, section 3).
constexpr uint32_t SIGNAL_ACKS = 2;

/**
 * @param option option that is to go
 * @param other option that waits since earlier
 * @return the former says all that the latter would
 */
bool
Replaces(const MptcpOption& option, const MptcpOption& other)
{
    if (option.index() != other.index())
    {
        return false;
    }
    if (const auto* announced = std::get_if<MptcpAddAddr>(&option))
    {
        const auto& before = std::get<MptcpAddAddr>(other);
        return announced->addressId == before.addressId && announced->echo == before.echo;
    }
    if (const auto* removed = std::get_if<MptcpRemoveAddr>(&option))
    {
        return removed->addressIds == std::get<MptcpRemoveAddr>(other).addressIds;
    }
    if (const auto* priority = std::get_if<MptcpPrio>(&option))
    {
        return priority->addressId == std::get<MptcpPrio>(other).addressId;
    }
    return std::holds_alternative<MptcpFail>(option) ||
           std::holds_alternative<MptcpFastclose>(option);
}

} // namespace

TypeId
MptcpSubflow::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSubflow")
                            .SetParent<TcpSocketBase>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSubflow>();
    return tid;
}

MptcpSubflow::MptcpSubflow()
{
    // Static sinks: a copied trace list (Fork) stays right, and they stay first.
    m_txTrace.ConnectWithoutContext(MakeCallback(&MptcpSubflow::TxSink));
    m_rxTrace.ConnectWithoutContext(MakeCallback(&MptcpSubflow::RxSink));
    ConnectCallbacks();
}

MptcpSubflow::MptcpSubflow(const MptcpSubflow& other)
    : MptcpTypedBase<MptcpSubflow, TcpSocketBase>(other),
      m_stack(other.m_stack),
      m_neutral(other.m_neutral),
      m_configuredSegmentSize(other.m_configuredSegmentSize)
{
    ConnectCallbacks();
}

MptcpSubflow::~MptcpSubflow()
{
    m_joinAckEvent.Cancel(); // they hold no reference
    m_failEvent.Cancel();
    m_overrideEvent.Cancel();
    m_tellEvent.Cancel();
    m_signalEvent.Cancel();
    m_keepaliveEvent.Cancel();
    if (m_timeWait)
    {
        m_timeWait->ForgetSubflow();
    }
}

void
MptcpSubflow::DoDispose()
{
    m_joinAckEvent.Cancel();
    m_failEvent.Cancel();
    m_overrideEvent.Cancel();
    m_tellEvent.Cancel();
    m_signalEvent.Cancel();
    m_keepaliveEvent.Cancel();
    if (m_timeWait)
    {
        m_timeWait->ForgetSubflow();
    }
    m_connection = nullptr;
    m_pendingConnection = nullptr;
    m_stack = nullptr;
    m_txOption = nullptr;
    TcpSocketBase::DoDispose();
}

void
MptcpSubflow::ConnectCallbacks()
{
    // Unbound to a reference count: the callbacks belong to this very socket. Functions without a
    // name take half of the memory of what MakeCallback() makes, which can be compared.
    using Told = Callback<void, Ptr<Socket>>;
    SetConnectCallback(Told([this](Ptr<Socket> socket) { OnConnected(socket); }),
                       Told([this](Ptr<Socket> socket) { OnConnectFailed(socket); }));
    SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                      Told([this](Ptr<Socket> socket) { OnErrorClose(socket); }));
    SetRecvCallback(Told([this](Ptr<Socket>) { OnReadable(); }));
    // To a window that is exactly full ns-3.37 would answer with a segment of no octets, and abort.
    m_txBuffer->SetRWndCallback(Callback<uint32_t>([this] {
        const auto sent =
            static_cast<uint32_t>(m_tcb->m_highTxMark.Get() - m_txBuffer->HeadSequence());
        const uint32_t window = m_rWnd;
        return window > 0 && window == sent ? window - 1 : window;
    }));
    m_pacingTimer.SetFunction(&MptcpSubflow::OnPaced, this);
}

void
MptcpSubflow::TxSink(Ptr<const Packet> packet,
                     const TcpHeader& header,
                     Ptr<const TcpSocketBase> socket)
{
    // The header is a local variable of the caller, which serializes it next; the trace only adds
    // const to it.
    auto self = static_cast<MptcpSubflow*>(const_cast<TcpSocketBase*>(PeekPointer(socket)));
    self->CompleteHeader(*packet, const_cast<TcpHeader&>(header));
    self->CountSent(*packet, header);
}

void
MptcpSubflow::RxSink(Ptr<const Packet> packet,
                     const TcpHeader& header,
                     Ptr<const TcpSocketBase> socket)
{
    auto self = static_cast<MptcpSubflow*>(const_cast<TcpSocketBase*>(PeekPointer(socket)));
    auto& writable = const_cast<TcpHeader&>(header);
    if (self->m_restInHand)
    {
        // All has been read but the FIN.
        writable.SetWindowSize(self->m_windowInHand);
        writable.SetAckNumber(self->m_ackInHand);
        return;
    }
    self->m_payloadInHand = packet->GetSize();
    self->m_offsetInHand = SequenceDistance(header.GetSequenceNumber().GetValue(),
                                            self->m_tcb->m_rxBuffer->NextRxSequence().GetValue());
    self->m_discard = false;
    self->ReadSegment(writable);
    self->CountReceived(*packet, header);
    if (self->m_stack && self->IsBehindWindow())
    {
        self->m_discard = true;
        self->m_stack->GetCounters().Increment(MptcpMib::RcvPruned);
    }
    if (self->m_discard)
    {
        self->DiscardData(writable);
    }
    if ((header.GetFlags() & TcpHeader::RST) && self->m_state != SYN_SENT)
    {
        writable.SetFlags(TcpHeader::RST); // stock TCP answers RST with ACK by an RST of its own
        self->m_errno = ERROR_NOTCONN;     // the nearest that ns-3 has to ECONNRESET
    }
    self->DropDuplicateSack(writable);
    self->SkipSacked(writable);
    self->IgnoreOldAck(writable);
    self->m_windowInHand = header.GetWindowSize();
    self->m_ackInHand = header.GetAckNumber();
}

void
MptcpSubflow::Attach(Ptr<MptcpSocketBase> connection, Role role, uint32_t id)
{
    m_connection = connection;
    m_stack = connection->m_stack;
    m_role = role;
    m_id = id;
}

MptcpSubflow::Hold::Hold(MptcpSubflow* subflow)
    : m_subflow(subflow),
      m_connection(subflow->m_connection)
{
    if (m_connection)
    {
        m_connection->Enter();
    }
}

MptcpSubflow::Hold::~Hold()
{
    if (!m_subflow->m_endPoint && !m_subflow->m_endPoint6)
    {
        Simulator::ScheduleNow([subflow = m_subflow] {});
    }
    if (m_connection)
    {
        m_connection->Leave();
    }
}

void
MptcpSubflow::Detach()
{
    m_phase = Phase::CLOSED;
    m_joinAckEvent.Cancel();
    m_failEvent.Cancel();
    m_overrideEvent.Cancel();
    m_tellEvent.Cancel();
    m_signalEvent.Cancel();
    m_keepaliveEvent.Cancel();
    m_connection = nullptr;
    const Hold hold(this);
    if (m_state == CLOSED)
    {
        // Stock TCP keeps a socket whose bind or connect has failed for as long as the node lives.
        DeallocateEndPoint();
        m_tcp->RemoveSocket(this);
    }
}

void
MptcpSubflow::SetAddressIds(uint8_t localId, uint8_t remoteId)
{
    m_localId = localId;
    m_remoteId = remoteId;
}

void
MptcpSubflow::SetBackup(bool backup)
{
    m_backupLocal = backup;
}

void
MptcpSubflow::SetRemoteBackup(bool backup)
{
    m_backupRemote = backup;
}

void
MptcpSubflow::Configure()
{
    const MptcpSocketBase& c = *m_connection;
    m_configuredSegmentSize = c.m_segSize;
    SetSegSize(c.m_segSize);
    SetSndBufSize(UNLIMITED_BUFFER);
    // Before the handshake it decides the window scale: the largest that may come.
    SetRcvBufSize(c.TunesReceiveBuffer() ? std::max(c.m_rcvBufSize, c.m_maxRcvBufSize)
                                         : c.m_rcvBufSize);
    SetInitialSSThresh(c.m_initialSsThresh);
    SetInitialCwnd(c.m_initialCwnd);
    // The connection decides when a small segment may go (Nagle), for all subflows together.
    SetTcpNoDelay(true);
    FollowSettings();
    FollowSocketOptions();
    c.m_tcpAttributes.Apply(*this, MptcpTcpAttributes::Stage::BEFORE_SYN);
}

void
MptcpSubflow::ConfigureFork()
{
    // The listener's copy is as old as its Listen().
    const MptcpSocketBase& c = *m_connection;
    m_configuredSegmentSize = c.m_segSize;
    m_tcb->m_initialCWnd = c.m_initialCwnd;
    m_tcb->m_initialSsThresh = c.m_initialSsThresh;
    FollowSettings();
    c.m_tcpAttributes.Apply(*this, MptcpTcpAttributes::Stage::AGREED);
    c.m_tcpTraces.Apply(*this);
}

void
MptcpSubflow::FollowSettings()
{
    const MptcpSocketBase& c = *m_connection;
    SetConnTimeout(c.m_connTimeout);
    SetSynRetries(c.m_synRetries);
    SetDataRetries(c.m_dataRetries);
    SetDelAckTimeout(c.m_delAckTimeout);
    SetDelAckMaxCount(c.m_delAckMaxCount);
    SetPersistTimeout(c.m_persistTimeout);
}

bool
MptcpSubflow::FollowTcpAttribute(const std::string& name, const AttributeValue& value)
{
    const bool begun = m_state != CLOSED && m_state != LISTEN;
    return (begun && MptcpTcpAttributes::IsAgreedBySyn(name)) || SetAttributeFailSafe(name, value);
}

void
MptcpSubflow::FollowSocketOptions()
{
    // ns3::Socket does not tell when an application sets them.
    if (!m_connection)
    {
        return;
    }
    const MptcpSocketBase& c = *m_connection;
    if (GetIpTos() != c.GetIpTos())
    {
        SetIpTos(c.GetIpTos());
    }
    SetPriority(c.GetPriority());
    if (c.IsManualIpTtl())
    {
        SetIpTtl(c.GetIpTtl());
    }
    if (c.IsManualIpv6HopLimit())
    {
        SetIpv6HopLimit(c.GetIpv6HopLimit());
    }
    if (c.IsManualIpv6Tclass() != IsManualIpv6Tclass() || c.GetIpv6Tclass() != GetIpv6Tclass())
    {
        SetIpv6Tclass(c.IsManualIpv6Tclass() ? c.GetIpv6Tclass() : -1);
    }
}

void
MptcpSubflow::SetController(Ptr<TcpCongestionOps> control)
{
    // DCTCP and BBR set these for their socket and nobody takes them back, but a listener's fork
    // need not have the listener's controller.
    if (m_neutral)
    {
        m_tcb->m_pacing = m_neutral->pacing;
        m_tcb->m_useEcn = m_neutral->useEcn;
        m_tcb->m_ecnMode = m_neutral->ecnMode;
        m_tcb->m_ectCodePoint = m_neutral->ectCodePoint;
    }
    else
    {
        m_neutral =
            Neutral{m_tcb->m_pacing, m_tcb->m_useEcn, m_tcb->m_ecnMode, m_tcb->m_ectCodePoint};
    }
    SetCongestionControlAlgorithm(control);
}

void
MptcpSubflow::SetSourceAddress(const Address& address)
{
    m_source = address;
    m_sourceSet = true;
}

void
MptcpSubflow::LeaveBy(Ptr<NetDevice> device)
{
    // Not TcpSocketBase's, which binds the end point for receiving, too.
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    Socket::BindToNetDevice(device);
}

void
MptcpSubflow::LeaveBySource(const Address& local, const Address& peer)
{
    const Ptr<NetDevice> device = m_stack->FindDevice(local);
    if (device && !GetBoundNetDevice() && m_stack->HasRoute(device, peer))
    {
        LeaveBy(device);
    }
}

void
MptcpSubflow::SetLocalNonce(uint32_t nonce)
{
    m_localNonce = nonce;
}

void
MptcpSubflow::RestartAfterIdle()
{
    // RFC 5681, section 4.1, by the decay of RFC 2861, as Linux does it (tcp_cwnd_restart). Not of
    // controllers that govern the rate themselves, such as BBR.
    const Time rto = m_rto.Get();
    Time idle = Simulator::Now() - m_counts.lastDataSent;
    if (!m_connection->m_slowStartAfterIdle || m_bytesSent == 0 || idle <= rto ||
        GetUnacknowledgedBytes() > 0 || m_congestionControl->HasCongControl())
    {
        return;
    }
    const uint32_t window = m_tcb->m_cWnd.Get();
    const uint32_t least = std::min(GetInitialCwnd() * m_tcb->m_segmentSize, window);
    uint32_t restart = window;
    for (; idle > rto && restart > least; idle -= rto)
    {
        restart /= 2;
    }
    m_tcb->m_ssThresh = std::max(m_tcb->m_ssThresh.Get(), window - window / 4);
    m_tcb->m_cWnd = std::max(restart, least);
    m_tcb->m_cWndInfl = m_tcb->m_cWnd;
}

void
MptcpSubflow::SendMapped(uint64_t dsn, Ptr<Packet> packet)
{
    const uint32_t size = packet->GetSize();
    if (m_phase != Phase::FALLBACK)
    {
        MptcpMapping mapping;
        mapping.dsn = dsn;
        mapping.ssn = static_cast<uint32_t>(ToSsn(m_txBuffer->TailSequence()));
        mapping.length = static_cast<uint16_t>(size);
        if (m_connection->m_checksum)
        {
            mapping.hasChecksum = true;
            mapping.checksum = MapChecksum(dsn, mapping.ssn, mapping.length, PeekPointer(packet));
        }
        m_txMap.Add(mapping);
    }
    RestartAfterIdle();
    m_bytesSent += size;
    const SequenceNumber32 first = m_txBuffer->TailSequence();
    const bool added = m_txBuffer->Add(packet);
    NS_ASSERT_MSG(added, "the send buffer of a subflow is not bounded");
    if (std::exchange(m_oneMore, false))
    {
        SendDataPacket(first, size, true);
        return;
    }
    SendPendingData(m_connected);
    WatchSmallWindow();
}

void
MptcpSubflow::NoteWrite(uint32_t unsent)
{
    // As stock TCP does when its application writes: while less than a segment waits, the rates
    // that BBR measures are those of the application. The data waits in the connection here.
    m_rateOps->CalculateAppLimited(m_tcb->m_cWnd,
                                   m_tcb->m_bytesInFlight,
                                   m_tcb->m_segmentSize,
                                   m_txBuffer->TailSequence() + SequenceNumber32(unsent),
                                   m_tcb->m_nextTxSequence,
                                   m_txBuffer->GetLost(),
                                   m_txBuffer->GetRetransmitsCount());
}

bool
MptcpSubflow::IsWindowTooSmall() const
{
    // A larger window lets stock TCP send, as soon as the pacing allows it.
    return Window() < m_tcb->m_segmentSize && m_rWnd > 0U && m_txBuffer->Size() > 0 &&
           (m_endPoint || m_endPoint6) && m_txBuffer->HeadSequence() == m_tcb->m_highTxMark.Get();
}

void
MptcpSubflow::WatchSmallWindow()
{
    if (m_overrideEvent.IsExpired() && IsWindowTooSmall())
    {
        StartTimer(m_overrideEvent, SWS_OVERRIDE, [](MptcpSubflow& s) { s.OverrideSmallWindow(); });
    }
}

void
MptcpSubflow::OverrideSmallWindow()
{
    if (IsWindowTooSmall())
    {
        SendWhatFits(m_tcb->m_highTxMark); // nothing is in flight that would bring an ACK
    }
}

void
MptcpSubflow::SendWhatFits(const SequenceNumber32& seq)
{
    // RFC 9293, section 3.8.6.2.1. Stock TCP would wait for a window of a whole segment, and probes
    // one of zero only.
    if (m_rWnd > 0U && (m_endPoint || m_endPoint6))
    {
        const uint32_t size = std::min(m_rWnd.Get(), m_tcb->m_segmentSize);
        m_tcb->m_nextTxSequence = seq;
        m_tcb->m_nextTxSequence += SendDataPacket(seq, size, m_connected);
    }
}

void
MptcpSubflow::SendAck()
{
    SendEmptyPacket(TcpHeader::ACK);
}

void
MptcpSubflow::SendOption(const MptcpOption& option)
{
    if (IsPlainTcp())
    {
        return; // its timer has outlived the fallback
    }
    // What has not gone yet and is out of date now need not go: a peer that announces without end
    // gets one echo for each identifier.
    m_pending.EraseIf([&option](const MptcpOption& other) { return Replaces(option, other); });
    m_pending.push_back(option);
    SendPending();
}

void
MptcpSubflow::SendPending()
{
    if (m_state == SYN_SENT || m_state == SYN_RCVD || m_phase == Phase::PRE_ESTABLISHED)
    {
        return; // when the handshake is complete
    }
    if (m_state == CLOSED || m_state == TIME_WAIT)
    {
        m_pending.clear();
    }
    // Not more than two duplicate ACKs in a row for signals alone: whoever counts them on the way
    // could take a third one for a loss (RFC 8684, section 3). What was in flight an RTT ago has
    // arrived or is lost. Until then ACKs that are due anyway take the others along.
    std::size_t waiting = m_pending.size();
    while (waiting > 0 && m_signalAcks < SIGNAL_ACKS)
    {
        ++m_signalAcks; // CompleteHeader() takes it back if the ACK is no duplicate
        SendEmptyPacket(TcpHeader::ACK);
        waiting = m_pending.size() < waiting ? m_pending.size() : 0;
    }
    if (waiting > 0 && m_signalEvent.IsExpired())
    {
        const Time rtt = MptcpGetSmoothedRtt(*m_tcb);
        StartTimer(m_signalEvent, rtt.IsZero() ? m_rto.Get() : rtt, [](MptcpSubflow& s) {
            s.m_signalAcks = 0;
            s.SendPending();
        });
    }
}

void
MptcpSubflow::SendProbe(uint32_t octets)
{
    if (!m_endPoint && !m_endPoint6)
    {
        return;
    }
    // Before SND.UNA: the peer must answer with an ACK, which tells its window (RFC 9293, section
    // 3.10.7.4). Without an octet, as Linux (tcp_xmit_probe_skb): what was there is forgotten, and
    // a peer behind a proxy that acknowledges early may lack it, and would take any other.
    TcpHeader header;
    header.SetFlags(TcpHeader::ACK);
    header.SetSequenceNumber(m_txBuffer->HeadSequence() - 1);
    header.SetAckNumber(m_tcb->m_rxBuffer->NextRxSequence());
    header.SetWindowSize(AdvertisedWindowSize());
    AddOptions(header);
    Address local;
    Address peer;
    GetSockName(local);
    GetPeerName(peer);
    m_keepaliveInHand = true;
    SendSegment(Create<Packet>(octets), header, local, peer);
    m_keepaliveInHand = false;
}

bool
MptcpSubflow::ProbeWindow()
{
    if (m_timeouts >= m_dataRetries)
    {
        GiveUp();
        return false;
    }
    ++m_timeouts;
    SendProbe();
    return true;
}

void
MptcpSubflow::GiveUp()
{
    const Hold hold(this);
    NotifyErrorClose();
    DeallocateEndPoint();
}

void
MptcpSubflow::SendSegment(Ptr<Packet> packet,
                          TcpHeader& header,
                          const Address& local,
                          const Address& peer)
{
    header.SetSourcePort(MptcpGetPort(local));
    header.SetDestinationPort(MptcpGetPort(peer));
    FollowSocketOptions();
    AddTags(*this, packet);
    m_txTrace(packet, header, this);
    if (InetSocketAddress::IsMatchingType(local))
    {
        m_tcp->SendPacket(packet,
                          header,
                          InetSocketAddress::ConvertFrom(local).GetIpv4(),
                          InetSocketAddress::ConvertFrom(peer).GetIpv4(),
                          m_boundnetdevice);
    }
    else
    {
        m_tcp->SendPacket(packet,
                          header,
                          Inet6SocketAddress::ConvertFrom(local).GetIpv6(),
                          Inet6SocketAddress::ConvertFrom(peer).GetIpv6(),
                          m_boundnetdevice);
    }
}

void
MptcpSubflow::CloseSubflow()
{
    if (m_closeOnEmpty || m_closeLater)
    {
        return;
    }
    const Hold hold(this);
    TellClosing();
    if (m_inHand)
    {
        // Stock TCP judges the segment by the state that it was sent to: after our FIN it would
        // take any acknowledgment for that of the FIN.
        m_closeLater = true;
        return;
    }
    CloseNow();
}

void
MptcpSubflow::CloseNow()
{
    switch (m_state)
    {
    case SYN_SENT:
        Forget();
        return;
    case SYN_RCVD:
        // "Queue for processing after entering ESTABLISHED state" (RFC 9293, section 3.10.4).
        m_closeOnEmpty = true;
        return;
    case LISTEN:
        DoClose();
        return;
    case ESTABLISHED:
    case CLOSE_WAIT:
        break;
    default:
        return; // the FIN is out, and in CLOSING stock TCP would send a RST
    }
    if (m_connection && m_phase != Phase::FALLBACK && !m_connection->m_joined &&
        m_connection->m_sendQueue.GetSize() > 0)
    {
        // Until a join has been established the peer may fall back, and this host may not know yet:
        // it would take the FIN for the end of the data. A join that is only tried does not change
        // that.
        ResetSubflow(MPTCP_RST_UNSPECIFIED, true);
        return;
    }
    // Not Close: stock TCP resets a socket with unread data, and a subflow may hold segments behind
    // a gap whose data has come over another subflow.
    if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) > 0)
    {
        m_closeOnEmpty = true;
        return;
    }
    DoClose();
}

void
MptcpSubflow::ResetSubflow(uint8_t reason, bool transient)
{
    if (m_state == SYN_SENT)
    {
        Forget(); // there is nothing to reset yet
        return;
    }
    const Hold hold(this);
    m_resetReason = reason;
    m_resetHere = reason;
    m_resetTransient = transient;
    // Stock TCP goes back to the oldest data after a timeout: a RST with that number could lie
    // before the peer's window.
    m_tcb->m_nextTxSequence = std::max(m_tcb->m_nextTxSequence.Get(), m_tcb->m_highTxMark.Get());
    SendRST();
    m_resetReason.reset(); // without an end point nothing was sent
    m_state = CLOSED;
    if (m_inHand)
    {
        // Or stock TCP finds the peer's FIN in it, and a subflow that is gone goes on closing.
        m_tcb->m_rxBuffer = CreateObject<TcpRxBuffer>();
    }
}

void
MptcpSubflow::Forget()
{
    // As a RST, but for the segment. Who closes in SYN_SENT sends nothing (RFC 9293, sections
    // 3.10.4 and 3.10.5), and a RST there makes a listener of stock TCP probe a closed window, and
    // abort.
    const Hold hold(this);
    NotifyErrorClose();
    DeallocateEndPoint();
    m_state = CLOSED;
    if (m_inHand)
    {
        m_tcb->m_rxBuffer = CreateObject<TcpRxBuffer>(); // as in ResetSubflow
    }
}

void
MptcpSubflow::FastcloseByReset(uint64_t key)
{
    m_fastclose = key;
    ResetSubflow(MPTCP_RST_UNSPECIFIED);
}

void
MptcpSubflow::EnterFallback()
{
    m_phase = Phase::FALLBACK;
    m_failEvent.Cancel();
    m_signalEvent.Cancel();
    m_pending.clear();
    UpdateSegmentSize(m_timestampEnabled);
}

void
MptcpSubflow::BecomeMptcp()
{
    // From now on the connection's shared buffer is the limit; the window scale is agreed on.
    SetRcvBufSize(UNLIMITED_BUFFER);
}

bool
MptcpSubflow::AwaitsNewData() const
{
    return m_connection && CanSend() && m_connection->HasDataFor(m_id, m_copyCursor);
}

bool
MptcpSubflow::IsLossLeft() const
{
    const uint32_t lost = m_txBuffer->GetLost();
    if (lost == 0 || m_lossesSentAgain)
    {
        return false;
    }
    if (lost > m_txBuffer->GetRetransmitsCount())
    {
        return true;
    }
    // What was sent again may have been counted as lost or not: stock TCP's walk through all that
    // is in flight tells. It walks again only if there is something to find.
    SequenceNumber32 from;
    SequenceNumber32 end;
    m_lossesSentAgain = !m_txBuffer->NextSeg(&from, &end, false);
    return !m_lossesSentAgain;
}

bool
MptcpSubflow::IsRepeatedForWant(const SequenceNumber32& seq) const
{
    if (!m_sackEnabled || m_tcb->m_congState != TcpSocketState::CA_RECOVERY ||
        seq != m_txBuffer->HeadSequence())
    {
        return false;
    }
    // It repeats the head as well if the peer's window is what forbids new data.
    const SequenceNumber32 sent = m_tcb->m_highTxMark;
    const uint32_t segment = m_tcb->m_segmentSize;
    const auto flight = static_cast<uint32_t>(sent - seq);
    if (sent != m_txBuffer->TailSequence() || m_rWnd < segment || m_rWnd - segment < flight ||
        GetOwnWindowLeft() < segment)
    {
        return false;
    }
    // Losses are marked from below: if any is left to be sent again then the head is lost.
    return (m_txBuffer->IsHeadRetransmitted() || m_txBuffer->GetLost() == 0) && AwaitsNewData();
}

uint32_t
MptcpSubflow::SendDataPacket(SequenceNumber32 seq, uint32_t maxSize, bool withAck)
{
    const Hold hold(this);
    FollowSocketOptions();
    // A partial ACK makes stock TCP send a segment, whatever its congestion window: one that is
    // lost, or new data, or for want of both the oldest again. Here the connection has new data.
    // This is TcpSocketBase::DoRetransmit(), which sets SND.NXT back first. The segment that begins
    // a recovery is sent without that, except by ns-3.37, which calls DoRetransmit() there too.
    if (m_processingAck && m_tcb->m_nextTxSequence == seq && IsRepeatedForWant(seq))
    {
        m_oneMore = true;
        m_connection->OfferOne(m_oneMore);
        m_oneMore = false;
        m_tcb->m_nextTxSequence = m_tcb->m_highTxMark; // stock TCP has gone back to the head
        return maxSize;
    }
    if (m_phase != Phase::FALLBACK)
    {
        // A segment never spans two mappings: it has room for one DSS only.
        const auto ssn = static_cast<uint32_t>(ToSsn(seq));
        if (const MptcpMapping* mapping = m_txMap.Find(ssn))
        {
            maxSize = std::min(maxSize, mapping->ssn + mapping->length - ssn);
        }
    }
    // Stock TCP compares plain 32-bit numbers to find that a segment was sent in part before, and
    // stops the simulation where these wrap inside of it. What was sent goes alone there.
    const SequenceNumber32 mark = m_tcb->m_highTxMark;
    if (seq.GetValue() > UINT32_MAX - maxSize && seq < mark && mark < seq + maxSize)
    {
        maxSize = static_cast<uint32_t>(mark - seq);
    }
    // Stock TCP forgets to note what the last ACK of a handshake acknowledges, and stops the
    // simulation when the first flight then fills the window to the last octet.
    const SequenceNumber32 una = m_txBuffer->HeadSequence();
    if (m_highRxAckMark.Get() < una)
    {
        m_highRxAckMark = una;
    }
    if (m_tcb->m_pacing && m_tcb->m_pacingRate.Get().GetBitRate() == 0)
    {
        // TcpBbr, as long as it has measured no bandwidth. Stock TCP divides by the rate; Linux
        // does not pace at a rate of zero (tcp_update_skb_after_send).
        m_tcb->m_pacingRate = m_tcb->m_maxPacingRate;
    }
    const uint32_t sent = TcpSocketBase::SendDataPacket(seq, maxSize, withAck);
    if (IsPacingEnabled() && m_connection)
    {
        m_connection->SchedulePush(); // the pacing timer asks the subflow only, not the connection
    }
    return sent;
}

void
MptcpSubflow::ReceivedAck(Ptr<Packet> packet, const TcpHeader& header)
{
    // Duplicate ACKs that carry MPTCP signals other than a DSS are no signs of congestion
    // (RFC 8684, section 3.4). With SACK stock TCP counts SACK blocks instead.
    const bool signal = !m_sackEnabled && m_rx.signal && packet->GetSize() == 0 &&
                        header.GetAckNumber() == m_txBuffer->HeadSequence();
    if (!signal)
    {
        m_lossesSentAgain = false;
        m_processingAck = true;
        TcpSocketBase::ReceivedAck(packet, header);
        m_processingAck = false;
    }
    // While there is no loss stock TCP lets the window grow with each acknowledgment, though the
    // peer's is the limit, until the 32 bits wrap and nothing may be sent. Controllers that set
    // their window themselves (BBR) do not add to it.
    if (m_tcb->m_cWnd > LARGEST_WINDOW && !m_congestionControl->HasCongControl())
    {
        m_tcb->m_cWnd = LARGEST_WINDOW;
        m_tcb->m_cWndInfl = LARGEST_WINDOW;
    }
    m_txMap.ReleaseBefore(static_cast<uint32_t>(GetAckedSsn()));
    // Stock TCP sends a FIN that waits for data only along with the last segment, which may never
    // go out again when the peer has it by SACK.
    if (m_closeOnEmpty && m_txBuffer->Size() == 0 && !m_finSent)
    {
        m_closeOnEmpty = false;
        m_closeLater = true;
    }
    // Nor does it repeat a FIN that was lost with the last segment, once the data has arrived.
    if (IsFinAlone() && m_retxEvent.IsExpired())
    {
        StartFinTimer();
    }
}

bool
MptcpSubflow::IsFinAlone() const
{
    return m_txBuffer->Size() == 0 &&
           (m_state == FIN_WAIT_1 || m_state == CLOSING || m_state == LAST_ACK);
}

void
MptcpSubflow::StartFinTimer()
{
    // As often as data (RFC 9293, section 3.8.3), with the same back-off.
    const uint32_t tries = m_dataRetries > m_dataRetrCount ? m_dataRetries - m_dataRetrCount : 0;
    const Time wait = MptcpBackOff(m_rto, tries);
    m_retxEvent = Simulator::Schedule(wait, &MptcpSubflow::ReTxTimeout, this);
}

void
MptcpSubflow::SendEmptyPacket(uint8_t flags)
{
    const Hold hold(this);
    FollowSocketOptions();
    if (m_finFollows && !(flags & ~(TcpHeader::ACK | TcpHeader::ECE)) && m_pending.empty())
    {
        m_heldAck = flags; // that of the FIN says it all
        return;
    }
    if (m_state == SYN_RCVD && (flags & TcpHeader::SYN))
    {
        // Where two SYNs have met stock TCP repeats the SYN without the ACK, which the peer in
        // ESTABLISHED cannot take for the answer that it lacks.
        flags |= TcpHeader::ACK;
    }
    if (flags & TcpHeader::ACK)
    {
        m_ackNow = false;
        m_heldAck = 0;
        if (m_state == TIME_WAIT && (m_endPoint || m_endPoint6))
        {
            // "The only thing that can arrive in this state is a retransmission of the remote FIN.
            // Acknowledge it, and restart the 2 MSL timeout." (RFC 9293, section 3.10.7.4)
            TimeWait();
        }
    }
    const bool idle = m_retxEvent.IsExpired();
    const Time timeout = m_rto;
    m_dataAckMissed = false;
    TcpSocketBase::SendEmptyPacket(flags);
    if (m_dataAckMissed)
    {
        // A signal has taken the room of a DATA_ACK, and no other segment may follow. Without the
        // DATA_ACK the peer would send again what has arrived.
        m_dataAckMissed = false;
        ++m_signalAcks;
        m_dataAckInHand = true;
        TcpSocketBase::SendEmptyPacket(TcpHeader::ACK);
        m_dataAckInHand = false;
    }
    if (m_dataRetrCount < m_dataRetries && m_txBuffer->Size() > 0 && m_state != SYN_SENT &&
        m_state != SYN_RCVD)
    {
        // Stock TCP computes the timeout anew with each ACK that it sends, from samples of the time
        // before. The back-off ends with a new sample, not with data of the peer (RFC 6298, section
        // 5): else data that is sent again six times ends a connection within one long RTT.
        m_rto = timeout;
    }
    if ((flags & TcpHeader::FIN) && idle && (m_endPoint || m_endPoint6))
    {
        // Stock TCP would repeat it for ever.
        m_retxEvent.Cancel();
        StartFinTimer();
    }
}

uint32_t
MptcpSubflow::AvailableWindow() const
{
    if (!m_endPoint && !m_endPoint6)
    {
        return 0; // stock TCP sends on, though the subflow has ended by what it has just sent
    }
    const auto state = m_tcb->m_congState.Get();
    const bool recovery = state == TcpSocketState::CA_RECOVERY;
    const bool unsent = m_txBuffer->TailSequence() != m_tcb->m_highTxMark.Get();
    // Nothing new, nothing lost: spare stock TCP the walk through the list of segments in flight.
    if (!unsent && m_txBuffer->GetLost() == 0 && !recovery && state != TcpSocketState::CA_LOSS)
    {
        return 0;
    }
    const uint32_t window = TcpSocketBase::AvailableWindow();
    // In recovery, when the buffer holds no new data, stock TCP sends again what is neither lost
    // nor acknowledged (RFC 6675, section 4, NextSeg, rule 3). New data goes before that (rule 2):
    // the connection has it, and gives a subflow no more than it can send at once.
    if (window > 0 && recovery && !unsent && m_sackEnabled && AwaitsNewData() && !IsLossLeft())
    {
        return 0;
    }
    if (!m_timesOut)
    {
        return window;
    }
    // A timeout sends one segment (RFC 5681, section 3.1). A controller that opens the window again
    // when told that the sending starts (TcpBbr) would have stock TCP stop the simulation.
    const uint32_t segment = m_tcb->m_segmentSize;
    const uint32_t flight = BytesInFlight();
    return flight < segment ? std::min(window, segment - flight) : 0;
}

uint16_t
MptcpSubflow::AdvertisedWindowSize(bool scale) const
{
    if (!m_connection || m_role == Role::LISTENER)
    {
        return TcpSocketBase::AdvertisedWindowSize(scale);
    }
    // One window for all subflows, relative to the DATA_ACK (RFC 8684, section 3.3.1).
    uint32_t window = m_connection->GetReceiveWindow();
    if (window != m_advWnd.Get())
    {
        auto self = const_cast<MptcpSubflow*>(this);
        self->m_advWnd = window; // a trace, as in TcpSocketBase
        self->m_largestWindow = std::max(m_largestWindow, window);
    }
    window >>= scale ? m_rcvWindShift : 0;
    return static_cast<uint16_t>(std::min<uint32_t>(window, m_maxWinSize));
}

void
MptcpSubflow::ReTxTimeout()
{
    const Hold hold(this);
    if (IsFinAlone())
    {
        if (!m_lastAckEvent.IsExpired())
        {
            return; // stock TCP repeats this one
        }
        if (m_dataRetrCount == 0)
        {
            GiveUp();
            return;
        }
        --m_dataRetrCount;
        SendEmptyPacket(TcpHeader::FIN | TcpHeader::ACK);
        return;
    }
    const bool data = m_txBuffer->Size() > 0;
    m_lossesSentAgain = false;
    m_timesOut = true;
    TcpSocketBase::ReTxTimeout();
    m_timesOut = false;
    if (data && m_retxEvent.IsExpired())
    {
        SendWhatFits(m_txBuffer->HeadSequence()); // or nothing would ever come again
    }
    if (m_connection && data)
    {
        ++m_timeouts;
        m_silence = std::max(m_silence, 1U);
        m_connection->OnSubflowTimeout(this);
    }
}

void
MptcpSubflow::DelAckTimeout()
{
    const Hold hold(this);
    TcpSocketBase::DelAckTimeout();
}

void
MptcpSubflow::LastAckTimeout()
{
    const Hold hold(this);
    TcpSocketBase::LastAckTimeout();
}

void
MptcpSubflow::OnPaced()
{
    const Hold hold(this);
    NotifyPacingPerformed();
}

void
MptcpSubflow::PersistTimeout()
{
    const Hold hold(this);
    if (m_txBuffer->Size() == 0)
    {
        return; // stock TCP takes for granted that there is an octet to probe with
    }
    // A window may stay closed for as long as the probes are answered (RFC 9293, section 3.8.6.1).
    // When as many as data is sent are not answered, the peer or the path is gone (Linux:
    // tcp_probe_timer). Stock TCP would go on for ever.
    if (m_timeouts >= m_dataRetries)
    {
        GiveUp();
        return;
    }
    ++m_timeouts;
    if (m_tcb->m_highTxMark.Get() <= m_txBuffer->HeadSequence())
    {
        TcpSocketBase::PersistTimeout();
        return;
    }
    // Stock TCP would take the last of what was sent, which need not be its probe, for unsent
    // again, and later stop the simulation over it. The oldest octet is the one that is missing.
    m_persistTimeout = MptcpBackOff(m_persistTimeout, 1);
    SendDataPacket(m_txBuffer->HeadSequence(), 1, m_connected);
    m_retxEvent.Cancel();
    m_persistEvent = Simulator::Schedule(m_persistTimeout, &MptcpSubflow::PersistTimeout, this);
}

void
MptcpSubflow::OnConnected(Ptr<Socket> /* socket */)
{
    const Hold hold(this);
    if (m_connection && m_role == Role::INITIAL && !m_established)
    {
        m_established = true;
        m_connection->OnSubflowEstablished(this);
    }
}

void
MptcpSubflow::OnConnectFailed(Ptr<Socket> /* socket */)
{
    const Hold hold(this);
    m_state = CLOSED; // as stock TCP does next; the port may be wanted for the next attempt
    DeallocateEndPoint();
    if (m_connection)
    {
        m_connection->OnConnectFailed(this);
    }
}

void
MptcpSubflow::OnErrorClose(Ptr<Socket> /* socket */)
{
    const Hold hold(this);
    if (m_connection && !ReadFastclose())
    {
        m_connection->OnSubflowClosed(this);
    }
}

void
MptcpSubflow::EnterTimeWait()
{
    if (m_state != TIME_WAIT || (!m_endPoint && !m_endPoint6))
    {
        return;
    }
    m_timewaitEvent.Cancel();
    MptcpTimeWait::Remains remains;
    remains.tcp = m_tcp;
    remains.endPoint = m_endPoint;
    remains.endPoint6 = m_endPoint6;
    remains.device = m_boundnetdevice;
    // What stock TCP does to a bare ACK: DCTCP sends it ECN-capable, whatever else is set.
    const bool dctcp = m_tcb->m_ecnMode == TcpSocketState::DctcpEcn;
    const bool agreed = m_tcb->m_ecnState != TcpSocketState::ECN_DISABLED;
    const auto mark = [&](std::optional<uint8_t> set) {
        const bool marked = dctcp && (set ? agreed && !CheckNoEcn(*set) : true);
        return marked ? MarkEcnCodePoint(set.value_or(0), m_tcb->m_ectCodePoint) : set;
    };
    remains.tos = mark(GetIpTos() ? std::optional(GetIpTos()) : std::nullopt);
    remains.tclass = mark(IsManualIpv6Tclass() ? std::optional(GetIpv6Tclass()) : std::nullopt);
    remains.ttl = IsManualIpTtl() ? std::optional(GetIpTtl()) : std::nullopt;
    remains.hopLimit = IsManualIpv6HopLimit() ? std::optional(GetIpv6HopLimit()) : std::nullopt;
    remains.priority = GetPriority();
    remains.next = GetSndNxt();
    remains.expected = m_tcb->m_rxBuffer->NextRxSequence();
    remains.window = AdvertisedWindowSize();
    if (m_timestampEnabled)
    {
        remains.echo = m_timestampToEcho;
    }
    remains.wait = Seconds(2 * m_msl);
    remains.subflow = this;
    m_timeWait = MptcpTimeWait::Begin(remains);
    m_endPoint = nullptr;
    m_endPoint6 = nullptr;
    m_tcp->RemoveSocket(this);
}

void
MptcpSubflow::TraceTimeWait(Ptr<const Packet> packet, const TcpHeader& header, bool received)
{
    received ? m_rxTrace(packet, header, this) : m_txTrace(packet, header, this);
}

void
MptcpSubflow::EndTimeWait()
{
    m_timeWait = nullptr;
    m_state = CLOSED;
}

} // namespace ns3
