/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tcp-header.h"

#include "mptcp-endian.h"

#include <algorithm>

namespace ns3
{

namespace
{

// Where fields are, octets from the begin of the header (RFC 9293, section 3.1).
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

/** @param option octets of the option and of all behind it @return whether it was changed */
bool
MendOption(std::span<uint8_t> option)
{
    const std::size_t size = option[1];
    if (!IsWellFormed(option[0], size))
    {
        std::fill_n(option.begin(), size, uint8_t{NOP});
        return true;
    }
    if (option[0] == WINDOW_SCALE && option[2] > LARGEST_SCALE)
    {
        option[2] = LARGEST_SCALE;
        return true;
    }
    return false;
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
    const uint32_t before = left.empty() ? 0 : AddWords(left);
    const std::span<const uint8_t> options = left;
    bool mended = false;
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
            // Nothing more is read. TcpHeader takes a list that ends early for shorter.
            std::fill(left.begin(), left.end(), uint8_t{NOP});
            mended = true;
            break;
        }
        const std::size_t size = left[1];
        mended = MendOption(left) || mended;
        left = left.subspan(size);
    }
    if (mended)
    {
        // RFC 1624: the complement of the sum changes by what the words change by.
        uint32_t sum = static_cast<uint16_t>(~LoadBig<uint16_t>(&header[CHECKSUM_OFFSET]));
        sum += AddWords(options);
        sum += 0xffffU * TCP_HEADER_MOST - before; // a multiple of what counts as 0
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        StoreBig(&header[CHECKSUM_OFFSET], static_cast<uint16_t>(~sum));
    }
    return mended;
}

} // namespace ns3
