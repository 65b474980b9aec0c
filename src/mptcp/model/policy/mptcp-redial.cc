/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-redial.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace
{

/**
 * @param create what was asked for
 * @param subflow a subflow
 * @return it is what came of it
 */
bool
Matches(const MptcpPathActions::Create& create, const MptcpPathSubflow& subflow)
{
    return subflow.remoteId == create.remoteId &&
           (create.anyLocal ? subflow.local : subflow.localId == create.localId);
}

} // namespace

void
MptcpRedial::Remember(const MptcpPathActions::Create& create)
{
    // Asked for again, as when the peer announces it again: it is one subflow all the same.
    const auto known = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
        return entry.create.remoteId == create.remoteId && entry.create.localId == create.localId &&
               entry.create.anyLocal == create.anyLocal;
    });
    if (known == m_entries.end())
    {
        m_entries.push_back({create});
        return;
    }
    known->create = create;
    known->open = true;
}

void
MptcpRedial::Update(const MptcpPathView& view,
                    MptcpPathEvent event,
                    Time delay,
                    Time maxDelay,
                    uint32_t room,
                    const Filter& filter,
                    MptcpPathActions& actions)
{
    std::erase_if(m_entries, [&](const Entry& entry) {
        // RFC 8684, section 3.6: no second try after an error that the peer calls permanent.
        const bool refused = event == MptcpPathEvent::SUBFLOW_CLOSED && view.subject.permanent &&
                             Matches(entry.create, view.subject.subflow);
        return refused || !filter(entry.create);
    });
    const Time now = Simulator::Now();
    for (Entry& entry : m_entries)
    {
        const auto it =
            std::find_if(view.subflows.begin(), view.subflows.end(), [&](const auto& subflow) {
                return !subflow.closing && Matches(entry.create, subflow);
            });
        if (it != view.subflows.end())
        {
            entry.open = true;
            entry.failures = it->established ? 0 : entry.failures;
            continue;
        }
        if (entry.open)
        {
            entry.open = false;
            Time wait = delay;
            for (uint32_t i = 0; i < entry.failures && wait < maxDelay; ++i)
            {
                wait = wait + wait;
            }
            entry.next = now + Min(wait, maxDelay);
            ++entry.failures;
        }
        if (entry.next <= now && room > 0)
        {
            entry.open = true;
            actions.create.push_back(entry.create);
            --room;
        }
        else if (entry.next > now &&
                 (actions.callAgain.IsZero() || entry.next - now < actions.callAgain))
        {
            actions.callAgain = entry.next - now;
            actions.whenActive = true;
        }
    }
}

} // namespace ns3
