# SPDX-License-Identifier: GPL-2.0-only
"""Scenario A of Khalili et al.: multipath users harm others and gain nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.khalili import khalili_a

from ._common import CONTROLLERS, PAYLOAD, TCP_WIRE, NetworkCheck, mean

N2, C2 = 10, 1e6

#: By N1/N2 and C1/C2: what is left to the single-path users, in units of C2.
TABLE = {
    (1, 0.75): {"lia": 0.750},
    (1, 1): {"uncoupled": 0.586, "ewtcp": 0.691, "lia": 0.739, "balia": 0.796},
    (2, 1): {"lia": 0.590},
    (3, 1): {"lia": 0.500},
    (3, 1.5): {"lia": 0.539},
}

#: From the most harmful to the least.
ORDER = ("uncoupled", "ewtcp", "lia", "balia", "olia")


class KhaliliA(NetworkCheck):
    """Problem P1: the upgrade of type 1 takes from type 2."""

    id = "F16"
    title = "Khalili A: goodput of single-path users / C2"
    source = "Khalili et al. CoNEXT 2012 section 3.1, fixed point recomputed"
    evidence = "D"

    def points(self, quick: bool) -> list[Point]:
        """The paper's grid; the order of the controllers at one place of it."""
        if quick:
            return [{"n": 1, "c": 1, "cc": cc, "seconds": 30} for cc in ("uncoupled", "lia")]
        return [
            {"n": n, "c": c, "cc": cc, "seconds": 120}
            for (n, c) in TABLE
            for cc in (ORDER if (n, c) == (1, 1) else ("lia", "olia"))
        ]

    def seeds(self, quick: bool) -> Sequence[int]:
        """As many as published."""
        return range(1, 2) if quick else range(1, 6)

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """All users for two minutes."""
        configure(
            ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
        )
        users = khalili_a(ns, point["n"] * N2, N2, point["c"] * C2, C2)
        flows = Flows(ns, users.graph)
        for route in users.multipath:
            flows.add(route, mptcp=True)
        for route in users.single:
            flows.add(route, mptcp=False)
        rates = flows.measure(point["seconds"])
        n1 = len(users.multipath)
        # The paper's capacities are those of the links, headers included.
        scale = TCP_WIRE / PAYLOAD * 1e6
        return {
            "type1": mean(rates[:n1]) * scale / (point["c"] * C2),
            "type2": mean(rates[n1:]) * scale / C2,
        }

    def judge(self, results: Results) -> list[Row]:
        """The table, OLIA's gain, and the order."""
        rows = []
        found: dict[tuple[float, float], dict[str, list[float]]] = {}
        for point in self.points(results.quick):
            place = (point["n"], point["c"])
            samples = results.samples(point, "type2")
            found.setdefault(place, {})[point["cc"]] = samples
            name = f"N1/N2 {place[0]}, C1/C2 {place[1]:g}: {point['cc']}"
            expected = TABLE[place].get(point["cc"])
            if expected is None:
                rows.append(Row(name, samples, "ideal 1", high=1.0))
                continue
            gate = point["cc"] == "lia" and not results.quick
            band = (expected - 0.08, expected + 0.08) if gate else ()
            rows.append(Row(name, samples, f"{expected:g}", *band, gate=gate))
        for place, by in found.items():
            if "olia" in by:
                gain = [o - a for o, a in zip(by["olia"], by["lia"])]
                name = f"N1/N2 {place[0]}, C1/C2 {place[1]:g}: olia - lia"
                rows.append(Row(name, gain, ">= 0.08", 0.08))
            known = [cc for cc in ORDER if cc in by]
            for less, more in zip(known, known[1:]) if len(known) > 2 or results.quick else ():
                gain = [b - a for a, b in zip(by[less], by[more])]
                rows.append(Row(f"order: {more} - {less}", gain, "> 0", 0.0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """All measured places."""
        points = self.points(results.quick)
        return bars(
            axes,
            [f"{p['cc']} {p['n']}, {p['c']:g}" for p in points],
            [results.samples(p, "type2") for p in points],
            [TABLE[p["n"], p["c"]].get(p["cc"], 1.0) for p in points],
            "single-path users / C2",
        )


CHECK = KhaliliA()
