"""The command line's parser; what it refuses, it refuses in one sentence."""

import argparse
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, NamedTuple, NoReturn, TypeVar

from app import __version__
from app.cli.examples import PROGRAM, examples_text
from app.core.errors import BadInput, quoted
from app.core.limits import DEFAULT_DEADLINE, LONGEST_INTERVAL, LONGEST_STOP_AFTER
from app.core.own_code.description import STOP_FORMS
from app.experiments import limits

Number = TypeVar("Number", int, float)


class _Parser(argparse.ArgumentParser):
    """Reports an error in one sentence instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; see '{self.prog} --help'.")


class _HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs, and leaves the lines of the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class _Range(NamedTuple, Generic[Number]):
    """The range of an option's number, and how it is read."""

    kind: Callable[[str], Number]
    least: Number
    most: Number


def _whole(least: int, most: int) -> _Range[int]:
    return _Range(int, least, most)


def _seconds(least: float, most: float) -> _Range[float]:
    return _Range(float, least, most)


_DEADLINE = _seconds(0.0, 3600.0)

_SESSION_DIR = "where sessions are kept (default: the platform's folder for this program's data)"
_SESSION = "a session's file, its id, or 'latest'"
_REPORTS = (
    ("html", "one file with everything in it, for a browser or on paper"),
    ("markdown", "the same as Markdown, without the pictures (default)"),
    ("junit", "JUnit XML: one test case per step, or per run where there are no steps"),
    ("csv", "one row per run"),
    ("trace", "the timeline for the Perfetto and Chrome trace viewers"),
)


def _figure(value: float) -> str:
    """Return a bound of a range as a person writes it: 3,600 and not 3,600.0."""
    return f"{value:,}".removesuffix(".0")


def _number(option: str, allowed: _Range[Number]) -> Callable[[str], Number]:
    """Return a reader of one option's number; the sentence says the option and the range."""
    kind, least, most = allowed
    before, after = ("a whole number from ", "") if kind is int else ("", " s")

    def read(text: str) -> Number:
        right = f"Enter {before}{_figure(least)} to {_figure(most)}{after}."
        try:
            value = kind(text)
        except ValueError:
            raise BadInput(f"{option}: {quoted(text)} is not a number. {right}") from None
        # Written so that NaN, of which every comparison is false, is refused as well.
        if not least <= value <= most:
            raise BadInput(f"{option}: {quoted(text)[1:-1]} is out of range. {right}")
        return value

    return read


def _add_number(
    parser: argparse.ArgumentParser, option: str, allowed: _Range[Number], words: str, default: Number | None = None
) -> None:
    """Add an option that is a number."""
    metavar = "N" if allowed.kind is int else "S"
    parser.add_argument(option, type=_number(option, allowed), default=default, metavar=metavar, help=words)


def _add_forms(parser: argparse.ArgumentParser, default: str, forms: Iterable[tuple[str, str]]) -> None:
    """Add an option for each form of the output, of which one can be chosen."""
    group = parser.add_mutually_exclusive_group()
    for name, words in forms:
        group.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=words)
    parser.set_defaults(form=default)


def _add_deadline(parser: argparse.ArgumentParser) -> None:
    words = "seconds from a stop request until a run counts as stuck (default 5)"
    _add_number(parser, "--deadline", _DEADLINE, words, DEFAULT_DEADLINE)


def _folder(text: str) -> Path:
    """Read a folder's name; the folder need not exist yet."""
    try:
        if text and stat.S_ISDIR(Path(text).stat().st_mode):
            return Path(text)
        reason = "it is not a folder" if text else "it is empty"
    except FileNotFoundError:
        return Path(text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise BadInput(f"--session-dir: {quoted(text, 100)} cannot be used ({reason}); name a folder.")


def _add_session_dir(parser: argparse.ArgumentParser, words: str = _SESSION_DIR) -> None:
    """Add the option for where sessions are kept."""
    parser.add_argument("--session-dir", metavar="FOLDER", type=_folder, help=words)


def _add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options for the output of a command that reads a session."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the file to write, whole or not at all")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    _add_session_dir(parser)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; what it refuses, it refuses with BadInput."""
    parser = _Parser(
        prog=PROGRAM,
        description="Start threads, ask them to stop, and see exactly when each one noticed. Without a command: a window.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--workers", metavar="FILE", type=Path, help="open the window with the workers of a TOML file")
    _add_session_dir(parser)
    parser.add_argument("--start", action="store_true", help="start the workers as soon as the window is open")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _add_list(commands)
    _add_run(commands)
    _add_race(commands)
    _add_matrix(commands)
    _add_plan(commands)
    _add_sessions(commands)
    _add_report(commands)
    _add_replay(commands)
    _add_to_test(commands)
    for name, command in {"": parser, **commands.choices}.items():
        command.epilog, command.formatter_class = examples_text(name), _HelpFormatter
    return parser


def _add_list(commands: "argparse._SubParsersAction[_Parser]") -> None:
    listing = commands.add_parser(
        "list",
        help="show the strategies, workloads, examples and plans, each with a sentence",
        description="Show the strategies, workloads, examples and plans, each with a sentence. JSON is one object: "
        "'strategies' (id, title, sentence, stop_latency, guarantee, cannot, warning, documentation), 'workloads' (id, "
        "title, sentence, warning, parameters: name, title, sentence, type, default, least, most, unit), 'examples' (id, "
        "sentence) and 'plans' (id, title, sentence, steps).",
    )
    forms = (
        ("json", "one JSON object with all that is known of them"),
        ("markdown", "the strategies as a table with all that is known of them"),
    )
    _add_forms(listing, "text", forms)


def _add_run(commands: "argparse._SubParsersAction[_Parser]") -> None:
    run = commands.add_parser(
        "run",
        help="run workers without a window, their lines to standard output",
        description="Run workers without a window: their lines go to standard output as they come, with the worker's name "
        "in front if there are several workers; then a line or a table row per run goes to standard error. Exit status: 0 "
        "as asked, 1 a run failed or did not stop by the deadline, 2 bad input, 3 a thread had to be left behind or killed, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    words = "what to run; 'list' shows what there is; FILE.py:NAME is a function or a thread of your own"
    run.add_argument("what", metavar="EXAMPLE|STRATEGY|FILE.toml|FILE.py:NAME", help=words)
    _add_number(run, "--count", _whole(1, 10_000), "workers side by side, 1 to 10,000", default=1)
    words = "seconds between two checkpoints; 0 means as fast as possible"
    _add_number(run, "--interval", _seconds(0.0, LONGEST_INTERVAL), words)
    words = "ask each worker to stop this many seconds after its start"
    _add_number(run, "--stop-after", _seconds(0.0, LONGEST_STOP_AFTER), words)
    _add_number(run, "--limit", _whole(1, 10**15), "the most lines that each worker writes")
    _add_workload(run)
    run.add_argument("--text", metavar="T", help="the template of a line: {i} is its number, {name} the worker")
    _add_process(run)
    words = "kill a run in a process of its own this many seconds after it was asked to stop, if it has not ended"
    _add_number(run, "--kill-after", _seconds(0.0, LONGEST_STOP_AFTER), words)
    _add_deadline(run)
    run.add_argument(
        "--json",
        action="store_true",
        help="one JSON object per line: t_ns, worker, run, kind, text; of an event its name, of an end its stop chain",
    )
    _add_own_code(run)


def _add_own_code(run: argparse.ArgumentParser) -> None:
    """Add the options for a function or a thread of the person's own."""
    own = run.add_argument_group("code of your own (FILE.py:NAME)")
    _add_yes(own)
    own.add_argument(
        "--arg",
        dest="arguments",
        action="append",
        default=[],
        metavar="NAME=LITERAL",
        help="an argument, as a Python literal; may be given several times",
    )
    words = f"how it is asked to stop, if not as was found: {STOP_FORMS}"
    own.add_argument("--stop", metavar="WAY", help=words)
    own.add_argument("--folder", metavar="FOLDER", help="the folder that it works in (default: the file's own)")
    own.add_argument(
        "--env",
        dest="environment",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of its environment; may be given several times",
    )


def _add_yes(parser: "argparse._ActionsContainer") -> None:
    parser.add_argument(
        "--yes", action="store_true", help="agree that files of your own are imported and run, with what they import"
    )


def _add_process(parser: argparse.ArgumentParser) -> None:
    """Add the options for what the workers live in."""
    parser.add_argument("--process", action="store_true", help="run each worker in a process of its own")
    words = "the Python of such processes, or the folder of a virtual environment (default: the one that runs this)"
    parser.add_argument("--interpreter", metavar="PATH", help=f"{words}; implies --process")


def _add_workload(parser: argparse.ArgumentParser) -> None:
    """Add the options for the workload of the workers, and its parameters."""
    parser.add_argument("--workload", metavar="ID", help="the work between two checkpoints; 'list' shows what there is")
    parser.add_argument(
        "--set",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the workload, such as seconds=0.5; 'list' shows them; may be given several times",
    )


def _add_race(commands: "argparse._SubParsersAction[_Parser]") -> None:
    race = commands.add_parser(
        "race",
        help="start workers together, stop them at the same instant, many times, and say which notice sooner",
        description="Start workers together and ask all of them to stop at the same instant, in many rounds at random "
        "phases of their intervals. The figures of each and what was found go to standard output. Exit status: 0 as asked, "
        "1 a run failed, 2 bad input, 3 a thread had to be left behind, 130 Ctrl+C, 143 SIGTERM (what is done is shown).",
    )
    race.add_argument(
        "what",
        nargs="*",
        metavar="STRATEGY|EXAMPLE|FILE.toml|FILE.py:NAME",
        help="what races (default: the workers of a new window); 'list' shows what there is",
    )
    _add_yes(race)
    rounds = _whole(1, limits.MOST_ROUNDS)
    _add_number(race, "--rounds", rounds, f"how often (default {limits.DEFAULT_ROUNDS})", limits.DEFAULT_ROUNDS)
    words = f"seconds between two checkpoints (default: the worker's own; of a strategy, {limits.DEFAULT_INTERVAL:g})"
    _add_number(race, "--interval", _seconds(0.0, LONGEST_INTERVAL), words)
    _add_workload(race)
    _add_process(race)
    _add_never_after(race, limits.DEFAULT_RACE_DEADLINE)
    _add_seed(race)
    _add_forms(
        race,
        "text",
        (
            ("json", "one JSON object with the figures of each worker, the latency of each run too"),
            ("csv", "a row per run, for a spreadsheet"),
            ("markdown", "a table for a document"),
        ),
    )


def _add_never_after(parser: argparse.ArgumentParser, default: float) -> None:
    """Add the option for after what time a run counts as never."""
    words = f"seconds from a stop request until a run counts as never (default {default:g})"
    _add_number(parser, "--deadline", _seconds(limits.SHORTEST_DEADLINE, limits.LONGEST_DEADLINE), words, default)


def _add_seed(parser: argparse.ArgumentParser) -> None:
    words = "seed of the random phases (default: random, and shown)"
    _add_number(parser, "--seed", _whole(0, limits.MOST_SEED), words)


def _add_matrix(commands: "argparse._SubParsersAction[_Parser]") -> None:
    matrix = commands.add_parser(
        "matrix",
        help="measure strategies under workloads, several runs each, and show a table",
        description="Measure the stop latency of each strategy under each workload, stopped at random phases of the "
        "interval; a cell ends after three runs that never noticed. The result goes to standard output. Exit status: 0 as "
        "asked, 1 a cell failed, 2 bad input, 3 a thread had to be left behind, 130 Ctrl+C (what is done is shown).",
    )
    matrix.add_argument("--strategies", metavar="A,B", help="rows (default: all but those that can do harm)")
    matrix.add_argument(
        "--workloads",
        metavar="X,Y",
        help="columns, each ID or ID:NAME=VALUE, such as socket:interrupt=no, or FILE.py:NAME, a function of your own "
        "(default: all workloads)",
    )
    _add_yes(matrix)
    matrix.add_argument(
        "--interpreter",
        dest="interpreters",
        metavar="PATH",
        nargs="+",
        help="measure each workload under each of these Pythons, in processes of their own, side by side",
    )
    _add_number(matrix, "-n", _whole(1, limits.MOST_N), "runs per cell (default 10)", limits.DEFAULT_N)
    words = "seconds between two checkpoints (default 0.05)"
    _add_number(matrix, "--interval", _seconds(0.0, LONGEST_INTERVAL), words, limits.DEFAULT_INTERVAL)
    _add_never_after(matrix, limits.DEFAULT_MATRIX_DEADLINE)
    _add_seed(matrix)
    _add_forms(
        matrix,
        "text",
        (
            ("json", "one JSON object with environment and cells, the latency of each run too"),
            ("csv", "a row per run, for a spreadsheet"),
            ("markdown", "a table for a document"),
        ),
    )


def _add_plan(commands: "argparse._SubParsersAction[_Parser]") -> None:
    plan = commands.add_parser(
        "plan",
        help="run a plan without a window, and judge the steps that have checks",
        description="Run a plan without a window: steps with checks are judged, the others are reported as not "
        "judged. Exit status: 0 as asked, 1 a check failed or a step could not be run, 2 bad input, "
        "3 a thread had to be left behind, 130 Ctrl+C, 143 SIGTERM.",
    )
    plan.add_argument("what", metavar="PLAN|FILE.plan.toml", help="a built-in plan ('list' shows them), or a file")
    _add_session_dir(plan, "record the run as a session in this folder")
    _add_deadline(plan)
    plan.add_argument("--json", action="store_true", help="one JSON object with environment and steps")
    _add_yes(plan)


def _add_sessions(commands: "argparse._SubParsersAction[_Parser]") -> None:
    listing = commands.add_parser(
        "sessions",
        help="list the recorded sessions: id, when, how long, records, size",
        description="List the recorded sessions, oldest first: id, when, how long, records, size. JSON is one object: "
        "'folder' and 'sessions', each with id, path, started, duration_s, records, size_bytes, ended, recording, charter, "
        "tester, verdicts (how many steps have each), plans (title, steps: step, title, verdict, by_program, by_person), "
        "notes, evidence and problem. Exit status: 0 as asked, 1 a session is damaged or cannot be read, 2 bad input.",
    )
    _add_forms(listing, "text", (("json", "one JSON object, with charter, tester and verdicts"),))
    _add_session_dir(listing)
    export = commands.add_parser(
        "export",
        help="write a recorded session as text, CSV or JSON lines",
        description="Write a recorded session, or a part of it, to standard output or a file. Text has the workers' lines "
        "exactly as they wrote them, JSON lines has every record exactly; in CSV, cells that a spreadsheet would execute "
        "get an apostrophe in front. Exit status: 0 as asked, 1 a damaged batch was left out, 2 bad input.",
    )
    export.add_argument("session", metavar="SESSION", help=_SESSION)
    forms = (("text", "the workers' lines (default)"), ("csv", "every record"), ("jsonl", "every record"))
    _add_forms(export, "text", forms)
    export.add_argument("--worker", metavar="W", help="only this worker's records")
    _add_number(export, "--run", _whole(1, 10**9), "only runs number N")
    _add_output(export)


def _add_report(commands: "argparse._SubParsersAction[_Parser]") -> None:
    report = commands.add_parser(
        "report",
        help="write a recorded session's report: HTML, Markdown, JUnit XML, CSV or a trace",
        description="Write the report of a session to standard output or a file. Exit status: 0 as asked, "
        "1 a damaged part was left out, 2 bad input.",
    )
    report.add_argument("session", metavar="SESSION", help=_SESSION)
    _add_forms(report, "markdown", _REPORTS)
    _add_output(report)


def _add_to_test(commands: "argparse._SubParsersAction[_Parser]") -> None:
    to_test = commands.add_parser(
        "to-test",
        help="turn a recorded session into a pytest file",
        description="Write a pytest file that starts the session's workers and asks them to stop at the same instants, and "
        "asserts what was seen: outcome, lines, stop latency. Exit status: 0 as asked, 2 bad input.",
    )
    to_test.add_argument("session", metavar="SESSION", help=_SESSION)
    _add_output(to_test)


def _add_replay(commands: "argparse._SubParsersAction[_Parser]") -> None:
    replay = commands.add_parser(
        "replay",
        help="repeat a recorded session's actions and compare the runs with the record",
        description="Start and stop the workers of a session again, with its timing, and say for each run whether its "
        "outcome, the number of its lines and its stop latency agree with the record. Lines: each iteration may be 5 ms "
        "slower or quicker than recorded, but no quicker than the interval, and one line more or fewer. Latency: within the "
        "predicted band. Exit status: 0 all agree, 1 a run differs, 2 bad input, 3 a thread had to be left behind, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    replay.add_argument("session", metavar="SESSION", help=_SESSION)
    replay.add_argument("--fast", action="store_true", help="skip the times when nothing ran")
    words = "a TOML file whose workers replace those of the same names"
    replay.add_argument("--workers", metavar="FILE", type=Path, help=words)
    words = f"seconds until a run counts as stuck (default: as in the session, else {DEFAULT_DEADLINE:g})"
    _add_number(replay, "--deadline", _DEADLINE, words)
    replay.add_argument("--json", action="store_true", help="write one JSON document")
    _add_yes(replay)
    _add_session_dir(replay)
