"""Stop chains and stop latencies: pure functions, chains in, figures out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class StopChain:
    """The six instants of one stop, each a ``perf_counter_ns`` or None; those that are not None never decrease.

    Attributes:
        clicked: in the slot of the action; None for plans, the command line and ``stop_after``.
        requested: just before the signal was set.
        noticed: at the checkpoint that saw it; None if it never did or cannot be known.
        cleaned_up: after the workload's ``finally``.
        ended: the last instruction of the run's wrapper.
        shown: after the row was painted; None without a screen.
    """

    clicked: int | None = None
    requested: int | None = None
    noticed: int | None = None
    cleaned_up: int | None = None
    ended: int | None = None
    shown: int | None = None

    def instants(self) -> tuple[int | None, ...]:
        """Return the six, in their order."""
        return self.clicked, self.requested, self.noticed, self.cleaned_up, self.ended, self.shown

    def is_ordered(self) -> bool:
        """Return whether the instants that are known never decrease."""
        known = [instant for instant in self.instants() if instant is not None]
        return all(earlier <= later for earlier, later in pairwise(known))

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to the checkpoint that noticed it; None if either is unknown."""
        if self.requested is None or self.noticed is None:
            return None
        return self.noticed - self.requested


@dataclass(frozen=True, slots=True)
class Summary:
    """What many latencies come to, in nanoseconds; ``n`` is how many were measured."""

    n: int
    p50: float
    p95: float
    p99: float
    most: float


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of an ascending, non-empty sequence lies, by linear interpolation."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def summarise(latencies: Iterable[float]) -> Summary | None:
    """Return the summary of some latencies (ns), or None if there are none."""
    ordered = sorted(latencies)
    if not ordered:
        return None
    return Summary(
        len(ordered), percentile(ordered, 0.5), percentile(ordered, 0.95), percentile(ordered, 0.99), ordered[-1]
    )


def release_words(requested: int | None, released: int | None) -> str:
    """Return what is said of a run that never stopped, and was released at an instant (ns) after its request."""
    after = "" if requested is None or released is None else f" after {duration(released - requested)}"
    return f"never stopped; released by Thread Controller{after}; in a program of your own it would still be blocked"


_UNITS = ((1e3, 1e6, "µs"), (1e6, 1e9, "ms"), (1e9, 120e9, "s"))


def duration(ns: float) -> str:
    """Return a length of time for a screen: three significant digits, µs below 1 ms, minutes from 2 min on."""
    for unit, limit, word in _UNITS:
        # 999.6 µs would round up to 1000 µs: it is 1.00 ms.
        if ns < limit * (1 - 5e-4):
            value = max(ns, 0) / unit
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f} {word}"
    minutes, seconds = divmod(round(ns / 1e9), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def session_time(ns: int) -> str:
    """Return a time in the session: minutes, seconds, milliseconds; hours when there are some."""
    seconds, milliseconds = divmod(ns // 1_000_000, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02}:{seconds:02}.{milliseconds:03}"
    return f"{hours}:{tail}" if hours else tail
