"""A plain loop that reads the lanes while something is waited for."""

import threading
from collections.abc import Callable

from app.core.batch import Batch
from app.core.collector import Collector, Drained

# Seconds between two looks at the caller's cancel, which cannot ring our bell: below what a person notices.
LOOK = 0.05
GATHERING = 0.01  # seconds in which the lines of fast workers gather: the reader must not be in their way


class Cancelled(Exception):  # noqa: N818 - no error
    """Somebody asked for an early end; what was done so far counts."""


class LaneReader:
    """Drains a collector whenever it waits; one thread at a time.

    Args:
        collector: what is read.
        read: looks at every batch.
        take: gets every drained batch afterwards, and settles it.

    Attributes:
        cancel: ends every waiting; any thread may set it.
    """

    def __init__(
        self, collector: Collector, read: Callable[[Batch], object], take: Callable[[Drained], object]
    ) -> None:
        self._collector = collector
        self._read_batch = read
        self._take = take
        self.cancel = threading.Event()

    def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Read until ``true()``, as ``wait`` does; False if ``seconds`` pass before.

        Raises:
            Cancelled: ``cancel`` was set meanwhile.
        """
        if self.wait(true, seconds, self.cancel):
            return True
        if self.cancel.is_set():
            raise Cancelled
        return False

    def wait(self, true: Callable[[], bool], seconds: float, cancel: threading.Event | None = None) -> bool:
        """Read until ``true()``; return whether it was before ``seconds`` had passed or ``cancel`` was set.

        Args:
            true: what is waited for; it must be about something that rings the collector's bell.
            seconds: how long at most.
            cancel: ends the waiting as well; None: nothing else does.
        """
        clock = self._collector.clock
        end = clock.now() + round(seconds * 1e9)
        while True:
            records = self.read()
            if true():
                # Once more: what an ended run wrote is in its lane before it counts as gone.
                self.read()
                return True
            left = (end - clock.now()) / 1e9
            if left <= 0 or (cancel is not None and cancel.is_set()):
                return False
            if records > 1:
                self._collector.pause(min(left, GATHERING))
            # Going to sleep stops the bell, so we look once more after it: what came in between would not ring again.
            elif self._collector.sleep() and not true():
                self._collector.wake.wait(min(left, LOOK))

    def read(self) -> int:
        """Take what the lanes hold and return how many records that was."""
        drained = self._collector.drain()
        if drained is None:
            return 0
        self._read_batch(drained.batch)
        self._take(drained)
        return len(drained.batch)
