"""When a run was held back because its reader was behind, in bounded memory. No Qt."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

MOST_KNOTS = 4_096  # of one run: 64 kB; at full speed that is about half a minute, before knots are left out


class Held:
    """Keeps, at some instants, how long the run had been held back until then; one thread only.

    In between it is a straight line. So what a stretch of any length has costs two look-ups, and where every second instant
    is left out, what remains is the mean of what was there.

    Attributes:
        end: until when anything is known.
    """

    def __init__(self) -> None:
        self._times = array("q")
        self._sums = array("q")

    def __len__(self) -> int:
        return len(self._times)

    @property
    def end(self) -> int:
        """The instant of the last knot; 0 if there is none."""
        return self._times[-1] if self._times else 0

    def add(self, waits: Iterable[tuple[int, int]]) -> None:
        """Take waits, ascending; what is not after those that are known is cut off: a file may say anything."""
        for start, end in waits:
            begin = max(start, self._times[-1]) if self._times else start
            if begin >= end:
                continue
            total = self._sums[-1] if self._sums else 0
            self._times.extend((begin, end))
            self._sums.extend((total, total + end - begin))
        while len(self) > MOST_KNOTS:
            self.halve()

    def halve(self) -> None:
        """Leave out every second instant but the last."""
        for column in (self._times, self._sums):
            last = column[-1:]
            column[:] = column[:-1:2] + last

    def columns(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return for each column from one edge to before the next whether the run was held back in half of it or more."""
        times, sums = (np.frombuffer(column, np.int64) for column in (self._times, self._sums))
        first = max(0, int(np.searchsorted(times, edges[0], side="right")) - 1)
        last = int(np.searchsorted(times, edges[-1])) + 1
        times, sums = times[first:last], sums[first:last]
        if len(times) < 2:
            return np.zeros(len(edges) - 1, np.bool_)
        # Counted from what is looked at, so that nothing is lost where whole numbers become floating ones.
        start = int(edges[0])
        before = np.interp(edges - start, times - start, sums - int(sums[0]))
        waited = np.diff(before)
        found: npt.NDArray[np.bool_] = (waited > 0) & (2 * waited >= np.diff(edges))
        return found

    def at(self, instant: int) -> bool:
        """Return whether the run was held back at an instant, or half of the time about it."""
        place = bisect_right(self._times, instant) - 1
        if not 0 <= place < len(self) - 1:
            return False
        length = self._times[place + 1] - self._times[place]
        return 2 * (self._sums[place + 1] - self._sums[place]) >= length > 0
