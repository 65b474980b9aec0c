/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Applications of ns-3 that ask for ns3::TcpSocketFactory, unchanged, on nodes that were
 * mptcpized: what they send arrives, over both paths.
 */

#include "ns3/application-container.h"
#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-retransmission-counter.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-tcp-socket-factory.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/seq-ts-size-header.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/test.h"
#include "ns3/three-gpp-http-client.h"
#include "ns3/three-gpp-http-helper.h"
#include "ns3/three-gpp-http-server.h"
#include "ns3/three-gpp-http-variables.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Topology = MptcpTopologyHelper;

/// what applications ask for
const std::string TCP = "ns3::TcpSocketFactory";

/** @param node a node @return a socket as an application makes it */
Ptr<Socket>
MakeSocket(const Ptr<Node>& node)
{
    return Socket::CreateSocket(node, TypeId::LookupByName(TCP));
}

/** @param node a node @return its TCP sockets are MPTCP */
bool
IsMptcpized(const Ptr<Node>& node)
{
    return DynamicCast<MptcpSocketBase>(MakeSocket(node)) != nullptr;
}

/** @param packets where octets go @param packet added to them */
void
Append(std::vector<uint8_t>& octets, const Ptr<const Packet>& packet)
{
    const std::size_t before = octets.size();
    octets.resize(before + packet->GetSize());
    packet->CopyData(octets.data() + before, packet->GetSize());
}

/** Two hosts on two paths, and the octets that their devices receive. */
class Hosts
{
  public:
    /** @param loss probability, of what the client sends */
    explicit Hosts(double loss = 0)
    {
        topology.SetLossRate(0, loss);
        topology.SetLossRate(1, loss);
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        RngSeedManager::SetSeed(1);
        RngSeedManager::SetRun(1);
        topology.Build();
        topology.AssignStreams(100);
        for (uint32_t i = 0; i < topology.GetDevices().GetN(); ++i)
        {
            topology.GetDevices().Get(i)->TraceConnectWithoutContext(
                "MacRx",
                Callback<void, Ptr<const Packet>>(
                    [this, i](Ptr<const Packet> packet) { received[i / 2] += packet->GetSize(); }));
        }
    }

    ~Hosts()
    {
        Simulator::Destroy();
        Config::Reset();
    }

    /** @param host who @return its stack, and its TCP sockets are MPTCP */
    Ptr<MptcpStack> Mptcpize(Topology::Host host) const
    {
        MptcpStackHelper helper;
        helper.Set("LegacyBindDisables", BooleanValue(false));
        return helper.Mptcpize(topology.GetNodes().Get(host));
    }

    Topology topology{2};               ///< hosts
    std::array<uint64_t, 2> received{}; ///< octets by path
};

/** Which sockets are MPTCP, by the order of calls. */
class OrderTestCase : public TestCase
{
  public:
    OrderTestCase()
        : TestCase("order of calls")
    {
    }

  private:
    void DoRun() override
    {
        {
            Hosts hosts;
            const Ptr<Node> node = hosts.topology.GetClient();
            NS_TEST_EXPECT_MSG_EQ(IsMptcpized(node), false, "TCP at first");
            const Ptr<MptcpStack> stack = MptcpStackHelper().Install(node);
            NS_TEST_EXPECT_MSG_EQ(IsMptcpized(node), false, "nor is it by Install");
            NS_TEST_EXPECT_MSG_EQ(hosts.Mptcpize(Topology::CLIENT),
                                  stack,
                                  "the stack that is there");
            for (int i = 0; i < 100; ++i)
            {
                NS_TEST_EXPECT_MSG_EQ(IsMptcpized(node), true, "MPTCP after Mptcpize");
            }
            hosts.Mptcpize(Topology::CLIENT);
            NS_TEST_EXPECT_MSG_EQ(MptcpStackHelper().Install(node), stack, "twice is no change");
            NS_TEST_EXPECT_MSG_EQ(IsMptcpized(node), true, "MPTCP after all of it twice");
            NS_TEST_EXPECT_MSG_EQ(IsMptcpized(hosts.topology.GetServer()), false, "the other host");
        }
        {
            // After many sockets of TCP, which ns-3 counts.
            Hosts hosts;
            const Ptr<Node> node = hosts.topology.GetServer();
            std::vector<Ptr<Socket>> sockets;
            for (int i = 0; i < 1000; ++i)
            {
                sockets.push_back(MakeSocket(node));
            }
            hosts.Mptcpize(Topology::SERVER);
            NS_TEST_EXPECT_MSG_EQ(IsMptcpized(node), true, "MPTCP after many of TCP");
            NS_TEST_EXPECT_MSG_EQ(DynamicCast<MptcpSocketBase>(sockets.back()),
                                  nullptr,
                                  "what there was stays TCP");
            const Ptr<Socket> direct = node->GetObject<TcpL4Protocol>()->CreateSocket();
            NS_TEST_EXPECT_MSG_EQ(DynamicCast<MptcpSocketBase>(direct),
                                  nullptr,
                                  "TCP makes sockets of TCP");
            NS_TEST_EXPECT_MSG_EQ(
                MakeSocket(node)->GetNode(),
                node,
                "sockets are of their node, and by name as by type they are the same");
            NS_TEST_EXPECT_MSG_NE(DynamicCast<MptcpSocketBase>(
                                      Socket::CreateSocket(node, TcpSocketFactory::GetTypeId())),
                                  nullptr,
                                  "by type");
        }
    }
};

/** What an unchanged client and server of ns-3's web model exchange. */
struct Web
{
    std::vector<uint8_t> sent;       ///< by the server
    std::vector<uint8_t> received;   ///< by the client
    std::vector<uint8_t> asked;      ///< by the client
    std::vector<uint8_t> heard;      ///< by the server
    std::vector<uint32_t> generated; ///< sizes of objects
    uint32_t objects{0};             ///< that the client has got as a whole
    std::array<uint64_t, 2> paths{}; ///< octets on each

    /** @param mptcp of both hosts */
    explicit Web(bool mptcp)
    {
        Hosts hosts;
        if (mptcp)
        {
            hosts.Mptcpize(Topology::CLIENT);
            hosts.Mptcpize(Topology::SERVER);
        }
        const Address address = hosts.topology.GetAddress(Topology::SERVER, 0);
        auto servers = ThreeGppHttpServerHelper(address).Install(hosts.topology.GetServer());
        const auto server = DynamicCast<ThreeGppHttpServer>(servers.Get(0));
        PointerValue variables;
        server->GetAttribute("Variables", variables);
        variables.Get<ThreeGppHttpVariables>()->AssignStreams(500);
        server->TraceConnectWithoutContext(
            "Tx",
            Callback<void, Ptr<const Packet>>([this](Ptr<const Packet> p) { Append(sent, p); }));
        server->TraceConnectWithoutContext(
            "Rx",
            Callback<void, Ptr<const Packet>, const Address&>(
                [this](Ptr<const Packet> p, const Address&) { Append(heard, p); }));
        const Callback<void, uint32_t> made([this](uint32_t size) { generated.push_back(size); });
        server->TraceConnectWithoutContext("MainObject", made);
        server->TraceConnectWithoutContext("EmbeddedObject", made);
        auto clients = ThreeGppHttpClientHelper(address).Install(hosts.topology.GetClient());
        const auto client = DynamicCast<ThreeGppHttpClient>(clients.Get(0));
        client->GetAttribute("Variables", variables);
        variables.Get<ThreeGppHttpVariables>()->AssignStreams(600);
        client->TraceConnectWithoutContext(
            "Tx",
            Callback<void, Ptr<const Packet>>([this](Ptr<const Packet> p) { Append(asked, p); }));
        client->TraceConnectWithoutContext(
            "Rx",
            Callback<void, Ptr<const Packet>, const Address&>(
                [this](Ptr<const Packet> p, const Address&) { Append(received, p); }));
        const Callback<void, Ptr<const ThreeGppHttpClient>, Ptr<const Packet>> got(
            [this](Ptr<const ThreeGppHttpClient>, Ptr<const Packet>) { ++objects; });
        client->TraceConnectWithoutContext("RxMainObject", got);
        client->TraceConnectWithoutContext("RxEmbeddedObject", got);
        clients.Start(Seconds(1));
        Simulator::Stop(Seconds(200));
        Simulator::Run();
        paths = hosts.received;
    }
};

/** Web pages over both paths. */
class WebTestCase : public TestCase
{
  public:
    WebTestCase()
        : TestCase("ThreeGppHttpClient and ThreeGppHttpServer")
    {
    }

  private:
    void DoRun() override
    {
        const Web tcp(false);
        const Web mptcp(true);
        NS_TEST_EXPECT_MSG_EQ(tcp.paths[1], 0, "TCP uses one path");
        NS_TEST_EXPECT_MSG_GT(mptcp.objects, 20, "objects are loaded");
        NS_TEST_EXPECT_MSG_EQ(mptcp.objects, mptcp.generated.size(), "all of them");
        NS_TEST_EXPECT_MSG_EQ((mptcp.received == mptcp.sent), true, "the content of the objects");
        NS_TEST_EXPECT_MSG_EQ((mptcp.heard == mptcp.asked), true, "the content of the requests");
        // The same random numbers: the same pages as over TCP, as far as both got.
        const std::size_t both = std::min(mptcp.generated.size(), tcp.generated.size());
        NS_TEST_EXPECT_MSG_EQ(std::equal(mptcp.generated.begin(),
                                         mptcp.generated.begin() + both,
                                         tcp.generated.begin()),
                              true,
                              "the pages of TCP");
        NS_TEST_EXPECT_MSG_GT(mptcp.paths[0], mptcp.sent.size() / 5, "over the first path");
        NS_TEST_EXPECT_MSG_GT(mptcp.paths[1], mptcp.sent.size() / 5, "over the second path");
    }
};

/** One transfer by BulkSend or OnOff to a PacketSink. */
class TransferTestCase : public TestCase
{
  public:
    /** How the hosts are. */
    struct Way
    {
        std::string name;    ///< of the way
        std::string factory; ///< that the applications are told
        bool client;         ///< mptcpized
        bool server;         ///< mptcpized
        bool two;            ///< both paths carry data
    };

    /** @param onOff by OnOff, else by BulkSend @param way how the hosts are */
    TransferTestCase(bool onOff, const Way& way)
        : TestCase((onOff ? "OnOff, " : "BulkSend, ") + way.name),
          m_onOff(onOff),
          m_way(way)
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint64_t octets = 3'000'000;
        Hosts hosts;
        for (const auto host : {Topology::CLIENT, Topology::SERVER})
        {
            if (host == Topology::CLIENT ? m_way.client : m_way.server)
            {
                hosts.Mptcpize(host);
            }
        }
        const Address any = InetSocketAddress(Ipv4Address::GetAny(), 5000);
        PacketSinkHelper sinks(m_way.factory, any);
        sinks.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
        const auto sink = DynamicCast<PacketSink>(sinks.Install(hosts.topology.GetServer()).Get(0));
        // Each packet of the application has a number and its size before its data.
        std::vector<uint32_t> numbers;
        uint64_t sizes = 0;
        std::size_t whole = 0; // packets as long as their header says
        sink->TraceConnectWithoutContext(
            "RxWithSeqTsSize",
            Callback<void,
                     Ptr<const Packet>,
                     const Address&,
                     const Address&,
                     const SeqTsSizeHeader&>([&](Ptr<const Packet> packet,
                                                 const Address&,
                                                 const Address&,
                                                 const SeqTsSizeHeader& header) {
                numbers.push_back(header.GetSeq());
                sizes += header.GetSize();
                whole += header.GetSize() == packet->GetSize() + header.GetSerializedSize();
            }));
        const Address remote = hosts.topology.GetSocketAddress(Topology::SERVER, 0, 5000);
        ApplicationContainer source;
        if (m_onOff)
        {
            OnOffHelper helper(m_way.factory, remote);
            helper.SetConstantRate(DataRate("15Mb/s"), 1000);
            helper.SetAttribute("MaxBytes", UintegerValue(octets));
            helper.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
            source = helper.Install(hosts.topology.GetClient());
        }
        else
        {
            BulkSendHelper helper(m_way.factory, remote);
            helper.SetAttribute("MaxBytes", UintegerValue(octets));
            helper.SetAttribute("SendSize", UintegerValue(1000));
            helper.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
            source = helper.Install(hosts.topology.GetClient());
        }
        source.Start(Seconds(0.1));
        Simulator::Stop(Seconds(60));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), octets, "octets, as of TCP");
        NS_TEST_EXPECT_MSG_EQ(sizes, octets, "octets of whole packets");
        std::vector<uint32_t> expected(octets / 1000);
        std::iota(expected.begin(), expected.end(), 0);
        NS_TEST_EXPECT_MSG_EQ((numbers == expected), true, "numbers of packets, in order");
        NS_TEST_EXPECT_MSG_EQ(whole, expected.size(), "whole packets");
        NS_TEST_EXPECT_MSG_GT(hosts.received[0], octets / 5, "over the first path");
        if (m_way.two)
        {
            NS_TEST_EXPECT_MSG_GT(hosts.received[1], octets / 5, "over the second path");
        }
        else
        {
            NS_TEST_EXPECT_MSG_EQ(hosts.received[1], 0, "over the second path");
        }
    }

    bool m_onOff; ///< by OnOff, else by BulkSend
    Way m_way;    ///< how the hosts are
};

/** The application's trace of retransmissions, and what takes its place. */
class RetransmissionTestCase : public TestCase
{
  public:
    RetransmissionTestCase()
        : TestCase("retransmissions of BulkSend")
    {
    }

  private:
    /** A sink, as of the application's trace. */
    using Sink = Callback<void,
                          Ptr<const Packet>,
                          const TcpHeader&,
                          const Address&,
                          const Address&,
                          Ptr<const TcpSocketBase>>;

    void DoRun() override
    {
        if (!TypeId::LookupByName("ns3::TcpSocketBase").LookupTraceSourceByName("Retransmission"))
        {
            return; // this release of ns-3 has no such trace, nor has its BulkSend
        }
        for (const bool mptcp : {false, true})
        {
            const auto wire = CreateObject<MptcpRetransmissionCounter>();
            uint64_t told = 0;      // by the application
            uint64_t connected = 0; // by the trace of the connection
            std::set<Ptr<const TcpSocketBase>> subflows;
            Hosts hosts(0.01);
            const Sink sink([&](Ptr<const Packet> packet,
                                const TcpHeader&,
                                const Address&,
                                const Address&,
                                Ptr<const TcpSocketBase> socket) {
                connected += packet->GetSize();
                subflows.insert(socket);
            });
            if (mptcp)
            {
                hosts.Mptcpize(Topology::SERVER);
                // As in the manual.
                hosts.Mptcpize(Topology::CLIENT)
                    ->TraceConnectWithoutContext(
                        "ConnectionCreated",
                        Callback<void, Ptr<MptcpSocketBase>>(
                            [sink](Ptr<MptcpSocketBase> connection) {
                                connection->TraceConnectWithoutContext("Retransmission", sink);
                            }));
            }
            wire->Watch(hosts.topology.GetClient());
            const Address any = InetSocketAddress(Ipv4Address::GetAny(), 5000);
            PacketSinkHelper(TCP, any).Install(hosts.topology.GetServer());
            BulkSendHelper helper(TCP, hosts.topology.GetSocketAddress(Topology::SERVER, 0, 5000));
            helper.SetAttribute("MaxBytes", UintegerValue(2'000'000));
            auto source = helper.Install(hosts.topology.GetClient());
            source.Get(0)->TraceConnectWithoutContext(
                "TcpRetransmission",
                Callback<void,
                         Ptr<const Packet>,
                         const TcpHeader&,
                         const Address&,
                         const Address&,
                         Ptr<const TcpSocketBase>>(
                    [&](Ptr<const Packet> packet,
                        const TcpHeader&,
                        const Address&,
                        const Address&,
                        Ptr<const TcpSocketBase>) { told += packet->GetSize(); }));
            source.Start(Seconds(0.1));
            Simulator::Stop(Seconds(60));
            Simulator::Run();
            const uint64_t repeated = wire->GetRetransmitted();
            NS_TEST_EXPECT_MSG_GT(repeated, 10'000, "there are losses");
            NS_TEST_EXPECT_MSG_EQ(told, (mptcp ? 0 : repeated), "the application's trace");
            NS_TEST_EXPECT_MSG_EQ(connected, (mptcp ? repeated : 0), "the connection's trace");
            NS_TEST_EXPECT_MSG_EQ(subflows.size(), (mptcp ? 2 : 0), "subflows that repeat");
            subflows.clear();
        }
    }
};

/** The suite. */
class MptcpMptcpizeTestSuite : public TestSuite
{
  public:
    MptcpMptcpizeTestSuite()
        : TestSuite("mptcp-mptcpize", Type::UNIT)
    {
        AddTestCase(new OrderTestCase);
        AddTestCase(new WebTestCase);
        AddTestCase(new RetransmissionTestCase);
        for (const bool onOff : {false, true})
        {
            const auto add = [&](const TransferTestCase::Way& way) {
                AddTestCase(new TransferTestCase(onOff, way));
            };
            add({"TCP", TCP, false, false, false});
            add({"both hosts", TCP, true, true, true});
            add({"the client alone", TCP, true, false, false});
            add({"the server alone", TCP, false, true, false});
            add({"by the name of MPTCP", "ns3::MptcpSocketFactory", true, true, true});
        }
    }
};

const MptcpMptcpizeTestSuite g_mptcpMptcpizeTestSuite; ///< registers itself

} // namespace
