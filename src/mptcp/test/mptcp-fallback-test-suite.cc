/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: how MPTCP ends early. Fallback to plain TCP, MP_FAIL, infinite
 * mappings, MP_FASTCLOSE, resets, black holes.
 */

#include "mptcp-script.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/**
 * A DSS with a checksum.
 *
 * @param s script
 * @param index of the peer's first octet under the mapping, from 0
 * @param ssn subflow sequence number
 * @param data the data that the checksum is made of
 * @return the DSS
 */
Octets
Checksummed(const Script& s, uint64_t index, uint32_t ssn, const Octets& data)
{
    MptcpDss dss = s.MakeDss(index, ssn, static_cast<uint16_t>(data.size()));
    dss.hasChecksum = true;
    MptcpChecksum checksum(dss.dsn, dss.ssn, dss.length);
    checksum.Update(data);
    dss.checksum = checksum.Finish();
    return Peer::Octets(dss);
}

/** The peer joins and proves itself. @param s script @param initial subflow @return the other */
Flow
JoinFully(Script& s, Flow& initial)
{
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.CheckCounter("MPJoinAckRx", 1);
    return join;
}

/** @param s script @return an infinite mapping of the peer from its first octet on */
MptcpDss
Infinite(const Script& s)
{
    MptcpDss dss = s.MakeDss(0, 1, 0);
    dss.hasDataAck = false;
    return dss;
}

/** @param s script @param failed DSN @return octets of an infinite mapping from the start and an
 * MP_FAIL */
Octets
FailAndInfinite(const Script& s, uint64_t failed)
{
    MptcpDss infinite = Infinite(s);
    infinite.hasChecksum = true;
    Octets octets = Peer::Octets(infinite);
    const Octets fail = Peer::Octets(MptcpFail{failed});
    octets.insert(octets.end(), fail.begin(), fail.end());
    return octets;
}

void
ChecksumFailsOnOnlySubflow(Script& s)
{
    Flow flow = s.AcceptChecksum();
    s.Send(flow, Peer::ACK, Checksummed(s, 0, 1, Text("good")), Text("good"));
    s.CheckRead("good");
    s.Send(flow, Peer::ACK, Checksummed(s, 4, 5, Text("fair")), Text("foul"));
    s.CheckCounter("DataCsumErr", 1);
    s.CheckCounter("MPFailTx", 1);
    s.CheckFallback(false);
    std::optional<MptcpFail> fail;
    for (const Segment& segment : s.answers)
    {
        s.Check(!(segment.flags & Peer::RST), "a reset");
        const auto option = Peer::Find<MptcpFail>(segment);
        fail = option ? option : fail;
        const auto dss = Peer::Find<MptcpDss>(segment);
        s.Check(!dss || (dss->dataAck == s.GetPeerDsn() + 4), "DATA_ACK of altered data");
    }
    s.Check(fail && fail->dsn == s.GetPeerDsn() + 4, "no MP_FAIL with the DSN of the mapping");
    s.Send(flow, Peer::ACK, {}, Text("more"));
    s.CheckRead("good");
    // The peer's answer makes it plain TCP, with the data as the middlebox left it.
    s.Send(flow, Peer::ACK, FailAndInfinite(s, s.GetPeerDsn() + 4));
    s.CheckFallback(true);
    s.CheckRead("goodfoulmore");
    s.CheckCounter("DssFallback", 1);
    s.CheckCounter("MPFailRx", 1);
    s.CheckCounter("MPFailTx", 1);
    s.CheckCounter("InfiniteMapRx", 1);
    s.Write(Text("answer"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("answer"), "the host cannot send after the fallback");
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "options after the fallback");
}

void
FailIsAnsweredByFailOnly(Script& s)
{
    Flow flow = s.AcceptChecksum();
    s.Send(flow, Peer::ACK, Checksummed(s, 0, 1, Text("fair")), Text("foul"));
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFail{s.GetPeerDsn()}));
    s.CheckFallback(true);
    s.CheckRead("foul");
    s.CheckCounter("MPFailRx", 1);
    s.CheckCounter("MPFailTx", 1);
}

void
FailIsRepeatedAndGivenUp(Script& s)
{
    Flow flow = s.AcceptChecksum();
    s.Send(flow, Peer::ACK, Checksummed(s, 0, 1, Text("fair")), Text("foul"));
    s.Wait(flow, Seconds(30));
    s.CheckCounter("MPFailTx", 5); // 4 on ACKs, the last on the RST
    s.CheckReset(0, MPTCP_RST_MIDDLEBOX);
    s.CheckRead("");
}

void
ChecksumFailsOnJoinedSubflow(Script& s)
{
    Flow flow = s.AcceptChecksum();
    Flow join = JoinFully(s, flow);
    s.Send(join, Peer::ACK, Checksummed(s, 0, 1, Text("fair")), Text("foul"));
    s.CheckReset(1, MPTCP_RST_MIDDLEBOX);
    const auto reset = s.FindAnswer(1, Peer::RST);
    const auto fail = reset ? Peer::Find<MptcpFail>(*reset) : std::nullopt;
    s.Check(fail && fail->dsn == s.GetPeerDsn(), "no MP_FAIL in the RST");
    s.CheckCounter("MPFailTx", 1);
    s.CheckCounter("MPRstTx", 1);
    s.CheckFallback(false);
    s.Send(flow, Peer::ACK, Checksummed(s, 0, 1, Text("fair")), Text("fair"));
    s.CheckRead("fair");
}

void
FailReceivedOnOnlySubflow(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    // Acknowledged on the subflow, not at the data level.
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFail{s.GetHostDsn()}));
    s.CheckFallback(true);
    s.CheckCounter("MPFailRx", 1);
    s.CheckCounter("MPFailTx", 1);
    s.CheckCounter("InfiniteMapTx", 1);
    const auto fail = Peer::Find<MptcpFail>(s.Last());
    s.Check(fail.has_value(), "no MP_FAIL in return");
    auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->hasMapping && dss->length == 0 && dss->dsn == s.GetHostDsn() &&
                dss->ssn == 1,
            "no infinite mapping that begins with the oldest data");
    s.Write(Text("second"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("second"), "no data after MP_FAIL");
    dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->hasMapping && dss->length == 0, "no infinite mapping on the first data");
    s.Send(flow, Peer::ACK, {});
    s.Write(Text("third"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("third"), "no data after the acknowledgment");
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "options after the infinite mapping");
}

void
FailReceivedBesideJoin(Script& s)
{
    // The peer has fallen back before the SYN/ACK of its join arrived.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 1), Text("a"));
    s.Join();
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFail{s.GetHostDsn()}));
    s.CheckFallback(true);
    s.CheckCounter("MPFailTx", 1);
    s.CheckCounter("InfiniteMapTx", 1);
    s.Check(s.FindAnswer(1, Peer::RST).has_value(), "the join stays");
    s.Wait(flow, Seconds(10));
    s.Check(s.GetSent(0).empty(), "data that was acknowledged is sent again");
    s.Write(Text("second"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("second"), "no data after MP_FAIL");
}

void
AckWithoutDss(Script& s)
{
    Flow flow = s.Open();
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    s.CheckCounter("MPCapableDataFallback", 1);
    s.Write(Text("second"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->length == 0 && dss->hasMapping, "no final infinite mapping");
    s.CheckCounter("InfiniteMapTx", 1);
}

void
AckWithoutDssWhileClosing(Script& s)
{
    // The peer has fallen back, and the host is closing the only subflow, not the connection: a FIN
    // would tell the peer that it has all data.
    Flow flow = s.Open();
    s.Write(Octets(40000, 'a'));
    s.Wait(flow);
    const Octets first = s.GetSent(0);
    s.Check(!first.empty() && first.size() < 40000, "nothing is left for later");
    s.GetConnection()->GetSubflows().front()->CloseSubflow();
    s.Wait(flow);
    s.CheckReset(0, MPTCP_RST_UNSPECIFIED);
    s.Check(!s.FindAnswer(0, Peer::FIN), "a FIN");
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(false);
    s.Check(!s.FindAnswer(0, Peer::FIN), "a FIN after the ACK");
}

void
AcksWithOtherOptionsOnly(Script& s)
{
    // The peer has fallen back, and a middlebox repeats an old option on each of its ACKs.
    Flow flow = s.Open();
    s.Write(Text("first"));
    s.Wait(flow);
    const Octets old = Peer::Octets(MptcpRemoveAddr{{9}});
    s.Send(flow, Peer::ACK, old);
    s.CheckFallback(false);
    for (int i = 0; i < 40; ++i)
    {
        s.Wait(flow, MilliSeconds(100));
        s.Check(s.GetSent(0) != Text("first"), "data that the peer has is sent again");
        if (!s.answers.empty())
        {
            s.Send(flow, Peer::ACK, old); // to a probe
        }
    }
    s.CheckFallback(true);
    s.CheckCounter("DssFallback", 1);
    s.CheckCounter("MPTCPRetrans", 0);
    s.Write(Text("second"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("second"), "the host cannot send after the fallback");
}

void
DssComesLate(Script& s)
{
    // Only one ACK without DSS gets through before the answer to a probe: no fallback.
    Flow flow = s.Open();
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpRemoveAddr{{9}}));
    for (int i = 0; i < 20 && s.answers.empty(); ++i)
    {
        s.Wait(flow, MilliSeconds(100));
    }
    s.Check(s.Last().flags == Peer::ACK && s.Last().seq == flow.ack - 1, "no probe");
    s.Send(flow, Peer::ACK, s.Ack(5));
    s.Write(Text("second"));
    s.Wait(flow, Seconds(3));
    s.CheckFallback(false);
    const MptcpDss dss = s.FindDss();
    s.Check(dss.dsn == s.GetHostDsn() + 5 && dss.length == 6, "wrong mapping");
}

void
FallbackFillsSmallWindow(Script& s)
{
    // Stock TCP forgets to note what the third ACK acknowledges, and stops the simulation when the
    // first flight fills the window.
    s.Listen();
    Flow flow;
    flow.window = 1000;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    const Octets data(1000, 'a');
    s.Write(data);
    s.Wait(flow);
    s.Check(s.GetSent(0) == data, "the window was not filled");
}

void
FallbackResetWhenHalfClosed(Script& s)
{
    // The end of the peer's stream has not come: its reset is no end.
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.Check(s.GetConnection()->GetState() == MptcpState::FIN_WAIT_2, "not half closed");
    s.Send(flow, Peer::RST | Peer::ACK, {});
    s.Check(s.failed && !s.closed, "the reset is reported as a normal end");
}

void
FinWithoutDss(Script& s)
{
    // The peer has fallen back, for it has not got the third ACK, and closes: nobody sent data.
    Flow flow = s.Open();
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Check(s.FindDss().dataFin, "no DATA_FIN");
    s.Send(flow, Peer::FIN | Peer::ACK, {});
    s.Wait(flow);
    s.CheckFallback(true);
    s.Check(s.GetConnection()->GetState() != MptcpState::CLOSED, "the end of the peer is an error");
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(300));
    s.Check(!s.failed && s.closed, "the end is no normal one");
}

void
OptionsStrippedLater(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.Send(flow, Peer::ACK, {}, Text("def"));
    s.CheckRead("abcdef");
    s.CheckFallback(true);
    s.CheckCounter("DssFallback", 1);
}

/** @param s script @param flow subflow whose data is acknowledged, and so each probe, without DSS
 */
void
AcknowledgeBare(Script& s, Flow& flow)
{
    for (int i = 0; i < 4; ++i)
    {
        s.Send(flow, Peer::ACK, {});
        s.Wait(flow, Seconds(1));
    }
}

void
AcksStrippedLater(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    AcknowledgeBare(s, flow);
    s.CheckFallback(true);
    s.CheckCounter("DssFallback", 1);
    s.Write(Text("second"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("second"), "nothing sent after the fallback");
}

/**
 * The host writes, and gets ACKs with an old option only until it ends the connection or falls
 * back.
 *
 * @param s script
 * @param flow initial subflow
 */
void
WriteWithOtherOptions(Script& s, Flow& flow)
{
    s.Write(Text("first"));
    s.Wait(flow);
    const Octets old = Peer::Octets(MptcpRemoveAddr{{9}});
    for (int i = 0; i < 10 && !s.failed && !s.GetConnection()->IsFallback(); ++i)
    {
        s.Send(flow, Peer::ACK, old);
        s.Wait(flow, Seconds(2));
    }
}

void
OtherOptionsAfterJoinSyn(Script& s)
{
    // As in AcksWithOtherOptionsOnly, but the SYN of a join has come. The peer does not answer the
    // second SYN/ACK either: it has no other subflow and may have fallen back.
    Flow flow = s.Accept();
    s.Join();
    WriteWithOtherOptions(s, flow);
    s.CheckFallback(true);
    s.CheckCounter("FallbackFailed", 0);
    s.Write(Text("second"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("second"), "the host cannot send after the fallback");
}

void
OtherOptionsAfterJoin(Script& s)
{
    // The same after a join that was established and is gone: this host may not fall back any more.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 1), Text("a"));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::RST, {});
    WriteWithOtherOptions(s, flow);
    s.CheckCounter("FallbackFailed", 1);
    s.Check(s.GetConnection()->GetSubflows().empty() ||
                s.GetConnection()->GetSubflows().front()->GetRole() != MptcpSubflow::Role::INITIAL,
            "a subflow stays that brings no DATA_ACK");
}

/** @param s script @return initial subflow; the host has fallen back, the peer does not know */
Flow
FallBackAlone(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.Write(Text("first"));
    s.Wait(flow);
    AcknowledgeBare(s, flow);
    s.CheckFallback(true);
    return flow;
}

void
MappedInStepAfterFallback(Script& s)
{
    Flow flow = FallBackAlone(s);
    s.Send(flow, Peer::ACK, s.Map(3, 4, 3), Text("def"));
    s.CheckRead("abcdef");
    s.CheckCounter("FallbackFailed", 0);
}

void
SentAgainAfterFallback(Script& s)
{
    // The peer has got no DATA_ACK and sends its data again under other numbers of the subflow.
    Flow flow = FallBackAlone(s);
    s.Send(flow, Peer::ACK, s.Map(0, 4, 3), Text("abc"));
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST");
    s.CheckRead("abc");
    s.CheckCounter("FallbackFailed", 1);
    s.Check(s.failed, "the application is not told");
}

void
FinOfSubflowAfterFallback(Script& s)
{
    // The peer, which has data left, closes this subflow only.
    Flow flow = FallBackAlone(s);
    s.Send(flow, Peer::FIN | Peer::ACK, s.Ack(0));
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST");
    s.CheckRead("abc");
    s.CheckCounter("FallbackFailed", 1);
    s.Check(s.failed && !s.closed, "an end of the data that is none");
}

void
FinWithDataFinAfterFallback(Script& s)
{
    // Here the peer has told the end of its data, on a segment before.
    Flow flow = FallBackAlone(s);
    s.Send(flow, Peer::ACK, s.Map(3, 0, 1, true));
    s.Send(flow, Peer::FIN | Peer::ACK, s.Ack(0));
    s.Check(!s.FindAnswer(0, Peer::RST), "a RST");
    s.CheckRead("abc");
    s.CheckCounter("FallbackFailed", 0);
    s.Check(s.closed && !s.failed, "the end of the data is not told");
}

void
FinTellsOfFallback(Script& s)
{
    // The MP_FAIL on an ACK is lost, and no data follows it.
    Flow flow = s.Open();
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {}, Text("bare"));
    s.CheckFallback(true);
    s.Check(Peer::Find<MptcpFail>(s.Last()).has_value(), "no MP_FAIL");
    s.socket->Close();
    s.Wait(flow);
    const auto fin = s.FindAnswer(0, Peer::FIN);
    const auto dss = fin ? Peer::Find<MptcpDss>(*fin) : std::nullopt;
    s.Check(dss && dss->hasMapping && dss->length == 0, "no infinite mapping on the FIN");
    // A peer such as Linux does not look there: the MP_FAIL comes again.
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(3));
    s.Check(Peer::Find<MptcpFail>(s.Last()).has_value(), "no second MP_FAIL");
}

void
FinWithInfiniteMapping(Script& s)
{
    // The peer has no more data, and has fallen back when the host's first segment was lost.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    const Flow lost = flow;
    s.Write(Text("first"));
    s.Wait(flow);
    flow = lost;
    s.Send(flow, Peer::FIN | Peer::ACK, Peer::Octets(Infinite(s)));
    s.CheckFallback(true);
    s.CheckCounter("InfiniteMapRx", 1);
    s.Check(s.closed && !s.failed, "the end of the data is not told");
    s.Wait(flow, Seconds(2));
    s.Check(s.GetSent(0).size() >= 5, "the data is not sent again");
    for (const Segment& segment : s.answers)
    {
        s.Check(segment.seq == lost.ack && segment.data == Text("first"), "data at another number");
        s.Check(Peer::GetMptcpOctets(segment).empty(), "an option of MPTCP");
    }
}

/** A box that splits segments leaves the last piece without options: that says nothing. */
void
OneAckStripped(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {}); // acknowledges on the subflow only
    s.Wait(flow, Seconds(3));
    const auto again = [&s] {
        return std::any_of(s.answers.begin(), s.answers.end(), [](const Segment& segment) {
            return segment.data == Text("first");
        });
    };
    s.Check(!s.answers.empty() && !again(), "no probe, or the data again");
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Wait(flow, Seconds(3));
    s.CheckFallback(false);
    s.Check(!s.answers.empty() && !again(), "no probe, or the data again, though it has arrived");
    s.Send(flow, Peer::ACK, s.Ack(5));
    s.Wait(flow, Seconds(10));
    s.CheckFallback(false);
}

/** All has arrived over the one subflow, and the peer says for ever that it lacks the first. */
void
DeliveredButNotAcknowledged(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("first"));
    s.Wait(flow);
    for (int i = 0; i < 20; ++i)
    {
        s.Send(flow, Peer::ACK, s.Ack(0));
        s.Wait(flow, Seconds(1));
        s.Check(s.GetSent(0).empty(), "the data again, behind what may have been taken");
    }
    s.CheckFallback(true);
    s.CheckCounter("DssFallback", 1);
}

void
UnmappedDataOnSeveralSubflows(Script& s)
{
    Flow flow = s.Accept();
    Flow join = JoinFully(s, flow);
    s.Send(join, Peer::ACK, s.Ack(0));
    s.Send(join, Peer::ACK, {}, Text("???"));
    s.CheckRead("");
    s.Check(!s.FindAnswer(1, Peer::RST), "a mapping may come late");
    // It does not: what has a mapping goes on behind it.
    s.Send(join, Peer::ACK, s.Map(0, 4, 3), Text("abc"));
    s.CheckRead("abc");
    s.CheckCounter("DSSNotMatching", 1);
    // A late one is as good.
    s.Send(join, Peer::ACK, {}, Text("def"));
    s.CheckRead("abc");
    s.Send(join, Peer::ACK, s.Map(3, 7, 6), Text("ghi"));
    s.CheckRead("abcdefghi");
}

void
UnmappedDataBeyondAWindow(Script& s)
{
    Flow flow = s.Accept();
    Flow join = JoinFully(s, flow);
    s.Send(join, Peer::ACK, s.Ack(0));
    for (uint32_t i = 0; i < 100; ++i)
    {
        s.Send(join, Peer::ACK, {}, Octets(1400, 'x'));
        if (s.FindAnswer(1, Peer::RST))
        {
            break;
        }
    }
    s.CheckReset(1, MPTCP_RST_MIDDLEBOX);
    s.Check(join.seq - PEER_ISN > 131072, "the reset comes before a window of data");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
}

void
CloseWithUnreadData(Script& s)
{
    Flow flow = s.Accept();
    Flow join = JoinFully(s, flow);
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.socket->Close();
    s.Wait(flow);
    for (const uint32_t path : {0U, 1U})
    {
        s.CheckReset(path, MPTCP_RST_UNSPECIFIED);
        const auto reset = s.FindAnswer(path, Peer::RST);
        const auto fastclose = reset ? Peer::Find<MptcpFastclose>(*reset) : std::nullopt;
        s.Check(fastclose && fastclose->receiverKey == PEER_KEY, "no MP_FASTCLOSE in the RST");
    }
    s.CheckCounter("MPFastcloseTx", 2);
    s.CheckCounter("MPCurrEstab", 0);
    s.Send(join, Peer::RST | Peer::ACK, {});
}

void
FastcloseByAck(Script& s)
{
    s.stack->SetAttribute("FastcloseByAck", BooleanValue(true));
    Flow flow = s.Accept();
    JoinFully(s, flow);
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    const Ptr<MptcpSocketBase> connection = s.GetConnection();
    s.socket->Close();
    s.Wait(flow);
    s.CheckReset(1, MPTCP_RST_UNSPECIFIED);
    s.Check(!s.FindAnswer(0, Peer::RST), "a RST on the subflow that stays");
    const auto fastclose = Peer::Find<MptcpFastclose>(s.Last());
    s.Check(fastclose && fastclose->receiverKey == PEER_KEY, "no MP_FASTCLOSE on the ACK");
    s.Check(connection->GetState() == MptcpState::FASTCLOSE_WAIT, "not in FASTCLOSE_WAIT");
    s.CheckCounter("MPFastcloseTx", 1);
    s.Send(flow, Peer::RST | Peer::ACK, {});
    s.Check(connection->GetState() == MptcpState::CLOSED, "not closed by the RST");
}

void
FastcloseByAckUnanswered(Script& s)
{
    s.stack->SetAttribute("FastcloseByAck", BooleanValue(true));
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerUser"));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    const Ptr<MptcpSocketBase> connection = s.GetConnection();
    s.socket->Close();
    s.Check(
        MptcpPmCommands(s.stack).CreateSubflow(connection->GetLocalToken(),
                                               6,
                                               Peer::GetHostAddress(1),
                                               InetSocketAddress(Peer::GetPeerAddress(1), PORT)) ==
            "subflow: the connection is ending",
        "a subflow is opened that would end the wait");
    s.Wait(flow, Seconds(60));
    s.CheckCounter("MPFastcloseTx", 5); // once, 3 retransmissions, the RST
    const auto reset = s.FindAnswer(0, Peer::RST);
    s.Check(reset && Peer::Find<MptcpFastclose>(*reset), "no RST with MP_FASTCLOSE in the end");
    s.CheckCounter("MPCurrEstab", 0);
}

void
FastcloseReceived(Script& s)
{
    for (const uint8_t flags : {uint8_t{Peer::ACK}, uint8_t{Peer::RST | Peer::ACK}})
    {
        Script script;
        Flow flow = script.Accept();
        JoinFully(script, flow);
        // Neither a wrong key nor a segment far outside the window does anything.
        script.Send(flow, Peer::ACK, Peer::Octets(MptcpFastclose{script.hostKey + 1}));
        Flow far = flow;
        far.seq += 1U << 30;
        script.Send(far, flags, Peer::Octets(MptcpFastclose{script.hostKey}));
        script.CheckCounter("MPFastcloseRx", 0);
        script.Check(!script.failed, "closed by a forged MP_FASTCLOSE");
        script.Send(flow, flags, Peer::Octets(MptcpFastclose{script.hostKey}));
        script.CheckCounter("MPFastcloseRx", 1);
        script.Check(script.failed, "the application is not told");
        script.CheckReset(1, MPTCP_RST_UNSPECIFIED);
        script.CheckCounter("MPCurrEstab", 0);
        s.complaints += script.complaints;
    }
}

void
LaterVersionOffered(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040201"));
    s.LearnKey();
    const auto capable = Peer::Find<MptcpCapable>(s.Last());
    s.Check(capable && capable->version == 1, "not answered with our highest version");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckFallback(false);
}

void
BlackHole(Script& s)
{
    Flow flow = s.Connect();
    s.Wait(flow, Seconds(30)); // three SYNs with MP_CAPABLE, then one without
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE in the last SYN");
    s.CheckCounter("MPCapableSYNTXDrop", 1);
    s.CheckCounter("Blackhole", 0);
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckCounter("Blackhole", 1);
    s.CheckFallback(true);
    Flow second = s.Connect();
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE into the black hole");
    s.CheckCounter("MPCapableSYNTXDisabled", 1);
    s.Send(second, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Wait(second, Hours(1));
    Flow third = s.Connect();
    s.Check(!Peer::GetMptcpOctets(s.Last()).empty(), "no MP_CAPABLE after an hour");
    s.Send(third, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.CheckFallback(false);
}

void
PlainSynsLost(Script& s)
{
    // As Linux: when the first SYN without MP_CAPABLE is lost too, MPTCP is not to blame.
    Flow flow = s.Connect();
    s.Wait(flow, Seconds(60)); // three SYNs with MP_CAPABLE, then two without
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE in the last SYN");
    s.CheckCounter("MPCapableSYNTXDrop", 1);
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.CheckCounter("Blackhole", 0);
    s.Connect();
    s.Check(!Peer::GetMptcpOctets(s.Last()).empty(), "no MP_CAPABLE in the next SYN");
    s.CheckCounter("MPCapableSYNTXDisabled", 0);
}

void
FallbackBetweenTwoFins(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("abc"));
    s.GetConnection()->Close();
    s.Wait(flow);
    // The peer is plain TCP by now. Its FIN overtakes its data, which brings the fallback.
    Flow ahead = flow;
    ahead.seq += 1;
    s.Send(ahead, Peer::FIN | Peer::ACK, {});
    s.Send(flow, Peer::ACK, {}, Text("z"));
    s.CheckRead("z");
    s.Check(s.closed, "the application does not know of the end");
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN of the host");
    flow.seq += 1; // its FIN
    s.Send(flow, Peer::ACK, {});
    s.Wait(flow, Seconds(300));
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.CheckCounter("MPCurrEstab", 0);
}

void
LoopbackDoesNotEndBlackHole(Script& s)
{
    const auto fall = [&s] {
        Flow flow = s.Connect();
        s.Wait(flow, Seconds(30)); // one SYN without MP_CAPABLE
        s.Send(flow, Peer::SYN | Peer::ACK, {});
    };
    fall();
    s.CheckCounter("Blackhole", 1);
    Flow none;
    s.Wait(none, Hours(1));
    // What no network carries proves nothing of one, as in Linux.
    s.Listen();
    Ptr<Socket> local = Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
    local->Connect(InetSocketAddress(Ipv4Address::GetLoopback(), PORT));
    s.Wait(none, Seconds(1));
    s.CheckCounter("MPCapableSYNACKRX", 1);
    fall();
    s.CheckCounter("Blackhole", 2);
    s.Wait(none, Minutes(90));
    s.Connect();
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "the time does not double");
    s.Wait(none, Minutes(31));
    s.Connect();
    s.Check(!Peer::GetMptcpOctets(s.Last()).empty(), "no MP_CAPABLE after two hours");
}

// ---- Versions ----

/** @param s script: the host and the peer speak version 0 from now on */
void
UseVersion0(Script& s)
{
    s.stack->SetAttribute("Version", UintegerValue(0));
    s.stack->SetAttribute("LowestVersion", UintegerValue(0));
    s.version = MptcpVersion::V0;
}

void
PassiveVersion0(Script& s)
{
    UseVersion0(s);
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.LearnKey();
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), "1e0c0001" + ToHex(s.hostKey), "SYN/ACK");
    s.Send(flow, Peer::ACK, FromHex(std::string("1e140001") + PEER_KEY_HEX + ToHex(s.hostKey)));
    s.CheckFallback(false);
    s.CheckCounter("MPCapableACKRX", 1);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
    s.Check(s.FindDss().dataAck == s.GetPeerDsn() + 3, "no DATA_ACK by the SHA-1 IDSN");
    // A subflow with SHA-1 HMACs
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.CheckCounter("MPJoinAckRx", 1);
    s.Send(join, Peer::ACK, s.Map(3, 1, 3), Text("def"));
    s.CheckRead("abcdef");
}

void
PassiveVersion0ThirdAckLost(Script& s)
{
    UseVersion0(s);
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.LearnKey();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckFallback(false);
    s.CheckRead("abc");
}

void
ActiveVersion0(Script& s)
{
    UseVersion0(s);
    Flow flow = s.Connect();
    const MptcpCapable capable = Peer::Find<MptcpCapable>(s.Last()).value_or(MptcpCapable());
    s.Check(capable.senderKey && capable.version == 0, "no key in the SYN");
    s.hostKey = capable.senderKey.value_or(0);
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), "1e0c0001" + ToHex(s.hostKey), "SYN");
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e140001" + ToHex(s.hostKey) + PEER_KEY_HEX,
                  "third ACK");
    s.Write(Text("abc"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->hasMapping && dss->dsn == s.GetHostDsn() && dss->length == 3,
            "the first data has no mapping of its own");
    s.Send(flow, Peer::ACK, s.Ack(3));
    s.CheckFallback(false);
}

void
ShortDsn(Script& s)
{
    UseVersion0(s);
    s.stack->SetAttribute("Dsn32", BooleanValue(true));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.LearnKey();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.Write(Text("xyz"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && !dss->dsn64 && dss->dsn == (s.GetHostDsn() & UINT32_MAX), "no DSN of 32 bits");
    s.Check(dss && dss->dataAck64, "64 bits are not acknowledged with 64 bits");
}

void
ResetOfVersion0HasNoReason(Script& s)
{
    UseVersion0(s);
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.LearnKey();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    Flow join = s.Join();
    MptcpJoinAck wrong = s.MakeJoinAck();
    wrong.hmac[0] ^= 1;
    s.Send(join, Peer::ACK, Peer::Octets(wrong));
    const auto reset = s.FindAnswer(1, Peer::RST);
    s.Check(reset && Peer::GetMptcpOctets(*reset).empty(), "no bare RST");
    s.CheckCounter("MPRstTx", 0);
    s.CheckCounter("MPJoinAckHMacFailure", 1);
}

void
Version0SynAtVersion1Only(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "answered with MP_CAPABLE");
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
}

void
Version1ThenVersion0(Script& s)
{
    s.stack->SetAttribute("LowestVersion", UintegerValue(0));
    Flow flow = s.Connect();
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), "1e040101", "first SYN");
    s.Write(Text("abc")); // must survive the second attempt
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "the first attempt is not reset");
    const Segment syn = s.FindAnswer(0, Peer::SYN).value_or(Segment());
    const MptcpCapable capable = Peer::Find<MptcpCapable>(syn).value_or(MptcpCapable());
    s.Check(capable.version == 0 && capable.senderKey, "no SYN of version 0");
    s.version = MptcpVersion::V0;
    s.hostKey = capable.senderKey.value_or(0);
    Flow again;
    again.port = PORT;
    again.hostPort = syn.source;
    again.ack = syn.seq + 1;
    s.Send(again, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.CheckFallback(false);
    s.Check(s.GetSent(0) == Text("abc"), "what was written before is lost");
    // The peer is remembered.
    s.Connect();
    const auto next = Peer::Find<MptcpCapable>(s.Last());
    s.Check(next && next->version == 0, "the next connection does not begin with version 0");
}

void
Version1ThenVersion0ThenTcp(Script& s)
{
    s.stack->SetAttribute("LowestVersion", UintegerValue(0));
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    const Segment syn = s.FindAnswer(0, Peer::SYN).value_or(Segment());
    Flow again;
    again.port = PORT;
    again.hostPort = syn.source;
    again.ack = syn.seq + 1;
    s.Send(again, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.CheckCounter("MPCapableFallbackSYNACK", 1);
    s.Send(again, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
}

/** The suite. */
class MptcpFallbackTestSuite : public TestSuite
{
  public:
    MptcpFallbackTestSuite()
        : TestSuite("mptcp-fallback", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("checksum fails on the only subflow", ChecksumFailsOnOnlySubflow);
        add("MP_FAIL is answered by MP_FAIL only", FailIsAnsweredByFailOnly);
        add("MP_FAIL is repeated and given up", FailIsRepeatedAndGivenUp);
        add("checksum fails on a joined subflow", ChecksumFailsOnJoinedSubflow);
        add("MP_FAIL received on the only subflow", FailReceivedOnOnlySubflow);
        add("MP_FAIL received beside a join in its handshake", FailReceivedBesideJoin);
        add("ACK without DSS", AckWithoutDss);
        add("ACK without DSS while the subflow closes", AckWithoutDssWhileClosing);
        add("ACKs with other options only", AcksWithOtherOptionsOnly);
        add("ACKs with other options only, after the SYN of a join", OtherOptionsAfterJoinSyn);
        add("ACKs with other options only, after a join", OtherOptionsAfterJoin);
        add("the first DSS answers a probe", DssComesLate);
        add("TCP fills a small window at once", FallbackFillsSmallWindow);
        add("TCP is reset when half closed", FallbackResetWhenHalfClosed);
        add("FIN without DSS", FinWithoutDss);
        add("options stripped later", OptionsStrippedLater);
        add("options of ACKs stripped later", AcksStrippedLater);
        add("options of one ACK stripped", OneAckStripped);
        add("delivered but not acknowledged", DeliveredButNotAcknowledged);
        add("data mapped in step after a fallback", MappedInStepAfterFallback);
        add("data sent again after a fallback", SentAgainAfterFallback);
        add("FIN of the subflow alone after a fallback", FinOfSubflowAfterFallback);
        add("FIN behind a DATA_FIN after a fallback", FinWithDataFinAfterFallback);
        add("a FIN with an infinite mapping", FinWithInfiniteMapping);
        add("a FIN tells of the fallback", FinTellsOfFallback);
        add("unmapped data on several subflows", UnmappedDataOnSeveralSubflows);
        add("unmapped data beyond a window", UnmappedDataBeyondAWindow);
        add("MP_FASTCLOSE for unread data", CloseWithUnreadData);
        add("MP_FASTCLOSE on an ACK", FastcloseByAck);
        add("MP_FASTCLOSE on an ACK, unanswered", FastcloseByAckUnanswered);
        add("MP_FASTCLOSE received", FastcloseReceived);
        add("a later version is offered", LaterVersionOffered);
        add("fallback between two FINs", FallbackBetweenTwoFins);
        add("black hole", BlackHole);
        add("black hole, plain SYNs lost too", PlainSynsLost);
        add("black hole, loopback", LoopbackDoesNotEndBlackHole);
        add("version 0, passive", PassiveVersion0);
        add("version 0, passive, third ACK lost", PassiveVersion0ThirdAckLost);
        add("version 0, active", ActiveVersion0);
        add("DSN of 32 bits", ShortDsn);
        add("version 0, reset without a reason", ResetOfVersion0HasNoReason);
        add("version 0 is not accepted by default", Version0SynAtVersion1Only);
        add("version 1, then 0", Version1ThenVersion0);
        add("version 1, then 0, then TCP", Version1ThenVersion0ThenTcp);
    }
};

/// Registers the suite.
MptcpFallbackTestSuite g_mptcpFallbackTestSuite;

} // namespace
