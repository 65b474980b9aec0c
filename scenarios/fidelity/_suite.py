# SPDX-License-Identifier: GPL-2.0-only
"""Checks whose work C++ suites do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ns3_mptcp.check import Check, Metrics, Point, Results, Row, find_test_runner, run_suite


class SuiteCheck(Check):
    """Each point is one suite of ``mptcp-test-runner``."""

    suites: tuple[str, ...]
    needs_ns3 = False
    in_quick = True

    def binaries(self) -> list[Path]:
        """Return the runner and the library that it was built with."""
        program = find_test_runner()
        if program is None:
            return []
        return [program, *sorted((program.parents[1] / "src/mptcp").glob("libns3*-mptcp.so"))]

    def points(self, quick: bool) -> list[Point]:
        """One suite each."""
        return [{"suite": suite} for suite in self.suites] if self.in_quick or not quick else []

    def seeds(self, quick: bool) -> Sequence[int]:
        """Suites bring their own."""
        return range(1, 2)

    def simulate(self, ns: Any, point: Point, seed: int) -> Metrics:
        """Run the suite."""
        return run_suite(point["suite"])

    def judge(self, results: Results) -> list[Row]:
        """It passes."""
        return [
            Row(f"suite {point['suite']}", samples, "passes", 1)
            for point in self.points(results.quick)
            if (samples := results.samples(point, "passed"))
        ]
