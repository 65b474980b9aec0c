/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer that tries to make it hold ever more: mappings without data,
 * tiny ones, data outside of the window, announcements without end; and what the host still holds
 * of a connection in TIME_WAIT.
 */

#include "mptcp-heap.h"
#include "mptcp-script.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-mapping.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/object-ptr-container.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

constexpr std::size_t SOME = 24 << 10; ///< octets that malloc and the events may keep

/** @param s script whose connection stands @param refused counts its trace MappingRefused */
void
CountRefused(Script& s, uint32_t& refused)
{
    s.GetConnection()->TraceConnectWithoutContext(
        "MappingRefused",
        Callback<void, Ptr<MptcpSubflow>, uint64_t>(
            [&refused](Ptr<MptcpSubflow>, uint64_t) { ++refused; }));
}

/**
 * Do something again and again: memory does not grow with it.
 *
 * @param s script
 * @param times how often
 * @param act what to do, told how often it was done
 */
void
Repeat(Script& s, uint32_t times, const std::function<void(uint32_t)>& act)
{
    std::size_t before = 0;
    for (uint32_t i = 0; i < times; ++i)
    {
        if (i == times / 4)
        {
            before = MptcpGetHeapInUse();
        }
        act(i);
    }
    const std::size_t after = MptcpGetHeapInUse();
    s.Check(after < before + SOME, "the host holds " + std::to_string(after - before) + " more");
}

void
MappingsWithoutData(Script& s)
{
    Flow flow = s.Accept();
    uint32_t refused = 0;
    CountRefused(s, refused);
    s.Send(flow, Peer::ACK, s.Ack(0));
    // A DATA_FIN makes an ACK one that may have a mapping.
    Repeat(s, 4000, [&](uint32_t i) {
        s.Send(flow, Peer::ACK, s.Map(1'000'000 + 100 * i, 1'000 + 100 * i, 51, true));
    });
    s.Check(refused == 4000, std::to_string(refused) + " of 4000 mappings refused");
    s.CheckCounter("DSSNoMatchTCP", 4000);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
    s.CheckFallback(false);
}

void
MappingOfOtherData(Script& s)
{
    Flow flow = s.Accept();
    uint32_t refused = 0;
    CountRefused(s, refused);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    // Its last octet is that before the segment; the first one of the next is that behind it.
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text(""));
    s.Check(refused == 0, "a mapping that is known and comes without data is not looked at");
    // One octet is enough, at either end.
    s.Send(flow, Peer::ACK, s.Map(3, 4, 10), Text("defg"));
    s.Send(flow, Peer::ACK, s.Map(3, 4, 10), Text("hijklm"));
    s.Check(refused == 0, "mappings of more than the segment are taken");
    s.CheckRead("abcdefghijklm");
    const Flow late = flow;
    flow.seq += 2;
    s.Send(flow, Peer::ACK, s.Map(14, 15, 2), Text("pq")); // octets 14 and 15 by SSN 15 and 16
    s.Check(refused == 0, "one octet of the mapping is in the segment");
    flow = late;
    s.Send(flow, Peer::ACK, s.Map(20, 21, 2), Text("no")); // SSN 14 and 15
    s.Check(refused == 1, "a mapping of other data is not taken");
    s.CheckCounter("DSSNoMatchTCP", 1);
}

void
TinyMappings(Script& s)
{
    constexpr uint32_t most = 131072 / sizeof(MptcpMapping); // the receive buffer
    constexpr uint32_t all = most + 1500;
    Flow flow = s.Accept();
    uint32_t refused = 0;
    CountRefused(s, refused);
    s.Send(flow, Peer::ACK, s.Ack(0));
    const auto octet = [](uint32_t i) { return Octets{static_cast<uint8_t>(i * 7 + i / 256)}; };
    Flow ahead = flow;
    ahead.seq += 1;
    for (uint32_t i = 1; i < all; ++i)
    {
        s.Send(ahead, Peer::ACK, s.Map(i, i + 1, 1), octet(i));
    }
    s.CheckCounter("RcvPruned", all - 1 - most);
    s.Check(refused == all - 1 - most, std::to_string(refused) + " mappings refused");
    s.Check(s.read.empty(), "read over a gap");
    s.Send(flow, Peer::ACK, s.Map(0, 1, 1), octet(0));
    s.Check(s.read.size() == most + 1, std::to_string(s.read.size()) + " octets read");
    s.Check(s.Last().ack == PEER_ISN + 1 + most + 1, "what was pruned is acknowledged");
    // The peer sends again what was not acknowledged.
    flow.seq = s.Last().ack;
    for (uint32_t i = most + 1; i < all; ++i)
    {
        s.Send(flow, Peer::ACK, s.Map(i, i + 1, 1), octet(i));
    }
    Octets wanted;
    for (uint32_t i = 0; i < all; ++i)
    {
        wanted.push_back(octet(i).front());
    }
    s.Check(s.read == wanted, "wrong data");
    s.CheckCounter("RcvPruned", all - 1 - most);
}

void
FullTableAdmitsWhatIsMapped(Script& s)
{
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(3000)); // room for 125 mappings
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Flow ahead = flow;
    ahead.seq += 10;
    s.Send(ahead, Peer::ACK, s.Map(10, 11, 20), Text("0123456789"));
    const Flow rest = ahead;
    ahead.seq = flow.seq + 40;
    for (uint32_t i = 40; i < 240; ++i)
    {
        s.Send(ahead, Peer::ACK, s.Map(i, i + 1, 1), Text("x"));
    }
    s.CheckCounter("RcvPruned", 200 - 124);
    ahead = rest;
    s.Send(ahead, Peer::ACK, s.Map(10, 11, 20), Text("abcdefghij"));
    s.CheckCounter("RcvPruned", 200 - 124);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 10), Text("ABCDEFGHIJ"));
    s.CheckRead("ABCDEFGHIJ0123456789abcdefghij");
}

void
DataBehindWindow(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    Repeat(s, 400, [&](uint32_t i) {
        Flow ahead = flow;
        ahead.seq += 200'000 + 1400 * i;
        s.Send(ahead, Peer::ACK, s.Map(1, 1 + 200'000 + 1400 * i, 1400), Octets(1400, 'x'));
        s.Check(s.Last().ack == flow.seq && s.Last().data.empty(), "no ACK");
    });
    s.CheckCounter("RcvPruned", 400);
    // A FIN behind such data does not count either.
    Flow ahead = flow;
    ahead.seq += 200'000;
    s.Send(ahead, Peer::ACK | Peer::FIN, {}, Octets(1400, 'x'));
    s.CheckCounter("RcvPruned", 401);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
    s.Check(!s.closed, "the FIN was taken");
}

/** @param s script @param flow of a connection that is not read @param plain it is plain TCP */
void
LargerBuffer(Script& s, Flow& flow, bool plain)
{
    s.CheckFallback(plain);
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    for (uint32_t i = 0; i < 10; ++i)
    {
        s.Send(flow,
               Peer::ACK,
               plain ? Octets() : s.Map(1000 * i, 1000 * i + 1, 1000),
               Octets(1000, static_cast<uint8_t>(i)));
    }
    s.Wait(flow, Seconds(1)); // the last ACK may be delayed
    s.Check(s.socket->GetRxAvailable() == 10'000, "not all has arrived");
    s.socket->SetAttribute("RcvBufSize", UintegerValue(20'000));
    s.Wait(flow);
    s.Check(s.answers.size() == 1 && s.Last().window == 10'000,
            std::to_string(s.answers.size()) + " ACKs tell of the room");
}

void
LargerBufferOfTcp(Script& s)
{
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(10'000));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {});
    LargerBuffer(s, flow, true);
}

void
LargerBufferOfMptcp(Script& s)
{
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(10'000));
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    LargerBuffer(s, flow, false);
}

void
PlainTcpOverrunsWindow(Script& s)
{
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(10'000));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, {});
    s.Send(flow, Peer::ACK, {});
    s.CheckFallback(true);
    s.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    const Flow begin = flow;
    for (uint32_t i = 0; i < 40; ++i)
    {
        s.Send(flow, Peer::ACK, {}, Octets(1000, static_cast<uint8_t>(i)));
    }
    for (uint32_t i = 0; i < 20; ++i)
    {
        flow.seq = begin.seq + 10'000; // what is expected next
        s.Send(flow, Peer::ACK, {}, Octets(1000, 99));
    }
    s.Check(s.socket->GetRxAvailable() == 10'000,
            std::to_string(s.socket->GetRxAvailable()) + " octets in a buffer of 10000");
    s.Check(s.Last().ack == begin.seq + 10'000 && s.Last().window == 0, "wrong ACK");
    s.CheckCounter("RcvPruned", 10 + 20); // stock TCP drops what lies a whole buffer ahead
    // With room again it goes on where it was.
    Octets taken;
    while (const auto packet = s.socket->Recv(4096, 0))
    {
        const std::size_t before = taken.size();
        taken.resize(before + packet->GetSize());
        packet->CopyData(taken.data() + before, packet->GetSize());
    }
    s.Wait(flow);
    s.Check(s.Last().window > 0, "no news of the window");
    flow.seq = begin.seq + 10'000;
    s.Send(flow, Peer::ACK, {}, Octets(1000, 10));
    s.Check(s.socket->GetRxAvailable() == 1000, "nothing is taken any more");
    Octets wanted;
    for (uint8_t i = 0; i < 10; ++i)
    {
        wanted.insert(wanted.end(), 1000, i);
    }
    s.Check(taken == wanted, "wrong data");
}

/** @param s script @param number of the announcement @return ADD_ADDR, of 200 identifiers */
MptcpAddAddr
MakeAnnouncement(const Script& s, uint32_t number)
{
    MptcpAddAddr option;
    option.addressId = static_cast<uint8_t>(2 + number % 200);
    Ipv4Address(0xc0000200U + number % 200).Serialize(option.address.data()); // no route
    option.port = static_cast<uint16_t>(1 + number);
    option.hmac = MptcpAddAddrHmac(PEER_KEY, s.hostKey, option);
    return option;
}

void
AnnouncementsWithoutEnd(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    // Far more than the two echoes that may go in each RTT.
    Repeat(s, 8000, [&](uint32_t i) {
        s.peer.Send(s.Make(flow, Peer::ACK, Peer::Octets(MakeAnnouncement(s, i))));
        if (i % 40 == 39)
        {
            s.Wait(flow, MicroSeconds(300));
        }
    });
    s.Wait(flow, Seconds(5));
    s.CheckCounter("AddAddr", 8000);
    // Each identifier has had its last echo.
    std::vector<uint16_t> ports(202, 0);
    for (const Segment& segment : s.answers)
    {
        if (const auto echo = Peer::Find<MptcpAddAddr>(segment))
        {
            ports.at(echo->addressId) = echo->port.value_or(0);
        }
    }
    uint32_t wrong = 0;
    for (uint32_t i = 7800; i < 8000; ++i)
    {
        wrong += ports.at(2 + i % 200) != 1 + i;
    }
    s.Check(wrong < 8, std::to_string(wrong) + " identifiers without an echo of the last port");
}

void
AnnouncementsBeforeTheFirstDss(Script& s)
{
    s.version = MptcpVersion::V0;
    s.stack->SetAttribute("Version", UintegerValue(0));
    s.stack->SetAttribute("LowestVersion", UintegerValue(0));
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex(std::string("1e0c0001") + PEER_KEY_HEX));
    s.LearnKey();
    s.Send(flow, Peer::ACK, FromHex(std::string("1e140001") + PEER_KEY_HEX + ToHex(s.hostKey)));
    Repeat(s, 4000, [&](uint32_t i) {
        const MptcpAddAddr option = MakeAnnouncement(s, i);
        Octets octets = FromHex("1e0a3400"); // as version 0 has it
        octets[3] = option.addressId;
        octets.insert(octets.end(), option.address.begin(), option.address.begin() + 4);
        octets.push_back(static_cast<uint8_t>(*option.port >> 8));
        octets.push_back(static_cast<uint8_t>(*option.port));
        s.Send(flow, Peer::ACK, octets);
    });
    s.CheckCounter("AddAddr", 4000);
    s.CheckFallback(false);
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    s.CheckRead("abc");
}

/** Close from the host's side on. @param s script @param flow the only subflow */
void
CloseFully(Script& s, Flow& flow)
{
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.FindDss().dataFin, "no DATA_FIN");
    s.Send(flow, Peer::ACK, s.Map(3, 0, 1, true, 1));
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    s.Send(flow, Peer::ACK | Peer::FIN, {});
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not closed");
}

/** @param s script @return sockets of the host's TCP */
std::size_t
CountSockets(const Script& s)
{
    ObjectPtrContainerValue sockets;
    s.peer.GetHost()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    return sockets.GetN();
}

void
TimeWaitAnswers(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    const uint32_t data = flow.seq - 3;
    Ptr<MptcpSubflow> subflow = s.GetConnection()->GetSubflows().front();
    CloseFully(s, flow);
    const Segment last = s.Last();
    s.Check(last.flags == Peer::ACK && last.ack == flow.seq, "no ACK of the FIN");
    s.Check(CountSockets(s) == 1, "a whole socket for TIME_WAIT beside the listener");
    s.Check(subflow->GetReferenceCount() == 1, "the subflow is held");
    s.Check(s.GetConnection()->GetScheduler() != nullptr,
            "who holds the socket can ask its policies");
    subflow = nullptr;

    // What may come again is acknowledged, and nothing else.
    const auto again = [&](uint8_t flags, uint32_t seq, const Octets& octets) {
        Flow old = flow;
        old.seq = seq;
        s.Send(old, flags, {}, octets);
        return s.answers.size();
    };
    const auto isSame = [&] {
        const Segment found = s.Last();
        return s.answers.size() == 1 && found.flags == Peer::ACK && found.seq == last.seq &&
               found.ack == last.ack && found.source == last.source &&
               Peer::GetMptcpOctets(found).empty();
    };
    again(Peer::FIN | Peer::ACK, flow.seq - 1, {});
    s.Check(isSame(), "no ACK of a FIN that comes again");
    again(Peer::ACK, data, Text("abc"));
    s.Check(isSame(), "no ACK of data that comes again");
    s.Check(again(Peer::ACK, flow.seq, {}) == 0, "an answer to an ACK");
    s.Check(again(Peer::RST, flow.seq, {}) == 0, "an answer to a RST");
    s.Check(again(Peer::SYN, flow.seq + 1000, {}) == 0, "an answer to a SYN");
    again(Peer::FIN | Peer::ACK, flow.seq - 1, {});
    s.Check(isSame(), "the RST has ended TIME_WAIT (RFC 1337)");

    // Twice the MSL of 120 s, and again from the FIN on.
    s.Wait(flow, Seconds(200));
    again(Peer::FIN | Peer::ACK, flow.seq - 1, {});
    s.Check(isSame(), "no TIME_WAIT any more after 200 s");
    s.Wait(flow, Seconds(239));
    again(Peer::FIN | Peer::ACK, flow.seq - 1, {});
    s.Check(isSame(), "a FIN does not begin it anew");
    s.Wait(flow, Seconds(241));
    again(Peer::FIN | Peer::ACK, flow.seq - 1, {});
    s.Check(!isSame(), "TIME_WAIT does not end");
    Simulator::Run(); // and nothing goes on for ever
}

void
TimeWaitOfASubflowThatIsHeld(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    Ptr<MptcpSubflow> subflow = s.GetConnection()->GetSubflows().front();
    CloseFully(s, flow);
    s.Check(subflow->GetTcpState() == TcpSocket::TIME_WAIT, "not in TIME_WAIT");
    uint32_t sent = 0;
    uint32_t received = 0;
    uint32_t closed = 0;
    using Told = Callback<void, Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>>;
    const auto count = [](uint32_t& number) {
        return Told(
            [&number](Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>) { ++number; });
    };
    subflow->TraceConnectWithoutContext("Tx", count(sent));
    subflow->TraceConnectWithoutContext("Rx", count(received));
    subflow->TraceConnectWithoutContext(
        "State",
        Callback<void, TcpSocket::TcpStates_t, TcpSocket::TcpStates_t>(
            [&closed](TcpSocket::TcpStates_t, TcpSocket::TcpStates_t state) {
                closed += state == TcpSocket::CLOSED;
            }));
    Flow old = flow;
    old.seq = flow.seq - 1;
    s.Send(old, Peer::FIN | Peer::ACK, {});
    s.Check(sent == 1 && received == 1, "the traces tell of the FIN and its ACK");
    s.Send(flow, Peer::ACK, {});
    s.Check(sent == 1 && received == 2, "and of an ACK that is not answered");
    s.Wait(flow, Seconds(239));
    s.Check(subflow->GetTcpState() == TcpSocket::TIME_WAIT && closed == 0, "closed too soon");
    s.Wait(flow, Seconds(2));
    s.Check(subflow->GetTcpState() == TcpSocket::CLOSED && closed == 1, "not closed");
    s.Check(subflow->GetReferenceCount() == 1, "the subflow is held");
    Simulator::Run();
}

void
TimeWaitOfANodeThatEnds(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    CloseFully(s, flow);
    s.peer.GetHost()->Dispose();
    Simulator::Run();
}

void
TimeWaitWithTimestamps(Script& s)
{
    const auto timestamps = [](uint32_t value, uint32_t echo) {
        Octets option{8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
        for (uint32_t i = 0; i < 4; ++i)
        {
            option[2 + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
            option[6 + i] = static_cast<uint8_t>(echo >> (24 - 8 * i));
        }
        return option;
    };
    const auto with = [](Octets a, const Octets& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    };
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, with(timestamps(1000, 0), FromHex("1e040101")));
    s.LearnKey();
    s.Send(flow, Peer::ACK, with(timestamps(1001, 1), s.GetKeys()));
    s.socket->Close();
    s.Wait(flow);
    s.Send(flow, Peer::ACK, with(timestamps(1002, 2), s.Map(0, 0, 1, true, 1)));
    s.Send(flow, Peer::ACK | Peer::FIN, timestamps(1003, 3));
    flow.seq -= 1;
    s.Send(flow, Peer::ACK | Peer::FIN, timestamps(1004, 4));
    const Octets& found = s.Last().options;
    const auto at = std::find(found.begin(), found.end(), 8);
    s.Check(s.answers.size() == 1 && found.end() - at >= 10, "no timestamps in the answer");
    s.Check(found.end() - at >= 10 &&
                Octets(at + 6, at + 10) == Octets{0, 0, 1003 >> 8, 1003 & 255},
            "the echo is " + ToHex(found));
}

/** Suite mptcp-bounds. */
class MptcpBoundsTestSuite : public TestSuite
{
  public:
    MptcpBoundsTestSuite()
        : TestSuite("mptcp-bounds", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("mappings without data are not held", MappingsWithoutData);
        add("a mapping is of the segment that carries it", MappingOfOtherData);
        add("tiny mappings behind a gap", TinyMappings);
        add("a full table takes what is mapped", FullTableAdmitsWhatIsMapped);
        add("data behind the window", DataBehindWindow);
        add("plain TCP does not overrun the buffer", PlainTcpOverrunsWindow);
        add("a larger buffer is told, plain TCP", LargerBufferOfTcp);
        add("a larger buffer is told, MPTCP", LargerBufferOfMptcp);
        add("announcements without end", AnnouncementsWithoutEnd);
        add("announcements before the first DSS", AnnouncementsBeforeTheFirstDss);
        add("TIME_WAIT answers what comes again", TimeWaitAnswers);
        add("TIME_WAIT of a subflow that is held", TimeWaitOfASubflowThatIsHeld);
        add("TIME_WAIT of a node that ends", TimeWaitOfANodeThatEnds);
        add("TIME_WAIT with timestamps", TimeWaitWithTimestamps);
    }
};

MptcpBoundsTestSuite g_mptcpBoundsTestSuite; ///< the suite

} // namespace
