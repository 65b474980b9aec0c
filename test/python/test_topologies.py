# SPDX-License-Identifier: GPL-2.0-only
"""Topologies: connectivity, the throughput of the bottleneck, and bad input in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ns3_mptcp.topologies import TopologyError, read_trace

PROGRAM = """
import json
import random
from ns3_mptcp import load
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies import *
ns = load()

def rates(graph, routes, seconds=8):
    flows = Flows(ns, graph)
    for route in routes:
        flows.add(route, mptcp=len(route.paths) > 1, jitter_s=0.1)
    return [round(rate, 3) for rate in flows.measure(seconds)]

def refused(call):
    try:
        call()
    except TopologyError as error:
        return str(error)
    return None

configure(ns, 1)
"""


@pytest.fixture(scope="module")
def simulate(python):
    """Return a function that runs lines and returns what they print."""

    def run(text: str) -> Any:
        done = python(PROGRAM + text)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_disjoint_paths_add_up(simulate) -> None:
    (rate,) = simulate(
        """
graph, route = disjoint(ns, [Pipe(4e6, 0.02), Pipe(2e6, 0.04)])
print(json.dumps(rates(graph, [route])))
"""
    )
    assert 0.85 * 6 * 1448 / 1522 < rate < 6


def test_shared_bottleneck(simulate) -> None:
    found = simulate(
        """
graph, routes = shared_bottleneck(ns, Pipe(6e6, 0.04), [1, 2, 3])
print(json.dumps(rates(graph, routes)))
"""
    )
    assert len(found) == 3 and min(found) > 0.3
    assert 0.85 * 6 * 1448 / 1522 < sum(found) < 6


def test_hosts_delay_packets_at_random(simulate) -> None:
    """By default, by what ``configure`` says and by what ``Graph`` says, which comes first."""
    found = simulate(
        """
def run(seed, given=None, **configured):
    configure(ns, seed, **configured)
    graph = Graph(ns, given)
    for i in (0, 1):
        graph.link(f"c{i}", "left", 1e9, 0)
        graph.link("right", f"s{i}", 1e9, 0)
    graph.link("left", "right", 4e6, 0.02, 20)
    graph.build()
    flows = Flows(ns, graph)
    for i in (0, 1):
        # At one time, so that nothing but the delays is random.
        flows.add(graph.route([f"c{i}", "left", "right", f"s{i}"]), mptcp=False, jitter_s=0)
    rates = flows.measure(8)
    hosts = [graph.helper.GetNode(i).GetObject[ns.MptcpRandomOverhead]() for i in range(6)]
    set_by = [host.GetOverhead() for host in hosts if host]
    return rates, dict(zip(graph.names, map(bool, hosts))), set_by
print(json.dumps([
    run(1), run(1), run(2),
    run(1, overhead=0), run(2, overhead=0), run(2, 0),
    run(1, overhead=2.5), run(1, 2.5),
]))
"""
    )
    default, again, other, off, off_other, off_graph, more, more_graph = found
    hosts = {"c0": True, "left": False, "right": False, "s0": True, "c1": True, "s1": True}
    assert default[1:] == [hosts, [1, 1, 1, 1]]
    assert default == again
    assert default[0] != other[0]
    assert not any(off[1].values())
    assert off == off_other == off_graph, "without it nothing is random"
    assert off[0] != default[0]
    assert more[2] == [2.5] * 4 and more == more_graph
    for rates, *_ in found:
        assert 0.85 * 4 * 1448 / 1522 < sum(rates) < 4


def test_random_losses_before_the_queue_is_full(simulate) -> None:
    found = simulate(
        """
def most(**queue):
    configure(ns, 1)
    graph, routes = shared_bottleneck(ns, Pipe(10e6, 0.04, **queue), [1, 1, 1])
    flows = Flows(ns, graph)
    for route in routes:
        flows.add(route, mptcp=False, jitter_s=0.1)
    queued = []
    def look():
        queued.append(int(graph.counts("left", "right").queued))
    flows.measure(8, every_s=0.01, sample=look)
    counts = graph.counts("left", "right")
    return max(queued), int(counts.dropped), sum(f.received for f in flows.all) * 8e-6 / 8
print(json.dumps([most(queue=80), most(queue=80, random_tail=40), most(red=True)]))
"""
    )
    assert [losses > 0 for _, losses, _ in found] == [True] * 3
    assert found[0][0] >= 79 > found[1][0] > 40 and found[2][0] < 79, found
    assert all(8 < goodput < 10 for *_, goodput in found)


def test_parking_lot(simulate) -> None:
    found = simulate(
        """
graph, whole, each = parking_lot(ns, 3, Pipe(4e6, 0.02))
print(json.dumps(rates(graph, [whole, *each])))
"""
    )
    whole, *each = found
    assert whole > 0.05
    # The long flow is in each bottleneck.
    for rate in each:
        assert 0.85 * 4 * 1448 / 1522 < rate + whole < 4


def test_torus(simulate) -> None:
    found = simulate(
        """
graph, routes = torus(ns, [Pipe(2e6, 0.05)] * 5)
print(json.dumps(rates(graph, routes)))
"""
    )
    assert len(found) == 5 and min(found) > 0.5
    assert 0.8 * 10 * 1448 / 1522 < sum(found) < 10


@pytest.mark.parametrize(
    ("call", "capacity"),
    [
        ("khalili_a(ns, 3, 3, 1e6, 1e6)", 6),
        ("khalili_b(ns, 2, 3e6, 4e6, True)", 7),
        ("khalili_c(ns, 3, 3, 1e6, 1e6)", 6),
    ],
)
def test_khalili(simulate, call: str, capacity: float) -> None:
    found = simulate(
        f"""
users = {call}
print(json.dumps(rates(users.graph, users.multipath + users.single, 20)))
"""
    )
    assert min(found) > 0.1
    # Some packets cross two bottlenecks, so that the sum may be less than the capacities.
    assert 0.6 * capacity < sum(found) < capacity


def test_fat_tree(simulate) -> None:
    ways, paths, found = simulate(
        """
# ns-3 repeats a lost SYN after three seconds.
configure(ns, 1, TcpSocket__ConnTimeout="100ms")
fabric = fat_tree(ns, 4, 20e6, 2e-5, 50)
ways = [len(fabric.ways(0, i)) for i in (1, 2, 15)]
rng = random.Random(1)
routes = [fabric.route(0, 15, 4, rng), fabric.route(15, 0, 1, rng), fabric.route(2, 3, 4, rng)]
# In three seconds the losses of slow start decide, and the second rate is 12 to 16 by the seed.
print(json.dumps([ways, [len(r.paths) for r in routes], rates(fabric.graph, routes, 8)]))
"""
    )
    assert ways == [1, 2, 4]  # the same edge switch, the same pod, another one
    assert paths == [4, 1, 1]
    for rate in found:
        assert 0.75 * 20 * 1448 / 1522 < rate < 20


def test_bcube_uses_all_interfaces(simulate) -> None:
    hosts, found = simulate(
        """
fabric = bcube(ns, 2, 3, 4e6, 2e-5, 50)
route = fabric.route(0, 7, 3, random.Random(1))
first = {way[1] for way in fabric.ways(0, 7)}
assert len(first) == 3, first
print(json.dumps([fabric.hosts, rates(fabric.graph, [route], 8)]))
"""
    )
    assert hosts == 8
    # Three of the six orders of correction may leave by fewer interfaces, but by two at least.
    assert found[0] > 5


def test_traces(simulate, tmp_path: Path) -> None:
    path = tmp_path / "5g.csv"
    # TCP may lose some of the segments that end slow start twice, and then waits for a timeout, in
    # the third second mostly. The rates are measured after that.
    path.write_text("# a slow start\ntime_s,rate_bps,delay_s\n0,1e6,0.03\n\n12,8e6,0.01\n")
    trace, before, after = simulate(
        f"""
trace = read_trace({str(path)!r}, 60)
graph, route = trace_paths(ns, [trace, trace])
flows = Flows(ns, graph)
flows.add(route, mptcp=True, jitter_s=0)
before = flows.measure(12, 6)[0]
print(json.dumps([[c.rate_bps for c in trace.changes], before, flows.measure(18, 14)[0]]))
"""
    )
    assert trace == [1e6, 8e6]
    assert 0.85 * 2 * 1448 / 1522 < before < 2
    assert 0.8 * 16 * 1448 / 1522 < after < 16


@pytest.mark.parametrize(
    "text", ["", "1,2", "0,0,0.1", "0,1e6,-1", "5,1e6,0\n5,1e6,0", "0,x,0", "-1,1e6,0", "0,nan,0"]
)
def test_bad_traces_are_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(TopologyError) as raised:
        read_trace(path)
    assert len(str(raised.value).splitlines()) == 1
    with pytest.raises(TopologyError, match="cannot read"):
        read_trace(tmp_path / "none.csv")


@pytest.mark.slow
def test_wifi_lte_moves(python) -> None:
    """The host leaves the access point for a second base station; LTE carries on."""
    done = python(
        '''
import json
from ns3_mptcp import load
from ns3_mptcp._loader import MODULES
from ns3_mptcp.flows import configure
from ns3_mptcp.topologies import TopologyError, wifi_lte, wireless
ns = load((*MODULES, *wireless.MODULES))
configure(ns, 1)
for bad in (
    {"waypoints": [(1, 0, 0)]},
    {"waypoints": [(0, 0)]},
    {"waypoints": []},
    {"base_stations": []},
    {"base_stations": [(0, float("nan"))]},
    {"wan_delay_s": -1},
    {"wan_delay_s": float("nan")},
    {"wan_rate": "fast"},
):
    try:
        wifi_lte(ns, **bad)
    except TopologyError as error:
        assert len(str(error).splitlines()) == 1
    else:
        raise AssertionError(f"{bad} is taken")
net = wifi_lte(ns, [(0, 5, 0), (3, 5, 0), (6, 250, 0)], base_stations=[(0, 50), (250, 50)])
for node in (net.client, net.server):
    ns.MptcpStackHelper().Install(node)
factory, port = "ns3::MptcpSocketFactory", 5001
local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), port).ConvertTo()
sink = ns.PacketSinkHelper(factory, local).Install(net.server).Get(0).GetObject[ns.PacketSink]()
remote = ns.InetSocketAddress(net.server_address, port).ConvertTo()
bulk = ns.BulkSendHelper(factory, remote)
bulk.SetAttribute("MaxBytes", ns.UintegerValue(0))
bulk = bulk.Install(net.client)
bulk.Start(ns.Seconds(1))
source = bulk.Get(0).GetObject[ns.BulkSendApplication]()
ns.cppyy.cppdef("""
namespace handovers
{
int ends = 0;
void End(uint64_t, uint16_t, uint16_t)
{
    ++ends;
}
void Watch(ns3::Ptr<ns3::NetDevice> device)
{
    device->GetObject<ns3::LteUeNetDevice>()->GetRrc()->TraceConnectWithoutContext(
        "HandoverEndOk", ns3::MakeCallback(&End));
}
}
""")
ns.cppyy.gbl.handovers.Watch(net.lte_device)
cells = set()
seen = []
for second in range(10):
    ns.Simulator.Stop(ns.Seconds(1))
    ns.Simulator.Run()
    cells.add(int(net.lte_device.GetObject[ns.LteUeNetDevice]().GetRrc().GetCellId()))
    subflows = len(source.GetSocket().GetFullInfo().subflows) if second else 0
    seen.append((int(sink.GetTotalRx()), subflows))
print(json.dumps([sorted(cells), int(ns.cppyy.gbl.handovers.ends), seen]))
'''
    )
    assert done.returncode == 0, done.stderr
    cells, ends, seen = json.loads(done.stdout)
    assert len(cells) == 2 and ends >= 1, "a handover"
    rates = [b[0] - a[0] for a, b in zip(seen, seen[1:])]
    assert seen[2][1] == 2 and rates[1] > 1e6, "Wi-Fi and LTE"
    assert 0 < min(rates[7:]) < 0.5 * rates[1], "LTE alone"


def test_bad_input_is_one_line(simulate) -> None:
    found = simulate(
        """
graph = Graph(ns)
graph.link("a", "b", 1e6, 0.01, 5)
print(json.dumps([
    refused(lambda: fat_tree(ns, 3, 1e6, 0, 5)),
    refused(lambda: Graph(ns, -1)),
    refused(lambda: Graph(ns, float("nan"))),
    refused(lambda: configure(ns, 1, overhead=float("inf"))),
    refused(lambda: bcube(ns, 1, 2, 1e6, 0, 5)),
    refused(lambda: torus(ns, [Pipe(1e6, 0.1)])),
    refused(lambda: disjoint(ns, [])),
    refused(lambda: disjoint(ns, [Pipe(-1, 0.1)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, 0.1, loss=2)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, 0.1, queue=5, red=True)])),
    refused(lambda: shared_bottleneck(ns, Pipe(0, 0.1, red=True), [1])),
    refused(lambda: shared_bottleneck(ns, Pipe(1e6, 0.1, queue=5, random_tail=5), [1])),
    refused(lambda: shared_bottleneck(ns, Pipe(1e6, 0.1), [0])),
    refused(lambda: parking_lot(ns, 0, Pipe(1e6, 0.1))),
    refused(lambda: khalili_a(ns, 0, 1, 1e6, 1e6)),
    refused(lambda: khalili_c(ns, 1, 1, 1e6, float("nan"))),
    refused(lambda: disjoint(ns, [Pipe(float("nan"), 0.1)])),
    refused(lambda: disjoint(ns, [Pipe(float("inf"), 0.1)])),
    refused(lambda: disjoint(ns, [Pipe(1e30, 0.1, 5)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, float("nan"))])),
    refused(lambda: disjoint(ns, [Pipe(1e6, -0.1)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, 0.1, 2.5)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, 0.1, 10**12)])),
    refused(lambda: disjoint(ns, [Pipe(1e6, 0.1, loss=float("nan"))])),
    refused(lambda: shared_bottleneck(ns, Pipe(1e6, 0.1), [])),
    refused(lambda: shared_bottleneck(ns, Pipe(1e6, 0.1), [1.5])),
    refused(lambda: parking_lot(ns, 2, Pipe(1e6, 0.1, queue=0))),
    refused(lambda: torus(ns, [Pipe(0, 0.1)] * 5)),
    refused(lambda: khalili_a(ns, 1, 1, -1e6, 1e6)),
    refused(lambda: khalili_b(ns, 0, 1e6, 1e6, True)),
    refused(lambda: khalili_b(ns, 1, float("inf"), 1e6, True)),
    refused(lambda: khalili_c(ns, 1, 1, 1e6, 1e6, rtt_s=-1)),
    refused(lambda: fat_tree(ns, 4, 0, 0, 5)),
    refused(lambda: bcube(ns, 2, 0, 1e6, 0, 5)),
    refused(lambda: fat_tree(ns, 4, 1e6, 0, 5).route(0, 0, 1, random.Random(1))),
    refused(lambda: fat_tree(ns, 4, 1e6, 0, 5).route(0, 16, 1, random.Random(1))),
    refused(lambda: bcube(ns, 2, 2, 1e6, 0, 5).route(0, 1, 0, random.Random(1))),
    refused(lambda: trace_paths(ns, [Trace(())])),
    refused(lambda: graph.queue_disc("a", "b", "ns3::NoQueueDisc")),
    refused(lambda: graph.loss("a", "x", 0.1)),
    refused(lambda: graph.link("a", "b", 1e6, 0.01)),
    refused(lambda: graph.link("a", "c", 1e6, -1)),
    refused(lambda: graph.find("a", "a")),
    refused(lambda: graph.path(["a", "b"])),
    refused(lambda: trace_paths(ns, [])),
    refused(lambda: wifi_lte(ns)),
]))
"""
    )
    for text in found:
        assert text and len(text.splitlines()) == 1, found
    assert found[0] == "fat_tree: k 3, allowed: even numbers from 2 on"
