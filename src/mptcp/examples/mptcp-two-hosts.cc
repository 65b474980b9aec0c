/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

// Two hosts, two disjoint paths, one MPTCP connection. The smallest whole program: nodes and links
// come from MptcpTopologyHelper, the applications are ns-3's own.
//
//   client 10.1.1.1  --- path 0: 10 Mb/s, 10 ms ---  10.1.1.2 server
//          10.1.2.1  --- path 1: 10 Mb/s, 25 ms ---  10.1.2.2

#include "ns3/bulk-send-helper.h"
#include "ns3/command-line.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <iostream>

using namespace ns3;

int
main(int argc, char* argv[])
{
    uint32_t bytes = 4 << 20;
    CommandLine cmd(__FILE__);
    cmd.AddValue("bytes", "Octets to transfer", bytes);
    cmd.Parse(argc, argv);

    // Buffers of the connection, not of a subflow: rate x round-trip time of both paths must fit.
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    // A policy is named by its class; this one is the default.
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::MptcpLia"));

    MptcpTopologyHelper topology(2);
    topology.SetDelay(1, MilliSeconds(25));
    topology.Build();

    // This line is what turns a simulation with TCP into one with MPTCP, together with the name of
    // the factory below.
    MptcpStackHelper().Install(topology.GetNodes());

    const uint16_t port = 5001;
    PacketSinkHelper sinkHelper("ns3::MptcpSocketFactory",
                                InetSocketAddress(Ipv4Address::GetAny(), port));
    const auto sink = DynamicCast<PacketSink>(sinkHelper.Install(topology.GetServer()).Get(0));

    BulkSendHelper sourceHelper("ns3::MptcpSocketFactory",
                                topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 0, port));
    sourceHelper.SetAttribute("MaxBytes", UintegerValue(bytes));
    sourceHelper.Install(topology.GetClient());

    // Simulated time of the last octet.
    Time last;
    sink->TraceConnectWithoutContext(
        "Rx",
        Callback<void, Ptr<const Packet>, const Address&>(
            [&last](Ptr<const Packet>, const Address&) { last = Simulator::Now(); }));

    Simulator::Stop(Seconds(60));
    Simulator::Run();

    const auto stack = topology.GetClient()->GetObject<MptcpStack>();
    std::cout << sink->GetTotalRx() << " octets in " << last.GetSeconds() << " s, "
              << sink->GetTotalRx() * 8 / last.GetSeconds() / 1e6 << " Mb/s\n"
              << "joins sent: " << stack->GetCounter("MPJoinSynTx")
              << ", answered: " << stack->GetCounter("MPJoinSynAckRx") << "\n";
    const bool complete = sink->GetTotalRx() == bytes;
    Simulator::Destroy();
    return complete ? 0 : 1;
}
