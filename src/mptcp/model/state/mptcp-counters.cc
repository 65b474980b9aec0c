/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-counters.h"

#include "ns3/assert.h"

#include <algorithm>

namespace ns3
{

namespace
{

/// Kernel names, by MptcpMib.
constexpr std::array<std::string_view, static_cast<std::size_t>(MptcpMib::COUNT)> NAMES = {
#define MPTCP_MIB(name) #name,
#include "mptcp-mib.h"
#undef MPTCP_MIB
};

} // namespace

uint64_t
MptcpCounters::Get(std::string_view name) const
{
    const auto it = std::find(NAMES.begin(), NAMES.end(), name);
    NS_ASSERT_MSG(it != NAMES.end(), "no MPTCP counter " << name);
    return it == NAMES.end() ? 0 : m_values[it - NAMES.begin()];
}

std::string_view
MptcpCounters::GetName(MptcpMib counter)
{
    return NAMES.at(static_cast<std::size_t>(counter));
}

} // namespace ns3
