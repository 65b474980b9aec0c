# SPDX-License-Identifier: GPL-2.0-only
"""Coupled BBR at a shared bottleneck, and on disjoint paths."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint, shared_bottleneck

from ._common import NetworkCheck, ratio

#: The published controller, and that which looks for shared bottlenecks.
BBRS = {"cmpbbr": "ns3::MptcpCBbr", "bottleneck": "ns3::MptcpBottleneckBbr"}

#: A queue of 3 BDP at the shared bottleneck: in one of 1 BDP several BBRs lose a tenth of what they
#: send, and the recoveries of stock TCP decide.
RTT, QUEUE = 0.04, 200

#: Rates of the disjoint paths, Mb/s.
DISJOINT = {"20 + 5": (20, 5), "20 + 20": (20, 20)}


class CoupledBbr(NetworkCheck):
    """Two subflows against one BBR at 20 Mb/s; and both paths for itself."""

    id = "F29"
    title = "coupled BBR: share of a bottleneck, use of disjoint paths"
    source = "Mahmud et al. IEEE Access 2020, rule of the authors' code"
    evidence = "D"
    note = (
        "C-MPBBR's rule, cruising at 1/N and probing at 5/4, leads to 1/4 beside one BBR by its "
        "equations (doc/algorithms/bottleneck-bbr.md); measured 0.251 (one seed). It takes paths "
        "of equal bandwidth for one: 20 + 20 Mb/s shows the cost, which the variant that looks for "
        "bottlenecks does not pay."
    )

    def points(self, quick: bool) -> list[Point]:
        """Controllers by networks."""
        if quick:
            return []
        control = {"cc": "uncoupled", "paths": "shared", "seconds": 120}
        return [control] + [
            {"cc": cc, "paths": paths, "seconds": 120}
            for cc in BBRS
            for paths in ("shared", *DISJOINT)
        ]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Share of one of two flows, or goodput over that of a TCP with BBR on each path alone."""
        bbr = {
            "TcpL4Protocol__SocketType": "ns3::TcpBbr",
            "MptcpSocketBase__CongestionControl": BBRS.get(point["cc"], "ns3::TcpBbr"),
        }
        configure(ns, seed, point["overhead"], **bbr)
        if point["paths"] == "shared":
            graph, routes = shared_bottleneck(ns, Pipe(20e6, RTT, QUEUE), [1, 2])
            flows = Flows(ns, graph)
            flows.add(routes[0], mptcp=False)
            flows.add(routes[1], mptcp=True)
            one, two = flows.measure(point["seconds"])
            return {"part": two / (one + two)}
        pipes = [Pipe(1e6 * rate, RTT) for rate in DISJOINT[point["paths"]]]
        alone = []
        for pipe in pipes:
            graph, route = disjoint(ns, [pipe])
            flows = Flows(ns, graph)
            flows.add(route, mptcp=False)
            alone += flows.measure(point["seconds"] / 4)
            configure(ns, seed, point["overhead"], **bbr)
        graph, route = disjoint(ns, pipes)
        flows = Flows(ns, graph)
        flows.add(route, mptcp=True)
        (rate,) = flows.measure(point["seconds"])
        return {"part": rate / sum(alone)}

    def judge(self, results: Results) -> list[Row]:
        """The published controller's penalty is reported, not judged."""
        rows: list[Row] = []
        if not results.found:
            return rows
        for point in self.points(False):
            samples = results.samples(point, "part")
            if point["paths"] == "shared":
                name = f"{point['cc']}: share beside one BBR"
                control = point["cc"] not in BBRS
                reference = "2/3" if control else "0.5"
                rows.append(Row(name, samples, reference, 0.35, 0.65, gate=not control))
                continue
            name = f"{point['cc']}, {point['paths']} Mb/s: goodput / sum of BBRs"
            penalty = point["cc"] == "cmpbbr" and point["paths"] == "20 + 20"
            rows.append(Row(name, samples, "< 1" if penalty else "1", 0.85, gate=not penalty))
        twins = [p for p in self.points(False) if p["paths"] == "20 + 20"]
        gain = ratio(results.samples(twins[1], "part"), results.samples(twins[0], "part"))
        rows.append(Row("20 + 20 Mb/s: bottleneck / cmpbbr", gain, "> 1", 1.0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The shares and sums."""
        points = self.points(False)
        labels = [f"{p['cc']}, {p['paths']}" for p in points]
        ours = [results.samples(p, "part") for p in points]
        reference = [0.5 if p["paths"] == "shared" else 1.0 for p in points]
        return bars(axes, labels, ours, reference, "share, or part of the sum")


CHECK = CoupledBbr()
