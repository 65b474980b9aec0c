/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-element.h"

#include "ns3/boolean.h"
#include "ns3/trace-source-accessor.h"

#include <algorithm>

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
            .AddAttribute("Timeout",
                          "A flow that is idle for this long is forgotten, e.g. loses the binding "
                          "of a NAT; 0: never. RFC 5382, REQ-5: not under 2 h 4 min.",
                          TimeValue(Minutes(124)),
                          MakeTimeAccessor(&MptcpMiddleboxElement::m_timeout),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("TransitoryTimeout",
                          "The same of a flow that was opened by one side only, or is closed: "
                          "after the FINs of both sides or a RST; 0: never. RFC 5382, REQ-5: not "
                          "under 4 min. If Timeout is less, that counts.",
                          TimeValue(Minutes(4)),
                          MakeTimeAccessor(&MptcpMiddleboxElement::m_transitoryTimeout),
                          MakeTimeChecker(Time(0)))
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

std::size_t
MptcpMiddleboxElement::GetNFlows() const
{
    return 0;
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

MptcpMiddleboxTimeouts
MptcpMiddleboxElement::GetTimeouts() const
{
    const bool both = m_timeout.IsStrictlyPositive() && m_transitoryTimeout.IsStrictlyPositive();
    return {m_timeout, both ? std::min(m_timeout, m_transitoryTimeout) : m_transitoryTimeout};
}

void
MptcpMiddleboxElement::CountAction()
{
    m_actions = m_actions + 1;
}

} // namespace ns3
