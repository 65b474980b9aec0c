/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ADDRESS_WATCHER_H
#define MPTCP_ADDRESS_WATCHER_H

#include "ns3/callback.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"

#include <cstdint>

namespace ns3
{

/**
 * Parameter types of RouteInput: callbacks by value up to ns-3.37, by reference later.
 *
 * @tparam F type of a pointer to RouteInput
 */
template <typename F>
struct MptcpRouteInput;

/** The one form. */
template <typename C,
          typename P,
          typename H,
          typename D,
          typename U,
          typename M,
          typename L,
          typename E>
struct MptcpRouteInput<bool (C::*)(P, H, D, U, M, L, E)>
{
    using Unicast = U;   ///< type of the unicast forwarding callback
    using Multicast = M; ///< type of the multicast forwarding callback
    using Local = L;     ///< type of the local delivery callback
    using Error = E;     ///< type of the error callback
};

/**
 * @ingroup mptcp
 *
 * Tells when interfaces go up and down and addresses come and go.
 *
 * ns-3 has no trace for it, but tells every routing protocol. This one takes the last place in the
 * node's list routing; it routes nothing, so that no packet notices it.
 *
 * @tparam Protocol Ipv4RoutingProtocol or Ipv6RoutingProtocol
 * @tparam Route its routes
 * @tparam Header header of its packets
 * @tparam InterfaceAddress addresses of its interfaces
 */
template <typename Protocol, typename Route, typename Header, typename InterfaceAddress>
class MptcpAddressWatcher : public Protocol
{
  public:
    using Input = MptcpRouteInput<decltype(&Protocol::RouteInput)>; ///< see there

    /** @param listener called after each change */
    void SetListener(Callback<void> listener)
    {
        m_listener = listener;
    }

    Ptr<Route> RouteOutput(Ptr<Packet> /* p */,
                           const Header& /* header */,
                           Ptr<NetDevice> /* oif */,
                           Socket::SocketErrno& sockerr) override
    {
        sockerr = Socket::ERROR_NOROUTETOHOST;
        return nullptr;
    }

    bool RouteInput(Ptr<const Packet> /* p */,
                    const Header& /* header */,
                    Ptr<const NetDevice> /* idev */,
                    typename Input::Unicast /* ucb */,
                    typename Input::Multicast /* mcb */,
                    typename Input::Local /* lcb */,
                    typename Input::Error /* ecb */) override
    {
        return false;
    }

    void NotifyInterfaceUp(uint32_t /* interface */) override
    {
        Tell();
    }

    void NotifyInterfaceDown(uint32_t /* interface */) override
    {
        Tell();
    }

    void NotifyAddAddress(uint32_t /* interface */, InterfaceAddress /* address */) override
    {
        Tell();
    }

    void NotifyRemoveAddress(uint32_t /* interface */, InterfaceAddress /* address */) override
    {
        Tell();
    }

    void PrintRoutingTable(Ptr<OutputStreamWrapper> /* stream */,
                           Time::Unit /* unit */ = Time::S) const override
    {
    }

  protected:
    void DoDispose() override
    {
        m_listener = Callback<void>();
        Protocol::DoDispose();
    }

  private:
    /** Tell the listener, if there is one. */
    void Tell()
    {
        m_listener.IsNull() ? void() : m_listener();
    }

    Callback<void> m_listener; ///< who wants to know
};

/**
 * @ingroup mptcp
 *
 * The watcher of IPv4.
 */
class MptcpIpv4AddressWatcher
    : public MptcpAddressWatcher<Ipv4RoutingProtocol, Ipv4Route, Ipv4Header, Ipv4InterfaceAddress>
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    void SetIpv4(Ptr<Ipv4> ipv4) override;
};

/**
 * @ingroup mptcp
 *
 * The watcher of IPv6.
 */
class MptcpIpv6AddressWatcher
    : public MptcpAddressWatcher<Ipv6RoutingProtocol, Ipv6Route, Ipv6Header, Ipv6InterfaceAddress>
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    void NotifyAddRoute(Ipv6Address dst,
                        Ipv6Prefix mask,
                        Ipv6Address nextHop,
                        uint32_t interface,
                        Ipv6Address prefixToUse = Ipv6Address::GetZero()) override;
    void NotifyRemoveRoute(Ipv6Address dst,
                           Ipv6Prefix mask,
                           Ipv6Address nextHop,
                           uint32_t interface,
                           Ipv6Address prefixToUse = Ipv6Address::GetZero()) override;
    void SetIpv6(Ptr<Ipv6> ipv6) override;
};

} // namespace ns3

#endif /* MPTCP_ADDRESS_WATCHER_H */
