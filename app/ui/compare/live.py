"""What a race tells its window while it goes on: between two rounds, so that the drawing disturbs none of them."""

import threading
from collections.abc import Callable, Sequence

from app.experiments.results import Progress, RunResult

PERIOD = 250_000_000  # ns between two tellings: four a second are as many as a person can follow
PATIENCE = 0.5  # seconds that a round waits for the window at most


class LiveRace:
    """The rounds of a race that goes on. The race's thread calls ``add`` and ``tell``, the window the rest.

    A window that draws takes the interpreter for some milliseconds, which a round would measure as latency. So the race
    waits after each telling until the window has drawn; a window that does not come is not waited for.

    Args:
        report: hands this object to the window.
        now: returns the present instant, a ``perf_counter_ns``.
    """

    def __init__(self, report: Callable[["LiveRace"], object], now: Callable[[], int]) -> None:
        self._report, self._now = report, now
        self._runs: list[RunResult] = []
        self._due = now()
        self._drawn = threading.Event()
        self.progress = Progress(0, 1, None, "")

    def add(self, runs: Sequence[RunResult]) -> None:
        """Add the runs of a round; the race's thread only."""
        self._runs.extend(runs)

    def tell(self, progress: Progress) -> None:
        """Tell how far the race is, if it is time to, and wait until the window has drawn it; the race's thread only."""
        self.progress = progress
        if self._now() < self._due and progress.done < progress.total:
            return
        self._drawn.clear()
        self._report(self)
        self._drawn.wait(PATIENCE)
        self._due = self._now() + PERIOD

    def since(self, count: int) -> list[RunResult]:
        """Return the runs after the first ``count``; any thread."""
        return self._runs[count:]

    def set_drawn(self) -> None:
        """Let the race go on; any thread."""
        self._drawn.set()
