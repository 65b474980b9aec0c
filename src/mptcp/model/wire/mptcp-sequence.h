/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SEQUENCE_H
#define MPTCP_SEQUENCE_H

#include <cstdint>

namespace ns3
{

/**
 * Order of two numbers of the 64-bit data sequence space, which wraps (RFC 8684, section 3.3.1).
 *
 * As in TCP, this orders numbers that are less than half the space apart. At exactly 2^63 each is
 * before the other.
 *
 * @param a a data sequence number
 * @param b another
 * @return true if a is before b
 */
constexpr bool
DsnBefore(uint64_t a, uint64_t b)
{
    return static_cast<int64_t>(a - b) < 0;
}

/**
 * @param a a data sequence number
 * @param b another
 * @return true if a is after b, as DsnBefore says
 */
constexpr bool
DsnAfter(uint64_t a, uint64_t b)
{
    return DsnBefore(b, a);
}

/**
 * How far one number of TCP's 32-bit sequence space, which wraps, is from another. The peer chooses
 * what it sends: the subtraction of SequenceNumber32 is undefined for numbers that are 2^31 apart.
 *
 * @param to a sequence number
 * @param from another
 * @return the distance; negative if the first is before the second, as it is at exactly 2^31
 */
constexpr int32_t
SequenceDistance(uint32_t to, uint32_t from)
{
    return static_cast<int32_t>(to - from);
}

/**
 * Promote 32 bits from the wire to the 64-bit number nearest to an expected value
 * (RFC 8684, section 3.3.1).
 *
 * This is the sanity check that the RFC asks for: the upper half advances only when the lower half
 * wraps in the forward direction, and a late segment from before the wrap gets the old upper half.
 * Subflow sequence numbers, of which the wire and TCP have the lower half, are promoted so as well.
 *
 * @param expected a 64-bit number within 2^31 of the true one
 * @param low the 32 bits received
 * @return the 64-bit number with these low bits that is nearest to expected; the one before it when
 * two are equally near
 */
constexpr uint64_t
ExpandDsn(uint64_t expected, uint32_t low)
{
    const auto distance = static_cast<int32_t>(low - static_cast<uint32_t>(expected));
    return expected + static_cast<uint64_t>(static_cast<int64_t>(distance));
}

} // namespace ns3

#endif /* MPTCP_SEQUENCE_H */
