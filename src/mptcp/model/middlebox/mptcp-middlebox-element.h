/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_ELEMENT_H
#define MPTCP_MIDDLEBOX_ELEMENT_H

#include "mptcp-middlebox-flow-table.h"
#include "mptcp-middlebox-flow.h"
#include "mptcp-middlebox-segment.h"

#include "ns3/callback.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-value.h"

#include <cstddef>
#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * One behavior of a middlebox. It is given the segments of both directions in the order in which
 * they pass, and emits what goes on: the same segment, a changed one, several, or none, now or
 * later, in either direction.
 *
 * Attributes Forward and Backward choose the directions whose segments it changes. What it
 * remembers of flows it forgets as Timeout and TransitoryTimeout say, see MptcpMiddleboxFlowTable;
 * what comes of a forgotten flow after all is as of one that it has never seen.
 */
class MptcpMiddleboxElement : public Object
{
  public:
    /** Direction of a segment. */
    using Direction = MptcpMiddleboxDirection;
    /** A segment. */
    using Segment = MptcpMiddleboxSegment;
    /** Takes what an element emits. */
    using Output = Callback<void, Direction, const Segment&>;

    /** @return the TypeId */
    static TypeId GetTypeId();

    /** @param output takes what the element emits; set by the middlebox that holds the element */
    void SetOutput(const Output& output);
    /** @param direction direction of the segment @param segment a segment that arrives */
    void Process(Direction direction, const Segment& segment);
    /** @return how often the element has done what it is for */
    uint64_t GetActions() const;
    /** @return flows that it remembers */
    virtual std::size_t GetNFlows() const;
    /**
     * Fix the random streams.
     * @param stream first stream index
     * @return number of streams used
     */
    virtual int64_t AssignStreams(int64_t stream);

  protected:
    void DoDispose() override;
    /** @param direction a direction @return the element changes its segments */
    bool Acts(Direction direction) const;
    /** @param direction where to @param segment a segment that leaves */
    void Emit(Direction direction, const Segment& segment);
    /** Count one action. */
    void CountAction();
    /** @return how long flows are remembered */
    MptcpMiddleboxTimeouts GetTimeouts() const;

  private:
    /** @param direction direction of the segment @param segment a segment, free to be changed */
    virtual void DoProcess(Direction direction, Segment& segment) = 0;

    bool m_forward{true};               ///< attribute Forward
    bool m_backward{true};              ///< attribute Backward
    Time m_timeout;                     ///< attribute Timeout
    Time m_transitoryTimeout;           ///< attribute TransitoryTimeout
    TracedValue<uint64_t> m_actions{0}; ///< trace Actions
    Output m_output;                    ///< next element or port
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_ELEMENT_H */
