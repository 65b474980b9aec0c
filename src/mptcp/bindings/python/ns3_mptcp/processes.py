# SPDX-License-Identifier: GPL-2.0-only
"""Programs that a command runs: none of them outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import signals


@contextlib.contextmanager
def reading(command: Sequence[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program whose output is read, both streams as one; it ends with the block.

    It has a group of its own: a Ctrl-C is for us, and what it has started itself ends with it.
    """
    with _interrupts_later() as check:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            **options,
        )
    with process:
        try:
            check()
            yield process
        except BaseException:
            kill(process)
            process.wait()
            raise


def run(
    command: Sequence[Any],
    capture_output: bool = False,
    timeout: float | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Do what ``subprocess.run`` does; a Ctrl-C while the program begins ends it, too."""
    if capture_output:
        options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with _interrupts_later() as check:
        process = subprocess.Popen(command, **options)
    with process:
        try:
            check()
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@contextlib.contextmanager
def _interrupts_later() -> Iterator[Callable[[], None]]:
    """Hold back what ends a command while a program begins, which nobody would end otherwise.

    :return: a function to call when the program is known; the handler of the signal runs there
    """
    seen: list[int] = []

    def check() -> None:
        if seen:
            signal.raise_signal(seen[0])

    # Handlers are of the main thread, and run there alone.
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in signals.ENDING if main}
    before = {number: handler for number, handler in before.items() if callable(handler)}
    for number in before:
        signal.signal(number, lambda number, _: seen.append(number))
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def kill(process: subprocess.Popen[str]) -> None:
    """End a program of :func:`reading` and what it has started, which may hold its output open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
