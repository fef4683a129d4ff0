"""A lane: the bounded buffer between one run and the collector."""

import threading
from array import array
from collections.abc import Callable, Sequence

from .batch import Batch, Kind, RunName
from .credit import Credit, Receipt


class Lane:
    """Keeps one run's records, in time order, until the collector takes them.

    The worker's thread appends lines, and waits when it is ahead of its credit; anybody may post the few records that
    need no credit (states, errors, the controller's own line). Stamps are taken under the lane's lock, so the order of
    records is the order of their instants, whoever wrote them.

    Args:
        run: the run's id.
        name: the run's worker and number, handed on with each batch.
        now: the clock.
        credit: the pool that is shared with the other lanes.
        on_filled: called with the lane, by the thread that wrote, when it goes from empty to non-empty.
    """

    def __init__(
        self, run: int, name: RunName, now: Callable[[], int], credit: Credit, on_filled: "Callable[[Lane], None]"
    ) -> None:
        self.run = run
        self.name = name
        self._now = now
        self._credit = credit
        self._account = credit.open()
        self._on_filled = on_filled
        self._lock = threading.Lock()
        self._instants = array("q")
        self._texts: list[str] = []
        self._marks: list[tuple[int, Kind]] = []  # the few records that are not lines: index and kind
        self._room = 0  # units that may be used without asking
        self._lent = 0  # units that were borrowed since the last drain, used or not
        self._listed = False  # the collector knows that there is something
        self._overdraft = False  # one line may go beyond the credit: set when the run is asked to stop
        self._closed = False
        self.line = self._make_line()

    def _make_line(self) -> Callable[[str], None]:
        """Return ``line``: appends a line, waiting for credit if the lane is ahead; the run's own thread only.

        A thread that waits here when it is asked to stop goes on at once: its line in hand is let through beyond the
        credit, so that it is neither lost nor in the way of the next checkpoint.

        This is what a line costs its thread, so it is written for speed: a closure over what never changes, and bare
        calls instead of ``with`` (86 ns against 157). Nothing between them can fail but for want of memory.
        """
        acquire, release = self._lock.acquire, self._lock.release
        stamp, keep, now = self._instants.append, self._texts.append, self._now
        unit = self._credit.unit

        def line(text: str) -> None:
            acquire()
            try:
                if not self._room or len(text) > unit:
                    self._make_room(len(text))
                else:
                    self._room -= 1
                stamp(now())
                keep(text)
                if self._listed:
                    return
                self._listed = True
            finally:
                release()
            self._on_filled(self)

        return line

    def _make_room(self, size: int) -> None:
        """Pay for a line of ``size`` characters; called with the lock held, which is free while it waits."""
        cost = self._credit.cost(size)
        while cost > self._room:
            if self._overdraft:
                self._overdraft = False
                self._credit.forget(self._account)
                return
            self._account.granted.clear()
            # The room that is left goes back with the asking, and so does the record of having borrowed it.
            self._lent -= self._room
            self._room = self._credit.borrow(self._account, cost, self._room)
            self._lent += self._room
            if self._room:
                break
            # The event was cleared before the credit was asked: a settlement or a hurry in between leaves it set.
            self._lock.release()
            try:
                self._account.granted.wait()
            finally:
                self._lock.acquire()
        self._room -= cost

    def hurry(self) -> None:
        """Let the line in hand through, because the run is asked to stop; any thread, never waits for credit."""
        with self._lock:
            self._overdraft = True
            self._account.granted.set()

    def post(self, records: Sequence[tuple[Kind, str]], *, last: bool = False) -> int | None:
        """Append records that need no credit and return their one instant; any thread, never waits for credit.

        The collector is not told: call ``announce`` after whatever must happen directly after the instant. Returns None,
        and appends nothing, if the lane has had its ``last`` records already: no record is stamped after a run's end.
        """
        with self._lock:
            if self._closed:
                return None
            instant = self._now()
            for kind, text in records:
                if kind is not Kind.LINE:
                    self._marks.append((len(self._texts), kind))
                self._instants.append(instant)
                self._texts.append(text)
            if last:
                self._closed = True
                self._credit.close(self._account, self._room)
                self._lent -= self._room
                self._room = 0
            return instant

    def announce(self) -> None:
        """Tell the collector that there is something; any thread."""
        with self._lock:
            if self._listed or not self._texts:
                return
            self._listed = True
        self._on_filled(self)

    def drain(self, batch: Batch, seconds: float = -1) -> Receipt | None:
        """Move everything into ``batch`` and return the receipt for ``Credit.settle``; the collector's thread only.

        Waits at most ``seconds`` for the lock (-1: for as long as it takes) and returns None if it is not to be had: a
        worker that was preempted while it held the lock may take a long time to come back beside other busy threads, and
        the window must not wait for it. The lane then stays on the collector's list.
        """
        if not self._lock.acquire(blocking=seconds != 0, timeout=seconds if seconds > 0 else -1):
            return None
        try:
            base = len(batch.texts)
            batch.instants.extend(self._instants)
            batch.texts.extend(self._texts)
            marks, self._marks = self._marks, []
            # Emptied in place: ``line`` holds on to these very objects.
            del self._instants[:]
            self._texts.clear()
            # What was lent comes back when the batch is settled, room that was not used with it, so that an idle lane
            # holds nothing that others may need.
            lent, self._lent = self._lent, 0
            self._room = 0
            self._listed = False
        finally:
            self._lock.release()
        count = len(batch.texts) - base
        batch.runs.extend(array("q", (self.run,)) * count)
        batch.kinds.extend(bytes(count))
        for index, kind in marks:
            batch.kinds[base + index] = kind
        batch.names[self.run] = self.name
        return self._account, lent
