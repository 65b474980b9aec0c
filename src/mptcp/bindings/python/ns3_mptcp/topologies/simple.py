# SPDX-License-Identifier: GPL-2.0-only
"""Disjoint paths, one shared bottleneck, parking lot, torus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from ..parameters import MAX_RATE
from .graph import Graph, Route, TopologyError, bdp, count, number, several

#: Access links are never the bottleneck.
AMPLE = 1e9


@dataclass(frozen=True)
class Pipe:
    """One path or bottleneck: its rate, the RTT over it, its queue and its random loss.

    Rate and RTT may be text, such as ``10Mbps`` and ``50ms``.
    """

    rate_bps: float
    rtt_s: float
    queue: int | None = None  # packets; by default rate times RTT
    loss: float = 0  # of packets to the server
    red: bool = False  # RED in proportion to the rate, see Graph.red_link(), and no drop-tail queue
    random_tail: int = 0  # so many last packets of the queue are lost at random, up to 10 % of them

    def __post_init__(self) -> None:
        """Turn text into numbers. What a link may have, the graph checks."""
        for name, unit in (("rate_bps", "b/s"), ("rtt_s", "s")):
            if isinstance(given := getattr(self, name), str):
                what = name.rpartition("_")[0]
                object.__setattr__(self, name, number(what, given, -math.inf, math.inf, unit))

    @property
    def packets(self) -> int:
        """Packets that the queue holds."""
        return bdp(self.rate_bps, self.rtt_s) if self.queue is None else self.queue


def bottleneck(graph: Graph, a: str, b: str, pipe: Pipe) -> None:
    """Join two nodes by a link with the queue and the losses that a pipe has."""
    if not isinstance(pipe, Pipe):
        raise TopologyError(f"link {a}-{b}: {pipe!r}, allowed: a Pipe")
    if pipe.red and pipe.queue is not None:
        raise TopologyError(f"link {a}-{b}: a queue of {pipe.queue} packets or RED, not both")
    if pipe.red:
        graph.red_link(a, b, pipe.rate_bps, pipe.rtt_s / 2)
    else:
        graph.link(a, b, pipe.rate_bps, pipe.rtt_s / 2, pipe.packets)
    if count(f"link {a}-{b}: random_tail", pipe.random_tail, 0):
        # The queue of htsim, with which the flows of Wischik et al. do not get into step.
        if pipe.red or not 0 < pipe.random_tail < pipe.packets:
            raise TopologyError(
                f"link {a}-{b}: random_tail {pipe.random_tail}, allowed: less than the queue of "
                f"{pipe.packets} packets, and not with RED"
            )
        graph.queue_disc(
            a,
            b,
            f"ns3::RedQueueDisc[MinTh={pipe.packets - pipe.random_tail}|MaxTh={pipe.packets}|"
            f"MaxSize={pipe.packets}p|LInterm=10|QW=1|Wait=false|Gentle=false|MeanPktSize=1500|"
            f"LinkBandwidth={round(pipe.rate_bps)}bps|LinkDelay={pipe.rtt_s * 500:g}ms]",
        )
    graph.loss(a, b, pipe.loss)


def disjoint(ns: Any, pipes: Sequence[Pipe]) -> tuple[Graph, Route]:
    """Two hosts joined by one router per path."""
    pipes = several("disjoint: pipes", pipes, Pipe)
    if not pipes:
        raise TopologyError("disjoint: no path")
    graph = Graph(ns)
    for i, pipe in enumerate(pipes):
        bottleneck(graph, "client", f"r{i}", pipe)
        graph.link(f"r{i}", "server", min(MAX_RATE, max(AMPLE, 10 * pipe.rate_bps)), 0)
    graph.build()
    return graph, graph.route(*(["client", f"r{i}", "server"] for i in range(len(pipes))))


def shared_bottleneck(ns: Any, pipe: Pipe, subflows: Sequence[int]) -> tuple[Graph, list[Route]]:
    """Hosts in pairs on both sides of one link.

    :param subflows: for each pair of hosts, how many addresses its client has; 1 for stock TCP
    """
    subflows = several("shared_bottleneck: subflows", subflows, Integral)
    if not subflows:
        raise TopologyError("shared_bottleneck: no hosts")
    graph = Graph(ns)
    bottleneck(graph, "left", "right", pipe)
    for i, n in enumerate(subflows):
        count("subflows", n)
        graph.link(f"c{i}", "left", AMPLE, 0)
        graph.link("right", f"s{i}", AMPLE, 0)
    graph.build()
    ways = [[[f"c{i}", "left", "right", f"s{i}"]] * n for i, n in enumerate(subflows)]
    return graph, [graph.route(*way) for way in ways]


def parking_lot(ns: Any, hops: int, pipe: Pipe) -> tuple[Graph, Route, list[Route]]:
    """A chain of equal bottlenecks: one route over all of them, and one over each.

    :param pipe: one bottleneck, with the RTT over it alone
    :return: graph, the long route, the short ones
    """
    count("hops", hops)
    graph = Graph(ns)
    for i in range(hops):
        bottleneck(graph, f"r{i}", f"r{i + 1}", pipe)
        graph.link(f"c{i}", f"r{i}", AMPLE, 0)
        graph.link(f"r{i + 1}", f"s{i}", AMPLE, 0)
    graph.link("c", "r0", AMPLE, 0)
    graph.link(f"r{hops}", "s", AMPLE, 0)
    graph.build()
    whole = graph.route(["c", *(f"r{i}" for i in range(hops + 1)), "s"])
    return (
        graph,
        whole,
        [graph.route([f"c{i}", f"r{i}", f"r{i + 1}", f"s{i}"]) for i in range(hops)],
    )


def torus(ns: Any, pipes: Sequence[Pipe]) -> tuple[Graph, list[Route]]:
    """A ring of bottlenecks: flow i uses bottleneck i and the next one (Wischik NSDI 2011, fig 7).

    :param pipes: the bottlenecks, at least three
    """
    pipes = several("torus: pipes", pipes, Pipe)
    if len(pipes) < 3:
        raise TopologyError(f"torus: {len(pipes)} links, allowed: 3 and more")
    graph = Graph(ns)
    n = len(pipes)
    for i, pipe in enumerate(pipes):
        bottleneck(graph, f"a{i}", f"b{i}", pipe)
    for i in range(n):
        for j in (i, (i + 1) % n):
            graph.link(f"c{i}", f"a{j}", AMPLE, 0)
            graph.link(f"b{j}", f"s{i}", AMPLE, 0)
    graph.build()
    return graph, [
        graph.route(*([f"c{i}", f"a{j}", f"b{j}", f"s{i}"] for j in (i, (i + 1) % n)))
        for i in range(n)
    ]
