"""How far an experiment is, as a live line on a terminal, by rich: imported only where there is a terminal."""

import sys
from collections.abc import Callable
from typing import TextIO, cast

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar

from app.cli.console import console_for
from app.core.clock import SystemClock
from app.core.errors import one_line
from app.experiments.results import Progress, progress_text
from app.terminal import write_stderr

_PERIOD = 100_000_000  # ns between two drawings: an eye needs no more


class _StandardError:
    """Standard error as a file for rich; that it has no reader any more must not end an experiment."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        write_stderr(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: what is written is flushed."""

    def isatty(self) -> bool:
        return sys.stderr.isatty()


class LiveProgress:
    """A line on a terminal with a bar, which is written over; ``show`` in the experiment's thread, then ``close``."""

    def __init__(self, now: Callable[[], int] = SystemClock.now) -> None:
        self._now = now
        self._due = 0
        # No thread refreshes it: it would take the GIL from what is measured. It is drawn between two runs.
        self._bar = ProgressBar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=console_for(cast("TextIO", _StandardError())),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None)

    def show(self, progress: Progress) -> None:
        """Draw the line, if the last time is long enough ago."""
        now = self._now()
        if now < self._due:
            return
        self._due = now + _PERIOD
        words = one_line(progress_text(progress))
        self._bar.update(self._task, completed=progress.done, total=progress.total, description=words)
        if self._bar.live.is_started:
            self._bar.refresh()
        else:
            self._bar.start()  # draws it as well

    def close(self) -> None:
        """Remove the line, if there is one."""
        self._bar.stop()
