/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H
#define MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H

#include "mptcp-middlebox-element.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Repeats MPTCP options (RFC 8684, section 6): a second time in the same segment where there is
 * room, or on the next segment of the flow that has none. One action is one segment that got an
 * option which is not its own.
 */
class MptcpMiddleboxOptionDuplicator : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    std::size_t GetNFlows() const override;

  private:
    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;

    bool m_within{true}; ///< attribute Within
    bool m_next{false};  ///< attribute Next
    /// Last MPTCP options of a flow, by direction.
    MptcpMiddleboxFlowTable<std::array<std::vector<uint8_t>, 2>> m_last;
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H */
