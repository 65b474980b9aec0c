# SPDX-License-Identifier: GPL-2.0-only
"""FatTree under a permutation: throughput by number of subflows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.data_center import fat_tree
from ns3_mptcp.topologies.graph import WIRE

from ._common import CONTROLLERS, PAYLOAD, NetworkCheck, mean

DELAY = 20e-6

#: By k: mean percent of the interface's rate, by number of subflows; max-min fair over 20
#: permutations.
TABLE = {
    4: {1: 58.4, 2: 79.0, 4: 100.0},
    8: {1: 47.2, 2: 64.5, 4: 81.4, 8: 92.3},
}


class FatTree(NetworkCheck):
    """Every host sends to one other host and receives from one."""

    id = "F22"
    title = "FatTree, permutation: percent of the interface's rate"
    source = "Raiciu et al. SIGCOMM 2011 fig 2; max-min recomputed"
    evidence = "D"
    note = (
        "The reference is max-min fair and knows neither headers nor slow start nor losses. Each "
        "simulation is long enough for a hundred round trips with full queues."
    )

    def points(self, quick: bool) -> list[Point]:
        """Subflows; a small tree, and the paper's."""
        if quick:
            # Slow links and short queues: as many round trips with a tenth of the packets.
            slow = {"rate": 10e6, "queue": 20, "seconds": 4.0}
            return [{"k": 4, "n": n, **slow} for n in (1, 4)]
        fast = {"rate": 100e6, "queue": 100}
        return [
            {"k": k, "n": n, **fast, "seconds": 2.0 if k == 4 else 1.2}
            for k, by in TABLE.items()
            for n in by
        ]

    def seeds(self, quick: bool) -> Sequence[int]:
        """One permutation each."""
        return range(1, 2) if quick else range(1, 11)

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One permutation without fixed points."""
        configure(
            ns,
            seed,
            point["overhead"],
            MptcpSocketBase__CongestionControl=CONTROLLERS["lia"],
            TcpSocket__SndBufSize=1 << 20,
            # A host whose first SYN is lost would idle for the whole run; the paper's simulator
            # has no handshake.
            TcpSocket__ConnTimeout="20ms",
        )
        rng = random.Random(seed)
        fabric = fat_tree(ns, point["k"], point["rate"], DELAY, point["queue"])
        flows = Flows(ns, fabric.graph)
        hosts = list(range(fabric.hosts))
        servers = hosts[:]
        while any(a == b for a, b in zip(hosts, servers)):
            rng.shuffle(servers)
        for client, server in zip(hosts, servers):
            route = fabric.route(client, server, point["n"], rng)
            flows.add(route, mptcp=point["n"] > 1, jitter_s=0.01 * point["seconds"])
        rates = flows.measure(point["seconds"])
        use = sorted(100 * rate * 1e6 * WIRE / PAYLOAD / point["rate"] for rate in rates)
        return {"mean": mean(use), "worst": mean(use[: max(1, len(use) // 10)]), "use": use}

    def judge(self, results: Results) -> list[Row]:
        """The table, and that each step up brings more."""
        rows = []
        last: tuple[int, list[float]] | None = None
        for point in self.points(results.quick):
            samples = results.samples(point, "mean")
            if not samples:
                continue
            expected = TABLE[point["k"]][point["n"]]
            name = f"k = {point['k']}, {point['n']} subflows"
            gate = not results.quick
            rows.append(Row(name, samples, f"{expected:g}", expected - 10, expected + 6, gate))
            if last and last[0] == point["k"]:
                gain = [b - a for a, b in zip(last[1], samples)]
                rows.append(Row(f"{name}: gain by more subflows", gain, "> 0", 0))
            last = (point["k"], samples)
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """Percent by number of subflows, as in the paper."""
        for k, by in TABLE.items():
            points = [p for p in self.points(results.quick) if p["k"] == k and results.get(p)]
            if points:
                (line,) = axes.plot(list(by), list(by.values()), "--", label=f"k = {k}, max-min")
                ours = [mean(results.samples(p, "mean")) for p in points]
                style = {"color": line.get_color(), "label": f"k = {k}, measured"}
                axes.plot([p["n"] for p in points], ours, "o-", **style)
        axes.set_xlabel("subflows")
        axes.set_ylabel("percent of the interface's rate")
        axes.legend()
        return True


CHECK = FatTree()
