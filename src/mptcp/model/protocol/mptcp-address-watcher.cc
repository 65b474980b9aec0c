/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address-watcher.h"

#include "ns3/ipv4-route.h"
#include "ns3/ipv6-route.h"

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
MptcpIpv4AddressWatcher::SetListener(Callback<void> listener)
{
    m_listener = listener;
}

void
MptcpIpv4AddressWatcher::DoDispose()
{
    m_listener = Callback<void>();
    Ipv4RoutingProtocol::DoDispose();
}

Ptr<Ipv4Route>
MptcpIpv4AddressWatcher::RouteOutput(Ptr<Packet> /* p */,
                                     const Ipv4Header& /* header */,
                                     Ptr<NetDevice> /* oif */,
                                     Socket::SocketErrno& sockerr)
{
    sockerr = Socket::ERROR_NOROUTETOHOST;
    return nullptr;
}

bool
MptcpIpv4AddressWatcher::RouteInput(Ptr<const Packet> /* p */,
                                    const Ipv4Header& /* header */,
                                    Ptr<const NetDevice> /* idev */,
                                    Input::Unicast /* ucb */,
                                    Input::Multicast /* mcb */,
                                    Input::Local /* lcb */,
                                    Input::Error /* ecb */)
{
    return false;
}

void
MptcpIpv4AddressWatcher::NotifyInterfaceUp(uint32_t /* interface */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv4AddressWatcher::NotifyInterfaceDown(uint32_t /* interface */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv4AddressWatcher::NotifyAddAddress(uint32_t /* interface */,
                                          Ipv4InterfaceAddress /* address */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv4AddressWatcher::NotifyRemoveAddress(uint32_t /* interface */,
                                             Ipv4InterfaceAddress /* address */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv4AddressWatcher::SetIpv4(Ptr<Ipv4> /* ipv4 */)
{
}

void
MptcpIpv4AddressWatcher::PrintRoutingTable(Ptr<OutputStreamWrapper> /* stream */,
                                           Time::Unit /* unit */) const
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
MptcpIpv6AddressWatcher::SetListener(Callback<void> listener)
{
    m_listener = listener;
}

void
MptcpIpv6AddressWatcher::DoDispose()
{
    m_listener = Callback<void>();
    Ipv6RoutingProtocol::DoDispose();
}

Ptr<Ipv6Route>
MptcpIpv6AddressWatcher::RouteOutput(Ptr<Packet> /* p */,
                                     const Ipv6Header& /* header */,
                                     Ptr<NetDevice> /* oif */,
                                     Socket::SocketErrno& sockerr)
{
    sockerr = Socket::ERROR_NOROUTETOHOST;
    return nullptr;
}

bool
MptcpIpv6AddressWatcher::RouteInput(Ptr<const Packet> /* p */,
                                    const Ipv6Header& /* header */,
                                    Ptr<const NetDevice> /* idev */,
                                    Input::Unicast /* ucb */,
                                    Input::Multicast /* mcb */,
                                    Input::Local /* lcb */,
                                    Input::Error /* ecb */)
{
    return false;
}

void
MptcpIpv6AddressWatcher::NotifyInterfaceUp(uint32_t /* interface */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv6AddressWatcher::NotifyInterfaceDown(uint32_t /* interface */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv6AddressWatcher::NotifyAddAddress(uint32_t /* interface */,
                                          Ipv6InterfaceAddress /* address */)
{
    m_listener.IsNull() ? void() : m_listener();
}

void
MptcpIpv6AddressWatcher::NotifyRemoveAddress(uint32_t /* interface */,
                                             Ipv6InterfaceAddress /* address */)
{
    m_listener.IsNull() ? void() : m_listener();
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

void
MptcpIpv6AddressWatcher::PrintRoutingTable(Ptr<OutputStreamWrapper> /* stream */,
                                           Time::Unit /* unit */) const
{
}

} // namespace ns3
