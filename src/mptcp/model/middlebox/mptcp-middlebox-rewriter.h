/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_REWRITER_H
#define MPTCP_MIDDLEBOX_REWRITER_H

#include "mptcp-middlebox-element.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * An application-level gateway: it replaces octets of the data of a flow by others, as many or
 * not, and makes up for the difference in the sequence numbers that follow, in acknowledgments and
 * in SACK blocks (RFC 8684, sections 3.7 and 6). Data that is sent again is changed in the same
 * way, whatever the boundaries of its segments.
 *
 * The places are octets of the flow's own stream, of which the first after the SYN is 0: Offset,
 * Offset + Period, Offset + 2 * Period and so on, at most Count of them. Flows whose SYN it did not
 * see pass unchanged. One action is one segment whose data was changed.
 */
class MptcpMiddleboxRewriter : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    std::size_t GetNFlows() const override;

  private:
    /** The stream of one direction, as its sender numbers it. */
    struct Stream
    {
        bool known{false};           ///< its SYN was seen
        uint32_t isn{0};             ///< of the SYN
        uint64_t highest{0};         ///< end of what was seen
        std::optional<uint64_t> fin; ///< octets of data, once the FIN was seen
    };

    /** Streams of a flow by Direction. */
    using Flow = std::array<Stream, 2>;

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;
    /** @return octets that take the place of the removed ones */
    uint32_t GetInserted() const;
    /** @return the rewriting changes no sequence number */
    bool KeepsLength() const;
    /**
     * @param stream a stream
     * @param index number of a place
     * @return its offset; nothing if there is none
     */
    std::optional<uint64_t> GetPlace(const Stream& stream, uint32_t index) const;
    /**
     * @param stream a stream
     * @param position octet as its sender numbers it
     * @return the octet as its receiver numbers it
     */
    uint64_t ToReceiver(const Stream& stream, uint64_t position) const;
    /**
     * @param stream a stream
     * @param position octet as its receiver numbers it
     * @param up inside of inserted octets, the end of the removed ones; else their begin
     * @return the octet as its sender numbers it
     */
    uint64_t ToSender(const Stream& stream, uint64_t position, bool up) const;
    /**
     * @param stream a stream
     * @param number sequence number of the receiver's numbering
     * @param up see ToSender
     * @return sequence number of the sender's numbering
     */
    uint32_t MapBack(const Stream& stream, uint32_t number, bool up) const;
    /**
     * Change the data of a segment.
     * @param stream its stream
     * @param begin offset of its first octet
     * @param segment the segment
     */
    void Rewrite(const Stream& stream, uint64_t begin, Segment& segment);

    uint64_t m_offset{0};                  ///< attribute Offset
    uint64_t m_period{0};                  ///< attribute Period
    uint32_t m_count{1};                   ///< attribute Count
    uint32_t m_remove{1};                  ///< attribute Remove
    std::string m_insert;                  ///< attribute Insert
    bool m_invert{false};                  ///< attribute Invert
    MptcpMiddleboxFlowTable<Flow> m_flows; ///< flows whose SYN was seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_REWRITER_H */
