"""The collector: drains the lanes of this process into one batch."""

from collections import deque
from collections.abc import Callable, Iterable

from .batch import Batch, RunName
from .clock import Clock
from .credit import Credit, LaneCredit
from .engine import CreditToken, Drained
from .lane import Lane


class LaneToken(CreditToken):
    """What one drain took of the lanes' credit."""

    __slots__ = ("credits",)

    def __init__(self, owner: "Collector", credits: list[LaneCredit]) -> None:
        super().__init__(owner)
        self.credits = credits


class Collector:
    """Knows which lanes hold something; one reader drains them: a window once a frame, a plain loop when it is rung.

    Args:
        clock: stamps the records.
        credit: what may be in flight.
    """

    def __init__(self, clock: Clock, credit: Credit | None = None) -> None:
        self._clock = clock
        self._credit = credit or Credit()
        self._filled: deque[Lane] = deque()  # bounded by the number of lanes: each is in it at most once
        self._is_armed = True
        self.ring: Callable[[], None] = _nothing
        self._credit.on_exhausted = self._on_exhausted

    def open_lane(self, run: int, name: RunName) -> Lane:
        """Return a lane for a new run; any thread."""
        return Lane(run, name, self._clock.now, self._credit, self._on_filled)

    def _on_filled(self, lane: Lane) -> None:
        """Put a lane on the list; called by the thread that wrote to it."""
        self._filled.append(lane)
        # The reader arms *before* it looks at the list a last time, and we look whether it is armed *after* we appended:
        # whichever comes first, one of us sees the other.
        if self._is_armed:
            self._is_armed = False
            self.ring()

    def _on_exhausted(self) -> None:
        """Wake the reader: workers have used up the credit, and cannot go on until something was read."""
        self.ring()

    def arm(self) -> bool:
        """Have the next record ring; False if there is something to drain already. The reader's thread only."""
        self._is_armed = True
        if self._filled:
            self._is_armed = False
            return False
        return True

    def drain(self) -> Drained | None:
        """Take everything that the lanes hold, or return None if no lane has anything; the reader's thread only.

        The batch may be empty: a lane had given back room, or holds a record that must come after a line in the making.
        """
        batch = Batch()
        credits = [self._filled.popleft().drain(batch) for _ in range(len(self._filled))]
        return Drained(batch, (LaneToken(self, credits),)) if credits else None

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Give the credit of drained batches back, once they were read or committed; any thread."""
        self._credit.release(credit for token in tokens if isinstance(token, LaneToken) for credit in token.credits)


def _nothing() -> None:
    """Do nothing: no reader is there yet."""
