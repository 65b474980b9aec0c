/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/bulk-send-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-address.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/mptcp-trace-helper.h"
#include "ns3/node.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <fstream>
#include <functional>
#include <sstream>
#include <string>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;          ///< of the server
constexpr uint32_t OCTETS = 1'000'000; ///< of a transfer

/**
 * Start a transfer over stock TCP from client to server.
 * @param topology the built topology
 * @param path path of the connection
 * @param family address family
 * @return the receiving application
 */
Ptr<PacketSink>
StartTcp(const MptcpTopologyHelper& topology, uint32_t path, MptcpTopologyHelper::Family family)
{
    const Address remote =
        topology.GetSocketAddress(MptcpTopologyHelper::SERVER, path, PORT, family);
    PacketSinkHelper sinks("ns3::TcpSocketFactory", remote);
    BulkSendHelper sources("ns3::TcpSocketFactory", remote);
    sources.SetAttribute("MaxBytes", UintegerValue(OCTETS));
    sources.Install(topology.GetClient());
    return DynamicCast<PacketSink>(sinks.Install(topology.GetServer()).Get(0));
}

/**
 * Let time pass.
 * @param sink an application
 * @param until simulated time
 * @return octets that the application has received by then
 */
uint64_t
ReceivedBy(Ptr<PacketSink> sink, Time until)
{
    Simulator::Stop(until - Simulator::Now());
    Simulator::Run();
    return sink->GetTotalRx();
}

/**
 * @ingroup mptcp-test
 * Addresses are the documented ones, and each path carries each family.
 */
class MptcpTopologyAddressTestCase : public TestCase
{
  public:
    MptcpTopologyAddressTestCase()
        : TestCase("addresses of both families on three paths")
    {
    }

  private:
    void DoRun() override
    {
        for (const auto family : {MptcpTopologyHelper::IPV4, MptcpTopologyHelper::IPV6})
        {
            for (uint32_t path = 0; path < 3; ++path)
            {
                MptcpTopologyHelper topology(3);
                topology.SetFamily(MptcpTopologyHelper::DUAL);
                topology.Build();
                std::ostringstream expected;
                std::ostringstream address;
                const Address server =
                    topology.GetAddress(MptcpTopologyHelper::SERVER, path, family);
                if (family == MptcpTopologyHelper::IPV4)
                {
                    expected << "10.1." << path + 1 << ".2";
                    address << Ipv4Address::ConvertFrom(server);
                }
                else
                {
                    expected << "2001:db8:" << path + 1 << "::2";
                    address << Ipv6Address::ConvertFrom(server);
                }
                NS_TEST_EXPECT_MSG_EQ(address.str(), expected.str(), "address of the server");
                Ptr<PacketSink> sink = StartTcp(topology, path, family);
                NS_TEST_EXPECT_MSG_EQ(ReceivedBy(sink, Seconds(5)), OCTETS, "path " << path);
                Simulator::Destroy();
            }
        }
    }
};

/**
 * @ingroup mptcp-test
 * A path that is cut or whose interface is down carries nothing; then all arrives.
 */
class MptcpTopologyOutageTestCase : public TestCase
{
  public:
    /**
     * @param name name of the test case
     * @param prepare schedules an outage of path 0 from 0.3 s to 4 s
     */
    MptcpTopologyOutageTestCase(const std::string& name,
                                std::function<void(MptcpTopologyHelper&)> prepare)
        : TestCase(name),
          m_prepare(std::move(prepare))
    {
    }

  private:
    void DoRun() override
    {
        MptcpTopologyHelper topology;
        topology.Build();
        m_prepare(topology);
        Ptr<PacketSink> sink = StartTcp(topology, 0, MptcpTopologyHelper::IPV4);
        const uint64_t early = ReceivedBy(sink, MilliSeconds(400));
        NS_TEST_EXPECT_MSG_GT(early, 0, "data before the outage");
        NS_TEST_EXPECT_MSG_LT(early, OCTETS, "the outage is in time");
        NS_TEST_EXPECT_MSG_EQ(ReceivedBy(sink, MilliSeconds(3990)), early, "nothing passes");
        NS_TEST_EXPECT_MSG_EQ(ReceivedBy(sink, Seconds(20)), OCTETS, "all after it");
        Simulator::Destroy();
    }

    std::function<void(MptcpTopologyHelper&)> m_prepare; ///< schedules the outage
};

/**
 * @ingroup mptcp-test
 * A packet leaves by the interface of its source address or not at all.
 */
class MptcpTopologyRoutingTestCase : public TestCase
{
  public:
    MptcpTopologyRoutingTestCase()
        : TestCase("routes follow the source address")
    {
    }

  private:
    void DoRun() override
    {
        for (const bool rule : {true, false})
        {
            MptcpTopologyHelper topology;
            topology.SetFamily(MptcpTopologyHelper::DUAL);
            topology.SetSourceRouting(rule);
            topology.Build();
            for (const uint32_t from : {0, 1})
            {
                for (const uint32_t to : {0, 1})
                {
                    const bool expected = !rule || from == to;
                    NS_TEST_EXPECT_MSG_EQ(HasRouteIpv4(topology, from, to), expected, "IPv4");
                    NS_TEST_EXPECT_MSG_EQ(HasRouteIpv6(topology, from, to), expected, "IPv6");
                }
            }
            Simulator::Destroy();
        }
    }

    /**
     * @param topology the topology
     * @param from path of the client's address
     * @param to path of the server's address
     * @return whether the client has a route
     */
    static bool HasRouteIpv4(const MptcpTopologyHelper& topology, uint32_t from, uint32_t to)
    {
        Ipv4Header header;
        header.SetSource(
            Ipv4Address::ConvertFrom(topology.GetAddress(MptcpTopologyHelper::CLIENT, from)));
        header.SetDestination(
            Ipv4Address::ConvertFrom(topology.GetAddress(MptcpTopologyHelper::SERVER, to)));
        Socket::SocketErrno error;
        Ptr<Ipv4> ipv4 = topology.GetClient()->GetObject<Ipv4>();
        Ptr<Ipv4Route> route =
            ipv4->GetRoutingProtocol()->RouteOutput(Create<Packet>(), header, nullptr, error);
        return bool(route);
    }

    /**
     * @param topology the topology
     * @param from path of the client's address
     * @param to path of the server's address
     * @return whether the client has a route
     */
    static bool HasRouteIpv6(const MptcpTopologyHelper& topology, uint32_t from, uint32_t to)
    {
        const auto family = MptcpTopologyHelper::IPV6;
        Ipv6Header header;
        header.SetSource(Ipv6Address::ConvertFrom(
            topology.GetAddress(MptcpTopologyHelper::CLIENT, from, family)));
        header.SetDestination(
            Ipv6Address::ConvertFrom(topology.GetAddress(MptcpTopologyHelper::SERVER, to, family)));
        Socket::SocketErrno error;
        Ptr<Ipv6> ipv6 = topology.GetClient()->GetObject<Ipv6>();
        Ptr<Ipv6Route> route =
            ipv6->GetRoutingProtocol()->RouteOutput(Create<Packet>(), header, nullptr, error);
        return bool(route);
    }
};

/**
 * @ingroup mptcp-test
 * The trace tables of stock TCP have the documented columns and all delivered data.
 */
class MptcpTopologyTraceTestCase : public TestCase
{
  public:
    MptcpTopologyTraceTestCase()
        : TestCase("trace tables of a stock TCP transfer")
    {
    }

  private:
    void DoRun() override
    {
        const std::string directory = CreateTempDirFilename("");
        MptcpTopologyHelper topology;
        topology.Build();
        {
            MptcpTraceHelper trace(directory);
            Ptr<PacketSink> sink = StartTcp(topology, 1, MptcpTopologyHelper::IPV4);
            trace.TraceTcpSink(sink);
            NS_TEST_EXPECT_MSG_EQ(ReceivedBy(sink, Seconds(5)), OCTETS, "transfer");
        }
        Simulator::Destroy();

        std::ifstream table(directory + "/data.csv");
        std::string line;
        std::getline(table, line);
        NS_TEST_EXPECT_MSG_EQ(line, "# schema mptcp-trace 1", "schema");
        std::getline(table, line);
        NS_TEST_EXPECT_MSG_EQ(line, "time_s,conn,subflow,event,dsn,length", "columns");
        uint64_t next = 0;
        while (std::getline(table, line))
        {
            std::istringstream cells(line);
            std::string cell[6];
            for (std::string& text : cell)
            {
                std::getline(cells, text, ',');
            }
            NS_TEST_ASSERT_MSG_EQ(cell[0].find('.') + 10, cell[0].size(), "nine decimals");
            NS_TEST_ASSERT_MSG_EQ(cell[3], "delivered", "event");
            NS_TEST_ASSERT_MSG_EQ(std::stoull(cell[4]), next, "no gap");
            next += std::stoull(cell[5]);
        }
        NS_TEST_EXPECT_MSG_EQ(next, OCTETS, "all data is in the table");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpTopologyHelper, and of MptcpTraceHelper with stock TCP.
 */
class MptcpTopologyTestSuite : public TestSuite
{
  public:
    MptcpTopologyTestSuite()
        : TestSuite("mptcp-topology", Type::UNIT)
    {
        AddTestCase(new MptcpTopologyAddressTestCase);
        AddTestCase(new MptcpTopologyOutageTestCase("cut path", [](MptcpTopologyHelper& topology) {
            topology.CutPath(0, MilliSeconds(300), Seconds(4));
        }));
        AddTestCase(
            new MptcpTopologyOutageTestCase("interface down", [](MptcpTopologyHelper& topology) {
                topology.DownInterface(MptcpTopologyHelper::CLIENT,
                                       0,
                                       MilliSeconds(300),
                                       Seconds(4));
            }));
        AddTestCase(new MptcpTopologyRoutingTestCase);
        AddTestCase(new MptcpTopologyTraceTestCase);
    }
};

MptcpTopologyTestSuite g_mptcpTopologyTestSuite; ///< the suite

} // namespace
