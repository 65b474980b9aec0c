/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-reorder-buffer.h"

#include "ns3/mptcp-sequence.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

/**
 * @param packet data
 * @param dsn DSN of its first octet
 * @param from DSN of the first octet wanted
 * @param to DSN after the last octet wanted
 * @return these octets; the packet itself if that is all of it
 */
Ptr<Packet>
Cut(const Ptr<Packet>& packet, uint64_t dsn, uint64_t from, uint64_t to)
{
    const auto size = static_cast<uint32_t>(to - from);
    return size == packet->GetSize()
               ? packet
               : packet->CreateFragment(static_cast<uint32_t>(from - dsn), size);
}

} // namespace

void
MptcpReorderBuffer::Reset(uint64_t nextDsn)
{
    m_readable.clear();
    m_runs.clear();
    m_nextDsn = nextDsn;
    m_readableBytes = 0;
    m_outOfOrderBytes = 0;
}

MptcpReorderBuffer::Result
MptcpReorderBuffer::Insert(uint64_t dsn, Ptr<Packet> packet)
{
    const uint32_t size = packet->GetSize();
    const uint64_t end = dsn + size;
    if (size == 0 || !DsnAfter(end, m_nextDsn))
    {
        return Result::DUPLICATE;
    }
    if (!DsnAfter(dsn, m_nextDsn))
    {
        if (dsn == m_nextDsn && m_runs.empty())
        {
            Append(std::move(packet), size);
        }
        else
        {
            InsertInOrder(dsn, end, packet);
        }
        return Result::IN_ORDER;
    }
    if (m_runs.empty() || !DsnBefore(dsn, m_runs.back().GetEnd()))
    {
        m_runs.push_back({dsn, size, std::move(packet)});
        m_outOfOrderBytes += size;
        return Result::OUT_OF_ORDER;
    }
    return InsertBetweenRuns(dsn, end, packet);
}

void
MptcpReorderBuffer::AddUnnumbered(Ptr<Packet> packet)
{
    m_readableBytes += packet->GetSize();
    m_readable.push_back(std::move(packet));
}

void
MptcpReorderBuffer::Append(Ptr<Packet> packet, uint32_t size)
{
    m_readable.push_back(std::move(packet));
    m_readableBytes += size;
    m_nextDsn += size;
}

void
MptcpReorderBuffer::InsertInOrder(uint64_t dsn, uint64_t end, const Ptr<Packet>& packet)
{
    // Alternate between the packet's octets and the runs that they reach; a run came first, so it
    // wins where both overlap.
    while (true)
    {
        const bool reached = !m_runs.empty() && !DsnAfter(m_runs.front().dsn, end);
        const uint64_t stop = reached ? m_runs.front().dsn : end;
        if (DsnAfter(stop, m_nextDsn))
        {
            Append(Cut(packet, dsn, m_nextDsn, stop), static_cast<uint32_t>(stop - m_nextDsn));
        }
        if (!reached)
        {
            break;
        }
        // Append the adjacent runs at once, also those behind the packet's end.
        while (!m_runs.empty() && m_runs.front().dsn == m_nextDsn)
        {
            const uint32_t size = m_runs.front().size;
            m_outOfOrderBytes -= size;
            Append(std::move(m_runs.front().packet), size);
            m_runs.pop_front();
        }
    }
}

MptcpReorderBuffer::Result
MptcpReorderBuffer::InsertBetweenRuns(uint64_t dsn, uint64_t end, const Ptr<Packet>& packet)
{
    const auto it = std::partition_point(m_runs.begin(), m_runs.end(), [dsn](const Run& run) {
        return !DsnAfter(run.GetEnd(), dsn);
    });
    auto i = it - m_runs.begin();
    auto result = Result::DUPLICATE;
    for (uint64_t next = dsn; DsnBefore(next, end); ++i)
    {
        const auto index = static_cast<std::size_t>(i);
        const bool past = index == m_runs.size() || !DsnBefore(m_runs[index].dsn, end);
        const uint64_t stop = past ? end : m_runs[index].dsn;
        if (DsnBefore(next, stop))
        {
            const auto size = static_cast<uint32_t>(stop - next);
            m_runs.insert(m_runs.begin() + i, {next, size, Cut(packet, dsn, next, stop)});
            m_outOfOrderBytes += size;
            result = Result::OUT_OF_ORDER;
            next = stop;
        }
        else
        {
            next = m_runs[index].GetEnd();
        }
    }
    return result;
}

Ptr<Packet>
MptcpReorderBuffer::Extract(uint32_t maxSize)
{
    if (m_readable.empty() || maxSize == 0)
    {
        return nullptr;
    }
    Ptr<Packet>& front = m_readable.front();
    const uint32_t size = front->GetSize();
    if (size > maxSize)
    {
        Ptr<Packet> head = front->CreateFragment(0, maxSize);
        front = front->CreateFragment(maxSize, size - maxSize);
        m_readableBytes -= maxSize;
        return head;
    }
    Ptr<Packet> packet = std::move(front);
    m_readable.pop_front();
    m_readableBytes -= size;
    return packet;
}

uint64_t
MptcpReorderBuffer::GetNextDsn() const
{
    return m_nextDsn;
}

void
MptcpReorderBuffer::SkipOne()
{
    ++m_nextDsn;
    m_runs.clear();
    m_outOfOrderBytes = 0;
}

uint32_t
MptcpReorderBuffer::GetReadable() const
{
    return m_readableBytes;
}

uint32_t
MptcpReorderBuffer::GetOutOfOrder() const
{
    return m_outOfOrderBytes;
}

bool
MptcpReorderBuffer::HasRunBefore(uint64_t dsn) const
{
    const auto it = std::partition_point(m_runs.begin(), m_runs.end(), [dsn](const Run& run) {
        return DsnBefore(run.GetEnd(), dsn);
    });
    return it != m_runs.end() && it->GetEnd() == dsn;
}

uint64_t
MptcpReorderBuffer::GetHighestDsn() const
{
    return m_runs.empty() ? m_nextDsn : m_runs.back().GetEnd();
}

std::ostream&
operator<<(std::ostream& os, const MptcpReorderBuffer& buffer)
{
    os << buffer.m_nextDsn << " [" << buffer.m_readableBytes << " readable]";
    for (const auto& run : buffer.m_runs)
    {
        os << " " << run.dsn << "+" << run.size;
    }
    return os;
}

} // namespace ns3
