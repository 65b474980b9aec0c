# SPDX-License-Identifier: GPL-2.0-only
"""What the user of ``mptcp run`` has said on the command line holds, whoever sets defaults.

A scenario, and what it calls, sets defaults of attributes and numbers of random streams on many
ways: ``Config.SetDefault``, ``Config.Reset``, profiles and settings of ``MptcpStackHelper``,
``RngSeedManager``. While a session is open these keep what the user has said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .attributes import Override

#: Random runs that a scenario may number itself within each ``--RngRun``.
RUNS = 2**32

#: The attributes of this class are set by ``MptcpStackHelper::Set``.
_STACK = "ns3::MptcpStack"


@dataclass
class Session:
    """One call of ``mptcp run``."""

    overrides: list[Override] = field(default_factory=list)
    seed: int | None = None  # None: not said
    run: int = 1
    #: Seed and run number of each simulation, as ns-3 had them when it ran.
    used: list[tuple[int, int]] = field(default_factory=list)

    @property
    def said(self) -> dict[str, str]:
        """The attributes that the user has said, by their full names."""
        return {o.path: o.value for o in self.overrides}

    def number(self, run: int) -> int:
        """Return the run number for the one that a scenario gives.

        Each ``--RngRun`` has numbers of its own, so that all the runs that a scenario makes are
        independent of those of another ``--RngRun``.
        """
        return run + (self.run - 1) * RUNS

    def note(self, ns: Any) -> None:
        """Note what a simulation that is about to run has for random numbers."""
        manager = ns.RngSeedManager
        now = (int(manager.GetSeed()), int(manager.GetRun()))
        if now not in self.used:
            self.used.append(now)


#: Sets the run number as it is, while a session is open.
_set_run: Callable[[int], None] | None = None


def set_numbers(ns: Any, seed: int, run: int) -> None:
    """Set seed and run number that come from the user, and not from a scenario."""
    ns.RngSeedManager.SetSeed(seed)
    (_set_run or ns.RngSeedManager.SetRun)(run)


@contextlib.contextmanager
def open_session(ns: Any, session: Session) -> Iterator[Session]:
    """Let what a user has said hold within the block."""
    global _set_run
    with contextlib.ExitStack() as stack:

        def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> Any:
            before = getattr(owner, name)
            setattr(owner, name, make(before))
            stack.callback(setattr, owner, name, before)
            return before

        said = session.said
        set_default = replace(
            ns.Config,
            "SetDefault",
            lambda f: lambda name, value: None if str(name) in said else f(name, value),
        )

        def apply() -> None:
            for path, value in said.items():
                set_default(path, ns.StringValue(value))

        def reset() -> None:
            config_reset()
            apply()

        def set_seed(given: int) -> None:
            plain_seed(given if session.seed is None else session.seed)

        def set_run(given: int) -> None:
            plain_run(session.number(int(given)))

        def run() -> None:
            session.note(ns)
            simulate()

        config_reset = replace(ns.Config, "Reset", lambda _: reset)
        manager = ns.RngSeedManager
        plain_seed = replace(manager, "SetSeed", lambda _: staticmethod(set_seed))
        plain_run = _set_run = replace(manager, "SetRun", lambda _: staticmethod(set_run))
        simulate = replace(ns.Simulator, "Run", lambda _: staticmethod(run))
        _keep_in_helper(ns, said, replace)
        apply()
        manager.SetSeed(1)
        manager.SetRun(1)
        try:
            yield session
        finally:
            _set_run = None


def _keep_in_helper(ns: Any, said: dict[str, str], replace: Callable[..., Any]) -> None:
    """Let what a user has said weigh more than what a helper is told, profiles included."""
    helper = ns.MptcpStackHelper
    own = {p.rpartition("::")[2]: v for p, v in said.items() if p.rpartition("::")[0] == _STACK}
    others = {p: v for p, v in said.items() if p.rpartition("::")[0] != _STACK}

    def keep(names: dict[str, str]) -> Callable[[Any], Any]:
        def make(before: Any) -> Any:
            def call(self: Any, name: str, value: Any) -> None:
                if str(name) not in names:
                    before(self, name, value)

            return call

        return make

    set_own = replace(helper, "Set", keep(own))
    set_other = replace(helper, "SetDefault", keep(others))

    def profile(before: Any) -> Any:
        def call(self: Any, name: str) -> None:
            before(self, name)
            for attribute, value in own.items():
                set_own(self, attribute, ns.StringValue(value))
            for path, value in others.items():
                set_other(self, path, ns.StringValue(value))

        return call

    replace(helper, "SetProfile", profile)
    replace(ns.MptcpStack, "SetDefault", keep(others))
