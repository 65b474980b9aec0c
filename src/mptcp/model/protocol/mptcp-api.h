/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_API_H
#define MPTCP_API_H

#include "ns3/address.h"
#include "ns3/mptcp-address-set.h"
#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ns3
{

/**
 * Socket options of RFC 6897, section 5.3.1, and those of existing sockets that the simulator's
 * sockets lack. See MptcpSocketBase::SetSocketOption for the type of each value.
 */
enum class MptcpSocketOption : uint8_t
{
    MULTIPATH_ENABLE,   ///< TCP_MULTIPATH_ENABLE: bool
    MULTIPATH_ADD,      ///< TCP_MULTIPATH_ADD: addresses, set only
    MULTIPATH_REMOVE,   ///< TCP_MULTIPATH_REMOVE: addresses, set only
    MULTIPATH_SUBFLOWS, ///< TCP_MULTIPATH_SUBFLOWS: pairs of addresses, get only
    MULTIPATH_CONNID,   ///< TCP_MULTIPATH_CONNID: number, get only
    NODELAY,            ///< TCP_NODELAY: bool
    SNDBUF,             ///< SO_SNDBUF: number of octets
    RCVBUF,             ///< SO_RCVBUF: number of octets
};

/** Addresses and ports of one subflow, as InetSocketAddress or Inet6SocketAddress. */
struct MptcpAddressPair
{
    Address local;  ///< this end
    Address remote; ///< the peer

    /** @return equal */
    bool operator==(const MptcpAddressPair&) const = default;
};

/** Value of an MptcpSocketOption. */
using MptcpOptionValue = std::
    variant<std::monostate, bool, uint64_t, std::vector<Address>, std::vector<MptcpAddressPair>>;

/** What the application has asked of one connection; a listener's go to those it accepts. */
struct MptcpApiSettings
{
    std::optional<bool> enable;      ///< TCP_MULTIPATH_ENABLE, if it was set
    bool aware{false};               ///< the application made a multipath-aware call
    bool boundAddress{false};        ///< it bound a specific address
    bool boundDevice{false};         ///< it bound a device
    MptcpAddressSet locals;          ///< local addresses allowed
    std::optional<Time> linger;      ///< SO_LINGER: longest life after Close
    std::optional<bool> fateSharing; ///< instead of the stack's policy
};

/**
 * Set an option of any socket, as setsockopt does.
 *
 * @param socket a socket
 * @param option option
 * @param value value of the option's type
 * @return ERROR_NOTERROR, the error of MptcpSocketBase::SetSocketOption, or ERROR_OPNOTSUPP
 * (ENOPROTOOPT) for a socket without MPTCP
 */
Socket::SocketErrno MptcpSetSocketOption(Ptr<Socket> socket,
                                         MptcpSocketOption option,
                                         const MptcpOptionValue& value);
/**
 * Get an option of any socket, as getsockopt does.
 *
 * @param socket a socket
 * @param option option
 * @param value where the value goes
 * @return as MptcpSetSocketOption
 */
Socket::SocketErrno MptcpGetSocketOption(Ptr<Socket> socket,
                                         MptcpSocketOption option,
                                         MptcpOptionValue& value);

} // namespace ns3

#endif /* MPTCP_API_H */
