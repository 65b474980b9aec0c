#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the TCP examples of an ns-3 tree, unchanged, over TCP and over MPTCP.

    python test/stock/stock_examples.py --tree ns-3.44 --prefix build/test [NAME...]

Builds each program against the wheel of ns-3 in this interpreter's environment, runs it as it is
and with mptcp-stock-preload before it, and prints one line for each: octets that the applications
have received both ways, connections and joins. The exit status is 1 if one fails over MPTCP that
does not fail over TCP, or if a transfer of a fixed size brings other octets. MPTCP gets the
congestion control that the program has chosen for TCP.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: Headers that all examples share, compiled once.
COMMON = ("applications", "core", "internet", "network", "point-to-point")


@dataclass(frozen=True)
class Example:
    """A program of the tree."""

    source: str
    arguments: tuple[str, ...] = ()
    #: It transfers a fixed number of octets, so that TCP and MPTCP must bring the same.
    fixed: bool = False
    #: Why it is not run.
    skipped: str = ""
    #: Other files of the same program.
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the program's name."""
        return Path(self.source).stem


EXAMPLES = (
    Example(
        "examples/tcp/dctcp-example.cc",
        ("--flowStartupWindow=0.2s", "--convergenceTime=0.2s", "--measurementWindow=0.3s"),
    ),
    Example("examples/tcp/star.cc", fixed=True),
    Example("examples/tcp/tcp-bbr-example.cc", ("--stopTime=10s",)),
    Example("examples/tcp/tcp-bulk-send.cc", ("--maxBytes=300000",), fixed=True),
    Example("examples/tcp/tcp-large-transfer.cc", fixed=True),
    Example("examples/tcp/tcp-linux-reno.cc", ("--stopTime=20s",)),
    Example("examples/tcp/tcp-pacing.cc", ("--simulationEndTime=5s",)),
    Example("examples/tcp/tcp-pcap-nanosec-example.cc"),
    Example("examples/tcp/tcp-star-server.cc", fixed=True),
    Example("examples/tcp/tcp-validation.cc", ("--firstTcpType=cubic", "--stopTime=10s")),
    Example("examples/tcp/tcp-variants-comparison.cc", ("--data=2", "--duration=60"), fixed=True),
    Example("examples/tutorial/fifth.cc", fixed=True, also=("examples/tutorial/tutorial-app.cc",)),
    Example("examples/tutorial/sixth.cc", fixed=True, also=("examples/tutorial/tutorial-app.cc",)),
    Example(
        "examples/tutorial/seventh.cc", fixed=True, also=("examples/tutorial/tutorial-app.cc",)
    ),
    Example("examples/socket/socket-bound-tcp-static-routing.cc", fixed=True),
    Example("examples/traffic-control/cobalt-vs-codel.cc"),
    Example("examples/traffic-control/queue-discs-benchmark.cc", ("--simDuration=5",)),
    Example("examples/traffic-control/red-vs-fengadaptive.cc"),
    Example("examples/traffic-control/red-vs-nlred.cc"),
    Example("examples/traffic-control/tbf-example.cc", fixed=True),
    Example("examples/traffic-control/traffic-control-example.cc"),
    Example("examples/wireless/wifi-80211n-mimo.cc", skipped="UDP unless asked; as wifi-tcp"),
    Example("examples/wireless/wifi-tcp.cc", ("--simulationTime=1s",)),
    Example("src/applications/examples/three-gpp-http-example.cc", fixed=True),
    Example("src/csma-layout/examples/csma-star.cc"),
    Example("src/netanim/examples/star-animation.cc", fixed=True),
    Example("src/nix-vector-routing/examples/nms-p2p-nix.cc"),
    Example("src/traffic-control/examples/adaptive-red-tests.cc"),
    Example("src/traffic-control/examples/codel-vs-pfifo-asymmetric.cc"),
    Example("src/traffic-control/examples/codel-vs-pfifo-basic-test.cc"),
    Example("src/traffic-control/examples/fqcodel-l4s-example.cc"),
    Example("src/traffic-control/examples/pfifo-vs-red.cc"),
    Example("src/traffic-control/examples/pie-example.cc"),
    Example("src/traffic-control/examples/red-tests.cc"),
    Example("src/traffic-control/examples/red-vs-ared.cc"),
)


class BuildError(Exception):
    """A program does not compile."""


def find_ns3() -> Path:
    """Return the folder of the wheel of ns-3."""
    found = importlib.util.find_spec("ns3")
    if not found or not found.submodule_search_locations:
        raise SystemExit("stock_examples: this Python has no wheel of ns-3 (package ns3)")
    return Path(next(iter(found.submodule_search_locations)))


class Builder:
    """Compiles the programs and what is loaded before them."""

    def __init__(self, prefix: Path, tree: Path, folder: Path) -> None:
        """Prepare the folder, which receives all that is built."""
        self.ns3 = find_ns3()
        self.tree = tree
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        library = next(iter(sorted(prefix.rglob("libns3*mptcp*.so"))), None)
        if library is None:
            raise SystemExit(f"stock_examples: {prefix}: no library of this module: build it there")
        self.library = library
        self.flags = ["-std=c++20", "-O0", "-w", "-DNS3_LOG_ENABLE", "-DNS3_ASSERT_ENABLE"]
        self.flags += ["-isystem", str(self.ns3 / "include"), f"-I{folder}"]
        self.headers = prefix / "include"
        common = folder / "common.h"
        text = "".join(f'#include "ns3/{name}-module.h"\n' for name in COMMON)
        if not common.exists() or common.read_text() != text:
            common.write_text(text)
        if not (folder / "common.h.gch").exists():
            self.compile(["-x", "c++-header", str(common), "-o", str(folder / "common.h.gch")])

    def compile(self, arguments: list[str]) -> None:
        """Run the compiler."""
        command = [os.environ.get("CXX", "g++"), *self.flags, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(done.stderr.strip().splitlines()[0] if done.stderr else "no output")

    def link_flags(self) -> list[str]:
        """Return the flags that link all modules of the wheel that a program may use."""
        folder = self.ns3 / "lib64"
        modules = sorted(path.name for path in folder.glob("libns3*.so"))
        modules = [name for name in modules if "visualizer" not in name]
        return [
            f"-L{folder}",
            f"-Wl,-rpath,{folder}:{self.library.parent}",
            "-Wl,--as-needed,--allow-shlib-undefined",
            *(f"-l:{name}" for name in modules),
        ]

    def preload(self) -> Path:
        """Build what is loaded before the programs."""
        target = self.folder / "libmptcp-stock-preload.so"
        source = HERE / "mptcp-stock-preload.cc"
        parts = (source, self.library)
        if target.exists() and target.stat().st_mtime > max(p.stat().st_mtime for p in parts):
            return target
        self.compile(
            [
                f"-I{self.headers}",
                "-shared",
                "-fPIC",
                str(source),
                "-o",
                str(target),
                f"-L{self.library.parent}",
                f"-l:{self.library.name}",
                *self.link_flags(),
            ]
        )
        return target

    def example(self, example: Example) -> Path:
        """Build a program."""
        target = self.folder / example.name
        source = self.tree / example.source
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            self.compile(
                [
                    "-include",
                    "common.h",
                    f"-I{source.parent}",
                    str(source),
                    *(str(self.tree / name) for name in example.also),
                    "-o",
                    str(target),
                    *self.link_flags(),
                ]
            )
        return target


def run(program: Path, preload: Path, way: str, arguments: tuple[str, ...], limit: float) -> dict:
    """Run a program, and return its report."""
    folder = program.parent / f"{program.name}-{way}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    report = folder / "report.json"
    environment = dict(
        os.environ, LD_PRELOAD=str(preload), MPTCP_STOCK=way, MPTCP_STOCK_REPORT=str(report)
    )
    begin = time.monotonic()
    try:
        with (folder / "output").open("w") as output:
            status = subprocess.run(
                [str(program), *arguments],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=limit,
                check=False,
            ).returncode
    except subprocess.TimeoutExpired:
        status = None
    result = json.loads(report.read_text()) if report.exists() else {}
    result["status"] = status
    result["seconds"] = time.monotonic() - begin
    result["last"] = ((folder / "output").read_text(errors="replace").strip().splitlines() or [""])[
        -1
    ]
    return result


def judge(example: Example, tcp: dict, mptcp: dict) -> str:
    """Return what is wrong with MPTCP, empty if nothing."""
    if tcp["status"] is None:
        return "does not end over TCP either (--limit)"
    if tcp["status"] != 0:
        return f"fails over TCP, too ({tcp['last'][:80]})" if mptcp["status"] != 0 else ""
    if mptcp["status"] is None:
        return "does not end"
    if mptcp["status"] != 0:
        return f"status {mptcp['status']}: {mptcp['last'][:100]}"
    if mptcp["tcp"] or not mptcp["connections"]:
        return f"{mptcp['tcp']} sockets of TCP, {mptcp['connections']} MPTCP connections"
    if example.fixed and tcp["received"] != mptcp["received"]:
        return "other octets than over TCP"
    return ""


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; default: all")
    parser.add_argument("--tree", type=Path, required=True, help="tree of ns-3")
    parser.add_argument(
        "--prefix",
        type=Path,
        default=Path("build/test"),
        help="build folder of this module (default: build/test)",
    )
    parser.add_argument("--out", type=Path, default=Path("build/stock"), help="what is built")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each run")
    options = parser.parse_args()
    unknown = set(options.names) - {example.name for example in EXAMPLES}
    if unknown:
        parser.error(
            f"unknown: {', '.join(sorted(unknown))}; there are "
            f"{', '.join(example.name for example in EXAMPLES)}"
        )
    if not (options.tree / "examples").is_dir():
        parser.error(f"--tree {options.tree}: no tree of ns-3: it has no examples")
    builder = Builder(options.prefix.resolve(), options.tree.resolve(), options.out.resolve())
    preload = builder.preload()
    print(
        f"{'program':36} {'TCP octets':>12} {'MPTCP octets':>12} {'conn.':>5} {'joins':>5}  result"
    )
    faults = 0
    for example in EXAMPLES:
        if options.names and example.name not in options.names:
            continue
        if example.skipped:
            print(f"{example.name:36} {'':12} {'':12} {'':5} {'':5}  not run: {example.skipped}")
            continue
        try:
            program = builder.example(example)
        except BuildError as error:
            print(f"{example.name:36} does not compile: {error}", flush=True)
            faults += 1
            continue
        tcp, mptcp = (
            run(program, preload, way, example.arguments, options.limit) for way in ("tcp", "mptcp")
        )
        fault = judge(example, tcp, mptcp)
        faults += fault != "" and tcp["status"] == 0
        print(
            f"{example.name:36} {tcp.get('received', 0):12} {mptcp.get('received', 0):12} "
            f"{mptcp.get('connections', 0):5} {mptcp.get('joins', 0):5}  {fault or 'ok'}",
            flush=True,
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
