/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * A connection that is no MPTCP is a regular TCP session (RFC 8684, section 3.1): no segment of it
 * has an option of kind 30, whatever it is, whoever causes it and however the connection came to be
 * one. One host against a scripted peer, cause by cause; then whole connections of two hosts.
 */

#include "mptcp-capture.h"
#include "mptcp-closing-peer.h"
#include "mptcp-release.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/uinteger.h"

#include <string>
#include <utility>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/** Answers of a script with a look at each segment. */
class Sniffer
{
  public:
    /** @param script whose connections are plain TCP */
    explicit Sniffer(Script& script)
        : m_script(script)
    {
    }

    /** Look at what the host has sent since the script looked last. */
    void Look()
    {
        for (const Segment& segment : m_script.answers)
        {
            m_script.Check(Peer::GetMptcpOctets(segment).empty(),
                           "an option of MPTCP on a segment with flags " +
                               std::to_string(segment.flags));
            resets += segment.flags & Peer::RST ? 1 : 0;
        }
    }

    /** @param flow subflow @param time how long to look */
    void Wait(Flow& flow, Time time = SHORT)
    {
        m_script.Wait(flow, time);
        Look();
    }

    /** As Script::Send. */
    void Send(Flow& flow, uint8_t flags, const Octets& data = {}, const Octets& options = {})
    {
        m_script.Send(flow, flags, options, data);
        Look();
    }

    uint32_t resets{0}; ///< RSTs so far

  private:
    Script& m_script; ///< script
};

// ---- Causes of segments. All of them end the connection by a RST if they say so ----

/** The application does not read. @param s script */
void
LeaveUnread(Script& s)
{
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
}

void
Talk(Script& s, Flow& flow, Sniffer& look)
{
    look.Send(flow, Peer::ACK, Text("question"));
    look.Wait(flow, Seconds(1)); // a delayed ACK
    s.Write(Octets(5000, 'x'));
    Flow silent = flow;
    look.Wait(silent, Seconds(20)); // sent, and sent again
    flow.ack = silent.ack;
    look.Send(flow, Peer::ACK);
    Flow ahead = flow;
    ahead.seq += 4;
    look.Send(ahead, Peer::ACK, Text("late")); // a duplicate ACK
    look.Send(flow, Peer::ACK, Text("data"));
    flow.seq = ahead.seq;
    Flow before = flow;
    before.seq -= 1;
    look.Send(before, Peer::ACK); // a keepalive
}

void
EndByFins(Script& s, Flow& flow, Sniffer& look)
{
    s.socket->Close();
    Flow silent = flow;
    look.Wait(silent, Seconds(20)); // the FIN comes again
    flow.ack = silent.ack;
    look.Send(flow, Peer::ACK);
    look.Send(flow, Peer::FIN | Peer::ACK);
    flow.seq -= 1;
    look.Send(flow, Peer::FIN | Peer::ACK);
}

void
ProbeWindow(Script& s, Flow& flow, Sniffer& look)
{
    flow.window = 0;
    look.Send(flow, Peer::ACK);
    s.Write(Text("blocked"));
    look.Wait(flow, Seconds(30));
    flow.window = 65535;
    look.Send(flow, Peer::ACK);
}

void
KeepAlive(Script& s, Flow& flow, Sniffer& look)
{
    s.GetConnection()->SetKeepIdle(Seconds(2));
    s.GetConnection()->SetKeepInterval(Seconds(1));
    s.GetConnection()->SetKeepCount(3);
    s.GetConnection()->SetKeepAlive(true);
    look.Wait(flow, Seconds(30));
}

void
CloseUnread(Script& s, Flow& flow, Sniffer& look)
{
    LeaveUnread(s);
    look.Send(flow, Peer::ACK, Text("unread"));
    s.socket->Close();
    look.Wait(flow);
}

void
DataAfterClose(Script& s, Flow& flow, Sniffer& look)
{
    LeaveUnread(s);
    s.socket->Close();
    look.Wait(flow);
    look.Send(flow, Peer::ACK, Text("unread"));
}

void
LingerZero(Script& s, Flow& flow, Sniffer& look)
{
    s.GetConnection()->SetLinger(true, Time());
    s.socket->Close();
    look.Wait(flow);
}

void
ResetSubflow(Script& s, Flow& flow, Sniffer& look)
{
    // The API refuses that of plain TCP, whose end it would be.
    s.GetConnection()->GetSubflows().front()->ResetSubflow(MPTCP_RST_PERFORMANCE, true);
    look.Wait(flow);
}

void
StrangeFlags(Script& s, Flow& flow, Sniffer& look)
{
    // A SYN is answered by an ACK, what has no ACK flag is dropped (RFC 9293, section 3.10.7.4).
    for (const int flags : {Peer::SYN | Peer::FIN | Peer::ACK, Peer::SYN | Peer::FIN, 0, 8})
    {
        look.Send(flow, static_cast<uint8_t>(flags));
        s.Check(s.answers.size() == (flags & Peer::SYN ? 1 : 0), "answers to flags");
    }
    look.Send(flow, Peer::ACK, Text("still here"));
}

void
PeerDoesNotClose(Script& s, Flow& flow, Sniffer& look)
{
    s.socket->Close();
    look.Wait(flow);
    look.Send(flow, Peer::ACK);
    look.Wait(flow, Seconds(100)); // FIN_WAIT_2 ends
    look.Send(flow, Peer::ACK, Text("too late"));
}

void
OtherSegments(Script& s, Flow& flow, Sniffer& look)
{
    // Of no connection that there is.
    Flow other = flow;
    other.port = 4000;
    look.Send(other, Peer::ACK, Text("lost"));
    other.hostPort = 4001;
    look.Send(other, Peer::SYN);
    look.Send(other, Peer::FIN | Peer::ACK);
    s.Check(look.resets == 3, "not three RSTs");
}

void
CallApi(Script& s, Flow& flow, Sniffer& look)
{
    const auto connection = s.GetConnection();
    const uint32_t id = connection->GetSubflows().front()->GetSubflowId();
    s.Check(connection->SetSubflowPriority(id, true) != 0, "a priority in plain TCP");
    s.Check(connection->RequestSubflow(Peer::GetHostAddress(1),
                                       InetSocketAddress(Peer::GetPeerAddress(1), PORT)) != 0,
            "a subflow in plain TCP");
    connection->AddMultipathAddresses({Peer::GetHostAddress(1)});
    connection->RemoveMultipathAddresses({Peer::GetHostAddress(1)});
    connection->SetMaxSubflows(2);
    look.Wait(flow, Seconds(300));
}

/** One cause. */
struct Cause
{
    const char* name;                      ///< of the test
    void (*run)(Script&, Flow&, Sniffer&); ///< makes the host send
    bool reset;                            ///< the connection ends by a RST of the host
};

const Cause CAUSES[] = {{"data, ACKs, retransmissions", Talk, false},
                        {"FINs", EndByFins, false},
                        {"window probes", ProbeWindow, false},
                        {"keepalives", KeepAlive, true},
                        {"close with unread data", CloseUnread, true},
                        {"data after the close", DataAfterClose, true},
                        {"linger time of zero", LingerZero, true},
                        {"reset of the subflow", ResetSubflow, true},
                        {"flags that make no sense", StrangeFlags, false},
                        {"data after FIN_WAIT_2", PeerDoesNotClose, true},
                        {"segments of no connection", OtherSegments, true},
                        {"calls of the API", CallApi, false}};

/** A cause in connections of all origins. */
class PlainTestCase : public TestCase
{
  public:
    /** @param cause of segments */
    explicit PlainTestCase(const Cause& cause)
        : TestCase(cause.name),
          m_cause(cause)
    {
    }

  private:
    void DoRun() override
    {
        static const std::pair<Origin, const char*> ORIGINS[] = {
            {Origin::TCP_CLIENT, "client"},
            {Origin::TCP_LISTENER, "listener"},
            {Origin::TCP_DISABLED, "client without MPTCP"},
            {Origin::TCP_REFUSED, "listener without MPTCP"},
            {Origin::TCP_LATER, "after MPTCP"}};
        for (const auto& [origin, name] : ORIGINS)
        {
            Script s;
            Flow flow = Begin(s, origin);
            s.CheckFallback(true);
            Sniffer look(s);
            m_cause.run(s, flow, look);
            s.Check((look.resets > 0) == m_cause.reset, std::to_string(look.resets) + " RSTs");
            s.CheckCounter("MPRstTx", 0);
            s.CheckCounter("MPFastcloseTx", 0);
            NS_TEST_EXPECT_MSG_EQ(s.complaints, "", GetName() + ", " + name);
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    Cause m_cause; ///< of segments
};

// ---- Handshakes, and the time around the fallback ----

void
ListenerWithoutMptcp(Script& s)
{
    // Answers to SYNs, with and without MP_CAPABLE.
    s.stack->SetAttribute("Enabled", BooleanValue(false));
    s.Listen();
    Sniffer look(s);
    Flow first;
    look.Send(first, Peer::SYN, {}, FromHex("1e040101"));
    s.Check((s.Last().flags & (Peer::SYN | Peer::ACK)) == (Peer::SYN | Peer::ACK), "no SYN-ACK");
    look.Wait(first, Seconds(10));
    Flow wrong = first;
    wrong.ack += 7;
    look.Send(wrong, Peer::ACK);
    s.Check(look.resets == 1, "no RST for a wrong third ACK");
    Flow second;
    second.port = 40001;
    look.Send(second, Peer::SYN);
    look.Send(second, Peer::ACK);
    s.CheckFallback(true);
}

void
RefusedClient(Script& s)
{
    s.stack->SetAttribute("Enabled", BooleanValue(false));
    Flow flow = s.Connect();
    Sniffer look(s);
    look.Look();
    look.Wait(flow, Seconds(30)); // SYNs again
    Flow wrong = flow;
    wrong.ack += 7;
    look.Send(wrong, Peer::SYN | Peer::ACK);
    s.Check(look.resets == 1, "no RST for a wrong SYN-ACK");
    look.Send(flow, Peer::SYN | Peer::ACK);
    s.CheckFallback(true);
}

void
PlainSynAtJoinListener(Script& s)
{
    // The host listens at the port of an endpoint, for joins alone: it tells plain TCP no reason.
    MptcpEndpoint endpoint;
    endpoint.address = Peer::GetHostAddress(1);
    endpoint.port = 5001;
    endpoint.flags = MPTCP_ENDPOINT_SIGNAL;
    s.Check(s.stack->GetEndpoints().Add(endpoint).empty(), "no endpoint");
    Flow flow;
    flow.path = 1;
    flow.hostPort = 5001;
    Sniffer look(s);
    look.Send(flow, Peer::SYN);
    s.Check(look.resets == 1, "no RST");
    // To MPTCP it does.
    flow.port = 40001;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.CheckReset(1, MPTCP_RST_PROHIBITED);
}

void
AnnouncementOutlived(Script& s)
{
    // An ADD_ADDR waits for its echo when the connection falls back.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.CheckCounter("AddAddrTx", 1);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckFallback(true);
    Sniffer look(s);
    look.Look();
    look.Wait(flow, Seconds(600));
    s.CheckCounter("AddAddrTx", 1);
}

void
FallbackDuringJoin(Script& s)
{
    // The fallback overtakes a join, whose SYN-ACK then belongs to no connection.
    Flow flow = s.Open();
    Flow join = s.Announce(flow);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckFallback(true);
    Sniffer look(s);
    look.Look();
    look.Send(join, Peer::SYN | Peer::ACK, {}, Peer::Octets(s.MakeJoinSynAck()));
    s.Check(look.resets == 1, "the join is not reset");
    look.Wait(flow, Seconds(100));
}

void
CheckToldOnly(Script& s)
{
    for (const Segment& segment : s.answers)
    {
        const Octets octets = Peer::GetMptcpOctets(segment);
        const auto dss = Peer::Find<MptcpDss>(segment);
        const auto fail = Peer::Find<MptcpFail>(segment);
        const bool infinite = dss && dss->hasMapping && dss->length == 0 && !dss->hasDataAck;
        s.Check(octets.empty() || infinite || fail, "another option than those of the fallback");
        s.Check(!dss || infinite, "a DSS that is no infinite mapping");
    }
}

void
PeerIsTold(Script& s)
{
    // Data of ours had DSS: MP_FAIL and the infinite mapping say that no more will come (RFC 8684,
    // section 3.7), until the peer has answered and acknowledged data under it.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("with DSS"));
    s.Wait(flow);
    s.Check(s.FindDss().hasMapping, "no DSS on data");
    Flow silent = flow;
    s.Send(flow, Peer::ACK, {}, Text("without"));
    s.CheckFallback(true);
    CheckToldOnly(s);
    s.Wait(silent, Seconds(60));
    CheckToldOnly(s);
    s.Write(Text("more"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(s.GetSent(0) == Text("more") && dss && dss->length == 0, "no infinite mapping");
    CheckToldOnly(s);
    s.Send(flow, Peer::ACK, {});
    Sniffer look(s);
    s.Write(Text("and more"));
    look.Wait(flow);
    look.Send(flow, Peer::ACK, Text("reply"));
    look.Wait(flow, Seconds(60));
    CloseUnread(s, flow, look);
    s.Check(look.resets == 1, "no RST");
}

void
FastcloseByAckIsPlain(Script& s)
{
    s.stack->SetAttribute("FastcloseByAck", BooleanValue(true));
    Flow flow = Begin(s, Origin::TCP_LATER);
    Sniffer look(s);
    CloseUnread(s, flow, look);
    look.Wait(flow, Seconds(60));
    s.Check(look.resets == 1, "not one RST");
}

// ---- Whole connections ----

/** How a connection of two hosts comes to be plain TCP. */
enum class Why : uint8_t
{
    PLAIN_SERVER,    ///< the server is stock TCP
    PLAIN_CLIENT,    ///< the client is stock TCP
    SERVER_DISABLED, ///< MPTCP is off at the server
    CLIENT_DISABLED, ///< MPTCP is off at the client
    SYN_STRIPPED,    ///< a box takes the option out of the SYN
    ACKS_STRIPPED,   ///< a box takes the options out of all that follows the handshake
    COUNT,           ///< number of reasons
};

/** A connection over a bad path, which one side may abort. */
class PlainStoryTestCase : public TestCase
{
  public:
    /** @param seed of the run */
    explicit PlainStoryTestCase(uint32_t seed)
        : TestCase("connection " + std::to_string(seed)),
          m_seed(seed)
    {
    }

  private:
    void DoRun() override
    {
        const Why why = static_cast<Why>(m_seed % static_cast<uint32_t>(Why::COUNT));
        MptcpStory story(1, m_seed);
        Prepare(story, why);
        story.Start();
        if (why == Why::SERVER_DISABLED || why == Why::CLIENT_DISABLED)
        {
            const Ptr<Node> node = why == Why::SERVER_DISABLED ? story.topology.GetServer()
                                                               : story.topology.GetClient();
            node->GetObject<MptcpStack>()->SetAttribute("Enabled", BooleanValue(false));
        }
        MptcpCapture capture(story.topology);
        const bool aborts = m_seed % 2 == 1;
        if (aborts)
        {
            // With data unread: a RST.
            MptcpStoryEnd& end = m_seed % 4 == 1 ? story.client : story.server;
            end.ReadFrom(Seconds(1000));
            Simulator::Schedule(Seconds(20), [&end] { end.socket ? end.socket->Close() : 0; });
        }
        story.Run(Seconds(500));
        NS_TEST_EXPECT_MSG_EQ((aborts || story.IsComplete()), true, story.Describe());
        CheckSegments(capture, why, aborts);
    }

    /** @param story not built yet @param why it is plain TCP */
    void Prepare(MptcpStory& story, Why why) const
    {
        story.clientMptcp = why != Why::PLAIN_CLIENT;
        story.serverMptcp = why != Why::PLAIN_SERVER;
        story.up = 150'000;
        story.down = m_seed % 2 == 1 ? 400'000 : 100'000; // more than fits into what nobody reads
        story.topology.SetLossRate(0, 0.01 * (m_seed % 3), 0.01 * (m_seed % 3));
        story.reorder = 0.01 * (m_seed % 4);
        story.duplicate = 0.01 * (m_seed % 5);
        MptcpMiddleboxHelper box;
        if (why == Why::SYN_STRIPPED)
        {
            box.AddElement("ns3::MptcpMiddleboxOptionFilter",
                           "SynAck",
                           BooleanValue(false),
                           "ThirdAck",
                           BooleanValue(false),
                           "Others",
                           BooleanValue(false));
            story.topology.SetMiddlebox(0, box);
        }
        else if (why == Why::ACKS_STRIPPED)
        {
            box.AddElement("ns3::MptcpMiddleboxOptionFilter",
                           "Syn",
                           BooleanValue(false),
                           "SynAck",
                           BooleanValue(false));
            story.topology.SetMiddlebox(0, box);
        }
    }

    /** @param capture of the run @param why it is plain TCP @param aborts there is a RST */
    void CheckSegments(const MptcpCapture& capture, Why why, bool aborts)
    {
        std::string faults;
        std::size_t resets = 0;
        bool told = false; // an end that has spoken without options knows that it is plain TCP
        for (const auto& segment : capture.GetAll())
        {
            const bool syn = segment.flags & Peer::SYN;
            resets += segment.flags & Peer::RST ? 1 : 0;
            const bool offer = syn && segment.fromClient && why != Why::PLAIN_CLIENT &&
                               why != Why::CLIENT_DISABLED;
            const bool stripped = why == Why::ACKS_STRIPPED && (syn || !told);
            told = told || (!segment.fromClient && !syn && segment.octets.empty());
            if (!segment.octets.empty() && !offer && !stripped && !IsFallback(segment))
            {
                faults += std::to_string(segment.time.GetSeconds()) + " s: an option on flags " +
                          std::to_string(segment.flags) +
                          (segment.fromClient ? " of the client; " : " of the server; ");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(faults, "", GetName());
        NS_TEST_EXPECT_MSG_GT(capture.GetAll().size(), 50, "no traffic");
        NS_TEST_EXPECT_MSG_EQ((!aborts || resets > 0), true, "no RST");
    }

    /** @param segment with options @return they are those that announce the fallback */
    static bool IsFallback(const MptcpCapture::Segment& segment)
    {
        const auto dss = segment.Get<MptcpDss>();
        const bool infinite = !dss.empty() && dss.front().hasMapping && dss.front().length == 0;
        return infinite || !segment.Get<MptcpFail>().empty();
    }

    uint32_t m_seed; ///< of the run
};

void
TraceOfSendQueue(Script& s)
{
    Flow flow = Begin(s, Origin::TCP_CLIENT);
    uint32_t queue = 0;
    s.GetConnection()->TraceConnectWithoutContext(
        "SendQueue",
        Callback<void, uint32_t, uint32_t>([&queue](uint32_t, uint32_t now) { queue = now; }));
    s.Write(Text("abcdef"));
    s.Check(queue == 6, std::to_string(queue) + " octets are told of, written were 6");
    flow.ack += 6;
    s.Send(flow, Peer::ACK, {});
    s.Check(queue == 0, std::to_string(queue) + " octets are told of, all are acknowledged");
}

/** The suite. */
class MptcpPlainTestSuite : public TestSuite
{
  public:
    MptcpPlainTestSuite()
        : TestSuite("mptcp-plain", Type::UNIT)
    {
        for (const Cause& cause : CAUSES)
        {
            AddTestCase(new PlainTestCase(cause));
        }
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("a listener without MPTCP", ListenerWithoutMptcp);
        add("a client without MPTCP", RefusedClient);
        add("a plain SYN where joins are expected", PlainSynAtJoinListener);
        add("an announcement outlived", AnnouncementOutlived);
        add("fallback during a join", FallbackDuringJoin);
        add("the peer is told of the fallback", PeerIsTold);
        add("the trace of the send queue", TraceOfSendQueue);
        add("no MP_FASTCLOSE on an ACK", FastcloseByAckIsPlain);
        for (uint32_t seed = 1; seed <= 24; ++seed)
        {
            // A host of stock TCP stops the simulation in ns-3.37, over such paths.
            const auto why = static_cast<Why>(seed % static_cast<uint32_t>(Why::COUNT));
            const bool stock = why == Why::PLAIN_SERVER || why == Why::PLAIN_CLIENT;
            if (!stock || MPTCP_TCP_VALIDATES_CWND)
            {
                AddTestCase(new PlainStoryTestCase(seed));
            }
        }
    }
};

/// Registers the suite.
MptcpPlainTestSuite g_mptcpPlainTestSuite;

} // namespace
