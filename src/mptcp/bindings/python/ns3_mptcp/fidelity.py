# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp fidelity``: published results of the literature against what this module gives.

Each simulation is a job: one check, one point of its parameters, one seed. Jobs run in processes of
their own, and their results are kept as JSON files. A file is used again as long as the library,
the check and what it imports stay the same, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import math
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from . import dependencies, output, scenario
from .check import EVIDENCE, Check, Results, Row, key
from .jobs import RESULTS_SCHEMA, UNAVAILABLE, Job, kept, read, required, run
from .parameters import Parser, UsageError, choose, whole_option

PACKAGE = "ns3_mptcp.scenarios.fidelity"


def checks() -> list[Check]:
    """Return all checks, by number."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return []
    names = [m.name for m in pkgutil.iter_modules(list(spec.submodule_search_locations))]
    modules = [importlib.import_module(f"{PACKAGE}.{n}") for n in names if not n.startswith("_")]
    return sorted((m.CHECK for m in modules), key=lambda check: int(check.id.lstrip("F")))


def select(ids: Iterable[str]) -> list[Check]:
    """Return the checks with these identifiers, all if there is none.

    :param ids: such as F3, or the file of a check of the user's own, whose name ends in ``.py``
    """
    every = {check.id: check for check in checks()}
    wanted = []
    for name in ids:
        if name.endswith(".py"):
            check = _load(name)
            if every.get(check.id, check) is not check:
                raise UsageError(f"{name}: id '{check.id}', allowed: one that no other check has")
            every[check.id] = check
            wanted.append(check.id)
        elif name.upper() in every:
            wanted.append(name.upper())
        else:
            raise choose("check", name, every)
    return [check for i, check in every.items() if not wanted or i in wanted]


def _load(name: str) -> Check:
    """Return the check in a file of the user."""
    check = getattr(scenario.load_file(name, "check"), "CHECK", None)
    if not isinstance(check, Check):
        raise UsageError(f"{name} defines no CHECK, an instance of a subclass of Check")
    for what in ("id", "title", "source", "evidence"):
        if not isinstance(getattr(check, what, None), str):
            raise UsageError(f"{name}: CHECK has no {what}, allowed: text")
    if check.evidence not in EVIDENCE:
        raise choose(f"evidence of {name}", check.evidence, EVIDENCE)
    if not re.fullmatch(r"[\w.-]+", check.id) or check.id.startswith("."):
        raise UsageError(
            f"{name}: id '{check.id}', allowed: letters, digits and -, a folder's name"
        )
    return check


def fingerprint(check: Check) -> str:
    """Return a digest of everything of ours that a result of this check depends on.

    That is the library and the code that simulates, and not what judges, draws and tells: stored
    results are judged anew when that changes.
    """
    digest = hashlib.sha256()
    for text in dependencies.sources(check):
        digest.update(text.encode())
    for path in check.binaries():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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


def collect(jobs: Sequence[Job], quick: bool) -> Results:
    """Return the stored results of the jobs of one check, as far as they are required."""
    results = Results(quick)
    for job in jobs:
        results.common = job.check.common
        results.asked.add(key(job.point))
    for job, stored in required(jobs):
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
    if quick and results.left_out:
        # A short run is asked for rows of which nothing was to be simulated.
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

    from .analysis.plots.figure import write

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    try:
        if not results.found or not check.draw(results, axes):
            return None
        axes.set_title(f"{check.id} {check.title}", fontsize="medium")
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{check.id}.png"
        write(figure, path, dpi=120)
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


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="mptcp fidelity",
        description="Compare this module with published results.",
        epilog="Ends in 'N passed, N failed[, N skipped][, N unsure]'; unsure: the mean is in the "
        "band, its 95 % interval is not. A second call continues the first one.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "ids", metavar="ID", nargs="*", help="checks to run, such as F3, or FILE.py; all"
    )
    parser.add_argument("--quick", action="store_true", help="fewer points, shorter: two minutes")
    parser.add_argument("--list", action="store_true", help="list the checks, run nothing")
    parser.add_argument("--out", metavar="DIR", default="results/fidelity", help="of the results")
    parser.add_argument("--jobs", metavar="N", default=str(os.cpu_count() or 1), help="at a time")
    parser.add_argument("--no-plot", action="store_true", help="draw nothing")
    parser.add_argument("--table", action="store_true", help="of stored results, simulate nothing")
    parser.add_argument("--seeds", metavar="N", help="at most so many random runs of each point")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    known = parser.parse_args(arguments)
    workers = whole_option("--jobs", known.jobs)
    seeds = None if known.seeds is None else whole_option("--seeds", known.seeds)
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
        out.mkdir(parents=True, exist_ok=True)
        output.probe(out)  # before hours of work for a place that is none
        if todo and not known.table:
            ns = load() if any(job.check.needs_ns3 for job in todo) else None
            failed = run(ns, todo, workers, known.quiet)
    except LoadError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        raise output.unwritable(error, out) from None

    return _report(chosen, jobs, failed, known.quick, out, not known.no_plot)


def _report(
    chosen: Sequence[Check],
    jobs: dict[str, list[Job]],
    failed: dict[int, list[Job]],
    quick: bool,
    out: Path,
    figures: bool,
) -> int:
    """Print the table, write summary and figures; return the exit status."""
    found = [(check, rows_of(check, jobs[check.id], quick, failed)) for check in chosen]
    print("\n".join(table(found)))
    summary = {"schema": RESULTS_SCHEMA, "quick": quick, "rows": list(_rows_json(found))}
    unwritten = next((why for _, why in kept.values()), "")
    try:
        output.write(out / "summary.json", json.dumps(summary, indent=1) + "\n")
        for check in chosen if figures else ():
            draw(check, collect(jobs[check.id], quick), out / "figures")
    except ImportError as error:
        print(f"mptcp: no figures: {error.name} is not installed", file=sys.stderr)
    except OSError as error:
        unwritten = unwritten or str(output.unwritable(error, out))
    for check, rows in found:
        if check.note and any(row.verdict in ("FAIL", "unsure") for row in rows):
            print(f"{check.id}: {check.note}")
    verdicts = [row.verdict for _, rows in found for row in rows]
    print(counts(verdicts))
    if unwritten:
        if kept:
            print(json.dumps([stored for stored, _ in kept.values()]))
        raise UsageError(unwritten)
    return 1 if "FAIL" in verdicts else 0


def counts(verdicts: Sequence[str]) -> str:
    """Return the last line: how many rows have each verdict, but for those that only report."""
    names = {"pass": "passed", "FAIL": "failed", "skip": "skipped", "unsure": "unsure"}
    found = {name: verdicts.count(verdict) for verdict, name in names.items()}
    return ", ".join(
        f"{n} {name}" for name, n in found.items() if n or name in ("passed", "failed")
    )
