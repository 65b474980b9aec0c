/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-graph-helper.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <cstdint>
#include <string>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;          ///< of the servers
constexpr uint32_t OCTETS = 1'000'000; ///< of a transfer

/**
 * Start a transfer.
 * @param graph the network
 * @param client node index
 * @param server node index
 * @param path a path between them
 * @param factory TypeId name of the sockets' factory
 * @return the receiving application
 */
Ptr<PacketSink>
Start(const MptcpGraphHelper& graph,
      uint32_t client,
      uint32_t server,
      uint32_t path,
      const std::string& factory)
{
    PacketSinkHelper sinks(factory, InetSocketAddress(Ipv4Address::GetAny(), PORT));
    BulkSendHelper sources(factory, graph.GetSocketAddress(path, PORT));
    sources.SetAttribute("MaxBytes", UintegerValue(OCTETS));
    sources.Install(graph.GetNode(client));
    return DynamicCast<PacketSink>(sinks.Install(graph.GetNode(server)).Get(0));
}

/**
 * Describe a square: client 0 and server 3 joined by routers 1 and 2.
 * @param graph an empty network
 */
void
AddSquare(MptcpGraphHelper& graph)
{
    graph.AddNodes(4);
    for (const uint32_t router : {1, 2})
    {
        graph.AddLink(0, router, DataRate("10Mbps"), MilliSeconds(5), QueueSize("50p"));
        graph.AddLink(router, 3, DataRate("10Mbps"), MilliSeconds(5), QueueSize("50p"));
    }
}

/**
 * @ingroup mptcp-test
 * Stock TCP takes the path that was added first, both ways, and nothing goes elsewhere.
 */
class MptcpGraphTcpTestCase : public TestCase
{
  public:
    MptcpGraphTcpTestCase()
        : TestCase("stock TCP over the first path")
    {
    }

  private:
    void DoRun() override
    {
        MptcpGraphHelper graph;
        AddSquare(graph);
        graph.Build();
        const uint32_t path = graph.AddPath({0, 2, 3});
        graph.AddPath({0, 1, 3});
        const auto sink = Start(graph, 0, 3, path, "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(5));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), OCTETS, "all arrives");
        const auto count = [&](uint32_t a, uint32_t b) {
            return graph.GetCounts(graph.FindLink(a, b), a).accepted;
        };
        NS_TEST_EXPECT_MSG_GT(count(0, 2), OCTETS / 1500, "data on the path");
        NS_TEST_EXPECT_MSG_GT(count(3, 2), OCTETS / 6000, "acknowledgments on the path");
        NS_TEST_EXPECT_MSG_EQ(count(0, 1) + count(3, 1), 0, "nothing on the other one");
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * MPTCP opens one subflow per path, also for two paths over the same links.
 */
class MptcpGraphPathsTestCase : public TestCase
{
  public:
    MptcpGraphPathsTestCase()
        : TestCase("one subflow per path")
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::MptcpPathManagerFullMesh::Announce", BooleanValue(false));
        MptcpGraphHelper graph;
        AddSquare(graph);
        graph.Build();
        const uint32_t path = graph.AddPath({0, 1, 3});
        graph.AddPath({0, 2, 3});
        graph.AddPath({0, 2, 3});
        MptcpStackHelper().Install(graph.GetNodes());
        const auto sink = Start(graph, 0, 3, path, "ns3::MptcpSocketFactory");
        Simulator::Stop(Seconds(5));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), OCTETS, "all arrives");
        const auto server = graph.GetNode(3)->GetObject<MptcpStack>();
        NS_TEST_EXPECT_MSG_EQ(server->GetCounter("MPJoinAckRx"), 2, "two joins");
        for (const uint32_t router : {1, 2})
        {
            const uint64_t packets = graph.GetCounts(graph.FindLink(0, router), 0).accepted;
            NS_TEST_EXPECT_MSG_GT(packets, OCTETS / 1500 / 10, "data by router " << router);
        }
        Simulator::Destroy();
    }

    void DoTeardown() override
    {
        Config::Reset();
    }
};

/**
 * @ingroup mptcp-test
 * Two hosts that are client and server of each other over different routers keep their ways.
 */
class MptcpGraphMutualTestCase : public TestCase
{
  public:
    MptcpGraphMutualTestCase()
        : TestCase("hosts that are client and server of each other")
    {
    }

  private:
    void DoRun() override
    {
        MptcpGraphHelper graph;
        AddSquare(graph);
        graph.Build();
        const uint32_t there = graph.AddPath({0, 1, 3});
        const uint32_t back = graph.AddPath({3, 2, 0});
        NS_TEST_EXPECT_MSG_EQ((graph.GetServerAddress(back) == graph.GetClientAddress(there)),
                              true,
                              "a host has one address as a server");
        NS_TEST_EXPECT_MSG_EQ((graph.GetClientAddress(back) == graph.GetServerAddress(there)),
                              false,
                              "the pair of addresses tells the ways apart");
        const auto one = Start(graph, 0, 3, there, "ns3::TcpSocketFactory");
        const auto two = Start(graph, 3, 0, back, "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(5));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(one->GetTotalRx(), OCTETS, "all arrives there");
        NS_TEST_EXPECT_MSG_EQ(two->GetTotalRx(), OCTETS, "all arrives back");
        const auto data = [&](uint32_t a, uint32_t b) {
            return graph.GetCounts(graph.FindLink(a, b), a).accepted;
        };
        NS_TEST_EXPECT_MSG_GT(data(0, 1), OCTETS / 1500, "data by router 1");
        NS_TEST_EXPECT_MSG_GT(data(3, 2), OCTETS / 1500, "data by router 2");

        Ipv4Header header;
        header.SetDestination(Ipv4Address("10.9.9.9"));
        Socket::SocketErrno error;
        const auto routing = graph.GetNode(0)->GetObject<Ipv4>()->GetRoutingProtocol();
        NS_TEST_EXPECT_MSG_EQ((routing->RouteOutput(nullptr, header, nullptr, error) == nullptr),
                              true,
                              "no route where there is no path");
        NS_TEST_EXPECT_MSG_EQ(error, Socket::ERROR_NOROUTETOHOST, "and it says so");
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * Losses and queue discs act where they were put.
 */
class MptcpGraphLinkTestCase : public TestCase
{
  public:
    MptcpGraphLinkTestCase()
        : TestCase("losses and queue discs")
    {
    }

  private:
    void DoRun() override
    {
        // Apart, since a window that losses keep small never fills a queue.
        RunQueueDisc();
        RunLoss();
    }

    void RunQueueDisc()
    {
        MptcpGraphHelper graph;
        graph.AddNodes(3);
        graph.AddLink(1, 0, DataRate("1Gbps"), Time(), QueueSize("1000p"));
        const uint32_t link =
            graph.AddLink(1, 2, DataRate("1Mbps"), MilliSeconds(10), QueueSize("60p"));
        graph.SetQueueDisc(link, "ns3::RedQueueDisc[MinTh=5|MaxTh=15|Gentle=true]");
        NS_TEST_EXPECT_MSG_EQ(graph.GetFirstEnd(0), 1, "order of the ends");
        graph.Build();
        graph.AssignStreams(100);
        const auto sink = Start(graph, 0, 2, graph.AddPath({0, 1, 2}), "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        const auto counts = graph.GetCounts(link, 1);
        NS_TEST_EXPECT_MSG_GT(counts.dropped, 0, "RED drops");
        NS_TEST_EXPECT_MSG_LT(counts.queued, 40, "before its queue is full");
        NS_TEST_EXPECT_MSG_EQ(graph.GetCounts(0, 0).accepted,
                              counts.accepted + counts.dropped,
                              "and nothing is lost before it");
        NS_TEST_EXPECT_MSG_GT(sink->GetTotalRx(), OCTETS / 2, "most arrives");
        Simulator::Destroy();
    }

    void RunLoss()
    {
        MptcpGraphHelper graph;
        graph.AddNodes(3);
        graph.AddLink(1, 0, DataRate("1Gbps"), Time(), QueueSize("1000p"));
        const uint32_t link =
            graph.AddLink(1, 2, DataRate("1Mbps"), MilliSeconds(10), QueueSize("60p"));
        graph.SetLossRate(0, 0, 0.01);
        graph.Build();
        graph.AssignStreams(100);
        const auto sink = Start(graph, 0, 2, graph.AddPath({0, 1, 2}), "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        const auto counts = graph.GetCounts(link, 1);
        NS_TEST_EXPECT_MSG_GT(graph.GetCounts(0, 0).accepted,
                              counts.accepted + counts.dropped,
                              "what is lost comes no further");
        NS_TEST_EXPECT_MSG_GT(sink->GetTotalRx(), OCTETS / 2, "most arrives");
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * A link that changes in mid-run.
 */
class MptcpGraphChangeTestCase : public TestCase
{
  public:
    MptcpGraphChangeTestCase()
        : TestCase("rate and delay change")
    {
    }

  private:
    void DoRun() override
    {
        MptcpGraphHelper graph;
        graph.AddNodes(2);
        graph.AddLink(0, 1, DataRate("800kbps"), MilliSeconds(10), QueueSize("20p"));
        graph.SetOverhead(0); // only the link decides
        graph.Build();
        graph.ChangeLink(0, Seconds(2), DataRate("8Mbps"), MilliSeconds(1));
        const auto sink = Start(graph, 0, 1, graph.AddPath({0, 1}), "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(2));
        Simulator::Run();
        const uint64_t before = sink->GetTotalRx();
        NS_TEST_EXPECT_MSG_LT(before, 200000, "two seconds of 100 kB");
        NS_TEST_EXPECT_MSG_GT(before, 140000, "two seconds of 100 kB");
        Simulator::Stop(Seconds(2));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), OCTETS, "ten times as fast");
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * Networks with explicit paths.
 */
class MptcpGraphTestSuite : public TestSuite
{
  public:
    MptcpGraphTestSuite()
        : TestSuite("mptcp-graph", Type::UNIT)
    {
        AddTestCase(new MptcpGraphTcpTestCase);
        AddTestCase(new MptcpGraphPathsTestCase);
        AddTestCase(new MptcpGraphMutualTestCase);
        AddTestCase(new MptcpGraphLinkTestCase);
        AddTestCase(new MptcpGraphChangeTestCase);
    }
};

MptcpGraphTestSuite g_mptcpGraphTestSuite; ///< registers itself

} // namespace
