/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-coalescer.h"

#include "ns3/boolean.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxCoalescer);

TypeId
MptcpMiddleboxCoalescer::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxCoalescer")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxCoalescer>()
            .AddAttribute("MaxSize",
                          "Most octets of data in a joined segment; mind the MTU of the link.",
                          UintegerValue(1400),
                          MakeUintegerAccessor(&MptcpMiddleboxCoalescer::m_maxSize),
                          MakeUintegerChecker<uint32_t>(1, 65000))
            .AddAttribute("Wait",
                          "How long a segment waits for the next one.",
                          TimeValue(MilliSeconds(2)),
                          MakeTimeAccessor(&MptcpMiddleboxCoalescer::m_wait),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("KeepLast",
                          "Keep the options of the last segment; false: of the first.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpMiddleboxCoalescer::m_keepLast),
                          MakeBooleanChecker());
    return tid;
}

std::size_t
MptcpMiddleboxCoalescer::GetNFlows() const
{
    return m_held.size();
}

void
MptcpMiddleboxCoalescer::DoDispose()
{
    for (auto& [key, held] : m_held)
    {
        held.event.Cancel();
    }
    m_held.clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxCoalescer::DoProcess(Direction direction, Segment& segment)
{
    const uint32_t size = segment.payload->GetSize();
    const bool plain = size > 0 && !segment.Has(Segment::SYN) && !segment.Has(Segment::RST);
    if (!Acts(direction))
    {
        Emit(direction, segment);
        return;
    }
    const Key key(MptcpMiddleboxFlow(direction, segment), direction);
    if (const auto found = m_held.find(key); found != m_held.end())
    {
        Segment& first = found->second.segment;
        const bool follows = plain && first.seq + first.payload->GetSize() == segment.seq &&
                             first.payload->GetSize() + size <= m_maxSize;
        if (follows)
        {
            CountAction();
            Segment joined = m_keepLast ? segment : first;
            joined.seq = first.seq;
            joined.ack = segment.ack;
            joined.window = segment.window;
            joined.flags = first.flags | segment.flags;
            joined.payload = first.payload;
            std::vector<uint8_t> data = first.GetData();
            const std::vector<uint8_t> more = segment.GetData();
            data.insert(data.end(), more.begin(), more.end());
            joined.SetData(data);
            first = joined;
        }
        else
        {
            Flush(key);
        }
        if (follows && segment.Has(Segment::FIN))
        {
            Flush(key);
        }
        if (follows)
        {
            return;
        }
    }
    if (!plain || size >= m_maxSize || segment.Has(Segment::FIN))
    {
        Emit(direction, segment);
        return;
    }
    m_held[key] = {segment,
                   Simulator::Schedule(m_wait, &MptcpMiddleboxCoalescer::Flush, this, key)};
}

void
MptcpMiddleboxCoalescer::Flush(const Key& key)
{
    const auto found = m_held.find(key);
    found->second.event.Cancel();
    const Segment segment = found->second.segment;
    m_held.erase(found);
    Emit(key.second, segment);
}

} // namespace ns3
