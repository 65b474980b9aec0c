/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_H
#define MPTCP_SCHEDULER_H

#include "mptcp-view.h"

#include "ns3/object.h"

#include <algorithm>
#include <vector>

namespace ns3
{

/** A scheduler's answer. */
struct MptcpSchedulerDecision
{
    MptcpSubflowMask mask{0}; ///< which subflows of the view carry it; 0: wait for the next event
    bool ahead{false}; ///< the subflows named may queue data that their windows do not admit yet
    /// Each subflow named gets the next segment of its own: the oldest that is outstanding and that
    /// it has not carried, or new data if there is none.
    bool repeat{false};
};

/**
 * Decides which subflow carries the next segment.
 *
 * Called whenever the connection has data to send (or to reinject) and after each segment, from an
 * acknowledgment, a Send() of the application, a new subflow or a timeout. It must not act on
 * anything: it answers for this instant. It should name only subflows that are usable and have
 * available >= 1 segment; any other is ignored and counts as wait. With "ahead" set it is queueable
 * >= 1 segment that counts: the data stays in the subflow until its windows open, and can leave it
 * again only as a reinjection. With several subflows named, each gets a copy of the segment. With
 * "repeat" set, each gets the segment that comes next for it, among those whose first transmission
 * was decided so; then the question is asked as well when there is no new data, while the last
 * answer was such and data is outstanding. It may keep state of its own:
 * each connection has its own object. Windows are in octets, RTTs are smoothed ones.
 *
 * RFC 8684, section 3.3.8, leaves the choice to local policy, and asks for two things: backup
 * subflows only carry data when no other can, and data that is to be sent again may go anywhere.
 */
class MptcpScheduler : public Object
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * @param view snapshot of the connection
     * @param reinject true: the data was sent before on subflows marked "carried"
     * @return the decision
     */
    virtual MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) = 0;

  protected:
    /**
     * The subflows among which an ordinary scheduler chooses, by the rules that do not depend on
     * its preference: of the usable subflows those of the best class, so that one of a lesser class
     * never takes over just because the better ones have their windows full. Classes, the weightier
     * criterion first:
     *
     * 1. not stale;
     * 2. when reinjecting: has not carried the data (before 3, as in Linux: a backup subflow that
     *    is free of the trouble repairs it);
     * 3. not backup;
     * 4. not in loss (CA_LOSS).
     *
     * If the best class for a reinjection has carried the data and is in loss, then there is none:
     * TCP is retransmitting that data there anyway. Nor is there one if it is of backup subflows
     * while another subflow delivers what it holds, usable for this data or not: a backup subflow
     * repairs only where no other makes progress (Linux: mptcp_subflow_get_retrans).
     *
     * @param view snapshot of the connection
     * @param reinject true: the data was sent before
     * @return mask of the subflows of the best class
     */
    static MptcpSubflowMask GetBestClass(const MptcpConnectionView& view, bool reinject);
    /**
     * @param subflow a subflow
     * @param size octets of the data that is left
     * @return true if its windows admit a segment, or all of the data if that is less, after what
     *         is queued in it
     */
    static bool HasRoom(const MptcpSubflowView& subflow, uint32_t size = UINT32_MAX);
    /**
     * @param subflow a subflow
     * @return true if it may be given a segment ahead of its windows
     */
    static bool MayHold(const MptcpSubflowView& subflow);
    /**
     * @param view snapshot of the connection
     * @param reinject true: the data was sent before
     * @return mask of the subflows of the best class that have room for a segment, or for all data
     *         that is left if that is less
     */
    static MptcpSubflowMask GetEligible(const MptcpConnectionView& view, bool reinject);
    /**
     * @param view snapshot of the connection
     * @param mask subflows to look at
     * @return the one with the lowest smoothed RTT, one without a sample last, of equal ones that
     *         with the lowest identifier; null if the mask is 0
     */
    static const MptcpSubflowView* GetFastest(const MptcpConnectionView& view,
                                              MptcpSubflowMask mask);
    /**
     * @param view snapshot of the connection
     * @param subflow one of its subflows; null: none
     * @return the decision that names just this one
     */
    static MptcpSchedulerDecision Name(const MptcpConnectionView& view,
                                       const MptcpSubflowView* subflow);
    /**
     * @param subflow a subflow without room
     * @return true if it will have room again without the scheduler's doing, so that one can wait
     *         for it
     */
    static bool IsBusy(const MptcpSubflowView& subflow);

    /**
     * Drop what is remembered of subflows that have ended: identifiers never come again, and a
     * connection may have any number of subflows one after the other.
     *
     * @tparam Record type with a member id
     * @param records records by subflow
     * @param view snapshot of the connection
     */
    template <typename Record>
    static void ForgetEnded(std::vector<Record>& records, const MptcpConnectionView& view)
    {
        if (records.size() <= 2 * view.subflows.size() + KEPT)
        {
            return; // not at each decision
        }
        std::erase_if(records, [&view](const Record& record) {
            return std::none_of(
                view.subflows.begin(),
                view.subflows.end(),
                [&record](const MptcpSubflowView& subflow) { return subflow.id == record.id; });
        });
    }

  private:
    /// Records of subflows that have ended which may be kept beside those of as many as there are.
    static constexpr std::size_t KEPT = 8;
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_H */
