/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-isn-randomizer.h"

#include "mptcp-middlebox-sack.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxIsnRandomizer);

TypeId
MptcpMiddleboxIsnRandomizer::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpMiddleboxIsnRandomizer")
                            .SetParent<MptcpMiddleboxElement>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpMiddleboxIsnRandomizer>();
    return tid;
}

MptcpMiddleboxIsnRandomizer::MptcpMiddleboxIsnRandomizer()
    : m_random(CreateObject<UniformRandomVariable>())
{
}

int64_t
MptcpMiddleboxIsnRandomizer::AssignStreams(int64_t stream)
{
    m_random->SetStream(stream);
    return 1;
}

std::size_t
MptcpMiddleboxIsnRandomizer::GetNFlows() const
{
    return m_flows.GetSize();
}

void
MptcpMiddleboxIsnRandomizer::DoDispose()
{
    m_flows.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxIsnRandomizer::DoProcess(Direction direction, Segment& segment)
{
    const MptcpMiddleboxFlow key(direction, segment);
    Flow* flow = m_flows.See(key, direction, segment, GetTimeouts());
    const bool opens = segment.Has(Segment::SYN);
    if (opens && !flow)
    {
        flow = &m_flows.Add(key, direction, segment);
    }
    if (!flow)
    {
        Emit(direction, segment);
        return;
    }
    Offset& own = flow->offsets[static_cast<std::size_t>(direction)];
    // A SYN that is sent again keeps its number.
    if (opens && Acts(direction) && (own.offset == 0 || own.isn != segment.seq))
    {
        own = {segment.seq, m_random->GetInteger(1, UINT32_MAX - 1)};
    }
    const uint32_t offset = own.offset;
    const uint32_t other = flow->offsets[static_cast<std::size_t>(Opposite(direction))].offset;
    segment.seq += offset;
    if (segment.Has(Segment::ACK))
    {
        segment.ack -= other;
        MapSackBlocks(segment, [other](uint32_t& left, uint32_t& right) {
            left -= other;
            right -= other;
        });
    }
    if (offset != 0)
    {
        CountAction();
    }
    Emit(direction, segment);
}

} // namespace ns3
