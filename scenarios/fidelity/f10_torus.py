# SPDX-License-Identifier: GPL-2.0-only
"""Balancing congestion in a ring of five bottlenecks, one of which gets smaller."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure, jain
from ns3_mptcp.topologies.graph import WIRE
from ns3_mptcp.topologies.simple import Pipe, torus

from ._common import CONTROLLERS, NetworkCheck, ratio

RTT = 0.05

#: Packets per second of the bottlenecks that keep their capacity.
FULL = 1000

#: Band of Jain's index at the smallest capacity, and the value of the paper.
BANDS = {"ewtcp": (0.90, 0.95, 0.92), "lia": (0.97, 0.995, 0.986), "coupled": (0.97, 1.0, 0.99)}


class Torus(NetworkCheck):
    """Figure 7 of the paper with the values of the authors' simulator."""

    id = "F10"
    title = "torus: Jain's index of the flows' totals"
    source = "Wischik et al. NSDI 2011 fig 7, htsim main_torus.cpp"
    evidence = "K"
    note = (
        "300 s instead of the simulator's 1000 s: the intervals are narrow enough. The queues are "
        "of one BDP as in the other checks; htsim's are of ten packets at least and lose at random "
        "in three more. With such queues (RED for the random part) LIA had 0.970 from 40 to 160 s "
        "of one seed, with those of one BDP 0.988."
    )

    def points(self, quick: bool) -> list[Point]:
        """Controllers by capacity of the bottleneck in the middle, packets/s."""
        if quick:
            return [{"cc": cc, "c": 100, "seconds": 15} for cc in ("ewtcp", "lia")]
        return [{"cc": cc, "c": c, "seconds": 300} for cc in BANDS for c in (1000, 500, 250, 100)]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Five connections."""
        configure(
            ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
        )
        rates = [FULL, FULL, point["c"], FULL, FULL]
        graph, routes = torus(ns, [Pipe(8 * WIRE * rate, RTT) for rate in rates])
        flows = Flows(ns, graph)
        for route in routes:
            flows.add(route, mptcp=True, jitter_s=0.05)
        rates = flows.measure(point["seconds"])
        counts = [graph.counts(f"a{i}", f"b{i}") for i in range(len(rates))]
        losses = [c.dropped / (c.accepted + c.dropped) for c in counts]
        return {"jain": jain(rates), "rates": rates, "losses": losses}

    def judge(self, results: Results) -> list[Row]:
        """Bands at the smallest capacity, and the order of the controllers."""
        points = self.points(results.quick)
        rows = []
        found = {}
        for point in points:
            samples = results.samples(point, "jain")
            name = f"{point['cc']}, C = {point['c']} packets/s"
            if point["c"] == 100:
                found[point["cc"]] = samples
                low, high, reference = BANDS[point["cc"]]
                gate = not results.quick
                rows.append(Row(name, samples, f"{reference:g}", low, high, gate))
            else:
                rows.append(Row(name, samples, "", gate=False))
        rows.append(Row("lia / ewtcp", ratio(found["lia"], found["ewtcp"]), "> 1", 1.0))
        if "coupled" in found:
            order = ratio(found["coupled"], found["lia"])
            rows.append(Row("coupled / lia", order, ">= 1", 1.0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """Jain's index at the smallest capacity."""
        points = [p for p in self.points(results.quick) if p["c"] == 100]
        ours = [results.samples(p, "jain") for p in points]
        reference = [BANDS[p["cc"]][2] for p in points]
        return bars(axes, [p["cc"] for p in points], ours, reference, "Jain's index")


CHECK = Torus()
