/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-host.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface-address.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/ipv6.h"
#include "ns3/mac48-address.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/nstime.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <utility>

namespace ns3
{

namespace
{

constexpr uint16_t ETHERTYPE_IPV4 = 0x0800; ///< protocol number of devices
constexpr uint16_t ETHERTYPE_IPV6 = 0x86dd; ///< protocol number of devices
constexpr uint32_t PCAP_RAW = 101;          ///< link type: IP packets without a link header

} // namespace

void
PktHost::SetLinuxDefaults()
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1460));
    Config::SetDefault("ns3::TcpSocket::ConnTimeout", TimeValue(Seconds(1)));
    Config::SetDefault("ns3::TcpSocket::ConnCount", UintegerValue(6));
    Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(1));
    Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(40)));
    Config::SetDefault("ns3::TcpSocket::DataRetries", UintegerValue(15));
    Config::SetDefault("ns3::TcpSocket::PersistTimeout", TimeValue(MilliSeconds(200)));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
    // Window scale 8, as of a Linux with tcp_rmem up to 15 MiB.
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(15 << 20));
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
    Config::SetDefault("ns3::TcpSocketBase::ClockGranularity", TimeValue(MilliSeconds(1)));
    Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(30));
    TypeId scheduler;
    if (TypeId::LookupByNameFailSafe("ns3::MptcpSchedulerLinux", &scheduler))
    {
        Config::SetDefault("ns3::MptcpSocketBase::Scheduler", TypeIdValue(scheduler));
    }
}

PktHost::PktHost(bool ipv6, uint16_t mtu)
    : m_ipv6(ipv6),
      m_node(CreateObject<Node>()),
      m_device(CreateObject<VirtualNetDevice>())
{
    // Both families, as Linux: a script may name addresses of the other one.
    InternetStackHelper internet;
    internet.Install(m_node);
    m_device->SetAddress(Mac48Address("02:00:00:00:00:01"));
    m_device->SetMtu(mtu);
    m_device->SetSendCallback(VirtualNetDevice::SendCallback(
        [this](Ptr<Packet> packet, const Address&, const Address&, uint16_t) {
            return Send(packet);
        }));
    m_node->AddDevice(m_device);
    const Ptr<Ipv4> ipv4 = m_node->GetObject<Ipv4>();
    const Ptr<Ipv6> ipv6Stack = m_node->GetObject<Ipv6>();
    m_node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
    m_interface4 = ipv4->AddInterface(m_device);
    m_interface6 = ipv6Stack->AddInterface(m_device);
    if (ipv6)
    {
        // Of several addresses ns-3 takes the one in the destination's network: this one, always.
        ipv6Stack->AddAddress(
            m_interface6,
            Ipv6InterfaceAddress(Ipv6Address::ConvertFrom(GetAddress()), Ipv6Prefix(uint8_t{0})));
    }
    else
    {
        ipv4->AddAddress(
            m_interface4,
            Ipv4InterfaceAddress(Ipv4Address::ConvertFrom(GetAddress()), Ipv4Mask("255.255.0.0")));
    }
    ipv4->SetUp(m_interface4);
    ipv6Stack->SetUp(m_interface6);
    AddRoute(GetAddress());
    m_stack = MptcpStackHelper().Install(m_node);
    m_stack->AssignStreams(1);
    m_stack->SetAttribute("FastOpen", UintegerValue(3)); // as defaults.sh of the scripts
    m_stack->SetAttribute("SynLinearTimeouts", UintegerValue(4));
}

PktHost::~PktHost()
{
    m_device->SetSendCallback(VirtualNetDevice::SendCallback());
}

Ptr<Node>
PktHost::GetNode() const
{
    return m_node;
}

Ptr<MptcpStack>
PktHost::GetStack() const
{
    return m_stack;
}

Address
PktHost::GetAddress() const
{
    return m_ipv6 ? Address(Ipv6Address("fd3d:fa7b:d17d::10"))
                  : Address(Ipv4Address("192.168.0.10"));
}

void
PktHost::AddAddress(const Address& host)
{
    if (Ipv4Address::IsMatchingType(host))
    {
        m_node->GetObject<Ipv4>()->AddAddress(
            m_interface4,
            Ipv4InterfaceAddress(Ipv4Address::ConvertFrom(host), Ipv4Mask("255.255.0.0")));
    }
    else
    {
        m_node->GetObject<Ipv6>()->AddAddress(
            m_interface6,
            Ipv6InterfaceAddress(Ipv6Address::ConvertFrom(host), Ipv6Prefix(48)));
    }
    AddRoute(host);
}

void
PktHost::AddRoute(const Address& host)
{
    // ns-3 does not bear a route over an interface without an address.
    if (Ipv4Address::IsMatchingType(host) && !m_routed4)
    {
        m_routed4 = true;
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(m_node->GetObject<Ipv4>())
            ->SetDefaultRoute(Ipv4Address("192.168.0.1"), m_interface4);
    }
    else if (Ipv6Address::IsMatchingType(host) && !m_routed6)
    {
        m_routed6 = true;
        Ipv6StaticRoutingHelper()
            .GetStaticRouting(m_node->GetObject<Ipv6>())
            ->SetDefaultRoute(Ipv6Address("fd3d:fa7b:d17d:8888::1"), m_interface6);
    }
}

void
PktHost::EnablePcap(const std::string& path)
{
    m_pcap = CreateObject<PcapFileWrapper>();
    m_pcap->Open(path, std::ios::out | std::ios::binary);
    m_pcap->Init(PCAP_RAW);
}

bool
PktHost::Send(Ptr<Packet> packet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    auto segment = PktSegment::Parse(octets);
    if (!segment)
    {
        return true; // neighbor discovery and the like
    }
    if (m_pcap)
    {
        m_pcap->Write(Simulator::Now(), packet);
    }
    segment->time = Simulator::Now();
    m_sent.push_back(std::move(*segment));
    if (m_onSent)
    {
        m_onSent(m_sent.back());
    }
    return true;
}

void
PktHost::Inject(const PktSegment& segment)
{
    const std::vector<uint8_t> octets = segment.Serialize();
    const Ptr<Packet> packet = Create<Packet>(octets.data(), octets.size());
    if (m_pcap)
    {
        m_pcap->Write(Simulator::Now(), packet);
    }
    // In the node's context, as of a packet from a channel.
    Simulator::ScheduleWithContext(m_node->GetId(), Time(0), [this, packet] {
        m_device->Receive(packet,
                          m_ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4,
                          Mac48Address("02:00:00:00:00:02"),
                          m_device->GetAddress(),
                          NetDevice::PACKET_HOST);
    });
}

std::deque<PktSegment>&
PktHost::GetSent()
{
    return m_sent;
}

void
PktHost::SetSentCallback(std::function<void(const PktSegment&)> callback)
{
    m_onSent = std::move(callback);
}

} // namespace ns3
