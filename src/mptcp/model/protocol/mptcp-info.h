/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_INFO_H
#define MPTCP_INFO_H

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/tcp-socket.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/** Bits of MptcpInfo::flags, values of Linux (MPTCP_INFO_FLAG_*). */
enum MptcpInfoFlag : uint32_t
{
    MPTCP_INFO_FLAG_FALLBACK = 0x1,            ///< plain TCP
    MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED = 0x2, ///< the peer's key is known
};

/**
 * A connection as Linux tells of it (struct mptcp_info, getsockopt MPTCP_INFO). Names are those of
 * Linux without prefix, in the same order. Octets are of the connection's stream: data that several
 * subflows carried counts once, in bytesRetrans each time more. Times ago are since the last such
 * segment of any subflow, or since the socket was made.
 */
struct MptcpInfo
{
    uint32_t subflows{0};           ///< subflows besides the initial one
    uint32_t addAddrSignal{0};      ///< addresses announced
    uint32_t addAddrAccepted{0};    ///< addresses of the peer that were accepted
    uint32_t subflowsMax{0};        ///< limit of subflows (endpoint table)
    uint32_t addAddrSignalMax{0};   ///< endpoints with SIGNAL
    uint32_t addAddrAcceptedMax{0}; ///< limit of addAddrAccepted (endpoint table)
    uint32_t flags{0};              ///< MptcpInfoFlag bits
    uint32_t token{0};              ///< our token
    uint64_t writeSeq{0};           ///< DSN of the octet that the application writes next
    uint64_t sndUna{0};             ///< DSN of the first octet without DATA_ACK
    uint64_t rcvNxt{0};             ///< DSN expected next
    uint32_t localAddrUsed{
        0}; ///< local addresses that subflows were opened from, but the first one's
    uint32_t localAddrMax{0};    ///< endpoints with SUBFLOW
    bool csumEnabled{false};     ///< DSS checksums are in use
    uint32_t retransmits{0};     ///< times that the oldest unacknowledged data was sent again
    uint64_t bytesRetrans{0};    ///< octets given to a second subflow
    uint64_t bytesSent{0};       ///< octets given to subflows for the first time
    uint64_t bytesReceived{0};   ///< octets received in order
    uint64_t bytesAcked{0};      ///< octets with DATA_ACK
    uint32_t subflowsTotal{0};   ///< subflows, the initial one included
    uint32_t endpLaminarMax{0};  ///< endpoints with LAMINAR
    uint32_t endpFullmeshMax{0}; ///< endpoints with FULLMESH
    Time lastDataSent;           ///< how long ago data was sent
    Time lastDataRecv;           ///< how long ago data came
    Time lastAckRecv;            ///< how long ago an ACK came
};

/**
 * A subflow as Linux tells of TCP (struct tcp_info), as far as ns-3's TCP knows it. Octets where
 * Linux counts segments say so.
 */
struct MptcpTcpInfo
{
    TcpSocket::TcpStates_t state{TcpSocket::CLOSED}; ///< state
    uint8_t caState{0};        ///< 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
    uint32_t retransmits{0};   ///< timeouts since the last sign of life
    bool timestamps{false};    ///< timestamps are in use
    bool sack{false};          ///< SACK is in use
    bool wscale{false};        ///< window scaling is in use
    bool ecn{false};           ///< ECN was agreed on
    uint8_t sndWscale{0};      ///< shift of the peer's window
    uint8_t rcvWscale{0};      ///< shift of our window
    Time rto;                  ///< retransmission timeout
    Time ato;                  ///< longest delay of an ACK
    uint32_t sndMss{0};        ///< largest payload sent, octets
    uint32_t unacked{0};       ///< octets sent and not acknowledged
    uint32_t sacked{0};        ///< octets of these that the peer has by SACK
    uint32_t lost{0};          ///< octets of these that are taken for lost
    uint32_t retrans{0};       ///< octets of these that were sent again
    Time lastDataSent;         ///< how long ago data was sent
    Time lastDataRecv;         ///< how long ago data came
    Time lastAckRecv;          ///< how long ago an ACK came
    uint32_t pmtu{0};          ///< MTU of the interface
    Time rtt;                  ///< smoothed RTT
    Time rttvar;               ///< its variation
    Time minRtt;               ///< least RTT
    uint32_t sndSsthresh{0};   ///< slow start threshold, octets
    uint32_t sndCwnd{0};       ///< congestion window, octets
    uint32_t reordering{0};    ///< duplicate ACKs that tell of a loss
    uint32_t sndWnd{0};        ///< window that the peer advertised, of the whole connection
    uint32_t rcvWnd{0};        ///< window that was advertised to the peer, of the whole connection
    uint32_t available{0};     ///< octets that the subflow's windows admit now; not in Linux
    uint32_t totalRetrans{0};  ///< segments with data sent again
    uint64_t pacingRate{0};    ///< bit/s
    uint64_t deliveryRate{0};  ///< bit/s acknowledged in the last round trip
    uint64_t delivered{0};     ///< octets delivered, those told by SACK too
    uint64_t bytesAcked{0};    ///< octets acknowledged
    uint64_t bytesReceived{0}; ///< octets received in order
    uint64_t bytesSent{0};     ///< octets sent, those sent again included
    uint64_t bytesRetrans{0};  ///< octets sent again
    uint32_t notsentBytes{0};  ///< octets that wait to be sent
    uint64_t segsOut{0};       ///< segments sent
    uint64_t segsIn{0};        ///< segments received
    uint64_t dataSegsOut{0};   ///< segments with data sent
    uint64_t dataSegsIn{0};    ///< segments with data received
};

/** One subflow: identity, addresses (MPTCP_SUBFLOW_ADDRS) and TCP (MPTCP_TCPINFO). */
struct MptcpSubflowInfo
{
    uint32_t id{0};          ///< identifier of the subflow
    bool initial{false};     ///< it carried MP_CAPABLE
    bool established{false}; ///< it may carry data
    bool backup{false};      ///< either side asked for backup use
    bool stale{false};       ///< no sign of life for several timeouts
    uint8_t localId{0};      ///< our address identifier
    uint8_t remoteId{0};     ///< the peer's
    Address local;           ///< InetSocketAddress or Inet6SocketAddress
    Address remote;          ///< the same
    uint64_t bytesMapped{0}; ///< octets given to the subflow, copies included
    double share{0};         ///< of all octets given to subflows of the connection so far
    MptcpTcpInfo tcp;        ///< TCP
};

/** Everything of one connection (MPTCP_FULL_INFO). */
struct MptcpFullInfo
{
    MptcpInfo info;                         ///< connection
    std::vector<MptcpSubflowInfo> subflows; ///< those that live, oldest first
    uint32_t subflowsClosed{0};             ///< subflows that have ended
    uint64_t closedBytesMapped{0};          ///< octets that were given to these
    uint64_t closedBytesReceived{0};        ///< octets that were read from these
};

/** What is counted on each segment of a subflow. */
struct MptcpSegmentCounts
{
    uint64_t segsOut{0};       ///< segments sent
    uint64_t segsIn{0};        ///< segments received
    uint64_t dataSegsOut{0};   ///< with data, sent
    uint64_t dataSegsIn{0};    ///< with data, received
    uint64_t bytesSent{0};     ///< payload octets sent
    uint64_t bytesRetrans{0};  ///< of them sent again
    uint32_t retransSegs{0};   ///< segments with data sent again
    uint64_t highestSsn{0};    ///< SSN after the last octet ever sent
    Time lastDataSent;         ///< time of the last data sent
    Time lastDataRecv;         ///< time of the last data received
    Time lastAckRecv;          ///< time of the last ACK received
    Time rateFrom;             ///< begin of the measurement of deliveryRate
    uint64_t rateDelivered{0}; ///< octets delivered at that time
    uint64_t deliveryRate{0};  ///< bit/s
};

} // namespace ns3

#endif /* MPTCP_INFO_H */
