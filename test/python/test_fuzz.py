# SPDX-License-Identifier: GPL-2.0-only
"""The command of the fuzzers, with programs that stand for the real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ns3_mptcp import fuzz

#: In fork mode: seed 2 finds a fault, seed 3 hangs, others find nothing.
STAND_IN = """#!/bin/sh
case "$*" in
*-fork=*) ;;
*) echo 'NS_ASSERT failed, cond="truth"' >&2; exit 77 ;;
esac
echo "$@" >> "{tree}/calls"
echo "$ASAN_OPTIONS" >> "{tree}/options"
for argument; do
    case $argument in
        -artifact_prefix=*) prefix=${{argument#-artifact_prefix=}} ;;
        -seed=*) seed=${{argument#-seed=}} ;;
    esac
done
echo "#900: cov: 40 ft: 70 corp: 5 exec/s 90 oom/timeout/crash: 0/0/0 time: 10s job: 1 dft_time: 0"
echo "  NEW_FUNC: 0x1"
echo "#1200: cov: 50 ft: 90 corp: 7 exec/s 80 oom/timeout/crash: 0/0/0 time: 15s job: 2 dft_time: 0"
case $seed in
    2)
        echo 'NS_ASSERT failed, cond="truth", +1s' >&2
        echo "==7== ERROR: libFuzzer: deadly signal" >&2
        echo seed > "${{prefix}}crash-0123"
        echo "artifact_prefix='$prefix'; Test unit written to ${{prefix}}crash-0123" >&2
        exit 77
        ;;
    3) exec sleep 60 ;;
esac
echo slow > "${{prefix}}slow-unit-4567"
echo "artifact_prefix='$prefix'; Test unit written to ${{prefix}}slow-unit-4567" >&2
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    for target in fuzz.TARGETS.values():
        program = tmp_path / "bin" / target.program
        program.write_text(STAND_IN.format(tree=tmp_path))
        program.chmod(0o755)
    monkeypatch.setattr(fuzz, "build", lambda source, tree, jobs: None)
    return tmp_path


def run(tree: Path, *arguments: str) -> int:
    return fuzz.main(["--build-dir", str(tree), "--jobs", "2", *arguments])


def test_runs_of_each_seed_and_target(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "--minutes", "1", "--seed", "10", "--seeds", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "4 passed, 0 failed"
    assert [line.split(":")[0] for line in lines[:-1]] == [
        *("receive, seed 10", "receive, seed 11"),
        *("option, seed 10", "option, seed 11"),
    ]
    assert all("1200 executions in" in line for line in lines[:-1])
    assert all(line.endswith("corpus 7, coverage 50") for line in lines[:-1])
    calls = (tree / "calls").read_text().splitlines()
    assert all("-fork=2" in call and "-max_total_time=30" in call for call in calls)
    # New inputs go to the first folder, which is none of the checkout.
    folders = [call.split()[-2:] for call in calls]
    assert folders[0][0] == str(tree / "corpus" / "receive")
    assert folders[0][1].endswith("src/mptcp/test/fuzz/receive-corpus")
    assert folders[2][0] == str(tree / "corpus" / "option")
    assert all(Path(folder).is_dir() for pair in folders for folder in pair)


def test_the_first_finding_ends_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "--target", "receive", "--seeds", "4") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 passed, 1 failed"
    found = tree / "findings" / "receive" / "crash-0123"
    assert f"input: {found}" in lines
    assert 'receive, seed 2 failed: cond="truth", +1s' in lines
    assert 'NS_ASSERT failed, cond="truth"' in lines
    again = next(line for line in lines if line.startswith("again: "))
    done = subprocess.run(again.split(": ", 1)[1], shell=True, capture_output=True, text=True)
    assert done.returncode == 77
    assert len((tree / "calls").read_text().splitlines()) == 2
    # The same again: it is no less a finding for being there already.
    assert run(tree, "--target", "receive", "--seed", "2", "--seeds", "1") == 1
    assert f"input: {found}" in capsys.readouterr().out.splitlines()


def test_a_run_without_an_end_has_failed(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fuzz, "PATIENCE", -58)
    assert run(tree, "--target", "receive", "--seed", "3", "--seeds", "1", "--minutes", "1") == 1
    lines = capsys.readouterr().out.splitlines()
    assert "receive, seed 3 failed: no end" in lines
    assert lines[-1] == "0 passed, 1 failed"


def test_settings_of_the_user_do_not_slow_it_down(tree: Path) -> None:
    assert run(tree, "--target", "option", "--seeds", "1") == 0
    assert (tree / "options").read_text().splitlines() == [fuzz.FAST]


def test_a_finding_that_passes_alone_is_told(tree: Path) -> None:
    shutil.copy("/bin/true", tree / "bin" / fuzz.TARGETS["option"].program)
    assert fuzz.explain(tree, "option", tree / "x") == "it passes when it is run alone\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--minutes", "0"],
        ["--seed", "x"],
        ["--jobs", "-1"],
        ["--target", "recieve"],
        ["--seeds"],
        ["more"],
    ],
)
def test_wrong_usage_is_one_line(mptcp, arguments: list[str]) -> None:
    done = mptcp("fuzz", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_outside_of_a_checkout_is_one_line(mptcp, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "NS3_MPTCP_SOURCE"}
    done = mptcp("fuzz", cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_compiler_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzz, "COMPILERS", ("no-such-clang",))
    assert fuzz.main(["--build-dir", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1].startswith("mptcp: clang is missing")
    assert captured.out == ""
