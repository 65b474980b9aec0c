# SPDX-License-Identifier: GPL-2.0-only
"""The fidelity checks: one published result each, run by ``mptcp fidelity``."""
