# SPDX-License-Identifier: GPL-2.0-only
"""What the user says holds, whoever else sets it, and the summary tells what held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FAST = ["--json", "--no-figures", "--quiet", "--bytes", "300kB"]

#: A scenario that sets seeds and defaults itself, in all the ways there are.
MINE = """
from ns3_mptcp.scenario import Scenario

class Mine(Scenario):
    name, title = "mine", "a scenario of the user's own"

    def run(self, context):
        from ns3_mptcp.flows import Flows, configure
        from ns3_mptcp.topologies import Pipe, disjoint
        ns = context.ns
        found = []
        for seed in (1, 2):
            configure(ns, seed, MptcpSocketBase__CongestionControl="ns3::MptcpBalia")
            ns.Config.SetDefault("ns3::TcpSocket::SegmentSize", ns.UintegerValue(1000))
            graph, route = disjoint(ns, [Pipe(5e6, 0.02)] * 2)
            helper = ns.MptcpStackHelper()
            helper.SetProfile("LinuxV0")
            helper.SetDefault("ns3::MptcpSocketBase::Scheduler", ns.StringValue(
                "ns3::MptcpSchedulerRoundRobin"))
            helper.Install(graph.helper.GetNode(route.client))
            flows = Flows(ns, graph)
            flow = flows.add(route, mptcp=True)
            rate, = flows.measure(3)
            socket, settings = flow.source.GetSocket(), {}
            for name in ("CongestionControl", "Scheduler", "SegmentSize"):
                value = ns.StringValue()
                socket.GetAttribute(name, value)
                settings[name] = str(value.Get())
            manager = ns.RngSeedManager
            settings["rng"] = [int(manager.GetSeed()), int(manager.GetRun())]
            settings["rate"] = rate
            settings["drawn"] = ns.CreateObject[ns.UniformRandomVariable]().GetValue(0, 1)
            found.append(settings)
        return {"found": found}

SCENARIO = Mine()
"""


def run(mptcp, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run the scenario above and return its summary."""
    (tmp_path / "mine.py").write_text(MINE)
    done = mptcp("run", "mine.py", "--json", "--quiet", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert isinstance(summary, dict)
    return summary


def test_attributes_hold_over_a_scenario(mptcp, tmp_path: Path) -> None:
    """Over configure(), Config.SetDefault, a profile and the settings of a helper."""
    plain = run(mptcp, tmp_path)
    for one in plain["results"]["found"]:
        assert one["CongestionControl"] == "ns3::MptcpLia", "the profile's"
        assert one["Scheduler"] == "ns3::MptcpSchedulerRoundRobin"
        assert one["SegmentSize"] == "1000"
    said = {
        "ns3::MptcpSocketBase::CongestionControl": "ns3::TcpVegas",
        "ns3::MptcpSocketBase::Scheduler": "ns3::MptcpSchedulerRedundant",
        "ns3::TcpSocket::SegmentSize": "700",
    }
    other = run(mptcp, tmp_path, *(f"--{name}={value}" for name, value in said.items()))
    assert other["attributes"] == said
    for one in other["results"]["found"]:
        for name, value in said.items():
            assert one[name.rpartition("::")[2]] == value


def test_random_numbers_hold_over_a_scenario(mptcp, tmp_path: Path) -> None:
    summaries = {
        (seed, number): run(mptcp, tmp_path, "--RngSeed", seed, "--RngRun", number)
        for seed, number in (("1", "1"), ("7", "1"), ("1", "3"))
    }
    runs = {}
    for (seed, number), summary in summaries.items():
        first = (int(number) - 1) * 2**32
        used = [[int(seed), first + 1], [int(seed), first + 2]]
        assert summary["rng"] == {"seed": int(seed), "run": int(number), "used": used}
        assert [one["rng"] for one in summary["results"]["found"]] == used
        runs[seed, number] = [one["drawn"] for one in summary["results"]["found"]]
    # Six independent runs: no two of them draw the same. Rates count some hundred segments: they
    # may tie.
    assert len({one for drawn in runs.values() for one in drawn}) == 6, runs
    again = run(mptcp, tmp_path, "--RngSeed", "7")
    assert again["results"] == summaries["7", "1"]["results"]


@pytest.mark.parametrize(
    ("arguments", "controller", "scheduler"),
    [
        ([], "ns3::TcpCubic", "ns3::MptcpSchedulerLinux"),
        (["--cc", "balia"], "ns3::MptcpBalia", "ns3::MptcpSchedulerLinux"),
        (["--scheduler", "minrtt"], "ns3::TcpCubic", "ns3::MptcpSchedulerMinRtt"),
        (
            ["--ns3::MptcpSocketBase::CongestionControl=ns3::TcpVegas"],
            "ns3::TcpVegas",
            "ns3::MptcpSchedulerLinux",
        ),
    ],
)
def test_what_is_said_weighs_more_than_a_profile(
    mptcp, tmp_path: Path, arguments: list[str], controller: str, scheduler: str
) -> None:
    done = mptcp(
        *("run", "two-path", *FAST, "--profile", "Linux", *arguments), "--out", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    settings = summary["results"]["mptcp"]["settings"]
    assert settings["CongestionControl"] == controller
    assert settings["Scheduler"] == scheduler
    assert settings["PathManager"] == "ns3::MptcpPathManagerKernel", "the rest is the profile's"
    # The summary names no parameter as the cause of what it has not caused.
    said = {a[2:] for a in arguments if not a.startswith("--ns3")}
    for name in ("cc", "scheduler"):
        assert (summary["parameters"][name] is not None) == (name in said)


def test_two_values_for_one_attribute_are_refused(mptcp, tmp_path: Path) -> None:
    for option, value, attribute in (
        ("--cc", "balia", "ns3::MptcpSocketBase::CongestionControl=ns3::TcpVegas"),
        ("--cc", "balia", "ns3::MptcpSocketBase::SubflowCongestionControl=ns3::TcpVegas"),
        ("--scheduler", "ecf", "ns3::MptcpSocketBase::Scheduler=ns3::MptcpSchedulerLinux"),
        ("--rcvbuf", "64KiB", "ns3::TcpSocket::RcvBufSize=100000"),
    ):
        done = mptcp("run", "two-path", option, value, f"--{attribute}", cwd=tmp_path)
        assert done.returncode == 2
        assert (
            done.stderr
            == f"mptcp: {option} {value} and --{attribute} set the same: give one of them\n"
        )


def test_a_helper_topology_after_configure_has_two_subflows(python) -> None:
    """configure() is for graphs; what it needs there is not left behind for other networks."""
    done = python(
        """
from ns3_mptcp import load
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies import Pipe, disjoint
ns = load()

def transfer(topology):
    local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), 5001).ConvertTo()
    ns.PacketSinkHelper("ns3::MptcpSocketFactory", local).Install(topology.GetServer())
    remote = topology.GetSocketAddress(topology.SERVER, 0, 5001)
    source = ns.BulkSendHelper("ns3::MptcpSocketFactory", remote).Install(topology.GetClient())
    ns.Simulator.Stop(ns.Seconds(2))
    ns.Simulator.Run()
    socket = source.Get(0).GetObject[ns.BulkSendApplication]().GetSocket()
    return len(socket.GetFullInfo().subflows)

configure(ns, 1)
topology = ns.MptcpTopologyHelper(2)
topology.Build()
ns.MptcpStackHelper().Install(topology.GetNodes())
assert transfer(topology) == 2

# Over a graph there are as many subflows as paths, whether the path manager announces or not.
for asked in ({}, {"MptcpPathManagerFullMesh__Announce": True}):
    configure(ns, 1, **asked)
    graph, route = disjoint(ns, [Pipe(5e6, 0.02)] * 2)
    flows = Flows(ns, graph)
    flow = flows.add(route, mptcp=True, jitter_s=0)
    flows.run(2)
    subflows = len(flow.subflows())
    assert subflows == 2 or asked, subflows
"""
    )
    assert done.returncode == 0, done.stderr


def test_figures_of_a_scenario_of_the_user(mptcp, tmp_path: Path) -> None:
    """``mptcp plot`` finds its file from the folder of the run, wherever it is called."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    text = """
from ns3_mptcp.scenario import Scenario
class Mine(Scenario):
    name, title = "mine", "mine"
    def run(self, context):
        return {"value": 7}
    def plot(self, out, summary):
        (out / "figure.txt").write_text(str(summary["results"]["value"]))
        return [out / "figure.txt"]
SCENARIO = Mine()
"""
    (home / "mine.py").write_text(text)
    done = mptcp("run", "mine.py", "--out", "out", "--no-figures", "--quiet", cwd=home)
    assert done.returncode == 0, done.stderr
    done = mptcp("plot", str(home / "out"), cwd=elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert (home / "out/figure.txt").read_text() == "7"
    # The file has moved.
    (home / "mine.py").rename(elsewhere / "moved.py")
    done = mptcp("plot", str(home / "out"), cwd=elsewhere)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "--scenario" in done.stderr
    done = mptcp("plot", str(home / "out"), "--scenario", "moved.py", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    # Another one has taken its place.
    (elsewhere / "moved.py").write_text(text.replace('name, title = "mine"', 'name, title = "x"'))
    done = mptcp("plot", str(home / "out"), "--scenario", "moved.py", cwd=elsewhere)
    assert done.returncode == 2
    assert "'x', allowed: 'mine'" in done.stderr
