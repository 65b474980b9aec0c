/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_FLOW_TABLE_H
#define MPTCP_MIDDLEBOX_FLOW_TABLE_H

#include "mptcp-middlebox-flow.h"
#include "mptcp-middlebox-segment.h"

#include "ns3/nstime.h"
#include "ns3/simulator.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <utility>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * How long a middlebox remembers a flow that it hears nothing of: the two timeouts of RFC 5382,
 * section 5, which the connection tracking of hosts has as well. Zero: for ever.
 */
struct MptcpMiddleboxTimeouts
{
    Time idle;       ///< of a flow that is established
    Time transitory; ///< of one that is only being opened, or is closed
};

/**
 * @ingroup mptcp
 *
 * What a middlebox remembers of the flows that it sees.
 *
 * A flow is established when segments of both sides have been seen, and closed after a RST or the
 * FINs of both sides, until a SYN opens it again. It is forgotten when nothing was seen of it for
 * as long as the timeouts say. No event is needed for that: when a segment of any flow comes, the
 * flows whose time is over go, which are at the head of two lists by the time of their last
 * segments. So a table keeps its last flows for as long as no segment comes, and a simulation that
 * is idle ends.
 *
 * @tparam State what is remembered of a flow, value-initialized at first; it never moves
 */
template <typename State>
class MptcpMiddleboxFlowTable
{
  public:
    /** Told of a flow that is forgotten, while its state still exists. */
    using Farewell = std::function<void(const MptcpMiddleboxFlow&, State&)>;

    /** @param farewell told of each flow that is forgotten */
    void SetFarewell(Farewell farewell)
    {
        m_farewell = std::move(farewell);
    }

    /**
     * A segment has come: forget the flows whose time is over, note what it means to its own flow,
     * and find that.
     *
     * @param flow flow of the segment
     * @param direction direction of the segment
     * @param segment the segment
     * @param timeouts how long flows are remembered
     * @return what is remembered of the flow, null if nothing is
     */
    State* See(const MptcpMiddleboxFlow& flow,
               MptcpMiddleboxDirection direction,
               const MptcpMiddleboxSegment& segment,
               const MptcpMiddleboxTimeouts& timeouts)
    {
        Expire(m_established, timeouts.idle);
        Expire(m_transitory, timeouts.transitory);
        const auto it = m_flows.find(flow);
        if (it == m_flows.end())
        {
            return nullptr;
        }
        Note(it->second, direction, segment);
        return &it->second.state;
    }

    /**
     * Remember a flow from its segment on.
     *
     * @param flow flow that is not remembered yet
     * @param direction direction of the segment
     * @param segment the segment
     * @return its state
     */
    State& Add(const MptcpMiddleboxFlow& flow,
               MptcpMiddleboxDirection direction,
               const MptcpMiddleboxSegment& segment)
    {
        const auto it = m_flows.try_emplace(flow).first;
        it->second.place = m_transitory.insert(m_transitory.end(), {&it->first, Time()});
        Note(it->second, direction, segment);
        return it->second.state;
    }

    /**
     * Both: find the flow of a segment, or remember it from now on.
     *
     * @param flow flow of the segment
     * @param direction direction of the segment
     * @param segment the segment
     * @param timeouts how long flows are remembered
     * @return its state
     */
    State& SeeOrAdd(const MptcpMiddleboxFlow& flow,
                    MptcpMiddleboxDirection direction,
                    const MptcpMiddleboxSegment& segment,
                    const MptcpMiddleboxTimeouts& timeouts)
    {
        State* known = See(flow, direction, segment, timeouts);
        return known ? *known : Add(flow, direction, segment);
    }

    /** @param flow a flow @return what is remembered of it, null if nothing is */
    State* Find(const MptcpMiddleboxFlow& flow)
    {
        const auto it = m_flows.find(flow);
        return it == m_flows.end() ? nullptr : &it->second.state;
    }

    /** @return number of flows that are remembered */
    std::size_t GetSize() const
    {
        return m_flows.size();
    }

    /** Forget all flows. */
    void Clear()
    {
        while (!m_flows.empty())
        {
            Forget(m_flows.begin());
        }
    }

  private:
    /** When a flow was used. */
    struct Use
    {
        const MptcpMiddleboxFlow* flow; ///< key in m_flows
        Time time;                      ///< time of its last segment
    };

    using List = std::list<Use>; ///< by time

    /** One flow. */
    struct Entry
    {
        State state{};                          ///< what is remembered
        std::array<bool, 2> seen{false, false}; ///< segments since the SYN, by direction
        std::array<bool, 2> fin{false, false};  ///< FIN, by direction
        bool reset{false};                      ///< RST
        typename List::iterator place;          ///< in the list of its kind
    };

    using Flows = std::map<MptcpMiddleboxFlow, Entry>; ///< entries by flow

    /** @param entry a flow @return it is established and not closed */
    static bool IsEstablished(const Entry& entry)
    {
        return entry.seen[0] && entry.seen[1] && !entry.reset && !(entry.fin[0] && entry.fin[1]);
    }

    /** @param entry a flow @param direction of its segment @param segment the segment */
    void Note(Entry& entry, MptcpMiddleboxDirection direction, const MptcpMiddleboxSegment& segment)
    {
        using Segment = MptcpMiddleboxSegment;
        List& before = IsEstablished(entry) ? m_established : m_transitory;
        const auto from = static_cast<std::size_t>(direction);
        const bool opens = segment.Has(Segment::SYN) && !segment.Has(Segment::ACK);
        if (opens && !IsEstablished(entry))
        {
            entry.seen = {false, false};
            entry.fin = {false, false};
            entry.reset = false;
        }
        entry.seen[from] = true;
        entry.fin[from] = entry.fin[from] || segment.Has(Segment::FIN);
        entry.reset = entry.reset || segment.Has(Segment::RST);
        entry.place->time = Simulator::Now();
        List& after = IsEstablished(entry) ? m_established : m_transitory;
        after.splice(after.end(), before, entry.place);
    }

    /** @param list flows of one kind @param timeout how long these are remembered; zero: for ever
     */
    void Expire(List& list, const Time& timeout)
    {
        while (!list.empty() && timeout.IsStrictlyPositive() &&
               Simulator::Now() - list.front().time > timeout)
        {
            Forget(m_flows.find(*list.front().flow));
        }
    }

    /** @param it a flow: it is forgotten */
    void Forget(typename Flows::iterator it)
    {
        if (m_farewell)
        {
            m_farewell(it->first, it->second.state);
        }
        List& list = IsEstablished(it->second) ? m_established : m_transitory;
        list.erase(it->second.place);
        m_flows.erase(it);
    }

    Flows m_flows;       ///< flows
    List m_established;  ///< those that are established
    List m_transitory;   ///< the others
    Farewell m_farewell; ///< told of a flow that is forgotten
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_FLOW_TABLE_H */
