"""What may be said to ``report``, ``replay`` and ``to-test``, and of files and folders to the others too."""

import argparse
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.errors import BadInput, quoted

_SESSION_DIR = "where sessions are kept (default: the platform's folder for this program's data)"
_SESSION = "a session's file, its id, or 'latest'"
_FORMS = (
    ("html", "one file with everything in it, for a browser or on paper"),
    ("markdown", "the same as Markdown, without the pictures (default)"),
    ("junit", "JUnit XML: a test case a step, or a run where there are no steps"),
    ("csv", "a row a run"),
    ("trace", "the timeline for the Perfetto and Chrome trace viewers"),
)


def add_story_commands(
    commands: "argparse._SubParsersAction[Any]", deadline: Callable[[str], float], usual: float
) -> None:
    """Add the three commands.

    Args:
        commands: where they are added.
        deadline: reads the option ``--deadline``.
        usual: the deadline that holds without it, in seconds.
    """
    _add_report(commands)
    _add_replay(commands, deadline, usual)
    _add_to_test(commands)


def _add_report(commands: "argparse._SubParsersAction[Any]") -> None:
    report = commands.add_parser(
        "report",
        help="write a recorded session's report: HTML, Markdown, JUnit XML, CSV or a trace",
        description="Write what a session did, saw, judged and kept, to standard output or a file. Exit status: 0 as asked, "
        "1 a damaged part was left out, 2 bad input.",
    )
    report.add_argument("session", metavar="SESSION", help=_SESSION)
    form = report.add_mutually_exclusive_group()
    for name, words in _FORMS:
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=words)
    report.set_defaults(form="markdown")
    add_output(report)


def _add_to_test(commands: "argparse._SubParsersAction[Any]") -> None:
    to_test = commands.add_parser(
        "to-test",
        help="turn a recorded session into a pytest file",
        description="Write a pytest file that starts the session's workers and asks them to stop at the same instants, and "
        "asserts what was seen: outcome, lines, stop latency. Exit status: 0 as asked, 2 bad input.",
    )
    to_test.add_argument("session", metavar="SESSION", help=_SESSION)
    add_output(to_test)


def _folder(text: str) -> Path:
    """Read a folder's name; the folder need not be there yet."""
    try:
        if text and stat.S_ISDIR(Path(text).stat().st_mode):
            return Path(text)
        reason = "it is no folder" if text else "it is empty"
    except FileNotFoundError:
        return Path(text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise BadInput(f"--session-dir: {quoted(text, 100)} cannot be used ({reason}); name a folder.")


def add_session_dir(parser: argparse.ArgumentParser, words: str = _SESSION_DIR) -> None:
    """Add the option for where sessions are kept."""
    parser.add_argument("--session-dir", metavar="FOLDER", type=_folder, help=words)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where a command's product goes: one rule for all that is made of a session."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the file to write, whole or not at all")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there already")
    add_session_dir(parser)


def _add_replay(commands: "argparse._SubParsersAction[Any]", deadline: Callable[[str], float], usual: float) -> None:
    replay = commands.add_parser(
        "replay",
        help="do a recorded session's actions again and compare the runs with their record",
        description="Start and stop the workers of a session again, with its timing, and say for each run whether its "
        "outcome, the number of its lines and its stop latency agree with the record. Lines: each iteration may be 5 ms "
        "slower or quicker than recorded, but no quicker than the interval, and one line more or fewer. Latency: within the "
        "predicted band. Exit status: 0 all agree, 1 a run differs, 2 bad input, 3 a thread had to be left behind, "
        "130 Ctrl+C, 143 SIGTERM.",
    )
    replay.add_argument("session", metavar="SESSION", help=_SESSION)
    replay.add_argument("--fast", action="store_true", help="leave out the time in which nothing ran")
    replay.add_argument(
        "--workers",
        metavar="FILE",
        type=Path,
        help="a TOML file whose workers take the place of those with their names",
    )
    replay.add_argument(
        "--deadline",
        type=deadline,
        metavar="S",
        help=f"seconds until a run counts as stuck (default: as in the sitting, {usual:g} where it does not say)",
    )
    replay.add_argument("--json", action="store_true", help="write one JSON document")
    add_session_dir(replay)
