# SPDX-License-Identifier: GPL-2.0-only
"""FatTree and BCube.

Each host pair gets a chosen number of different paths, drawn at random as the simulations of Raiciu
et al. (SIGCOMM 2011) do; equal-cost multipath with a hash per flow would draw with repetition.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

from .graph import Graph, Route, TopologyError, count


@dataclass
class Fabric:
    """A data center network: its hosts, and all shortest paths between any two of them."""

    graph: Graph
    hosts: int
    ways: Any  # function of two hosts -> list of all paths, as lists of node names

    def route(self, client: int, server: int, paths: int, rng: random.Random) -> Route:
        """Describe paths between two hosts.

        :param paths: how many, as far as there are so many
        :param rng: what draws them
        """
        for host in (client, server):
            if not 0 <= host < self.hosts:
                raise TopologyError(f"host {host}, allowed: 0 to {self.hosts - 1}")
        if client == server:
            raise TopologyError(f"host {client} needs no path to itself")
        ways = self.ways(client, server)
        return self.graph.route(*rng.sample(ways, min(count("paths", paths), len(ways))))


def fat_tree(ns: Any, k: int, rate_bps: float, delay_s: float, queue: int) -> Fabric:
    """k pods of k/2 edge and k/2 aggregation switches, (k/2)^2 core switches, k^3/4 hosts.

    All links are alike.
    """
    if not isinstance(k, int) or k < 2 or k % 2:
        raise TopologyError(f"fat_tree: k {k!r}, allowed: even numbers from 2 on")
    half = k // 2
    count("fat_tree: hosts", k * half * half, 1)
    graph = Graph(ns)

    def place(host: int) -> tuple[int, int]:
        return host // (half * half), host // half % half

    for host in range(k * half * half):
        pod, edge = place(host)
        graph.link(f"h{host}", f"e{pod}.{edge}", rate_bps, delay_s, queue)
    for pod, aggregation in itertools.product(range(k), range(half)):
        for i in range(half):
            graph.link(f"e{pod}.{i}", f"a{pod}.{aggregation}", rate_bps, delay_s, queue)
            graph.link(f"a{pod}.{aggregation}", f"c{aggregation}.{i}", rate_bps, delay_s, queue)
    graph.build()

    def ways(client: int, server: int) -> list[list[str]]:
        (pod1, edge1), (pod2, edge2) = place(client), place(server)
        first, last = [f"h{client}", f"e{pod1}.{edge1}"], [f"e{pod2}.{edge2}", f"h{server}"]
        if (pod1, edge1) == (pod2, edge2):
            return [[*first, last[1]]]
        if pod1 == pod2:
            return [[*first, f"a{pod1}.{i}", *last] for i in range(half)]
        return [
            [*first, f"a{pod1}.{i}", f"c{i}.{j}", f"a{pod2}.{i}", *last]
            for i, j in itertools.product(range(half), repeat=2)
        ]

    return Fabric(graph, k * half * half, ways)


def bcube(ns: Any, n: int, levels: int, rate_bps: float, delay_s: float, queue: int) -> Fabric:
    """n^levels hosts with one interface per level, each to a switch of n ports; hosts forward.

    BCube(n, k) of Guo et al. (SIGCOMM 2009) has k + 1 levels: the 125 hosts with three interfaces
    of Wischik (NSDI 2011) are ``bcube(5, 3)``.
    """
    count("n", n, 2)
    count("levels", levels, 1, 32)
    hosts = count("bcube: hosts", n**levels)
    graph = Graph(ns)

    def digits(host: int) -> tuple[int, ...]:
        return tuple(host // n**level % n for level in range(levels))

    def switch(host: tuple[int, ...], level: int) -> str:
        others = ".".join(str(d) for i, d in enumerate(host) if i != level)
        return f"s{level}:{others}"

    def name(host: tuple[int, ...]) -> str:
        return "h" + str(sum(d * n**level for level, d in enumerate(host)))

    for host in map(digits, range(hosts)):
        for level in range(levels):
            graph.link(name(host), switch(host, level), rate_bps, delay_s, queue)
    graph.build()

    def ways(client: int, server: int) -> list[list[str]]:
        # Correct one digit after the other, in every order: each starts by another interface.
        found = []
        goal = digits(server)
        differing = [level for level in range(levels) if digits(client)[level] != goal[level]]
        for order in itertools.permutations(differing):
            here = digits(client)
            way = [name(here)]
            for level in order:
                there = (*here[:level], goal[level], *here[level + 1 :])
                way += [switch(here, level), name(there)]
                here = there
            found.append(way)
        return found

    return Fabric(graph, hosts, ways)
