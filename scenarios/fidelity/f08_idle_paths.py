# SPDX-License-Identifier: GPL-2.0-only
"""Goal 1 of RFC 6356 on paths that nobody else uses: the sum of both."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import NetworkCheck, ratio

MODES = ("mptcp", "tcp0", "tcp1")


class IdlePaths(NetworkCheck):
    """Two idle paths of 10 Mb/s."""

    id = "F8"
    title = "LIA on two idle paths: the sum of both"
    source = "RFC 6356 section 3 (two idle disjoint paths give the sum)"
    evidence = "V1"

    def points(self, quick: bool) -> list[Point]:
        """One-way delays in ms, and what runs over them."""
        delays = [[10, 50]] if quick else [[10, 10], [10, 50]]
        seconds = 25 if quick else 120
        return [{"delays": d, "mode": m, "seconds": seconds} for d in delays for m in MODES]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """MPTCP over both, or TCP over one."""
        configure(ns, seed, point["overhead"])
        pipes = [Pipe(10e6, 2e-3 * delay) for delay in point["delays"]]
        mptcp = point["mode"] == "mptcp"
        graph, route = disjoint(ns, pipes if mptcp else [pipes[int(point["mode"][3:])]])
        flows = Flows(ns, graph)
        flows.add(route, mptcp)
        (rate,) = flows.measure(point["seconds"])
        return {"rate": rate}

    def judge(self, results: Results) -> list[Row]:
        """Goodput over the sum."""
        points = self.points(results.quick)
        rows = []
        for three in zip(*[iter(points)] * len(MODES)):
            both, one, two = (results.samples(point, "rate") for point in three)
            total = [a + b for a, b in zip(one, two)]
            delays = "{} and {} ms".format(*three[0]["delays"])
            rows.append(Row(f"{delays}: MPTCP / sum of TCPs", ratio(both, total), "1", 0.9))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        rows = self.judge(results)
        labels = [row.what for row in rows]
        return bars(axes, labels, [r.samples for r in rows], [1] * len(rows), "MPTCP / sum")


CHECK = IdlePaths()
