# SPDX-License-Identifier: GPL-2.0-only
"""The scenario two-path: results, files, determinism, and what tshark says of its captures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ns3_mptcp.analysis import metrics, schema, trace, tshark

OCTETS = 2 * 2**20
RUNS = ("mptcp", "tcp-path1", "tcp-path2")
FAST = ["--json", "--no-figures", "--quiet", "--bytes", "300kB"]


def digests(directory: Path) -> dict[str, str]:
    """Return a digest of each file below a directory."""
    return {
        str(p.relative_to(directory)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(directory.rglob("*"))
        if p.is_file()
    }


def test_summary(two_path) -> None:
    summary = two_path.summary
    assert summary["schema"] == "mptcp-summary 1"
    assert summary == json.loads((two_path.out / "summary.json").read_text())
    assert summary["rng"] == {"seed": 1, "run": 1}
    for run in RUNS:
        result = summary["results"][run]
        assert result["bytes"] == OCTETS
        assert result["in_order"] is True
    mptcp, aggregation = summary["results"]["mptcp"], summary["results"]["aggregation"]
    assert len(mptcp["subflows"]) == 2
    assert sum(s["share"] for s in mptcp["subflows"]) == pytest.approx(1, abs=1e-5)
    best = max(summary["results"][run]["goodput_bps"] for run in RUNS[1:])
    assert aggregation["over_best_path"] == pytest.approx(mptcp["goodput_bps"] / best)
    assert aggregation["over_best_path"] > 1.5
    assert aggregation["over_sum"] <= 1.02


def test_linux_profile_has_two_subflows(mptcp, tmp_path: Path) -> None:
    """Its server announces the second address: by itself a Linux host opens nothing."""
    arguments = ["run", "two-path", *FAST, "--bytes", "4MB", "--profile", "Linux"]
    done = mptcp(*arguments, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)["results"]["mptcp"]
    assert [s["local"] for s in result["subflows"]] == ["10.1.1.1", "10.1.2.1"]
    assert all(s["share"] > 0 for s in result["subflows"])


def test_progress_is_talk_not_data(two_path) -> None:
    lines = two_path.stderr.splitlines()
    assert all(line.startswith("mptcp: ") for line in lines), two_path.stderr
    assert any("mptcp" in line and "done in" in line for line in lines)


def test_files(two_path) -> None:
    names = set(digests(two_path.out))
    for run in RUNS:
        assert {f"{run}/{table}.csv" for table in schema.TABLES} <= names
    pcaps = {name for name in names if name.endswith(".pcap")}
    assert len(pcaps) == 8
    figures = {"goodput", "cwnd", "dsn"}
    assert {f"figures/{f}.{kind}" for f in figures for kind in ("pdf", "png")} <= names


def test_tables(two_path) -> None:
    tables = trace.read(two_path.out / "mptcp")
    sender = tables.sender()
    assert set(tables.subflows["event"]) <= {*schema.SUBFLOW_EVENTS, *schema.CONNECTION_EVENTS}
    counters = tables.counters.groupby(["node", "counter"])["value"].last()
    assert counters[0, "MPCapableSYNTX"] == 1
    assert counters[1, "MPCapableSYNRX"] == 1
    assert set(tables.data["event"]) <= set(schema.DATA_EVENTS)
    for subflow in tables.subflow_ids(sender):
        for event in ("created", "established", "cwnd", "srtt", "inflight"):
            assert len(tables.samples(sender, subflow, event)), (subflow, event)
    sent = tables.data[(tables.data["conn"] == sender) & (tables.data["event"] == "dsn_sent")]
    assert metrics.coverage(sent) == OCTETS
    assert sent["dsn"].min() == 0
    acks = tables.data[(tables.data["conn"] == sender) & (tables.data["event"] == "data_ack")]
    assert acks["dsn"].is_monotonic_increasing
    # The DATA_FIN takes one octet of the sequence space (RFC 8684 section 3.3.3).
    assert OCTETS <= acks["dsn"].max() <= OCTETS + 1


@pytest.mark.skipif(not tshark.available(), reason="tshark is not installed")
@pytest.mark.parametrize("node", [0, 1], ids=["client", "server"])
def test_tshark_agrees(two_path, node: int) -> None:
    captures = sorted((two_path.out / "mptcp").glob(f"mptcp-{node}-*.pcap"))
    assert len(captures) == 2
    seen = tshark.oracle(captures)
    assert seen.errors == []
    assert seen.missing_mappings == []
    assert len(seen.streams) == 1
    assert len(next(iter(seen.streams.values()))) == 2
    assert len(seen.join_tokens) == 1
    assert seen.join_tokens <= seen.expected_tokens
    assert OCTETS in seen.coverage.values()


@pytest.mark.skipif(not tshark.available(), reason="tshark is not installed")
def test_capture_and_trace_tell_the_same(two_path) -> None:
    captures = sorted((two_path.out / "mptcp").glob("mptcp-0-*.pcap"))
    captured = tshark.tables(captures)
    traced = trace.read(two_path.out / "mptcp")
    sent = traced.data[traced.data["conn"] == traced.sender()]
    mine = sent[sent["event"].isin(("dsn_sent", "reinject"))].groupby("subflow")["length"].sum()
    theirs = captured.data.groupby("subflow")["length"].sum()
    # In order of creation: identifiers of attempts that sent nothing are not in the capture.
    assert mine.sort_index().tolist() == theirs.sort_index().tolist()


def test_plot_draws_again(two_path, mptcp) -> None:
    before = digests(two_path.out)
    done = mptcp("plot", str(two_path.out))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 6
    assert digests(two_path.out) == before


@pytest.mark.parametrize("loss", ["0", "0.02"])
def test_same_seed_same_bytes_in_new_processes(mptcp, tmp_path: Path, loss: str) -> None:
    results = []
    for name in ("a", "b"):
        out = tmp_path / name
        done = mptcp("run", "two-path", "--out", str(out), "--loss1", loss, *FAST)
        assert done.returncode == 0, done.stderr
        results.append(digests(out))
    assert results[0] == results[1]
    assert len(results[0]) == 1 + 3 * (len(schema.TABLES) + len(schema.OPTIONAL_TABLES)) + 8


def test_same_seed_same_bytes_in_one_process(python, mptcp, tmp_path: Path) -> None:
    arguments = ["run", "two-path", "--loss2", "0.02", *FAST, "--out"]
    done = python(
        f"""
from ns3_mptcp import cli
for name in ("a", "b"):
    assert cli.main({arguments!r} + [{str(tmp_path)!r} + "/" + name]) == 0
"""
    )
    assert done.returncode == 0, done.stderr
    done = mptcp(*arguments, str(tmp_path / "fresh"))
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "a") == digests(tmp_path / "b") == digests(tmp_path / "fresh")


def test_another_run_number_gives_another_run(mptcp, tmp_path: Path) -> None:
    summaries = []
    for run in ("1", "2"):
        done = mptcp(
            *("run", "two-path", "--loss1", "0.05", "--RngRun", run),
            *("--out", str(tmp_path / run), *FAST),
        )
        assert done.returncode == 0, done.stderr
        summaries.append(json.loads(done.stdout)["results"]["mptcp"])
    assert summaries[0]["bytes"] == summaries[1]["bytes"] == 300000
    assert summaries[0]["completion_s"] != summaries[1]["completion_s"]


def test_attribute_reaches_the_simulation(mptcp, tmp_path: Path) -> None:
    done = mptcp(
        *("run", "two-path", "--out", str(tmp_path), *FAST),
        "--ns3::TcpSocket::SegmentSize=700",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["attributes"] == {"ns3::TcpSocket::SegmentSize": "700"}
    sent = trace.read(tmp_path / "mptcp").data
    assert sent.loc[sent["event"] == "dsn_sent", "length"].max() == 700


def test_default_directories_are_numbered(mptcp, tmp_path: Path) -> None:
    for number in (1, 2):
        done = mptcp("run", "two-path", *FAST, "--pcap", "off", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "results" / f"two-path-{number}" / "summary.json").exists()
        assert not list((tmp_path / "results").rglob("*.pcap"))
