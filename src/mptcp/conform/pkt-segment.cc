/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-segment.h"

#include "pkt-script.h"

#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-endian.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace ns3
{

namespace
{

constexpr std::size_t IPV4_HEADER = 20; ///< octets without options
constexpr std::size_t IPV6_HEADER = 40; ///< octets without extensions
constexpr std::size_t TCP_HEADER = 20;  ///< octets without options
constexpr uint8_t TCP_PROTOCOL = 6;     ///< IP protocol number

/** @param host Ipv4Address or Ipv6Address @return its octets in network order */
std::vector<uint8_t>
HostOctets(const Address& host)
{
    std::vector<uint8_t> octets(Ipv4Address::IsMatchingType(host) ? 4 : 16);
    host.CopyTo(octets.data());
    return octets;
}

/** @param octets 4 or 16 octets @return the address */
Address
HostFrom(std::span<const uint8_t> octets)
{
    if (octets.size() == 4)
    {
        return Ipv4Address::Deserialize(octets.data());
    }
    return Ipv6Address::Deserialize(octets.data());
}

/** @param octets what to add up @param sum sum so far @return sum of 16-bit words */
uint64_t
Sum(std::span<const uint8_t> octets, uint64_t sum)
{
    for (std::size_t i = 0; i < octets.size(); ++i)
    {
        sum += i % 2 == 0 ? octets[i] << 8 : octets[i];
    }
    return sum;
}

/** @param sum sum of words @return internet checksum */
uint16_t
Fold(uint64_t sum)
{
    while (sum >> 16)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(~sum);
}

} // namespace

Address
ParsePktAddress(const std::string& text)
{
    if (text.find(':') != std::string::npos)
    {
        const Ipv6Address address(text.c_str());
        return address.IsAny() && text != "::" ? Address() : Address(address);
    }
    // Ipv4Address takes anything.
    std::istringstream in(text);
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
    {
        uint32_t octet = 256;
        if ((i > 0 && in.get() != '.') || !(in >> octet) || octet > 255)
        {
            return {};
        }
        value = value << 8 | octet;
    }
    return in.peek() == EOF ? Address(Ipv4Address(value)) : Address();
}

Address
StepPktAddress(const Address& host, uint32_t step)
{
    std::vector<uint8_t> octets = HostOctets(host);
    StoreBig<uint32_t>(octets.data() + octets.size() - 4,
                       LoadBig<uint32_t>(octets.data() + octets.size() - 4) + step);
    return HostFrom(octets);
}

std::vector<uint8_t>
PktSegment::Serialize() const
{
    std::vector<uint8_t> tcp(TCP_HEADER);
    for (const PktRawOption& option : options)
    {
        tcp.insert(tcp.end(), option.octets.begin(), option.octets.end());
    }
    while (tcp.size() % 4 != 0)
    {
        tcp.push_back(PKT_EOL);
    }
    if (tcp.size() > 60 || tcp.size() + payload.size() + IPV6_HEADER > UINT16_MAX)
    {
        return {};
    }
    StoreBig<uint16_t>(&tcp[0], source.port);
    StoreBig<uint16_t>(&tcp[2], destination.port);
    StoreBig<uint32_t>(&tcp[4], seq);
    StoreBig<uint32_t>(&tcp[8], ack);
    tcp[12] = static_cast<uint8_t>(tcp.size() / 4 << 4 | (flags >> 8 & 1));
    tcp[13] = static_cast<uint8_t>(flags);
    StoreBig<uint16_t>(&tcp[14], window);
    StoreBig<uint16_t>(&tcp[18], urgent);
    tcp.insert(tcp.end(), payload.begin(), payload.end());
    const std::vector<uint8_t> from = HostOctets(source.host);
    const std::vector<uint8_t> to = HostOctets(destination.host);
    StoreBig<uint16_t>(&tcp[16], Fold(Sum(from, Sum(to, Sum(tcp, TCP_PROTOCOL + tcp.size())))));

    std::vector<uint8_t> octets;
    if (from.size() == 4)
    {
        octets.assign(IPV4_HEADER, 0);
        octets[0] = 0x45;
        octets[1] = tos;
        StoreBig<uint16_t>(&octets[2], static_cast<uint16_t>(IPV4_HEADER + tcp.size()));
        octets[8] = ttl;
        octets[9] = TCP_PROTOCOL;
        std::copy(from.begin(), from.end(), &octets[12]);
        std::copy(to.begin(), to.end(), &octets[16]);
        StoreBig<uint16_t>(&octets[10], Fold(Sum(octets, 0)));
    }
    else
    {
        octets.assign(IPV6_HEADER, 0);
        StoreBig<uint32_t>(&octets[0], 6U << 28 | uint32_t{tos} << 20 | flowLabel);
        StoreBig<uint16_t>(&octets[4], static_cast<uint16_t>(tcp.size()));
        octets[6] = TCP_PROTOCOL;
        octets[7] = ttl;
        std::copy(from.begin(), from.end(), &octets[8]);
        std::copy(to.begin(), to.end(), &octets[24]);
    }
    octets.insert(octets.end(), tcp.begin(), tcp.end());
    return octets;
}

std::optional<PktSegment>
PktSegment::Parse(std::span<const uint8_t> octets)
{
    PktSegment segment;
    const bool ipv6 = !octets.empty() && octets[0] >> 4 == 6;
    const std::size_t header = octets.empty() ? 0 : ipv6 ? IPV6_HEADER : (octets[0] & 15) * 4;
    if (octets.size() < header + TCP_HEADER || octets[ipv6 ? 6 : 9] != TCP_PROTOCOL)
    {
        return {};
    }
    const std::size_t total =
        ipv6 ? IPV6_HEADER + LoadBig<uint16_t>(&octets[4]) : LoadBig<uint16_t>(&octets[2]);
    if (ipv6)
    {
        const auto word = LoadBig<uint32_t>(octets.data());
        segment.tos = static_cast<uint8_t>(word >> 20);
        segment.flowLabel = word & 0xfffff;
        segment.ttl = octets[7];
        segment.source.host = HostFrom(octets.subspan(8, 16));
        segment.destination.host = HostFrom(octets.subspan(24, 16));
    }
    else
    {
        segment.tos = octets[1];
        segment.ttl = octets[8];
        segment.source.host = HostFrom(octets.subspan(12, 4));
        segment.destination.host = HostFrom(octets.subspan(16, 4));
    }
    const std::span<const uint8_t> tcp =
        octets.subspan(header, std::min(total, octets.size()) - header);
    const std::size_t data = tcp[12] >> 4 << 2;
    if (data < TCP_HEADER || data > tcp.size())
    {
        return {};
    }
    segment.source.port = LoadBig<uint16_t>(&tcp[0]);
    segment.destination.port = LoadBig<uint16_t>(&tcp[2]);
    segment.seq = LoadBig<uint32_t>(&tcp[4]);
    segment.ack = LoadBig<uint32_t>(&tcp[8]);
    segment.flags = static_cast<uint16_t>((tcp[12] & 1) << 8 | tcp[13]);
    segment.window = LoadBig<uint16_t>(&tcp[14]);
    segment.urgent = LoadBig<uint16_t>(&tcp[18]);
    segment.payload.assign(tcp.begin() + data, tcp.end());
    for (std::size_t i = TCP_HEADER; i < data;)
    {
        const bool single = tcp[i] == PKT_NOP || tcp[i] == PKT_EOL;
        const std::size_t size = single ? 1 : i + 1 < data ? tcp[i + 1] : 0;
        if (size == 0 || (!single && size < 2) || i + size > data)
        {
            break;
        }
        segment.options.push_back({tcp[i], {tcp.begin() + i, tcp.begin() + i + size}});
        i += size;
    }
    return segment;
}

const PktRawOption*
PktSegment::Find(uint8_t kind) const
{
    const auto found = std::find_if(options.begin(), options.end(), [kind](const auto& option) {
        return option.kind == kind;
    });
    return found == options.end() ? nullptr : &*found;
}

} // namespace ns3
