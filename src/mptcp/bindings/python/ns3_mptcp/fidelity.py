# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp fidelity``: published results of the literature against what this module gives.

Each simulation is a job: one check, one point of its parameters, one seed. Jobs run in processes of
their own, and their results are kept as JSON files. A file is used again as long as the library,
the check and what it imports stay the same, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import importlib.util
import itertools
import json
import math
import multiprocessing
import multiprocessing.connection
import os
import pkgutil
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .check import EVIDENCE, Check, Point, Results, Row, Unavailable, key
from .parameters import UsageError, choose

PACKAGE = "ns3_mptcp.scenarios.fidelity"

RESULTS_SCHEMA = "mptcp-fidelity 1"

#: The exit status of a job that cannot run here.
UNAVAILABLE = 3


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


def checks() -> list[Check]:
    """Return all checks, by number."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return []
    names = [m.name for m in pkgutil.iter_modules(list(spec.submodule_search_locations))]
    modules = [importlib.import_module(f"{PACKAGE}.{n}") for n in names if not n.startswith("_")]
    return sorted((m.CHECK for m in modules), key=lambda check: int(check.id.lstrip("F")))


def select(ids: Iterable[str]) -> list[Check]:
    """Return the checks with these identifiers, all if there is none."""
    every = {check.id: check for check in checks()}
    wanted = [i.upper() for i in ids]
    for i in wanted:
        if i not in every:
            raise choose("check", i, every)
    return [check for i, check in every.items() if not wanted or i in wanted]


def fingerprint(check: Check) -> str:
    """Return a digest of everything of ours that a result of this check depends on."""
    digest = hashlib.sha256()
    for name in sorted(_imports(type(check).__module__)):
        digest.update(Path(str(sys.modules[name].__file__)).read_bytes())
    for path in check.binaries():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


#: Modules of this package whose changes cannot change what is simulated.
_HARMLESS = ("check", "parameters", "attributes", "progress", "topologies")


def _imports(name: str) -> set[str]:
    """Return a module and those of this package that it imports at its top, directly or not."""
    found = {name}
    waiting = [name]
    while waiting:
        module = sys.modules[waiting.pop()]
        tree = ast.parse(Path(str(module.__file__)).read_text())
        for node in tree.body:
            if not isinstance(node, ast.ImportFrom):
                continue
            base = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(base, module.__package__)
            # "from . import _common" names modules, "from .flows import Flows" one.
            for full in [base, *(f"{base}.{alias.name}" for alias in node.names)]:
                ours = full.startswith("ns3_mptcp.") and full in sys.modules
                harmless = full in [f"ns3_mptcp.{n}" for n in _HARMLESS] or full == PACKAGE
                if ours and not harmless and full not in found:
                    found.add(full)
                    waiting.append(full)
    return found


def jobs_of(check: Check, quick: bool, out: Path, seeds: int | None = None) -> list[Job]:
    """Return the jobs of a check.

    :param seeds: at most so many of each point
    """
    code = fingerprint(check)
    jobs = []
    for point in check.points(quick):
        point = {**check.common, **point}
        earlier: tuple[Job, ...] = ()
        for seed in list(check.seeds(quick))[:seeds]:
            name = hashlib.sha256(f"{code} {key(point)} {seed}".encode()).hexdigest()[:16]
            job = Job(check, point, seed, out / check.id / f"{name}.json", earlier)
            earlier = (*earlier, job)
            jobs.append(job)
    return jobs


def read(job: Job) -> dict[str, Any] | None:
    """Return the stored result of a job, or None."""
    try:
        stored = json.loads(job.file.read_text())
    except (OSError, ValueError):
        return None
    return stored if stored.get("schema") == RESULTS_SCHEMA else None


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


def _work(ns: Any, job: Job) -> None:
    """Run one job in this process, which ends with it."""
    status = 1
    # The parent's end of us comes at once, and not when the simulation returns to Python.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
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
        job.file.parent.mkdir(parents=True, exist_ok=True)
        # A temporary name and a rename: an interrupted run leaves no half file.
        half = job.file.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps(stored, indent=1) + "\n")
        half.replace(job.file)
        status = 0
    except Unavailable as error:
        print(f"mptcp: {job.check.id}: {error}", file=sys.stderr)
        status = UNAVAILABLE
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # The interpreter's own end would run destructors of ns-3 in an order that it does not bear.
        os._exit(status)


def run(ns: Any, jobs: list[Job], workers: int, quiet: bool) -> dict[int, list[Job]]:
    """Run jobs, as many at a time as there are workers.

    :return: jobs that gave no result, by exit status
    """
    # A fork has ns-3 loaded already, and a simulation that dies takes no other with it.
    fork = multiprocessing.get_context("fork")
    waiting, running = list(reversed(jobs)), []
    # Who ends us ends the simulations too.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed: dict[int, list[Job]] = {}
    done = 0
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop()
                if not needed(job, (other for _, other in running)):
                    done += 1
                    continue
                process = fork.Process(target=_work, args=(ns, job))
                process.start()
                running.append((process, job))
            if running:
                multiprocessing.connection.wait([p.sentinel for p, _ in running])
            for process, job in [r for r in running if not r[0].is_alive()]:
                process.join()
                running.remove((process, job))
                done += 1
                if process.exitcode != 0:
                    failed.setdefault(process.exitcode or 1, []).append(job)
                if process.exitcode == UNAVAILABLE:
                    waiting = [other for other in waiting if other.check.id != job.check.id]
                if not quiet:
                    state = "" if process.exitcode == 0 else f" (status {process.exitcode})"
                    _say(f"[{done}/{len(jobs)}] {job.label}{state}")
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
        for process, _ in running:
            process.terminate()
    return failed


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def collect(jobs: Iterable[Job], quick: bool) -> Results:
    """Return the stored results of the jobs of one check, as far as they are required."""
    results = Results(quick)
    for job, stored in required(jobs):
        results.common = job.check.common
        if stored is not None:
            results.add(job.point, stored["metrics"])
    return results


def rows_of(check: Check, jobs: list[Job], quick: bool, failed: dict[int, list[Job]]) -> list[Row]:
    """Return the lines of the table for one check."""
    results = collect(jobs, quick)
    unavailable = [job for job in failed.get(UNAVAILABLE, []) if job.check.id == check.id]
    if unavailable:
        return [Row(check.title, [], "", missing="cannot run here")]
    rows = check.judge(results) if results.found else []
    # What was not simulated has one line for all.
    rows = [row for row in rows if row.samples]
    missing = sum(stored is None for _, stored in required(jobs))
    if missing:
        rows.append(Row(f"{missing} of {len(jobs)} simulations gave no result", [], "none missing"))
    return rows


HEADER = ("check", "measured", "mean", "95 % +-", "reference", "band", "class", "verdict")


def table(found: Iterable[tuple[Check, list[Row]]]) -> list[str]:
    """Return the table as lines."""
    lines = [HEADER]
    for check, rows in found:
        lines += [
            (
                check.id,
                row.what,
                _number(row.mean),
                _number(row.ci95) if math.isfinite(row.ci95) else "",
                row.reference,
                _band(row),
                row.evidence or check.evidence,
                row.verdict,
            )
            for row in rows
        ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    ]


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def _band(row: Row) -> str:
    if math.isinf(row.low) and math.isinf(row.high):
        return ""
    if math.isinf(row.high):
        return f">= {row.low:.4g}"
    if math.isinf(row.low):
        return f"<= {row.high:.4g}"
    return f"{row.low:.4g}..{row.high:.4g}"


def draw(check: Check, results: Results, out: Path) -> Path | None:
    """Draw the figure of a check; return its file, or None if it has none."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    try:
        if not results.found or not check.draw(results, axes):
            return None
        axes.set_title(f"{check.id} {check.title}", fontsize="medium")
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{check.id}.png"
        figure.savefig(path, dpi=120)
        return path
    finally:
        pyplot.close(figure)


def _rows_json(found: list[tuple[Check, list[Row]]]) -> Iterator[dict[str, Any]]:
    for check, rows in found:
        for row in rows:
            yield {
                "check": check.id,
                "what": row.what,
                "mean": None if math.isnan(row.mean) else row.mean,
                "ci95": row.ci95 if math.isfinite(row.ci95) else None,
                "samples": row.samples,
                "reference": row.reference,
                "low": row.low if math.isfinite(row.low) else None,
                "high": row.high if math.isfinite(row.high) else None,
                "gate": row.gate,
                "evidence": row.evidence or check.evidence,
                "source": check.source,
                "verdict": row.verdict,
            }


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(message)


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = _Parser(
        prog="mptcp fidelity",
        description="Compare this module with published results.",
        epilog="Ends in 'N passed, N failed[, N skipped]'. A second call continues the first one.",
        allow_abbrev=False,
    )
    parser.add_argument("ids", metavar="ID", nargs="*", help="checks to run, such as F3; all")
    parser.add_argument("--quick", action="store_true", help="fewer points, shorter: two minutes")
    parser.add_argument("--list", action="store_true", help="list the checks, run nothing")
    parser.add_argument("--out", metavar="DIR", default="results/fidelity", help="of the results")
    parser.add_argument("--jobs", metavar="N", default=str(os.cpu_count() or 1), help="at a time")
    parser.add_argument("--no-plot", action="store_true", help="draw nothing")
    parser.add_argument("--table", action="store_true", help="of stored results, simulate nothing")
    parser.add_argument("--seeds", metavar="N", help="at most so many random runs of each point")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    known = parser.parse_args(arguments)
    for option, text in (("--jobs", known.jobs), ("--seeds", known.seeds)):
        if text is None:
            continue
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise UsageError(f"{option}: '{text}', allowed: whole numbers from 1 on")
    seeds = int(known.seeds) if known.seeds else None
    chosen = select(known.ids)
    if known.list:
        for check in chosen:
            source = f"{check.source}; {EVIDENCE[check.evidence]}"
            print(f"{check.id:<4} {check.title} ({source})")
        return 0

    from ._loader import LoadError, load

    out = Path(known.out)
    try:
        jobs = {check.id: jobs_of(check, known.quick, out, seeds) for check in chosen}
        todo = [job for check in chosen for job in jobs[check.id] if read(job) is None]
        failed: dict[int, list[Job]] = {}
        out.mkdir(parents=True, exist_ok=True)  # before hours of work for a place that is none
        if todo and not known.table:
            ns = load() if any(job.check.needs_ns3 for job in todo) else None
            failed = run(ns, todo, int(known.jobs), known.quiet)
    except LoadError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        raise UsageError(f"cannot write to {known.out}: {error.strerror}") from None

    found = [(check, rows_of(check, jobs[check.id], known.quick, failed)) for check in chosen]
    print("\n".join(table(found)))
    summary = {"schema": RESULTS_SCHEMA, "quick": known.quick, "rows": list(_rows_json(found))}
    (out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    if not known.no_plot:
        try:
            for check in chosen:
                draw(check, collect(jobs[check.id], known.quick), out / "figures")
        except ImportError as error:
            print(f"mptcp: no figures: {error.name} is not installed", file=sys.stderr)
    for check, rows in found:
        if check.note and any(row.verdict == "FAIL" for row in rows):
            print(f"{check.id}: {check.note}")
    verdicts = [row.verdict for _, rows in found for row in rows]
    skipped = verdicts.count("skip")
    counts = f"{verdicts.count('pass')} passed, {verdicts.count('FAIL')} failed"
    print(counts + (f", {skipped} skipped" if skipped else ""))
    return 1 if verdicts.count("FAIL") else 0
