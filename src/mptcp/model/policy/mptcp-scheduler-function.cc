/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-function.h"

#include "ns3/abort.h"
#include "ns3/pointer.h"

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerCallback);
NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerFunction);

TypeId
MptcpSchedulerCallback::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSchedulerCallback")
                            .SetParent<Object>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSchedulerCallback>();
    return tid;
}

void
MptcpSchedulerCallback::Set(Function function)
{
    m_function = std::move(function);
}

const MptcpSchedulerCallback::Function&
MptcpSchedulerCallback::Get() const
{
    return m_function;
}

TypeId
MptcpSchedulerFunction::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerFunction")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerFunction>()
            .AddAttribute("Function",
                          "The function that decides, a ns3::MptcpSchedulerCallback.",
                          PointerValue(),
                          MakePointerAccessor(&MptcpSchedulerFunction::m_callback),
                          MakePointerChecker<MptcpSchedulerCallback>());
    return tid;
}

MptcpSchedulerDecision
MptcpSchedulerFunction::Select(const MptcpConnectionView& view, bool reinject)
{
    NS_ABORT_MSG_UNLESS(m_callback && m_callback->Get(),
                        "ns3::MptcpSchedulerFunction::Function is not set");
    MptcpSchedulerDecision decision;
    m_callback->Get()(view, reinject, decision);
    return decision;
}

MptcpSubflowMask
MptcpSchedulerFunction::GetCandidates(const MptcpConnectionView& view, bool reinject)
{
    return GetEligible(view, reinject);
}

} // namespace ns3
