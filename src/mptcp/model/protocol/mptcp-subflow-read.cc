/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"
#include "mptcp-subflow.h"

#include "ns3/mptcp-sequence.h"
#include "ns3/tcp-option-rfc793.h"
#include "ns3/tcp-option-sack.h"
#include "ns3/tcp-option-ts.h"
#include "ns3/tcp-option.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>
#include <vector>

namespace ns3
{

namespace
{

/// Octets that a mark of stock TCP may be behind, of the 2^31 that it can tell from ahead.
constexpr int32_t FAR_BEHIND = 1 << 30;

/// Window field that never blocks a subflow: the shared window is the connection's business.
constexpr uint16_t OPEN_WINDOW = 65535;

/// Mappings that a subflow may hold however small the receive buffer is.
constexpr std::size_t LEAST_MAPPINGS = 64;

} // namespace

TcpHeader
MptcpSubflow::CopyWithoutSack(const TcpHeader& header)
{
    TcpHeader copy;
    copy.SetSourcePort(header.GetSourcePort());
    copy.SetDestinationPort(header.GetDestinationPort());
    copy.SetSequenceNumber(header.GetSequenceNumber());
    copy.SetAckNumber(header.GetAckNumber());
    copy.SetFlags(header.GetFlags());
    copy.SetWindowSize(header.GetWindowSize());
    copy.SetUrgentPointer(header.GetUrgentPointer());
    for (const auto& option : header.GetOptionList())
    {
        if (option->GetKind() == MPTCP_OPTION_KIND)
        {
            std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
            Ptr<TcpOptionMptcp> mptcp = CreateObject<TcpOptionMptcp>();
            mptcp->AddOctets(GetMptcpOctets(*option, scratch));
            mptcp->AppendTo(copy);
        }
        else if (option->GetKind() == TcpOption::TS)
        {
            copy.AppendOption(option);
        }
    }
    return copy;
}

bool
MptcpSubflow::IsOptionOfSyn(const MptcpOption& option) const
{
    // Behind the SYNs MP_CAPABLE comes from the host that has opened the subflow, and MP_JOIN with
    // the full HMAC (RFC 8684, sections 3.1 and 3.2).
    return std::holds_alternative<MptcpJoinSyn>(option) ||
           std::holds_alternative<MptcpJoinSynAck>(option) ||
           (m_locallyOpened && std::holds_alternative<MptcpCapable>(option));
}

void
MptcpSubflow::ParseOptions(const TcpHeader& header, RxOptions& options) const
{
    const MptcpVersion version = m_connection ? m_connection->m_version : MptcpVersion::V1;
    for (const auto& raw : header.GetOptionList())
    {
        if (raw->GetKind() != MPTCP_OPTION_KIND)
        {
            continue;
        }
        std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
        MptcpOption option;
        if (ParseMptcpOption(GetMptcpOctets(*raw, scratch), version, option) !=
            MptcpWireError::NONE)
        {
            continue;
        }
        if (IsOptionOfSyn(option) && !(header.GetFlags() & TcpHeader::SYN) && m_state != SYN_SENT &&
            m_state != SYN_RCVD)
        {
            // A middlebox repeats what a SYN has carried. That tells nothing of the peer, which may
            // have fallen back.
            continue;
        }
        options.any = true;
        std::visit([&options](const auto& value) { options.Set(value); }, option);
    }
}

void
MptcpSubflow::DropDuplicateSack(TcpHeader& header) const
{
    const auto sack = DynamicCast<const TcpOptionSack>(header.GetOption(TcpOption::SACK));
    if (!sack)
    {
        return;
    }
    // A block below the acknowledgment reports a duplicate (RFC 2883), and none can be true when
    // nothing is in flight; nor one of the oldest octet, which an old ACK may bring, nor one of
    // what was never sent. Stock TCP takes every block for news of its list of segments in flight,
    // and stops the simulation or worse when the list has no such segment.
    const SequenceNumber32 oldest = std::max(header.GetAckNumber(), m_txBuffer->HeadSequence());
    const bool idle = m_txBuffer->HeadSequence() >= m_tcb->m_highTxMark.Get();
    Ptr<TcpOptionSack> news = CreateObject<TcpOptionSack>();
    for (const auto& block : sack->GetSackList())
    {
        // Nor can it bear parts of its segments, of which a middlebox that splits them tells.
        const auto begin = static_cast<uint32_t>(ToSsn(block.first));
        const auto end = static_cast<uint32_t>(ToSsn(block.second));
        const auto* first = m_txMap.Find(begin);
        const auto* last = m_txMap.Find(end);
        const bool whole = (!first || first->ssn == begin) && (!last || last->ssn == end);
        if (!idle && whole && block.first > oldest && block.first < block.second &&
            block.second <= m_tcb->m_highTxMark.Get() + 1)
        {
            news->AddSackBlock(block);
        }
    }
    if (news->GetNumSackBlocks() > 0 && news->GetNumSackBlocks() == sack->GetNumSackBlocks())
    {
        return; // an option without blocks is one more that stock TCP cannot bear
    }
    TcpHeader rebuilt = CopyWithoutSack(header);
    if (news->GetNumSackBlocks() > 0)
    {
        rebuilt.AppendOption(news);
    }
    header = rebuilt;
}

void
MptcpSubflow::IgnoreOldAck(TcpHeader& header) const
{
    // A later ACK has overtaken this segment. Only its acknowledgment is to be ignored (RFC 9293,
    // section 3.10.7.4), but stock TCP drops its data as well, unless there is no ACK flag.
    if (m_state == ESTABLISHED && m_payloadInHand > 0 && (header.GetFlags() & TcpHeader::ACK) &&
        header.GetAckNumber() < m_txBuffer->HeadSequence() && IsPlausible(header))
    {
        header.SetFlags(header.GetFlags() & ~TcpHeader::ACK);
    }
}

void
MptcpSubflow::SkipSacked(TcpHeader& header)
{
    // A middlebox that acknowledges ahead of the receiver may stop where a block begins that the
    // receiver has told of before. Stock TCP stops the simulation over that.
    if (const auto sack = DynamicCast<const TcpOptionSack>(header.GetOption(TcpOption::SACK));
        sack && sack->GetNumSackBlocks() > 0)
    {
        for (const auto& block : sack->GetSackList())
        {
            AddSacked(block);
        }
    }
    SequenceNumber32 ack = header.GetAckNumber();
    while (!m_sacked.empty() && m_sacked.front().first <= ack)
    {
        ack = std::max(ack, m_sacked.front().second);
        m_sacked.pop_front();
    }
    if (ack != header.GetAckNumber())
    {
        header.SetAckNumber(ack);
    }
}

void
MptcpSubflow::CarryEcnMarks()
{
    // Stock TCP compares each mark of ECN with the one before, however long ago that was: half the
    // sequence space later it takes the new one for older, and does not slow down.
    const auto carry = [](TracedValue<SequenceNumber32>& mark, const SequenceNumber32& now) {
        const auto behind = now - mark.Get();
        if (behind > FAR_BEHIND || behind < -FAR_BEHIND)
        {
            mark = now - FAR_BEHIND;
        }
    };
    carry(m_ecnCESeq, m_tcb->m_rxBuffer->NextRxSequence());
    carry(m_ecnEchoSeq, m_txBuffer->HeadSequence());
    carry(m_ecnCWRSeq, m_txBuffer->HeadSequence());
}

void
MptcpSubflow::CarryTimestamp(const TcpHeader& header)
{
    // Stock TCP takes timestamps behind the wrap (RFC 7323, section 5.4) for old ones, and echoes
    // the last one before it from then on, which spoils the peer's RTT.
    const uint32_t last = m_tcb->m_rcvTimestampValue;
    if (last <= uint32_t{INT32_MAX})
    {
        return; // no wrap is near
    }
    const auto option = DynamicCast<const TcpOptionTS>(header.GetOption(TcpOption::TS));
    if (option && option->GetTimestamp() < last &&
        option->GetTimestamp() - last <= uint32_t{INT32_MAX})
    {
        m_tcb->m_rcvTimestampValue = 0;
    }
}

void
MptcpSubflow::AddSacked(const TcpOptionSack::SackBlock& block)
{
    // Disjoint and in order: no more are kept than there are gaps.
    const auto begin =
        std::partition_point(m_sacked.begin(), m_sacked.end(), [&block](const auto& other) {
            return other.second < block.first;
        });
    auto end = begin;
    TcpOptionSack::SackBlock whole = block;
    for (; end != m_sacked.end() && end->first <= block.second; ++end)
    {
        whole.first = std::min(whole.first, end->first);
        whole.second = std::max(whole.second, end->second);
    }
    if (begin == end)
    {
        m_sacked.insert(begin, whole);
        return;
    }
    *begin = whole;
    m_sacked.erase(begin + 1, end);
}

void
MptcpSubflow::ReadSegment(TcpHeader& header)
{
    if (m_state == LISTEN)
    {
        return;
    }
    const uint8_t flags = header.GetFlags();
    ++m_segmentsReceived;
    if (m_tcb->m_ecnState != TcpSocketState::ECN_DISABLED)
    {
        CarryEcnMarks();
    }
    CarryTimestamp(header);
    const bool syn = (flags & TcpHeader::SYN) && !(flags & TcpHeader::RST);
    if (syn && m_state == SYN_SENT)
    {
        ReadSyn(header);
    }
    if (m_rx.any)
    {
        m_rx = RxOptions();
    }
    const SequenceNumber32 end = header.GetSequenceNumber() + SequenceNumber32(m_payloadInHand);
    if (!(flags & (TcpHeader::SYN | TcpHeader::RST)) && m_state != SYN_SENT &&
        m_state != SYN_RCVD && m_offsetInHand < 0 &&
        (m_payloadInHand > 0 ? end <= m_lastAck : end < m_lastAck))
    {
        // Not acceptable (RFC 9293, section 3.10.7.4): a keepalive, a FIN that comes again, data
        // that the peer does not know to have arrived. Stock TCP need not answer.
        m_ackNow = true;
    }
    if (!m_connection || !m_connection->m_keysKnown)
    {
        return;
    }
    ParseOptions(header, m_rx);
    if (m_phase == Phase::FALLBACK)
    {
        CheckDssInFallback(header);
        // The peer asks again: our answer to its MP_FAIL was lost.
        const std::optional<MptcpFail> fail = m_infinite ? m_rx.fail : std::nullopt;
        m_rx = RxOptions();
        m_rx.any = fail.has_value();
        m_rx.fail = fail;
        return;
    }
    if (flags & TcpHeader::RST)
    {
        ReadReset();
        return;
    }
    if (!syn && m_state != SYN_RCVD && !IsPlausible(header))
    {
        // No signal is read before the checks of TCP (RFC 8684, section 3).
        m_rx = RxOptions();
        header.SetWindowSize(OPEN_WINDOW);
        return;
    }
    if (m_rx.any)
    {
        m_bare = 0;
    }
    else if (m_payloadInHand == 0 || !m_rxMap.Find(GetSsnInHand()))
    {
        ++m_bare; // no piece of a split segment, which has no options but a known mapping
    }
    if (m_rx.fastclose && !IsInWindow(header.GetSequenceNumber()))
    {
        m_rx.fastclose.reset(); // one that is not forged would be in the window
    }
    const uint32_t window = header.GetWindowSize();
    if (flags & TcpHeader::ACK)
    {
        const uint32_t scaled = syn ? window : window << m_sndWindShift;
        const SequenceNumber32 end = header.GetAckNumber() + SequenceNumber32(scaled);
        m_windowEnd = m_windowKnown ? std::max(m_windowEnd, end) : end; // it never moves back
        m_windowKnown = true;
    }
    const uint64_t firstDsn = m_connection->m_localIdsn + 1;
    if (syn)
    {
        if (m_role == Role::INITIAL)
        {
            m_connection->OnDataAck(firstDsn, window); // never scaled in a SYN
        }
        header.SetWindowSize(OPEN_WINDOW);
        return;
    }
    if (!m_rx.any)
    {
        CheckMissingDss(header);
        if (m_phase == Phase::FALLBACK)
        {
            return;
        }
    }
    if (m_rx.capable)
    {
        m_connection->OnDataAck(firstDsn, window << m_sndWindShift);
        if (m_rx.capable->dataLength && !m_locallyOpened)
        {
            // MP_CAPABLE with data is the first mapping (RFC 8684, section 3.1). Its DSN is not in
            // the option: 64 bits are the safe answer.
            m_connection->m_use64Ack = m_connection->m_use64Ack || m_offsetInHand <= 0;
            MptcpDss dss;
            dss.hasChecksum = m_rx.capable->checksum.has_value();
            dss.checksum = m_rx.capable->checksum.value_or(0);
            ReadMapping(m_connection->m_remoteIdsn + 1, 1, *m_rx.capable->dataLength, dss);
        }
    }
    if (m_rx.addAddr && m_rx.addAddr->hmac && m_locallyOpened)
    {
        m_dssReceived = true; // the peer has the keys (as Linux judges it)
    }
    if (m_rx.dss)
    {
        ReadDss(*m_rx.dss, window << m_sndWindShift, m_finFollows || (flags & TcpHeader::FIN));
    }
    header.SetWindowSize(OPEN_WINDOW);
}

void
MptcpSubflow::ReadReset()
{
    m_resetByPeer = true;
    if (m_rx.tcprst)
    {
        m_stack->GetCounters().Increment(MptcpMib::MPRstRx);
        m_resetReceived = m_rx.tcprst;
    }
    if (m_rx.fail)
    {
        m_stack->GetCounters().Increment(MptcpMib::MPFailRx);
        m_connection->m_fail(this, m_rx.fail->dsn, true);
    }
    m_connection->m_subflowReset(this, m_rx.tcprst ? m_rx.tcprst->reason : 0, true);
}

void
MptcpSubflow::ReadDss(const MptcpDss& dss, uint32_t window, bool fin)
{
    m_dssReceived = true;
    if (dss.hasDataAck)
    {
        const uint64_t una = m_connection->m_sendQueue.GetUnacknowledged();
        const uint64_t acked =
            dss.dataAck64 ? dss.dataAck : ExpandDsn(una, static_cast<uint32_t>(dss.dataAck));
        if (m_peerEdge == 0 || DsnAfter(acked + window, m_peerEdge))
        {
            m_peerEdge = acked + window;
        }
        m_connection->OnDataAck(acked, window);
    }
    if (!dss.hasMapping)
    {
        return;
    }
    if (m_payloadInHand > 0)
    {
        m_connection->m_use64Ack = m_offsetInHand > 0 ? m_connection->m_use64Ack : dss.dsn64;
    }
    else if (!dss.dataFin && !m_rx.fail && !(fin && dss.length == 0))
    {
        // A mapping without its data means nothing, as in Linux, unless it is the infinite one that
        // a host without more data sends with its FIN.
        return;
    }
    const uint64_t next = m_connection->m_receive.GetNextDsn();
    const uint64_t dsn = dss.dsn64 ? dss.dsn : ExpandDsn(next, static_cast<uint32_t>(dss.dsn));
    if (dss.length == 0)
    {
        // Infinite mapping (RFC 8684, section 3.7): the rest of this subflow is plain data.
        m_stack->GetCounters().Increment(MptcpMib::InfiniteMapRx);
        m_connection->m_infiniteMapping(this, true);
        FallBackOrFail(MptcpMib::DssFallback);
        return;
    }
    // The DATA_FIN is counted in the length but is no octet (RFC 8684, section 3.3.3).
    const auto octets = static_cast<uint16_t>(dss.length - (dss.dataFin ? 1 : 0));
    if (octets > 0 && !IsMappingOfSegment(dss.ssn, octets))
    {
        // "MUST apply to some or all of the subflow sequence space in the TCP segment that carries
        // the option" (RFC 8684, section 3.3.1): without data a peer could declare mappings for
        // ever. Data for which no other comes is data without a mapping. With data it is counted
        // where the segment is.
        if (m_payloadInHand == 0)
        {
            m_stack->GetCounters().Increment(MptcpMib::DSSNoMatchTCP);
        }
        m_connection->m_mappingRefused(this, dsn);
    }
    else if (octets > 0)
    {
        ReadMapping(dsn, dss.ssn, octets, dss);
    }
    else if (!HasAgreedChecksum(dss))
    {
        return;
    }
    else if (m_connection->m_checksum && MapChecksum(dsn, dss.ssn, 1, nullptr) != dss.checksum)
    {
        // Of a DATA_FIN alone the checksum covers the numbers (RFC 8684, section 3.3.3).
        if (!m_failed)
        {
            OnChecksumError(dsn, Create<Packet>());
        }
        return;
    }
    // Behind data it counts when the checksum over both is right: see ReadMapped().
    const bool later = octets > 0 && m_connection->m_checksum && !m_connection->m_peerFinished;
    if (dss.dataFin && !later)
    {
        m_connection->OnDataFin(dsn + octets);
    }
}

uint32_t
MptcpSubflow::GetSsnInHand() const
{
    return m_tcb->m_rxBuffer->NextRxSequence().GetValue() - m_remoteIsn.GetValue() + m_offsetInHand;
}

bool
MptcpSubflow::IsMappingOfSegment(uint32_t ssn, uint16_t length) const
{
    const uint32_t first = GetSsnInHand();
    return m_payloadInHand > 0 && (first - ssn < length || ssn - first < m_payloadInHand);
}

bool
MptcpSubflow::IsMappingTableFull() const
{
    // Linux counts the mapping of a segment with its memory, which the receive buffer bounds.
    const std::size_t most = m_connection->m_rcvBufSize / sizeof(MptcpMapping);
    return m_offsetInHand > 0 && m_rxMap.GetSize() >= std::max(most, LEAST_MAPPINGS) &&
           !m_rxMap.Find(GetSsnInHand());
}

bool
MptcpSubflow::HasAgreedChecksum(const MptcpDss& dss)
{
    // Version 0 ignores a checksum that was not negotiated, version 1 does not; neither bears a
    // missing one (RFC 6824 and RFC 8684, section 3.3).
    const bool ignored = m_connection->m_version == MptcpVersion::V0 && !m_connection->m_checksum;
    if (dss.hasChecksum != m_connection->m_checksum && !ignored)
    {
        m_failure = MPTCP_RST_MPTCP;
        return false;
    }
    return true;
}

void
MptcpSubflow::CheckDssInFallback(const TcpHeader& header)
{
    if (!m_rx.dss || !IsPlausible(header))
    {
        return;
    }
    // A peer that has not heard of the fallback goes on mapping its data. That is harmless as long
    // as DSN and SSN run in step, as plain TCP takes for granted. Data that the peer sends again
    // under other numbers of the subflow would become part of the stream, and the peer cannot fall
    // back after that, so the subflow is of no use (RFC 8684, section 3.7).
    const MptcpDss& dss = *m_rx.dss;
    const bool outOfStep = m_payloadInHand > 0 && dss.hasMapping && dss.length > 0 && dss.ssn > 0 &&
                           static_cast<uint32_t>(dss.dsn - m_connection->m_remoteIdsn) != dss.ssn;
    // Its FIN ends the subflow only, unless it has told the end of the data by a DATA_FIN (section
    // 3.3.3): the rest would come over other subflows, which plain TCP does not have.
    m_dataFinInFallback = m_dataFinInFallback || dss.dataFin;
    const bool fin = header.GetFlags() & TcpHeader::FIN;
    const bool leaves = fin && !m_dataFinInFallback && !m_connection->m_peerFinished;
    if (outOfStep || leaves)
    {
        m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
        m_failure = MPTCP_RST_MIDDLEBOX;
    }
}

void
MptcpSubflow::ReadMapping(uint64_t dsn, uint32_t ssn, uint16_t length, const MptcpDss& dss)
{
    if (!HasAgreedChecksum(dss))
    {
        return;
    }
    if (IsMappingTableFull())
    {
        // The segment is dropped with it, and comes again when those before it have been read.
        m_stack->GetCounters().Increment(MptcpMib::RcvPruned);
        m_connection->m_mappingRefused(this, dsn);
        m_discard = true;
        return;
    }
    MptcpMapping mapping;
    mapping.dsn = dsn;
    mapping.ssn = ssn;
    mapping.length = length;
    mapping.hasChecksum = m_connection->m_checksum;
    mapping.checksum = dss.checksum;
    mapping.dataFin = dss.dataFin;
    if (length > 0 && m_rxMap.Add(mapping) == MptcpMappingTable::Result::CONFLICT)
    {
        // A mapping never changes (RFC 8684, section 3.3.1).
        m_stack->GetCounters().Increment(MptcpMib::DSSNotMatching);
        if (!FallBackOrFail(MptcpMib::DSSCorruptionFallback))
        {
            m_stack->GetCounters().Increment(MptcpMib::DSSCorruptionReset);
        }
    }
}

bool
MptcpSubflow::FallBackOrFail(MptcpMib reason)
{
    if (m_role == Role::INITIAL && m_connection->MayFallback())
    {
        m_connection->EnterFallback(this, reason);
        return true;
    }
    // Data is spread over subflows: this one has to go (RFC 8684, section 3.7).
    m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
    m_failure = MPTCP_RST_MIDDLEBOX;
    m_closeOnEmpty = false; // no FIN goes ahead of the reset
    m_closeLater = false;
    return false;
}

void
MptcpSubflow::CheckMissingDss(const TcpHeader& header)
{
    if (m_dssReceived || !(header.GetFlags() & TcpHeader::ACK) || m_state == SYN_RCVD)
    {
        return;
    }
    // Data shows when it is read whether it has a mapping: one that came with MP_CAPABLE may cover
    // several segments. An ACK of no data of ours need not have a DSS yet.
    // The FIN of a peer that speaks MPTCP has one.
    const bool fin = (m_finFollows || (header.GetFlags() & TcpHeader::FIN)) && m_payloadInHand == 0;
    if (m_role == Role::INITIAL && !fin &&
        (m_payloadInHand > 0 || m_bytesSent == 0 || ToSsn(header.GetAckNumber()) <= 1))
    {
        return;
    }
    // Every segment carries a DSS until one has arrived, so somebody removes them on the way
    // (RFC 8684, section 3.7).
    if (m_role == Role::INITIAL && m_connection->MayFallback())
    {
        FallBackAloud(MptcpMib::MPCapableDataFallback);
    }
    else
    {
        FallBackOrFail(MptcpMib::MPCapableDataFallback);
    }
}

void
MptcpSubflow::ReadSyn(const TcpHeader& header)
{
    m_remoteIsn = header.GetSequenceNumber();
    m_ecnCESeq = m_remoteIsn; // stock TCP compares the first mark with 0
    if (const auto mss = DynamicCast<const TcpOptionMSS>(header.GetOption(TcpOption::MSS)))
    {
        m_peerMss = mss->GetMSS();
    }
    // Stock TCP takes the timestamp of a SYN only when its sequence number is zero, as ns-3's are;
    // a box or a kernel has other ones. What it echoes instead would be taken for an RTT.
    const auto timestamp = DynamicCast<const TcpOptionTS>(header.GetOption(TcpOption::TS));
    m_timestampToEcho = timestamp ? timestamp->GetTimestamp() : 0;
    UpdateSegmentSize(m_timestampEnabled && header.HasOption(TcpOption::TS));
}

} // namespace ns3
