# SPDX-License-Identifier: GPL-2.0-only
"""MptcpTopologyHelper with stock TCP: addresses, cuts, interfaces, loss."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
import json
from ns3_mptcp import load
from ns3_mptcp.scenario import reset
ns = load()

def transfer(prepare=lambda topology: None, family=4, path=0, seconds=20, octets=1000000):
    '''Return octets received at each whole second.'''
    reset(ns)
    topology = ns.MptcpTopologyHelper(2)
    topology.SetFamily({4: topology.IPV4, 6: topology.IPV6, 10: topology.DUAL}[family])
    before = getattr(prepare, "before", None)
    if before:
        before(topology)
    topology.Build()
    prepare(topology)
    version = topology.IPV6 if family == 6 else topology.IPV4
    remote = topology.GetSocketAddress(topology.SERVER, path, 80, version)
    any_address = (
        ns.Inet6SocketAddress(ns.Ipv6Address.GetAny(), 80) if family == 6
        else ns.InetSocketAddress(ns.Ipv4Address.GetAny(), 80)
    ).ConvertTo()
    sinks = ns.PacketSinkHelper("ns3::TcpSocketFactory", any_address).Install(topology.GetServer())
    source = ns.BulkSendHelper("ns3::TcpSocketFactory", remote)
    source.SetAttribute("MaxBytes", ns.UintegerValue(octets))
    source.Install(topology.GetClient())
    sink = sinks.Get(0).GetObject[ns.PacketSink]()
    seen = []
    for _ in range(seconds):
        ns.Simulator.Stop(ns.Seconds(1))
        ns.Simulator.Run()
        seen.append(int(sink.GetTotalRx()))
    ns.Simulator.Destroy()
    return seen
"""


@pytest.fixture(scope="module")
def simulate(python):
    """Return a function that runs an expression beside the program and returns its value."""

    def run(text: str):
        done = python(PROGRAM + text)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_transfers(simulate) -> None:
    seen = simulate(
        """
print(json.dumps([transfer(family=f, path=p)[-1] for f in (4, 6, 10) for p in (0, 1)]))
"""
    )
    assert seen == [1000000] * 6


def test_cut_path_stops_and_returns(simulate) -> None:
    cut, never, other = simulate(
        """
def cut(topology):
    topology.CutPath(0, ns.MilliSeconds(300), ns.Seconds(4))
def forever(topology):
    topology.CutPath(0, ns.MilliSeconds(300))
print(json.dumps([transfer(cut), transfer(forever), transfer(cut, path=1)]))
"""
    )
    assert 0 < cut[0] < 1000000
    assert cut[0] == cut[3], "nothing passes a cut path"
    assert cut[-1] == 1000000
    assert 0 < never[0] == never[-1] < 1000000
    assert other[1] == 1000000, "the other path is untouched"


def test_interface_down_and_up(simulate) -> None:
    down = simulate(
        """
def down(topology):
    topology.DownInterface(topology.CLIENT, 0, ns.MilliSeconds(300), ns.Seconds(4))
print(json.dumps(transfer(down)))
"""
    )
    assert 0 < down[0] == down[3] < 1000000
    assert down[-1] == 1000000


def test_loss_queue_and_queue_disc(simulate) -> None:
    lossless, lossy, short, disc = simulate(
        """
def configured(**settings):
    def prepare(topology):
        pass
    def before(topology):
        if "loss" in settings:
            topology.SetLossRate(0, settings["loss"], settings["loss"])
        if "queue" in settings:
            topology.SetQueueSize(0, ns.QueueSize(settings["queue"]))
        if "disc" in settings:
            topology.SetQueueDisc(settings["disc"])
    prepare.before = before
    return prepare
print(json.dumps([
    transfer(),
    transfer(configured(loss=0.05)),
    transfer(configured(queue="2p")),
    transfer(configured(disc="ns3::FifoQueueDisc")),
]))
"""
    )
    assert lossless[1] == 1000000
    assert lossy[1] < 1000000 == lossy[-1]
    assert short[0] < lossless[0]
    assert disc[-1] == 1000000


def test_packets_leave_by_the_interface_of_their_source(simulate) -> None:
    """From an address of one path to one of the other, packets arrive without the rule only."""
    with_rule, without_rule = simulate(
        """
def crossed(rule, family):
    reset(ns)
    topology = ns.MptcpTopologyHelper(2)
    topology.SetFamily(topology.DUAL)
    topology.SetSourceRouting(rule)
    topology.Build()
    version = topology.IPV6 if family == 6 else topology.IPV4
    remote = topology.GetSocketAddress(topology.SERVER, 1, 80, version)
    # UDP: a stock TCP socket takes another source address than the one that it is bound to.
    sinks = ns.PacketSinkHelper("ns3::UdpSocketFactory", remote).Install(topology.GetServer())
    source = ns.OnOffHelper("ns3::UdpSocketFactory", remote)
    source.SetAttribute("MaxBytes", ns.UintegerValue(10240))
    local = topology.GetSocketAddress(topology.CLIENT, 0, 50000, version)
    source.SetAttribute("Local", ns.AddressValue(local))
    source.Install(topology.GetClient())
    ns.Simulator.Stop(ns.Seconds(10))
    ns.Simulator.Run()
    received = int(sinks.Get(0).GetObject[ns.PacketSink]().GetTotalRx())
    ns.Simulator.Destroy()
    return received
print(json.dumps([[crossed(rule, family) for family in (4, 6)] for rule in (True, False)]))
"""
    )
    assert without_rule == [10240, 10240]
    assert with_rule == [0, 0]
