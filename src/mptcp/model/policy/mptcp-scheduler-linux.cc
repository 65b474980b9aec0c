/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-linux.h"

#include "mptcp-checker.h"

#include "ns3/uinteger.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerLinux);

namespace
{

/**
 * @param subflow a subflow
 * @return its pacing rate as Linux's TCP has it, octets/s; infinite without an RTT sample
 */
double
GetPacingRate(const MptcpSubflowView& subflow)
{
    if (subflow.srtt.IsZero())
    {
        return std::numeric_limits<double>::infinity();
    }
    const double ratio = subflow.cwnd < subflow.ssthresh / 2 ? 2 : 1.2;
    return ratio * std::max(subflow.cwnd, subflow.segmentSize) / subflow.srtt.GetSeconds();
}

/** @param subflow a subflow @return octets that it holds */
uint32_t
GetQueued(const MptcpSubflowView& subflow)
{
    return subflow.inFlight + subflow.unsent;
}

} // namespace

TypeId
MptcpSchedulerLinux::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerLinux")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerLinux>()
            .AddAttribute(
                "Burst",
                "Octets that go to one subflow before the choice is made anew "
                "(MPTCP_SEND_BURST_SIZE).",
                UintegerValue(65428),
                MakeUintegerAccessor(&MptcpSchedulerLinux::m_burst),
                MptcpNamed("ns3::MptcpSchedulerLinux::Burst", MakeUintegerChecker<uint32_t>(1)));
    return tid;
}

MptcpSchedulerLinux::Pace&
MptcpSchedulerLinux::GetPace(uint32_t id)
{
    const auto found = std::find_if(m_paces.begin(), m_paces.end(), [id](const Pace& pace) {
        return pace.id == id;
    });
    return found != m_paces.end() ? *found : m_paces.emplace_back(Pace{id, 0});
}

double
MptcpSchedulerLinux::GetLinger(const MptcpSubflowView& subflow)
{
    const uint32_t queued = GetQueued(subflow);
    Pace& pace = GetPace(subflow.id);
    if (pace.average == 0 && !subflow.srtt.IsZero())
    {
        pace.average = GetPacingRate(subflow);
    }
    return pace.average > 0 ? queued / pace.average : 0;
}

void
MptcpSchedulerLinux::BeginBurst(const MptcpConnectionView& view, const MptcpSubflowView& subflow)
{
    m_current = subflow.id;
    m_left = std::min(m_burst, view.windowLeft);
    const double rate = GetPacingRate(subflow);
    Pace& pace = GetPace(subflow.id);
    const double queued = GetQueued(subflow);
    if (m_left > 0 && pace.average > 0)
    {
        pace.average = (pace.average * queued + rate * m_left) / (queued + m_left);
    }
}

MptcpSchedulerDecision
MptcpSchedulerLinux::Select(const MptcpConnectionView& view, bool reinject)
{
    ForgetEnded(m_paces, view);
    MptcpSchedulerDecision decision;
    const MptcpSubflowView* best = nullptr;
    double shortest = 0;
    const MptcpSubflowMask candidates =
        reinject ? GetEligible(view, true) : GetBestClass(view, false);
    for (MptcpSubflowMask left = candidates; left != 0; left &= left - 1)
    {
        const MptcpSubflowView& subflow = view.subflows[std::countr_zero(left)];
        if (!reinject && m_left > 0 && subflow.id == m_current && MayHold(subflow))
        {
            best = &subflow;
            break;
        }
        const double linger = GetLinger(subflow);
        if (best == nullptr || linger < shortest)
        {
            best = &subflow;
            shortest = linger;
        }
    }
    if (best == nullptr)
    {
        return decision;
    }
    if (!reinject)
    {
        if (!MayHold(*best))
        {
            return decision;
        }
        if (m_left == 0 || best->id != m_current)
        {
            BeginBurst(view, *best);
        }
        m_left -= std::min(m_left, best->segmentSize);
        decision.ahead = true;
    }
    decision.mask = MptcpSubflowBit(best - view.subflows.data());
    return decision;
}

} // namespace ns3
