# SPDX-License-Identifier: GPL-2.0-only
"""One subflow is TCP: beside stock TCP it takes what another stock TCP would take."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars, interval
from ns3_mptcp.flows import Flow, Flows, configure
from ns3_mptcp.topologies.graph import WIRE, Graph, Route
from ns3_mptcp.topologies.simple import AMPLE

from ._common import CONTROLLERS, NetworkCheck, quotients, ratio

#: RTTs of the empty path in s. The rate makes the product of both so many packets everywhere: few,
#: since windows are halved about once in so many rounds, and shares are means over many halvings.
RTTS, BDP = (0.02, 0.05, 0.1, 0.5), 32

#: Packets that the queue holds, by its name. In that of 300 packets a round is ten times as long.
QUEUES = {"drop-tail BDP": BDP, "drop-tail 300p": 300, "red": 2 * BDP, "codel": 1000}

#: RTTs of the empty path that a run at a shared bottleneck lasts; the first quarter is discarded.
ROUNDS = {"drop-tail BDP": 800, "drop-tail 300p": 4000, "red": 800, "codel": 800}

#: Controller of TCP and of the MPTCP connection. LIA with one subflow is Reno (RFC 6356 section 3).
PAIRS = {
    "newreno": ("ns3::TcpNewReno", "ns3::TcpNewReno"),
    "cubic": ("ns3::TcpCubic", "ns3::TcpCubic"),
    "lia": ("ns3::TcpNewReno", CONTROLLERS["lia"]),
}

#: Payload of a segment of stock TCP that is as long on the wire as one of MPTCP, which has 1444
#: octets of payload at the MTU of a Graph. Shorter packets would be served faster.
SEGMENT = 1464

#: Octets of a transfer on a path of its own.
OCTETS = 100_000_000

#: Half the width of the 95 % interval that the mean of a ratio needs, at a shared bottleneck and
#: for the time of a transfer alone, and the least number of seeds that tell such a width.
NARROW, NARROW_TIME = 0.10, 0.01
LEAST, LEAST_TIME = 6, 3

#: Most seeds of a point.
CAP = 40


def _shared(rtt: float, queue: str, cc: str) -> tuple[Point, Point]:
    """Return the points of TCP beside TCP, and of TCP beside MPTCP."""
    cell = {"rtt": rtt, "queue": queue, "cc": cc, "rounds": ROUNDS[queue]}
    return {"flows": ["tcp", "tcp"], **cell}, {"flows": ["tcp", "mptcp"], **cell}


def _alone(rtt: float, queue: str, cc: str) -> tuple[Point, Point]:
    """Return the points of one transfer by TCP, and of one by MPTCP."""
    cell = {"rtt": rtt, "queue": queue, "cc": cc, "octets": OCTETS}
    return {"flows": ["tcp"], **cell}, {"flows": ["mptcp"], **cell}


def _network(ns: Any, point: Point) -> tuple[Graph, list[Route]]:
    """Return a bottleneck with a pair of hosts for each flow, all of them equally far from it."""
    rtt, queue, packets = point["rtt"], point["queue"], QUEUES[point["queue"]]
    rate = 8 * WIRE * BDP / rtt
    graph = Graph(ns)
    graph.link("left", "right", rate, rtt / 2, packets)
    if queue == "red":
        # The shape of Khalili's testbed: a fifth, two fifths and four fifths of the product.
        graph.queue_disc(
            "left",
            "right",
            f"ns3::RedQueueDisc[MinTh={BDP / 5}|MaxTh={2 * BDP / 5}|LInterm=10|Gentle=true|"
            f"MeanPktSize=1500|LinkBandwidth={round(rate)}bps|LinkDelay={rtt * 500:g}ms]",
        )
    elif queue == "codel":
        # RFC 8289 section 4: an interval of an RTT, and a twentieth of that as the target.
        interval_s = max(0.1, rtt)
        graph.queue_disc(
            "left",
            "right",
            f"ns3::CoDelQueueDisc[Interval={interval_s * 1e3:g}ms|Target={interval_s * 50:g}ms]",
        )
    flows = range(len(point["flows"]))
    for i in flows:
        graph.link(f"c{i}", "left", AMPLE, 0)
        graph.link("right", f"s{i}", AMPLE, 0)
    graph.build()
    return graph, [graph.route([f"c{i}", "left", "right", f"s{i}"]) for i in flows]


class OneSubflow(NetworkCheck):
    """Whatever MPTCP adds to TCP, a connection with one path has nothing of it."""

    id = "F31"
    title = "one subflow is TCP: share, retransmissions, time"
    source = "RFC 8684 section 3, RFC 6356 section 3: a subflow is a TCP connection"
    evidence = "D"
    note = (
        "A point has as many seeds as make the 95 % interval of its ratio narrower than +-0.10 (of "
        "the time alone, +-1 %), at least 6 (3) and at most 40; where 40 were not enough the line "
        "says so. Packets of both are of one size on the wire, of which MPTCP has 1.4 % less "
        "payload."
    )

    def points(self, quick: bool) -> list[Point]:
        """All cells, each shared with TCP and alone."""
        if quick:
            return [*_shared(0.05, "drop-tail BDP", "newreno"), *_alone(0.02, "red", "lia")]
        cells = list(itertools.product(RTTS, QUEUES, PAIRS))
        return [point for cell in cells for point in (*_shared(*cell), *_alone(*cell))]

    def seeds(self, quick: bool) -> Sequence[int]:
        """So many that even the widest distribution is told, if possible."""
        return range(1, 4) if quick else range(1, CAP + 1)

    def enough(self, point: Point, found: Sequence[Metrics]) -> bool:
        """The interval is narrow."""
        if len(point["flows"]) == 1:
            times = [m["time"] for m in found]
            if len(times) < LEAST_TIME:
                return False
            return interval(times) <= NARROW_TIME * sum(times) / len(times)
        return len(found) >= LEAST and interval(_ratio(found, "rates")) <= NARROW

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """One or two transfers."""
        tcp, mptcp = PAIRS[point["cc"]]
        rtt = point["rtt"]
        longest = rtt * (1 + QUEUES[point["queue"]] / BDP)
        configure(
            ns,
            seed,
            point["overhead"],
            TcpL4Protocol__SocketType=tcp,
            MptcpSocketBase__CongestionControl=mptcp,
            TcpSocket__SegmentSize=SEGMENT,
            # A timeout must not race the ACK, with which nobody's recoveries would end well.
            TcpSocketBase__MinRto=f"{max(1, 2 * longest):g}s",
        )
        graph, routes = _network(ns, point)
        flows = Flows(ns, graph)
        counters = []
        for kind, route in zip(point["flows"], routes):
            octets = point.get("octets", 0)
            jitter_s = 0 if octets else 10 * rtt
            flows.add(route, kind == "mptcp", jitter_s, octets)
            counters.append(ns.CreateObject[ns.MptcpRetransmissionCounter]())
            counters[-1].Watch(graph.helper.GetNode(route.client))
        if "octets" in point:
            ideal = OCTETS * 8 / (8 * WIRE * BDP / rtt)
            return {
                "time": _finish(flows, flows.all[0], OCTETS, ideal),
                "again": [int(c.GetRetransmitted()) for c in counters],
            }
        end, begin = point["rounds"] * rtt, point["rounds"] * rtt / 4
        flows.run(begin)
        before = [int(c.GetRetransmitted()) for c in counters]
        rates = flows.measure(end, begin)
        again = [int(c.GetRetransmitted()) - b for c, b in zip(counters, before)]
        return {"rates": rates, "again": again}

    def judge(self, results: Results) -> list[Row]:
        """Share and retransmissions beside TCP, time and retransmissions alone."""
        rows = []
        points = self.points(results.quick)
        for point, other in zip(points[::2], points[1::2]):
            name = f"{point['rtt'] * 1e3:g} ms, {point['queue']}, {point['cc']}"
            tcp, mptcp = results.get(point), results.get(other)
            if not (tcp and mptcp):
                continue
            if "octets" in point:
                rows += self._judge_alone(name, tcp, mptcp)
            else:
                rows += self._judge_shared(name, tcp, mptcp, results.quick)
        return rows

    def _judge_shared(
        self, name: str, tcp: Sequence[Metrics], mptcp: Sequence[Metrics], quick: bool
    ) -> list[Row]:
        ratios = [_ratio(found, "rates") for found in (tcp, mptcp)]
        rows = [
            Row(f"{name}: {what} / TCP beside it{_capped(samples)}", samples, "1", *band, gate=gate)
            for what, samples, band, gate in (
                ("TCP", ratios[0], (), False),
                ("MPTCP", ratios[1], (0.9, 1.1), not quick),
            )
        ]
        means = [row.mean for row in rows]
        apart = abs(means[0] - means[1]) - sum(row.ci95 for row in rows)
        rows.append(Row(f"{name}: between the two intervals", [max(0.0, apart)], "0", high=0))
        again = _ratio(mptcp, "again")
        what = f"{name}: octets repeated, MPTCP / TCP beside it"
        rows.append(Row(what, again, "1", 0.9, 1.1, gate=False))
        return rows

    def _judge_alone(
        self, name: str, tcp: Sequence[Metrics], mptcp: Sequence[Metrics]
    ) -> list[Row]:
        times = ratio([m["time"] for m in mptcp], [m["time"] for m in tcp])
        both = list(zip((m["again"][0] for m in tcp), (m["again"][0] for m in mptcp)))
        again = quotients([b for _, b in both], [a for a, _ in both])
        return [
            Row(f"{name}: 100 MB alone, time over TCP's", times, "1", 0.975, 1.025),
            Row(f"{name}: 100 MB alone, octets repeated over TCP's", again, "1", 0.9, 1.1),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """The shares beside TCP."""
        rows = [row for row in self.judge(results) if "MPTCP / TCP beside it" in row.what]
        rows = [row for row in rows if "octets" not in row.what]
        labels = [row.what.partition(":")[0] for row in rows]
        ours = [row.samples for row in rows]
        return bars(axes, labels, ours, [1] * len(rows), "MPTCP / TCP")


def _ratio(found: Sequence[Metrics], metric: str) -> list[float]:
    """Return the second flow's value over the first one's."""
    return quotients([m[metric][1] for m in found], [m[metric][0] for m in found])


def _capped(samples: Sequence[float]) -> str:
    wide = len(samples) >= CAP and interval(samples) > NARROW
    return f" (still wide after {CAP} seeds)" if wide else ""


def _finish(flows: Flows, flow: Flow, octets: int, ideal: float) -> float:
    """Simulate until a transfer is complete; return when, to a thousandth of the ideal time."""
    step = ideal / 1000
    steps = 0
    while flow.received < octets and steps < 10000:
        steps += 1
        flows.run(steps * step)
    return steps * step


CHECK = OneSubflow()
