# SPDX-License-Identifier: GPL-2.0-only
"""BLEST against minRTT on a Wi-Fi and a 3G path: bulk transfer."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import CONTROLLERS, NetworkCheck, ratio, scheduler

PIPES = (Pipe(25e6, 0.025, 100, 0.01), Pipe(5e6, 0.065, 3750))

OCTETS = 64 << 20


class Blest(NetworkCheck):
    """64 MiB with OLIA and buffers of 16 MiB, as published but without cross traffic."""

    id = "F24"
    title = "BLEST / minRTT, bulk over Wi-Fi and 3G"
    source = "Ferlin et al. IFIP Networking 2016"
    evidence = "V2"
    note = "Published with cross traffic: +12 % goodput, 366.37 -> 70.3 retransmissions."

    def points(self, quick: bool) -> list[Point]:
        """Two schedulers."""
        return [{"scheduler": s, "limit": 90} for s in ("minrtt", "blest")] if not quick else []

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One transfer; M1 and M2 are on as in the kernel that was measured."""
        configure(
            ns,
            seed,
            point["overhead"],
            MptcpSocketBase__Scheduler=scheduler(ns, point["scheduler"]),
            MptcpSocketBase__CongestionControl=CONTROLLERS["olia"],
            MptcpSocketBase__OpportunisticRetransmission="true",
            MptcpSocketBase__Penalization="true",
            TcpSocket__RcvBufSize=16 << 20,
            TcpSocket__SndBufSize=16 << 20,
        )
        graph, route = disjoint(ns, PIPES)
        flows = Flows(ns, graph)
        flow = flows.add(route, mptcp=True, octets=OCTETS)
        now = 0.0
        while flow.received < OCTETS and now < point["limit"]:
            now += 0.05
            flows.run(now)
        info = flow.source.GetSocket().GetFullInfo().info
        return {
            "rate": flow.received * 8e-6 / now,
            "retransmitted": int(info.bytesRetrans) / 1448,
            "done": flow.received == OCTETS,
        }

    def judge(self, results: Results) -> list[Row]:
        """Goodput and retransmissions of the connection."""
        minrtt, blest = self.points(False)
        if not results.found:
            return []
        again = [results.samples(p, "retransmitted") for p in (minrtt, blest)]
        rates = ratio(results.samples(blest, "rate"), results.samples(minrtt, "rate"))
        quotient = [b / a if a else 1.0 for a, b in zip(*again)]
        return [
            Row("goodput, BLEST / minRTT", rates, "1.12", 1.0, 1.25),
            Row("minRTT: segments sent again", again[0], "366", gate=False),
            Row("retransmissions, BLEST / minRTT", quotient, "0.19", high=0.6),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """Goodput and retransmissions."""
        rows = [row for row in self.judge(results) if row.gate]
        labels = [row.what for row in rows]
        return bars(axes, labels, [row.samples for row in rows], [1.12, 0.19], "ratio")


CHECK = Blest()
