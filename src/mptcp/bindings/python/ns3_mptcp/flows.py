# SPDX-License-Identifier: GPL-2.0-only
"""Long transfers over the routes of a graph, and what they achieve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .scenario import reset
from .topologies.graph import MAX_OVERHEAD, Graph, Route, TopologyError

#: What the published experiments have in common: no delayed ACKs, SACK, receive buffers that never
#: limit, Linux's least timeout. A receive buffer is an upper bound only; a send buffer is filled.
DEFAULTS = {
    "ns3::TcpSocket::SegmentSize": 1448,
    "ns3::TcpSocket::DelAckCount": 1,
    "ns3::TcpSocket::SndBufSize": 4 << 20,
    "ns3::TcpSocket::RcvBufSize": 64 << 20,
    "ns3::TcpSocketBase::MinRto": "200ms",
    "ns3::TcpL4Protocol::SocketType": "ns3::TcpNewReno",
    "ns3::MptcpSocketBase::PathManager": "ns3::MptcpPathManagerFullMesh",
    "ns3::MptcpPathManagerFullMesh::Announce": "false",
    "ns3::MptcpPathManagerFullMesh::MaxSubflows": 32,
}

_FIRST_PORT = 5001


@dataclass
class Flow:
    """One BulkSend without end and its PacketSink."""

    source: Any
    sink: Any

    @property
    def received(self) -> int:
        """Octets that the application has read."""
        return int(self.sink.GetTotalRx())

    def subflows(self) -> list[Any]:
        """Return the ``MptcpSubflowInfo`` of each subflow, oldest first."""
        socket = self.source.GetSocket()
        return list(socket.GetFullInfo().subflows)


def configure(ns: Any, seed: int, overhead: float = 1, **overrides: Any) -> None:
    """Start a simulation: clean global state, then the defaults.

    :param seed: run number of the random numbers
    :param overhead: largest random delay of a packet at its sending host, in service times of a
        full packet at the slowest link of its path; 0: none (see :class:`.Graph`)
    :param overrides: attributes, with ``__`` for ``::`` and without the leading ``ns3::``
    """
    if not 0 <= overhead <= MAX_OVERHEAD:  # nor NaN
        allowed = f"0 to {MAX_OVERHEAD} service times"
        raise TopologyError(f"overhead {overhead:g}, allowed: {allowed}")
    reset(ns, 1, seed)
    values = {
        **DEFAULTS,
        "ns3::MptcpRandomOverhead::Overhead": overhead,
        **{f"ns3::{k.replace('__', '::')}": v for k, v in overrides.items()},
    }
    for name, value in values.items():
        ns.Config.SetDefault(name, ns.StringValue(str(value)))


class Flows:
    """The flows of one simulation."""

    def __init__(self, ns: Any, graph: Graph):
        self.ns = ns
        self.graph = graph
        self.all: list[Flow] = []
        self._start = ns.CreateObject[ns.UniformRandomVariable]()

    def add(self, route: Route, mptcp: bool, jitter_s: float = 1, octets: int = 0) -> Flow:
        """Start one transfer.

        :param mptcp: MPTCP over all paths of the route, else stock TCP over the first
        :param jitter_s: it starts at a random time from zero to this
        :param octets: how many; 0: without end
        """
        ns = self.ns
        factory = "ns3::MptcpSocketFactory" if mptcp else "ns3::TcpSocketFactory"
        helper = self.graph.helper
        client, server = helper.GetNode(route.client), helper.GetNode(route.server)
        if mptcp:
            for node in (client, server):
                ns.MptcpStackHelper().Install(node)
        port = _FIRST_PORT + len(self.all)
        any_address = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), port).ConvertTo()
        sinks = ns.PacketSinkHelper(factory, any_address).Install(server)
        bulk = ns.BulkSendHelper(factory, helper.GetSocketAddress(route.paths[0], port))
        bulk.SetAttribute("MaxBytes", ns.UintegerValue(octets))
        sources = bulk.Install(client)
        sources.Start(ns.Seconds(self._start.GetValue(0, jitter_s)))
        flow = Flow(
            sources.Get(0).GetObject[ns.BulkSendApplication](),
            sinks.Get(0).GetObject[ns.PacketSink](),
        )
        self.all.append(flow)
        return flow

    def run(self, until_s: float) -> None:
        """Simulate until this time."""
        ns = self.ns
        left = ns.Seconds(until_s) - ns.Simulator.Now()
        ns.Simulator.Stop(left)
        ns.Simulator.Run()

    def measure(
        self,
        until_s: float,
        from_s: float | None = None,
        every_s: float | None = None,
        sample: Callable[[], None] = lambda: None,
    ) -> list[float]:
        """Simulate and return the goodput of each flow in Mb/s.

        :param until_s: end of the simulation
        :param from_s: begin of the measurement; by default the first quarter is discarded
        :param every_s: how often to call ``sample`` in the measurement
        """
        from_s = until_s / 4 if from_s is None else from_s
        self.run(from_s)
        before = [flow.received for flow in self.all]
        if every_s is not None:
            for i in range(1, int((until_s - from_s) / every_s)):
                self.run(from_s + i * every_s)
                sample()
        self.run(until_s)
        return [
            (flow.received - octets) * 8e-6 / (until_s - from_s)
            for flow, octets in zip(self.all, before)
        ]


def jain(values: Iterable[float]) -> float:
    """Return Jain's fairness index: 1 when all are equal, 1/n when one has everything."""
    values = list(values)
    squares = sum(v * v for v in values)
    return sum(values) ** 2 / len(values) / squares if squares else 0.0
