# SPDX-License-Identifier: GPL-2.0-only
"""Ctrl-C ends a simulation at the next event, and not when ``Simulator.Run`` returns to Python."""

from __future__ import annotations

import signal
import threading
from typing import Any

from . import policy

# Python's own handler only makes a note, which Python reads when it runs again. This one makes the
# same note, by calling it, and lets the simulator return: Simulator::Stop() sets a flag.
_CODE = """
#include <csignal>
namespace ns3_mptcp_python
{
struct sigaction g_before;
volatile std::sig_atomic_t g_interrupted;
void OnInterrupt(int number)
{
    g_interrupted = 1;
    ns3::Simulator::Stop();
    g_before.sa_handler(number);
}
// Restores the handler also where an exception of a callback in Python leaves the simulation.
struct Handler
{
    Handler()
    {
        struct sigaction ours = {};
        ours.sa_handler = OnInterrupt;
        sigemptyset(&ours.sa_mask);
        sigaction(SIGINT, &ours, nullptr);
    }
    ~Handler() { sigaction(SIGINT, &g_before, nullptr); }
};
bool RunInterruptibly()
{
    g_interrupted = 0;
    ns3::Simulator::Now(); // the simulator exists before its handler needs it
    sigaction(SIGINT, nullptr, &g_before);
    if (g_before.sa_flags & SA_SIGINFO || g_before.sa_handler == SIG_IGN ||
        g_before.sa_handler == SIG_DFL)
    {
        ns3::Simulator::Run();
        return false;
    }
    Handler handler;
    ns3::Simulator::Run();
    return g_interrupted;
}
}
"""


def install(ns: Any) -> None:
    """Let ``Simulator.Run`` of a namespace that has just been loaded end at a SIGINT.

    What the program does at the signal, it does then: it raises ``KeyboardInterrupt``, if it is
    Python's default. Where a handler of the program's own returns, the simulation goes on.
    """
    original = ns.Simulator.Run
    ns.cppyy.cppdef(_CODE)
    run_interruptibly = ns.cppyy.gbl.ns3_mptcp_python.RunInterruptibly

    def run() -> None:
        mine = threading.current_thread() is threading.main_thread()
        if not mine or not callable(signal.getsignal(signal.SIGINT)):
            original()
            return
        while run_interruptibly():
            # Python calls the handler here. It raises, or the simulation is to go on; but what was
            # raised while a policy in Python was at work, has been caught there.
            policy.check()

    ns.Simulator.Run = staticmethod(run)
