# SPDX-License-Identifier: GPL-2.0-only
"""One transfer over two disjoint paths, and stock TCP over each of them for comparison."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ns3_mptcp.capture import capture
from ns3_mptcp.parameters import Parameter, UsageError, time_seconds
from ns3_mptcp.scenario import Context, Scenario

PORT = 5001

#: Name on the command line -> class for MPTCP and for stock TCP: what a coupled controller is on
#: one path, such as NewReno for LIA (RFC 6356 section 3).
CONTROLLERS = {
    "lia": ("ns3::MptcpLia", "ns3::TcpNewReno"),
    "olia": ("ns3::MptcpOlia", "ns3::TcpNewReno"),
    "balia": ("ns3::MptcpBalia", "ns3::TcpNewReno"),
    "wvegas": ("ns3::MptcpWVegas", "ns3::TcpVegas"),
    "ewtcp": ("ns3::MptcpEwtcp", "ns3::TcpNewReno"),
    "semicoupled": ("ns3::MptcpSemicoupled", "ns3::TcpNewReno"),
    "coupled": ("ns3::MptcpCoupled", "ns3::TcpNewReno"),
    "subsetmin": ("ns3::MptcpSubsetMin", "ns3::TcpNewReno"),
    "epsilon": ("ns3::MptcpEpsilon", "ns3::TcpNewReno"),
    "coupledcubic": ("ns3::MptcpCoupledCubic", "ns3::TcpCubic"),
    "cmpbbr": ("ns3::MptcpCBbr", "ns3::TcpBbr"),
    "bottleneckbbr": ("ns3::MptcpBottleneckBbr", "ns3::TcpBbr"),
    "newreno": ("ns3::TcpNewReno", "ns3::TcpNewReno"),
    "cubic": ("ns3::TcpCubic", "ns3::TcpCubic"),
    "bbr": ("ns3::TcpBbr", "ns3::TcpBbr"),
}
SCHEDULERS = {
    "minrtt": "ns3::MptcpSchedulerMinRtt",
    "linux": "ns3::MptcpSchedulerLinux",
    "roundrobin": "ns3::MptcpSchedulerRoundRobin",
    "weighted": "ns3::MptcpSchedulerWeighted",
    "redundant": "ns3::MptcpSchedulerRedundant",
    "remp": "ns3::MptcpSchedulerReMp",
    "blest": "ns3::MptcpSchedulerBlest",
    "ecf": "ns3::MptcpSchedulerEcf",
    "daps": "ns3::MptcpSchedulerDaps",
    "otias": "ns3::MptcpSchedulerOtias",
    "sttf": "ns3::MptcpSchedulerSttf",
    "bufferbloat": "ns3::MptcpSchedulerBufferBloat",
}

#: Names of MptcpStackHelper::GetProfiles.
PROFILES = ("Linux", "LinuxV0", "FreeBsd", "Rfc")

#: IPv4 and TCP headers with timestamps leave 1448 of 1500 octets; IPv6 takes 20 more.
IPV6_EXTRA = 20

#: Link, IPv6 and TCP headers with 40 octets of options, and a little payload: the rest is zeros.
PCAP_OCTETS = 128

RUNS = ("mptcp", "tcp-path1", "tcp-path2")


class TwoPath(Scenario):
    """Two hosts with two interfaces each; a BulkSend fills a PacketSink."""

    name = "two-path"
    title = "One transfer over two disjoint paths, compared with TCP over each of them"
    parameters = (
        Parameter("rate1", "rate", "10Mbps", "rate of path 1"),
        Parameter("delay1", "time", "10ms", "one-way delay of path 1", maximum=60),
        Parameter("loss1", "float", "0", "loss rate of data on path 1", minimum=0, maximum=0.9),
        Parameter("rate2", "rate", "10Mbps", "rate of path 2"),
        Parameter("delay2", "time", "25ms", "one-way delay of path 2", maximum=60),
        Parameter("loss2", "float", "0", "loss rate of data on path 2", minimum=0, maximum=0.9),
        Parameter("queue", "queue", "50p", "queue of each device"),
        Parameter("bytes", "size", "16MiB", "octets to transfer", minimum=1, maximum=2**40),
        Parameter(
            "profile",
            "choice",
            "none",
            "implementation that both hosts behave like; it brings its own scheduler, congestion "
            "control and protocol version",
            choices=("none", *PROFILES),
        ),
        Parameter(
            *("scheduler", "choice", "minrtt", "scheduler; weighs more than a profile's"),
            choices=tuple(SCHEDULERS),
            attributes=("ns3::MptcpSocketBase::Scheduler",),
        ),
        Parameter(
            *("cc", "choice", "lia", "congestion control; weighs more than a profile's"),
            choices=tuple(CONTROLLERS),
            attributes=(
                "ns3::MptcpSocketBase::CongestionControl",
                "ns3::MptcpSocketBase::SubflowCongestionControl",
            ),
        ),
        Parameter(
            *("sndbuf", "size", "4MiB", "send buffer"),
            minimum=512,
            maximum=2**30,
            attributes=("ns3::TcpSocket::SndBufSize",),
        ),
        Parameter(
            *("rcvbuf", "size", "4MiB", "receive buffer"),
            minimum=512,
            maximum=2**30,
            attributes=("ns3::TcpSocket::RcvBufSize",),
        ),
        Parameter(
            *("mss", "size", "1448", "largest segment"),
            minimum=64,
            maximum=1448,
            attributes=("ns3::TcpSocket::SegmentSize",),
        ),
        Parameter("ip", "choice", "4", "IP version", choices=("4", "6")),
        Parameter("pcap", "flag", "on", "write a pcap file per device"),
        Parameter("limit", "time", "10min", "simulated time to give up at", minimum=0.1),
    )

    def settle(self, values: SimpleNamespace, said: set[str], attributes: set[str]) -> None:
        """Leave open what a profile or an attribute decides: it is None in the summary."""
        for parameter in self.parameters:
            of_profile = values.profile != "none" and parameter.name in ("scheduler", "cc")
            other = of_profile or attributes.intersection(parameter.attributes)
            if parameter.attributes and other and parameter.name not in said:
                setattr(values, parameter.name, None)

    def check(self, values: SimpleNamespace) -> None:
        """Refuse buffers without room for a segment: stock TCP would send nothing."""
        for name in ("sndbuf", "rcvbuf"):
            size = getattr(values, name)
            if None not in (size, values.mss) and size < values.mss:
                raise UsageError(
                    f"--{name} {size} is not allowed: give --mss {values.mss} or more, a segment"
                )

    def run(self, context: Context) -> dict[str, Any]:
        """Run MPTCP, then TCP over path 1, then TCP over path 2."""
        from ns3_mptcp.analysis import metrics, trace

        results = context.results
        for run in RUNS:  # before hours of work for what cannot be written
            (context.out / run).mkdir(exist_ok=True)
        for number, run in enumerate(RUNS):
            directory = context.out / run
            for old in (*directory.glob("*.csv"), *directory.glob("*.pcap")):
                old.unlink()
            label = f"[{number + 1}/{len(RUNS)}] {run}"
            path = number - 1 if number else None
            settings = _simulate(context, label, directory, path)
            results[run] = {**metrics.transfer(trace.read(directory)), "settings": settings}
        results["aggregation"] = _aggregation(results)
        return results

    def plot(self, out: Path, summary: dict[str, Any]) -> list[Path]:
        """Draw goodput, congestion windows and DSNs."""
        from ns3_mptcp.analysis import trace
        from ns3_mptcp.analysis.plots import cwnd, dsn, goodput

        runs = {run: trace.read(out / run) for run in RUNS}
        compared = {f"TCP, path {i}": runs[f"tcp-path{i}"] for i in (1, 2)}
        figures = out / "figures"
        figures.mkdir(exist_ok=True)
        return [
            *goodput.draw(runs["mptcp"], figures / "goodput", compared),
            *cwnd.draw(runs["mptcp"], figures / "cwnd"),
            *dsn.draw(runs["mptcp"], figures / "dsn"),
        ]

    def describe(self, summary: dict[str, Any]) -> list[str]:
        """Return a small table."""
        results = summary["results"]
        lines = [f"{'':<12}{'time':>10}{'goodput':>14}  complete"]
        for run in RUNS:
            r = results[run]
            time = "-" if r["completion_s"] is None else f"{r['completion_s']:.3f} s"
            rate = f"{r['goodput_bps'] / 1e6:.2f} Mb/s"
            complete = "yes" if r["bytes"] >= summary["parameters"]["bytes"] else "NO"
            lines.append(f"{run:<12}{time:>10}{rate:>14}  {complete}")
        for subflow in results["mptcp"].get("subflows", []):  # none of plain TCP
            lines.append(
                f"subflow {subflow['subflow']} ({subflow['local']} -> {subflow['remote']}): "
                f"{100 * subflow['share']:.1f} % of the data, "
                f"{subflow['reinjected_bytes']} B reinjected"
            )
        a = results["aggregation"]
        lines.append(
            f"aggregation: {a['over_best_path']:.2f} x the best single path, "
            f"{100 * a['over_sum']:.1f} % of both together"
        )
        return lines


def _simulate(
    context: Context, label: str, directory: Path, tcp_path: int | None
) -> dict[str, str]:
    """Run one simulation; return what its connection has been set to.

    :param tcp_path: path of a stock TCP connection; ``None`` for MPTCP over both
    """
    ns, values = context.ns, context.values
    with context.simulation(label, _defaults(values, tcp_path is None)):
        topology = _topology(ns, values)
        if values.pcap:
            prefix = "mptcp" if tcp_path is None else "tcp"
            for path in range(2) if tcp_path is None else [tcp_path]:
                for host in (topology.CLIENT, topology.SERVER):
                    device = topology.GetDevice(host, path)
                    name = f"{prefix}-{device.GetNode().GetId()}-{device.GetIfIndex()}.pcap"
                    capture(ns, device, directory / name, PCAP_OCTETS)
        trace = ns.MptcpTraceHelper(str(directory))
        if tcp_path is None:
            helper = ns.MptcpStackHelper()
            if values.profile != "none":
                helper.SetProfile(values.profile)
                for name, value in _policies(values).items():
                    helper.SetDefault(name, value)
            helper.Install(topology.GetNodes())
            if values.profile == "Linux":
                _administrate(ns, topology)
            trace.Install(topology.GetNodes())
        source, sink = _applications(ns, values, topology, tcp_path)
        if tcp_path is not None:
            trace.TraceTcpSink(sink)
            # The application makes its socket when it starts, at time zero.
            ns.Simulator.Stop(ns.NanoSeconds(1))
            ns.Simulator.Run()
            trace.TraceTcp(source.GetSocket())
        context.simulate(
            time_seconds(values.limit),
            lambda: sink.GetTotalRx() / values.bytes,
            linger_s=2.0,  # lets the connection close
        )
        settings = _settings(ns, source.GetSocket(), tcp_path is None)
        trace.Close()
    return settings


def _settings(ns: Any, socket: Any, mptcp: bool) -> dict[str, str]:
    """Return what a connection has been set to, whoever has set it."""
    names = ["SegmentSize", "SndBufSize", "RcvBufSize"]
    if mptcp:
        names += ["Scheduler", "PathManager", "CongestionControl", "SubflowCongestionControl"]
    found = {}
    for name in names:
        value = ns.StringValue()
        socket.GetAttribute(name, value)
        found[name] = str(value.Get())
    return found


def _administrate(ns: Any, topology: Any) -> None:
    """Do what ``ip mptcp`` does: without it a Linux host opens no second subflow.

    The server announces its second address; routing takes the client there by the second path.
    """
    stack = topology.GetClient().GetObject[ns.MptcpStack]()
    stack.SetAttribute("LimitAddAddrAccepted", ns.UintegerValue(1))
    server = ns.NodeContainer(topology.GetServer())
    ns.MptcpStackHelper.AddEndpoints(server, ns.MPTCP_ENDPOINT_SIGNAL)


def _defaults(values: SimpleNamespace, mptcp: bool) -> dict[str, Any]:
    segment = values.mss
    if values.ip == "6" and segment is not None:
        segment = min(segment, 1448 - IPV6_EXTRA)
    defaults = {
        "ns3::TcpSocket::SegmentSize": segment,
        "ns3::TcpSocket::SndBufSize": values.sndbuf,
        "ns3::TcpSocket::RcvBufSize": values.rcvbuf,
    }
    defaults = {name: value for name, value in defaults.items() if value is not None}
    if mptcp:
        return {**defaults, **_policies(values)}
    _, stock = CONTROLLERS[values.cc or "lia"]
    return {**defaults, "ns3::TcpL4Protocol::SocketType": stock}


def _policies(values: SimpleNamespace) -> dict[str, str]:
    """Return the defaults of MPTCP that the parameters decide, and no profile or attribute."""
    policies = {}
    if values.scheduler is not None:
        policies["ns3::MptcpSocketBase::Scheduler"] = SCHEDULERS[values.scheduler]
    if values.cc is not None:
        policies["ns3::MptcpSocketBase::CongestionControl"] = CONTROLLERS[values.cc][0]
    return policies


def _topology(ns: Any, values: SimpleNamespace) -> Any:
    topology = ns.MptcpTopologyHelper(2)
    topology.SetFamily(topology.IPV6 if values.ip == "6" else topology.IPV4)
    for path in range(2):
        topology.SetDataRate(path, ns.DataRate(getattr(values, f"rate{path + 1}")))
        topology.SetDelay(path, ns.Time(getattr(values, f"delay{path + 1}")))
        topology.SetLossRate(path, getattr(values, f"loss{path + 1}"))
        topology.SetQueueSize(path, ns.QueueSize(values.queue))
    topology.Build()
    return topology


def _applications(
    ns: Any, values: SimpleNamespace, topology: Any, tcp_path: int | None
) -> tuple[Any, Any]:
    family = topology.IPV6 if values.ip == "6" else topology.IPV4
    protocol = "ns3::MptcpSocketFactory" if tcp_path is None else "ns3::TcpSocketFactory"
    remote = topology.GetSocketAddress(topology.SERVER, tcp_path or 0, PORT, family)
    if values.ip == "6":
        local = ns.Inet6SocketAddress(ns.Ipv6Address.GetAny(), PORT).ConvertTo()
    else:
        local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), PORT).ConvertTo()

    sinks = ns.PacketSinkHelper(protocol, local).Install(topology.GetServer())
    sinks.Start(ns.Seconds(0))
    sources = ns.BulkSendHelper(protocol, remote)
    sources.SetAttribute("MaxBytes", ns.UintegerValue(values.bytes))
    source = sources.Install(topology.GetClient())
    source.Start(ns.Seconds(0))
    return (
        source.Get(0).GetObject[ns.BulkSendApplication](),
        sinks.Get(0).GetObject[ns.PacketSink](),
    )


def _aggregation(results: dict[str, Any]) -> dict[str, float]:
    single = [results[run]["goodput_bps"] for run in RUNS[1:]]
    mptcp = results["mptcp"]["goodput_bps"]
    return {
        "over_best_path": mptcp / max(single) if max(single) else 0.0,
        "over_sum": mptcp / sum(single) if sum(single) else 0.0,
    }


SCENARIO = TwoPath()
