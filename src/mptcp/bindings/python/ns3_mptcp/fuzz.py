# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp fuzz``: run the libFuzzer targets of a checkout until the first finding.

Builds the targets with clang and sanitizers, and runs each of them in libFuzzer's fork mode, with
one seed after the other. Inputs that reach something new are kept in a folder of the build tree,
where the next run begins. The last line is ``N passed, N failed``, counted in runs of a seed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .bench import BenchError
from .parameters import Parser, UsageError, choose, whole_option
from .testing import find_source


@dataclass(frozen=True)
class Target:
    """A libFuzzer target."""

    program: str
    corpus: str  #: folder of the checkout with the inputs that are tests as well
    longest: int  #: octets of an input


FOLDER = Path("src/mptcp/test/fuzz")

TARGETS = {
    "receive": Target("mptcp-receive-fuzz", "receive-corpus", 600),
    # Longer than the 40 octets of options in a segment finds nothing new in the codec.
    "option": Target("mptcp-option-fuzz", "corpus", 64),
}

#: The first that is there is used.
COMPILERS = ("clang++-14", "clang++")

#: Allocations are most of the work. Where a block came from is told when the input is run again.
FAST = "detect_leaks=0:malloc_context_size=0:quarantine_size_mb=16:symbolize=0"

#: What libFuzzer is told besides seed, time and folders. Its own count of leaks is switched off as
#: well: it looks at every allocation. The weights of "entropic" cost more time than the inputs, and
#: an own mutator would switch off that inputs begin short. A timeout is a finding.
FLAGS = (
    *("-detect_leaks=0", "-entropic=0", "-len_control=100", "-print_funcs=0"),
    *("-timeout=60", "-ignore_timeouts=0", "-ignore_ooms=0"),
)

#: Seconds that a run may take beyond its time.
PATIENCE = 300

#: Seconds between two lines that say how far a run is.
INTERVAL = 60

STATUS = re.compile(r"^#(\d+): cov: (\d+) ft: \d+ corp: (\d+) ")

#: What assertions, sanitizers, the option target and libFuzzer say of a fault.
FAULT = re.compile(r"(cond=.*|runtime error: .*|does not hold: .*|ERROR: .*)")

WRITTEN = "Test unit written to "


@dataclass
class Result:
    """What a run of a target with one seed has come to."""

    executions: int = 0
    coverage: int = 0
    corpus: int = 0
    seconds: float = 0.0
    finding: Path | None = None
    fault: str = ""  #: why the run has failed

    def __str__(self) -> str:
        rate = self.executions / self.seconds if self.seconds else 0.0
        return (
            f"{self.executions} executions in {self.seconds:.0f} s ({rate:.0f} per second), "
            f"corpus {self.corpus}, coverage {self.coverage}"
        )


def find_compiler() -> str:
    """Return the clang to build with."""
    for name in COMPILERS:
        if shutil.which(name):
            return name
    raise BenchError("clang is missing: apt-get install -y clang-14 libclang-rt-14-dev")


def build(source: Path, tree: Path, jobs: int) -> None:
    """Configure and build the targets."""
    configure = [
        *("cmake", "-S", str(source), "-B", str(tree), "-G", "Ninja"),
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-DCMAKE_CXX_COMPILER={find_compiler()}",
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        "-DMPTCP_SANITIZE=address,undefined",
        *("-DMPTCP_FUZZ=ON", "-DBUILD_TESTING=OFF", "-DMPTCP_PROGRAMS=OFF", "-DMPTCP_UNITY=ON"),
    ]
    compile_all = ["cmake", "--build", str(tree), "--target", "fuzzers", "--parallel", str(jobs)]
    for command in (configure, compile_all):
        done = processes.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.stdout.write(done.stdout)
            raise BenchError(f"the targets cannot be built in {tree}")


def fuzz(source: Path, tree: Path, name: str, seed: int, seconds: int, jobs: int) -> Result:
    """Run a target with one seed."""
    target = TARGETS[name]
    corpus, findings = tree / "corpus" / name, tree / "findings" / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(tree / "bin" / target.program), f"-fork={jobs}", f"-seed={seed}", *FLAGS]
    command += [f"-max_total_time={seconds}", f"-max_len={target.longest}"]
    dictionary = source / FOLDER / f"{target.program}.dict"
    if dictionary.is_file():
        command.append(f"-dict={dictionary}")
    command += [f"-artifact_prefix={findings}/", str(corpus), str(source / FOLDER / target.corpus)]
    result = Result()
    begin = shown = time.monotonic()
    environment = {**os.environ, "ASAN_OPTIONS": FAST}
    with processes.reading(command, env=environment) as process:
        watchdog = threading.Timer(seconds + PATIENCE, processes.kill, [process])
        watchdog.daemon = True  # nobody waits for it
        watchdog.start()
        for line in _lines(process):
            if status := STATUS.match(line):
                result.executions, result.coverage, result.corpus = map(int, status.groups())
                result.seconds = time.monotonic() - begin
                if time.monotonic() - shown > INTERVAL:
                    shown = time.monotonic()
                    print(f"mptcp: {name}, seed {seed}: {result}", file=sys.stderr, flush=True)
            elif WRITTEN in line and "slow-unit" not in line:
                result.finding = Path(line.split(WRITTEN, 1)[1])
            elif not result.fault and (fault := FAULT.search(line)):
                result.fault = fault[1]
        status_code = process.wait()
        watchdog.cancel()
    result.seconds = time.monotonic() - begin
    if status_code == 0:
        result.fault = ""
    elif status_code < 0:
        result.fault = "no end"
    else:
        result.fault = result.fault or f"status {status_code}"
    return result


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout
    for line in process.stdout:
        yield line.rstrip("\n")


def explain(tree: Path, name: str, finding: Path) -> str:
    """Run a finding again and return the lines that tell what it is."""
    command = [str(tree / "bin" / TARGETS[name].program), str(finding)]
    environment = {
        **os.environ,
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    try:
        done = processes.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return "it does not end\n"
    if done.returncode == 0:
        return "it passes when it is run alone\n"
    frame = re.compile(r"^ +#\d+ ")
    lines = [line for line in done.stderr.splitlines() if FAULT.search(line) or frame.match(line)]
    return "".join(f"{line}\n" for line in lines[:20])


def main(argv: list[str]) -> int:
    """Run ``mptcp fuzz`` and return its exit status."""
    parser = Parser(prog="mptcp fuzz", description=__doc__.split("\n\n")[0])
    parser.add_argument("--target", metavar="NAME", help="receive or option (default: both)")
    parser.add_argument(
        "--minutes", default="30", metavar="N", help="of each target, for all seeds (default 30)"
    )
    parser.add_argument("--seed", default="1", metavar="S", help="first seed (default 1)")
    parser.add_argument("--seeds", default="3", metavar="N", help="number of seeds (default 3)")
    parser.add_argument(
        "--jobs", default=str(os.cpu_count() or 1), metavar="N", help="processes (default: all)"
    )
    parser.add_argument("--build-dir", type=Path, metavar="DIR", help="default: build/fuzz")
    options = parser.parse_args(argv)
    number = {
        name: whole_option(f"--{name}", getattr(options, name))
        for name in ("minutes", "seed", "seeds", "jobs")
    }
    if options.target is not None and options.target not in TARGETS:
        raise choose("target", options.target, TARGETS)
    source = find_source()
    if source is None:
        raise UsageError("fuzz: run it inside a checkout of ns3-mptcp")
    tree = (options.build_dir or source / "build" / "fuzz").resolve()
    names = [options.target] if options.target else list(TARGETS)
    seconds = max(60 * number["minutes"] // number["seeds"], 1)
    seeds = range(number["seed"], number["seed"] + number["seeds"])
    try:
        print(f"mptcp: building in {tree}", file=sys.stderr, flush=True)
        build(source, tree, number["jobs"])
    except BenchError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    passed = failed = 0
    for name, seed in ((name, seed) for name in names for seed in seeds):
        result = fuzz(source, tree, name, seed, seconds, number["jobs"])
        print(f"{name}, seed {seed}: {result}", flush=True)
        if not result.fault:
            passed += 1
            continue
        failed += 1
        print(f"{name}, seed {seed} failed: {result.fault}")
        if result.finding:
            print(f"input: {result.finding}")
            print(explain(tree, name, result.finding), end="")
            print(
                f"again: ASAN_OPTIONS=detect_leaks=0 {tree}/bin/{TARGETS[name].program} "
                f"{result.finding}"
            )
        break
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
