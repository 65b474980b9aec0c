# SPDX-License-Identifier: GPL-2.0-only
"""The runner of the fidelity checks, with checks that simulate nothing, and one that does."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from ns3_mptcp import check, dependencies, fidelity
from ns3_mptcp.check import Check, Point, Results, Row


class Fake(Check):
    """Answers from a table."""

    id = "F3"
    title = "fake"
    source = "none"
    evidence = "D"
    needs_ns3 = False

    def binaries(self) -> list[Path]:
        return []

    def points(self, quick: bool) -> list[Point]:
        return [{"x": 1}, {"x": 2}]

    def seeds(self, quick: bool) -> Sequence[int]:
        return range(1, 6)

    def simulate(self, ns, point, seed):
        if point["x"] == 3:
            raise check.Unavailable("not here")
        return {"y": 10 * point["x"] + seed}

    def judge(self, results: Results) -> list[Row]:
        rows = [
            Row(f"x = {p['x']}", results.samples(p, "y"), "13", 12, 14) for p in self.points(False)
        ]
        return rows


def jobs(tmp_path: Path, one: Check, **options) -> list[fidelity.Job]:
    return fidelity.jobs_of(one, False, tmp_path, **options)


def test_interval_is_students() -> None:
    # Mean 3, standard deviation sqrt(2.5), four degrees of freedom.
    assert check.interval([1, 2, 3, 4, 5]) == pytest.approx(2.776 * math.sqrt(2.5 / 5))
    assert math.isinf(check.interval([1]))


def test_rows() -> None:
    """The mean decides what fails; what passes has its whole 95 % interval in the band."""
    # Mean 3, interval +- 1.96.
    samples = [1.0, 2, 3, 4, 5]
    assert Row("", samples, "", 1, 5).verdict == "pass"
    assert Row("", samples, "", 1).verdict == "pass"
    assert Row("", samples, "", 1.1, 5).verdict == "unsure"
    assert Row("", samples, "", 1, 4.9).verdict == "unsure"
    assert Row("", samples, "", 2).verdict == "unsure"
    assert Row("", samples, "", high=3).verdict == "unsure"
    assert Row("", samples, "", 3.1).verdict == "FAIL", "whatever the interval reaches"
    assert Row("", [2, 2, 2], "", 2, 2).verdict == "pass"
    # One run has no interval: a short run is judged by its value.
    assert Row("", [2], "", 2, 2).verdict == "pass"
    assert Row("", [2], "", 2.1).verdict == "FAIL"
    assert Row("", [], "").verdict == "FAIL"
    assert Row("", [math.nan], "", 0).verdict == "FAIL"
    assert Row("", [9], "", 0, 1, gate=False).verdict == "report"
    assert Row("", [], "", missing="x").verdict == "skip"


def test_counts_tell_what_is_unsure() -> None:
    verdicts = ["pass", "unsure", "pass", "report"]
    assert fidelity.counts(verdicts) == "2 passed, 0 failed, 1 unsure"
    assert fidelity.counts([*verdicts, "FAIL", "skip"]) == (
        "2 passed, 1 failed, 1 skipped, 1 unsure"
    )
    assert fidelity.counts([]) == "0 passed, 0 failed"


def test_jobs_run_and_are_not_repeated(tmp_path: Path) -> None:
    one = Fake()
    todo = jobs(tmp_path, one)
    assert len(todo) == 2 * 5
    assert fidelity.run(None, todo, 3, True) == {}
    stored = fidelity.read(todo[6])
    assert stored is not None
    assert (stored["point"], stored["seed"], stored["metrics"]) == ({"x": 2}, 2, {"y": 22})
    assert all(fidelity.read(job) for job in jobs(tmp_path, one))
    rows = fidelity.rows_of(one, todo, False, {})
    # 13 +- 1.96 reaches out of 12..14.
    assert [row.verdict for row in rows] == ["unsure", "FAIL"]
    assert rows[0].samples == [11, 12, 13, 14, 15]
    lines = fidelity.table([(one, rows)])
    assert lines[1].split()[-1] == "unsure"
    assert "12..14" in lines[1]


def test_common_parameters_are_in_every_point(tmp_path: Path) -> None:
    class Common(Fake):
        common: ClassVar[Point] = {"overhead": 1}

        def simulate(self, ns, point, seed):
            return {"y": 12 + point["overhead"]}

    one, two = Common(), Common()
    todo = jobs(tmp_path, one, seeds=1)
    assert fidelity.run(None, todo, 2, True) == {}
    stored = fidelity.read(todo[0])
    assert stored is not None and stored["point"] == {"overhead": 1, "x": 1}
    rows = fidelity.rows_of(one, todo, False, {})
    assert [row.samples for row in rows] == [[13], [13]]
    # Another value makes new results.
    two.common = {"overhead": 0}
    assert not any(fidelity.read(job) for job in jobs(tmp_path, two))


def test_checks_over_networks_break_phase() -> None:
    suites = {"F1", "F2", "F9", "F30"}
    for one in fidelity.checks():
        assert one.common == ({} if one.id in suites else {"overhead": 1}), one.id


def test_seeds_until_it_is_enough(tmp_path: Path) -> None:
    class Enough(Fake):
        def enough(self, point, found):
            # At the second point, 21 + 22 + 23 + 24 is the first sum above 80.
            return sum(m["y"] for m in found) > 80

    one = Enough()
    todo = jobs(tmp_path, one)
    # The first point never has enough and takes all; what was running already is not used.
    for workers in (1, 3):
        assert fidelity.run(None, todo, workers, True) == {}
        rows = fidelity.rows_of(one, todo, False, {})
        assert [row.samples for row in rows] == [[11, 12, 13, 14, 15], [21, 22, 23, 24]]
        assert len(rows) == 2, "none is missing"
        if workers == 1:
            assert fidelity.read(todo[-1]) is None
    # One that gave no result is missing, and so is the one that has to stand in for it, which may
    # have run beside the others.
    todo[7].file.unlink()
    todo[9].file.unlink(missing_ok=True)
    rows = fidelity.rows_of(one, todo, False, {})
    assert rows[-1].what == "2 of 10 simulations gave no result"


def test_a_later_seed_does_not_stand_in_for_one_that_still_runs(tmp_path: Path) -> None:
    class Enough(Fake):
        def enough(self, point, found):
            # Seeds 1, 2 and 4 of the first point would do, if it were not for seed 3.
            return len(found) >= 3 and 13 not in [m["y"] for m in found]

        def simulate(self, ns, point, seed):
            while seed == 3 and not todo[3].file.exists():
                time.sleep(0.01)
            return super().simulate(ns, point, seed)

    one = Enough()
    todo = jobs(tmp_path, one)[:5]
    assert fidelity.run(None, todo, 2, True) == {}
    rows = fidelity.rows_of(one, todo, False, {})
    assert rows[0].samples == [11, 12, 13, 14, 15]


def test_quotients() -> None:
    from ns3_mptcp.scenarios.fidelity._common import mean, quotients

    # Twice and half of the same: together equal, not 5/4.
    samples = quotients([2, 1] * 20, [1, 2] * 20)
    assert mean(samples) == pytest.approx(1, abs=0.01)
    assert 0.1 < check.interval(samples) < 0.4
    assert quotients([3, 3], [2, 2]) == [1.5, 1.5]
    assert quotients([0, 0], [0, 0]) == [1, 1]
    assert mean(quotients([500, 500], [0, 0])) > 100
    assert quotients([], []) == []


def test_a_simulation_that_dies_fails_its_check_alone(tmp_path: Path) -> None:
    class Dies(Fake):
        def simulate(self, ns, point, seed):
            if (point["x"], seed) == (2, 4):
                os.abort()
            return super().simulate(ns, point, seed)

    todo = jobs(tmp_path, Dies())
    failed = fidelity.run(None, todo, 2, True)
    assert [(job.point["x"], job.seed) for jobs in failed.values() for job in jobs] == [(2, 4)]
    rows = fidelity.rows_of(Dies(), todo, False, failed)
    assert rows[-1].what == "1 of 10 simulations gave no result"
    assert rows[-1].verdict == "FAIL"


def test_ended_it_leaves_nothing_running(tmp_path: Path, python) -> None:
    done = python(
        f"""
import os, pathlib, signal, time
from ns3_mptcp import fidelity
from ns3_mptcp.check import Check

class Sleeps(Check):
    id, title, source, evidence = "F3", "sleeps", "none", "D"
    binaries = lambda self: []
    points = lambda self, quick: [dict(x=1)]
    judge = lambda self, results: []
    def simulate(self, ns, point, seed):
        if seed == 2:
            (pathlib.Path({str(tmp_path)!r}) / "child").write_text(str(os.getpid()))
            os.kill(os.getppid(), signal.SIGTERM)
            time.sleep(60)
        return dict(y=seed)

out = pathlib.Path({str(tmp_path)!r})
jobs = [fidelity.Job(Sleeps(), dict(x=1), n, out / "F3" / f"{{n}}.json") for n in (1, 2, 3)]
fidelity.run(None, jobs, 1, True)
"""
    )
    assert done.returncode == 143, done.stderr
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()
    assert len(list((tmp_path / "F3").glob("*.json"))) == 1


def test_unavailable_is_a_skip(tmp_path: Path) -> None:
    class Nowhere(Fake):
        def points(self, quick: bool) -> list[Point]:
            return [{"x": 3}]

    todo = jobs(tmp_path, Nowhere(), seeds=1)
    failed = fidelity.run(None, todo, 1, True)
    assert list(failed) == [fidelity.UNAVAILABLE]
    assert [row.verdict for row in fidelity.rows_of(Nowhere(), todo, False, failed)] == ["skip"]


def test_all_checks_are_complete() -> None:
    found = fidelity.checks()
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert one.title and one.source and one.evidence in check.EVIDENCE
        assert one.points(False), one.id
        # Ten random runs; a suite brings its own, two papers had five and thirty, and F31 takes as
        # many as it needs.
        seeds = {"F16": 5, "F25": 30, "F31": 120}.get(one.id, 10 if one.needs_ns3 else 1)
        assert list(one.seeds(False)) == list(range(1, seeds + 1)), one.id
        # A point names everything, so its text is the same after a round trip.
        for point in (*one.points(False), *one.points(True)):
            assert json.loads(check.key(point)) == point


def test_fingerprint_follows_binaries(tmp_path: Path) -> None:
    class Built(Fake):
        def binaries(self) -> list[Path]:
            return [tmp_path / "library"]

    (tmp_path / "library").write_bytes(b"one")
    one = fidelity.fingerprint(Built())
    assert one == fidelity.fingerprint(Built())
    (tmp_path / "library").write_bytes(b"two")
    assert one != fidelity.fingerprint(Built())


def test_fingerprint_follows_imports() -> None:
    torus = next(one for one in fidelity.checks() if one.id == "F10")
    names = dependencies.modules(type(torus).__module__)
    package = "ns3_mptcp."
    assert package + "topologies.simple" in names
    assert package + "topologies.graph" in names
    assert package + "flows" in names
    assert package + "scenarios.fidelity._common" in names
    assert package + "topologies.khalili" not in names


#: A check of the user's own, with a module beside it.
MINE = """
import beside
from ns3_mptcp.check import Check, Row

FACTOR, ONLY_POINTS = 2, (1, 2)

def double(x):
    'Twice.'
    return FACTOR * beside.identity(x)

def worth(samples):
    return samples

class Mine(Check):
    id, title, source, evidence = "MY-1", "mine", "nowhere", "D"
    needs_ns3 = False
    note = "a note"

    def binaries(self):
        return []

    def points(self, quick):
        return [{"x": x} for x in ONLY_POINTS]

    def seeds(self, quick):
        return range(1, 4)

    def enough(self, point, found):
        return len(found) >= 3

    def simulate(self, ns, point, seed):
        return {"y": self.of(point) + seed / 1000}

    def of(self, point):
        return double(point["x"])

    def judge(self, results):
        return [Row(f"x = {p['x']}", worth(results.samples(p, "y")), "?", 0, 5)
                for p in self.points(False)]

    def draw(self, results, axes):
        return False

CHECK = Mine()
"""

BESIDE = "def identity(x):\n    return x\n\ndef other(x):\n    return 7\n"


def run_mine(mptcp, tmp_path: Path, *options: str):
    return mptcp("fidelity", "mine.py", "--out", "out", "--no-plot", *options, cwd=tmp_path)


def test_a_check_of_the_user(mptcp, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "beside.py").write_text(BESIDE)
    done = run_mine(mptcp, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed"
    listed = mptcp("fidelity", "mine.py", "--list", cwd=tmp_path).stdout
    assert listed.startswith("MY-1 mine (nowhere;")
    for text, named in (
        (None, "no such check file: mine.py"),
        ("CHECK = 1", "no CHECK"),
        ("x = (", "mine.py:1:"),
        (MINE.replace('"MY-1"', '"F3"'), "'F3', allowed: one that no other check has"),
        (MINE.replace('"MY-1"', '"../x"'), "'../x', allowed: letters"),
        (MINE.replace('"D"', '"DD"'), "evidence of mine.py 'DD'"),
    ):
        (tmp_path / "mine.py").unlink(missing_ok=True)
        if text is not None:
            (tmp_path / "mine.py").write_text(text)
        done = run_mine(mptcp, tmp_path)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1 and named in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "kept"),
    [
        # What judges, draws and tells, and how many seeds there are.
        ("mine.py", '"?", 0, 5', '"?", 0, 6', True),
        ("mine.py", "    return samples", "    return sorted(samples)", True),
        ("mine.py", "range(1, 4)", "range(1, 3)", True),
        ("mine.py", "len(found) >= 3", "len(found) >= 2", True),
        ("mine.py", '"a note"', '"another note"', True),
        ("mine.py", '"nowhere"', '"somewhere"', True),
        ("mine.py", "return False", "return True", True),
        ("mine.py", "(1, 2)", "(1,)", True),
        ("mine.py", "'Twice.'", "'Two times.'", True),
        ("mine.py", "def worth", "# A comment.\ndef worth", True),
        ("beside.py", "return 7", "return 8", True),
        # What simulates, however far away.
        ("mine.py", "seed / 1000", "seed / 2000", False),
        ("mine.py", "FACTOR, ONLY_POINTS = 2", "FACTOR, ONLY_POINTS = 3", False),
        ("mine.py", "return FACTOR *", "return 1 + FACTOR *", False),
        ("beside.py", "return x", "return x + 1", False),
        ("mine.py", "CHECK = Mine()", "beside.identity = beside.other\nCHECK = Mine()", False),
    ],
)
def test_what_keeps_the_stored_results(
    mptcp, tmp_path: Path, file: str, old: str, new: str, kept: bool
) -> None:
    files = {"mine.py": MINE, "beside.py": BESIDE}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert run_mine(mptcp, tmp_path).returncode == 0
    assert old in files[file]
    (tmp_path / file).write_text(files[file].replace(old, new))
    done = run_mine(mptcp, tmp_path, "--table")
    assert ("gave no result" not in done.stdout) == kept, done.stdout


def test_a_row_without_samples_fails(tmp_path: Path) -> None:
    class Blind(Fake):
        def judge(self, results: Results) -> list[Row]:
            return [*super().judge(results), Row("nothing", [], "1", 0, 2)]

    todo = jobs(tmp_path, Blind())
    assert fidelity.run(None, todo, 2, True) == {}
    rows = fidelity.rows_of(Blind(), todo, False, {})
    assert [(row.what, row.verdict) for row in rows][-1] == ("nothing", "FAIL")


def test_a_short_run_may_leave_out_rows(tmp_path: Path) -> None:
    class Short(Fake):
        def points(self, quick: bool) -> list[Point]:
            return [{"x": 1}] if quick else [{"x": 1}, {"x": 2}]

    todo = fidelity.jobs_of(Short(), True, tmp_path)
    assert fidelity.run(None, todo, 2, True) == {}
    assert [row.what for row in fidelity.rows_of(Short(), todo, True, {})] == ["x = 1"]


def test_results_that_cannot_be_written_are_not_lost(mptcp, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "beside.py").write_text(BESIDE)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "MY-1").write_text("a file in the place of a folder")
    done = run_mine(mptcp, tmp_path, "--quiet", "--jobs", "1")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "MY-1: File exists" in done.stderr
    stored = json.loads(done.stdout.splitlines()[-1])
    assert [s["metrics"] for s in stored] == [{"y": 2.001}]
    # Nothing is simulated for a place that is none.
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "out").write_text("")
    done = run_mine(mptcp, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mptcp: cannot write to out: File exists\n"


def test_bad_input_is_one_line(mptcp) -> None:
    for arguments in (
        ["F999"],
        ["--jobs", "0"],
        ["--seeds", "x"],
        ["--seeds", "0"],
        ["--seeds", ""],
        ["--nonsense"],
        ["F27", "--quick", "--out", "/dev/null/results"],
    ):
        done = mptcp("fidelity", *arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_list(mptcp) -> None:
    done = mptcp("fidelity", "--list")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[:3]] == ["F1", "F2", "F3"]


@pytest.mark.slow
def test_quick_run_and_table(mptcp, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    done = mptcp("fidelity", "F27", "--quick", "--out", out)
    assert done.stdout.splitlines()[-1].endswith("passed, 0 failed"), done.stdout + done.stderr
    assert (tmp_path / "out/figures/F27.png").is_file()
    again = mptcp("fidelity", "F27", "--quick", "--out", out, "--table", "--no-plot")
    assert again.stdout == done.stdout
    assert again.stderr == ""
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert {row["check"] for row in summary["rows"]} == {"F27"}


@pytest.mark.slow
def test_one_subflow_is_tcp(python) -> None:
    """Cells of F31: a share as of stock TCP, and alone as many octets again in as much time."""
    done = python(
        """
import json
from ns3_mptcp import load
from ns3_mptcp.scenarios.fidelity.f31_one_subflow import CHECK, _alone, _shared
ns = load()
def run(point, seeds=1):
    point = {**CHECK.common, **point}
    return [CHECK.simulate(ns, point, seed) for seed in range(1, seeds + 1)]
shared = [run({**point, "rounds": 400}, 4) for point in _shared(0.05, "red", "newreno")]
(alone,) = run(_alone(0.02, "drop-tail 300p", "cubic", 20_000_000))
print(json.dumps([shared, alone]))
"""
    )
    assert done.returncode == 0, done.stderr
    shared, alone = json.loads(done.stdout)
    for runs in shared:
        one, two = (sum(run["rates"][i] for run in runs) for i in (0, 1))
        assert 0.85 < two / one < 1.15, runs
        # Of 7.8 Mb/s.
        assert all(0.8 * 7.8 < sum(run["rates"]) < 7.8 for run in runs), runs
    assert alone["again"][0] > 0
    assert 0.9 < alone["again"][1] / alone["again"][0] < 1.1
    assert 0.975 < alone["times"][1] / alone["times"][0] < 1.025
