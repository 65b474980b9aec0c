/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-element.h"

#include "ns3/boolean.h"
#include "ns3/trace-source-accessor.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxElement);

TypeId
MptcpMiddleboxElement::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxElement")
            .SetParent<Object>()
            .SetGroupName("Mptcp")
            .AddAttribute("Forward",
                          "Change segments that enter by the first port (from the inside).",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxElement::m_forward),
                          MakeBooleanChecker())
            .AddAttribute("Backward",
                          "Change segments that enter by the second port (from the outside).",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpMiddleboxElement::m_backward),
                          MakeBooleanChecker())
            .AddTraceSource("Actions",
                            "How often the element has done what it is for.",
                            MakeTraceSourceAccessor(&MptcpMiddleboxElement::m_actions),
                            "ns3::TracedValueCallback::Uint64");
    return tid;
}

void
MptcpMiddleboxElement::SetOutput(const Output& output)
{
    m_output = output;
}

void
MptcpMiddleboxElement::Process(Direction direction, const Segment& segment)
{
    Segment copy = segment;
    DoProcess(direction, copy);
}

uint64_t
MptcpMiddleboxElement::GetActions() const
{
    return m_actions;
}

int64_t
MptcpMiddleboxElement::AssignStreams(int64_t /* stream */)
{
    return 0;
}

void
MptcpMiddleboxElement::DoDispose()
{
    m_output = Output();
    Object::DoDispose();
}

bool
MptcpMiddleboxElement::Acts(Direction direction) const
{
    return direction == Direction::FORWARD ? m_forward : m_backward;
}

void
MptcpMiddleboxElement::Emit(Direction direction, const Segment& segment)
{
    if (!m_output.IsNull())
    {
        m_output(direction, segment);
    }
}

void
MptcpMiddleboxElement::CountAction()
{
    m_actions = m_actions + 1;
}

} // namespace ns3
