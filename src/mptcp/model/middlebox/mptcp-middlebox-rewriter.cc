/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-rewriter.h"

#include "mptcp-middlebox-sack.h"

#include "ns3/boolean.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxRewriter);

TypeId
MptcpMiddleboxRewriter::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxRewriter")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxRewriter>()
            .AddAttribute("Offset",
                          "First octet of the first place, counted from 0 after the SYN.",
                          UintegerValue(0),
                          MakeUintegerAccessor(&MptcpMiddleboxRewriter::m_offset),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Period",
                          "Octets from one place to the next, larger than Remove.",
                          UintegerValue(1'000'000),
                          MakeUintegerAccessor(&MptcpMiddleboxRewriter::m_period),
                          MakeUintegerChecker<uint64_t>(1))
            .AddAttribute("Count",
                          "Number of places.",
                          UintegerValue(1),
                          MakeUintegerAccessor(&MptcpMiddleboxRewriter::m_count),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("Remove",
                          "Octets that are removed at each place.",
                          UintegerValue(1),
                          MakeUintegerAccessor(&MptcpMiddleboxRewriter::m_remove),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("Insert",
                          "Octets that take their place.",
                          StringValue(""),
                          MakeStringAccessor(&MptcpMiddleboxRewriter::m_insert),
                          MakeStringChecker())
            .AddAttribute("Invert",
                          "Invert the bits of the octets instead of removing them.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpMiddleboxRewriter::m_invert),
                          MakeBooleanChecker());
    return tid;
}

std::size_t
MptcpMiddleboxRewriter::GetNFlows() const
{
    return m_flows.GetSize();
}

void
MptcpMiddleboxRewriter::DoDispose()
{
    m_flows.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxRewriter::DoProcess(Direction direction, Segment& segment)
{
    const MptcpMiddleboxFlow key(direction, segment);
    Flow* flow = m_flows.See(key, direction, segment, GetTimeouts());
    if (segment.Has(Segment::SYN))
    {
        flow = flow ? flow : &m_flows.Add(key, direction, segment);
        Stream& stream = (*flow)[static_cast<std::size_t>(direction)];
        if (!stream.known || stream.isn != segment.seq)
        {
            stream = {true, segment.seq, 0, {}};
        }
    }
    if (!flow)
    {
        Emit(direction, segment);
        return;
    }
    Stream& own = (*flow)[static_cast<std::size_t>(direction)];
    const Stream& other = (*flow)[static_cast<std::size_t>(Opposite(direction))];
    if (other.known && segment.Has(Segment::ACK) && Acts(Opposite(direction)) && !KeepsLength())
    {
        segment.ack = MapBack(other, segment.ack, false);
        MapSackBlocks(segment, [this, &other](uint32_t& left, uint32_t& right) {
            left = MapBack(other, left, true);
            right = MapBack(other, right, false);
        });
    }
    if (!own.known || !Acts(direction))
    {
        Emit(direction, segment);
        return;
    }
    // Octet 0 follows the SYN. What lies before it (a probe of the SYN's number) is not touched.
    const uint32_t first = segment.seq + (segment.Has(Segment::SYN) ? 1 : 0);
    const auto distance =
        static_cast<int32_t>(first - (own.isn + 1) - static_cast<uint32_t>(own.highest));
    const int64_t begin = static_cast<int64_t>(own.highest) + distance;
    if (begin >= 0)
    {
        const uint64_t end = begin + segment.payload->GetSize();
        if (segment.Has(Segment::FIN))
        {
            own.fin = end;
        }
        own.highest = std::max(own.highest, end + (segment.Has(Segment::FIN) ? 1 : 0));
        Rewrite(own, begin, segment);
        if (!segment.Has(Segment::SYN))
        {
            segment.seq = own.isn + 1 + static_cast<uint32_t>(ToReceiver(own, begin));
        }
    }
    Emit(direction, segment);
}

uint32_t
MptcpMiddleboxRewriter::GetInserted() const
{
    return m_invert ? m_remove : m_insert.size();
}

bool
MptcpMiddleboxRewriter::KeepsLength() const
{
    return m_remove == GetInserted();
}

std::optional<uint64_t>
MptcpMiddleboxRewriter::GetPlace(const Stream& stream, uint32_t index) const
{
    const uint64_t place = m_offset + index * std::max<uint64_t>(m_period, m_remove + 1);
    if (index >= m_count || (stream.fin && place >= *stream.fin))
    {
        return {};
    }
    return place;
}

uint64_t
MptcpMiddleboxRewriter::ToReceiver(const Stream& stream, uint64_t position) const
{
    if (KeepsLength())
    {
        return position;
    }
    uint64_t shift = 0; // modulo 2^64
    for (uint32_t i = 0;; ++i)
    {
        const auto place = GetPlace(stream, i);
        if (!place || *place >= position)
        {
            return position + shift;
        }
        if (position < *place + m_remove)
        {
            // All of the new octets go with the segment that has the first old one.
            return *place + shift + GetInserted();
        }
        shift += GetInserted() - uint64_t{m_remove};
    }
}

uint64_t
MptcpMiddleboxRewriter::ToSender(const Stream& stream, uint64_t position, bool up) const
{
    uint64_t shift = 0; // modulo 2^64
    for (uint32_t i = 0;; ++i)
    {
        const auto place = GetPlace(stream, i);
        // Octets that are only removed are acknowledged together with the octet before them.
        if (!place || position < *place + shift ||
            (position == *place + shift && GetInserted() > 0))
        {
            return position - shift;
        }
        if (position < *place + shift + GetInserted())
        {
            return up ? *place + m_remove : *place;
        }
        shift += GetInserted() - uint64_t{m_remove};
    }
}

uint32_t
MptcpMiddleboxRewriter::MapBack(const Stream& stream, uint32_t number, bool up) const
{
    const uint64_t expected = ToReceiver(stream, stream.highest);
    const uint32_t relative = number - (stream.isn + 1);
    const auto distance = static_cast<int32_t>(relative - static_cast<uint32_t>(expected));
    const int64_t position = static_cast<int64_t>(expected) + distance;
    if (position < 0)
    {
        return number;
    }
    // Nobody acknowledges what was not sent yet: the old octets of a place may be half sent.
    const uint64_t mapped = std::min(ToSender(stream, position, up), stream.highest);
    return stream.isn + 1 + static_cast<uint32_t>(mapped);
}

void
MptcpMiddleboxRewriter::Rewrite(const Stream& stream, uint64_t begin, Segment& segment)
{
    const std::vector<uint8_t> old = segment.GetData();
    const uint64_t end = begin + old.size();
    std::vector<uint8_t> fresh;
    uint64_t done = begin;
    bool changed = false;
    const auto copy = [&](uint64_t to, uint8_t mask) {
        for (; done < to; ++done)
        {
            fresh.push_back(old[done - begin] ^ mask);
        }
    };
    for (uint32_t i = 0;; ++i)
    {
        const auto place = GetPlace(stream, i);
        if (!place || *place >= end)
        {
            break;
        }
        const uint64_t last = *place + m_remove;
        if (last < begin || (*place < begin && last == begin))
        {
            continue;
        }
        changed = true;
        const uint64_t from = std::max(*place, begin);
        const uint64_t to = std::min(last, end);
        copy(from, 0);
        if (m_invert)
        {
            copy(to, 0xff);
        }
        else if (KeepsLength())
        {
            fresh.insert(fresh.end(),
                         m_insert.begin() + static_cast<std::ptrdiff_t>(from - *place),
                         m_insert.begin() + static_cast<std::ptrdiff_t>(to - *place));
        }
        else if (*place >= begin)
        {
            fresh.insert(fresh.end(), m_insert.begin(), m_insert.end());
        }
        done = to;
    }
    if (changed)
    {
        CountAction();
        copy(end, 0);
        segment.SetData(fresh);
    }
}

} // namespace ns3
