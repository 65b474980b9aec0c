/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/mptcp-graph-helper.h"
#include "ns3/mptcp-random-overhead.h"
#include "ns3/node.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/queue.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;          ///< of the servers
constexpr uint32_t OCTETS = 1'000'000; ///< of a transfer

/**
 * Notes how long packets are between IP and a device.
 */
class DelayMeter
{
  public:
    /**
     * @param device where packets leave
     */
    explicit DelayMeter(Ptr<NetDevice> device)
    {
        const auto node = device->GetNode();
        if (const auto ipv4 = node->GetObject<Ipv4L3Protocol>())
        {
            ipv4->TraceConnectWithoutContext("Tx", MakeCallback(&DelayMeter::OnIpv4, this));
        }
        if (const auto ipv6 = node->GetObject<Ipv6L3Protocol>())
        {
            ipv6->TraceConnectWithoutContext("Tx", MakeCallback(&DelayMeter::OnIpv6, this));
        }
        device->TraceConnectWithoutContext("MacTx", MakeCallback(&DelayMeter::OnDevice, this));
    }

    std::vector<double> delays; ///< s, of packets in the order in which they left
    std::vector<Time> left;     ///< when they left
    bool ordered{true};         ///< they left in the order in which they came

  private:
    /// Packet and IP identification: fragments of one packet of an application have one number.
    using Key = std::pair<uint64_t, uint16_t>;

    /**
     * @param packet a packet
     * @param offset octets in front of its IP header
     * @return what tells it from others
     */
    static Key GetKey(Ptr<const Packet> packet, uint32_t offset)
    {
        std::array<uint8_t, 8> octets{};
        packet->CopyData(octets.data(), octets.size());
        const uint8_t* const ip = octets.data() + offset;
        const bool ipv4 = ip[0] >> 4 == 4;
        return {packet->GetUid(), ipv4 ? ip[4] << 8 | ip[5] : 0};
    }

    void OnIpv4(Ptr<const Packet> packet, Ptr<Ipv4>, uint32_t)
    {
        m_came[GetKey(packet, 0)] = {m_number++, Simulator::Now()};
    }

    void OnIpv6(Ptr<const Packet> packet, Ptr<Ipv6>, uint32_t)
    {
        // A solicitation of routers is of no path: it may leave before packets that wait.
        std::array<uint8_t, 8> octets{};
        packet->CopyData(octets.data(), octets.size());
        if (octets[6] == Icmpv6L4Protocol::GetStaticProtocolNumber())
        {
            return;
        }
        m_came[GetKey(packet, 0)] = {m_number++, Simulator::Now()};
    }

    void OnDevice(Ptr<const Packet> packet)
    {
        constexpr uint32_t pppHeader = 2;
        const auto it = m_came.find(GetKey(packet, pppHeader));
        if (it == m_came.end())
        {
            return; // of a router, or not by IP
        }
        const auto [number, came] = it->second;
        ordered = ordered && (delays.empty() || number > m_last);
        m_last = number;
        delays.push_back((Simulator::Now() - came).GetSeconds());
        left.push_back(Simulator::Now());
    }

    std::map<Key, std::pair<uint32_t, Time>> m_came; ///< number and time, by packet
    uint32_t m_number{0};                            ///< of the next packet that comes
    uint32_t m_last{0};                              ///< of the last one that left
};

/**
 * Two hosts and a link that is never busy.
 */
struct Pair
{
    /**
     * @param ipv6 the hosts talk IPv6
     * @param service service time that the first host is told
     */
    explicit Pair(bool ipv6, const Time& service = MilliSeconds(4))
        : ipv6(ipv6)
    {
        nodes.Create(2);
        InternetStackHelper().Install(nodes);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
        devices = link.Install(nodes);
        if (ipv6)
        {
            Ipv6AddressHelper helper(Ipv6Address("2001:db8::"), Ipv6Prefix(64));
            const auto interfaces = helper.Assign(devices);
            source = interfaces.GetAddress(0, 1);
            destination = interfaces.GetAddress(1, 1);
        }
        else
        {
            const auto interfaces = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
            source = interfaces.GetAddress(0);
            destination = interfaces.GetAddress(1);
        }
        overhead = CreateObject<MptcpRandomOverhead>();
        overhead->Install(nodes.Get(0));
        overhead->AssignStreams(7);
        overhead->SetServiceTime(source, destination, service);
        socket = Socket::CreateSocket(nodes.Get(0), UdpSocketFactory::GetTypeId());
        // From one second on, when IPv6 has found that its addresses are its own.
        Simulator::Schedule(Seconds(1), [this] {
            if (this->ipv6)
            {
                socket->Bind6();
                socket->Connect(Inet6SocketAddress(Ipv6Address::ConvertFrom(destination), PORT));
            }
            else
            {
                socket->Bind();
                socket->Connect(InetSocketAddress(Ipv4Address::ConvertFrom(destination), PORT));
            }
        });
    }

    /**
     * Send packets.
     * @param count how many
     * @param gap time between them
     */
    void Send(uint32_t count, const Time& gap)
    {
        for (uint32_t i = 0; i < count; ++i)
        {
            Simulator::Schedule(Seconds(2) + i * gap,
                                [this] { socket->Send(Create<Packet>(100)); });
        }
    }

    bool ipv6;                         ///< the hosts talk IPv6
    NodeContainer nodes;               ///< the hosts
    NetDeviceContainer devices;        ///< by host
    Address source;                    ///< of the first host
    Address destination;               ///< of the second host
    Ptr<MptcpRandomOverhead> overhead; ///< of the first host
    Ptr<Socket> socket;                ///< UDP, of the first host
};

/**
 * @ingroup mptcp-test
 * Delays of single packets are uniform; those of bursts keep the order and the bound.
 */
class MptcpOverheadDelayTestCase : public TestCase
{
  public:
    /**
     * @param ipv6 the hosts talk IPv6
     */
    explicit MptcpOverheadDelayTestCase(bool ipv6)
        : TestCase(std::string("distribution and order, ") + (ipv6 ? "IPv6" : "IPv4")),
          m_ipv6(ipv6)
    {
    }

  private:
    void DoRun() override
    {
        RunSingle();
        RunBurst();
        RunOthers();
    }

    void RunSingle()
    {
        Pair pair(m_ipv6);
        DelayMeter meter(pair.devices.Get(0));
        constexpr uint32_t count = 4000;
        pair.Send(count, MilliSeconds(5));
        Simulator::Stop(Seconds(30));
        Simulator::Run();
        const auto delays = GetTail(meter.delays, count);
        NS_TEST_ASSERT_MSG_EQ(delays.size(), count, "all packets leave");
        double sum = 0;
        std::vector<uint32_t> quarters(4);
        for (const double delay : delays)
        {
            NS_TEST_ASSERT_MSG_EQ((delay >= 0 && delay <= 4e-3), true, "out of bounds: " << delay);
            sum += delay;
            ++quarters[std::min(3, static_cast<int>(delay / 1e-3))];
        }
        // The standard error of the mean is 4 ms / sqrt(12 * 4000) = 18 us; of a quarter, 27.
        NS_TEST_EXPECT_MSG_EQ_TOL(sum / count, 2e-3, 60e-6, "mean of the delays");
        for (const uint32_t quarter : quarters)
        {
            NS_TEST_EXPECT_MSG_EQ_TOL(quarter, count / 4.0, 90.0, "each quarter is as likely");
        }
        Simulator::Destroy();
    }

    void RunBurst()
    {
        Pair pair(m_ipv6);
        DelayMeter meter(pair.devices.Get(0));
        // Forty packets for each service time.
        constexpr uint32_t count = 4000;
        pair.Send(count, MicroSeconds(100));
        Simulator::Stop(Seconds(3));
        Simulator::Run();
        const auto delays = GetTail(meter.delays, count);
        NS_TEST_ASSERT_MSG_EQ(delays.size(), count, "all packets leave");
        NS_TEST_EXPECT_MSG_EQ(meter.ordered, true, "in order");
        NS_TEST_EXPECT_MSG_EQ((*std::max_element(delays.begin(), delays.end()) <= 4e-3),
                              true,
                              "none waits longer than a service time");
        Simulator::Destroy();
    }

    void RunOthers()
    {
        // A service time is of one direction between two addresses.
        Pair pair(m_ipv6);
        pair.overhead->SetServiceTime(pair.source, pair.destination, Time());
        pair.overhead->SetServiceTime(pair.destination, pair.source, MilliSeconds(4));
        DelayMeter meter(pair.devices.Get(0));
        pair.Send(100, MilliSeconds(5));
        Simulator::Stop(Seconds(4));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_GT(meter.delays.size(), 99, "all packets leave");
        NS_TEST_EXPECT_MSG_EQ(*std::max_element(meter.delays.begin(), meter.delays.end()),
                              0.0,
                              "at once");
        Simulator::Destroy();
    }

    /**
     * @param values values
     * @param count how many
     * @return the last ones: IPv6 sends packets of its own before
     */
    static std::vector<double> GetTail(const std::vector<double>& values, std::size_t count)
    {
        return {values.end() - static_cast<int64_t>(std::min(count, values.size())), values.end()};
    }

    bool m_ipv6; ///< the hosts talk IPv6
};

/**
 * @ingroup mptcp-test
 * The same seed gives the same delays, another one does not.
 */
class MptcpOverheadSeedTestCase : public TestCase
{
  public:
    MptcpOverheadSeedTestCase()
        : TestCase("same seed, same delays")
    {
    }

  private:
    void DoRun() override
    {
        const uint64_t run = RngSeedManager::GetRun();
        const auto first = Run(1);
        NS_TEST_EXPECT_MSG_EQ((first == Run(1)), true, "the same");
        NS_TEST_EXPECT_MSG_EQ((first == Run(2)), false, "others");
        RngSeedManager::SetRun(run);
    }

    std::vector<double> Run(uint64_t run)
    {
        RngSeedManager::SetRun(run);
        Pair pair(false);
        DelayMeter meter(pair.devices.Get(0));
        pair.Send(50, MilliSeconds(1));
        Simulator::Stop(Seconds(3));
        Simulator::Run();
        Simulator::Destroy();
        return meter.delays;
    }
};

/**
 * Build a chain: hosts 0 and 4, routers 1 to 3, the slowest link between the routers 1 and 2; and
 * host 5 at router 2.
 * @param graph an empty network
 */
void
BuildChain(MptcpGraphHelper& graph)
{
    graph.AddNodes(6);
    const auto add = [&](uint32_t a, uint32_t b, const std::string& rate) {
        graph.AddLink(a, b, DataRate(rate), MilliSeconds(5), QueueSize("50p"));
    };
    add(0, 1, "100Mbps");
    add(1, 2, "2Mbps");
    add(2, 3, "10Mbps");
    add(3, 4, "100Mbps");
    add(2, 5, "1Mbps");
    graph.Build();
}

/**
 * Start a transfer from host 0 to host 4.
 * @param graph the chain
 * @param path a path between them
 * @param factory TypeId name of the sockets' factory
 * @return the receiving application
 */
Ptr<PacketSink>
Start(const MptcpGraphHelper& graph, uint32_t path, const std::string& factory)
{
    PacketSinkHelper sinks(factory, InetSocketAddress(Ipv4Address::GetAny(), PORT));
    BulkSendHelper sources(factory, graph.GetSocketAddress(path, PORT));
    sources.SetAttribute("MaxBytes", UintegerValue(OCTETS));
    sources.Install(graph.GetNode(0));
    return DynamicCast<PacketSink>(sinks.Install(graph.GetNode(4)).Get(0));
}

/**
 * @ingroup mptcp-test
 * The hosts of a path delay by the slowest link of that path, routers do not.
 */
class MptcpOverheadGraphTestCase : public TestCase
{
  public:
    MptcpOverheadGraphTestCase()
        : TestCase("hosts of a graph")
    {
    }

  private:
    void DoRun() override
    {
        MptcpGraphHelper graph;
        BuildChain(graph);
        const uint32_t path = graph.AddPath({0, 1, 2, 3, 4});
        // Host 5 sends over the slowest link of all; that is nothing to host 4.
        graph.AddPath({5, 2, 3, 4});
        NS_TEST_EXPECT_MSG_EQ(graph.AssignStreams(100), 3, "one stream for each host");
        DelayMeter client(graph.GetDevice(0, 0));
        DelayMeter server(graph.GetDevice(3, 4));
        DelayMeter router(graph.GetDevice(1, 1));
        // Four times as fast from here on.
        graph.ChangeLink(1, Seconds(3), DataRate("8Mbps"), MilliSeconds(5));
        const auto sink = Start(graph, path, "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), OCTETS, "all arrives");
        for (const DelayMeter* meter : {&client, &server})
        {
            NS_TEST_EXPECT_MSG_EQ(meter->ordered, true, "in order");
            // 1502 octets at 2 Mb/s, then at 8.
            Expect(*meter, Seconds(0), Seconds(3), 6.008e-3);
            Expect(*meter, Seconds(3.1), Seconds(10), 1.502e-3);
        }
        Expect(router, Seconds(0), Seconds(10), 0);
        Simulator::Destroy();
    }

    /**
     * @param meter what was measured at a host
     * @param from begin of an interval
     * @param until its end
     * @param most expected largest delay in it, s
     */
    void Expect(const DelayMeter& meter, const Time& from, const Time& until, double most)
    {
        double largest = 0;
        uint32_t count = 0;
        for (std::size_t i = 0; i < meter.left.size(); ++i)
        {
            if (meter.left[i] >= from && meter.left[i] < until)
            {
                ++count;
                largest = std::max(largest, meter.delays[i]);
            }
        }
        NS_TEST_EXPECT_MSG_GT(count, 100, "packets in the interval");
        NS_TEST_EXPECT_MSG_EQ((largest <= most && largest >= 0.9 * most),
                              true,
                              "largest delay " << largest << ", expected " << most);
    }
};

/**
 * @ingroup mptcp-test
 * Switched off it changes nothing: no delay, no random stream.
 */
class MptcpOverheadOffTestCase : public TestCase
{
  public:
    MptcpOverheadOffTestCase()
        : TestCase("switched off")
    {
    }

  private:
    void DoRun() override
    {
        const auto setter = Run([](MptcpGraphHelper& graph) { graph.SetOverhead(0); });
        Config::SetDefault("ns3::MptcpRandomOverhead::Overhead", DoubleValue(0));
        const auto attribute = Run([](MptcpGraphHelper&) {});
        NS_TEST_EXPECT_MSG_EQ((setter == attribute), true, "by the setter or the attribute");
        const auto again = Run([](MptcpGraphHelper& graph) { graph.SetOverhead(0.5); });
        NS_TEST_EXPECT_MSG_EQ((again == attribute), false, "the setter comes before the attribute");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /**
     * @tparam Set callable
     * @param set what sets the overhead
     * @return when packets left the client
     */
    template <typename Set>
    std::vector<Time> Run(Set set)
    {
        MptcpGraphHelper graph;
        set(graph);
        BuildChain(graph);
        const int64_t before = RngSeedManager::GetNextStreamIndex();
        const uint32_t path = graph.AddPath({0, 1, 2, 3, 4});
        const int64_t used = RngSeedManager::GetNextStreamIndex() - before - 1;
        graph.AssignStreams(100);
        DelayMeter client(graph.GetDevice(0, 0));
        Start(graph, path, "ns3::TcpSocketFactory");
        Simulator::Stop(Seconds(6));
        Simulator::Run();
        const bool on = graph.GetNode(0)->GetObject<MptcpRandomOverhead>() != nullptr;
        const double most = *std::max_element(client.delays.begin(), client.delays.end());
        NS_TEST_EXPECT_MSG_EQ((most > 0), on, "delays");
        NS_TEST_EXPECT_MSG_EQ((most <= 0.5 * 6.008e-3), true, "largest delay " << most);
        NS_TEST_EXPECT_MSG_EQ(used, (on ? 2 : 0), "random streams");
        Simulator::Destroy();
        return client.left;
    }
};

/**
 * @ingroup mptcp-test
 * At which moments of the cycle in which a full queue sends the packets of a flow come there.
 */
class MptcpOverheadPhaseTestCase : public TestCase
{
  public:
    MptcpOverheadPhaseTestCase()
        : TestCase("phase at the bottleneck")
    {
    }

  private:
    void DoRun() override
    {
        NS_TEST_EXPECT_MSG_GT(Run(0), 0.9, "without it, always the same moment");
        NS_TEST_EXPECT_MSG_LT(Run(1), 0.1, "with it, any moment");
    }

    /**
     * @param services overhead in service times
     * @return length of the mean vector of the moments: 1 if all are the same, 0 if uniform
     */
    double Run(double services)
    {
        MptcpGraphHelper graph;
        graph.AddNodes(4);
        graph.AddLink(0, 1, DataRate("1Gbps"), Time(), QueueSize("1000p"));
        graph.AddLink(1, 2, DataRate("2Mbps"), MilliSeconds(10), QueueSize("20p"));
        graph.AddLink(2, 3, DataRate("1Gbps"), Time(), QueueSize("1000p"));
        graph.SetMtu(588); // the packets of default segments, all of one size
        graph.SetOverhead(services);
        graph.Build();
        const uint32_t path = graph.AddPath({0, 1, 2, 3});
        graph.AssignStreams(100);
        PacketSinkHelper sinks("ns3::TcpSocketFactory",
                               InetSocketAddress(Ipv4Address::GetAny(), PORT));
        BulkSendHelper sources("ns3::TcpSocketFactory", graph.GetSocketAddress(path, PORT));
        sources.SetAttribute("MaxBytes", UintegerValue(0));
        sources.Install(graph.GetNode(0));
        sinks.Install(graph.GetNode(3));
        const auto queue = DynamicCast<PointToPointNetDevice>(graph.GetDevice(1, 1))->GetQueue();
        m_sum = {};
        m_count = 0;
        queue->TraceConnectWithoutContext("Dequeue",
                                          MakeCallback(&MptcpOverheadPhaseTestCase::OnSend, this));
        queue->TraceConnectWithoutContext("Enqueue",
                                          MakeCallback(&MptcpOverheadPhaseTestCase::OnCome, this));
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        Simulator::Destroy();
        NS_TEST_EXPECT_MSG_GT(m_count, 5000, "packets");
        return std::abs(m_sum) / m_count;
    }

    void OnSend(Ptr<const Packet>)
    {
        m_sent = Simulator::Now();
    }

    void OnCome(Ptr<const Packet>)
    {
        // In an idle queue a packet is sent when it comes, and has no moment.
        constexpr double service = 590 * 8 / 2e6;
        const double since = (Simulator::Now() - m_sent).GetSeconds();
        if (since > 0 && since <= service)
        {
            m_sum += std::polar(1.0, 2 * M_PI * since / service);
            ++m_count;
        }
    }

    Time m_sent;                ///< when the queue last sent a packet
    std::complex<double> m_sum; ///< of the moments as unit vectors
    uint32_t m_count{0};        ///< packets
};

/**
 * @ingroup mptcp-test
 * Random overhead at hosts.
 */
class MptcpOverheadTestSuite : public TestSuite
{
  public:
    MptcpOverheadTestSuite()
        : TestSuite("mptcp-overhead", Type::UNIT)
    {
        AddTestCase(new MptcpOverheadDelayTestCase(false));
        AddTestCase(new MptcpOverheadDelayTestCase(true));
        AddTestCase(new MptcpOverheadSeedTestCase);
        AddTestCase(new MptcpOverheadGraphTestCase);
        AddTestCase(new MptcpOverheadOffTestCase);
        AddTestCase(new MptcpOverheadPhaseTestCase);
    }
};

MptcpOverheadTestSuite g_mptcpOverheadTestSuite; ///< registers itself

} // namespace
