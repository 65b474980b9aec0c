/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_COALESCER_H
#define MPTCP_MIDDLEBOX_COALESCER_H

#include "mptcp-middlebox-element.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Joins data segments that follow each other into one (RFC 8684, section 6), which has the options
 * of the first or of the last of them: the options of the others are lost. A segment waits for the
 * next one for some time. One action is one segment that was joined to the one before it.
 */
class MptcpMiddleboxCoalescer : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    std::size_t GetNFlows() const override;

  private:
    /** A segment that waits. */
    struct Held
    {
        Segment segment; ///< the segment, joined with those that followed
        EventId event;   ///< end of the wait
    };

    /** Flow and direction. */
    using Key = std::pair<MptcpMiddleboxFlow, Direction>;

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;
    /** @param held of which flow and direction: emit what waits */
    void Flush(const Key& held);

    uint32_t m_maxSize{1400};   ///< attribute MaxSize
    Time m_wait;                ///< attribute Wait
    bool m_keepLast{false};     ///< attribute KeepLast
    std::map<Key, Held> m_held; ///< what waits
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_COALESCER_H */
