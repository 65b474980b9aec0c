#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check what holds for all source files: licence line, plain ASCII, no stray notes, and a place in
cmake/mptcp-sources.txt for each C++ file below src/mptcp.

Run it with the top of the checkout as argument (default: the checkout that holds this file); it
prints one line for each fault.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LICENSE_LINE = "SPDX-License-Identifier: GPL-2.0-only"
SUFFIXES = {".cc", ".h", ".py", ".cmake", ".sh"}
NAMES = {"CMakeLists.txt", "wscript", "mptcp", "run"}
NOTES = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")

#: Folders of what is made, in an archive, which has no list of its files; so are hidden ones.
MADE = {"build", "results", "__pycache__"}

#: In the test folder, but part of another program than the test runner.
OWN_MAIN = {"src/mptcp/test/mptcp-test-runner.cc"}


def is_source(path: Path) -> bool:
    """Return whether the rules hold for a file."""
    return path.suffix in SUFFIXES or path.name in NAMES


def file_faults(root: Path, files: list[Path]) -> Iterator[str]:
    """Yield the faults inside of files."""
    for path in files:
        name = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        if text and LICENSE_LINE not in "\n".join(text.splitlines()[:4]):
            yield f"{name}: no line '{LICENSE_LINE}' on top"
        for number, line in enumerate(text.splitlines(), 1):
            if not line.isascii():
                yield f"{name}:{number}: not ASCII"
            if NOTES.search(line):
                yield f"{name}:{number}: a note that belongs into an issue"


def list_faults(root: Path, files: list[Path]) -> Iterator[str]:
    """Yield the differences between the source list and the files."""
    lines = (root / "cmake/mptcp-sources.txt").read_text().splitlines()
    listed = {line for line in lines if "/" in line and not line.startswith("#")}
    for name in sorted(listed):
        if not (root / name).is_file():
            yield f"cmake/mptcp-sources.txt: {name} does not exist"
    section: set[str] = set()
    for line in lines:
        if line.startswith("["):
            section = set()
        elif line in section and "/" in line:
            yield f"cmake/mptcp-sources.txt: {line} twice in a section"
        section.add(line)
    present = {str(path.relative_to(root)) for path in files}
    for name in sorted(present - listed - OWN_MAIN):
        compiled = name.endswith(".cc")
        header = name.endswith(".h") and "/test/" not in name
        if name.startswith("src/mptcp/") and (compiled or header):
            yield f"{name}: not in cmake/mptcp-sources.txt"


def list_files(root: Path) -> list[str]:
    """Return the files of a checkout that git knows or would add, of a source archive all."""
    if (root / ".git").exists() and shutil.which("git"):
        return subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
    inner = (path.relative_to(root) for path in root.rglob("*"))
    return sorted(str(path) for path in inner if not any(map(is_made, path.parts)))


def is_made(part: str) -> bool:
    """Return whether a part of a path says that the file is no source."""
    return part in MADE or (part.startswith(".") and part != ".ci")


def main() -> int:
    """Print the faults; return the exit status."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    files = [root / name for name in list_files(root)]
    files = [path for path in files if is_source(path) and path.is_file()]
    faults = [*file_faults(root, files), *list_faults(root, files)]
    print("\n".join(faults) or "sources: no fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
