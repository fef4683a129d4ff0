"""The lines of a run as a timeline needs them: counts for any stretch, and the latest ones exactly. No Qt."""

from typing import NamedTuple

import numpy as np

from app.ui.timeline.presence import Counts, Instants, Presence

LONG_AGO = 2**62  # ns before anything
_LEAST = 16
# Pixels of so many bins or more are painted from the bins alone: nobody sees the difference.
_FINE = 4


class Tick(NamedTuple):
    """A line: its instant, and whether that is exact; of lines of long ago only about when they came is known."""

    instant: int
    is_exact: bool


class Ticks:
    """The lines of one run, in the order of time; one thread only.

    Args:
        start: the run's first instant, in ns.

    Attributes:
        presence: counts of all lines.
    """

    def __init__(self, start: int) -> None:
        self.presence = Presence(start)
        self._latest = start  # the greatest instant so far
        self._instants: Instants = np.empty(_LEAST, np.int64)
        self._lines: Instants = np.empty(_LEAST, np.int64)
        self._first = self._end = 0  # what of the two is in use
        self._dropped = 0

    def __len__(self) -> int:
        return self.presence.total

    @property
    def latest(self) -> int:
        """The instant of the last line; the run's start if there is none."""
        return self._latest

    @property
    def instants(self) -> Instants:
        """The instants of the latest lines that are kept exactly, ascending."""
        return self._instants[self._first : self._end]

    @property
    def lines(self) -> Instants:
        """The arrival numbers of the same: which of them are kept goes by those."""
        return self._lines[self._first : self._end]

    @property
    def exact_from(self) -> int:
        """The instant from which on every line is kept exactly."""
        if not self._dropped:
            return -LONG_AGO
        return int(self._instants[self._first]) if self._first < self._end else self._latest + 1

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, instants: Instants, lines: Instants) -> None:
        """Add lines: instants ascending as a run's are, and their arrival numbers. They are copied."""
        count = len(instants)
        if instants[0] < self._latest or (count > 1 and bool((instants[1:] < instants[:-1]).any())):
            # A file may say anything; what follows relies on the order.
            instants = np.maximum(np.maximum.accumulate(instants), self._latest)
        self._latest = int(instants[-1])
        self.presence.add(instants)
        if self._end + count > len(self._instants):
            self._make_room(count)
        self._instants[self._end : self._end + count] = instants
        self._lines[self._end : self._end + count] = lines
        self._end += count

    def _make_room(self, count: int) -> None:
        kept = self._end - self._first
        size = kept + count + max(_LEAST, (kept + count) // 2)
        for name in ("_instants", "_lines"):
            old = getattr(self, name)
            new = np.empty(size, np.int64)
            new[:kept] = old[self._first : self._end]
            setattr(self, name, new)
        self._first, self._end = 0, kept

    def drop_before(self, line: int) -> None:
        """Keep lines with a lower arrival number no longer exactly."""
        gone = int(np.searchsorted(self.lines, line))
        if gone:
            self._first += gone
            self._dropped += gone
            if self._first > (self._end - self._first):
                self._make_room(0)

    # -- what is asked -------------------------------------------------------------------------------------------

    def counts(self, edges: Instants) -> Counts:
        """Return how many lines there are from each edge to before the next; edges ascending, evenly apart."""
        apart = (int(edges[-1]) - int(edges[0])) // max(1, len(edges) - 1)
        presence = self.presence
        if apart >= _FINE << presence.shift:
            return presence.counts(edges)
        first = int(np.searchsorted(edges, self.exact_from))
        # Up to there the sums of the bins; from there on what came before is known exactly.
        low, high = np.searchsorted(self.instants, edges[[min(first, len(edges) - 1), -1]])
        exact = np.searchsorted(self.instants[low:high], edges[first:]) + (low + self._dropped)
        before = np.concatenate((presence.before(edges[:first]), exact.astype(np.uint32)))
        found: Counts = np.diff(before)
        return found

    def after(self, instant: int) -> Tick | None:
        """Return the first line that comes after an instant."""
        if instant >= self.exact_from - 1:
            place = int(np.searchsorted(self.instants, instant, side="right"))
            return self._tick(place) if place < self._end - self._first else None
        found = self._about(instant, later=True)
        if found is not None and found < self.exact_from:
            return Tick(found, False)
        return self._tick(0) if self._first < self._end else None

    def before(self, instant: int) -> Tick | None:
        """Return the last line that comes before an instant."""
        place = int(np.searchsorted(self.instants, instant))
        if place:
            return self._tick(place - 1)
        found = self._about(min(instant, self.exact_from), later=False) if self._dropped else None
        return None if found is None else Tick(found, False)

    def nearest(self, instant: int) -> Tick | None:
        """Return the line that is nearest to an instant."""
        around = [tick for tick in (self.before(instant + 1), self.after(instant)) if tick is not None]
        return min(around, key=lambda tick: abs(tick.instant - instant), default=None)

    def _tick(self, place: int) -> Tick:
        return Tick(int(self.instants[place]), True)

    def _about(self, instant: int, *, later: bool) -> int | None:
        """Return the beginning of the bin nearest after or before an instant that has lines."""
        presence = self.presence
        place = (instant - presence.start) >> presence.shift
        sums = presence.sums
        if later:
            place = min(max(place + 1, 0), presence.bins)
            found = int(np.searchsorted(sums, sums[place], side="right")) - 1
        else:
            place = min(max(place, 0), presence.bins)
            found = int(np.searchsorted(sums, sums[place])) - 1
        if not 0 <= found < presence.bins:
            return None
        return presence.start + (found << presence.shift)
