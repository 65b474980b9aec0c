/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ENDIAN_H
#define MPTCP_ENDIAN_H

#include <boost/endian/conversion.hpp>
#include <cstdint>
#include <cstring>

namespace ns3
{

// Boost has these since 1.71 as load_big_u64() and so on, but the ns-3 wheels bring the headers of
// Boost 1.66, which a build against a wheel finds first.

/**
 * Read a number in network order from octets of any alignment.
 *
 * @tparam T unsigned type, whose size is the number of octets
 * @param in first octet
 * @return the number
 */
template <typename T>
T
LoadBig(const uint8_t* in)
{
    T value;
    std::memcpy(&value, in, sizeof(value));
    return boost::endian::big_to_native(value);
}

/**
 * Write a number in network order to octets of any alignment.
 *
 * @tparam T unsigned type, whose size is the number of octets
 * @param out first octet
 * @param value the number
 */
template <typename T>
void
StoreBig(uint8_t* out, T value)
{
    value = boost::endian::native_to_big(value);
    std::memcpy(out, &value, sizeof(value));
}

} // namespace ns3

#endif /* MPTCP_ENDIAN_H */
