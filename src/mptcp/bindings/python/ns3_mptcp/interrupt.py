# SPDX-License-Identifier: GPL-2.0-only
"""Ctrl-C, SIGTERM and SIGHUP end a simulation at the next event.

Python would see them when ``Simulator.Run`` returns.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

from . import policy, signals

# Python's own handler only makes a note, which Python reads when it runs again. This one makes the
# same note, by calling it, and lets the simulator return: Simulator::Stop() sets a flag.
_CODE = """
#include <csignal>
namespace ns3_mptcp_python
{
constexpr int NUMBERS[] = {SIGINT, SIGTERM, SIGHUP};
struct sigaction g_before[NSIG];
volatile std::sig_atomic_t g_interrupted;
void OnInterrupt(int number)
{
    g_interrupted = 1;
    ns3::Simulator::Stop();
    g_before[number].sa_handler(number);
}
// Python has a function for this signal.
bool IsTaken(int number)
{
    const struct sigaction& before = g_before[number];
    return !(before.sa_flags & SA_SIGINFO) && before.sa_handler != SIG_IGN &&
           before.sa_handler != SIG_DFL;
}
// Restores the handlers also where an exception of a callback in Python leaves the simulation.
struct Handler
{
    Handler()
    {
        struct sigaction ours = {};
        ours.sa_handler = OnInterrupt;
        sigemptyset(&ours.sa_mask);
        for (int number : NUMBERS)
        {
            sigaction(number, nullptr, &g_before[number]);
            if (IsTaken(number))
            {
                sigaction(number, &ours, nullptr);
            }
        }
    }
    ~Handler()
    {
        for (int number : NUMBERS)
        {
            sigaction(number, &g_before[number], nullptr);
        }
    }
};
bool RunInterruptibly()
{
    g_interrupted = 0;
    ns3::Simulator::Now(); // the simulator exists before its handler needs it
    Handler handler;
    ns3::Simulator::Run();
    return g_interrupted;
}
}
"""


def install(ns: Any) -> None:
    """Let ``Simulator.Run`` of a namespace that has just been loaded end at a signal that ends us.

    What the program does at the signal, it does then: it raises ``KeyboardInterrupt``, if it is
    Python's default. Where a handler of the program's own returns, the simulation goes on.
    """
    original = ns.Simulator.Run
    ns.cppyy.cppdef(_CODE)
    run_interruptibly = ns.cppyy.gbl.ns3_mptcp_python.RunInterruptibly

    def run() -> None:
        mine = threading.current_thread() is threading.main_thread()
        if not mine or not any(callable(signal.getsignal(number)) for number in signals.ENDING):
            original()
            return
        while run_interruptibly():
            # Python calls the handler here. It raises, or the simulation is to go on; but what was
            # raised while a policy in Python was at work, has been caught there.
            policy.check()

    ns.Simulator.Run = staticmethod(run)
