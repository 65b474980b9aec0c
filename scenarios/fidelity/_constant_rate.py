# SPDX-License-Identifier: GPL-2.0-only
"""An application that sends at a constant rate, and how long its messages are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ns3_mptcp.check import Metrics
from ns3_mptcp.flows import Flows, install
from ns3_mptcp.topologies.simple import Pipe, disjoint

from ._common import delay_recorder

#: bit/s, and octets of a message.
RATE, MESSAGE = 500000, 500


def simulate(ns: Any, pipes: Sequence[Pipe], mptcp: bool, seconds: float) -> Metrics:
    """Return ``mean`` and ``p99`` of the delays in s, after the first quarter.

    The caller has configured the simulation.
    """
    graph, route = disjoint(ns, pipes)
    flows = Flows(ns, graph)  # for its run() only
    factory = "ns3::MptcpSocketFactory" if mptcp else "ns3::TcpSocketFactory"
    client, server = graph.helper.GetNode(route.client), graph.helper.GetNode(route.server)
    if mptcp:
        install(ns, client, server)
    port = 5001
    any_address = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), port).ConvertTo()
    sinks = ns.PacketSinkHelper(factory, any_address)
    sinks.SetAttribute("EnableSeqTsSizeHeader", ns.BooleanValue(True))
    installed = sinks.Install(server)
    source = ns.OnOffHelper(factory, graph.helper.GetSocketAddress(route.paths[0], port))
    source.SetConstantRate(ns.DataRate(RATE), MESSAGE)
    source.SetAttribute("EnableSeqTsSizeHeader", ns.BooleanValue(True))
    source.Install(client)
    recorder = delay_recorder(ns)
    recorder.Watch(installed.Get(0).GetObject[ns.PacketSink]())
    flows.run(seconds / 4)
    recorder.delays.clear()
    flows.run(seconds)
    delays = sorted(recorder.delays)
    return {
        "mean": sum(delays) / len(delays),
        "p99": delays[int(0.99 * (len(delays) - 1))],
        "messages": len(delays),
    }
