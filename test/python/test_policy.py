# SPDX-License-Identifier: GPL-2.0-only
"""Schedulers, path managers and congestion controllers that are Python functions."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

PROGRAM = """
import gc, json, warnings
from ns3_mptcp import load, policy
from ns3_mptcp.policy import Ahead, Create, PathActions, Repeat
from ns3_mptcp.scenario import reset
ns = load()
warnings.simplefilter("always")

def transfer(octets=400000, seconds=8, loss=0, cut=None, defaults=None, after=0, **functions):
    '''Return what arrived every 50 ms, subflows and their octets at the end, and the error.'''
    reset(ns)
    for name, value in (defaults or {}).items():
        ns.Config.SetDefault(name, ns.StringValue(value))
    ns.Config.SetDefault("ns3::TcpSocket::SndBufSize", ns.UintegerValue(100000))
    policies = policy.use(ns, **functions)
    gc.collect()
    topology = ns.MptcpTopologyHelper(2)
    for path in range(2):
        topology.SetLossRate(path, loss, loss)
        topology.SetDelay(path, ns.MilliSeconds(10 + 30 * path))
        topology.SetDataRate(path, ns.DataRate("5Mbps"))
    topology.Build()
    ns.MptcpStackHelper().Install(topology.GetNodes())
    if cut:
        topology.DownInterface(topology.CLIENT, 0, ns.Seconds(cut))
    remote = topology.GetSocketAddress(topology.SERVER, 0, 80, topology.IPV4)
    local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), 80).ConvertTo()
    sinks = ns.PacketSinkHelper("ns3::MptcpSocketFactory", local).Install(topology.GetServer())
    source = ns.BulkSendHelper("ns3::MptcpSocketFactory", remote)
    source.SetAttribute("MaxBytes", ns.UintegerValue(octets))
    source.Install(topology.GetClient())
    sink = sinks.Get(0).GetObject[ns.PacketSink]()
    seen = []
    while ns.Simulator.Now().GetSeconds() < seconds and not policies.error:
        ns.Simulator.Stop(ns.MilliSeconds(50))
        ns.Simulator.Run()
        seen.append(int(sink.GetTotalRx()))
    stopped = ns.Simulator.Now().GetSeconds()
    if after:
        ns.Simulator.Stop(ns.Seconds(after))
        ns.Simulator.Run()
    stack = topology.GetClient().GetObject[ns.MptcpStack]()
    joins = int(stack.GetCounter("MPJoinSynAckRx"))
    result = {
        "seen": seen,
        "received": int(sink.GetTotalRx()),
        "stopped": stopped,
        "joins": joins,
        "error": str(policies.error) if policies.error else None,
        "cause": type(policies.error.__cause__).__name__ if policies.error else None,
    }
    ns.Simulator.Destroy()
    return result

def fastest(view, reinject):
    return min(view.eligible, key=lambda s: (not s.srtt, s.srtt, s.id), default=None)
"""


@pytest.fixture(scope="module")
def simulate(python):
    """Return a function that runs a program beside the one above."""

    def run(text: str) -> SimpleNamespace:
        done = python(PROGRAM + text)
        assert done.returncode == 0, done.stderr
        return SimpleNamespace(result=json.loads(done.stdout), stderr=done.stderr)

    return run


def test_functions_do_what_the_classes_do(simulate) -> None:
    """The same rule in Python and in C++ gives the same course, loss by loss."""
    ours, theirs, control, stock = simulate(
        """
def control(paths):
    return 1 / sum(path.window for path in paths)
def half(paths):
    return paths[0].window / 2
lossy = dict(loss=0.01, octets=600000)
print(json.dumps([
    transfer(scheduler=fastest, **lossy),
    transfer(defaults={"ns3::MptcpSocketBase::Scheduler": "ns3::MptcpSchedulerMinRtt"}, **lossy),
    transfer(increase=control, decrease=half, **lossy),
    transfer(
        defaults={"ns3::MptcpSocketBase::CongestionControl": "ns3::MptcpSemicoupled"}, **lossy
    ),
]))
"""
    ).result
    for result in (ours, theirs, control, stock):
        assert result["error"] is None
        assert result["received"] == 600000
        assert result["joins"] == 1
    assert ours["seen"] == theirs["seen"]
    assert control["seen"] == stock["seen"]
    assert ours["seen"] != control["seen"], "the controller makes a difference"


def test_scheduler_sees_and_answers(simulate) -> None:
    values, ahead, several, cut = simulate(
        """
views = []
def looks(view, reinject):
    views.append(view)
    return view.eligible[-1:]
def queues(view, reinject):
    return fastest(view, True) if reinject else Ahead([s for s in view.subflows if s.usable][:1])
def both(view, reinject):
    return [s.id for s in view.eligible]
done = transfer(scheduler=looks)
view = views[-1]
print(json.dumps([
    {
        "received": done["received"],
        "ids": [s.id for s in view.subflows],
        "srtt": [s.srtt for s in view.subflows],
        "sent": view.snd_nxt - views[0].snd_nxt,
        "unsent": view.unsent,
    },
    transfer(scheduler=queues),
    transfer(scheduler=both),
    transfer(scheduler=both, cut=0.3),
]))
"""
    ).result
    assert values["received"] == 400000
    assert values["ids"] == [0, 1]
    assert 0.02 < values["srtt"][0] < 0.5
    assert 0.08 < values["srtt"][1] < 0.5
    assert values["sent"] + values["unsent"] == 400000
    for result in (ahead, several, cut):
        assert result["error"] is None
        assert result["received"] == 400000


def test_path_manager(simulate) -> None:
    done = simulate(
        """
events = []
def manages(view, event):
    events.append([event, view.client, len(view.subflows)])
    if event == "ESTABLISHED" and view.client:
        assert [a.address for a in view.locals] == ["10.1.1.1", "10.1.2.1"], view.locals
        return PathActions(call_again=0.5)
    if event == "ESTABLISHED":
        return PathActions(announce=[a.id for a in view.locals if a.id])
    if event == "TIMER":
        assert [a.address for a in view.remotes] == ["10.1.1.2", "10.1.2.2"], view.remotes
        other = view.remotes[1]
        return PathActions(create=[Create(view.locals[1].id, other.id)])
    if event == "SUBFLOW_ESTABLISHED" and view.client:
        joined = view.subflows[-1]
        assert (joined.local_id, joined.initial, joined.local) == (view.locals[1].id, False, True)
        return PathActions(priority=[(0, True)], call_again=60)
def closes(view, event):
    if event == "ESTABLISHED" and not view.client:
        return PathActions(announce=[a.id for a in view.locals if a.id])
    if event == "REMOTE_ADDED":
        return PathActions(create=[Create(view.locals[1].id, view.remotes[1].id, backup=True)])
    if event == "SUBFLOW_ESTABLISHED" and view.client:
        return PathActions(destroy=[0], remove=[view.locals[0].id])
    if event == "SUBFLOW_CLOSED" and view.client:
        left.append([s.id for s in view.subflows if not s.closing])
left = []
def nothing(view, event):
    return None
print(json.dumps([
    transfer(octets=2000000, path_manager=manages),
    events,
    transfer(octets=1000000, path_manager=closes),
    transfer(path_manager=nothing),
    left,
]))
"""
    )
    managed, events, closed, alone, left = done.result
    assert [1] in left, "the first subflow was closed"
    for result, octets, joins in ((managed, 2000000, 1), (closed, 1000000, 1), (alone, 400000, 0)):
        assert result["error"] is None, done.stderr
        assert result["received"] == octets
        assert result["joins"] == joins
    names = [event[0] for event in events if event[1]]
    assert names[:1] == ["ESTABLISHED"]
    assert {"REMOTE_ADDED", "TIMER", "SUBFLOW_ESTABLISHED"} <= set(names)


def test_a_stranger_is_warned_of_and_ignored(simulate) -> None:
    done = simulate(
        """
def strange(view, reinject):
    first = fastest(view, reinject)
    return [200] + ([first] if first else [])
def late(view, reinject):
    seen.extend(s for s in view.subflows if s.id == 0 and not seen)
    return list(view.eligible[-1:]) + seen
seen = []
print(json.dumps([transfer(scheduler=strange), transfer(scheduler=late, cut=0.3)]))
"""
    )
    assert [result["received"] for result in done.result] == [400000] * 2
    assert [result["error"] for result in done.result] == [None] * 2
    assert "scheduler strange names subflow 200, which is not there: ignored" in done.stderr
    assert "scheduler late names subflow 0, which" in done.stderr
    assert done.stderr.count("names subflow 200") == 1, "once"


def test_what_a_path_manager_names_must_be_there(simulate) -> None:
    done = simulate(
        """
def strange(view, event):
    return PathActions(
        remove=[55], announce=[44], priority=[(66, True)], destroy=[77], create=[Create(33, 22)]
    )
print(json.dumps([transfer(path_manager=strange)]))
"""
    )
    assert done.result[0]["received"] == 400000
    assert done.result[0]["error"] is None
    for text in (
        "withdraws local address 55",
        "announces local address 44",
        "changes subflow 66",
        "closes subflow 77",
        "connects from local address 33",
        "connects to remote address 22",
    ):
        assert done.stderr.count(f"path manager strange {text}, which is not there: ignored") == 1


def test_absurd_figures_do_no_harm(simulate) -> None:
    done = simulate(
        """
print(json.dumps([
    transfer(loss=0.01, increase=lambda paths: 1e300),
    transfer(loss=0.01, increase=lambda paths: -1e300),
    transfer(loss=0.01, increase=lambda paths: 0, decrease=lambda paths: 0),
    transfer(loss=0.01, increase=lambda p: 1 / p[0].window, decrease=lambda paths: -1e300),
    transfer(loss=0.01, increase=lambda p: 1 / p[0].window, decrease=lambda paths: 1e300),
    transfer(loss=0.01, scheduler=lambda view, reinject: [10**30, -5] + list(view.eligible[:1])),
]))
"""
    )
    for result in done.result:
        assert result["error"] is None
        assert result["received"] == 400000


def test_repeat_is_the_redundant_scheduler(simulate) -> None:
    ours, theirs = simulate(
        """
def repeats(view, reinject):
    return fastest(view, True) if reinject else Repeat(view.eligible)
redundant = {"ns3::MptcpSocketBase::Scheduler": "ns3::MptcpSchedulerRedundant"}
print(json.dumps([
    transfer(scheduler=repeats, loss=0.01),
    transfer(defaults=redundant, loss=0.01),
]))
"""
    ).result
    assert ours["error"] is None
    assert ours["received"] == 400000
    assert ours["seen"] == theirs["seen"]


def test_benches(simulate) -> None:
    """Drive ours and Python functions without a network."""
    windows, octets, milliseconds = simulate(
        """
def control(types, send):
    bench = ns.MptcpCongestionBench()
    start = ns.MptcpBenchSubflow()
    for window, ms in ((10000, 50), (20000, 100)):
        start.cwnd, start.rtt = window, ns.MilliSeconds(ms)
        bench.Add(types, start)
    send(bench)
    return [bench.GetWindow(i) for i in range(2)]
def events(bench):
    bench.Acknowledge(0)
    bench.Lose(1)
    bench.Recover(1)
    bench.TimeOut(0)
    bench.Advance(ns.Seconds(1))
reset(ns)
policy.use(
    ns,
    scheduler=fastest,
    increase=lambda paths: 1 / sum(path.window for path in paths),
    decrease=lambda paths: paths[0].window / 2,
)
windows = [
    control(name, send)
    for name in ("ns3::MptcpLia", "ns3::MptcpSemicoupled", "ns3::MptcpCongestionFunction")
    for send in (lambda bench: bench.Acknowledge(0), events)
]
octets, times = [], []
for name in ("ns3::MptcpSchedulerMinRtt", "ns3::MptcpSchedulerFunction"):
    bench = ns.MptcpSchedulerBench(name)
    for ms in (20, 100):
        path = ns.MptcpBenchPath()
        path.rtt = ns.MilliSeconds(ms)
        bench.Add(path)
    start = ns.Simulator.Now()
    bench.Write(30000)
    bench.TimeOut(1)
    bench.Recover(1)
    bench.Acknowledge(0)
    bench.Advance(ns.Seconds(1))
    octets.append([int(bench.GetOctets(i)) for i in range(2)])
    times.append(int((bench.GetDone() - start).GetMilliSeconds()))
ns.Simulator.Destroy()
print(json.dumps([windows, octets, times]))
"""
    ).result
    # The unit vector is 25 octets of a segment of 1000; what does not make up an octet is kept.
    assert 10.024 <= windows[0][0] <= 10.025
    assert windows[2][0] == 10.033
    assert windows[0][1] == windows[2][1] == 20
    assert windows[4:] == windows[2:4], "SEMICOUPLED in Python"
    assert windows[1][1] < 20, "a loss"
    assert octets[0] == octets[1]
    assert sum(octets[0]) >= 30000
    assert milliseconds[0] == milliseconds[1] > 0


def test_a_refused_default_is_an_exception(simulate) -> None:
    done = simulate(
        """
socket = "ns3::MptcpSocketBase::"
lines = []
for name, value in (
    ("ns3::MptcpSchedulerWeighted::Weights", ns.StringValue("-1")),
    (socket + "Scheduler", ns.StringValue("ns3::MptcpSchedulerBlst")),
    (socket + "Scheduler", ns.StringValue("ns3::TcpCubic")),
    (socket + "CongestionControl", ns.StringValue("ns3::Node")),
    (socket + "SubflowCongestionControl", ns.StringValue("ns3::TcpCubic,ns3::TcpCubix")),
    ("ns3::MptcpEpsilon::Epsilon", ns.DoubleValue(float("nan"))),
    ("ns3::MptcpEpsilon::Epsilon", ns.StringValue("-3")),
    ("ns3::MptcpEpsilon::Epsilon", ns.StringValue("abc")),
    (socket + "Schedule", ns.StringValue("x")),
    ("ns3::Nothing::At", ns.StringValue("x")),
):
    try:
        ns.Config.SetDefault(name, value)
        lines.append("taken")
    except ValueError as error:
        lines.append(str(error))
print(json.dumps([lines, transfer()]))
"""
    )
    lines, after = done.result
    socket = "ns3::MptcpSocketBase::"
    expected = (
        ("ns3::MptcpSchedulerWeighted::Weights", "'-1'", "greater than 0"),
        (socket + "Scheduler", "'ns3::MptcpSchedulerBlst'", "ns3::MptcpSchedulerBlest"),
        (socket + "Scheduler", "'ns3::TcpCubic'", "ns3::MptcpSchedulerMinRtt"),
        (socket + "CongestionControl", "'ns3::Node'", "ns3::TcpNewReno"),
        (socket + "SubflowCongestionControl", "ns3::TcpCubix'", "ns3::TcpCongestionOps"),
        ("ns3::MptcpEpsilon::Epsilon", "'nan'", "0:2"),
        ("ns3::MptcpEpsilon::Epsilon", "'-3'", "0:2"),
        ("ns3::MptcpEpsilon::Epsilon", "'abc'", "0:2"),
    )
    for line, (name, value, allowed) in zip(lines, expected):
        assert line.startswith(f"{name}="), lines
        assert value in line
        assert allowed in line
        assert "\n" not in line
    assert "did you mean Scheduler?" in lines[8]
    assert "unknown class 'ns3::Nothing'" in lines[9]
    # The C++ program gets the line on the standard error output.
    assert 'ns3::MptcpSchedulerWeighted::Weights: "-1" is not allowed: give numbers' in done.stderr
    assert 'ns3::MptcpSocketBase::Scheduler: "ns3::TcpCubic" is not allowed' in done.stderr
    assert 'ns3::MptcpEpsilon::Epsilon: "nan" is not allowed: give double 0:2' in done.stderr
    assert after["received"] == 400000


#: Functions that fail, what they are, and what is said of it.
FAILURES = [
    ("scheduler=lambda view, reinject: fails(view)", "scheduler", "KeyError: 'no path'"),
    ("scheduler=lambda view, reinject: 'a'", "scheduler", "TypeError: a scheduler answers"),
    ("scheduler=lambda view: None", "scheduler", "TypeError: "),
    ("path_manager=lambda view, event: fails(view)", "path manager", "KeyError: 'no path'"),
    ("path_manager=lambda view, event: 3", "path manager", "TypeError: a path manager answers"),
    (
        "path_manager=lambda view, event: PathActions(announce=[300])",
        "path manager",
        "Error: ",
    ),
    ("scheduler=lambda view, reinject: 0.5", "scheduler", "identifiers, not 0.5"),
    ("scheduler=lambda view, reinject: Repeat(True)", "scheduler", "identifiers, not True"),
    (
        "path_manager=lambda view, event: PathActions(announce=[-1])",
        "path manager",
        "ValueError: identifiers of a local address are from 0 to 255, not -1",
    ),
    (
        "path_manager=lambda view, event: PathActions(destroy=['0'])",
        "path manager",
        "TypeError: a path manager names a subflow by its identifier, not '0'",
    ),
    (
        "path_manager=lambda view, event: PathActions(create=[(0, 1)])",
        "path manager",
        "TypeError: create takes Create, not (0, 1)",
    ),
    (
        "path_manager=lambda view, event: PathActions(priority=[3])",
        "path manager",
        "TypeError: priority takes pairs of subflow and backup, not 3",
    ),
    *(
        (
            f"path_manager=lambda view, event: PathActions(call_again={again})",
            "path manager",
            f"{error}: call_again takes seconds",
        )
        for again, error in (
            ("float('nan')", "ValueError"),
            ("float('inf')", "ValueError"),
            ("1e300", "ValueError"),
            ("-1", "ValueError"),
            ("'1'", "TypeError"),
        )
    ),
    ("increase=lambda paths: 10**400", "congestion controller", "OverflowError: "),
    ("increase=lambda paths: None", "congestion controller", "TypeError: "),
    ("increase=lambda paths: fails(paths)", "congestion controller", "KeyError: 'no path'"),
    ("increase=lambda paths: float('nan')", "congestion controller", "ValueError: "),
    (
        "increase=lambda paths: 0.0, decrease=lambda paths: fails(paths)",
        "congestion controller",
        "KeyError: 'no path'",
    ),
]


@pytest.fixture(scope="module")
def failures(simulate):
    """Run them all in one process, each with a transfer after it."""
    calls = "".join(f"lambda: attempt({functions}),\n" for functions, _, _ in FAILURES)
    return simulate(
        f"""
def fails(view):
    global count
    count += 1
    raise KeyError("no path")
def attempt(**functions):
    global count
    count = 0
    broken = transfer(octets=3000000, loss=0.01, **functions)
    try:
        policy.check()
        raised = None
    except policy.PolicyError as error:
        raised = str(error)
    return [broken, raised, count, transfer(scheduler=fastest)]
print(json.dumps([each() for each in [
{calls}]]))
"""
    )


@pytest.mark.parametrize("number", range(len(FAILURES)))
def test_an_exception_is_reported(failures, number: int) -> None:
    _, kind, text = FAILURES[number]
    broken, raised, count, after = failures.result[number]
    assert broken["error"].startswith(f"{kind} <lambda>")
    assert text in broken["error"]
    assert raised == broken["error"]
    assert count <= 1, "it is not asked again"
    assert broken["stopped"] < 8, "the simulation stops"
    assert f"mptcp: {broken['error']}" in failures.stderr
    assert failures.stderr.count("Traceback (most recent call last)") == len(FAILURES)
    assert after["received"] == 400000, "the next simulation is as any"
    assert after["error"] is None


def test_nothing_is_lost(simulate) -> None:
    """What is under way arrives, the rest stays in the connection; nobody is asked again."""
    result, asked, under_way, kept, written = simulate(
        """
count = 0
first = None
def fails(view, reinject):
    global count, first, last
    count += 1
    first = first or view
    last = view
    if count == 100:
        raise OSError("out of luck")
    return view.eligible[:1]
result = transfer(scheduler=fails, after=5, octets=90000)
print(json.dumps([
    result, count, last.snd_nxt - first.snd_nxt, last.unsent, 90000
]))
"""
    ).result
    assert result["cause"] == "OSError"
    assert asked == 100
    assert result["received"] == under_way > 0, "all that was under way"
    assert kept == written - under_way, "the rest"


def test_a_scenario_ends_with_the_error(mptcp, tmp_path) -> None:
    scenario = tmp_path / "broken.py"
    scenario.write_text(
        """
from ns3_mptcp.scenarios import two_path

def unlucky(view, reinject):
    raise LookupError("no luck")

class Broken(two_path.TwoPath):
    def run(self, context):
        ns, values = context.ns, context.values
        with context.simulation("broken", policies={"scheduler": unlucky}):
            topology = two_path._topology(ns, values)
            ns.MptcpStackHelper().Install(topology.GetNodes())
            source, sink = two_path._applications(ns, values, topology, None)
            context.simulate(10, lambda: sink.GetTotalRx() / values.bytes)
        return {}

SCENARIO = Broken()
"""
    )
    done = mptcp("run", str(scenario), "--out", str(tmp_path / "out"), "--bytes", "100000")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert done.stderr.count("Traceback (most recent call last)") == 1
    assert 'raise LookupError("no luck")' in done.stderr
    assert lines[-1].startswith("mptcp: scheduler unlucky at ")
