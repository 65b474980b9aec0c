/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PROTOCOL_NUMBER_H
#define MPTCP_PROTOCOL_NUMBER_H

#include <cstdint>

namespace ns3
{

// IANA's registers "Assigned Internet Protocol Numbers" and "IEEE 802 Numbers". What ns-3 calls
// them has changed between its releases.

constexpr uint8_t MPTCP_PROTOCOL_TCP = 6;  ///< TCP in an IP header
constexpr uint8_t MPTCP_PROTOCOL_UDP = 17; ///< UDP in an IP header

constexpr uint16_t MPTCP_ETHERTYPE_IPV4 = 0x0800; ///< IPv4 in a frame
constexpr uint16_t MPTCP_ETHERTYPE_IPV6 = 0x86dd; ///< IPv6 in a frame

} // namespace ns3

#endif /* MPTCP_PROTOCOL_NUMBER_H */
