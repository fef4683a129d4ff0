"""What a strategy's loop is given: the line, the work, the pause, and the place to say that it noticed."""

import threading
from collections.abc import Callable

from .clock import Clock


class LimitReached(BaseException):
    """The worker's limit of lines is reached; a BaseException, so that a workload that swallows errors lets it pass."""


def _nothing() -> None:
    """Do nothing: the pause of a worker whose interval is 0."""


class Beat:
    """The parts of one iteration; only the run's own thread may call them.

    Attributes:
        sleep: pauses for the interval (``time.sleep``); nothing at all if the interval is 0.
        work: does the workload's work.
        noticed: says that the checkpoint saw the request; the instant is stamped here.
        lines: how many numbered lines have been written; any thread may read it.
        interval: seconds.
    """

    __slots__ = ("_append", "_clock", "_limit", "_render", "interval", "lines", "noticed", "sleep", "work")

    def __init__(
        self,
        *,
        append: Callable[[str], None],
        render: Callable[[int], str],
        work: Callable[[], None],
        noticed: Callable[[], None],
        clock: Clock,
        interval: float,
        limit: int | None,
    ) -> None:
        self.lines = 0
        self.interval = interval
        self.work = work
        self.noticed = noticed
        self.sleep = self._sleep if interval else _nothing
        self._append = append
        self._render = render
        self._clock = clock
        self._limit = -1 if limit is None else limit

    def line(self) -> None:
        """Write the next numbered line; waits if the reader is behind; ends the loop if the limit is reached."""
        if self.lines == self._limit:
            raise LimitReached
        number = self.lines + 1
        self._append(self._render(number))
        self.lines = number

    def _sleep(self) -> None:
        self._clock.sleep(self.interval)

    def wait(self, event: threading.Event) -> bool:
        """Pause for the interval, or until ``event`` is set (``event.wait``); return whether it is."""
        return self._clock.wait(event, self.interval)
