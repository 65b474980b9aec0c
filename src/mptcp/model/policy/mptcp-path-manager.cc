/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManager);

TypeId
MptcpPathManager::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathManager").SetParent<Object>().SetGroupName("Mptcp");
    return tid;
}

} // namespace ns3
