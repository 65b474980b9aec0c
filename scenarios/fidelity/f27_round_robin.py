# SPDX-License-Identifier: GPL-2.0-only
"""Round-robin against minRTT: alike for bulk, slower when the application limits."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from . import _constant_rate
from ._common import NetworkCheck, ratio, scheduler

#: The first queue is not of one BDP: eight packets are less than an initial window.
PIPES = (Pipe(10e6, 0.01, 50), Pipe(10e6, 0.1))


class RoundRobin(NetworkCheck):
    """Two paths of 10 Mb/s with 10 and 100 ms."""

    id = "F27"
    title = "round-robin / minRTT"
    source = "Paasch et al. CSWS 2014"
    evidence = "V2"

    def points(self, quick: bool) -> list[Point]:
        """Load and scheduler."""
        loads = ("limited",) if quick else ("bulk", "limited")
        seconds = 20 if quick else 60
        return [
            {"load": load, "scheduler": s, "seconds": seconds}
            for load in loads
            for s in ("minrtt", "roundrobin")
        ]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Bulk, or 500 kb/s."""
        configure(
            ns,
            seed,
            point["overhead"],
            MptcpSocketBase__Scheduler=scheduler(ns, point["scheduler"]),
        )
        if point["load"] == "limited":
            return _constant_rate.simulate(ns, PIPES, True, point["seconds"])
        graph, route = disjoint(ns, PIPES)
        flows = Flows(ns, graph)
        flows.add(route, mptcp=True)
        (rate,) = flows.measure(point["seconds"])
        return {"rate": rate}

    def judge(self, results: Results) -> list[Row]:
        """Goodput and mean delay."""
        points = {(p["load"], p["scheduler"]): p for p in self.points(results.quick)}
        rows = []
        for load, metric, what, reference, *band in (
            ("bulk", "rate", "bulk: goodput", "1", 0.95, 1.05),
            ("limited", "mean", "500 kb/s: mean delay", "> 1.5", 1.5),
        ):
            if (load, "minrtt") in points:
                base, ours = (points[load, s] for s in ("minrtt", "roundrobin"))
                samples = ratio(results.samples(ours, metric), results.samples(base, metric))
                rows.append(Row(what, samples, reference, *band))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        rows = self.judge(results)
        reference = [1.0 if row.reference == "1" else 1.5 for row in rows]
        labels = [row.what for row in rows]
        return bars(axes, labels, [r.samples for r in rows], reference, "round-robin / minRTT")


CHECK = RoundRobin()
