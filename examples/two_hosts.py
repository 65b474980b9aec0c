# SPDX-License-Identifier: GPL-2.0-only
"""Two hosts, two disjoint paths, one MPTCP connection: the Python twin of mptcp-two-hosts.cc.

python two_hosts.py [BYTES]
"""

from __future__ import annotations

import sys

from ns3_mptcp import load

PORT = 5001


def main() -> int:
    """Transfer some data and print how long it took."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 4 << 20
    ns = load()

    # Buffers of the connection, not of a subflow: rate x round-trip time of both paths must fit.
    for name, value in (("SndBufSize", 4 << 20), ("RcvBufSize", 4 << 20), ("SegmentSize", 1448)):
        ns.Config.SetDefault(f"ns3::TcpSocket::{name}", ns.UintegerValue(value))
    # A policy is named by its class; this one is the default.
    ns.Config.SetDefault("ns3::MptcpSocketBase::CongestionControl", ns.StringValue("ns3::MptcpLia"))

    topology = ns.MptcpTopologyHelper(2)
    topology.SetDelay(1, ns.MilliSeconds(25))
    topology.Build()
    # MPTCP of a node: its settings and its counters.
    stack = ns.MptcpStackHelper().Install(topology.GetClient())
    ns.MptcpStackHelper().Install(topology.GetServer())

    local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), PORT).ConvertTo()
    sinks = ns.PacketSinkHelper("ns3::MptcpSocketFactory", local).Install(topology.GetServer())
    sink = sinks.Get(0).GetObject[ns.PacketSink]()

    remote = topology.GetSocketAddress(topology.SERVER, 0, PORT)
    source = ns.BulkSendHelper("ns3::MptcpSocketFactory", remote)
    source.SetAttribute("MaxBytes", ns.UintegerValue(size))
    source.Install(topology.GetClient())

    # Small steps instead of one run: the loop can look at the simulation in between.
    while sink.GetTotalRx() < size and ns.Simulator.Now().GetSeconds() < 60:
        ns.Simulator.Stop(ns.MilliSeconds(10))
        ns.Simulator.Run()
    seconds = ns.Simulator.Now().GetSeconds()
    received = int(sink.GetTotalRx())
    print(f"{received} octets in {seconds:.2f} s, {received * 8 / seconds / 1e6:.2f} Mb/s")
    print(
        f"joins sent: {stack.GetCounter('MPJoinSynTx')}, "
        f"answered: {stack.GetCounter('MPJoinSynAckRx')}"
    )
    ns.Simulator.Destroy()
    return 0 if received == size else 1


if __name__ == "__main__":
    sys.exit(main())
