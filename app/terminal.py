"""Standard output and standard error, also where they are closed or have no reader; tables for them."""

import contextlib
import os
import sys
from collections.abc import Collection, Sequence


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


def text_table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Return rows of cells as lines, two spaces between two columns, of which those in ``right`` are set to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
