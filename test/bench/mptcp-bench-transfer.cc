/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * @ingroup mptcp
 *
 * The same octets over the same links, two unless --paths says otherwise: by a stock TCP connection
 * for each (--mode=tcp2), with its share of them, or by one MPTCP connection (--mode=mptcp). "mptcp
 * bench" runs it under callgrind. Prints one line of JSON and fails if octets are missing.
 */

#include "ns3/bulk-send-helper.h"
#include "ns3/command-line.h"
#include "ns3/config.h"
#include "ns3/data-rate.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/queue-size.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <fstream>
#include <iostream>
#include <string>

using namespace ns3;

namespace
{

/**
 * @return peak resident memory of this process in KiB, 0 where /proc does not tell. (What wait4
 * tells the parent includes the parent's own memory before the exec.)
 */
uint64_t
GetPeakMemory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
    {
        if (line.starts_with("VmHWM:"))
        {
            return std::stoull(line.substr(6));
        }
    }
    return 0;
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string mode = "mptcp";
    std::string congestion = "ns3::TcpNewReno";
    uint64_t bytes = 20000000;
    uint32_t paths = 2;
    CommandLine cmd(__FILE__);
    cmd.AddValue("mode", "tcp2 (a TCP connection on each path) or mptcp (one connection)", mode);
    cmd.AddValue("congestion", "controller of the TCP connections and of the subflows", congestion);
    cmd.AddValue("bytes", "octets to transfer in all", bytes);
    cmd.AddValue("paths", "number of paths, 1 to 8", paths);
    cmd.Parse(argc, argv);
    if (mode != "tcp2" && mode != "mptcp")
    {
        std::cerr << "mode: '" << mode << "' is not one of tcp2, mptcp" << std::endl;
        return 2;
    }
    if (paths < 1 || paths > 8)
    {
        std::cerr << "paths: " << paths << " is not one of 1 to 8" << std::endl;
        return 2;
    }
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4U << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4U << 20));
    const TypeIdValue controller(TypeId::LookupByName(congestion));
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", controller);
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", controller);

    MptcpTopologyHelper topology(paths);
    for (uint32_t path = 0; path < paths; ++path)
    {
        topology.SetDataRate(path, DataRate("100Mbps"));
        topology.SetDelay(path, MilliSeconds(10));
        topology.SetQueueSize(path, QueueSize("100p"));
    }
    topology.Build();
    MptcpStackHelper().Install(topology.GetNodes());

    const bool tcp = mode == "tcp2";
    const std::string factory = tcp ? "ns3::TcpSocketFactory" : "ns3::MptcpSocketFactory";
    const uint32_t connections = tcp ? paths : 1;
    ApplicationContainer sinks;
    for (uint32_t i = 0; i < connections; ++i)
    {
        const Address server =
            topology.GetSocketAddress(MptcpTopologyHelper::SERVER, i, static_cast<uint16_t>(9 + i));
        BulkSendHelper source(factory, server);
        source.SetAttribute("MaxBytes", UintegerValue(bytes / connections));
        source.SetAttribute("SendSize", UintegerValue(1448));
        source.Install(topology.GetClient()).Start(Seconds(0.1));
        const InetSocketAddress any(Ipv4Address::GetAny(), static_cast<uint16_t>(9 + i));
        sinks.Add(PacketSinkHelper(factory, any).Install(topology.GetServer()));
    }
    Simulator::Stop(Seconds(600));
    Simulator::Run();
    uint64_t received = 0;
    for (uint32_t i = 0; i < sinks.GetN(); ++i)
    {
        received += DynamicCast<PacketSink>(sinks.Get(i))->GetTotalRx();
    }
    const uint64_t expected = bytes / connections * connections;
    std::cout << "{\"mode\": \"" << mode << "\", \"expected\": " << expected
              << ", \"received\": " << received << ", \"peak_rss_kib\": " << GetPeakMemory() << "}"
              << std::endl;
    Simulator::Destroy();
    return received == expected ? 0 : 1;
}
