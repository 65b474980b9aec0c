# SPDX-License-Identifier: GPL-2.0-only
"""16 MiB within size / (r1 + r2) * 10 / 9 + 450 ms, in both directions."""

from __future__ import annotations

from ._suite import SuiteCheck


class SimultFlows(SuiteCheck):
    """16 MiB within size / (r1 + r2) * 10 / 9 + 450 ms, in both directions."""

    id = "F9"
    title = "completion times of Linux's simult_flows.sh"
    source = "Linux tools/testing/selftests/net/mptcp"
    evidence = "V1"
    suites = ("mptcp-simult-flows",)
    in_quick = False


CHECK = SimultFlows()
