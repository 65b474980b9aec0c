# SPDX-License-Identifier: GPL-2.0-only
"""A multipath flow beside one TCP on each of two links, the second of any rate and delay."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.graph import WIRE, Graph, bdp
from ns3_mptcp.topologies.simple import AMPLE, Pipe, bottleneck

from ._common import NetworkCheck, mean

#: The first link: packets/s, and its RTT in ms.
FIRST = (400, 100)

#: The same of the second one.
RATES, RTTS = (400, 800, 1600, 3200), (12, 50, 200, 800)

#: Simulated time in s, by the RTT of the second link. A window that is halved on a long link takes
#: hundreds of round trips to recover: at 800 packets/s and 800 ms the multipath flow has 0.45 of
#: the better TCP's rate after 600 s, and 1.5 after 3000 s.
SECONDS = {12: 300, 50: 300, 200: 600, 800: 3000}

#: Packets of the queue in which the authors' simulator loses at random.
RANDOM_TAIL = 3


def _way(host: str, link: int) -> list[str]:
    return [host, f"a{link}", f"b{link}", f"{host}-server"]


class RttSweep(NetworkCheck):
    """Figures 8 and 9 of the paper: LIA makes up for unequal RTTs."""

    id = "F14"
    title = "RTT and rate sweep: M / better of the two TCPs"
    source = "Wischik et al. NSDI 2011 fig 9, htsim main_endo_param.cpp"
    evidence = "V2"

    def points(self, quick: bool) -> list[Point]:
        """The second link; long enough for many losses on it."""
        if quick:
            return []
        return [{"c2": c2, "rtt2": rtt2, "seconds": SECONDS[rtt2]} for c2 in RATES for rtt2 in RTTS]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Three connections."""
        configure(ns, seed, point["overhead"])
        graph = Graph(ns)
        for i, (rate, rtt) in enumerate((FIRST, (point["c2"], point["rtt2"]))):
            tail = min(RANDOM_TAIL, bdp(8 * WIRE * rate, rtt / 1e3) - 1)
            pipe = Pipe(8 * WIRE * rate, rtt / 1e3, random_tail=tail)
            bottleneck(graph, f"a{i}", f"b{i}", pipe)
            for host in (f"s{i}", "m"):
                graph.link(host, f"a{i}", AMPLE, 0)
                graph.link(f"b{i}", f"{host}-server", AMPLE, 0)
        graph.build()
        flows = Flows(ns, graph)
        ways = {
            h: [[h, f"a{i}", f"b{i}", f"{h}-server"] for i in (0, 1)] for h in ("s0", "s1", "m")
        }
        flows.add(graph.route(ways["s0"][0]), mptcp=False)
        flows.add(graph.route(ways["s1"][1]), mptcp=False)
        flows.add(graph.route(*ways["m"]), mptcp=True)
        one, two, both = flows.measure(point["seconds"])
        return {"gain": both / max(one, two), "rates": [one, two, both]}

    def judge(self, results: Results) -> list[Row]:
        """The mean over the sweep gates, and the least of its points."""
        rows = []
        points = self.points(False)
        samples = [results.samples(point, "gain") for point in points]
        if not all(samples):
            return []
        for point, gains in zip(points, samples):
            name = f"C2 = {point['c2']} packets/s, RTT2 = {point['rtt2']} ms"
            rows.append(Row(name, gains, "", gate=False))
        by_seed = list(zip(*samples))
        rows.append(Row("mean of the sweep", [mean(gains) for gains in by_seed], "1.15", 1.05, 1.3))
        least = [min(mean(gains) for gains in samples)]
        rows.append(Row("least of the sweep", least, "> 1", 0.95))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The gains."""
        points = self.points(False)
        labels = [f"{p['c2']}, {p['rtt2']} ms" for p in points]
        ours = [results.samples(p, "gain") for p in points]
        return bars(axes, labels, ours, [1.15] * len(points), "M / better TCP")


CHECK = RttSweep()
