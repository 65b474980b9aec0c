# SPDX-License-Identifier: GPL-2.0-only
"""One subflow is TCP: beside stock TCP it takes what another stock TCP would take."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics, Point, Results, Row, bars, interval, key
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.graph import WIRE, Graph, Route
from ns3_mptcp.topologies.simple import AMPLE

from ._common import CONTROLLERS, NetworkCheck, quotients

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

#: Octets that are timed on a path of its own. The transfer continues past them: one that ends in a
#: recovery has nothing new to send and repeats what is in flight (RFC 6675 section 4, NextSeg, rule
#: 3). Stock TCP repeats up to 320 kB in the queue of 300 packets, depending on where in CUBIC's
#: cycle the data ends. The suite ``mptcp-one-subflow`` compares the ends of transfers.
OCTETS, QUICK_OCTETS = 100_000_000, 20_000_000

#: Half the widths of the 95 % intervals that a point needs: of the ratio of goodputs at a shared
#: bottleneck, and of those of times and of octets repeated on a path of its own. And the least
#: numbers of seeds that tell such widths. Half the band of the first is more than three standard
#: deviations, so that of fifty ratios that are 1 in truth none is outside by chance. That of TCP
#: beside TCP has no band.
NARROW, NARROW_TCP, NARROW_TIME, NARROW_AGAIN = 0.06, 0.1, 0.01, 0.05
LEAST, LEAST_ALONE = 6, 3

#: Most seeds of a point.
CAP = 120


def _shared(rtt: float, queue: str, cc: str) -> tuple[Point, Point]:
    """Return the points of TCP beside TCP, and of TCP beside MPTCP."""
    cell = {"rtt": rtt, "queue": queue, "rounds": ROUNDS[queue]}
    tcp = next(name for name, pair in PAIRS.items() if pair[0] == PAIRS[cc][0])  # no LIA
    return (
        {"flows": ["tcp", "tcp"], "cc": tcp, **cell},
        {"flows": ["tcp", "mptcp"], "cc": cc, **cell},
    )


def _alone(rtt: float, queue: str, cc: str, octets: int = OCTETS) -> Point:
    """Return the point of a transfer by TCP and one by MPTCP, each on a path of its own."""
    return {"flows": ["tcp", "mptcp"], "rtt": rtt, "queue": queue, "cc": cc, "octets": octets}


def _network(ns: Any, point: Point, pairs: int) -> tuple[Graph, list[Route]]:
    """Return a bottleneck with pairs of hosts, all of them equally far from it."""
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
    for i in range(pairs):
        graph.link(f"c{i}", "left", AMPLE, 0)
        graph.link("right", f"s{i}", AMPLE, 0)
    graph.build()
    return graph, [graph.route([f"c{i}", "left", "right", f"s{i}"]) for i in range(pairs)]


class OneSubflow(NetworkCheck):
    """Whatever MPTCP adds to TCP, a connection with one path has nothing of it."""

    id = "F31"
    title = "one subflow is TCP: share, retransmissions, time"
    source = "RFC 8684 section 3, RFC 6356 section 3: a subflow is a TCP connection"
    evidence = "D"
    note = (
        "A point has as many seeds as make the 95 % interval of the ratio of goodputs narrower "
        "than +-0.06, of TCP beside TCP +-0.1, at least 6; alone, that of the ratio of times "
        "narrower than +-0.01 and that of octets repeated than +-0.05, at least 3. There are at "
        "most 120; where they are not enough the line says so. Packets of both are of one size on "
        "the wire, of which MPTCP has 1.4 % less payload."
    )

    def points(self, quick: bool) -> list[Point]:
        """All cells, each shared with TCP and alone."""
        if quick:
            # Recoveries that send too much are the longest where a long queue overflows.
            alone = _alone(0.02, "drop-tail 300p", "cubic", QUICK_OCTETS)
            return [*_shared(0.05, "red", "newreno"), alone]
        cells = itertools.product(RTTS, QUEUES, PAIRS)
        points = [point for cell in cells for point in (*_shared(*cell), _alone(*cell))]
        return list({key(point): point for point in points}.values())  # LIA's TCP is that of Reno

    def seeds(self, quick: bool) -> Sequence[int]:
        """So many that even the widest distribution is told, if possible."""
        return range(1, 4) if quick else range(1, CAP + 1)

    def enough(self, point: Point, found: Sequence[Metrics]) -> bool:
        """The intervals are narrow."""
        if "octets" not in point:
            return len(found) >= LEAST and _narrow(found, "rates", _width(point))
        return (
            len(found) >= LEAST_ALONE
            and _narrow(found, "times", NARROW_TIME)
            and _narrow(found, "again", NARROW_AGAIN)
        )

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Two transfers, at one time or one after the other."""
        if "octets" not in point:
            return self._simulate_shared(ns, point, seed)
        both = [self._simulate_alone(ns, point, seed, kind) for kind in point["flows"]]
        return {"times": [time for time, _ in both], "again": [again for _, again in both]}

    def _start(
        self, ns: Any, point: Point, seed: int, kinds: Sequence[str]
    ) -> tuple[Flows, list[Any]]:
        """Return flows at one bottleneck, and what counts the octets that they repeat."""
        tcp, mptcp = PAIRS[point["cc"]]
        longest = point["rtt"] * (1 + QUEUES[point["queue"]] / BDP)
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
        graph, routes = _network(ns, point, len(kinds))
        flows = Flows(ns, graph)
        counters = []
        for kind, route in zip(kinds, routes):
            flows.add(route, kind == "mptcp", 0 if "octets" in point else 10 * point["rtt"])
            counters.append(ns.CreateObject[ns.MptcpRetransmissionCounter]())
            counters[-1].Watch(graph.helper.GetNode(route.client))
        return flows, counters

    def _simulate_shared(self, ns: Any, point: Point, seed: int) -> Metrics:
        flows, counters = self._start(ns, point, seed, point["flows"])
        end, begin = point["rounds"] * point["rtt"], point["rounds"] * point["rtt"] / 4
        flows.run(begin)
        before = [int(c.GetRetransmitted()) for c in counters]
        rates = flows.measure(end, begin)
        again = [int(c.GetRetransmitted()) - b for c, b in zip(counters, before)]
        return {"rates": rates, "again": again}

    def _simulate_alone(self, ns: Any, point: Point, seed: int, kind: str) -> tuple[float, int]:
        flows, counters = self._start(ns, point, seed, [kind])
        # To a thousandth of the time that the payload takes without headers.
        step = point["octets"] / WIRE / BDP * point["rtt"] / 1000
        steps = 0
        while flows.all[0].received < point["octets"] and steps < 10000:
            steps += 1
            flows.run(steps * step)
        return steps * step, int(counters[0].GetRetransmitted())

    def judge(self, results: Results) -> list[Row]:
        """Share and retransmissions beside TCP, time and retransmissions alone."""
        rows = []
        again = []
        for point in self.points(results.quick):
            rtt, queue, cc = point["rtt"], point["queue"], point["cc"]
            name = f"{rtt * 1e3:g} ms, {queue}, {cc}"
            found = results.get(point)
            if "octets" in point:
                rows += self._judge_alone(f"{name}, {point['octets'] // 10**6} MB alone", found)
            elif "mptcp" in point["flows"]:
                beside = results.get(_shared(rtt, queue, cc)[0])
                if beside and found:
                    rows += self._judge_shared(name, beside, found, results.quick)
                    again.append(rows[-1].mean)
        # The octets that a flow repeats vary more than its share of the bottleneck does, and with
        # it, so only their mean over all bottlenecks has a band.
        if not results.quick:
            what = "mean of all shared bottlenecks: octets repeated, MPTCP / TCP"
            rows.append(Row(what, again, "1", 0.9, 1.1))
        return rows

    def _judge_shared(
        self, name: str, tcp: Sequence[Metrics], mptcp: Sequence[Metrics], quick: bool
    ) -> list[Row]:
        widths = (NARROW_TCP, NARROW)
        capped = [_capped(found, "rates", width) for found, width in zip((tcp, mptcp), widths)]
        shares = [_quotients(found, "rates") for found in (tcp, mptcp)]
        rows = [
            Row(f"{name}: TCP / TCP beside it{capped[0]}", shares[0], "1", gate=False),
            Row(f"{name}: MPTCP / TCP beside it{capped[1]}", shares[1], "1", 0.9, 1.1, not quick),
        ]
        apart = abs(rows[0].mean - rows[1].mean) - sum(row.ci95 for row in rows)
        again = _quotients(mptcp, "again")
        return [
            *rows,
            Row(f"{name}: between the two intervals", [max(0.0, apart)], "0", high=0),
            Row(f"{name}: octets repeated, MPTCP / TCP", again, "1", 0.9, 1.1, gate=False),
        ]

    def _judge_alone(self, name: str, found: Sequence[Metrics]) -> list[Row]:
        times = [m["times"][1] / m["times"][0] for m in found]
        again = _quotients(found, "again")
        capped = _capped(found, "times", NARROW_TIME), _capped(found, "again", NARROW_AGAIN)
        return [
            Row(f"{name}: time, MPTCP / TCP{capped[0]}", times, "1", 0.975, 1.025),
            Row(f"{name}: octets repeated, MPTCP / TCP{capped[1]}", again, "1", 0.9, 1.1),
        ]

    def draw(self, results: Results, axes: Any) -> bool:
        """The shares beside TCP."""
        rows = [row for row in self.judge(results) if ": MPTCP / TCP beside it" in row.what]
        labels = [row.what.partition(":")[0] for row in rows]
        return bars(axes, labels, [row.samples for row in rows], [1] * len(rows), "MPTCP / TCP")


def _quotients(found: Sequence[Metrics], metric: str) -> list[float]:
    """Return the second flow's values over the first one's."""
    return quotients([m[metric][1] for m in found], [m[metric][0] for m in found])


def _width(point: Point) -> float:
    """Return half the width that the interval of the ratio of goodputs may have."""
    return NARROW if "mptcp" in point["flows"] else NARROW_TCP


def _narrow(found: Sequence[Metrics], metric: str, width: float) -> bool:
    """Tell whether the ratio of the second flow's values over the first one's is known well."""
    return interval(_quotients(found, metric)) <= width


def _capped(found: Sequence[Metrics], metric: str, width: float) -> str:
    wide = len(found) >= CAP and not _narrow(found, metric, width)
    return f" (still wide after {CAP} seeds)" if wide else ""


CHECK = OneSubflow()
