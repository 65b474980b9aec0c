/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-shuffler.h"

#include "ns3/double.h"
#include "ns3/simulator.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxShuffler);

TypeId
MptcpMiddleboxShuffler::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpMiddleboxShuffler")
                            .SetParent<MptcpMiddleboxElement>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpMiddleboxShuffler>()
                            .AddAttribute("Reorder",
                                          "Probability that a segment is delayed.",
                                          DoubleValue(0),
                                          MakeDoubleAccessor(&MptcpMiddleboxShuffler::m_reorder),
                                          MakeDoubleChecker<double>(0, 1))
                            .AddAttribute("Duplicate",
                                          "Probability that a segment is sent twice.",
                                          DoubleValue(0),
                                          MakeDoubleAccessor(&MptcpMiddleboxShuffler::m_duplicate),
                                          MakeDoubleChecker<double>(0, 1))
                            .AddAttribute("Delay",
                                          "Longest delay; each is uniform from 0 to this.",
                                          TimeValue(MilliSeconds(10)),
                                          MakeTimeAccessor(&MptcpMiddleboxShuffler::m_delay),
                                          MakeTimeChecker(Time(0)));
    return tid;
}

MptcpMiddleboxShuffler::MptcpMiddleboxShuffler()
    : m_random(CreateObject<UniformRandomVariable>())
{
}

int64_t
MptcpMiddleboxShuffler::AssignStreams(int64_t stream)
{
    m_random->SetStream(stream);
    return 1;
}

void
MptcpMiddleboxShuffler::DoProcess(Direction direction, Segment& segment)
{
    if (!Acts(direction))
    {
        Emit(direction, segment);
        return;
    }
    const bool twice = m_random->GetValue() < m_duplicate;
    const bool late = m_random->GetValue() < m_reorder;
    if (twice || late)
    {
        CountAction();
    }
    if (twice || !late)
    {
        Emit(direction, segment);
    }
    if (late)
    {
        const Time delay = Seconds(m_delay.GetSeconds() * m_random->GetValue());
        // The element is kept alive by the event: a simulation may end before the segment leaves.
        Simulator::Schedule(delay, [self = Ptr<MptcpMiddleboxShuffler>(this), direction, segment] {
            self->Emit(direction, segment);
        });
    }
    else if (twice)
    {
        Emit(direction, segment);
    }
}

} // namespace ns3
