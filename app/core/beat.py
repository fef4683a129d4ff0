"""What a strategy's loop is given: the line, the work, the pause, and the place to say that it noticed."""

import threading
from collections.abc import Callable
from functools import partial

from .clock import Clock


class LimitReached(BaseException):
    """The worker's limit of lines is reached; a BaseException, so that a workload that swallows errors lets it pass."""


def _nothing() -> None:
    """Do nothing: the pause of a worker whose interval is 0."""


class Beat:
    """The parts of one iteration; only the run's own thread may call them.

    Attributes:
        line: writes the next numbered line; waits if the reader is behind; ends the loop if the limit is reached.
        sleep: pauses for the interval (``time.sleep``); nothing at all if the interval is 0.
        work: does the workload's work.
        noticed: says that the checkpoint saw the request; the instant is stamped here.
        lines: how many numbered lines have been written; any thread may read it.
        interval: seconds.
    """

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
        self.sleep: Callable[[], None] = partial(clock.sleep, interval) if interval else _nothing
        self._clock = clock
        self.line = self._make_line(append, render, limit)

    def _make_line(
        self, append: Callable[[str], None], render: Callable[[int], str], limit: int | None
    ) -> Callable[[], None]:
        """Return ``line``; a closure, like the lane's, because a worker at interval 0 does nothing else."""

        def line() -> None:
            number = self.lines
            if number == limit:
                raise LimitReached
            number += 1
            append(render(number))
            self.lines = number

        return line

    def wait(self, event: threading.Event) -> bool:
        """Pause for the interval, or until ``event`` is set (``event.wait``); return whether it is."""
        return self._clock.wait(event, self.interval)
