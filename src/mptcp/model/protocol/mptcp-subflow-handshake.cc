/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

/// Retransmissions of the third ACK of a join before the wait for the fourth doubles each time.
constexpr uint32_t JOIN_ACK_RETRIES = 6;

/// Retransmission timeouts after which one such wait is too long: the subflow is given up.
constexpr uint32_t JOIN_ACK_PATIENCE = 64;

} // namespace

// ---- Fast Open (RFC 7413, RFC 8684 appendix B) ----

void
MptcpSubflow::AddFastOpen(const Packet& packet, TcpHeader& header)
{
    const auto addOption = [this](const std::vector<uint8_t>& cookie) {
        std::vector<uint8_t> octets{TCP_FAST_OPEN_KIND, static_cast<uint8_t>(2 + cookie.size())};
        octets.insert(octets.end(), cookie.begin(), cookie.end());
        return m_txOption->AddOctets(octets);
    };
    if (!m_connection || m_role != Role::INITIAL)
    {
        return;
    }
    if (header.GetFlags() & TcpHeader::ACK)
    {
        // What the SYN brought is acknowledged, each time anew: stock TCP knows of the SYN only.
        if (m_synDataSize > 0)
        {
            m_tcb->m_rxBuffer->SetNextRxSequence(m_remoteIsn + SequenceNumber32(1));
            header.SetAckNumber(m_remoteIsn + SequenceNumber32(1));
        }
        if (!m_cookie.empty())
        {
            addOption(m_cookie);
        }
        return;
    }
    if (!m_connection->m_fastOpen || m_synsSent > 1 ||
        !m_stack->IsFastOpen(MptcpStack::FAST_OPEN_CLIENT))
    {
        return; // a SYN that is sent again is a plain one (RFC 7413, section 4.1.3)
    }
    const std::vector<uint8_t> cookie = m_stack->GetCookie(MptcpGetHost(m_connection->m_peerName));
    const bool bold = m_stack->IsFastOpen(MptcpStack::FAST_OPEN_CLIENT_NO_COOKIE);
    // No option at all where no cookie is needed.
    if (!bold && (!addOption(cookie) || cookie.empty()))
    {
        return;
    }
    const uint32_t room = m_mtu - (m_endPoint ? 40 : 60) - MPTCP_OPTION_SPACE;
    m_synData = m_connection->m_sendQueue.TakeUnnumbered(std::min(room, m_tcb->m_segmentSize));
    m_synDataSize = m_synData ? m_synData->GetSize() : 0;
    if (m_synData)
    {
        // The packet is a local variable of stock TCP, which sends it next.
        const_cast<Packet&>(packet).AddAtEnd(m_synData);
    }
}

void
MptcpSubflow::ReadFastOpen(const TcpHeader& header, const Packet& packet, const Address& from)
{
    m_synData = nullptr;
    m_cookie.clear();
    if (!m_stack->IsFastOpen(MptcpStack::FAST_OPEN_SERVER))
    {
        return;
    }
    std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
    std::span<const uint8_t> option;
    for (const auto& raw : header.GetOptionList())
    {
        option = option.empty() ? GetOptionOctets(*raw, TCP_FAST_OPEN_KIND, scratch) : option;
    }
    const std::vector<uint8_t> cookie = m_stack->MakeCookie(MptcpGetHost(from));
    const bool valid = option.size() > 2 &&
                       std::equal(option.begin() + 2, option.end(), cookie.begin(), cookie.end());
    if (valid || m_stack->IsFastOpen(MptcpStack::FAST_OPEN_SERVER_NO_COOKIE))
    {
        const uint32_t size = header.GetSerializedSize();
        m_synData = packet.GetSize() > size ? packet.CreateFragment(size, packet.GetSize() - size)
                                            : nullptr;
    }
    if (!valid && !option.empty() && !m_stack->IsFastOpen(MptcpStack::FAST_OPEN_SERVER_NO_COOKIE))
    {
        m_cookie = cookie;          // asked for, or the one that came is not good any more
        m_timestampEnabled = false; // as Linux: there is no room for both beside MP_CAPABLE
    }
}

bool
MptcpSubflow::ReadFastOpenAnswer(const TcpHeader& header)
{
    const uint32_t acked = ToSsn(header.GetAckNumber()) - 1;
    if (acked > m_synDataSize)
    {
        return false;
    }
    std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
    for (const auto& raw : header.GetOptionList())
    {
        const auto option = GetOptionOctets(*raw, TCP_FAST_OPEN_KIND, scratch);
        if (option.size() > 2)
        {
            m_stack->SetCookie(MptcpGetHost(m_connection->m_peerName),
                               {option.begin() + 2, option.end()});
        }
    }
    if (!m_synData)
    {
        return true;
    }
    if (acked < m_synDataSize)
    {
        // Not accepted: ordinary data now, with DSNs (RFC 8684, appendix B.3).
        m_connection->m_sendQueue.Prepend(m_synData->CreateFragment(acked, m_synDataSize - acked));
    }
    // Accepted data has no DSN and no SSN (RFC 8684, appendix B.2): both begin behind it.
    m_tcb->m_nextTxSequence += acked;
    m_localIsn += acked;
    m_synData = nullptr;
    m_connection->m_bytesFastOpen = acked;
    return true;
}

// ---- A listener's answer to a SYN ----

void
MptcpSubflow::ForwardListen(Ptr<Packet> packet,
                            const Address& fromAddress,
                            const Address& toAddress)
{
    TcpHeader header;
    packet->PeekHeader(header);
    RxOptions options;
    if (m_connection)
    {
        ParseOptions(header, options);
    }
    if (options.joinSyn)
    {
        // Joins are demultiplexed by token, not by port (RFC 8684, section 3.2).
        m_pendingConnection = m_stack->GetTokens().Find(options.joinSyn->token);
    }
    const MptcpSocketBase::Entry joined(PeekPointer(m_pendingConnection));
    if (m_connection && CheckListen(header, options, fromAddress, toAddress))
    {
        // Stock TCP turns an option off in the listener when one SYN lacks it.
        const bool sack = m_sackEnabled;
        const bool scaling = m_winScalingEnabled;
        const bool timestamps = m_timestampEnabled;
        const Ptr<TcpTxBuffer> buffer = m_txBuffer;
        m_tcb->m_rcvTimestampValue = 0;
        ReadFastOpen(header, *packet, fromAddress);
        if (header.GetWindowSize() == 0)
        {
            // A join while the shared window is closed (RFC 8684, section 3.3.1). A stock listener
            // takes that for a connection to be probed, and aborts.
            TcpHeader open;
            packet = packet->Copy();
            packet->RemoveHeader(open);
            open.SetWindowSize(1);
            packet->AddHeader(open);
        }
        TcpSocketBase::DoForwardUp(packet, fromAddress, toAddress);
        m_sackEnabled = sack;
        m_winScalingEnabled = scaling;
        m_timestampEnabled = timestamps;
        buffer->SetSackEnabled(sack);
    }
    m_pendingCapable.reset();
    m_pendingJoin.reset();
    m_pendingConnection = nullptr;
    m_synData = nullptr;
    m_cookie.clear();
}

bool
MptcpSubflow::CheckListen(const TcpHeader& header,
                          const RxOptions& options,
                          const Address& from,
                          const Address& to)
{
    const uint8_t flags =
        header.GetFlags() & (TcpHeader::SYN | TcpHeader::ACK | TcpHeader::RST | TcpHeader::FIN);
    if (flags == TcpHeader::ACK || flags == (TcpHeader::ACK | TcpHeader::FIN))
    {
        // Of a connection that is gone (RFC 9293, section 3.10.7.2). Stock TCP is silent.
        RejectSyn(header, from, to, {});
    }
    if (flags != TcpHeader::SYN)
    {
        return false;
    }
    if (options.joinSyn && m_stack->IsEnabled())
    {
        MptcpCounters& mib = m_stack->GetCounters();
        mib.Increment(MptcpMib::MPJoinSynRx);
        const Ptr<MptcpSocketBase> connection = m_pendingConnection;
        if (!connection)
        {
            mib.Increment(MptcpMib::MPJoinNoTokenFound);
            RejectSyn(header, from, to, MPTCP_RST_MPTCP);
            return false;
        }
        if (!connection->HasSubflowRoom())
        {
            // No more at a time: another one may come when one has gone.
            mib.Increment(MptcpMib::MPJoinRejected);
            RejectSyn(header, from, to, MPTCP_RST_RESOURCES, true);
            return false;
        }
        if (!connection->AcceptsJoin(*options.joinSyn) || !connection->AllowsJoinTo(to))
        {
            mib.Increment(MptcpMib::MPJoinRejected);
            RejectSyn(header, from, to, MPTCP_RST_PROHIBITED);
            return false;
        }
        const uint16_t port = MptcpGetPort(to);
        if (!connection->AcceptsPort(port))
        {
            mib.Increment(MptcpMib::MismatchPortSynRx);
            RejectSyn(header, from, to, MPTCP_RST_PROHIBITED);
            return false;
        }
        if (port != MptcpGetPort(connection->m_localName))
        {
            mib.Increment(MptcpMib::MPJoinPortSynRx);
        }
        if (options.joinSyn->backup)
        {
            mib.Increment(MptcpMib::MPJoinSynBackupRx);
        }
        m_pendingJoin = options.joinSyn;
        return true;
    }
    if (m_connection->GetState() != MptcpState::LISTEN)
    {
        // A listener for joins to an announced address accepts nothing else. To plain TCP a reason
        // would mean nothing.
        m_stack->GetCounters().Increment(MptcpMib::MPCapableEndpAttempt);
        RejectSyn(header,
                  from,
                  to,
                  options.any && !(options.capable && options.capable->version == 0)
                      ? std::optional<uint8_t>(MPTCP_RST_PROHIBITED)
                      : std::nullopt);
        return false;
    }
    if (options.capable && m_connection->WantsMptcp())
    {
        m_pendingCapable = SelectVersion(*options.capable);
        if (m_pendingCapable)
        {
            m_stack->GetCounters().Increment(MptcpMib::MPCapableSYNRX);
        }
        const bool v0 = options.capable->version == static_cast<uint8_t>(MptcpVersion::V0) &&
                        m_stack->GetLowestVersion() == MptcpVersion::V0;
        if (v0 && (options.capable->flags & MPTCP_FLAG_B))
        {
            return false; // version 0 ignores the whole SYN (RFC 6824, section 3.1)
        }
    }
    return m_connection->NotifyConnectionRequest(from);
}

std::optional<MptcpCapable>
MptcpSubflow::SelectVersion(MptcpCapable capable) const
{
    // An extension or a crypto algorithm that we do not have: ignore the option (RFC 8684,
    // section 3.1).
    if ((capable.flags & MPTCP_FLAG_B) || !(capable.flags & MPTCP_FLAG_H))
    {
        return {};
    }
    // The answer names a version that is not above the one offered. A SYN of version 1 has no key,
    // so version 0 is no answer to it.
    const auto highest = static_cast<uint8_t>(m_stack->GetVersion());
    const auto lowest = static_cast<uint8_t>(m_stack->GetLowestVersion());
    const bool keyed = capable.version == static_cast<uint8_t>(MptcpVersion::V0);
    capable.version = std::min(capable.version, highest);
    if (capable.version < lowest || (capable.version == static_cast<uint8_t>(MptcpVersion::V0) &&
                                     (!keyed || !capable.senderKey)))
    {
        return {};
    }
    return capable;
}

Ptr<TcpSocketBase>
MptcpSubflow::Fork()
{
    Ptr<MptcpSubflow> fork = CopyObject<MptcpSubflow>(this);
    if (m_pendingJoin)
    {
        m_pendingConnection->AdoptJoin(fork, *m_pendingJoin);
        return fork;
    }
    fork->m_synData = m_synData;
    fork->m_synDataSize = m_synData ? m_synData->GetSize() : 0;
    fork->m_cookie = m_cookie;
    m_connection->MakeFork(fork, m_pendingCapable);
    return fork;
}

void
MptcpSubflow::AcceptCapable(const MptcpCapable& capable)
{
    m_offeredMptcp = true;
    m_connection->m_checksum = (capable.flags & MPTCP_FLAG_A) != 0 || m_stack->IsChecksumRequired();
    if (m_connection->m_version == MptcpVersion::V0)
    {
        m_connection->SetRemoteKey(*capable.senderKey); // in the SYN (RFC 6824, section 3.1)
        return;
    }
    m_connection->m_remoteDeniesJoin = (capable.flags & MPTCP_FLAG_C) != 0;
}

void
MptcpSubflow::AcceptJoin(const MptcpJoinSyn& join)
{
    m_offeredMptcp = true;
    m_remoteNonce = join.nonce;
    m_localNonce = m_stack->NewNonce();
    m_remoteId = join.addressId;
    m_backupRemote = join.backup;
}

void
MptcpSubflow::CompleteFork(Ptr<Packet> packet,
                           const TcpHeader& header,
                           const Address& fromAddress,
                           const Address& toAddress)
{
    if (!m_connection)
    {
        return; // the connection ended in the instant between SYN and answer
    }
    const Hold hold(this);
    const Address local = MptcpGetHost(toAddress);
    m_mtu = m_stack->FindMtu(local);
    if (m_role == Role::JOIN)
    {
        const uint16_t port = MptcpGetPort(toAddress);
        m_localId = m_connection->GetLocalId(local, port);
        m_backupLocal = m_connection->IsBackupAddress(local, port);
        LeaveBySource(local, MptcpGetHost(fromAddress));
    }
    else
    {
        m_connection->GiveController(this, m_id);
    }
    ConfigureFork();
    m_connection->OnForkAddresses(this, toAddress, fromAddress);
    ReadSyn(header);
    m_remoteIsn += m_synDataSize; // SSN 1 is the octet behind it (RFC 8684, appendix B.2)
    m_tcb->m_cWnd = GetInitialCwnd() * GetSegSize();
    m_tcb->m_cWndInfl = m_tcb->m_cWnd;
    TcpSocketBase::CompleteFork(packet, header, fromAddress, toAddress);
    if (!m_endPoint && !m_endPoint6)
    {
        // A copy of the SYN came in the same instant and has the address pair.
        m_state = CLOSED;
        m_tcp->RemoveSocket(this);
        m_connection->OnSubflowClosed(this);
    }
}

void
MptcpSubflow::RejectSyn(const TcpHeader& header,
                        const Address& from,
                        const Address& to,
                        std::optional<uint8_t> reason,
                        bool transient)
{
    TcpHeader reset;
    if (header.GetFlags() & TcpHeader::ACK)
    {
        reset.SetFlags(TcpHeader::RST);
        reset.SetSequenceNumber(header.GetAckNumber());
    }
    else
    {
        reset.SetFlags(TcpHeader::RST | TcpHeader::ACK);
        reset.SetAckNumber(header.GetSequenceNumber() + SequenceNumber32(1));
    }
    reset.SetWindowSize(0);
    m_resetReason = reason;
    m_resetTransient = transient;
    SendSegment(Create<Packet>(), reset, to, from);
}

// ---- SYN/ACK and third ACK ----

bool
MptcpSubflow::CheckHandshake(Ptr<const Packet> packet, const Address& from, const Address& to)
{
    if (!m_connection)
    {
        return true;
    }
    TcpHeader header;
    const uint32_t payload = packet->GetSize() - packet->PeekHeader(header);
    if (m_state == SYN_RCVD && !IsAcceptableInSynRcvd(header, payload))
    {
        return false;
    }
    if (header.GetFlags() & TcpHeader::RST)
    {
        if (m_state == SYN_SENT && (header.GetFlags() & TcpHeader::ACK) &&
            ToSsn(header.GetAckNumber()) - 1 <= m_synDataSize)
        {
            // RFC 9293, section 3.10.7.3. Stock TCP ignores it and goes on sending SYNs.
            m_state = CLOSED;
            m_errno = ERROR_NOTCONN; // the nearest that ns-3 has to ECONNREFUSED
            m_rx = RxOptions();
            ParseOptions(header, m_rx);
            ReadReset();
            DeallocateEndPoint();
            m_connection->OnConnectFailed(this);
        }
        return m_state == SYN_RCVD; // stock TCP takes one that acknowledges nothing
    }
    if (!(header.GetFlags() & (TcpHeader::ACK | TcpHeader::SYN)))
    {
        return false; // RFC 9293, section 3.10.7.3; stock TCP is connected by bare data
    }
    const uint16_t reason = m_state == SYN_SENT ? CheckSynSent(header) : CheckSynRcvd(header);
    if (reason == ACCEPT)
    {
        return true;
    }
    if (reason == REJECT)
    {
        RejectSyn(header, from, to, {});
    }
    if (reason == DROP || reason == REJECT)
    {
        return false;
    }
    if (reason == RETRY)
    {
        RejectSyn(header, from, to, {});
        m_state = CLOSED;
        DeallocateEndPoint();
        m_connection->RetryLowerVersion(this);
        return false;
    }
    // A join that does not prove itself is reset (RFC 8684, section 3.2).
    RejectSyn(header, from, to, static_cast<uint8_t>(reason));
    m_resetHere = static_cast<uint8_t>(reason);
    m_state = CLOSED;
    DeallocateEndPoint();
    m_connection->OnSubflowClosed(this);
    return false;
}

uint16_t
MptcpSubflow::CheckSynSent(const TcpHeader& header)
{
    const uint8_t flags = header.GetFlags() & (TcpHeader::SYN | TcpHeader::ACK);
    const uint32_t acked = header.GetAckNumber() - (m_localIsn + SequenceNumber32(1));
    if ((flags & TcpHeader::ACK) && acked > m_synDataSize)
    {
        // Of another connection: it gets a RST, this one goes on (RFC 9293, section 3.10.7.3).
        return REJECT;
    }
    const bool answers = flags == (TcpHeader::SYN | TcpHeader::ACK) && ReadFastOpenAnswer(header);
    if (flags == TcpHeader::SYN && m_role == Role::INITIAL && !m_connection->IsFallback())
    {
        m_connection->EnterFallback(this, MptcpMib::SimultConnectFallback);
        return ACCEPT;
    }
    if (!answers || m_connection->IsFallback())
    {
        return ACCEPT;
    }
    RxOptions options;
    ParseOptions(header, options);
    MptcpCounters& mib = m_stack->GetCounters();
    if (m_role == Role::JOIN)
    {
        if (!options.joinSynAck)
        {
            return MPTCP_RST_MIDDLEBOX;
        }
        const uint64_t expected = MptcpJoinSynAckHmac(m_connection->m_remoteKey,
                                                      m_connection->m_localKey,
                                                      options.joinSynAck->nonce,
                                                      m_localNonce,
                                                      m_connection->m_version);
        if (options.joinSynAck->hmac != expected && m_stack->ChecksHmac())
        {
            mib.Increment(MptcpMib::MPJoinSynAckHMacFailure);
            return MPTCP_RST_MPTCP;
        }
        mib.Increment(MptcpMib::MPJoinSynAckRx);
        if (options.joinSynAck->backup)
        {
            mib.Increment(MptcpMib::MPJoinSynAckBackupRx);
        }
        if (MptcpGetPort(m_remoteName) != MptcpGetPort(m_connection->m_peerName))
        {
            mib.Increment(MptcpMib::MPJoinPortSynAckRx);
        }
        if (m_connection->UsesEndpoints())
        {
            m_remoteId = options.joinSynAck->addressId; // as Linux: the peer knows best
        }
        m_remoteNonce = options.joinSynAck->nonce;
        m_backupRemote = options.joinSynAck->backup;
        m_phase = Phase::PRE_ESTABLISHED;
        m_connection->m_joined = true; // the peer may use it as soon as it has our third ACK
        BecomeMptcp();
        return ACCEPT;
    }
    const auto& capable = options.capable;
    if (!m_offeredMptcp)
    {
        // Plain SYNs are answered, those with MP_CAPABLE were not. If the first plain one was not
        // either, it was no matter of MPTCP (as Linux judges it).
        if (m_synsSent == m_stack->GetSynRetriesBeforeFallback() + 2)
        {
            m_stack->DisableActive();
        }
        m_connection->EnterFallback(this, std::nullopt);
        return ACCEPT;
    }
    if (!capable && m_connection->m_version > m_stack->GetLowestVersion() &&
        m_connection->m_bytesFastOpen == 0)
    {
        return RETRY;
    }
    if (!capable || !capable->senderKey ||
        capable->version != static_cast<uint8_t>(m_connection->m_version) ||
        (capable->flags & MPTCP_FLAG_B) || !(capable->flags & MPTCP_FLAG_H))
    {
        m_connection->EnterFallback(this, MptcpMib::MPCapableFallbackSYNACK);
        return ACCEPT;
    }
    mib.Increment(MptcpMib::MPCapableSYNACKRX);
    if (!m_stack->FindDevice(MptcpGetHost(m_remoteName)))
    {
        m_stack->EnableActive(); // not this host itself: a network has carried it, as in Linux
    }
    // Either side's A flag turns checksums on (RFC 8684, section 3.1).
    m_connection->m_checksum =
        (capable->flags & MPTCP_FLAG_A) != 0 || m_stack->IsChecksumRequired();
    m_connection->m_remoteDeniesJoin =
        m_connection->m_version == MptcpVersion::V1 && (capable->flags & MPTCP_FLAG_C) != 0;
    m_connection->SetRemoteKey(*capable->senderKey);
    m_phase = Phase::ESTABLISHED;
    BecomeMptcp();
    return ACCEPT;
}

uint16_t
MptcpSubflow::CheckSynRcvd(const TcpHeader& header)
{
    const bool acked = header.GetAckNumber() == m_localIsn + SequenceNumber32(1);
    if ((header.GetFlags() & TcpHeader::ACK) && !acked)
    {
        return REJECT; // RFC 9293, section 3.10.7.4; stock TCP gives the handshake up
    }
    const bool completes =
        (header.GetFlags() & (TcpHeader::SYN | TcpHeader::ACK)) == TcpHeader::ACK && acked;
    if (!completes)
    {
        return ACCEPT;
    }
    if (m_phase == Phase::FALLBACK)
    {
        DeliverSynData();
        return ACCEPT;
    }
    RxOptions options;
    ParseOptions(header, options);
    MptcpCounters& mib = m_stack->GetCounters();
    if (m_role == Role::JOIN)
    {
        const auto expected = MptcpJoinAckHmac(m_connection->m_remoteKey,
                                               m_connection->m_localKey,
                                               m_remoteNonce,
                                               m_localNonce,
                                               m_connection->m_version);
        if (!options.joinAck || (options.joinAck->hmac != expected && m_stack->ChecksHmac()))
        {
            mib.Increment(MptcpMib::MPJoinAckHMacFailure);
            return MPTCP_RST_MPTCP;
        }
        const uint16_t port = MptcpGetPort(m_localName);
        if (!m_connection->AcceptsSubflow(this))
        {
            mib.Increment(MptcpMib::MPJoinRejected);
            return MPTCP_RST_PROHIBITED;
        }
        if (!m_connection->AcceptsPort(port))
        {
            mib.Increment(MptcpMib::MismatchPortAckRx); // withdrawn since the SYN
            return MPTCP_RST_PROHIBITED;
        }
        if (port != MptcpGetPort(m_connection->m_localName))
        {
            mib.Increment(MptcpMib::MPJoinPortAckRx);
        }
        mib.Increment(MptcpMib::MPJoinAckRx);
        m_phase = Phase::ESTABLISHED;
        // The fourth ACK lets the peer leave PRE_ESTABLISHED (RFC 8684, section 3.2).
        m_ackNow = true;
        BecomeMptcp();
        return ACCEPT;
    }
    const auto& capable = options.capable;
    const bool v0 = m_connection->m_version == MptcpVersion::V0;
    const bool keys = capable && capable->senderKey &&
                      capable->receiverKey == m_connection->m_localKey &&
                      capable->version == static_cast<uint8_t>(m_connection->m_version) &&
                      (capable->flags & (MPTCP_FLAG_B | MPTCP_FLAG_H)) == MPTCP_FLAG_H &&
                      (!v0 || capable->senderKey == m_connection->m_remoteKey);
    // Version 0 does not repeat the keys: a DSS shows as well that options get through (RFC 6824,
    // section 3.6).
    if (keys || (v0 && options.dss))
    {
        mib.Increment(MptcpMib::MPCapableACKRX);
        if (!v0)
        {
            m_connection->SetRemoteKey(*capable->senderKey);
        }
        m_phase = Phase::ESTABLISHED;
        BecomeMptcp();
        DeliverSynData();
        return ACCEPT;
    }
    // The third ACK and the first data carry the keys. A later segment that overtakes them proves
    // nothing yet (RFC 8684, section 3.1): it will come again.
    if (header.GetSequenceNumber() != m_remoteIsn + SequenceNumber32(1))
    {
        return DROP;
    }
    m_connection->EnterFallback(this, MptcpMib::MPCapableFallbackACK);
    DeliverSynData();
    return ACCEPT;
}

void
MptcpSubflow::DeliverSynData()
{
    if (m_synData)
    {
        m_connection->OnSynData(std::exchange(m_synData, nullptr));
    }
}

void
MptcpSubflow::JoinAckTimeout()
{
    if (m_phase != Phase::PRE_ESTABLISHED)
    {
        return;
    }
    // The third ACK is the proof of this side: sent again until acknowledged (RFC 8684,
    // section 3.2).
    SendAck();
    ++m_joinAckRetries;
    AwaitFourthAck();
}

void
MptcpSubflow::AwaitFourthAck()
{
    // As Linux: two round trips, or a second if none has been measured, without backoff. That one
    // never gives up; here the waits grow after a while, and end.
    const bool measured = m_rtt->GetNSamples() > 0;
    const Time wait = measured ? Max(m_rtt->GetEstimate() * 2, m_clockGranularity) : Seconds(1);
    const uint32_t doublings = m_joinAckRetries - std::min(m_joinAckRetries, JOIN_ACK_RETRIES);
    if (doublings > 30 || wait * (1LL << doublings) > m_rto.Get() * JOIN_ACK_PATIENCE)
    {
        ResetSubflow(MPTCP_RST_MPTCP);
        return;
    }
    StartTimer(m_joinAckEvent, wait * (1LL << doublings), [](MptcpSubflow& s) {
        s.JoinAckTimeout();
    });
}

} // namespace ns3
