/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CALLS_TABLE_H
#define MPTCP_CALLS_TABLE_H

#include "mptcp-calls-run.h"

#include <array>
#include <cstddef>
#include <vector>

namespace ns3
{

/** One call, and what it says in each state. */
struct MptcpCallsRow
{
    static constexpr auto STATES = static_cast<std::size_t>(MptcpCallState::COUNT);

    const char* name;                         ///< of the call
    MptcpCallsRun::Call call;                 ///< the call
    std::array<const char*, STATES> expected; ///< error by state, "0" for success
};

/** @return all calls */
const std::vector<MptcpCallsRow>& GetMptcpCallsTable();

} // namespace ns3

#endif /* MPTCP_CALLS_TABLE_H */
