# SPDX-License-Identifier: GPL-2.0-only
"""Goal 2 of RFC 6356: on a shared bottleneck, no more than one TCP takes."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars

from . import _dumbbell
from ._common import NetworkCheck
from ._dumbbell import PIPES


class NoHarm(NetworkCheck):
    """Coupled controllers with up to three subflows against stock TCP."""

    id = "F6"
    title = "no harm: share of a coupled connection at one bottleneck"
    source = "RFC 6356 section 1; share of 1/2 by its equations"
    evidence = "D"
    note = (
        "The goal holds where losses follow the packets (RED). It does not at 40 ms and a drop-"
        "tail queue of 33 packets, as first proposed: each connection has six packets, 2.5 % are "
        "lost, and those by which windows grow. LIA with two subflows has 1.25 of a TCP there (one "
        "seed; Jain's index 0.988), which is reported."
    )

    def points(self, quick: bool) -> list[Point]:
        """Controllers and numbers of subflows."""
        if quick:
            return [{"cc": "lia", "n": 2, "queue": "red", "seconds": 60}]
        return [
            {"cc": cc, "n": n, "queue": queue, "seconds": 300}
            for queue in PIPES
            for cc in ("lia", "olia", "balia")
            for n in (1, 2, 3)
        ]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Five of each kind."""
        return _dumbbell.simulate(ns, point, seed)

    def judge(self, results: Results) -> list[Row]:
        """Ratio of the goodputs and fairness; one short run is reported, not judged."""
        rows = []
        for point in self.points(results.quick):
            name = f"{point['cc']}, {point['n']} subflows, {point['queue']}"
            ratios = results.samples(point, "ratio")
            gate = point["queue"] == "red" and not results.quick
            rows.append(Row(f"{name}: MPTCP / TCP", ratios, "1", 0.8, 1.2, gate))
            if not results.quick:
                fairness = results.samples(point, "jain")
                rows.append(Row(f"{name}: Jain", fairness, "1", 0.95, gate=gate))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        points = self.points(results.quick)
        labels = [f"{p['cc']}, {p['n']}, {p['queue']}" for p in points]
        ours = [results.samples(p, "ratio") for p in points]
        return bars(axes, labels, ours, [1] * len(points), "MPTCP / TCP")


CHECK = NoHarm()
