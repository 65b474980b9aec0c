/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-reorder-buffer.h"

#include <iterator>
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
    return InsertOutOfOrder(dsn, end, packet);
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
        const auto first = m_runs.begin();
        const bool reached = first != m_runs.end() && !DsnAfter(first->first, end);
        const uint64_t stop = reached ? first->first : end;
        if (DsnAfter(stop, m_nextDsn))
        {
            Append(Cut(packet, dsn, m_nextDsn, stop), static_cast<uint32_t>(stop - m_nextDsn));
        }
        if (!reached)
        {
            break;
        }
        m_outOfOrderBytes -= static_cast<uint32_t>(first->second.end - first->first);
        for (Ptr<Packet>& waiting : first->second.packets)
        {
            const uint32_t size = waiting->GetSize();
            Append(std::move(waiting), size);
        }
        m_runs.erase(first);
    }
}

MptcpReorderBuffer::Runs::iterator
MptcpReorderBuffer::FindOrMakeRun(uint64_t dsn)
{
    auto behind = m_runs.end();
    // Behind all that waits nothing has to be searched for.
    if (!m_runs.empty() && DsnBefore(dsn, std::prev(behind)->second.end))
    {
        behind = m_runs.upper_bound(dsn);
    }
    if (behind != m_runs.begin())
    {
        const auto run = std::prev(behind);
        if (!DsnAfter(dsn, run->second.end))
        {
            return run;
        }
    }
    return m_runs.emplace_hint(behind, dsn, Run{dsn, {}});
}

MptcpReorderBuffer::Result
MptcpReorderBuffer::InsertOutOfOrder(uint64_t dsn, uint64_t end, const Ptr<Packet>& packet)
{
    const auto it = FindOrMakeRun(dsn);
    Run& run = it->second;
    auto result = Result::DUPLICATE;
    while (!DsnAfter(run.end, end))
    {
        const auto next = std::next(it);
        const bool reached = next != m_runs.end() && !DsnAfter(next->first, end);
        const uint64_t stop = reached ? next->first : end;
        if (DsnBefore(run.end, stop))
        {
            run.packets.push_back(Cut(packet, dsn, run.end, stop));
            m_outOfOrderBytes += static_cast<uint32_t>(stop - run.end);
            run.end = stop;
            result = Result::OUT_OF_ORDER;
        }
        if (!reached)
        {
            break;
        }
        run.end = next->second.end;
        run.packets.splice(run.packets.end(), next->second.packets);
        m_runs.erase(next);
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
    const uint64_t highest = GetHighestDsn();
    if (m_runs.empty() || !DsnBefore(dsn, highest))
    {
        return !m_runs.empty() && dsn == highest;
    }
    // No run touches another, so one that begins there does not end there.
    const auto behind = m_runs.lower_bound(dsn);
    return behind != m_runs.begin() && std::prev(behind)->second.end == dsn;
}

uint64_t
MptcpReorderBuffer::GetHighestDsn() const
{
    return m_runs.empty() ? m_nextDsn : std::prev(m_runs.end())->second.end;
}

std::size_t
MptcpReorderBuffer::GetRuns() const
{
    return m_runs.size();
}

uint64_t
MptcpReorderBuffer::GetComparisons() const
{
    return m_comparisons;
}

std::ostream&
operator<<(std::ostream& os, const MptcpReorderBuffer& buffer)
{
    os << buffer.m_nextDsn << " [" << buffer.m_readableBytes << " readable]";
    for (const auto& [dsn, run] : buffer.m_runs)
    {
        os << " " << dsn << "+" << run.end - dsn;
    }
    return os;
}

} // namespace ns3
