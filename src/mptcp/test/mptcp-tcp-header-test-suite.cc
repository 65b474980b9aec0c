/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Headers of TCP that ns3::TcpHeader would read wrongly, or stop the simulation over: how they are
 * mended, with TcpHeader itself as the judge, and that no segment reaches a node's TCP otherwise.
 */

#include "mptcp-hex.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-segment-guard.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-tcp-header.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-option-winscale.h"
#include "ns3/test.h"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

using Octets = std::vector<uint8_t>;

/** @param options octets, a multiple of four @return a header with them; its checksum fits */
Octets
MakeHeader(const Octets& options)
{
    Octets header = FromHex("0050 c001 00000001 00000002 0010 ffff 0000 0000");
    header[12] = static_cast<uint8_t>((20 + options.size()) / 4 << 4);
    header.insert(header.end(), options.begin(), options.end());
    return header;
}

/** @param octets of a header @return sum of all its words, as for the checksum */
uint16_t
AddWords(const Octets& octets)
{
    uint32_t sum = 0;
    for (std::size_t at = 0; at < octets.size(); at += 2)
    {
        sum += static_cast<uint32_t>(octets[at] << 8 | octets[at + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(sum);
}

/** Options of any kind and length. */
class MendTestCase : public TestCase
{
  public:
    MendTestCase()
        : TestCase("options and what becomes of them")
    {
    }

  private:
    void DoRun() override
    {
        // Malformed: what Linux (tcp_parse_options) does not take is padding.
        Mend("0205b40101 010101", "0101010101 010101", "MSS of five octets");
        Mend("0203 05b4", "010101 01", "MSS of three octets");
        Mend("03030f 01", "03030e 01", "window scale of 15");
        Mend("0303ff 01", "03030e 01", "window scale of 255");
        Mend("0302 0101", "0101 0101", "window scale without a value");
        Mend("040300 01", "010101 01", "SACK permitted, with an octet");
        Mend("050300 01", "010101 01", "SACK of an octet");
        Mend("0502 0101", "0101 0101", "SACK of nothing");
        Mend("0809 00000001000000 01010101", "010101010101010101 01010101", "short timestamps");
        Mend("02ff05b4", "01010101", "longer than the header");
        Mend("0101 1e00", "0101 0101", "no length");
        Mend("0101 1e01", "0101 0101", "a length of one");
        Mend("010101 1e", "010101 01", "a kind alone");
        Mend("fe02 fe01", "fe02 0101", "unknown, then no length");
        Mend("1e040101 0000000000", "1e040101 0101010101 010101", "the end, and much behind it");
        // Well-formed, or never read.
        Keep("020405b4 0402 0303 0e 00");
        Keep("0101080a 00000001 00000002");
        Keep("0101050a 00000001 00000002");
        Keep("1e040101");
        Keep("fe04abcd");
        Keep("00ff0201");
        Keep("1e040101 00000000");
        Keep("");
        Random();
    }

    /** @param hex options, filled up with NOPs @return octets */
    static Octets Fill(const std::string& hex)
    {
        Octets octets = FromHex(hex);
        while (octets.size() % 4 != 0)
        {
            octets.push_back(1);
        }
        return octets;
    }

    /** @param before options @param after what they become @param name for messages */
    void Mend(const std::string& before, const std::string& after, const std::string& name)
    {
        Octets header = MakeHeader(Fill(before));
        const uint16_t sum = AddWords(header);
        NS_TEST_EXPECT_MSG_EQ(MptcpMendTcpOptions(header), true, name << ": malformed");
        const Octets wanted = Fill(after);
        const std::size_t count = std::min(wanted.size(), header.size() - 20);
        NS_TEST_EXPECT_MSG_EQ(ToHex(std::span(header).subspan(20, count)),
                              ToHex(std::span(wanted).first(count)),
                              name);
        ExpectSum(header, sum, name);
        ExpectReadable(header, name);
    }

    /** @param hex options that stay as they are */
    void Keep(const std::string& hex)
    {
        Octets header = MakeHeader(Fill(hex));
        const Octets before = header;
        NS_TEST_EXPECT_MSG_EQ(MptcpMendTcpOptions(header), false, hex << ": well-formed");
        NS_TEST_EXPECT_MSG_EQ(ToHex(header), ToHex(before), hex << " stays");
        ExpectReadable(header, hex);
    }

    /** Random octets, in which kinds and short lengths are frequent. */
    void Random()
    {
        std::mt19937 random(1);
        for (int i = 0; i < 20000; ++i)
        {
            Octets options(random() % 11 * 4);
            for (auto& octet : options)
            {
                octet = static_cast<uint8_t>(random() % 4 ? random() % 12 : random());
            }
            Octets header = MakeHeader(options);
            const std::string name = "options " + ToHex(options);
            const uint16_t sum = AddWords(header);
            MptcpMendTcpOptions(header);
            ExpectSum(header, sum, name);
            ExpectReadable(header, name);
            NS_TEST_EXPECT_MSG_EQ(MptcpMendTcpOptions(header), false, name << ": mended once");
        }
    }

    /** @param header mended @param sum of its words before @param name for messages */
    void ExpectSum(const Octets& header, uint16_t sum, const std::string& name)
    {
        NS_TEST_EXPECT_MSG_EQ(AddWords(header) % 0xffff, sum % 0xffff, name << ": checksum");
    }

    /** @param header a header @param name for messages */
    void ExpectReadable(const Octets& header, const std::string& name)
    {
        const Ptr<Packet> packet = Create<Packet>(header.data(), header.size());
        packet->AddAtEnd(Create<Packet>(100));
        TcpHeader read;
        packet->RemoveHeader(read);
        NS_TEST_EXPECT_MSG_EQ(packet->GetSize(), 100, name << ": only the data is data");
        if (read.HasOption(TcpOption::WINSCALE))
        {
            const auto scale =
                DynamicCast<const TcpOptionWinScale>(read.GetOption(TcpOption::WINSCALE));
            NS_TEST_EXPECT_MSG_LT_OR_EQ(+scale->GetScale(), 14, name << ": scale");
        }
    }
};

/** Lengths of headers. */
class LengthTestCase : public TestCase
{
  public:
    LengthTestCase()
        : TestCase("lengths of headers")
    {
    }

  private:
    void DoRun() override
    {
        Octets header = MakeHeader(Octets(8, 1));
        NS_TEST_EXPECT_MSG_EQ(MptcpGetTcpHeaderLength(header), 28, "as it says");
        header.resize(27);
        NS_TEST_EXPECT_MSG_EQ(MptcpGetTcpHeaderLength(header), 0, "longer than the segment");
        header.resize(19);
        NS_TEST_EXPECT_MSG_EQ(MptcpGetTcpHeaderLength(header), 0, "no whole header");
        NS_TEST_EXPECT_MSG_EQ(MptcpGetTcpHeaderLength({}), 0, "nothing");
        header = MakeHeader({});
        header[12] = 0x4f;
        NS_TEST_EXPECT_MSG_EQ(MptcpGetTcpHeaderLength(header), 0, "shorter than the fixed part");
    }
};

/** The guard of a node. */
class GuardTestCase : public TestCase
{
  public:
    /** @param late IPv6 is installed after MPTCP */
    explicit GuardTestCase(bool late)
        : TestCase(late ? "guard, IPv6 comes late" : "guard"),
          m_late(late)
    {
    }

  private:
    void DoRun() override
    {
        const Ptr<Node> node = CreateObject<Node>();
        InternetStackHelper internet;
        internet.SetIpv6StackInstall(!m_late);
        internet.Install(node);
        const Ptr<MptcpStack> stack = MptcpStackHelper().Install(node);
        if (m_late)
        {
            // ns-3.37's InternetStackHelper adds no second version of IP.
            const auto ipv6 = CreateObject<Ipv6L3Protocol>();
            const auto routing = CreateObject<Ipv6StaticRouting>();
            node->AggregateObject(ipv6);
            ipv6->SetRoutingProtocol(routing);
            Socket::CreateSocket(node, TypeId::LookupByName("ns3::MptcpSocketFactory"));
        }
        stack->TraceConnectWithoutContext("MalformedSegment",
                                          Callback<void, Ptr<const Packet>, bool>(
                                              [this](Ptr<const Packet> segment, bool dropped) {
                                                  m_told.emplace_back(segment->GetSize(), dropped);
                                              }));
        const auto try4 = [node](const Octets& octets) {
            const auto guard = node->GetObject<Ipv4>()->GetProtocol(MPTCP_PROTOCOL_TCP);
            Ipv4Header header;
            header.SetPayloadSize(octets.size());
            guard->Receive(Create<Packet>(octets.data(), octets.size()),
                           header,
                           CreateObject<Ipv4Interface>());
        };
        const auto try6 = [node](const Octets& octets) {
            const auto guard = node->GetObject<Ipv6>()->GetProtocol(MPTCP_PROTOCOL_TCP);
            Ipv6Header header;
            guard->Receive(Create<Packet>(octets.data(), octets.size()),
                           header,
                           CreateObject<Ipv6Interface>());
        };
        Try(*stack, try4);
        Try(*stack, try6);
        // Once only.
        stack->GuardSegments();
        const auto guard = node->GetObject<Ipv4>()->GetProtocol(MPTCP_PROTOCOL_TCP);
        NS_TEST_EXPECT_MSG_EQ(bool(DynamicCast<MptcpSegmentGuard>(guard)), true, "a guard");
        Simulator::Destroy();
    }

    /** @param stack of the node @param receive what hands over a segment */
    template <typename Receive>
    void Try(const MptcpStack& stack, Receive receive)
    {
        m_told.clear();
        const uint64_t before = stack.GetCounter("InErrs");
        Octets syn = MakeHeader(FromHex("020405b4"));
        syn[13] = 2;
        receive(syn);
        NS_TEST_EXPECT_MSG_EQ(m_told.size(), 0, "nothing to tell");
        Octets wrong = MakeHeader(FromHex("020505b4 01010101"));
        receive(wrong);
        const std::vector<std::pair<uint32_t, bool>> mended{{28, false}};
        NS_TEST_EXPECT_MSG_EQ((m_told == mended), true, "mended");
        receive(Octets(19, 0));
        receive({});
        wrong.resize(24);
        receive(wrong);
        const std::vector<std::pair<uint32_t, bool>> all{{28, false},
                                                         {19, true},
                                                         {0, true},
                                                         {24, true}};
        NS_TEST_EXPECT_MSG_EQ((m_told == all), true, "dropped");
        NS_TEST_EXPECT_MSG_EQ(stack.GetCounter("InErrs"), before + 3, "InErrs");
    }

    bool m_late;                                   ///< IPv6 is installed after MPTCP
    std::vector<std::pair<uint32_t, bool>> m_told; ///< by the trace: octets, dropped
};

/** @ingroup mptcp-test The suite. */
class MptcpTcpHeaderTestSuite : public TestSuite
{
  public:
    MptcpTcpHeaderTestSuite()
        : TestSuite("mptcp-tcp-header", Type::UNIT)
    {
        AddTestCase(new MendTestCase);
        AddTestCase(new LengthTestCase);
        AddTestCase(new GuardTestCase(false));
        AddTestCase(new GuardTestCase(true));
    }
};

/// Registers the suite.
MptcpTcpHeaderTestSuite g_mptcpTcpHeaderTestSuite;

} // namespace
