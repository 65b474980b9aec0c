# SPDX-License-Identifier: GPL-2.0-only
"""Scenario B of Khalili et al.: an upgrade to multipath after which everybody has less."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.khalili import khalili_b

from ._common import CONTROLLERS, NetworkCheck, mean

USERS, CX, CT = 15, 27e6, 36e6

#: Change of the aggregate in percent: low, high, and the fluid model's value.
BANDS = {"lia": (-20, -9, -14.4), "olia": (-6, 0, 0)}


class KhaliliB(NetworkCheck):
    """Red users get a second path, over both providers."""

    id = "F17"
    title = "Khalili B: change of the aggregate by the upgrade, percent"
    source = "Khalili et al. CoNEXT 2012 section 3.2, topology of oliapareto.ned"
    evidence = "D"

    def points(self, quick: bool) -> list[Point]:
        """Before and after."""
        if quick:
            return []
        return [
            {"cc": cc, "upgraded": upgraded, "seconds": 60}
            for cc in BANDS
            for upgraded in (False, True)
        ]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Blue users have two paths, red ones one or two."""
        configure(
            ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
        )
        users = khalili_b(ns, USERS, CX, CT, point["upgraded"])
        flows = Flows(ns, users.graph)
        for route in users.multipath:
            flows.add(route, mptcp=True)
        for route in users.single:
            flows.add(route, mptcp=point["upgraded"])
        rates = flows.measure(point["seconds"])
        return {"sum": sum(rates), "blue": mean(rates[:USERS]), "red": mean(rates[USERS:])}

    def judge(self, results: Results) -> list[Row]:
        """Changes, and that OLIA's is the smaller one."""
        rows = []
        changes = {}
        for cc, (low, high, fluid) in BANDS.items():
            before, after = (
                results.samples({"cc": cc, "upgraded": u, "seconds": 60}, "sum")
                for u in (False, True)
            )
            changes[cc] = [100 * (b - a) / a for a, b in zip(before, after)]
            rows.append(Row(f"{cc}: change", changes[cc], f"{fluid:g} (fluid)", low, high))
        gain = [o - a for a, o in zip(changes["lia"], changes["olia"])]
        rows.append(Row("order: olia - lia", gain, "> 0", 0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The changes."""
        rows = self.judge(results)[:2]
        reference = [band[2] for band in BANDS.values()]
        return bars(axes, list(BANDS), [r.samples for r in rows], reference, "change, percent")


CHECK = KhaliliB()
