# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp run`` and ``mptcp plot``: simulate a scenario, write what came of it, draw it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import output, path_report, signals
from . import scenario as scenarios
from .parameters import Parameter, Parser, UsageError, choose

OPTIONS = (
    Parameter("RngSeed", "int", "1", "seed of the random numbers", minimum=1, maximum=2**32 - 1),
    Parameter("RngRun", "int", "1", "run number: independent of other runs", minimum=1),
)

#: Largest run number: each has as many of its own as ns-3 has room for (:mod:`.session`).
MOST_RUN = 2**31


class BadDataError(Exception):
    """Figures cannot be drawn; the text is one line."""


def _parser(scenario: Any) -> argparse.ArgumentParser:
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
    for option in OPTIONS:
        _add(parser, option)
    group = parser.add_argument_group("parameters of the scenario")
    for parameter in scenario.parameters:
        try:
            _add(group, parameter)
        except argparse.ArgumentError:
            raise UsageError(
                f"{scenario.name}: parameter {parameter.name}, allowed: a name that is not taken"
            ) from None
    return parser


def _add(parser: Any, parameter: Parameter) -> None:
    # No default: what the user has said is to be told from what nobody has said.
    parser.add_argument(
        parameter.option,
        dest=parameter.name,
        metavar=parameter.metavar,
        help=f"{parameter.help} (default {parameter.default})".replace("%", "%%"),
    )


def main(arguments: list[str]) -> int:
    """Run ``mptcp run`` and return its exit status."""
    if not arguments or arguments[0].startswith("-"):
        if arguments and arguments[0] in ("-h", "--help"):
            print("usage: mptcp run SCENARIO [OPTIONS]\n\nscenarios:")
            print("\n".join(scenarios.titles()))
            return 0
        raise UsageError(f"name a scenario: {', '.join(scenarios.names())}")
    scenario = scenarios.find(arguments[0])
    parser = _parser(scenario)
    rest = arguments[1:]
    known, unknown = parser.parse_known_args([a for a in rest if not a.startswith("--ns3::")])
    if unknown:
        raise _unknown_option(scenario, unknown[0])

    from . import attributes

    overrides = [attributes.parse(a) for a in rest if a.startswith("--ns3::")]
    said = {p.name for p in (*OPTIONS, *scenario.parameters) if getattr(known, p.name) is not None}
    _check_conflicts(scenario, known, said, overrides)
    values = SimpleNamespace(
        **{
            p.name: p.parse(getattr(known, p.name) if p.name in said else p.default)
            for p in (*OPTIONS, *scenario.parameters)
        }
    )
    if values.RngRun > MOST_RUN:
        raise UsageError(f"--RngRun '{values.RngRun}' is not allowed: give at most {MOST_RUN}")
    scenario.settle(values, said, {o.path for o in overrides})
    scenario.check(values)

    from . import LoadError, load

    try:
        ns = load()
    except LoadError as error:
        print(f"mptcp: {error}", file=sys.stderr)
        return 1
    overrides = attributes.check(ns, overrides)
    out = output.folder(known.out, scenario.name)
    return _simulate(ns, scenario, known, values, frozenset(said), overrides, out)


def _simulate(
    ns: Any,
    scenario: Any,
    known: Any,
    values: SimpleNamespace,
    said: frozenset[str],
    overrides: list[Any],
    out: Path,
) -> int:
    """Run the scenario; write and print what came of it, as far as it came."""
    from .progress import Progress
    from .session import Session, open_session

    seed = values.RngSeed if "RngSeed" in said else None
    session = Session(overrides, seed, values.RngRun)
    with open_session(ns, session), Progress(quiet=known.quiet) as progress:
        context = scenarios.Context(
            *(ns, values, out, progress, values.RngSeed, values.RngRun, overrides, said)
        )
        try:
            results = scenario.run(context)
        except BaseException as error:
            signals.ignore()
            unwritten = isinstance(error, OSError) and output.is_unwritable(error, out)
            _save_part(scenario, context, session, known.json, error, unwritten)
            if isinstance(error, OSError) and unwritten:
                raise output.unwritable(error, out) from None
            raise
        results, odd = output.plain(context.results if results is None else results)
        if not isinstance(results, dict):
            odd.append(f"results of {scenario.name}: {results!r}, allowed: a dict")
            results = {"results": results}
        summary = scenarios.summary(scenario, context, results, session)
        failed = _write(out, summary)
        if odd and failed is None:
            failed = UsageError(odd[0])
        # What was computed is told even where it cannot be written.
        try:
            if known.parquet:
                output.write_parquet(out)
            if not known.no_figures:
                progress.phase("figures")
                _draw(scenario, out, summary)
        except OSError as error:
            failed = failed or output.unwritable(error, out)
    if known.json:
        print(json.dumps(summary, indent=2))
    else:
        for line in (*scenario.describe(summary), *path_report.lines(out)):
            print(line)
        if failed is None:
            print(f"results in {out}")
    if failed is not None:
        raise failed
    return 0


def _write(out: Path, summary: dict[str, Any]) -> UsageError | None:
    """Write the summary; return the error if that is not possible."""
    try:
        output.write(out / "summary.json", json.dumps(summary, indent=2) + "\n")
    except OSError as error:
        return output.unwritable(error, out)
    return None


def _save_part(
    scenario: Any,
    context: Any,
    session: Any,
    as_json: bool,
    why: BaseException,
    unwritten: bool,
) -> None:
    """Write what was completed before a run ended early; print it if it cannot be written."""
    if not context.results:
        return
    results, _ = output.plain(context.results)
    summary = scenarios.summary(scenario, context, results, session)
    summary["incomplete"] = f"{type(why).__name__}: {why}"
    if unwritten or isinstance(why, KeyboardInterrupt):
        summary["incomplete"] = "not written" if unwritten else "interrupted"
    if _write(context.out, summary) is not None or as_json:
        print(json.dumps(summary, indent=2))


def _check_conflicts(scenario: Any, known: Any, said: set[str], overrides: list[Any]) -> None:
    """Refuse two values for one attribute, of which only one could hold."""
    for parameter in scenario.parameters:
        for override in overrides:
            if parameter.name in said and override.path in parameter.attributes:
                raise UsageError(
                    f"{parameter.option} {getattr(known, parameter.name)} and "
                    f"--{override.path}={override.value} set the same: give one of them"
                )


def _unknown_option(scenario: Any, argument: str) -> UsageError:
    if not argument.startswith("--"):
        return UsageError(f"unexpected argument '{argument}': options have the form --name VALUE")
    options = [p.option for p in (*scenario.parameters, *OPTIONS)]
    options += ["--out", "--json", "--parquet", "--no-figures", "--quiet", "--help"]
    options.append("--ns3::Class::Attribute")
    return choose("option", argument.split("=", 1)[0], options, limit=40)


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


def plot(arguments: list[str]) -> int:
    """Run ``mptcp plot`` and return its exit status."""
    parser = Parser(prog="mptcp plot", description="Draw the figures of a finished run again.")
    parser.add_argument("directory", metavar="DIR", help="the directory of the run")
    parser.add_argument(
        "--scenario",
        metavar="FILE.py",
        help="the scenario's file, if it is one of your own and not where it was",
    )
    known = parser.parse_args(arguments)
    directory = Path(known.directory)
    summary = _read_summary(directory)
    scenario = _scenario_of(summary, directory, known.scenario)
    try:
        written = _figures(scenario, directory, summary)
    except BadDataError as error:
        print(f"mptcp: no figures: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        raise output.unwritable(error, directory) from None
    for path in written or ():
        print(path)
    return 0


def _read_summary(directory: Path) -> dict[str, Any]:
    try:
        summary = json.loads((directory / "summary.json").read_text())
    except (OSError, ValueError, RecursionError):
        summary = None
    if not isinstance(summary, dict):
        raise UsageError(f"{directory} holds no readable summary.json of a run")
    if summary.get("schema") != scenarios.SUMMARY_SCHEMA:
        raise UsageError(
            f"{directory}/summary.json has schema {summary.get('schema')!r}, "
            f"allowed: {scenarios.SUMMARY_SCHEMA!r}"
        )
    return summary


def _scenario_of(summary: dict[str, Any], directory: Path, given: str | None) -> Any:
    """Return the scenario of a run, which may be one of the user's files."""
    name, file = str(summary.get("scenario")), summary.get("file")
    if given is None and file is None:
        return scenarios.find(name)
    path = Path(given) if given is not None else Path(os.path.normpath(directory.resolve() / file))
    if path.suffix != ".py" or not path.is_file():
        raise UsageError(
            f"the scenario {name} of {directory} is not in {path}: give its file by --scenario"
        )
    scenario = scenarios.find(str(path))
    if scenario.name != name:
        raise UsageError(f"{path} has the scenario '{scenario.name}', allowed: '{name}'")
    return scenario
