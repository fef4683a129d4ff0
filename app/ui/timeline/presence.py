"""How many lines of a run there are in any stretch of time: sums over bins, exact to a bin, in bounded memory. No Qt."""

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]

FIRST_SHIFT = 16  # a bin of a new run is 2**16 ns, 66 µs: a thousandth of a pixel where a minute fills the screen
MOST_BINS = 2**20  # of one run: 4 MB
_LEAST = 32


class Presence:
    """Counts the lines of a run in bins of 2**shift ns from its start; one thread only.

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
        self._sums: Counts = np.zeros(_LEAST, np.uint32)

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
            self._resize(bins + bins // 2 + _LEAST)
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
        self._sums = np.empty(self.bins + self.bins // 4 + _LEAST, np.uint32)
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
