# SPDX-License-Identifier: GPL-2.0-only
"""One connection over two lossy paths that are never full, and TCP over each of them."""

from __future__ import annotations

from typing import Any

from ns3_mptcp.check import Metrics, Point
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import CONTROLLERS, PAYLOAD, carried, packets_per_s


def simulate(ns: Any, point: Point, seed: int) -> Metrics:
    """Run one simulation.

    :param point: ``p`` and ``rtt`` of the paths, ``seconds``, ``mode``: a controller, or "tcp0" or
        "tcp1" for stock TCP over that path
    :return: ``total`` and ``paths``, packets per second
    """
    mode = point["mode"]
    pipes = [Pipe(1e9, rtt, 100000, p) for rtt, p in zip(point["rtt"], point["p"])]
    mptcp = not mode.startswith("tcp")
    if mptcp:
        configure(ns, seed, point["overhead"], MptcpSocketBase__CongestionControl=CONTROLLERS[mode])
    else:
        configure(ns, seed, point["overhead"])
        pipes = [pipes[int(mode[3:])]]
    graph, route = disjoint(ns, pipes)
    flows = Flows(ns, graph)
    flow = flows.add(route, mptcp=mptcp)
    end, begin = point["seconds"], point["seconds"] / 4
    flows.run(begin)
    before = carried(flow) if mptcp else {}
    (rate,) = flows.measure(end, begin)
    total = packets_per_s(rate)
    if not mptcp:
        return {"total": total, "paths": [total]}
    after = carried(flow)
    paths = [(after[i] - before.get(i, 0)) / PAYLOAD / (end - begin) for i in sorted(after)]
    return {"total": total, "paths": paths}
