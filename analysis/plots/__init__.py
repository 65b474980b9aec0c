# SPDX-License-Identifier: GPL-2.0-only
"""Figures, one kind each: ``draw(trace, stem, ...)`` writes ``stem.pdf`` and ``stem.png``."""
