# SPDX-License-Identifier: GPL-2.0-only
"""Tables and metrics, on tables whose numbers can be worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ns3_mptcp.analysis import metrics, schema, trace

#: Ten segments of 1000 octets in 1 s: six on subflow 0, four on subflow 1, one of these reinjected.
SEGMENTS = [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0), (5, 0), (6, 1), (7, 0), (8, 1), (9, 0)]


def write_golden(directory: Path) -> None:
    """Write the tables as the trace helper does."""
    connections = ["0,0,client,mptcp,11,22", "1,1,server,mptcp,22,11", "2,0,client,mptcp,33,44"]
    paths = [
        f"0.0{i},{conn},{i},10.1.{i + 1}.{own},5{i},10.1.{i + 1}.{3 - own},80"
        for conn, own in ((0, 1), (1, 2))
        for i in (0, 1)
    ]
    subflows = ["0.010000000,0,0,cwnd,14480", "0.020000000,0,0,srtt,0.020000000"]
    data = []
    for number, subflow in SEGMENTS:
        at = 0.1 * (number + 1)
        data.append(f"{at - 0.05:.9f},0,{subflow},dsn_sent,{1000 * number},1000")
        subflows.append(f"{at:.9f},1,{subflow},received,1000")
        data.append(f"{at:.9f},1,-1,delivered,{1000 * number},1000")
        data.append(f"{at + 0.01:.9f},0,-1,data_ack,{1000 * (number + 1)},65535")
    data.append("0.400000000,0,0,reinject,3000,1000")
    subflows.append("0.450000000,1,0,received,1000")
    rows = {"connections": connections, "paths": paths, "subflows": subflows, "data": data}
    for table, columns in schema.TABLES.items():
        text = "\n".join([schema.header(), ",".join(columns), *rows[table]])
        (directory / f"{table}.csv").write_text(text + "\n")


@pytest.fixture
def golden(tmp_path: Path) -> trace.Trace:
    """Return the golden tables."""
    write_golden(tmp_path)
    return trace.read(tmp_path)


def test_ends_find_each_other(golden: trace.Trace) -> None:
    assert golden.receiver() == 1
    assert golden.sender() == 0
    assert golden.subflow_ids(0) == [0, 1]
    assert golden.subflow_names(0) == {0: "subflow 10.1.1.1", 1: "subflow 10.1.2.1"}
    assert golden.subflow_names(1) == golden.subflow_names(0)
    with pytest.raises(trace.TraceError, match="no peer of connection end 2"):
        golden.peer(2)


def test_transfer(golden: trace.Trace) -> None:
    result = metrics.transfer(golden)
    assert result["bytes"] == 10000
    assert result["in_order"] is True
    assert result["completion_s"] == pytest.approx(1.0)
    assert result["goodput_bps"] == pytest.approx(80000)
    assert result["reinjected_bytes"] == 1000
    first, second = result["subflows"]
    assert (first["share"], second["share"]) == (0.6, 0.4)
    assert (first["received_bytes"], second["received_bytes"]) == (7000, 4000)
    assert (first["reinjected_bytes"], second["reinjected_bytes"]) == (1000, 0)
    assert first["local"] == "10.1.1.1"
    assert first["remote"] == "10.1.1.2"


def test_nothing_delivered(golden: trace.Trace) -> None:
    golden.data = golden.data[golden.data["event"] != "delivered"]
    result = metrics.transfer(golden)
    assert result["bytes"] == 0
    assert result["completion_s"] is None
    assert result["goodput_bps"] == 0


def test_nobody_connected(golden: trace.Trace) -> None:
    for table in schema.TABLES:
        setattr(golden, table, getattr(golden, table).iloc[:0])
    result = metrics.transfer(golden)
    assert (result["bytes"], result["completion_s"], result["subflows"]) == (0, None, [])


@pytest.mark.parametrize(
    ("dsn", "good"), [([0, 10, 20], True), ([0, 10, 25], False), ([0, 10, 15], False), ([5], False)]
)
def test_in_order(dsn: list[int], good: bool) -> None:
    assert metrics.in_order(pd.DataFrame({"dsn": dsn, "length": 10})) is good


def test_union_length() -> None:
    assert metrics.union_length([]) == 0
    assert metrics.union_length([(5, 9), (0, 4), (2, 6), (3, 4), (20, 21)]) == 10


def test_moving_rate() -> None:
    times, octets = np.array([0.3, 0.1, 0.2]), np.array([125.0, 125.0, 250.0])
    at, rate = metrics.moving_rate(times, octets, end_s=0.4, window_s=0.2, step_s=0.1)
    assert at == pytest.approx([0.1, 0.2, 0.3, 0.4])
    # octets in (0, 0.1], (0, 0.2], (0.1, 0.3], (0.2, 0.4]
    assert rate == pytest.approx([10000, 15000, 15000, 5000])


@pytest.mark.parametrize("counted", (False, True), ids=("without counters", "with counters"))
def test_parquet_holds_the_same(golden: trace.Trace, tmp_path: Path, counted: bool) -> None:
    pytest.importorskip("pyarrow")
    if counted:
        columns = ",".join(schema.OPTIONAL_TABLES["counters"])
        text = f"{schema.header()}\n{columns}\n0.500000000,0,MPJoinSynTx,1\n"
        (tmp_path / "counters.csv").write_text(text)
        golden = trace.read(tmp_path)
    for path in trace.to_parquet(tmp_path):
        assert path.exists()
        path.with_suffix(".csv").unlink()
    again = trace.read(tmp_path)
    assert len(again.counters) == int(counted)
    for table in (*schema.TABLES, *schema.OPTIONAL_TABLES):
        pd.testing.assert_frame_equal(
            getattr(again, table), getattr(golden, table), check_dtype=False
        )


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("# schema mptcp-trace 2", "has version 2 of the trace schema; this program reads version"),
        ("time_s,conn", "is not a trace table"),
        ("# schema other 1", "is not a trace table"),
    ],
)
def test_wrong_schema_is_named(tmp_path: Path, first: str, message: str) -> None:
    write_golden(tmp_path)
    path = tmp_path / "data.csv"
    path.write_text("\n".join([first, *path.read_text().splitlines()[1:]]))
    with pytest.raises(trace.TraceError, match=message):
        trace.read(tmp_path)


def test_missing_tables_and_columns(tmp_path: Path) -> None:
    with pytest.raises(trace.TraceError, match="no trace table"):
        trace.read(tmp_path)
    write_golden(tmp_path)
    path = tmp_path / "data.csv"
    path.write_text(path.read_text().replace("length", "octets"))
    with pytest.raises(trace.TraceError, match="no column length"):
        trace.read(tmp_path)


def test_analysis_needs_no_ns3() -> None:
    program = (
        "import sys; from ns3_mptcp.analysis import metrics, trace, tshark; "
        "from ns3_mptcp.analysis.plots import cwnd, dsn, goodput; assert 'cppyy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_figures_are_the_same_each_time(golden: trace.Trace, tmp_path: Path) -> None:
    from ns3_mptcp.analysis.plots import cwnd, dsn, goodput

    for name, draw in (("goodput", goodput.draw), ("cwnd", cwnd.draw), ("dsn", dsn.draw)):
        first, second = (draw(golden, tmp_path / f"{name}{i}") for i in (1, 2))
        for one, other in zip(first, second):
            assert one.stat().st_size > 1000
            assert one.read_bytes() == other.read_bytes()
