/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ADDRESS_H
#define MPTCP_ADDRESS_H

#include "ns3/address.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"

#include <cstdint>

namespace ns3
{

/**
 * @param name InetSocketAddress or Inet6SocketAddress, or invalid: a socket without a name
 * @return its Ipv4Address or Ipv6Address; of an IPv4-mapped address (RFC 4291, section 2.5.5.2) the
 * Ipv4Address, which is what goes over the wire
 */
inline Address
MptcpGetHost(const Address& name)
{
    if (name.IsInvalid())
    {
        return Address();
    }
    if (InetSocketAddress::IsMatchingType(name))
    {
        return InetSocketAddress::ConvertFrom(name).GetIpv4();
    }
    const Ipv6Address ipv6 = Inet6SocketAddress::ConvertFrom(name).GetIpv6();
    return ipv6.IsIpv4MappedAddress() ? Address(ipv6.GetIpv4MappedAddress()) : Address(ipv6);
}

/** @param host Ipv4Address or Ipv6Address @return it is the wildcard address of its family */
inline bool
MptcpIsAny(const Address& host)
{
    return host == Address(Ipv4Address::GetAny()) || host == Address(Ipv6Address::GetAny());
}

/**
 * @param name InetSocketAddress or Inet6SocketAddress, or invalid: a socket without a name
 * @return its port
 */
inline uint16_t
MptcpGetPort(const Address& name)
{
    if (name.IsInvalid())
    {
        return 0;
    }
    return InetSocketAddress::IsMatchingType(name)
               ? InetSocketAddress::ConvertFrom(name).GetPort()
               : Inet6SocketAddress::ConvertFrom(name).GetPort();
}

/**
 * @param host Ipv4Address or Ipv6Address
 * @param port port
 * @return InetSocketAddress or Inet6SocketAddress
 */
inline Address
MptcpMakeName(const Address& host, uint16_t port)
{
    if (Ipv4Address::IsMatchingType(host))
    {
        return InetSocketAddress(Ipv4Address::ConvertFrom(host), port);
    }
    return Inet6SocketAddress(Ipv6Address::ConvertFrom(host), port);
}

} // namespace ns3

#endif /* MPTCP_ADDRESS_H */
