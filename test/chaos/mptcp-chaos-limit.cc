/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-chaos-limit.h"

#include "ns3/object-factory.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/time.h>
#include <unistd.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpChaosScheduler);

TypeId
MptcpChaosScheduler::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpChaosScheduler")
                            .SetParent<MapScheduler>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpChaosScheduler>()
                            .AddAttribute("Limit",
                                          "Largest number of events",
                                          UintegerValue(UINT64_MAX),
                                          MakeUintegerAccessor(&MptcpChaosScheduler::m_limit),
                                          MakeUintegerChecker<uint64_t>());
    return tid;
}

void
MptcpChaosScheduler::Install(uint64_t limit)
{
    ObjectFactory factory;
    factory.SetTypeId(GetTypeId());
    factory.Set("Limit", UintegerValue(limit));
    Simulator::SetScheduler(factory);
}

bool
MptcpChaosScheduler::HasStopped(uint64_t limit)
{
    return Simulator::GetEventCount() > limit;
}

Scheduler::Event
MptcpChaosScheduler::RemoveNext()
{
    if (++m_count > m_limit)
    {
        // The end of the simulation, too, takes what is left; a stop has no effect there.
        Simulator::Stop();
    }
    return MapScheduler::RemoveNext();
}

namespace
{

/// Made before the time is over: a signal handler must not allocate or format.
char g_message[128];

/** The time of a seed is over: say so and end. Another process goes on with the next seed. */
void
OnTimeOver(int)
{
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, g_message, strlen(g_message));
    _exit(1);
}

} // namespace

void
MptcpChaosWatchdog::Watch(uint64_t seed, double seconds)
{
    // The message must not change under a handler that prints it.
    constexpr itimerval off{};
    setitimer(ITIMER_PROF, &off, nullptr);
    snprintf(g_message,
             sizeof(g_message),
             "fail %llu: no answer within %g s of processor time\n",
             static_cast<unsigned long long>(seed),
             seconds);
    std::signal(SIGPROF, OnTimeOver);
    itimerval timer{};
    timer.it_value.tv_sec = static_cast<time_t>(seconds);
    timer.it_value.tv_usec = static_cast<suseconds_t>(std::fmod(seconds, 1) * 1e6);
    setitimer(ITIMER_PROF, &timer, nullptr);
}

} // namespace ns3
