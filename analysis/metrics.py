# SPDX-License-Identifier: GPL-2.0-only
"""Numbers from tables: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from .trace import Trace


def union_length(intervals: Iterable[tuple[int, int]]) -> int:
    """Return how many integers the half-open intervals cover together."""
    total = 0
    covered = None
    for begin, end in sorted(intervals):
        if covered is None or begin > covered:
            covered = begin
        if end > covered:
            total += end - covered
            covered = end
    return total


def coverage(data: pd.DataFrame) -> int:
    """Return how many distinct octets the rows of a data table carry."""
    return union_length(zip(data["dsn"], data["dsn"] + data["length"]))


def delivered(trace: Trace) -> pd.DataFrame:
    """Return what the receiving application got."""
    d = trace.data
    return d[(d["conn"] == trace.receiver()) & (d["event"] == "delivered")]


def in_order(rows: pd.DataFrame) -> bool:
    """Tell whether delivered data begins at 0 and has neither gap nor repetition."""
    ends = (rows["dsn"] + rows["length"]).to_numpy()
    begins = rows["dsn"].to_numpy()
    return len(begins) == 0 or bool(begins[0] == 0 and (begins[1:] == ends[:-1]).all())


def completion_time(rows: pd.DataFrame) -> float | None:
    """Return when the last octet was delivered, None when there was none."""
    return None if rows.empty else float(rows["time_s"].max())


def mean_rate(rows: pd.DataFrame, start_s: float = 0.0) -> float:
    """Return octets delivered over the time that it took, in bit/s."""
    end = completion_time(rows)
    if end is None or end <= start_s:
        return 0.0
    return float(rows["length"].sum()) * 8 / (end - start_s)


def moving_rate(
    times: np.ndarray, octets: np.ndarray, end_s: float, window_s: float = 0.5, step_s: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate in bit/s over the window that ends at each step.

    The first windows are shorter than ``window_s``: they begin at time zero.
    """
    order = np.argsort(times, kind="stable")
    times, total = times[order], np.concatenate([[0], np.cumsum(octets[order])])
    # Multiplying an index keeps the steps exact where adding would drift.
    at = step_s * np.arange(1, max(1, int(np.ceil(end_s / step_s - 1e-9))) + 1)
    begin = np.maximum(at - window_s, 0.0)
    before, after = (total[np.searchsorted(times, edge, "right")] for edge in (begin, at))
    return at, (after - before) * 8 / (at - begin)


def share(trace: Trace) -> dict[int, float]:
    """Return the part of the data that each subflow was the first to carry."""
    sent = _sent(trace)
    first = sent[sent["event"] == "dsn_sent"].groupby("subflow")["length"].sum()
    total = first.sum()
    ids = trace.subflow_ids(trace.sender())
    return {i: float(first.get(i, 0) / total) if total else 0.0 for i in ids}


def reinjected(trace: Trace) -> dict[int, int]:
    """Return the octets that were reinjected on each subflow."""
    sent = _sent(trace)
    again = sent[sent["event"] == "reinject"].groupby("subflow")["length"].sum()
    return {i: int(again.get(i, 0)) for i in trace.subflow_ids(trace.sender())}


def received(trace: Trace) -> dict[int, int]:
    """Return the payload octets that arrived on each subflow, retransmissions included."""
    s = trace.subflows
    rows = s[(s["conn"] == trace.receiver()) & (s["event"] == "received")]
    total = rows.groupby("subflow")["value"].sum()
    return {int(i): int(total[i]) for i in total.index}


def transfer(trace: Trace) -> dict[str, Any]:
    """Return the numbers of one transfer, as they go into a summary."""
    if not trace.connected:
        return {
            "bytes": 0,
            "in_order": True,
            "completion_s": None,
            "goodput_bps": 0.0,
            "reinjected_bytes": 0,
            "subflows": [],
        }
    rows = delivered(trace)
    end = completion_time(rows)
    result: dict[str, Any] = {
        "bytes": int(rows["length"].sum()),
        "in_order": in_order(rows),
        "completion_s": end,
        "goodput_bps": round(mean_rate(rows), 3),
    }
    sender = trace.sender()
    protocol = trace.connections.set_index("conn").loc[sender, "protocol"]
    if protocol == "mptcp":
        shares, again, arrived = share(trace), reinjected(trace), received(trace)
        paths = trace.paths[trace.paths["conn"] == sender].drop_duplicates("subflow")
        result["reinjected_bytes"] = sum(again.values())
        result["subflows"] = [
            {
                "subflow": int(path.subflow),
                "local": path.local,
                "remote": path.remote,
                "share": round(shares[path.subflow], 6),
                "reinjected_bytes": again[path.subflow],
                "received_bytes": arrived.get(path.subflow, 0),
            }
            for path in paths.itertuples()
        ]
    return result


def _sent(trace: Trace) -> pd.DataFrame:
    return trace.data[trace.data["conn"] == trace.sender()]
