/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ONE_SUBFLOW_RUN_H
#define MPTCP_ONE_SUBFLOW_RUN_H

#include "ns3/ipv4.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/socket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/** A transfer over one link that nobody else uses. */
struct MptcpOneSubflowPlan
{
    std::string controller{"ns3::TcpCubic"}; ///< congestion controller
    std::string rate{"100Mbps"};             ///< of the link
    uint32_t delay{20};                      ///< one way, ms
    std::string queue{"300p"};               ///< of the devices
    double loss{0};                          ///< of what goes to the server
    uint64_t octets{10000000};               ///< to send
    uint32_t burst{0};                       ///< octets that the application has at a time; 0: all
    uint32_t every{0};                       ///< time from one to the next, ms
    uint32_t write{100000};                  ///< octets per Send
    bool single{false};                      ///< one Send each time that there is room
    bool empty{false};                       ///< the last calls of Send bring no data
    uint32_t initialWindow{10};              ///< segments
    uint32_t segment{1448};                  ///< attribute SegmentSize
    uint32_t buffer{4U << 20};               ///< attributes SndBufSize and RcvBufSize
    bool noDelay{true};                      ///< attribute TcpNoDelay
    uint32_t seed{1};                        ///< RngRun
    /// Defaults of other attributes, each with its value.
    std::vector<std::pair<std::string, std::string>> defaults{};
};

/** A data segment as it leaves its host. */
struct MptcpOneSubflowSegment
{
    int64_t time;  ///< ns
    uint32_t from; ///< sequence number relative to that of the SYN
    uint32_t size; ///< octets

    bool operator==(const MptcpOneSubflowSegment& other) const = default;
};

/** What the transfer was on the wire. */
struct MptcpOneSubflowFigures
{
    std::vector<MptcpOneSubflowSegment> sent; ///< data segments, in the order of time
    uint64_t octetsAgain{0};                  ///< octets that were sent before
    uint64_t octetsNeedless{0};               ///< octets that arrived once more
    uint32_t needless{0};                     ///< data segments that brought nothing else
    uint64_t received{0};                     ///< octets that the application has read
    uint32_t emptyCalls{0};                   ///< calls of Send without data
    Time duration;                            ///< from the connect to the last of these
};

/** Runs a plan and counts. */
class MptcpOneSubflowRun
{
  public:
    /** What sends. */
    enum Sender
    {
        STOCK, ///< a socket of ns-3's TCP
        PLAIN, ///< a socket of this module that speaks plain TCP, to a host that has no MPTCP
        MPTCP, ///< a socket of this module with one subflow
    };

    /**
     * @param plan transfer
     * @param sender what sends
     * @return what came out
     */
    static MptcpOneSubflowFigures Execute(const MptcpOneSubflowPlan& plan, Sender sender);

  private:
    /** @param plan transfer @param sender what sends */
    MptcpOneSubflowRun(const MptcpOneSubflowPlan& plan, Sender sender);
    void Build();                   ///< hosts and sockets
    void Start();                   ///< the client connects
    void Write(Ptr<Socket> socket); ///< what the buffer takes
    void Allow();                   ///< one more burst
    void Read(Ptr<Socket> socket);  ///< at the server
    void OnSent(Ptr<const Packet> packet, Ptr<Ipv4> ipv4, uint32_t interface); ///< by the client
    void OnReceived(Ptr<const Packet> packet, Ptr<Ipv4> ipv4, uint32_t interface); ///< server

    const MptcpOneSubflowPlan m_plan;       ///< transfer
    const Sender m_sender;                  ///< what sends
    MptcpTopologyHelper m_topology{1};      ///< two hosts, one link
    MptcpOneSubflowFigures m_figures;       ///< so far
    Ptr<Socket> m_client;                   ///< sends
    Ptr<Socket> m_listener;                 ///< of the server
    Ptr<Socket> m_server;                   ///< receives
    uint64_t m_allowed{0};                  ///< octets that the application has so far
    uint64_t m_written{0};                  ///< octets that it has written
    Time m_start;                           ///< of the connection
    std::optional<uint32_t> m_isn;          ///< sequence number of the SYN
    uint32_t m_highest{0};                  ///< end of what was sent, relative
    std::map<uint32_t, uint32_t> m_arrived; ///< begin to end of what the server's host has
};

} // namespace ns3

#endif /* MPTCP_ONE_SUBFLOW_RUN_H */
