/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-segment-guard.h"

#include "mptcp-stack.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-tcp-header.h"
#include "ns3/node.h"
#include "ns3/tcp-l4-protocol.h"

#include <array>
#include <span>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSegmentGuard);

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

IpL4Protocol::RxStatus
MptcpSegmentGuard::Receive(Ptr<Packet> packet,
                           const Ipv4Header& header,
                           Ptr<Ipv4Interface> interface)
{
    const Ptr<Packet> segment = Check(packet);
    return segment ? m_tcp->Receive(segment, header, interface) : RX_OK;
}

IpL4Protocol::RxStatus
MptcpSegmentGuard::Receive(Ptr<Packet> packet,
                           const Ipv6Header& header,
                           Ptr<Ipv6Interface> interface)
{
    const Ptr<Packet> segment = Check(packet);
    return segment ? m_tcp->Receive(segment, header, interface) : RX_OK;
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
