"""What a command gives back: its exit status, and what it writes, also where its streams are closed or have no reader."""

import contextlib
import os
import sys
from typing import TextIO

# Exit statuses.
SUCCESS = 0
FAILED = 1  # a run or a check failed, or a run did not stop by its deadline
BAD_INPUT = 2  # wrong usage, bad input, no display
LEFT_BEHIND = 3  # a thread had to be left behind or was killed
INTERRUPTED = 130  # Ctrl+C
TERMINATED = 143  # SIGTERM


def exit_status(*, left: bool, signal_number: int | None = None, failed: bool = False) -> int:
    """Return the exit status when several things are true at once: 3 comes first, then the signal, then 1."""
    if left:
        return LEFT_BEHIND
    if signal_number is not None:
        return 128 + signal_number
    return FAILED if failed else SUCCESS


def open_missing_streams() -> None:
    """Replace streams that were closed before the program started (``>&-``); the main thread, once."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open


def write_stderr(text: str) -> None:
    """Write to standard error; without a reader the text is lost, and nothing else fails."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        # What could not be written stays in the stream and would be tried again as the interpreter ends.
        _redirect_to_null(sys.stderr.fileno())


def flush_output() -> str:
    """Flush standard output; return why it cannot be written, or an empty text, also if its reader is gone."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _redirect_to_null(sys.stdout.fileno())
        return "" if isinstance(error, BrokenPipeError) else str(error.strerror or error)
    return ""


def _redirect_to_null(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


def is_live(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which a line can be written over."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def shows_colours(stream: TextIO) -> bool:
    """Return whether to write in colour: to a terminal that knows colours, unless ``NO_COLOR`` is set (no-color.org)."""
    return is_live(stream) and not os.environ.get("NO_COLOR")
