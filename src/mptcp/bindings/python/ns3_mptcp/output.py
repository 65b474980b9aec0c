# SPDX-License-Identifier: GPL-2.0-only
"""Folders and files of results: what cannot be written is told in one line, nothing is lost."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from .parameters import UsageError


def unwritable(error: OSError, place: str | os.PathLike[str]) -> UsageError:
    """Return the line for what could not be written.

    :param place: what to name if the error does not
    """
    name = error.filename if isinstance(error.filename, str) else os.fspath(place)
    return UsageError(f"cannot write to {name}: {error.strerror or error}")


def folder(given: str | None, name: str) -> Path:
    """Return the folder of a run, made now: the one given, or a new one below ``results``.

    :raises UsageError: nothing can be written there
    """
    try:
        if given is not None:
            out = Path(given)
            out.mkdir(parents=True, exist_ok=True)
        else:
            out = _new(name)
        probe(out)
        return out
    except OSError as error:
        raise unwritable(error, given or "results") from None


def _new(name: str) -> Path:
    number = 1
    while True:
        out = Path("results") / f"{name}-{number}"
        try:
            out.mkdir(parents=True)
            return out
        except FileExistsError:
            if not out.exists():  # what is in the way is above it
                raise
            number += 1


def probe(out: Path) -> None:
    """Raise ``OSError`` if no file can be written in a folder: before hours of work, not after."""
    try:
        with tempfile.TemporaryFile(dir=out) as file:
            file.write(b"\0")
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from None
    if (out / "summary.json").is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(out / "summary.json"))


def probe_file(path: Path) -> None:
    """Raise :class:`UsageError` if a file cannot be written: before the work, not after."""
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        probe(path.parent)
    except OSError as error:
        raise unwritable(error, path) from None


def write(path: Path, text: str) -> None:
    """Write a file in whole or not at all: what was there stays until the new one is complete."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(text)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_parquet(out: Path) -> None:
    """Write the tables below a folder as Parquet beside the CSV."""
    from .analysis import trace

    for directory in sorted({p.parent for p in out.rglob("data.csv")}):
        trace.to_parquet(directory)
