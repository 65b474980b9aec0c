# SPDX-License-Identifier: GPL-2.0-only
"""Throughput of one Reno flow over the square root of the loss probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import NetworkCheck, packets_per_s

RTT = 0.1

#: Linux's least timeout; the smoothed RTT of an empty path is below it.
T0 = 0.2


def pftk(p: float) -> float:
    """Return the constant of Padhye et al. (SIGCOMM 1998), without delayed ACKs."""
    timeout = T0 * min(1, 3 * math.sqrt(3 * p / 8)) * p * (1 + 32 * p * p)
    return RTT * math.sqrt(p) / (RTT * math.sqrt(2 * p / 3) + timeout)


class RenoLaw(NetworkCheck):
    """The yardstick of all others: stock TCP, which MPTCP is measured by."""

    id = "F3"
    title = "Reno: rate times RTT times sqrt(p)"
    source = "Mathis et al. 1997, Padhye et al. 1998"
    evidence = "K"

    def points(self, quick: bool) -> list[Point]:
        """One loss probability each."""
        if quick:
            return [{"p": 1e-2, "seconds": 120}]
        return [{"p": p, "seconds": 300} for p in (1e-4, 1e-3, 1e-2)]

    def seeds(self, quick: bool) -> Sequence[int]:
        """Ten, as losses are few at the smallest probability."""
        return range(1, 3) if quick else range(1, 11)

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One flow over a path that nothing else limits."""
        configure(ns, seed, point["overhead"])
        graph, route = disjoint(ns, [Pipe(1e9, RTT, 100000, point["p"])])
        flows = Flows(ns, graph)
        flows.add(route, mptcp=False)
        (rate,) = flows.measure(point["seconds"])
        return {"constant": packets_per_s(rate) * RTT * math.sqrt(point["p"])}

    def judge(self, results: Results) -> list[Row]:
        """Bernoulli losses give 1.31; PFTK where timeouts count."""
        rows = []
        for point in self.points(results.quick):
            p = point["p"]
            expected, tolerance = (pftk(p), 0.2) if p >= 1e-2 else (1.31, 0.1)
            rows.append(
                Row(
                    f"p = {p:g}",
                    results.samples(point, "constant"),
                    f"{expected:.3g}" + (" (PFTK)" if p >= 1e-2 else ""),
                    expected * (1 - tolerance),
                    expected * (1 + tolerance),
                )
            )
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """Bars by loss probability."""
        points = self.points(results.quick)
        return bars(
            axes,
            [f"p = {point['p']:g}" for point in points],
            [results.samples(point, "constant") for point in points],
            [pftk(point["p"]) if point["p"] >= 1e-2 else 1.31 for point in points],
            "rate x RTT x sqrt(p)",
        )


CHECK = RenoLaw()
