# SPDX-License-Identifier: GPL-2.0-only
"""Signals that end a command: SIGTERM and SIGHUP do what Ctrl-C does, with their own status."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

#: What a terminal, a shell, a batch system or a shutdown sends.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """A signal other than that of Ctrl-C has come."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a command that an interrupt has ended, as a shell tells it."""
    return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


def _raise(number: int, _: Any) -> None:
    raise Ended(number)


@contextlib.contextmanager
def taken(restore: bool = True) -> Iterator[None]:
    """Let the signals raise ``KeyboardInterrupt`` within the block.

    One that was ignored, as by ``nohup``, stays so.

    :param restore: let them be as before after the block
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, _raise)
        yield
    finally:
        for number, handler in before.items() if restore else ():
            if handler is not None:  # one that was not set from Python
                signal.signal(number, handler)


def ignore() -> None:
    """Take no further signal: a second Ctrl-C would lose what is being saved."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
