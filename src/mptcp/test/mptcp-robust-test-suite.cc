/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What random runs have found: segments, orders and times that no protocol's own test thinks of.
 * One host against a scripted peer.
 */

#include "mptcp-script.h"

#include "ns3/boolean.h"
#include "ns3/data-rate.h"
#include "ns3/nstime.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/**
 * The connection closes, and its only subflow is closed by itself; the peer does the same. The
 * FINs cross.
 *
 * @param s script
 * @return subflow in CLOSING; its acknowledgment number covers the host's FIN
 */
Flow
CrossFins(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.FindDss().dataFin, "no DATA_FIN");
    const uint32_t before = flow.ack;
    s.GetConnection()->GetSubflows().front()->CloseSubflow();
    s.Wait(flow);
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    flow.ack = before;
    s.Send(flow, Peer::FIN | Peer::ACK, s.Map(0, 0, 1, true));
    flow.ack = before + 1;
    return flow;
}

void
CloseInClosing(Script& s)
{
    // The acknowledgment of the DATA_FIN closes the subflow again. In CLOSING that is no reason for
    // a RST (RFC 9293, section 3.10.4).
    Flow flow = CrossFins(s);
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true, 1));
    s.Check(s.answers.empty(), "an answer to the last ACK");
    s.Check(s.closed && !s.failed, "the application is not told of the end");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
}

void
WindowOfOneSegmentThatGrows(Script& s)
{
    // Without DSS there is room for more in a segment. A window of one segment stays one (RFC 5681,
    // section 3.1): stock controllers divide by the number of whole segments, and Cubic subtracts
    // a product of it until nothing is left.
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1460));
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::TcpCubic"));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, s.Ack(5));
    const Ptr<MptcpSubflow> subflow = s.GetConnection()->GetSubflows().front();
    const Ptr<TcpSocketState> tcb = subflow->GetTcb();
    for (int i = 0; i < 8; ++i)
    {
        subflow->Penalize(Time(1));
        s.Wait(flow, Seconds(1));
    }
    const uint32_t before = tcb->m_segmentSize;
    s.Check(tcb->m_cWnd.Get() == before, "a window of more than one segment");
    s.Send(flow, Peer::ACK, {}, Text("unmapped"));
    s.CheckFallback(true);
    s.Write(Octets(20 * before));
    for (int i = 0; i < 20; ++i)
    {
        s.Wait(flow);
        s.Send(flow, Peer::ACK, {});
        s.Check(tcb->m_cWnd.Get() >= tcb->m_segmentSize, "less than a segment");
    }
    s.Check(tcb->m_segmentSize > before, "the segments have not grown");
}

void
ProbeAcknowledges(Script& s)
{
    Flow flow = s.Connect();
    flow.window = 0;
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Write(Text("data"));
    s.Wait(flow, Seconds(60));
    s.Check(s.GetSent(0).size() > 1, "no probes");
    for (const Segment& segment : s.answers)
    {
        s.Check(segment.flags == Peer::ACK && segment.ack == flow.seq, "no ACK");
    }
}

void
WindowClosesOverAllThereIs(Script& s)
{
    // The peer takes the window back (RFC 9293, section 3.8.6) while all that was written is in
    // flight and gets lost: the probes carry the oldest octet, since there is none unsent.
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Write(Text("lost"));
    s.Wait(flow);
    flow.window = 0;
    flow.ack -= 4;
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(60));
    const Octets probes = s.GetSent(0);
    s.Check(probes.size() > 1 && probes == Octets(probes.size(), 'l'),
            "no probes of the oldest octet");
    flow.window = 65535;
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(2)); // more than a RTO
    s.Check(s.GetSent(0) == Text("ost"), "the rest is not sent again when the window opens");
}

/** @param s script @param flow what it sends @param time for so long @return when data comes, s */
std::vector<double>
WatchData(Script& s, const Flow& flow, const Time& time)
{
    std::vector<double> times;
    const Time step = MilliSeconds(100);
    for (Time now; now < time; now += step)
    {
        Flow scratch = flow; // acknowledges nothing
        s.Wait(scratch, step);
        if (!s.GetSent(0).empty())
        {
            times.push_back(now.GetSeconds());
        }
    }
    return times;
}

void
RttOfRepeatedSyn(Script& s)
{
    // Nothing tells which SYN is answered: the time since the first is no RTT (RFC 6298, section
    // 3).
    Config::SetDefault("ns3::TcpSocketBase::Timestamp", BooleanValue(false));
    Flow flow = s.Connect();
    s.Wait(flow, Seconds(4));
    s.Check(s.answers.size() == 1, "the SYN is not repeated once");
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Write(Text("data"));
    const auto times = WatchData(s, flow, Seconds(4));
    s.Check(times.size() > 1 && times[1] < 2, "a RTO of more than the initial RTT calls for");
}

void
BackOffBesideData(Script& s)
{
    // The peer's data is acknowledged all the time: that does not end the back-off (RFC 6298,
    // section 5).
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Write(Text("data"));
    std::vector<double> times;
    for (int i = 0; i < 200; ++i)
    {
        const Flow before = flow;
        s.Send(flow, Peer::ACK, {}, Text("x"));
        if (!s.GetSent(0).empty())
        {
            times.push_back(Simulator::Now().GetSeconds());
        }
        flow.ack = before.ack;
        s.peer.Wait(MilliSeconds(90));
    }
    s.Check(times.size() >= 4, "too few of them");
    for (std::size_t i = 2; i + 1 < times.size(); ++i)
    {
        s.Check(times[i + 1] - times[i] > 1.6 * (times[i] - times[i - 1]), "no back-off");
    }
}

/** Opens the window whenever sending starts, as TcpBbr does at the end of PROBE_RTT. */
class EagerControl : public TcpNewReno
{
  public:
    /** @return the type */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpRobustTestEagerControl")
                                .SetParent<TcpNewReno>()
                                .AddConstructor<EagerControl>();
        return tid;
    }

    void CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t event) override
    {
        if (event == TcpSocketState::CA_EVENT_TX_START)
        {
            tcb->m_cWnd = 10 * tcb->m_segmentSize;
        }
    }

    Ptr<TcpCongestionOps> Fork() override
    {
        return CopyObject<EagerControl>(this);
    }
};

NS_OBJECT_ENSURE_REGISTERED(EagerControl);

void
TimeoutSendsOneSegment(Script& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl",
                       StringValue("ns3::MptcpRobustTestEagerControl"));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Octets(4 * 536));
    s.Wait(flow);
    s.Check(s.GetSent(0).size() == 4 * 536, "not all is sent");
    s.peer.Wait(Seconds(1));
    s.answers = s.peer.Take();
    s.Check(s.GetSent(0).size() == 536, "not one segment is repeated");
}

/** Paces at a given rate, by default of zero, as TcpBbr with a bandwidth that is not known. */
class PacedControl : public TcpNewReno
{
  public:
    /** @return the type */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpRobustTestPacedControl")
                                .SetParent<TcpNewReno>()
                                .AddConstructor<PacedControl>()
                                .AddAttribute("Rate",
                                              "Pacing rate",
                                              DataRateValue(DataRate(0)),
                                              MakeDataRateAccessor(&PacedControl::m_rate),
                                              MakeDataRateChecker());
        return tid;
    }

    void CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t) override
    {
        tcb->m_pacing = true;
        tcb->m_paceInitialWindow = true;
        tcb->m_pacingRate = m_rate;
        tcb->m_maxPacingRate = m_rate.GetBitRate() > 0 ? m_rate : tcb->m_maxPacingRate;
    }

    Ptr<TcpCongestionOps> Fork() override
    {
        return CopyObject<PacedControl>(this);
    }

  private:
    DataRate m_rate; ///< attribute Rate
};

NS_OBJECT_ENSURE_REGISTERED(PacedControl);

void
PaceAtRateOfZero(Script& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl",
                       StringValue("ns3::MptcpRobustTestPacedControl"));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Octets(4 * 536));
    s.Wait(flow);
    s.Check(s.GetSent(0).size() == 4 * 536, "not all is sent");
}

/** @param s the wait for a larger window (RFC 9293, section 3.8.6.2.1) does not cut pacing short */
void
PaceSlowly(Script& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl",
                       StringValue("ns3::MptcpRobustTestPacedControl"));
    Config::SetDefault("ns3::MptcpRobustTestPacedControl::Rate",
                       DataRateValue(DataRate(10 * 536))); // a segment in 0.8 s, less than an RTO
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Octets(3 * 536));
    s.Wait(flow);
    for (const uint64_t sent : {536, 2 * 536})
    {
        s.Check(s.GetSent(0).size() == 536, "not one segment at a time");
        s.Send(flow, Peer::ACK, s.Ack(sent)); // nothing is in flight now
        s.Wait(flow, Seconds(0.75));
        s.Check(s.GetSent(0).empty(), "faster than the rate");
        s.Wait(flow, Seconds(0.05));
    }
    s.Check(s.GetSent(0).size() == 536, "not all is sent");
}

void
MeetingSyns(Script& s)
{
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN, {});
    s.Check(s.FindAnswer(0, Peer::SYN | Peer::ACK).has_value(), "no SYN/ACK");
    s.Wait(flow, Seconds(30)); // the peer has not got it
    s.Check(!s.answers.empty(), "the SYN/ACK is not repeated");
    for (const Segment& segment : s.answers)
    {
        s.Check(segment.flags == (Peer::SYN | Peer::ACK), "repeated in another form");
    }
}

void
SynOfEstablished(Script& s)
{
    Flow flow = s.Accept();
    Flow old = flow;
    old.seq = PEER_ISN;
    s.Send(old, Peer::SYN, {});
    s.Check(s.answers.size() == 1 && s.Last().flags == Peer::ACK && s.Last().ack == flow.seq,
            "no challenge ACK (RFC 9293, section 3.10.7.4)");
}

/** Let a peer that has fallen back end the connection. @param s script @param flow subflow */
void
CheckEndOfFallback(Script& s, Flow& flow)
{
    s.CheckFallback(true);
    s.Check(!s.FindAnswer(0, Peer::RST), "a reset for the end of the peer");
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(300));
    s.Check(!s.failed && s.closed, "the end is no normal one");
}

void
FinOfFallback(Script& s)
{
    // The peer's first ACK had a DSS, but ours are stripped from then on: it has all data by plain
    // TCP and closes. No DATA_ACK will ever come.
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("request"));
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(false); // a box that splits segments leaves ACKs without options as well
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.CheckCounter("DssFallback", 1);
    CheckEndOfFallback(s, flow);
}

void
FinWithCapable(Script& s)
{
    // A middlebox repeats the option of the SYN/ACK on the FIN of a peer that has fallen back.
    Flow flow = s.Open();
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Send(flow, Peer::ACK | Peer::FIN, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    CheckEndOfFallback(s, flow);
}

/**
 * The first subflow goes, with data left; joins come and go for 50 of the 60 seconds that a
 * connection waits for another one, and for 15 more there is none.
 *
 * @param s script
 * @param useful the last join brings a DATA_ACK
 */
void
JoinAgainAndAgain(Script& s, bool useful)
{
    s.stack->SetAttribute("CloseTimeout", TimeValue(Seconds(60)));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::RST | Peer::ACK, {});
    constexpr int joins = 5;
    for (int i = 0; i < joins; ++i)
    {
        Flow join = s.Join();
        s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
        s.Wait(join, Seconds(10));
        if (useful && i + 1 == joins)
        {
            s.Send(join, Peer::ACK, s.Ack(5));
        }
        s.Send(join, Peer::RST | Peer::ACK, {});
        s.Check(!s.failed, "an end before its time");
    }
    s.Wait(flow, Seconds(15));
    s.Check(s.failed == !useful, useful ? "the wait did not begin anew" : "the wait began anew");
}

void
JoinsThatMoveNothing(Script& s)
{
    JoinAgainAndAgain(s, false);
}

void
JoinThatMovesData(Script& s)
{
    JoinAgainAndAgain(s, true);
}

/** The suite. */
class MptcpRobustTestSuite : public TestSuite
{
  public:
    MptcpRobustTestSuite()
        : TestSuite("mptcp-robust", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("a probe of a closed window acknowledges", ProbeAcknowledges);
        add("the window closes over all that there is", WindowClosesOverAllThereIs);
        add("RTT of a repeated SYN", RttOfRepeatedSyn);
        add("back-off beside the peer's data", BackOffBesideData);
        add("a timeout sends one segment", TimeoutSendsOneSegment);
        add("a pacing rate of zero", PaceAtRateOfZero);
        add("a low pacing rate", PaceSlowly);
        add("two SYNs meet and one answer is lost", MeetingSyns);
        add("a SYN for an established connection", SynOfEstablished);
        add("window of one segment that grows", WindowOfOneSegmentThatGrows);
        add("subflow closed twice while the FINs cross", CloseInClosing);
        add("the FIN of a peer that has fallen back", FinOfFallback);
        add("the same with the option of a SYN", FinWithCapable);
        add("joins that move nothing", JoinsThatMoveNothing);
        add("a join that moves data", JoinThatMovesData);
    }
};

/// Registers the suite.
MptcpRobustTestSuite g_mptcpRobustTestSuite;

} // namespace
