/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/tcp-option-rfc793.h"
#include "ns3/tcp-option-sack.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <variant>
#include <vector>

namespace ns3
{

namespace
{

/// Octets of a timestamp option, and of a DSS with two 64-bit numbers without a checksum.
constexpr uint32_t TIMESTAMP_SIZE = 10;
constexpr uint32_t DSS_SIZE = 26;

/// Smallest payload that a peer's MSS option can force on us.
constexpr uint32_t MIN_SEGMENT_SIZE = 64;

} // namespace

void
MptcpSubflow::CompleteHeader(const Packet& packet, TcpHeader& header)
{
    const uint8_t flags = header.GetFlags();
    // Without a stack the subflow has been disposed of.
    const auto option = m_stack ? m_stack->TakeOption() : CreateObject<TcpOptionMptcp>();
    m_txOption = PeekPointer(option);
    if (flags & TcpHeader::SYN)
    {
        m_sentEnd = header.GetSequenceNumber() + SequenceNumber32(1);
        AddSynOptions(header);
        AddFastOpen(packet, header);
        AppendOptions(header);
        return;
    }
    const bool synchronized = m_state != LISTEN && m_state != SYN_SENT && m_state != SYN_RCVD;
    if (flags & TcpHeader::RST)
    {
        if (AddResetOptions())
        {
            if (synchronized)
            {
                // As Linux: the peer learns what has arrived.
                header.SetFlags(TcpHeader::RST | TcpHeader::ACK);
                header.SetSequenceNumber(GetSndNxt());
                header.SetAckNumber(m_tcb->m_rxBuffer->NextRxSequence());
            }
            AppendOptions(header);
        }
        return;
    }
    // Always, "once a connection is established" (RFC 9293, section 3.1). The window probes of
    // stock TCP have no flag at all: a receiver drops them (section 3.10.7.4), and a listener of
    // stock TCP that waits for the third ACK stops the simulation over them.
    header.SetFlags(flags | TcpHeader::ACK);
    const bool fin = flags & TcpHeader::FIN;
    if (packet.GetSize() == 0 && !fin && synchronized && !m_keepaliveInHand)
    {
        // An ACK stands at SND.NXT (RFC 9293, section 3.10.7.4). Stock TCP puts it at what it will
        // repeat next, where a peer that has this data drops the ACK as old, and its options; or
        // one too high while it handles the acknowledgment of its FIN.
        header.SetSequenceNumber(GetSndNxt());
    }
    const SequenceNumber32 end =
        header.GetSequenceNumber() + SequenceNumber32(packet.GetSize() + (fin ? 1 : 0));
    NS_ASSERT_MSG(!fin || !m_finSent || end == m_sentEnd, "a FIN has one sequence number");
    m_sentEnd = std::max(m_sentEnd, end);
    m_finSent = m_finSent || fin;
    if (packet.GetSize() > 0 || fin || header.GetAckNumber() != m_lastAck)
    {
        m_signalAcks = 0; // no duplicate
    }
    m_lastAck = header.GetAckNumber();
    // "Last.ACK.sent" (RFC 7323, section 4.3). Stock TCP updates it for segments without data only,
    // so when both ends send data it keeps echoing one timestamp, and the RTT grows without bound.
    m_highTxAck = std::max(m_highTxAck, m_lastAck);
    const uint64_t ssn = ToSsn(header.GetSequenceNumber());
    if (m_connection && m_infinite && AddInfinite(packet, fin, ssn))
    {
        AppendOptions(header);
        return;
    }
    // Nothing is left to say in TIME_WAIT: both FINs followed both DATA_ACKs.
    if (!m_connection || m_phase == Phase::FALLBACK || m_role == Role::LISTENER ||
        !m_connection->m_keysKnown || m_state == TIME_WAIT || m_challengeInHand)
    {
        return;
    }
    // What a keepalive carries besides is out of place, and not read by everybody.
    const bool pending = packet.GetSize() == 0 && !m_keepaliveInHand && !m_dataAckInHand;
    if (!AddHandshakeAck(packet, ssn) && !(pending && AddPending()))
    {
        AddDss(packet, ssn);
    }
    AppendOptions(header);
}

void
MptcpSubflow::AddSynOptions(TcpHeader& header)
{
    m_localIsn = header.GetSequenceNumber();
    m_ecnEchoSeq = m_localIsn;
    m_ecnCWRSeq = m_localIsn;
    const bool answer = header.GetFlags() & TcpHeader::ACK;
    if (m_sourceSet && m_endPoint)
    {
        // Routing names the first address of the interface; the path manager chose this one.
        m_endPoint->SetLocalAddress(Ipv4Address::ConvertFrom(m_source));
    }
    else if (m_sourceSet && m_endPoint6)
    {
        m_endPoint6->SetLocalAddress(Ipv6Address::ConvertFrom(m_source));
    }
    const Address local = m_endPoint ? Address(m_endPoint->GetLocalAddress())
                                     : Address(m_endPoint6->GetLocalAddress());
    m_mtu = m_stack->FindMtu(local);
    m_localName = m_endPoint ? MptcpMakeName(local, m_endPoint->GetLocalPort())
                             : MptcpMakeName(local, m_endPoint6->GetLocalPort());
    m_remoteName = m_endPoint
                       ? MptcpMakeName(m_endPoint->GetPeerAddress(), m_endPoint->GetPeerPort())
                       : MptcpMakeName(m_endPoint6->GetPeerAddress(), m_endPoint6->GetPeerPort());
    Ptr<TcpOptionMSS> mss = CreateObject<TcpOptionMSS>();
    mss->SetMSS(m_mtu - (m_endPoint ? 40 : 60));
    header.AppendOption(mss);
    if (!answer)
    {
        m_locallyOpened = true;
    }
    if (++m_synsSent > 1)
    {
        // Nothing tells which of the SYNs is answered (Karn's algorithm, RFC 6298, section 3).
        // Stock TCP would take the time since the first for the RTT.
        m_history.clear();
    }
    if (m_connection && !answer && m_stack->GetSynLinear() > 0)
    {
        // Stock TCP has doubled it, and waits as long as it says.
        const uint32_t doublings =
            m_synsSent - 1 - std::min(m_synsSent - 1, m_stack->GetSynLinear());
        m_rto = m_connection->GetConnTimeout() * (1LL << std::min(doublings, 30U));
    }
    if (!m_connection || m_connection->IsFallback() || m_phase == Phase::FALLBACK)
    {
        return;
    }
    MptcpCounters& mib = m_stack->GetCounters();
    const MptcpVersion version = m_connection->m_version;
    if (m_role == Role::JOIN && !answer)
    {
        m_offeredMptcp = true;
        if (m_synsSent == 1)
        {
            mib.Increment(MptcpMib::MPJoinSynTx); // retransmissions are not counted by Linux
        }
        m_txOption->Add(
            MptcpJoinSyn{m_backupLocal, m_localId, m_connection->m_remoteToken, m_localNonce},
            version);
        return;
    }
    if (m_role == Role::JOIN)
    {
        const uint64_t hmac = MptcpJoinSynAckHmac(m_connection->m_localKey,
                                                  m_connection->m_remoteKey,
                                                  m_localNonce,
                                                  m_remoteNonce,
                                                  version);
        const bool backup = m_backupLocal || (m_backupRemote && m_stack->MirrorsJoinBackup());
        m_txOption->Add(MptcpJoinSynAck{backup, m_localId, hmac, m_localNonce}, version);
        return;
    }
    MptcpCapable capable;
    capable.version = static_cast<uint8_t>(version);
    capable.flags = MPTCP_FLAG_H;
    if (version == MptcpVersion::V1)
    {
        capable.flags |= m_stack->AllowsJoinInitialAddress() ? 0 : MPTCP_FLAG_C;
    }
    if (answer)
    {
        capable.flags |= m_connection->m_checksum ? MPTCP_FLAG_A : 0;
        capable.senderKey = m_connection->m_localKey;
        m_txOption->Add(capable, version);
        return;
    }
    if (version == MptcpVersion::V0)
    {
        capable.senderKey = m_connection->m_localKey; // RFC 6824, section 3.1
    }
    capable.flags |= m_stack->IsChecksumRequired() ? MPTCP_FLAG_A : 0;
    // A path that drops SYNs with unknown options (RFC 8684, section 3.7): the last try is TCP.
    m_offeredMptcp = m_synsSent <= m_stack->GetSynRetriesBeforeFallback() + 1;
    if (m_offeredMptcp)
    {
        mib.Increment(MptcpMib::MPCapableSYNTX);
        m_txOption->Add(capable, version);
    }
    else if (m_synsSent == m_stack->GetSynRetriesBeforeFallback() + 2)
    {
        mib.Increment(MptcpMib::MPCapableSYNTXDrop);
    }
}

bool
MptcpSubflow::IsPlainTcp() const
{
    return m_phase == Phase::FALLBACK || (m_connection && m_connection->IsFallback());
}

bool
MptcpSubflow::AddResetOptions()
{
    if (!m_resetReason)
    {
        return false;
    }
    const uint8_t reason = *m_resetReason;
    m_resetReason.reset();
    if (m_connection && m_role != Role::LISTENER)
    {
        m_connection->m_subflowReset(this, reason, false);
    }
    if (!m_connection || IsPlainTcp())
    {
        return true; // a regular TCP session (RFC 8684, section 3.1)
    }
    // A listener answers for the connection that a join asks for, if there is one.
    const MptcpVersion version = m_pendingConnection        ? m_pendingConnection->m_version
                                 : m_role == Role::LISTENER ? m_stack->GetVersion()
                                                            : m_connection->m_version;
    MptcpCounters& mib = m_stack->GetCounters();
    if (m_fastclose)
    {
        mib.Increment(MptcpMib::MPFastcloseTx);
        m_txOption->Add(MptcpFastclose{*m_fastclose}, version);
    }
    else if (m_failDsn)
    {
        mib.Increment(MptcpMib::MPFailTx);
        m_txOption->Add(MptcpFail{*m_failDsn}, version);
        m_connection->m_fail(this, *m_failDsn, false);
    }
    if (version == MptcpVersion::V1)
    {
        mib.Increment(MptcpMib::MPRstTx);
        m_txOption->Add(MptcpTcprst{m_resetTransient ? MPTCP_RST_FLAG_T : uint8_t{0}, reason},
                        version);
    }
    return true;
}

const MptcpMapping*
MptcpSubflow::FindMapping(uint32_t size, uint64_t ssn) const
{
    // An octet below SND.UNA is a keepalive (SendProbe), not data: a mapping of what it stands for
    // has nothing to tell, if it is still there at all.
    if (size == 0 || ssn < GetAckedSsn())
    {
        return nullptr;
    }
    const MptcpMapping* mapping = m_txMap.Find(static_cast<uint32_t>(ssn));
    NS_ASSERT_MSG(mapping, "data without a mapping");
    return mapping;
}

bool
MptcpSubflow::AddHandshakeAck(const Packet& packet, uint64_t ssn)
{
    MptcpSocketBase& connection = *m_connection;
    if (m_phase == Phase::PRE_ESTABLISHED)
    {
        return m_txOption->Add(MptcpJoinAck{MptcpJoinAckHmac(connection.m_localKey,
                                                             connection.m_remoteKey,
                                                             m_localNonce,
                                                             m_remoteNonce,
                                                             connection.m_version)},
                               connection.m_version);
    }
    // The active opener repeats both keys until a DSS proves that they arrived: on the third ACK,
    // and on the first data, where MP_CAPABLE is the mapping too (RFC 8684, section 3.1).
    const MptcpMapping* first = ssn == 1 ? FindMapping(packet.GetSize(), ssn) : nullptr;
    const bool v0 = connection.m_version == MptcpVersion::V0;
    if (v0 && first)
    {
        return false; // the third ACK only, data has its DSS (RFC 6824, section 3.1)
    }
    if (m_role != Role::INITIAL || !m_locallyOpened || m_dssReceived ||
        (packet.GetSize() > 0 && !first) ||
        (packet.GetSize() == 0 && (m_bytesSent > 0 || m_keepaliveInHand)))
    {
        return false;
    }
    // A DATA_FIN or an ADD_ADDR that is ready goes out, as Linux has it; a SYN/ACK that comes again
    // says that the keys are still missing.
    if (packet.GetSize() == 0 && !m_keysAgain && m_established &&
        (connection.IsDataFinPending() || !m_pending.empty()))
    {
        return false;
    }
    m_keysAgain = false;
    MptcpCapable capable;
    capable.version = static_cast<uint8_t>(connection.m_version);
    capable.flags = MPTCP_FLAG_H;
    capable.flags |= connection.m_checksum ? MPTCP_FLAG_A : 0;
    capable.flags |= v0 || m_stack->AllowsJoinInitialAddress() ? 0 : MPTCP_FLAG_C;
    capable.senderKey = connection.m_localKey;
    capable.receiverKey = connection.m_remoteKey;
    if (first)
    {
        capable.dataLength = first->length;
        if (first->hasChecksum)
        {
            capable.checksum = first->checksum;
        }
    }
    return m_txOption->Add(capable, connection.m_version);
}

MptcpDss
MptcpSubflow::MakeDataAck() const
{
    // 64 bits are acknowledged with 64 bits, else either will do (RFC 8684, section 3.3.2).
    MptcpDss dss;
    dss.hasDataAck = true;
    dss.dataAck64 = m_connection->m_use64Ack;
    dss.dataAck = m_connection->m_receive.GetNextDsn();
    if (!m_connection->m_use64Ack)
    {
        dss.dataAck &= UINT32_MAX;
    }
    return dss;
}

void
MptcpSubflow::AddDss(const Packet& packet, uint64_t ssn)
{
    MptcpSocketBase& connection = *m_connection;
    MptcpDss dss = MakeDataAck();
    if (const MptcpMapping* mapping = FindMapping(packet.GetSize(), ssn))
    {
        dss.hasMapping = true;
        dss.dsn = mapping->dsn;
        dss.ssn = mapping->ssn;
        dss.length = mapping->length;
        dss.hasChecksum = mapping->hasChecksum;
        dss.checksum = mapping->checksum;
    }
    else if (packet.GetSize() == 0 && connection.IsDataFinPending())
    {
        // A DATA_FIN without data has SSN 0 and takes one DSN (RFC 8684, section 3.3.3).
        dss.hasMapping = true;
        dss.dsn = connection.m_sendQueue.GetTail();
        dss.ssn = 0;
        dss.length = 1;
        dss.dataFin = true;
        dss.hasChecksum = connection.m_checksum;
        dss.checksum = connection.m_checksum ? MapChecksum(dss.dsn, 0, 1, nullptr) : 0;
    }
    if (dss.hasMapping)
    {
        // No window reaches over 2^31 octets, so that the low half tells the whole, unless an old
        // segment comes after 2^32 octets (RFC 8684, section 3.3.1).
        dss.dsn64 = !m_stack->UsesDsn32() || connection.MayWrapDsn32();
        dss.dsn &= dss.dsn64 ? UINT64_MAX : UINT32_MAX;
    }
    AddDataAck(dss);
}

void
MptcpSubflow::AddDataAck(const MptcpDss& dss)
{
    m_txOption->Add(dss, m_connection->m_version);
    m_connection->m_dataAckTold = m_connection->m_receive.GetNextDsn();
}

bool
MptcpSubflow::AddPending()
{
    if (m_pending.empty())
    {
        return false;
    }
    const MptcpOption option = m_pending.front();
    m_pending.pop_front();
    if (m_pending.empty())
    {
        m_pending.clear(); // there may never be another one
    }
    const std::size_t room = MPTCP_OPTION_SPACE - (m_timestampEnabled ? TIMESTAMP_SIZE : 0);
    const std::size_t size = ns3::GetSerializedSize(option);
    NS_ASSERT_MSG(size <= room, "every option fits beside timestamps");
    const MptcpDss dss = MakeDataAck();
    // Beside an ADD_ADDR there may be no room: Linux never tries.
    if (!std::holds_alternative<MptcpAddAddr>(option) && size + ns3::GetSerializedSize(dss) <= room)
    {
        AddDataAck(dss);
    }
    // Else without a DATA_ACK (RFC 8684, section 3.4).
    m_dataAckMissed = m_connection->m_dataAckTold != m_connection->m_receive.GetNextDsn();
    m_txOption->Add(option, m_connection->m_version);
    return true;
}

bool
MptcpSubflow::AddInfinite(const Packet& packet, bool fin, uint64_t ssn)
{
    // Plain TCP from here on has no other option to send than the answer to an MP_FAIL.
    m_pending.EraseIf(
        [](const MptcpOption& option) { return !std::holds_alternative<MptcpFail>(option); });
    const bool fail = packet.GetSize() == 0 && !m_pending.empty();
    if (GetAckedSsn() > m_infiniteEnd && (m_infiniteOnData || !m_tellsFallback))
    {
        m_infinite.reset();
        m_pending.clear();
        UpdateSegmentSize(m_timestampEnabled);
        return false;
    }
    // While the peer may not know of the fallback, the FIN of a host without more data tells of it:
    // the FIN is repeated until it is acknowledged, whereas every MP_FAIL on an ACK may be lost.
    const bool octets = packet.GetSize() > 0 || (fin && m_tellsFallback);
    if (!fail &&
        (!octets || static_cast<int32_t>(static_cast<uint32_t>(ssn) - m_infinite->ssn) < 0))
    {
        return false;
    }
    // Linux reads an infinite mapping with data only.
    m_infiniteOnData = m_infiniteOnData || packet.GetSize() > 0;
    MptcpDss infinite = *m_infinite;
    const std::size_t room = MPTCP_OPTION_SPACE - (m_timestampEnabled ? TIMESTAMP_SIZE : 0);
    if (fail && ns3::GetSerializedSize(infinite) + ns3::GetSerializedSize(m_pending.front()) > room)
    {
        // Beside MP_FAIL and timestamps there is room for the shortest form only.
        infinite.dsn64 = false;
        infinite.dsn &= UINT32_MAX;
    }
    m_txOption->Add(infinite, m_connection->m_version);
    if (fail)
    {
        m_txOption->Add(m_pending.front(), m_connection->m_version);
        m_pending.pop_front();
    }
    return true;
}

void
MptcpSubflow::AppendOptions(TcpHeader& header)
{
    if (m_txOption->GetSerializedSize() == 0 || m_txOption->AppendTo(header))
    {
        return;
    }
    // SACK blocks give way to MPTCP: rebuild the header with as many as still fit.
    TcpHeader rebuilt = CopyWithoutSack(header);
    const bool appended = m_txOption->AppendTo(rebuilt);
    NS_ASSERT_MSG(appended, "timestamps and one MPTCP option always fit");
    const uint32_t room = rebuilt.GetMaxOptionLength() - rebuilt.GetOptionLength();
    uint32_t blocks = room < 10 ? 0 : (room - 2) / 8;
    if (header.HasOption(TcpOption::SACK) && blocks > 0)
    {
        Ptr<TcpOptionSack> sack = CreateObject<TcpOptionSack>();
        for (const auto& block : m_tcb->m_rxBuffer->GetSackList())
        {
            if (blocks-- == 0)
            {
                break;
            }
            sack->AddSackBlock(block);
        }
        rebuilt.AppendOption(sack);
    }
    header = rebuilt;
}

uint16_t
MptcpSubflow::MapChecksum(uint64_t dsn, uint32_t ssn, uint16_t length, const Packet* data)
{
    MptcpChecksum checksum(dsn, ssn, length);
    if (data)
    {
        std::vector<uint8_t> octets(data->GetSize());
        data->CopyData(octets.data(), octets.size());
        checksum.Update(octets);
    }
    return checksum.Finish();
}

void
MptcpSubflow::UpdateSegmentSize(bool timestamps)
{
    // Stock TCP takes the segment size for payload only and sends no MSS: subtract the headers and
    // the largest options so that no packet is larger than the path (RFC 8684, appendix A).
    const bool ipv6 =
        m_endPoint6 != nullptr ||
        (m_connection && Inet6SocketAddress::IsMatchingType(m_connection->m_peerName));
    uint32_t limit = m_mtu - (ipv6 ? 60 : 40);
    if (m_peerMss > 0)
    {
        limit = std::min<uint32_t>(limit, m_peerMss);
    }
    uint32_t options = timestamps ? TIMESTAMP_SIZE : 0;
    if (m_phase != Phase::FALLBACK || m_infinite)
    {
        options += DSS_SIZE + (m_connection && m_connection->m_checksum ? 2 : 0);
    }
    options = (options + 3) / 4 * 4;
    const uint32_t room = limit > options + MIN_SEGMENT_SIZE ? limit - options : MIN_SEGMENT_SIZE;
    const uint32_t size = std::min(m_configuredSegmentSize, room);
    m_tcb->m_segmentSize = size;
    m_txBuffer->SetSegmentSize(size);
    if (m_tcb->m_cWnd.Get() > 0 && m_tcb->m_cWnd.Get() < size)
    {
        // The least window is a full-sized segment (RFC 5681, section 3.1). Controllers of stock
        // TCP do not end, or divide by zero, when the window holds none.
        m_tcb->m_cWnd = size;
        m_tcb->m_cWndInfl = std::max(m_tcb->m_cWndInfl.Get(), size);
    }
}

} // namespace ns3
