# SPDX-License-Identifier: GPL-2.0-only
"""MPTCP for stock ns-3.

``from ns3_mptcp import load; ns = load()`` gives the ns-3 namespace with the MPTCP module. Nothing
heavy is imported before ``load()`` is called. Mistakes of a program raise :class:`UsageError`, a
``ValueError``, with one line that names the thing, its value and what is allowed.
"""

from __future__ import annotations

from ._loader import MODULES, LoadError, load
from .parameters import UsageError

__all__ = ["MODULES", "LoadError", "UsageError", "load"]
