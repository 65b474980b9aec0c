/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ADDRESS_WATCHER_H
#define MPTCP_ADDRESS_WATCHER_H

#include "ns3/callback.h"
#include "ns3/ipv4-routing-protocol.h"
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
 */
class MptcpIpv4AddressWatcher : public Ipv4RoutingProtocol
{
  public:
    using Input = MptcpRouteInput<decltype(&Ipv4RoutingProtocol::RouteInput)>; ///< see there

    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param listener called after each change */
    void SetListener(Callback<void> listener);

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet> p,
                               const Ipv4Header& header,
                               Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override;
    bool RouteInput(Ptr<const Packet> p,
                    const Ipv4Header& header,
                    Ptr<const NetDevice> idev,
                    Input::Unicast ucb,
                    Input::Multicast mcb,
                    Input::Local lcb,
                    Input::Error ecb) override;
    void NotifyInterfaceUp(uint32_t interface) override;
    void NotifyInterfaceDown(uint32_t interface) override;
    void NotifyAddAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
    void NotifyRemoveAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
    void SetIpv4(Ptr<Ipv4> ipv4) override;
    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream,
                           Time::Unit unit = Time::S) const override;

  protected:
    void DoDispose() override;

  private:
    Callback<void> m_listener; ///< who wants to know
};

/**
 * @ingroup mptcp
 *
 * The same for IPv6.
 */
class MptcpIpv6AddressWatcher : public Ipv6RoutingProtocol
{
  public:
    using Input = MptcpRouteInput<decltype(&Ipv6RoutingProtocol::RouteInput)>; ///< see there

    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param listener called after each change */
    void SetListener(Callback<void> listener);

    Ptr<Ipv6Route> RouteOutput(Ptr<Packet> p,
                               const Ipv6Header& header,
                               Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override;
    bool RouteInput(Ptr<const Packet> p,
                    const Ipv6Header& header,
                    Ptr<const NetDevice> idev,
                    Input::Unicast ucb,
                    Input::Multicast mcb,
                    Input::Local lcb,
                    Input::Error ecb) override;
    void NotifyInterfaceUp(uint32_t interface) override;
    void NotifyInterfaceDown(uint32_t interface) override;
    void NotifyAddAddress(uint32_t interface, Ipv6InterfaceAddress address) override;
    void NotifyRemoveAddress(uint32_t interface, Ipv6InterfaceAddress address) override;
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
    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream,
                           Time::Unit unit = Time::S) const override;

  protected:
    void DoDispose() override;

  private:
    Callback<void> m_listener; ///< who wants to know
};

} // namespace ns3

#endif /* MPTCP_ADDRESS_WATCHER_H */
