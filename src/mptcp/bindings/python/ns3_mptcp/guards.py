# SPDX-License-Identifier: GPL-2.0-only
"""Checks in Python of what the C++ of ns-3 and of this module stops the process over.

They raise :class:`~ns3_mptcp.parameters.UsageError`, which tells what is allowed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import attributes
from .analysis import schema
from .parameters import UsageError, choose

#: What writes files in a simulation of ``mptcp run``.
_open: list[Any] | None = None


def install(ns: Any) -> None:
    """Put the checks before the functions of a namespace that has just been loaded."""
    # ns-3's own SetDefault aborts.
    fail_safe = ns.Config.SetDefaultFailSafe

    def set_default(name: str, value: Any) -> None:
        fail_safe(name, attributes.checked(ns, str(name), value))

    ns.Config.SetDefault = set_default

    helper = ns.MptcpStackHelper
    set_own, set_other, set_profile = helper.Set, helper.SetDefault, helper.SetProfile
    stack_default = ns.MptcpStack.SetDefault

    def own(self: Any, name: str, value: Any) -> None:
        set_own(self, name, attributes.checked(ns, f"ns3::MptcpStack::{name}", value))

    def other(self: Any, name: str, value: Any) -> None:
        set_other(self, name, attributes.checked(ns, str(name), value, inherited=True))

    def of_stack(self: Any, name: str, value: Any) -> None:
        stack_default(self, name, attributes.checked(ns, str(name), value, inherited=True))

    def profile(self: Any, name: str) -> None:
        known = [str(p) for p in helper.GetProfiles()]
        if str(name) not in known:
            raise choose("profile", str(name), known)
        set_profile(self, name)

    helper.Set, helper.SetDefault, helper.SetProfile = own, other, profile
    ns.MptcpStack.SetDefault = of_stack
    _trace_helper(ns)


def _trace_helper(ns: Any) -> None:
    """Let tables that cannot be written raise ``OSError``; C++ would stop the process."""
    helper = ns.MptcpTraceHelper
    construct = helper.__init__

    def init(self: Any, directory: str) -> None:
        for table in (*schema.TABLES, *schema.OPTIONAL_TABLES):
            with Path(str(directory), f"{table}.csv").open("ab"):
                pass
        construct(self, str(directory))
        if _open is not None:
            keep(self)

    helper.__init__, helper.Close = init, _close


def _close(writer: Any) -> None:
    """Close what writes files; raise ``OSError`` for one that could not be written in full."""
    path, _, reason = str(writer.TryClose()).rpartition(": ")
    if path:
        raise OSError(None, reason, path)


def keep(writer: Any) -> None:
    """Keep what writes files until the simulation ends, see :func:`open_files`."""
    if _open is None:
        raise UsageError("files are written in a simulation of Context.simulation() alone")
    _open.append(writer)


@contextlib.contextmanager
def open_files() -> Iterator[None]:
    """Close the trace tables and captures that are opened within the block at its end.

    :raises OSError: one could not be written in full
    """
    global _open
    before, _open = _open, []
    opened = _open
    try:
        yield
    except BaseException:
        for writer in opened:
            writer.TryClose()  # what ended the block is told, and not what follows from it
        raise
    else:
        for writer in opened:
            _close(writer)
    finally:
        _open = before
