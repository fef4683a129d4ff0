"""Standard output as a place that may stop taking anything."""

import os
import select
import time

from app.signals import Signals

# What a pipe takes whole once it says that it takes anything (PIPE_BUF of POSIX).
_PORTION = 4_096
# Seconds between two looks whether a signal has come, while nobody reads.
_LOOK = 0.1


class Outlet:
    """Writes bytes to a descriptor, and gives up when the process is asked to end while nobody reads.

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
            BrokenPipeError: nobody reads any more, or has in time.
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
        while not select.select([], [self._descriptor], [], _LOOK)[1]:
            if self._signals.number is not None:
                until = until or time.monotonic() + self._patience
                if time.monotonic() >= until:
                    raise BrokenPipeError("its reader takes nothing")
