# SPDX-License-Identifier: GPL-2.0-only
"""The command ``mptcp``.

Data goes to stdout, talk to stderr. Exit status: 0 done, 1 the run failed, 2 a mistake of the user
(always with exactly one line on stderr, after the progress), 130 interrupted, 143 and 129 ended by
SIGTERM and SIGHUP, which do the same.
"""

from __future__ import annotations

import sys

from . import signals
from .parameters import Parser, UsageError, choose
from .policy import PolicyError

#: name, one-line description
COMMANDS = {
    "run": "run a scenario, write tables, pcap files, summary and figures",
    "list": "list the scenarios",
    "plot": "draw the figures of a finished run again",
    "test": "run the tests",
    "conform": "run scripts of packetdrill's language against one simulated stack",
    "chaos": "run simulations with random networks, faults and applications",
    "fuzz": "feed the receive path and the option codec with mutated input",
    "fidelity": "compare with published results of the literature",
    "bench": "measure the cost of MPTCP against two stock TCP connections",
    "version": "print the versions",
}


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    # The process ends with its own command line: nothing is to come in while it does.
    with signals.taken(restore=argv is not None):
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    try:
        return _dispatch(arguments)
    except UsageError as error:
        print(f"mptcp: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except PolicyError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interrupt:
        signals.ignore()
        print("mptcp: interrupted", file=sys.stderr)
        return signals.status(interrupt)
    except BrokenPipeError:
        # The reader of stdout went away (as "mptcp list | head" does).
        sys.stderr.close()
        return 1


def _dispatch(arguments: list[str]) -> int:
    command = arguments[0] if arguments else "--help"
    rest = arguments[1:]
    if command in ("-h", "--help"):
        print(_usage())
        return 0
    if command == "--version":
        command = "version"
    if command == "test":
        from . import testing

        return int(testing.main(rest) or 0)
    if command == "conform":
        from . import conform

        return conform.main(rest)
    if command == "chaos":
        from . import chaos

        return chaos.main(rest)
    if command == "fuzz":
        from . import fuzz

        return fuzz.main(rest)
    if command == "fidelity":
        from . import fidelity

        return fidelity.main(rest)
    if command == "bench":
        from . import bench

        return bench.main(rest)
    if command in ("run", "plot"):
        from . import run

        return run.main(rest) if command == "run" else run.plot(rest)
    if command == "list":
        return _list(rest)
    if command == "version":
        return _version(rest)
    raise choose("command", command, COMMANDS)


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = ["usage: mptcp COMMAND [OPTIONS]", "", "commands:"]
    lines += [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    lines += ["", "'mptcp COMMAND --help' and 'mptcp run SCENARIO --help' tell more."]
    return "\n".join(lines)


def _list(arguments: list[str]) -> int:
    Parser(prog="mptcp list", description="List the scenarios.").parse_args(arguments)
    from . import scenario

    print("\n".join(scenario.titles()))
    return 0


def _version(arguments: list[str]) -> int:
    Parser(prog="mptcp version", description="Print the versions.").parse_args(arguments)
    from .scenario import version

    for package in ("ns3-mptcp", "ns3", "cppyy"):
        print(f"{package} {version(package)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
