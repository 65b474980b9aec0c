/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler.h"

#include <algorithm>
#include <bit>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpScheduler);

namespace
{

/**
 * @param a a subflow
 * @param b another one
 * @return true if a is faster
 */
bool
IsFaster(const MptcpSubflowView& a, const MptcpSubflowView& b)
{
    if (a.srtt == b.srtt)
    {
        return a.id < b.id;
    }
    if (a.srtt.IsZero() || b.srtt.IsZero())
    {
        return b.srtt.IsZero();
    }
    return a.srtt < b.srtt;
}

} // namespace

TypeId
MptcpScheduler::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpScheduler").SetParent<Object>().SetGroupName("Mptcp");
    return tid;
}

MptcpSubflowMask
MptcpScheduler::GetBestClass(const MptcpConnectionView& view, bool reinject)
{
    constexpr uint32_t CARRIED = 4;
    constexpr uint32_t BACKUP = 2;
    constexpr uint32_t LOSS = 1;
    const std::size_t count = view.subflows.size();
    uint32_t best = UINT32_MAX;
    MptcpSubflowMask mask = 0;
    bool delivering = false;
    for (std::size_t i = 0; i < count; ++i)
    {
        const MptcpSubflowView& subflow = view.subflows[i];
        delivering = delivering || (subflow.delivering && !subflow.backup);
        if (!subflow.usable)
        {
            continue;
        }
        const uint32_t rank = (subflow.stale ? 8 : 0) +
                              (reinject && subflow.carried ? CARRIED : 0) +
                              (subflow.backup ? BACKUP : 0) + (subflow.inLoss ? LOSS : 0);
        if (rank < best)
        {
            best = rank;
            mask = 0;
        }
        if (rank == best)
        {
            mask |= MptcpSubflowBit(i);
        }
    }
    if (reinject && (best & BACKUP) && delivering)
    {
        return 0;
    }
    return (best & CARRIED) && (best & LOSS) ? 0 : mask;
}

bool
MptcpScheduler::HasRoom(const MptcpSubflowView& subflow, uint32_t size)
{
    // What is queued already will use up its part of the window first.
    return subflow.segmentSize > 0 && subflow.available >= subflow.unsent &&
           subflow.available - subflow.unsent >= std::min(subflow.segmentSize, size);
}

bool
MptcpScheduler::MayHold(const MptcpSubflowView& subflow)
{
    return subflow.segmentSize > 0 && subflow.queueable >= subflow.segmentSize;
}

MptcpSubflowMask
MptcpScheduler::GetEligible(const MptcpConnectionView& view, bool reinject)
{
    MptcpSubflowMask mask = GetBestClass(view, reinject);
    // As stock TCP: the last octets may fill a window that has no room for a whole segment.
    const uint32_t size = reinject || view.unsent == 0 ? UINT32_MAX : view.unsent;
    for (MptcpSubflowMask left = mask; left != 0; left &= left - 1)
    {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        if (!HasRoom(view.subflows[i], size))
        {
            mask &= ~MptcpSubflowBit(i);
        }
    }
    return mask;
}

const MptcpSubflowView*
MptcpScheduler::GetFastest(const MptcpConnectionView& view, MptcpSubflowMask mask)
{
    const MptcpSubflowView* best = nullptr;
    for (; mask != 0; mask &= mask - 1)
    {
        const MptcpSubflowView& subflow = view.subflows[std::countr_zero(mask)];
        best = best == nullptr || IsFaster(subflow, *best) ? &subflow : best;
    }
    return best;
}

MptcpSchedulerDecision
MptcpScheduler::Name(const MptcpConnectionView& view, const MptcpSubflowView* subflow)
{
    MptcpSchedulerDecision decision;
    decision.mask = subflow ? MptcpSubflowBit(subflow - view.subflows.data()) : 0;
    return decision;
}

bool
MptcpScheduler::IsBusy(const MptcpSubflowView& subflow)
{
    return subflow.inFlight > 0 || subflow.unsent > 0;
}

} // namespace ns3
