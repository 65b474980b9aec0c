/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-function.h"

#include "ns3/abort.h"
#include "ns3/pointer.h"

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerCallback);
NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerFunction);

TypeId
MptcpPathManagerCallback::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathManagerCallback")
                            .SetParent<Object>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpPathManagerCallback>();
    return tid;
}

void
MptcpPathManagerCallback::Set(Function function)
{
    m_function = std::move(function);
}

const MptcpPathManagerCallback::Function&
MptcpPathManagerCallback::Get() const
{
    return m_function;
}

TypeId
MptcpPathManagerFunction::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpPathManagerFunction")
            .SetParent<MptcpPathManager>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpPathManagerFunction>()
            .AddAttribute("Function",
                          "The function that decides, a ns3::MptcpPathManagerCallback.",
                          PointerValue(),
                          MakePointerAccessor(&MptcpPathManagerFunction::m_callback),
                          MakePointerChecker<MptcpPathManagerCallback>());
    return tid;
}

MptcpPathActions
MptcpPathManagerFunction::Decide(const MptcpPathView& view, MptcpPathEvent event)
{
    NS_ABORT_MSG_UNLESS(m_callback && m_callback->Get(),
                        "ns3::MptcpPathManagerFunction::Function is not set");
    MptcpPathActions actions;
    m_callback->Get()(view, event, actions);
    return actions;
}

} // namespace ns3
