/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * @ingroup mptcp
 *
 * Randomised fault runs: each seed draws a network, its faults, the settings of two hosts and what
 * their applications do; invariants decide. "mptcp chaos" runs this program for many seeds.
 *
 * Prints "seed N" before each seed and "pass N HASH SEGMENTS" or "fail N: WHY" after it. A seed
 * that does not end within its limits has failed; one that does not answer ends the program.
 */

#include "mptcp-chaos-limit.h"
#include "mptcp-chaos-run.h"
#include "mptcp-chaos-scenario.h"

#include "ns3/command-line.h"

#include <iostream>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace ns3;

namespace
{

/**
 * Overwrite memory that is taken and given back, so that a use of either shows. The sanitizers do
 * not look into the libraries of ns-3.
 *
 * @param octet other octets, other behaviour of what reads them
 */
void
FillHeap([[maybe_unused]] int octet)
{
#ifdef M_PERTURB
    mallopt(M_PERTURB, octet);
#endif
}

} // namespace

int
main(int argc, char* argv[])
{
    uint64_t first = 1;
    uint64_t count = 1;
    bool verbose = false;
    bool twice = false;
    bool simple = false;
    // Of the seeds 1000 to 1299 the longest has a million events and most have some thousands.
    uint64_t events = 20'000'000;
    double patience = 60;
    std::string pcap;
    CommandLine cmd(__FILE__);
    cmd.AddValue("first", "first seed", first);
    cmd.AddValue("count", "number of seeds", count);
    cmd.AddValue("verbose", "print what is drawn and what comes of it", verbose);
    cmd.AddValue("twice", "run each seed twice and compare", twice);
    cmd.AddValue("simple", "draw no path management, Fast Open and buffers", simple);
    cmd.AddValue("pcap", "beginning of the names of pcap files", pcap);
    cmd.AddValue("events", "largest number of events of a run", events);
    cmd.AddValue("patience", "processor time of a run in seconds, 0: any", patience);
    cmd.Parse(argc, argv);
    bool good = true;
    for (uint64_t seed = first; seed < first + count; ++seed)
    {
        std::cout << "seed " << seed << std::endl;
        const MptcpChaosScenario scenario = MptcpChaosScenario::Make(seed, simple);
        if (verbose)
        {
            std::cout << scenario.Describe() << std::endl;
        }
        FillHeap(0x55);
        MptcpChaosWatchdog::Watch(seed, patience);
        MptcpChaosResult result = RunMptcpChaos(scenario, pcap, events);
        if (twice)
        {
            FillHeap(0xff);
            MptcpChaosWatchdog::Watch(seed, patience);
            if (RunMptcpChaos(scenario, "", events).hash != result.hash)
            {
                result.faults.emplace_back("the second run sent other octets");
            }
        }
        if (verbose)
        {
            std::cout << " " << result.events << " events" << std::endl;
            for (const std::string& note : result.notes)
            {
                std::cout << " " << note << std::endl;
            }
        }
        MptcpChaosWatchdog::Watch(seed, 0);
        for (const std::string& fault : result.faults)
        {
            std::cout << "fail " << seed << ": " << fault << std::endl;
            good = false;
        }
        if (result.faults.empty())
        {
            std::cout << "pass " << seed << " " << std::hex << result.hash << std::dec << " "
                      << result.segments << std::endl;
        }
    }
    return good ? 0 : 1;
}
