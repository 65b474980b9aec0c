# SPDX-License-Identifier: GPL-2.0-only
"""The negative control of F6: uncoupled subflows do harm."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars

from . import _dumbbell
from ._common import NetworkCheck

#: Band of the ratio by number of subflows.
BANDS = {2: (1.7, 2.3), 3: (2.4, 3.4)}


class NegativeControl(NetworkCheck):
    """A bench that cannot show harm would show none for the coupled controllers either."""

    id = "F7"
    title = "negative control: uncoupled subflows take several shares"
    source = "n / (n + 1) of a bottleneck by n independent Renos"
    evidence = "D"

    def points(self, quick: bool) -> list[Point]:
        """Two subflows, and three."""
        if quick:
            return [{"cc": "uncoupled", "n": 2, "queue": "red", "seconds": 60}]
        return [{"cc": "uncoupled", "n": n, "queue": "red", "seconds": 300} for n in BANDS]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Five of each kind."""
        return _dumbbell.simulate(ns, point, seed)

    def judge(self, results: Results) -> list[Row]:
        """The ratio; it must fail F6."""
        rows = []
        for point in self.points(results.quick):
            n = point["n"]
            low, high = BANDS[n]
            ratios = results.samples(point, "ratio")
            rows.append(Row(f"{n} subflows: MPTCP / TCP", ratios, str(n), low, high))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        points = self.points(results.quick)
        labels = [f"{p['n']} subflows" for p in points]
        ours = [results.samples(p, "ratio") for p in points]
        return bars(axes, labels, ours, [p["n"] for p in points], "MPTCP / TCP")


CHECK = NegativeControl()
