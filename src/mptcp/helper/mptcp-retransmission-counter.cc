/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-retransmission-counter.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/mptcp-endian.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/node.h"
#include "ns3/packet.h"

#include <algorithm>
#include <cstddef>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpRetransmissionCounter);

TypeId
MptcpRetransmissionCounter::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpRetransmissionCounter")
                            .SetParent<Object>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpRetransmissionCounter>();
    return tid;
}

MptcpRetransmissionCounter::MptcpRetransmissionCounter() = default;

MptcpRetransmissionCounter::~MptcpRetransmissionCounter() = default;

void
MptcpRetransmissionCounter::Watch(Ptr<Node> node)
{
    const Ptr<MptcpRetransmissionCounter> self(this);
    if (const auto ipv4 = node->GetObject<Ipv4L3Protocol>())
    {
        ipv4->TraceConnectWithoutContext(
            "Tx",
            MakeCallback(&MptcpRetransmissionCounter::CountIpv4, self));
    }
    if (const auto ipv6 = node->GetObject<Ipv6L3Protocol>())
    {
        ipv6->TraceConnectWithoutContext(
            "Tx",
            MakeCallback(&MptcpRetransmissionCounter::CountIpv6, self));
    }
}

uint64_t
MptcpRetransmissionCounter::GetSent() const
{
    return m_sent;
}

uint64_t
MptcpRetransmissionCounter::GetRetransmitted() const
{
    return m_retransmitted;
}

void
MptcpRetransmissionCounter::CountIpv4(Ptr<const Packet> packet, Ptr<Ipv4>, uint32_t)
{
    Count(packet);
}

void
MptcpRetransmissionCounter::CountIpv6(Ptr<const Packet> packet, Ptr<Ipv6>, uint32_t)
{
    Count(packet);
}

void
MptcpRetransmissionCounter::Count(Ptr<const Packet> packet)
{
    // ns-3 writes no options into IP headers and no extension headers in front of TCP.
    constexpr std::size_t IPV4 = 20;
    constexpr std::size_t IPV6 = 40;
    constexpr std::size_t TCP = 20;
    std::array<uint8_t, IPV6 + TCP> octets{};
    const std::size_t copied = packet->CopyData(octets.data(), octets.size());
    const bool version4 = octets[0] >> 4 == 4;
    const std::size_t ip = version4 ? IPV4 : IPV6;
    if (copied < ip + TCP || octets[version4 ? 9 : 6] != MPTCP_PROTOCOL_TCP)
    {
        return;
    }
    const uint8_t* const tcp = octets.data() + ip;
    const std::size_t headers = ip + 4 * std::size_t{uint8_t(tcp[12] >> 4)};
    if (packet->GetSize() <= headers)
    {
        return;
    }
    const auto payload = static_cast<uint32_t>(packet->GetSize() - headers);
    const bool syn = tcp[13] & 2;
    const uint32_t first = LoadBig<uint32_t>(tcp + 4) + syn;

    Key key{};
    const std::size_t addresses = version4 ? 8 : 32;
    std::copy_n(octets.data() + ip - addresses, addresses, key.begin());
    std::copy_n(tcp, 4, key.begin() + 32);
    uint32_t& next = m_next.emplace(key, first).first->second;
    // Sequence numbers wrap: what matters is how far the segment is from the end of what was sent.
    const auto fresh = static_cast<int32_t>(first + payload - next);
    m_sent += payload;
    m_retransmitted += payload - std::clamp<int64_t>(fresh, 0, payload);
    if (fresh > 0)
    {
        next = first + payload;
    }
}

} // namespace ns3
