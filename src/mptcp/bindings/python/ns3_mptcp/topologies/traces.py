# SPDX-License-Identifier: GPL-2.0-only
"""Disjoint paths whose rates and delays follow a file, such as Wi-Fi and 5G as somebody measured.

A trace is a text file: a line ``time_s,rate_bps,delay_s`` for each change, times growing from 0 on;
empty lines, lines that begin with ``#`` and the header ``time_s,rate_bps,delay_s`` are skipped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..parameters import MAX_RATE, MAX_TIME
from .graph import MAX_DELAY, Graph, Route, TopologyError, bdp, number, several
from .simple import AMPLE

COLUMNS = "time_s,rate_bps,delay_s"


@dataclass(frozen=True)
class Change:
    """From this time on, the link has this rate and one-way delay."""

    time_s: float
    rate_bps: float
    delay_s: float

    def __post_init__(self) -> None:
        """Turn text such as ``10Mbps`` and ``50ms`` into numbers."""
        for name, unit in (("time_s", "s"), ("rate_bps", "b/s"), ("delay_s", "s")):
            if isinstance(given := getattr(self, name), str):
                what = name.rpartition("_")[0]
                object.__setattr__(self, name, number(what, given, -math.inf, math.inf, unit))


@dataclass(frozen=True)
class Trace:
    """The life of one path."""

    changes: tuple[Change, ...]
    queue: int | None = None  # packets; by default the largest rate times the longest RTT

    @property
    def packets(self) -> int:
        """Packets that the queue holds."""
        if self.queue is not None:
            return self.queue
        rate = max(change.rate_bps for change in self.changes)
        return bdp(rate, 2 * max(change.delay_s for change in self.changes))


def read_trace(path: str | Path, queue: int | None = None) -> Trace:
    """Read a trace from a file.

    :param queue: packets that the path's queue holds
    """
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise TopologyError(f"cannot read {path}: {reason}") from None
    changes: list[Change] = []
    for at, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#") or text.replace(" ", "") == COLUMNS:
            continue
        try:
            change = Change(*map(float, text.split(",")))
        except (TypeError, ValueError):
            raise TopologyError(f"{path}:{at}: '{text}', expected {COLUMNS}") from None
        _check_change(f"{path}:{at}", change, changes[-1].time_s if changes else -math.inf)
        changes.append(change)
    if not changes:
        raise TopologyError(f"{path}: no line {COLUMNS}")
    return Trace(tuple(changes), queue)


def _check_change(where: str, change: Change, last_s: float) -> None:
    """Raise :class:`TopologyError` for a change that a link cannot follow.

    :param last_s: time of the change before
    """
    time_s = number(f"{where}: time", change.time_s, 0, MAX_TIME, "s")
    if time_s <= last_s:
        raise TopologyError(f"{where}: time {time_s:g}, times grow from 0 on")
    number(f"{where}: rate", change.rate_bps, 1, MAX_RATE / 10, "b/s")
    number(f"{where}: delay", change.delay_s, 0, MAX_DELAY, "s")


def trace_paths(ns: Any, traces: Sequence[Trace]) -> tuple[Graph, Route]:
    """Two hosts joined by one path for each trace."""
    traces = several("trace_paths: traces", traces, Trace)
    if not traces:
        raise TopologyError("trace_paths: no trace")
    for i, trace in enumerate(traces):
        if not trace.changes:
            raise TopologyError(f"trace_paths: trace {i} has no line")
        last_s = -math.inf
        for change in several(f"trace {i}: changes", trace.changes, Change):
            _check_change(f"trace {i}", change, last_s)
            last_s = change.time_s
    graph = Graph(ns)
    for i, trace in enumerate(traces):
        first = trace.changes[0]
        graph.link("client", f"r{i}", first.rate_bps, first.delay_s, trace.packets)
        fastest = max(change.rate_bps for change in trace.changes)
        graph.link(f"r{i}", "server", max(AMPLE, 10 * fastest), 0)
    graph.build()
    for i, trace in enumerate(traces):
        link = graph.find("client", f"r{i}")
        for change in trace.changes[1:]:
            graph.helper.ChangeLink(
                link,
                ns.Seconds(change.time_s),
                ns.DataRate(round(change.rate_bps)),
                ns.NanoSeconds(round(change.delay_s * 1e9)),
            )
    return graph, graph.route(*(["client", f"r{i}", "server"] for i in range(len(traces))))
