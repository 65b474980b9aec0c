/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_SEGMENT_H
#define MPTCP_MIDDLEBOX_SEGMENT_H

#include "ns3/address.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/packet.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * A TCP segment as a middlebox sees it: all fields can be changed, also into what no TCP would
 * send. Options are octets, because TcpHeader knows only some kinds.
 */
struct MptcpMiddleboxSegment
{
    /** Bits of the TCP flags octet. */
    enum Flag : uint8_t
    {
        FIN = 0x01,
        SYN = 0x02,
        RST = 0x04,
        PSH = 0x08,
        ACK = 0x10,
    };

    /** Octets of option space in a TCP header. */
    static constexpr std::size_t OPTION_SPACE = 40;

    Address linkSource;           ///< link-layer address of the sender, where the link has some
    Address linkDestination;      ///< link-layer address of the receiver, where the link has some
    bool ipv6{false};             ///< which of the two headers holds
    Ipv4Header ipv4Header;        ///< network header when !ipv6
    Ipv6Header ipv6Header;        ///< network header when ipv6
    uint16_t sourcePort{0};       ///< source port
    uint16_t destinationPort{0};  ///< destination port
    uint32_t seq{0};              ///< sequence number
    uint32_t ack{0};              ///< acknowledgment number, valid with flag ACK
    uint8_t reserved{0};          ///< the four bits between data offset and flags
    uint8_t flags{0};             ///< Flag bits, and ECE, CWR and URG
    uint16_t window{0};           ///< window field, not scaled
    uint16_t urgent{0};           ///< urgent pointer
    std::vector<uint8_t> options; ///< option octets; padded when written
    Ptr<Packet> payload;          ///< data, never null; carries the tags of the packet

    /**
     * Read an IP packet.
     * @param packet packet that begins with its IP header
     * @param protocol Ethernet type of the packet
     * @return the segment; nothing if the packet is not a whole TCP segment, or if checksums are in
     * use (GlobalValue ChecksumEnabled) and its own is wrong: a middlebox may not repair it
     */
    static std::optional<MptcpMiddleboxSegment> Parse(Ptr<const Packet> packet, uint16_t protocol);
    /**
     * @return the IP packet, with a correct checksum if checksums are in use, and the tags of the
     * payload
     */
    Ptr<Packet> Serialize() const;

    Address GetSource() const;                   ///< @return Ipv4Address or Ipv6Address
    Address GetDestination() const;              ///< @return Ipv4Address or Ipv6Address
    void SetSource(const Address& address);      ///< @param address of the same family
    void SetDestination(const Address& address); ///< @param address of the same family
    bool Has(uint8_t bits) const;                ///< @param bits @return all of them are set
    uint32_t GetSequenceSize() const;            ///< @return octets of data, SYN and FIN
    uint16_t GetProtocol() const;                ///< @return Ethernet type of the packet

    /** @return the octets of the data */
    std::vector<uint8_t> GetData() const;
    /**
     * Replace the data; the packet keeps its tags.
     * @param data octets
     */
    void SetData(std::span<const uint8_t> data);

    /**
     * @param kind option kind
     * @return octets of the first such option, from its kind on; empty if there is none
     */
    std::span<uint8_t> FindOption(uint8_t kind);
    /**
     * Take options out.
     * @param chosen told the octets of an option; true: out with it
     * @param pad leave NOPs in its place, so that the header keeps its size
     * @return number of options that went
     */
    uint32_t RemoveOptions(const std::function<bool(std::span<const uint8_t>)>& chosen, bool pad);
    /**
     * @param octets an option
     * @return it was appended; false if there is no room for it
     */
    bool AppendOption(std::span<const uint8_t> octets);

    /**
     * @param source whose addresses, ports and numbers are answered
     * @return an empty segment in the other direction with flag ACK, no option, and a window of 0
     */
    static MptcpMiddleboxSegment MakeReply(const MptcpMiddleboxSegment& source);
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_SEGMENT_H */
