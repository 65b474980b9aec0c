# SPDX-License-Identifier: GPL-2.0-only
"""Checks in Python of what the C++ of ns-3 and of this module stops the process over.

They raise :class:`~ns3_mptcp.parameters.UsageError`, which tells what is allowed.
"""

from __future__ import annotations

from typing import Any

from . import attributes
from .parameters import choose


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
