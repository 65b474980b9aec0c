/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-base.h"
#include "mptcp-subflow.h"

#include "ns3/mptcp-endian.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <array>

namespace ns3
{

namespace
{

// Where fields are in a TCP header, octets from its beginning (RFC 9293, section 3.1).
constexpr std::size_t ACK_OFFSET = 8;     ///< acknowledgment number
constexpr std::size_t LENGTH_OFFSET = 12; ///< data offset, in its upper half
constexpr std::size_t FLAGS_OFFSET = 13;  ///< flags

} // namespace

bool
MptcpSubflow::IsUnacceptable(Ptr<Packet> packet, uint8_t& flags)
{
    // Nearly no segment is: look at a few octets before the whole header is read.
    std::array<uint8_t, FLAGS_OFFSET + 1> octets{};
    packet->CopyData(octets.data(), octets.size());
    flags = octets[FLAGS_OFFSET];
    constexpr uint8_t mask = TcpHeader::SYN | TcpHeader::ACK | TcpHeader::RST;
    const bool data = packet->GetSize() > 4U * (octets[LENGTH_OFFSET] >> 4);
    if ((flags & mask) != TcpHeader::ACK)
    {
        TcpHeader header;
        packet->PeekHeader(header);
        if (flags & TcpHeader::RST)
        {
            return IsResetUnacceptable(header);
        }
        return flags & TcpHeader::SYN ? ChallengeSyn(header) : !IsProbeOfStockTcp(data);
    }
    // What was never sent cannot be acknowledged (RFC 9293, section 3.10.7.4). Stock TCP takes the
    // number and sends again from there, or takes it for that of its FIN.
    const SequenceNumber32 ack(LoadBig<uint32_t>(&octets[ACK_OFFSET]));
    if (ack <= m_sentEnd)
    {
        NoteProbeTaken(ack);
        return false;
    }
    if (data || (flags & TcpHeader::FIN))
    {
        SendAck(); // not for a bare ACK: two ends that disagree would never stop
    }
    return true;
}

void
MptcpSubflow::NoteProbeTaken(const SequenceNumber32& ack)
{
    // Stock TCP does not count the octet of a window probe as sent. What the next probe brings
    // would lie too far behind the mark then, the news of an open window with it.
    if (!m_finSent && ack > m_tcb->m_highTxMark.Get() && ack <= m_sentEnd)
    {
        m_tcb->m_highTxMark = ack;
    }
}

bool
MptcpSubflow::IsResetUnacceptable(const TcpHeader& header)
{
    if (!m_connection)
    {
        return false;
    }
    // The exact number resets, one in the window is answered, others are dropped (RFC 5961, section
    // 3.2, which stock TCP does not know). What lies behind a gap may be the end of what was sent.
    const SequenceNumber32 seq = header.GetSequenceNumber();
    SequenceNumber32 last = m_tcb->m_rxBuffer->NextRxSequence();
    if (seq == last)
    {
        return false;
    }
    for (const auto& block : m_tcb->m_rxBuffer->GetSackList())
    {
        last = std::max(last, block.second);
    }
    if (seq != last && IsInWindow(seq))
    {
        SendAck();
    }
    return seq != last;
}

bool
MptcpSubflow::ChallengeSyn(const TcpHeader& header)
{
    // Whatever its number, a SYN changes nothing and gets a challenge ACK (RFC 9293, section
    // 3.10.7.4). Stock TCP is silent, takes its options and begins with a new window.
    const bool again = (header.GetFlags() & TcpHeader::ACK) && m_locallyOpened &&
                       header.GetSequenceNumber() == m_remoteIsn;
    m_keysAgain = m_keysAgain || again; // the third ACK was lost
    SendAck();
    return true;
}

bool
MptcpSubflow::IsProbeOfStockTcp(bool data) const
{
    // "If the ACK bit is off, drop the segment" (RFC 9293, section 3.10.7.4). But the TCP of ns-3,
    // which sends no MSS option, probes a closed window without any flag.
    return data && m_peerMss == 0 && IsPlainTcp() && !m_tcb->m_rxBuffer->Finished();
}

bool
MptcpSubflow::IsAcceptableInSynRcvd(const TcpHeader& header, uint32_t payload)
{
    // The checks of RFC 9293, section 3.10.7.4, in the order of Linux (tcp_check_req), where stock
    // TCP looks at the acknowledgment only: a forged SYN would move the connection to its number.
    const uint8_t flags =
        header.GetFlags() & (TcpHeader::SYN | TcpHeader::ACK | TcpHeader::RST | TcpHeader::FIN);
    if ((flags & TcpHeader::ACK) && !(flags & TcpHeader::RST) &&
        header.GetAckNumber() != m_localIsn + SequenceNumber32(1))
    {
        return true; // CheckSynRcvd() answers it
    }
    const uint32_t first = m_remoteIsn.GetValue() + 1;
    const int32_t offset = SequenceDistance(header.GetSequenceNumber().GetValue(), first);
    if (flags & TcpHeader::RST)
    {
        const bool inWindow = offset > 0 && static_cast<uint32_t>(offset) <= m_largestWindow;
        if (inWindow)
        {
            ChallengeInSynRcvd();
        }
        return offset == 0;
    }
    if (flags & TcpHeader::SYN)
    {
        // The SYN of this handshake once more, or where two SYNs have met the answer to ours.
        const auto synData = static_cast<int32_t>(m_locallyOpened ? 0 : m_synDataSize);
        const bool known = offset == -1 - synData && !(flags & TcpHeader::FIN);
        if (!known)
        {
            ChallengeInSynRcvd();
        }
        return known;
    }
    const int32_t end = offset + static_cast<int32_t>(payload);
    if (end < 0 || offset > static_cast<int32_t>(std::min<uint32_t>(m_largestWindow, INT32_MAX)))
    {
        ChallengeInSynRcvd();
        return false;
    }
    return flags & TcpHeader::ACK; // stock TCP takes bare data for the end of the handshake
}

void
MptcpSubflow::ChallengeInSynRcvd()
{
    // Stock TCP would number it as the SYN/ACK.
    TcpHeader header;
    header.SetFlags(TcpHeader::ACK);
    header.SetSequenceNumber(m_localIsn + SequenceNumber32(1));
    header.SetAckNumber(m_remoteIsn + SequenceNumber32(1));
    header.SetWindowSize(AdvertisedWindowSize());
    AddOptions(header);
    m_challengeInHand = true;
    SendSegment(Create<Packet>(), header, m_localName, m_remoteName);
    m_challengeInHand = false;
}

bool
MptcpSubflow::IsInWindow(const SequenceNumber32& seq) const
{
    const int32_t offset =
        SequenceDistance(seq.GetValue(), m_tcb->m_rxBuffer->NextRxSequence().GetValue());
    return offset >= 0 &&
           static_cast<uint32_t>(offset) <= std::max(m_connection->GetReceiveWindow(), 1U);
}

bool
MptcpSubflow::IsPlausible(const TcpHeader& header) const
{
    // A window before and after what is expected next: what is old may have been sent again, what
    // is new may have been sent when the shared window was larger (RFC 9293, section 3.10.7.4; for
    // acknowledgments RFC 5961, section 5).
    const auto range = static_cast<int32_t>(std::min(m_largestWindow, UINT32_MAX / 2));
    const uint32_t una = m_txBuffer->HeadSequence().GetValue();
    const int32_t window = m_windowKnown ? SequenceDistance(m_windowEnd.GetValue(), una) : 0;
    const int32_t behind = std::max(range, window);
    const bool acked = !(header.GetFlags() & TcpHeader::ACK) ||
                       SequenceDistance(header.GetAckNumber().GetValue(), una) >= -behind;
    return m_offsetInHand >= -range && m_offsetInHand <= range && acked;
}

bool
MptcpSubflow::IsBehindWindow() const
{
    if (m_payloadInHand == 0 || m_state == LISTEN || m_state == SYN_SENT || m_state == SYN_RCVD)
    {
        return false;
    }
    if (m_connection && m_phase == Phase::FALLBACK)
    {
        // Plain TCP, whose buffer is the connection's. Stock TCP's own is empty, since what is in
        // order is taken out at once (RFC 9293, section 3.10.7.4).
        return m_connection->IsBehindWindow(m_offsetInHand);
    }
    // The window is relative to the DATA_ACK: what is on its way over this subflow may have been
    // sent when the window was the largest. Nothing else bounds what waits behind a gap here.
    return m_offsetInHand > static_cast<int32_t>(std::min<uint32_t>(m_largestWindow, INT32_MAX));
}

void
MptcpSubflow::DiscardData(TcpHeader& header) const
{
    header.SetSequenceNumber(m_tcb->m_rxBuffer->NextRxSequence() -
                             static_cast<int32_t>(m_payloadInHand));
    header.SetFlags(header.GetFlags() & ~TcpHeader::FIN); // it stands behind the data
}

} // namespace ns3
