# SPDX-License-Identifier: GPL-2.0-only
"""LIA where the path with more losses is the better one, because its RTT is shorter."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars

from . import _lossy
from ._common import NetworkCheck, ratio


class BestPath(NetworkCheck):
    """The arithmetic of Wi-Fi and 3G: 4 % at 10 ms against 1 % at 100 ms."""

    id = "F5"
    title = "LIA: as good as the best path, no path above TCP"
    source = "Wischik et al. NSDI 2011 section 2.3; RFC 6356 section 1"
    evidence = "K"

    def points(self, quick: bool) -> list[Point]:
        """MPTCP, and TCP on each path."""
        paths = {"p": [0.04, 0.01], "rtt": [0.01, 0.1], "seconds": 40 if quick else 300}
        return [{**paths, "mode": mode} for mode in ("lia", "tcp0", "tcp1")]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One connection."""
        return _lossy.simulate(ns, point, seed)

    def judge(self, results: Results) -> list[Row]:
        """The cap of equation (1) binds on the path with the shorter RTT."""
        lia, *tcp = self.points(results.quick)
        alone = [results.samples(point, "total") for point in tcp]
        best = [max(pair) for pair in zip(*alone)]
        rows = [
            Row(
                "total / TCP on the best path",
                ratio(results.samples(lia, "total"), best),
                "1",
                0.85,
            )
        ]
        for i in range(2):
            ours = results.samples(lia, lambda m, i=i: m["paths"][i])
            rows.append(
                Row(
                    f"path {i} / TCP there",
                    ratio(ours, alone[i]),
                    "<= 1",
                    high=1.1,
                    gate=not results.quick,  # few losses in a short run
                )
            )
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The three ratios."""
        rows = self.judge(results)
        labels = [row.what for row in rows]
        return bars(axes, labels, [row.samples for row in rows], [1, 1, None], "ratio")


CHECK = BestPath()
