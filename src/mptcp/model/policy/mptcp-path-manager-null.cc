/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-null.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerNull);

TypeId
MptcpPathManagerNull::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathManagerNull")
                            .SetParent<MptcpPathManager>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpPathManagerNull>();
    return tid;
}

MptcpPathActions
MptcpPathManagerNull::Decide(const MptcpPathView& /* view */, MptcpPathEvent /* event */)
{
    return {};
}

} // namespace ns3
