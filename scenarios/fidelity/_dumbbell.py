# SPDX-License-Identifier: GPL-2.0-only
"""Stock TCP and MPTCP in equal numbers at one bottleneck."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point
from ns3_mptcp.flows import Flows, configure, jain
from ns3_mptcp.topologies.simple import Pipe, shared_bottleneck

from ._common import CONTROLLERS, mean

#: Connections of each kind.
PAIRS = 5

#: The bottlenecks. With RED all packets are lost with one probability, as the equations have it,
#: and a window of about 16 packets leaves room for two halves of it. A drop-tail queue that is fed
#: by the clock of the ACKs loses the packets by which windows grow: losses follow the rates of
#: increase, not the rates of sending, and whoever grows slowly is spared (Floyd and Jacobson,
#: 1992).
PIPES = {"red": Pipe(10e6, 0.16, red=True), "drop-tail": Pipe(10e6, 0.04)}


def simulate(ns: Any, point: Point, seed: int) -> Metrics:
    """Run one simulation.

    :param point: ``cc``, ``n`` subflows of each MPTCP connection, ``queue``, ``seconds``
    :return: ``ratio`` of the mean goodputs, MPTCP over TCP, and Jain's index over all
    """
    configure(
        ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[point["cc"]]
    )
    pipe = PIPES[point["queue"]]
    graph, routes = shared_bottleneck(ns, pipe, [1] * PAIRS + [point["n"]] * PAIRS)
    flows = Flows(ns, graph)
    for i, route in enumerate(routes):
        flows.add(route, mptcp=i >= PAIRS)
    rates = flows.measure(point["seconds"])
    counts = graph.counts("left", "right")
    return {
        "ratio": mean(rates[PAIRS:]) / mean(rates[:PAIRS]),
        "jain": jain(rates),
        "loss": counts.dropped / (counts.accepted + counts.dropped),
        "rates": rates,
    }
