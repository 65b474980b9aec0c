# SPDX-License-Identifier: GPL-2.0-only
"""The arithmetic of the benchmark, with a program that stands for the real one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ns3_mptcp import bench


def test_ratios_and_table() -> None:
    costs = {"tcp2": bench.Cost(1000.0, 2.0, 1000), "mptcp": bench.Cost(1200.0, 2.5, 1100)}
    assert bench.ratios(costs) == {
        "instructions_per_packet": pytest.approx(1.2),
        "wall_s": pytest.approx(1.25),
        "peak_rss_kib": pytest.approx(1.1),
    }
    assert "1.200" in bench.table(costs)


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_start_up_cancels_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / bench.PROGRAM
    program.parent.mkdir()
    shutil.copy("/bin/true", program)  # costs the same for every size
    monkeypatch.setenv("NS3_MPTCP_PREFIX", str(tmp_path))
    assert bench.find_program() == program
    small, large = (bench.count_instructions(program, "tcp2", n) for n in (1000, 2000))
    assert small > 10000
    assert abs(large - small) < 1000


def test_memory_is_what_the_program_tells(tmp_path: Path) -> None:
    program = tmp_path / bench.PROGRAM
    program.write_text("#!/bin/sh\necho '{\"peak_rss_kib\": 4321}'\n")
    program.chmod(0o755)
    took, memory = bench.time_run(program, "mptcp", 1000)
    assert took > 0
    assert memory == 4321


def test_missing_program_is_one_line(mptcp, tmp_path: Path) -> None:
    done = mptcp("bench", env={**os.environ, "NS3_MPTCP_PREFIX": str(tmp_path)})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
