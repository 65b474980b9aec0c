/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-full-mesh.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-address.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerFullMesh);

TypeId
MptcpPathManagerFullMesh::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpPathManagerFullMesh")
            .SetParent<MptcpPathManager>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpPathManagerFullMesh>()
            .AddAttribute("MaxSubflows",
                          "How many subflows a connection may have besides the initial one, "
                          "counting those that the peer opened.",
                          UintegerValue(8),
                          MakeUintegerAccessor(&MptcpPathManagerFullMesh::m_maxSubflows),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("Announce",
                          "Whether a server announces its local addresses by ADD_ADDR, except that "
                          "of the initial subflow.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpPathManagerFullMesh::m_announce),
                          MakeBooleanChecker())
            .AddAttribute("DialFromServer",
                          "Whether a server opens subflows too. Clients always do.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpPathManagerFullMesh::m_dialFromServer),
                          MakeBooleanChecker())
            .AddAttribute("RetryDelay",
                          "Time between the end of a subflow and the attempt to open it again. It "
                          "doubles with each failure. Zero: never try again.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&MptcpPathManagerFullMesh::m_retryDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("MaxRetryDelay",
                          "Upper limit of the doubling RetryDelay.",
                          TimeValue(Seconds(60)),
                          MakeTimeAccessor(&MptcpPathManagerFullMesh::m_maxRetryDelay),
                          MakeTimeChecker(Time(0)));
    return tid;
}

MptcpPathActions
MptcpPathManagerFullMesh::Decide(const MptcpPathView& view, MptcpPathEvent event)
{
    MptcpPathActions actions;
    Update(view);
    if (event == MptcpPathEvent::SUBFLOW_CLOSED && view.subject.permanent)
    {
        // RFC 8684, section 3.6: no second try after an error that the peer calls permanent.
        if (Pair* pair = FindPair(view.subject.subflow.localId, view.subject.subflow.remoteId))
        {
            pair->next = Time::Max();
        }
    }
    if (m_announce && !view.client)
    {
        for (const MptcpLocalAddress& local : view.locals)
        {
            const bool announced =
                std::find(view.announced.begin(), view.announced.end(), local.id) !=
                view.announced.end();
            if (local.id != 0 && local.up && !announced)
            {
                actions.announce.push_back(local.id);
            }
        }
    }
    if (view.client || m_dialFromServer)
    {
        Dial(view, actions);
    }
    return actions;
}

std::string
MptcpPathManagerFullMesh::Explain(const MptcpPathView& view) const
{
    if (!view.client && !m_dialFromServer)
    {
        return "the client opens subflows, not the server "
               "(ns3::MptcpPathManagerFullMesh::DialFromServer)";
    }
    if (CountExtra(view) >= m_maxSubflows)
    {
        return "ns3::MptcpPathManagerFullMesh::MaxSubflows allows " +
               std::to_string(m_maxSubflows) + " besides the first";
    }
    return MptcpPathManager::Explain(view);
}

std::size_t
MptcpPathManagerFullMesh::CountExtra(const MptcpPathView& view)
{
    const auto isExtra = [](const MptcpPathSubflow& subflow) {
        return subflow.localId != 0 || subflow.remoteId != 0;
    };
    return static_cast<std::size_t>(
        std::count_if(view.subflows.begin(), view.subflows.end(), isExtra));
}

MptcpPathManagerFullMesh::Pair*
MptcpPathManagerFullMesh::FindPair(uint8_t localId, uint8_t remoteId)
{
    const auto it = std::find_if(m_pairs.begin(), m_pairs.end(), [&](const Pair& pair) {
        return pair.localId == localId && pair.remoteId == remoteId;
    });
    return it == m_pairs.end() ? nullptr : &*it;
}

void
MptcpPathManagerFullMesh::Update(const MptcpPathView& view)
{
    for (const MptcpPathSubflow& subflow : view.subflows)
    {
        Pair* pair = FindPair(subflow.localId, subflow.remoteId);
        if (pair == nullptr)
        {
            pair = &m_pairs.emplace_back(Pair{subflow.localId, subflow.remoteId});
        }
        pair->open = true;
        pair->failures = subflow.established ? 0 : pair->failures;
    }
    for (Pair& pair : m_pairs)
    {
        const bool present = std::any_of(view.subflows.begin(),
                                         view.subflows.end(),
                                         [&](const MptcpPathSubflow& subflow) {
                                             return subflow.localId == pair.localId &&
                                                    subflow.remoteId == pair.remoteId;
                                         });
        if (!pair.open || present)
        {
            continue;
        }
        pair.open = false;
        if (m_retryDelay.IsZero())
        {
            pair.next = Time::Max();
            continue;
        }
        Time delay = m_retryDelay;
        for (uint32_t i = 0; i < pair.failures && delay < m_maxRetryDelay; ++i)
        {
            delay = delay + delay;
        }
        pair.next = Simulator::Now() + Min(delay, m_maxRetryDelay);
        ++pair.failures;
    }
    // An address that is not there fails for a known reason: start afresh when it comes back.
    std::erase_if(m_pairs, [&](const Pair& pair) {
        const bool local = std::any_of(view.locals.begin(),
                                       view.locals.end(),
                                       [&](const MptcpLocalAddress& address) {
                                           return address.id == pair.localId && address.up;
                                       });
        const bool remote = std::any_of(
            view.remotes.begin(),
            view.remotes.end(),
            [&](const MptcpRemoteAddress& address) { return address.id == pair.remoteId; });
        return !pair.open && !(local && remote);
    });
}

void
MptcpPathManagerFullMesh::Dial(const MptcpPathView& view, MptcpPathActions& actions)
{
    const std::size_t extra = CountExtra(view);
    std::size_t left = m_maxSubflows > extra ? m_maxSubflows - extra : 0;
    const Time now = Simulator::Now();
    for (const MptcpLocalAddress& local : view.locals)
    {
        for (const MptcpRemoteAddress& remote : view.remotes)
        {
            const bool initial = local.id == 0 && remote.id == 0;
            const bool sameFamily = Ipv4Address::IsMatchingType(local.address) ==
                                    Ipv4Address::IsMatchingType(remote.address);
            if (!local.up || !remote.joinable || !sameFamily || (left == 0 && !initial))
            {
                continue;
            }
            Pair* pair = FindPair(local.id, remote.id);
            if (pair != nullptr && pair->open)
            {
                continue;
            }
            if (pair != nullptr && pair->next > now)
            {
                if (pair->next != Time::Max() &&
                    (actions.callAgain.IsZero() || pair->next - now < actions.callAgain))
                {
                    actions.callAgain = pair->next - now;
                    actions.whenActive = true;
                }
                continue;
            }
            if (pair == nullptr)
            {
                m_pairs.emplace_back(Pair{local.id, remote.id});
            }
            else
            {
                pair->open = true;
            }
            actions.create.push_back({local.id, remote.id});
            left -= initial ? 0 : 1;
        }
    }
}

} // namespace ns3
