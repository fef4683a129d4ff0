"""The command line: its commands, each with its options."""

import argparse
from pathlib import Path

from app import __version__
from app.cli.examples import PROGRAM, examples_text
from app.cli.options import (
    HelpFormatter,
    Parser,
    add_deadline,
    add_forms,
    add_interval,
    add_json,
    add_number,
    add_output,
    add_process,
    add_seed,
    add_session,
    add_session_dir,
    add_what,
    add_workload,
    add_yes,
    seconds,
    whole,
)
from app.core.errors import BadInput, quoted
from app.core.limits import DEFAULT_DEADLINE, LONGEST_STOP_AFTER
from app.core.own_code.description import STOP_FORMS
from app.core.verdicts import Verdict
from app.experiments import limits

_REPORTS = (
    ("html", "one file with everything in it, for a browser or on paper"),
    ("markdown", "the same as Markdown, without the pictures (default)"),
    ("junit", "JUnit XML: one test case per step, or per run where there are no steps"),
    ("csv", "one row per run"),
    ("trace", "the timeline for the Perfetto and Chrome trace viewers"),
)

# The forms of what a race or a matrix found, beside the text.
_RESULT_FORMS = (
    ("json", "one JSON object with all figures, the latency of each run too"),
    ("csv", "a row per run, for a spreadsheet"),
    ("markdown", "a table for a document"),
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; what it refuses, it refuses with BadInput."""
    parser = Parser(
        prog=PROGRAM,
        description="Start threads, ask them to stop, and see exactly when each one noticed. Without a command: a window.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--workers", metavar="FILE", type=Path, help="open the window with the workers of a TOML file")
    add_session_dir(parser)
    parser.add_argument("--start", action="store_true", help="start the workers as soon as the window is open")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _add_list(commands)
    _add_run(commands)
    _add_race(commands)
    _add_matrix(commands)
    _add_plan(commands)
    _add_sessions(commands)
    _add_report(commands)
    _add_replay(commands)
    _add_to_test(commands)
    _add_why(commands)
    _add_observe(commands)
    for name, command in {"": parser, **commands.choices}.items():
        command.epilog, command.formatter_class = examples_text(name), HelpFormatter
    return parser


def _add_list(commands: "argparse._SubParsersAction[Parser]") -> None:
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
    add_forms(listing, "text", forms)


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
    run = commands.add_parser(
        "run",
        help="run workers without a window, their lines to standard output",
        description="Run workers without a window: their lines go to standard output as they come, with the worker's name "
        "in front if there are several workers; then a line or a table row per run goes to standard error. Exit status: 0 "
        "as asked, 1 a run failed or did not stop by the deadline, 2 bad input, 3 a thread had to be left behind or killed, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    add_what(
        run,
        "EXAMPLE|STRATEGY|FILE.toml|FILE.py:NAME",
        "what to run; FILE.py:NAME is a function or a thread of your own",
    )
    add_number(run, "--count", whole(1, 10_000), "workers side by side, 1 to 10,000", default=1)
    add_interval(run, "0: as fast as possible")
    words = "ask each worker to stop this many seconds after its start"
    add_number(run, "--stop-after", seconds(0.0, LONGEST_STOP_AFTER), words)
    add_number(run, "--limit", whole(1, 10**15), "the most lines that each worker writes")
    add_workload(run)
    run.add_argument("--text", metavar="T", help="the template of a line: {i} is its number, {name} the worker")
    add_process(run)
    words = "kill a run in a process of its own this many seconds after it was asked to stop, if it has not ended"
    add_number(run, "--kill-after", seconds(0.0, LONGEST_STOP_AFTER), words)
    add_deadline(run, DEFAULT_DEADLINE)
    add_json(
        run, "one JSON object per line: t_ns, worker, run, kind, text; of an event its name, of an end its stop chain"
    )
    _add_own_code(run)


def _add_own_code(run: argparse.ArgumentParser) -> None:
    """Add the options for a function or a thread of the person's own."""
    own = run.add_argument_group("code of your own (FILE.py:NAME)")
    add_yes(run)
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


def _add_race(commands: "argparse._SubParsersAction[Parser]") -> None:
    race = commands.add_parser(
        "race",
        help="start workers together, stop them at the same instant, many times, and say which notice sooner",
        description="Start workers together and ask all of them to stop at the same instant, in many rounds at random "
        "phases of their intervals. The figures of each and what was found go to standard output. Exit status: 0 as asked, "
        "1 a run failed, 2 bad input, 3 a thread had to be left behind, 130 Ctrl+C, 143 SIGTERM (what is done is shown).",
    )
    words = "what races (default: the workers of a new window)"
    add_what(race, "STRATEGY|EXAMPLE|FILE.toml|FILE.py:NAME", words, several=True)
    add_yes(race)
    rounds = whole(1, limits.MOST_ROUNDS)
    add_number(race, "--rounds", rounds, f"how many rounds (default {limits.DEFAULT_ROUNDS})", limits.DEFAULT_ROUNDS)
    add_interval(race, f"default: the worker's own; of a strategy, {limits.DEFAULT_INTERVAL:g}")
    add_workload(race)
    add_process(race)
    add_deadline(race, limits.DEFAULT_RACE_DEADLINE, "never", limits.SHORTEST_DEADLINE)
    add_seed(race)
    add_forms(race, "text", _RESULT_FORMS)


def _add_matrix(commands: "argparse._SubParsersAction[Parser]") -> None:
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
    matrix.add_argument(
        "--interpreter",
        dest="interpreters",
        metavar="PATH",
        nargs="+",
        help="measure each workload under each of these Pythons, in processes of their own, side by side",
    )
    add_yes(matrix)
    add_number(matrix, "-n", whole(1, limits.MOST_N), f"runs per cell (default {limits.DEFAULT_N})", limits.DEFAULT_N)
    add_interval(matrix, f"default {limits.DEFAULT_INTERVAL:g}", limits.DEFAULT_INTERVAL)
    add_deadline(matrix, limits.DEFAULT_MATRIX_DEADLINE, "never", limits.SHORTEST_DEADLINE)
    add_seed(matrix)
    add_forms(matrix, "text", _RESULT_FORMS)


def _add_plan(commands: "argparse._SubParsersAction[Parser]") -> None:
    plan = commands.add_parser(
        "plan",
        help="run a plan without a window, and judge the steps that have checks",
        description="Run a plan without a window: steps with checks are judged, the others are reported as not "
        "judged. Exit status: 0 as asked, 1 a check failed or a step could not be run, 2 bad input, "
        "3 a thread had to be left behind, 130 Ctrl+C, 143 SIGTERM.",
    )
    add_what(plan, "PLAN|FILE.plan.toml", "a built-in plan, or a file")
    add_session_dir(plan, "record the run as a session in this folder")
    add_deadline(plan, DEFAULT_DEADLINE)
    add_json(plan, "one JSON object with environment and steps")
    add_yes(plan)


def _add_sessions(commands: "argparse._SubParsersAction[Parser]") -> None:
    listing = commands.add_parser(
        "sessions",
        help="list the recorded sessions, with charter, tester and verdicts",
        description="List the recorded sessions, oldest first: id, when, how long, records, size, tester, charter and "
        "verdicts. JSON is one object: "
        "'folder' and 'sessions', each with id, path, started, duration_s, records, size_bytes, ended, recording, charter, "
        "tester, verdicts (how many steps have each), plans (title, steps: step, title, verdict, by_program, by_person), "
        "notes, evidence and problem. Exit status: 0 as asked, 1 a session is damaged or cannot be read, 2 bad input.",
    )
    add_forms(listing, "text", (("json", "one JSON object, with charter, tester and verdicts"),))
    add_session_dir(listing)
    export = commands.add_parser(
        "export",
        help="write a recorded session as text, CSV or JSON lines",
        description="Write a recorded session, or a part of it, to standard output or a file. Text has the workers' lines "
        "exactly as they wrote them, JSON lines has every record exactly; in CSV, cells that a spreadsheet would execute "
        "get an apostrophe in front. Exit status: 0 as asked, 1 a damaged batch was left out, 2 bad input.",
    )
    add_session(export)
    forms = (("text", "the workers' lines (default)"), ("csv", "every record"), ("jsonl", "every record"))
    add_forms(export, "text", forms)
    export.add_argument("--worker", metavar="W", help="only this worker's records")
    add_number(export, "--run", whole(1, 10**9), "only runs number N")
    add_output(export)


def _add_report(commands: "argparse._SubParsersAction[Parser]") -> None:
    report = commands.add_parser(
        "report",
        help="write a recorded session's report: HTML, Markdown, JUnit XML, CSV or a trace",
        description="Write the report of a session to standard output or a file. Exit status: 0 as asked, "
        "1 a damaged part was left out, 2 bad input.",
    )
    add_session(report)
    add_forms(report, "markdown", _REPORTS)
    add_output(report)


def _add_to_test(commands: "argparse._SubParsersAction[Parser]") -> None:
    to_test = commands.add_parser(
        "to-test",
        help="turn a recorded session into a pytest file",
        description="Write a pytest file that starts the session's workers and asks them to stop at the same instants, and "
        "asserts what was seen: outcome, lines, stop latency. Exit status: 0 as asked, 2 bad input.",
    )
    add_session(to_test)
    add_output(to_test)


def _add_observe(commands: "argparse._SubParsersAction[Parser]") -> None:
    observe = commands.add_parser(
        "observe",
        usage=f"{PROGRAM} observe [options] [--] SCRIPT.py | -m MODULE [ARGS ...]",
        help="run any Python program as it is, and show who asked which of its threads to stop, and when it noticed",
        description="Run a Python program as it is, with its own input, output and arguments, and then write to standard "
        "error which of its threads were asked to stop, by whom, at which line, when each noticed, and why one goes on. "
        "Needs Python 3.12 or newer for the program. Child processes are not observed. It is recorded as a session, unless "
        "--no-record says otherwise. JSON is one object a line, by "
        "'kind': 'thread', 'chain', 'verdict', 'end'; t_ns counts from the program's start. Exit status: the program's "
        "own, also if a signal ends it; before it starts, 2 for bad input; 3 if it was killed by --timeout.",
    )
    observe.add_argument(
        "--interpreter",
        metavar="PY",
        help="the Python that runs the program, or the folder of one (default: the one that runs this)",
    )
    observe.add_argument(
        "--json", metavar="FILE", type=Path, help="write what was seen to a file, one JSON object a line"
    )
    observe.add_argument("--force", action="store_true", help="replace the file if it exists")
    words = "seconds from a stop request until it is looked why a thread goes on (default 1)"
    add_number(observe, "--deadline", seconds(0.0, limits.LONGEST_DEADLINE), words, 1.0)
    words = "look why each thread goes on after this many seconds, and kill the program"
    add_number(observe, "--timeout", seconds(0.1, 86_400.0), words)
    observe.add_argument("--quiet", action="store_true", help="write nothing to standard error")
    observe.add_argument("--no-record", action="store_true", help="do not record it as a session")
    add_session_dir(observe)
    observe.runs_program = True


def _add_replay(commands: "argparse._SubParsersAction[Parser]") -> None:
    replay = commands.add_parser(
        "replay",
        help="repeat a recorded session's actions and compare the runs with the record",
        description="Start and stop the workers of a session again, with its timing, and say for each run whether its "
        "outcome, the number of its lines and its stop latency agree with the record. Lines: each iteration may be 5 ms "
        "slower or quicker than recorded, but no quicker than the interval, and one line more or fewer. Latency: within the "
        "predicted band. Exit status: 0 all agree, 1 a run differs, 2 bad input, 3 a thread had to be left behind, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    add_session(replay)
    replay.add_argument("--fast", action="store_true", help="skip the times when nothing ran")
    words = "a TOML file whose workers replace those of the same names"
    replay.add_argument("--workers", metavar="FILE", type=Path, help=words)
    add_deadline(replay, None)
    add_json(replay, "one JSON object with the runs beside their records")
    add_yes(replay)
    add_session_dir(replay)


def _add_why(commands: "argparse._SubParsersAction[Parser]") -> None:
    verdicts = ", ".join(Verdict)
    why = commands.add_parser(
        "why",
        help="say why the threads of a running Python program have not ended",
        description="Say of each thread of a running Python program where it is, whether it has been asked to stop, as far "
        "as that can be seen, and why it has not. The program stands still for some milliseconds and is not changed; the "
        "rights of its owner are needed, and those to trace a process. JSON is one object: pid, command, kept_alive_by "
        "(names), alive (a sentence), 'threads' and notes. A thread: name, ident, native_id, daemon, keeps_alive, state "
        f"(computes, waits, has ended, unknown), file, line, verdict ({verdicts}), sentence, evidence (its clauses). "
        "What is not known is null. "
        "Exit status: 0 as asked, 2 bad input, or the process cannot be read, 130 Ctrl+C, 143 SIGTERM.",
    )
    why.add_argument("pid", metavar="PID", type=_pid, help="the number of its process, as 'ps' shows it")
    why.add_argument("--json", action="store_true", help="one JSON object")


def _pid(text: str) -> int:
    """Read the number of a process."""
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"PID: {quoted(text)} is no number of a process; 'ps aux' lists those that run.") from None
