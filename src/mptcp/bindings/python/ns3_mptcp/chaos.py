# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp chaos``: randomised fault runs.

Each seed draws a network, its faults, the settings of two hosts and what their applications do.
The data must arrive octet by octet or an error must be reported that the seed explains; nothing may
crash, hang or be left over. The same seed is the same simulation everywhere. The program ends a
seed that has too many events, or that takes too much of the processor's time, and says so.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import output, processes, signals
from .bench import BenchError
from .parameters import Parser, UsageError, whole_option

PROGRAM = "mptcp-chaos"

#: Seeds that one process runs: few enough to keep all processors busy until the end.
BATCH = 20

#: Most of what the options take. The program counts seeds in 64 bits.
MOST = {"seeds": 10**7, "first": 2**62, "seed": 2**62, "jobs": 1000}

#: Seconds without an answer after which a process is taken to hang. The program itself ends a seed
#: that takes too much of the processor's time; this is for one that waits.
PATIENCE = 1800


def find_program() -> Path:
    """Return the program of the build or installation in use."""
    home = Path(os.environ.get("NS3_MPTCP_PREFIX") or Path(__file__).parent)
    program = home / "bin" / PROGRAM
    if program.is_file():
        return program
    raise BenchError(f"no {PROGRAM} below {home / 'bin'}: build the programs")


def run_batch(program: Path, first: int, count: int, twice: bool) -> dict[int, list[str]]:
    """Return the faults of each seed; a crash or hang is one of the seed at hand.

    A seed that ends the process does not end the batch: another process goes on with the next one.
    """
    faults: dict[int, list[str]] = {}
    end = first + count
    while first < end and not _stopped.is_set():
        command = [program, f"--first={first}", f"--count={end - first}", f"--twice={int(twice)}"]
        with _process(command) as process:
            seed, other = first, []
            for line in _lines(process):
                words = line.split(maxsplit=2)
                if line.startswith("seed "):
                    seed, other = int(words[1]), []
                elif line.startswith("pass "):
                    faults[int(words[1])] = []
                elif line.startswith("fail "):
                    faults.setdefault(int(words[1].rstrip(":")), []).append(words[2])
                else:
                    other.append(line)
            status = process.wait()
        if _stopped.is_set():
            break  # the seed at hand did not end by itself
        if seed not in faults:
            # The rest of the batch goes on in a new process.
            what = "hang" if status == -9 else f"crash (status {status})"
            reason = next((x for x in other if "ERROR:" in x or "cond=" in x or "msg=" in x), "")
            faults[seed] = [f"{what} {reason}".strip()]
        elif status not in (0, 1) and seed == end - 1:
            faults[seed].append(f"crash at the end (status {status})")
        first = seed + 1
    return faults


#: The processes at work; whoever ends them all says so, that no other is begun.
_running: set[subprocess.Popen[str]] = set()
_stopped = threading.Event()
_lock = threading.Lock()


@contextlib.contextmanager
def _process(command: list[Any]) -> Iterator[subprocess.Popen[str]]:
    """Run a program that :func:`_stop` ends."""
    with contextlib.ExitStack() as stack:
        with _lock:
            process = stack.enter_context(processes.reading(command))
            _running.add(process)
            if _stopped.is_set():
                processes.kill(process)
        try:
            yield process
        finally:
            with _lock:
                _running.discard(process)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout
    while True:
        watchdog = threading.Timer(PATIENCE, processes.kill, [process])
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        if not line:
            return
        yield line.rstrip("\n")


def describe(program: Path, seed: int) -> str:
    """Return what a seed draws and what comes of it, as far as the program gets."""
    command = [program, f"--first={seed}", "--verbose=1"]
    try:
        done = processes.run(command, capture_output=True, timeout=PATIENCE)
        out, err = done.stdout, done.stderr
    except subprocess.TimeoutExpired as expired:
        out, err = expired.stdout or b"", f"killed after {PATIENCE} s".encode()
    errors = err.decode(errors="replace").splitlines()
    return out.decode(errors="replace") + "\n".join(errors[:20])


def main(argv: list[str]) -> int:
    """Run ``mptcp chaos`` and return its exit status."""
    parser = Parser(prog="mptcp chaos", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", default="100", metavar="N", help="number of seeds (default 100)")
    parser.add_argument("--first", default="1", metavar="K", help="first seed (default 1)")
    parser.add_argument("--seed", metavar="K", help="run this one only, in this process's terminal")
    parser.add_argument("--verbose", action="store_true", help="with --seed: print what is drawn")
    parser.add_argument("--pcap", metavar="PREFIX", help="with --seed: write pcap files")
    parser.add_argument(
        "--simple",
        action="store_true",
        help="with --seed: without path management, Fast Open and buffers that grow",
    )
    parser.add_argument("--twice", action="store_true", help="run each seed twice and compare")
    parser.add_argument(
        "--jobs", default=str(os.cpu_count() or 1), metavar="N", help="processes (default: all)"
    )
    options = parser.parse_args(argv)
    numbers = {
        name: whole_option(f"--{name}", value, MOST[name])
        for name, value in vars(options).items()
        if name in ("seeds", "first", "seed", "jobs") and value is not None
    }
    if options.seed is None and (options.verbose or options.pcap is not None or options.simple):
        raise UsageError("--verbose, --pcap and --simple go with --seed")
    if options.pcap is not None:
        if not Path(options.pcap).name:
            raise UsageError(f"--pcap '{options.pcap}' is not allowed: give how the files begin")
        output.probe_file(Path(f"{options.pcap}-0.pcap"))  # the program would abort
    try:
        program = find_program()
    except BenchError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    if options.seed is not None:
        command = [program, f"--first={numbers['seed']}", f"--verbose={int(options.verbose)}"]
        command += [f"--twice={int(options.twice)}", f"--simple={int(options.simple)}"]
        if options.pcap is not None:
            command += [f"--pcap={options.pcap}"]
        return min(abs(processes.run(command).returncode), 1)
    return _run_all(program, numbers["first"], numbers["seeds"], numbers["jobs"], options.twice)


def _run_all(program: Path, first: int, seeds: int, jobs: int, twice: bool) -> int:
    end = first + seeds
    found: dict[int, list[str]] = {}  # faults of each seed that is complete
    pool = ThreadPoolExecutor(jobs)
    batches: list[Future[dict[int, list[str]]]] = []
    try:
        for begin in range(first, end, BATCH):
            count = min(BATCH, end - begin)
            batches.append(pool.submit(run_batch, program, begin, count, twice))
        for batch in batches:
            for seed, faults in sorted(batch.result().items()):
                found[seed] = faults
                _tell(program, seed, faults)
            print(f"mptcp: {len(found)} of {seeds} seeds", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        signals.ignore()
        # Nothing of what is complete is lost: of batches that come later, and of those at work.
        _stop()
        pool.shutdown(cancel_futures=True)
        for batch in batches:
            for seed, faults in sorted(() if batch.cancelled() else batch.result().items()):
                if seed not in found:
                    found[seed] = faults
                    _tell(program, seed, faults, again=False)
        print(_counts(found), flush=True)
        raise
    pool.shutdown()
    print(_counts(found))
    return 1 if any(found.values()) else 0


def _counts(found: dict[int, list[str]]) -> str:
    failed = sum(map(bool, found.values()))
    return f"{len(found) - failed} passed, {failed} failed"


def _tell(program: Path, seed: int, faults: list[str], again: bool = True) -> None:
    """Print what a seed has failed at, and what it does when it is run again."""
    if not faults:
        return
    print(f"seed {seed} failed: {'; '.join(faults)}")
    if again:
        print(describe(program, seed))
    print(f"again: ./mptcp chaos --seed {seed} --verbose --pcap chaos-{seed}\n")


def _stop() -> None:
    """End the processes of all batches; no new one begins."""
    with _lock:
        _stopped.set()
        for process in _running:
            processes.kill(process)
