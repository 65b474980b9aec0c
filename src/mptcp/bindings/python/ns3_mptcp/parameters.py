# SPDX-License-Identifier: GPL-2.0-only
"""Declared parameters of a scenario: type, default, unit, range, and one clear line when wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

_SI = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}
_IEC = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_TIME_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}


class UsageError(Exception):
    """The user asked for something that does not exist; the text is one line."""


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
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKMG]i?)?(bps|b/s|Bps|B/s)", text)
    if match is None or float(match[1]) <= 0:
        raise ValueError("a positive data rate with its unit, such as 10Mbps or 1.5Gb/s")
    return text


def rate_bps(text: str) -> float:
    """Return a data rate in bit/s."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKMG]i?)?(bps|b/s|Bps|B/s)", text)
    if match is None:
        raise ValueError(f"not a data rate: {text}")
    prefix = match[2] or ""
    return float(match[1]) * (_SI | _IEC)[prefix] * (8 if match[3].startswith("B") else 1)


def parse_time(text: str) -> str:
    """Check a time in ns-3's notation and return it."""
    if re.fullmatch(r"\d+(?:\.\d+)?(ns|us|ms|s|min)", text) is None:
        raise ValueError("a time with its unit, such as 10ms or 1.5s")
    return text


def time_seconds(text: str) -> float:
    """Return a time in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|min)", text)
    if match is None:
        raise ValueError(f"not a time: {text}")
    return float(match[1]) * _TIME_UNITS[match[2]] / 1e9


def parse_queue(text: str) -> str:
    """Check a queue size in ns-3's notation, or a bare number of packets, and return it."""
    if re.fullmatch(r"[1-9]\d*", text):
        return f"{text}p"
    if re.fullmatch(r"[1-9]\d*([kKMG]i?)?[pB]", text) is None:
        raise ValueError("packets or octets, such as 50, 50p or 64KiB")
    return text


def parse_size(text: str) -> int:
    """Return a number of octets."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKMG]i?)?B?", text)
    if match is None:
        raise ValueError("octets, such as 1448, 64KiB or 16MiB")
    return int(float(match[1]) * (_SI | _IEC)[match[2] or ""])


def parse_flag(text: str) -> bool:
    """Return a yes/no value."""
    value = {"on": True, "true": True, "yes": True, "1": True}.get(text.lower())
    if value is None:
        value = {"off": False, "false": False, "no": False, "0": False}.get(text.lower())
    if value is None:
        raise ValueError("on or off")
    return value


def _parse_int(text: str) -> int:
    if re.fullmatch(r"-?\d+", text) is None:
        raise ValueError("an integer")
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
        if self.choices:
            if text not in self.choices:
                raise choose(f"value of {self.option}", text, self.choices)
            return text if self.kind == "choice" else _PARSERS[self.kind](text)
        try:
            value = _PARSERS[self.kind](text)
        except ValueError as error:
            raise UsageError(f"{self.option} '{text}' is not allowed: give {error}") from None
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
        # "not (a <= b)" also refuses NaN
        if (low is not None and not low <= number) or (high is not None and not number <= high):
            unit = {"rate": " b/s", "time": " s", "size": " octets"}.get(self.kind, "")
            if high is None:
                allowed = f"{low:g}{unit} or more"
            elif low is None:
                allowed = f"at most {high:g}{unit}"
            else:
                allowed = f"{low:g} to {high:g}{unit}"
            raise UsageError(f"{self.option} '{text}' is not allowed: give {allowed}")
