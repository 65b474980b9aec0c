/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-notice.h"

#include "ns3/simulator.h"

#include <iostream>
#include <set>

namespace ns3
{

namespace
{

/// Texts of this simulation. They are for people: nothing that is simulated depends on them.
std::set<std::string> g_told;

MptcpNotice::Sink g_sink; ///< in place of the standard error

} // namespace

void
MptcpNotice::Tell(const std::string& text)
{
    if (g_told.empty())
    {
        Simulator::ScheduleDestroy([] { g_told.clear(); });
    }
    if (!g_told.insert(text).second)
    {
        return;
    }
    if (g_sink)
    {
        g_sink(text);
        return;
    }
    std::cerr << "mptcp: " << text << std::endl;
}

void
MptcpNotice::SetSink(const Sink& sink)
{
    g_sink = sink;
}

bool
MptcpIsDefaultSet(const TypeId::AttributeInformation& attribute)
{
    // Setting a default puts another object there, Config::Reset() the original one again.
    return attribute.initialValue != attribute.originalInitialValue;
}

} // namespace ns3
