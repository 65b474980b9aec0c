# SPDX-License-Identifier: GPL-2.0-only
"""Increments to 1e-9, decisions exactly."""

from __future__ import annotations

from ._suite import SuiteCheck


class UnitVectors(SuiteCheck):
    """Increments to 1e-9, decisions exactly."""

    id = "F1"
    title = "unit vectors of the controllers and schedulers"
    source = "reference-values.json: authors' code and formulas"
    evidence = "D"
    suites = ("mptcp-congestion", "mptcp-lia", "mptcp-scheduler", "mptcp-scheduler-papers")
    in_quick = False


CHECK = UnitVectors()
