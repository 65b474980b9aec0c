/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-segment.h"

#include "ns3/header.h"
#include "ns3/mptcp-endian.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/node.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

constexpr uint32_t TCP_HEADER = 20;         ///< octets without options
constexpr uint8_t OPTION_END = 0;           ///< kind of the end of options
constexpr uint8_t OPTION_NOP = 1;           ///< kind of padding
constexpr std::size_t CHECKSUM_OFFSET = 16; ///< of the checksum in the TCP header

/** A TCP header as octets. Packet knows headers only as objects. */
class RawTcpHeader : public Header
{
  public:
    RawTcpHeader() = default;

    /** @param octets the header */
    explicit RawTcpHeader(const std::vector<uint8_t>& octets)
        : m_octets(octets)
    {
    }

    /** @return the TypeId */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpMiddleboxTcpHeader")
                                .SetParent<Header>()
                                .SetGroupName("Mptcp")
                                .AddConstructor<RawTcpHeader>();
        return tid;
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    uint32_t GetSerializedSize() const override
    {
        return m_octets.size();
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_octets.data(), m_octets.size());
    }

    uint32_t Deserialize(Buffer::Iterator start) override
    {
        const uint32_t available = start.GetRemainingSize();
        m_octets.clear();
        if (available < TCP_HEADER)
        {
            return 0;
        }
        Buffer::Iterator offset = start;
        offset.Next(12);
        const uint32_t size = offset.ReadU8() >> 4 << 2;
        if (size < TCP_HEADER || size > available)
        {
            return 0;
        }
        m_octets.resize(size);
        start.Read(m_octets.data(), size);
        return size;
    }

    void Print(std::ostream& os) const override
    {
        os << m_octets.size() << " octets of TCP header";
    }

    /** @return the octets; none if they were not a TCP header */
    const std::vector<uint8_t>& GetOctets() const
    {
        return m_octets;
    }

  private:
    std::vector<uint8_t> m_octets; ///< the header
};

NS_OBJECT_ENSURE_REGISTERED(RawTcpHeader);

/** The Internet checksum of several pieces, each of which begins at an even offset. */
class InternetChecksum
{
  public:
    /** @param octets next piece */
    void Add(std::span<const uint8_t> octets)
    {
        for (std::size_t i = 0; i < octets.size(); ++i)
        {
            m_sum += i % 2 == 0 ? octets[i] << 8 : octets[i];
        }
    }

    /** @param address next piece @return this */
    InternetChecksum& Add(const Address& address)
    {
        uint8_t octets[Address::MAX_SIZE];
        Add(std::span(octets, address.CopyTo(octets)));
        return *this;
    }

    /** @param number next 32 bits */
    void Add(uint32_t number)
    {
        m_sum += (number >> 16) + (number & 0xffff);
    }

    /** @return one's complement of the sum */
    uint16_t Finish() const
    {
        uint64_t sum = m_sum;
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return static_cast<uint16_t>(~sum);
    }

  private:
    uint64_t m_sum{0}; ///< sum of words, not yet folded
};

/**
 * @param segment addresses and payload
 * @param header TCP header
 * @return checksum over all; 0 if the header holds a correct one
 */
uint16_t
GetChecksum(const MptcpMiddleboxSegment& segment, const std::vector<uint8_t>& header)
{
    InternetChecksum sum;
    sum.Add(segment.GetSource()).Add(segment.GetDestination());
    sum.Add(uint32_t{MPTCP_PROTOCOL_TCP});
    sum.Add(static_cast<uint32_t>(header.size() + segment.payload->GetSize()));
    sum.Add(header);
    sum.Add(segment.GetData());
    return sum.Finish();
}

/**
 * @param options option octets
 * @param at offset of an option
 * @return octets that it occupies; 0 at the end of the options or where they are malformed
 */
std::size_t
GetOptionSize(const std::vector<uint8_t>& options, std::size_t at)
{
    if (at >= options.size() || options[at] == OPTION_END)
    {
        return 0;
    }
    if (options[at] == OPTION_NOP)
    {
        return 1;
    }
    const std::size_t size = at + 1 < options.size() ? options[at + 1] : 0;
    return size < 2 || at + size > options.size() ? 0 : size;
}

} // namespace

std::optional<MptcpMiddleboxSegment>
MptcpMiddleboxSegment::Parse(Ptr<const Packet> packet, uint16_t protocol)
{
    MptcpMiddleboxSegment segment;
    Ptr<Packet> rest = packet->Copy();
    uint32_t size = 0;
    if (protocol == MPTCP_ETHERTYPE_IPV4)
    {
        rest->RemoveHeader(segment.ipv4Header);
        if (segment.ipv4Header.GetProtocol() != MPTCP_PROTOCOL_TCP ||
            !segment.ipv4Header.IsLastFragment() || segment.ipv4Header.GetFragmentOffset() != 0)
        {
            return {};
        }
        size = segment.ipv4Header.GetPayloadSize();
    }
    else if (protocol == MPTCP_ETHERTYPE_IPV6)
    {
        segment.ipv6 = true;
        rest->RemoveHeader(segment.ipv6Header);
        if (segment.ipv6Header.GetNextHeader() != MPTCP_PROTOCOL_TCP)
        {
            return {};
        }
        size = segment.ipv6Header.GetPayloadLength();
    }
    if (size < TCP_HEADER || size > rest->GetSize())
    {
        return {};
    }
    // A frame may have been padded to the least size of its medium.
    rest->RemoveAtEnd(rest->GetSize() - size);
    RawTcpHeader raw;
    rest->RemoveHeader(raw);
    const std::vector<uint8_t>& octets = raw.GetOctets();
    segment.payload = rest;
    if (octets.empty() || (Node::ChecksumEnabled() && GetChecksum(segment, octets) != 0))
    {
        return {};
    }
    const uint8_t* in = octets.data();
    segment.sourcePort = LoadBig<uint16_t>(in);
    segment.destinationPort = LoadBig<uint16_t>(in + 2);
    segment.seq = LoadBig<uint32_t>(in + 4);
    segment.ack = LoadBig<uint32_t>(in + 8);
    segment.reserved = in[12] & 0xf;
    segment.flags = in[13];
    segment.window = LoadBig<uint16_t>(in + 14);
    segment.urgent = LoadBig<uint16_t>(in + 18);
    segment.options.assign(octets.begin() + TCP_HEADER, octets.end());
    return segment;
}

Ptr<Packet>
MptcpMiddleboxSegment::Serialize() const
{
    const std::size_t size = TCP_HEADER + (options.size() + 3) / 4 * 4;
    std::vector<uint8_t> octets(size, OPTION_END);
    uint8_t* out = octets.data();
    StoreBig(out, sourcePort);
    StoreBig(out + 2, destinationPort);
    StoreBig(out + 4, seq);
    StoreBig(out + 8, ack);
    out[12] = static_cast<uint8_t>(size / 4 << 4 | reserved);
    out[13] = flags;
    StoreBig(out + 14, window);
    StoreBig<uint16_t>(out + CHECKSUM_OFFSET, 0);
    StoreBig(out + 18, urgent);
    std::copy(options.begin(), options.end(), octets.begin() + TCP_HEADER);
    if (Node::ChecksumEnabled())
    {
        StoreBig(out + CHECKSUM_OFFSET, GetChecksum(*this, octets));
    }
    Ptr<Packet> packet = payload->Copy();
    packet->AddHeader(RawTcpHeader(octets));
    if (ipv6)
    {
        Ipv6Header header = ipv6Header;
        header.SetPayloadLength(packet->GetSize());
        packet->AddHeader(header);
    }
    else
    {
        Ipv4Header header = ipv4Header;
        header.SetPayloadSize(packet->GetSize());
        if (Node::ChecksumEnabled())
        {
            header.EnableChecksum();
        }
        packet->AddHeader(header);
    }
    return packet;
}

Address
MptcpMiddleboxSegment::GetSource() const
{
    return ipv6 ? Address(ipv6Header.GetSource()) : Address(ipv4Header.GetSource());
}

Address
MptcpMiddleboxSegment::GetDestination() const
{
    return ipv6 ? Address(ipv6Header.GetDestination()) : Address(ipv4Header.GetDestination());
}

void
MptcpMiddleboxSegment::SetSource(const Address& address)
{
    if (ipv6)
    {
        ipv6Header.SetSource(Ipv6Address::ConvertFrom(address));
    }
    else
    {
        ipv4Header.SetSource(Ipv4Address::ConvertFrom(address));
    }
}

void
MptcpMiddleboxSegment::SetDestination(const Address& address)
{
    if (ipv6)
    {
        ipv6Header.SetDestination(Ipv6Address::ConvertFrom(address));
    }
    else
    {
        ipv4Header.SetDestination(Ipv4Address::ConvertFrom(address));
    }
}

bool
MptcpMiddleboxSegment::Has(uint8_t bits) const
{
    return (flags & bits) == bits;
}

uint32_t
MptcpMiddleboxSegment::GetSequenceSize() const
{
    return payload->GetSize() + (Has(SYN) ? 1 : 0) + (Has(FIN) ? 1 : 0);
}

uint16_t
MptcpMiddleboxSegment::GetProtocol() const
{
    return ipv6 ? MPTCP_ETHERTYPE_IPV6 : MPTCP_ETHERTYPE_IPV4;
}

std::vector<uint8_t>
MptcpMiddleboxSegment::GetData() const
{
    std::vector<uint8_t> data(payload->GetSize());
    payload->CopyData(data.data(), data.size());
    return data;
}

void
MptcpMiddleboxSegment::SetData(std::span<const uint8_t> data)
{
    // A packet made of octets shares its buffer with no other: ns-3 cannot join packets that do.
    payload = payload->CreateFragment(0, 0);
    payload->AddAtEnd(Create<Packet>(data.data(), data.size()));
}

std::span<uint8_t>
MptcpMiddleboxSegment::FindOption(uint8_t kind)
{
    for (std::size_t at = 0, size = 0; (size = GetOptionSize(options, at)) > 0; at += size)
    {
        if (options[at] == kind)
        {
            return std::span(options).subspan(at, size);
        }
    }
    return {};
}

uint32_t
MptcpMiddleboxSegment::RemoveOptions(const std::function<bool(std::span<const uint8_t>)>& chosen,
                                     bool pad)
{
    uint32_t removed = 0;
    std::size_t at = 0;
    while (const std::size_t size = GetOptionSize(options, at))
    {
        if (!chosen(std::span(options).subspan(at, size)))
        {
            at += size;
            continue;
        }
        ++removed;
        const auto begin = options.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = begin + static_cast<std::ptrdiff_t>(size);
        if (pad)
        {
            std::fill(begin, end, OPTION_NOP);
            at += size;
        }
        else
        {
            options.erase(begin, end);
        }
    }
    if (removed > 0 && !pad && at < options.size() && options[at] == OPTION_END)
    {
        // Padding as long as it was would make the header longer than its options need, and ns-3's
        // TcpHeader reads what is too much as data.
        options.resize(at);
    }
    return removed;
}

bool
MptcpMiddleboxSegment::AppendOption(std::span<const uint8_t> octets)
{
    std::size_t end = 0;
    std::size_t at = 0;
    while (const std::size_t size = GetOptionSize(options, at))
    {
        at += size;
        // Padding at the end may be overwritten.
        end = options[at - size] == OPTION_NOP ? end : at;
    }
    if (end + octets.size() > OPTION_SPACE)
    {
        return false;
    }
    options.resize(end);
    options.insert(options.end(), octets.begin(), octets.end());
    return true;
}

MptcpMiddleboxSegment
MptcpMiddleboxSegment::MakeReply(const MptcpMiddleboxSegment& source)
{
    MptcpMiddleboxSegment reply = source;
    std::swap(reply.linkSource, reply.linkDestination);
    reply.SetSource(source.GetDestination());
    reply.SetDestination(source.GetSource());
    reply.sourcePort = source.destinationPort;
    reply.destinationPort = source.sourcePort;
    reply.seq = source.ack;
    reply.ack = source.seq + source.GetSequenceSize();
    reply.flags = ACK;
    reply.window = 0;
    reply.urgent = 0;
    reply.options.clear();
    reply.payload = Create<Packet>();
    return reply;
}

} // namespace ns3
