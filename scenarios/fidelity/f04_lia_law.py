# SPDX-License-Identifier: GPL-2.0-only
"""LIA on two paths with the same RTT: total and split."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars

from . import _lossy
from ._common import NetworkCheck, ratio


class LiaLaw(NetworkCheck):
    """Goal 1 of RFC 6356 with equality, and p_i * cwnd_i = const."""

    id = "F4"
    title = "LIA: total of the best path, split by 1/p"
    source = "RFC 6356 sections 1 and 3"
    evidence = "V1"

    def points(self, quick: bool) -> list[Point]:
        """MPTCP, and TCP on the path with fewer losses."""
        if quick:
            paths = {"p": [0.01, 0.02], "rtt": [0.05, 0.05], "seconds": 60}
        else:
            paths = {"p": [0.001, 0.002], "rtt": [0.05, 0.05], "seconds": 600}
        return [{**paths, "mode": mode} for mode in ("lia", "tcp0")]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One connection."""
        return _lossy.simulate(ns, point, seed)

    def judge(self, results: Results) -> list[Row]:
        """Total and split."""
        lia, tcp = self.points(results.quick)
        total = ratio(results.samples(lia, "total"), results.samples(tcp, "total"))
        split = results.samples(lia, lambda m: m["paths"][0] / m["paths"][1])
        return [
            Row("total / TCP on the best path", total, "1", 0.9, 1.1),
            Row("split", split, "2", 1.6, 2.4),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """Total and split."""
        rows = self.judge(results)
        labels = [row.what for row in rows]
        return bars(axes, labels, [row.samples for row in rows], [1, 2], "ratio")


CHECK = LiaLaw()
