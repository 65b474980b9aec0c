# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios A, B and C of Khalili et al., "MPTCP is not Pareto-optimal", CoNEXT 2012.

All rates are in bit/s. The queues of the bottlenecks are RED as in the paper's testbed
(:meth:`.Graph.red_link`). The paper's RTT of 150 ms is about 80 ms of propagation and the rest
queueing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..parameters import MAX_RATE
from .graph import MAX_DELAY, Graph, Route, count, number
from .simple import AMPLE

#: Propagation of a whole round trip, s.
RTT = 0.08


@dataclass
class Users:
    """The graph and the routes of each kind of users."""

    graph: Graph
    multipath: list[Route] = field(default_factory=list)  # may use two paths
    single: list[Route] = field(default_factory=list)  # one path


def _numbers(rtt: float | str, **rates: float | str) -> list[float]:
    """Return rates in bit/s and the RTT in s, from numbers or text."""
    found = [number(name, rate, 0, MAX_RATE, "b/s", above=True) for name, rate in rates.items()]
    return [*found, number("RTT", rtt, 0, MAX_DELAY, "s")]


def khalili_a(ns: Any, n1: int, n2: int, c1_bps: float, c2_bps: float, rtt_s: float = RTT) -> Users:
    """Users of type 1 reach a server directly and over the access point of those of type 2.

    Path 1 of the ``n1`` multipath users crosses the server's link (``n1 * c1_bps``), path 2 that
    link and the access point (``n2 * c2_bps``), which the ``n2`` single-path users share.
    """
    users = Users(Graph(ns))
    graph = users.graph
    count("n1", n1)
    count("n2", n2)
    c1_bps, c2_bps, rtt_s = _numbers(c1=c1_bps, c2=c2_bps, rtt=rtt_s)
    graph.red_link("in", "out", n1 * c1_bps, 0)
    graph.red_link("ap", "ap-out", n2 * c2_bps, 0)
    graph.link("ap-out", "in", AMPLE, 0)
    # One host per user at both ends; the propagation is on the users' own links.
    for i in range(n1):
        graph.link(f"m{i}", "in", AMPLE, rtt_s / 2)
        graph.link(f"m{i}", "ap", AMPLE, rtt_s / 2)
        graph.link("out", f"ms{i}", AMPLE, 0)
    for i in range(n2):
        graph.link(f"t{i}", "ap", AMPLE, rtt_s / 2)
        graph.link("ap-out", f"ts{i}", AMPLE, 0)
    graph.build()
    for i in range(n1):
        direct = [f"m{i}", "in", "out", f"ms{i}"]
        users.multipath.append(
            graph.route(direct, [f"m{i}", "ap", "ap-out", "in", "out", f"ms{i}"])
        )
    users.single += [graph.route([f"t{i}", "ap", "ap-out", f"ts{i}"]) for i in range(n2)]
    return users


def khalili_b(
    ns: Any, users_of_each: int, cx_bps: float, ct_bps: float, upgraded: bool, rtt_s: float = RTT
) -> Users:
    """Two internet service providers, X and T.

    Blue users (``multipath``) use X or T. Red users use T; ``upgraded`` ones may also use X and T
    one after the other. Red users are ``single`` whether they are upgraded or not.
    """
    users = Users(Graph(ns))
    graph = users.graph
    n = count("users_of_each", users_of_each)
    cx_bps, ct_bps, rtt_s = _numbers(cx=cx_bps, ct=ct_bps, rtt=rtt_s)
    graph.red_link("x", "x-out", cx_bps, 0)
    graph.red_link("t", "t-out", ct_bps, 0)
    graph.link("x-out", "t", AMPLE, 0)
    for i in range(n):
        for user in ("b", "r"):
            graph.link(f"{user}{i}", "x", AMPLE, rtt_s / 2)
            graph.link(f"{user}{i}", "t", AMPLE, rtt_s / 2)
            graph.link("t-out", f"{user}s{i}", AMPLE, 0)
        graph.link("x-out", f"bs{i}", AMPLE, 0)
    graph.build()
    for i in range(n):
        over_t = [f"b{i}", "t", "t-out", f"bs{i}"]
        users.multipath.append(graph.route([f"b{i}", "x", "x-out", f"bs{i}"], over_t))
        ways = [[f"r{i}", "t", "t-out", f"rs{i}"]]
        if upgraded:
            ways.append([f"r{i}", "x", "x-out", "t", "t-out", f"rs{i}"])
        users.single.append(graph.route(*ways))
    return users


def khalili_c(ns: Any, n1: int, n2: int, c1_bps: float, c2_bps: float, rtt_s: float = RTT) -> Users:
    """Multipath users have an access point of their own and another one that they share.

    The ``n1`` multipath users have ``n1 * c1_bps`` alone, and share ``n2 * c2_bps`` with the ``n2``
    single-path users.
    """
    users = Users(Graph(ns))
    graph = users.graph
    count("n1", n1)
    count("n2", n2)
    c1_bps, c2_bps, rtt_s = _numbers(c1=c1_bps, c2=c2_bps, rtt=rtt_s)
    graph.red_link("own", "own-out", n1 * c1_bps, 0)
    graph.red_link("ap", "ap-out", n2 * c2_bps, 0)
    for i in range(n1):
        graph.link(f"m{i}", "own", AMPLE, rtt_s / 2)
        graph.link(f"m{i}", "ap", AMPLE, rtt_s / 2)
        graph.link("own-out", f"ms{i}", AMPLE, 0)
        graph.link("ap-out", f"ms{i}", AMPLE, 0)
    for i in range(n2):
        graph.link(f"t{i}", "ap", AMPLE, rtt_s / 2)
        graph.link("ap-out", f"ts{i}", AMPLE, 0)
    graph.build()
    for i in range(n1):
        own = [f"m{i}", "own", "own-out", f"ms{i}"]
        users.multipath.append(graph.route(own, [f"m{i}", "ap", "ap-out", f"ms{i}"]))
    users.single += [graph.route([f"t{i}", "ap", "ap-out", f"ts{i}"]) for i in range(n2)]
    return users
