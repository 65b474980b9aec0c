/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_OPTION_FILTER_H
#define MPTCP_MIDDLEBOX_OPTION_FILTER_H

#include "mptcp-middlebox-element.h"

#include <cstddef>
#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Strips TCP options, or drops the segments that carry them (RFC 8684, sections 3.7 and 6).
 *
 * Attributes choose the segments (SYN, SYN/ACK, third ACK, all others), the options (kind, and for
 * kind 30 the subtypes), and how many of the chosen segments of a flow and direction still pass
 * before it begins. One action is one segment that was changed or dropped.
 */
class MptcpMiddleboxOptionFilter : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    std::size_t GetNFlows() const override;

  private:
    /** What is remembered of a flow. */
    struct Flow
    {
        Direction initiator{Direction::FORWARD}; ///< who sent the SYN
        bool data{false};                        ///< data or FIN was seen: the handshake is over
        uint32_t passed[2]{0, 0};                ///< chosen segments so far, by Direction
    };

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;
    /**
     * Follow the handshake.
     * @param flow state of the segment's flow
     * @param direction direction of the segment
     * @param segment a segment
     * @return segments of this place in the connection are chosen
     */
    bool Chooses(Flow& flow, Direction direction, const Segment& segment) const;
    /** @param option octets of an option @return it is one of those that have to go */
    bool IsUnwanted(std::span<const uint8_t> option) const;

    bool m_syn{true};                      ///< attribute Syn
    bool m_synAck{true};                   ///< attribute SynAck
    bool m_thirdAck{true};                 ///< attribute ThirdAck
    bool m_others{true};                   ///< attribute Others
    bool m_drop{false};                    ///< attribute Drop
    bool m_pad{true};                      ///< attribute Pad
    uint8_t m_kind{30};                    ///< attribute Kind
    uint16_t m_subtypes{0xffff};           ///< attribute Subtypes
    uint32_t m_after{0};                   ///< attribute After
    MptcpMiddleboxFlowTable<Flow> m_flows; ///< flows seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_OPTION_FILTER_H */
