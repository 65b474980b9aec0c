/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scripted-peer.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4.h"
#include "ns3/node-container.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <string>
#include <utility>

namespace ns3
{

namespace
{

constexpr uint16_t ETHERTYPE_IPV4 = 0x0800; ///< protocol number of the devices
constexpr uint32_t TCP_HEADER = 20;         ///< octets without options
constexpr uint8_t OPTION_END = 0;           ///< kind of the end of options
constexpr uint8_t OPTION_NOP = 1;           ///< kind of padding

/** @param out where @param value 16 bits to append */
void
Put16(std::vector<uint8_t>& out, uint16_t value)
{
    out.push_back(static_cast<uint8_t>(value >> 8));
    out.push_back(static_cast<uint8_t>(value));
}

/** @param out where @param value 32 bits to append */
void
Put32(std::vector<uint8_t>& out, uint32_t value)
{
    Put16(out, static_cast<uint16_t>(value >> 16));
    Put16(out, static_cast<uint16_t>(value));
}

/** @param octets where @param at index @return 16 bits */
uint16_t
Get16(const std::vector<uint8_t>& octets, uint32_t at)
{
    return static_cast<uint16_t>(octets[at] << 8 | octets[at + 1]);
}

/** @param octets where @param at index @return 32 bits */
uint32_t
Get32(const std::vector<uint8_t>& octets, uint32_t at)
{
    return static_cast<uint32_t>(Get16(octets, at)) << 16 | Get16(octets, at + 2);
}

} // namespace

MptcpScriptedPeer::MptcpScriptedPeer(uint32_t paths)
    : m_host(CreateObject<Node>()),
      m_peer(CreateObject<Node>())
{
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.Install(m_host);
    for (uint32_t path = 0; path < paths; ++path)
    {
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
        link.SetChannelAttribute("Delay", StringValue("1ms"));
        const NetDeviceContainer devices = link.Install(NodeContainer(m_host, m_peer));
        const Ptr<Ipv4> ipv4 = m_host->GetObject<Ipv4>();
        const uint32_t index = ipv4->AddInterface(devices.Get(0));
        ipv4->AddAddress(index, Ipv4InterfaceAddress(GetHostAddress(path), Ipv4Mask("/24")));
        ipv4->SetUp(index);
        devices.Get(1)->SetReceiveCallback(
            Callback<bool, Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&>(
                [this, path](Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const Address&) {
                    Receive(path, packet);
                    return true;
                }));
        m_devices.push_back(devices.Get(1));
    }
}

Ptr<Node>
MptcpScriptedPeer::GetHost() const
{
    return m_host;
}

Ipv4Address
MptcpScriptedPeer::GetPeerAddress(uint32_t path)
{
    return Ipv4Address(("10.2." + std::to_string(path + 1) + ".2").c_str());
}

Ipv4Address
MptcpScriptedPeer::GetHostAddress(uint32_t path)
{
    return Ipv4Address(("10.2." + std::to_string(path + 1) + ".1").c_str());
}

Ptr<Packet>
MptcpScriptedPeer::MakePacket(const Segment& segment)
{
    std::vector<uint8_t> options = segment.options;
    while (options.size() % 4 != 0)
    {
        options.push_back(OPTION_NOP);
    }
    std::vector<uint8_t> octets;
    Put16(octets, segment.source);
    Put16(octets, segment.destination);
    Put32(octets, segment.seq);
    Put32(octets, segment.ack);
    octets.push_back(static_cast<uint8_t>((TCP_HEADER + options.size()) / 4 << 4));
    octets.push_back(segment.flags);
    Put16(octets, segment.window);
    Put32(octets, 0); // checksum, which ns-3 does not check by default, and urgent pointer
    octets.insert(octets.end(), options.begin(), options.end());
    octets.insert(octets.end(), segment.data.begin(), segment.data.end());
    Ptr<Packet> packet = Create<Packet>(octets.data(), octets.size());
    Ipv4Header header;
    header.SetSource(GetPeerAddress(segment.path));
    header.SetDestination(GetHostAddress(segment.path));
    header.SetProtocol(6);
    header.SetTtl(64);
    header.SetPayloadSize(octets.size());
    packet->AddHeader(header);
    return packet;
}

void
MptcpScriptedPeer::Send(const Segment& segment)
{
    const Ptr<NetDevice> device = m_devices[segment.path];
    device->Send(MakePacket(segment), device->GetBroadcast(), ETHERTYPE_IPV4);
}

void
MptcpScriptedPeer::Wait(Time time)
{
    Simulator::Stop(time);
    Simulator::Run();
}

std::vector<MptcpScriptedPeer::Segment>
MptcpScriptedPeer::Take()
{
    return std::exchange(m_received, {});
}

bool
MptcpScriptedPeer::ReadPacket(Ptr<const Packet> packet, Segment& segment)
{
    Ptr<Packet> copy = packet->Copy();
    Ipv4Header header;
    copy->RemoveHeader(header);
    if (header.GetProtocol() != 6)
    {
        return false;
    }
    std::vector<uint8_t> octets(header.GetPayloadSize());
    copy->CopyData(octets.data(), octets.size());
    const uint32_t size = octets[12] >> 4 << 2;
    segment.source = Get16(octets, 0);
    segment.destination = Get16(octets, 2);
    segment.seq = Get32(octets, 4);
    segment.ack = Get32(octets, 8);
    segment.flags = octets[13];
    segment.window = Get16(octets, 14);
    segment.options.assign(octets.begin() + TCP_HEADER, octets.begin() + size);
    segment.data.assign(octets.begin() + size, octets.end());
    return true;
}

void
MptcpScriptedPeer::Receive(uint32_t path, Ptr<const Packet> packet)
{
    Segment segment;
    if (ReadPacket(packet, segment))
    {
        segment.path = path;
        m_received.push_back(segment);
    }
}

std::vector<uint8_t>
MptcpScriptedPeer::Octets(const MptcpOption& option)
{
    std::vector<uint8_t> octets(MPTCP_OPTION_SPACE);
    octets.resize(SerializeMptcpOption(option, MptcpVersion::V1, octets));
    return octets;
}

std::vector<uint8_t>
MptcpScriptedPeer::GetMptcpOctets(const Segment& segment)
{
    std::vector<uint8_t> found;
    const std::vector<uint8_t>& options = segment.options;
    for (std::size_t i = 0; i < options.size() && options[i] != OPTION_END;)
    {
        if (options[i] == OPTION_NOP)
        {
            ++i;
            continue;
        }
        const std::size_t size = i + 1 < options.size() ? options[i + 1] : 0;
        if (size < 2 || i + size > options.size())
        {
            break;
        }
        if (options[i] == MPTCP_OPTION_KIND)
        {
            found.insert(found.end(), options.begin() + i, options.begin() + i + size);
        }
        i += size;
    }
    return found;
}

} // namespace ns3
