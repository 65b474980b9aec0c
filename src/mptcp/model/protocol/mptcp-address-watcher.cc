/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address-watcher.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpIpv4AddressWatcher);
NS_OBJECT_ENSURE_REGISTERED(MptcpIpv6AddressWatcher);

TypeId
MptcpIpv4AddressWatcher::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpIpv4AddressWatcher")
                            .SetParent<Ipv4RoutingProtocol>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpIpv4AddressWatcher>();
    return tid;
}

void
MptcpIpv4AddressWatcher::SetIpv4(Ptr<Ipv4> /* ipv4 */)
{
}

TypeId
MptcpIpv6AddressWatcher::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpIpv6AddressWatcher")
                            .SetParent<Ipv6RoutingProtocol>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpIpv6AddressWatcher>();
    return tid;
}

void
MptcpIpv6AddressWatcher::NotifyAddRoute(Ipv6Address /* dst */,
                                        Ipv6Prefix /* mask */,
                                        Ipv6Address /* nextHop */,
                                        uint32_t /* interface */,
                                        Ipv6Address /* prefixToUse */)
{
}

void
MptcpIpv6AddressWatcher::NotifyRemoveRoute(Ipv6Address /* dst */,
                                           Ipv6Prefix /* mask */,
                                           Ipv6Address /* nextHop */,
                                           uint32_t /* interface */,
                                           Ipv6Address /* prefixToUse */)
{
}

void
MptcpIpv6AddressWatcher::SetIpv6(Ptr<Ipv6> /* ipv6 */)
{
}

} // namespace ns3
