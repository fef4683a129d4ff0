"""The collector: drains all lanes into one batch."""

from collections import deque
from dataclasses import dataclass, field

from .batch import JOURNAL, NOBODY, Batch, Kind, RunName
from .clock import Clock
from .credit import Credit, Receipt
from .lane import Lane
from .wake import Wake


@dataclass(frozen=True, slots=True)
class Drained:
    """One drain: the batch, and what is owed to the lanes once it has been read."""

    batch: Batch
    receipts: list[Receipt] = field(repr=False)


class Collector:
    """Knows which lanes hold something; one reader drains them: a window once a frame, a plain loop when it is rung.

    Args:
        clock: stamps the records.
        credit: what may be in flight.

    Attributes:
        origin: the beginning of the sitting, a ``perf_counter_ns``; ``t_ns`` counts from here.
        wake: rings when something comes while the reader sleeps (see ``sleep``).
    """

    def __init__(self, clock: Clock, credit: Credit | None = None) -> None:
        self.clock = clock
        self.credit = credit or Credit()
        self.wake = Wake()
        self.origin = clock.now()
        self._filled: deque[Lane] = deque()  # bounded by the number of lanes: each is in it at most once
        self._asleep = True
        self._highest = self.origin  # the greatest order key that was drained
        self._late_runs: dict[int, int] = {}  # those of the last second: see Batch.mark_late
        self.credit.on_exhausted = self.ring

    def open_lane(self, run: int, name: RunName) -> Lane:
        """Return a lane for a new run; any thread."""
        return Lane(run, name, self.clock.now, self.credit, self._note)

    def note(self, kind: Kind, text: str, run: int = JOURNAL, name: RunName = NOBODY) -> int:
        """Add a record of no run, or of one whose own lane is closed, and return its instant; any thread."""
        lane = self.open_lane(run, name)
        instant = lane.post([(kind, text)], last=True)
        lane.announce()
        return instant if instant is not None else self.clock.now()

    def _note(self, lane: Lane) -> None:
        """Put a lane on the list; called by whoever wrote to it."""
        self._filled.append(lane)
        # The reader says that it sleeps *before* it looks at the list a last time, and we look whether it sleeps *after*
        # we appended: whichever comes first, one of us sees the other.
        if self._asleep:
            self._asleep = False
            self.wake.set()

    def drain(self) -> Drained | None:
        """Take everything that the lanes hold, or return None if no lane has anything; the reader's thread only.

        The batch may be empty: a lane had given back room, or holds a record that must come after a line in the making.
        """
        batch = Batch()
        receipts = [self._filled.popleft().drain(batch) for _ in range(len(self._filled))]
        if batch.texts:
            batch.mark_late(self._highest, self._late_runs)
            self._highest = max(self._highest, batch.bounds()[1])
        return Drained(batch, receipts) if receipts else None

    def settle(self, *several: Drained) -> None:
        """Give the credit of drained batches back, once they have been read (or committed); any thread."""
        self.credit.settle(receipt for drained in several for receipt in drained.receipts)

    def sleep(self) -> bool:
        """Say that the reader will wait for ``wake``; False if there is something to drain already. Reader only."""
        self.wake.clear()
        self._asleep = True
        if self._filled:
            self._asleep = False
            return False
        return True

    def pause(self, seconds: float) -> None:
        """Let lines gather for some seconds, less if somebody rings; reader only, which looks for work afterwards.

        Workers who have used up the credit ring, among others: they cannot go on until something has been read.

        A reader that drained each line as it came would hand the GIL to and fro at every line of every worker.
        """
        self.wake.clear()
        self.wake.wait(seconds)

    def ring(self) -> None:
        """Wake the reader although no lane has anything (a run is gone, say); any thread."""
        self._asleep = False
        self.wake.set()

    def close(self) -> None:
        """Close the bell; after the last reader and the last writer are gone."""
        self.wake.close()
