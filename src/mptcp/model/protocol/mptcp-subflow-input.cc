/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-back-off.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/simulator.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

/// Transmissions of an MP_FAIL without answer before the subflow is given up.
constexpr uint32_t FAIL_TRANSMISSIONS = 4;

} // namespace

void
MptcpSubflow::DoForwardUp(Ptr<Packet> packet, const Address& fromAddress, const Address& toAddress)
{
    const Hold hold(this);
    if (m_state == LISTEN)
    {
        ForwardListen(packet, fromAddress, toAddress);
        return;
    }
    const bool windowClosed = !m_persistEvent.IsExpired();
    const TcpStates_t before = m_state;
    m_inHand = true;
    const uint64_t read = m_bytesReceived;
    const bool taken = ForwardSegment(packet, fromAddress, toAddress);
    m_inHand = false;
    NoteArrival(m_bytesReceived - read);
    if (std::exchange(m_closeLater, false) && !m_failure)
    {
        CloseNow(); // no FIN goes ahead of a reset
    }
    if (!taken)
    {
        return;
    }
    if (windowClosed && m_persistEvent.IsExpired())
    {
        TimeUnacknowledged();
    }
    if (!m_connected)
    {
        m_persistEvent.Cancel(); // when the window opens stock TCP insists on being connected
    }
    if (m_connection)
    {
        AfterInput(before);
    }
    else
    {
        AfterInputAlone();
    }
    if (m_state == TIME_WAIT && !m_connection)
    {
        // Not within this call, which comes from the callback that will be replaced.
        Simulator::ScheduleNow(&MptcpSubflow::EnterTimeWait, Ptr<MptcpSubflow>(this));
    }
}

void
MptcpSubflow::NoteArrival(uint64_t octets)
{
    if (const auto interface = octets > 0 && m_stack ? m_stack->GetAstray() : std::nullopt)
    {
        m_bytesAstray += octets;
        m_astrayInterface = *interface;
    }
}

void
MptcpSubflow::AfterInputAlone()
{
    if (m_ackNow)
    {
        SendAck();
    }
    if (m_state == CLOSE_WAIT)
    {
        CloseSubflow(); // the connection has ended: nothing more will be sent
    }
}

bool
MptcpSubflow::ForwardSegment(Ptr<Packet> packet, const Address& from, const Address& to)
{
    const TcpStates_t before = m_state;
    if (before == SYN_SENT || before == SYN_RCVD)
    {
        if (!CheckHandshake(packet, from, to))
        {
            return false;
        }
        const bool simultaneous = before == SYN_RCVD && m_locallyOpened;
        TcpSocketBase::DoForwardUp(simultaneous ? MakeAckOfSynAck(packet) : packet, from, to);
        return true;
    }
    uint8_t flags = 0;
    if (before != CLOSED && IsUnacceptable(packet, flags))
    {
        return false;
    }
    if (m_tcb->m_rxBuffer->Finished())
    {
        packet = CutBehindFin(packet, flags);
    }
    if (before == CLOSING || before == LAST_ACK)
    {
        ForwardBeforeLastAck(packet, from, to);
        return true;
    }
    const bool fin = (flags & TcpHeader::FIN) && !(flags & (TcpHeader::SYN | TcpHeader::RST));
    const bool waits = before == FIN_WAIT_1 || before == FIN_WAIT_2;
    bool acked = before == FIN_WAIT_2;
    if (before == FIN_WAIT_1)
    {
        TcpHeader header;
        packet->PeekHeader(header);
        acked = header.GetAckNumber() == GetSndNxt();
    }
    if (fin && (waits || before == ESTABLISHED))
    {
        ForwardFin(packet, from, to);
    }
    else
    {
        TcpSocketBase::DoForwardUp(packet, from, to);
    }
    if (m_state == FIN_WAIT_1 && m_finSent && m_txBuffer->HeadSequence() == m_sentEnd)
    {
        // Stock TCP looks for the ACK of its FIN on a bare ACK only, not on data or on a FIN that
        // comes ahead of its data.
        m_retxEvent.Cancel();
        m_state = FIN_WAIT_2;
    }
    if (waits && (m_state == CLOSE_WAIT || m_state == LAST_ACK))
    {
        // Stock TCP forgets that it has closed when the data before the peer's FIN comes late.
        m_lastAckEvent.Cancel();
        m_state = CLOSING;
        if (acked)
        {
            TimeWait();
        }
    }
    return true;
}

void
MptcpSubflow::TimeUnacknowledged()
{
    // Stock TCP stopped the timer when the window closed. What was lost before would wait for ever.
    if (m_retxEvent.IsExpired() && m_state != CLOSED &&
        m_tcb->m_highTxMark.Get() > m_txBuffer->HeadSequence())
    {
        m_retxEvent = Simulator::Schedule(m_rto, &MptcpSubflow::ReTxTimeout, this);
    }
}

Ptr<Packet>
MptcpSubflow::CutBehindFin(Ptr<Packet> packet, uint8_t& flags) const
{
    TcpHeader header;
    const uint32_t payload = packet->GetSize() - packet->PeekHeader(header);
    const bool fin = header.GetFlags() & TcpHeader::FIN;
    const SequenceNumber32 end = header.GetSequenceNumber() + SequenceNumber32(payload + fin);
    if ((payload == 0 && !fin) || end <= m_tcb->m_rxBuffer->NextRxSequence())
    {
        return packet;
    }
    // "This should not occur since a FIN has been received from the remote side. Ignore the segment
    // text." (RFC 9293, section 3.10.7.4). Stock TCP takes it and stops the simulation over it.
    TcpHeader cut = CopyWithoutSack(header);
    flags &= ~TcpHeader::FIN;
    cut.SetFlags(flags);
    Ptr<Packet> bare = Create<Packet>();
    bare->AddHeader(cut);
    return bare;
}

SequenceNumber32
MptcpSubflow::GetSndNxt() const
{
    // Stock TCP does not count its FIN as sent. The octet of a window probe counts when it is
    // taken: to a peer without a window an ACK behind it would be out of place.
    return m_finSent ? m_sentEnd : m_tcb->m_highTxMark.Get();
}

void
MptcpSubflow::AfterInput(TcpStates_t before)
{
    Ptr<MptcpSocketBase> connection = m_connection;
    if (m_stale)
    {
        m_stale = false;
        m_stack->GetCounters().Increment(MptcpMib::SubflowRecover);
        connection->m_subflowStale(this, false);
    }
    m_timeouts = 0;
    m_silence = 0;
    if (ReadFastclose())
    {
        return;
    }
    if (m_state == CLOSED || (!m_endPoint && !m_endPoint6))
    {
        connection->OnSubflowClosed(this);
        return;
    }
    if (m_phase == Phase::PRE_ESTABLISHED && before == ESTABLISHED)
    {
        // The fourth ACK.
        m_phase = Phase::ESTABLISHED;
        m_joinAckEvent.Cancel();
    }
    else if (m_phase == Phase::PRE_ESTABLISHED && before == SYN_SENT)
    {
        AwaitFourthAck(); // stock TCP has taken the round trip of the SYN by now
    }
    const bool ready = m_phase == Phase::ESTABLISHED || m_phase == Phase::FALLBACK;
    if (!m_established && ready && m_state != SYN_RCVD && m_state != SYN_SENT &&
        (m_role == Role::JOIN || !m_locallyOpened || before == SYN_RCVD))
    {
        m_established = true;
        connection->OnSubflowEstablished(this);
        SendPending(); // signals from the time of the handshake
    }
    if (m_failure)
    {
        const uint8_t reason = *m_failure;
        m_failure.reset();
        ResetSubflow(reason);
        return;
    }
    if (m_phase == Phase::FALLBACK)
    {
        OnReadable(); // what waited for a mapping
    }
    if (m_ackNow || (m_rx.joinAck && before == ESTABLISHED))
    {
        m_ackNow = false;
        SendAck();
    }
    ReadControl();
    if (!m_connection)
    {
        return;
    }
    if (IsEndOfFallback())
    {
        m_stack->GetCounters().Increment(MptcpMib::DssFallback);
        SendInfiniteMapping();
    }
    connection->AfterInput(this);
    WatchSmallWindow();
    if (m_connection && (m_state == TIME_WAIT || m_state == CLOSED))
    {
        connection->OnSubflowClosed(this);
    }
    else if (m_connection && m_state == CLOSE_WAIT && m_phase != Phase::FALLBACK && !m_failed &&
             !IsHalfClosed())
    {
        // The peer has closed this subflow only (RFC 8684, section 3.3.3): so do we. Not by a FIN
        // where data is left that no other subflow can carry: a peer that fell back, which nobody
        // could tell us, would take that for the end of the data.
        if (!connection->CanSendBeside(this) && connection->m_sendQueue.GetSize() > 0)
        {
            ResetSubflow(MPTCP_RST_UNSPECIFIED, true);
            connection->OnSubflowClosed(this);
        }
        else
        {
            CloseSubflow();
        }
    }
}

bool
MptcpSubflow::IsEndOfFallback() const
{
    // A peer that speaks MPTCP puts a DSS on each segment, the FIN too. Without one it has fallen
    // back (RFC 8684, section 3.7), has got all by plain TCP, and ends the connection, not just the
    // subflow. If nothing of ours waits for a DATA_ACK then that makes no difference.
    return m_state == CLOSE_WAIT && m_bare > 0 && m_phase == Phase::ESTABLISHED && !m_failed &&
           m_connection->MayFallback() &&
           (m_connection->m_sendQueue.GetSize() > 0 || m_connection->IsDataFinPending());
}

bool
MptcpSubflow::IsHalfClosed() const
{
    if (!m_connection)
    {
        return false;
    }
    const MptcpState state = m_connection->GetState();
    return state == MptcpState::CLOSE_WAIT || state == MptcpState::CLOSING ||
           (state == MptcpState::LAST_ACK && !m_connection->m_dataFinAcked);
}

bool
MptcpSubflow::ReadFastclose()
{
    if (!m_rx.fastclose || m_rx.fastclose->receiverKey != m_connection->m_localKey)
    {
        return false;
    }
    m_rx.fastclose.reset(); // the end of this subflow, which follows, asks again
    m_stack->GetCounters().Increment(MptcpMib::MPFastcloseRx);
    m_connection->OnFastclose(this);
    return true;
}

void
MptcpSubflow::ReadControl()
{
    if (m_rx.addAddr)
    {
        m_connection->OnAddAddr(this, *m_rx.addAddr);
    }
    if (m_rx.removeAddr && m_connection)
    {
        m_connection->OnRemoveAddr(*m_rx.removeAddr);
    }
    if (m_rx.fail && m_connection)
    {
        ReadFail();
    }
    if (m_rx.prio && m_connection)
    {
        m_connection->OnPrio(this, *m_rx.prio);
    }
}

void
MptcpSubflow::OnReadable()
{
    if (m_failed && m_connection && m_phase == Phase::FALLBACK)
    {
        DeliverPlain(std::exchange(m_failed, nullptr));
    }
    while (const uint32_t readable = m_tcb->m_rxBuffer->Available())
    {
        if (!m_connection || m_failure)
        {
            m_tcb->m_rxBuffer->Extract(readable);
            continue;
        }
        if (m_phase == Phase::FALLBACK)
        {
            DeliverPlain(m_tcb->m_rxBuffer->Extract(readable));
            continue;
        }
        if (m_failed)
        {
            return; // nothing behind it can be trusted until the peer has agreed on plain TCP
        }
        const auto ssn = static_cast<uint32_t>(m_rxSsn);
        const MptcpMapping* mapping = m_rxMap.Find(ssn);
        if (!mapping)
        {
            if (!ReadUnmapped(readable))
            {
                return;
            }
            continue;
        }
        const uint32_t left = mapping->ssn + mapping->length - ssn;
        if (mapping->hasChecksum && ssn == mapping->ssn && readable < left)
        {
            return; // a checksum is over the whole mapping (RFC 8684, section 3.3.1)
        }
        ReadMapped(*mapping, std::min(readable, left));
    }
}

void
MptcpSubflow::DeliverPlain(Ptr<Packet> packet)
{
    if (packet->GetSize() == 0)
    {
        return; // what failed was a DATA_FIN alone
    }
    const uint64_t dsn = m_connection->m_remoteIdsn + m_rxSsn;
    m_rxSsn += packet->GetSize();
    m_bytesReceived += packet->GetSize();
    m_connection->OnData(dsn, packet);
}

void
MptcpSubflow::ReadMapped(const MptcpMapping& mapping, uint32_t readable)
{
    const uint32_t offset = static_cast<uint32_t>(m_rxSsn) - mapping.ssn;
    Ptr<Packet> packet = m_tcb->m_rxBuffer->Extract(readable);
    if (mapping.hasChecksum)
    {
        const auto length = static_cast<uint16_t>(mapping.length + (mapping.dataFin ? 1 : 0));
        if (MapChecksum(mapping.dsn, mapping.ssn, length, PeekPointer(packet)) != mapping.checksum)
        {
            OnChecksumError(mapping.dsn, packet);
            return;
        }
    }
    if (mapping.hasChecksum && mapping.dataFin)
    {
        m_connection->OnDataFin(mapping.dsn + mapping.length);
    }
    const uint64_t dsn = mapping.dsn + offset;
    m_rxSsn += readable;
    m_bytesReceived += readable;
    m_rxMap.ReleaseBefore(static_cast<uint32_t>(m_rxSsn));
    m_connection->OnData(dsn, packet);
}

void
MptcpSubflow::OnChecksumError(uint64_t dsn, Ptr<Packet> packet)
{
    m_stack->GetCounters().Increment(MptcpMib::DataCsumErr);
    m_connection->m_checksumError(this, dsn);
    m_failDsn = dsn;
    if (!m_connection->MayFallback())
    {
        // RST with MP_FAIL: the data comes again over another subflow (RFC 8684, section 3.7).
        m_failure = MPTCP_RST_MIDDLEBOX;
        return;
    }
    // The only subflow: go on as TCP, with whatever the middlebox makes of the data, as soon as the
    // peer has answered with MP_FAIL or an infinite mapping.
    m_failed = packet;
    m_failRetries = 0;
    FailTimeout();
}

void
MptcpSubflow::FailTimeout()
{
    if (!m_failed || !m_connection)
    {
        return;
    }
    if (m_failRetries == FAIL_TRANSMISSIONS)
    {
        ResetSubflow(MPTCP_RST_MIDDLEBOX);
        return;
    }
    StartTimer(m_failEvent, MptcpBackOff(m_rto, m_failRetries), [](MptcpSubflow& s) {
        s.FailTimeout();
    });
    ++m_failRetries;
    m_stack->GetCounters().Increment(MptcpMib::MPFailTx);
    SendOption(MptcpFail{*m_failDsn});
}

void
MptcpSubflow::ReadFail()
{
    m_stack->GetCounters().Increment(MptcpMib::MPFailRx);
    m_connection->m_fail(this, m_rx.fail->dsn, true);
    if (m_failed)
    {
        // The answer to ours: the peer has reverted to TCP (RFC 8684, section 3.7).
        m_connection->EnterFallback(this, MptcpMib::DssFallback);
        OnReadable();
        return;
    }
    const bool first = m_phase != Phase::FALLBACK;
    if (first)
    {
        if (m_role != Role::INITIAL || !m_connection->MayFallback(true))
        {
            m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
            const auto& all = m_connection->m_subflows;
            if (std::none_of(all.begin(), all.end(), [this](const auto& other) {
                    return other != this && other->GetPhase() == Phase::ESTABLISHED;
                }))
            {
                // A peer with one subflow has fallen back already, and would take our FIN for the
                // end of the data. With several, the peer has to reset this one.
                ResetSubflow(MPTCP_RST_MIDDLEBOX);
            }
            return;
        }
        MakeInfiniteMapping();
    }
    else if (!m_infinite || m_failRetries > 0)
    {
        m_failRetries = 0;
        m_tellsFallback = false;
        m_tellEvent.Cancel();
        return; // both know
    }
    // Both sides revert entirely: MP_FAIL in the reverse direction, with the infinite mapping.
    m_stack->GetCounters().Increment(MptcpMib::MPFailTx);
    m_connection->m_fail(this, m_rx.fail->dsn, false);
    m_pending.emplace_back(MptcpFail{m_rx.fail->dsn});
    SendAck();
    if (first)
    {
        // Not before: a FIN that waits for the DATA_ACK would go ahead of the mapping.
        m_connection->EnterFallback(this, std::nullopt);
    }
}

void
MptcpSubflow::MakeInfiniteMapping()
{
    // It begins with the oldest data that is not known to have arrived intact, on the subflow where
    // DSN and SSN run in step (RFC 8684, section 3.7).
    const uint64_t una = m_connection->m_sendQueue.GetUnacknowledged();
    MptcpDss dss;
    dss.hasMapping = true;
    dss.dsn64 = true;
    dss.dsn = una;
    dss.ssn = static_cast<uint32_t>(una - m_connection->m_localIdsn);
    dss.length = 0;
    dss.hasChecksum = m_connection->m_checksum;
    m_infinite = dss;
    UpdateSegmentSize(m_timestampEnabled); // it takes room in segments with data
    // Repeated until data sent under it is acknowledged.
    m_infiniteEnd = ToSsn(m_txBuffer->TailSequence());
    m_infiniteOnData = false;
    m_stack->GetCounters().Increment(MptcpMib::InfiniteMapTx);
    m_connection->m_infiniteMapping(this, false);
}

void
MptcpSubflow::SendInfiniteMapping()
{
    MakeInfiniteMapping();
    m_connection->EnterFallback(this, std::nullopt);
    OnReadable(); // data that was waiting for the rest of its mapping
}

void
MptcpSubflow::FallBackAloud(MptcpMib reason)
{
    if (m_bytesSent == 0 && !m_connection->m_dataFinSent)
    {
        m_connection->EnterFallback(this, reason); // the peer has seen no DSS, and sees none now
        return;
    }
    MakeInfiniteMapping();
    m_tellsFallback = true;
    m_failDsn = m_connection->m_receive.GetNextDsn();
    m_failRetries = 0;
    TellFallback();
    m_connection->EnterFallback(this, reason);
}

void
MptcpSubflow::TellFallback()
{
    // The peer may have got all our options and goes by MPTCP: MP_FAIL reverts it as well (RFC
    // 8684, section 3.7). Only its answer ends that; should that be stripped too, enough has been
    // said.
    if (!m_connection || !m_infinite || m_failRetries == FAIL_TRANSMISSIONS)
    {
        m_failRetries = 0;
        return;
    }
    StartTimer(m_tellEvent, MptcpBackOff(m_rto, m_failRetries), [](MptcpSubflow& s) {
        s.TellFallback();
    });
    ++m_failRetries;
    m_stack->GetCounters().Increment(MptcpMib::MPFailTx);
    m_connection->m_fail(this, *m_failDsn, false);
    m_pending.emplace_back(MptcpFail{*m_failDsn});
    SendAck();
}

bool
MptcpSubflow::ReadUnmapped(uint32_t readable)
{
    // Data without mapping on the only subflow: a middlebox removes our options, go on as TCP.
    if (m_role == Role::INITIAL && m_connection->MayFallback())
    {
        // A client is fully established with the first DSS, a listener's end with the third ACK.
        const bool early = m_locallyOpened && !m_dssReceived;
        FallBackAloud(early ? MptcpMib::MPCapableDataFallback : MptcpMib::DssFallback);
        return true;
    }
    if (!m_dssReceived)
    {
        // On a joined subflow that would be none of the connection's data (RFC 8684, section 3.7).
        m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
        m_failure = MPTCP_RST_MIDDLEBOX;
        return true;
    }
    const auto ssn = static_cast<uint32_t>(m_rxSsn);
    if (const MptcpMapping* next = m_rxMap.FindAfter(ssn); next && next->ssn - ssn < readable)
    {
        // The mapping is lost, not late: the sender will map this data anew.
        const uint32_t gap = next->ssn - ssn;
        m_stack->GetCounters().Increment(MptcpMib::DSSNotMatching);
        m_tcb->m_rxBuffer->Extract(gap);
        m_rxSsn += gap;
        return true;
    }
    // A mapping may come late, within a window of data (RFC 8684, section 3.3.1).
    if (readable > m_connection->m_rcvBufSize)
    {
        m_stack->GetCounters().Increment(MptcpMib::DSSNotMatching);
        m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
        m_failure = MPTCP_RST_MIDDLEBOX;
        return true;
    }
    return false;
}

Ptr<Packet>
MptcpSubflow::MakeAckOfSynAck(Ptr<Packet> packet) const
{
    TcpHeader header;
    packet->PeekHeader(header);
    constexpr uint8_t mask = TcpHeader::SYN | TcpHeader::ACK | TcpHeader::RST | TcpHeader::FIN;
    if ((header.GetFlags() & mask) != (TcpHeader::SYN | TcpHeader::ACK) ||
        header.GetAckNumber() != m_localIsn + SequenceNumber32(1))
    {
        return packet;
    }
    // Simultaneous open (RFC 9293, section 3.5): the SYN has been seen, and its acknowledgment
    // completes the handshake. Stock TCP resets the connection over a SYN/ACK in SYN_RCVD.
    Ptr<Packet> copy = packet->Copy();
    copy->RemoveHeader(header);
    TcpHeader ack = CopyWithoutSack(header);
    ack.SetFlags(TcpHeader::ACK);
    ack.SetSequenceNumber(header.GetSequenceNumber() + SequenceNumber32(1));
    copy->AddHeader(ack);
    return copy;
}

void
MptcpSubflow::ForwardFin(Ptr<Packet> packet, const Address& from, const Address& to)
{
    TcpHeader header;
    const uint32_t payload = packet->GetSize() - packet->PeekHeader(header);
    const SequenceNumber32 fin = header.GetSequenceNumber() + SequenceNumber32(payload);
    const bool old = fin < m_tcb->m_rxBuffer->NextRxSequence(); // and not the end: a forgery
    const bool acks = m_state == ESTABLISHED && (header.GetFlags() & TcpHeader::ACK) &&
                      header.GetAckNumber() > m_txBuffer->HeadSequence();
    if (payload == 0 && !acks && !old)
    {
        TcpSocketBase::DoForwardUp(packet, from, to);
        m_ackNow = m_ackNow || !m_tcb->m_rxBuffer->Finished();
        return;
    }
    // In FIN_WAIT stock TCP takes the FIN to stand before the data of its segment and so never
    // reaches it; in ESTABLISHED it does not look at what the segment acknowledges, nor at a FIN
    // behind data that has come before: hand over all but the FIN first, then a bare FIN.
    packet->RemoveHeader(header);
    TcpHeader part = CopyWithoutSack(header);
    part.SetFlags(header.GetFlags() & ~TcpHeader::FIN);
    packet->AddHeader(part);
    m_finFollows = true;
    TcpSocketBase::DoForwardUp(packet, from, to);
    m_finFollows = false;
    if (!old && !m_discard && (m_endPoint || m_endPoint6))
    {
        part.SetFlags(header.GetFlags());
        part.SetSequenceNumber(fin);
        Ptr<Packet> rest = Create<Packet>();
        rest->AddHeader(part);
        m_restInHand = true;
        TcpSocketBase::DoForwardUp(rest, from, to);
        m_restInHand = false;
    }
    m_ackNow = m_ackNow || !m_tcb->m_rxBuffer->Finished(); // behind a gap (RFC 5681, section 4.2)
    if (m_heldAck != 0)
    {
        SendEmptyPacket(m_heldAck);
    }
}

void
MptcpSubflow::ForwardBeforeLastAck(Ptr<Packet> packet, const Address& from, const Address& to)
{
    TcpHeader header;
    packet->PeekHeader(header);
    const uint8_t flags = header.GetFlags();
    if (flags & TcpHeader::RST)
    {
        TcpSocketBase::DoForwardUp(packet, from, to);
        return;
    }
    const bool finAgain = flags & TcpHeader::FIN;
    const bool acked = header.GetAckNumber() == GetSndNxt();
    m_ackNow = m_ackNow || finAgain;
    if (finAgain || acked)
    {
        // Stock TCP drops the connection when the peer's FIN comes again or an ECN flag is set, and
        // ignores the ACK of its own FIN on a segment with an old sequence number. The peer has no
        // more data to send, so pass on the acknowledgment alone.
        TcpHeader ack = CopyWithoutSack(header);
        ack.SetFlags(TcpHeader::ACK);
        ack.SetSequenceNumber(m_tcb->m_rxBuffer->NextRxSequence());
        packet = Create<Packet>();
        packet->AddHeader(ack);
    }
    if (acked)
    {
        // The ACK covers the data before the FIN too; stock TCP closes without noting that.
        m_txBuffer->DiscardUpTo(m_txBuffer->TailSequence());
        TcpSocketBase::DoForwardUp(packet, from, to);
        return;
    }
    // Stock TCP takes any ACK after both FINs for that of its own FIN, and gives up what it still
    // has to send again. Until the FIN is acknowledged this end sends as in CLOSE_WAIT.
    const TcpStates_t before = m_state;
    m_state = CLOSE_WAIT;
    TcpSocketBase::DoForwardUp(packet, from, to);
    if (m_state == CLOSE_WAIT || m_state == LAST_ACK)
    {
        m_state = before;
    }
    if (m_state == before && m_txBuffer->Size() == 0 && m_retxEvent.IsExpired() &&
        m_lastAckEvent.IsExpired())
    {
        // The ACK of the last data has stopped the timer; the FIN behind it may be lost.
        StartFinTimer();
    }
}

} // namespace ns3
