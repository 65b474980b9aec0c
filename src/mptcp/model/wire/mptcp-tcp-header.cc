/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tcp-header.h"

#include "mptcp-endian.h"

#include <algorithm>
#include <optional>

namespace ns3
{

namespace
{

// Where fields are, octets from the beginning of the header (RFC 9293, section 3.1).
constexpr std::size_t LENGTH_OFFSET = 12;   ///< data offset, in its upper half
constexpr std::size_t CHECKSUM_OFFSET = 16; ///< checksum

constexpr uint8_t LARGEST_SCALE = 14; ///< RFC 7323, section 2.3

/// Octets from the end of the options to that of the header which TcpHeader counts as padding.
constexpr std::size_t MOST_PADDING = 4;

/// Kinds of options (RFC 9293, section 3.1; RFC 7323; RFC 2018).
enum Kind : uint8_t
{
    END = 0,
    NOP = 1,
    MSS = 2,
    WINDOW_SCALE = 3,
    SACK_PERMITTED = 4,
    SACK = 5,
    TIMESTAMPS = 8
};

/** @param kind kind of an option @param size its length @return TcpHeader can read it */
bool
IsWellFormed(uint8_t kind, std::size_t size)
{
    switch (kind)
    {
    case MSS:
        return size == 4;
    case WINDOW_SCALE:
        return size == 3;
    case SACK_PERMITTED:
        return size == 2;
    case SACK:
        return size >= 10 && (size - 2) % 8 == 0;
    case TIMESTAMPS:
        return size == 10;
    default:
        return true;
    }
}

/** @param header octets @return sum of its words for the checksum, carries not yet added */
uint32_t
AddWords(std::span<const uint8_t> header)
{
    uint32_t sum = 0;
    for (std::size_t at = 0; at + 1 < header.size(); at += 2)
    {
        sum += LoadBig<uint16_t>(&header[at]);
    }
    return sum;
}

/**
 * Change the checksum of a header as its options have changed (RFC 1624).
 *
 * @param header octets
 * @param before sum of the words of its options before
 */
void
AdjustChecksum(std::span<uint8_t> header, uint32_t before)
{
    uint32_t sum = static_cast<uint16_t>(~LoadBig<uint16_t>(&header[CHECKSUM_OFFSET]));
    sum += AddWords(header.subspan(TCP_HEADER_LEAST));
    sum += 0xffffU * TCP_HEADER_MOST - before; // a multiple of what counts as 0
    while (sum > 0xffff)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    StoreBig(&header[CHECKSUM_OFFSET], static_cast<uint16_t>(~sum));
}

} // namespace

std::size_t
MptcpGetTcpHeaderLength(std::span<const uint8_t> octets)
{
    if (octets.size() < TCP_HEADER_LEAST)
    {
        return 0;
    }
    const std::size_t length = 4U * (octets[LENGTH_OFFSET] >> 4);
    return length >= TCP_HEADER_LEAST && length <= octets.size() ? length : 0;
}

bool
MptcpMendTcpOptions(std::span<uint8_t> header)
{
    std::span<uint8_t> left = header.subspan(TCP_HEADER_LEAST);
    std::optional<uint32_t> before; // nearly no header needs the sum
    const auto change = [&header, &before](std::span<uint8_t> octets, uint8_t value) {
        before = before ? before : AddWords(header.subspan(TCP_HEADER_LEAST));
        std::fill(octets.begin(), octets.end(), value);
    };
    while (!left.empty())
    {
        if (left[0] == NOP)
        {
            left = left.subspan(1);
            continue;
        }
        if (left[0] == END && left.size() <= MOST_PADDING)
        {
            break;
        }
        if (left[0] == END || left.size() < 2 || left[1] < 2 || left[1] > left.size())
        {
            // Nothing more is read. NOPs, since TcpHeader takes the header to end soon after END.
            change(left, NOP);
            break;
        }
        const std::size_t size = left[1];
        if (!IsWellFormed(left[0], size))
        {
            change(left.first(size), NOP);
        }
        else if (left[0] == WINDOW_SCALE && left[2] > LARGEST_SCALE)
        {
            change(left.subspan(2, 1), LARGEST_SCALE);
        }
        left = left.subspan(size);
    }
    if (before)
    {
        AdjustChecksum(header, *before);
    }
    return before.has_value();
}

} // namespace ns3
