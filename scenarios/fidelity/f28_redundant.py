# SPDX-License-Identifier: GPL-2.0-only
"""The redundant scheduler: goodput of the best path, latency of the faster one each time."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from . import _constant_rate
from ._common import NetworkCheck, ratio, scheduler

#: One-way delays of 10 and 50 ms.
PIPES = (Pipe(10e6, 0.02, 50, 0.01), Pipe(10e6, 0.1, None, 0.01))

MODES = ("redundant", "tcp0", "tcp1")


class Redundant(NetworkCheck):
    """Two paths of 10 Mb/s that lose 1 %."""

    id = "F28"
    title = "redundant scheduler against each single path"
    source = "by its definition: every segment on every path"
    evidence = "K"
    note = "Of a segment MPTCP carries 1420 octets, TCP 1448: without losses bulk can reach 0.98."

    def points(self, quick: bool) -> list[Point]:
        """Load and mode."""
        if quick:
            return []
        return [
            {"load": load, "mode": mode, "seconds": 120}
            for load in ("bulk", "limited")
            for mode in MODES
        ]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Bulk, or 500 kb/s."""
        mode = point["mode"]
        mptcp = mode == "redundant"
        # What a path sends does not depend on the other one, so nothing is to be coupled.
        overrides = {
            "MptcpSocketBase__Scheduler": scheduler(ns, "redundant") if mptcp else "",
            "MptcpSocketBase__CongestionControl": "ns3::TcpNewReno",
        }
        configure(ns, seed, point["overhead"], **(overrides if mptcp else {}))
        pipes = PIPES if mptcp else [PIPES[int(mode[3:])]]
        if point["load"] == "limited":
            return _constant_rate.simulate(ns, pipes, mptcp, point["seconds"])
        graph, route = disjoint(ns, pipes)
        flows = Flows(ns, graph)
        flows.add(route, mptcp)
        (rate,) = flows.measure(point["seconds"])
        return {"rate": rate}

    def judge(self, results: Results) -> list[Row]:
        """Goodput and tail of the delays."""
        if not results.found:
            return []
        points = {(p["load"], p["mode"]): p for p in self.points(False)}
        rates = [results.samples(points["bulk", mode], "rate") for mode in MODES]
        tails = [results.samples(points["limited", mode], "p99") for mode in MODES]
        best = [max(pair) for pair in zip(*rates[1:])]
        least = [min(pair) for pair in zip(*tails[1:])]
        return [
            Row("bulk: goodput / best path", ratio(rates[0], best), "1", 0.95, 1.05),
            Row("500 kb/s: p99 of the delay / least", ratio(tails[0], least), "<= 1", high=1.0),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        rows = self.judge(results)
        return bars(axes, [r.what for r in rows], [r.samples for r in rows], [1, 1], "ratio")


CHECK = Redundant()
