/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-send-queue.h"

#include "ns3/mptcp-sequence.h"

#include <algorithm>
#include <utility>

namespace ns3
{

void
MptcpSendQueue::Reset(uint64_t firstDsn)
{
    m_chunks.clear();
    m_unsent.clear();
    m_frontTaken = 0;
    m_reinjectHint = 0;
    m_una = firstDsn;
    m_nxt = firstDsn;
    m_unsentBytes = 0;
    m_reinjectBytes = 0;
}

void
MptcpSendQueue::Rebase(uint64_t firstDsn)
{
    NS_ASSERT_MSG(m_chunks.empty() && m_una == m_nxt, "data has been numbered already");
    m_una = firstDsn;
    m_nxt = firstDsn;
}

Ptr<Packet>
MptcpSendQueue::TakeUnnumbered(uint32_t maxSize)
{
    if (m_unsent.empty() || maxSize == 0)
    {
        return nullptr;
    }
    Ptr<Packet> packet = TakeFront(maxSize);
    m_unsentBytes -= packet->GetSize();
    return packet;
}

void
MptcpSendQueue::Prepend(Ptr<Packet> packet)
{
    NS_ASSERT_MSG(m_chunks.empty() && m_una == m_nxt, "data has been numbered already");
    if (m_frontTaken > 0)
    {
        Ptr<Packet>& front = m_unsent.front();
        front = front->CreateFragment(m_frontTaken, front->GetSize() - m_frontTaken);
        m_frontTaken = 0;
    }
    m_unsentBytes += packet->GetSize();
    m_unsent.push_front(packet->Copy());
}

void
MptcpSendQueue::Add(Ptr<Packet> packet)
{
    const uint32_t size = packet->GetSize();
    if (size == 0)
    {
        return;
    }
    m_unsent.push_back(packet->Copy());
    m_unsentBytes += size;
}

Ptr<Packet>
MptcpSendQueue::TakeFront(uint32_t maxSize)
{
    Ptr<Packet>& front = m_unsent.front();
    const uint32_t left = front->GetSize() - m_frontTaken;
    if (left > maxSize)
    {
        Ptr<Packet> piece = front->CreateFragment(m_frontTaken, maxSize);
        m_frontTaken += maxSize;
        return piece;
    }
    Ptr<Packet> piece =
        m_frontTaken == 0 ? std::move(front) : front->CreateFragment(m_frontTaken, left);
    m_unsent.pop_front();
    m_frontTaken = 0;
    return piece;
}

MptcpChunk*
MptcpSendQueue::TakeNew(uint32_t maxSize)
{
    const uint32_t size = std::min(maxSize, m_unsentBytes);
    if (size == 0)
    {
        return nullptr;
    }
    Ptr<Packet> packet = TakeFront(size);
    for (uint32_t have = packet->GetSize(); have < size; have = packet->GetSize())
    {
        packet->AddAtEnd(TakeFront(size - have));
    }
    MptcpChunk& chunk = m_chunks.emplace_back();
    chunk.dsn = m_nxt;
    chunk.packet = std::move(packet);
    m_nxt += size;
    m_unsentBytes -= size;
    return &chunk;
}

MptcpChunk*
MptcpSendQueue::PeekReinject()
{
    if (m_reinjectBytes == 0)
    {
        return nullptr;
    }
    while (!m_chunks[m_reinjectHint].reinject)
    {
        ++m_reinjectHint;
    }
    return &m_chunks[m_reinjectHint];
}

void
MptcpSendQueue::ClearReinject(MptcpChunk* chunk)
{
    if (chunk->reinject)
    {
        chunk->reinject = false;
        m_reinjectBytes -= chunk->packet->GetSize();
    }
}

template <typename Predicate>
uint32_t
MptcpSendQueue::Mark(Predicate wanted)
{
    uint32_t marked = 0;
    for (std::size_t i = 0; i < m_chunks.size(); ++i)
    {
        MptcpChunk& chunk = m_chunks[i];
        if (chunk.reinject || !wanted(chunk))
        {
            continue;
        }
        chunk.reinject = true;
        m_reinjectHint = std::min(m_reinjectHint, i);
        marked += chunk.packet->GetSize();
    }
    m_reinjectBytes += marked;
    return marked;
}

uint32_t
MptcpSendQueue::MarkReinject(uint32_t subflow)
{
    return Mark([subflow](const MptcpChunk& chunk) { return chunk.lastSubflow == subflow; });
}

uint32_t
MptcpSendQueue::ForgetSubflow(uint32_t subflow)
{
    for (MptcpChunk& chunk : m_chunks)
    {
        chunk.carriers.Remove(subflow);
    }
    // The other carriers of a chunk whose last one was this subflow had failed to deliver it
    // before.
    return Mark([subflow](const MptcpChunk& chunk) {
        return chunk.carriers.IsEmpty() || chunk.lastSubflow == subflow;
    });
}

uint32_t
MptcpSendQueue::MarkHeadReinject()
{
    if (m_chunks.empty() || m_chunks.front().reinject)
    {
        return 0;
    }
    m_chunks.front().reinject = true;
    m_reinjectHint = 0;
    const uint32_t size = m_chunks.front().packet->GetSize();
    m_reinjectBytes += size;
    return size;
}

uint32_t
MptcpSendQueue::MarkReinjectAll()
{
    return Mark([](const MptcpChunk&) { return true; });
}

uint32_t
MptcpSendQueue::Acknowledge(uint64_t dataAck)
{
    if (DsnAfter(dataAck, m_nxt))
    {
        dataAck = m_nxt;
    }
    if (!DsnAfter(dataAck, m_una))
    {
        return 0;
    }
    const auto released = static_cast<uint32_t>(dataAck - m_una);
    m_una = dataAck;
    while (!m_chunks.empty())
    {
        MptcpChunk& chunk = m_chunks.front();
        const uint32_t size = chunk.packet->GetSize();
        if (DsnAfter(chunk.dsn + size, dataAck))
        {
            const auto gone = static_cast<uint32_t>(dataAck - chunk.dsn);
            if (gone > 0)
            {
                chunk.packet = chunk.packet->CreateFragment(gone, size - gone);
                chunk.dsn = dataAck;
                m_reinjectBytes -= chunk.reinject ? gone : 0;
            }
            break;
        }
        m_reinjectBytes -= chunk.reinject ? size : 0;
        m_chunks.pop_front();
        m_reinjectHint -= m_reinjectHint > 0 ? 1 : 0;
    }
    return released;
}

void
MptcpSendQueue::Drop()
{
    m_chunks.clear();
    m_unsent.clear();
    m_frontTaken = 0;
    m_reinjectHint = 0;
    m_reinjectBytes = 0;
}

std::size_t
MptcpSendQueue::FindIndex(uint64_t dsn) const
{
    // Chunks are contiguous from m_una to m_nxt: the last one that begins at or before dsn holds
    // it.
    if (!DsnBefore(dsn, m_chunks.back().dsn))
    {
        return m_chunks.size() - 1;
    }
    const auto it =
        std::partition_point(m_chunks.begin(), m_chunks.end(), [dsn](const MptcpChunk& chunk) {
            return !DsnAfter(chunk.dsn, dsn);
        });
    return static_cast<std::size_t>(it - m_chunks.begin()) - 1;
}

MptcpChunk*
MptcpSendQueue::Find(uint64_t dsn)
{
    if (DsnBefore(dsn, m_una) || !DsnBefore(dsn, m_nxt))
    {
        return nullptr;
    }
    return &m_chunks[FindIndex(dsn)];
}

MptcpChunk*
MptcpSendQueue::PeekCopy(uint32_t subflow, uint64_t& cursor)
{
    if (cursor == m_nxt)
    {
        return nullptr;
    }
    if (DsnBefore(cursor, m_una) || DsnAfter(cursor, m_nxt))
    {
        cursor = m_una; // what was acknowledged in the meantime is skipped
    }
    for (std::size_t i = cursor == m_nxt ? m_chunks.size() : FindIndex(cursor); i < m_chunks.size();
         ++i)
    {
        MptcpChunk& chunk = m_chunks[i];
        if (chunk.repeat && !chunk.carriers.Contains(subflow))
        {
            cursor = chunk.dsn;
            return &chunk;
        }
    }
    cursor = m_nxt;
    return nullptr;
}

const MptcpChunk*
MptcpSendQueue::GetHead() const
{
    return m_chunks.empty() ? nullptr : &m_chunks.front();
}

MptcpChunk*
MptcpSendQueue::GetHead()
{
    return m_chunks.empty() ? nullptr : &m_chunks.front();
}

uint64_t
MptcpSendQueue::GetUnacknowledged() const
{
    return m_una;
}

uint64_t
MptcpSendQueue::GetNextDsn() const
{
    return m_nxt;
}

uint64_t
MptcpSendQueue::GetTail() const
{
    return m_nxt + m_unsentBytes;
}

uint32_t
MptcpSendQueue::GetUnsent() const
{
    return m_unsentBytes;
}

uint32_t
MptcpSendQueue::GetSize() const
{
    return static_cast<uint32_t>(m_nxt - m_una) + m_unsentBytes;
}

uint32_t
MptcpSendQueue::GetReinject() const
{
    return m_reinjectBytes;
}

std::ostream&
operator<<(std::ostream& os, const MptcpSendQueue& queue)
{
    os << queue.m_una;
    for (const MptcpChunk& chunk : queue.m_chunks)
    {
        os << " " << chunk.dsn << "+" << chunk.packet->GetSize() << (chunk.reinject ? "!" : "");
    }
    return os << " | " << queue.m_nxt << " " << queue.m_unsentBytes;
}

} // namespace ns3
