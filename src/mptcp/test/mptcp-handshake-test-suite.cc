/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: handshakes octet by octet, and what a peer or a middlebox does
 * wrong.
 */

#include "mptcp-script.h"

#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/// Old data behind a header: stock TcpHeader stops the simulation when an option runs past the end
/// of the packet and never returns from one of length 0, before a socket sees either.
const Octets WITHIN_PACKET(40, 'p');

// ---- MP_CAPABLE ----

void
ActiveHandshake(Script& s)
{
    Flow flow = s.Connect();
    s.Check(s.Last().flags == Peer::SYN, "no SYN");
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), "1e040101", "MP_CAPABLE of the SYN");
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.LearnKey();
    const std::string keys = ToHex(s.hostKey) + PEER_KEY_HEX;
    s.Check(s.Last().flags == Peer::ACK && s.Last().data.empty(), "no third ACK");
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), "1e140101" + keys, "MP_CAPABLE of the third ACK");
    s.Check(s.GetConnection()->GetLocalToken() == DeriveMptcpKey(s.hostKey, MptcpVersion::V1).token,
            "the key is not that of the token");
    s.Write(Text("hello"));
    s.Wait(flow);
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e160101" + keys + "0005",
                  "MP_CAPABLE of the first data");
    s.Check(s.Last().data == Text("hello"), "wrong first data");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3, false, 5), Text("abc"));
    s.CheckRead("abc");
    s.Write(Text("again"));
    s.Wait(flow);
    const std::string dss =
        "1e1a200f" + ToHex(s.GetPeerDsn() + 3) + ToHex(s.GetHostDsn() + 5) + "000000060005";
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), dss, "DSS of the second data");
    s.CheckFallback(false);
    s.CheckCounter("MPCapableSYNTX", 1);
    s.CheckCounter("MPCapableSYNACKRX", 1);
    s.CheckCounter("MPCurrEstab", 1);
}

void
PassiveHandshake(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    s.Check(s.Last().flags == (Peer::SYN | Peer::ACK), "no SYN/ACK");
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e0c0101" + ToHex(s.hostKey),
                  "MP_CAPABLE of the SYN/ACK");
    s.Check(!s.socket, "accepted too early");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckFallback(false);
    s.CheckCounter("MPCapableSYNRX", 1);
    s.CheckCounter("MPCapableACKRX", 1);
    s.CheckCounter("MPCurrEstab", 1);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
    s.Wait(flow, Seconds(1));
    s.Write(Text("abc"));
    s.Wait(flow);
    const auto dss = Peer::Find<MptcpDss>(s.Last());
    s.Check(dss && dss->dsn == s.GetHostDsn() && dss->ssn == 1 && dss->length == 3 &&
                dss->dataAck == s.GetPeerDsn() + 5,
            "wrong DSS of the host's first data");
}

void
SynAckWithoutCapable(Script& s)
{
    Flow flow = s.Connect();
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MPTCP in the third ACK");
    s.CheckFallback(true);
    s.CheckCounter("MPCapableFallbackSYNACK", 1);
    s.CheckCounter("MPCurrEstab", 1);
    s.Write(Text("hello"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("hello") && Peer::GetMptcpOctets(s.Last()).empty(),
            "no plain data");
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
}

void
SynAckUnacceptable(Script& s)
{
    // Version 0 and 2, flag B, no flag H, no key
    for (const std::string capable : {"1e0c00811122334455667788",
                                      "1e0c02011122334455667788",
                                      "1e0c01411122334455667788",
                                      "1e0c01001122334455667788",
                                      "1e040101"})
    {
        Flow flow = s.Connect();
        s.Send(flow, Peer::SYN | Peer::ACK, FromHex(capable));
        s.Check(s.GetConnection()->IsFallback(), capable + ": no fallback");
        s.Check(Peer::GetMptcpOctets(s.Last()).empty(), capable + ": MPTCP in the third ACK");
        s.Send(flow, Peer::ACK, {}, Text("x"));
    }
    s.CheckRead("xxxxx");
}

void
SynUnacceptable(Script& s)
{
    s.Listen();
    uint16_t port = 40000;
    for (const std::string capable : {"1e0c00811122334455667788", "1e040141", "1e040100"})
    {
        Flow flow;
        flow.port = ++port;
        s.Send(flow, Peer::SYN, FromHex(capable));
        s.Check(s.Last().flags == (Peer::SYN | Peer::ACK), capable + ": no SYN/ACK");
        s.Check(Peer::GetMptcpOctets(s.Last()).empty(), capable + ": MPTCP in the SYN/ACK");
        s.Send(flow, Peer::ACK, {});
        s.CheckFallback(true);
        s.Send(flow, Peer::ACK, {}, Text("x"));
    }
    s.CheckRead("xxx");
}

void
ThirdAckWithoutCapable(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    s.CheckCounter("MPCapableFallbackACK", 1);
    s.CheckCounter("MPCurrEstab", 0);
    s.Send(flow, Peer::ACK, {}, Text("hello"));
    s.CheckRead("hello");
    s.Write(Text("abc"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("abc") && Peer::GetMptcpOctets(s.Last()).empty(), "no plain data");
}

void
ThirdAckWithWrongKey(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.Send(flow, Peer::ACK, FromHex(std::string("1e140101") + PEER_KEY_HEX + "0000000000000001"));
    s.CheckFallback(true);
}

void
CapableWithData(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    // The third ACK is lost; the first data repeats the keys.
    Octets option = s.GetKeys();
    option[1] = 22;
    option.insert(option.end(), {0, 5});
    s.Send(flow, Peer::ACK, option, Text("hello"));
    s.CheckFallback(false);
    s.CheckRead("hello");
    const bool dss = s.FindDss().hasDataAck;
    s.Wait(flow, Seconds(1));
    s.Check(dss || s.FindDss().hasDataAck, "no DSS in answer");
    s.Send(flow, Peer::ACK, s.Map(5, 6, 6), Text(" world"));
    s.CheckRead("hello world");
}

void
CapableWithDataAfterThirdAck(Script& s)
{
    Flow flow = s.Accept();
    Octets option = s.GetKeys();
    option[1] = 22;
    option.insert(option.end(), {0, 5});
    const Flow again = flow;
    s.Send(flow, Peer::ACK, option, Text("hello"));
    s.CheckRead("hello");
    flow = again; // its ACK was lost
    s.Send(flow, Peer::ACK, option, Text("hello"));
    s.CheckRead("hello");
    s.CheckFallback(false);
}

void
DataOvertakesThirdAck(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    Flow late = flow;
    late.seq += 5;
    s.Send(late, Peer::ACK, s.Map(5, 6, 6), Text(" world"));
    s.Check(!s.socket || !s.GetConnection()->IsFallback(), "fallback by reordering");
    Octets option = s.GetKeys();
    option[1] = 22;
    option.insert(option.end(), {0, 5});
    s.Send(flow, Peer::ACK, option, Text("hello"));
    s.Send(flow, Peer::ACK, s.Map(5, 6, 6), Text(" world"));
    s.CheckRead("hello world");
    s.CheckFallback(false);
}

void
LostThirdAckActive(Script& s)
{
    Flow flow = s.Open();
    const Octets third = Peer::GetMptcpOctets(s.Last());
    --flow.seq; // the peer repeats its SYN/ACK
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()), ToHex(third), "repeated third ACK");
    s.CheckFallback(false);
}

void
LostThirdAckPassive(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    s.Wait(flow, Seconds(4));
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e0c0101" + ToHex(s.hostKey),
                  "MP_CAPABLE of the repeated SYN/ACK");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckFallback(false);
}

void
SynRetransmissionsEndInTcp(Script& s)
{
    Flow flow = s.Connect();
    s.Wait(flow, Seconds(60));
    s.Check(s.answers.size() >= 3, "too few SYNs");
    s.Check(Peer::GetMptcpOctets(s.Last()).empty(), "MP_CAPABLE in the last SYN");
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
}

void
ChecksumOctets(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040181"));
    s.LearnKey();
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e0c0181" + ToHex(s.hostKey),
                  "MP_CAPABLE of the SYN/ACK");
    s.Send(flow, Peer::ACK, FromHex(std::string("1e140181") + PEER_KEY_HEX + ToHex(s.hostKey)));
    MptcpDss dss = s.MakeDss(0, 1, 5);
    dss.hasChecksum = true;
    MptcpChecksum sum(dss.dsn, 1, 5);
    sum.Update(Text("hello"));
    dss.checksum = sum.Finish();
    s.Send(flow, Peer::ACK, Peer::Octets(dss), Text("hello"));
    s.CheckRead("hello");
    s.Write(Text("abc"));
    s.Wait(flow);
    const auto answer = Peer::Find<MptcpDss>(s.Last());
    MptcpChecksum expected(s.GetHostDsn(), 1, 3);
    expected.Update(Text("abc"));
    s.Check(answer && answer->hasChecksum && answer->checksum == expected.Finish(),
            "wrong checksum of the host");
    dss.dsn += 5;
    dss.ssn = 6;
    s.Send(flow, Peer::ACK, Peer::Octets(dss), Text("wrong"));
    s.CheckCounter("DataCsumErr", 1);
    s.CheckRead("hello");
}

// ---- MP_JOIN ----

void
ActiveJoin(Script& s)
{
    Flow initial = s.Open();
    Flow join = s.Announce(initial);
    s.Send(join, Peer::SYN | Peer::ACK, Peer::Octets(s.MakeJoinSynAck()));
    const auto hmac =
        MptcpJoinAckHmac(s.hostKey, PEER_KEY, s.hostNonce, PEER_NONCE, MptcpVersion::V1);
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e181000" + ToHex(hmac),
                  "MP_JOIN of the third ACK");
    // A SYN/ACK again means that the third ACK was lost: it is no fourth ACK.
    Flow again = join;
    --again.seq;
    s.Send(again, Peer::SYN | Peer::ACK, Peer::Octets(s.MakeJoinSynAck()));
    s.CheckOctets(Peer::GetMptcpOctets(s.Last()),
                  "1e181000" + ToHex(hmac),
                  "MP_JOIN of the third ACK, again");
    s.CheckCounter("MPJoinSynTx", 1);
    s.CheckCounter("MPJoinSynAckRx", 1);
    // Nothing but the third ACK before the fourth; 20 segments do not fit in the first window.
    s.Write(Octets(20 * 536, 'x'));
    s.Wait(join, MilliSeconds(300));
    s.Check(s.GetSent(1).empty(), "data before the fourth ACK");
    s.Wait(join, Seconds(5));
    const auto copies =
        std::count_if(s.answers.begin(), s.answers.end(), [](const Segment& segment) {
            return segment.path == 1 && Peer::Find<MptcpJoinAck>(segment);
        });
    s.Check(copies >= 2, "the third ACK is not repeated");
    s.Check(s.GetSent(1).empty(), "data before the fourth ACK");
    s.Send(join, Peer::ACK, s.Ack(0));
    s.Wait(join, Seconds(2));
    s.Check(!s.GetSent(1).empty() || s.GetConnection()->GetSubflows().at(1)->GetPhase() ==
                                         MptcpSubflow::Phase::ESTABLISHED,
            "the join is not in use");
}

void
ActiveJoinBadHmac(Script& s)
{
    Flow initial = s.Open();
    Flow join = s.Announce(initial);
    MptcpJoinSynAck answer = s.MakeJoinSynAck();
    answer.hmac ^= 1;
    s.Send(join, Peer::SYN | Peer::ACK, Peer::Octets(answer));
    s.CheckReset(1, MPTCP_RST_MPTCP);
    s.CheckCounter("MPJoinSynAckHMacFailure", 1);
    s.CheckFallback(false);
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "the join is still there");
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "the connection suffers");
}

void
ActiveJoinMissingOption(Script& s)
{
    Flow initial = s.Open();
    Flow join = s.Announce(initial);
    s.Send(join, Peer::SYN | Peer::ACK, {});
    s.CheckReset(1, MPTCP_RST_MIDDLEBOX);
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "the join is still there");
}

void
PassiveJoin(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Write(Octets(20 * 536, 'x'));
    s.Wait(join, MilliSeconds(300));
    s.Check(s.GetSent(1).empty(), "data before the third ACK");
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    const auto fourth = s.FindAnswer(1, Peer::ACK);
    s.Check(fourth && Peer::Find<MptcpDss>(*fourth), "no fourth ACK with a DSS");
    s.CheckCounter("MPJoinSynRx", 1);
    s.CheckCounter("MPJoinAckRx", 1);
    s.Check(s.GetConnection()->GetSubflows().size() == 2, "no second subflow");
    // The fourth ACK was lost: the peer repeats the third.
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Check(s.FindAnswer(1, Peer::ACK).has_value(), "no answer to a repeated third ACK");
    s.Send(join, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
}

void
PassiveJoinClosedWindow(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    // The window is that of the connection, which may be closed when a subflow is opened.
    Flow join = s.Join(0);
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Check(s.GetConnection()->GetSubflows().size() == 2, "no second subflow");
    s.Send(join, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
}

void
PassiveJoinBadHmac(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    MptcpJoinAck third = s.MakeJoinAck();
    third.hmac[19] ^= 1;
    s.Send(join, Peer::ACK, Peer::Octets(third));
    s.CheckReset(1, MPTCP_RST_MPTCP);
    s.CheckCounter("MPJoinAckHMacFailure", 1);
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "the join is still there");
    s.Send(initial, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
}

void
PassiveJoinMissingOption(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, {});
    s.Check(s.FindAnswer(1, Peer::RST).has_value(), "no RST");
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "the join is still there");
    s.CheckFallback(false);
}

void
JoinToForbiddenAddress(Script& s)
{
    // The application allows the address of path 0 only (RFC 6897, section 5.3.2).
    s.Accept();
    s.GetConnection()->RemoveMultipathAddresses({Peer::GetHostAddress(1)});
    Flow join;
    join.path = 1;
    const uint32_t token = DeriveMptcpKey(s.hostKey, MptcpVersion::V1).token;
    s.Send(join, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
    s.CheckReset(1, MPTCP_RST_PROHIBITED);
    s.CheckCounter("MPJoinRejected", 1);
}

void
MappingElsewhere(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckCounter("DSSNoMatchTCP", 0);
    // The segment has SSN 6 to 10, the mapping is of 106 to 110.
    s.Send(flow, Peer::ACK, s.Map(100, 106, 5), Text("world"));
    s.CheckCounter("DSSNoMatchTCP", 1);
}

void
UnknownToken(Script& s)
{
    s.Accept();
    Flow join;
    join.path = 1;
    const uint32_t token = DeriveMptcpKey(s.hostKey, MptcpVersion::V1).token ^ 1;
    s.Send(join, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
    s.CheckReset(1, MPTCP_RST_MPTCP);
    s.CheckCounter("MPJoinNoTokenFound", 1);
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "a join without a token");
}

void
AddAddrBadHmac(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    MptcpAddAddr option = s.MakeAddAddr();
    *option.hmac ^= 1;
    s.Send(flow, Peer::ACK, Peer::Octets(option));
    s.Wait(flow, Seconds(1));
    s.Check(s.answers.empty() || !Peer::Find<MptcpAddAddr>(s.Last()), "an echo");
    s.Check(!s.FindAnswer(1, Peer::SYN), "a join");
    s.CheckCounter("AddAddrDrop", 1);
    s.CheckCounter("AddAddr", 0);
}

void
AddAddrEcho(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.Send(flow, Peer::ACK, Peer::Octets(s.MakeAddAddr()));
    const auto echo = s.FindAnswer(0, Peer::ACK);
    const auto option = echo ? Peer::Find<MptcpAddAddr>(*echo) : std::nullopt;
    s.CheckOctets(option ? Peer::Octets(*option) : Octets(), "1e0831020a020202", "echo");
    s.CheckCounter("AddAddr", 1);
    s.CheckCounter("EchoAddTx", 1);
    s.Check(s.FindAnswer(1, Peer::SYN).has_value(), "no join");
}

/** No echo of an ADD_ADDR: three retransmissions as in Linux, each wait twice the last. */
void
AddAddrUnanswered(Script& s)
{
    s.stack->SetAttribute("AddAddrTimeout", TimeValue(MilliSeconds(800)));
    Flow flow = s.Accept(); // the first one follows at once
    std::vector<int64_t> times;
    for (int i = 0; i < 12000; ++i)
    {
        for (const Segment& segment : s.answers)
        {
            if (Peer::Find<MptcpAddAddr>(segment))
            {
                times.push_back(Simulator::Now().GetMilliSeconds());
            }
        }
        s.Wait(flow, MilliSeconds(10));
    }
    s.CheckCounter("AddAddrTx", 4);
    s.CheckCounter("EchoAdd", 0);
    s.Check(times.size() == 4, std::to_string(times.size()) + " ADD_ADDRs instead of 4");
    for (std::size_t i = 1; i < times.size(); ++i)
    {
        const int64_t gap = times[i] - times[i - 1];
        const int64_t expected = 800 << (i - 1);
        s.Check(std::abs(gap - expected) <= 10,
                std::to_string(gap) + " ms instead of " + std::to_string(expected));
    }
}

// ---- DSS ----

void
DataFin(Script& s, bool withData)
{
    Flow flow = s.Accept();
    if (withData)
    {
        s.Send(flow, Peer::ACK, s.Map(0, 1, 6, true), Text("hello"));
    }
    else
    {
        s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
        s.Send(flow, Peer::ACK, s.Map(5, 0, 1, true));
    }
    s.CheckRead("hello");
    s.Check(s.closed, "the application does not know of the end");
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSE_WAIT, "not in M_CLOSE_WAIT");
    auto ack = Peer::Find<MptcpDss>(s.Last());
    s.Check(ack && ack->dataAck == s.GetPeerDsn() + 6, "the DATA_FIN is not acknowledged");
    // Its acknowledgment was lost.
    s.Send(flow, Peer::ACK, s.Map(5, 0, 1, true));
    ack = Peer::Find<MptcpDss>(s.Last());
    s.Check(ack && ack->dataAck == s.GetPeerDsn() + 6, "the repeated DATA_FIN is not acknowledged");
    s.Write(Text("abc"));
    s.GetConnection()->Close();
    s.Wait(flow);
    const Segment data = s.answers.empty() ? Segment() : s.answers.front();
    s.Check(data.data == Text("abc"), "no data after the peer's DATA_FIN");
    s.Wait(flow, Seconds(8));
    const auto fins = std::count_if(s.answers.begin(), s.answers.end(), [&](const Segment& x) {
        const auto dss = Peer::Find<MptcpDss>(x);
        return dss && dss->dataFin && dss->dsn == s.GetHostDsn() + 3;
    });
    s.Check(fins >= 2, "the host does not repeat its DATA_FIN");
    s.Check(!s.FindAnswer(0, Peer::FIN), "a FIN before the DATA_ACK of the DATA_FIN");
    s.Send(flow, Peer::ACK, s.Ack(4));
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN after the DATA_ACK of the DATA_FIN");
    s.Send(flow, Peer::FIN | Peer::ACK, s.Ack(4));
    s.Wait(flow, Seconds(1));
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.CheckCounter("MPCurrEstab", 0);
}

void
DataFinWithData(Script& s)
{
    DataFin(s, true);
}

void
DataFinAlone(Script& s)
{
    DataFin(s, false);
}

void
DataFinBeforeData(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow early = flow;
    s.Send(early, Peer::ACK, s.Map(5, 0, 1, true));
    s.Check(!s.closed, "end of the stream before its data");
    const auto ack = Peer::Find<MptcpDss>(s.Last());
    s.Check(!ack || ack->dataAck == s.GetPeerDsn(), "a DATA_FIN acknowledged before its data");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
    s.Check(s.closed, "no end of the stream");
}

void
DataAckOfNothing(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, s.Ack(0));
    const uint32_t room = s.socket->GetTxAvailable();
    s.Write(Octets(1000, 'x'));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, s.Ack(5000));
    s.Check(s.socket->GetTxAvailable() == room - 1000, "a DATA_ACK of data never sent counts");
    s.Send(flow, Peer::ACK, s.Ack(1000));
    s.Check(s.socket->GetTxAvailable() == room, "a DATA_ACK does not count");
}

void
ConflictingMapping(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    // The mapping of ten octets comes with the first five; the rest claims another DSN.
    s.Send(flow, Peer::ACK, s.Map(0, 1, 10), Text("hello"));
    s.Send(flow, Peer::ACK, s.Map(20, 1, 10), Text("world"));
    // The only subflow: whatever rewrites options, the stream is good.
    s.CheckFallback(true);
    s.CheckCounter("DSSNotMatching", 1);
    s.CheckCounter("DSSCorruptionFallback", 1);
    s.CheckRead("helloworld");
}

void
RepeatedMapping(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 10), Text("hello"));
    s.Send(flow, Peer::ACK, s.Map(0, 1, 10), Text("world"));
    s.CheckRead("helloworld");
    s.CheckFallback(false);
}

void
MappingOnceForTwoSegments(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 10), Text("hello"));
    s.Send(flow, Peer::ACK, {}, Text("world"));
    s.CheckRead("helloworld");
    s.CheckFallback(false);
}

void
SegmentsOutOfOrder(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow late = flow;
    late.seq += 5;
    s.Send(late, Peer::ACK, s.Map(5, 6, 5), Text("world"));
    s.CheckRead("");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("helloworld");
}

void
ShortNumbers(Script& s)
{
    Flow flow = s.Accept();
    MptcpDss dss;
    dss.hasDataAck = true;
    dss.dataAck = static_cast<uint32_t>(s.GetHostDsn());
    dss.hasMapping = true;
    dss.dsn = static_cast<uint32_t>(s.GetPeerDsn());
    dss.ssn = 1;
    dss.length = 5;
    s.Send(flow, Peer::ACK, Peer::Octets(dss), Text("hello"));
    s.CheckRead("hello");
    s.CheckFallback(false);
}

void
UnmappedDataOfJoin(Script& s)
{
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Send(join, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.Send(join, Peer::ACK, {}, Text("stray"));
    // Its mapping may still come (RFC 8684, section 3.3.1).
    s.Check(!s.FindAnswer(1, Peer::RST), "a reset");
    s.CheckRead("hello");
    s.CheckFallback(false);
    s.Send(initial, Peer::ACK, s.Map(5, 1, 6), Text(" world"));
    s.CheckRead("hello world");
}

void
StrippedPassive(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, {}, Text("hello"));
    s.CheckFallback(true);
    s.CheckRead("hello");
    s.Write(Text("abc"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("abc") && Peer::GetMptcpOctets(s.Last()).empty(), "no plain data");
    s.Send(flow, Peer::ACK, {}, Text(" world"));
    s.CheckRead("hello world");
    s.GetConnection()->Close();
    s.Send(flow, Peer::FIN | Peer::ACK, {});
    s.Wait(flow, Seconds(1));
    s.Send(flow, Peer::ACK, {});
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.CheckCounter("MPCurrEstab", 0);
}

void
StrippedActive(Script& s)
{
    Flow flow = s.Open();
    s.Write(Text("hello"));
    s.Wait(flow);
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.Write(Text(" world"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text(" world"), "no plain data");
}

void
MalformedOptions(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, WITHIN_PACKET.size()), WITHIN_PACKET);
    for (const char* hex : {"1e02",                     // no subtype
                            "1e0320",                   // a DSS without flags
                            "1e042001",                 // DATA_ACK flag without a DATA_ACK
                            "1e082004aaaaaaaa",         // mapping flag without a mapping
                            "1e0490ff",                 // unknown subtype
                            "1e053102aa",               // ADD_ADDR cut short
                            "1e0c1005aabbccdd01020304", // MP_JOIN of a SYN
                            "1e0340",                   // REMOVE_ADDR of nothing
                            "1e047000",                 // MP_FASTCLOSE without a key
                            "fe021e042001"})            // beside an unknown option
    {
        flow.seq -= WITHIN_PACKET.size();
        s.Send(flow, Peer::ACK, FromHex(hex), WITHIN_PACKET);
        s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED,
                std::string(hex) + " ends the connection");
        s.Check(!s.FindAnswer(0, Peer::RST), std::string(hex) + " causes a RST");
    }
    s.CheckFallback(false);
    s.Send(flow, Peer::ACK, s.Map(40, 41, 5), Text("hello"));
    s.CheckRead(std::string(WITHIN_PACKET.begin(), WITHIN_PACKET.end()) + "hello");
}

void
Fastclose(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFastclose{s.hostKey ^ 1}));
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "a wrong key counts");
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpFastclose{s.hostKey}));
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST");
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.Check(s.failed, "the application does not know");
    s.CheckCounter("MPFastcloseRx", 1);
    s.CheckCounter("MPCurrEstab", 0);
    s.Check(s.GetConnection()->GetSubflows().empty(), "a subflow is left");
}

void
ResetOfOnlySubflow(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.Send(flow, Peer::RST, {});
    s.Check(s.GetConnection()->GetSubflows().empty(), "the subflow is left");
    s.Wait(flow, MilliSeconds(59900));
    s.Check(s.GetConnection()->GetState() != MptcpState::CLOSED, "closed before CloseTimeout");
    s.Wait(flow, MilliSeconds(200));
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed after CloseTimeout");
    s.CheckCounter("MPCurrEstab", 0);
}

void
Garbage(Script& s)
{
    constexpr uint32_t segments = 2000;
    constexpr uint32_t perConnection = 20;
    std::mt19937 random(8684);
    const auto below = [&random](uint32_t limit) {
        return static_cast<uint32_t>(random() % limit);
    };
    Flow flow = s.Accept();
    for (uint32_t i = 0; i < segments; ++i)
    {
        if (i % perConnection == 0)
        {
            flow = Flow();
            flow.port = static_cast<uint16_t>(41000 + i / perConnection);
            flow.path = below(2);
            s.Send(flow, Peer::SYN, FromHex("1e040101"));
            s.KeepAnswers(flow);
            if (Peer::Find<MptcpCapable>(s.Last()))
            {
                s.LearnKey();
                s.Send(flow, Peer::ACK, s.GetKeys());
                s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
                s.Write(Octets(3000, 'x'));
            }
        }
        // Real options, some with a wrong octet, some cut short, some with noise behind. Compilers
        // evaluate arguments in any order.
        const uint32_t acked = below(5000);
        const uint32_t index = below(20);
        const uint32_t ssn = below(20);
        const auto length = static_cast<uint16_t>(below(20));
        const bool fin = below(2) == 0;
        const auto identifier = static_cast<uint8_t>(below(9));
        const uint32_t nonce = below(100);
        const Octets candidates[] = {
            s.Ack(acked),
            s.Map(index, ssn, length, fin),
            Peer::Octets(s.MakeAddAddr()),
            Peer::Octets(s.MakeJoinAck()),
            Peer::Octets(s.MakeJoinSynAck()),
            Peer::Octets(MptcpJoinSyn{false,
                                      identifier,
                                      DeriveMptcpKey(s.hostKey, MptcpVersion::V1).token,
                                      nonce}),
            Peer::Octets(MptcpRemoveAddr{{1, 2, 0}}),
            Peer::Octets(MptcpPrio{true, {}}),
            Peer::Octets(MptcpFail{s.GetHostDsn()}),
            Peer::Octets(MptcpTcprst{0, 1}),
            s.GetKeys(),
            Octets()};
        Octets options = candidates[below(std::size(candidates))];
        if (!options.empty() && below(2) == 0)
        {
            options[below(options.size())] ^= static_cast<uint8_t>(1 + below(255));
        }
        if (below(4) == 0)
        {
            options.resize(below(options.size() + 1));
        }
        while (options.size() < 40 && below(3) == 0)
        {
            options.push_back(static_cast<uint8_t>(random()));
        }
        options.resize(std::min<std::size_t>(options.size(), 40));
        const uint8_t usual[] = {Peer::ACK,
                                 Peer::ACK,
                                 Peer::ACK,
                                 Peer::ACK | Peer::PSH,
                                 Peer::FIN | Peer::ACK,
                                 Peer::SYN,
                                 Peer::SYN | Peer::ACK,
                                 0,
                                 Peer::PSH,
                                 Peer::FIN,
                                 Peer::RST,
                                 Peer::RST | Peer::ACK};
        Segment segment = s.Make(flow, usual[below(std::size(usual))], options, WITHIN_PACKET);
        segment.seq += below(40) - 20;
        segment.ack += below(40) - 20;
        segment.window = static_cast<uint16_t>(random());
        segment.path = below(8) == 0 ? 1 - flow.path : flow.path;
        segment.source = below(16) == 0 ? static_cast<uint16_t>(random()) : segment.source;
        s.peer.Send(segment);
        s.Wait(flow, MilliSeconds(below(20)));
    }
    s.Wait(flow, Seconds(2000));
    // After all that the host still serves an honest peer.
    s.read.clear();
    flow = Flow();
    flow.port = 50000;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.KeepAnswers(flow);
    s.LearnKey();
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
    s.CheckFallback(false);
}

void
DuplicateSack(Script& s)
{
    // RFC 2883: the block tells of a duplicate. Linux sends it after a spurious retransmission.
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    Octets idle = s.Ack(0);
    const Octets belowAck = FromHex("050a0000000000000001");
    idle.insert(idle.end(), belowAck.begin(), belowAck.end());
    s.Send(flow, Peer::ACK, idle);
    s.Write(Octets(3000, 'x'));
    s.Wait(flow);
    // The acknowledgment of the first octets was lost, the duplicate of them is reported.
    Octets behind = s.Ack(100);
    const Octets head = FromHex("050a0000000100000065");
    behind.insert(behind.end(), head.begin(), head.end());
    flow.ack = 101;
    s.Send(flow, Peer::ACK, behind);
    s.Send(flow, Peer::ACK, s.Map(5, 6, 6), Text(" world"));
    s.CheckRead("hello world");
    s.CheckFallback(false);
}

void
FinWithDataInFinWait(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckFallback(true);
    s.socket->ShutdownSend();
    s.Wait(flow);
    s.Check((s.Last().flags & Peer::FIN) != 0, "no FIN of the host");
    s.Send(flow, Peer::FIN | Peer::ACK, {}, Text("def"));
    s.CheckRead("abcdef");
    s.Check(s.Last().ack == flow.seq, "the FIN behind the data is not acknowledged");
}

void
DataAfterFin(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.Send(flow, Peer::FIN | Peer::ACK, {});
    const uint32_t end = flow.seq;
    s.Send(flow, Peer::ACK, {}, Text("def"));
    s.Send(flow, Peer::FIN | Peer::ACK, {}, Text("ghi"));
    s.CheckRead("abc");
    s.Write(Text("answer"));
    s.Wait(flow);
    s.Check(s.Last().data == Text("answer") && s.Last().ack == end, "the stream did not end");
}

void
AckOfNothing(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    const uint32_t first = flow.ack;
    s.Write(Octets(5000, 'x'));
    s.Wait(flow);
    Segment bad = s.Make(flow, Peer::ACK, {});
    bad.ack = first + 1000000;
    s.peer.Send(bad);
    s.Wait(flow);
    s.Check(s.answers.empty(), "an answer to a bare ACK of what was never sent");
    bad.data = Text("never");
    s.peer.Send(bad);
    s.Wait(flow);
    s.Check(s.Last().ack == flow.seq && s.Last().data.empty(), "no ACK, or it takes the data");
    // Three copies begin a recovery, which is to start at the first octet.
    flow.ack = first;
    for (int i = 0; i < 4; ++i)
    {
        s.peer.Send(s.Make(flow, Peer::ACK, {}));
    }
    s.Wait(flow);
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "not established");
    s.CheckRead("abc");
    const bool again = std::any_of(s.answers.begin(), s.answers.end(), [&](const Segment& segment) {
        return segment.seq == first && !segment.data.empty();
    });
    s.Check(again, "the first octet is not sent again");
}

void
WindowClosesOnLostData(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    const Octets sent(3000, 'x');
    s.Write(sent);
    s.Wait(flow, Seconds(10)); // nothing is acknowledged
    flow.ack = s.answers.front().seq;
    for (const Segment& segment : s.answers)
    {
        flow.ack = segment.data.empty() ? flow.ack : std::min(flow.ack, segment.seq);
    }
    Segment closed = s.Make(flow, Peer::ACK, {}, WITHIN_PACKET);
    closed.window = 0;
    s.peer.Send(closed);
    s.answers.clear();
    int probes = 0;
    for (int i = 0; i < 20; ++i)
    {
        s.Wait(flow, Seconds(60));
        const bool probed = std::any_of(s.answers.begin(), s.answers.end(), [&](const auto& p) {
            return p.seq == closed.ack && p.data.size() == 1;
        });
        probes += probed ? 1 : 0;
        s.peer.Send(closed);
    }
    s.Check(probes >= 10, std::to_string(probes) + " minutes with probes of the closed window");
    Segment open = closed;
    open.window = 65535;
    s.answers.clear();
    s.peer.Send(open);
    std::map<uint32_t, uint8_t> octets;
    for (int i = 0; i < 100 && octets.size() < sent.size(); ++i)
    {
        s.Wait(flow, Seconds(10));
        for (const Segment& segment : s.answers)
        {
            for (std::size_t k = 0; k < segment.data.size(); ++k)
            {
                octets[segment.seq + k - closed.ack] = segment.data[k];
            }
        }
        while (octets.contains(open.ack - closed.ack))
        {
            ++open.ack;
        }
        s.peer.Send(open);
    }
    s.Check(octets.size() == sent.size(), "not all of the data came");
}

void
CloseInSynSent(Script& s)
{
    Flow flow = s.Connect();
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.answers.empty(), "a segment to close in SYN_SENT");
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST tells that nobody is there");
}

/** @param s script @param close the application closes first */
void
ProbeClosedWindow(Script& s, bool close)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    flow.window = 0;
    s.Send(flow, Peer::ACK, {});
    s.Write(Octets(3000, 'x'));
    if (close)
    {
        s.socket->Close();
    }
    for (int i = 0; i < 20; ++i)
    {
        s.Wait(flow, Seconds(60));
        s.Check(i == 0 || !s.answers.empty(), "no probe although they are answered");
        s.Send(flow, Peer::ACK, {});
    }
    s.Wait(flow, Seconds(600));
    s.Check(!s.answers.empty(), "no probe");
    s.Wait(flow, Seconds(600));
    s.Check(s.answers.empty(), "probes for ever that nobody answers");
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.Send(flow, Peer::ACK, {});
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST tells that nobody is there");
}

void
CloseBeforeClosedWindow(Script& s)
{
    ProbeClosedWindow(s, true);
}

void
PeerGoneBehindClosedWindow(Script& s)
{
    ProbeClosedWindow(s, false);
}

void
LongAfterFin(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    s.Send(flow, Peer::ACK, {});
    // The peer's application may be reading what came before the FIN.
    s.Wait(flow, Seconds(100));
    s.Check(s.answers.empty(), "a segment long after the FIN");
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
    s.Send(flow, Peer::FIN | Peer::ACK, {});
    s.Check(s.FindAnswer(0, Peer::RST).has_value(), "no RST tells that nobody is there");
}

/** The suite. */
class MptcpHandshakeTestSuite : public TestSuite
{
  public:
    MptcpHandshakeTestSuite()
        : TestSuite("mptcp-handshake", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("active MP_CAPABLE", ActiveHandshake);
        add("close in SYN_SENT", CloseInSynSent);
        add("close before a closed window", CloseBeforeClosedWindow);
        add("peer gone behind a closed window", PeerGoneBehindClosedWindow);
        add("long after the FIN", LongAfterFin);
        add("passive MP_CAPABLE", PassiveHandshake);
        add("SYN-ACK without MP_CAPABLE", SynAckWithoutCapable);
        add("SYN-ACK with an MP_CAPABLE that means nothing to us", SynAckUnacceptable);
        add("SYN with an MP_CAPABLE that means nothing to us", SynUnacceptable);
        add("third ACK without MP_CAPABLE", ThirdAckWithoutCapable);
        add("third ACK with a wrong key", ThirdAckWithWrongKey);
        add("MP_CAPABLE with data, third ACK lost", CapableWithData);
        add("MP_CAPABLE with data, twice", CapableWithDataAfterThirdAck);
        add("data overtakes the third ACK", DataOvertakesThirdAck);
        add("active, third ACK lost", LostThirdAckActive);
        add("passive, third ACK lost", LostThirdAckPassive);
        add("SYNs with MP_CAPABLE lost", SynRetransmissionsEndInTcp);
        add("DSS checksums", ChecksumOctets);
        add("active MP_JOIN", ActiveJoin);
        add("active MP_JOIN, bad HMAC", ActiveJoinBadHmac);
        add("active MP_JOIN, no option in the SYN-ACK", ActiveJoinMissingOption);
        add("passive MP_JOIN", PassiveJoin);
        add("passive MP_JOIN, closed window", PassiveJoinClosedWindow);
        add("passive MP_JOIN, bad HMAC", PassiveJoinBadHmac);
        add("passive MP_JOIN, no option in the third ACK", PassiveJoinMissingOption);
        add("mapping of other data than the segment's", MappingElsewhere);
        add("MP_JOIN to an address that the application forbids", JoinToForbiddenAddress);
        add("MP_JOIN with an unknown token", UnknownToken);
        add("ADD_ADDR with a bad HMAC", AddAddrBadHmac);
        add("ADD_ADDR and its echo", AddAddrEcho);
        add("ADD_ADDR without an echo", AddAddrUnanswered);
        add("DATA_FIN with data", DataFinWithData);
        add("DATA_FIN alone", DataFinAlone);
        add("DATA_FIN before its data", DataFinBeforeData);
        add("DATA_ACK of data never sent", DataAckOfNothing);
        add("conflicting mapping", ConflictingMapping);
        add("repeated mapping", RepeatedMapping);
        add("one mapping for two segments", MappingOnceForTwoSegments);
        add("segments out of order", SegmentsOutOfOrder);
        add("32-bit DSN and DATA_ACK", ShortNumbers);
        add("data of a join without a mapping", UnmappedDataOfJoin);
        add("options stripped, passive", StrippedPassive);
        add("options stripped, active", StrippedActive);
        add("malformed options", MalformedOptions);
        add("MP_FASTCLOSE", Fastclose);
        add("RST of the only subflow", ResetOfOnlySubflow);
        add("SACK blocks of duplicates", DuplicateSack);
        add("FIN with data in FIN_WAIT", FinWithDataInFinWait);
        add("data after the FIN", DataAfterFin);
        add("ACK of what was never sent", AckOfNothing);
        add("window closes on lost data", WindowClosesOnLostData);
        add("garbage", Garbage);
    }
};

const MptcpHandshakeTestSuite g_mptcpHandshakeTestSuite; ///< registers itself

} // namespace
