# SPDX-License-Identifier: GPL-2.0-only
"""Progress on stderr: a bar on a terminal, one line per phase elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any


class Progress:
    """Progress of a run that has several phases.

    Use as a context manager; call :meth:`phase`, then :meth:`update` with the done fraction.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._label = ""
        self._began = 0.0
        self._quiet = quiet
        if not quiet and sys.stderr.isatty():
            try:
                from rich.console import Console
                from rich.progress import (
                    BarColumn,
                    TaskProgressColumn,
                    TextColumn,
                    TimeElapsedColumn,
                )
                from rich.progress import Progress as RichProgress
            except ImportError:
                return
            self._bar = RichProgress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, error: object, *_: object) -> None:
        if error is None:
            self._finish()
        if self._bar:
            self._bar.stop()

    def phase(self, label: str) -> None:
        """Begin a phase; the one before it is done."""
        self._finish()
        self._label = label
        self._began = time.monotonic()
        if self._bar:
            self._task = self._bar.add_task(label, total=1.0)

    def update(self, fraction: float) -> None:
        """Tell how much of the phase is done, from 0 to 1."""
        if self._bar:
            self._bar.update(self._task, completed=min(fraction, 1.0))

    def _finish(self) -> None:
        if not self._label:
            return
        if self._bar:
            self._bar.update(self._task, completed=1.0)
        elif not self._quiet:
            took = time.monotonic() - self._began
            print(f"mptcp: {self._label}: done in {took:.1f} s", file=sys.stderr, flush=True)
        self._label = ""
