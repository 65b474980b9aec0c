# SPDX-License-Identifier: GPL-2.0-only
"""Goodput over time: the connection, its subflows, and other runs for comparison."""

from __future__ import annotations

from pathlib import Path

from .. import metrics
from ..trace import Trace
from . import figure

#: Of the runs that are compared.
DASHES = ((0, (4, 2)), (0, (1, 1.5)), (0, (5, 1, 1, 1)))


def draw(
    trace: Trace,
    stem: Path,
    compared: dict[str, Trace] | None = None,
    window_s: float = 0.5,
) -> list[Path]:
    """Draw moving averages.

    :param compared: name -> trace of another run, drawn thin and grey
    :param window_s: width of the moving average
    """
    with figure.style():
        drawing, axes = figure.new()
        rows = metrics.delivered(trace)
        end = metrics.completion_time(rows) or 1.0
        receiver = trace.receiver()
        t, rate = metrics.moving_rate(
            rows["time_s"].to_numpy(), rows["length"].to_numpy(), end, window_s
        )
        axes.plot(t, rate / 1e6, color="black", linestyle="-", linewidth=1.4, label="MPTCP, total")
        names = trace.subflow_names(receiver)
        for number, subflow in enumerate(trace.subflow_ids(receiver)):
            arrived = trace.samples(receiver, subflow, "received")
            t, rate = metrics.moving_rate(
                arrived["time_s"].to_numpy(), arrived["value"].to_numpy(), end, window_s
            )
            every = max(1, len(t) // 6)
            axes.plot(
                t,
                rate / 1e6,
                color=f"C{number}",
                linestyle=figure.LINES[number % len(figure.LINES)],
                marker=figure.MARKERS[number % len(figure.MARKERS)],
                # Shifted, so that lines of equal height do not hide each other's markers.
                markevery=(every * (number + 1) // 3, every),
                label=f"MPTCP, {names[subflow]}",
            )
        for number, (name, other) in enumerate((compared or {}).items()):
            theirs = metrics.delivered(other)
            t, rate = metrics.moving_rate(
                theirs["time_s"].to_numpy(), theirs["length"].to_numpy(), end, window_s
            )
            dashes = DASHES[number % len(DASHES)]
            axes.plot(
                t, rate / 1e6, color="0.45", linestyle=dashes, linewidth=0.9, zorder=1.5, label=name
            )
        axes.set_xlabel("Time (s)")
        axes.set_ylabel(f"Goodput, mean of {window_s:g} s (Mb/s)")
        axes.set_xlim(0, end)
        axes.set_ylim(bottom=0)
        figure.legend(drawing)
        return figure.save(drawing, stem)
