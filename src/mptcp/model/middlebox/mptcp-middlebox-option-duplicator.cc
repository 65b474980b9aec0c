/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-option-duplicator.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-option.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxOptionDuplicator);

TypeId
MptcpMiddleboxOptionDuplicator::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxOptionDuplicator")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxOptionDuplicator>()
            .AddAttribute("Within",
                          "Repeat an option in its own segment.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionDuplicator::m_within),
                          MakeBooleanChecker())
            .AddAttribute("Next",
                          "Repeat an option on later segments of its flow that have none.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpMiddleboxOptionDuplicator::m_next),
                          MakeBooleanChecker());
    return tid;
}

std::size_t
MptcpMiddleboxOptionDuplicator::GetNFlows() const
{
    return m_last.GetSize();
}

void
MptcpMiddleboxOptionDuplicator::DoDispose()
{
    m_last.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxOptionDuplicator::DoProcess(Direction direction, Segment& segment)
{
    if (Acts(direction))
    {
        std::vector<uint8_t>& last =
            m_last.SeeOrAdd(MptcpMiddleboxFlow(direction, segment),
                            direction,
                            segment,
                            GetTimeouts())[static_cast<std::size_t>(direction)];
        const auto found = segment.FindOption(MPTCP_OPTION_KIND);
        if (!found.empty())
        {
            last.assign(found.begin(), found.end());
            if (m_within && segment.AppendOption(last))
            {
                CountAction();
            }
        }
        else if (m_next && !last.empty() && !segment.Has(Segment::SYN) &&
                 segment.AppendOption(last))
        {
            CountAction();
        }
    }
    Emit(direction, segment);
}

} // namespace ns3
