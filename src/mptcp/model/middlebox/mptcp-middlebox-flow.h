/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_FLOW_H
#define MPTCP_MIDDLEBOX_FLOW_H

#include "mptcp-middlebox-segment.h"

#include "ns3/address.h"

#include <cstdint>
#include <tuple>
#include <utility>

namespace ns3
{

/** Direction of a segment through a middlebox. */
enum class MptcpMiddleboxDirection : uint8_t
{
    FORWARD = 0,  ///< enters by the first port, that of the inside
    BACKWARD = 1, ///< enters by the second port, that of the outside
};

/** @param direction a direction @return the other one */
constexpr MptcpMiddleboxDirection
Opposite(MptcpMiddleboxDirection direction)
{
    return direction == MptcpMiddleboxDirection::FORWARD ? MptcpMiddleboxDirection::BACKWARD
                                                         : MptcpMiddleboxDirection::FORWARD;
}

/**
 * @ingroup mptcp
 *
 * A TCP connection (or subflow: a middlebox cannot tell) by addresses and ports, the same for both
 * directions.
 */
struct MptcpMiddleboxFlow
{
    Address inside;          ///< address at the first port
    Address outside;         ///< address at the second port
    uint16_t insidePort{0};  ///< TCP port at the first port
    uint16_t outsidePort{0}; ///< TCP port at the second port

    MptcpMiddleboxFlow() = default;

    /** @param direction direction of the segment @param segment any segment of the flow */
    MptcpMiddleboxFlow(MptcpMiddleboxDirection direction, const MptcpMiddleboxSegment& segment)
        : inside(segment.GetSource()),
          outside(segment.GetDestination()),
          insidePort(segment.sourcePort),
          outsidePort(segment.destinationPort)
    {
        if (direction == MptcpMiddleboxDirection::BACKWARD)
        {
            std::swap(inside, outside);
            std::swap(insidePort, outsidePort);
        }
    }

    /** @param other another flow @return order, for containers */
    bool operator<(const MptcpMiddleboxFlow& other) const
    {
        return std::tie(inside, outside, insidePort, outsidePort) <
               std::tie(other.inside, other.outside, other.insidePort, other.outsidePort);
    }
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_FLOW_H */
