"""The lines of a run as a timeline needs them: counts for any stretch, and the latest ones exactly. No Qt."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]
Columns = npt.NDArray[np.bool_]

FIRST_SHIFT = 16  # a bin of a new run is 2**16 ns, 66 µs: a thousandth of a pixel where a minute fills the screen
MOST_BINS = 2**20  # of one run: 4 MB
LONG_AGO = 2**62  # ns before anything
_LEAST_BINS = 32
_LEAST = 16
# Pixels of so many bins or more are painted from the bins alone: the difference cannot be seen.
_FINE = 4


class Presence:
    """Counts the lines of a run in bins of 2**shift ns from its start: exact to a bin, in bounded memory; one thread only.

    Kept are sums: how many lines came before each bin. So a stretch of any length costs two look-ups, whatever is in it,
    and bins twice as wide are every second sum.

    Args:
        start: the instant at which the first bin begins, in ns.
        shift: a bin is 2**shift ns wide.

    Attributes:
        bins: how many there are.
        total: how many lines were counted.
    """

    def __init__(self, start: int, shift: int = FIRST_SHIFT) -> None:
        self.start = start
        self.shift = shift
        self.bins = 0
        self.total = 0
        # Of 32 bits: differences of two sums are right even where a run has more than four thousand million lines.
        self._sums: Counts = np.zeros(_LEAST_BINS, np.uint32)

    @property
    def size(self) -> int:
        """How many bytes the sums take."""
        return self._sums.nbytes

    @property
    def sums(self) -> Counts:
        """How many lines came before each bin, and before the end of the last."""
        return self._sums[: self.bins + 1]

    def add(self, instants: Instants) -> None:
        """Count lines; ascending, none before the start, nor before those that were counted already."""
        last = int(instants[-1]) - self.start
        while last >> self.shift >= MOST_BINS:
            self.halve()
        bins = max(self.bins, (last >> self.shift) + 1)
        if bins >= len(self._sums):
            self._resize(bins + bins // 2 + _LEAST_BINS)
        if bins > self.bins:
            edges = np.arange(self.bins, bins, dtype=np.int64)
            edges <<= self.shift
            edges += self.start
            self._sums[self.bins : bins] = (np.searchsorted(instants, edges) + self.total).astype(np.uint32)
            self.bins = bins
        self.total += len(instants)
        self._sums[bins] = self.total & 0xFFFFFFFF

    def halve(self) -> None:
        """Make the bins twice as wide."""
        kept = self._sums[: self.bins : 2].copy()
        self.shift += 1
        self.bins = len(kept)
        self._sums = np.empty(self.bins + self.bins // 4 + _LEAST_BINS, np.uint32)
        self._sums[: self.bins] = kept
        self._sums[self.bins] = self.total & 0xFFFFFFFF

    def _resize(self, size: int) -> None:
        sums = np.empty(min(size, MOST_BINS + 1), np.uint32)
        sums[: self.bins + 1] = self._sums[: self.bins + 1]
        self._sums = sums

    def counts(self, edges: Instants) -> Counts:
        """Return how many lines there are from each edge to before the next; each edge counts as its bin's beginning."""
        found: Counts = np.diff(self.before(edges))
        return found

    def before(self, edges: Instants) -> Counts:
        """Return how many lines there are before each edge, modulo 2**32; each edge counts as its bin's beginning."""
        places = (edges - self.start) >> self.shift
        np.maximum(places, 0, out=places)
        np.minimum(places, self.bins, out=places)
        found: Counts = self._sums[places]
        return found


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
        latest: the instant of the last line; the run's start if there is none.
    """

    def __init__(self, start: int) -> None:
        self.presence = Presence(start)
        self.latest = start
        self._instants: Instants = np.empty(_LEAST, np.int64)
        self._lines: Instants = np.empty(_LEAST, np.int64)
        self._first = self._end = 0  # what of the two is in use
        self._dropped = 0

    def __len__(self) -> int:
        return self.presence.total

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
        return int(self._instants[self._first]) if self._first < self._end else self.latest + 1

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, instants: Instants, lines: Instants) -> None:
        """Add lines: instants ascending as a run's are, and their arrival numbers. They are copied."""
        count = len(instants)
        if instants[0] < self.latest or (count > 1 and bool((instants[1:] < instants[:-1]).any())):
            # A file may say anything; what follows relies on the order.
            instants = np.maximum(np.maximum.accumulate(instants), self.latest)
        self.latest = int(instants[-1])
        self.presence.add(instants)
        if self._end + count > len(self._instants):
            self._make_room(count)
        self._instants[self._end : self._end + count] = instants
        self._lines[self._end : self._end + count] = lines
        self._end += count

    def _make_room(self, count: int) -> None:
        """Move what is kept to the front; into new columns only where it fills these, or needs a quarter: memory is slow."""
        kept = self._end - self._first
        fits = kept + count + kept // 8 <= len(self._instants) <= 4 * max(_LEAST, kept + count)
        for name in ("_instants", "_lines"):
            old: Instants = getattr(self, name)
            new = old if fits else np.empty(max(_LEAST, 2 * (kept + count)), np.int64)
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

    def in_columns(self, edges: Instants) -> Columns:
        """Return for each column from one edge to before the next whether a line is in it."""
        columns = np.zeros(len(edges) - 1, np.bool_)
        start, end = int(edges[0]), int(edges[-1])
        if not len(self) or start > self.latest or end <= self.presence.start:
            return columns
        if end - start < len(columns) * (_FINE << self.presence.shift) and start >= self.exact_from:
            # Where there are fewer lines than columns, it is faster to look for the column of each line.
            low, high = np.searchsorted(self.instants, (start, end))
            if high - low < len(columns):
                columns[np.searchsorted(edges, self.instants[low:high], side="right") - 1] = True
                return columns
        found: Columns = self.counts(edges) != 0
        return found

    def pausing(self, edges: Instants, pause: int) -> Columns:
        """Return for each column whether its first instant is in the pause before the next line that is known.

        A loop is line, work, pause: of a run whose work takes time too, the last ``pause`` ns before a line are its pause.
        """
        instants = self.instants
        at = edges[:-1]
        if not len(instants):
            return np.zeros(len(at), np.bool_)
        places = np.searchsorted(instants, at)
        following = instants[np.minimum(places, len(instants) - 1)]
        found: Columns = (places < len(instants)) & (following - at <= pause) & (at >= self.exact_from)
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
