"""Window lag: how late a precise timer of the GUI thread fires, which is what a person feels as stutter. No Qt."""

from collections import deque
from dataclasses import dataclass

from app.core.latency import percentile

FRAME = 16_000_000  # ns: one frame at 60 Hz, rounded down to what a timer of whole milliseconds can do
FRAMES_KEPT = 1_024  # about 16 s


@dataclass(frozen=True, slots=True)
class LagSummary:
    """Lags of the frames that are kept, in nanoseconds."""

    p50: float
    p99: float
    most: float


class LagMeter:
    """Records the instants at which a repeating timer of ``FRAME`` fired; the GUI thread only."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._lags: deque[int] = deque(maxlen=FRAMES_KEPT)

    def restart(self) -> None:
        """Begin anew: the timer was off, and the time until its next firing means nothing."""
        self._last = None
        self._lags.clear()

    def fired(self, now: int) -> None:
        """Note that the timer fired at ``now`` (``perf_counter_ns``)."""
        if self._last is not None:
            # A timer that fired late aims at its old grid again, so the next gap is short: early is not less than 0 late.
            self._lags.append(max(0, now - self._last - FRAME))
        self._last = now

    def summary(self) -> LagSummary | None:
        """Return the summary of the kept frames; None before the second."""
        if not self._lags:
            return None
        ordered = sorted(self._lags)
        return LagSummary(percentile(ordered, 0.5), percentile(ordered, 0.99), ordered[-1])
