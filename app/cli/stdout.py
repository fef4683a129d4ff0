"""Standard output and output files: a slow or missing reader, and files that are written whole or not at all."""

import contextlib
import os
import select
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import BadInput
from app.signals import Signals
from app.terminal import flush_output

# What a pipe takes whole once it says that it takes anything (PIPE_BUF of POSIX).
_PORTION = 4_096
# Seconds between two looks whether a signal has come, while the pipe is full.
_POLL = 0.1


class InterruptibleWriter:
    """Writes bytes to a descriptor, and gives up when the process is asked to end while its reader takes nothing.

    A plain write to a full pipe blocks for as long as its reader likes, and with it the whole of ``run``.

    Args:
        descriptor: where to.
        signals: which signals of the operating system have come.
        patience: seconds that a reader gets, after a signal, to take the next portion.
    """

    def __init__(self, descriptor: int, signals: Signals, patience: float) -> None:
        self._descriptor = descriptor
        self._signals = signals
        self._patience = patience

    def write(self, data: bytes) -> int:
        """Write all of ``data``; the main thread only.

        Raises:
            BrokenPipeError: the reader is gone, or took nothing in time.
            OSError: it cannot be written.
        """
        rest = memoryview(data)
        while rest:
            self._wait()
            rest = rest[os.write(self._descriptor, rest[:_PORTION]) :]
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def _wait(self) -> None:
        """Return when a portion can be written."""
        until = None
        while not select.select([], [self._descriptor], [], _POLL)[1]:
            if self._signals.number is not None:
                until = until or time.monotonic() + self._patience
                if time.monotonic() >= until:
                    raise BrokenPipeError("its reader takes nothing")


def encoded(text: str) -> bytes:
    """Return a text for a person as bytes; lone surrogates as escapes."""
    return text.encode("utf-8", "backslashreplace")


def print_bytes(data: bytes) -> None:
    """Write to standard output, now; the main thread or, while it waits for that one, another.

    Raises:
        BadInput: it cannot be written.
        BrokenPipeError: the reader is gone.
    """
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        flush_output()  # or what is held back would be tried again as the interpreter ends
        raise BadInput(f"standard output cannot be written ({error.strerror or error}).") from None


def print_chunks(chunks: Iterable[bytes]) -> None:
    """Write chunks to standard output until its reader is gone; the main thread; BadInput if it cannot be written."""
    with contextlib.suppress(BrokenPipeError):
        for chunk in chunks:
            print_bytes(chunk)


def check_output(output: Path | None, session: Path, *, force: bool) -> None:
    """Raise BadInput if a file made from a session may not be written; called before anything is made for it.

    Args:
        output: the file; None for standard output.
        session: is never replaced.
        force: whether another file that is there may be.
    """
    from app.session.save import check_target  # here: ``run`` writes no files

    if output is not None:
        check_target(output, [session], replace=force)


def write_output(chunks: Iterable[bytes], output: Path | None, session: Path, *, force: bool) -> None:
    """Write chunks to a file, or to standard output if there is none; the main thread.

    Raises:
        BadInput: it may not be written, as ``check_output`` says, or cannot be; of a file nothing is left.
    """
    from app.session.save import save

    if output is not None:
        save(chunks, output, lambda: False, [session], replace=force)
    else:
        print_chunks(chunks)
