"""The command line: what may be said, and sentences about what may not."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, NoReturn, TypeVar

from app import __version__
from app.cli.story_arguments import add_output, add_session_dir, add_story_commands
from app.core.errors import BadInput, quoted
from app.core.limits import DEFAULT_DEADLINE, LONGEST_INTERVAL, LONGEST_STOP_AFTER
from app.experiments import limits

Number = TypeVar("Number", int, float)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; see '{self.prog} --help'.")


class _Range(NamedTuple, Generic[Number]):
    """What an option's number may be: how it is read, from where to where, and what to write."""

    kind: Callable[[str], Number]
    least: Number
    most: Number
    unit: str


_DEADLINE = _Range(float, 0.0, 3600.0, "seconds")


def _number(option: str, within: _Range[Number]) -> Callable[[str], Number]:
    """Return a reader of one option's number; the sentence says the option and the range."""
    kind, least, most, unit = within

    def read(text: str) -> Number:
        right = f"write {unit} from {least:,} to {most:,}"
        try:
            value = kind(text)
        except ValueError:
            raise BadInput(f"{option}: {quoted(text)} is not a number; {right}.") from None
        # Written so that NaN, of which every comparison is false, is refused as well.
        if not least <= value <= most:
            raise BadInput(f"{option}: {quoted(text)[1:-1]} is out of range; {right}.")
        return value

    return read


def _add_number(
    parser: argparse.ArgumentParser, option: str, within: _Range[Number], words: str, default: Number | None = None
) -> None:
    """Add an option that is a number."""
    metavar = "S" if within.unit == "seconds" else "N"
    parser.add_argument(option, type=_number(option, within), default=default, metavar=metavar, help=words)


def _add_deadline(parser: argparse.ArgumentParser) -> None:
    words = "seconds from a stop request until a run counts as stuck (default 5)"
    _add_number(parser, "--deadline", _DEADLINE, words, DEFAULT_DEADLINE)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; what it refuses, it refuses with BadInput."""
    parser = _Parser(
        prog="thread-controller",
        description="Start threads, ask them to stop, and see exactly when each one noticed. Without a command: a window.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--workers", metavar="FILE", type=Path, help="open the window with the workers of a TOML file")
    add_session_dir(parser)
    parser.add_argument("--start", action="store_true", help="start the workers as soon as the window is open")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    listing = commands.add_parser("list", help="show the strategies, workloads, examples and plans, a sentence each")
    listing.add_argument(
        "--markdown", action="store_true", help="the strategies as a table with all that is known of them"
    )
    _add_run(commands)
    _add_matrix(commands)
    _add_plan(commands)
    _add_sessions(commands)
    deadline = _number("--deadline", _DEADLINE)
    add_story_commands(commands, deadline, DEFAULT_DEADLINE)
    return parser


def _add_run(commands: "argparse._SubParsersAction[_Parser]") -> None:
    run = commands.add_parser(
        "run",
        help="run workers without a window, their lines to standard output",
        description="Run workers without a window: their lines go to standard output as they come, then a row a run "
        "to standard error. Exit status: 0 as asked, 1 a run failed or did not stop by the deadline, 2 bad input, "
        "3 a thread had to be left behind, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    run.add_argument("what", metavar="EXAMPLE|STRATEGY|FILE.toml", help="what to run; 'list' shows what there is")
    _add_number(
        run, "--count", _Range(int, 1, 10_000, "a whole number"), "workers side by side, 1 to 10,000", default=1
    )
    _add_number(
        run,
        "--interval",
        _Range(float, 0.0, LONGEST_INTERVAL, "seconds"),
        "seconds between two checkpoints; 0 is as fast as it can",
    )
    _add_number(
        run,
        "--stop-after",
        _Range(float, 0.0, LONGEST_STOP_AFTER, "seconds"),
        "ask each to stop so many seconds after its start",
    )
    _add_number(run, "--limit", _Range(int, 1, 10**15, "a whole number"), "most lines of each")
    run.add_argument("--workload", metavar="ID", help="the work between two checkpoints; 'list' shows what there is")
    run.add_argument(
        "--set",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="tell the workload something, such as seconds=0.5; 'list' shows what; may be given several times",
    )
    run.add_argument("--text", metavar="T", help="the template of a line: {i} is its number, {name} the worker")
    _add_deadline(run)
    run.add_argument("--json", action="store_true", help="one JSON object a line: t_ns, worker, run, kind, text")


def _add_matrix(commands: "argparse._SubParsersAction[_Parser]") -> None:
    matrix = commands.add_parser(
        "matrix",
        help="measure strategies under workloads, some times each, and show a table",
        description="Measure the stop latency of each strategy under each workload, stopped at random phases of the "
        "interval; a cell ends after three runs that never noticed. The result goes to standard output. Exit status: 0 as "
        "asked, 1 a cell failed, 2 bad input, 3 a thread had to be left behind, 130 Ctrl+C (what is done is shown).",
    )
    matrix.add_argument("--strategies", metavar="A,B", help="rows (default: all but those that warn of what they do)")
    matrix.add_argument(
        "--workloads",
        metavar="X,Y",
        help="columns, each ID or ID:NAME=VALUE, such as socket:interrupt=no (default: all)",
    )
    _add_number(
        matrix,
        "-n",
        _Range(int, 1, limits.MOST_N, "a whole number"),
        "runs a cell (default 10)",
        default=limits.DEFAULT_N,
    )
    _add_number(
        matrix,
        "--interval",
        _Range(float, 0.0, LONGEST_INTERVAL, "seconds"),
        "seconds between two checkpoints (default 0.05)",
        default=limits.DEFAULT_INTERVAL,
    )
    _add_number(
        matrix,
        "--deadline",
        _Range(float, limits.SHORTEST_DEADLINE, limits.LONGEST_DEADLINE, "seconds"),
        "seconds from a stop request until a run counts as never (default 1)",
        default=limits.DEFAULT_MATRIX_DEADLINE,
    )
    _add_number(
        matrix,
        "--seed",
        _Range(int, 0, limits.MOST_SEED, "a whole number"),
        "of the random phases; the same seed draws the same (default: one is chosen, and shown)",
    )
    form = matrix.add_mutually_exclusive_group()
    form.add_argument(
        "--json", dest="form", action="store_const", const="json", help="an object: environment and cells"
    )
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="a table for a document")
    matrix.set_defaults(form="text")


def _add_plan(commands: "argparse._SubParsersAction[_Parser]") -> None:
    plan = commands.add_parser(
        "plan",
        help="carry out a plan without a window, and judge the steps that have checks",
        description="Carry out a plan without a window: steps with checks are judged, the others are reported as not "
        "judged. Exit status: 0 as asked, 1 a check does not hold or a step could not be carried out, 2 bad input, "
        "3 a thread had to be left behind, 130 Ctrl+C, 143 SIGTERM.",
    )
    plan.add_argument("what", metavar="PLAN|FILE.plan.toml", help="a built-in plan ('list' shows them), or a file")
    add_session_dir(plan, "record the sitting as a session in this folder")
    _add_deadline(plan)
    plan.add_argument("--json", action="store_true", help="one JSON object with environment and steps")


def _add_sessions(commands: "argparse._SubParsersAction[_Parser]") -> None:
    listing = commands.add_parser("sessions", help="list the recorded sessions: id, when, how long, records, size")
    add_session_dir(listing)
    export = commands.add_parser(
        "export",
        help="write a recorded session as text, CSV or JSON lines",
        description="Write a recorded session, or a part of it, to standard output or a file. Text has the workers' lines "
        "exactly as they wrote them, JSON lines has every record exactly; in CSV, cells that a spreadsheet would execute "
        "get an apostrophe in front. Exit status: 0 as asked, 1 a damaged batch was left out, 2 bad input.",
    )
    export.add_argument("session", metavar="SESSION", help="a session's file, its id, or 'latest'")
    form = export.add_mutually_exclusive_group()
    for name, words in (("text", "the workers' lines (default)"), ("csv", "every record"), ("jsonl", "every record")):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=words)
    export.add_argument("--worker", metavar="W", help="only this worker's records")
    _add_number(export, "--run", _Range(int, 1, 10**9, "a whole number"), "only runs number N")
    add_output(export)
    export.set_defaults(form="text")
