"""A time axis, logarithmic or linear, with its ticks; no Qt."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

# A logarithmic axis begins no lower: below 1 µs a latency says more about the clock than about the mechanism.
_DECADES = tuple(10**power for power in range(3, 15))  # ns: 1 µs to about a day
_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
_STEPS = 5  # a linear axis has about so many labelled ticks


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis.

    Attributes:
        ns: where it stands.
        text: its label; empty for one that only divides.
    """

    ns: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From which to which length of time (ns) an axis goes, and how it divides them."""

    low: float
    high: float
    is_log: bool

    def share(self, ns: float) -> float:
        """Return how far along the axis a length of time stands, from 0 to 1; what is outside stands at the end."""
        value = min(max(ns, self.low), self.high)
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        """Return the ticks, ascending."""
        if not self.is_log:
            step = _nice(self.high / _STEPS)
            return [Tick(i * step, tick_text(i * step)) for i in range(math.floor(self.high / step + 1e-9) + 1)]
        start, end = bisect_left(_DECADES, self.low), bisect_left(_DECADES, self.high)
        worded = (1, 2, 5) if end - start <= 2 else (1,)
        ticks = [
            Tick(decade * part, tick_text(decade * part) if part in worded else "")
            for decade in _DECADES[start:end]
            for part in range(1, 10)
        ]
        return [*ticks, Tick(self.high, tick_text(self.high))]


def axis_over(lengths: Iterable[float], *, is_log: bool) -> Axis:
    """Return an axis that holds some lengths of time (ns): whole decades, or from 0 to a round number."""
    known = [max(length, 0) for length in lengths] or [_DECADES[0]]
    if not is_log:
        return Axis(0, _nice(max(*known, 1)), is_log=False)
    last = len(_DECADES) - 1
    low = min(max(bisect_right(_DECADES, min(known)) - 1, 0), last - 1)
    high = min(max(bisect_left(_DECADES, max(known)), low + 1), last)
    return Axis(_DECADES[low], _DECADES[high], is_log=True)


def _nice(value: float) -> float:
    """Return the least of 1, 2 or 5 times a power of ten that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((part * power for part in (1, 2, 5) if part * power >= value * (1 - 1e-9)), 10 * power)


def tick_text(ns: float) -> str:
    """Return the label of a round length of time, "20 ms"; unlike a measured one it has no digits to fill up."""
    for unit, word in _UNITS:
        if ns >= unit * (1 - 1e-9):
            return f"{ns / unit:g} {word}"
    return "0"
