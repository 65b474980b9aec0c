/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_WINDOW_CLAMP_H
#define MPTCP_MIDDLEBOX_WINDOW_CLAMP_H

#include "mptcp-middlebox-element.h"

#include <array>
#include <cstdint>
#include <map>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Shrinks the receive windows that it sees to a largest value (RFC 8684, section 6), which the
 * window scale of the flow is taken into account for. One action is one window that was shrunk.
 */
class MptcpMiddleboxWindowClamp : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();

  private:
    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;

    /** Window scales of a flow by Direction of the segments, 255: none was offered. */
    using Scales = std::array<uint8_t, 2>;

    uint32_t m_maxWindow{8192};                   ///< attribute MaxWindow
    std::map<MptcpMiddleboxFlow, Scales> m_flows; ///< flows whose SYN was seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_WINDOW_CLAMP_H */
