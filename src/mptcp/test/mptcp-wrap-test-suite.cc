/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Small connections whose subflows begin shortly before sequence numbers wrap, or change their
 * sign: ns-3's TCP begins at 0, so the client's is told another number before its SYN. Losses,
 * reordering and windows then meet the wrap in all the ways that take 2^32 octets else (suite
 * mptcp-long).
 */

#include "mptcp-script.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <string>

using namespace ns3;

namespace
{

/** One kind of connection. */
struct Kind
{
    std::string name;                           ///< of the test case
    uint32_t paths{1};                          ///< number of paths
    bool fallback{false};                       ///< plain TCP
    std::function<void(MptcpStory&)> prepare{}; ///< before Start
    std::function<void(MptcpStory&)> events{};  ///< after Start
};

constexpr uint64_t UP = 400'000;   ///< octets client to server
constexpr uint64_t DOWN = 150'000; ///< octets server to client

/// Where subflows begin: just before the wrap and before the sign changes, some time before it.
constexpr uint32_t BEGINS[] = {
    UINT32_MAX,
    UINT32_MAX - 1,
    UINT32_MAX - 1448,
    UINT32_MAX - 90'001,
    UINT32_MAX - 200'000,
    UINT32_MAX - 333'333,
    uint32_t{INT32_MAX},
    INT32_MAX - 123'457U,
};

/** @param socket of a client @param begin sequence number of the SYNs of its subflows */
void
BeginAt(Ptr<Socket> socket, uint32_t begin)
{
    socket->TraceConnectWithoutContext(
        "SubflowCreated",
        Callback<void, Ptr<MptcpSubflow>>([begin](Ptr<MptcpSubflow> subflow) {
            subflow->GetTcb()->m_nextTxSequence = SequenceNumber32(begin);
        }));
}

/** Tells one kind of connection from all begins. */
class WrapTestCase : public TestCase
{
  public:
    /** @param kind what to tell @param seeds how often from each begin */
    WrapTestCase(const Kind& kind, uint32_t seeds)
        : TestCase(kind.name),
          m_kind(kind),
          m_seeds(seeds)
    {
    }

  private:
    void DoRun() override
    {
        for (const uint32_t begin : BEGINS)
        {
            for (uint32_t seed = 1; seed <= m_seeds; ++seed)
            {
                Tell(begin, seed);
            }
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param begin sequence number of the client's SYNs @param seed RngRun */
    void Tell(uint32_t begin, uint32_t seed)
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
        MptcpStory story(m_kind.paths, seed);
        story.up = UP;
        story.down = DOWN;
        story.prepareClient = [begin](Ptr<Socket> socket) { BeginAt(socket, begin); };
        if (m_kind.prepare)
        {
            m_kind.prepare(story);
        }
        story.Start();
        if (m_kind.events)
        {
            m_kind.events(story);
        }
        story.Run(Seconds(600));
        const std::string who = GetName() + " from " + std::to_string(begin) + ", seed " +
                                std::to_string(seed) + ": " + story.Describe();
        NS_TEST_ASSERT_MSG_EQ((story.GetClient() != nullptr), true, who);
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, who);
        NS_TEST_EXPECT_MSG_EQ(story.GetClient()->IsFallback(), m_kind.fallback, who);
        NS_TEST_EXPECT_MSG_EQ(story.GetServerCounter("DSSNoMatchTCP"), 0, who);
        NS_TEST_EXPECT_MSG_EQ(story.GetServerCounter("DSSNotMatching"), 0, who);
        NS_TEST_EXPECT_MSG_EQ(story.GetServerCounter("DataCsumErr"), 0, who);
    }

    Kind m_kind;      ///< what to tell
    uint32_t m_seeds; ///< how often from each begin
};

/** @param story small windows that the application opens late, and losses */
void
NarrowAndLossy(MptcpStory& story)
{
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(20'000));
    story.topology.SetLossRate(0, 0.03, 0.03);
    story.server.ReadFrom(Seconds(3));
}

/** @param story loses, swaps and repeats packets of all paths */
void
Unruly(MptcpStory& story)
{
    story.reorder = 0.05;
    story.duplicate = 0.02;
    for (uint32_t path = 0; path < story.topology.GetNPaths(); ++path)
    {
        story.topology.SetLossRate(path, 0.02, 0.02);
    }
}

/**
 * @param story whose windows have grown for as long as they could, with a segment in flight at
 * most: what one acknowledgment adds may not take the window away
 */
void
GrowToTheLimit(MptcpStory& story)
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1400));
    const auto prepare = story.prepareClient;
    story.prepareClient = [prepare](Ptr<Socket> socket) {
        prepare(socket);
        socket->TraceConnectWithoutContext(
            "SubflowEstablished",
            Callback<void, Ptr<MptcpSubflow>>(
                [](Ptr<MptcpSubflow> subflow) { subflow->GetTcb()->m_cWnd = UINT32_MAX - 700; }));
    };
}

/** @param story whose client does not speak MPTCP */
void
Plain(MptcpStory& story)
{
    story.topology.GetClient()->GetObject<MptcpStack>()->SetAttribute("Enabled",
                                                                      BooleanValue(false));
}

/** @param story with DSS checksums */
void
Checksum(MptcpStory& story)
{
    story.topology.GetClient()->GetObject<MptcpStack>()->SetAttribute("ChecksumEnabled",
                                                                      BooleanValue(true));
}

/**
 * A window that grows by less than a segment while what it let through first is lost: what is sent
 * again reaches from data that was sent over the wrap into data that was not.
 *
 * @param s script
 */
void
SentInPart(mptcp_script::Script& s)
{
    using namespace mptcp_script;
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
    constexpr uint32_t before = 400; // octets before the wrap
    const auto client = Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
    s.Use(client);
    BeginAt(client, uint32_t{0} - before - 1);
    client->Connect(InetSocketAddress(Peer::GetPeerAddress(0), PORT));
    Flow flow;
    flow.port = PORT;
    s.Wait(flow);
    flow.hostPort = s.Last().source;
    flow.ack = s.Last().seq + 1;
    s.Check(flow.ack == uint32_t{0} - before, "the SYN is not where it should be");
    flow.window = 300;
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    const uint32_t begin = flow.ack;
    Octets data(3000);
    for (std::size_t i = 0; i < data.size(); ++i)
    {
        data[i] = static_cast<uint8_t>(i % 251);
    }
    s.Write(data);
    s.Wait(flow, MilliSeconds(600)); // for less than a segment it waits
    s.Check(s.GetSent(0) == Octets(data.begin(), data.begin() + 300), "not what the window admits");
    flow.ack = begin; // it is lost
    flow.window = 900;
    s.Send(flow, Peer::ACK, {});
    Octets received;
    for (int i = 0; i < 40 && received.size() < data.size(); ++i)
    {
        s.peer.Wait(MilliSeconds(500));
        for (const Segment& segment : s.peer.Take())
        {
            const uint32_t offset = segment.seq - begin;
            s.Check(offset <= received.size() || segment.data.empty(), "a gap");
            for (std::size_t j = 0; j < segment.data.size(); ++j)
            {
                offset + j == received.size() ? received.push_back(segment.data[j]) : void();
            }
        }
        flow.ack = begin + static_cast<uint32_t>(received.size());
        flow.window = 65535;
        received.empty() ? void() : s.Send(flow, Peer::ACK, {});
    }
    s.Check(received == data, "octets received: " + std::to_string(received.size()));
}

/** Marks of ECN slow the sender down wherever sequence numbers begin. */
class WrapEcnTestCase : public TestCase
{
  public:
    /** @param begin sequence number of the client's SYNs */
    explicit WrapEcnTestCase(uint32_t begin)
        : TestCase("ECN from " + std::to_string(begin)),
          m_begin(begin)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocketBase::UseEcn", StringValue("On"));
        Config::SetDefault("ns3::RedQueueDisc::UseEcn", BooleanValue(true));
        Config::SetDefault("ns3::RedQueueDisc::UseHardDrop", BooleanValue(false));
        Config::SetDefault("ns3::RedQueueDisc::MaxSize", StringValue("1000p"));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
        MptcpStory story(1);
        story.topology.SetQueueDisc("ns3::RedQueueDisc");
        story.topology.SetQueueSize(0, QueueSize("1p"));
        story.up = 2'000'000;
        story.prepareClient = [this](Ptr<Socket> socket) {
            BeginAt(socket, m_begin);
            socket->TraceConnectWithoutContext(
                "SubflowEstablished",
                Callback<void, Ptr<MptcpSubflow>>([this](Ptr<MptcpSubflow> subflow) {
                    subflow->GetTcb()->TraceConnectWithoutContext(
                        "CongState",
                        Callback<void,
                                 TcpSocketState::TcpCongState_t,
                                 TcpSocketState::TcpCongState_t>([this](auto, auto state) {
                            m_reductions += state == TcpSocketState::CA_CWR;
                        }));
                }));
        };
        story.Start();
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        NS_TEST_EXPECT_MSG_GT(m_reductions, 3, "reductions of the window by ECN");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    uint32_t m_begin;         ///< sequence number of the client's SYNs
    uint32_t m_reductions{0}; ///< times that the client's window was reduced for a mark
};

/** Timestamps wrap after 2^32 ms; RTTs are measured afterwards as before. */
class WrapTimestampTestCase : public TestCase
{
  public:
    /** @param down the server sends, not the client */
    explicit WrapTimestampTestCase(bool down)
        : TestCase(std::string("timestamps wrap, data ") + (down ? "downwards" : "upwards")),
          m_down(down)
    {
    }

  private:
    void DoRun() override
    {
        const Time wrap = MilliSeconds(int64_t{1} << 32);
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        MptcpStory story(1);
        story.Run(wrap - Seconds(1));
        (m_down ? story.down : story.up) = 4'000'000;
        story.client.KeepOpen();
        story.server.KeepOpen();
        story.Start();
        story.Run(wrap + Seconds(60));
        const uint64_t octets = m_down ? story.client.received : story.server.received;
        NS_TEST_EXPECT_MSG_EQ(octets, 4'000'000, story.Describe());
        const auto sender = m_down ? story.GetServer() : story.GetClient();
        NS_TEST_ASSERT_MSG_EQ((sender != nullptr), true, story.Describe());
        const MptcpFullInfo info = sender->GetFullInfo();
        NS_TEST_ASSERT_MSG_EQ(info.subflows.size(), 1, "the subflow");
        const MptcpTcpInfo& tcp = info.subflows.front().tcp;
        NS_TEST_EXPECT_MSG_EQ(tcp.timestamps, true, "timestamps are in use");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(tcp.rtt, MilliSeconds(20), "no less than the path takes");
        NS_TEST_EXPECT_MSG_LT(tcp.rtt, MilliSeconds(150), "no more than path and queue take");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    bool m_down; ///< the server sends
};

/**
 * @ingroup mptcp-test
 * Suite of subflows near the wrap of their sequence numbers.
 */
class MptcpWrapTestSuite : public TestSuite
{
  public:
    MptcpWrapTestSuite()
        : TestSuite("mptcp-wrap", Type::SYSTEM)
    {
        Add({.name = "one subflow"}, 1);
        Add({.name = "one subflow, unruly", .prepare = Unruly}, 3);
        Add({.name = "two subflows, unruly", .paths = 2, .prepare = Unruly}, 3);
        Add({.name = "checksums, unruly", .paths = 2, .prepare = Unruly, .events = Checksum}, 3);
        Add({.name = "narrow windows", .prepare = NarrowAndLossy}, 3);
        Add({.name = "plain TCP", .fallback = true, .events = Plain}, 1);
        Add({.name = "plain TCP, unruly", .fallback = true, .prepare = Unruly, .events = Plain}, 3);
        Add({.name = "plain TCP without SACK",
             .fallback = true,
             .prepare =
                 [](MptcpStory& story) {
                     Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(false));
                     Unruly(story);
                 },
             .events = Plain},
            3);
        Add({.name = "plain TCP, narrow windows",
             .fallback = true,
             .prepare = NarrowAndLossy,
             .events = Plain},
            3);
        for (const bool plain : {false, true})
        {
            Add({.name = std::string("the congestion window at its largest, ") +
                         (plain ? "plain TCP" : "MPTCP"),
                 .fallback = plain,
                 .prepare = GrowToTheLimit,
                 .events = plain ? Plain : nullptr},
                1);
        }
        Add({.name = "a middlebox chooses other numbers",
             .paths = 2,
             .prepare =
                 [](MptcpStory& story) {
                     MptcpMiddleboxHelper box;
                     box.AddElement("ns3::MptcpMiddleboxIsnRandomizer");
                     story.topology.SetMiddlebox(0, box);
                     Unruly(story);
                 }},
            3);
        AddTestCase(new mptcp_script::ScriptTestCase("sent in part", SentInPart));
        for (const uint32_t begin : BEGINS)
        {
            AddTestCase(new WrapEcnTestCase(begin));
        }
        AddTestCase(new WrapEcnTestCase(0));
        AddTestCase(new WrapEcnTestCase(3U << 30));
        AddTestCase(new WrapTimestampTestCase(false));
        AddTestCase(new WrapTimestampTestCase(true));
    }

  private:
    /** @param kind a connection @param seeds how often from each begin */
    void Add(const Kind& kind, uint32_t seeds)
    {
        AddTestCase(new WrapTestCase(kind, seeds));
    }
};

MptcpWrapTestSuite g_mptcpWrapTestSuite; ///< the suite

} // namespace
