/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CHAOS_LIMIT_H
#define MPTCP_CHAOS_LIMIT_H

#include "ns3/map-scheduler.h"

#include <cstdint>

namespace ns3
{

/**
 * The default scheduler of ns-3, which also stops a simulation that has more events than a limit:
 * events that schedule each other at one time never let the time of Simulator::Stop come.
 *
 * The number of events depends on the seed only, so a seed that is stopped is stopped everywhere at
 * the same event.
 */
class MptcpChaosScheduler : public MapScheduler
{
  public:
    /** @return the type, with the attribute Limit */
    static TypeId GetTypeId();

    /**
     * Use it for the simulation to come.
     *
     * @param limit largest number of events
     */
    static void Install(uint64_t limit);

    /** @param limit largest number of events @return the simulation was stopped for it */
    static bool HasStopped(uint64_t limit);

    Event RemoveNext() override;

  private:
    uint64_t m_limit{0}; ///< largest number of events
    uint64_t m_count{0}; ///< events taken
};

/**
 * Ends the process when a seed takes too long, with a line that names the seed. It is the remedy
 * for a loop within one event, where no code of the simulation gets to count anything.
 *
 * The time is that of the processor, so a busy machine changes nothing. A process that waits is not
 * noticed; nothing in a simulation waits.
 */
class MptcpChaosWatchdog
{
  public:
    /**
     * Watch a seed in place of the one before.
     *
     * @param seed seed
     * @param seconds processor time that it may take; 0: any
     */
    static void Watch(uint64_t seed, double seconds);
};

} // namespace ns3

#endif /* MPTCP_CHAOS_LIMIT_H */
