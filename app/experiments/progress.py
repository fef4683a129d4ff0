"""How far an experiment is, and how long it will still take."""

from collections.abc import Callable

from app.core.clock import SystemClock

from .results import Progress


class Countdown:
    """Tells of progress; the time left is estimated by what the steps so far took. One thread.

    Args:
        total: steps in all.
        on_progress: what is told; None for nothing.
        skipped: steps that count as done and took no time, because they were not made now.
    """

    def __init__(self, total: int, on_progress: Callable[[Progress], object] | None, skipped: int = 0) -> None:
        self._began = SystemClock.now()
        self._total = total
        self._skipped = skipped
        self._on_progress = on_progress

    def tell(self, done: int, sentence: str) -> None:
        """Tell of ``done`` steps, those skipped included."""
        if self._on_progress is not None:
            made = done - self._skipped
            left = None if made <= 0 else (SystemClock.now() - self._began) / 1e9 / made * (self._total - done)
            self._on_progress(Progress(done, self._total, left, sentence))
