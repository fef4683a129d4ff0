"""How long a thread waited because what it had written was not read yet: measured, and told now and then."""

from collections.abc import Callable

Waits = tuple[tuple[int, int], ...]  # from when to when, each; ns of the clock

LEAST = 5_000_000  # ns: shorter waits are the lanes' ordinary turns, and are not kept
APART = 500_000_000  # ns between two tellings at least: what a thread at full speed has to tell is two events a second


class ReaderWaits:
    """Collects the waits of one thread; that thread only.

    The first wait is told at once, those that follow at most every ``APART``: in between they are collected. So there are
    never more than ``APART / LEAST`` of them.

    Args:
        tell: takes what was collected.
    """

    def __init__(self, tell: Callable[[Waits], None]) -> None:
        self._tell = tell
        self._told: int | None = None  # when that was done last
        self.untold: list[tuple[int, int]] = []

    def add(self, began: int, ended: int) -> None:
        """Take a wait; one that goes on is given piece by piece."""
        if self.untold and self.untold[-1][1] == began:
            began = self.untold.pop()[0]
        if ended - began >= LEAST:
            self.untold.append((began, ended))
            self.tell_if_due(ended)

    def tell_if_due(self, now: int) -> None:
        """Tell what was collected, if the last telling is long enough ago."""
        if self.untold and (self._told is None or now - self._told >= APART):
            self._told = now
            self._tell(self.take())

    def take(self) -> Waits:
        """Return what was not told yet, and forget it."""
        waits = tuple(self.untold)
        self.untold.clear()
        return waits
