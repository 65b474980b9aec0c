# SPDX-License-Identifier: GPL-2.0-only
"""Small receive buffers on Wi-Fi and 3G, and the two mechanisms against them."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.graph import bdp
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import NetworkCheck, mean, ratio

#: Wi-Fi: 8 Mb/s, 20 ms, 80 ms of queue. 3G: 2 Mb/s, 150 ms, 2 s of queue.
PIPES = (Pipe(8e6, 0.02, bdp(8e6, 0.08)), Pipe(2e6, 0.15, bdp(2e6, 2)))

#: Octets.
BUFFERS = (50000, 100000, 200000, 400000, 800000, 1000000)

#: Stock TCP on Wi-Fi; MPTCP without and with M1 and M2.
MODES = ("tcp", "off", "on")


class ReceiveBuffer(NetworkCheck):
    """M1 is opportunistic retransmission, M2 penalization."""

    id = "F23"
    title = "receive buffer: goodput on Wi-Fi and 3G, Mb/s"
    source = "Raiciu et al. NSDI 2012 fig 4; 600 KB by a reproduction of 2012"
    evidence = "K"

    def points(self, quick: bool) -> list[Point]:
        """Buffers and modes."""
        buffers = (200000,) if quick else BUFFERS
        seconds = 30 if quick else 60
        return [{"buffer": b, "mode": m, "seconds": seconds} for b in buffers for m in MODES]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One transfer."""
        mode, helpers = point["mode"], str(point["mode"] == "on").lower()
        configure(
            ns,
            seed,
            point["overhead"],
            TcpSocket__RcvBufSize=point["buffer"],
            MptcpSocketBase__OpportunisticRetransmission=helpers,
            MptcpSocketBase__Penalization=helpers,
        )
        graph, route = disjoint(ns, PIPES[:1] if mode == "tcp" else PIPES)
        flows = Flows(ns, graph)
        flows.add(route, mptcp=mode != "tcp")
        (rate,) = flows.measure(point["seconds"])
        return {"rate": rate}

    def judge(self, results: Results) -> list[Row]:
        """Never below TCP on Wi-Fi; both links full with a large buffer; the mechanisms matter."""
        by: dict[int, dict[str, list[float]]] = {}
        for point in self.points(results.quick):
            by.setdefault(point["buffer"], {})[point["mode"]] = results.samples(point, "rate")
        rows = []
        for size, found in by.items():
            name = f"{size // 1000} KB"
            rows.append(Row(f"{name}: TCP on Wi-Fi", found["tcp"], "", gate=False))
            rows.append(Row(f"{name}: without M1, M2", found["off"], "", gate=False))
            rows.append(Row(f"{name}: with / TCP", ratio(found["on"], found["tcp"]), ">= 1", 0.95))
            if size == 800000:
                rows.append(Row(f"{name}: with", found["on"], "10", 9))
            if size == 200000:
                gain = ratio(found["on"], found["off"])
                rows.append(Row(f"{name}: with / without", gain, "> 1", 1.0))
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """Goodput by buffer, as in the paper."""
        names = {"tcp": "TCP on Wi-Fi", "off": "MPTCP", "on": "MPTCP with M1 and M2"}
        for mode, name in names.items():
            points = [p for p in self.points(results.quick) if p["mode"] == mode]
            ours = [mean(results.samples(p, "rate")) for p in points]
            axes.plot([p["buffer"] / 1000 for p in points], ours, "o-", label=name)
        # Of the paper's curves only the shape is known.
        axes.axhline(10, color="0.75", label="both links; published: full from 600 KB on")
        axes.axvline(600, color="0.75", linestyle=":")
        axes.axvspan(0, 400, color="0.95", label="published: MPTCP below TCP")
        axes.set_xlabel("receive buffer, KB")
        axes.set_ylabel("goodput, Mb/s")
        axes.legend()
        return True


CHECK = ReceiveBuffer()
