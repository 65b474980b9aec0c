/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TCP_HEADER_H
#define MPTCP_TCP_HEADER_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace ns3
{

/// Octets of a TCP header without options, and with as many as there may be (RFC 9293, 3.1).
constexpr std::size_t TCP_HEADER_LEAST = 20;
constexpr std::size_t TCP_HEADER_MOST = 60;

/**
 * Get the length of a TCP header with its options.
 *
 * @param octets segment from the begin of its header, as far as TCP_HEADER_MOST at least
 * @return length in octets; 0: the data offset lies within the fixed part or behind the segment
 */
std::size_t MptcpGetTcpHeaderLength(std::span<const uint8_t> octets);

/**
 * Make the options of a TCP header such as ns3::TcpHeader can read, which stops the simulation over
 * some and takes what stands behind others for data. What is malformed has no effect, as in Linux
 * (tcp_parse_options): an option of the wrong length becomes NOPs, and so does all that stands
 * behind a length that cannot be, or behind the end of the list if that is far from the end of the
 * header. A window scale above 14 becomes 14 (RFC 7323, section 2.3). The checksum of the header is
 * adjusted.
 *
 * @param header octets of the header, options included, of a length by MptcpGetTcpHeaderLength()
 * @return something was malformed, and has been changed
 */
bool MptcpMendTcpOptions(std::span<uint8_t> header);

} // namespace ns3

#endif /* MPTCP_TCP_HEADER_H */
