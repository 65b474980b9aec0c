/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-option-filter.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-option.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxOptionFilter);

TypeId
MptcpMiddleboxOptionFilter::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxOptionFilter")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxOptionFilter>()
            .AddAttribute("Syn",
                          "Look at segments with SYN and without ACK.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_syn),
                          MakeBooleanChecker())
            .AddAttribute("SynAck",
                          "Look at segments with SYN and ACK.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_synAck),
                          MakeBooleanChecker())
            .AddAttribute("ThirdAck",
                          "Look at ACKs without data of the initiator before any data.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_thirdAck),
                          MakeBooleanChecker())
            .AddAttribute("Others",
                          "Look at all other segments.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_others),
                          MakeBooleanChecker())
            .AddAttribute("Drop",
                          "Drop the segment instead of stripping its options.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_drop),
                          MakeBooleanChecker())
            .AddAttribute("Pad",
                          "Overwrite the options with NOP; false: take them out.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionFilter::m_pad),
                          MakeBooleanChecker())
            .AddAttribute("Kind",
                          "Kind of the options.",
                          UintegerValue(MPTCP_OPTION_KIND),
                          MakeUintegerAccessor(&MptcpMiddleboxOptionFilter::m_kind),
                          MakeUintegerChecker<uint8_t>(2))
            .AddAttribute("Subtypes",
                          "Of options of kind 30, a mask of the subtypes: bit 2 is DSS.",
                          UintegerValue(0xffff),
                          MakeUintegerAccessor(&MptcpMiddleboxOptionFilter::m_subtypes),
                          MakeUintegerChecker<uint16_t>())
            .AddAttribute("After",
                          "Of the segments with such options, this many of a flow and direction "
                          "pass first.",
                          UintegerValue(0),
                          MakeUintegerAccessor(&MptcpMiddleboxOptionFilter::m_after),
                          MakeUintegerChecker<uint32_t>());
    return tid;
}

std::size_t
MptcpMiddleboxOptionFilter::GetNFlows() const
{
    return m_flows.GetSize();
}

void
MptcpMiddleboxOptionFilter::DoDispose()
{
    m_flows.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxOptionFilter::DoProcess(Direction direction, Segment& segment)
{
    Flow& flow =
        m_flows.SeeOrAdd(MptcpMiddleboxFlow(direction, segment), direction, segment, GetTimeouts());
    if (!Chooses(flow, direction, segment) || !Acts(direction))
    {
        Emit(direction, segment);
        return;
    }
    Segment stripped = segment;
    const auto unwanted = [this](std::span<const uint8_t> option) { return IsUnwanted(option); };
    if (stripped.RemoveOptions(unwanted, m_pad) == 0 ||
        flow.passed[static_cast<std::size_t>(direction)]++ < m_after)
    {
        Emit(direction, segment);
        return;
    }
    CountAction();
    if (!m_drop)
    {
        Emit(direction, stripped);
    }
}

bool
MptcpMiddleboxOptionFilter::Chooses(Flow& flow, Direction direction, const Segment& segment) const
{
    if (segment.Has(Segment::SYN | Segment::ACK))
    {
        return m_synAck;
    }
    if (segment.Has(Segment::SYN))
    {
        if (flow.data)
        {
            // The ports are used again.
            flow = Flow();
        }
        flow.initiator = direction;
        return m_syn;
    }
    const bool control = segment.GetSequenceSize() == 0 && !segment.Has(Segment::RST);
    if (control && !flow.data && direction == flow.initiator)
    {
        return m_thirdAck;
    }
    flow.data = flow.data || !control;
    return m_others;
}

bool
MptcpMiddleboxOptionFilter::IsUnwanted(std::span<const uint8_t> option) const
{
    if (option[0] != m_kind)
    {
        return false;
    }
    return m_kind != MPTCP_OPTION_KIND || option.size() < 3 || (m_subtypes >> (option[2] >> 4) & 1);
}

} // namespace ns3
