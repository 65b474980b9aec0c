# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes in programs: an exception with one line that names the thing, its value, the allowed.

Each of these stopped the process, was accepted in silence, never ended, or was some error of Python
from deep inside.
"""

from __future__ import annotations

import json

import pytest

PREFACE = """
import json
from ns3_mptcp import UsageError, load
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies import *
ns = load()
def refused(action):
    try:
        action()
    except UsageError as error:
        assert isinstance(error, ValueError)
        return str(error)
    return "accepted"
def pair():
    configure(ns, 1)
    graph, route = disjoint(ns, [Pipe(5e6, 0.02)] * 2)
    return graph, route, Flows(ns, graph)
"""


@pytest.fixture(name="refusals")
def _refusals(python):
    """Return a function that runs expressions in one program and returns what refuses them."""

    def run(setting: str, expressions: list[str]) -> list[str]:
        lines = [f"    refused(lambda: {e})," for e in expressions]
        program = "\n".join([PREFACE, setting, "print(json.dumps([", *lines, "]))"])
        done = python(program)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def check(refusals, setting: str, expected: dict[str, tuple[str, ...]]) -> None:
    """Compare what refuses each expression with the words that its line has to have."""
    for expression, text in zip(expected, refusals(setting, list(expected))):
        assert text != "accepted", expression
        assert len(text.splitlines()) == 1, text
        for word in expected[expression]:
            assert word in text, f"{expression}: {text}"


def test_flows(refusals) -> None:
    setting = """
graph, route, flows = pair()
other, elsewhere = disjoint(ns, [Pipe(5e6, 0.02)])
flow = flows.add(route, True, 0.1)
early = refused(flow.subflows)
assert "not begun" in early, early
tcp = flows.add(route, False)
flows.run(2)
"""
    check(
        refusals,
        setting,
        {
            "flows.measure(-1)": ("until_s -1", "above 0"),
            "flows.measure(0)": ("until_s 0", "above 0"),
            "flows.measure(1)": ("until_s 1", "from 2 s on"),
            "flows.measure(5, 1)": ("from_s 1", "from 2 s on"),
            "flows.measure(5, 5)": ("from_s 5", "before until_s"),
            "flows.measure(float('nan'))": ("until_s nan",),
            "flows.measure(1e300)": ("until_s 1e+300", "1e+09"),
            "flows.measure('soon')": ("until_s 'soon'", "50ms"),
            "flows.measure(None)": ("until_s None",),
            "flows.measure(5, every_s=0)": ("every_s 0", "above 0"),
            "flows.run(1)": ("until_s 1", "from 2 s on"),
            "flows.run(-1)": ("until_s -1",),
            "flows.add(elsewhere, True)": ("another graph",),
            "flows.add(Route(0, 2, []), True)": ("no path",),
            "flows.add(Route(0, 2, [7]), True)": ("path 7", "0 to 1"),
            "flows.add(Route(0, 99, [0]), True)": ("server 99",),
            "flows.add([0], True)": ("Graph.route()",),
            "flows.add(route, True, octets=-1)": ("octets -1", "from 0"),
            "flows.add(route, True, octets=1.5)": ("octets 1.5", "whole"),
            "flows.add(route, True, -1)": ("jitter_s -1", "0 to"),
            "tcp.subflows()": ("stock TCP",),
        },
    )


def test_graphs(refusals) -> None:
    setting = """
configure(ns, 1)
graph = Graph(ns)
graph.link("a", "b", 1e6, 0.01)
early = [
    refused(lambda: graph.counts("a", "b")),
    refused(lambda: graph.loss("a", "b", 1)),
    refused(lambda: graph.queue_disc("a", "b", "ns3::Node")),
    refused(lambda: graph.queue_disc("a", "b", "ns3::RedQueueDisc[MinTh=x]")),
    refused(lambda: graph.queue_disc("a", "b", "ns3::RedQueueDisc[MinTth=5]")),
    refused(lambda: graph.queue_disc("a", "b", "ns3::RedQueueDisc[MinTh=5")),
]
graph.build()
"""
    words = [("after build()",), ("loss 1", "less than 1"), ("ns3::Node",), ("MinTh='x'",)]
    words += [("MinTth", "did you mean MinTh"), ("bracket",)]
    for text, expected in zip(refusals(setting, [f"fail({i})" for i in range(0)]), words):
        assert all(word in text for word in expected), text
    check(
        refusals,
        setting + "\ndef fail(text): raise UsageError(text)",
        {f"fail(early[{i}])": expected for i, expected in enumerate(words)},
    )
    check(
        refusals,
        setting,
        {
            "graph.loss('a', 'b', 0.1)": ("link a-b", "before build()"),
            "graph.queue_disc('a', 'b', 'ns3::RedQueueDisc')": ("link a-b", "before build()"),
            "graph.build()": ("called once",),
            "graph.route()": ("needs a path",),
            "graph.route([])": ("needs a path",),
            "disjoint(ns, [Pipe(1e15, 0.1)])": ("rate 1e+15", "1e+12"),
            "disjoint(ns, [Pipe(1e15, 0.1, 100)])": ("rate 1e+15", "1e+12"),
            "Pipe('fast', 0.1)": ("rate 'fast'", "10Mbps"),
            "Pipe('10', 0.1)": ("rate '10'", "10Mbps"),
            "disjoint(ns, [Pipe('-10Mbps', 0.1)])": ("rate '-10Mbps'", "10Mbps"),
            "disjoint(ns, [Pipe(None, 0.1)])": ("rate None",),
            "disjoint(ns, [Pipe(True, 0.1)])": ("rate True",),
            "disjoint(ns, [1e6])": ("1000000.0", "a Pipe"),
            "disjoint(ns, [Pipe(1e6, 0.1, loss=1)])": ("loss 1", "less than 1"),
            "parking_lot(ns, 10**9, Pipe(1e6, 0.1))": ("hops 1000000000", "100000"),
            "fat_tree(ns, 10**6, 1e6, 0, 5)": ("hosts", "100000"),
            "bcube(ns, 10, 10, 1e6, 0, 5)": ("hosts", "100000"),
            "khalili_a(ns, 1, 1, 'x', 1e6)": ("c1 'x'", "10Mbps"),
        },
    )


def test_settings(refusals) -> None:
    check(
        refusals,
        "",
        {
            "configure(ns, 0)": ("seed 0", "from 1"),
            "configure(ns, -1)": ("seed -1", "from 1"),
            "configure(ns, 1.5)": ("seed 1.5", "whole"),
            "configure(ns, 1, TcpSocket__SegmentSize=0)": ("SegmentSize='0'", "1 to 65495 octets"),
            "configure(ns, 1, TcpSocket__RcvBufSize=0)": ("RcvBufSize='0'", "512 to"),
            "configure(ns, 1, TcpSocket__RcvBufSize=1000)": ("RcvBufSize='1000'", "1448"),
            "configure(ns, 1, TcpSocket__RcvBufSize=2**32-1)": ("'4294967295'", "1073741824"),
            "configure(ns, 1, TcpSocket__SndBufSize=0)": ("SndBufSize='0'", "512 to"),
            "configure(ns, 1, TcpSocket__InitialCwnd=0)": ("InitialCwnd='0'", "1 to"),
            "configure(ns, 1, TcpSocket__ConnCount=0)": ("ConnCount='0'", "1 to"),
            "configure(ns, 1, TcpSocketBase__MinRto='200')": ("'200' has no unit", "10ms"),
            "configure(ns, 1, TcpSocketBase__MinRto=0.2)": ("'0.2' has no unit", "10ms"),
            "configure(ns, 1, TcpSocketBase__MinRto='-1s')": ("'-1s'", "0.001 to"),
            "configure(ns, 1, TcpSocketBase__MinRto='1e300s')": ("'1e300s'", "0.001 to"),
            "configure(ns, 1, MptcpSocketBase__Penalization='maybe')": ("true or false",),
            "configure(ns, 1, MptcpSocketBase__Penalisation=True)": ("did you mean Penalization",),
            "configure(ns, 1, MptcpSocketBas__Penalization=True)": ("ns3::MptcpSocketBase",),
            "ns.Config.SetDefault('ns3::TcpSocket::SegmentSize', ns.UintegerValue(0))": ("1 to",),
            "ns.MptcpStackHelper().SetProfile('Linx')": ("did you mean Linux",),
            "ns.MptcpStackHelper().Set('Versio', 1)": ("did you mean Version",),
            "ns.MptcpStackHelper().SetDefault('ns3::MptcpSocketBase::Scheduler', 'x')": ("'x'",),
        },
    )


def test_what_is_right_is_taken(python) -> None:
    """Booleans in every way of writing, rates and times as text, numbers of other libraries."""
    done = python(
        PREFACE
        + """
import numpy
for text, meant in ((True, True), ("true", True), ("True", True), (1, True), ("1", True),
                    ("on", True), (False, False), ("False", False), ("FALSE", False), (0, False)):
    configure(ns, 1, MptcpSocketBase__Penalization=text)
    node = ns.Node()
    value = ns.TypeId.AttributeInformation()
    assert ns.TypeId.LookupByName("ns3::MptcpSocketBase").LookupAttributeByName(
        "Penalization", value)
    found = str(value.initialValue.SerializeToString(value.checker))
    assert found == str(meant).lower(), (text, found)
configure(ns, 1, TcpSocketBase__MinRto="0.3s", TcpSocket__DelAckTimeout="0")
text, number = Pipe("10Mbps", "50ms"), Pipe(10e6, 0.05)
assert text == number and text.packets == number.packets
rates = []
for pipe in (text, number, Pipe(numpy.float64(10e6), numpy.float32(0.05))):
    configure(ns, 1)
    graph, route = disjoint(ns, [pipe])
    flows = Flows(ns, graph)
    flow = flows.add(route, True, "100ms", octets=numpy.int64(0))
    rates += flows.measure("2s")
    assert flows.measure(2.5)[0] > 0
assert rates[0] == rates[1] > 5, rates
graph = Graph(ns)
graph.link("a", "b", "1.5Gb/s", "1ms")
graph.red_link("b", "c", "10Mbps", "5ms")
"""
    )
    assert done.returncode == 0, done.stderr


def test_from_the_command_line(mptcp, tmp_path) -> None:
    """The same values are refused there, with exit status 2."""
    for arguments, words in (
        (["--rate1", "-10Mbps"], ("--rate1 '-10Mbps'", "such as 10Mbps")),
        (["--delay1", "-1ms"], ("--delay1 '-1ms'", "such as 10ms")),
        (["--loss1", "-.5"], ("--loss1 '-.5'", "0 to 0.9")),
        (["--loss1", "-inf"], ("--loss1 '-inf'", "0 to 0.9")),
        (["--rate1", "1000000Gbps"], ("--rate1", "1 to 1e+12 b/s")),
        (["--queue", "99999999999p"], ("--queue", "1000000000")),
        (["--rcvbuf", "0"], ("--rcvbuf '0'", "512")),
        (["--rcvbuf", "1000"], ("--rcvbuf 1000", "--mss 1448")),
        (["--rate1"], ("--rate1",)),
        (["--ns3::TcpSocket::SegmentSize=0"], ("SegmentSize='0'", "1 to 65495")),
        (["--ns3::TcpSocketBase::MinRto=200"], ("'200' has no unit", "10ms")),
        (["--ns3::MptcpSocketBase::Penalization=maybe"], ("true or false",)),
        (["--ns3::TcpSocket::RcvBufSize=-1"], ("RcvBufSize='-1'",)),
    ):
        done = mptcp("run", "two-path", *arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert all(word in done.stderr for word in words), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_a_scenario_of_the_user(mptcp, tmp_path) -> None:
    """It is told as one of the command line; a fault of the program itself keeps its traceback."""
    (tmp_path / "mine.py").write_text(
        """
from ns3_mptcp.scenario import Scenario
class Mine(Scenario):
    name, title = "mine", "mine"
    def run(self, context):
        from ns3_mptcp.flows import configure
        configure(context.ns, seed=0)
SCENARIO = Mine()
"""
    )
    done = mptcp("run", "mine.py", "--quiet", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "mptcp: seed 0, allowed: whole numbers from 1 to 4294967295\n"
    (tmp_path / "mine.py").write_text("def broken(:\n")
    done = mptcp("run", "mine.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "mine.py:1: invalid syntax" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_checkers_of_the_library_add_no_second_line(mptcp, tmp_path) -> None:
    for text, named in (
        ("ns3::MptcpSchedulerWeighted::Weights=-1", "greater than 0"),
        ("ns3::MptcpSocketBase::SubflowCongestionControl=ns3::TcpCubix", "ns3::TcpCubix"),
        ("ns3::MptcpEpsilon::Epsilon=3", "0:2"),
        ("ns3::MptcpSocketBase::Scheduler=ns3::TcpCubic", "ns3::MptcpSchedulerMinRtt"),
    ):
        done = mptcp("run", "two-path", f"--{text}", cwd=tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1 and named in done.stderr, done.stderr
