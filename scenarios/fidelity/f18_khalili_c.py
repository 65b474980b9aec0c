# SPDX-License-Identifier: GPL-2.0-only
"""Scenario C of Khalili et al.: multipath users with a good path still take from the other one."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.khalili import khalili_c

from ._common import CONTROLLERS, PAYLOAD, TCP_WIRE, NetworkCheck, mean

N2, C2 = 10, 1e6

#: By C1/C2 and N1/N2, for LIA.
TABLE = {(1, 1): 0.704, (1, 2): 0.566, (1, 3): 0.485, (2, 1): 0.765, (2, 2): 0.647, (2, 3): 0.572}


class KhaliliC(NetworkCheck):
    """Problem P2: LIA is too aggressive against TCP."""

    id = "F18"
    title = "Khalili C: goodput of single-path users / C2"
    source = "Khalili et al. CoNEXT 2012 section 3.3, fixed point recomputed"
    evidence = "D"

    def points(self, quick: bool) -> list[Point]:
        """The paper's grid with LIA, and OLIA at one place."""
        if quick:
            return []
        grid = [{"c": c, "n": n, "cc": "lia", "seconds": 120} for c, n in TABLE]
        return [*grid, {"c": 1, "n": 1, "cc": "olia", "seconds": 120}]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """All users for two minutes."""
        configure(
            ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
        )
        users = khalili_c(ns, point["n"] * N2, N2, point["c"] * C2, C2)
        flows = Flows(ns, users.graph)
        for route in users.multipath:
            flows.add(route, mptcp=True)
        for route in users.single:
            flows.add(route, mptcp=False)
        rates = flows.measure(point["seconds"])
        return {"single": mean(rates[len(users.multipath) :]) * TCP_WIRE / PAYLOAD * 1e6 / C2}

    def judge(self, results: Results) -> list[Row]:
        """The table, and that OLIA leaves more."""
        rows = []
        for (c, n), expected in TABLE.items():
            samples = results.samples({"c": c, "n": n, "cc": "lia", "seconds": 120}, "single")
            name = f"C1/C2 {c}, N1/N2 {n}: lia"
            rows.append(Row(name, samples, f"{expected:g}", expected - 0.08, expected + 0.08))
        lia, olia = (
            results.samples({"c": 1, "n": 1, "cc": cc, "seconds": 120}, "single")
            for cc in ("lia", "olia")
        )
        rows.append(Row("order: olia - lia", [o - a for a, o in zip(lia, olia)], "> 0", 0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The table."""
        rows = self.judge(results)[: len(TABLE)]
        labels = [f"{c}, {n}" for c, n in TABLE]
        ours = [row.samples for row in rows]
        return bars(axes, labels, ours, list(TABLE.values()), "single-path users / C2")


CHECK = KhaliliC()
