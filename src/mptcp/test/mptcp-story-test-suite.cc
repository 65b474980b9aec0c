/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Stories of whole connections between two hosts: each has a name, a course of events and an end at
 * which every octet must be in its place and nothing may be left over.
 */

#include "mptcp-story.h"

#include "ns3/application-container.h"
#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/node.h"
#include "ns3/object-ptr-container.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/tcp-bbr.h"
#include "ns3/tcp-cubic.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <deque>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/// Times that a story with chance in it is told.
constexpr uint32_t SEEDS = 20;

/// When MptcpStory connects.
const Time CONNECT = MilliSeconds(100);

/** Looks at every packet on every wire. */
class WireWatch
{
  public:
    /** @param topology a topology that is built */
    explicit WireWatch(const MptcpTopologyHelper& topology)
    {
        const NetDeviceContainer devices = topology.GetDevices();
        for (uint32_t i = 0; i < devices.GetN(); ++i)
        {
            devices.Get(i)->TraceConnectWithoutContext(
                "PhyTxEnd",
                Callback<void, Ptr<const Packet>>(
                    [this, i](Ptr<const Packet> packet) { See(i, *packet, m_mtus[i]); }));
            m_mtus.push_back(devices.Get(i)->GetMtu());
        }
    }

    uint64_t hash{0xcbf29ce484222325}; ///< FNV-1a of device, time and octets of all packets
    uint32_t packets{0};               ///< packets seen
    uint32_t fragments{0};             ///< of them fragments of IP packets
    uint32_t largest{0};               ///< octets of the largest IP packet
    uint32_t tooLarge{0};              ///< packets above the MTU

  private:
    /** @param octet next octet of the hash */
    void Mix(uint8_t octet)
    {
        hash = (hash ^ octet) * 0x100000001b3;
    }

    /** @param device index @param packet with its PPP header @param mtu of the device */
    void See(uint32_t device, const Packet& packet, uint32_t mtu)
    {
        constexpr uint32_t pppSize = 2;
        m_octets.resize(packet.GetSize());
        packet.CopyData(m_octets.data(), m_octets.size());
        Mix(static_cast<uint8_t>(device));
        for (uint64_t time = Simulator::Now().GetTimeStep(); time > 0; time >>= 8)
        {
            Mix(static_cast<uint8_t>(time));
        }
        for (const uint8_t octet : m_octets)
        {
            Mix(octet);
        }
        ++packets;
        const uint8_t* ip = m_octets.data() + pppSize;
        const bool ipv4 = ip[0] >> 4 == 4;
        // IPv4: more fragments or an offset; IPv6: the next header is the fragment header.
        fragments += ipv4 ? (ip[6] & 0x3f || ip[7]) : ip[6] == 44;
        largest = std::max<uint32_t>(largest, m_octets.size() - pppSize);
        tooLarge += m_octets.size() - pppSize > mtu;
    }

    std::vector<uint8_t> m_octets; ///< of the packet in hand
    std::vector<uint32_t> m_mtus;  ///< by device
};

/** Counts the subflows of all connections of a node. */
class SubflowWatch
{
  public:
    /** @param node node with an MptcpStack */
    explicit SubflowWatch(Ptr<Node> node)
    {
        node->GetObject<MptcpStack>()->TraceConnectWithoutContext(
            "ConnectionCreated",
            Callback<void, Ptr<MptcpSocketBase>>([this](Ptr<MptcpSocketBase> connection) {
                connection->TraceConnectWithoutContext(
                    "SubflowEstablished",
                    Callback<void, Ptr<MptcpSubflow>>([this](Ptr<MptcpSubflow> subflow) {
                        ++established;
                        Address name;
                        subflow->GetSockName(name);
                        families.insert(InetSocketAddress::IsMatchingType(name) ? 4 : 6);
                    }));
                connection->TraceConnectWithoutContext(
                    "State",
                    Callback<void, MptcpState, MptcpState>(
                        [this](MptcpState, MptcpState now) { states.insert(now); }));
            }));
    }

    uint32_t established{0};     ///< subflows so far
    std::set<int> families;      ///< 4 and 6, of their addresses
    std::set<MptcpState> states; ///< all states so far
};

/** All that a check after a story may ask. */
struct Outcome
{
    MptcpStory& story;    ///< the two hosts
    WireWatch& wire;      ///< the packets
    SubflowWatch& client; ///< the client's subflows
    SubflowWatch& server; ///< the server's subflows
};

/** One story. */
struct Story
{
    std::string name;                                  ///< of the test case
    uint64_t up{0};                                    ///< octets client to server
    uint64_t down{0};                                  ///< octets server to client
    uint32_t paths{2};                                 ///< disjoint paths
    uint32_t seeds{1};                                 ///< times it is told, each with a new seed
    bool fallback{false};                              ///< plain TCP is what should come of it
    Time until{Seconds(1200)};                         ///< by then all is over
    std::function<void(MptcpStory&)> prepare;          ///< before Start
    std::function<void(MptcpStory&)> events;           ///< after Start
    std::function<std::string(const Outcome&)> verify; ///< @return complaint, or empty
};

/** What a node's TCP still holds. */
struct Sockets
{
    std::size_t number{0}; ///< sockets
    std::string states;    ///< of those that are subflows
};

/** @param node any node @return sockets that its TCP still has */
Sockets
GetSockets(Ptr<Node> node)
{
    ObjectPtrContainerValue values;
    node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", values);
    Sockets sockets;
    for (auto it = values.Begin(); it != values.End(); ++it)
    {
        ++sockets.number;
        if (const auto subflow = DynamicCast<MptcpSubflow>(it->second))
        {
            sockets.states += std::string(" ") + TcpSocket::TcpStateName[subflow->GetTcpState()];
        }
    }
    return sockets;
}

/** Settings of all stories, unless a story has its own. */
void
SetDefaults()
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));
}

/** Tells one story with all its seeds. */
class StoryTestCase : public TestCase
{
  public:
    /** @param story what to tell */
    explicit StoryTestCase(const Story& story)
        : TestCase(story.name),
          m_story(story)
    {
    }

  private:
    void DoRun() override
    {
        for (uint32_t seed = 1; seed <= m_story.seeds; ++seed)
        {
            Tell(seed);
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param seed RngRun */
    void Tell(uint32_t seed)
    {
        SetDefaults();
        MptcpStory story(m_story.paths, seed);
        story.up = m_story.up;
        story.down = m_story.down;
        if (m_story.prepare)
        {
            m_story.prepare(story);
        }
        story.Start();
        WireWatch wire(story.topology);
        SubflowWatch client(story.topology.GetClient());
        SubflowWatch server(story.topology.GetServer());
        if (m_story.events)
        {
            m_story.events(story);
        }
        story.Run(m_story.until);
        const std::string who =
            GetName() + ", seed " + std::to_string(seed) + ": " + story.Describe();
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, who);
        NS_TEST_EXPECT_MSG_EQ(wire.fragments, 0, who << ": fragments");
        NS_TEST_EXPECT_MSG_EQ(wire.tooLarge, 0, who << ": packets above the MTU");
        CheckHost(story.topology.GetClient(), story.GetClient(), 0, who + ": client");
        CheckHost(story.topology.GetServer(), story.GetServer(), 1, who + ": server");
        if (m_story.verify)
        {
            NS_TEST_EXPECT_MSG_EQ(m_story.verify(Outcome{story, wire, client, server}), "", who);
        }
    }

    /**
     * Nothing wrong was counted, nothing is left over.
     *
     * @param node the host
     * @param connection its connection, null if it has plain TCP
     * @param sockets its listening sockets
     * @param who for messages
     */
    void CheckHost(Ptr<Node> node,
                   Ptr<MptcpSocketBase> connection,
                   std::size_t sockets,
                   const std::string& who)
    {
        const Ptr<MptcpStack> stack = node->GetObject<MptcpStack>();
        for (const char* never : {"MPJoinSynAckHMacFailure",
                                  "MPJoinAckHMacFailure",
                                  "DSSNotMatching",
                                  "DSSCorruptionFallback",
                                  "DSSCorruptionReset",
                                  "DataCsumErr",
                                  "MPFallbackTokenInit",
                                  "MPCapableDataFallback",
                                  "DssFallback",
                                  "SimultConnectFallback",
                                  "FallbackFailed",
                                  "InfiniteMapTx",
                                  "InfiniteMapRx",
                                  "AddAddrDrop",
                                  "MPFastcloseTx",
                                  "MPFastcloseRx",
                                  "MPCapableFallbackACK",
                                  "MPCurrEstab"})
        {
            NS_TEST_EXPECT_MSG_EQ(stack->GetCounter(never), 0, who << ": " << never);
        }
        if (!m_story.fallback)
        {
            NS_TEST_EXPECT_MSG_EQ(stack->GetCounter("MPCapableFallbackSYNACK"), 0, who);
        }
        if (connection)
        {
            NS_TEST_EXPECT_MSG_EQ(connection->GetState(), MptcpState::CLOSED, who << ": state");
            NS_TEST_EXPECT_MSG_EQ(connection->GetSubflows().size(), 0, who << ": subflows");
            NS_TEST_EXPECT_MSG_EQ(connection->IsFallback(), m_story.fallback, who << ": fallback");
        }
        const Sockets left = GetSockets(node);
        NS_TEST_EXPECT_MSG_EQ(left.number, sockets, who << ": sockets left:" << left.states);
    }

    Story m_story; ///< what to tell
};

/** @param a expected @param b found @param what of what @return complaint, or empty */
std::string
Expect(uint64_t a, uint64_t b, const std::string& what)
{
    return a == b ? "" : what + ": " + std::to_string(b) + " instead of " + std::to_string(a);
}

/** @param truth what should hold @param what complaint @return the complaint if it does not */
std::string
Expect(bool truth, const std::string& what)
{
    return truth ? "" : what;
}

/** @param story a story @param client asks @param server asks, too: for DSS checksums */
void
SetChecksum(MptcpStory& story, bool client, bool server)
{
    story.topology.GetClient()->GetObject<MptcpStack>()->SetAttribute("ChecksumEnabled",
                                                                      BooleanValue(client));
    story.topology.GetServer()->GetObject<MptcpStack>()->SetAttribute("ChecksumEnabled",
                                                                      BooleanValue(server));
}

/** @param story a story @param rate loss of both directions of both paths */
void
SetLoss(MptcpStory& story, double rate)
{
    for (uint32_t path = 0; path < story.topology.GetNPaths(); ++path)
    {
        story.topology.SetLossRate(path, rate, rate);
    }
}

/** @param story a story whose SYNs may be lost: that is no reason for plain TCP */
void
InsistOnMptcp(MptcpStory& story)
{
    for (const auto& node : {story.topology.GetClient(), story.topology.GetServer()})
    {
        node->GetObject<MptcpStack>()->SetAttribute("SynRetransBeforeTcpFallback",
                                                    UintegerValue(100));
    }
}

/** @param name of TcpSocket @param value default of the story */
void
SetTcp(const std::string& name, uint64_t value)
{
    Config::SetDefault("ns3::TcpSocket::" + name, UintegerValue(value));
}

/**
 * The server reads for 20 ms in every 200 ms.
 * @param story a story that has started
 */
void
ReadSlowly(MptcpStory& story)
{
    for (int i = 0; i < 500; ++i)
    {
        Simulator::Schedule(MilliSeconds(200 * i),
                            [&story, i] { story.server.ReadFrom(MilliSeconds(200 * i + 180)); });
    }
}

/** @return all stories */
std::vector<Story>
MakeStories()
{
    std::deque<Story> stories;
    const auto add = [&stories](const std::string& name, uint64_t up, uint64_t down) -> Story& {
        Story story;
        story.name = name;
        story.up = up;
        story.down = down;
        return stories.emplace_back(story);
    };
    const auto twoPaths = [](const Outcome& o) {
        return Expect(o.client.established >= 2 && o.server.established >= 2,
                      "a second subflow was not established");
    };

    add("upload over two paths", 2'000'000, 0).verify = twoPaths;
    add("download over two paths", 0, 2'000'000).verify = twoPaths;
    add("both directions over two paths", 1'500'000, 1'000'000).verify = twoPaths;
    {
        Story& s = add("one path", 500'000, 500'000);
        s.paths = 1;
        s.verify = [](const Outcome& o) { return Expect(1, o.client.established, "subflows"); };
    }
    {
        Story& s = add("four paths", 3'000'000, 1'000'000);
        s.paths = 4;
        s.verify = [](const Outcome& o) {
            return Expect(o.client.established >= 4, "fewer than four subflows");
        };
    }

    // Paths that come and go
    const auto reinjected = [](const Outcome& o) {
        return Expect(o.story.GetClientCounter("MPTCPRetrans") > 0, "nothing was sent again");
    };
    {
        Story& s = add("second path cut for good", 3'000'000, 0);
        s.events = [](MptcpStory& t) { t.topology.CutPath(1, Seconds(1)); };
        s.verify = reinjected;
    }
    {
        Story& s = add("second path cut, returns", 4'000'000, 0);
        s.events = [](MptcpStory& t) { t.topology.CutPath(1, Seconds(1), Seconds(2)); };
        s.verify = reinjected;
    }
    {
        Story& s = add("initial path cut for good", 3'000'000, 0);
        s.events = [](MptcpStory& t) { t.topology.CutPath(0, Seconds(1)); };
        s.verify = reinjected;
    }
    {
        Story& s = add("initial path cut, both directions busy", 2'000'000, 2'000'000);
        s.events = [](MptcpStory& t) { t.topology.CutPath(0, Seconds(1), Seconds(3)); };
        s.verify = reinjected;
    }
    {
        Story& s = add("both paths cut, then return", 3'000'000, 100'000);
        s.events = [](MptcpStory& t) {
            t.topology.CutPath(0, Seconds(1), Seconds(4));
            t.topology.CutPath(1, MilliSeconds(1200), Seconds(5));
        };
    }
    {
        Story& s = add("paths cut in turn", 4'000'000, 1'000'000);
        s.events = [](MptcpStory& t) {
            for (int i = 0; i < 5; ++i)
            {
                t.topology.CutPath(i % 2,
                                   MilliSeconds(500 + 700 * i),
                                   MilliSeconds(1100 + 700 * i));
            }
        };
    }
    for (uint32_t path : {0, 1})
    {
        Story& s = add("client's interface " + std::to_string(path) + " down and up", 4'000'000, 0);
        s.events = [path](MptcpStory& t) {
            t.topology.DownInterface(MptcpTopologyHelper::CLIENT, path, Seconds(1), Seconds(3));
        };
    }
    {
        Story& s = add("server's interface 1 down and up", 3'000'000, 1'000'000);
        s.events = [](MptcpStory& t) {
            t.topology.DownInterface(MptcpTopologyHelper::SERVER, 1, Seconds(1), Seconds(3));
        };
    }

    // Chance
    struct Loss
    {
        const char* name;
        double rate;
        uint64_t up;
    };

    for (const Loss& loss : {Loss{"1 % loss", 0.01, 300'000},
                             Loss{"5 % loss", 0.05, 100'000},
                             Loss{"20 % loss", 0.2, 30'000}})
    {
        Story& s = add(loss.name, loss.up, loss.up / 3);
        s.seeds = SEEDS;
        s.until = Seconds(4000);
        s.prepare = [rate = loss.rate](MptcpStory& t) { SetLoss(t, rate); };
        s.events = InsistOnMptcp;
    }
    {
        Story& s = add("reordering and duplication", 200'000, 100'000);
        s.seeds = SEEDS;
        s.prepare = [](MptcpStory& t) {
            t.reorder = 0.1;
            t.duplicate = 0.05;
        };
    }
    {
        Story& s = add("reordering, duplication and 5 % loss", 100'000, 50'000);
        s.seeds = SEEDS;
        s.until = Seconds(4000);
        s.prepare = [](MptcpStory& t) {
            SetLoss(t, 0.05);
            t.reorder = 0.2;
            t.duplicate = 0.1;
        };
        s.events = InsistOnMptcp;
    }

    // Buffers and applications
    for (uint32_t kilo : {8, 16})
    {
        const std::string name = std::to_string(kilo) + " kB receive buffer";
        const auto tiny = [kilo](MptcpStory&) { SetTcp("RcvBufSize", kilo * 1024); };
        {
            Story& s = add(name, 300'000, 0);
            s.prepare = tiny;
        }
        {
            Story& s = add(name + ", slow reader", 200'000, 0);
            s.prepare = tiny;
            s.events = ReadSlowly;
        }
        {
            Story& s = add(name + ", zero window", 200'000, 0);
            s.prepare = tiny;
            s.events = [](MptcpStory& t) { t.server.ReadFrom(Seconds(20)); };
            s.verify = [](const Outcome& o) {
                return Expect(o.story.GetClientCounter("WinProbe") > 0, "no window probe");
            };
        }
        {
            Story& s = add(name + ", window update lost", 200'000, 0);
            s.prepare = tiny;
            s.events = [](MptcpStory& t) {
                t.server.ReadFrom(Seconds(5));
                t.topology.CutPath(0, MilliSeconds(4900), MilliSeconds(5200));
                t.topology.CutPath(1, MilliSeconds(4900), MilliSeconds(5200));
            };
            s.verify = [](const Outcome& o) {
                return Expect(o.story.GetClientCounter("WinProbe") > 0, "no window probe");
            };
        }
    }
    for (uint32_t size : {2000, 8192})
    {
        Story& s = add(std::to_string(size) + " octets of send buffer", 200'000, 200'000);
        s.prepare = [size](MptcpStory&) { SetTcp("SndBufSize", size); };
    }
    for (bool noDelay : {true, false})
    {
        Story& s = add(noDelay ? "small writes" : "small writes, Nagle", 100'000, 100'000);
        s.prepare = [noDelay](MptcpStory& t) {
            Config::SetDefault("ns3::TcpSocket::TcpNoDelay", BooleanValue(noDelay));
            t.client.SetWriteSize(100);
            t.server.SetWriteSize(100);
        };
    }

    // Ends
    add("client ends, server goes on", 1000, 1'000'000);
    add("server ends, client goes on", 1'000'000, 1000);
    add("close with nothing sent", 0, 0);
    {
        Story& s = add("simultaneous close", 10'000, 10'000);
        s.prepare = [](MptcpStory& t) {
            t.client.KeepOpen();
            t.server.KeepOpen();
        };
        s.events = [](MptcpStory& t) {
            Simulator::Schedule(Seconds(1), [&t] {
                t.client.socket->ShutdownSend();
                t.server.socket->ShutdownSend();
            });
        };
        s.verify = [](const Outcome& o) {
            return Expect(o.client.states.count(MptcpState::CLOSING) == 1 &&
                              o.server.states.count(MptcpState::CLOSING) == 1,
                          "the DATA_FINs did not cross");
        };
    }
    {
        Story& s = add("idle for a minute, then closed", 10'000, 10'000);
        s.prepare = [](MptcpStory& t) {
            t.client.KeepOpen();
            t.server.KeepOpen();
        };
        s.events = [](MptcpStory& t) {
            Simulator::Schedule(Seconds(60), [&t] { t.client.socket->Close(); });
            Simulator::Schedule(Seconds(70), [&t] { t.server.socket->Close(); });
        };
    }

    // Families
    {
        Story& s = add("IPv6", 1'000'000, 500'000);
        s.prepare = [](MptcpStory& t) {
            t.topology.SetFamily(MptcpTopologyHelper::IPV6);
            t.family = MptcpTopologyHelper::IPV6;
        };
        s.verify = twoPaths;
    }
    for (const auto family : {MptcpTopologyHelper::IPV4, MptcpTopologyHelper::IPV6})
    {
        Story& s =
            add(family == MptcpTopologyHelper::IPV4 ? "IPv4, IPv6 joins" : "IPv6, IPv4 joins",
                2'000'000,
                1'000'000);
        s.prepare = [family](MptcpStory& t) {
            t.topology.SetFamily(MptcpTopologyHelper::DUAL);
            t.family = family;
        };
        s.verify = [](const Outcome& o) {
            return Expect(2, o.client.families.size(), "families of the subflows");
        };
    }

    // Plain TCP. Stock TCP loses data that it has to send again after the peer's FIN, so nobody
    // closes before all is read.
    const auto closeLate = [](MptcpStory& t) {
        t.client.KeepOpen();
        t.server.KeepOpen();
        Simulator::Schedule(Seconds(500), [&t] { t.client.socket->Close(); });
        Simulator::Schedule(Seconds(510), [&t] { t.server.socket->Close(); });
    };
    {
        Story& s = add("MPTCP client, TCP server", 500'000, 500'000);
        s.fallback = true;
        s.prepare = [](MptcpStory& t) { t.serverMptcp = false; };
        s.events = closeLate;
        s.verify = [](const Outcome& o) {
            return Expect(1, o.story.GetClientCounter("MPCapableSYNTX"), "MPCapableSYNTX") +
                   Expect(1,
                          o.story.GetClientCounter("MPCapableFallbackSYNACK"),
                          "MPCapableFallbackSYNACK");
        };
    }
    {
        Story& s = add("TCP client, MPTCP server", 500'000, 500'000);
        s.fallback = true;
        s.prepare = [](MptcpStory& t) { t.clientMptcp = false; };
        s.events = closeLate;
        s.verify = [](const Outcome& o) {
            return Expect(0, o.story.GetServerCounter("MPCapableSYNRX"), "MPCapableSYNRX");
        };
    }
    for (bool client : {true, false})
    {
        Story& s =
            add(client ? "fallback of the client, 5 % loss" : "fallback of the server, 5 % loss",
                50'000,
                50'000);
        s.fallback = true;
        s.seeds = 5;
        s.until = Seconds(4000);
        s.prepare = [client](MptcpStory& t) {
            SetLoss(t, 0.05);
            t.clientMptcp = client;
            t.serverMptcp = !client;
        };
        s.events = closeLate;
    }
    {
        Story& s = add("MPTCP disabled at the client", 100'000, 100'000);
        s.fallback = true;
        s.events = [](MptcpStory& t) {
            t.topology.GetClient()->GetObject<MptcpStack>()->SetAttribute("Enabled",
                                                                          BooleanValue(false));
        };
    }
    {
        Story& s = add("MPTCP disabled at the server", 100'000, 100'000);
        s.fallback = true;
        s.events = [](MptcpStory& t) {
            t.topology.GetServer()->GetObject<MptcpStack>()->SetAttribute("Enabled",
                                                                          BooleanValue(false));
        };
    }

    // Settings
    for (const TypeId& type : {TcpNewReno::GetTypeId(), TcpCubic::GetTypeId(), TcpBbr::GetTypeId()})
    {
        Story& s = add("uncoupled " + type.GetName(), 2'000'000, 500'000);
        s.prepare = [type](MptcpStory&) {
            Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", TypeIdValue(type));
        };
        s.verify = twoPaths;
    }
    {
        Story& s = add("pacing", 2'000'000, 500'000);
        s.prepare = [](MptcpStory&) {
            Config::SetDefault("ns3::TcpSocketState::EnablePacing", BooleanValue(true));
        };
        s.verify = twoPaths;
    }
    {
        Story& s = add("without SACK, timestamps and window scaling", 500'000, 500'000);
        s.prepare = [](MptcpStory& t) {
            Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(false));
            Config::SetDefault("ns3::TcpSocketBase::Timestamp", BooleanValue(false));
            Config::SetDefault("ns3::TcpSocketBase::WindowScaling", BooleanValue(false));
            SetLoss(t, 0.01);
        };
    }
    for (const auto& [name, client, server] : {std::tuple{"client", true, false},
                                               std::tuple{"server", false, true},
                                               std::tuple{"both", true, true}})
    {
        Story& s = add(std::string("DSS checksums asked for by ") + name, 500'000, 500'000);
        s.prepare = [](MptcpStory& t) { SetLoss(t, 0.01); };
        s.events = [client = client, server = server](MptcpStory& t) {
            SetChecksum(t, client, server);
        };
        s.verify = twoPaths;
    }
    for (uint32_t mtu : {576, 1500, 9000})
    {
        for (bool checksum : {false, true})
        {
            Story& s = add("MTU " + std::to_string(mtu) + (checksum ? ", checksums" : ""),
                           1'000'000,
                           500'000);
            s.prepare = [mtu](MptcpStory& t) {
                SetTcp("SegmentSize", 10'000);
                t.topology.SetMtu(0, mtu);
                t.topology.SetMtu(1, mtu);
                SetLoss(t, 0.005); // SACK blocks take room, too
            };
            s.events = [checksum](MptcpStory& t) { SetChecksum(t, checksum, checksum); };
            s.verify = [mtu](const Outcome& o) {
                return Expect(o.wire.largest + 16 > mtu, "the path's MTU is not made use of");
            };
        }
    }
    {
        Story& s = add("large MTU cut, small MTU goes on", 3'000'000, 0);
        s.prepare = [](MptcpStory& t) {
            SetTcp("SegmentSize", 10'000);
            t.topology.SetMtu(0, 9000);
            t.topology.SetMtu(1, 1280);
        };
        s.events = [](MptcpStory& t) { t.topology.CutPath(0, MilliSeconds(700)); };
    }
    return {stories.begin(), stories.end()};
}

/** 16 MiB over two paths: time, and goodput against one path. */
class GoodputTestCase : public TestCase
{
  public:
    /** @param first delay of path 0 @param second delay of path 1 */
    GoodputTestCase(Time first, Time second)
        : TestCase("16 MiB over delays of " + std::to_string(first.GetMilliSeconds()) + " and " +
                   std::to_string(second.GetMilliSeconds()) + " ms"),
          m_delays{first, second}
    {
    }

  private:
    void DoRun() override
    {
        const Time two = Measure(2);
        const Time one = Measure(1);
        NS_TEST_EXPECT_MSG_LT_OR_EQ(two, MilliSeconds(7906), "time of two paths");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(one.GetSeconds() / two.GetSeconds(),
                                    1.85,
                                    "goodput of two paths to that of one");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param paths paths @return time from the connect call to the last octet */
    Time Measure(uint32_t paths)
    {
        SetDefaults();
        MptcpStory story(paths);
        for (uint32_t i = 0; i < paths; ++i)
        {
            story.topology.SetDelay(i, m_delays[i]);
        }
        story.up = 16 << 20;
        story.Start();
        story.Run(Seconds(300));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, paths << " paths: " << story.Describe());
        return story.server.lastRead - CONNECT;
    }

    Time m_delays[2]; ///< by path
};

/** The same seed gives the same packets, another seed gives others. */
class SameSeedTestCase : public TestCase
{
  public:
    SameSeedTestCase()
        : TestCase("same seed, same packets")
    {
    }

  private:
    void DoRun() override
    {
        const uint64_t first = Measure(1);
        NS_TEST_EXPECT_MSG_EQ(Measure(1), first, "the same seed gave other packets");
        NS_TEST_EXPECT_MSG_NE(Measure(2), first, "another seed gave the same packets");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param seed RngRun @return hash of all packets */
    uint64_t Measure(uint32_t seed)
    {
        SetDefaults();
        MptcpStory story(2, seed);
        SetLoss(story, 0.02);
        story.reorder = 0.05;
        story.duplicate = 0.02;
        story.topology.SetFamily(MptcpTopologyHelper::DUAL);
        story.up = 500'000;
        story.down = 300'000;
        story.Start();
        InsistOnMptcp(story);
        WireWatch wire(story.topology);
        story.Run(Seconds(1000));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        NS_TEST_EXPECT_MSG_GT(wire.packets, 500, "packets");
        return wire.hash;
    }
};

/**
 * Several connections between the same hosts at once, some of them plain TCP. Nobody closes before
 * all is read, for the sake of stock TCP.
 */
class ManyTestCase : public TestCase
{
  public:
    /** @param name what @param mptcp MPTCP connections @param tcp TCP connections */
    ManyTestCase(const std::string& name, uint32_t mptcp, uint32_t tcp)
        : TestCase(name),
          m_mptcp(mptcp),
          m_tcp(tcp)
    {
    }

  private:
    /** Both ends of a connection. */
    struct Pair
    {
        /** @param seed content */
        explicit Pair(uint32_t seed)
            : client(seed, seed + 1),
              server(seed + 1, seed)
        {
        }

        MptcpStoryEnd client; ///< connects
        MptcpStoryEnd server; ///< accepts
    };

    static constexpr uint64_t UP = 200'000;   ///< octets client to server of each connection
    static constexpr uint64_t DOWN = 100'000; ///< octets server to client

    void DoRun() override
    {
        SetDefaults();
        MptcpTopologyHelper topology(2);
        topology.Build();
        topology.AssignStreams(100);
        MptcpStackHelper().Install(topology.GetNodes());
        MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
        std::deque<Pair> pairs;
        const auto open = [&](uint32_t count, TypeId factory, uint16_t port) {
            const Ptr<Socket> listener = Socket::CreateSocket(topology.GetServer(), factory);
            listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
            listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                        Callback<void, Ptr<Socket>, const Address&>(
                                            [&pairs](Ptr<Socket> socket, const Address& from) {
                                                for (Pair& pair : pairs)
                                                {
                                                    Address name;
                                                    pair.client.socket->GetSockName(name);
                                                    if (name == from)
                                                    {
                                                        pair.server.Use(socket, DOWN);
                                                    }
                                                }
                                            }));
            listener->Listen();
            for (uint32_t i = 0; i < count; ++i)
            {
                Pair& pair = pairs.emplace_back(10 * pairs.size() + 1);
                const Ptr<Socket> socket = Socket::CreateSocket(topology.GetClient(), factory);
                pair.client.KeepOpen();
                pair.server.KeepOpen();
                pair.client.Use(socket, UP);
                socket->Connect(
                    topology.GetSocketAddress(MptcpTopologyHelper::SERVER, i % 2, port));
            }
        };
        open(m_mptcp, MptcpSocketFactory::GetTypeId(), 5000);
        open(m_tcp, TcpSocketFactory::GetTypeId(), 5001);
        Simulator::Schedule(Seconds(60), [&pairs] {
            for (Pair& pair : pairs)
            {
                pair.client.socket->Close();
                pair.server.socket->Close();
            }
        });
        Simulator::Stop(Seconds(700));
        Simulator::Run();
        uint32_t number = 0;
        for (const Pair& pair : pairs)
        {
            const std::string who = GetName() + ", connection " + std::to_string(number++);
            NS_TEST_EXPECT_MSG_EQ(pair.server.received, UP, who << ": up");
            NS_TEST_EXPECT_MSG_EQ(pair.client.received, DOWN, who << ": down");
            NS_TEST_EXPECT_MSG_EQ(pair.server.firstMismatch, -1, who << ": up");
            NS_TEST_EXPECT_MSG_EQ(pair.client.firstMismatch, -1, who << ": down");
            NS_TEST_EXPECT_MSG_EQ(pair.client.closed, true, who);
            NS_TEST_EXPECT_MSG_EQ(pair.server.closed, true, who);
            const auto connection = DynamicCast<MptcpSocketBase>(pair.client.socket);
            NS_TEST_EXPECT_MSG_EQ(connection && connection->IsFallback(), false, who);
        }
        for (uint32_t i = 0; i < 2; ++i)
        {
            const Ptr<Node> node = topology.GetNodes().Get(i);
            const Ptr<MptcpStack> stack = node->GetObject<MptcpStack>();
            NS_TEST_EXPECT_MSG_EQ(stack->GetCounter("MPCurrEstab"), 0, "host " << i);
            NS_TEST_EXPECT_MSG_EQ(stack->GetCounter("MPJoinNoTokenFound"), 0, "host " << i);
            const Sockets left = GetSockets(node);
            const std::size_t listeners = i == 0 ? 0 : 2;
            NS_TEST_EXPECT_MSG_EQ(left.number, listeners, "host " << i << ": " << left.states);
        }
        Simulator::Destroy();
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    uint32_t m_mptcp; ///< MPTCP connections
    uint32_t m_tcp;   ///< TCP connections
};

/** Unmodified applications. */
class ApplicationTestCase : public TestCase
{
  public:
    /** @param onOff OnOff instead of BulkSend @param down sent by the server */
    ApplicationTestCase(bool onOff, bool down)
        : TestCase(std::string(onOff ? "OnOff" : "BulkSend") + " and PacketSink, " +
                   (down ? "down" : "up")),
          m_onOff(onOff),
          m_down(down)
    {
    }

  private:
    void DoRun() override
    {
        SetDefaults();
        MptcpTopologyHelper topology(2);
        topology.Build();
        topology.AssignStreams(100);
        MptcpStackHelper().Install(topology.GetNodes());
        MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
        const auto to = m_down ? MptcpTopologyHelper::CLIENT : MptcpTopologyHelper::SERVER;
        const Ptr<Node> sender = topology.GetNodes().Get(m_down ? 1 : 0);
        const Ptr<Node> receiver = topology.GetNodes().Get(m_down ? 0 : 1);
        const std::string factory = "ns3::MptcpSocketFactory";
        PacketSinkHelper sinks(factory, InetSocketAddress(Ipv4Address::GetAny(), 80));
        ApplicationContainer sink = sinks.Install(receiver);
        const Address remote = topology.GetSocketAddress(to, 0, 80);
        uint64_t sent = 0;
        const auto count = Callback<void, Ptr<const Packet>>(
            [&sent](Ptr<const Packet> packet) { sent += packet->GetSize(); });
        ApplicationContainer source;
        if (m_onOff)
        {
            OnOffHelper helper(factory, remote);
            helper.SetConstantRate(DataRate("12Mbps"), 1000);
            helper.SetAttribute("MaxBytes", UintegerValue(TOTAL));
            source = helper.Install(sender);
        }
        else
        {
            BulkSendHelper helper(factory, remote);
            helper.SetAttribute("MaxBytes", UintegerValue(TOTAL));
            source = helper.Install(sender);
        }
        source.Get(0)->TraceConnectWithoutContext("Tx", count);
        source.Stop(Seconds(10));
        Simulator::Stop(Seconds(700));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sent, TOTAL, "octets sent");
        NS_TEST_EXPECT_MSG_EQ(DynamicCast<PacketSink>(sink.Get(0))->GetTotalRx(),
                              TOTAL,
                              "octets in the sink");
        const Ptr<MptcpStack> stack = sender->GetObject<MptcpStack>();
        NS_TEST_EXPECT_MSG_EQ(stack->GetCounter("MPCapableSYNACKRX"), 1, "MPTCP connections");
        // The sink closes when the source does, as with stock TCP.
        for (const auto& node : {sender, receiver})
        {
            NS_TEST_EXPECT_MSG_EQ(node->GetObject<MptcpStack>()->GetCounter("MPCurrEstab"),
                                  0,
                                  "connections left");
        }
        Simulator::Destroy();
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    static constexpr uint64_t TOTAL = 2'000'000; ///< octets

    bool m_onOff; ///< OnOff instead of BulkSend
    bool m_down;  ///< sent by the server
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

/** The suite. */
class MptcpStoryTestSuite : public TestSuite
{
  public:
    MptcpStoryTestSuite()
        : TestSuite("mptcp-story", Type::SYSTEM)
    {
        for (const Story& story : MakeStories())
        {
            AddTestCase(new StoryTestCase(story),
                        story.seeds > 1 ? Extensive<TestCase>() : Quick<TestCase>());
        }
        AddTestCase(new GoodputTestCase(Time(0), Time(0)), Extensive<TestCase>());
        AddTestCase(new GoodputTestCase(MilliSeconds(1), MilliSeconds(25)), Extensive<TestCase>());
        AddTestCase(new SameSeedTestCase);
        AddTestCase(new ManyTestCase("two connections at once", 2, 0));
        AddTestCase(new ManyTestCase("ten connections at once", 10, 0), Extensive<TestCase>());
        AddTestCase(new ManyTestCase("MPTCP and TCP side by side", 3, 3), Extensive<TestCase>());
        for (const bool onOff : {false, true})
        {
            AddTestCase(new ApplicationTestCase(onOff, false));
            AddTestCase(new ApplicationTestCase(onOff, true));
        }
    }
};

const MptcpStoryTestSuite g_mptcpStoryTestSuite; ///< registers itself

} // namespace
