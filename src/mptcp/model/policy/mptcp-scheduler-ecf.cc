/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-ecf.h"

#include "mptcp-checker.h"

#include "ns3/boolean.h"
#include "ns3/double.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerEcf);

TypeId
MptcpSchedulerEcf::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerEcf")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerEcf>()
            .AddAttribute(
                "Beta",
                "How much longer to wait if it waited before, a share of the slow path's "
                "RTT.",
                DoubleValue(0.25),
                MakeDoubleAccessor(&MptcpSchedulerEcf::m_beta),
                MptcpNamed("ns3::MptcpSchedulerEcf::Beta", MakeDoubleChecker<double>(0, 1000)))
            .AddAttribute("LinuxArithmetic",
                          "Take at least a window for what is left, and twice the RTT variation, "
                          "as Linux does; false: by the paper.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSchedulerEcf::m_linux),
                          MakeBooleanChecker());
    return tid;
}

bool
MptcpSchedulerEcf::IsWaitBetter(const MptcpSubflowView& fast,
                                const MptcpSubflowView& slow,
                                double unsent,
                                double beta,
                                bool linux,
                                bool& waiting)
{
    const double fastWindow = std::max({fast.cwnd, fast.segmentSize, 1U});
    const double slowWindow = std::max({slow.cwnd, slow.segmentSize, 1U});
    // Nanoseconds in floating point are exact here, so that equality is.
    const auto fastRtt = static_cast<double>(fast.srtt.GetNanoSeconds());
    const auto slowRtt = static_cast<double>(slow.srtt.GetNanoSeconds());
    const auto deviation = static_cast<double>(std::max(fast.rttVar, slow.rttVar).GetNanoSeconds());
    const double delta = linux ? 2 * deviation : deviation;
    const double fastLeft = linux ? std::max(unsent, fastWindow) : unsent;
    const double slowLeft = linux ? std::max(unsent, slowWindow) : unsent;
    // Both sides times the window: a quotient would not be exact.
    if ((fastWindow + fastLeft) * fastRtt <
        fastWindow * (1 + (waiting ? beta : 0)) * (slowRtt + delta))
    {
        if (slowLeft * slowRtt >= slowWindow * (2 * fastRtt + delta))
        {
            waiting = true;
            return true;
        }
        return false;
    }
    waiting = false;
    return false;
}

MptcpSchedulerDecision
MptcpSchedulerEcf::Select(const MptcpConnectionView& view, bool reinject)
{
    const MptcpSubflowView* chosen = GetFastest(view, GetEligible(view, reinject));
    const MptcpSubflowView* fast = GetFastest(view, GetBestClass(view, reinject));
    if (!reinject && chosen != nullptr && chosen != fast && IsBusy(*fast) &&
        chosen->srtt.IsStrictlyPositive() &&
        IsWaitBetter(*fast, *chosen, view.unsent, m_beta, m_linux, m_waiting))
    {
        return {};
    }
    return Name(view, chosen);
}

} // namespace ns3
