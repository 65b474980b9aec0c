# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp test --ns3-tree DIR``: the C++ suites and examples in a source tree of ns-3.

The checkout is linked to ``contrib/mptcp`` of the tree, where ns-3 looks for modules of others. The
tree is configured for this module and those that it needs, built, and its own ``test.py`` runs the
suites. Then the manual is built as ns-3 builds its own; there, warnings are errors. The link and
what was built stay, so that the next run is short and the tree can be used.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .parameters import UsageError

if TYPE_CHECKING:
    from .testing import Counts

#: The first release that this module works with, and the first whose default is C++20.
OLDEST, DEFAULT_CXX20 = 37, 41

#: What every tree of ns-3 from 3.37 on has.
MARKS = ("VERSION", "ns3", "test.py", "src/core/CMakeLists.txt")

EXAMPLES = ("mptcp-two-hosts", "mptcp-kernel-peer")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that concern a tree."""
    parser.add_argument(
        "--ns3-tree",
        type=Path,
        metavar="DIR",
        help="C++ suites, examples and the manual in the source tree of ns-3 in DIR: links the"
        " checkout to contrib/mptcp and configures the tree for this module alone",
    )
    parser.add_argument(
        "--modules-only", action="store_true", help="with --ns3-tree: without the examples"
    )
    parser.add_argument(
        "--werror", action="store_true", help="with --ns3-tree: warnings are errors"
    )


def check_arguments(options: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    if options.ns3_tree is None:
        for name in ("modules-only", "werror"):
            if getattr(options, name.replace("-", "_")):
                raise UsageError(f"--{name} needs --ns3-tree DIR")
        return
    others = {
        "--cpp": options.cpp,
        "--ns3-prefix": options.ns3_prefix,
        "--sanitize": options.sanitize,
        "--build-dir": options.build_dir,
        "--define": options.define,
        "arguments for pytest": options.pytest,
    }
    for name, given in others.items():
        if given:
            raise UsageError(f"--ns3-tree and {name} do not go together")


def read_version(tree: Path) -> int | None:
    """Return the release of a tree, 45 for 3.45; None for a development tree.

    Raises UsageError when the folder is no tree of ns-3, or one that is too old.
    """
    if not tree.is_dir():
        raise UsageError(f"--ns3-tree {tree}: there is no such folder")
    for mark in MARKS:
        if not (tree / mark).is_file():
            raise UsageError(f"--ns3-tree {tree} is no source tree of ns-3: it has no {mark}")
    text = (tree / "VERSION").read_text(errors="replace").strip()
    if text == "3-dev":
        return None
    # As in 3.45, 3.46.1 or 3.44-rc1.
    found = re.match(r"3\.(\d+)(?!\d)", text)
    if not found or int(found[1]) < OLDEST:
        raise UsageError(f"--ns3-tree {tree} has ns-3 {text[:20]!r}: 3.{OLDEST} or later is needed")
    return int(found[1])


def link(tree: Path, source: Path) -> None:
    """Link a checkout to contrib/mptcp of a tree, unless it is there already.

    Raises UsageError when something else is there, or when the link cannot be made.
    """
    place = tree / "contrib" / "mptcp"
    if place.is_symlink() or place.exists():
        if place.resolve() != source.resolve():
            raise UsageError(f"{place} is not this checkout ({source}): remove or move it")
        return
    try:
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(source.resolve(), target_is_directory=True)
    except OSError as error:
        raise UsageError(f"{place} cannot be made: {error.strerror}") from error


def commands(
    options: argparse.Namespace, version: int | None, report: Path
) -> Iterator[tuple[str, list[str]]]:
    """Yield what is done in a tree, in order: a word for the user, and the command."""
    examples = "disable" if options.modules_only else "enable"
    werror = "enable" if options.werror else "disable"
    configure = [
        *(sys.executable, "ns3", "configure", "--build-profile", "default"),
        *("--enable-modules=mptcp", "--filter-module-examples-and-tests=mptcp"),
        *("--enable-tests", f"--{examples}-examples", f"--{werror}-werror"),
    ]
    if version is not None and version < DEFAULT_CXX20:
        configure.append("--cxx-standard=20")
    yield "configuring", configure
    targets = ["test-runner", *(() if options.modules_only else EXAMPLES)]
    # Not by "ns3 build", whose --jobs cannot be more than all processors but one.
    build = ["cmake", "--build", "cmake-cache", "--parallel", str(options.jobs)]
    yield "building", [*build, "--target", *targets]
    fullness = "QUICK" if options.quick else "EXTENSIVE"
    run = [sys.executable, "test.py", "--no-build", "--nocolor", "--multiple"]
    yield (
        "testing",
        [*run, f"--fullness={fullness}", f"--jobs={options.jobs}", f"--xml={report}"],
    )


def add_report(report: Path, counts: Counts) -> list[str]:
    """Add the results in a file of test.py; return a line for each failure.

    A suite or example is one test. A file that is missing, unreadable or without results is a
    failure.
    """
    try:
        root = ElementTree.parse(report).getroot()
    except FileNotFoundError:
        counts.failed += 1
        return ["test.py wrote no results"]
    except ElementTree.ParseError as error:
        counts.failed += 1
        return [f"the results of test.py cannot be read: {error}"]
    lines = []
    tests = [element for element in root if element.tag in ("Test", "Example")]
    for test in tests:
        name, result = test.findtext("Name", "?"), test.findtext("Result", "no result")
        if result == "PASS":
            counts.passed += 1
        elif result == "SKIP":
            counts.skipped += 1
        else:
            counts.failed += 1
            lines.append(f"{result}: {name}")
            lines.extend(_details(test))
    if not tests:
        counts.failed += 1
        lines.append("test.py ran no tests")
    return lines


def _details(test: ElementTree.Element) -> Iterator[str]:
    """Yield a line for each failed check of a suite."""
    for case in test.iter("Test"):
        for detail in case.findall("FailureDetails"):
            values = {child.tag: child.text or "" for child in detail}
            place = f"{Path(values.get('File', '')).name}:{values.get('Line', '')}"
            compared = f"{values.get('Condition', '')}, {values.get('Actual', '')}"
            message = values.get("Message", "")
            yield f"    {case.findtext('Name', '?')}: {message} ({compared}; {place})"


def run(source: Path, options: argparse.Namespace, counts: Counts) -> None:
    """Configure and build a tree, and add the results of its test.py.

    Raises UsageError, before anything is done, for a tree that cannot be used.
    """
    tree = options.ns3_tree.resolve()
    version = read_version(tree)
    link(tree, source)
    name = "the development tree" if version is None else f"3.{version}"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "results.xml")
        for word, command in commands(options, version, report):
            print(f"{word} ns-3 ({name}) in {tree} ...", flush=True)
            if word == "testing":
                # It fails when a test does: its results tell more.
                subprocess.run(command, cwd=tree)
                for line in add_report(report, counts):
                    print(line)
                break
            done = subprocess.run(
                command,
                cwd=tree,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            if done.returncode != 0:
                sys.stdout.write(done.stdout)
                counts.failed += 1
                return
    for line in build_manual(source, tree, counts):
        print(line)


def build_manual(source: Path, tree: Path, counts: Counts) -> list[str]:
    """Build the manual of a checkout with the settings of a tree's own, and return what to print.

    It is one test: a warning fails it. Without Sphinx or such settings it is skipped.
    """
    settings = tree / "doc" / "models" / "source"
    missing = None
    if not (settings / "conf.py").is_file():
        missing = f"{settings} has no conf.py"
    elif importlib.util.find_spec("sphinx") is None:
        missing = "Sphinx is not installed"
    if missing:
        counts.skipped += 1
        return [f"SKIP: the manual: {missing}"]
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "-q"),
                *("-c", str(settings), "-D", "master_doc=mptcp"),
                *(str(source / "src" / "mptcp" / "doc"), out),
            ],
            capture_output=True,
            text=True,
            errors="replace",
        )
    if done.returncode == 0:
        counts.passed += 1
        return []
    counts.failed += 1
    return ["FAIL: the manual", *done.stderr.splitlines()]
