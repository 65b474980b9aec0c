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
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import attributes, policy
from .parameters import Parameter, UsageError, choose
from .progress import Progress

SUMMARY_SCHEMA = "mptcp-summary 1"


class Scenario(ABC):
    """One experiment that ``mptcp run`` can run."""

    name: str
    title: str
    parameters: tuple[Parameter, ...] = ()

    def check(self, values: SimpleNamespace) -> None:
        """Refuse combinations of values; raise :class:`UsageError`."""
        return

    @abstractmethod
    def run(self, context: Context) -> dict[str, Any]:
        """Simulate, write tables below ``context.out``, return the results for the summary."""

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
        for name, value in (defaults or {}).items():
            self.ns.Config.SetDefault(name, self.ns.StringValue(str(value)))
        if policies:
            policy.use(self.ns, **policies)
        attributes.apply(self.ns, self.overrides)
        try:
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
        """
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


def find(name: str) -> Scenario:
    """Return a scenario by its name, or from a file when the name ends in ``.py``."""
    if name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"no such scenario file: {name}")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    elif name in names():
        module = importlib.import_module(f"ns3_mptcp.scenarios.{name.replace('-', '_')}")
    else:
        raise choose("scenario", name, names())
    scenario = getattr(module, "SCENARIO", None)
    if not isinstance(scenario, Scenario):
        raise UsageError(f"{name} defines no SCENARIO")
    return scenario


def version(package: str) -> str:
    """Return the version of an installed package, or "source" for one run from its tree."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "source"


def summary(scenario: Scenario, context: Context, results: dict[str, Any]) -> dict[str, Any]:
    """Return the summary of a run: nothing in it depends on when or how fast it ran."""
    return {
        "schema": SUMMARY_SCHEMA,
        "scenario": scenario.name,
        "parameters": {p.name: getattr(context.values, p.name) for p in scenario.parameters},
        "attributes": {o.path: o.value for o in context.overrides},
        "rng": {"seed": context.seed, "run": context.run},
        "versions": {"ns3": version("ns3"), "ns3-mptcp": version("ns3-mptcp")},
        "results": results,
    }
