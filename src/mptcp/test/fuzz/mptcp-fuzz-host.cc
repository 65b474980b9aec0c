/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-fuzz-host.h"

#include "ns3/channel.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-static-routing.h"
#include "ns3/mac48-address.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/traffic-control-layer.h"

#include <utility>

namespace ns3
{

namespace
{

constexpr uint16_t ETHERTYPE_IPV4 = 0x0800; ///< protocol number of the devices

const Time ROUND_TRIP = MilliSeconds(2); ///< from a segment of the peer to the host's answer

} // namespace

NS_OBJECT_ENSURE_REGISTERED(MptcpFuzzDevice);

TypeId
MptcpFuzzDevice::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpFuzzDevice").SetParent<NetDevice>().SetGroupName("Mptcp");
    return tid;
}

MptcpFuzzDevice::MptcpFuzzDevice(Wire wire)
    : m_wire(std::move(wire))
{
}

void
MptcpFuzzDevice::DoDispose()
{
    m_wire = nullptr;
    m_receive = ReceiveCallback();
    m_node = nullptr;
    NetDevice::DoDispose();
}

void
MptcpFuzzDevice::Receive(Ptr<const Packet> packet)
{
    m_receive(this, packet, ETHERTYPE_IPV4, m_address);
}

void
MptcpFuzzDevice::SetIfIndex(const uint32_t index)
{
    m_index = index;
}

uint32_t
MptcpFuzzDevice::GetIfIndex() const
{
    return m_index;
}

Ptr<Channel>
MptcpFuzzDevice::GetChannel() const
{
    return nullptr;
}

void
MptcpFuzzDevice::SetAddress(Address address)
{
    m_address = address;
}

Address
MptcpFuzzDevice::GetAddress() const
{
    return m_address;
}

bool
MptcpFuzzDevice::SetMtu(const uint16_t mtu)
{
    m_mtu = mtu;
    return true;
}

uint16_t
MptcpFuzzDevice::GetMtu() const
{
    return m_mtu;
}

bool
MptcpFuzzDevice::IsLinkUp() const
{
    return true;
}

void
MptcpFuzzDevice::AddLinkChangeCallback(Callback<void> /* callback */)
{
    // The link never changes.
}

bool
MptcpFuzzDevice::IsBroadcast() const
{
    return false;
}

Address
MptcpFuzzDevice::GetBroadcast() const
{
    return m_address;
}

bool
MptcpFuzzDevice::IsMulticast() const
{
    return false;
}

Address
MptcpFuzzDevice::GetMulticast(Ipv4Address /* group */) const
{
    return m_address;
}

Address
MptcpFuzzDevice::GetMulticast(Ipv6Address /* address */) const
{
    return m_address;
}

bool
MptcpFuzzDevice::IsBridge() const
{
    return false;
}

bool
MptcpFuzzDevice::IsPointToPoint() const
{
    return true;
}

bool
MptcpFuzzDevice::Send(Ptr<Packet> packet, const Address& /* to */, uint16_t /* protocol */)
{
    m_wire(packet);
    return true;
}

bool
MptcpFuzzDevice::SendFrom(Ptr<Packet> packet,
                          const Address& /* from */,
                          const Address& to,
                          uint16_t protocol)
{
    return Send(packet, to, protocol);
}

Ptr<Node>
MptcpFuzzDevice::GetNode() const
{
    return m_node;
}

void
MptcpFuzzDevice::SetNode(Ptr<Node> node)
{
    m_node = node;
}

bool
MptcpFuzzDevice::NeedsArp() const
{
    return false;
}

void
MptcpFuzzDevice::SetReceiveCallback(ReceiveCallback callback)
{
    m_receive = callback;
}

void
MptcpFuzzDevice::SetPromiscReceiveCallback(PromiscReceiveCallback /* callback */)
{
    // All packets are for the host.
}

bool
MptcpFuzzDevice::SupportsSendFrom() const
{
    return true;
}

MptcpFuzzHost::MptcpFuzzHost(uint32_t paths)
    : m_node(CreateObject<Node>())
{
    // InternetStackHelper would add ICMP, UDP, ARP, packet sockets and global routing.
    const Ptr<Ipv4L3Protocol> ipv4 = CreateObject<Ipv4L3Protocol>();
    m_node->AggregateObject(ipv4);
    m_node->AggregateObject(CreateObject<TrafficControlLayer>());
    m_node->AggregateObject(CreateObject<TcpL4Protocol>());
    const Ptr<Ipv4ListRouting> routing = CreateObject<Ipv4ListRouting>();
    routing->AddRoutingProtocol(CreateObject<Ipv4StaticRouting>(), 0);
    ipv4->SetRoutingProtocol(routing);
    for (uint32_t path = 0; path < paths; ++path)
    {
        const Ptr<MptcpFuzzDevice> device =
            CreateObject<MptcpFuzzDevice>([this, path](Ptr<const Packet> packet) {
                Segment segment;
                if (MptcpScriptedPeer::ReadPacket(packet, segment))
                {
                    segment.path = path;
                    m_received.push_back(std::move(segment));
                }
            });
        m_node->AddDevice(device);
        const uint32_t index = ipv4->AddInterface(device);
        ipv4->AddAddress(
            index,
            Ipv4InterfaceAddress(MptcpScriptedPeer::GetHostAddress(path), Ipv4Mask(0xffffff00)));
        ipv4->SetUp(index);
        m_devices.push_back(device);
    }
}

MptcpFuzzHost::~MptcpFuzzHost()
{
    m_devices.clear();
    m_node = nullptr;
    Simulator::Destroy();
}

Ptr<Node>
MptcpFuzzHost::GetNode() const
{
    return m_node;
}

void
MptcpFuzzHost::Send(const Segment& segment)
{
    Simulator::ScheduleWithContext(m_node->GetId(),
                                   ROUND_TRIP,
                                   &MptcpFuzzDevice::Receive,
                                   m_devices[segment.path],
                                   Ptr<const Packet>(MptcpScriptedPeer::MakePacket(segment)));
}

void
MptcpFuzzHost::Wait(Time time)
{
    Simulator::Stop(time);
    Simulator::Run();
}

std::vector<MptcpFuzzHost::Segment>
MptcpFuzzHost::Take()
{
    return std::exchange(m_received, {});
}

} // namespace ns3
