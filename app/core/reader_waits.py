"""How long a thread waited because what it had written was not read yet: measured, and told now and then."""

from collections.abc import Callable

Waits = tuple[tuple[int, int], ...]  # from when to when, each; ns of the clock

LEAST = 5_000_000  # ns: shorter waits are the lanes' ordinary turns, and are not kept
APART = 500_000_000  # ns between two tellings at least: what a thread at full speed has to tell is two events a second
MOST_TOLD = 64  # events a second of all threads together: each costs some 100 µs from here to the screen
_MOST_KEPT = 200  # waits: then they are told whenever that was done last


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
