# SPDX-License-Identifier: GPL-2.0-only
"""The command ``mptcp``.

Data goes to stdout, talk to stderr. Exit status: 0 done, 1 the run failed, 2 wrong usage (always
with exactly one line on stderr).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .parameters import Parameter, Parser, UsageError, choose
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

RUN_OPTIONS = (
    Parameter("RngSeed", "int", "1", "seed of the random numbers", minimum=1, maximum=2**32 - 1),
    Parameter("RngRun", "int", "1", "run number: independent of other runs", minimum=1),
)


class BadDataError(Exception):
    """Figures cannot be drawn; the text is one line."""


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _dispatch(arguments)
    except UsageError as error:
        print(f"mptcp: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except PolicyError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mptcp: interrupted", file=sys.stderr)
        return 130
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
    if command == "run":
        return _run(rest)
    if command == "plot":
        return _plot(rest)
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

    found = {name: scenario.find(name).title for name in scenario.names()}
    width = max(map(len, found), default=0)
    for name, title in found.items():
        print(f"{name:<{width}}  {title}")
    return 0


def _version(arguments: list[str]) -> int:
    Parser(prog="mptcp version", description="Print the versions.").parse_args(arguments)
    from .scenario import version

    for package in ("ns3-mptcp", "ns3", "cppyy"):
        print(f"{package} {version(package)}")
    return 0


def _run_parser(scenario: Any) -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"mptcp run {scenario.name}",
        description=scenario.title,
        epilog="--ns3::Class::Attribute=VALUE sets the default of any ns-3 attribute.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=36, width=100),
        allow_abbrev=False,
    )
    parser.add_argument("--out", metavar="DIR", help=f"default: results/{scenario.name}-<n>")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on stdout")
    parser.add_argument("--parquet", action="store_true", help="write the tables as Parquet too")
    parser.add_argument("--no-figures", action="store_true", help="draw nothing")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    for option in RUN_OPTIONS:
        _add(parser, option)
    group = parser.add_argument_group("parameters of the scenario")
    for parameter in scenario.parameters:
        _add(group, parameter)
    return parser


def _add(parser: Any, parameter: Parameter) -> None:
    parser.add_argument(
        parameter.option,
        dest=parameter.name,
        metavar=parameter.metavar,
        default=parameter.default,
        help=f"{parameter.help} (default {parameter.default})".replace("%", "%%"),
    )


def _run(arguments: list[str]) -> int:
    from . import scenario as scenarios

    if not arguments or arguments[0].startswith("-"):
        if arguments and arguments[0] in ("-h", "--help"):
            print("usage: mptcp run SCENARIO [OPTIONS]\n\nscenarios:")
            return _list([])
        raise UsageError(f"name a scenario: {', '.join(scenarios.names())}")
    scenario = scenarios.find(arguments[0])
    parser = _run_parser(scenario)
    rest = arguments[1:]
    known, unknown = parser.parse_known_args([a for a in rest if not a.startswith("--ns3::")])
    if unknown:
        raise _unknown_option(scenario, unknown[0])

    from . import attributes

    overrides = [attributes.parse(a) for a in rest if a.startswith("--ns3::")]
    values = SimpleNamespace(
        **{p.name: p.parse(getattr(known, p.name)) for p in scenario.parameters}
    )
    seed, run = (o.parse(getattr(known, o.name)) for o in RUN_OPTIONS)
    scenario.check(values)

    from . import LoadError, load
    from .progress import Progress

    try:
        ns = load()
    except LoadError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    attributes.check(ns, overrides)
    out = _output_directory(known.out, scenario.name)
    with Progress(quiet=known.quiet) as progress:
        context = scenarios.Context(ns, values, out, progress, seed, run, overrides)
        results = scenario.run(context)
        summary = scenarios.summary(scenario, context, results)
        (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
        if known.parquet:
            _write_parquet(out)
        if not known.no_figures:
            progress.phase("figures")
            _draw(scenario, out, summary)
    if known.json:
        print(json.dumps(summary, indent=2))
    else:
        for line in scenario.describe(summary):
            print(line)
        print(f"results in {out}")
    return 0


def _unknown_option(scenario: Any, argument: str) -> UsageError:
    if not argument.startswith("--"):
        return UsageError(f"unexpected argument '{argument}': options have the form --name VALUE")
    options = [p.option for p in (*scenario.parameters, *RUN_OPTIONS)]
    options += ["--out", "--json", "--parquet", "--no-figures", "--quiet", "--help"]
    options.append("--ns3::Class::Attribute")
    return choose("option", argument.split("=", 1)[0], options, limit=40)


def _output_directory(given: str | None, name: str) -> Path:
    try:
        if given:
            out = Path(given)
            out.mkdir(parents=True, exist_ok=True)
            return out
        number = 1
        while True:
            out = Path("results") / f"{name}-{number}"
            try:
                out.mkdir(parents=True)
                return out
            except FileExistsError:
                number += 1
    except OSError as error:
        raise UsageError(f"cannot write to {given or 'results'}: {error.strerror}") from None


def _write_parquet(out: Path) -> None:
    from .analysis import trace

    for directory in sorted({p.parent for p in out.rglob("data.csv")}):
        trace.to_parquet(directory)


def _draw(scenario: Any, out: Path, summary: dict[str, Any]) -> None:
    try:
        _figures(scenario, out, summary)
    except BadDataError as error:
        print(f"mptcp: no figures: {error}", file=sys.stderr)


def _figures(scenario: Any, out: Path, summary: dict[str, Any]) -> list[Path]:
    try:
        from .analysis.trace import TraceError

        try:
            return scenario.plot(out, summary)
        except TraceError as error:
            raise BadDataError(str(error)) from None
    except ImportError as error:
        raise BadDataError(f"{error.name} is not installed") from None


def _plot(arguments: list[str]) -> int:
    parser = Parser(prog="mptcp plot", description="Draw the figures of a finished run again.")
    parser.add_argument("directory", metavar="DIR", help="the directory of the run")
    directory = Path(parser.parse_args(arguments).directory)
    from . import scenario as scenarios

    try:
        summary = json.loads((directory / "summary.json").read_text())
    except (OSError, ValueError):
        raise UsageError(f"{directory} holds no readable summary.json of a run") from None
    if summary.get("schema") != scenarios.SUMMARY_SCHEMA:
        raise UsageError(
            f"{directory}/summary.json has schema {summary.get('schema')!r}, "
            f"allowed: {scenarios.SUMMARY_SCHEMA!r}"
        )
    try:
        written = _figures(scenarios.find(summary["scenario"]), directory, summary)
    except BadDataError as error:
        print(f"mptcp: no figures: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
