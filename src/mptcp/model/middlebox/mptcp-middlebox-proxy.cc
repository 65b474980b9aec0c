/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-proxy.h"

#include "ns3/mptcp-endian.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

namespace
{

constexpr uint8_t SACK = 5;                 ///< option kind (RFC 2018)
constexpr uint8_t TIMESTAMPS = 8;           ///< option kind (RFC 7323)
constexpr std::size_t TIMESTAMPS_SIZE = 10; ///< octets of the option

/** @param a sequence number @param b another @return a is before b */
bool
Before(uint32_t a, uint32_t b)
{
    return static_cast<int32_t>(a - b) < 0;
}

/** @param segment of a receiver @return its window, as segments behind the SYN tell it */
uint16_t
GetWindow(MptcpMiddleboxElement::Segment& segment)
{
    constexpr uint8_t windowScale = 3; // option kind (RFC 7323)
    constexpr uint8_t maxShift = 14;   // section 2.3
    const auto scale = segment.FindOption(windowScale);
    const bool scaled = segment.Has(MptcpMiddleboxElement::Segment::SYN) && scale.size() == 3;
    return scaled ? segment.window >> std::min(scale[2], maxShift) : segment.window;
}

} // namespace

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxProxy);

TypeId
MptcpMiddleboxProxy::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxProxy")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxProxy>()
            .AddAttribute("BufferSize",
                          "Octets that the proxy keeps of a stream; data above it gets no early "
                          "ACK.",
                          UintegerValue(262144),
                          MakeUintegerAccessor(&MptcpMiddleboxProxy::m_bufferSize),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("RetransmitTimeout",
                          "Wait for the receiver's acknowledgment before a copy is sent; doubles "
                          "with each further copy.",
                          TimeValue(MilliSeconds(500)),
                          MakeTimeAccessor(&MptcpMiddleboxProxy::m_timeout),
                          MakeTimeChecker(MicroSeconds(1)))
            .AddAttribute("MaxRetries",
                          "Transmissions of one copy before the sender gets a reset.",
                          UintegerValue(10),
                          MakeUintegerAccessor(&MptcpMiddleboxProxy::m_maxRetries),
                          MakeUintegerChecker<uint32_t>(0, 16));
    return tid;
}

MptcpMiddleboxProxy::MptcpMiddleboxProxy()
{
    // With a flow go the copies of what its receiver has never acknowledged.
    m_flows.SetFarewell([](const MptcpMiddleboxFlow&, Flow& flow) { Forget(flow); });
}

std::size_t
MptcpMiddleboxProxy::GetNFlows() const
{
    return m_flows.GetSize();
}

uint64_t
MptcpMiddleboxProxy::GetRetransmissions() const
{
    return m_retransmissions;
}

void
MptcpMiddleboxProxy::DoDispose()
{
    m_flows.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxProxy::Forget(Flow& flow)
{
    for (Stream& stream : flow)
    {
        stream.event.Cancel();
        stream = Stream();
    }
}

void
MptcpMiddleboxProxy::DoProcess(Direction direction, Segment& segment)
{
    const MptcpMiddleboxFlow flow(direction, segment);
    Flow* found = m_flows.See(flow, direction, segment, GetTimeouts());
    if (segment.Has(Segment::SYN) && !found)
    {
        found = &m_flows.Add(flow, direction, segment);
    }
    if (!found)
    {
        Emit(direction, segment);
        return;
    }
    if (segment.Has(Segment::RST) || (segment.Has(Segment::SYN) && !segment.Has(Segment::ACK)))
    {
        Forget(*found);
        Emit(direction, segment);
        return;
    }
    if (segment.Has(Segment::ACK))
    {
        OnAnswer({flow, Opposite(direction)}, segment);
    }
    Emit(direction, segment);
    if (segment.payload->GetSize() > 0 && !segment.Has(Segment::SYN) && Acts(direction))
    {
        OnData({flow, direction}, segment);
    }
}

void
MptcpMiddleboxProxy::OnAnswer(const Key& key, Segment& segment)
{
    Stream& stream = GetStream(key);
    const uint32_t ack = segment.ack;
    const uint32_t end = segment.seq + segment.GetSequenceSize();
    if (!stream.open)
    {
        stream.open = true;
        stream.next = ack;
        stream.acked = ack;
        stream.receiverSeq = end;
    }
    if (Before(stream.receiverSeq, end))
    {
        stream.receiverSeq = end;
    }
    const auto timestamps = segment.FindOption(TIMESTAMPS);
    if (timestamps.size() == TIMESTAMPS_SIZE)
    {
        stream.timestamp = LoadBig<uint32_t>(timestamps.data() + 2);
    }
    stream.window = GetWindow(segment);
    if (Before(stream.next, ack))
    {
        stream.next = ack;
    }
    else if (Before(ack, stream.next))
    {
        // What the proxy has acknowledged stays acknowledged, and its holes are the proxy's.
        RaiseAck(stream, segment);
    }
    if (!Before(stream.acked, ack))
    {
        return;
    }
    stream.acked = ack;
    stream.retries = 0;
    while (!stream.copies.empty())
    {
        const Segment& oldest = stream.copies.front();
        const uint32_t size = oldest.payload->GetSize();
        if (Before(ack, oldest.seq + size))
        {
            break;
        }
        stream.octets -= size;
        stream.copies.pop_front();
    }
    Arm(key);
}

void
MptcpMiddleboxProxy::RaiseAck(const Stream& stream, Segment& segment)
{
    segment.ack = stream.next;
    segment.RemoveOptions([](std::span<const uint8_t> option) { return option[0] == SACK; }, true);
}

void
MptcpMiddleboxProxy::OnData(const Key& key, Segment& segment)
{
    Stream& stream = GetStream(key);
    const uint32_t size = segment.payload->GetSize();
    if (!stream.open || segment.seq != stream.next || stream.octets + size > m_bufferSize)
    {
        return;
    }
    stream.next += size;
    stream.octets += size;
    stream.copies.push_back(segment);
    // The FIN is for the receiver to acknowledge, and for the sender to repeat.
    stream.copies.back().flags &= static_cast<uint8_t>(~Segment::FIN);
    if (stream.copies.size() == 1)
    {
        Arm(key);
    }
    Segment reply = Segment::MakeReply(segment);
    reply.seq = stream.receiverSeq;
    reply.ack = stream.next;
    reply.window = stream.window;
    const auto timestamps = segment.FindOption(TIMESTAMPS);
    if (timestamps.size() == TIMESTAMPS_SIZE)
    {
        std::vector<uint8_t> option(timestamps.begin(), timestamps.end());
        std::copy_n(timestamps.begin() + 2, 4, option.begin() + 6);
        StoreBig(option.data() + 2, stream.timestamp);
        reply.AppendOption(option);
    }
    CountAction();
    Emit(Opposite(key.second), reply);
}

MptcpMiddleboxProxy::Stream&
MptcpMiddleboxProxy::GetStream(const Key& key)
{
    return m_flows.Find(key.first)->at(static_cast<std::size_t>(key.second));
}

void
MptcpMiddleboxProxy::Arm(const Key& key)
{
    Stream& stream = GetStream(key);
    stream.event.Cancel();
    if (!stream.copies.empty())
    {
        const Time wait = m_timeout * (int64_t{1} << stream.retries);
        stream.event = Simulator::Schedule(wait, &MptcpMiddleboxProxy::Retransmit, this, key);
    }
}

void
MptcpMiddleboxProxy::Retransmit(const Key& key)
{
    Flow& flow = *m_flows.Find(key.first);
    Stream& stream = flow[static_cast<std::size_t>(key.second)];
    Segment copy = stream.copies.front();
    if (stream.retries == m_maxRetries)
    {
        Segment reset = Segment::MakeReply(copy);
        reset.seq = stream.receiverSeq;
        reset.ack = stream.next;
        reset.flags = Segment::RST | Segment::ACK;
        Forget(flow);
        Emit(Opposite(key.second), reset);
        return;
    }
    ++stream.retries;
    ++m_retransmissions;
    Arm(key);
    // A sender acknowledges all that it has by now in what it sends again. A receiver may drop the
    // data of a segment whose acknowledgment is old (RFC 5961, section 5.2), as stock TCP does.
    const Stream& reverse = flow[static_cast<std::size_t>(Opposite(key.second))];
    if (reverse.open && Before(copy.ack, reverse.next))
    {
        RaiseAck(reverse, copy);
    }
    Emit(key.second, copy);
}

} // namespace ns3
