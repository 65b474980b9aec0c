# SPDX-License-Identifier: GPL-2.0-only
"""What all topologies of point-to-point links share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import attributes
from ..parameters import MAX_QUEUE, MAX_RATE, UsageError, quantity, whole

#: Octets of a full segment on the wire: payload 1448, IP and TCP headers with timestamps, the DSS
#: option, and the point-to-point header.
WIRE = 1448 + 52 + 20 + 2

#: Room for the DSS option beside 1448 octets of payload and timestamps, so that MPTCP and stock TCP
#: send segments of one size.
MTU = 1520

#: Longest delay of a link, s: ns-3's numbers hold no more, or not for long.
MAX_DELAY = 1e6

#: Most nodes or links of a kind: what a machine's memory holds.
MAX_COUNT = 10**5

#: Largest random delay of a packet at its sending host, in service times.
MAX_OVERHEAD = 1000


class TopologyError(UsageError):
    """A topology cannot be built or used so; the text is one line."""


@dataclass
class Route:
    """One or more paths between the same two hosts."""

    client: int
    server: int
    paths: list[int] = field(default_factory=list)
    #: The network that it leads through: a path's number means nothing in another one.
    graph: Graph | None = field(default=None, repr=False, compare=False)


class Graph:
    """A network of nodes with names, links, and paths by these names.

    A thin layer over ``ns3::MptcpGraphHelper`` (``helper``), which takes indices. Mistakes raise
    :class:`TopologyError` here, where the C++ helper would stop the program.

    Each packet is delayed at the host that sends it, by a random time from zero to one service time
    of a full packet at the slowest link of its path. Without that a drop-tail queue does not show
    what flows do, but at which moment of its cycle their packets come (phase effects, see
    ``ns3::MptcpRandomOverhead``).
    """

    def __init__(self, ns: Any, overhead: float | None = None):
        """Make an empty network.

        :param overhead: largest random delay of a packet at its sending host, in service times of a
            full packet at the slowest link of its path; 0: none. By default what
            :func:`~ns3_mptcp.flows.configure` has set, which is 1.
        """
        self.ns = ns
        self.helper = ns.MptcpGraphHelper()
        self.helper.SetMtu(MTU)
        if overhead is not None:
            self.helper.SetOverhead(number("overhead", overhead, 0, MAX_OVERHEAD, "service times"))
        self.built = False
        self._indices: dict[str, int] = {}

    def node(self, name: str) -> int:
        """Return the index of a node, added now if it is new."""
        if not isinstance(name, str) or not name:
            raise TopologyError(f"node {name!r}, allowed: a name, such as 'client'")
        if name not in self._indices:
            if self.built:
                raise TopologyError(f"no node '{name}'")
            self._indices[name] = int(self.helper.AddNodes(1))
        return self._indices[name]

    @property
    def names(self) -> list[str]:
        """The names of all nodes, by index."""
        return list(self._indices)

    def link(
        self,
        a: str,
        b: str,
        rate_bps: float | str,
        delay_s: float | str,
        queue: int | None = None,
    ) -> int:
        """Join two nodes.

        :param rate_bps: line rate, bit/s, or text such as ``10Mbps``; at most :data:`MAX_RATE`
        :param delay_s: one-way delay, s, or text such as ``50ms``
        :param queue: packets that the queue of each direction holds; by default so many that no
            experiment fills it
        :return: index of the link
        """
        ns = self.ns
        if self.built:
            raise TopologyError("links come before build()")
        rate_bps = number(f"link {a}-{b}: rate", rate_bps, 1, MAX_RATE, "b/s")
        delay_s = number(f"link {a}-{b}: delay", delay_s, 0, MAX_DELAY, "s")
        if queue is not None:
            queue = count(f"link {a}-{b}: packets of the queue", queue, 1, MAX_QUEUE)
        if a == b:
            raise TopologyError(f"link {a}-{b}: a link joins two nodes")
        first, second = self.node(a), self.node(b)
        if self.helper.FindLink(first, second) != self.helper.GetNLinks():
            raise TopologyError(f"link {a}-{b}: they have one already")
        return int(
            self.helper.AddLink(
                first,
                second,
                ns.DataRate(round(rate_bps)),
                ns.NanoSeconds(round(delay_s * 1e9)),
                ns.QueueSize(f"{queue or 100000}p"),
            )
        )

    def find(self, a: str, b: str) -> int:
        """Return the index of the link between two nodes."""
        for name in (a, b):
            if not isinstance(name, str) or name not in self._indices:
                raise TopologyError(f"no node {name!r}")
        link = int(self.helper.FindLink(self.node(a), self.node(b)))
        if link == self.helper.GetNLinks():
            raise TopologyError(f"no link {a}-{b}")
        return link

    def loss(self, a: str, b: str, rate: float) -> None:
        """Lose packets from ``a`` to ``b`` at random, with this probability.

        :param rate: from 0 to less than 1: a link that loses all of them carries nothing, so that
            whatever is measured over it is 0
        """
        rate = number(f"link {a}-{b}: loss", rate, 0, 1)
        if rate == 1:
            raise TopologyError(f"link {a}-{b}: loss 1, allowed: 0 to less than 1")
        self._before_build(f"link {a}-{b}: losses")
        link = self.find(a, b)
        # AddLink() took the nodes in one of the two orders.
        forward = self._first(link) == self.node(a)
        self.helper.SetLossRate(link, *((rate, 0) if forward else (0, rate)))

    def _before_build(self, what: str) -> None:
        if self.built:
            raise TopologyError(f"{what} are set before build(), which has been called")

    def _first(self, link: int) -> int:
        return int(self.helper.GetFirstEnd(link))

    def queue_disc(self, a: str, b: str, disc: str) -> None:
        """Manage the queues of a link, for example by ``ns3::RedQueueDisc[MinTh=5|MaxTh=15]``."""
        link = self.find(a, b)
        self._before_build(f"link {a}-{b}: queue disciplines")
        if reason := refused_disc(self.ns, disc):
            raise TopologyError(f"link {a}-{b}: {reason}")
        self.helper.SetQueueDisc(link, disc)

    def red_link(self, a: str, b: str, rate_bps: float | str, delay_s: float | str) -> None:
        """Join two nodes by a link whose queues are RED as in Khalili's testbed (CoNEXT 2012).

        At 10 Mb/s no loss up to 25 packets, then linear to 0.1 at 50 and to 1 at 100; at other
        rates in proportion. The packets of all flows are lost with the same probability, which the
        equations of congestion control take for granted and a drop-tail queue does not give.
        """
        rate_bps = number(f"link {a}-{b}: rate", rate_bps, 1, MAX_RATE, "b/s")
        delay_s = number(f"link {a}-{b}: delay", delay_s, 0, MAX_DELAY, "s")
        scale = rate_bps / 10e6
        least, most = max(1.0, 25 * scale), max(2.0, 50 * scale)
        self.link(a, b, rate_bps, delay_s, max(10, round(100 * scale)))
        # Gentle RED goes from max_p at MaxTh to 1 at twice MaxTh, which is the paper's third piece.
        self.queue_disc(
            a,
            b,
            f"ns3::RedQueueDisc[MinTh={least:.3f}|MaxTh={most:.3f}|LInterm=10|Gentle=true|"
            f"MeanPktSize=1500|LinkBandwidth={round(rate_bps)}bps|LinkDelay={delay_s * 1e3:g}ms]",
        )

    def build(self) -> None:
        """Make the nodes and links: no more of them can be added, and paths can."""
        if not self.helper.GetNLinks():
            raise TopologyError("a network needs a link")
        if self.built:
            raise TopologyError("build() is called once, and has been called")
        self.helper.Build()
        self.built = True

    def path(self, nodes: Sequence[str]) -> int:
        """Describe a path by all nodes on the way; return its index."""
        if not self.built:
            raise TopologyError("paths come after build()")
        nodes = several("nodes of a path", nodes, str)
        if len(nodes) < 2:
            raise TopologyError("a path has at least two nodes")
        if len(set(nodes)) != len(nodes):
            raise TopologyError(f"path {'-'.join(nodes)} visits a node twice")
        for a, b in zip(nodes, nodes[1:]):
            self.find(a, b)
        return int(self.helper.AddPath([self.node(n) for n in nodes]))

    def route(self, *paths: Sequence[str]) -> Route:
        """Describe paths between the same two hosts, which one connection can use together."""
        if not paths or not all(several("nodes of a path", p, str) for p in paths):
            raise TopologyError("a route needs a path, and a path the names of its nodes")
        ends = {(p[0], p[-1]) for p in paths}
        if len(ends) != 1:
            raise TopologyError("the paths of a route have one client and one server")
        client, server = ends.pop()
        indices = [self.path(p) for p in paths]
        return Route(self.node(client), self.node(server), indices, self)

    def counts(self, a: str, b: str) -> Any:
        """Return ``queued``, ``accepted`` and ``dropped`` of the queue from ``a`` to ``b``."""
        if not self.built:
            raise TopologyError(f"link {a}-{b}: counts come after build()")
        return self.helper.GetCounts(self.find(a, b), self.node(a))


def number(
    name: str, given: float | str, least: float, most: float, unit: str = "", above: bool = False
) -> float:
    """Return a number of a topology, or raise :class:`TopologyError`; see :func:`.quantity`."""
    try:
        return quantity(name, given, least, most, unit, above)
    except UsageError as error:
        raise TopologyError(str(error)) from None


def several(name: str, given: Any, kind: type) -> list[Any]:
    """Return things of one kind as a list, or raise :class:`TopologyError`."""
    allowed = f"a list, each a {kind.__name__}"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TopologyError(f"{name} {given!r}, allowed: {allowed}")
    found = list(given)
    for one in found:
        if not isinstance(one, kind):
            raise TopologyError(f"{name} {one!r}, allowed: {allowed}")
    return found


def count(name: str, value: int, least: int = 1, most: float = MAX_COUNT) -> int:
    """Return a number of things, or raise :class:`TopologyError`."""
    try:
        return whole(name, value, least, most)
    except UsageError as error:
        raise TopologyError(str(error)) from None


def bdp(rate_bps: float | str, rtt_s: float | str) -> int:
    """Return rate times RTT in full segments, at least one."""
    rate = number("rate", rate_bps, 0, MAX_RATE, "b/s")
    rtt = number("RTT", rtt_s, 0, 2 * MAX_DELAY, "s")
    return max(1, round(rate * rtt / 8 / WIRE))


def refused_disc(ns: Any, disc: str) -> str:
    """Return why ns-3 would stop the program over a queue discipline, or nothing."""
    if not isinstance(disc, str):
        return f"queue discipline {disc!r}, allowed: text such as ns3::RedQueueDisc[MaxSize=100p]"
    name, bracket, settings = disc.partition("[")
    found, type_id = ns.LookupByNameFailSafe(name)
    root, _ = ns.LookupByNameFailSafe("ns3::QueueDisc")
    if not found or not root or not type_id.IsChildOf(ns.QueueDisc.GetTypeId()):
        return f"no queue discipline '{name}', allowed: such as ns3::RedQueueDisc[MaxSize=100p]"
    if not bracket:
        return ""
    if not settings.endswith("]"):
        return f"queue discipline '{disc}' has no closing bracket"
    for setting in settings[:-1].split("|"):
        attribute, equals, value = setting.partition("=")
        if not equals:
            return f"'{setting}' of queue discipline {name}, allowed: Attribute=value"
        try:
            attributes.normalize_member(ns, type_id, attribute, value)
        except UsageError as error:
            return str(error)
    return ""
