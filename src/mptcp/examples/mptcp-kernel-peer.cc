/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

// A simulated host that talks to the Linux kernel of the machine it runs on.
//
//   kernel's network namespace            simulation, in real time
//   tap0 10.200.1.1 fdc8:1::1  ---------  device 0 10.200.1.2 fdc8:1::2
//   tap1 10.200.2.1 fdc8:2::1  ---------  device 1 10.200.2.2 fdc8:2::2
//
// What the simulation sends passes a token bucket, so each link has a rate and a queue.
// The program creates both TAP interfaces in the network namespace in which it runs and prints a
// "ready" line. With --wait it then reads one line from standard input: time for the caller to
// configure the kernel's ends. Client and server each send a pseudo-random stream of which the
// other end knows seed and length, and compare what they receive octet by octet. The last line of
// the output is a JSON object with the result; the exit status is 0 if everything was as expected.
//
//   ip netns exec host mptcp-kernel-peer --role=client --up=1048576 --down=1048576 --wait

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/config.h"
#include "ns3/fd-net-device-helper.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/mptcp-counters.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/mptcp-tap-helper.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/**
 * Pseudo-random octets that any end can compute at any offset (splitmix64, little endian).
 *
 * @param seed seed of the stream
 * @param offset offset of the octet in the stream
 * @return the octet
 */
uint8_t
ContentAt(uint64_t seed, uint64_t offset)
{
    uint64_t word = seed + (offset / 8 + 1) * 0x9e3779b97f4a7c15ULL;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
    word ^= word >> 31;
    return static_cast<uint8_t>(word >> (offset % 8 * 8));
}

/** One connection that sends one known stream, and receives and checks another. */
class ContentPeer
{
  public:
    /** A stream of known content. */
    struct Stream
    {
        uint64_t seed{0};  ///< seed of the content
        uint64_t size{0};  ///< length in octets
        uint64_t count{0}; ///< octets sent or received up to now
    };

    Stream m_out;                    ///< what this end sends
    Stream m_in;                     ///< what this end expects
    int64_t m_mismatch{-1};          ///< offset of the first wrong octet received; -1: none
    bool m_closeLast{false};         ///< close only after the peer has closed
    bool m_connected{false};         ///< the connection was established
    bool m_endOfStream{false};       ///< the peer closed its direction
    std::string m_error;             ///< first failure that the socket reported
    uint32_t m_joins{0};             ///< subflows to wait for before all but the first octets
    uint64_t m_actionAt{UINT64_MAX}; ///< octets received at which m_action happens
    std::function<void(Ptr<Socket>)> m_action; ///< what happens in mid-transfer
    Time m_finished; ///< when both streams and the peer's close were complete

    /** @param socket socket to serve: connecting, or just accepted */
    void Attach(Ptr<Socket> socket)
    {
        m_socket = socket;
        m_tellsQueue =
            socket->TraceConnectWithoutContext("SendQueue",
                                               MakeCallback(&ContentPeer::QueueChanged, this));
        socket->SetRecvCallback(MakeCallback(&ContentPeer::Receive, this));
        socket->SetSendCallback(MakeCallback(&ContentPeer::Fill, this));
        socket->SetCloseCallbacks(MakeCallback(&ContentPeer::Closed, this),
                                  MakeCallback(&ContentPeer::Failed, this));
    }

    /** @param socket socket that will connect */
    void AttachConnecting(Ptr<Socket> socket)
    {
        Attach(socket);
        socket->SetConnectCallback(MakeCallback(&ContentPeer::Connected, this),
                                   MakeCallback(&ContentPeer::ConnectFailed, this));
    }

    /** @param socket socket that listens */
    void AttachListening(Ptr<Socket> socket)
    {
        m_listener = socket;
        socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&ContentPeer::Accepted, this));
    }

    /** @return whether all that was expected has happened */
    bool IsComplete() const
    {
        return m_connected && m_endOfStream && m_mismatch < 0 && m_error.empty() &&
               m_in.count == m_in.size && m_out.count == m_out.size;
    }

  private:
    void Accepted(Ptr<Socket> socket, const Address&)
    {
        Attach(socket);
        Connected(socket);
    }

    void Connected(Ptr<Socket> socket)
    {
        m_connected = true;
        m_capacity = socket->GetTxAvailable();
        Fill(socket, socket->GetTxAvailable());
        if (m_joins > 0)
        {
            WaitForJoins();
        }
    }

    void ConnectFailed(Ptr<Socket>)
    {
        Fail("connection refused or timed out");
    }

    void Failed(Ptr<Socket>)
    {
        Fail("connection reset");
    }

    void Fail(const std::string& reason)
    {
        if (m_error.empty())
        {
            m_error = reason;
        }
        Simulator::Stop();
    }

    /** @return joins whose handshake is complete */
    uint32_t CountJoins() const
    {
        const auto connection = DynamicCast<MptcpSocketBase>(m_socket);
        if (!connection)
        {
            return 0;
        }
        const auto isJoined = [](const Ptr<MptcpSubflow>& subflow) {
            return subflow->GetRole() == MptcpSubflow::Role::JOIN &&
                   subflow->GetPhase() == MptcpSubflow::Phase::ESTABLISHED;
        };
        return std::ranges::count_if(connection->GetSubflows(), isJoined);
    }

    /** Lets Fill send more than the first octets once the subflows are there. */
    void WaitForJoins()
    {
        if (CountJoins() < m_joins)
        {
            Simulator::Schedule(MilliSeconds(10), &ContentPeer::WaitForJoins, this);
            return;
        }
        m_joins = 0;
        Fill(m_socket, m_socket->GetTxAvailable());
    }

    void Fill(Ptr<Socket> socket, uint32_t)
    {
        if (!m_connected)
        {
            return;
        }
        const uint64_t limit = m_joins == 0 ? m_out.size : std::min<uint64_t>(m_out.size, 1024);
        while (m_out.count < limit && socket->GetTxAvailable() > 0)
        {
            const uint64_t size =
                std::min<uint64_t>({limit - m_out.count, socket->GetTxAvailable(), 16384});
            m_buffer.resize(size);
            for (uint64_t i = 0; i < size; ++i)
            {
                m_buffer[i] = ContentAt(m_out.seed, m_out.count + i);
            }
            const int sent = socket->Send(m_buffer.data(), size, 0);
            if (sent <= 0)
            {
                return;
            }
            m_out.count += sent;
        }
        if (m_out.count == m_out.size && !m_shutdown && (m_endOfStream || !m_closeLast))
        {
            m_shutdown = true;
            socket->ShutdownSend();
        }
    }

    void Receive(Ptr<Socket> socket)
    {
        while (Ptr<Packet> packet = socket->Recv())
        {
            if (packet->GetSize() == 0)
            {
                break;
            }
            m_buffer.resize(packet->GetSize());
            packet->CopyData(m_buffer.data(), m_buffer.size());
            for (const uint8_t octet : m_buffer)
            {
                if (m_mismatch < 0 &&
                    (m_in.count >= m_in.size || octet != ContentAt(m_in.seed, m_in.count)))
                {
                    m_mismatch = m_in.count;
                }
                ++m_in.count;
            }
            if (m_action && m_in.count >= m_actionAt)
            {
                const auto action = std::move(m_action);
                m_action = nullptr;
                action(socket);
            }
        }
    }

    void Closed(Ptr<Socket> socket)
    {
        Receive(socket);
        m_endOfStream = true;
        Fill(socket, socket->GetTxAvailable());
        Finish();
    }

    void QueueChanged(uint32_t, uint32_t octets)
    {
        m_queued = octets;
    }

    /** @return the peer has all that was sent, as far as the socket tells */
    bool IsDrained() const
    {
        // A connection of MPTCP tells what it still holds. Its buffer grows, so that the room in it
        // tells nothing.
        return m_tellsQueue ? m_queued == 0 : m_socket->GetTxAvailable() >= m_capacity;
    }

    /** Ends the simulation once both streams are complete and the peer has all of ours. */
    void Finish()
    {
        // Stock TCP does not empty the buffer when its own FIN is the last to be acknowledged:
        // what is left there has two seconds to arrive.
        const bool drained = IsDrained() || (!m_tellsQueue && m_drainPolls == 200);
        if (!m_shutdown || !drained)
        {
            m_drainPolls += m_shutdown ? 1 : 0;
            Simulator::Schedule(MilliSeconds(10), &ContentPeer::Finish, this);
            return;
        }
        m_finished = Simulator::Now();
        m_socket->Close();
        // The acknowledgments of the close itself are still under way.
        Simulator::Stop(Seconds(1));
    }

    Ptr<Socket> m_socket;          ///< the connection
    Ptr<Socket> m_listener;        ///< the listener of a server
    uint32_t m_capacity{0};        ///< room in the send buffer of a socket of stock TCP
    bool m_tellsQueue{false};      ///< the socket tells what it holds
    uint32_t m_queued{0};          ///< octets that it holds
    uint32_t m_drainPolls{0};      ///< how often Finish has waited for the buffer to empty
    bool m_shutdown{false};        ///< the sending direction was closed
    std::vector<uint8_t> m_buffer; ///< scratch space of Fill and Receive
};

/**
 * Gives the node an address of each family on a link, and a way to the kernel's address on the
 * other link, so that every pair of addresses can be joined.
 *
 * @param node node to configure
 * @param device its device
 * @param subnet number of the link, 1 or 2, which is part of the addresses
 */
void
AddAddresses(Ptr<Node> node, Ptr<NetDevice> device, uint32_t subnet)
{
    const std::string number = std::to_string(subnet);
    const std::string other = std::to_string(3 - subnet);
    Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
    const uint32_t interface4 = ipv4->AddInterface(device);
    ipv4->AddAddress(interface4,
                     Ipv4InterfaceAddress(Ipv4Address(("10.200." + number + ".2").c_str()),
                                          Ipv4Mask("255.255.255.0")));
    ipv4->SetUp(interface4);
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddNetworkRouteTo(
        Ipv4Address(("10.200." + other + ".0").c_str()),
        Ipv4Mask("255.255.255.0"),
        Ipv4Address(("10.200." + number + ".1").c_str()),
        interface4,
        1);
    Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    const uint32_t interface6 = ipv6->AddInterface(device);
    ipv6->AddAddress(
        interface6,
        Ipv6InterfaceAddress(Ipv6Address(("fdc8:" + number + "::2").c_str()), Ipv6Prefix(64)));
    ipv6->SetUp(interface6);
    Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->AddNetworkRouteTo(
        Ipv6Address(("fdc8:" + other + "::").c_str()),
        Ipv6Prefix(64),
        Ipv6Address(("fdc8:" + number + "::1").c_str()),
        interface6,
        1);
}

/**
 * @param node a node with MPTCP
 * @return its counters other than zero, as a JSON object
 */
std::string
CountersAsJson(Ptr<Node> node)
{
    const MptcpCounters& counters = node->GetObject<MptcpStack>()->GetCounters();
    std::string json = "{";
    for (std::size_t i = 0; i < static_cast<std::size_t>(MptcpMib::COUNT); ++i)
    {
        const auto counter = static_cast<MptcpMib>(i);
        if (counters.Get(counter) != 0)
        {
            json += json.size() > 1 ? ", \"" : "\"";
            json += MptcpCounters::GetName(counter);
            json += "\": " + std::to_string(counters.Get(counter));
        }
    }
    return json + "}";
}

/**
 * @param names names of flags of "ip mptcp endpoint", separated by commas
 * @return MptcpEndpointFlag bits; 0 if a name is unknown
 */
uint8_t
ParseFlags(const std::string& names)
{
    uint8_t flags = 0;
    for (std::size_t begin = 0; begin <= names.size();)
    {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        const std::string name = names.substr(begin, end - begin);
        const uint8_t flag = name == "signal"     ? MPTCP_ENDPOINT_SIGNAL
                             : name == "subflow"  ? MPTCP_ENDPOINT_SUBFLOW
                             : name == "backup"   ? MPTCP_ENDPOINT_BACKUP
                             : name == "fullmesh" ? MPTCP_ENDPOINT_FULLMESH
                                                  : 0;
        if (flag == 0)
        {
            return 0;
        }
        flags |= flag;
        begin = end + 1;
    }
    return flags;
}

/**
 * Manage paths as the kernel does, with one endpoint: the address of the second link.
 *
 * @param node node
 * @param family 4 or 6
 * @param flags MptcpEndpointFlag bits
 * @return its identifier
 */
uint8_t
AddEndpoint(Ptr<Node> node, uint32_t family, uint8_t flags)
{
    MptcpEndpointTable& endpoints = node->GetObject<MptcpStack>()->GetEndpoints();
    endpoints.SetLimits({8, 8});
    MptcpEndpoint endpoint;
    endpoint.flags = flags;
    endpoint.address =
        family == 4 ? Address(Ipv4Address("10.200.2.2")) : Address(Ipv6Address("fdc8:2::2"));
    const std::string error = endpoints.Add(endpoint);
    NS_ABORT_MSG_UNLESS(error.empty(), error);
    return endpoint.id;
}

/**
 * @param name remove, backup or abort
 * @param node node
 * @param id endpoint
 * @param flags its flags
 * @return what is to happen in mid-transfer; empty if the name is unknown
 */
std::function<void(Ptr<Socket>)>
MakeAction(const std::string& name, Ptr<Node> node, uint8_t id, uint8_t flags)
{
    if (name == "remove")
    {
        return
            [node, id](Ptr<Socket>) { node->GetObject<MptcpStack>()->GetEndpoints().Remove(id); };
    }
    if (name == "backup")
    {
        return [node, id, flags](Ptr<Socket>) {
            node->GetObject<MptcpStack>()->GetEndpoints().SetFlags(id,
                                                                   flags | MPTCP_ENDPOINT_BACKUP);
        };
    }
    if (name == "abort")
    {
        return [](Ptr<Socket> socket) {
            DynamicCast<MptcpSocketBase>(socket)->SetLinger(true, Time());
            socket->Close();
            Simulator::Stop(Seconds(1));
        };
    }
    return nullptr;
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string role = "client";
    std::string socketKind = "mptcp";
    std::string tap = "tap";
    std::string pcap;
    std::string rate = "50Mb/s";
    std::string queue = "100p";
    uint32_t family = 4;
    uint32_t port = 5001;
    uint64_t up = 1 << 20;
    uint64_t down = 1 << 20;
    uint64_t seed = 1;
    double stop = 60;
    std::string endpoint;
    std::string action;
    uint64_t actionAt = 0;
    bool closeLast = false;
    bool wait = false;
    ContentPeer peer;

    GlobalValue::Bind("SimulatorImplementationType", StringValue("ns3::RealtimeSimulatorImpl"));
    // The kernel drops segments whose checksum is wrong.
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    // Stock ns-3 does not subtract the TCP options from the segment size.
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
    // The addresses are the only ones on their links, and the first SYN need not wait for that.
    Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", BooleanValue(false));

    CommandLine command(__FILE__);
    command.AddValue("role", "client or server", role);
    command.AddValue("socket", "mptcp or tcp", socketKind);
    command.AddValue("family", "4 or 6: which IP addresses the connection starts with", family);
    command.AddValue("port", "port of the server", port);
    command.AddValue("up", "octets from client to server", up);
    command.AddValue("down", "octets from server to client", down);
    command.AddValue("seed", "seed of the content", seed);
    command.AddValue("close-last", "close only after the peer has closed", closeLast);
    command.AddValue("joins",
                     "subflows that have to be joined before more than 1024 octets are sent",
                     peer.m_joins);
    command.AddValue("endpoint",
                     "flags of the second link's address (signal, subflow, backup, fullmesh, "
                     "separated by commas): paths are managed as in the kernel",
                     endpoint);
    command.AddValue("action",
                     "in mid-transfer: remove the endpoint, make it a backup, or abort",
                     action);
    command.AddValue("at", "octets received at which the action happens", actionAt);
    command.AddValue("tap", "name of the kernel's interfaces, without their number 0 or 1", tap);
    command.AddValue("rate", "rate of each link towards the kernel", rate);
    command.AddValue("queue", "length of the queue before each link", queue);
    command.AddValue("pcap", "prefix of the pcap files; none if empty", pcap);
    command.AddValue("stop", "seconds of wall time after which the run has failed", stop);
    command.AddValue("wait", "wait for a line on standard input before the simulation", wait);
    command.Parse(argc, argv);
    if ((role != "client" && role != "server") || (socketKind != "mptcp" && socketKind != "tcp") ||
        (family != 4 && family != 6) || port == 0 || port > 65535)
    {
        std::cerr << "mptcp-kernel-peer: --role is client or server, --socket mptcp or tcp, "
                     "--family 4 or 6, --port 1 to 65535\n";
        return 2;
    }

    const uint8_t flags = endpoint.empty() ? 0 : ParseFlags(endpoint);
    if (!endpoint.empty())
    {
        if (flags == 0)
        {
            std::cerr << "mptcp-kernel-peer: --endpoint=" << endpoint
                      << " is no list of signal, subflow, backup, fullmesh\n";
            return 2;
        }
        Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                           StringValue("ns3::MptcpPathManagerKernel"));
    }

    Ptr<Node> node = CreateObject<Node>();
    InternetStackHelper().Install(node);
    MptcpStackHelper().Install(node);
    MptcpTapHelper taps;
    // Without a rate the first link would never be full, and the second hardly be used.
    TrafficControlHelper shaper;
    shaper.SetRootQueueDisc("ns3::TbfQueueDisc",
                            "Rate",
                            StringValue(rate),
                            "Burst",
                            UintegerValue(3100),
                            "MaxSize",
                            StringValue(queue));
    for (uint32_t i = 0; i < 2; ++i)
    {
        Ptr<FdNetDevice> device = taps.Open(node, tap + std::to_string(i));
        if (!device)
        {
            std::cerr << "mptcp-kernel-peer: " << taps.GetError() << "\n";
            return 2;
        }
        shaper.Install(device);
        AddAddresses(node, device, i + 1);
    }
    if (!pcap.empty())
    {
        FdNetDeviceHelper().EnablePcap(pcap, NodeContainer(node), true);
    }

    const uint8_t id = flags ? AddEndpoint(node, family, flags) : 0;
    if (!action.empty())
    {
        peer.m_actionAt = actionAt;
        peer.m_action = MakeAction(action, node, id, flags);
        if (!peer.m_action || (action != "abort" && flags == 0))
        {
            std::cerr << "mptcp-kernel-peer: --action=" << action
                      << " is not remove, backup (both need --endpoint) or abort\n";
            return 2;
        }
    }
    peer.m_out = {role == "client" ? seed : ~seed, role == "client" ? up : down};
    peer.m_closeLast = closeLast;
    peer.m_in = {role == "client" ? ~seed : seed, role == "client" ? down : up};
    Ptr<Socket> socket =
        Socket::CreateSocket(node,
                             TypeId::LookupByName(socketKind == "mptcp" ? "ns3::MptcpSocketFactory"
                                                                        : "ns3::TcpSocketFactory"));
    if (role == "client")
    {
        peer.AttachConnecting(socket);
        const Address server = family == 4
                                   ? Address(InetSocketAddress(Ipv4Address("10.200.1.1"), port))
                                   : Address(Inet6SocketAddress(Ipv6Address("fdc8:1::1"), port));
        Simulator::Schedule(MilliSeconds(10), [socket, server]() { socket->Connect(server); });
    }
    else
    {
        peer.AttachListening(socket);
        socket->Bind(family == 4 ? Address(InetSocketAddress(Ipv4Address::GetAny(), port))
                                 : Address(Inet6SocketAddress(Ipv6Address::GetAny(), port)));
        socket->Listen();
    }

    std::cout << "{\"event\": \"ready\"}" << std::endl;
    if (wait)
    {
        std::string line;
        std::getline(std::cin, line);
    }
    Simulator::Stop(Seconds(stop));
    Simulator::Run();
    const bool complete = peer.IsComplete();
    std::cout << "{\"event\": \"result\", \"ok\": " << (complete ? "true" : "false")
              << ", \"role\": \"" << role << "\", \"connected\": " << peer.m_connected
              << ", \"sent\": " << peer.m_out.count << ", \"received\": " << peer.m_in.count
              << ", \"mismatch\": " << peer.m_mismatch
              << ", \"end_of_stream\": " << peer.m_endOfStream
              << ", \"seconds\": " << peer.m_finished.GetSeconds() << ", \"error\": \""
              << peer.m_error << "\", \"counters\": " << CountersAsJson(node) << "}" << std::endl;
    Simulator::Destroy();
    return complete ? 0 : 1;
}
