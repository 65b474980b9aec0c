/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-capture.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/ppp-header.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"

#include <algorithm>

namespace ns3
{

MptcpCapture::MptcpCapture(const MptcpTopologyHelper& topology)
{
    const NetDeviceContainer devices = topology.GetDevices();
    for (uint32_t i = 0; i < devices.GetN(); ++i)
    {
        devices.Get(i)->TraceConnectWithoutContext(
            "PhyTxEnd",
            Callback<void, Ptr<const Packet>>(
                [this, i](Ptr<const Packet> packet) { See(i, packet); }));
    }
}

const std::vector<MptcpCapture::Segment>&
MptcpCapture::GetAll() const
{
    return m_segments;
}

std::size_t
MptcpCapture::Count(const std::function<bool(const Segment&)>& wanted) const
{
    return std::count_if(m_segments.begin(), m_segments.end(), wanted);
}

void
MptcpCapture::See(uint32_t device, Ptr<const Packet> original)
{
    constexpr uint8_t tcpProtocol = 6;
    constexpr uint16_t pppIpv4 = 0x0021;
    Ptr<Packet> packet = original->Copy();
    PppHeader ppp;
    packet->RemoveHeader(ppp);
    Segment segment;
    segment.time = Simulator::Now();
    segment.path = device / 2;
    segment.fromClient = device % 2 == MptcpTopologyHelper::CLIENT;
    Ipv4Header ipv4;
    Ipv6Header ipv6;
    const bool four = ppp.GetProtocol() == pppIpv4;
    four ? packet->RemoveHeader(ipv4) : packet->RemoveHeader(ipv6);
    if ((four ? ipv4.GetProtocol() : ipv6.GetNextHeader()) != tcpProtocol)
    {
        return;
    }
    // The options are read from the octets: they are what a capture would show.
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    const std::size_t header = (octets[12] >> 4) * 4;
    const auto port = [&octets](std::size_t at) {
        return static_cast<uint16_t>(octets[at] << 8 | octets[at + 1]);
    };
    segment.flags = octets[13];
    segment.size = octets.size() - header;
    if (four)
    {
        segment.source = InetSocketAddress(ipv4.GetSource(), port(0));
        segment.destination = InetSocketAddress(ipv4.GetDestination(), port(2));
    }
    else
    {
        segment.source = Inet6SocketAddress(ipv6.GetSource(), port(0));
        segment.destination = Inet6SocketAddress(ipv6.GetDestination(), port(2));
    }
    for (std::size_t at = 20; at < header && octets[at] != 0;)
    {
        const std::size_t length = octets[at] == 1 ? 1 : std::max<std::size_t>(octets[at + 1], 2);
        if (octets[at] == MPTCP_OPTION_KIND)
        {
            segment.octets.emplace_back(octets.begin() + at, octets.begin() + at + length);
        }
        at += length;
    }
    m_segments.push_back(segment);
}

} // namespace ns3
