/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_VIEW_H
#define MPTCP_VIEW_H

#include "ns3/address.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/nstime.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ns3
{

/// Subflows of a connection by their places in its view: bit i is view.subflows[i].
using MptcpSubflowMask = uint64_t;

/// Most subflows that a connection has at a time: as many as a mask names.
inline constexpr std::size_t MPTCP_MAX_SUBFLOWS = 64;

/** @param place of a subflow in the view @return mask of this one */
constexpr MptcpSubflowMask
MptcpSubflowBit(std::size_t place)
{
    return MptcpSubflowMask{1} << place;
}

/** What a policy may know of one subflow. A snapshot: nothing here acts on the subflow. */
struct MptcpSubflowView
{
    uint32_t id{0};          ///< identifier of the subflow in its connection, never reused
    bool usable{false};      ///< established, may carry data now
    bool backup{false};      ///< we or the peer asked for backup use only
    bool inLoss{false};      ///< retransmission timeout pending recovery (CA_LOSS)
    bool inRecovery{false};  ///< fast recovery (CA_RECOVERY) or CWR
    bool stale{false};       ///< marked stale: no progress for several timeouts
    bool carried{false};     ///< has carried the chunk that is to be reinjected
    bool delivering{false};  ///< holds data, and has had no timeout since the peer's last segment
    uint32_t cwnd{0};        ///< congestion window, octets
    uint32_t ssthresh{0};    ///< slow start threshold, octets
    uint32_t inFlight{0};    ///< octets in flight
    uint32_t unsent{0};      ///< octets mapped to the subflow but not sent
    uint32_t segmentSize{0}; ///< largest payload of one segment, octets
    uint32_t available{0};   ///< octets that its windows let it send now, "unsent" among them
    uint32_t queueable{0}; ///< octets that it may hold beyond those it holds: sent, or queued ahead
    Time srtt;             ///< smoothed RTT, the handshake's sample too; zero before the first
    Time rttVar;           ///< RTT variation; zero before the first sample
    uint64_t pacingRate{0}; ///< pacing rate, bit/s
};

/** What a scheduler may know of the connection. */
struct MptcpConnectionView
{
    std::vector<MptcpSubflowView> subflows; ///< in order of creation
    uint64_t sndUna{0};                     ///< DSN of the first octet without DATA_ACK
    uint64_t sndNxt{0};                     ///< DSN of the first octet never sent
    uint32_t unsent{0};                     ///< octets never given to a subflow
    uint32_t windowLeft{0}; ///< octets of new data that the peer's shared window still admits
};

/** A local address that the path manager may use. */
struct MptcpLocalAddress
{
    uint8_t id{0};       ///< address identifier; 0 is the address of the initial subflow
    Address address;     ///< Ipv4Address or Ipv6Address
    uint32_t ifIndex{0}; ///< index of the node's net device that holds the address
    bool up{true};       ///< the interface is up
};

/** A remote address learned from the initial subflow (identifier 0) or from ADD_ADDR. */
struct MptcpRemoteAddress
{
    uint8_t id{0};       ///< the peer's identifier
    Address address;     ///< Ipv4Address or Ipv6Address
    uint16_t port{0};    ///< port to connect to
    bool joinable{true}; ///< false for identifier 0 when the peer set the C flag
};

/** A subflow as a path manager sees it. */
struct MptcpPathSubflow
{
    uint32_t id{0};          ///< subflow identifier
    uint8_t localId{0};      ///< local address identifier
    uint8_t remoteId{0};     ///< remote address identifier
    bool established{false}; ///< handshake done
    bool local{false};       ///< opened by this side
    bool initial{false};     ///< carries MP_CAPABLE, no join
    bool closing{false};     ///< a FIN was sent or received: it is only finishing
    Address localAddress{};  ///< Ipv4Address or Ipv6Address
    Address remoteAddress{}; ///< Ipv4Address or Ipv6Address
    uint16_t localPort{0};   ///< our port
    uint16_t remotePort{0};  ///< the peer's port
};

/** What an event is about, as far as the event has such a thing. */
struct MptcpPathSubject
{
    std::vector<MptcpEndpoint> endpoints; ///< ENDPOINT_*: see MptcpEndpointTable::Change
    MptcpRemoteAddress remote;            ///< REMOTE_ADDED: the address; REMOTE_REMOVED: its id
    MptcpPathSubflow subflow;             ///< SUBFLOW_ESTABLISHED, SUBFLOW_CLOSED: the subflow
    std::vector<Address> lost;            ///< LOCAL_CHANGED: addresses that cannot be used now
    std::vector<Address> gained;          ///< LOCAL_CHANGED: addresses that can be used again
    bool refused{false};                  ///< SUBFLOW_CLOSED: not even a SYN was sent
    bool permanent{false}; ///< SUBFLOW_CLOSED: by MP_TCPRST without the T flag: do not try again
};

/** What a path manager may know of the connection. */
struct MptcpPathView
{
    bool client{false};                      ///< this side sent the first SYN
    std::vector<MptcpLocalAddress> locals;   ///< usable local addresses, id 0 first
    std::vector<MptcpRemoteAddress> remotes; ///< known remote addresses, id 0 first
    std::vector<MptcpPathSubflow> subflows;  ///< subflows that are open or being opened
    std::vector<uint8_t> announced;          ///< local identifiers already announced
    std::vector<MptcpEndpoint> endpoints;    ///< endpoints of the node
    MptcpLimits limits;                      ///< limits of the node
    Address initialLocal;                    ///< our address of the initial subflow
    uint16_t initialLocalPort{0};            ///< our port of the initial subflow
    Address initialRemote;                   ///< the peer's address of the initial subflow
    uint16_t initialRemotePort{0};           ///< the peer's port of the initial subflow
    bool initialDenied{false};               ///< the peer set the C flag
    bool observed{false};                    ///< somebody listens to the events of path management
    MptcpPathSubject subject;                ///< what the event is about
};

} // namespace ns3

#endif /* MPTCP_VIEW_H */
