# SPDX-License-Identifier: GPL-2.0-only
"""Ctrl-C: wherever a command is, it ends at once, with one line, and keeps what is complete.

Nothing is timed: the work that is interrupted would take hours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Two disjoint paths that carry data for hours, unless somebody interrupts.
FOREVER = """
import json, os, signal, sys, threading, time
from pathlib import Path
from ns3_mptcp import load
from ns3_mptcp.flows import Flows, configure
from ns3_mptcp.topologies import Pipe, disjoint
ns = load()
configure(ns, 1)
graph, route = disjoint(ns, [Pipe("100Mbps", "10ms")] * 2)
flows = Flows(ns, graph)
flow = flows.add(route, mptcp=True, jitter_s=0)
ns.cppyy.cppdef('''
#include <csignal>
void InterruptAt(double at)
{
    ns3::Simulator::Schedule(ns3::Seconds(at) - ns3::Now(), +[]() { raise(SIGINT); });
}
''')
interrupt_at = ns.cppyy.gbl.InterruptAt
now = lambda: ns.Simulator.Now().GetSeconds()
"""

SCENARIO = """
from pathlib import Path
from ns3_mptcp.scenario import Scenario

class Mine(Scenario):
    name, title = "mine", "mine"

    def run(self, context):
        from ns3_mptcp.flows import Flows, configure
        from ns3_mptcp.topologies import Pipe, disjoint
        for number in (1, 2):
            configure(context.ns, number)
            graph, route = disjoint(context.ns, [Pipe("100Mbps", "10ms")] * 2)
            flows = Flows(context.ns, graph)
            flows.add(route, mptcp=True, jitter_s=0)
            if number == 2:
                Path("at-work").touch()
            context.results[str(number)] = flows.measure(2 if number == 1 else 1e6)

SCENARIO = Mine()
"""


@pytest.fixture(autouse=True)
def signals_as_on_a_terminal() -> Iterator[None]:
    """A shell lets what it starts in the background ignore Ctrl-C, nohup the end of a terminal."""
    before = {
        number: signal.signal(number, handler)
        for number, handler in (
            (signal.SIGINT, signal.default_int_handler),
            (signal.SIGTERM, signal.SIG_DFL),
            (signal.SIGHUP, signal.SIG_DFL),
        )
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(
    command: list[str],
    sign: Path,
    numbers: tuple[signal.Signals, ...] = (signal.SIGINT,),
    **options,
) -> subprocess.CompletedProcess[str]:
    """Run a command, and send it signals when a file is there."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    ) as process:
        while not sign.exists() and process.poll() is None:
            time.sleep(0.05)
        for number in numbers:
            process.send_signal(number)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def mptcp_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ns3_mptcp.cli", *arguments]


def is_running(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_measure(python) -> None:
    done = python(
        FOREVER
        + """
interrupt_at(0.5)
try:
    flows.measure(1e6)
    raise SystemExit("it ended")
except KeyboardInterrupt:
    assert now() == 0.5, now()
# The handler is Python's again.
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
    raise SystemExit("no signal")
except KeyboardInterrupt:
    pass
# The simulation can go on.
assert flows.measure(now() + 1)[0] > 50
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_handler_of_the_program_that_returns(python) -> None:
    """It is called while the simulation runs, which then goes on to its end."""
    done = python(
        FOREVER
        + """
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(now()))
interrupt_at(0.5)
flows.run(1)
assert (seen, now()) == ([0.5], 1), (seen, now())
signal.signal(signal.SIGINT, signal.SIG_IGN)
interrupt_at(1.5)
flows.run(2)
assert (seen, now()) == ([0.5], 2), (seen, now())
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_policy_in_python(python) -> None:
    """The signal may come while a function of the user is at work."""
    done = python(
        FOREVER
        + """
from ns3_mptcp import policy
calls = []
def scheduler(view, reinject):
    calls.append(now())
    if len(calls) == 100:
        os.kill(os.getpid(), signal.SIGINT)
    return view.eligible[:1]
configure(ns, 1)
policy.use(ns, scheduler=scheduler)
graph, route = disjoint(ns, [Pipe("100Mbps", "10ms")] * 2)
flows = Flows(ns, graph)
flows.add(route, mptcp=True, jitter_s=0)
try:
    flows.measure(1e6)
    raise SystemExit("it ended")
except KeyboardInterrupt:
    assert len(calls) == 100 and now() == calls[-1]
"""
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCENARIO)
    command = mptcp_command("run", "mine.py", "--out", "out", "--quiet")
    done = interrupt(command, tmp_path / "at-work", cwd=tmp_path)
    assert done.returncode == 130
    assert (done.stdout, done.stderr) == ("", "mptcp: interrupted\n")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["incomplete"] == "interrupted"
    assert list(summary["results"]) == ["1"] and summary["results"]["1"][0] > 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_that_end_a_command(tmp_path: Path, number: signal.Signals) -> None:
    """What a batch system or a terminal that is closed sends loses nothing either."""
    (tmp_path / "mine.py").write_text(SCENARIO)
    command = mptcp_command("run", "mine.py", "--out", "out", "--quiet")
    done = interrupt(command, tmp_path / "at-work", (number,), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (128 + number, "mptcp: interrupted\n")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["incomplete"] == "interrupted" and list(summary["results"]) == ["1"]


SAVING = """
import os, signal, sys
from ns3_mptcp import cli, run, scenario

class Mine(scenario.Scenario):
    name, title = "mine", "mine"
    def run(self, context):
        context.results["first"] = 5
        raise KeyboardInterrupt

save = run._save_part
def interrupted(*arguments):
    os.kill(os.getpid(), signal.SIGINT)
    save(*arguments)

run._save_part = interrupted
run.scenarios.find = lambda name: Mine()
status = cli.main(["run", "mine", "--out", "OUT", "--quiet"])
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
sys.exit(status)
"""


def test_a_second_interrupt_loses_nothing(python, tmp_path: Path) -> None:
    """It comes while what is complete is being written."""
    done = python(SAVING.replace("OUT", str(tmp_path)))
    assert (done.returncode, done.stderr) == (130, "mptcp: interrupted\n")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["results"] == {"first": 5} and summary["incomplete"] == "interrupted"


def test_run_two_path(tmp_path: Path) -> None:
    """What the first simulation has written stays, and its results."""
    command = mptcp_command("run", "two-path", "--out", "out", "--quiet", "--bytes", "300kB")
    command += ["--rate2", "1kbps", "--limit", "100000min", "--delay2", "1s", "--pcap", "off"]
    # The path of the last simulation needs a day; its table is there when it has begun.
    done = interrupt(command, tmp_path / "out/tcp-path2/data.csv", cwd=tmp_path)
    assert done.returncode == 130
    assert done.stderr == "mptcp: interrupted\n"
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert set(summary["results"]) <= {"mptcp", "tcp-path1"} and summary["results"]


CHECK = """
import os, time
from pathlib import Path
from ns3_mptcp.check import Check, Row

class Mine(Check):
    id, title, source, evidence = "MY-1", "mine", "nowhere", "D"
    needs_ns3 = False
    binaries = lambda self: []
    points = lambda self, quick: [{"x": 1}]
    judge = lambda self, results: [Row("y", results.samples({"x": 1}, "y"), "")]

    def seeds(self, quick):
        return range(1, 9)

    def simulate(self, ns, point, seed):
        if seed > 3:
            Path(f"child-{seed}").write_text(str(os.getpid()))
            while len(list(Path().glob("child-*"))) < 2:
                time.sleep(0.01)
            Path("at-work").touch()
            time.sleep(3600)
        return {"y": seed}

CHECK = Mine()
"""


def test_fidelity(mptcp, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(CHECK)
    command = mptcp_command("fidelity", "mine.py", "--out", "out", "--quiet", "--jobs", "2")
    done = interrupt(command, tmp_path / "at-work", cwd=tmp_path)
    assert done.returncode == 130
    assert (done.stdout, done.stderr) == ("", "mptcp: interrupted\n")
    stored = [json.loads(p.read_text()) for p in (tmp_path / "out/MY-1").iterdir()]
    assert sorted(s["seed"] for s in stored) == [1, 2, 3]
    for child in tmp_path.glob("child-*"):
        pid = int(child.read_text())
        while is_running(pid):  # a signal that was sent takes effect soon
            time.sleep(0.05)


CHAOS = """#!/bin/sh
first=${1#--first=}
echo "seed $first"
case $first in
    1) for seed in 1 2 3; do echo "pass $seed 1 1"; done
       echo "fail 4: client: tokens"
       echo "seed 5"; touch at-work; sleep 3600 ;;
    *) sleep 3600 ;;
esac
"""


def test_chaos(tmp_path: Path) -> None:
    """Seeds that are complete are told, also those of batches that are not."""
    program = tmp_path / "bin" / "mptcp-chaos"
    program.parent.mkdir()
    program.write_text(CHAOS)
    program.chmod(0o755)
    environment = {**os.environ, "NS3_MPTCP_PREFIX": str(tmp_path)}
    command = mptcp_command("chaos", "--seeds", "100", "--jobs", "2")
    done = interrupt(command, tmp_path / "at-work", cwd=tmp_path, env=environment)
    assert done.returncode == 130
    assert done.stderr == "mptcp: interrupted\n"
    assert done.stdout.splitlines()[0] == "seed 4 failed: client: tokens"
    assert done.stdout.splitlines()[-1] == "3 passed, 1 failed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [["bench"], ["conform", "script"], ["chaos", "--seed", "1"]])
def test_programs_end_with_the_command(
    tmp_path: Path, command: list[str], number: signal.Signals
) -> None:
    """Each command that hands over to a program ends it."""
    names = {"bench": "valgrind", "conform": "mptcp-conform", "chaos": "mptcp-chaos"}
    (tmp_path / "script").write_text("")
    for name in (names[command[0]], "mptcp-bench-transfer"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho $$ > pid; touch at-work; exec sleep 3600\n")
        program.chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    environment = {**os.environ, "NS3_MPTCP_PREFIX": str(tmp_path), "PATH": path}
    done = interrupt(
        mptcp_command(*command), tmp_path / "at-work", (number,), cwd=tmp_path, env=environment
    )
    assert done.returncode == 128 + number
    assert done.stderr.splitlines()[-1] == "mptcp: interrupted"
    assert "Traceback" not in done.stderr
    pid = int((tmp_path / "pid").read_text())
    while is_running(pid):
        time.sleep(0.05)


def test_fuzz(python, tmp_path: Path) -> None:
    """Its watchdog does not keep the command from its end."""
    from ns3_mptcp import fuzz

    program = tmp_path / "bin" / fuzz.TARGETS["option"].program
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid; kill -INT $PPID; exec sleep 3600\n")
    program.chmod(0o755)
    done = python(
        f"""
import sys
from pathlib import Path
from ns3_mptcp import cli, fuzz
fuzz.build = lambda *_: None
fuzz.find_source = lambda: Path({str(tmp_path)!r})
sys.exit(cli.main(["fuzz", "--target", "option", "--build-dir", {str(tmp_path)!r}]))
"""
    )
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "mptcp: interrupted"
    assert not is_running(int((tmp_path / "pid").read_text()))
