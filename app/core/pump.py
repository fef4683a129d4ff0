"""The pump: the one loop that reads a stream until something is so."""

import threading
from collections.abc import Callable

from .batch import Batch
from .engine import Drained
from .stream import Stream

GATHERING = 0.01  # seconds in which the lines of fast workers gather: the reader must not be in their way
# Seconds to wait where a record waits for a line in the making: its worker was preempted, and needs the interpreter.
PREEMPTED = 0.001
LOOK = 0.05  # seconds between two looks at a cancel, which cannot ring the stream's bell: below what a person notices


class Cancelled(Exception):  # noqa: N818 - no error
    """An early end was asked for; what was done so far counts."""


class Pump:
    """Reads a stream whenever something is waited for; one thread at a time.

    Args:
        stream: what is read.
        read: looks at every batch.
        release: gets every drained batch afterwards, and gives its credit back; usually the stream does so at once.
        gathering: told how many records the last drain had, None if there was nothing, returns for how many seconds lines
            may gather before the next; 0 to wait until something comes.

    Attributes:
        cancel: ends ``until``; any thread may set it.
    """

    def __init__(
        self,
        stream: Stream,
        read: Callable[[Batch], object],
        release: Callable[[Drained], object] | None = None,
        gathering: Callable[[int | None], float] | None = None,
    ) -> None:
        self._stream = stream
        self._read_batch = read
        self._release = release or stream.release
        self._gathering = gathering or _gathering
        self.cancel = threading.Event()

    def until(self, true: Callable[[], bool], seconds: float | None = None) -> bool:
        """Read until ``true()``, as ``wait`` does; False if ``seconds`` pass before.

        Raises:
            Cancelled: ``cancel`` was set meanwhile.
        """
        if self.wait(true, seconds, self.cancel):
            return True
        if self.cancel.is_set():
            raise Cancelled
        return False

    def wait(
        self, true: Callable[[], bool], seconds: float | None = None, cancel: threading.Event | None = None
    ) -> bool:
        """Read until ``true()``; return whether it was before ``seconds`` had passed or ``cancel`` was set.

        Args:
            true: what is waited for; it must be about something that was read, or that rings the stream's bell.
            seconds: how long at most; None for as long as it takes.
            cancel: ends the waiting as well; None: nothing else does.
        """
        clock = self._stream.clock
        end = None if seconds is None else clock.now() + round(seconds * 1e9)
        while True:
            records = self.read()
            if true():
                return True
            left = None if end is None else (end - clock.now()) / 1e9
            if (left is not None and left <= 0) or (cancel is not None and cancel.is_set()):
                return False
            gathering = self._gathering(records)
            if gathering:
                self._stream.gather(gathering if left is None else min(left, gathering))
            # Arming stops the bell, so we look once more after it: what came in between would not ring again.
            elif self._stream.arm() and not true():
                look = None if cancel is None else LOOK
                self._stream.wait(min((wait for wait in (left, look) if wait is not None), default=None))

    def read(self) -> int | None:
        """Take what has come and return how many records that was, possibly 0; None if nothing has come."""
        drained = self._stream.drain()
        if drained is None:
            return None
        self._read_batch(drained.batch)
        self._release(drained)
        return len(drained.batch)


def _gathering(records: int | None) -> float:
    if records == 0:
        return PREEMPTED
    return GATHERING if records is not None and records > 1 else 0
