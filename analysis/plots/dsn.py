# SPDX-License-Identifier: GPL-2.0-only
"""Data sequence numbers over time: which subflow carried what, what was reinjected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from .. import metrics
from ..trace import Trace
from . import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Part of the transfer that the detail shows, and no more segments than can be told apart.
DETAIL_S = 0.1
DETAIL_SEGMENTS = 120


def draw(trace: Trace, stem: Path) -> list[Path]:
    """Draw the whole transfer, and below it a detail in which single segments can be seen.

    Each segment is an upright stroke over the octets that it carries. The detail begins at the
    first reinjection, or in the middle of a transfer that has none.
    """
    with figure.style():
        drawing, (whole, detail) = figure.new(rows=2, height=4.0)
        end = metrics.completion_time(metrics.delivered(trace)) or 1.0
        sender = trace.sender()
        data = trace.data[trace.data["conn"] == sender].sort_values("time_s", kind="stable")
        subflows = trace.subflow_ids(sender)
        for axes in (whole, detail):
            _draw_rows(axes, trace, sender, subflows, data)
        whole.set_xlim(0, end)
        sent = data[data["event"].isin(("dsn_sent", "reinject"))]
        if len(sent):
            whole.set_ylim(0, 1.02 * float((sent["dsn"] + sent["length"]).max()) / 2**20)
            _focus(detail, data, sent, end)
        whole.set_ylabel("DSN (MiB)")
        detail.set_ylabel("DSN (MiB), detail")
        detail.set_xlabel("Time (s)")
        detail.ticklabel_format(useOffset=False)
        figure.legend(drawing)
        return figure.save(drawing, stem)


def _draw_rows(
    axes: Axes, trace: Trace, sender: int, subflows: list[int], data: pd.DataFrame
) -> None:
    names = trace.subflow_names(sender)
    for number, subflow in enumerate(subflows):
        own = data[data["subflow"] == subflow]
        carried = own[own["event"].isin(("dsn_sent", "reinject"))]
        axes.add_collection(_strokes(carried, f"C{number}"))
        axes.plot(
            [],
            [],
            color=f"C{number}",
            linestyle="none",
            marker="|",
            markersize=6,
            markeredgewidth=1.6,
            label=names[subflow],
        )
    acks = data[data["event"] == "data_ack"]
    axes.plot(
        acks["time_s"],
        acks["dsn"] / 2**20,
        drawstyle="steps-post",
        color="0.35",
        linestyle="-",
        linewidth=0.7,
        zorder=1.5,
        label="DATA_ACK",
    )
    again = data[data["event"] == "reinject"]
    if len(again):
        axes.plot(
            again["time_s"],
            (again["dsn"] + again["length"] / 2) / 2**20,
            color="black",
            linestyle="none",
            marker="x",
            markersize=2.5,
            markeredgewidth=0.7,
            label="reinjection",
        )


def _focus(axes: Axes, data: pd.DataFrame, sent: pd.DataFrame, end: float) -> None:
    again = sent[sent["event"] == "reinject"]
    begin = float(again["time_s"].iloc[0]) - DETAIL_S / 10 if len(again) else end / 2
    window = sent[(sent["time_s"] >= begin) & (sent["time_s"] <= begin + DETAIL_S)]
    window = window.iloc[:DETAIL_SEGMENTS]
    if window.empty:
        window = sent.iloc[-DETAIL_SEGMENTS:]
    left, right = float(window["time_s"].min()), float(window["time_s"].max())
    acks = data[(data["event"] == "data_ack") & data["time_s"].between(left, right)]
    low = min([window["dsn"].min(), *acks["dsn"]]) / 2**20
    high = (window["dsn"] + window["length"]).max() / 2**20
    side, edge = 0.03 * max(right - left, 1e-3), 0.05 * max(high - low, 1e-3)
    axes.set_xlim(left - side, right + side)
    axes.set_ylim(low - edge, high + edge)


def _strokes(rows: pd.DataFrame, color: str) -> LineCollection:
    begin, length = rows["dsn"].to_numpy() / 2**20, rows["length"].to_numpy() / 2**20
    at = rows["time_s"].to_numpy()
    ends = (np.column_stack([at, begin]), np.column_stack([at, begin + length]))
    # Rasterized: a long run has tens of thousands of strokes, too many for a vector figure.
    return LineCollection(
        np.stack(ends, axis=1) if len(at) else [],
        colors=color,
        linestyles="solid",
        linewidths=1.6,
        rasterized=True,
    )
