/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-arrival.h"

#include <bit>
#include <limits>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerArrival);

TypeId
MptcpSchedulerArrival::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerArrival").SetParent<MptcpScheduler>().SetGroupName("Mptcp");
    return tid;
}

MptcpSchedulerDecision
MptcpSchedulerArrival::Select(const MptcpConnectionView& view, bool reinject)
{
    const MptcpSubflowView* best = nullptr;
    double earliest = 0;
    MptcpSubflowMask left = reinject ? GetEligible(view, true) : GetBestClass(view, false);
    for (; left != 0; left &= left - 1)
    {
        const MptcpSubflowView& subflow = view.subflows[std::countr_zero(left)];
        if (!MayHold(subflow) && !IsBusy(subflow))
        {
            continue; // waiting for it could be without end
        }
        const double arrival = subflow.srtt.IsStrictlyPositive()
                                   ? GetArrival(subflow)
                                   : std::numeric_limits<double>::infinity();
        if (best == nullptr || arrival < earliest || (arrival == earliest && subflow.id < best->id))
        {
            best = &subflow;
            earliest = arrival;
        }
    }
    if (best == nullptr || reinject)
    {
        return Name(view, best);
    }
    if (!MayHold(*best))
    {
        return {};
    }
    MptcpSchedulerDecision decision = Name(view, best);
    decision.ahead = true;
    return decision;
}

} // namespace ns3
