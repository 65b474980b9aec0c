/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-blest.h"

#include "mptcp-checker.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerBlest);

TypeId
MptcpSchedulerBlest::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerBlest")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerBlest>()
            .AddAttribute(
                "Lambda",
                "Factor of the estimate at the start; 0: 1.0 as in the paper, 1.2 with "
                "LinuxArithmetic.",
                DoubleValue(0),
                MakeDoubleAccessor(&MptcpSchedulerBlest::m_start),
                MptcpNamed("ns3::MptcpSchedulerBlest::Lambda", MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("Increase",
                          "What the factor grows by in an RTT with the window full.",
                          DoubleValue(0.04),
                          MakeDoubleAccessor(&MptcpSchedulerBlest::m_increase),
                          MptcpNamed("ns3::MptcpSchedulerBlest::Increase",
                                     MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("Decrease",
                          "What the factor shrinks by in another RTT.",
                          DoubleValue(0.01),
                          MakeDoubleAccessor(&MptcpSchedulerBlest::m_decrease),
                          MptcpNamed("ns3::MptcpSchedulerBlest::Decrease",
                                     MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("MinLambda",
                          "The lowest that the factor can shrink to.",
                          DoubleValue(1.0),
                          MakeDoubleAccessor(&MptcpSchedulerBlest::m_minLambda),
                          MptcpNamed("ns3::MptcpSchedulerBlest::MinLambda",
                                     MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("MaxLambda",
                          "The highest that the factor can grow to.",
                          DoubleValue(1.3),
                          MakeDoubleAccessor(&MptcpSchedulerBlest::m_maxLambda),
                          MptcpNamed("ns3::MptcpSchedulerBlest::MaxLambda",
                                     MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("LinuxArithmetic",
                          "Estimate as Linux does; false: by the paper.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSchedulerBlest::m_linux),
                          MakeBooleanChecker());
    return tid;
}

double
MptcpSchedulerBlest::GetLambda() const
{
    return m_lambda;
}

double
MptcpSchedulerBlest::Estimate(const MptcpSubflowView& fast, Time slowRtt)
{
    const double segment = std::max(fast.segmentSize, 1U);
    const double rounds = static_cast<double>(slowRtt.GetNanoSeconds()) /
                          static_cast<double>(fast.srtt.GetNanoSeconds());
    return segment * (fast.cwnd / segment + (rounds - 1) / 2) * rounds;
}

double
MptcpSchedulerBlest::EstimateLinux(const MptcpSubflowView& fast, Time average, Time linger)
{
    const uint32_t segment = std::max(fast.segmentSize, 1U);
    const uint32_t window = fast.cwnd / segment; // whole segments, as the kernel counts
    const auto rounds = static_cast<double>(
        average.IsZero() ? 1 : linger.GetNanoSeconds() / average.GetNanoSeconds() + 1);
    if (fast.ssthresh == UINT32_MAX)
    {
        return window * (std::exp2(std::min(rounds, 16.0)) - 1) * segment;
    }
    // It is taken to be in congestion avoidance already.
    const double avoiding = std::max(window, fast.ssthresh / segment + 1);
    return (avoiding + std::floor((rounds - 1) / 2)) * rounds * segment;
}

Time
MptcpSchedulerBlest::GetLinger(const MptcpSubflowView& slow, Time lowest, Time highest)
{
    const int64_t segment = std::max(slow.segmentSize, 1U);
    const int64_t inFlight = slow.inFlight / segment + 1;
    const int64_t window = slow.cwnd / segment;
    if (inFlight >= window)
    {
        return std::max(slow.srtt, highest);
    }
    const int64_t slope = (highest - lowest).GetNanoSeconds();
    return std::max(slow.srtt, lowest + NanoSeconds(slope * inFlight / window));
}

const MptcpSchedulerBlest::Range&
MptcpSchedulerBlest::GetRange(uint32_t id) const
{
    return *std::find_if(m_ranges.begin(), m_ranges.end(), [id](const Range& range) {
        return range.id == id;
    });
}

void
MptcpSchedulerBlest::Observe(const MptcpConnectionView& view)
{
    if (m_lambda == 0)
    {
        NS_ABORT_MSG_IF(m_minLambda > m_maxLambda,
                        "ns3::MptcpSchedulerBlest: MinLambda " << m_minLambda << " > MaxLambda "
                                                               << m_maxLambda);
        m_lambda = m_start > 0 ? m_start : (m_linux ? 1.2 : 1.0);
        m_changed = Simulator::Now();
    }
    ForgetEnded(m_ranges, view);
    for (const auto& subflow : view.subflows)
    {
        m_blocked |= view.windowLeft < subflow.segmentSize && view.sndNxt != view.sndUna;
        if (subflow.srtt.IsZero())
        {
            continue;
        }
        const uint32_t id = subflow.id;
        const auto found = std::find_if(m_ranges.begin(), m_ranges.end(), [id](const Range& range) {
            return range.id == id;
        });
        if (found == m_ranges.end())
        {
            m_ranges.push_back({id, subflow.srtt, subflow.srtt});
            continue;
        }
        found->lowest = std::min(found->lowest, subflow.srtt);
        found->highest = std::max(found->highest, subflow.srtt);
    }
}

void
MptcpSchedulerBlest::Learn(Time interval)
{
    if (Simulator::Now() - m_changed < interval)
    {
        return;
    }
    m_lambda += m_blocked ? m_increase : -m_decrease;
    m_lambda = std::max(m_minLambda, std::min(m_maxLambda, m_lambda));
    m_blocked = false;
    m_changed = Simulator::Now();
}

MptcpSchedulerDecision
MptcpSchedulerBlest::Select(const MptcpConnectionView& view, bool reinject)
{
    Observe(view);
    const MptcpSubflowView* chosen = GetFastest(view, GetEligible(view, reinject));
    const MptcpSubflowView* fast = GetFastest(view, GetBestClass(view, reinject));
    if (reinject || chosen == nullptr || chosen == fast || !IsBusy(*fast) ||
        !chosen->srtt.IsStrictlyPositive())
    {
        return Name(view, chosen);
    }
    const Range& slowRange = GetRange(chosen->id);
    Learn(slowRange.lowest);
    double expected = 0;
    if (m_linux)
    {
        const Range& fastRange = GetRange(fast->id);
        const Time average = NanoSeconds(
            (fastRange.lowest.GetNanoSeconds() + fastRange.highest.GetNanoSeconds()) / 2);
        expected =
            EstimateLinux(*fast, average, GetLinger(*chosen, slowRange.lowest, slowRange.highest));
    }
    else
    {
        expected = Estimate(*fast, chosen->srtt);
    }
    const double window = static_cast<double>(view.sndNxt - view.sndUna) + view.windowLeft;
    const double held =
        static_cast<double>(chosen->inFlight) + chosen->unsent + chosen->segmentSize;
    if (expected * m_lambda > std::max(window - held, 0.0))
    {
        return {};
    }
    return Name(view, chosen);
}

} // namespace ns3
