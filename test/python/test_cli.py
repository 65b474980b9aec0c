# SPDX-License-Identifier: GPL-2.0-only
"""The command line: what is wrong ends in one line that names what is allowed, and status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

HEAVY = "{'cppyy', 'matplotlib', 'pandas', 'numpy', 'rich'}"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["frobnicate"], "run"),
        (["run"], "two-path"),
        (["run", "two-pth"], "did you mean two-path?"),
        (["run", "nowhere.py"], "no such scenario file"),
        (["run", "two-path", "--rate3", "1Mbps"], "--rate1"),
        (["run", "two-path", "--rate1"], "--rate1"),
        (["run", "two-path", "spurious"], "--name VALUE"),
        (["run", "two-path", "--rate1", "fast"], "such as 10Mbps"),
        (["run", "two-path", "--rate1", "0Mbps"], "such as 10Mbps"),
        (["run", "two-path", "--delay1", "10"], "such as 10ms"),
        (["run", "two-path", "--loss1", "1.5"], "0 to 0.9"),
        (["run", "two-path", "--loss1", "nan"], "0 to 0.9"),
        (["run", "two-path", "--bytes", "-1"], "octets"),
        (["run", "two-path", "--queue", "none"], "50p"),
        (["run", "two-path", "--cc", "liar"], "did you mean lia or"),
        (["run", "two-path", "--pcap", "maybe"], "on or off"),
        (["run", "two-path", "--RngRun", "0"], "1 or more"),
        (["run", "two-path", "--RngRun=x"], "an integer"),
        (["run", "two-path", "--out", "/dev/null/x"], "cannot write"),
        (["run", "two-path", "--ns3::TcpSocket"], "--ns3::Class::Attribute=value"),
        (["run", "two-path", "--ns3::TcpSoket::SegmentSize=1"], "ns3::TcpSocket"),
        (["run", "two-path", "--ns3::Qwertyuiop::X=1"], "allowed: ns3::MptcpBalia"),
        (["run", "two-path", "--ns3::TcpSocket::SegmentSiz=1"], "did you mean SegmentSize?"),
        (["run", "two-path", "--ns3::TcpSocketBase::SegmentSize=1"], "--ns3::TcpSocket::Segment"),
        (["run", "two-path", "--ns3::TcpSocket::SegmentSize=abc"], "1 to 65495 octets"),
        (["run", "two-path", "--ns3::TcpSocket::ConnTimeout=abc"], "such as 10ms"),
        (["run", "two-path", "--ns3::PointToPointNetDevice::DataRate=abc"], "such as 10Mbps"),
        (["run", "two-path", "--ns3::TcpL4Protocol::SocketType=ns3::TcpCubix"], "ns3::TcpCubic"),
        (["run", "two-path", "--ns3::TcpL4Protocol::SocketType=ns3::Node"], "ns3::TcpNewReno"),
        (
            ["run", "two-path", "--ns3::MptcpSocketBase::Scheduler=ns3::MptcpSchedulerFoo"],
            "ns3::MptcpSchedulerMinRtt",
        ),
        (
            ["run", "two-path", "--ns3::MptcpSocketBase::Scheduler=ns3::TcpCubic"],
            "ns3::MptcpSchedulerMinRtt",
        ),
        (["run", "two-path", "--ns3::MptcpSocketBase::Schedule=x"], "did you mean Scheduler?"),
        (["plot", "/nonexistent"], "summary.json"),
        (["bench", "--large", "1"], "give more than --small 8MiB"),
        (["bench", "--repeat", "0"], "1 or more"),
    ],
)
def test_wrong_usage_is_one_line(mptcp, tmp_path: Path, arguments: list[str], named: str) -> None:
    done = mptcp(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("mptcp: ")
    assert named in lines[0]
    assert list(tmp_path.iterdir()) == [], "wrong usage leaves nothing behind"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["run", "two-path", "--help"], ["list"], ["plot", "--help"]],
)
def test_help_imports_nothing_heavy(python, arguments: list[str]) -> None:
    done = python(
        f"""
import sys
from ns3_mptcp import cli
try:
    cli.main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
assert not {HEAVY} & set(sys.modules), {HEAVY} & set(sys.modules)
"""
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_help_names_every_parameter_with_its_default(mptcp) -> None:
    text = mptcp("run", "two-path", "--help").stdout
    for option, default in (("--rate1", "10Mbps"), ("--delay2", "25ms"), ("--bytes", "16MiB")):
        assert option in text
        assert f"(default {default})" in text
    assert "--ns3::Class::Attribute" in text


def test_good_attributes_pass(python) -> None:
    done = python(
        """
from ns3_mptcp import attributes, load
ns = load()
texts = [
    "--ns3::TcpSocket::SegmentSize=1000",
    "--ns3::TcpSocket::ConnTimeout=2s",
    "--ns3::TcpL4Protocol::SocketType=ns3::TcpCubic",
    "--ns3::MptcpSocketBase::Scheduler=ns3::MptcpSchedulerRoundRobin",
]
overrides = [attributes.parse(t) for t in texts]
attributes.check(ns, overrides)
attributes.apply(ns, overrides)
"""
    )
    assert done.returncode == 0, done.stderr
