# SPDX-License-Identifier: GPL-2.0-only
"""Congestion windows of the sender's subflows over time."""

from __future__ import annotations

from pathlib import Path

from .. import metrics
from ..trace import Trace
from . import figure


def draw(trace: Trace, stem: Path) -> list[Path]:
    """Draw one step line per subflow."""
    with figure.style():
        drawing, axes = figure.new()
        end = metrics.completion_time(metrics.delivered(trace)) or 1.0
        sender = trace.sender()
        names = trace.subflow_names(sender)
        for number, subflow in enumerate(trace.subflow_ids(sender)):
            window = trace.samples(sender, subflow, "cwnd")
            window = window[window["time_s"] <= end]
            axes.plot(
                window["time_s"],
                window["value"] / 1024,
                drawstyle="steps-post",
                color=f"C{number}",
                marker=figure.MARKERS[number % len(figure.MARKERS)],
                linestyle=figure.LINES[number % len(figure.LINES)],
                markevery=max(1, len(window) // 8),
                label=names[subflow],
            )
        axes.set_xlabel("Time (s)")
        axes.set_ylabel("Congestion window (KiB)")
        axes.set_xlim(0, end)
        axes.set_ylim(bottom=0)
        figure.legend(drawing)
        return figure.save(drawing, stem)
