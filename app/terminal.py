"""Standard output and standard error, also where there are none, or nobody reads them."""

import contextlib
import os
import sys


def open_missing_streams() -> None:
    """Put something in the place of streams that were closed before we started (``>&-``); the main thread, once."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open


def tell(text: str) -> None:
    """Write to standard error; if nobody can read that, it is lost, and nothing else is."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        # What could not be written stays in the stream and would be tried again as the interpreter ends.
        _silence(sys.stderr.fileno())


def flush_output() -> str:
    """Write out what standard output still holds back; return why it cannot be, if not for want of a reader."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout.fileno())
        return "" if isinstance(error, BrokenPipeError) else str(error.strerror or error)
    return ""


def _silence(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
