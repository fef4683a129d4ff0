"""How far an experiment is, on standard error: a live line on a terminal, elsewhere a plain line now and then."""

import sys
from collections.abc import Callable
from typing import Protocol

from app.core.clock import SystemClock
from app.core.errors import one_line
from app.experiments.results import Progress, progress_text
from app.terminal import is_live, write_stderr

_PERIOD = 10_000_000_000  # ns between two plain lines, and before the first
_MOST_LINES = 20  # plain lines of one experiment


class ProgressDisplay(Protocol):
    """Shows how far an experiment is: ``show`` in the experiment's thread, ``close`` when that has ended."""

    def show(self, progress: Progress) -> object:
        """Show it, if it is time to."""

    def close(self) -> object:
        """Remove what is not to stay; any number of times."""


class PlainProgress:
    """Writes a line where no terminal is: none in the first ten seconds, then one in ten at most, and 20 in all.

    Args:
        write: writes a text to standard error.
        now: returns the time in ns.
    """

    def __init__(self, write: Callable[[str], object] = write_stderr, now: Callable[[], int] = SystemClock.now) -> None:
        self._write, self._now = write, now
        self._due = now() + _PERIOD
        self._share = 0  # of the experiment, in _MOST_LINES parts, that was told of last

    def show(self, progress: Progress) -> None:
        """Write a line if it is time to, and enough was done since the last."""
        share = progress.done * _MOST_LINES // max(progress.total, 1)
        now = self._now()
        if now < self._due or share <= self._share or progress.done >= progress.total:
            return
        self._due, self._share = now + _PERIOD, share
        self._write(f"{one_line(progress_text(progress))}\n")

    def close(self) -> None:
        """Do nothing: what was written stays."""


def progress_display() -> ProgressDisplay:
    """Return what shows the progress of an experiment that starts now; the main thread."""
    if not is_live(sys.stderr):
        return PlainProgress()
    from app.cli.live_progress import LiveProgress  # rich, for a person

    return LiveProgress()
