/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-ndiffports.h"

#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerNdiffports);

TypeId
MptcpPathManagerNdiffports::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpPathManagerNdiffports")
            .SetParent<MptcpPathManager>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpPathManagerNdiffports>()
            .AddAttribute("Subflows",
                          "How many subflows to have between the two addresses, the initial one "
                          "among them.",
                          UintegerValue(2),
                          MakeUintegerAccessor(&MptcpPathManagerNdiffports::m_subflows),
                          MakeUintegerChecker<uint32_t>(1, 64))
            .AddAttribute("RetryDelay",
                          "Time between the end of a subflow and the attempt to open another one. "
                          "It doubles with each failure. Zero: never try again.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&MptcpPathManagerNdiffports::m_retryDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("MaxRetryDelay",
                          "Upper limit of the doubling RetryDelay.",
                          TimeValue(Seconds(60)),
                          MakeTimeAccessor(&MptcpPathManagerNdiffports::m_maxRetryDelay),
                          MakeTimeChecker(Time(0)));
    return tid;
}

MptcpPathActions
MptcpPathManagerNdiffports::Decide(const MptcpPathView& view, MptcpPathEvent event)
{
    MptcpPathActions actions;
    const Time now = Simulator::Now();
    if (event == MptcpPathEvent::SUBFLOW_ESTABLISHED && view.subject.subflow.local)
    {
        m_failures = 0;
    }
    const std::vector<Address>& gained = view.subject.gained;
    if (event == MptcpPathEvent::LOCAL_CHANGED &&
        std::find(gained.begin(), gained.end(), view.initialLocal) != gained.end())
    {
        // An address that is not there fails for a known reason: start afresh when it comes back.
        m_failures = 0;
        m_next = Time();
    }
    if (event == MptcpPathEvent::SUBFLOW_CLOSED)
    {
        // RFC 8684, section 3.6: no second try after an error that the peer calls permanent.
        if (m_retryDelay.IsZero() || view.subject.permanent)
        {
            m_next = Time::Max();
        }
        Time delay = m_retryDelay;
        for (uint32_t i = 0; i < m_failures && delay < m_maxRetryDelay; ++i)
        {
            delay = delay + delay;
        }
        m_next = Max(m_next, now + Min(delay, m_maxRetryDelay));
        ++m_failures;
    }
    const bool joinable =
        std::any_of(view.remotes.begin(), view.remotes.end(), [](const MptcpRemoteAddress& r) {
            return r.id == 0 && r.joinable;
        });
    if (!view.client || !joinable || m_next == Time::Max())
    {
        return actions;
    }
    const auto open = static_cast<uint32_t>(
        std::count_if(view.subflows.begin(), view.subflows.end(), [](const auto& subflow) {
            return !subflow.closing && subflow.local && subflow.localId == 0 &&
                   subflow.remoteId == 0;
        }));
    if (open >= m_subflows)
    {
        return actions;
    }
    if (m_next > now)
    {
        actions.callAgain = m_next - now;
        actions.whenActive = true;
        return actions;
    }
    for (uint32_t i = open; i < m_subflows; ++i)
    {
        actions.create.push_back({0, 0});
    }
    return actions;
}

} // namespace ns3
