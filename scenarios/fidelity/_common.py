# SPDX-License-Identifier: GPL-2.0-only
"""What several checks share."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, ClassVar

from ns3_mptcp.check import Check, Point, Unavailable
from ns3_mptcp.flows import Flow

#: Octets of payload of a full segment, and of such a segment of stock TCP on a link.
PAYLOAD, TCP_WIRE = 1448, 1448 + 52 + 2

#: Short names of controllers. "uncoupled" is one NewReno per subflow.
CONTROLLERS = {
    "lia": "ns3::MptcpLia",
    "olia": "ns3::MptcpOlia",
    "balia": "ns3::MptcpBalia",
    "ewtcp": "ns3::MptcpEwtcp",
    "coupled": "ns3::MptcpCoupled",
    "wvegas": "ns3::MptcpWVegas",
    "uncoupled": "ns3::TcpNewReno",
}

#: Names of schedulers in points, and their classes.
SCHEDULERS = {
    "minrtt": "ns3::MptcpSchedulerMinRtt",
    "roundrobin": "ns3::MptcpSchedulerRoundRobin",
    "blest": "ns3::MptcpSchedulerBlest",
    "ecf": "ns3::MptcpSchedulerEcf",
    "redundant": "ns3::MptcpSchedulerRedundant",
}


class NetworkCheck(Check):
    """A check whose simulations are of networks of links.

    Hosts delay each packet by a random time of up to one service time of the bottleneck, so that no
    phase effects decide. ``simulate`` gives that to ``configure``.
    """

    common: ClassVar[Point] = {"overhead": 1}


def scheduler(ns: Any, name: str) -> str:
    """Return the class of a scheduler, or raise :class:`Unavailable` if this build has none."""
    found, _ = ns.LookupByNameFailSafe(SCHEDULERS[name])
    if not found:
        raise Unavailable(f"no {SCHEDULERS[name]} in this build")
    return SCHEDULERS[name]


def packets_per_s(rate_mbps: float) -> float:
    """Return a goodput in full segments per second."""
    return rate_mbps * 1e6 / 8 / PAYLOAD


def carried(flow: Flow) -> dict[int, int]:
    """Return the octets acknowledged so far on each subflow, by its identifier."""
    return {int(s.id): int(s.tcp.bytesAcked) for s in flow.subflows()}


def ratio(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Return the quotients of two measurements, seed by seed."""
    return [a / b for a, b in zip(over, under)]


def quotients(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Return samples whose mean is the quotient of two sums, with the interval of that quotient.

    The mean of quotients is too large when they scatter: 1/2 and 2 have 5/4. These are the
    jackknife's pseudo-values, one of each pair. Nothing over nothing is one; what is over nothing,
    is over one.
    """
    pairs = list(zip(over, under))

    def quotient(chosen: Sequence[tuple[float, float]]) -> float:
        above, below = sum(a for a, _ in chosen), sum(b for _, b in chosen)
        return above / (below or 1) if above or below else 1.0

    n = len(pairs)
    if n < 2:
        return [quotient(pairs)] if pairs else []
    whole = quotient(pairs)
    return [n * whole - (n - 1) * quotient(pairs[:i] + pairs[i + 1 :]) for i in range(n)]


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return statistics.fmean(values) if values else 0.0


def delay_recorder(ns: Any) -> Any:
    """Return a C++ object that notes how long each message of an application was on its way.

    ``Watch(sink)`` starts it for a PacketSink, which like the sender has
    ``EnableSeqTsSizeHeader``; ``delays`` holds seconds. Python is too slow to be called for each.
    """
    ns.cppyy.cppdef(
        """
        namespace ns3_mptcp_python
        {
        struct DelayRecorder
        {
            std::vector<double> delays;
            void Note(ns3::Ptr<const ns3::Packet>, const ns3::Address&, const ns3::Address&,
                      const ns3::SeqTsSizeHeader& header)
            {
                delays.push_back((ns3::Simulator::Now() - header.GetTs()).GetSeconds());
            }
            void Watch(ns3::Ptr<ns3::PacketSink> sink)
            {
                sink->TraceConnectWithoutContext(
                    "RxWithSeqTsSize", ns3::MakeCallback(&DelayRecorder::Note, this));
            }
        };
        }
        """
    )
    return ns.cppyy.gbl.ns3_mptcp_python.DelayRecorder()
