# SPDX-License-Identifier: GPL-2.0-only
"""Base of all scenarios, and what a scenario may use while it runs.

A scenario module defines ``SCENARIO``, an instance of a subclass of :class:`Scenario`. It must
import nothing heavy at its top: ``--help`` reads the module.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import pkgutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from . import attributes, guards, policy, session
from .parameters import MAX_TIME, Parameter, UsageError, choose, quantity
from .progress import Progress

SUMMARY_SCHEMA = "mptcp-summary 1"


class Scenario(ABC):
    """One experiment that ``mptcp run`` can run."""

    name: str
    title: str
    parameters: tuple[Parameter, ...] = ()

    def settle(self, values: SimpleNamespace, said: set[str], attributes: set[str]) -> None:
        """Change values that something else decides, so that the summary tells what holds.

        :param values: of the parameters, defaults where the user has said nothing
        :param said: names of the parameters that the user has said
        :param attributes: full names of the attributes that the user has said, ``--ns3::...``
        """
        return

    def check(self, values: SimpleNamespace) -> None:
        """Refuse combinations of values; raise :class:`UsageError`."""
        return

    @abstractmethod
    def run(self, context: Context) -> dict[str, Any]:
        """Simulate, write tables below ``context.out``, return the results for the summary.

        They are a dict of what JSON holds; numbers of numpy are taken, and NaN and infinity become
        null. Without a value ``context.results`` are taken.
        """

    def plot(self, out: Path, summary: dict[str, Any]) -> list[Path]:
        """Draw the figures from the files below ``out`` alone; return what was written."""
        return []

    def describe(self, summary: dict[str, Any]) -> list[str]:
        """Return the lines that tell a person the result."""
        return [json.dumps(summary["results"], indent=2)]


@dataclass
class Context:
    """One run of a scenario."""

    ns: Any
    values: SimpleNamespace
    out: Path
    progress: Progress
    seed: int = 1
    run: int = 1
    overrides: list[attributes.Override] = field(default_factory=list)
    said: frozenset[str] = frozenset()  # names of the parameters that the user has said
    #: What is complete. A scenario that puts its results here as they come loses none of them when
    #: it is interrupted or the disk is full.
    results: dict[str, Any] = field(default_factory=dict)

    @contextlib.contextmanager
    def simulation(
        self,
        label: str,
        defaults: dict[str, Any] | None = None,
        policies: dict[str, Any] | None = None,
    ) -> Iterator[None]:
        """Frame one simulation: clean global state before it, nothing left after it.

        ns-3 keeps state across simulations of one process (stream numbers, MAC and IP allocation,
        attribute defaults). Without the resets the same seed gives other results in a process that
        has run before.

        :param label: what the progress shows
        :param defaults: attribute defaults of the scenario; the user's own come after them
        :param policies: Python functions, named as the parameters of :func:`ns3_mptcp.policy.use`
        """
        self.progress.phase(label)
        reset(self.ns, self.seed, self.run)
        session.set_numbers(self.ns, self.seed, self.run)
        for name, value in (defaults or {}).items():
            self.ns.Config.SetDefault(name, value)
        if policies:
            policy.use(self.ns, **policies)
        attributes.apply(self.ns, self.overrides)
        try:
            with guards.open_files():
                yield
        finally:
            self.ns.Simulator.Destroy()

    def simulate(
        self, limit_s: float, done: Callable[[], float], slice_s: float = 0.1, linger_s: float = 0.0
    ) -> bool:
        """Run until the work is done or the limit is reached.

        :param limit_s: simulated time to give up at
        :param done: fraction of the work that is done, 1 when complete
        :param slice_s: simulated time between two looks at ``done``
        :param linger_s: simulated time to go on after completion, so that connections can close
        :return: whether the work was completed
        :raises UsageError: a time that is not allowed
        """
        limit_s = quantity("limit_s", limit_s, 0, MAX_TIME, "s", above=True)
        slice_s = quantity("slice_s", slice_s, 1e-9, MAX_TIME, "s")
        linger_s = quantity("linger_s", linger_s, 0, MAX_TIME, "s")
        simulator = self.ns.Simulator
        step = self.ns.Seconds(slice_s)
        slices = max(1, round(limit_s / slice_s))
        for number in range(slices):
            simulator.Stop(step)
            simulator.Run()
            policy.check()
            fraction = done()
            if fraction >= 1:
                if linger_s > 0:
                    simulator.Stop(self.ns.Seconds(linger_s))
                    simulator.Run()
                    policy.check()
                return True
            self.progress.update(max(fraction, (number + 1) / slices))
        return False


def reset(ns: Any, seed: int = 1, run: int = 1) -> None:
    """Bring ns-3's global state to what it is in a new process, then set seed and run number.

    Under ``mptcp run`` what the user has said there holds (:mod:`ns3_mptcp.session`).
    """
    ns.Simulator.Destroy()
    ns.Config.Reset()
    policy.forget()
    ns.RngSeedManager.ResetNextStreamIndex()
    ns.RngSeedManager.SetSeed(seed)
    ns.RngSeedManager.SetRun(run)
    ns.Mac48Address.ResetAllocationIndex()
    ns.Mac64Address.ResetAllocationIndex()
    ns.Ipv4AddressGenerator.Reset()
    ns.Ipv6AddressGenerator.Reset()


def names() -> list[str]:
    """Return the names of the scenarios that are installed."""
    spec = importlib.util.find_spec("ns3_mptcp.scenarios")
    if spec is None or not spec.submodule_search_locations:
        return []
    modules = pkgutil.iter_modules(list(spec.submodule_search_locations))
    return sorted(
        m.name.replace("_", "-") for m in modules if not (m.ispkg or m.name.startswith("_"))
    )


def titles() -> list[str]:
    """Return a line for each scenario that is installed."""
    found = {name: find(name).title for name in names()}
    width = max(map(len, found), default=0)
    return [f"{name:<{width}}  {title}" for name, title in found.items()]


def find(name: str) -> Scenario:
    """Return a scenario by its name, or from a file when the name ends in ``.py``."""
    if name.endswith(".py"):
        module = load_file(name, "scenario")
    elif name in names():
        module = importlib.import_module(f"ns3_mptcp.scenarios.{name.replace('-', '_')}")
    else:
        raise choose("scenario", name, names())
    scenario = getattr(module, "SCENARIO", None)
    if not isinstance(scenario, Scenario):
        raise UsageError(f"{name} defines no SCENARIO, an instance of a subclass of Scenario")
    for what in ("name", "title"):
        if not isinstance(text := getattr(scenario, what, None), str) or not text:
            raise UsageError(f"{name}: {what} of SCENARIO {text!r}, allowed: text")
    if "/" in scenario.name:
        raise UsageError(f"{name}: name '{scenario.name}', allowed: the name of a folder")
    for parameter in scenario.parameters:
        if not isinstance(parameter, Parameter):
            raise UsageError(f"{name}: parameters have {parameter!r}, allowed: Parameter(...)")
    return scenario


def load_file(name: str, what: str) -> ModuleType:
    """Return the module in a file of the user; it finds those beside it.

    :param what: what it is to define, for the message
    :raises UsageError: there is none, or it is no Python
    """
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no such {what} file: {name}")
    full = str(path.resolve())
    try:
        if b"\0" in path.read_bytes():
            raise UsageError(f"{name} is no Python: it has a null byte")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    # By its name, as an import would do: what it defines is found there.
    taken = path.stem in sys.modules
    name_there = f"ns3_mptcp_file_{path.stem}" if taken else path.stem
    spec = importlib.util.spec_from_file_location(name_there, full)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[name_there] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name_there]
        raise UsageError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except BaseException:
        del sys.modules[name_there]
        raise
    return module


def version(package: str) -> str:
    """Return the version of an installed package, or "source" for one run from its tree."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "source"


def summary(
    scenario: Scenario,
    context: Context,
    results: dict[str, Any],
    opened: session.Session | None = None,
) -> dict[str, Any]:
    """Return the summary of a run: nothing in it depends on when or how fast it ran.

    ``file`` is there for a scenario of the user's own, from the folder of the run. ``rng`` has
    ``used``, pairs of seed and run number, where simulations had others than the user has said.
    """
    rng: dict[str, Any] = {"seed": context.seed, "run": context.run}
    if opened is not None and opened.used not in ([], [(context.seed, context.run)]):
        rng["used"] = [list(pair) for pair in opened.used]
    found: dict[str, Any] = {"schema": SUMMARY_SCHEMA, "scenario": scenario.name}
    module = sys.modules[type(scenario).__module__]
    if not module.__name__.startswith("ns3_mptcp.") and getattr(module, "__file__", None):
        found["file"] = os.path.relpath(str(module.__file__), context.out.resolve())
    return {
        **found,
        "parameters": {p.name: getattr(context.values, p.name) for p in scenario.parameters},
        "attributes": {o.path: o.value for o in context.overrides},
        "rng": rng,
        "versions": {"ns3": version("ns3"), "ns3-mptcp": version("ns3-mptcp")},
        "results": results,
    }
