# SPDX-License-Identifier: GPL-2.0-only
"""Check ``--ns3::Class::Attribute=value`` before ns-3 sees it.

ns-3 aborts the process at an unknown attribute or a bad value. Here both end in one line that names
what is allowed.
"""

from __future__ import annotations

import difflib
import os
import re
import signal
from dataclasses import dataclass
from typing import Any

from .parameters import UsageError, choose

#: What to say of kinds whose own description says little.
_EXAMPLES = {
    "ns3::TimeValue": "a time with its unit, such as 10ms",
    "ns3::DataRateValue": "a data rate with its unit, such as 10Mbps",
    "ns3::QueueSizeValue": "a queue size, such as 50p or 64KiB",
    "ns3::BooleanValue": "true or false",
}


#: Numbers as C++'s streams read them.
_NUMBERS = {
    "ns3::DoubleValue": re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"),
    "ns3::UintegerValue": re.compile(r"\s*[-+]?\d+"),
    "ns3::IntegerValue": re.compile(r"\s*[-+]?\d+"),
}


@dataclass(frozen=True)
class Override:
    """A default value of an attribute, set by the user."""

    class_name: str  # "ns3::TcpSocket"
    attribute: str
    value: str

    @property
    def path(self) -> str:
        """The name that Config::SetDefault takes."""
        return f"{self.class_name}::{self.attribute}"


def parse(argument: str) -> Override:
    """Split ``--ns3::Class::Attribute=value``."""
    match = re.fullmatch(r"--(ns3::[\w:<>, ]+?)::(\w+)=(.*)", argument, re.DOTALL)
    if match is None:
        raise UsageError(f"'{argument}' is not of the form --ns3::Class::Attribute=value")
    return Override(match[1], match[2], match[3])


def check(ns: Any, overrides: list[Override]) -> None:
    """Raise :class:`UsageError` for the first override that ns-3 would not take."""
    for override in overrides:
        found, type_id = ns.LookupByNameFailSafe(override.class_name)
        if not found:
            raise choose("class", override.class_name, _class_names(ns))
        info = _own_attribute(type_id, override.attribute)
        if info is None:
            raise _unknown_attribute(ns, type_id, override)
        if reason := _refusal(ns, info, override.value):
            raise UsageError(f"{override.path}='{override.value}' is not allowed: give {reason}")


def is_readable(ns: Any, path: str, value: Any) -> bool:
    """Tell whether ns-3 can read a text as the number that it is to be: it aborts if not."""
    if not isinstance(value, ns.StringValue):
        return True
    class_name, _, attribute = path.rpartition("::")
    found, type_id = ns.LookupByNameFailSafe(class_name)
    info = _own_attribute(type_id, attribute) if found else None
    form = _NUMBERS.get(str(info.checker.GetValueTypeName())) if info else None
    return form is None or form.fullmatch(str(value.Get())) is not None


def explain(ns: Any, path: str, value: Any) -> str:
    """Say why ``Config.SetDefault`` refuses a value: one line with what is allowed."""
    class_name, _, attribute = path.rpartition("::")
    found, type_id = ns.LookupByNameFailSafe(class_name)
    if not found:
        return str(choose("class", class_name, _class_names(ns)))
    info = _own_attribute(type_id, attribute)
    if info is None:
        return str(_unknown_attribute(ns, type_id, Override(class_name, attribute, "...")))
    text = str(value.SerializeToString(info.checker))
    if str(info.checker.GetValueTypeName()) == "ns3::TypeIdValue":
        allowed = _type_refusal(ns, info, text)
    else:
        allowed = _allowed(info)
    return f"{path}='{text}' is not allowed: give {allowed}"


def apply(ns: Any, overrides: list[Override]) -> None:
    """Set the defaults. They must have passed :func:`check`."""
    for override in overrides:
        ns.Config.SetDefault(override.path, ns.StringValue(override.value))


def _class_names(ns: Any) -> list[str]:
    ids = (ns.TypeId.GetRegistered(i) for i in range(ns.TypeId.GetRegisteredN()))
    return [str(i.GetName()) for i in ids if i.GetAttributeN()]


def _own_attribute(type_id: Any, name: str) -> Any | None:
    # Config::SetDefault takes a class's own attributes only, not the inherited ones.
    for i in range(type_id.GetAttributeN()):
        info = type_id.GetAttribute(i)
        if str(info.name) == name:
            return info
    return None


def _unknown_attribute(ns: Any, type_id: Any, override: Override) -> UsageError:
    own = [str(type_id.GetAttribute(i).name) for i in range(type_id.GetAttributeN())]
    ancestor = type_id
    while ancestor.HasParent() and ancestor.GetParent().GetUid() != ancestor.GetUid():
        ancestor = ancestor.GetParent()
        if _own_attribute(ancestor, override.attribute) is not None:
            return UsageError(
                f"attribute '{override.attribute}' of {override.class_name} is inherited: "
                f"give --{ancestor.GetName()}::{override.attribute}={override.value}"
            )
    return choose(f"attribute of {override.class_name}", override.attribute, own)


def _refusal(ns: Any, info: Any, value: str) -> str:
    """Return what is allowed instead of the value, or nothing when it is good."""
    kind = str(info.checker.GetValueTypeName())
    if kind == "ns3::TypeIdValue":
        return _type_refusal(ns, info, value)
    if _survives(lambda: bool(info.checker.CreateValidValue(ns.StringValue(value)))):
        return ""
    return _allowed(info)


def _allowed(info: Any) -> str:
    """Return what the checker of an attribute admits."""
    kind = str(info.checker.GetValueTypeName())
    detail = str(info.checker.GetUnderlyingTypeInformation())
    default = str(info.initialValue.SerializeToString(info.checker))
    text = _EXAMPLES.get(kind) or detail or kind.removeprefix("ns3::").removesuffix("Value")
    return text + (f" (default {default})" if default else "")


def _type_refusal(ns: Any, info: Any, value: str) -> str:
    """Check the name of a class that ns-3 will instantiate.

    ns-3 takes any class here and aborts when it is used. The default tells the family: it descends
    from an abstract class right below ns3::Object.
    """
    default = str(info.initialValue.SerializeToString(info.checker))
    found, family = ns.LookupByNameFailSafe(default)
    if not found:
        found, _ = ns.LookupByNameFailSafe(value)
        return "" if found else "the name of a class"
    while family.HasParent() and str(family.GetParent().GetName()) not in (
        "ns3::Object",
        "ns3::ObjectBase",
        str(family.GetName()),
    ):
        family = family.GetParent()
    ids = (ns.TypeId.GetRegistered(i) for i in range(ns.TypeId.GetRegisteredN()))
    allowed = [
        str(i.GetName())
        for i in ids
        if i.HasConstructor() and (i.IsChildOf(family) or i.GetUid() == family.GetUid())
    ]
    if value in allowed:
        return ""
    close = difflib.get_close_matches(value, allowed, n=1)
    hint = f"{close[0]}, or another of: " if close else "one of: "
    return hint + ", ".join(sorted(set(allowed) - set(close)))


def _survives(action: Any) -> bool:
    """Tell whether an action returns true, in a child that may abort in place of this process."""
    pid = os.fork()
    if pid == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for number in (signal.SIGABRT, signal.SIGSEGV):
            signal.signal(number, signal.SIG_DFL)  # cling's own handler prints a stack
        good = False
        try:
            good = action()
        finally:
            os._exit(0 if good else 1)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0
