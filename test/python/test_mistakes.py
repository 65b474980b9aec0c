# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes that ended in a stack of C++, in a traceback, in no end, or that lost what there was."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from ns3_mptcp.analysis import trace

from ns3_mptcp import jobs, output
from ns3_mptcp.parameters import Parameter, UsageError, size_option, whole_option

MANY = "9" * 5000  # more digits than Python reads, and more than a float holds

SCENARIO = """
from ns3_mptcp.scenario import Scenario
from ns3_mptcp.parameters import Parameter
class Mine(Scenario):
    name, title = "mine", "mine"
    parameters = ({parameters})
    def run(self, context):
        {body}
SCENARIO = Mine()
"""


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("rate", "\uff11Mbps", "such as 10Mbps"),
        ("rate", "0.5bps", "1 to 1e+12 b/s"),
        ("time", "\u0663ms", "such as 10ms"),
        ("size", "\u0663", "such as 1448"),
        ("size", MANY, "at most 4611686018427387904 octets"),
        ("int", "\u0663", "an integer"),
        ("int", MANY, "an integer of at most 30 digits"),
        ("queue", MANY, "packets or octets"),
    ],
)
def test_values_that_python_reads_otherwise(kind: str, text: str, words: str) -> None:
    """Digits of other scripts, and more of them than a number holds."""
    with pytest.raises(UsageError) as refused:
        Parameter("x", kind, "1", "").parse(text)
    assert f"--x '{text}' is not allowed: give " in str(refused.value)
    assert words in str(refused.value)


def test_the_allowed_is_told_exactly() -> None:
    with pytest.raises(UsageError, match=r"give 1 to 4294967295$"):
        Parameter("x", "int", "1", "", minimum=1, maximum=2**32 - 1).parse("4294967296")


def test_numbers_of_options() -> None:
    for text in (MANY, "0", "\u0663", "-1", ""):
        with pytest.raises(UsageError, match=r"^--n '.*' is not allowed: give a whole number, 1"):
            whole_option("--n", text)
    with pytest.raises(UsageError, match=r"^--n '11' is not allowed: give at most 10$"):
        whole_option("--n", "11", 10)
    # BulkSend sends without end when it is told 0.
    for text in ("0", "0.5", MANY):
        with pytest.raises(UsageError, match=r"^--n '.*' is not allowed: give .*octets"):
            size_option("--n", text)


def test_declarations_of_parameters() -> None:
    with pytest.raises(UsageError, match=r"kind of parameter n 'integer'; did you mean int"):
        Parameter("n", "integer", "1", "")
    with pytest.raises(UsageError, match=r"parameter n: 1, allowed: text"):
        Parameter("n", "int", 1, "")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"--n 'a' is not allowed: give an integer"):
        Parameter("n", "int", "1", "", choices=("a", "1")).parse("a")


def test_a_device_and_a_link_stay(tmp_path: Path) -> None:
    """What is written goes there; a file of its own does not take their place."""
    pipe, link, aim = tmp_path / "pipe", tmp_path / "link", tmp_path / "aim"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    output.write(pipe, "text")
    assert os.read(reader, 100) == b"text"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)
    aim.write_text("old")
    link.symlink_to(aim)
    output.write(link, "new")
    assert link.is_symlink() and aim.read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["aim", "link", "pipe"]


def test_values_that_json_does_not_hold() -> None:
    import numpy

    thing, ring = object(), {}
    ring["a"] = ring
    found, odd = output.plain(
        {
            "n": [numpy.float64(1.5), numpy.int64(3), numpy.arange(2), float("nan"), True],
            (1, 2): thing,
            "ring": ring,
        }
    )
    assert found == {
        "n": [1.5, 3, [0, 1], None, True],
        "(1, 2)": repr(thing),
        "ring": {"a": "itself"},
    }
    assert odd[0] == "results has the key (1, 2), allowed: text"
    assert odd[1].startswith(f"results[(1, 2)] is {thing!r}, allowed: numbers")
    assert odd[2].startswith("results['ring']['a'] is itself, allowed: ")


def run(mptcp, folder: Path, body: str, parameters: str = "", name: str = "mine.py"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(SCENARIO.format(body=body, parameters=parameters))
    return mptcp("run", name, "--quiet", "--no-figures", "--out", "out", cwd=folder)


def test_results_that_json_does_not_hold(mptcp, tmp_path: Path) -> None:
    """One line names the first; all is written, as far as it can be."""
    done = run(mptcp, tmp_path, "return {'rate': float('nan'), 'odd': {1, 2}, 'last': 5}")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith("mptcp: results['odd'] is {1, 2}, allowed: numbers")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["results"] == {"rate": None, "odd": "{1, 2}", "last": 5}
    done = run(mptcp, tmp_path, "return [7]")
    assert (done.returncode, done.stderr) == (2, "mptcp: results of mine: [7], allowed: a dict\n")
    assert json.loads((tmp_path / "out/summary.json").read_text())["results"] == {"results": [7]}
    done = run(mptcp, tmp_path, "context.results['a'] = 5")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "out/summary.json").read_text())["results"] == {"a": 5}


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ("raise RuntimeError('boom')", 1, "RuntimeError: boom"),
        ("import sys; sys.exit(7)", 7, "SystemExit: 7"),
        ("open('/nonexistent/trace')", 1, "FileNotFoundError"),
        ("context.simulate(1, lambda: 0, slice_s=-1)", 2, "UsageError: slice_s -1"),
        ("context.simulate(float('nan'), lambda: 0)", 2, "UsageError: limit_s nan"),
    ],
)
def test_what_is_complete_when_a_scenario_ends(
    mptcp, tmp_path: Path, body: str, status: int, why: str
) -> None:
    """It is kept, whatever has ended the scenario, and a file of its own is not one of ours."""
    done = run(mptcp, tmp_path, f"context.results['first'] = 5; {body}")
    assert done.returncode == status, done.stderr
    assert "cannot write" not in done.stderr
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["results"] == {"first": 5}
    assert summary["incomplete"].startswith(why)


def test_files_of_scenarios(mptcp, tmp_path: Path) -> None:
    """What they are called, and what they declare."""
    done = run(mptcp, tmp_path, "return {}", name="below/bisect.py")
    assert (done.returncode, done.stderr) == (0, ""), "the name of a module that is loaded"
    for parameters, words in (
        ("Parameter('out', 'text', '1', ''),", "parameter out, allowed: a name"),
        ("Parameter('n', 'integer', '1', ''),", "kind of parameter n 'integer'"),
        ("'n',", "parameters have 'n', allowed: Parameter"),
    ):
        done = run(mptcp, tmp_path, "return {}", parameters)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert words in done.stderr
    text = SCENARIO.format(body="return {}", parameters="")
    for content, words in (
        (text.replace('"mine", "mine"', '"mine", None'), "mine.py: title of SCENARIO None"),
        (text.replace('"mine", "mine"', '"../x", "x"'), "mine.py: name '../x'"),
        ("x = 1\0", "mine.py is no Python: it has a null byte"),
    ):
        (tmp_path / "mine.py").write_text(content)
        done = mptcp("run", "mine.py", cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert words in done.stderr


def test_two_runs_in_one_folder(mptcp, tmp_path: Path) -> None:
    """The second one is refused, and takes nothing from the first, which is still at work."""
    body = (
        "import subprocess, sys\n"
        "        command = [sys.executable, '-m', 'ns3_mptcp.cli', 'run', 'two-path']\n"
        "        command += ['--out', 'out']\n"
        "        done = subprocess.run(command, capture_output=True, text=True)\n"
        "        return {'status': done.returncode, 'stderr': done.stderr}"
    )
    done = run(mptcp, tmp_path, body)
    assert (done.returncode, done.stderr) == (0, "")
    results = json.loads((tmp_path / "out/summary.json").read_text())["results"]
    line = "another run writes to out: wait for its end, or give another folder by --out"
    assert results == {"status": 2, "stderr": f"mptcp: {line}\n"}
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["summary.json"]
    # The lock ends with the run.
    assert run(mptcp, tmp_path, "return {}").returncode == 0


@pytest.mark.parametrize("metrics", ["", ', "metrics": null', ', "metrics": 5'])
def test_a_stored_result_that_is_damaged(tmp_path: Path, metrics: str) -> None:
    """It counts as none, and is simulated again."""
    file = tmp_path / "result.json"
    file.write_text(f'{{"schema": "{jobs.RESULTS_SCHEMA}"{metrics}}}')
    assert jobs.read(jobs.Job(None, {}, 1, file)) is None  # type: ignore[arg-type]


def test_folders_without_a_name(mptcp, tmp_path: Path) -> None:
    """An empty variable of the shell; octets that are no text."""
    for name, shown in (("", "''"), (os.fsdecode(b"\xff"), r"'\udcff'")):
        done = mptcp("run", "two-path", "--out", name, cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert f"--out {shown} is not allowed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_handshakes_that_never_come_to_an_end(mptcp, tmp_path: Path) -> None:
    """A result as any other: nothing was carried."""
    out = tmp_path / "out"
    done = mptcp(
        *("run", "two-path", "--quiet", "--no-figures", "--json", "--out", str(out)),
        *("--limit", "1s", "--ns3::PointToPointNetDevice::InterframeGap=1000s"),
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [results[run]["bytes"] for run in ("mptcp", "tcp-path1", "tcp-path2")] == [0, 0, 0]


def test_attributes(mptcp, tmp_path: Path) -> None:
    for text, words in (
        ("ns3::TcpSocketBase::MaxWindowSize=0", "give 512 to 65535 octets"),
        ("ns3::TcpSocket::SegmentSize=", "give 1 to 65495 octets"),
        ("ns3::OnOffApplication::Protocol=ns3::Node", "ns3::TcpSocketFactory"),
    ):
        done = mptcp("run", "two-path", f"--{text}", cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert words in done.stderr
    done = mptcp(
        *("run", "two-path", "--quiet", "--no-figures", "--bytes", "30kB", "--out", "out"),
        "--ns3::OnOffApplication::Protocol=ns3::TcpSocketFactory",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr


def test_tables_that_are_damaged(tmp_path: Path) -> None:
    header = "# schema mptcp-trace 1\n"
    columns = "conn,node,role,protocol,token,remote_token\n"
    table = tmp_path / "connections.csv"
    for content, words in (
        (b"\xff\xfe\x00", "is damaged: 'utf-8' codec"),
        (f"{header}{columns}1,2\n".encode(), "is damaged: "),
        (f"{header}{columns}1,2,x,x,1,1,1,1,1,1\n\n3\n".encode(), "is damaged: "),
    ):
        table.write_bytes(content)
        with pytest.raises(trace.TraceError) as damaged:
            trace.read(tmp_path)
        assert f"{table} {words}" in str(damaged.value)
        assert len(str(damaged.value).splitlines()) == 1
    table.unlink()
    table.mkdir()
    with pytest.raises(trace.TraceError, match=r"cannot read .*: Is a directory$"):
        trace.read(tmp_path)


def test_a_summary_that_is_damaged(mptcp, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"a":' + "[" * 100000)
    done = mptcp("plot", str(tmp_path))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "holds no readable summary.json" in done.stderr


def test_options_of_programs(mptcp, tmp_path: Path) -> None:
    """Each would have had no end, or have ended the program."""
    for arguments, words in (
        (["chaos", "--seeds", MANY], "give a whole number, 1 or more"),
        (["chaos", "--seeds", "99999999999"], "--seeds '99999999999'"),
        (["chaos", "--seed", "99999999999999999999"], "give at most"),
        (["chaos", "--seed", "1", "--pcap", ""], "--pcap ''"),
        (["chaos", "--seed", "1", "--pcap", "no/x"], "cannot write to no: No such"),
        (["bench", "--timed", "0"], "--timed '0' is not allowed"),
        (["bench", "--small", "0"], "--small '0' is not allowed"),
        (["bench", "--large", "1MiB"], "--large '1MiB' is not allowed: give more than --small 8Mi"),
        (["bench", "--out", ""], "cannot write to ."),
    ):
        done = mptcp(*arguments, cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr[-300:]
        assert words in done.stderr


PROGRAM = """
from ns3_mptcp import UsageError, load, policy
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies import *
from ns3_mptcp.topologies.traces import Change, Trace
ns = load()
configure(ns, 1)
graph, route = disjoint(ns, [Pipe(5e6, 0.02)] * 2)
flows = Flows(ns, graph)
nan = float("nan")
changed = lambda *change: trace_paths(ns, [Trace((Change(0, 1e6, 0), Change(*change)))])
for words, action in (
    ("trace 0: time nan", lambda: changed(nan, 1e6, 0)),
    ("trace 0: time 0, times grow", lambda: changed(0, 1e6, 0)),
    ("trace 0: rate -1e+06", lambda: changed(1, -1e6, 0)),
    ("trace 0: delay -1", lambda: changed(1, 1e6, -1)),
    ("trace_paths: traces 5", lambda: trace_paths(ns, [5])),
    ("disjoint: pipes Pipe(", lambda: disjoint(ns, Pipe(1e6, 0.1))),
    ("torus: pipes 5", lambda: torus(ns, 5)),
    ("shared_bottleneck: subflows 5", lambda: shared_bottleneck(ns, Pipe(1e6, 0.1), 5)),
    ("random_tail 1.5", lambda: disjoint(ns, [Pipe(1e6, 0.1, random_tail=1.5)])),
    ("node ['a']", lambda: Graph(ns).link(["a"], "b", 1e6, 0)),
    ("no node ['c']", lambda: graph.find("client", ["c"])),
    ("nodes of a path 5", lambda: graph.path(5)),
    ("nodes of a path ['b']", lambda: graph.path(["client", ["b"]])),
    ("rate '\\uff11Mbps'", lambda: Graph(ns).link("a", "b", "\\uff11Mbps", 0)),
    ("mptcp 'no'", lambda: flows.add(route, "no")),
    ("client and server 0", lambda: flows.add(Route(0, 0, [0]), True)),
    ("client 'client'", lambda: flows.add(Route("client", 1, [0]), True)),
    ("paths 5", lambda: flows.add(Route(0, 2, 5), True)),
    ("every_s 1e-12", lambda: flows.measure(5, every_s=1e-12)),
    ("scheduler 5, allowed: a function", lambda: policy.use(ns, scheduler=5)),
    ("decrease needs increase", lambda: policy.use(ns, decrease=len)),
    ("MinRto='\\u0663s'", lambda: configure(ns, 1, TcpSocketBase__MinRto="\\u0663s")),
):
    try:
        action()
    except UsageError as error:
        assert words in str(error) and "\\n" not in str(error), (words, str(error))
    else:
        raise SystemExit(f"accepted: {words}")
assert trace_paths(ns, [Trace((Change(0, "1Mbps", "5ms"), Change(1, 2e6, 0)))])
"""


def test_programs(python) -> None:
    """Each aborted, never ended, was taken in silence, or was an error from deep inside."""
    done = python(PROGRAM)
    assert done.returncode == 0, done.stderr[-2000:]
