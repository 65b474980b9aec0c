/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_SACK_H
#define MPTCP_MIDDLEBOX_SACK_H

#include "mptcp-middlebox-segment.h"

#include "ns3/mptcp-endian.h"

#include <cstddef>
#include <cstdint>

namespace ns3
{

/**
 * Change the blocks of a SACK option (RFC 2018), for boxes that change sequence numbers.
 *
 * @param segment a segment, with or without SACK
 * @param map called with references to left and right edge of each block
 */
template <typename Map>
void
MapSackBlocks(MptcpMiddleboxSegment& segment, Map map)
{
    constexpr uint8_t kind = 5;
    constexpr std::size_t block = 8;
    const auto option = segment.FindOption(kind);
    for (std::size_t at = 2; at + block <= option.size(); at += block)
    {
        uint8_t* octets = option.data() + at;
        auto left = LoadBig<uint32_t>(octets);
        auto right = LoadBig<uint32_t>(octets + 4);
        map(left, right);
        StoreBig(octets, left);
        StoreBig(octets + 4, right);
    }
}

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_SACK_H */
