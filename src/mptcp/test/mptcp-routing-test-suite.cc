/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Networks as most scripts of ns-3 build them: point-to-point links, global routing by the shortest
 * way to a destination, and stock applications. Where there are two disjoint paths, both carry
 * data.
 */

#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-interface-container.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-notice.h"
#include "ns3/mptcp-path-report.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node-container.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;
constexpr uint64_t OCTETS = 4'000'000;

/** Links by the names of their ends: "C" is the client, "S" the server. */
using Links = std::vector<std::pair<std::string, std::string>>;

/// Two ways that have nothing in common.
const Links DISJOINT{{"C", "r1"}, {"r1", "S"}, {"C", "r2"}, {"r2", "S"}};

/** How a script differs from the usual one. */
struct Script
{
    Links links;          ///< in this order
    uint32_t paths{2};    ///< interfaces of the client that have to carry data
    bool bound{false};    ///< the server binds its address, as three-gpp-http-example does
    bool download{false}; ///< the server sends
    bool ipv6{false};     ///< the server binds the wildcard address of IPv6, for both families
};

/** A script as its user writes it. */
class Network
{
  public:
    /** @param script what to build */
    explicit Network(const Script& script)
        : m_script(script)
    {
        RngSeedManager::SetRun(1);
        for (const auto& [from, to] : script.links)
        {
            for (const std::string& name : {from, to})
            {
                if (!m_nodes.contains(name))
                {
                    m_nodes[name] = CreateObject<Node>();
                    InternetStackHelper().Install(m_nodes[name]);
                }
            }
        }
        PointToPointHelper wire;
        wire.SetChannelAttribute("Delay", StringValue("5ms"));
        Ipv4AddressHelper addresses("10.0.1.0", "255.255.255.0");
        for (const auto& [from, to] : script.links)
        {
            // What both paths share has room for both.
            const bool shared = from == "R";
            wire.SetDeviceAttribute("DataRate", StringValue(shared ? "100Mbps" : "10Mbps"));
            const auto devices = wire.Install(m_nodes[from], m_nodes[to]);
            addresses.Assign(devices);
            addresses.NewNetwork();
        }
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        MptcpStackHelper().Install(NodeContainer(m_nodes["C"], m_nodes["S"]));
        for (uint32_t i = 0; i < m_nodes["C"]->GetNDevices(); ++i)
        {
            const auto device = DynamicCast<PointToPointNetDevice>(m_nodes["C"]->GetDevice(i));
            if (device)
            {
                const std::string source = script.download ? "PhyRxEnd" : "PhyTxEnd";
                device->TraceConnectWithoutContext(
                    source,
                    Callback<void, Ptr<const Packet>>(
                        [this, i](Ptr<const Packet> packet) { m_octets[i] += packet->GetSize(); }));
            }
        }
    }

    ~Network()
    {
        Simulator::Destroy();
    }

    /** @return the client's MPTCP */
    Ptr<MptcpStack> GetClientStack() const
    {
        return GetStack("C");
    }

    /** @param name of a host @return its MPTCP */
    Ptr<MptcpStack> GetStack(const std::string& name) const
    {
        return m_nodes.at(name)->GetObject<MptcpStack>();
    }

    /** Send octets from one end to the other. @param octets how many @param end of the time */
    void Run(uint64_t octets = OCTETS, Time end = Seconds(60))
    {
        const Ptr<Node> server = m_nodes["S"];
        const Ipv4Address address = server->GetObject<Ipv4>()->GetAddress(1, 0).GetLocal();
        const Ipv4Address host = m_script.bound ? address : Ipv4Address::GetAny();
        const Address local = m_script.ipv6
                                  ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                                  : Address(InetSocketAddress(host, PORT));
        const InetSocketAddress remote(address, PORT);
        if (m_script.download)
        {
            Serve(server, local);
            Fetch(m_nodes["C"], remote);
        }
        else
        {
            PacketSinkHelper sink("ns3::MptcpSocketFactory", local);
            m_sink = DynamicCast<PacketSink>(sink.Install(server).Get(0));
            BulkSendHelper bulk("ns3::MptcpSocketFactory", remote);
            bulk.SetAttribute("MaxBytes", UintegerValue(octets));
            bulk.Install(m_nodes["C"]).Start(Seconds(0.1));
        }
        Simulator::Stop(end);
        Simulator::Run();
    }

    /** @return octets that the receiving application has read */
    uint64_t GetReceived() const
    {
        return m_sink ? m_sink->GetTotalRx() : m_read;
    }

    /** @return octets on the wire by index of the client's device */
    const std::map<uint32_t, uint64_t>& GetOctets() const
    {
        return m_octets;
    }

  private:
    /** Send all octets to whoever connects. @param node the server @param local its name */
    void Serve(Ptr<Node> node, const Address& local)
    {
        m_listener = Socket::CreateSocket(node, TypeId::LookupByName("ns3::MptcpSocketFactory"));
        m_listener->Bind(local);
        m_listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> socket, const Address&) {
                socket->SetSendCallback(Callback<void, Ptr<Socket>, uint32_t>(
                    [this](Ptr<Socket> writer, uint32_t) { Write(writer); }));
                Write(socket);
            }));
        m_listener->Listen();
    }

    /** @param socket takes as much as it has room for */
    void Write(Ptr<Socket> socket)
    {
        uint32_t size;
        while (m_left > 0 && (size = static_cast<uint32_t>(
                                  std::min<uint64_t>(socket->GetTxAvailable(), m_left))) > 0)
        {
            m_left -= socket->Send(Create<Packet>(size));
        }
    }

    /** Read all octets. @param node the client @param remote name of the server */
    void Fetch(Ptr<Node> node, const Address& remote)
    {
        m_client = Socket::CreateSocket(node, TypeId::LookupByName("ns3::MptcpSocketFactory"));
        m_client->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> socket) {
            while (const Ptr<Packet> packet = socket->Recv())
            {
                m_read += packet->GetSize();
            }
        }));
        Simulator::Schedule(Seconds(0.1), &Socket::Connect, m_client, remote);
    }

    Script m_script;                          ///< what is built
    std::map<std::string, Ptr<Node>> m_nodes; ///< by name
    std::map<uint32_t, uint64_t> m_octets;    ///< by index of the client's device
    Ptr<PacketSink> m_sink;                   ///< the server's, of an upload
    Ptr<Socket> m_listener;                   ///< the server's, of a download
    Ptr<Socket> m_client;                     ///< of a download
    uint64_t m_left{OCTETS};                  ///< to be written by the server
    uint64_t m_read{0};                       ///< by the client
};

/** A script by name. */
class RoutingCase : public TestCase
{
  public:
    /** @param name what is shown @param script what is built */
    RoutingCase(const std::string& name, Script script)
        : TestCase(name),
          m_script(std::move(script))
    {
    }

  private:
    void DoRun() override
    {
        Network network(m_script);
        network.Run();
        NS_TEST_EXPECT_MSG_EQ(network.GetReceived(), OCTETS, "octets at the server");
        uint32_t used = 0;
        std::string text;
        for (const auto& [device, octets] : network.GetOctets())
        {
            used += octets > OCTETS / 5 ? 1 : 0;
            text += std::to_string(octets) + " ";
        }
        NS_TEST_EXPECT_MSG_EQ(used, m_script.paths, "paths that carry data; octets: " << text);
    }

    Script m_script; ///< what is built
};

/**
 * A server of IPv6 that an IPv4 client calls: the addresses that it sees, and those of the wire,
 * are two forms of the same.
 */
class MappedCase : public TestCase
{
  public:
    MappedCase()
        : TestCase("the server listens on the wildcard address of IPv6")
    {
    }

  private:
    void DoRun() override
    {
        Script script{DISJOINT};
        script.ipv6 = true;
        Network network(script);
        std::vector<MptcpPathReport> reports;
        Simulator::Schedule(Seconds(1.5), [&] {
            const auto connections = network.GetStack("S")->GetConnections();
            for (const auto& connection : connections)
            {
                const auto more = connection->GetPathReport();
                reports.insert(reports.end(), more.begin(), more.end());
            }
        });
        network.Run();
        NS_TEST_EXPECT_MSG_EQ(network.GetReceived(), OCTETS, "octets at the server");
        NS_TEST_EXPECT_MSG_EQ(reports.size(), 4, "pairs of addresses");
        for (const MptcpPathReport& report : reports)
        {
            std::ostringstream text;
            text << report;
            NS_TEST_EXPECT_MSG_EQ(Ipv4Address::IsMatchingType(report.local), true, text.str());
            NS_TEST_EXPECT_MSG_EQ(std::string(MptcpGetName(report.state)), "open", text.str());
            NS_TEST_EXPECT_MSG_GT(report.received, 0, text.str());
        }
        const auto count = [&network](const std::string& name) {
            return network.GetStack("S")->GetCounter(name);
        };
        NS_TEST_EXPECT_MSG_EQ(count("MPJoinSynRx"), 3, "joins beside the first subflow");
        NS_TEST_EXPECT_MSG_EQ(count("AddAddr"), 0, "announced by the client");
        NS_TEST_EXPECT_MSG_EQ(count("AddAddrTx"), 1, "the server's other address");
    }
};

/**
 * The server has one interface, and sends: where the ways of a router to both addresses of the
 * client are equally short, global routing takes one of them for both.
 */
class AstrayCase : public TestCase
{
  public:
    AstrayCase()
        : TestCase("the network leads both addresses of a receiver over one interface")
    {
    }

  private:
    void DoRun() override
    {
        Script script{{{"C", "r1"}, {"C", "r2"}, {"r1", "R"}, {"r2", "R"}, {"R", "S"}}};
        script.download = true;
        Network network(script);
        std::map<uint32_t, MptcpPathReport> reports; // by address of the client
        std::map<uint32_t, MptcpPathReport> sender;
        Simulator::Schedule(Seconds(2), [&] {
            for (const auto& report :
                 network.GetClientStack()->GetConnections().at(0)->GetPathReport())
            {
                reports[Ipv4Address::ConvertFrom(report.local).Get()] = report;
            }
            for (const auto& connection : network.GetStack("S")->GetConnections())
            {
                for (const auto& report : connection->GetPathReport())
                {
                    sender[Ipv4Address::ConvertFrom(report.remote).Get()] = report;
                }
            }
        });
        network.Run();
        NS_TEST_EXPECT_MSG_EQ(network.GetReceived(), OCTETS, "octets at the client");
        const uint32_t first = Ipv4Address("10.0.1.1").Get();
        const uint32_t second = Ipv4Address("10.0.2.1").Get();
        for (const uint32_t host : {first, second})
        {
            NS_TEST_EXPECT_MSG_EQ(std::string(MptcpGetName(reports[host].state)), "open", "state");
            NS_TEST_EXPECT_MSG_GT(reports[host].received, 0, "carries data");
            NS_TEST_EXPECT_MSG_EQ(sender[host].reason, "", "what the sender knows");
        }
        NS_TEST_EXPECT_MSG_EQ(reports[first].reason, "", "the way to the first address");
        NS_TEST_EXPECT_MSG_EQ(reports[second].reason,
                              "its data has come by the interface of 10.0.1.1, where the routing "
                              "of the network leads it",
                              "the way to the second address");
    }
};

/** Nine interfaces at both ends make more pairs than a connection may have subflows. */
class ManyPairsCase : public TestCase
{
  public:
    ManyPairsCase()
        : TestCase("nine interfaces at both ends")
    {
    }

  private:
    void DoRun() override
    {
        std::vector<std::string> told;
        MptcpNotice::SetSink([&told](const std::string& text) { told.push_back(text); });
        Config::SetDefault("ns3::MptcpPathManagerFullMesh::MaxSubflows", UintegerValue(100));
        Script script;
        script.paths = 9;
        for (uint32_t i = 0; i < script.paths; ++i)
        {
            script.links.emplace_back("C", "R");
            script.links.emplace_back("R", "S");
        }
        Network network(script);
        std::size_t subflows = 0;
        std::size_t idle = 0;
        Simulator::Schedule(Seconds(1.4), [&] {
            for (const auto& connection : network.GetClientStack()->GetConnections())
            {
                for (const Ptr<MptcpSubflow>& subflow : connection->GetSubflows())
                {
                    ++subflows;
                    idle += subflow->GetBytesSent() == 0 ? 1 : 0;
                }
            }
        });
        network.Run(100'000'000, Seconds(1.5));
        NS_TEST_EXPECT_MSG_EQ(subflows, MPTCP_MAX_SUBFLOWS, "subflows in the midst");
        NS_TEST_EXPECT_MSG_EQ(idle, 0, "subflows that have carried nothing");
        NS_TEST_EXPECT_MSG_EQ(told.size(), 1, "notices of the limit");
    }

    void DoTeardown() override
    {
        MptcpNotice::SetSink({});
        Config::Reset();
    }
};

/** All of them. */
class MptcpRoutingTestSuite : public TestSuite
{
  public:
    MptcpRoutingTestSuite()
        : TestSuite("mptcp-routing")
    {
        const auto add = [this](const std::string& name, const Script& script) {
            AddTestCase(new RoutingCase(name, script));
        };
        add("two routers", {DISJOINT});
        add("two routers and one before the server",
            {{{"C", "r1"}, {"r1", "R"}, {"C", "r2"}, {"r2", "R"}, {"R", "S"}}});
        add("two chains with a link between them",
            {{{"C", "a1"},
              {"a1", "b1"},
              {"b1", "S"},
              {"C", "a2"},
              {"a2", "b2"},
              {"b2", "S"},
              {"a1", "a2"}}});
        add("one way is a hop longer",
            {{{"C", "r1"}, {"r1", "S"}, {"C", "r2"}, {"r2", "r3"}, {"r3", "S"}}});
        Script bound{DISJOINT};
        bound.bound = true;
        add("the server binds its address", bound);
        Script download{DISJOINT};
        download.download = true;
        add("the server sends", download);
        AddTestCase(new MappedCase);
        AddTestCase(new AstrayCase);
        AddTestCase(new ManyPairsCase);
    }
};

MptcpRoutingTestSuite g_mptcpRoutingTestSuite; ///< registers itself

} // namespace
