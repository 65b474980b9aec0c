# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp bench``: what MPTCP costs against two stock TCP connections over the same two links.

The same octets go once over two TCP connections and once over one MPTCP connection. Instructions
are the difference between two sizes, per data packet delivered: start-up and tear-down cancel out.
They are counted by callgrind and hardly vary; times are the median of runs that alternate.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import output, processes
from .parameters import Parser, UsageError, size_option, whole_option

PROGRAM = "mptcp-bench-transfer"
BASE, OURS = "tcp2", "mptcp"
MODES = (BASE, OURS)

#: Octets of a full segment, the unit of "per packet" in both modes.
SEGMENT = 1448


@dataclass
class Cost:
    """The cost of one mode."""

    instructions_per_packet: float
    wall_s: float
    peak_rss_kib: int


class BenchError(Exception):
    """The benchmark cannot be run; the text is one line."""


def find_program() -> Path:
    """Return the benchmark program of the build or installation in use."""
    home = Path(os.environ.get("NS3_MPTCP_PREFIX") or Path(__file__).parent)
    program = home / "bin" / PROGRAM
    if program.is_file():
        return program
    raise BenchError(f"no {PROGRAM} below {home / 'bin'}: build the benchmarks")


def count_instructions(program: Path, mode: str, octets: int) -> int:
    """Return the instructions of one run, as callgrind counts them."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        _run([*command, *_command(program, mode, octets)])
        for line in out.read_text(errors="replace").splitlines():
            if line.startswith(("summary:", "totals:")):
                return int(line.split()[1])
    raise BenchError("callgrind wrote no total")


def time_run(program: Path, mode: str, octets: int) -> tuple[float, int]:
    """Return wall time in seconds and peak resident memory in KiB of one run."""
    began = time.perf_counter()
    output = _run(_command(program, mode, octets))
    took = time.perf_counter() - began
    return took, int(json.loads(output.splitlines()[-1])["peak_rss_kib"])


def measure(program: Path, small: int, large: int, timed: int, repeat: int) -> dict[str, Cost]:
    """Return the cost of each mode.

    :param small: octets of the shorter run under callgrind
    :param large: octets of the longer one
    :param timed: octets of the runs that are timed
    :param repeat: how many of these
    """
    packets = (large - small) / SEGMENT
    instructions = {}
    for mode in MODES:
        _say(f"counting instructions of {mode}")
        more = count_instructions(program, mode, large) - count_instructions(program, mode, small)
        instructions[mode] = more / packets
    runs: dict[str, list[tuple[float, int]]] = {mode: [] for mode in MODES}
    for number in range(repeat):
        _say(f"timing, {number + 1} of {repeat}")
        for mode in MODES:
            runs[mode].append(time_run(program, mode, timed))
    return {
        mode: Cost(
            instructions[mode],
            statistics.median(wall for wall, _ in runs[mode]),
            int(statistics.median(rss for _, rss in runs[mode])),
        )
        for mode in MODES
    }


def ratios(costs: dict[str, Cost]) -> dict[str, float]:
    """Return the cost of MPTCP as multiples of the two TCP connections'."""
    base, ours = vars(costs[BASE]), vars(costs[OURS])
    return {name: ours[name] / base[name] for name in base}


def table(costs: dict[str, Cost]) -> str:
    """Return the result for a person."""
    ratio = ratios(costs)
    rows = [("", "2 x TCP", "MPTCP", "ratio")]
    for name, label, form in (
        ("instructions_per_packet", "instructions per data packet", "{:.0f}"),
        ("wall_s", "wall time (s)", "{:.3f}"),
        ("peak_rss_kib", "peak memory (KiB)", "{:d}"),
    ):
        values = [form.format(vars(costs[mode])[name]) for mode in MODES]
        rows.append((label, *values, f"{ratio[name]:.3f}"))
    return "\n".join(f"{row[0]:<30}{row[1]:>12}{row[2]:>12}{row[3]:>9}" for row in rows)


def main(argv: list[str]) -> int:
    """Run ``mptcp bench`` and return its exit status."""
    parser = Parser(prog="mptcp bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", metavar="FILE", help="write the result as JSON")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--small", default="8MiB", metavar="BYTES", help="(default 8MiB)")
    parser.add_argument("--large", default="32MiB", metavar="BYTES", help="(default 32MiB)")
    parser.add_argument(
        "--timed", default="64MiB", metavar="BYTES", help="size of the timed runs (default 64MiB)"
    )
    parser.add_argument("--repeat", default="5", metavar="N", help="timed runs (default 5)")
    options = parser.parse_args(argv)
    # BulkSend takes 0 octets for as many as there is time for.
    sizes = {
        name: size_option(f"--{name}", getattr(options, name))
        for name in ("small", "large", "timed")
    }
    if sizes["large"] <= sizes["small"]:
        raise UsageError(
            f"--large '{options.large}' is not allowed: give more than --small {options.small}"
        )
    repeat = whole_option("--repeat", options.repeat)
    if options.out is not None:
        output.probe_file(Path(options.out))  # before minutes of work, not after
    try:
        if shutil.which("valgrind") is None:
            raise BenchError("valgrind is missing: apt-get install -y valgrind")
        costs = measure(find_program(), **sizes, repeat=repeat)
    except BenchError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    result = {
        "schema": "mptcp-bench 1",
        "sizes": sizes,
        "repeat": repeat,
        "modes": {mode: vars(cost) for mode, cost in costs.items()},
        "ratios": ratios(costs),
    }
    print(json.dumps(result, indent=2) if options.json else table(costs))
    if options.out is not None:
        try:
            output.write(Path(options.out), json.dumps(result, indent=2) + "\n")
        except OSError as error:
            raise output.unwritable(error, options.out) from None
    return 0


def _command(program: Path, mode: str, octets: int) -> list[str]:
    return [str(program), f"--mode={mode}", f"--bytes={octets}"]


def _run(command: list[str]) -> str:
    done = processes.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [""])[-1]
        raise BenchError(f"{PROGRAM} ended with status {done.returncode}: {reason}")
    return done.stdout


def _say(text: str) -> None:
    print(f"mptcp: {text}", file=sys.stderr, flush=True)
