"""The parser that refuses in one sentence, and the options that several commands share."""

import argparse
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, NoReturn, TypeVar

from app.core.errors import BadInput, quoted
from app.core.limits import DEFAULT_DEADLINE, LONGEST_INTERVAL
from app.core.number_words import check_number
from app.experiments import limits

Number = TypeVar("Number", int, float)


class Parser(argparse.ArgumentParser):
    """Reports an error in one sentence instead of printing the whole usage."""

    runs_program = False  # whether a program follows the options, and all that follows it is its own

    def error(self, message: str) -> NoReturn:
        """Raise BadInput about what argparse says."""
        raise BadInput(f"{message}; see '{self.prog} --help'.")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the options; those of a program that follows them are not looked at."""
        if not self.runs_program or args is None:
            return super().parse_known_args(args, namespace)
        begin = self._program_begins(args)
        parsed, rest = super().parse_known_args(args[:begin], namespace)
        parsed.program = list(args[begin:])
        return parsed, rest

    def _program_begins(self, args: Sequence[str]) -> int:
        """Return where the program begins: at ``--``, at ``-m``, or at the first that is no option and no option's value."""
        with_value = [name for action in self._actions if action.nargs is None for name in action.option_strings]
        place = 0
        while place < len(args) and args[place] not in ("--", "-m", "-") and args[place].startswith("-"):
            takes_value = any(name.startswith(args[place]) for name in with_value)
            place += 2 if takes_value else 1
        return min(place, len(args))


class HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs, and leaves the lines of the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class _Range(NamedTuple, Generic[Number]):
    """The range of an option's number, and how it is read."""

    kind: Callable[[str], Number]
    least: Number
    most: Number


def whole(least: int, most: int) -> _Range[int]:
    """Return the range of a whole number."""
    return _Range(int, least, most)


def seconds(least: float, most: float) -> _Range[float]:
    """Return the range of a time."""
    return _Range(float, least, most)


_SESSION_DIR = "where sessions are kept (default: the platform's folder for this program's data)"


def _number(option: str, allowed: _Range[Number]) -> Callable[[str], Number]:
    """Return a reader of one option's number; the sentence says the option and the range."""
    kind, least, most = allowed

    def read(text: str) -> Number:
        is_whole = kind is int
        try:
            value: Number | None = kind(text)
        except ValueError:
            value = None
        check_number(option, value, least, most, title=option, whole=is_whole, unit="" if is_whole else "s")
        return kind(text)

    return read


def add_number(
    parser: argparse.ArgumentParser, option: str, allowed: _Range[Number], words: str, default: Number | None = None
) -> None:
    """Add an option that is a number."""
    metavar = "N" if allowed.kind is int else "S"
    parser.add_argument(option, type=_number(option, allowed), default=default, metavar=metavar, help=words)


def add_forms(parser: argparse.ArgumentParser, default: str, forms: Iterable[tuple[str, str]]) -> None:
    """Add an option for each form of the output, of which one can be chosen."""
    group = parser.add_mutually_exclusive_group()
    for name, words in forms:
        group.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=words)
    parser.set_defaults(form=default)


def add_deadline(
    parser: argparse.ArgumentParser, default: float | None, counts_as: str = "stuck", least: float = 0.0
) -> None:
    """Add the option for after what time a run counts as stuck, or as never; no default: that of the session."""
    said = f": as in the session, else {DEFAULT_DEADLINE:g}" if default is None else f" {default:g}"
    words = f"seconds from a stop request until a run counts as {counts_as} (default{said})"
    add_number(parser, "--deadline", seconds(least, limits.LONGEST_DEADLINE), words, default)


def add_interval(parser: argparse.ArgumentParser, said: str, default: float | None = None) -> None:
    """Add the option for the interval; ``said`` is what is to be said of it, such as its default."""
    words = f"seconds between two checkpoints ({said})"
    add_number(parser, "--interval", seconds(0.0, LONGEST_INTERVAL), words, default)


def add_json(parser: argparse.ArgumentParser, words: str) -> None:
    """Add the option for JSON; ``words`` are what it has."""
    parser.add_argument("--json", action="store_true", help=words)


def add_session(parser: argparse.ArgumentParser) -> None:
    """Add which session is meant."""
    parser.add_argument("session", metavar="SESSION", help="a session's file, its id, or 'latest'")


def add_what(parser: argparse.ArgumentParser, metavar: str, words: str, *, several: bool = False) -> None:
    """Add what is run, by name or as a file."""
    parser.add_argument(
        "what", metavar=metavar, nargs="*" if several else None, help=f"{words}; 'list' shows what there is"
    )


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


def add_session_dir(parser: argparse.ArgumentParser, words: str = _SESSION_DIR) -> None:
    """Add the option for where sessions are kept."""
    parser.add_argument("--session-dir", metavar="FOLDER", type=_folder, help=words)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options for the output of a command that reads a session."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the file to write, whole or not at all")
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    add_session_dir(parser)


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the option for agreeing that code of the person's own is run."""
    parser.add_argument(
        "--yes", action="store_true", help="agree that files of your own are imported and run, with what they import"
    )


def add_process(parser: argparse.ArgumentParser) -> None:
    """Add the options for what the workers live in."""
    parser.add_argument("--process", action="store_true", help="run each worker in a process of its own")
    words = "the Python of such processes, or the folder of a virtual environment (default: the one that runs this)"
    parser.add_argument("--interpreter", metavar="PATH", help=f"{words}; implies --process")


def add_workload(parser: argparse.ArgumentParser) -> None:
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


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add the option for the seed of a race or a matrix."""
    words = "seed of the random phases (default: random, and shown)"
    add_number(parser, "--seed", whole(0, limits.MOST_SEED), words)
