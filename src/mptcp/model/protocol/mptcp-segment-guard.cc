/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-segment-guard.h"

#include "mptcp-stack.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6.h"
#include "ns3/loopback-net-device.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-tcp-header.h"
#include "ns3/node.h"
#include "ns3/tcp-l4-protocol.h"

#include <array>
#include <optional>
#include <span>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSegmentGuard);

namespace
{

/** @param entry of an interface @return its address */
Ipv4Address
GetHost(const Ipv4InterfaceAddress& entry)
{
    return entry.GetLocal();
}

/** @param entry of an interface @return its address */
Ipv6Address
GetHost(const Ipv6InterfaceAddress& entry)
{
    return entry.GetAddress();
}

/**
 * @param interface by which a segment has come
 * @param host that it is for
 * @return index of the device, if the address is that of another one; or nothing
 */
template <typename INTERFACE, typename HOST>
std::optional<uint32_t>
FindAstray(const Ptr<INTERFACE>& interface, const HOST& host)
{
    for (uint32_t i = 0; i < interface->GetNAddresses(); ++i)
    {
        if (GetHost(interface->GetAddress(i)) == host)
        {
            return std::nullopt;
        }
    }
    const Ptr<NetDevice> device = interface->GetDevice();
    const bool outside = device && !DynamicCast<LoopbackNetDevice>(device);
    return outside ? std::optional(device->GetIfIndex()) : std::nullopt;
}

} // namespace

TypeId
MptcpSegmentGuard::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSegmentGuard")
                            .SetParent<IpL4Protocol>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSegmentGuard>();
    return tid;
}

void
MptcpSegmentGuard::Install(Ptr<Node> node, Ptr<MptcpStack> stack)
{
    const Ptr<IpL4Protocol> tcp = node->GetObject<TcpL4Protocol>();
    if (!tcp)
    {
        return;
    }
    const auto guard = [&tcp, &stack](const auto& ip) {
        // What somebody else has put in its place stays.
        if (ip && ip->GetProtocol(tcp->GetProtocolNumber()) == tcp)
        {
            const auto object = CreateObject<MptcpSegmentGuard>();
            object->m_tcp = tcp;
            object->m_stack = stack;
            ip->Remove(tcp); // ns-3 warns of a protocol that is overwritten
            ip->Insert(object);
        }
    };
    guard(node->GetObject<Ipv4>());
    guard(node->GetObject<Ipv6>());
}

Ptr<Packet>
MptcpSegmentGuard::Check(Ptr<Packet> packet) const
{
    std::array<uint8_t, TCP_HEADER_MOST> octets;
    const std::size_t read = packet->CopyData(octets.data(), octets.size());
    const std::size_t length = MptcpGetTcpHeaderLength({octets.data(), read});
    if (length == 0)
    {
        m_stack->OnMalformedSegment(packet, true);
        return nullptr;
    }
    if (length == TCP_HEADER_LEAST || !MptcpMendTcpOptions({octets.data(), length}))
    {
        return packet;
    }
    m_stack->OnMalformedSegment(packet, false);
    Ptr<Packet> mended = Create<Packet>(octets.data(), static_cast<uint32_t>(length));
    mended->AddAtEnd(packet->CreateFragment(static_cast<uint32_t>(length),
                                            packet->GetSize() - static_cast<uint32_t>(length)));
    return mended;
}

int
MptcpSegmentGuard::GetProtocolNumber() const
{
    return MPTCP_PROTOCOL_TCP;
}

template <typename HEADER, typename INTERFACE>
IpL4Protocol::RxStatus
MptcpSegmentGuard::HandOn(Ptr<Packet> packet, const HEADER& header, const Ptr<INTERFACE>& interface)
{
    const Ptr<Packet> segment = Check(packet);
    if (!segment)
    {
        return RX_OK;
    }
    const Ptr<MptcpStack> stack = m_stack; // what the application does may dispose of this
    stack->SetAstray(FindAstray(interface, header.GetDestination()));
    const RxStatus status = m_tcp->Receive(segment, header, interface);
    stack->SetAstray(std::nullopt);
    return status;
}

IpL4Protocol::RxStatus
MptcpSegmentGuard::Receive(Ptr<Packet> packet,
                           const Ipv4Header& header,
                           Ptr<Ipv4Interface> interface)
{
    return HandOn(packet, header, interface);
}

IpL4Protocol::RxStatus
MptcpSegmentGuard::Receive(Ptr<Packet> packet,
                           const Ipv6Header& header,
                           Ptr<Ipv6Interface> interface)
{
    return HandOn(packet, header, interface);
}

void
MptcpSegmentGuard::ReceiveIcmp(Ipv4Address icmpSource,
                               uint8_t icmpTtl,
                               uint8_t icmpType,
                               uint8_t icmpCode,
                               uint32_t icmpInfo,
                               Ipv4Address payloadSource,
                               Ipv4Address payloadDestination,
                               const uint8_t payload[8])
{
    m_tcp->ReceiveIcmp(icmpSource,
                       icmpTtl,
                       icmpType,
                       icmpCode,
                       icmpInfo,
                       payloadSource,
                       payloadDestination,
                       payload);
}

void
MptcpSegmentGuard::ReceiveIcmp(Ipv6Address icmpSource,
                               uint8_t icmpTtl,
                               uint8_t icmpType,
                               uint8_t icmpCode,
                               uint32_t icmpInfo,
                               Ipv6Address payloadSource,
                               Ipv6Address payloadDestination,
                               const uint8_t payload[8])
{
    m_tcp->ReceiveIcmp(icmpSource,
                       icmpTtl,
                       icmpType,
                       icmpCode,
                       icmpInfo,
                       payloadSource,
                       payloadDestination,
                       payload);
}

void
MptcpSegmentGuard::SetDownTarget(DownTargetCallback callback)
{
    m_tcp->SetDownTarget(callback);
}

void
MptcpSegmentGuard::SetDownTarget6(DownTargetCallback6 callback)
{
    m_tcp->SetDownTarget6(callback);
}

IpL4Protocol::DownTargetCallback
MptcpSegmentGuard::GetDownTarget() const
{
    return m_tcp->GetDownTarget();
}

IpL4Protocol::DownTargetCallback6
MptcpSegmentGuard::GetDownTarget6() const
{
    return m_tcp->GetDownTarget6();
}

void
MptcpSegmentGuard::DoDispose()
{
    m_tcp = nullptr;
    m_stack = nullptr;
    IpL4Protocol::DoDispose();
}

} // namespace ns3
