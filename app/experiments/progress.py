"""How far an experiment is, and how long it will still take."""

from collections.abc import Callable

from app.core.clock import Clock

from .results import Progress


class Countdown:
    """Tells of progress; the time left is estimated by what the steps so far took. One thread.

    Args:
        clock: the time.
        total: steps in all.
        on_progress: what is told; None for nothing.
    """

    def __init__(self, clock: Clock, total: int, on_progress: Callable[[Progress], object] | None) -> None:
        self._clock = clock
        self._began = clock.now()
        self._total = total
        self._skipped = 0
        self._on_progress = on_progress

    def skip(self, steps: int) -> None:
        """Count steps as done that took no time, because they were not made now."""
        self._skipped += steps

    def tell(self, done: int, sentence: str) -> None:
        """Tell of ``done`` steps, those skipped included."""
        if self._on_progress is not None:
            self._on_progress(Progress(done, self._total, self.seconds_left(done), sentence))

    def seconds_left(self, done: int) -> float | None:
        """Return the estimate in seconds; None if no step was made yet."""
        made = done - self._skipped
        if made <= 0:
            return None
        return (self._clock.now() - self._began) / 1e9 / made * (self._total - done)
