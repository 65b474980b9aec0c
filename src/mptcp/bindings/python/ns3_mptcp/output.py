# SPDX-License-Identifier: GPL-2.0-only
"""Folders and files of results: what cannot be written is told in one line, nothing is lost."""

from __future__ import annotations

import errno
import fcntl
import math
import os
import tempfile
from pathlib import Path
from typing import Any

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
    if given == "":
        raise UsageError("--out '' is not allowed: give a folder, such as results/mine")
    try:
        # In C++ the names of files are text, and other octets have no way there.
        (given or "").encode()
    except UnicodeEncodeError:
        raise UsageError(f"--out {given!r} is not allowed: give a name in UTF-8") from None
    try:
        if given is not None:
            out = Path(given)
            out.mkdir(parents=True, exist_ok=True)
        else:
            out = _new(name)
        probe(out)
        _lock(out)
        return out
    except OSError as error:
        raise unwritable(error, given or "results") from None


#: Open folders, which are locked until this process ends.
_locked: list[int] = []


def _lock(out: Path) -> None:
    """Keep other runs out of a folder: two that write the same files would spoil both.

    :raises UsageError: one is at work there
    """
    place = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(place)
        raise UsageError(
            f"another run writes to {out}: wait for its end, or give another folder by --out"
        ) from None
    except OSError:
        os.close(place)  # a file system without locks
        return
    _locked.append(place)


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
    """Write a file in whole or not at all: what was there stays until the new one is complete.

    A link stays one, and so does what is no plain file, such as a device: nothing takes its place.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text)
            return
        target = path.resolve()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        half.write_text(text)
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None


def is_unwritable(error: OSError, out: Path) -> bool:
    """Tell whether results could not be written, or a program failed at a file of its own."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO):
        return True
    name = error.filename
    return isinstance(name, str) and Path(name).absolute().is_relative_to(out.absolute())


def plain(value: Any, name: str = "results") -> tuple[Any, list[str]]:
    """Return a value as JSON holds it, and a line for each part of it that JSON does not hold.

    Numbers of numpy become Python's, what is no finite number None, and what else JSON does not
    hold its text, so that nothing is lost.
    """
    odd: list[str] = []

    def convert(item: Any, where: str, above: tuple[int, ...]) -> Any:
        if item is None or isinstance(item, (str, bool, int)):
            return item
        if isinstance(item, float):
            return item if math.isfinite(item) else None
        if hasattr(item, "tolist"):
            return convert(item.tolist(), where, above)
        inside = (*above, id(item))
        if id(item) not in above and isinstance(item, dict):
            found = {}
            for key, part in item.items():
                if not isinstance(key, (str, int, float, type(None))):
                    odd.append(f"{where} has the key {key!r}, allowed: text")
                text = key if isinstance(key, str) else str(key)
                found[text] = convert(part, f"{where}[{key!r}]", inside)
            return found
        if id(item) not in above and isinstance(item, (list, tuple)):
            return [convert(part, f"{where}[{i}]", inside) for i, part in enumerate(item)]
        allowed = "numbers, text, booleans, None, lists and dicts of them"
        shown = repr(item) if id(item) not in above else "itself"
        odd.append(f"{where} is {shown}, allowed: {allowed}")
        return shown

    return convert(value, name, ()), odd


def write_parquet(out: Path) -> None:
    """Write the tables below a folder as Parquet beside the CSV."""
    from .analysis import trace

    for directory in sorted({p.parent for p in out.rglob("data.csv")}):
        trace.to_parquet(directory)
