# SPDX-License-Identifier: GPL-2.0-only
"""Read traces of MPTCP, measure them, draw them.

Knows the trace schema only: no ns-3, no simulation.
"""
