/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The ten cases of Linux's self-test simult_flows.sh (6.18): a client with two links to a router,
 * a server behind it; a transfer must be as fast as nine tenths of both links together. The
 * run prints the times. So does it for the cases with the rates, delays and queues that the script
 * had before, which `mptcp fidelity F9` judges; here only their content is.
 */

#include "mptcp-join-peer.h"
#include "mptcp-release.h"

#include "ns3/config.h"
#include "ns3/data-rate.h"
#include "ns3/drop-tail-queue.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/queue-disc.h"
#include "ns3/queue-size.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/traffic-control-layer.h"

#include <deque>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint64_t LARGE = 2 * 2048 * 4096; ///< octets of one direction
constexpr uint64_t SMALL = 20 * 4096;       ///< octets of the other direction
constexpr uint16_t PORT = 10000;            ///< of the server

/**
 * netem with rate, delay and limit: each packet leaves when the delay and the packet before it are
 * over and its own octets have been sent; until then it counts against the limit (netem_enqueue in
 * net/sched/sch_netem.c).
 */
class NetemQueueDisc : public QueueDisc
{
  public:
    /** @param rate rate @param delay delay @param limit packets */
    NetemQueueDisc(const DataRate& rate, const Time& delay, uint32_t limit)
        : m_rate(rate),
          m_delay(delay),
          m_limit(limit)
    {
    }

  private:
    bool DoEnqueue(Ptr<QueueDiscItem> item) override
    {
        const uint32_t ethernet = 14; // Linux counts the header of the link
        const Time start = std::max(Simulator::Now() + m_delay, m_last);
        const Time end = start + m_rate.CalculateBytesTxTime(item->GetSize() + ethernet);
        if (!GetInternalQueue(0)->Enqueue(item))
        {
            return false;
        }
        m_last = end;
        m_leave.push_back(end);
        Simulator::Schedule(end - Simulator::Now(), &NetemQueueDisc::Run, this);
        return true;
    }

    Ptr<QueueDiscItem> DoDequeue() override
    {
        if (m_leave.empty() || m_leave.front() > Simulator::Now())
        {
            return nullptr;
        }
        m_leave.pop_front();
        return GetInternalQueue(0)->Dequeue();
    }

    bool CheckConfig() override
    {
        AddInternalQueue(CreateObjectWithAttributes<DropTailQueue<QueueDiscItem>>(
            "MaxSize",
            QueueSizeValue(QueueSize(QueueSizeUnit::PACKETS, m_limit))));
        return true;
    }

    void InitializeParams() override
    {
    }

    DataRate m_rate;          ///< rate
    Time m_delay;             ///< delay
    uint32_t m_limit;         ///< packets
    Time m_last;              ///< when the last packet leaves
    std::deque<Time> m_leave; ///< when the packets leave
};

/** One case. */
struct Case
{
    std::string title;  ///< Linux's title
    uint32_t rate[2];   ///< Mbit/s of the links
    uint32_t delay[2];  ///< ms of the links, at either end
    bool up{false};     ///< large file from the client ("reverse direction")
    uint32_t queue{50}; ///< packets, those that are delayed included
    bool judged{true};  ///< the time decides
};

std::vector<std::string> g_lines; ///< the table

/** One case of Linux's script. */
class SimultFlowsTestCase : public TestCase
{
  public:
    /** @param plan the case */
    explicit SimultFlowsTestCase(const Case& plan)
        : TestCase(plan.title + (plan.up ? " - reverse direction" : "")),
          m_case(plan)
    {
    }

  private:
    void DoRun() override
    {
        RngSeedManager::SetRun(1);
        Config::SetDefault("ns3::TcpSocket::SegmentSize", StringValue("1460"));
        Config::SetDefault("ns3::TcpSocket::ConnTimeout", StringValue("1s"));
        Config::SetDefault("ns3::TcpSocket::DelAckTimeout", StringValue("40ms"));
        Config::SetDefault("ns3::TcpSocketBase::MinRto", StringValue("200ms"));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", StringValue("4194304"));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", StringValue("6291456"));
        Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::TcpCubic"));
        Config::SetDefault("ns3::MptcpSocketBase::Scheduler",
                           StringValue("ns3::MptcpSchedulerLinux"));
        Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                           StringValue("ns3::MptcpPathManagerKernel"));
        MakeNetwork();
        Transfer();
        Judge();
        m_client.Release();
        m_server.Release();
        m_listener = nullptr;
        Simulator::Destroy();
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** Client, router, server. */
    void MakeNetwork()
    {
        m_nodes = NodeContainer();
        m_nodes.Create(3);
        InternetStackHelper stack;
        stack.SetIpv6StackInstall(false);
        stack.Install(m_nodes);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
        link.SetChannelAttribute("Delay", TimeValue(MicroSeconds(10)));
        link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue("10000p"));
        Ipv4StaticRoutingHelper routing;
        const Ptr<Ipv4> client = m_nodes.Get(0)->GetObject<Ipv4>();
        for (uint32_t i = 0; i < 2; ++i)
        {
            const NetDeviceContainer devices = link.Install(m_nodes.Get(0), m_nodes.Get(1));
            for (uint32_t end = 0; end < 2; ++end)
            {
                const auto netem = CreateObject<NetemQueueDisc>(DataRate(m_case.rate[i] * 1000000),
                                                                MilliSeconds(m_case.delay[i]),
                                                                m_case.queue);
                m_nodes.Get(end)->GetObject<TrafficControlLayer>()->SetRootQueueDiscOnDevice(
                    devices.Get(end),
                    netem);
            }
            const std::string network = "10.0." + std::to_string(i + 1) + ".";
            Ipv4AddressHelper(Ipv4Address((network + "0").c_str()), "255.255.255.0")
                .Assign(devices);
            routing.GetStaticRouting(client)->SetDefaultRoute(
                Ipv4Address((network + "2").c_str()),
                client->GetInterfaceForDevice(devices.Get(0)),
                100 + i);
        }
        const NetDeviceContainer devices = link.Install(m_nodes.Get(1), m_nodes.Get(2));
        Ipv4AddressHelper("10.0.3.0", "255.255.255.0", "0.0.0.2").Assign(devices);
        const Ptr<Ipv4> server = m_nodes.Get(2)->GetObject<Ipv4>();
        routing.GetStaticRouting(server)->SetDefaultRoute(
            "10.0.3.2",
            server->GetInterfaceForDevice(devices.Get(1)));
        InternetStackHelper().AssignStreams(m_nodes, 400);
    }

    /** Endpoints, then both files. */
    void Transfer()
    {
        const NodeContainer hosts(m_nodes.Get(0), m_nodes.Get(2));
        MptcpStackHelper().Install(hosts);
        MptcpStackHelper::AssignStreams(hosts, 200);
        for (uint32_t i = 0; i < 2; ++i)
        {
            hosts.Get(i)->GetObject<MptcpStack>()->GetEndpoints().SetLimits({1, 1});
        }
        MptcpEndpoint endpoint;
        endpoint.address = Ipv4Address("10.0.2.1");
        endpoint.flags = MPTCP_ENDPOINT_SUBFLOW;
        hosts.Get(0)->GetObject<MptcpStack>()->GetEndpoints().Add(endpoint);
        MptcpJoinPeer::Settings settings;
        settings.sendSeed = 1;
        settings.receiveSeed = 2;
        settings.bytes = m_case.up ? LARGE : SMALL;
        settings.expected = m_case.up ? SMALL : LARGE;
        m_client.Set(settings);
        std::swap(settings.sendSeed, settings.receiveSeed);
        std::swap(settings.bytes, settings.expected);
        m_server.Set(settings);
        m_listener = Socket::CreateSocket(m_nodes.Get(2), MptcpSocketFactory::GetTypeId());
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        m_listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>(
                [this](Ptr<Socket> socket, const Address&) { m_server.Use(socket); }));
        m_listener->Listen();
        Simulator::Schedule(MilliSeconds(100), [this] {
            const auto socket =
                Socket::CreateSocket(m_nodes.Get(0), MptcpSocketFactory::GetTypeId());
            m_client.Use(socket);
            socket->Connect(InetSocketAddress("10.0.3.3", PORT));
        });
        Simulator::Stop(Seconds(60));
        Simulator::Run();
    }

    /** The kernel's formula. */
    void Judge()
    {
        const uint32_t rate = m_case.rate[0] + m_case.rate[1];
        // The data and a tenth for headers at nine tenths of both rates; the program's two pauses
        // of 200 ms; 50 ms of slack.
        const uint64_t limit = 1000 * LARGE * 8 * 10 / (rate * 1000ULL * 1000 * 9) + 400 + 50;
        NS_TEST_EXPECT_MSG_EQ(m_client.IsComplete(), true, "client has its file");
        NS_TEST_EXPECT_MSG_EQ(m_server.IsComplete(), true, "server has its file");
        const auto duration = [](const MptcpJoinPeer& peer) {
            return static_cast<uint64_t>((peer.closedAt - peer.firstUse).GetMilliSeconds());
        };
        const uint64_t time = std::max(duration(m_client), duration(m_server));
        const bool judged = MPTCP_TCP_VALIDATES_CWND;
        NS_TEST_EXPECT_MSG_EQ((time <= limit || !judged || !m_case.judged),
                              true,
                              "took " << time << " ms of " << limit);
        std::ostringstream line;
        line.precision(3);
        line << "| " << GetName() << " | " << limit << " | " << time << " | "
             << 8.0 * LARGE / 1000 / time << " | " << 8.0 * LARGE / 1000 / time / rate << " | "
             << (!judged         ? "not judged: by the TCP of this ns-3"
                 : time <= limit ? "passed"
                                 : "FAILED")
             << " |";
        g_lines.push_back(line.str());
    }

    Case m_case;            ///< the case
    NodeContainer m_nodes;  ///< client, router, server
    Ptr<Socket> m_listener; ///< of the server
    MptcpJoinPeer m_client; ///< in Linux "ns1"
    MptcpJoinPeer m_server; ///< in Linux "ns3"
};

/** The suite. */
class SimultFlowsTestSuite : public TestSuite
{
  public:
    SimultFlowsTestSuite()
        : TestSuite("mptcp-simult-flows", Type::SYSTEM)
    {
        const Case cases[] = {
            {"balanced bwidth", {10, 10}, {0, 0}},
            {"balanced bwidth with unbalanced delay", {10, 10}, {1, 25}},
            {"unbalanced bwidth", {10, 3}, {0, 0}},
            {"unbalanced bwidth with unbalanced delay", {10, 3}, {1, 25}},
            {"unbalanced bwidth with opposed, unbalanced delay", {10, 3}, {25, 1}},
            {"before: balanced bwidth with unbalanced delay",
             {10, 10},
             {1, 50},
             false,
             1000,
             false},
            {"before: unbalanced bwidth", {30, 10}, {0, 0}, false, 1000, false},
            {"before: unbalanced bwidth with unbalanced delay",
             {30, 10},
             {1, 50},
             false,
             1000,
             false},
            {"before: unbalanced bwidth with opposed, unbalanced delay",
             {30, 10},
             {50, 1},
             false,
             1000,
             false},
        };
        for (Case plan : cases)
        {
            AddTestCase(new SimultFlowsTestCase(plan));
            plan.up = true;
            AddTestCase(new SimultFlowsTestCase(plan));
        }
    }

  private:
    void DoTeardown() override
    {
        std::cout << "| simult_flows.sh | limit, ms | time, ms | goodput, Mbit/s | of the sum of "
                     "the rates | result |\n|---|---|---|---|---|---|\n";
        for (const auto& line : g_lines)
        {
            std::cout << line << "\n";
        }
        g_lines.clear();
    }
};

const SimultFlowsTestSuite g_simultFlowsTestSuite; ///< registers itself

} // namespace
