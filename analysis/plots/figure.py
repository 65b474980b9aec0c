# SPDX-License-Identifier: GPL-2.0-only
"""What all figures share: style, legend, saving."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

STYLE = Path(__file__).parent.parent / "style.mplstyle"

# The first use on a machine builds a cache of fonts; that is no news for who runs a scenario.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

#: Markers in the order of the colour cycle.
MARKERS = ("o", "s", "^", "D", "v", "P")

#: Line styles in the order of the colour cycle.
LINES = ("-", "--", "-.", ":")


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Use our style for what is drawn inside; the caller's own stays as it is."""
    with mpl.rc_context():
        mpl.rc_file(STYLE, use_default_template=False)
        yield


def new(rows: int = 1, height: float | None = None) -> tuple[Figure, Any]:
    """Return a figure and its axes (a sequence when there are several rows).

    :param height: height in inches; ``None`` for that of the style
    """
    figure = Figure()
    FigureCanvasAgg(figure)  # no pyplot: it would keep state and may want a display
    if height is not None:
        figure.set_figheight(height)
    return figure, figure.subplots(rows)


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
        write(figure, path, metadata=metadata)
        written.append(path)
    return written


def write(figure: Figure, path: Path, **options: Any) -> None:
    """Write the figure to one file.

    It is drawn in memory first: a disk that is full leads to an error of this write, whatever the
    drawing library makes of it.

    :param options: of ``Figure.savefig``
    :raises OSError: the file cannot be written
    """
    drawn = BytesIO()
    figure.savefig(drawn, format=path.suffix.removeprefix("."), **options)
    path.write_bytes(drawn.getvalue())
