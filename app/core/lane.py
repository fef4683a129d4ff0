"""Lanes, the bounded buffers of the runs of this process, and the collector that drains them into one batch."""

import threading
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from .batch import Batch, Kind, RunName
from .clock import Clock
from .credit import Credit, LaneCredit
from .engine import CreditToken, Drained
from .interpreter import gil_is_enabled
from .reader_waits import ReaderWaits, Waits

Control = Sequence[tuple[Kind, str]]


class _ControlRecord(NamedTuple):
    """A record that needs no credit, and after how many of the lane's lines it was appended."""

    after: int
    instant: int
    kind: Kind
    text: str


class Lane:
    """Keeps one run's records, in time order, until the collector takes them.

    The worker's thread appends lines, and waits when it is ahead of its credit; any thread may append the few control
    records, which need no credit (events, the controller's own line). Both are kept apart, so that a line takes no
    lock where there is a GIL (a third of its cost, two thirds under Python 3.13), and a stop request never waits for a
    worker that was preempted with the lock in its hand. The drain puts them together again by their instants.

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
        self._waits: ReaderWaits | None = None
        # Guards everything but the two columns of lines, which only the worker's thread appends to and only the
        # collector's thread shortens, each by one call into C, which is atomic under the GIL. Without a GIL it guards those
        # as well.
        self._lock = threading.Lock()
        self._instants = array("q")
        self._texts: list[str] = []
        self._control: list[_ControlRecord] = []
        self._marked: list[
            tuple[int, Kind]
        ] = []  # of lines that are no plain ones: after how many others, and the kind
        self._drained = 0  # lines that were drained so far
        # The room: lines that may be appended without asking, as an iterator, because taking one from it and taking
        # back what is left of it are one call into C each.
        self._room: Iterator[None] = repeat(None, 0)
        self._lent = 0  # units that were borrowed and are not handed out with a drain yet, used or not
        self._extra = 0  # units beyond one a line that the lines in the lane cost
        self._listed = False  # the collector knows that there is something
        self._overdraft = False  # one line may go beyond the credit: set when the run is asked to stop
        self._closed = False
        self.line = self._make_line() if gil_is_enabled() else self._make_line_without_gil()

    def measure_waits(self, tell: Callable[[Waits], None]) -> ReaderWaits:
        """Measure, from now on, how long the worker's thread waits for credit; before it writes its first line.

        Args:
            tell: takes some waits now and then, in the worker's thread.
        """
        self._waits = ReaderWaits(tell, self._credit.lanes)
        return self._waits

    # -- the worker's thread -------------------------------------------------------------------------------------

    def _make_line(self) -> Callable[[str], None]:
        """Return ``line``: appends a line, waiting for credit if the lane is ahead; the run's own thread only.

        A thread that waits here when it is asked to stop goes on at once: its line in hand is let through beyond the
        credit, so that it is neither lost nor in the way of the next checkpoint.

        This is what a line costs its thread, so it is written for speed: a closure over what never changes.
        """
        stamp, keep, now = self._instants.append, self._texts.append, self._now
        unit = self._credit.unit

        def line(text: str) -> None:
            if len(text) <= unit:
                for _ in self._room:  # takes one, if there is one
                    stamp(now())
                    # The text comes last: the drain counts the texts.
                    keep(text)
                    # Looked at after the text is there; the drain says that it looks before it does. One sees the other.
                    if not self._listed:
                        self.announce()
                    return
            self._line_with_asking(text)

        return line

    def _make_line_without_gil(self) -> Callable[[str], None]:
        """Return a ``line`` that does the same under the lock: no drain may see one column longer than the other."""
        stamp, keep, now = self._instants.append, self._texts.append, self._now
        unit, lock = self._credit.unit, self._lock

        def line(text: str) -> None:
            if len(text) <= unit:
                with lock:
                    has_room = next(self._room, self) is None  # takes one, if there is one
                    if has_room:
                        stamp(now())
                        keep(text)
                        is_listed = self._listed
                if has_room:
                    if not is_listed:
                        self.announce()
                    return
            self._line_with_asking(text)

        return line

    def line_of(self, kind: Kind, text: str) -> None:
        """Append a line of any kind, as ``line`` does; the run's own thread only."""
        if kind is Kind.LINE:
            self.line(text)
        else:
            self._line_with_asking(text, kind)

    def _line_with_asking(self, text: str, kind: Kind = Kind.LINE) -> None:
        with self._lock:
            self._make_room(self._credit.cost(len(text)))
            if kind is not Kind.LINE:
                self._marked.append((self._drained + len(self._texts), kind))
            self._instants.append(self._now())
            self._texts.append(text)
        self.announce()
        if self._waits is not None and self._waits.untold:
            self._waits.tell_if_due(self._now())

    def _make_room(self, cost: int) -> None:
        """Pay for a line of so many units; called with the lock held, which is free while it waits."""
        room = self._take_room()
        while cost > room:
            if self._overdraft:
                self._overdraft = False
                self._credit.forget(self._account)
                cost = 0
                break
            self._account.granted.clear()
            # The room that is left goes back with the asking, and so does the record of having borrowed it.
            self._lent -= room
            room = self._credit.borrow(self._account, cost, room)
            self._lent += room
            if room:
                break
            # The event was cleared before the credit was asked: a release or an unblocking in between leaves it set.
            self._lock.release()
            try:
                self._wait_for_credit()
            finally:
                self._lock.acquire()
        self._room = repeat(None, room - cost)
        self._extra += cost - 1  # of the line that is appended now, before the lock is let go of

    def _wait_for_credit(self) -> None:
        """Wait until there may be credit again, or the lane is unblocked; without the lock."""
        granted, waits = self._account.granted, self._waits
        if waits is None:
            granted.wait()
            return
        is_granted = False
        while not is_granted:
            began = self._now()
            # A wait without end is told of while it lasts: the reader who is slow here is often only the disk.
            is_granted = granted.wait(waits.apart() / 1e9)
            waits.add(began, self._now())

    def _take_room(self) -> int:
        """Take back the room that is left and return how much it was; with the lock held."""
        return len(list(self._room))

    # -- any thread ----------------------------------------------------------------------------------------------

    def unblock(self) -> None:
        """Let the line in hand through, because the run is asked to stop; any thread, never waits for credit."""
        with self._lock:
            self._overdraft = True
            self._account.granted.set()

    def append_control(self, records: "Control | Callable[[int], Control]", *, last: bool = False) -> int | None:
        """Append records that need no credit and return their one instant; any thread, never waits for credit.

        Where the records' texts depend on the instant, ``records`` is a function of it.

        The collector is not told: call ``announce`` after whatever must happen directly after the instant. Returns None,
        and appends nothing, if the lane has had its ``last`` records already, which the run's own thread appends: no record
        is stamped after a run's end.
        """
        with self._lock:
            if self._closed:
                return None
            # Counted before the stamp: a line that comes in between is earlier, and its instant says so.
            after = self._drained + len(self._texts)
            instant = self._now()
            control = records(instant) if callable(records) else records
            self._control.extend(_ControlRecord(after, instant, kind, text) for kind, text in control)
            if last:
                self._closed = True
                room = self._take_room()
                self._lent -= room
                self._credit.close(self._account, room)
            return instant

    def announce(self) -> None:
        """Tell the collector that there is something; any thread."""
        with self._lock:
            if self._listed or not (self._texts or self._control):
                return
            self._listed = True
        self._on_filled(self)

    # -- the collector's thread ----------------------------------------------------------------------------------

    def drain(self, batch: Batch) -> LaneCredit:
        """Move everything into ``batch`` and return what ``Credit.release`` takes; the collector's thread only.

        A control record stays behind, and the lane tells the collector so, while the worker's thread is between the stamp
        and the end of a line that may be earlier: it was preempted there, and the next drain will find the line.
        """
        with self._lock:
            self._listed = False
            # Room that was not used goes back at once: an idle lane holds nothing that others may need, and a lane that is
            # drained more often than its batches are released does not run out of credit by what it never wrote.
            room = self._take_room()
            units = self._extra
            self._extra = 0
            count = len(self._texts)
            instants, texts = self._instants[:count], self._texts[:count]
            # Emptied in place: ``line`` holds on to these very objects.
            del self._instants[:count]
            del self._texts[:count]
            units += count
            self._lent -= units + room
            self._credit.give_back(self._account, room)
            control = self._due_control(instants)
            first, self._drained = self._drained, self._drained + count
            marked, self._marked = self._marked, []  # each with its line: both come under the lock
        kinds = bytearray(count)
        for place, kind in marked:
            kinds[place - first] = kind
        for shift, record in enumerate(control):
            # By the order of appending, and behind every line that has the earlier instant.
            place = max(record.after - first + shift, bisect_left(instants, record.instant))
            instants.insert(place, record.instant)
            texts.insert(place, record.text)
            kinds.insert(place, record.kind)
        batch.add(self.run, self.name, instants, kinds, texts)
        if self._control:
            self.announce()
        return self._account, units

    def _due_control(self, instants: "array[int]") -> list[_ControlRecord]:
        """Take the control records that no line can precede any more; with the lock held."""
        control, self._control = self._control, []
        if self._lent > 0:  # a line is being written: it has taken its room, and is not among the texts
            latest = instants[-1] if instants else 0
            self._control = [record for record in control if record.instant > latest]
        return control[: len(control) - len(self._control)]


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
        # Makes one step of appending and looking whether the reader is armed, and one of arming and looking for lanes.
        self._lock = threading.Lock()
        self._is_armed = True
        self.ring: Callable[[], None] = lambda: None  # no reader is there yet
        # Workers that have used up the credit cannot go on until something was read.
        self._credit.on_exhausted = lambda: self.ring()  # noqa: PLW0108 - it is set later

    def open_lane(self, run: int, name: RunName) -> Lane:
        """Return a lane for a new run; any thread."""
        return Lane(run, name, self._clock.now, self._credit, self._on_filled)

    def _on_filled(self, lane: Lane) -> None:
        """Put a lane on the list; called by the thread that wrote to it."""
        with self._lock:
            self._filled.append(lane)
            rings, self._is_armed = self._is_armed, False
        if rings:
            self.ring()

    def arm(self) -> bool:
        """Have the next record ring; False if there is something to drain already. The reader's thread only."""
        with self._lock:
            self._is_armed = not self._filled
            return self._is_armed

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
