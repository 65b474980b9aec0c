/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Each element of a middlebox alone: segments in, segments out, octet by octet.
 */

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/mptcp-endian.h"
#include "ns3/mptcp-middlebox-element.h"
#include "ns3/mptcp-middlebox-nat.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Direction = MptcpMiddleboxDirection;
using Segment = MptcpMiddleboxSegment;
using Octets = std::vector<uint8_t>;

constexpr auto FORWARD = Direction::FORWARD;
constexpr auto BACKWARD = Direction::BACKWARD;
constexpr uint8_t SYN = Segment::SYN;
constexpr uint8_t ACK = Segment::ACK;
constexpr uint8_t FIN = Segment::FIN;
constexpr uint8_t RST = Segment::RST;

const Octets CAPABLE{30, 4, 0x01, 0x01};                      ///< MP_CAPABLE of a SYN
const Octets DSS{30, 8, 0x20, 0x01, 1, 2, 3, 4};              ///< DSS with a DATA_ACK
const Octets SACK{5, 10, 0, 0, 0x10, 0x10, 0, 0, 0x10, 0x20}; ///< block 0x1010 to 0x1020
const Octets TIMESTAMPS{8, 10, 0, 0, 0, 1, 0, 0, 0, 2};       ///< value 1, echo 2
const Octets WINDOW_SCALE{3, 3, 2};                           ///< shift of 2

/** @param a some octets @param b more @return all */
Octets
operator+(Octets a, const Octets& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/** @param text characters @return a packet of them */
Ptr<Packet>
Data(const std::string& text)
{
    return Create<Packet>(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

/** @param segment a segment @return its data */
std::string
Text(const Segment& segment)
{
    std::string text(segment.payload->GetSize(), '\0');
    segment.payload->CopyData(reinterpret_cast<uint8_t*>(text.data()), text.size());
    return text;
}

/**
 * A segment of the one flow of these tests, 10.0.0.1 port 1000 inside to 10.0.0.2 port 80.
 * @param direction direction
 * @param flags flag bits
 * @param seq sequence number
 * @param ack acknowledgment number
 * @param text data
 * @param options option octets
 * @return the segment
 */
Segment
Make(Direction direction,
     uint8_t flags,
     uint32_t seq,
     uint32_t ack,
     const std::string& text = "",
     const Octets& options = {})
{
    Segment segment;
    const bool forward = direction == FORWARD;
    segment.ipv4Header.SetProtocol(6);
    segment.ipv4Header.SetTtl(64);
    segment.ipv4Header.SetSource(forward ? "10.0.0.1" : "10.0.0.2");
    segment.ipv4Header.SetDestination(forward ? "10.0.0.2" : "10.0.0.1");
    segment.sourcePort = forward ? 1000 : 80;
    segment.destinationPort = forward ? 80 : 1000;
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = ack;
    segment.window = 1000;
    segment.options = options;
    segment.payload = Data(text);
    return segment;
}

/** An element between two ends that keep what arrives. */
class Bench
{
  public:
    /**
     * @tparam Args names and values of attributes
     * @param type last part of the element's name
     * @param args names and values of attributes
     */
    template <typename... Args>
    explicit Bench(const std::string& type, Args&&... args)
    {
        ObjectFactory factory;
        factory.SetTypeId("ns3::MptcpMiddlebox" + type);
        factory.Set(std::forward<Args>(args)...);
        element = factory.Create<MptcpMiddleboxElement>();
        element->AssignStreams(1);
        element->SetOutput(
            MptcpMiddleboxElement::Output([this](Direction direction, const Segment& segment) {
                (direction == FORWARD ? outside : inside).push_back(segment);
            }));
    }

    ~Bench()
    {
        element->Dispose();
        Simulator::Destroy();
    }

    /** @param direction direction @param segment a segment @return all that came out so far */
    std::vector<Segment>& Pass(Direction direction, const Segment& segment)
    {
        element->Process(direction, segment);
        return direction == FORWARD ? outside : inside;
    }

    /** Handshake with the initial sequence numbers 0x1000 and 0x9000. @param options of SYNs */
    void Open(const Octets& options = {})
    {
        Pass(FORWARD, Make(FORWARD, SYN, 0x0fff, 0, "", options));
        Pass(BACKWARD, Make(BACKWARD, SYN | ACK, 0x8fff, outside[0].seq + 1, "", options));
        Pass(FORWARD, Make(FORWARD, ACK, 0x1000, inside[0].seq + 1));
        inside.clear();
        outside.clear();
    }

    /** @return data that came out at the outside, in the order of its sequence numbers */
    std::string GetStream() const
    {
        std::string stream;
        for (const Segment& segment : outside)
        {
            const std::string text = Text(segment);
            const std::size_t at = segment.seq - 0x1000;
            stream.resize(std::max(stream.size(), at + text.size()), '?');
            stream.replace(at, text.size(), text);
        }
        return stream;
    }

    Ptr<MptcpMiddleboxElement> element; ///< the element
    std::vector<Segment> inside;        ///< what came out at the first port
    std::vector<Segment> outside;       ///< what came out at the second port
};

/** A test case that is a function. */
class MiddleboxTestCase : public TestCase
{
  public:
    /** What is tested. */
    using Body = std::function<void(MiddleboxTestCase&)>;

    /** @param name name of the case @param body what is tested */
    MiddleboxTestCase(const std::string& name, const Body& body)
        : TestCase(name),
          m_body(body)
    {
    }

    /** @tparam T type @param found value @param wanted what it should be @param what name */
    template <typename T, typename U>
    void Equal(const T& found, const U& wanted, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ((found == static_cast<T>(wanted)), true, what);
    }

  private:
    void DoRun() override
    {
        m_body(*this);
    }

    void DoTeardown() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }

    Body m_body; ///< what is tested
};

/** @param packet a packet @return its octets */
Octets
GetOctets(Ptr<const Packet> packet)
{
    Octets octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    return octets;
}

/** Octets written by ns-3's TCP and by a segment are the same. @param t the test */
void
TestCodec(MiddleboxTestCase& t)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    for (const bool ipv6 : {false, true})
    {
        for (const std::string text : {"", "odd", "even"})
        {
            Ptr<Packet> packet = Data(text);
            TcpHeader tcp;
            tcp.SetSourcePort(1000);
            tcp.SetDestinationPort(80);
            tcp.SetSequenceNumber(SequenceNumber32(0x12345678));
            tcp.SetAckNumber(SequenceNumber32(0x9abcdef0));
            tcp.SetFlags(TcpHeader::ACK | TcpHeader::PSH | TcpHeader::ECE);
            tcp.SetWindowSize(4321);
            tcp.EnableChecksums();
            uint16_t protocol = MPTCP_ETHERTYPE_IPV4;
            if (ipv6)
            {
                protocol = MPTCP_ETHERTYPE_IPV6;
                Ipv6Header ip;
                ip.SetSource("2001:db8::1");
                ip.SetDestination("2001:db8::2");
                ip.SetNextHeader(6);
                ip.SetHopLimit(60);
                tcp.InitializeChecksum(ip.GetSource(), ip.GetDestination(), 6);
                packet->AddHeader(tcp);
                ip.SetPayloadLength(packet->GetSize());
                packet->AddHeader(ip);
            }
            else
            {
                Ipv4Header ip;
                ip.SetSource("10.0.0.1");
                ip.SetDestination("10.0.0.2");
                ip.SetProtocol(6);
                ip.SetTtl(60);
                ip.EnableChecksum();
                tcp.InitializeChecksum(ip.GetSource(), ip.GetDestination(), 6);
                packet->AddHeader(tcp);
                ip.SetPayloadSize(packet->GetSize());
                packet->AddHeader(ip);
            }
            const Octets wire = GetOctets(packet);
            const auto segment = Segment::Parse(packet, protocol);
            t.Equal(segment.has_value(), true, "parsed");
            t.Equal(Text(*segment), text, "data");
            t.Equal(segment->seq, 0x12345678, "sequence number");
            t.Equal(GetOctets(segment->Serialize()), wire, "octets and checksum");

            Octets damaged = wire;
            damaged.back() ^= 1;
            t.Equal(Segment::Parse(Create<Packet>(damaged.data(), damaged.size()), protocol)
                        .has_value(),
                    false,
                    "wrong checksum");
            Octets cut(wire.begin(), wire.end() - 1);
            t.Equal(Segment::Parse(Create<Packet>(cut.data(), cut.size()), protocol).has_value(),
                    false,
                    "truncated");
            Octets padded = wire + Octets{0, 0, 0};
            t.Equal(GetOctets(Segment::Parse(Create<Packet>(padded.data(), padded.size()), protocol)
                                  ->Serialize()),
                    wire,
                    "padding of the frame is not data");
        }
    }
}

/** Options of a segment. @param t the test */
void
TestOptions(MiddleboxTestCase& t)
{
    Segment s = Make(FORWARD, ACK, 1, 1, "", Octets{1, 1} + TIMESTAMPS + DSS);
    const auto isMptcp = [](std::span<const uint8_t> option) { return option[0] == 30; };
    t.Equal(s.FindOption(30).size(), 8, "found");
    t.Equal(s.FindOption(5).size(), 0, "not found");
    Segment padded = s;
    t.Equal(padded.RemoveOptions(isMptcp, true), 1, "one removed");
    t.Equal(padded.options, Octets{1, 1} + TIMESTAMPS + Octets(8, 1), "NOP in its place");
    Segment erased = s;
    erased.RemoveOptions(isMptcp, false);
    t.Equal(erased.options, Octets{1, 1} + TIMESTAMPS, "nothing in its place");
    Segment ended =
        Make(FORWARD, ACK, 1, 1, "data", TIMESTAMPS + DSS + Octets{30, 3, 0x50, 0, 0, 0});
    ended.RemoveOptions(isMptcp, false);
    t.Equal(ended.options, TIMESTAMPS, "nor padding behind it that nothing needs any more");
    Ptr<Packet> wire = ended.Serialize();
    Ipv4Header ip;
    TcpHeader tcp;
    wire->RemoveHeader(ip);
    wire->RemoveHeader(tcp);
    t.Equal(wire->GetSize(), 4, "ns-3's header takes it for no data");
    t.Equal(padded.AppendOption(DSS + Octets(16, 0)), true, "NOP at the end make room");
    t.Equal(s.AppendOption(Octets(21, 9)), false, "no room");
    for (const Octets& malformed : {Octets{30}, Octets{30, 0, 0, 0}, Octets{30, 1}, Octets{30, 9}})
    {
        Segment bad = Make(FORWARD, ACK, 1, 1, "", malformed);
        t.Equal(bad.FindOption(30).size(), 0, "malformed options end the list");
        t.Equal(bad.RemoveOptions(isMptcp, false), 0, "malformed options stay");
    }
}

/** Which segments lose their options. @param t the test */
void
TestOptionFilter(MiddleboxTestCase& t)
{
    const auto names = {"Syn", "SynAck", "ThirdAck", "Others"};
    for (const std::string chosen : names)
    {
        for (const bool drop : {false, true})
        {
            Bench bench("OptionFilter",
                        "Syn",
                        BooleanValue(chosen == "Syn"),
                        "SynAck",
                        BooleanValue(chosen == "SynAck"),
                        "ThirdAck",
                        BooleanValue(chosen == "ThirdAck"),
                        "Others",
                        BooleanValue(chosen == "Others"),
                        "Drop",
                        BooleanValue(drop));
            bench.Pass(FORWARD, Make(FORWARD, SYN, 0, 0, "", CAPABLE + WINDOW_SCALE));
            bench.Pass(BACKWARD, Make(BACKWARD, SYN | ACK, 0, 1, "", CAPABLE + WINDOW_SCALE));
            bench.Pass(FORWARD, Make(FORWARD, ACK, 1, 1, "", CAPABLE + WINDOW_SCALE));
            bench.Pass(FORWARD, Make(FORWARD, ACK, 1, 1, "data", CAPABLE + WINDOW_SCALE));
            bench.Pass(FORWARD, Make(FORWARD, ACK, 5, 1, "", CAPABLE + WINDOW_SCALE));
            const uint32_t hits = chosen == "Others" ? 2 : 1;
            uint32_t stripped = 0;
            for (auto* list : {&bench.inside, &bench.outside})
            {
                for (Segment& segment : *list)
                {
                    stripped += segment.FindOption(30).empty();
                    t.Equal(segment.FindOption(3).size(), 3, "other options stay");
                }
            }
            t.Equal(bench.element->GetActions(), hits, chosen + ": actions");
            t.Equal(bench.inside.size() + bench.outside.size(), drop ? 5 - hits : 5, chosen);
            t.Equal(stripped, drop ? 0 : hits, chosen + ": stripped");
        }
    }
    Bench late("OptionFilter", "After", UintegerValue(2), "Backward", BooleanValue(false));
    Bench dss("OptionFilter", "Subtypes", UintegerValue(1 << 2), "Pad", BooleanValue(false));
    for (int i = 0; i < 4; ++i)
    {
        late.Pass(FORWARD, Make(FORWARD, ACK, i, 1, "d", DSS));
        late.Pass(BACKWARD, Make(BACKWARD, ACK, i, 1, "d", DSS));
    }
    t.Equal(late.outside[1].options, DSS, "the first two pass");
    t.Equal(late.outside[2].options, Octets(8, 1), "the third does not");
    t.Equal(late.inside[3].options, DSS, "the other direction does");
    t.Equal(dss.Pass(FORWARD, Make(FORWARD, ACK, 1, 1, "d", CAPABLE + DSS))[0].options,
            CAPABLE,
            "one subtype only");
}

/** Addresses and ports. @param t the test */
void
TestNat(MiddleboxTestCase& t)
{
    Bench bench("Nat",
                "PublicIpv4",
                Ipv4AddressValue("10.0.0.9"),
                "Timeout",
                TimeValue(Seconds(5)));
    const Segment out = bench.Pass(FORWARD, Make(FORWARD, SYN, 7, 0, "", CAPABLE))[0];
    t.Equal(out.GetSource(), Address(Ipv4Address("10.0.0.9")), "public address");
    t.Equal(out.sourcePort, 40000, "public port");
    t.Equal(out.GetDestination(), Address(Ipv4Address("10.0.0.2")), "the server's address");
    t.Equal(out.destinationPort, 80, "the server's port");
    t.Equal(out.options, CAPABLE, "options pass");
    Segment answer = Segment::MakeReply(out);
    const Segment in = bench.Pass(BACKWARD, answer)[0];
    t.Equal(in.GetDestination(), Address(Ipv4Address("10.0.0.1")), "address inside");
    t.Equal(in.destinationPort, 1000, "port inside");
    bench.Pass(BACKWARD, Make(BACKWARD, SYN, 1, 0));
    t.Equal(bench.inside.size(), 1, "no way in without a binding");
    Segment second = Make(FORWARD, SYN, 7, 0);
    second.sourcePort = 1001;
    t.Equal(bench.Pass(FORWARD, second)[1].sourcePort, 40001, "another flow, another port");
    Simulator::Stop(Seconds(6));
    Simulator::Run();
    bench.Pass(BACKWARD, answer);
    t.Equal(bench.inside.size(), 1, "an idle binding is gone");
    t.Equal(bench.Pass(FORWARD, Make(FORWARD, ACK, 8, 1))[2].sourcePort, 40002, "a new binding");
    t.Equal(DynamicCast<MptcpMiddleboxNat>(bench.element)->GetRefused(), 2, "refused");
}

/** Sequence numbers of both directions. @param t the test */
void
TestIsn(MiddleboxTestCase& t)
{
    Bench bench("IsnRandomizer");
    const Segment syn = bench.Pass(FORWARD, Make(FORWARD, SYN, 0x0fff, 0))[0];
    t.Equal(bench.Pass(FORWARD, Make(FORWARD, SYN, 0x0fff, 0))[1].seq, syn.seq, "SYN sent again");
    const uint32_t there = syn.seq - 0x0fff;
    Segment answer = Make(BACKWARD, SYN | ACK, 0x8fff, syn.seq + 1);
    const Segment synAck = bench.Pass(BACKWARD, answer)[0];
    const uint32_t back = synAck.seq - 0x8fff;
    t.Equal(there != 0 && back != 0 && there != back, true, "random offsets");
    t.Equal(synAck.ack, 0x1000, "acknowledgment");
    const Segment data = bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000 + back, "x"))[2];
    t.Equal(data.seq, 0x1000 + there, "sequence number of data");
    t.Equal(data.ack, 0x9000, "acknowledgment of data");
    Octets moved = SACK;
    for (const std::size_t at : {2, 6})
    {
        StoreBig(moved.data() + at, LoadBig<uint32_t>(SACK.data() + at) + there);
    }
    const Segment dup = Make(BACKWARD, ACK, 0x9000, 0x1000 + there, "", moved);
    t.Equal(bench.Pass(BACKWARD, dup)[1].options, SACK, "SACK blocks");
    Bench unseen("IsnRandomizer");
    t.Equal(unseen.Pass(FORWARD, Make(FORWARD, ACK, 5, 6))[0].seq, 5, "SYN not seen: unchanged");
}

/**
 * A rewriter, for each way of cutting a stream into segments.
 * @param t the test
 * @param remove octets removed
 * @param insert what takes their place
 * @param wanted stream at the receiver
 */
void
TestRewriter(MiddleboxTestCase& t,
             uint32_t remove,
             const std::string& insert,
             const std::string& wanted)
{
    const std::string sent = "abcdefghijklmnopqrst";
    for (std::size_t cut = 1; cut < sent.size(); ++cut)
    {
        for (std::size_t again = cut; again < sent.size(); ++again)
        {
            Bench bench("Rewriter",
                        "Offset",
                        UintegerValue(4),
                        "Period",
                        UintegerValue(8),
                        "Count",
                        UintegerValue(2),
                        "Remove",
                        UintegerValue(remove),
                        "Insert",
                        StringValue(insert),
                        "Backward",
                        BooleanValue(false));
            bench.Open();
            const auto send = [&](std::size_t begin, std::size_t end) {
                const bool last = end == sent.size();
                const uint8_t flags = last ? ACK | FIN : ACK;
                bench.Pass(
                    FORWARD,
                    Make(FORWARD, flags, 0x1000 + begin, 0x9000, sent.substr(begin, end - begin)));
            };
            // The tail comes first; the rest is sent twice, with other boundaries.
            send(again, sent.size());
            send(0, cut);
            const uint32_t ackOfHead = bench.outside.back().seq + Text(bench.outside.back()).size();
            send(cut, again);
            send(0, again);
            t.Equal(bench.GetStream(), wanted, "cut at " + std::to_string(cut));
            const Segment head = Make(BACKWARD, ACK, 0x9000, ackOfHead);
            const uint32_t acked = bench.Pass(BACKWARD, head)[0].ack - 0x1000;
            t.Equal(acked <= sent.size() && acked >= cut, true, "head acknowledged");
            const uint32_t end = 0x1000 + wanted.size() + 1;
            const Segment all = Make(BACKWARD, ACK, 0x9000, end);
            t.Equal(bench.Pass(BACKWARD, all)[1].ack, 0x1000 + sent.size() + 1, "FIN acknowledged");
        }
    }
}

/** Rewriting. @param t the test */
void
TestRewriters(MiddleboxTestCase& t)
{
    TestRewriter(t, 2, "XY", "abcdXYghijklXYopqrst");
    TestRewriter(t, 2, "XYZ", "abcdXYZghijklXYZopqrst");
    TestRewriter(t, 3, "X", "abcdXhijklXpqrst");
    TestRewriter(t, 0, "XY", "abcdXYefghijklXYmnopqrst");
    TestRewriter(t, 2, "", "abcdghijklopqrst");
    Bench inverter("Rewriter", "Offset", UintegerValue(1), "Invert", BooleanValue(true));
    inverter.Open();
    inverter.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000, "abc"));
    t.Equal(inverter.GetStream(), std::string{'a', static_cast<char>(~'b'), 'c'}, "inverted");
    Bench sack("Rewriter", "Remove", UintegerValue(0), "Insert", StringValue("12345"));
    sack.Open();
    sack.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000, std::string(64, 'x')));
    Octets moved = SACK;
    moved[5] += 5;
    moved[9] += 5;
    const Segment dup = Make(BACKWARD, ACK, 0x9000, 0x1000, "", moved);
    t.Equal(sack.Pass(BACKWARD, dup)[0].options, SACK, "SACK blocks");
    t.Equal(sack.inside[0].ack, 0x1000, "acknowledgment before the place");
}

/** Splitting. @param t the test */
void
TestSplitter(MiddleboxTestCase& t)
{
    Bench bench("Splitter", "MaxSize", UintegerValue(3), "OptionsOnMiddle", BooleanValue(false));
    const auto out = bench.Pass(FORWARD, Make(FORWARD, ACK | FIN, 0x1000, 1, "abcdefgh", DSS));
    t.Equal(out.size(), 3, "pieces");
    t.Equal(bench.GetStream(), "abcdefgh", "data");
    t.Equal(out[0].options, DSS, "options of the first");
    t.Equal(out[1].options.size(), 0, "options of the second");
    t.Equal(out[2].options, DSS, "options of the last");
    t.Equal(out[0].Has(FIN) || out[1].Has(FIN), false, "no FIN on the way");
    t.Equal(out[2].Has(FIN), true, "FIN at the end");
}

/** Joining. @param t the test */
void
TestCoalescer(MiddleboxTestCase& t)
{
    for (const bool last : {false, true})
    {
        Bench bench("Coalescer", "MaxSize", UintegerValue(6), "KeepLast", BooleanValue(last));
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 1, "abc", DSS));
        t.Equal(bench.outside.size(), 0, "waits");
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1003, 2, "def", CAPABLE));
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1006, 2, "ghi", DSS));
        t.Equal(bench.outside.size(), 1, "full");
        t.Equal(bench.outside[0].options, last ? CAPABLE : DSS, "options");
        t.Equal(bench.outside[0].ack, 2, "acknowledgment of the last");
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x100a, 2, "k", DSS));
        t.Equal(bench.outside.size(), 2, "a gap is not joined");
        Simulator::Stop(Seconds(1));
        Simulator::Run();
        t.Equal(bench.outside.size(), 3, "nothing waits for ever");
        t.Equal(bench.GetStream(), "abcdefghi?k", "data");
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x100b, 2, "l"));
        bench.Pass(FORWARD, Make(FORWARD, ACK | FIN, 0x100c, 2, "m"));
        t.Equal(bench.outside.size(), 4, "a FIN does not wait");
        t.Equal(bench.outside[3].Has(FIN), true, "FIN");
    }
}

/** Options that come twice. @param t the test */
void
TestOptionDuplicator(MiddleboxTestCase& t)
{
    Bench bench("OptionDuplicator", "Next", BooleanValue(true));
    bench.Pass(FORWARD, Make(FORWARD, ACK, 1, 1, "a", DSS));
    bench.Pass(FORWARD, Make(FORWARD, ACK, 2, 1, "b"));
    bench.Pass(BACKWARD, Make(BACKWARD, ACK, 2, 1, "b"));
    t.Equal(bench.outside[0].options, DSS + DSS, "twice");
    t.Equal(bench.outside[1].options, DSS, "on the next segment");
    t.Equal(bench.inside[0].options.size(), 0, "not in the other direction");
    bench.Pass(FORWARD, Make(FORWARD, ACK, 3, 1, "c", DSS + Octets(32, 1)));
    t.Equal(bench.outside[2].options, DSS + DSS, "instead of padding");
}

/** Early ACKs. @param t the test */
void
TestProxy(MiddleboxTestCase& t)
{
    Bench bench("Proxy", "MaxRetries", UintegerValue(1), "BufferSize", UintegerValue(8));
    bench.Open();
    bench.Pass(BACKWARD, Make(BACKWARD, ACK, 0x9000, 0x1000, "", TIMESTAMPS));
    bench.inside.clear();
    bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000, "abcd", TIMESTAMPS + DSS));
    t.Equal(bench.outside.size(), 1, "data goes on");
    t.Equal(bench.inside.size(), 1, "and is acknowledged");
    t.Equal(bench.inside[0].ack, 0x1004, "all of it");
    t.Equal(bench.inside[0].seq, 0x9000, "in the receiver's name");
    t.Equal(bench.inside[0].window, 1000, "with its window");
    t.Equal(bench.inside[0].options, Octets{8, 10, 0, 0, 0, 1, 0, 0, 0, 1}, "timestamps only");
    bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1008, 0x9000, "efgh"));
    t.Equal(bench.inside.size(), 1, "no ACK for what is not in order");
    bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1004, 0x9000, "ijklm"));
    t.Equal(bench.inside.size(), 1, "no ACK for what it cannot keep");
    Simulator::Stop(MilliSeconds(600));
    Simulator::Run();
    t.Equal(bench.outside.size(), 4, "sent again");
    t.Equal(Text(bench.outside[3]), "abcd", "what the receiver has not acknowledged");
    bench.Pass(BACKWARD, Make(BACKWARD, ACK, 0x9000, 0x1004));
    Simulator::Stop(Seconds(60));
    Simulator::Run();
    t.Equal(bench.outside.size(), 4, "acknowledged, so not again");
    bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1004, 0x9000, "ijkl"));
    Simulator::Stop(Seconds(60));
    Simulator::Run();
    t.Equal(bench.inside.back().Has(RST), true, "a reset when the receiver is gone");
}

/** The window of an early ACK before the receiver's first. @param t the test */
void
TestProxyFirstWindow(MiddleboxTestCase& t)
{
    for (const Octets& option : {Octets(), WINDOW_SCALE})
    {
        Bench bench("Proxy");
        bench.Pass(FORWARD, Make(FORWARD, SYN, 0xfff, 0, "", option));
        bench.Pass(BACKWARD, Make(BACKWARD, SYN | ACK, 0x8fff, 0x1000, "", option));
        bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000, "abcd"));
        t.Equal(bench.inside.size(), 2, "an early ACK");
        t.Equal(bench.inside[1].window, option.empty() ? 1000 : 250, "with the window of the SYN");
    }
}

/** Windows. @param t the test */
void
TestWindowClamp(MiddleboxTestCase& t)
{
    Bench bench("WindowClamp", "MaxWindow", UintegerValue(402), "Forward", BooleanValue(false));
    t.Equal(bench.Pass(BACKWARD, Make(BACKWARD, ACK, 1, 1))[0].window, 402, "not scaled");
    bench.Pass(FORWARD, Make(FORWARD, SYN, 1, 1, "", WINDOW_SCALE));
    const Segment answer = Make(BACKWARD, SYN | ACK, 1, 1, "", WINDOW_SCALE);
    t.Equal(bench.Pass(BACKWARD, answer)[1].window, 402, "SYN");
    t.Equal(bench.Pass(BACKWARD, Make(BACKWARD, ACK, 1, 1))[2].window, 101, "scaled, rounded up");
    t.Equal(bench.Pass(FORWARD, Make(FORWARD, ACK, 1, 1))[1].window, 1000, "other direction");
}

/** Chance. @param t the test */
void
TestShuffler(MiddleboxTestCase& t)
{
    Bench bench("Shuffler", "Reorder", DoubleValue(0.3), "Duplicate", DoubleValue(0.2));
    std::string sent;
    for (int i = 0; i < 200; ++i)
    {
        const std::string text(1, static_cast<char>(i));
        sent += text;
        Simulator::Schedule(MilliSeconds(i), [&bench, i, text] {
            bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000 + i, 1, text));
        });
    }
    Simulator::Run();
    uint32_t late = 0;
    for (std::size_t i = 1; i < bench.outside.size(); ++i)
    {
        late += bench.outside[i].seq < bench.outside[i - 1].seq;
    }
    t.Equal(bench.GetStream(), sent, "nothing is lost");
    t.Equal(bench.outside.size() > 220 && bench.outside.size() < 260, true, "some come twice");
    t.Equal(late > 20, true, "some come late");
}

/**
 * When a flow is forgotten, as every element with a table does it.
 * @param t the test
 * @param type last part of the element's name
 */
void
TestForgetting(MiddleboxTestCase& t, const std::string& type)
{
    const auto wait = [](Time time) {
        Simulator::Stop(time);
        Simulator::Run();
    };
    // Of another flow: time has passed when something comes.
    const auto count = [](Bench& bench) {
        Segment other = Make(FORWARD, SYN, 1, 0, "", CAPABLE);
        other.sourcePort = 9999;
        bench.Pass(FORWARD, other);
        return bench.element->GetNFlows() - 1;
    };
    const auto open = [](Bench& bench) {
        const Segment out = bench.Pass(FORWARD, Make(FORWARD, SYN, 1, 0, "", CAPABLE)).back();
        Segment answer = Segment::MakeReply(out);
        answer.flags = SYN | ACK;
        bench.Pass(BACKWARD, answer);
        return answer;
    };
    {
        Bench bench(type);
        open(bench);
        wait(Hours(2));
        t.Equal(count(bench), 1, type + ": an idle flow is remembered");
        wait(Minutes(6));
        t.Equal(count(bench), 0, type + ": for 2 h 4 min");
    }
    {
        Bench bench(type);
        bench.Pass(FORWARD, Make(FORWARD, SYN, 1, 0));
        wait(Minutes(3));
        bench.Pass(FORWARD, Make(FORWARD, SYN, 1, 0));
        wait(Minutes(3));
        t.Equal(count(bench), 1, type + ": a SYN that nobody answers is remembered");
        wait(Minutes(2));
        t.Equal(count(bench), 0, type + ": for 4 min");
    }
    for (const bool both : {false, true})
    {
        Bench bench(type);
        Segment answer = open(bench);
        bench.Pass(FORWARD, Make(FORWARD, FIN | ACK, 2, 1));
        answer.flags = both ? FIN | ACK : ACK;
        bench.Pass(BACKWARD, answer);
        wait(Minutes(3));
        t.Equal(count(bench), 1, type + ": FIN");
        wait(Minutes(2));
        t.Equal(count(bench), both ? 0 : 1, type + ": FINs of both sides");
    }
    {
        Bench bench(type);
        Segment answer = open(bench);
        answer.flags = RST;
        bench.Pass(BACKWARD, answer);
        wait(Minutes(3));
        // Should the RST be nothing to its receiver, what goes on is not forgotten.
        bench.Pass(FORWARD, Make(FORWARD, ACK, 2, 1, "data"));
        wait(Minutes(3));
        t.Equal(count(bench), 1, type + ": RST, and data after it");
        open(bench);
        wait(Minutes(10));
        t.Equal(count(bench), 1, type + ": opened again");
    }
    {
        Bench bench(type,
                    "Timeout",
                    TimeValue(Time(0)),
                    "TransitoryTimeout",
                    TimeValue(Seconds(1)));
        open(bench);
        wait(Days(30));
        t.Equal(count(bench), 1, type + ": never");
        wait(Seconds(2));
        t.Equal(count(bench), 1, type + ": only the half-open one");
    }
    {
        Bench bench(type);
        for (uint32_t i = 0; i < 2'000; ++i)
        {
            Segment syn = Make(FORWARD, SYN, 1, 0, "", CAPABLE);
            syn.sourcePort = static_cast<uint16_t>(i);
            bench.Pass(FORWARD, syn);
            wait(Seconds(1));
        }
        t.Equal(bench.element->GetNFlows(), 241, type + ": those of 4 min");
        bench.outside.clear();
    }
}

/** Flows are forgotten. @param t the test */
void
TestForgettings(MiddleboxTestCase& t)
{
    for (const std::string type : {"IsnRandomizer",
                                   "Nat",
                                   "OptionDuplicator",
                                   "OptionFilter",
                                   "Proxy",
                                   "Rewriter",
                                   "WindowClamp"})
    {
        TestForgetting(t, type);
    }
    Bench coalescer("Coalescer");
    coalescer.Pass(FORWARD, Make(FORWARD, ACK, 1, 1, "data"));
    t.Equal(coalescer.element->GetNFlows(), 1, "coalescer: data waits");
    Simulator::Run();
    t.Equal(coalescer.element->GetNFlows(), 0, "coalescer: and is forgotten");
}

/** What a proxy still has of a flow that it forgets. @param t the test */
void
TestForgottenCopies(MiddleboxTestCase& t)
{
    Bench bench("Proxy",
                "Timeout",
                TimeValue(Seconds(1)),
                "RetransmitTimeout",
                TimeValue(Hours(1)));
    bench.Open();
    bench.Pass(FORWARD, Make(FORWARD, ACK, 0x1000, 0x9000, "data"));
    Simulator::Stop(Seconds(2));
    Simulator::Run();
    Segment other = Make(FORWARD, SYN, 1, 0);
    other.sourcePort = 9999;
    const std::size_t passed = bench.Pass(FORWARD, other).size();
    t.Equal(bench.element->GetNFlows(), 1, "the flow is forgotten");
    Simulator::Stop(Hours(100));
    Simulator::Run();
    t.Equal(bench.outside.size(), passed, "its data is not sent again");
}

/** Ports of a NAT that are taken. @param t the test */
void
TestNatPorts(MiddleboxTestCase& t)
{
    Bench bench("Nat", "FirstPort", UintegerValue(65534), "Timeout", TimeValue(Time(0)));
    const auto pass = [&bench](uint16_t port, const char* server) {
        Segment syn = Make(FORWARD, SYN, 1, 0);
        syn.sourcePort = port;
        syn.ipv4Header.SetDestination(server);
        return bench.Pass(FORWARD, syn).back().sourcePort;
    };
    const auto answer = [&bench](uint16_t port) {
        Segment segment = Make(BACKWARD, SYN | ACK, 1, 2);
        segment.destinationPort = port;
        bench.Pass(BACKWARD, segment); // established: not forgotten
    };
    t.Equal(pass(1, "10.0.0.2"), 65534, "the first port");
    answer(65534);
    t.Equal(pass(2, "10.0.0.2"), 65535, "the last one");
    t.Equal(pass(3, "10.0.0.2"), 1024, "round about");
    for (uint32_t port = 1025; port < 65534; ++port)
    {
        pass(static_cast<uint16_t>(port), "10.0.0.3");
    }
    t.Equal(pass(4, "10.0.0.2"), 1025, "65534 is taken, and so are 65535 and 1024");
    t.Equal(pass(65000, "10.0.0.4"), 1026, "one port for several servers");
}

/** Suite mptcp-middlebox. */
class MiddleboxTestSuite : public TestSuite
{
  public:
    MiddleboxTestSuite()
        : TestSuite("mptcp-middlebox", Type::UNIT)
    {
        const auto add = [this](const std::string& name, const MiddleboxTestCase::Body& body) {
            AddTestCase(new MiddleboxTestCase(name, body));
        };
        add("segments are read and written as ns-3 does", TestCodec);
        add("options", TestOptions);
        add("option filter", TestOptionFilter);
        add("NAT", TestNat);
        add("ISN randomizer", TestIsn);
        add("rewriter", TestRewriters);
        add("splitter", TestSplitter);
        add("coalescer", TestCoalescer);
        add("option duplicator", TestOptionDuplicator);
        add("proxy", TestProxy);
        add("proxy, first window", TestProxyFirstWindow);
        add("window clamp", TestWindowClamp);
        add("shuffler", TestShuffler);
        add("flows are forgotten", TestForgettings);
        add("copies of a forgotten flow", TestForgottenCopies);
        add("ports of a NAT that are taken", TestNatPorts);
    }
};

MiddleboxTestSuite g_middleboxTestSuite; ///< the suite

} // namespace
