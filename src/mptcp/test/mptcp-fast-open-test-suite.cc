/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * TCP Fast Open together with MPTCP (RFC 7413; RFC 8684, appendix B): one host against a scripted
 * peer.
 */

#include "mptcp-script.h"

#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

const char* const COOKIE = "2208a1a2a3a4a5a6"; ///< option with a cookie of the peer

/** @param segment a segment @return octets of its option of kind 34, empty if it has none */
Octets
GetCookieOption(const Segment& segment)
{
    const Octets& options = segment.options;
    for (std::size_t i = 0; i + 1 < options.size();)
    {
        if (options[i] < 2)
        {
            ++i;
            continue;
        }
        if (options[i] == TCP_FAST_OPEN_KIND)
        {
            return {options.begin() + i, options.begin() + i + options[i + 1]};
        }
        i += options[i + 1];
    }
    return {};
}

/** @param s script @param data for the SYN @return initial subflow */
Flow
ConnectWith(Script& s, const Octets& data)
{
    Ptr<Socket> active = Socket::CreateSocket(s.peer.GetHost(), MptcpSocketFactory::GetTypeId());
    s.Use(active);
    const int sent =
        s.GetConnection()->ConnectFastOpen(InetSocketAddress(Peer::GetPeerAddress(0), PORT),
                                           Create<Packet>(data.data(), data.size()));
    s.Check(sent == static_cast<int>(data.size()), "the data is not taken");
    Flow flow;
    flow.port = PORT;
    s.Wait(flow);
    flow.hostPort = s.Last().source;
    flow.ack = s.Last().seq + 1;
    return flow;
}

/** @return MP_CAPABLE with the key of the peer, and an option @param option hex */
Octets
AnswerWith(const std::string& option)
{
    return FromHex("1e0c0101" + std::string(PEER_KEY_HEX) + option);
}

/** The host asks for a cookie and gets one. @param s script */
void
LearnCookie(Script& s)
{
    s.stack->SetAttribute("FastOpen", UintegerValue(3));
    Flow flow = ConnectWith(s, Text("first"));
    s.CheckOctets(GetCookieOption(s.Last()), "2202", "cookie request");
    s.Check(s.Last().data.empty(), "data without a cookie");
    s.Send(flow, Peer::SYN | Peer::ACK, AnswerWith(COOKIE));
    s.Check(s.GetSent(0) == Text("first"), "the data does not follow");
    s.CheckFallback(false);
}

void
CookieRequest(Script& s)
{
    LearnCookie(s);
    s.Check(s.GetConnection()->GetBytesFastOpen() == 0, "data of a SYN was counted");
}

void
DataInSyn(Script& s)
{
    LearnCookie(s);
    Flow flow = ConnectWith(s, Text("hello"));
    s.CheckOctets(GetCookieOption(s.Last()), COOKIE, "cookie");
    s.Check(s.Last().data == Text("hello"), "no data in the SYN");
    flow.ack += 5;
    s.Send(flow, Peer::SYN | Peer::ACK, AnswerWith(""));
    s.LearnKey();
    s.CheckFallback(false);
    s.Check(s.GetSent(0).empty(), "data sent twice");
    s.Check(s.GetConnection()->GetBytesFastOpen() == 5, "accepted data is not counted");
    s.Write(Text("more"));
    s.Wait(flow);
    s.Check(s.Last().seq + 4 == flow.ack && s.GetSent(0) == Text("more"), "wrong data");
    // The data of the SYN has neither DSN nor SSN: MP_CAPABLE maps from IDSN + 1.
    const MptcpCapable capable = Peer::Find<MptcpCapable>(s.Last()).value_or(MptcpCapable());
    s.Check(capable.dataLength.value_or(0) == 4, "no mapping of the first data");
    s.Send(flow, Peer::ACK, s.Ack(4));
    s.Write(Text("last"));
    s.Wait(flow);
    const MptcpDss dss = Peer::Find<MptcpDss>(s.Last()).value_or(MptcpDss());
    s.Check(dss.dsn == s.GetHostDsn() + 4 && dss.ssn == 5 && dss.length == 4, "wrong mapping");
}

void
DataInSynPartlyAccepted(Script& s)
{
    LearnCookie(s);
    Flow flow = ConnectWith(s, Text("hello"));
    flow.ack += 2;
    s.Send(flow, Peer::SYN | Peer::ACK, AnswerWith(""));
    s.Check(s.GetSent(0) == Text("llo"), "the rest does not follow");
    s.Check(s.GetConnection()->GetBytesFastOpen() == 2, "accepted data is not counted");
}

void
DataInSynRefused(Script& s)
{
    LearnCookie(s);
    Flow flow = ConnectWith(s, Text("hello"));
    s.Send(flow, Peer::SYN | Peer::ACK, AnswerWith(""));
    s.Check(s.GetSent(0) == Text("hello"), "the data does not follow");
}

void
SynWithDataLost(Script& s)
{
    LearnCookie(s);
    Flow flow = ConnectWith(s, Text("hello"));
    s.Wait(flow, Seconds(4));
    s.Check(s.Last().flags == Peer::SYN && s.Last().data.empty() &&
                GetCookieOption(s.Last()).empty(),
            "the SYN sent again is no plain one");
    flow.ack = s.Last().seq + 1;
    s.Send(flow, Peer::SYN | Peer::ACK, AnswerWith(""));
    s.Check(s.GetSent(0) == Text("hello"), "the data does not follow");
}

void
DataInSynToTcp(Script& s)
{
    LearnCookie(s);
    Flow flow = ConnectWith(s, Text("hello"));
    flow.ack += 5;
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Write(Text("more"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("more"), "wrong data");
    s.Send(flow, Peer::ACK, {}, Text("abc"));
    s.CheckRead("abc");
}

/** @param s script: the host listens @return cookie option that it gives */
Octets
GetHostCookie(Script& s)
{
    s.stack->SetAttribute("FastOpen", UintegerValue(2));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e0401012202"));
    const Octets cookie = GetCookieOption(s.Last());
    s.Check(cookie.size() == 8, "no cookie in the SYN/ACK");
    s.Check(!Peer::GetMptcpOctets(s.Last()).empty(), "no MP_CAPABLE beside the cookie");
    return cookie;
}

void
DataAccepted(Script& s)
{
    const Octets cookie = GetHostCookie(s);
    Flow flow;
    flow.port = 40001;
    Octets options = FromHex("1e040101");
    options.insert(options.end(), cookie.begin(), cookie.end());
    s.Send(flow, Peer::SYN, options, Text("hello"));
    s.Check(s.Last().ack == flow.seq, "the data is not acknowledged");
    s.Check(GetCookieOption(s.Last()).empty(), "a cookie that nobody asked for");
    s.LearnKey();
    // The SYN/ACK is lost: a plain SYN comes again.
    Flow again = flow;
    again.seq = PEER_ISN;
    s.Send(again, Peer::SYN, FromHex("1e040101"));
    s.Check(s.Last().ack == flow.seq, "the data is not acknowledged again");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckFallback(false);
    s.CheckRead("hello");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 6), Text(" world"));
    s.CheckRead("hello world");
    s.Write(Text("abc"));
    s.Wait(flow);
    const MptcpDss dss = Peer::Find<MptcpDss>(s.Last()).value_or(MptcpDss());
    s.Check(dss.dataAck == s.GetPeerDsn() + 6, "the DATA_ACK counts data of the SYN");
}

void
DataWithTheThirdAck(Script& s)
{
    const Octets cookie = GetHostCookie(s);
    Flow flow;
    flow.port = 40001;
    Octets options = FromHex("1e040101");
    options.insert(options.end(), cookie.begin(), cookie.end());
    s.Send(flow, Peer::SYN, options, Text("hello"));
    s.LearnKey();
    s.Send(flow,
           Peer::ACK,
           FromHex(std::string("1e160101") + PEER_KEY_HEX + ToHex(s.hostKey) + "0006"),
           Text(" world"));
    s.CheckRead("hello world");
}

void
DataWithWrongCookie(Script& s)
{
    Octets cookie = GetHostCookie(s);
    const Octets good = cookie;
    cookie.back() ^= 1;
    Flow flow;
    flow.port = 40001;
    Octets options = FromHex("1e040101");
    options.insert(options.end(), cookie.begin(), cookie.end());
    s.Send(flow, Peer::SYN, options, Text("hello"));
    s.Check(s.Last().ack == PEER_ISN + 1, "data accepted under a wrong cookie");
    s.Check(GetCookieOption(s.Last()) == good, "the good cookie is not sent");
    s.LearnKey();
    flow.seq = PEER_ISN + 1;
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.CheckRead("hello");
}

void
DataOfTcp(Script& s)
{
    const Octets cookie = GetHostCookie(s);
    Flow flow;
    flow.port = 40001;
    s.Send(flow, Peer::SYN, cookie, Text("hello"));
    s.Send(flow, Peer::ACK, {}, Text(" world"));
    s.CheckFallback(true);
    s.CheckRead("hello world");
}

void
DataWithoutCookie(Script& s)
{
    s.stack->SetAttribute("FastOpen", UintegerValue(0x202));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"), Text("hello"));
    s.LearnKey();
    s.Check(s.Last().ack == flow.seq, "the data is not acknowledged");
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckRead("hello");
}

void
DataWhenOff(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"), Text("hello"));
    s.Check(s.Last().ack == PEER_ISN + 1, "data of a SYN is acknowledged");
}

/** The suite. */
class MptcpFastOpenTestSuite : public TestSuite
{
  public:
    MptcpFastOpenTestSuite()
        : TestSuite("mptcp-fast-open", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("client asks for a cookie", CookieRequest);
        add("client sends data in the SYN", DataInSyn);
        add("part of the data is accepted", DataInSynPartlyAccepted);
        add("the data is refused", DataInSynRefused);
        add("the SYN with data is lost", SynWithDataLost);
        add("the peer is TCP", DataInSynToTcp);
        add("listener accepts data", DataAccepted);
        add("data in the SYN and in the third ACK", DataWithTheThirdAck);
        add("wrong cookie", DataWithWrongCookie);
        add("the client is TCP", DataOfTcp);
        add("data without a cookie", DataWithoutCookie);
        add("Fast Open is off", DataWhenOff);
    }
};

/// Registers the suite.
MptcpFastOpenTestSuite g_mptcpFastOpenTestSuite;

} // namespace
