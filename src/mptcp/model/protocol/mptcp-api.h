/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_API_H
#define MPTCP_API_H

#include "ns3/address.h"
#include "ns3/callback.h"
#include "ns3/data-rate.h"
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
    KEEPALIVE,          ///< SO_KEEPALIVE: bool
    KEEPIDLE,           ///< TCP_KEEPIDLE: number of seconds
    KEEPINTVL,          ///< TCP_KEEPINTVL: number of seconds
    KEEPCNT,            ///< TCP_KEEPCNT: number
};

/** SO_KEEPALIVE and what belongs to it (RFC 9293, section 3.8.4), with the defaults of Linux. */
struct MptcpKeepalive
{
    bool on{false};             ///< SO_KEEPALIVE
    Time idle{Seconds(7200)};   ///< TCP_KEEPIDLE: silence of a subflow before the first probe
    Time interval{Seconds(75)}; ///< TCP_KEEPINTVL: from probe to probe
    uint32_t count{9};          ///< TCP_KEEPCNT: probes without an answer before the reset
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

/** What the application wants of its connection above all (RFC 6897, appendix A.2 and REQ8). */
enum class MptcpPerformance : uint8_t
{
    BULK,        ///< throughput: all paths at once (ns3::MptcpSchedulerMinRtt)
    LOW_LATENCY, ///< latency: the fastest path only, others on standby, no Nagle delay
    RELIABILITY, ///< every octet on all paths that have room for it
};

/** When subflows besides the initial one are opened, and addresses announced (REQ10). */
enum class MptcpSubflowStart : uint8_t
{
    AT_ONCE,        ///< as soon as the protocol allows; a hint of a small connection delays it
    AFTER_OCTETS,   ///< when so many octets have been acknowledged or received
    WHEN_SATURATED, ///< when more waits to be sent than the congestion windows take
    NEVER,          ///< only on request of the application
};

/** What the application expects of the connection (REQ9); zero is unknown. */
struct MptcpTrafficHint
{
    uint64_t octets{0}; ///< to be sent and received
    Time duration;      ///< of the connection
    DataRate rate{0};   ///< at which the application provides data

    /** @return octets expected, of the rate and duration if they are not given; 0: unknown */
    uint64_t GetOctets() const
    {
        return octets > 0 ? octets
                          : static_cast<uint64_t>(rate.GetBitRate() / 8.0 * duration.GetSeconds());
    }
};

/** What happened to a subflow (REQ14). */
enum class MptcpSubflowEvent : uint8_t
{
    CREATED,     ///< its handshake begins
    ESTABLISHED, ///< it may carry data
    CLOSED,      ///< it has ended or failed
    STALE,       ///< no sign of life for several timeouts
    RECOVERED,   ///< alive again
    PRIORITY,    ///< became a backup, or none
};

class MptcpSubflow;

/** Told of a subflow: the connection, what happened, the subflow. */
using MptcpSubflowCallback = Callback<void, Ptr<Socket>, MptcpSubflowEvent, Ptr<MptcpSubflow>>;

/** What the application has asked of one connection; a listener's go to those it accepts. */
struct MptcpApiSettings
{
    std::optional<bool> enable;       ///< TCP_MULTIPATH_ENABLE, if it was set
    bool aware{false};                ///< the application made a multipath-aware call
    bool boundAddress{false};         ///< it bound a specific address
    bool boundDevice{false};          ///< it bound a device
    MptcpAddressSet locals;           ///< local addresses allowed
    std::optional<Time> linger;       ///< SO_LINGER: longest life after Close
    std::optional<bool> fateSharing;  ///< instead of the stack's policy
    MptcpKeepalive keepalive;         ///< SO_KEEPALIVE
    uint32_t maxSubflows{UINT32_MAX}; ///< REQ7
    uint32_t copies{1};               ///< REQ12: subflows that carry each octet
    MptcpTrafficHint hint;            ///< REQ9
    MptcpSubflowStart start{MptcpSubflowStart::AT_ONCE}; ///< REQ10
    uint64_t startOctets{0};                             ///< of AFTER_OCTETS
    MptcpSubflowCallback subflowCallback;                ///< REQ14
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
