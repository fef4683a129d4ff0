"""What a strategy's loop is given: the line, the work, the pause, and the place to say that it noticed."""

import threading
from collections.abc import Callable
from typing import NoReturn, Protocol

from .batch import Kind
from .clock import Clock
from .prediction import Figures


class EndedByItself(BaseException):
    """The code ended without having been asked; raised by a strategy whose loop is not its own."""


class LimitReached(BaseException):
    """The worker's limit of lines is reached; a BaseException, so that a workload that swallows errors lets it pass."""


class ReleasedError(BaseException):
    """The run was let go, and its loop never looked; a BaseException for the same reason."""


class NoticeCallback(Protocol):
    """Says that a checkpoint saw the request; ``at`` is the instant, now if it is None."""

    def __call__(self, at: int | None = None) -> None:
        """Say it; the thread that iterates only."""


def _nothing() -> None:
    """Do nothing: the pause of a worker whose interval is 0, the work of a workload that has none."""


def _let_go() -> NoReturn:
    raise ReleasedError


class LoopContext:
    """The parts of one iteration; only the thread that iterates may call them.

    Attributes:
        line: writes the next numbered line; waits if the reader is behind; ends the loop if the limit is reached.
        sleep: pauses for the interval (``time.sleep``); nothing at all if the interval is 0.
        work: does the workload's work.
        wait: pauses for the interval, or until an event is set (``event.wait``); returns whether it is.
        noticed: says that the checkpoint saw the request; the instant is stamped here.
        running: says that code of the person's own begins; the system's number of its thread, if that is another one.
        working: whether a piece of work is being done; any thread may read it.
        lines: how many lines have been written; any thread may read it.
        interval: seconds.
        now: the clock, ``perf_counter_ns``.
    """

    def __init__(
        self,
        *,
        append: Callable[[str], None],
        append_of: Callable[[Kind, str], None],
        render: Callable[[int], str],
        work: Callable[[], None] | None,
        noticed: NoticeCallback,
        running: Callable[..., None] = _nothing,
        clock: Clock,
        interval: float,
        limit: int | None,
    ) -> None:
        self.lines = 0
        self.working = False
        self.interval = interval
        self.noticed = noticed
        self.running = running
        self.now = clock.now
        self._longest_work: int | None = 0 if work is None else None
        self._last_work = 0
        self._longest_over = 0
        self._last_over = 0
        self.work: Callable[[], None] = _nothing if work is None else self._make_work(work)
        self.sleep: Callable[[], None] = self._make_sleep(clock) if interval else _nothing
        self.wait: Callable[[threading.Event], bool] = self._make_wait(clock)
        self.line = self._make_line(append, render, limit)
        self._append_of = append_of

    # What is measured costs an iteration two looks at the clock, some 0.1 µs, and only where it pauses or works anyway;
    # tests/benchmarks/truth.py prints how much.

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

    def _make_work(self, work: Callable[[], None]) -> Callable[[], None]:
        now = self.now

        def measured_work() -> None:
            began = now()
            self.working = True
            work()
            # Not in a "finally": whatever ends the work otherwise ends the loop.
            self.working = False
            took = self._last_work = now() - began
            if self._longest_work is None or took > self._longest_work:
                self._longest_work = took

        return measured_work

    def _make_sleep(self, clock: Clock) -> Callable[[], None]:
        now, sleep, interval = self.now, clock.sleep, self.interval
        length = round(interval * 1e9)

        def measured_sleep() -> None:
            began = now()
            sleep(interval)
            self.paused(now() - began - length)

        return measured_sleep

    def _make_wait(self, clock: Clock) -> Callable[[threading.Event], bool]:
        def wait(event: threading.Event) -> bool:
            return clock.wait(event, self.interval)

        return wait

    def write(self, kind: Kind, text: str) -> None:
        """Write a line that has no number, as it is; waits if the reader is behind; one thread at a time."""
        self._append_of(kind, text)
        self.lines += 1

    def paused(self, over: int) -> None:
        """Take by how many ns a pause was longer than the interval; for a strategy that pauses in a way of its own."""
        self._last_over = over
        self._longest_over = max(self._longest_over, over)

    def longest(self) -> Figures:
        """Return the longest that was measured so far; any thread."""
        return Figures(self._longest_work, self._longest_over)

    def last(self) -> Figures:
        """Return what was measured of the last work and the last pause; any thread."""
        return Figures(self._last_work, self._last_over)

    def release(self) -> None:
        """Have the loop end at its next line, without its having noticed anything; any thread.

        A checkpoint that comes before that still notices, late as it is.
        """
        self.line = _let_go
