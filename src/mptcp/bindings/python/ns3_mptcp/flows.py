# SPDX-License-Identifier: GPL-2.0-only
"""Long transfers over the routes of a graph, and what they achieve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import attributes
from .parameters import MAX_TIME, UsageError, quantity, whole
from .scenario import reset
from .session import RUNS
from .topologies.graph import MAX_OVERHEAD, Graph, Route, number

#: What the published experiments have in common: no delayed ACKs, SACK, receive buffers that never
#: limit. A receive buffer is an upper bound only; a send buffer is filled. Timeouts follow Linux:
#: SRTT + max(200 ms, 4 RTTVAR). ns-3 takes the granularity of its clock as the least of the second
#: term; a least timeout alone would race the ACKs of paths whose round trip is near it.
DEFAULTS = {
    "ns3::TcpSocket::SegmentSize": 1448,
    "ns3::TcpSocket::DelAckCount": 1,
    "ns3::TcpSocket::SndBufSize": 4 << 20,
    "ns3::TcpSocket::RcvBufSize": 64 << 20,
    "ns3::TcpSocketBase::MinRto": "200ms",
    "ns3::TcpSocketBase::ClockGranularity": "200ms",
    "ns3::MptcpSocketBase::PathManager": "ns3::MptcpPathManagerFullMesh",
    "ns3::MptcpPathManagerFullMesh::MaxSubflows": 32,
}

#: The controllers of both, unless somebody names another one.
_TCP, _MPTCP = "ns3::TcpL4Protocol::SocketType", "ns3::MptcpSocketBase::CongestionControl"
CONTROLLERS = {_TCP: "ns3::TcpNewReno", _MPTCP: "ns3::MptcpLia"}

#: What hosts have besides that are joined by the explicit paths of a graph: clients join by all
#: paths, of which they have an address each. What a server announces leads over none.
ON_PATHS = {"ns3::MptcpPathManagerFullMesh::Announce": False}

_FIRST_PORT = 5001

#: Octets that an application writes at a time, so that its writes cut no segment.
_WRITE = 65536

#: Shortest time between two samples, s: ns-3 counts nanoseconds.
SHORTEST = 1e-9

#: Attributes that :func:`configure` was asked for, since the last call.
_asked: set[str] = set()


class FlowError(UsageError):
    """A flow cannot be so, or cannot be measured so; the text is one line."""


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
        """Return the ``MptcpSubflowInfo`` of each subflow, oldest first.

        :raises FlowError: before the flow has begun, or if it is one of stock TCP
        """
        socket = self.source.GetSocket()
        if not socket:
            begins = "it begins at a random time, see jitter_s of Flows.add()"
            raise FlowError(f"subflows(): the flow has not begun: simulate first; {begins}")
        if not hasattr(socket, "GetFullInfo"):
            raise FlowError("subflows(): the flow is one of stock TCP, which has none")
        return list(socket.GetFullInfo().subflows)


def configure(ns: Any, seed: int, overhead: float = 1, **overrides: Any) -> None:
    """Start a simulation: clean global state, then the defaults.

    Under ``mptcp run`` what the user has said weighs more: ``--ns3::...`` than the attributes here,
    and each ``--RngSeed`` and ``--RngRun`` has random numbers of its own.

    :param seed: run number of the random numbers, from 1 on
    :param overhead: largest random delay of a packet at its sending host, in service times of a
        full packet at the slowest link of its path; 0: none (see :class:`.Graph`)
    :param overrides: attributes, with ``__`` for ``::`` and without the leading ``ns3::``; text
        as ns-3 reads it, numbers or booleans
    :raises UsageError: a value that is not allowed
    """
    seed = whole("seed", seed, 1, RUNS - 1)
    overhead = number("overhead", overhead, 0, MAX_OVERHEAD, "service times")
    reset(ns, 1, seed)
    asked = {f"ns3::{k.replace('__', '::')}": v for k, v in overrides.items()}
    for name, value in {**DEFAULTS, "ns3::MptcpRandomOverhead::Overhead": overhead}.items():
        ns.Config.SetDefault(name, value)
    ns.Config.SetDefault(_TCP, CONTROLLERS[_TCP])
    for name, value in asked.items():
        ns.Config.SetDefault(name, value)
    if attributes.default(ns, _TCP) == CONTROLLERS[_TCP] and _MPTCP not in asked:
        # Named, so that the library does not tell that MPTCP has another one than TCP. Who names
        # one for TCP alone may think that it is MPTCP's too, and is told.
        ns.Config.SetDefault(_MPTCP, CONTROLLERS[_MPTCP])
    _check_buffers(ns)
    _asked.clear()
    _asked.update(asked)


def _check_buffers(ns: Any) -> None:
    """Raise :class:`FlowError` for a buffer that has no room for a segment: TCP sends nothing."""
    segment = _default(ns, "ns3::TcpSocket", "SegmentSize")
    for name in ("SndBufSize", "RcvBufSize"):
        if (size := _default(ns, "ns3::TcpSocket", name)) < segment:
            allowed = f"from {segment} octets on, the SegmentSize"
            raise FlowError(f"ns3::TcpSocket::{name}='{size}' is not allowed: give {allowed}")


def _default(ns: Any, class_name: str, attribute: str) -> int:
    return int(attributes.default(ns, f"{class_name}::{attribute}"))


def install(ns: Any, *nodes: Any) -> None:
    """Give hosts of a graph MPTCP, as :meth:`Flows.add` does; for applications of your own.

    Nodes that have it keep it as it is.

    :param nodes: ``ns3::Node``
    """
    stacks = ns.MptcpStackHelper()
    for name, value in ON_PATHS.items():
        if name not in _asked:
            stacks.SetDefault(name, value)
    for node in nodes:
        stacks.Install(node)


class Flows:
    """The flows of one simulation."""

    def __init__(self, ns: Any, graph: Graph):
        self.ns = ns
        self.graph = graph
        self.all: list[Flow] = []
        self._start = ns.CreateObject[ns.UniformRandomVariable]()

    def add(self, route: Route, mptcp: bool, jitter_s: float | str = 1, octets: int = 0) -> Flow:
        """Start one transfer.

        :param route: of this graph
        :param mptcp: MPTCP over all paths of the route, else stock TCP over the first
        :param jitter_s: it starts at a random time from zero to this, s
        :param octets: how many; 0: without end
        :raises FlowError: a route of another graph, or without a path; a time or number below 0
        """
        ns = self.ns
        self._check_route(route)
        if isinstance(mptcp, str) or mptcp is None:
            raise FlowError(f"mptcp {mptcp!r}, allowed: True or False")
        jitter_s = _time("jitter_s", jitter_s)
        octets = _whole("octets", octets, 0, 2**62)
        factory = "ns3::MptcpSocketFactory" if mptcp else "ns3::TcpSocketFactory"
        helper = self.graph.helper
        client, server = helper.GetNode(route.client), helper.GetNode(route.server)
        if mptcp:
            install(ns, client, server)
        port = _FIRST_PORT + len(self.all)
        if port > 65535:
            raise FlowError(f"flow {len(self.all) + 1}, allowed: {len(self.all)} flows")
        any_address = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), port).ConvertTo()
        sinks = ns.PacketSinkHelper(factory, any_address).Install(server)
        bulk = ns.BulkSendHelper(factory, helper.GetSocketAddress(route.paths[0], port))
        bulk.SetAttribute("MaxBytes", ns.UintegerValue(octets))
        bulk.SetAttribute("SendSize", ns.UintegerValue(_WRITE))
        sources = bulk.Install(client)
        sources.Start(ns.Seconds(self._start.GetValue(0, jitter_s)))
        flow = Flow(
            sources.Get(0).GetObject[ns.BulkSendApplication](),
            sinks.Get(0).GetObject[ns.PacketSink](),
        )
        self.all.append(flow)
        return flow

    def _check_route(self, route: Route) -> None:
        """Raise :class:`FlowError` for a route that is none of this graph."""
        if not isinstance(route, Route):
            raise FlowError(f"route {route!r}, allowed: what Graph.route() returns")
        if not route.paths:
            raise FlowError("the route has no path: Graph.route() makes one of the names of nodes")
        if route.graph is not None and route.graph is not self.graph:
            raise FlowError("the route is one of another graph: these flows are on their own")
        if isinstance(route.paths, str) or not isinstance(route.paths, Sequence):
            raise FlowError(f"route: paths {route.paths!r}, allowed: a list of their indices")
        if route.client == route.server:
            raise FlowError(f"route: client and server {route.client}, allowed: two hosts")
        nodes, paths = len(self.graph.names), int(self.graph.helper.GetNPaths())
        for what, index, n in (
            ("client", route.client, nodes),
            ("server", route.server, nodes),
            *(("path", path, paths) for path in route.paths),
        ):
            if not hasattr(index, "__index__") or not 0 <= index < n:
                raise FlowError(f"route: {what} {index!r}, allowed: 0 to {n - 1} in this graph")

    def run(self, until_s: float | str) -> None:
        """Simulate until this time.

        :param until_s: s, not before the time that has been reached
        :raises FlowError: a time that has passed
        """
        ns = self.ns
        left = self._left("until_s", _time("until_s", until_s))
        ns.Simulator.Stop(left)
        ns.Simulator.Run()

    def _left(self, name: str, time_s: float) -> Any:
        """Return the ``ns3::Time`` from now to a time, or raise :class:`FlowError` if it is over.

        Times are compared as ns-3 counts them, in whole nanoseconds.
        """
        now = self.ns.Simulator.Now()
        left = self.ns.Seconds(time_s) - now
        if left.IsStrictlyNegative():
            reached = f"from {now.GetSeconds():.10g} s on, the time that is reached"
            raise FlowError(f"{name} {time_s:g}, allowed: {reached}")
        return left

    def measure(
        self,
        until_s: float | str,
        from_s: float | str | None = None,
        every_s: float | str | None = None,
        sample: Callable[[], None] = lambda: None,
    ) -> list[float]:
        """Simulate and return the goodput of each flow in Mb/s.

        Ctrl-C raises ``KeyboardInterrupt`` at once, wherever the simulation is.

        :param until_s: end of the simulation, s
        :param from_s: begin of the measurement; by default the first quarter is discarded, or what
            has been simulated, if that is more
        :param every_s: how often to call ``sample`` in the measurement
        :raises FlowError: times that are not one after the other, or have passed
        """
        until_s = _time("until_s", until_s, above=True)
        if from_s is None:
            from_s = max(until_s / 4, self.ns.Simulator.Now().GetSeconds())
        from_s = _time("from_s", from_s)
        self._left("until_s", until_s)
        self._left("from_s", from_s)
        if not from_s < until_s:
            raise FlowError(f"from_s {from_s:g}, allowed: before until_s, {until_s:g}")
        self.run(from_s)
        before = [flow.received for flow in self.all]
        if every_s is not None:
            every_s = _time("every_s", every_s, above=True)
            if every_s < SHORTEST:
                raise FlowError(f"every_s {every_s:g}, allowed: from {SHORTEST:g} s on")
            for i in range(1, int((until_s - from_s) / every_s)):
                self.run(from_s + i * every_s)
                sample()
        self.run(until_s)
        return [
            (flow.received - octets) * 8e-6 / (until_s - from_s)
            for flow, octets in zip(self.all, before)
        ]


def _time(name: str, given: float | str, above: bool = False) -> float:
    """Return a time in s, or raise :class:`FlowError`."""
    try:
        return quantity(name, given, 0, MAX_TIME, "s", above)
    except UsageError as error:
        raise FlowError(str(error)) from None


def _whole(name: str, given: int, least: int, most: float = math.inf) -> int:
    """Return a whole number, or raise :class:`FlowError`."""
    try:
        return whole(name, given, least, most)
    except UsageError as error:
        raise FlowError(str(error)) from None


def jain(values: Iterable[float]) -> float:
    """Return Jain's fairness index: 1 when all are equal, 1/n when one has everything."""
    values = list(values)
    squares = sum(v * v for v in values)
    return sum(values) ** 2 / len(values) / squares if squares else 0.0
