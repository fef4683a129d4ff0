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
        self._charged_lines = 0
        self._charged_characters = 0
        self._room_lines = 0
        self._room_characters = 0
        self._listed = False  # the collector knows that there is something
        self._overdraft = 0  # lines that may go beyond the credit: one, once the run is asked to stop
        self._closed = False

    def line(self, text: str) -> None:
        """Append a line, waiting for credit if the lane is ahead; the run's own thread only.

        A thread that waits here when it is asked to stop goes on at once: its line in hand is let through beyond the
        credit, so that it is neither lost nor in the way of the next checkpoint.
        """
        cost = len(text)
        with self._lock:
            if cost > self._room_characters or not self._room_lines:
                cost = self._make_room(cost)
            self._room_lines -= 1
            self._room_characters -= cost
            self._charged_lines += 1
            self._charged_characters += cost
            self._instants.append(self._now())
            self._texts.append(text)
            if self._listed:
                return
            self._listed = True
        self._on_filled(self)

    def _make_room(self, size: int) -> int:
        """Return a line's cost once there is room for it; called with the lock held, which is free while it waits."""
        cost = min(size, self._credit.most_characters)
        while True:
            if self._overdraft:
                self._overdraft -= 1
                self._credit.forget(self._account)
                # Room out of nothing for this one line, which costs nothing when it is read. What room there was stays.
                self._room_lines += 1
                self._charged_lines -= 1
                return 0
            self._account.granted.clear()
            room = self._credit.borrow(self._account, cost, self._room_lines, self._room_characters)
            self._room_lines, self._room_characters = room or (0, 0)
            if room:
                return cost
            # The event was cleared before the credit was asked: a settlement or a hurry in between leaves it set.
            self._lock.release()
            try:
                self._account.granted.wait()
            finally:
                self._lock.acquire()

    def hurry(self) -> None:
        """Let the line in hand through, because the run is asked to stop; any thread, never waits for credit."""
        with self._lock:
            self._overdraft = 1
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
                self._credit.close(self._account, self._room_lines, self._room_characters)
                self._room_lines = self._room_characters = 0
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
            instants, self._instants = self._instants, array("q")
            texts, self._texts = self._texts, []
            marks, self._marks = self._marks, []
            # What is charged comes back when the batch is settled; unused room goes with it, so that an idle lane
            # holds nothing that others may need.
            lines, self._charged_lines = self._charged_lines + self._room_lines, 0
            characters, self._charged_characters = self._charged_characters + self._room_characters, 0
            self._room_lines = self._room_characters = 0
            self._listed = False
        finally:
            self._lock.release()
        base = len(batch.texts)
        batch.instants.extend(instants)
        batch.runs.extend(array("q", (self.run,)) * len(texts))
        batch.kinds.extend(bytes(len(texts)))
        for index, kind in marks:
            batch.kinds[base + index] = kind
        batch.texts.extend(texts)
        batch.names[self.run] = self.name
        return self._account, lines, characters
