# SPDX-License-Identifier: GPL-2.0-only
"""Programs that a command runs and reads: none of them outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any


@contextlib.contextmanager
def reading(command: Sequence[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program whose output is read, both streams as one; it ends with the block.

    It has a group of its own: a Ctrl-C is for us, and what it has started itself ends with it.
    """
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        **options,
    ) as process:
        try:
            yield process
        except BaseException:
            kill(process)
            process.wait()
            raise


def kill(process: subprocess.Popen[str]) -> None:
    """End a program of :func:`reading` and what it has started, which may hold its output open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
