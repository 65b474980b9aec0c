/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-release.h"

#include "ns3/bulk-send-helper.h"
#include "ns3/error-model.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv4-raw-socket-factory.h"
#include "ns3/mptcp-graph-helper.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-retransmission-counter.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/packet.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <cstdint>
#include <list>
#include <string>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;          ///< of the servers
constexpr uint32_t OCTETS = 1'000'000; ///< of a transfer

/**
 * @ingroup mptcp-test
 * The counter of retransmissions, by segments that are written by hand.
 */
class MptcpRetransmissionSegmentsTestCase : public TestCase
{
  public:
    MptcpRetransmissionSegmentsTestCase()
        : TestCase("sequence numbers")
    {
    }

  private:
    void DoRun() override
    {
        MptcpGraphHelper graph;
        graph.AddNodes(2);
        graph.AddLink(0, 1, DataRate("1Gbps"), Time(), QueueSize("1000p"));
        graph.Build();
        const uint32_t path = graph.AddPath({0, 1});
        const auto counter = CreateObject<MptcpRetransmissionCounter>();
        counter->Watch(graph.GetNode(0));
        const auto open = [&](uint16_t protocol) {
            const auto raw =
                Socket::CreateSocket(graph.GetNode(0), Ipv4RawSocketFactory::GetTypeId());
            raw->SetAttribute("Protocol", UintegerValue(protocol));
            raw->Connect(InetSocketAddress(graph.GetServerAddress(path), 0));
            return raw;
        };
        const auto raw = open(MPTCP_PROTOCOL_TCP);
        uint64_t sent = 0;
        uint64_t again = 0;
        const auto expect = [&](uint16_t port,
                                uint32_t sequence,
                                uint32_t payload,
                                uint32_t repeated,
                                uint8_t flags = TcpHeader::ACK) {
            TcpHeader header;
            header.SetSourcePort(port);
            header.SetDestinationPort(PORT);
            header.SetSequenceNumber(SequenceNumber32(sequence));
            header.SetFlags(flags);
            const auto packet = Create<Packet>(payload);
            packet->AddHeader(header);
            raw->Send(packet);
            sent += payload;
            again += repeated;
            NS_TEST_EXPECT_MSG_EQ(counter->GetSent(), sent, "sent with " << sequence);
            NS_TEST_EXPECT_MSG_EQ(counter->GetRetransmitted(), again, "again with " << sequence);
        };
        expect(1000, 0xffffff00, 0, 0, TcpHeader::SYN);
        expect(1000, 0xffffff01, 100, 0);
        expect(1000, 0xffffff65, 0, 0); // an ACK
        expect(1000, 0xffffff01, 100, 100);
        expect(1000, 0xffffff65, 1000, 0);  // wraps
        expect(1000, 0xffffff65, 200, 200); // and is repeated in part
        expect(1000, 0x0000034d - 50, 150, 50);
        expect(1001, 0xffffff01, 100, 0); // another connection
        expect(1002, 41, 60, 0, TcpHeader::SYN);
        expect(1002, 42, 60, 60); // the data of the SYN once more
        open(MPTCP_PROTOCOL_UDP)->Send(Create<Packet>(500));
        NS_TEST_EXPECT_MSG_EQ(counter->GetSent(), sent, "UDP is not counted");
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * What stock TCP and one subflow of MPTCP repeat for the same losses.
 */
class MptcpRetransmissionTransferTestCase : public TestCase
{
  public:
    MptcpRetransmissionTransferTestCase()
        : TestCase("transfers")
    {
    }

  private:
    void DoRun() override
    {
        for (const std::string factory : {"ns3::TcpSocketFactory", "ns3::MptcpSocketFactory"})
        {
            Run(factory);
        }
    }

    void Run(const std::string& factory)
    {
        MptcpGraphHelper graph;
        graph.AddNodes(2);
        graph.AddLink(0, 1, DataRate("10Mbps"), MilliSeconds(10), QueueSize("1000p"));
        graph.Build();
        const uint32_t path = graph.AddPath({0, 1});
        MptcpStackHelper().Install(graph.GetNodes());
        // Numbers of packets at the receiver; all are full segments that SACK tells of.
        const std::list<uint32_t> lost{100, 110, 300, 301, 302, 500};
        const auto errors = CreateObject<ReceiveListErrorModel>();
        errors->SetList(lost);
        graph.GetDevice(0, 1)->SetAttribute("ReceiveErrorModel", PointerValue(errors));
        const auto counter = CreateObject<MptcpRetransmissionCounter>();
        counter->Watch(graph.GetNode(0));
        PacketSinkHelper sinks(factory, InetSocketAddress(Ipv4Address::GetAny(), PORT));
        BulkSendHelper sources(factory, graph.GetSocketAddress(path, PORT));
        sources.SetAttribute("MaxBytes", UintegerValue(OCTETS));
        sources.Install(graph.GetNode(0));
        const auto sink = DynamicCast<PacketSink>(sinks.Install(graph.GetNode(1)).Get(0));
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        NS_TEST_EXPECT_MSG_EQ(sink->GetTotalRx(), OCTETS, factory << ": all arrives");
        NS_TEST_EXPECT_MSG_EQ(counter->GetSent() - counter->GetRetransmitted(),
                              OCTETS,
                              factory << ": octets that were sent once");
        constexpr uint64_t segment = 536;
        if constexpr (MPTCP_TCP_REPAIRS_LOSS_ONLY)
        {
            NS_TEST_EXPECT_MSG_EQ(counter->GetRetransmitted(),
                                  lost.size() * segment,
                                  factory << ": each of the lost segments once more");
        }
        else
        {
            NS_TEST_EXPECT_MSG_EQ((counter->GetRetransmitted() >= lost.size() * segment),
                                  true,
                                  factory << ": all lost segments once more");
        }
        Simulator::Destroy();
    }
};

/**
 * @ingroup mptcp-test
 * The counter of retransmissions.
 */
class MptcpRetransmissionCounterTestSuite : public TestSuite
{
  public:
    MptcpRetransmissionCounterTestSuite()
        : TestSuite("mptcp-retransmission-counter", Type::UNIT)
    {
        AddTestCase(new MptcpRetransmissionSegmentsTestCase);
        AddTestCase(new MptcpRetransmissionTransferTestCase);
    }
};

MptcpRetransmissionCounterTestSuite g_mptcpRetransmissionCounterTestSuite; ///< registers itself

} // namespace
