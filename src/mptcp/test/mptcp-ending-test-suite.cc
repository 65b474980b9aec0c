/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * @ingroup mptcp
 *
 * How connections end when the peer is silent, gone, or has fallen back without this host knowing,
 * and what an application still reads. Each case is the octet-exact form of a fault that random
 * runs found.
 */

#include "mptcp-script.h"

#include "ns3/mptcp-pm-commands.h"

#include <algorithm>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/** @param s script @param flags all of them @return segments of the host with these flags */
std::size_t
Count(const Script& s, uint8_t flags)
{
    return std::count_if(s.answers.begin(), s.answers.end(), [flags](const Segment& segment) {
        return (segment.flags & flags) == flags;
    });
}

/** @param s script @param size octets asked for @return what Recv gives */
std::string
Receive(const Script& s, uint32_t size)
{
    const Ptr<Packet> packet = s.socket->Recv(size, 0);
    std::string text(packet ? packet->GetSize() : 0, ' ');
    if (packet)
    {
        packet->CopyData(reinterpret_cast<uint8_t*>(text.data()), text.size());
    }
    return text;
}

void
RecvGathers(Script& s)
{
    Flow flow = s.Accept();
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    uint32_t index = 0;
    for (const std::string text : {"abc", "de", "fgh", "i"})
    {
        s.Send(flow, Peer::ACK, s.Map(index, 1 + index, text.size()), Text(text));
        index += text.size();
    }
    for (const auto& [size, wanted] : std::vector<std::pair<uint32_t, std::string>>{{4, "abcd"},
                                                                                    {1, "e"},
                                                                                    {100, "fghi"},
                                                                                    {1, ""}})
    {
        const std::string found = Receive(s, size);
        s.Check(found == wanted, "Recv gives '" + found + "' instead of '" + wanted + "'");
    }
}

/** @param s script, whose host connects @return initial subflow; no window was ever open */
Flow
OpenWithoutWindow(Script& s)
{
    Flow flow = s.Connect();
    flow.window = 0;
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.LearnKey();
    s.Send(flow, Peer::ACK, s.Ack(0));
    return flow;
}

void
SilentWindow(Script& s)
{
    Flow flow = OpenWithoutWindow(s);
    s.Write(Text("never"));
    s.Wait(flow, Seconds(1000));
    const uint32_t retries = 6; // attribute DataRetries
    s.CheckCounter("WinProbe", retries);
    s.Check(s.failed, "a connection whose probes nobody answers does not end");
    s.Check(s.stack->GetTokens().GetSize() == 0, "its token is left");
}

void
AnsweredWindow(Script& s)
{
    Flow flow = OpenWithoutWindow(s);
    s.Write(Text("later"));
    for (int i = 0; i < 60; ++i)
    {
        s.Wait(flow, Seconds(30));
        if (!s.answers.empty())
        {
            s.Send(flow, Peer::ACK, s.Ack(0));
        }
    }
    s.Check(s.stack->GetCounter("WinProbe") > 20, "too few probes");
    s.Check(!s.failed, "a connection whose probes are answered ends");
    flow.window = 65535;
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Check(s.GetSent(0) == Text("later"), "nothing is sent when the window opens");
}

void
SlowReader(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("bye"));
    s.Wait(flow);
    s.socket->Close();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, s.Ack(4)); // the DATA_FIN, too
    s.Wait(flow, Seconds(100));        // longer than Linux's tcp_fin_timeout
    s.Check(Count(s, Peer::RST) == 0, "a RST takes from the peer what it has not read yet");
    s.Check(s.stack->GetTokens().GetSize() == 0, "the connection does not end");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 1, false, 4), Text("x"));
    s.Check(Count(s, Peer::RST) == 1, "data for a connection that has ended gets no RST");
}

void
StrippedDataFin(Script& s)
{
    Flow flow = s.Open();
    s.socket->Close();
    s.Wait(flow, Seconds(10));
    s.Check(Count(s, Peer::FIN) == 0, "a FIN although nobody has answered");
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(10));
    s.CheckCounter("DssFallback", 1);
    s.Check(Count(s, Peer::FIN) >= 1, "no FIN after the fallback");
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.Check(!s.failed, "the end is an error");
}

/**
 * The host closes, and all that the peer answers is ACKs without options. The connection has to
 * fall back and to end.
 *
 * @param s script
 * @param flow initial subflow
 * @param acks number of ACKs, one every 3 s
 */
void
CloseWithBareAcks(Script& s, Flow& flow, uint32_t acks)
{
    s.socket->Close();
    std::size_t fins = 0;
    for (uint32_t i = 0; i < acks; ++i)
    {
        s.Wait(flow, Seconds(3));
        fins += Count(s, Peer::FIN);
        s.Send(flow, Peer::ACK, {});
        fins += Count(s, Peer::FIN);
    }
    s.CheckFallback(true);
    s.Check(fins >= 1, "no FIN after the fallback");
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.Check(!s.failed, "the end is an error");
}

void
StrippedDataFinWhileJoining(Script& s)
{
    Flow flow = s.Open();
    s.Announce(flow); // nobody answers the SYN of the join
    CloseWithBareAcks(s, flow, 4);
}

void
StrippedDataFinBesideJoin(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 1), Text("a"));
    s.Join(); // its SYN/ACK is lost
    CloseWithBareAcks(s, flow, 5);
}

void
OldSynWhileClosing(Script& s)
{
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    Flow crossing = flow;
    s.socket->Close();
    s.Wait(flow);
    s.Send(crossing, Peer::ACK | Peer::FIN, {}); // both have sent a FIN, none is acknowledged
    Flow old = crossing;
    old.seq = PEER_ISN;
    s.Send(old, Peer::SYN, {});
    s.Check(Count(s, Peer::RST) == 0, "a RST over an old SYN");
    s.Check(Count(s, Peer::ACK) == 1, "an old SYN is not answered (RFC 5961, section 4)");
    s.Check(!s.failed, "an old SYN ends the connection");
}

void
RemovedInHandshake(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    const Ptr<MptcpSocketBase> pending = s.stack->GetConnections().back();
    s.Check(pending->GetState() == MptcpState::SYN_RCVD, "no connection in its handshake");
    pending->GetSubflows().front()->CloseSubflow();
    s.Wait(flow);
    s.Check(s.answers.empty(), "a segment before the handshake is complete");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.Check(Count(s, Peer::FIN) == 1, "no FIN when the handshake is complete");
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(0));
    s.Wait(flow, Seconds(300));
    s.Check(pending->GetSubflows().empty(), "the subflow is left");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
}

void
LoneSubflowWithData(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("unacknowledged"));
    s.Wait(flow);
    s.GetConnection()->TerminateSubflow(0);
    s.Wait(flow);
    s.Check(Count(s, Peer::FIN) == 0, "a peer that has fallen back takes the FIN for the end");
    s.Check(Count(s, Peer::RST) == 1, "the subflow is not closed");
}

void
FailWhileClosing(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.GetConnection()->TerminateSubflow(0);
    s.Wait(flow);
    s.Check(Count(s, Peer::FIN) == 1, "no FIN");
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFail{s.GetHostDsn()}));
    s.CheckCounter("FallbackFailed", 1);
    s.Check(Count(s, Peer::RST) == 1, "a peer that has fallen back hears nothing of the end");
}

/** @param s script @return initial subflow with data out; nobody answers the SYN of a join */
Flow
WriteWhileJoining(Script& s)
{
    Flow flow = s.Open();
    s.Announce(flow);
    s.Write(Text("unacknowledged"));
    s.Wait(flow);
    return flow;
}

/** @param s script, in which the initial subflow has just been closed with data left */
void
CheckBrokenOff(Script& s)
{
    s.Check(!s.FindAnswer(0, Peer::FIN), "a peer that has fallen back takes the FIN for the end");
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "the subflow is not closed");
}

void
LoneSubflowWhileJoining(Script& s)
{
    Flow flow = WriteWhileJoining(s);
    s.GetConnection()->TerminateSubflow(0);
    s.Wait(flow);
    CheckBrokenOff(s);
}

void
PeerClosesWhileJoining(Script& s)
{
    Flow flow = WriteWhileJoining(s);
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(0));
    CheckBrokenOff(s);
}

void
PeerEndsWhileJoining(Script& s)
{
    // A FIN without a DSS ends a connection that is one of plain TCP to the peer, which has
    // acknowledged all the data. It waits for ours.
    Flow flow = WriteWhileJoining(s);
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.CheckFallback(true);
    s.Check(!s.FindAnswer(0, Peer::RST), "a reset");
    s.Write(Text("more"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("more"), "no data in CLOSE_WAIT");
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    s.Send(flow, Peer::ACK, {});
    s.Check(s.closed && !s.failed, "the end is an error");
}

void
LastAckCoversData(Script& s)
{
    Flow flow = s.Open();
    Flow crossing = flow; // acknowledges no data
    s.Write(Text("abc"));
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Send(crossing, Peer::ACK | Peer::FIN, {}); // of a peer in plain TCP
    s.CheckFallback(true);
    const auto fin = s.FindAnswer(0, Peer::FIN);
    s.Check(fin.has_value(), "no FIN");
    flow.seq = crossing.seq;
    flow.ack = fin.value_or(Segment()).seq + 1;
    s.Send(flow, Peer::ACK, {});
    s.Check(s.closed && !s.failed, "all is acknowledged, and the end is an error");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
}

void
DestroyedInHandshake(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    const Ptr<MptcpSocketBase> pending = s.stack->GetConnections().back();
    const Ptr<MptcpSubflow> first = pending->GetSubflows().front();
    const std::string refused = MptcpPmCommands(s.stack).DestroySubflow(pending->GetLocalToken(),
                                                                        first->GetLocalName(),
                                                                        first->GetRemoteName());
    s.Check(!refused.empty(), "a path manager may end what may become plain TCP");
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckFallback(true);
    s.CheckRead("abc");
    s.Check(!s.FindAnswer(0, Peer::FIN), "a FIN before the end of the data");
    s.Write(Text("def"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("def"), "the connection cannot send");
}

void
FinAheadOfItsData(Script& s)
{
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Check(Count(s, Peer::FIN) == 1, "no FIN");
    Flow ahead = flow; // acknowledges the FIN
    ahead.seq += 3;
    s.Send(ahead, Peer::ACK | Peer::FIN, {});
    s.Wait(flow, Seconds(10));
    s.Check(Count(s, Peer::FIN) == 0, "a FIN that is acknowledged is sent again");
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.Check(s.closed && !s.failed, "no end, or an error");
}

void
JoinInTimeWait(Script& s)
{
    Flow flow = s.Open();
    Flow join = s.Announce(flow);
    s.Send(join, Peer::SYN | Peer::ACK, Peer::Octets(s.MakeJoinSynAck()));
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true, 1)); // both DATA_FINs are acknowledged
    s.Send(join, Peer::ACK, s.Ack(1));                // the fourth ACK
    s.Check(s.GetConnection()->GetState() == MptcpState::TIME_WAIT, "not in TIME_WAIT");
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(1));
    s.Send(join, Peer::ACK, s.Ack(1)); // no FIN ever comes
    s.Wait(flow, Seconds(1000));
    s.Check(s.closed && s.GetConnection()->GetSubflows().empty(), "a subflow without FIN stays");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
}

/** @param s script @return subflow of a connection that has ended; the host waits for its FIN */
Flow
OpenAndClose(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.socket->Close();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true, 1)); // both DATA_FINs are acknowledged
    s.Check(Count(s, Peer::FIN) == 1, "no FIN");
    return flow;
}

void
SlowDataAcks(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    constexpr uint32_t count = 30;
    s.Write(Octets(count, 'x'));
    s.socket->ShutdownSend();
    s.Wait(flow);
    for (uint32_t acked = 0; acked < count; ++acked)
    {
        s.Wait(flow, Seconds(10));
        s.Send(flow, Peer::ACK, s.Ack(acked));
    }
    s.Check(!s.failed, "a peer that acknowledges is given up");
    s.Send(flow, Peer::ACK, s.Ack(count + 1));
    s.Check(s.GetConnection()->GetState() == MptcpState::FIN_WAIT_2, "the DATA_FIN is not out");
}

void
BothEndInFallback(Script& s)
{
    // Neither has data. A box removes our options, so that the peer hears neither of our DATA_FIN
    // nor of the acknowledgment of its own, and falls back.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true, 0));
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Check(s.FindDss().dataFin, "no DATA_FIN");
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.CheckFallback(true);
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    s.Send(flow, Peer::ACK, {});
    s.Check(s.closed && !s.failed, "the end is an error");
}

void
EndOfPartOfMapping(Script& s)
{
    // A box has removed octets, so that the mapping is never whole. The peer has fallen back.
    Flow flow = s.AcceptChecksum();
    MptcpDss dss = s.MakeDss(0, 1, 10);
    dss.hasChecksum = true;
    s.Send(flow, Peer::ACK, Peer::Octets(dss), Text("abcdef"));
    s.Write(Text("answer"));
    s.Wait(flow);
    s.CheckRead("");
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.CheckFallback(true);
    s.CheckRead("abcdef");
}

void
NoCloseTimeout(Script& s)
{
    s.stack->SetAttribute("CloseTimeout", TimeValue(Time()));
    Flow flow = OpenAndClose(s);
    s.Check(Count(s, Peer::RST) == 0, "a RST right behind the FIN");
    s.Wait(flow, Seconds(1));
    s.Check(Count(s, Peer::RST) == 0, "a RST before the FIN of the peer could come");
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(1));
    s.Check(Count(s, Peer::ACK) == 1 && Count(s, Peer::RST) == 0, "the FIN is not acknowledged");
}

void
PortInTimeWait(Script& s)
{
    Flow flow = OpenAndClose(s);
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(1));
    for (const Ipv4Address host : {Ipv4Address::GetAny(), Peer::GetHostAddress(0)})
    {
        Ptr<Socket> again = Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
        const bool bound = again->Bind(InetSocketAddress(host, flow.hostPort)) == 0;
        s.Check(!bound || (again->Connect(InetSocketAddress(Peer::GetPeerAddress(0), PORT)) != 0 &&
                           again->GetErrno() == Socket::ERROR_ADDRNOTAVAIL),
                "two connections of the same names");
        again->Close();
    }
    s.Send(flow, Peer::ACK | Peer::FIN, s.Ack(1)); // ns-3 stops the simulation if there are two
    // Another address of the peer makes another connection.
    Ptr<Socket> other = Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
    s.Check(other->Bind(InetSocketAddress(Ipv4Address::GetAny(), flow.hostPort)) == 0 &&
                other->Connect(InetSocketAddress(Peer::GetPeerAddress(1), PORT)) == 0,
            "the port is taken for all peers");
}

void
WithdrawnBeforeNamed(Script& s)
{
    Flow flow = s.Connect();
    const Address first = Peer::GetHostAddress(0);
    s.GetConnection()->AddMultipathAddresses({first});
    s.GetConnection()->RemoveMultipathAddresses({first});
    s.Wait(flow, Seconds(20));
    s.Check(Count(s, Peer::SYN) > 0, "the SYN is not repeated");
    s.Check(!s.failed, "the connection ends");
}

/** The suite. */
class MptcpEndingTestSuite : public TestSuite
{
  public:
    MptcpEndingTestSuite()
        : TestSuite("mptcp-ending", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("Recv gives as much as there is", RecvGathers);
        add("closed window, nobody answers", SilentWindow);
        add("closed window, probes are answered", AnsweredWindow);
        add("no RST for a peer that reads slowly", SlowReader);
        add("DATA_FIN whose options vanish", StrippedDataFin);
        add("DATA_FIN whose options vanish while a join is tried", StrippedDataFinWhileJoining);
        add("DATA_FIN whose options vanish beside a join", StrippedDataFinBesideJoin);
        add("an old SYN while FINs cross", OldSynWhileClosing);
        add("subflow removed in its handshake", RemovedInHandshake);
        add("lone subflow closed with data left", LoneSubflowWithData);
        add("lone subflow closed with data left while a join is tried", LoneSubflowWhileJoining);
        add("lone subflow closed by the peer while a join is tried", PeerClosesWhileJoining);
        add("end of a peer in plain TCP while a join is tried", PeerEndsWhileJoining);
        add("the last ACK of plain TCP covers data too", LastAckCoversData);
        add("no policy ends the first subflow in its handshake", DestroyedInHandshake);
        add("a FIN ahead of its data acknowledges ours", FinAheadOfItsData);
        add("a join in TIME_WAIT", JoinInTimeWait);
        add("a DATA_FIN behind data that is acknowledged slowly", SlowDataAcks);
        add("end of a peer in plain TCP behind its DATA_FIN", BothEndInFallback);
        add("end of a peer in plain TCP amidst a mapping", EndOfPartOfMapping);
        add("a close timeout of 0 leaves time for the FINs", NoCloseTimeout);
        add("connect from a port in TIME_WAIT", PortInTimeWait);
        add("address withdrawn before the connection has a name", WithdrawnBeforeNamed);
        add("MP_FAIL that comes too late", FailWhileClosing);
    }
};

/// Registers the suite.
MptcpEndingTestSuite g_mptcpEndingTestSuite;

} // namespace
