/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * A long life: thousands of connections one after another leave nothing behind, neither at their
 * hosts nor in the middleboxes on their way, and what one that is idle or in TIME_WAIT holds is
 * measured against stock TCP.
 */

#include "mptcp-heap.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/object-ptr-container.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint32_t OCTETS = 5000; ///< of a connection, each way

/// With sanitizers everything takes a multiple of the time.
#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t SHARE = 4;
#else
constexpr uint32_t SHARE = 1;
#endif

/** Two hosts with two paths, a server that sends back what it reads, and clients of it. */
class Hosts
{
  public:
    using Family = MptcpTopologyHelper::Family; ///< of the addresses

    /**
     * @param mptcp MPTCP connections of two subflows; else pairs of stock TCP connections, one on
     * each path
     * @param family addresses
     * @param elements what boxes on both paths do; none without
     */
    explicit Hosts(bool mptcp,
                   Family family = MptcpTopologyHelper::IPV4,
                   const std::function<void(MptcpMiddleboxHelper&)>& elements = {})
        : m_factory(mptcp ? "ns3::MptcpSocketFactory" : "ns3::TcpSocketFactory"),
          m_pairs(mptcp ? 1 : 2),
          m_topology(2)
    {
        RngSeedManager::SetRun(1);
        m_topology.SetFamily(family);
        m_family = family;
        for (uint32_t path = 0; elements && path < 2; ++path)
        {
            MptcpMiddleboxHelper box;
            elements(box);
            m_topology.SetMiddlebox(path, box);
            m_boxed = true;
        }
        m_topology.Build();
        MptcpStackHelper().Install(m_topology.GetNodes());
        for (uint32_t i = 0; i < m_pairs; ++i)
        {
            const Ptr<Socket> listener = Make(m_topology.GetServer());
            const uint16_t port = static_cast<uint16_t>(PORT + i);
            listener->Bind(family == MptcpTopologyHelper::IPV6
                               ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), port))
                               : Address(InetSocketAddress(Ipv4Address::GetAny(), port)));
            listener->SetAcceptCallback(
                MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                Callback<void, Ptr<Socket>, const Address&>(
                    [this](Ptr<Socket> socket, const Address&) { Serve(socket); }));
            listener->Listen();
            m_listeners.push_back(listener);
        }
    }

    ~Hosts()
    {
        m_listeners.clear();
        m_clients.clear();
        m_servers.clear();
        Simulator::Destroy();
    }

    /** Open a connection now, or a pair of them. @param close when it is closed; zero: not */
    void Open(Time close)
    {
        for (uint32_t i = 0; i < m_pairs; ++i)
        {
            const Ptr<Socket> socket = Make(m_topology.GetClient());
            const uint32_t seed = ++m_opened;
            m_clients[seed] = {socket, 0};
            socket->SetRecvCallback(
                Callback<void, Ptr<Socket>>([this, seed](Ptr<Socket>) { Read(seed); }));
            const Callback<void, Ptr<Socket>> ended([this, seed](Ptr<Socket>) { End(seed); });
            socket->SetCloseCallbacks(ended, ended);
            const Address server = m_topology.GetSocketAddress(MptcpTopologyHelper::SERVER,
                                                               i,
                                                               static_cast<uint16_t>(PORT + i),
                                                               m_family);
            faults += socket->Connect(server) != 0;
            const std::vector<uint8_t> octets = MptcpContent(seed, 0, OCTETS);
            socket->Send(Create<Packet>(octets.data(), OCTETS));
            if (close.IsStrictlyPositive())
            {
                Simulator::Schedule(close, [this, socket] {
                    const auto mptcp = DynamicCast<MptcpSocketBase>(socket);
                    alone += mptcp && mptcp->GetSubflows().size() != 2;
                    socket->Close();
                });
            }
        }
    }

    /** Close all that are open. */
    void CloseAll()
    {
        const auto clients = m_clients;
        for (const auto& [seed, client] : clients)
        {
            client.socket->Close();
        }
    }

    /** @param time how long the simulation goes on */
    static void Run(Time time)
    {
        Simulator::Stop(time);
        Simulator::Run();
    }

    /**
     * Open connections one after another, each for some seconds.
     *
     * @param number of connections
     */
    void Live(uint32_t number)
    {
        for (uint32_t i = 0; i < number; ++i)
        {
            Open(Seconds(1));
            Run(Seconds(3));
        }
    }

    /** @return what is left of connections besides listeners, or "" */
    std::string GetLeft() const
    {
        std::string left;
        const auto check = [&left](const std::string& what, std::size_t found, std::size_t wanted) {
            left += found == wanted ? "" : what + " " + std::to_string(found) + "; ";
        };
        for (const bool server : {false, true})
        {
            const Ptr<Node> node = server ? m_topology.GetServer() : m_topology.GetClient();
            const Ptr<MptcpStack> stack = node->GetObject<MptcpStack>();
            ObjectPtrContainerValue sockets;
            node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
            const std::string name = server ? "server: " : "client: ";
            check(name + "sockets of TCP", sockets.GetN(), server ? 1 : 0);
            check(name + "connections", stack->GetNConnections(), server ? 1 : 0);
            check(name + "tokens", stack->GetTokens().GetSize(), 0);
            check(name + "MPCurrEstab", stack->GetCounter("MPCurrEstab"), 0);
        }
        check("sockets of applications", m_clients.size() + m_servers.size(), 0);
        return left;
    }

    /** @return flows that the boxes remember */
    std::size_t GetFlows() const
    {
        std::size_t flows = 0;
        for (uint32_t path = 0; m_boxed && path < 2; ++path)
        {
            const auto box = m_topology.GetMiddlebox(path);
            for (uint32_t i = 0; i < box->GetNElements(); ++i)
            {
                flows += box->GetElement(i)->GetNFlows();
            }
        }
        return flows;
    }

    /** @return sockets of applications of both ends */
    std::size_t GetSockets() const
    {
        return m_clients.size() + m_servers.size();
    }

    /** @return connections, each of a pair counts */
    uint32_t GetOpened() const
    {
        return m_opened;
    }

    uint32_t faults{0};   ///< connections that failed, or brought something else
    uint32_t complete{0}; ///< connections that brought everything
    uint32_t alone{0};    ///< connections without a second subflow when they were closed

  private:
    static constexpr uint16_t PORT = 5000; ///< of the first listener

    /** What a client knows of its connection. */
    struct Client
    {
        Ptr<Socket> socket; ///< its socket
        uint32_t read{0};   ///< octets read
    };

    /** @param node a node @return a socket of it */
    Ptr<Socket> Make(Ptr<Node> node) const
    {
        return Socket::CreateSocket(node, TypeId::LookupByName(m_factory));
    }

    /** @param socket connection that the server has accepted: it sends back what comes */
    void Serve(Ptr<Socket> socket)
    {
        m_servers.insert(socket);
        socket->SetRecvCallback(Callback<void, Ptr<Socket>>([](Ptr<Socket> s) {
            while (Ptr<Packet> packet = s->Recv())
            {
                if (packet->GetSize() == 0)
                {
                    break;
                }
                s->Send(packet);
            }
        }));
        const Callback<void, Ptr<Socket>> ended([this](Ptr<Socket> s) {
            s->Close();
            Release(s);
            m_servers.erase(s);
        });
        socket->SetCloseCallbacks(ended, ended);
    }

    /** @param seed of a connection: something has come to the client */
    void Read(uint32_t seed)
    {
        const auto found = m_clients.find(seed);
        if (found == m_clients.end())
        {
            return; // stock TCP tells of the end that it has told already
        }
        Client& client = found->second;
        while (Ptr<Packet> packet = client.socket->Recv())
        {
            const uint32_t size = packet->GetSize();
            if (size == 0)
            {
                break;
            }
            std::vector<uint8_t> octets(size);
            packet->CopyData(octets.data(), size);
            faults += octets != MptcpContent(seed, client.read, size);
            client.read += size;
        }
    }

    /** @param seed of a connection that has ended for the client */
    void End(uint32_t seed)
    {
        const auto found = m_clients.find(seed);
        if (found != m_clients.end())
        {
            complete += found->second.read == OCTETS;
            Release(found->second.socket);
            m_clients.erase(found);
        }
    }

    /** @param socket a socket that its application lets go of */
    static void Release(Ptr<Socket> socket)
    {
        // Not the callback that is being called.
        Simulator::ScheduleNow([socket] {
            socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
            socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                      MakeNullCallback<void, Ptr<Socket>>());
        });
    }

    std::string m_factory;                      ///< of the sockets
    uint32_t m_pairs;                           ///< connections of Open
    MptcpTopologyHelper m_topology;             ///< the network
    Family m_family{MptcpTopologyHelper::IPV4}; ///< addresses
    bool m_boxed{false};                        ///< there are boxes
    uint32_t m_opened{0};                       ///< connections so far
    std::vector<Ptr<Socket>> m_listeners;       ///< of the server
    std::map<uint32_t, Client> m_clients;       ///< by the seed of the content
    std::set<Ptr<Socket>> m_servers;            ///< of the server
};

/**
 * @ingroup mptcp-test
 * Connections one after another: memory is steady, and nothing is left.
 */
class MptcpSteadyTestCase : public TestCase
{
  public:
    /**
     * @param name what is on the way
     * @param number of connections
     * @param family addresses
     * @param elements what boxes on both paths do
     * @param plain they make plain TCP of all connections
     */
    MptcpSteadyTestCase(const std::string& name,
                        uint32_t number,
                        Hosts::Family family = MptcpTopologyHelper::IPV4,
                        const std::function<void(MptcpMiddleboxHelper&)>& elements = {},
                        bool plain = false)
        : TestCase(std::to_string(number) + " connections, " + name),
          m_number(number),
          m_family(family),
          m_elements(elements),
          m_plain(plain)
    {
    }

  private:
    void DoRun() override
    {
        Hosts hosts(true, m_family, m_elements);
        // Past the 4 min of TIME_WAIT, as many have ended as have begun.
        const uint32_t first = std::max(m_number / 4, 100U);
        hosts.Live(first);
        const std::size_t before = MptcpGetHeapInUse();
        const std::size_t flows = hosts.GetFlows();
        hosts.Live(m_number - first);
        const std::size_t after = MptcpGetHeapInUse();
        const std::size_t more = after > before ? after - before : 0;
        NS_TEST_EXPECT_MSG_LT(more, 16 << 10, "octets more after all than after " << first);
        NS_TEST_EXPECT_MSG_LT(hosts.GetFlows(), flows + 8, "flows that the boxes remember");
        Simulator::Run(); // it ends by itself
        NS_TEST_EXPECT_MSG_EQ(hosts.complete, m_number, "all octets of all connections");
        NS_TEST_EXPECT_MSG_EQ(hosts.faults, 0, "and no others");
        const uint32_t alone = m_plain ? m_number : 0;
        NS_TEST_EXPECT_MSG_EQ(hosts.alone, alone, "without a second subflow");
        NS_TEST_EXPECT_MSG_EQ(hosts.GetLeft(), "", "what is left");
        // Boxes look when a segment comes. All flows that they have then are of one connection.
        hosts.Run(Hours(3));
        hosts.Live(1);
        NS_TEST_EXPECT_MSG_LT(hosts.GetFlows(), 4 * 3 + 1, "flows that are left");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    uint32_t m_number;                                     ///< connections
    Hosts::Family m_family;                                ///< addresses
    std::function<void(MptcpMiddleboxHelper&)> m_elements; ///< boxes
    bool m_plain;                                          ///< plain TCP in the end
};

/**
 * @ingroup mptcp-test
 * What a connection holds, against a pair of stock TCP connections over the same paths.
 */
class MptcpHeldMemoryTestCase : public TestCase
{
  public:
    /** @param wait in TIME_WAIT; else idle @param limit most of the memory of TCP */
    MptcpHeldMemoryTestCase(bool wait, double limit)
        : TestCase(wait ? "memory of connections in TIME_WAIT" : "memory of idle connections"),
          m_wait(wait),
          m_limit(limit)
    {
    }

  private:
    /** @param mptcp MPTCP @param number connections @return octets on the heap */
    std::size_t Measure(bool mptcp, uint32_t number)
    {
        Hosts hosts(mptcp);
        for (uint32_t i = 0; i < number; ++i)
        {
            hosts.Open(Time());
            hosts.Run(MilliSeconds(50));
        }
        hosts.Run(Seconds(5));
        NS_TEST_EXPECT_MSG_EQ(hosts.GetSockets(), 2 * hosts.GetOpened(), "all are connected");
        if (m_wait)
        {
            hosts.CloseAll();
            hosts.Run(Seconds(20));
            NS_TEST_EXPECT_MSG_EQ(hosts.GetSockets(), 0, "all are closed");
        }
        const std::size_t heap = MptcpGetHeapInUse();
        NS_TEST_EXPECT_MSG_EQ(hosts.faults, 0, "no fault");
        return heap;
    }

    void DoRun() override
    {
        constexpr uint32_t number = 100;
        double octets[2];
        for (const bool mptcp : {false, true})
        {
            Measure(mptcp, 1); // what stays allocated for good
            const std::size_t less = Measure(mptcp, number);
            const std::size_t more = Measure(mptcp, 2 * number);
            octets[mptcp] = (static_cast<double>(more) - static_cast<double>(less)) / number;
        }
        NS_TEST_EXPECT_MSG_LT_OR_EQ(octets[1],
                                    m_limit * octets[0],
                                    "octets of an MPTCP connection; " << octets[0] << " of TCP");
    }

    bool m_wait;    ///< in TIME_WAIT
    double m_limit; ///< most of the memory of TCP
};

/**
 * @tparam Case ns3::TestCase; its enumerators became scoped after ns-3.37
 * @return duration of a case that a quick run leaves out
 */
template <typename Case>
constexpr auto
Extensive()
{
    if constexpr (requires { Case::Duration::EXTENSIVE; })
    {
        return Case::Duration::EXTENSIVE;
    }
    else
    {
        return Case::EXTENSIVE;
    }
}

/** The same for the default. @tparam Case ns3::TestCase @return duration of a quick case */
template <typename Case>
constexpr auto
Quick()
{
    if constexpr (requires { Case::Duration::QUICK; })
    {
        return Case::Duration::QUICK;
    }
    else
    {
        return Case::QUICK;
    }
}

/**
 * @ingroup mptcp-test
 * Suite of long lives.
 */
class MptcpSteadyTestSuite : public TestSuite
{
  public:
    MptcpSteadyTestSuite()
        : TestSuite("mptcp-steady", Type::SYSTEM)
    {
        AddTestCase(new MptcpSteadyTestCase("nothing on the way", 2000 / SHARE));
        AddTestCase(new MptcpSteadyTestCase("over IPv6", 400 / SHARE, MptcpTopologyHelper::IPV6),
                    Extensive<TestCase>());
        for (const std::string element : {"Coalescer",
                                          "IsnRandomizer",
                                          "Nat",
                                          "OptionDuplicator",
                                          "OptionFilter",
                                          "Proxy",
                                          "Rewriter",
                                          "Shuffler",
                                          "Splitter",
                                          "WindowClamp"})
        {
            // A Coalescer loses mappings.
            AddTestCase(new MptcpSteadyTestCase(
                            "through a box: " + element,
                            200,
                            MptcpTopologyHelper::IPV4,
                            [element](MptcpMiddleboxHelper& box) { AddElement(box, element); },
                            element == "Coalescer"),
                        element == "Nat" ? Quick<TestCase>() : Extensive<TestCase>());
        }
        AddTestCase(new MptcpHeldMemoryTestCase(true, 1.5));
        AddTestCase(new MptcpHeldMemoryTestCase(false, 1.48));
    }

  private:
    /** @param box gets an element that lets MPTCP through @param element its type */
    static void AddElement(MptcpMiddleboxHelper& box, const std::string& element)
    {
        const std::string type = "ns3::MptcpMiddlebox" + element;
        if (element == "OptionFilter")
        {
            // An option that nobody has: the flows are followed all the same.
            box.AddElement(type, "Kind", UintegerValue(99));
        }
        else if (element == "Rewriter")
        {
            // Beyond the end of all streams.
            box.AddElement(type, "Offset", UintegerValue(1'000'000));
        }
        else
        {
            box.AddElement(type);
        }
    }
};

MptcpSteadyTestSuite g_mptcpSteadyTestSuite; ///< the suite

} // namespace
