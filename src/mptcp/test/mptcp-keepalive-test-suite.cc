/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * SO_KEEPALIVE: options of the connection, probes of its subflows, and what comes of a peer that
 * does not answer.
 */

#include "mptcp-closing-peer.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/** @param s script @param on SO_KEEPALIVE. Silence of 10 s, then a probe each 2 s, 4 times */
void
Switch(Script& s, bool on)
{
    const auto connection = s.GetConnection();
    s.Check(connection->SetKeepIdle(Seconds(10)) == 0, "KeepIdle is refused");
    s.Check(connection->SetKeepInterval(Seconds(2)) == 0, "KeepInterval is refused");
    s.Check(connection->SetKeepCount(4) == 0, "KeepCount is refused");
    connection->SetKeepAlive(on);
}

/** @param segment of the host @param flow its subflow @return it is a keepalive without data */
bool
IsProbe(const Segment& segment, const Flow& flow)
{
    return segment.path == flow.path && segment.data.empty() && segment.flags == Peer::ACK &&
           segment.seq == flow.ack - 1;
}

/** @param s script @param flow subflow @return keepalives among the answers */
std::size_t
CountProbes(const Script& s, const Flow& flow)
{
    std::size_t probes = 0;
    for (const Segment& segment : s.answers)
    {
        probes += IsProbe(segment, flow) ? 1 : 0;
    }
    return probes;
}

void
OneSubflowDies(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Check(s.GetConnection()->GetSubflows().size() == 2, "no join");
    Switch(s, true);
    // The peer answers on the first subflow only.
    std::size_t answered = 0;
    std::size_t silent = 0;
    bool reset = false;
    for (int i = 0; i < 30; ++i)
    {
        s.Wait(initial, Seconds(1));
        const std::size_t here = CountProbes(s, initial);
        answered += here;
        silent += CountProbes(s, join);
        reset = reset || s.FindAnswer(1, Peer::RST);
        s.Check(!s.FindAnswer(0, Peer::RST), "the subflow that answers is reset");
        if (here > 0)
        {
            s.Send(initial, Peer::ACK, s.Ack(0));
        }
    }
    s.Check(answered == 2 || answered == 3, std::to_string(answered) + " probes that get answers");
    s.Check(silent == 4, std::to_string(silent) + " probes instead of 4 that get none");
    s.Check(reset, "the silent subflow is not reset");
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "not one subflow");
    s.Check(!s.failed && s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "an error");
}

void
NewSubflowIsProbed(Script& s)
{
    Flow initial = s.Accept();
    Switch(s, true);
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Wait(join, Seconds(11));
    s.Check(CountProbes(s, join) == 1, "the join is not probed");
    const auto dss = s.FindDss();
    s.Check(dss.hasDataAck && !dss.hasMapping, "a probe without DATA_ACK, or with a mapping");
}

void
ConnectionDies(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Switch(s, true);
    s.Wait(flow, Seconds(20));
    s.CheckReset(0, MPTCP_RST_UNSPECIFIED);
    s.Wait(flow, Seconds(100));
    s.Check(s.failed, "no error for the application");
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
}

void
PlainConnectionDies(Script& s)
{
    Flow flow = Begin(s, Origin::TCP_LISTENER);
    Switch(s, true);
    s.Wait(flow, Seconds(20));
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST");
    s.Check(s.failed, "no error for the application");
}

void
NothingWithoutTheOption(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Switch(s, false);
    s.Wait(flow, Seconds(10000));
    s.Check(CountProbes(s, flow) == 0, "a probe");
    s.GetConnection()->SetKeepAlive(true);
    s.Wait(flow);
    s.Check(CountProbes(s, flow) == 1, "idle for long enough, and no probe at once");
    s.GetConnection()->SetKeepAlive(false);
    s.Wait(flow, Seconds(100));
    s.Check(CountProbes(s, flow) == 0 && !s.FindAnswer(0, Peer::RST), "switched off in vain");
}

void
DataPutsItOff(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Switch(s, true);
    for (int i = 1; i <= 5; ++i)
    {
        s.Wait(flow, Seconds(8));
        s.Check(CountProbes(s, flow) == 0, "a probe between data");
        s.Send(flow, Peer::ACK, s.Map(i - 1, i, 1), Text("x"));
    }
    // Data without an acknowledgment asks often enough.
    s.Write(Text("unacknowledged"));
    Flow silent = flow;
    s.Wait(silent, Seconds(15));
    s.Check(CountProbes(s, flow) == 0, "a probe beside retransmissions");
}

void
SignalsDoNotGoAlong(Script& s)
{
    // What a keepalive carries need not be read: it lies before the window of the peer.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Switch(s, true);
    s.Wait(flow, Seconds(11));
    s.Check(CountProbes(s, flow) == 1, "no probe");
    for (const Segment& segment : s.answers)
    {
        s.Check(!IsProbe(segment, flow) || !Peer::Find<MptcpAddAddr>(segment), "an ADD_ADDR");
    }
}

/** Keepalives of the peer. @param s script @param origin how the connection begins */
void
CheckAnswers(Script& s, Origin origin)
{
    Flow flow = Begin(s, origin);
    Flow probe = flow;
    probe.seq -= 1;
    const Octets options = IsMptcp(origin) ? s.Ack(0) : Octets();
    for (const Octets& data : {Octets(), Text("x")})
    {
        s.peer.Send(s.Make(probe, Peer::ACK, options, data));
        s.Wait(flow);
        s.Check(s.answers.size() == 1 && s.Last().flags == Peer::ACK && s.Last().ack == flow.seq,
                "no answer to a keepalive of " + std::to_string(data.size()) + " octets");
    }
    s.CheckRead("");
}

void
AnswersInTcp(Script& s)
{
    CheckAnswers(s, Origin::TCP_CLIENT);
}

void
AnswersInMptcp(Script& s)
{
    CheckAnswers(s, Origin::MPTCP_CLIENT);
}

void
Options(Script& s)
{
    using Option = MptcpSocketOption;
    const auto connection = DynamicCast<MptcpSocketBase>(
        Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId()));
    const auto get = [&](Option option) {
        MptcpOptionValue value;
        s.Check(connection->GetSocketOption(option, value) == 0, "cannot be read");
        return value;
    };
    s.Check(get(Option::KEEPALIVE) == MptcpOptionValue(false), "SO_KEEPALIVE is on");
    s.Check(get(Option::KEEPIDLE) == MptcpOptionValue(uint64_t{7200}), "TCP_KEEPIDLE");
    s.Check(get(Option::KEEPINTVL) == MptcpOptionValue(uint64_t{75}), "TCP_KEEPINTVL");
    s.Check(get(Option::KEEPCNT) == MptcpOptionValue(uint64_t{9}), "TCP_KEEPCNT");
    s.Check(connection->SetSocketOption(Option::KEEPALIVE, true) == 0, "SO_KEEPALIVE");
    for (const Option option : {Option::KEEPIDLE, Option::KEEPINTVL, Option::KEEPCNT})
    {
        const uint64_t most = option == Option::KEEPCNT ? 127 : 32767;
        for (const uint64_t value : {uint64_t{1}, most})
        {
            s.Check(connection->SetSocketOption(option, value) == 0, "a good value is refused");
            s.Check(get(option) == MptcpOptionValue(value), "not what was set");
        }
        for (const uint64_t value : {uint64_t{0}, most + 1, UINT64_MAX})
        {
            s.Check(connection->SetSocketOption(option, value) != 0 &&
                        connection->GetErrno() == Socket::ERROR_INVAL,
                    "a bad value is taken");
        }
        s.Check(connection->SetSocketOption(option, true) != 0, "a bool is taken");
        s.Check(get(option) == MptcpOptionValue(most), "a refusal changes something");
    }
    s.Check(connection->SetSocketOption(Option::KEEPALIVE, uint64_t{1}) != 0, "a number is taken");
    // The same as attributes.
    connection->SetAttribute("KeepIdle", TimeValue(Seconds(5)));
    connection->SetAttribute("KeepCount", UintegerValue(2));
    connection->SetAttribute("KeepAlive", BooleanValue(false));
    s.Check(connection->GetKeepIdle() == Seconds(5) && connection->GetKeepCount() == 2 &&
                !connection->GetKeepAlive(),
            "attributes are no options");
    s.Check(!connection->SetAttributeFailSafe("KeepIdle", TimeValue(MilliSeconds(1))),
            "a bad value of an attribute");
}

/** Two hosts, a connection that is idle for long, and its end. */
class IdleStoryTestCase : public TestCase
{
  public:
    /** @param name of the case @param mptcp the server is no stock TCP */
    IdleStoryTestCase(const std::string& name, bool mptcp)
        : TestCase(name),
          m_mptcp(mptcp)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::MptcpSocketBase::KeepAlive", BooleanValue(true));
        Config::SetDefault("ns3::MptcpSocketBase::KeepIdle", TimeValue(Seconds(20)));
        Config::SetDefault("ns3::MptcpSocketBase::KeepInterval", TimeValue(Seconds(5)));
        Config::SetDefault("ns3::MptcpSocketBase::KeepCount", UintegerValue(3));
        MptcpStory story(2);
        story.serverMptcp = m_mptcp;
        story.up = 50'000;
        story.down = 50'000;
        story.client.KeepOpen();
        story.server.KeepOpen();
        story.Start();
        story.Run(Seconds(10));
        const uint64_t before = story.GetClient()->GetSubflows().front()->GetSegmentsReceived();
        story.Run(Seconds(1000));
        NS_TEST_EXPECT_MSG_EQ((story.client.failed || story.server.failed), false, "given up");
        NS_TEST_EXPECT_MSG_EQ(story.GetClient()->GetSubflows().size(), (m_mptcp ? 2U : 1U), "gone");
        const uint64_t answers =
            story.GetClient()->GetSubflows().front()->GetSegmentsReceived() - before;
        NS_TEST_EXPECT_MSG_GT(answers, 40, "no probes, or no answers");
        story.client.socket->Close();
        story.server.socket->Close();
        // Nothing goes on for ever.
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    bool m_mptcp; ///< the server is no stock TCP
};

/** The suite. */
class MptcpKeepaliveTestSuite : public TestSuite
{
  public:
    MptcpKeepaliveTestSuite()
        : TestSuite("mptcp-keepalive", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("one subflow dies", OneSubflowDies);
        add("a new subflow is probed", NewSubflowIsProbed);
        add("the connection dies", ConnectionDies);
        add("a connection of plain TCP dies", PlainConnectionDies);
        add("nothing without the option", NothingWithoutTheOption);
        add("data puts it off", DataPutsItOff);
        add("signals do not go along", SignalsDoNotGoAlong);
        add("keepalives of the peer, plain TCP", AnswersInTcp);
        add("keepalives of the peer, MPTCP", AnswersInMptcp);
        add("options", Options);
        AddTestCase(new IdleStoryTestCase("idle connection of MPTCP", true));
        AddTestCase(new IdleStoryTestCase("idle connection to stock TCP", false));
    }
};

/// Registers the suite.
MptcpKeepaliveTestSuite g_mptcpKeepaliveTestSuite;

} // namespace
