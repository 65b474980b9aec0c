/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CHAOS_RUN_H
#define MPTCP_CHAOS_RUN_H

#include "mptcp-chaos-scenario.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/** What came of a scenario. */
struct MptcpChaosResult
{
    std::vector<std::string> faults; ///< invariants that do not hold; empty: passed
    std::vector<std::string> notes;  ///< what each connection came to
    uint64_t hash{0};                ///< of time and octets of all TCP segments sent
    uint64_t segments{0};            ///< TCP segments sent
    uint64_t events{0};              ///< of the simulation
};

/**
 * Simulate a scenario and check its invariants.
 *
 * @param scenario what happens
 * @param pcap beginning of the names of pcap files; empty: none
 * @param events largest number of events; a simulation that has more is stopped, which is a fault
 * @return what came of it
 */
MptcpChaosResult RunMptcpChaos(const MptcpChaosScenario& scenario,
                               const std::string& pcap,
                               uint64_t events);

} // namespace ns3

#endif /* MPTCP_CHAOS_RUN_H */
