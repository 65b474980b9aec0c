/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: options that signal (RFC 8684, sections 3.3.8 to 3.9), the ACKs
 * that carry them, and the counters that move when they cannot be sent.
 */

#include "mptcp-script.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/string.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/// MP_EXPERIMENTAL with one octet.
const Octets EXPERIMENTAL = FromHex("1e04f0aa");

/** @param s script @return ACKs on the first path that carry an ADD_ADDR */
std::size_t
CountAddAddr(const Script& s)
{
    return std::count_if(s.answers.begin(), s.answers.end(), [](const Segment& segment) {
        return segment.path == 0 && Peer::Find<MptcpAddAddr>(segment);
    });
}

/** @param option ADD_ADDR @param id other identifier @return with that, and a good HMAC */
Octets
WithId(const Script& s, uint8_t id)
{
    MptcpAddAddr option;
    option.addressId = id;
    Ipv4Address(0xc0000200U + id).Serialize(option.address.data()); // 192.0.2.id: no route
    option.hmac = MptcpAddAddrHmac(PEER_KEY, s.hostKey, option);
    return Peer::Octets(option);
}

/** Let the user decide on paths; somebody listens to the events. */
void
UseUserPathManager(Script& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerUser"));
    s.stack->TraceConnectWithoutContext(
        "PmEvent",
        Callback<void, const MptcpPmEvent&>([](const MptcpPmEvent&) {}));
}

void
SignalsAreNoDuplicateAcks(Script& s)
{
    Flow flow = s.Open(); // without SACK
    s.Send(flow, Peer::ACK, s.Ack(0));
    const Flow before = flow;
    s.Write(Octets(4000, 'x'));
    s.Wait(flow);
    Flow held = before;
    for (uint32_t i = 0; i < 5; ++i)
    {
        s.Send(held, Peer::ACK, EXPERIMENTAL);
        held.ack = before.ack;
        s.Check(s.GetSent(0).empty(), "an ACK with an MPTCP signal counts as a duplicate");
    }
    Octets sent;
    for (uint32_t i = 0; i < 5; ++i)
    {
        s.Send(held, Peer::ACK, s.Ack(0)); // a DSS is no signal
        held.ack = before.ack;
        const Octets more = s.GetSent(0);
        sent.insert(sent.end(), more.begin(), more.end());
    }
    s.Check(!sent.empty(), "no fast retransmission after duplicate ACKs");
}

void
FewDuplicateAcksInARow(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    for (const uint8_t id : {11, 12, 13, 14, 15})
    {
        s.peer.Send(s.Make(flow, Peer::ACK, WithId(s, id)));
    }
    s.Wait(flow, MicroSeconds(2500)); // one RTT is 2 ms
    s.Check(CountAddAddr(s) == 2,
            std::to_string(CountAddAddr(s)) + " echoes in a row instead of 2");
    s.Wait(flow, MilliSeconds(2));
    s.Check(CountAddAddr(s) <= 2, "more than two echoes in the next RTT");
    s.Wait(flow, Seconds(1));
    s.Check(CountAddAddr(s) >= 1, "echoes that waited are lost");
    s.CheckCounter("EchoAddTx", 5);
    // What else has to be acknowledged takes them along.
    for (const uint8_t id : {21, 22, 23})
    {
        s.peer.Send(s.Make(flow, Peer::ACK, WithId(s, id)));
    }
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.Wait(flow, Seconds(1));
    const auto acked = static_cast<uint32_t>(s.FindDss().dataAck);
    s.Check(acked == static_cast<uint32_t>(s.GetPeerDsn() + 3),
            "an echo took the room of the DATA_ACK, and none follows");
    s.CheckCounter("EchoAddTx", 8);
    s.CheckRead("abc");
}

void
PriorityDuringHandshake(Script& s)
{
    UseUserPathManager(s);
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    MptcpPmCommands commands(s.stack);
    const uint32_t token = s.GetConnection()->GetLocalToken();
    const InetSocketAddress local(Peer::GetHostAddress(1), 30000);
    const InetSocketAddress remote(Peer::GetPeerAddress(1), PORT);
    s.Check(commands.CreateSubflow(token, 5, local, remote).empty(), "no subflow");
    s.Wait(flow);
    const Segment syn = s.FindAnswer(1, Peer::SYN).value_or(Segment());
    const auto join = Peer::Find<MptcpJoinSyn>(syn);
    s.Check(join && !join->backup, "no SYN of a join");
    s.Check(commands.SetBackup(token, local, remote, true).empty(), "no MP_PRIO");
    s.Wait(flow);
    s.Check(s.answers.empty(), "a segment before the answer to the SYN");
    Flow second;
    second.path = 1;
    second.port = PORT;
    second.hostPort = syn.source;
    second.ack = syn.seq + 1;
    s.hostNonce = join ? join->nonce : 0;
    s.Send(second, Peer::SYN | Peer::ACK, Peer::Octets(s.MakeJoinSynAck()));
    s.Check(Peer::Find<MptcpJoinAck>(s.Last()).has_value(), "no third ACK");
    s.Send(second, Peer::ACK, s.Ack(0));
    const auto answer = s.FindAnswer(1, Peer::ACK);
    const auto prio = answer ? Peer::Find<MptcpPrio>(*answer) : std::nullopt;
    s.Check(prio && prio->backup, "no MP_PRIO once the subflow is established");
    s.CheckCounter("MPPrioTx", 1);
}

void
AddAddrUnchecked(Script& s)
{
    s.stack->SetAttribute("CheckHmac", BooleanValue(false));
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    MptcpAddAddr option = s.MakeAddAddr();
    *option.hmac ^= 1;
    s.Send(flow, Peer::ACK, Peer::Octets(option));
    s.CheckCounter("AddAddr", 1);
    s.CheckCounter("AddAddrDrop", 0);
    s.Check(s.FindAnswer(1, Peer::SYN).has_value(), "no join");
}

void
RefusedForLackOfResources(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.GetConnection()->SetMaxSubflows(1);
    const uint32_t token = DeriveMptcpKey(s.hostKey, s.version).token;
    Flow join;
    join.path = 1;
    s.Send(join, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
    s.CheckReset(1, MPTCP_RST_RESOURCES);
    const auto reset = s.FindAnswer(1, Peer::RST);
    const auto option = reset ? Peer::Find<MptcpTcprst>(*reset) : std::nullopt;
    s.Check(option && option->flags == MPTCP_RST_FLAG_T, "not transient");
    s.CheckCounter("MPJoinRejected", 1);
}

void
JoinsOneAfterTheOther(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    const uint32_t token = DeriveMptcpKey(s.hostKey, s.version).token;
    for (uint16_t port = 41000; port < 41300; ++port)
    {
        Flow join;
        join.path = 1;
        join.port = port;
        s.Send(join, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
        s.Check(s.FindAnswer(1, Peer::SYN | Peer::ACK).has_value(), "a join was refused");
        s.Send(join, Peer::RST, {});
    }
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "a subflow is left over");
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
    const auto& subflows = s.GetConnection()->GetSubflows();
    s.Check(subflows.size() == 2 && subflows.back()->GetSubflowId() == 301, "the identifier");
    s.CheckCounter("MPJoinSynRx", 301);
    s.CheckCounter("MPJoinRejected", 0);
}

void
ResetForEachReason(Script& s)
{
    for (uint8_t reason = MPTCP_RST_UNSPECIFIED; reason <= MPTCP_RST_MIDDLEBOX; ++reason)
    {
        for (const bool transient : {false, true})
        {
            Script script;
            Flow flow = script.Accept();
            script.Send(flow, Peer::ACK, script.Ack(0));
            Flow join = script.Join();
            script.Send(join, Peer::ACK, Peer::Octets(script.MakeJoinAck()));
            const Ptr<MptcpSocketBase> connection = script.GetConnection();
            const uint32_t id = connection->GetSubflows().back()->GetSubflowId();
            script.Check(connection->ResetSubflow(id, reason, transient) == 0, "not reset");
            script.Wait(join);
            script.CheckReset(1, reason);
            const auto reset = script.FindAnswer(1, Peer::RST);
            const auto option = reset ? Peer::Find<MptcpTcprst>(*reset) : std::nullopt;
            script.Check(option && option->flags == (transient ? MPTCP_RST_FLAG_T : 0), "flag T");
            script.Check(connection->GetSubflows().size() == 1, "the subflow is left");
            script.Check(connection->ResetSubflow(id, reason) == -1, "reset twice");
            script.Check(connection->ResetSubflow(0, 7) == -1, "an unknown reason");
            script.Write(Text("abc"));
            script.Wait(flow);
            script.Check(script.GetSent(0) == Text("abc"), "no data on the other subflow");
            s.complaints += script.complaints;
        }
    }
}

void
SignalsOutsideTheWindow(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    const uint32_t room = s.socket->GetTxAvailable();
    s.Write(Octets(1000, 'x'));
    s.Wait(flow);
    const auto forge = [&](int32_t seq, int32_t ack, const Octets& options) {
        Flow far = flow;
        far.seq += seq;
        far.ack += ack;
        s.Send(far, Peer::ACK, options);
    };
    MptcpPrio prio;
    prio.backup = true;
    MptcpRemoveAddr remove;
    remove.addressIds = {5}; // of the join
    for (const int32_t seq : {1 << 30, -(1 << 30)})
    {
        forge(seq, 0, Peer::Octets(prio));
        forge(seq, 0, Peer::Octets(remove));
        forge(seq, 0, s.Ack(1000));
        forge(seq, 0, s.Map(0, 0, 1, true));
    }
    forge(0, -(1 << 30), Peer::Octets(prio));
    forge(0, -(1 << 30), s.Ack(1000));
    s.CheckCounter("MPPrioRx", 0);
    s.CheckCounter("RmAddr", 0);
    s.Check(s.GetConnection()->GetSubflows().size() == 2, "a subflow is gone");
    s.Check(s.socket->GetTxAvailable() == room - 1000, "a forged DATA_ACK counts");
    s.Check(!s.closed, "a forged DATA_FIN counts");
    forge(0, 0, Peer::Octets(prio));
    s.CheckCounter("MPPrioRx", 1);
}

// ---- Windows ----

void
WindowOfOneSubflow(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    join.window = 3000;
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, s.Ack(0));
    s.Write(Octets(30'000, 'x'));
    s.Wait(flow);
    std::size_t sent = s.GetSent(1).size();
    s.Check(sent > 2000 && sent <= 3000, "a window of 3000 for " + std::to_string(sent));
    s.Check(s.GetSent(0).size() > 3000, "the other subflow has a larger window");
    join.ack += sent;
    s.Send(join, Peer::ACK, s.Ack(0));
    sent = s.GetSent(1).size();
    s.Check(sent > 2000 && sent <= 3000, "then a window of 3000 for " + std::to_string(sent));
    // Smaller than a segment, and nothing in flight: something has to go, or no news would come.
    join.window = 1;
    s.Send(join, Peer::ACK, s.Ack(0));
    sent = s.GetSent(1).size();
    s.Check(sent > 0 && sent <= 536, "a window of 1 for " + std::to_string(sent));
}

// ---- DATA_FIN and checksums ----

/** @param s script @return initial subflow of a connection with checksums, after a DATA_ACK */
Flow
AcceptAcknowledged(Script& s)
{
    Flow flow = s.AcceptChecksum();
    s.Send(flow, Peer::ACK, s.Ack(0));
    return flow;
}

/** @param s script @param wrong added to the checksum @return a DATA_FIN alone, of no data */
Octets
ChecksummedFin(const Script& s, uint16_t wrong)
{
    MptcpDss dss = s.MakeDss(0, 0, 1, true);
    dss.hasChecksum = true;
    dss.checksum = MptcpChecksum(dss.dsn, dss.ssn, dss.length).Finish() + wrong;
    return Peer::Octets(dss);
}

void
DataFinWithChecksum(Script& s)
{
    Flow flow = AcceptAcknowledged(s);
    s.Send(flow, Peer::ACK, ChecksummedFin(s, 0));
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSE_WAIT, "not in M_CLOSE_WAIT");
    s.Check(s.closed, "the application does not know of the end");
    s.CheckCounter("DataCsumErr", 0);
}

void
DataFinWithWrongChecksum(Script& s)
{
    Flow flow = AcceptAcknowledged(s);
    s.Send(flow, Peer::ACK, ChecksummedFin(s, 1));
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "a forged DATA_FIN counts");
    s.CheckCounter("DataCsumErr", 1);
    s.CheckCounter("MPFailTx", 1);
    const auto fail = Peer::Find<MptcpFail>(s.Last());
    s.Check(fail && fail->dsn == s.GetPeerDsn(), "no MP_FAIL");
    // The peer goes on as plain TCP.
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFail{s.GetPeerDsn()}));
    s.CheckFallback(true);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.Check(!s.closed, "an end that was not there");
}

void
DataFinWithWrongChecksumOnJoin(Script& s)
{
    Flow flow = AcceptAcknowledged(s);
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, ChecksummedFin(s, 1));
    s.CheckReset(1, MPTCP_RST_MIDDLEBOX);
    s.CheckCounter("DataCsumErr", 1);
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "a forged DATA_FIN counts");
    s.Send(flow, Peer::ACK, ChecksummedFin(s, 0));
    s.Check(s.closed, "the application does not know of the end");
}

void
DataFinWithoutChecksum(Script& s)
{
    Flow flow = AcceptAcknowledged(s);
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true));
    s.CheckReset(0, MPTCP_RST_MPTCP);
    s.Check(!s.closed, "the DATA_FIN counts");
}

void
DataFinWithChecksumNobodyWants(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Send(flow, Peer::ACK, ChecksummedFin(s, 0));
    s.CheckReset(0, MPTCP_RST_MPTCP);
    s.Check(!s.closed, "the DATA_FIN counts");
}

// ---- DSNs that wrap ----

void
LongDsnAtHighRate(Script& s)
{
    // A window in each RTT of 2 ms, so long that 2^32 octets go by.
    Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(1e6));
    s.stack->SetAttribute("Dsn32", BooleanValue(true));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Write(Text("abc"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->hasMapping && dss->dsn64 && dss->dsn == s.GetHostDsn(),
            "a DSN of 32 bits that could wrap within the MSL");
}

// ---- Counters ----

/** The tokens of the next keys of the host are taken. */
void
TakeTokens(Script& s, Ptr<MptcpSocketBase> holder)
{
    const Ptr<MptcpStack> twin = CreateObject<MptcpStack>();
    twin->AssignStreams(7); // as that of the script
    for (uint32_t i = 0; i < 20; ++i)
    {
        const uint64_t key = twin->NewKey(MptcpVersion::V1).value_or(0);
        s.stack->GetTokens().Insert(DeriveMptcpKey(key, MptcpVersion::V1).token,
                                    PeekPointer(holder));
    }
}

void
NoTokenPassive(Script& s)
{
    const Ptr<MptcpSocketBase> holder = CreateObject<MptcpSocketBase>();
    TakeTokens(s, holder);
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE without a token");
    s.CheckCounter("MPFallbackTokenInit", 1);
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.Write(Text("xyz"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("xyz"), "no plain data");
}

void
NoTokenActive(Script& s)
{
    const Ptr<MptcpSocketBase> holder = CreateObject<MptcpSocketBase>();
    TakeTokens(s, holder);
    Flow flow = s.Connect();
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE without a token");
    s.CheckCounter("MPFallbackTokenInit", 1);
    s.CheckCounter("MPCapableSYNTX", 0);
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
}

void
DataCounters(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckCounter("DuplicateData", 1);
    s.Check(s.GetConnection()->GetBytesDuplicate() == 3, "octets received twice");
    // Beyond the window of 131072 octets: dropped, and not acknowledged at the data level.
    s.Send(flow, Peer::ACK, s.Map(200'000, 4, 3), Text("far"));
    s.CheckCounter("NoDSSInWindow", 1);
    s.Check(s.FindDss().dataAck == s.GetPeerDsn() + 3, "a DATA_ACK of dropped data");
    s.CheckRead("abc");
    s.Send(join, Peer::ACK, s.Map(3, 4, 3), Text("def"));
    s.CheckRead("abcdef");
}

void
ConflictOnJoin(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, s.Map(0, 1, 10), Text("hello"));
    s.Send(join, Peer::ACK, s.Map(20, 1, 10), Text("world"));
    s.CheckReset(1, MPTCP_RST_MIDDLEBOX);
    s.CheckCounter("DSSNotMatching", 1);
    s.CheckCounter("DSSCorruptionReset", 1);
    s.CheckCounter("FallbackFailed", 1);
    s.CheckFallback(false);
    s.Send(flow, Peer::ACK, s.Map(5, 1, 5), Text("there"));
    s.CheckRead("hellothere");
}

void
UnknownAddressRemoved(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    MptcpRemoveAddr remove;
    remove.addressIds = {77};
    s.Send(flow, Peer::ACK, Peer::Octets(remove));
    s.CheckCounter("RmAddr", 1);
    s.CheckCounter("RmAddrDrop", 1);
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "a subflow is gone");
}

void
PortsOfJoins(Script& s)
{
    UseUserPathManager(s);
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    const Ptr<Socket> other =
        Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
    other->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT + 1));
    other->Listen();
    const uint32_t token = s.GetConnection()->GetLocalToken();
    const auto join = [&](uint16_t port) {
        Flow subflow;
        subflow.path = 1;
        subflow.port = port;
        subflow.hostPort = PORT + 1;
        s.Send(subflow, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
        return subflow;
    };
    join(50001);
    s.CheckReset(1, MPTCP_RST_PROHIBITED);
    s.CheckCounter("MismatchPortSynRx", 1);
    // Announced, and withdrawn while the join is in its handshake.
    MptcpPmCommands commands(s.stack);
    s.Check(commands.Announce(token, 7, Peer::GetHostAddress(1), PORT + 1).empty(), "Announce");
    Flow late = join(50002);
    s.CheckCounter("MPJoinPortSynRx", 1);
    const auto answer = s.FindAnswer(1, Peer::SYN | Peer::ACK);
    const auto option = answer ? Peer::Find<MptcpJoinSynAck>(*answer) : std::nullopt;
    s.hostNonce = option ? option->nonce : 0;
    s.Check(commands.Remove(token, 7).empty(), "Remove");
    s.Send(late, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.CheckReset(1, MPTCP_RST_PROHIBITED);
    s.CheckCounter("MismatchPortAckRx", 1);
    s.CheckCounter("MPJoinPortAckRx", 0);
}

void
NoRoomForSubflow(Script& s)
{
    UseUserPathManager(s);
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.GetConnection()->SetMaxSubflows(1);
    MptcpPmCommands commands(s.stack);
    const std::string error =
        commands.CreateSubflow(s.GetConnection()->GetLocalToken(),
                               5,
                               Peer::GetHostAddress(1),
                               InetSocketAddress(Peer::GetPeerAddress(1), PORT));
    s.Check(!error.empty(), "no error");
    s.Wait(flow);
    s.Check(!s.FindAnswer(1, Peer::SYN), "a SYN");
    s.CheckCounter("MPJoinSynTxCreatSkErr", 1);
    s.CheckCounter("MPJoinSynTx", 0);
}

void
SignalsWithoutCarrier(Script& s)
{
    UseUserPathManager(s);
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    // The subflow ends with the segment that brings the ADD_ADDR: nothing can carry the echo.
    s.Send(flow, Peer::FIN | Peer::ACK, Peer::Octets(s.MakeAddAddr()));
    s.CheckCounter("AddAddr", 1);
    s.CheckCounter("EchoAddTxDrop", 1);
    s.CheckCounter("EchoAddTx", 0);
    s.Send(flow, Peer::ACK, {});
    s.Check(s.GetConnection()->GetSubflows().empty(), "the subflow is left");
    MptcpPmCommands commands(s.stack);
    const uint32_t token = s.GetConnection()->GetLocalToken();
    for (uint8_t id = 1; id <= 9; ++id)
    {
        s.Check(commands.Announce(token, id, Peer::GetHostAddress(1), 6000 + id).empty(),
                "not announced");
    }
    s.Check(s.stack->GetCounter("AddAddrTxDrop") > 0, "AddAddrTxDrop does not move");
    s.CheckCounter("AddAddrTx", 0);
    for (uint8_t id = 1; id <= 9; ++id)
    {
        s.Check(commands.Remove(token, id).empty(), "not removed");
    }
    s.CheckCounter("RmAddrTx", 0);
    s.CheckCounter("RmAddrTxDrop", 1); // one REMOVE_ADDR holds 8
}

void
AnnouncedWithTheNextSubflow(Script& s)
{
    UseUserPathManager(s);
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Send(flow, Peer::RST, {});
    s.Check(s.GetConnection()->GetSubflows().empty(), "the subflow is left");
    MptcpPmCommands commands(s.stack);
    const uint32_t token = s.GetConnection()->GetLocalToken();
    s.Check(commands.Announce(token, 7, Peer::GetHostAddress(0), 6000).empty(), "not announced");
    s.CheckCounter("AddAddrTxDrop", 1);
    s.Wait(flow, Seconds(50)); // longer than all retransmissions
    s.CheckCounter("AddAddrTx", 0);
    // The user's path manager admits joins to addresses that it has announced.
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Wait(join, MilliSeconds(100));
    s.CheckCounter("AddAddrTx", 1);
}

void
RouteWithoutAddress(Script& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerKernel"));
    s.stack->GetEndpoints().SetLimits({2, 2});
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    // The interface loses its address and gets a route again: stock routing stops the simulation
    // when it looks for the source of a packet there.
    const auto ipv4 = s.peer.GetHost()->GetObject<Ipv4>();
    const int32_t interface = ipv4->GetInterfaceForAddress(Peer::GetHostAddress(1));
    ipv4->RemoveAddress(interface, 0);
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddHostRouteTo(Peer::GetPeerAddress(1),
                                                                     interface);
    s.Send(flow, Peer::ACK, Peer::Octets(s.MakeAddAddr()));
    s.CheckCounter("AddAddr", 1);
    s.CheckCounter("EchoAddTx", 1);
    s.CheckCounter("MPJoinSynTx", 0);
}

/** @param segment segment @return TSecr of its timestamps option; the largest number without */
uint32_t
GetTimestampEcho(const Segment& segment)
{
    const Octets& octets = segment.options;
    for (std::size_t i = 0; i + 10 <= octets.size();)
    {
        if (octets[i] == 8)
        {
            uint32_t echo = 0;
            for (std::size_t j = i + 6; j < i + 10; ++j)
            {
                echo = echo << 8 | octets[j];
            }
            return echo;
        }
        i += octets[i] <= 1 ? 1 : std::max<std::size_t>(octets[i + 1], 2);
    }
    return UINT32_MAX;
}

void
TimestampOfSyn(Script& s)
{
    // Whatever its sequence number is, and whatever another host has told the listener before.
    s.Listen();
    uint16_t port = PORT;
    for (const std::string timestamp : {"000f4240", "00000309"})
    {
        Flow flow;
        flow.port = ++port;
        flow.seq = 0x12345678U * (port & 3U);
        s.Send(flow, Peer::SYN, FromHex("1e040101080a" + timestamp + "00000000"));
        const auto answer = s.FindAnswer(0, Peer::SYN | Peer::ACK);
        s.Check(answer && GetTimestampEcho(*answer) == std::stoul(timestamp, nullptr, 16),
                "the SYN/ACK does not echo " + timestamp);
    }
    Flow active = s.Connect();
    active.seq = 0x9abcdef0;
    s.Send(active,
           Peer::SYN | Peer::ACK,
           FromHex(std::string("1e0c0101") + PEER_KEY_HEX + "080a0000030a00000001"));
    const auto third = s.FindAnswer(0, Peer::ACK);
    s.Check(third && GetTimestampEcho(*third) == 0x30a, "the third ACK does not echo");
}

void
TimestampsBothWays(Script& s)
{
    // Data acknowledges data: there is no segment without.
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex("080a0000000100000001"));
    s.CheckFallback(true);
    for (const char digit : {'2', '3', '4', '5'})
    {
        s.Send(flow,
               Peer::ACK,
               FromHex(std::string("080a0000000") + digit + "00000001"),
               Text("a"));
        s.Write(Text("b"));
        s.Wait(flow);
        s.Check(s.answers.size() == 1 && s.GetSent(0) == Text("b"), "not one segment with data");
        const uint32_t echo = GetTimestampEcho(s.Last());
        s.Check(echo == static_cast<uint32_t>(digit - '0'), "the echo is " + std::to_string(echo));
    }
}

/** @param s script @param flow with the options of its data @param options of the data */
void
CheckOvertaken(Script& s, Flow flow, const Octets& options)
{
    Flow overtaken = flow; // acknowledges nothing of what the host writes next
    s.Write(Text("hello"));
    s.Wait(flow);
    Flow later = flow;
    later.seq += 3;
    s.Send(later, Peer::ACK, options.empty() ? options : s.Ack(5));
    s.Send(overtaken, Peer::ACK, options, Text("abc"));
    s.CheckRead("abc");
    s.Wait(overtaken, Seconds(0.5)); // the ACK may be delayed
    s.Check(s.Last().ack == later.seq, "the data is not acknowledged");
}

void
DataOvertakenByAck(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    CheckOvertaken(s, flow, s.Map(0, 1, 3));
}

void
DataOvertakenByAckInFallback(Script& s)
{
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    CheckOvertaken(s, flow, {});
}

/** The suite. */
class MptcpSignalTestSuite : public TestSuite
{
  public:
    MptcpSignalTestSuite()
        : TestSuite("mptcp-signal", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("ACKs with signals are no duplicates", SignalsAreNoDuplicateAcks);
        add("two duplicate ACKs with signals in a row", FewDuplicateAcksInARow);
        add("MP_PRIO during the handshake", PriorityDuringHandshake);
        add("ADD_ADDR with any HMAC", AddAddrUnchecked);
        add("join refused for lack of resources", RefusedForLackOfResources);
        add("300 joins one after the other", JoinsOneAfterTheOther);
        add("reset for each reason", ResetForEachReason);
        add("signals outside the window", SignalsOutsideTheWindow);
        add("window of one subflow", WindowOfOneSubflow);
        add("DATA_FIN alone, checksum", DataFinWithChecksum);
        add("DATA_FIN alone, wrong checksum", DataFinWithWrongChecksum);
        add("DATA_FIN alone, wrong checksum on a join", DataFinWithWrongChecksumOnJoin);
        add("DATA_FIN alone, no checksum", DataFinWithoutChecksum);
        add("DATA_FIN alone, checksum that was not agreed on", DataFinWithChecksumNobodyWants);
        add("DSN of 64 bits at a high rate", LongDsnAtHighRate);
        add("no token, passive", NoTokenPassive);
        add("no token, active", NoTokenActive);
        add("counters of data", DataCounters);
        add("conflicting mapping on a join", ConflictOnJoin);
        add("an unknown address is removed", UnknownAddressRemoved);
        add("ports of joins", PortsOfJoins);
        add("no room for a subflow", NoRoomForSubflow);
        add("counters of signals that nothing can carry", SignalsWithoutCarrier);
        add("announced with the next subflow", AnnouncedWithTheNextSubflow);
        add("a route without an address", RouteWithoutAddress);
        add("timestamps of SYNs are echoed", TimestampOfSyn);
        add("timestamps of data both ways are echoed", TimestampsBothWays);
        add("data that a later ACK has overtaken", DataOvertakenByAck);
        add("data that a later ACK has overtaken, fallback", DataOvertakenByAckInFallback);
    }
};

/// Registers the suite.
MptcpSignalTestSuite g_mptcpSignalTestSuite;

} // namespace
