/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H
#define MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H

#include "mptcp-middlebox-element.h"

#include <cstdint>
#include <map>
#include <utility>
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

  private:
    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;

    bool m_within{true}; ///< attribute Within
    bool m_next{false};  ///< attribute Next
    /// Last MPTCP options by flow and direction.
    std::map<std::pair<MptcpMiddleboxFlow, Direction>, std::vector<uint8_t>> m_last;
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_OPTION_DUPLICATOR_H */
