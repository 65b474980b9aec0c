# SPDX-License-Identifier: GPL-2.0-only
"""MPTCP for stock ns-3.

``from ns3_mptcp import load; ns = load()`` gives the ns-3 namespace with the MPTCP module. Nothing
heavy is imported before ``load()`` is called.
"""

from __future__ import annotations

from ._loader import MODULES, LoadError, load

__all__ = ["MODULES", "LoadError", "load"]
