# SPDX-License-Identifier: GPL-2.0-only
"""Check values of attributes before ns-3 sees them.

ns-3 aborts the process at an unknown attribute or a bad value, and takes some values with which a
simulation moves nothing or ends in the midst. Here all end in one line that names what is allowed.
"""

from __future__ import annotations

import difflib
import os
import re
import signal
from dataclasses import dataclass
from typing import Any

from .parameters import MAX_RATE, MAX_TIME, UsageError, choose, rate_bps

#: What to say of kinds whose own description says little.
_EXAMPLES = {
    "ns3::TimeValue": "a time with its unit, such as 10ms",
    "ns3::DataRateValue": "a data rate with its unit, such as 10Mbps",
    "ns3::QueueSizeValue": "a queue size, such as 50p or 64KiB",
    "ns3::BooleanValue": "true or false",
}

_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"

#: Values as ns-3 reads them, where it aborts at others or takes them for something else: a time
#: without a unit is one of seconds, a rate without one of bit/s.
_FORMS = {
    "ns3::DoubleValue": re.compile(rf"\s*{_NUMBER}", re.ASCII),
    "ns3::UintegerValue": re.compile(r"\s*\+?\d+", re.ASCII),
    "ns3::IntegerValue": re.compile(r"\s*[-+]?\d+", re.ASCII),
    "ns3::TimeValue": re.compile(rf"\+?0+|{_NUMBER}(s|ms|us|ns|ps|fs|min|h|d|y)", re.ASCII),
    "ns3::DataRateValue": re.compile(r"(\d+\.?\d*|\.\d+)([kKMG]i?)?(bps|b/s|Bps|B/s)", re.ASCII),
    "ns3::QueueSizeValue": re.compile(r"\d+([kKMG]i?)?[pB]", re.ASCII),
}

#: Units of times in s; only zero has none.
_TIME_UNITS = {"": 0, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12, "fs": 1e-15}
_TIME_UNITS |= {"min": 60, "h": 3600, "d": 86400, "y": 365 * 86400}

#: Booleans as people write them. ns-3 knows some of them, and no capital letters.
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "1", "yes", "on"), "true"),
    **dict.fromkeys(("false", "f", "0", "no", "off"), "false"),
}

#: What ns-3 takes and cannot use: least and most, and their unit. Segments are of an octet at
#: least, and of what the largest IPv4 packet has room for at most. A connection without attempts,
#: window or buffers moves nothing; BulkSend writes 512 octets at a time, and a window of TCP has up
#: to 1 GiB. A timer of no time fires for ever at one instant, or before anything can come back.
_LIMITS: dict[str, tuple[float, float, str]] = {
    "ns3::TcpSocket::SegmentSize": (1, 65495, "octets"),
    "ns3::TcpSocket::SndBufSize": (512, 2**30, "octets"),
    "ns3::TcpSocket::RcvBufSize": (512, 2**30, "octets"),
    "ns3::TcpSocket::InitialCwnd": (1, 2**16, "segments"),
    "ns3::TcpSocket::DelAckCount": (1, 2**16, "segments"),
    "ns3::TcpSocket::ConnCount": (1, 2**16, "attempts"),
    "ns3::TcpSocket::ConnTimeout": (1e-3, MAX_TIME, "s"),
    "ns3::TcpSocket::PersistTimeout": (1e-3, MAX_TIME, "s"),
    "ns3::TcpSocket::DelAckTimeout": (0, MAX_TIME, "s"),
    "ns3::TcpSocketBase::MaxWindowSize": (512, 65535, "octets"),
    "ns3::TcpSocketBase::MinRto": (1e-3, MAX_TIME, "s"),
    "ns3::TcpSocketBase::ClockGranularity": (1e-9, MAX_TIME, "s"),
    "ns3::RttEstimator::InitialEstimation": (1e-6, MAX_TIME, "s"),
    "ns3::PointToPointNetDevice::DataRate": (1, MAX_RATE, "b/s"),
    "ns3::PointToPointNetDevice::Mtu": (68, 65535, "octets"),
    "ns3::CsmaChannel::DataRate": (1, MAX_RATE, "b/s"),
    "ns3::BulkSendApplication::SendSize": (1, 2**31 - 1, "octets"),
    "ns3::OnOffApplication::DataRate": (1, MAX_RATE, "b/s"),
    "ns3::OnOffApplication::PacketSize": (1, 2**31 - 1, "octets"),
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


def check(ns: Any, overrides: list[Override]) -> list[Override]:
    """Return the overrides as ns-3 reads them.

    :raises UsageError: for the first that ns-3 would not take, or could not use
    """
    return [
        Override(o.class_name, o.attribute, normalize(ns, o.path, o.value, option=True))
        for o in overrides
    ]


def normalize(ns: Any, path: str, value: Any, option: bool = False) -> str:
    """Return the text that ns-3 reads as this value of an attribute.

    Booleans may be written as in Python, and in capitals.

    :param path: ``ns3::Class::Attribute``
    :param value: text, number or boolean
    :param option: it comes from the command line, where a name may be corrected
    :raises UsageError: what ns-3 does not take or cannot use; it names what is allowed
    """
    type_id, attribute = _split(ns, path)
    info = _own_attribute(type_id, attribute)
    text = str(value).strip()
    if info is None:
        raise _unknown_attribute(ns, type_id, Override(path, attribute, text), option)
    return _normalize(ns, path, info, text, quiet=option)


def normalize_member(ns: Any, type_id: Any, attribute: str, value: Any) -> str:
    """Return the text that ns-3 reads as this value of an attribute, which may be inherited.

    :param type_id: ``ns3::TypeId`` of what has the attribute
    :raises UsageError: as :func:`normalize`
    """
    names: list[str] = []
    ancestor = type_id
    while True:
        if (info := _own_attribute(ancestor, attribute)) is not None:
            path = f"{ancestor.GetName()}::{attribute}"
            return _normalize(ns, path, info, str(value).strip())
        names += [str(ancestor.GetAttribute(i).name) for i in range(ancestor.GetAttributeN())]
        if not ancestor.HasParent() or ancestor.GetParent().GetUid() == ancestor.GetUid():
            raise choose(f"attribute of {type_id.GetName()}", attribute, names)
        ancestor = ancestor.GetParent()


def _normalize(ns: Any, path: str, info: Any, text: str, quiet: bool = False) -> str:
    kind = str(info.checker.GetValueTypeName())
    if kind == "ns3::BooleanValue":
        text = _BOOLEANS.get(text.lower(), text)
    form = _FORMS.get(kind)
    if form is not None and form.fullmatch(text) is None:
        bare = kind in _UNITS and re.fullmatch(_NUMBER, text)
        why = "has no unit" if bare else "is not allowed"
        limits = path in _LIMITS and kind not in _UNITS
        allowed = _range(*_LIMITS[path]) if limits else _allowed(info)
        raise UsageError(f"{path}='{text}' {why}: give {allowed}")
    if reason := _out_of_limits(path, kind, text) or _refusal(ns, info, text, quiet):
        raise UsageError(f"{path}='{text}' is not allowed: give {reason}")
    return text


def checked(ns: Any, path: str, value: Any, inherited: bool = False) -> Any:
    """Return an ``ns3::AttributeValue`` that ns-3 takes for this attribute.

    :param value: an ``ns3::AttributeValue``, or text, a number or a boolean
    :param inherited: the attribute may be one of a base class
    :raises UsageError: what ns-3 does not take or cannot use
    """
    if isinstance(value, ns.StringValue) or not isinstance(value, ns.AttributeValue):
        text = value.Get() if isinstance(value, ns.StringValue) else value
        if inherited:
            type_id, attribute = _split(ns, path)
            return ns.StringValue(normalize_member(ns, type_id, attribute, text))
        return ns.StringValue(normalize(ns, path, text))
    type_id, attribute = _split(ns, path)
    info = _own_attribute(type_id, attribute)
    if info is None and not inherited:
        raise _unknown_attribute(ns, type_id, Override(path, attribute, "..."), False)
    if info is not None:
        text = str(value.SerializeToString(info.checker))
        kind = str(info.checker.GetValueTypeName())
        reason = _out_of_limits(path, kind, text) if path in _LIMITS else ""
        if not reason and not info.checker.CreateValidValue(value):
            reason = _allowed(info)
        if reason:
            raise UsageError(f"{path}='{text}' is not allowed: give {reason}")
    return value


def default(ns: Any, path: str) -> str:
    """Return what new objects have, as text."""
    type_id, attribute = _split(ns, path)
    info = _own_attribute(type_id, attribute)
    if info is None:
        raise _unknown_attribute(ns, type_id, Override(path, attribute, "..."), False)
    return str(info.initialValue.SerializeToString(info.checker))


def _split(ns: Any, path: str) -> tuple[Any, str]:
    class_name, _, attribute = path.rpartition("::")
    found, type_id = ns.LookupByNameFailSafe(class_name)
    if not found:
        raise choose("class", class_name, _class_names(ns))
    return type_id, attribute


#: Kinds of values that have a unit.
_UNITS = ("ns3::TimeValue", "ns3::DataRateValue", "ns3::QueueSizeValue")


def _out_of_limits(path: str, kind: str, text: str) -> str:
    """Return what is allowed where a number is out of :data:`_LIMITS`, or nothing."""
    if kind == "ns3::TimeValue":
        number = _seconds(text)
        least, most, unit = _LIMITS.get(path, (0, MAX_TIME, "s"))
    elif kind == "ns3::DataRateValue":
        number = rate_bps(text)
        least, most, unit = _LIMITS.get(path, (0, 2**63, "b/s"))
    elif path in _LIMITS:
        number = float(text)
        least, most, unit = _LIMITS[path]
    else:
        return ""
    return "" if least <= number <= most else _range(least, most, unit)


def _range(least: float, most: float, unit: str) -> str:
    return f"{least:.15g} to {most:.15g} {unit}"


def _seconds(text: str) -> float:
    """Return a time of ns-3's notation in s."""
    number = re.match(_NUMBER, text)
    assert number is not None
    return float(number[0]) * _TIME_UNITS[text[number.end() :]]


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


def _unknown_attribute(ns: Any, type_id: Any, override: Override, option: bool) -> UsageError:
    own = [str(type_id.GetAttribute(i).name) for i in range(type_id.GetAttributeN())]
    name = type_id.GetName()
    ancestor = type_id
    while ancestor.HasParent() and ancestor.GetParent().GetUid() != ancestor.GetUid():
        ancestor = ancestor.GetParent()
        if _own_attribute(ancestor, override.attribute) is not None:
            return UsageError(
                f"attribute '{override.attribute}' of {name} is inherited: give "
                f"{'--' if option else ''}{ancestor.GetName()}::{override.attribute}"
                f"={override.value}"
            )
    return choose(f"attribute of {name}", override.attribute, own)


def _refusal(ns: Any, info: Any, value: str, quiet: bool) -> str:
    """Return what is allowed instead of the value, or nothing when it is good.

    :param quiet: let nobody see what the library's own checkers write on the error output, which is
        for programs in C++
    """

    def read() -> bool:
        return bool(info.checker.CreateValidValue(ns.StringValue(value)))

    kind = str(info.checker.GetValueTypeName())
    if kind == "ns3::TypeIdValue":
        reason = _type_refusal(ns, info, value)
        if reason and not quiet and ns.LookupByNameFailSafe(value)[0]:
            read()
        return reason
    # ns-3 aborts at what it cannot read. What has the right form, and no more digits than a number
    # of 64 bits, it can read.
    readable = kind in (*_FORMS, "ns3::BooleanValue", "ns3::StringValue") and len(value) < 19
    return "" if (read() if readable and not quiet else _survives(read)) else _allowed(info)


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
    # A default that has no constructor, such as ns3::UdpSocketFactory, is looked up at a node, and
    # nothing makes an object of it.
    looked_up = not ns.TypeId.LookupByName(default).HasConstructor()
    allowed = [
        str(i.GetName())
        for i in ids
        if (i.HasConstructor() and i.GetUid() == family.GetUid())
        or ((i.HasConstructor() or looked_up) and i.IsChildOf(family))
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
