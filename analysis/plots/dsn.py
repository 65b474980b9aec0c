# SPDX-License-Identifier: GPL-2.0-only
"""Data sequence numbers over time: which subflow carried what, what was reinjected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection

from .. import metrics
from ..trace import Trace
from . import figure


def draw(trace: Trace, stem: Path) -> list[Path]:
    """Draw each mapping as a short line at its DSNs, and the DATA_ACK below them."""
    with figure.style():
        drawing, axes = figure.new()
        end = metrics.completion_time(metrics.delivered(trace)) or 1.0
        sender = trace.sender()
        data = trace.data[trace.data["conn"] == sender]
        top = 1.0
        for number, subflow in enumerate(trace.subflow_ids(sender)):
            sent = data[(data["subflow"] == subflow) & (data["event"] == "dsn_sent")]
            axes.add_collection(_strokes(sent, f"C{number}"))
            axes.plot(
                [],
                [],
                color=f"C{number}",
                linestyle="none",
                marker="|",
                markersize=6,
                markeredgewidth=1.6,
                label=trace.subflow_name(sender, subflow),
            )
            if len(sent):
                top = max(top, float((sent["dsn"] + sent["length"]).max()) / 2**20)
        again = data[data["event"] == "reinject"]
        if len(again):
            axes.plot(
                again["time_s"],
                (again["dsn"] + again["length"] / 2) / 2**20,
                color="black",
                linestyle="none",
                marker="x",
                markersize=3,
                markeredgewidth=0.8,
                label="reinjection",
            )
        acks = data[data["event"] == "data_ack"]
        axes.plot(
            acks["time_s"],
            acks["dsn"] / 2**20,
            drawstyle="steps-post",
            color="0.35",
            linestyle="-",
            linewidth=0.8,
            label="DATA_ACK",
        )
        axes.set_xlabel("Time (s)")
        axes.set_ylabel("Data sequence number (MiB)")
        axes.set_xlim(0, end)
        axes.set_ylim(0, top * 1.02)
        figure.legend(drawing)
        return figure.save(drawing, stem)


def _strokes(rows: object, color: str) -> LineCollection:
    # Rasterized: a long run has tens of thousands of strokes, too many for a vector figure.
    begin, length = rows["dsn"].to_numpy() / 2**20, rows["length"].to_numpy() / 2**20
    at = rows["time_s"].to_numpy()
    lines = (
        np.stack([np.column_stack([at, begin]), np.column_stack([at, begin + length])], axis=1)
        if len(at)
        else []
    )
    return LineCollection(lines, colors=color, linestyles="solid", linewidths=1.6, rasterized=True)
