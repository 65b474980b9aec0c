# SPDX-License-Identifier: GPL-2.0-only
"""OLIA uses two equally good paths at the same time."""

from __future__ import annotations

import statistics
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.graph import Graph
from ns3_mptcp.topologies.simple import AMPLE

from ._common import CONTROLLERS, NetworkCheck, carried, mean

#: Stock TCPs on each of the paths; these are of 10 Mb/s with RED, as in the paper's testbed.
OTHERS, RATE, RTT = 5, 10e6, 0.08

#: Length of the bins in which the share of a path is taken, s.
BIN = 10


class Flappiness(NetworkCheck):
    """One multipath connection, and five TCPs on each path."""

    id = "F19"
    title = "flappiness: share of the first of two equal paths"
    source = "Khalili et al. CoNEXT 2012 section 6 (no flapping)"
    evidence = "K"

    def points(self, quick: bool) -> list[Point]:
        """Two controllers."""
        return [] if quick else [{"cc": cc, "seconds": 400} for cc in ("lia", "olia")]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """The share in each bin."""
        configure(
            ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
        )
        graph = Graph(ns)
        hosts = [("m", 0), ("m", 1), *((f"c{i}-{j}", i) for i in (0, 1) for j in range(OTHERS))]
        for i in (0, 1):
            graph.red_link(f"a{i}", f"b{i}", RATE, RTT / 2)
        for host, i in hosts:
            graph.link(host, f"a{i}", AMPLE, 0)
            graph.link(f"b{i}", f"{host}-server", AMPLE, 0)
        graph.build()
        ways = [[host, f"a{i}", f"b{i}", f"{host}-server"] for host, i in hosts]
        flows = Flows(ns, graph)
        connection = flows.add(graph.route(*ways[:2]), mptcp=True)
        for way in ways[2:]:
            flows.add(graph.route(way), mptcp=False)
        seen: list[tuple[int, int]] = []
        shares: list[float] = []

        def look() -> None:
            first, second = [n for _, n in sorted(carried(connection).items())]
            if seen:
                one, two = first - seen[-1][0], second - seen[-1][1]
                shares.append(one / (one + two))
            seen.append((first, second))

        flows.measure(point["seconds"], every_s=BIN, sample=look)
        return {"share": mean(shares), "sd": statistics.pstdev(shares), "shares": shares}

    def judge(self, results: Results) -> list[Row]:
        """OLIA's mean share and its spread, beside those of LIA."""
        lia, olia = self.points(False)
        if not results.found:
            return []
        sd = [results.samples(p, "sd") for p in (lia, olia)]
        more = [b - a for a, b in zip(*sd)]
        return [
            Row("olia: share of path 1", results.samples(olia, "share"), "0.5", 0.35, 0.65),
            Row("lia: share of path 1", results.samples(lia, "share"), "0.5", gate=False),
            Row("lia: sd over bins of 10 s", sd[0], "", gate=False),
            Row("olia: sd over bins of 10 s", sd[1], "", gate=False),
            Row("sd, olia - lia", more, "0", high=0.1),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """The shares over time, of the first seed."""
        for point in self.points(False):
            found = results.get(point)
            if not found:
                return False
            shares = found[0]["shares"]
            axes.plot([BIN * (i + 1) for i in range(len(shares))], shares, label=point["cc"])
        axes.axhline(0.5, color="0.75", label="even")
        axes.set_ylim(0, 1)
        axes.set_xlabel("time, s")
        axes.set_ylabel("share of path 1")
        axes.legend(fontsize="small")
        return True


CHECK = Flappiness()
