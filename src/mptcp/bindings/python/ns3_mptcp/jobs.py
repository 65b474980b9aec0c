# SPDX-License-Identifier: GPL-2.0-only
"""The simulations of the fidelity checks: each in a process of its own, its result in a file."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from . import output, signals
from .check import Check, Point, Unavailable, key
from .parameters import UsageError

RESULTS_SCHEMA = "mptcp-fidelity 1"

#: Exit statuses of a job that cannot run here, and of one whose result cannot be written.
UNAVAILABLE, UNWRITTEN = 3, 4


#: Results that could not be written, by the files that they should be in, and why.
kept: dict[Path, tuple[dict[str, Any], str]] = {}


@dataclass
class Job:
    """One simulation."""

    check: Check
    point: Point
    seed: int
    file: Path
    earlier: tuple[Job, ...] = ()  # those of the point's seeds before this one

    @property
    def label(self) -> str:
        """What the progress shows."""
        values = " ".join(f"{k}={v}" for k, v in self.point.items())
        return f"{self.check.id} {values} seed={self.seed}"


def read(job: Job) -> dict[str, Any] | None:
    """Return the stored result of a job, or None."""
    if job.file in kept:
        return kept[job.file][0]
    try:
        stored = json.loads(job.file.read_text())
    except (OSError, ValueError, RecursionError):
        return None
    good = isinstance(stored, dict) and stored.get("schema") == RESULTS_SCHEMA
    return stored if good and isinstance(stored.get("metrics"), dict) else None


def required(jobs: Iterable[Job]) -> Iterator[tuple[Job, dict[str, Any] | None]]:
    """Yield the jobs whose check has not enough from the seeds before, and their stored results.

    :param jobs: of one check, the seeds of each point in order
    """
    found: dict[str, list[dict[str, Any]]] = {}
    complete = set()
    for job in jobs:
        point = key(job.point)
        metrics = found.setdefault(point, [])
        if point not in complete and job.check.enough(job.point, metrics):
            complete.add(point)
        if point in complete:
            continue
        stored = read(job)
        if stored is not None:
            metrics.append(stored["metrics"])
        yield job, stored


def needed(job: Job, running: Iterable[Job] = ()) -> bool:
    """Tell whether the seeds before a job leave something to be found out.

    Those behind one that still runs do not count: which of several simulations ends first may not
    decide how many seeds a point has.

    :param running: jobs without result that may have one soon
    """
    busy = {id(other) for other in running}
    known = itertools.takewhile(lambda earlier: id(earlier) not in busy, job.earlier)
    return any(found is job for found, _ in required((*known, job)))


def _work(ns: Any, job: Job, lost: Connection) -> None:
    """Run one job in this process, which ends with it.

    :param lost: where the result goes that cannot be written
    """
    status = 1
    # A group of our own, which the parent ends at once, whatever we have started: a Ctrl-C is for
    # the parent, and must not wait until the simulation returns to Python.
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ENDING)
    try:
        began, cpu = time.monotonic(), time.process_time()
        metrics = job.check.simulate(ns, job.point, job.seed)
        stored = {
            "schema": RESULTS_SCHEMA,
            "check": job.check.id,
            "point": job.point,
            "seed": job.seed,
            "metrics": metrics,
            "wall_s": round(time.monotonic() - began, 1),
            "cpu_s": round(time.process_time() - cpu, 1),
        }
        try:
            job.file.parent.mkdir(parents=True, exist_ok=True)
            output.write(job.file, json.dumps(stored, indent=1) + "\n")
            status = 0
        except OSError as error:
            lost.send((stored, str(output.unwritable(error, job.file))))
            status = UNWRITTEN
    except Unavailable as error:
        print(f"mptcp: {job.check.id}: {error}", file=sys.stderr)
        status = UNAVAILABLE
    except UsageError as error:
        print(f"mptcp: {job.label}: {error}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # The interpreter's own end would run destructors of ns-3 in an order that it does not bear.
        os._exit(status)


@dataclass
class _Running:
    """A job in its process."""

    job: Job
    process: Any
    lost: Connection  # comes with the result if that cannot be written

    def end(self) -> None:
        """Stop it, and what it has started."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:  # it has no group yet
            self.process.terminate()


def _start(fork: Any, ns: Any, job: Job) -> _Running:
    lost, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_work, args=(ns, job, theirs))
    # An interrupt waits until we know of the process, and does not come in the midst of its begin.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)
    try:
        process.start()
    finally:
        theirs.close()
    return _Running(job, process, lost)


def run(ns: Any, jobs: list[Job], workers: int, quiet: bool) -> dict[int, list[Job]]:
    """Run jobs, as many at a time as there are workers.

    What is complete is kept: in its file, or in memory if that cannot be written; then no further
    job is begun.

    :return: jobs that gave no result, by exit status
    """
    # A fork has ns-3 loaded already, and a simulation that dies takes no other with it.
    fork = multiprocessing.get_context("fork")
    waiting = list(reversed(jobs))
    running: list[_Running] = []
    failed: dict[int, list[Job]] = {}
    done = 0
    # Who ends us ends the simulations too, also where no command has seen to it.
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop()
                if not needed(job, (one.job for one in running)):
                    done += 1
                    continue
                running.append(_start(fork, ns, job))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ENDING)
            if running:
                ends = [r.process.sentinel for r in running]
                multiprocessing.connection.wait(
                    ends + [r.lost for r in running if not r.lost.closed]
                )
            for one in list(running):
                _keep_lost(one)
                if one.process.is_alive():
                    continue
                running.remove(one)
                done += 1
                status = one.process.exitcode
                if status not in (0, UNWRITTEN):
                    failed.setdefault(status or 1, []).append(one.job)
                if status == UNAVAILABLE:
                    waiting = [other for other in waiting if other.check.id != one.job.check.id]
                if status == UNWRITTEN:
                    waiting = []
                if not quiet:
                    state = "" if status == 0 else f" (status {status})"
                    _say(f"[{done}/{len(jobs)}] {one.job.label}{state}")
    finally:
        try:  # a signal that waits comes now
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ENDING)
        finally:
            for one in running:
                one.end()
            if before is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, before)
    return failed


def _keep_lost(one: _Running) -> None:
    """Keep the result that a job could not write, if it has one."""
    try:
        if not one.lost.closed and one.lost.poll():
            kept[one.job.file] = one.lost.recv()
    except EOFError:
        one.lost.close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
