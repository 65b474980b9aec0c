# SPDX-License-Identifier: GPL-2.0-only
"""Declared parameters of a scenario: type, default, unit, range, and one clear line when wrong."""

from __future__ import annotations

import argparse
import difflib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_SI = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}
_IEC = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_TIME_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}


#: Largest data rate in bit/s. A full packet then takes 12 ns, and ns-3 counts whole nanoseconds: at
#: rates of which it takes none, time stands still and a simulation has no end.
MAX_RATE = 1e12

#: Longest time in s, ten times as far from the end of ns-3's clock.
MAX_TIME = 1e9

#: Most packets or octets of a queue.
MAX_QUEUE = 10**9

#: Most octets, whatever of.
MAX_SIZE = 2**62

# Digits of ASCII alone: Python takes those of all scripts, and ns-3 ends the process at them.
_RATE = re.compile(r"(\d+(?:\.\d+)?)([kKMG]i?)?(bps|b/s|Bps|B/s)", re.ASCII)
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|min)", re.ASCII)
_QUEUE = re.compile(r"([1-9]\d{0,17})([kKMG]i?)?([pB]?)", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kKMG]i?)?B?", re.ASCII)
_INT = re.compile(r"-?\d{1,30}", re.ASCII)


class UsageError(ValueError):
    """The user asked for what does not exist or cannot be.

    The text is one line, which names the thing, its value and what is allowed. The command prints
    it and exits with status 2. All errors of this package that are a user's mistake derive from it.
    """


class Parser(argparse.ArgumentParser):
    """A parser of a command line whose errors are :class:`UsageError`."""

    def error(self, message: str) -> Any:
        """Raise what argparse would print."""
        # "argument --rate1: expected one argument", of which the first word tells nothing.
        raise UsageError(message.removeprefix("argument "))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; a value that begins with a minus, such as -10Mbps, is no option."""
        return super().parse_known_args(self._join(args or []), namespace)

    def _join(self, arguments: Sequence[str]) -> list[str]:
        joined: list[str] = []
        for argument in arguments:
            before = self._option_string_actions.get(joined[-1]) if joined else None
            takes = before is not None and before.nargs is None
            if takes and re.match(r"-[\d.]|-(inf|nan)", argument, re.IGNORECASE):
                joined[-1] += f"={argument}"
            else:
                joined.append(argument)
        return joined


def choose(what: str, given: str, allowed: Iterable[str], limit: int = 24) -> UsageError:
    """Return the error for a name that is not among the allowed ones.

    Close matches come first; then the whole list, as far as a line holds it.
    """
    names = sorted(set(allowed))
    close = difflib.get_close_matches(given, names, n=3, cutoff=0.6)
    if not close:
        lower = {n.lower(): n for n in names}
        close = [lower[m] for m in difflib.get_close_matches(given.lower(), lower, n=3, cutoff=0.6)]
    text = f"unknown {what} '{given}'"
    if close:
        text += f"; did you mean {' or '.join(close)}?"
    if not names:
        return UsageError(text + "; there is none")
    shown, more = names, ""
    if len(names) > limit:
        shown = sorted(names, key=lambda n: "mptcp" not in n.lower())[:limit]
        more = f" and {len(names) - limit} more"
    return UsageError(f"{text}{'' if close else ';'} allowed: {', '.join(shown)}{more}")


def parse_rate(text: str) -> str:
    """Check a data rate in ns-3's notation and return it."""
    match = _RATE.fullmatch(text)
    if match is None or float(match[1]) <= 0:
        raise ValueError("a positive data rate with its unit, such as 10Mbps or 1.5Gb/s")
    return text


def rate_bps(text: str) -> float:
    """Return a data rate in bit/s."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a data rate: {text}")
    prefix = match[2] or ""
    return float(match[1]) * (_SI | _IEC)[prefix] * (8 if match[3].startswith("B") else 1)


def parse_time(text: str) -> str:
    """Check a time in ns-3's notation and return it."""
    if _TIME.fullmatch(text) is None:
        raise ValueError("a time with its unit, such as 10ms or 1.5s")
    return text


def time_seconds(text: str) -> float:
    """Return a time in seconds."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text}")
    return float(match[1]) * _TIME_UNITS[match[2]] / 1e9


def parse_queue(text: str) -> str:
    """Check a queue size in ns-3's notation, or a bare number of packets, and return it."""
    match = _QUEUE.fullmatch(text)
    if match is None or (match[2] and not match[3]):
        raise ValueError("packets or octets, such as 50, 50p or 64KiB")
    if int(match[1]) * (_SI | _IEC)[match[2] or ""] > MAX_QUEUE:
        raise ValueError(f"at most {MAX_QUEUE} packets or octets, such as 50, 50p or 64KiB")
    return text if match[3] else f"{text}p"


def parse_size(text: str) -> int:
    """Return a number of octets."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError("octets, such as 1448, 64KiB or 16MiB")
    octets = float(match[1]) * (_SI | _IEC)[match[2] or ""]
    if octets > MAX_SIZE:
        raise ValueError(f"at most {MAX_SIZE} octets, such as 1448, 64KiB or 16MiB")
    return int(octets)


def parse_flag(text: str) -> bool:
    """Return a yes/no value."""
    value = {"on": True, "true": True, "yes": True, "1": True}.get(text.lower())
    if value is None:
        value = {"off": False, "false": False, "no": False, "0": False}.get(text.lower())
    if value is None:
        raise ValueError("on or off")
    return value


def quantity(
    name: str, given: Any, least: float, most: float, unit: str = "", above: bool = False
) -> float:
    """Return a number that a program was given, or raise :class:`UsageError`.

    :param name: what it is, such as ``link a-b: rate``
    :param given: a number, or text with its unit where ``unit`` is ``b/s`` or ``s``: 10Mbps, 50ms
    :param above: ``least`` itself is not allowed
    """
    value: Any = given
    if isinstance(given, str):
        reader = {"b/s": rate_bps, "s": time_seconds}.get(unit)
        try:
            value = reader(given.strip()) if reader else None
        except ValueError:
            value = None
    number = isinstance(value, (int, float)) or hasattr(value, "__float__")  # numpy's, too
    if isinstance(value, (bool, str)) or not number:
        shown = f"'{given}'" if isinstance(given, str) else repr(given)
    else:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf
        # "not (a <= b)" also refuses NaN.
        if least <= value <= most and not (above and value == least):
            return float(value)
        shown = f"'{given}'" if isinstance(given, str) else f"{value:g}"
    texts = {"b/s": "10Mbps", "s": "50ms"}
    example = f" {unit} or text such as {texts[unit]}" if unit in texts else f" {unit}".rstrip()
    if math.isinf(most):
        allowed = f"above {least:g}" if above else f"{least:g} or more"
    else:
        allowed = f"above {least:g} up to {most:g}" if above else f"{least:g} to {most:g}"
    raise UsageError(f"{name} {shown}, allowed: {allowed}{example}")


def whole(name: str, given: Any, least: int = 1, most: float = math.inf) -> int:
    """Return a whole number that a program was given, or raise :class:`UsageError`."""
    good = isinstance(given, int) or hasattr(given, "__index__")
    if not good or isinstance(given, bool) or not least <= int(given) <= most:
        allowed = f"from {least} on" if math.isinf(most) else f"from {least} to {most}"
        raise UsageError(f"{name} {given!r}, allowed: whole numbers {allowed}")
    return int(given)


def whole_option(option: str, text: str, most: int = 10**9) -> int:
    """Return the whole number from 1 on that an option was given, or raise :class:`UsageError`."""
    if not text.isdigit() or _INT.fullmatch(text) is None or int(text) < 1:
        raise UsageError(f"{option} '{text}' is not allowed: give a whole number, 1 or more")
    if int(text) > most:
        raise UsageError(f"{option} '{text}' is not allowed: give at most {most}")
    return int(text)


def size_option(option: str, text: str) -> int:
    """Return the octets, one or more, that an option was given, or raise :class:`UsageError`."""
    return Parameter(option.removeprefix("--"), "size", "1", "", minimum=1).parse(text)


def _parse_int(text: str) -> int:
    if _INT.fullmatch(text) is None:
        raise ValueError("an integer of at most 30 digits")
    return int(text)


def _parse_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number") from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "int": _parse_int,
    "float": _parse_float,
    "rate": parse_rate,
    "time": parse_time,
    "queue": parse_queue,
    "size": parse_size,
    "flag": parse_flag,
    "choice": str,
    "text": str,
}

#: Least and most of a kind.
_LEAST = {"rate": 1}
_MOST = {"rate": MAX_RATE, "time": MAX_TIME, "size": MAX_SIZE}

_METAVARS = {"flag": "on|off", "queue": "SIZE", "size": "BYTES", "int": "N", "float": "X"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a scenario, an option ``--name VALUE`` of its command."""

    name: str
    kind: str  # a key of _PARSERS
    default: str  # as the user would write it
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    attributes: tuple[str, ...] = ()  # what it sets, such as ns3::MptcpSocketBase::Scheduler

    def __post_init__(self) -> None:
        """Raise :class:`UsageError` for a declaration that no value could be read by."""
        if self.kind not in _PARSERS:
            raise choose(f"kind of parameter {self.name}", str(self.kind), _PARSERS)
        for text in (self.default, *self.choices):
            if not isinstance(text, str):
                allowed = "text, as one writes it on the command line"
                raise UsageError(f"parameter {self.name}: {text!r}, allowed: {allowed}")

    @property
    def option(self) -> str:
        """The option on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def metavar(self) -> str:
        """What help shows for the value."""
        if self.choices:
            return "|".join(self.choices)
        return _METAVARS.get(self.kind, self.kind.upper())

    def parse(self, text: str) -> Any:
        """Return the value; :class:`UsageError` names what is allowed."""
        if self.choices and text not in self.choices:
            raise choose(f"value of {self.option}", text, self.choices)
        try:
            value = _PARSERS[self.kind](text)
        except ValueError as error:
            raise UsageError(f"{self.option} '{text}' is not allowed: give {error}") from None
        if not self.choices:
            self._check_range(text, value)
        return value

    def _check_range(self, text: str, value: Any) -> None:
        number = value
        if self.kind == "rate":
            number = rate_bps(value)
        elif self.kind == "time":
            number = time_seconds(value)
        elif isinstance(value, str):
            return
        low, high = self.minimum, self.maximum
        if low is None:
            low = _LEAST.get(self.kind)
        if self.kind in _MOST:
            high = min(_MOST[self.kind], math.inf if high is None else high)
        # "not (a <= b)" also refuses NaN
        if (low is not None and not low <= number) or (high is not None and not number <= high):
            unit = {"rate": " b/s", "time": " s", "size": " octets"}.get(self.kind, "")
            least, most = (str(n) if isinstance(n, int) else f"{n or 0:g}" for n in (low, high))
            if high is None:
                allowed = f"{least}{unit} or more"
            elif low is None:
                allowed = f"at most {most}{unit}"
            else:
                allowed = f"{least} to {most}{unit}"
            raise UsageError(f"{self.option} '{text}' is not allowed: give {allowed}")
