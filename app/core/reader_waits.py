"""How long a thread waited because what it had written was not read yet: measured, told now and then, and kept."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

Waits = tuple[tuple[int, int], ...]  # from when to when, each; ns of the clock

LEAST = 5_000_000  # ns: shorter waits are the lanes' ordinary turns, and are not kept
APART = 500_000_000  # ns between two tellings at least: what a thread at full speed has to tell is two events a second
MOST_TOLD = 64  # events a second of all threads together: each costs some 100 µs from here to the screen
_MOST_KEPT = 200  # waits: then they are told whenever that was done last
MOST_KNOTS = 4_096  # of one run: 64 kB; at full speed that is about half a minute, before knots are left out


class ReaderWaits:
    """Collects the waits of one thread; that thread only.

    The first wait is told at once, those that follow now and then: in between they are collected.

    Args:
        tell: takes what was collected.
        lanes: returns how many threads there are.
    """

    def __init__(self, tell: Callable[[Waits], None], lanes: Callable[[], int]) -> None:
        self._tell = tell
        self._lanes = lanes
        self._told: int | None = None  # when that was done last
        self.untold: list[tuple[int, int]] = []

    def apart(self) -> int:
        """Return how many ns there are at least between two tellings."""
        return max(APART, self._lanes() * (1_000_000_000 // MOST_TOLD))

    def add(self, began: int, ended: int) -> None:
        """Take a wait; one that goes on is given piece by piece."""
        if self.untold and self.untold[-1][1] == began:
            began = self.untold.pop()[0]
        if ended - began >= LEAST:
            self.untold.append((began, ended))
            self.tell_if_due(ended)

    def tell_if_due(self, now: int) -> None:
        """Tell what was collected, if the last telling is long enough ago."""
        is_due = self._told is None or now - self._told >= self.apart() or len(self.untold) >= _MOST_KEPT
        if self.untold and is_due:
            self._told = now
            self._tell(self.take())

    def take(self) -> Waits:
        """Return what was not told yet, and forget it."""
        waits = tuple(self.untold)
        self.untold.clear()
        return waits


class Held:
    """Keeps, at some instants, how long a run had been held back until then, in bounded memory; one thread only.

    In between it is a straight line. So what a stretch of any length has costs two look-ups, and where every second instant
    is left out, what remains is the mean of what was there.

    Attributes:
        times: the instants, ascending.
        sums: how long the run had been held back until each (ns).
    """

    def __init__(self) -> None:
        self.times = array("q")
        self.sums = array("q")

    def __len__(self) -> int:
        return len(self.times)

    @property
    def end(self) -> int:
        """The last instant; 0 if there is none."""
        return self.times[-1] if self.times else 0

    def add(self, waits: Iterable[tuple[int, int]]) -> None:
        """Take waits, ascending; what is not after those that are known is cut off: a file may say anything."""
        for start, end in waits:
            begin = max(start, self.times[-1]) if self.times else start
            if begin >= end:
                continue
            total = self.sums[-1] if self.sums else 0
            self.times.extend((begin, end))
            self.sums.extend((total, total + end - begin))
        while len(self) > MOST_KNOTS:
            self.halve()

    def halve(self) -> None:
        """Leave out every second instant but the last."""
        for column in (self.times, self.sums):
            last = column[-1:]
            column[:] = column[:-1:2] + last

    def at(self, instant: int) -> bool:
        """Return whether the run was held back at an instant, or half of the time about it."""
        return self._is_held(bisect_right(self.times, instant) - 1)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield from when to when the run was held back, or half of the time: the waits, where no instant was left out."""
        since: int | None = None
        for place in range(len(self)):
            if self._is_held(place):
                since = self.times[place] if since is None else since
            elif since is not None:
                yield since, self.times[place]
                since = None

    def _is_held(self, place: int) -> bool:
        """Return whether the run was held back half of the time or more from an instant to the next."""
        if not 0 <= place < len(self) - 1:
            return False
        length = self.times[place + 1] - self.times[place]
        return 2 * (self.sums[place + 1] - self.sums[place]) >= length > 0
