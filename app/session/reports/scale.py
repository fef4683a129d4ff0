"""A stretch of time on a drawing, and the round times at which it is marked."""

from collections.abc import Iterator
from dataclasses import dataclass

_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """From which to which time (ns) a drawing goes, and between which units of it they stand."""

    start: int
    end: int
    left: float
    right: float

    def x(self, t_ns: float) -> float:
        """Return the place of a time; what is outside stands at the nearer end."""
        share = min(max((t_ns - self.start) / max(self.end - self.start, 1), 0.0), 1.0)
        return round(self.left + share * (self.right - self.left), 2)

    def ticks(self, zero: int = 0) -> Iterator[int]:
        """Yield a few times (ns) that are round if they are counted from ``zero``."""
        step = round_step(max(self.end - self.start, 1))
        yield from range(zero - (zero - self.start) // step * step, self.end + 1, step)


def round_step(length: int) -> int:
    """Return how far apart (ns) a few marks are that stand at round times: one, two or five of a unit."""
    unit = 1
    while True:
        for step in (unit, 2 * unit, 5 * unit):
            if length // step <= _TICKS:
                return step
        unit *= 10
