/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_WINDOW_CLAMP_H
#define MPTCP_MIDDLEBOX_WINDOW_CLAMP_H

#include "mptcp-middlebox-element.h"

#include <array>
#include <cstddef>
#include <cstdint>

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
    std::size_t GetNFlows() const override;

  private:
    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;

    static constexpr uint8_t NOT_OFFERED = 255; ///< no window scale in the SYN

    /** A flow. */
    struct Flow
    {
        /// Window scales by Direction of the segments.
        std::array<uint8_t, 2> scales{NOT_OFFERED, NOT_OFFERED};
    };

    uint32_t m_maxWindow{8192};            ///< attribute MaxWindow
    MptcpMiddleboxFlowTable<Flow> m_flows; ///< flows seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_WINDOW_CLAMP_H */
