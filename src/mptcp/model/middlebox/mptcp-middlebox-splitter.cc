/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-splitter.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-option.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxSplitter);

TypeId
MptcpMiddleboxSplitter::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxSplitter")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxSplitter>()
            .AddAttribute("MaxSize",
                          "Most octets of data in a piece.",
                          UintegerValue(500),
                          MakeUintegerAccessor(&MptcpMiddleboxSplitter::m_maxSize),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("OptionsOnFirst",
                          "The first piece keeps the MPTCP options.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxSplitter::m_optionsFirst),
                          MakeBooleanChecker())
            .AddAttribute("OptionsOnMiddle",
                          "Pieces between the first and the last get the MPTCP options.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxSplitter::m_optionsMiddle),
                          MakeBooleanChecker())
            .AddAttribute("OptionsOnLast",
                          "The last piece gets the MPTCP options.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxSplitter::m_optionsLast),
                          MakeBooleanChecker());
    return tid;
}

void
MptcpMiddleboxSplitter::DoProcess(Direction direction, Segment& segment)
{
    const uint32_t size = segment.payload->GetSize();
    if (size <= m_maxSize || !Acts(direction) || segment.Has(Segment::SYN))
    {
        Emit(direction, segment);
        return;
    }
    CountAction();
    for (uint32_t at = 0; at < size; at += m_maxSize)
    {
        const uint32_t length = std::min(m_maxSize, size - at);
        const bool first = at == 0;
        const bool last = at + length == size;
        Segment piece = segment;
        piece.seq += at;
        piece.payload = segment.payload->CreateFragment(at, length);
        if (!last)
        {
            piece.flags &= static_cast<uint8_t>(~(Segment::FIN | Segment::PSH));
        }
        const bool keeps = first ? m_optionsFirst : last ? m_optionsLast : m_optionsMiddle;
        if (!keeps)
        {
            piece.RemoveOptions(
                [](std::span<const uint8_t> option) { return option[0] == MPTCP_OPTION_KIND; },
                false);
        }
        Emit(direction, piece);
    }
}

} // namespace ns3
