/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_HEX_H
#define MPTCP_HEX_H

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ns3
{

/**
 * @param hex pairs of lower case hexadecimal digits; blanks between pairs are for the reader
 * @return the octets
 */
inline std::vector<uint8_t>
FromHex(std::string_view hex)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::vector<uint8_t> octets;
    for (std::size_t i = 0; i + 1 < hex.size();)
    {
        if (hex[i] == ' ')
        {
            ++i;
            continue;
        }
        octets.push_back(static_cast<uint8_t>(digits.find(hex[i]) << 4 | digits.find(hex[i + 1])));
        i += 2;
    }
    return octets;
}

/**
 * @param octets any octets
 * @return two lower case hexadecimal digits for each
 */
inline std::string
ToHex(std::span<const uint8_t> octets)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const uint8_t octet : octets)
    {
        hex += digits[octet >> 4];
        hex += digits[octet & 0x0f];
    }
    return hex;
}

/**
 * @param value any number
 * @return its 16 hexadecimal digits
 */
inline std::string
ToHex(uint64_t value)
{
    std::vector<uint8_t> octets;
    for (int shift = 56; shift >= 0; shift -= 8)
    {
        octets.push_back(static_cast<uint8_t>(value >> shift));
    }
    return ToHex(octets);
}

} // namespace ns3

#endif /* MPTCP_HEX_H */
