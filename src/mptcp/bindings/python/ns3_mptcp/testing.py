# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp test``: build the C++ tests of a checkout, run them and the Python tests, and count.

The last line is ``N passed, N failed``, followed by ``, N skipped`` when there are any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from . import ns3_tree, processes
from .parameters import Parser, UsageError, whole_option


@dataclass
class Counts:
    """Numbers of tests by result."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add_junit(self, report: Path) -> None:
        """Add the results in a JUnit file of CTest or pytest."""
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif case.find("skipped") is not None:
                self.skipped += 1
            else:
                self.passed += 1

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def find_source() -> Path | None:
    """Return the checkout: named by the launcher, else the one around the current folder."""
    named = os.environ.get("NS3_MPTCP_SOURCE")
    candidates = [Path(named)] if named else [Path.cwd(), *Path.cwd().parents]
    for folder in candidates:
        if (folder / "cmake" / "mptcp-sources.txt").is_file():
            return folder
    return None


def build(source: Path, options: argparse.Namespace) -> Path | None:
    """Configure and build the tests. Return their build tree, or None after a failure."""
    tree = options.build_dir.resolve()
    fullness = "QUICK" if options.quick else "EXTENSIVE"
    configure = [
        "cmake",
        *("-S", str(source), "-B", str(tree), "-G", "Ninja"),
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-DNS3_PREFIX={options.ns3_prefix}",
        f"-DMPTCP_SANITIZE={options.sanitize}",
        f"-DMPTCP_TEST_FULLNESS={fullness}",
        f"-DMPTCP_WERROR={'ON' if os.environ.get('CI') else 'OFF'}",
        *(f"-D{definition}" for definition in options.define),
    ]
    compile_all = ["cmake", "--build", str(tree), "--parallel", str(options.jobs)]
    for command in (configure, compile_all):
        done = processes.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.stdout.write(done.stdout)
            return None
    return tree


def run_ctest(tree: Path, options: argparse.Namespace, counts: Counts) -> None:
    """Run the C++ suites of a build tree."""
    report = tree / "ctest.xml"
    report.unlink(missing_ok=True)
    environment = dict(os.environ)
    # The wheel's libraries keep singletons until the end of the process: only what our own code
    # leaks is looked for, under valgrind.
    environment.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    processes.run(
        [
            *("ctest", "--test-dir", str(tree), "--output-on-failure", "--no-tests=error"),
            *("--parallel", str(options.jobs), "--output-junit", str(report)),
        ],
        env=environment,
    )
    if report.exists():
        counts.add_junit(report)
    else:
        counts.failed += 1


def run_pytest(source: Path, tree: Path, options: argparse.Namespace, counts: Counts) -> None:
    """Run the Python tests; the programs of the build tree are on their PATH."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join(
        [str(tree / "bin"), str(Path(sys.executable).parent), environment.get("PATH", "")]
    )
    environment["NS3_MPTCP_SOURCE"] = str(source)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "pytest.xml")
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *options.pytest]
        if options.quick:
            command += ["-m", "not slow"]
        code = processes.run(command, cwd=source, env=environment).returncode
        if report.exists():
            counts.add_junit(report)
        # Codes above 1: no test was run, or pytest itself failed, which its report does not say.
        if code > 1 or not report.exists():
            counts.failed += 1


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return what the user asks for. Raises UsageError for options that do not go together."""
    parser = Parser(
        prog="mptcp test", description="Build and run the tests of a checkout of ns3-mptcp."
    )
    parser.add_argument("--quick", action="store_true", help="leave out what takes long")
    parser.add_argument("--cpp", action="store_true", help="the C++ suites only")
    parser.add_argument(
        "--ns3-prefix", default="", metavar="DIR", help="C++ suites against another ns-3"
    )
    ns3_tree.add_arguments(parser)
    parser.add_argument("--sanitize", default="", metavar="LIST", help="as in address,undefined")
    parser.add_argument("--build-dir", type=Path, metavar="DIR", help="default: build/test")
    parser.add_argument(
        *("-D", "--define"),
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the build, as in MPTCP_UNITY=ON",
    )
    parser.add_argument(
        "--jobs", default=str(os.cpu_count() or 1), metavar="N", help="default: all cores"
    )
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    options = parser.parse_args(argv)
    options.jobs = whole_option("--jobs", options.jobs)
    ns3_tree.check_arguments(options)
    return options


def run_suites(source: Path, options: argparse.Namespace, counts: Counts) -> None:
    """Build the tests of a checkout in a build tree, and run them."""
    if options.build_dir is None:
        options.build_dir = source / "build" / "test"
    # Another ns-3 has no Python module of ours.
    python = not (options.cpp or options.ns3_prefix or options.sanitize)

    print(f"building in {options.build_dir} ...", flush=True)
    tree = build(source, options)
    if tree is None:
        counts.failed += 1
    else:
        run_ctest(tree, options, counts)
        if python:
            run_pytest(source, tree, options, counts)


def main(argv: list[str] | None = None) -> int:
    """Run ``mptcp test`` with its arguments; return the exit status."""
    counts = Counts()
    try:
        options = parse_arguments(argv)
        source = find_source()
        if source is None:
            raise UsageError("run it inside a checkout of ns3-mptcp")
        for program in ("cmake", "ctest", "ninja"):
            if shutil.which(program) is None:
                raise UsageError(f"the program {program} is missing")
        if options.ns3_tree is None:
            run_suites(source, options, counts)
        else:
            ns3_tree.run(source, options, counts)
    except UsageError as error:
        print(f"mptcp test: {error}", file=sys.stderr)
        return 2
    print(counts)
    return 1 if counts.failed else 0
