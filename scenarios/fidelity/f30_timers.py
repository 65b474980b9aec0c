# SPDX-License-Identifier: GPL-2.0-only
"""Counts and times of what is repeated to a silent peer."""

from __future__ import annotations

from ._suite import SuiteCheck


class Timers(SuiteCheck):
    """Counts and times of what is repeated to a silent peer."""

    id = "F30"
    title = "ADD_ADDR, FASTCLOSE and close timers"
    source = "RFC 8684 sections 3.4.1, 3.5; Linux sysctls"
    evidence = "V1"
    suites = ("mptcp-handshake", "mptcp-pm", "mptcp-fallback")
    in_quick = False


CHECK = Timers()
