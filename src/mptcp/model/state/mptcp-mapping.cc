/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-mapping.h"

#include "ns3/assert.h"

#include <algorithm>

namespace ns3
{

namespace
{

/**
 * @param a relative sequence number
 * @param b relative sequence number
 * @return true if a is before b, modulo 2^32
 */
constexpr bool
SsnBefore(uint32_t a, uint32_t b)
{
    return static_cast<int32_t>(a - b) < 0;
}

/**
 * @param mapping a mapping
 * @return SSN after its last octet
 */
constexpr uint32_t
GetEnd(const MptcpMapping& mapping)
{
    return mapping.ssn + mapping.length;
}

/**
 * @param mapping a mapping
 * @param ssn relative sequence number
 * @return true if the mapping holds it
 */
constexpr bool
Holds(const MptcpMapping& mapping, uint32_t ssn)
{
    return ssn - mapping.ssn < mapping.length;
}

/**
 * @param a a mapping
 * @param b another one
 * @return true if both map any octet that they share to the same DSN
 */
constexpr bool
Agree(const MptcpMapping& a, const MptcpMapping& b)
{
    // The sign of the difference counts: SSNs wrap at 2^32, DSNs at 2^64.
    return b.dsn - a.dsn ==
           static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(b.ssn - a.ssn)));
}

} // namespace

MptcpMappingTable::Result
MptcpMappingTable::Add(const MptcpMapping& mapping)
{
    NS_ASSERT_MSG(mapping.length > 0, "a mapping of no data");
    const uint32_t end = GetEnd(mapping);
    if (m_hasReleased && !SsnBefore(m_released, end))
    {
        return Result::DUPLICATE;
    }
    if (m_mappings.empty() || !SsnBefore(mapping.ssn, GetEnd(m_mappings.back())))
    {
        m_mappings.push_back(mapping);
        return Result::ADDED;
    }
    return AddSlow(mapping);
}

MptcpMappingTable::Result
MptcpMappingTable::AddSlow(const MptcpMapping& mapping)
{
    const uint32_t end = GetEnd(mapping);
    const std::size_t first = FirstEndingAfter(mapping.ssn);

    // Judge before touching anything: a refused mapping leaves no trace.
    uint32_t covered = 0;
    bool checksum = mapping.hasChecksum;
    std::size_t last = first;
    for (; last < m_mappings.size() && SsnBefore(m_mappings[last].ssn, end); ++last)
    {
        const MptcpMapping& other = m_mappings[last];
        if (!Agree(other, mapping))
        {
            return Result::CONFLICT;
        }
        const uint32_t from = SsnBefore(other.ssn, mapping.ssn) ? mapping.ssn : other.ssn;
        const uint32_t to = SsnBefore(GetEnd(other), end) ? GetEnd(other) : end;
        covered += to - from;
        checksum = checksum || other.hasChecksum;
    }
    if (covered == mapping.length)
    {
        return Result::DUPLICATE;
    }
    if (covered == 0)
    {
        m_mappings.insert(m_mappings.begin() + static_cast<std::ptrdiff_t>(first), mapping);
        return Result::ADDED;
    }
    if (checksum)
    {
        return Result::CONFLICT;
    }

    // Fill the gaps between the mappings [first, last) and at both ends.
    uint32_t next = mapping.ssn;
    for (std::size_t i = first; next != end; ++i)
    {
        const bool past = i == last;
        const uint32_t stop = past ? end : m_mappings[i].ssn;
        if (SsnBefore(next, stop))
        {
            MptcpMapping piece = mapping;
            piece.ssn = next;
            piece.dsn = mapping.dsn + (next - mapping.ssn);
            piece.length = static_cast<uint16_t>(stop - next);
            piece.dataFin = mapping.dataFin && stop == end;
            m_mappings.insert(m_mappings.begin() + static_cast<std::ptrdiff_t>(i), piece);
            ++i;
            ++last;
        }
        if (past)
        {
            break;
        }
        const uint32_t resume = GetEnd(m_mappings[i]);
        next = SsnBefore(resume, end) ? resume : end;
    }
    return Result::ADDED;
}

const MptcpMapping*
MptcpMappingTable::Find(uint32_t ssn) const
{
    if (m_mappings.empty())
    {
        return nullptr;
    }
    if (Holds(m_mappings.front(), ssn))
    {
        return &m_mappings.front();
    }
    if (Holds(m_mappings.back(), ssn))
    {
        return &m_mappings.back();
    }
    const std::size_t i = FirstEndingAfter(ssn);
    return i < m_mappings.size() && Holds(m_mappings[i], ssn) ? &m_mappings[i] : nullptr;
}

const MptcpMapping*
MptcpMappingTable::FindAfter(uint32_t ssn) const
{
    const std::size_t i = FirstEndingAfter(ssn);
    return i < m_mappings.size() ? &m_mappings[i] : nullptr;
}

void
MptcpMappingTable::ReleaseBefore(uint32_t ssn)
{
    if (m_hasReleased && !SsnBefore(m_released, ssn))
    {
        return;
    }
    m_released = ssn;
    m_hasReleased = true;
    while (!m_mappings.empty() && !SsnBefore(ssn, GetEnd(m_mappings.front())))
    {
        m_mappings.pop_front();
    }
}

bool
MptcpMappingTable::IsEmpty() const
{
    return m_mappings.empty();
}

std::size_t
MptcpMappingTable::GetSize() const
{
    return m_mappings.size();
}

void
MptcpMappingTable::Clear()
{
    m_mappings.clear();
    m_hasReleased = false;
}

std::size_t
MptcpMappingTable::FirstEndingAfter(uint32_t ssn) const
{
    const auto it = std::partition_point(
        m_mappings.begin(),
        m_mappings.end(),
        [ssn](const MptcpMapping& mapping) { return !SsnBefore(ssn, GetEnd(mapping)); });
    return static_cast<std::size_t>(it - m_mappings.begin());
}

std::ostream&
operator<<(std::ostream& os, const MptcpMappingTable& table)
{
    const char* separator = "";
    for (const MptcpMapping& mapping : table.m_mappings)
    {
        os << separator << "[" << mapping.ssn << "+" << mapping.length << "->" << mapping.dsn
           << "]";
        separator = " ";
    }
    return os;
}

} // namespace ns3
