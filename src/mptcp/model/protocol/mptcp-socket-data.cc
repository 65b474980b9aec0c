/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <bit>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSocketData");

// ---- Sending ----

void
MptcpSocketBase::SchedulePush()
{
    if (m_pushEvent.IsExpired() && !m_finished)
    {
        StartTimer(m_pushEvent, TimeStep(1), &MptcpSocketBase::PushAndAsk);
    }
}

void
MptcpSocketBase::PushAndAsk()
{
    // Stock TCP asks the application for more before it sends the last that it has, and sends what
    // the application then writes in the same instant: so does the end of this entry. It asks only
    // if something was sent, or a callback that brings no data would be called for ever.
    const bool any = m_sendQueue.GetUnsent() > 0;
    m_pushEvent.Cancel();
    m_pushAtEnd = true;
    Push();
    m_notifySend |= any && m_sendQueue.GetUnsent() == 0 && MayAsk();
}

bool
MptcpSocketBase::MayAsk() const
{
    return m_state != MptcpState::SYN_RCVD && !m_finished && !m_shutdownSend &&
           GetTxAvailable() > 0;
}

void
MptcpSocketBase::Push()
{
    // Sending may call back here through traces and pacing.
    if (m_pushing || m_finished || m_subflows.empty() || !m_scheduler)
    {
        return;
    }
    m_pushing = true;
    m_viewed = 0;
    if (m_fallback)
    {
        PushFallback(true);
    }
    else
    {
        while (m_sendQueue.GetReinject() > 0 && PushReinjections())
        {
        }
        while ((m_sendQueue.GetUnsent() > 0 || (m_repeating && m_sendQueue.GetHead())) && PushNew())
        {
        }
    }
    m_pushing = false;
    if (m_closeRequested && !m_dataFinSent && m_sendQueue.GetUnsent() == 0)
    {
        MaybeSendDataFin();
    }
    if (m_sendQueue.GetSize() > 0)
    {
        StartRetransmitTimer();
    }
}

void
MptcpSocketBase::UpdateView(std::size_t index)
{
    // While the connection pushes, a segment changes the numbers of the subflow that carries it
    // only. What an application or a trace may do at the same time is asked for again.
    const MptcpSubflow& subflow = *m_subflows[index];
    MptcpSubflowView& view = m_view.subflows[index];
    const uint64_t bit = index < 64 ? uint64_t{1} << index : 0;
    if ((m_viewed & bit) && view.id == subflow.GetSubflowId())
    {
        view.usable = subflow.CanSend();
        view.backup = subflow.IsBackup();
        view.stale = subflow.IsStale();
        return;
    }
    subflow.FillView(view);
    m_viewed |= bit;
}

void
MptcpSocketBase::FillViews(const MptcpChunk* chunk)
{
    m_view.subflows.resize(m_subflows.size());
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        MptcpSubflowView& view = m_view.subflows[i];
        UpdateView(i);
        view.carried = chunk && chunk->carriers.Contains(view.id);
        // Where TCP still holds data that it has not delivered, it delivers this as well; another
        // copy behind it would come later, and again as other data should the peer fall back.
        view.usable &= !view.carried || m_subflows[i]->GetUnacknowledgedBytes() == 0;
        // The same of a peer that may have fallen back already, see CheckStripped.
        view.usable &= !view.carried || m_subflows[i]->IsDataAckReceived() ||
                       m_subflows[i]->GetRole() != MptcpSubflow::Role::INITIAL;
        // Or that may have fallen back over the last segments, whose options a middlebox removes.
        view.usable &= !view.carried || m_subflows[i]->CountBare() == 0;
    }
    m_view.sndUna = m_sendQueue.GetUnacknowledged();
    m_view.sndNxt = m_sendQueue.GetNextDsn();
    m_view.unsent = m_sendQueue.GetUnsent();
    m_view.windowLeft = GetWindowLeft();
}

MptcpSubflow*
MptcpSocketBase::Choose(bool reinject, const MptcpChunk* chunk, uint32_t size)
{
    FillViews(chunk);
    const Ptr<MptcpScheduler> scheduler = m_scheduler; // a function may have it replaced
    const MptcpSchedulerDecision decision = scheduler->Select(m_view, reinject);
    const bool repeat = decision.repeat && !reinject;
    m_repeating = reinject ? m_repeating : repeat;
    m_chosen = 0;
    MptcpSubflow* first = nullptr;
    for (MptcpSubflowMask left = decision.mask; left != 0; left &= left - 1)
    {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        const bool exists = i < m_subflows.size();
        if (!exists || !m_view.subflows[i].usable)
        {
            NS_LOG_WARN(scheduler->GetInstanceTypeId().GetName()
                        << " names subflow " << i << " of the view, "
                        << (exists ? "which is not usable" : "which does not exist")
                        << ": ignored");
            continue;
        }
        const MptcpSubflowView& view = m_view.subflows[i];
        const MptcpChunk* copy = repeat ? PeekCopy(i) : nullptr;
        const uint32_t wanted = std::min(copy ? copy->packet->GetSize() : size, view.segmentSize);
        if (wanted == 0)
        {
            continue; // nothing to repeat, and no new data
        }
        // A scheduler's choice that cannot send counts as wait: unless it wants that, nothing may
        // queue in a subflow, save the rest of a chunk that was cut for a path with larger
        // segments.
        const bool room =
            decision.ahead ? view.queueable >= wanted : view.available >= wanted + view.unsent;
        if (room)
        {
            first = first ? first : PeekPointer(m_subflows[i]);
            m_chosen |= MptcpSubflowBit(i);
        }
    }
    return first;
}

bool
MptcpSocketBase::PushReinjections()
{
    MptcpChunk* chunk = m_sendQueue.PeekReinject();
    const uint32_t size = chunk->packet->GetSize();
    MptcpSubflow* subflow = Choose(true, chunk, size);
    if (!subflow)
    {
        return false;
    }
    m_sendQueue.ClearReinject(chunk);
    Transmit(subflow, chunk, true);
    return true;
}

MptcpChunk*
MptcpSocketBase::PeekCopy(std::size_t index)
{
    const Ptr<MptcpSubflow>& subflow = m_subflows[index];
    return m_sendQueue.PeekCopy(subflow->GetSubflowId(), subflow->GetCopyCursor());
}

bool
MptcpSocketBase::PushCopies()
{
    bool copied = false;
    for (MptcpSubflowMask left = m_repeating ? m_chosen : 0; left != 0; left &= left - 1)
    {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        if (MptcpChunk* chunk = i < m_subflows.size() ? PeekCopy(i) : nullptr)
        {
            m_chosen &= ~MptcpSubflowBit(i);
            Transmit(PeekPointer(m_subflows[i]), chunk, true);
            copied = true;
        }
    }
    return copied;
}

bool
MptcpSocketBase::WaitsForMore() const
{
    // Nagle; and where the send buffer is full, the application writes on when the next ACK makes
    // room: what it writes fills the segment.
    return (!m_noDelay || m_writerWaits) && !m_closeRequested;
}

bool
MptcpSocketBase::PushNew()
{
    const uint32_t window = GetWindowLeft();
    const uint32_t unsent = m_sendQueue.GetUnsent();
    const bool blocked = window == 0 && unsent > 0;
    if (blocked && !m_repeating)
    {
        RelieveWindow();
        return false;
    }
    MptcpSubflow* subflow = Choose(false, nullptr, std::min(window, unsent));
    if (PushCopies())
    {
        return true; // new data, for those that have carried all the rest, is next
    }
    if (blocked)
    {
        RelieveWindow();
        return false;
    }
    if (!subflow)
    {
        return false;
    }
    const uint32_t segment = subflow->GetTcb()->m_segmentSize;
    const uint32_t size = std::min({segment, window, unsent});
    if (size < segment && m_asking)
    {
        SchedulePush(); // the application, which is asked for more next, may fill the segment
        return false;
    }
    if (size < segment && m_sendQueue.GetHead())
    {
        // Silly windows (RFC 9293, section 3.8.6.2.1) and Nagle: small segments wait for the ACK.
        const bool cutByWindow = window < unsent;
        if (cutByWindow)
        {
            RelieveWindow();
        }
        if (cutByWindow || WaitsForMore())
        {
            return false;
        }
    }
    MptcpChunk* chunk = m_sendQueue.TakeNew(size);
    chunk->repeat = m_repeating;
    const MptcpSubflowMask chosen = m_chosen;
    Transmit(subflow, chunk, false);
    // A redundant scheduler names several.
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        if ((chosen & MptcpSubflowBit(i)) && PeekPointer(m_subflows[i]) != subflow)
        {
            Transmit(PeekPointer(m_subflows[i]), chunk, true);
        }
    }
    if (m_api.copies > 1)
    {
        SendCopies(subflow, chunk);
    }
    return true;
}

void
MptcpSocketBase::RelieveWindow()
{
    // What fills the peer's window waits for the oldest data (NSDI 2012, section 4.2): send that
    // over a path that is idle (M1), and slow down the one that holds it (M2).
    MptcpChunk* head = m_sendQueue.GetHead();
    if (!head || m_subflows.size() < 2 || !(m_opportunistic || m_penalization))
    {
        return;
    }
    MptcpSubflow* idle = Choose(true, head, head->packet->GetSize());
    if (!idle || head->carriers.Contains(idle->GetSubflowId()))
    {
        return;
    }
    const uint32_t holder = head->lastSubflow;
    if (m_opportunistic)
    {
        Transmit(idle, head, true);
    }
    for (const auto& subflow : m_subflows)
    {
        if (m_penalization && subflow->GetSubflowId() == holder)
        {
            subflow->Penalize(MptcpGetSmoothedRtt(*idle->GetTcb()));
        }
    }
}

void
MptcpSocketBase::Transmit(MptcpSubflow* subflow, MptcpChunk* chunk, bool reinjection)
{
    const uint32_t id = subflow->GetSubflowId();
    for (std::size_t i = 0; i < m_view.subflows.size() && i < 64; ++i)
    {
        m_viewed &= m_view.subflows[i].id == id ? ~(uint64_t{1} << i) : UINT64_MAX;
    }
    const uint64_t dsn = chunk->dsn;
    const Ptr<Packet> packet = chunk->packet;
    const uint32_t size = packet->GetSize();
    if (reinjection && dsn == m_sendQueue.GetUnacknowledged() && chunk->carriers.Contains(id))
    {
        subflow->CountRepeated(); // see FillViews: it has delivered what it had
    }
    chunk->carriers.Add(id);
    chunk->lastSubflow = id;
    ++chunk->transmissions;
    if (reinjection)
    {
        m_stack->GetCounters().Increment(MptcpMib::MPTCPRetrans);
        m_bytesReinjected += size;
        m_inStep = false;
    }
    m_dataSent(id, dsn, size, reinjection);
    if (subflow->IsBeyondPeerEdge(dsn + size))
    {
        m_stack->GetCounters().Increment(MptcpMib::SndWndShared);
    }
    subflow->SendMapped(dsn, packet);
    m_notifySent += reinjection ? 0 : size;
}

void
MptcpSocketBase::OfferOne(const bool& open)
{
    if (m_pushing || m_finished || m_subflows.empty() || !m_scheduler)
    {
        return;
    }
    m_pushing = true;
    m_viewed = 0;
    if (m_fallback)
    {
        PushFallback(open);
    }
    else
    {
        // Others that the scheduler prefers have room of their own.
        while (open && m_sendQueue.GetUnsent() > 0 && PushNew())
        {
        }
    }
    m_pushing = false;
}

void
MptcpSocketBase::PushFallback(const bool& open)
{
    MptcpSubflow* subflow = PeekPointer(m_subflows.front());
    while (open && m_sendQueue.GetUnsent() > 0)
    {
        MptcpSubflowView view;
        subflow->FillView(view);
        const uint32_t size = std::min(view.segmentSize, m_sendQueue.GetUnsent());
        // An empty subflow always gets a segment: stock TCP probes a closed window with it.
        if (!view.usable ||
            (view.available < view.unsent + size && subflow->GetUnacknowledgedBytes() > 0))
        {
            return;
        }
        if (size < view.segmentSize && m_asking)
        {
            SchedulePush(); // as in PushNew
            return;
        }
        if (size < view.segmentSize && m_sendQueue.GetHead() && WaitsForMore())
        {
            return;
        }
        Transmit(subflow, m_sendQueue.TakeNew(size), false);
    }
}

bool
MptcpSocketBase::HasDataFor(uint32_t id, uint64_t& cursor)
{
    if (m_sendQueue.GetUnsent() > 0)
    {
        return true;
    }
    const MptcpChunk* chunk = m_sendQueue.PeekReinject();
    return (chunk && !chunk->carriers.Contains(id)) ||
           (m_repeating && m_sendQueue.PeekCopy(id, cursor));
}

uint32_t
MptcpSocketBase::GetWindowLeft() const
{
    const uint64_t next = m_sendQueue.GetNextDsn();
    return DsnAfter(m_sndEdge, next) ? static_cast<uint32_t>(m_sndEdge - next) : 0;
}

bool
MptcpSocketBase::MayWrapDsn32() const
{
    double octets = 0;
    for (const auto& subflow : m_subflows)
    {
        octets += subflow->GetOctetsPerMsl();
    }
    return octets > UINT32_MAX;
}

void
MptcpSocketBase::OnDataAck(uint64_t dataAck, uint32_t window)
{
    if (m_state == MptcpState::FASTCLOSE_WAIT)
    {
        return; // it waits for a RST, whatever else may be under way
    }
    const uint64_t una = m_sendQueue.GetUnacknowledged();
    const uint64_t highest = m_sendQueue.GetNextDsn() + (m_dataFinSent ? 1 : 0);
    if (DsnBefore(dataAck, una) || DsnAfter(dataAck, highest))
    {
        return; // old, or of data never sent
    }
    // The right edge never moves back (RFC 8684, section 3.3.1).
    if (DsnAfter(dataAck + window, m_sndEdge))
    {
        m_sndEdge = dataAck + window;
        m_aloneSince.reset();
        m_lastProgress = Simulator::Now();
        m_probes = 0;
    }
    if (dataAck == una)
    {
        return;
    }
    m_aloneSince.reset();
    m_lastProgress = Simulator::Now();
    NoteActivity();
    m_dataFinRetries = 0; // the peer is alive
    if (m_sendQueue.Acknowledge(dataAck) > 0)
    {
        m_notifySend = true;
        m_tracedSendQueue = m_sendQueue.GetSize();
    }
    m_dataAck(dataAck, window);
    if (m_dataFinSent && !m_dataFinAcked && dataAck == m_sendQueue.GetTail() + 1)
    {
        OnDataFinAcked();
    }
}

void
MptcpSocketBase::OnFallbackAck(Ptr<MptcpSubflow> subflow, uint32_t window)
{
    const uint64_t acked = m_localIdsn + subflow->GetAckedSsn();
    if (DsnAfter(acked, m_sendQueue.GetUnacknowledged()))
    {
        m_lastProgress = Simulator::Now();
        m_sendQueue.Acknowledge(acked);
        m_tracedSendQueue = m_sendQueue.GetSize();
        m_notifySend = true;
        m_dataAck(acked, window);
    }
}

// ---- Receiving ----

void
MptcpSocketBase::OnData(uint64_t dsn, Ptr<Packet> packet)
{
    if (m_peerDataFin && DsnAfter(dsn + packet->GetSize(), *m_peerDataFin) && !m_fallback)
    {
        // Nothing follows the end of the data: ignore it (RFC 8684, section 3.3.3, whose DATA_FIN
        // is a FIN; RFC 9293, section 3.10.7.4).
        m_stack->GetCounters().Increment(MptcpMib::NoDSSInWindow);
        const uint64_t size = DsnBefore(dsn, *m_peerDataFin) ? *m_peerDataFin - dsn : 0;
        packet = packet->CreateFragment(0, static_cast<uint32_t>(size));
    }
    const uint32_t size = packet->GetSize();
    if (size == 0)
    {
        return;
    }
    if (DsnAfter(dsn + size, m_rcvEdge) && !m_fallback)
    {
        // Beyond what was advertised: not stored, the sender keeps it until a DATA_ACK.
        m_stack->GetCounters().Increment(MptcpMib::NoDSSInWindow);
        return;
    }
    const uint64_t before = m_receive.GetNextDsn();
    MptcpCounters& mib = m_stack->GetCounters();
    const bool tail = m_receive.GetOutOfOrder() > 0 && !DsnBefore(dsn, m_receive.GetHighestDsn());
    const bool merges = m_receive.GetOutOfOrder() > 0 && m_receive.HasRunBefore(dsn);
    switch (m_receive.Insert(dsn, packet))
    {
    case MptcpReorderBuffer::Result::IN_ORDER: {
        const uint64_t next = m_receive.GetNextDsn();
        m_delivered(before, static_cast<uint32_t>(next - before));
        m_aloneSince.reset();
        NoteActivity();
        m_notifyRead = true;
        break;
    }
    case MptcpReorderBuffer::Result::OUT_OF_ORDER:
        mib.Increment(MptcpMib::OFOQueue);
        // As Linux counts: behind all that waits, and next to something that waits.
        tail ? mib.Increment(MptcpMib::OFOQueueTail) : void();
        merges ? mib.Increment(MptcpMib::OFOMerge) : void();
        break;
    case MptcpReorderBuffer::Result::DUPLICATE:
        mib.Increment(MptcpMib::DuplicateData);
        m_bytesDuplicate += size;
        break;
    }
    m_tracedReorderQueue = m_receive.GetOutOfOrder();
    // Before the ACK of this segment goes out, so that its window counts what the application took.
    if (m_notifyRead && !m_notifyAccept && !m_notifyConnected && m_state != MptcpState::SYN_RCVD)
    {
        TellReadable();
    }
    if (m_shutdownRecv)
    {
        while (m_receive.GetReadable() > 0)
        {
            m_receive.Extract(m_receive.GetReadable());
        }
    }
}

void
MptcpSocketBase::OnSynData(Ptr<Packet> packet)
{
    m_bytesFastOpen = packet->GetSize();
    m_receive.AddUnnumbered(packet);
    m_notifyRead = true;
}

uint32_t
MptcpSocketBase::GetReceiveWindow()
{
    const uint64_t next = m_receive.GetNextDsn();
    const uint32_t readable = m_receive.GetReadable();
    const uint32_t room = m_rcvBufSize > readable ? m_rcvBufSize - readable : 0;
    // A window once advertised is never taken back (RFC 8684, section 3.3.4).
    if (DsnAfter(next + room, m_rcvEdge))
    {
        m_rcvEdge = next + room;
    }
    else if (DsnBefore(next + room, m_rcvEdge) && m_subflows.size() > 1)
    {
        m_stack->GetCounters().Increment(MptcpMib::RcvWndShared);
    }
    const uint32_t window = DsnAfter(m_rcvEdge, next) ? static_cast<uint32_t>(m_rcvEdge - next) : 0;
    m_tracedReceiveWindow = window;
    return window;
}

bool
MptcpSocketBase::IsBehindWindow(int32_t offset) const
{
    const uint64_t next = m_receive.GetNextDsn();
    const uint32_t readable = m_receive.GetReadable();
    const uint64_t room = next + (m_rcvBufSize > readable ? m_rcvBufSize - readable : 0);
    const uint64_t edge = DsnAfter(room, m_rcvEdge) ? room : m_rcvEdge;
    return !DsnBefore(next + static_cast<int64_t>(offset), edge);
}

bool
MptcpSocketBase::TunesReceiveBuffer() const
{
    return m_autoTune && !m_rcvBufSet;
}

void
MptcpSocketBase::TuneReceiveBuffer(uint32_t size)
{
    if (!TunesReceiveBuffer())
    {
        return;
    }
    // Dynamic right-sizing as in Linux (mptcp_rcv_space_adjust): the buffer is to hold twice what
    // the application reads in the longest RTT of a subflow, and more while that grows.
    m_tuneCopied += size;
    Time rtt = MilliSeconds(1);
    uint32_t segment = m_segSize;
    for (const auto& subflow : m_subflows)
    {
        rtt = std::max(rtt, MptcpGetSmoothedRtt(*subflow->GetTcb()));
        segment = std::max(segment, subflow->GetTcb()->m_segmentSize);
    }
    if (Simulator::Now() - m_tuneStart < rtt)
    {
        return;
    }
    const uint64_t space = m_tuneSpace > 0 ? m_tuneSpace : std::min(m_rcvBufSize, 10 * segment);
    if (m_tuneCopied > space)
    {
        uint64_t window = 2ULL * m_tuneCopied + 16ULL * segment;
        window += 2 * window * (m_tuneCopied - space) / space;
        m_rcvBufSize = std::max(m_rcvBufSize,
                                static_cast<uint32_t>(std::min<uint64_t>(window, m_maxRcvBufSize)));
        m_tuneSpace = m_tuneCopied;
    }
    m_tuneCopied = 0;
    m_tuneStart = Simulator::Now();
}

void
MptcpSocketBase::MaybeSendWindowUpdate()
{
    const uint64_t next = m_receive.GetNextDsn();
    const uint32_t left = DsnAfter(m_rcvEdge, next) ? static_cast<uint32_t>(m_rcvEdge - next) : 0;
    if (left >= m_rcvBufSize / 4 || m_peerFinished || m_subflows.empty())
    {
        return;
    }
    // The sender is, or soon will be, blocked: tell it once there is room worth telling of
    // (RFC 9293, section 3.8.6.2.2).
    const uint32_t room = m_rcvBufSize - std::min(m_rcvBufSize, m_receive.GetReadable());
    if (room <= left || room - left < std::min(m_rcvBufSize / 2, 2 * m_segSize))
    {
        return;
    }
    if (left > 0)
    {
        SendDataAck();
        return;
    }
    // The whole connection waits for this, and a path that is dead does not show while it does.
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        if (subflow->CanSend() || subflow->IsReceivingOnly())
        {
            subflow->SendAck();
        }
    }
}

void
MptcpSocketBase::SendDataAck()
{
    if (const Ptr<MptcpSubflow> subflow = PickForControl())
    {
        subflow->SendAck();
        return;
    }
    // Behind our FINs the peer may go on sending.
    const auto receiving =
        std::find_if(m_subflows.begin(), m_subflows.end(), [](const Ptr<MptcpSubflow>& subflow) {
            return subflow->IsReceivingOnly();
        });
    if (receiving != m_subflows.end())
    {
        (*receiving)->SendAck();
    }
}

void
MptcpSocketBase::AfterInput(Ptr<MptcpSubflow> subflow)
{
    m_stack->PollAddresses();
    m_lastInput = subflow;
    if (m_fallback)
    {
        OnFallbackAck(subflow, subflow->GetPeerWindow());
        OnFallbackSubflowState(subflow);
    }
    else
    {
        // The third ACK of version 1 has both keys: nothing else is missing to the server.
        const bool keys = !m_client && m_version == MptcpVersion::V1 &&
                          subflow->GetPhase() == MptcpSubflow::Phase::ESTABLISHED;
        if (!m_fullyEstablished && (keys || subflow->IsDssReceived()))
        {
            OnFullyEstablished();
        }
        ProcessPeerDataFin();
    }
    if (!m_finished)
    {
        // What the application writes when it is told goes at the ACK, as with stock TCP, unless
        // it has written before, as after the handshake.
        m_pushAtEnd |= m_pushEvent.IsExpired();
        m_asking = m_notifySend && MayAsk();
        Push();
        m_asking = false;
    }
}

} // namespace ns3
