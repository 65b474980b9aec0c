# SPDX-License-Identifier: GPL-2.0-only
"""Base of the fidelity checks: one published result, what we measure for it, and the verdict.

A check module below ``scenarios/fidelity`` defines ``CHECK``, an instance of a subclass of
:class:`Check`. It must import nothing heavy at its top: ``mptcp fidelity --list`` reads it.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

#: Parameters of one simulation, values of JSON.
Point = dict[str, Any]

#: What one simulation measured.
Metrics = dict[str, Any]

#: Where a reference value comes from.
EVIDENCE = {
    "V1": "read in a primary source",
    "V2": "read in notes that quote the paper",
    "D": "derived from a published formula",
    "K": "recalled, no source at hand",
}

#: 97.5 % quantiles of Student's t by degrees of freedom; from 30 on that of 30.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


class Unavailable(Exception):
    """A check cannot run here; the text is one line."""


def interval(samples: Sequence[float]) -> float:
    """Return half the width of the 95 % confidence interval of the mean, infinite for one."""
    n = len(samples)
    if n < 2:
        return math.inf
    return _T[min(n - 1, len(_T)) - 1] * statistics.stdev(samples) / math.sqrt(n)


@dataclass
class Row:
    """One line of the table."""

    what: str
    samples: list[float]
    reference: str  # the published or derived value, as text
    low: float = -math.inf  # band of the mean
    high: float = math.inf
    gate: bool = True  # else it is reported only
    evidence: str = ""  # of this row, if it differs from the check's
    missing: str = ""  # why there is no sample

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return statistics.fmean(self.samples) if self.samples else math.nan

    @property
    def ci95(self) -> float:
        """Half the width of the confidence interval."""
        return interval(self.samples)

    @property
    def ok(self) -> bool:
        """The mean is in the band."""
        return bool(self.samples) and self.low <= self.mean <= self.high

    @property
    def sure(self) -> bool:
        """The whole interval is in the band. One sample has no interval, and counts as it is."""
        half = 0.0 if len(self.samples) == 1 else self.ci95
        return self.ok and self.low <= self.mean - half and self.mean + half <= self.high

    @property
    def verdict(self) -> str:
        """What the table says.

        ``pass``: the mean and its 95 % interval are in the band. ``unsure``: the mean is, and the
        interval reaches out of the band, so that more seeds might tell otherwise. ``FAIL``: the
        mean is outside, whatever the interval, or there is no sample. ``report``: a row that does
        not gate. ``skip``: it cannot run here.
        """
        if self.missing:
            return "skip"
        if not self.gate:
            return "report"
        if not self.ok:
            return "FAIL"
        return "pass" if self.sure else "unsure"


@dataclass
class Results:
    """The measurements of one check."""

    quick: bool
    common: Point = field(default_factory=dict)  # what its points have in common
    found: dict[str, list[Metrics]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # keys of the points that were to be simulated
    left_out: bool = False  # another point was looked for, as in a short run

    def add(self, point: Point, metrics: Metrics) -> None:
        """Note what one seed gave; in order of the seeds."""
        self.found.setdefault(key({**self.common, **point}), []).append(metrics)

    def get(self, point: Point) -> list[Metrics]:
        """Return what the seeds gave at this point; empty if it was not simulated."""
        name = key({**self.common, **point})
        self.left_out |= name not in self.asked and name not in self.found
        return self.found.get(name, [])

    def samples(self, point: Point, metric: str | Callable[[Metrics], float]) -> list[float]:
        """Return one metric of each seed.

        :param metric: name, or a function of all metrics of a seed
        """
        read = (lambda m: m[metric]) if isinstance(metric, str) else metric
        return [float(read(m)) for m in self.get(point)]


def key(point: Point) -> str:
    """Return a text that names a point."""
    return json.dumps(point, sort_keys=True)


class Check(ABC):
    """One published result.

    ``simulate`` runs in a process of its own for every point and seed; what it returns is stored,
    so that ``judge`` and ``draw`` can be called at any time from the stored values alone.
    """

    id: str  # F3
    title: str
    source: str  # paper and place
    evidence: str  # key of EVIDENCE
    needs_ns3: bool = True
    note: str = ""  # calibration, known deviations and their causes
    common: ClassVar[Point] = {}  # parameters of every point, which the runner adds to it

    @abstractmethod
    def points(self, quick: bool) -> list[Point]:
        """Return what to simulate.

        Everything that a simulation depends on is in its point, or in ``common``.
        """

    def seeds(self, quick: bool) -> Sequence[int]:
        """Return the run numbers of the random numbers, as many as there may be."""
        return range(1, 2) if quick else range(1, 11)

    def enough(self, point: Point, found: Sequence[Metrics]) -> bool:
        """Tell whether a point needs no further seed.

        A check whose results scatter more at some points than at others runs as many seeds as make
        its interval narrow. What is found later than this answer is not used, so that the results
        do not depend on how many simulations ran at a time.

        :param found: what the first seeds gave, in order
        """
        return False

    def binaries(self) -> list[Path]:
        """Return the compiled files that a result depends on."""
        from ._loader import find

        return [find().library]

    @abstractmethod
    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Run one simulation; return values of JSON. Raise :class:`Unavailable` if it cannot."""

    @abstractmethod
    def judge(self, results: Results) -> list[Row]:
        """Return the lines of the table.

        A line without samples fails, unless this is a short run (``results.quick``) that has left
        out points.
        """

    def draw(self, results: Results, axes: Any) -> bool:
        """Draw the published figure and ours into one matplotlib axes; False: there is none."""
        return False


#: Pairs of bars whose labels have room beside each other in a figure of the usual size.
MANY_BARS = 12


def bars(
    axes: Any,
    labels: Sequence[str],
    ours: Sequence[Sequence[float]],
    reference: Sequence[float | None],
    ylabel: str,
) -> bool:
    """Draw what was measured beside what was published, in pairs of bars.

    :param ours: the samples of each label
    :param reference: the published value of each label, if there is one
    """
    means = [statistics.fmean(s) if s else 0.0 for s in ours]
    errors = [0.0 if not s or math.isinf(interval(s)) else interval(s) for s in ours]
    places = range(len(labels))
    axes.bar(
        [p - 0.2 for p in places],
        [0.0 if r is None else r for r in reference],
        0.38,
        label="published or derived",
        color="0.75",
    )
    axes.bar([p + 0.2 for p in places], means, 0.38, yerr=errors, label="measured", capsize=2)
    many = len(labels) > MANY_BARS
    axes.set_xticks(
        list(places),
        labels,
        rotation=90 if many else 30,
        ha="center" if many else "right",
        fontsize="x-small" if many else "small",
    )
    if many:
        axes.figure.set_size_inches(0.22 * len(labels) + 1, 6)
        axes.margins(x=0.01)
    axes.set_ylabel(ylabel)
    axes.legend(fontsize="small")
    return bool(labels)


def find_test_runner() -> Path | None:
    """Return ``mptcp-test-runner`` of the build in use, or None."""
    places = [os.environ.get("NS3_MPTCP_PREFIX"), os.environ.get("NS3_MPTCP_SOURCE")]
    tails = ("bin/mptcp-test-runner", "build/test/bin/mptcp-test-runner")
    programs = [Path(place) / tail for place in places if place for tail in tails]
    return next((p for p in programs if p.is_file()), None)


def run_suite(suite: str, *options: str) -> Metrics:
    """Run a C++ test suite of the build in use, for checks whose work it does.

    :return: ``passed``: 1 or 0, ``tail``: the end of its output
    """
    program = find_test_runner()
    if program is None:
        raise Unavailable("no mptcp-test-runner: run `mptcp test --cpp` first")
    done = subprocess.run(
        [str(program), f"--suite={suite}", *options],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    return {"passed": int(done.returncode == 0), "tail": (done.stdout + done.stderr)[-8000:]}
