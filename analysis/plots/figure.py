# SPDX-License-Identifier: GPL-2.0-only
"""What all figures share: style, legend, saving."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = Path(__file__).parent.parent / "style.mplstyle"

#: Markers in the order of the colour cycle.
MARKERS = ("o", "s", "^", "D", "v", "P")


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Use our style for what is drawn inside; the caller's own stays as it is."""
    with mpl.rc_context():
        mpl.rc_file(STYLE, use_default_template=False)
        yield


def new() -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes."""
    figure = Figure()
    FigureCanvasAgg(figure)  # no pyplot: it would keep state and may want a display
    return figure, figure.add_subplot()


def legend(figure: Figure, columns: int = 2) -> None:
    """Put one legend for all axes above them, where it covers no data."""
    handles, labels = [], []
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            if label not in labels:
                handles.append(handle)
                labels.append(label)
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=min(columns, len(labels)))


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write the figure as PDF and PNG; equal data give equal files."""
    written = []
    for suffix, metadata in ((".pdf", {"CreationDate": None}), (".png", {"Software": None})):
        path = stem.with_suffix(suffix)
        figure.savefig(path, metadata=metadata)
        written.append(path)
    return written
