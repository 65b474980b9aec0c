# SPDX-License-Identifier: GPL-2.0-only
"""wVegas keeps a few packets in the queues and loses none."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.graph import WIRE
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import CONTROLLERS, PAYLOAD, NetworkCheck, mean

RATE = 10e6


class WVegasQueue(NetworkCheck):
    """Each path has the same queueing delay, total_alpha packets in all."""

    id = "F21"
    title = "wVegas: packets queued on each of two paths"
    source = "Cao et al. ICNP 2012; mptcp_wvegas.c, fixed point"
    evidence = "D"
    note = (
        "The reported row is LinuxArithmetic, whose drain looks at the delay of every round "
        "trip: slow start returns from a drain in bursts, these queue a few milliseconds, and that "
        "is the next drain. The fixed point of 5 packets is that of the rule without such drains. "
        "One of these packets is the hosts' random delay, which adds a service time to the mean "
        "round trip and nothing to the least one, the base RTT: the queues hold 4.8 packets "
        "without it and 3.8 with it (one seed)."
    )

    def points(self, quick: bool) -> list[Point]:
        """Ours and Linux's."""
        return [] if quick else [{"seconds": 120, "linux": linux} for linux in (False, True)]

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One connection over two idle paths of 10 Mb/s and 50 ms."""
        configure(
            ns,
            seed,
            point["overhead"],
            MptcpSocketBase__CongestionControl=CONTROLLERS["wvegas"],
            MptcpWVegas__LinuxArithmetic=str(point["linux"]).lower(),
        )
        graph, route = disjoint(ns, [Pipe(RATE, 0.05)] * 2)
        flows = Flows(ns, graph)
        flows.add(route, mptcp=True)
        lengths: list[list[int]] = [[], []]
        dropped: list[int] = []

        def look() -> None:
            counts = [graph.counts("client", f"r{i}") for i in range(2)]
            for found, count in zip(lengths, counts):
                found.append(int(count.queued))
            dropped.append(sum(int(count.dropped) for count in counts))

        (rate,) = flows.measure(point["seconds"], every_s=0.01, sample=look)
        return {
            "queues": [mean(found) for found in lengths],
            "dropped": dropped[-1] - dropped[0],
            "use": rate * 1e6 * WIRE / PAYLOAD / (2 * RATE),
        }

    def judge(self, results: Results) -> list[Row]:
        """Queue, losses, use of the links."""
        point, linux = self.points(False)
        rows = [
            Row(
                f"queue of path {i}, packets",
                results.samples(point, lambda m, i=i: m["queues"][i]),
                "5",
                2.5,
                7.5,
            )
            for i in range(2)
        ]
        rows.append(Row("losses after the start", results.samples(point, "dropped"), "0", 0, 0))
        rows.append(Row("use of the links", results.samples(point, "use"), "1", 0.95))
        rows.append(
            Row("use, Linux's arithmetic", results.samples(linux, "use"), "1", 0.95, gate=False)
        )
        return rows

    def draw(self, results: Results, axes: Any) -> bool:
        """The queues."""
        rows = self.judge(results)[:2]
        return bars(axes, ["path 0", "path 1"], [r.samples for r in rows], [5, 5], "packets queued")


CHECK = WVegasQueue()
