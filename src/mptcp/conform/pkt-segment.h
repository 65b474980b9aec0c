/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_SEGMENT_H
#define PKT_SEGMENT_H

#include "ns3/address.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ns3
{

/** A host and a port. */
struct PktEndpoint
{
    Address host;     ///< Ipv4Address or Ipv6Address, or invalid: not known
    uint16_t port{0}; ///< port; 0: not known
    bool operator==(const PktEndpoint&) const = default;
};

/** @param text a literal @return Ipv4Address or Ipv6Address, invalid if it is neither */
Address ParsePktAddress(const std::string& text);
/** @param host Ipv4Address or Ipv6Address @param step what to add @return an address near it */
Address StepPktAddress(const Address& host, uint32_t step);

/** One TCP option as octets: kind, and what is behind the length. */
struct PktRawOption
{
    uint8_t kind{0};             ///< kind
    std::vector<uint8_t> octets; ///< the whole option, kind and length included
};

/** A TCP segment with its IP header, as it is on the wire. */
struct PktSegment
{
    Time time;                         ///< when it was sent
    PktEndpoint source;                ///< source
    PktEndpoint destination;           ///< destination
    uint8_t tos{0};                    ///< traffic class octet
    uint8_t ttl{64};                   ///< time to live or hop limit
    uint32_t flowLabel{0};             ///< IPv6
    uint16_t flags{0};                 ///< PktFlag bits
    uint32_t seq{0};                   ///< sequence number
    uint32_t ack{0};                   ///< acknowledgment number
    uint16_t window{0};                ///< window field
    uint16_t urgent{0};                ///< urgent pointer
    std::vector<PktRawOption> options; ///< options, padding included
    std::vector<uint8_t> payload;      ///< payload

    /** @return octets of the IP packet, with right checksums; empty if the options are too long */
    std::vector<uint8_t> Serialize() const;
    /** @param octets an IP packet @return the segment, if it is one */
    static std::optional<PktSegment> Parse(std::span<const uint8_t> octets);
    /** @param kind an option's kind @return the first option of this kind, or null */
    const PktRawOption* Find(uint8_t kind) const;
};

} // namespace ns3

#endif /* PKT_SEGMENT_H */
