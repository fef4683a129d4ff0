"""Which events the log leaves out unless all are asked for: a run that was stopped is one row. No Qt."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from app.core import events
from app.core.batch import Batch
from app.core.states import Outcome
from app.session.time_order import ordered_batch


@dataclass(slots=True)
class _Row:
    """An event, by its order key and its line number."""

    key: int
    line: int


class _About(Enum):
    """What an open row says of its run."""

    STOP = 1
    STUCK = 2


class HiddenEvents:
    """The line numbers of the events that are hidden; one thread.

    Hidden are: that a run was started, runs, was held back and that its end was shown. Of its stop the newest event alone
    is shown, in place of those before it. That it is stuck is shown until it ends. That it has ended is not, if it failed
    without having been asked to stop: the failure says it.

    A line's number is final only a second after it came (``app.session.time_order``). Until then each batch that comes says
    how far the numbers before it move: of all that are kept here, few are that young. Lines cost nothing.

    Args:
        count_up_to: from an order key and an arrival number to how many of the records that arrived before have at most
            that key.

    Attributes:
        lines: the line numbers, ascending.
        replaced: the rows that the last batch took away, each with the row that stands in its place.
    """

    def __init__(self, count_up_to: Callable[[int, int], int]) -> None:
        self.lines = array("q")
        self.replaced: list[tuple[int, int]] = []
        self._keys = array("q")  # the order keys that belong to them
        self._count_up_to = count_up_to
        self._open: dict[tuple[int, _About], _Row] = {}  # by run: what another event may take the place of
        self._failed: set[int] = set()  # runs that have said why, and have not ended
        self._waiting: list[_Row] = []  # to be hidden when that is not held any more
        self._is_held = False
        self._end = 0  # the arrival number after the newest record
        self._highest = -(2**63)  # the greatest order key that has come
        self._newest = -(2**63)  # the greatest one of an event that is kept here
        self._has_gaps = False  # records are missing: what their keys are is not known here
        self._changed: int | None = None

    def append(self, first: int, batch: Batch) -> None:
        """Take in the next batch; ``first`` is the arrival number of its first record."""
        found, earliest = events.events_of(batch), batch.bounds()[0]
        self.replaced.clear()
        if found or earliest < self._newest:
            ordered, indices = ordered_batch(batch)
            if earliest < self._newest:
                self._move(earliest, ordered)
            for index, run, event in found:
                key = batch.late.get(index, batch.instants[index])
                # Records of one instant stand in the order in which they came.
                place = bisect_left(ordered, key)
                place = bisect_left(indices, index, place, bisect_right(ordered, key, place))
                line = self._before(first, key) + place
                self._newest = max(self._newest, key)
                self._consider(run, event, _Row(key, line))
        self._has_gaps |= first != self._end
        self._end = first + len(batch)
        self._highest = max(self._highest, batch.highest())

    def _before(self, first: int, key: int) -> int:
        """Return how many of the records that arrived before a batch have at most an order key."""
        if key >= self._highest and not self._has_gaps and first == self._end:
            return first
        return self._count_up_to(key, first)

    def _move(self, earliest: int, keys: Sequence[int]) -> None:
        """Give what is kept its number among some more records, of which these are the order keys, ascending."""
        for place in range(bisect_right(self._keys, earliest), len(self._keys)):
            before = bisect_left(keys, self._keys[place])
            if before:
                self._note_change(self.lines[place])
                self.lines[place] += before
        for row in (*self._open.values(), *self._waiting):
            if row.key > earliest:
                row.line += bisect_left(keys, row.key)

    def _consider(self, run: int, event: events.Event, row: _Row) -> None:
        stop, stuck = (run, _About.STOP), (run, _About.STUCK)
        match event:
            case events.Started() | events.Hosted() | events.Running() | events.HeldBack() | events.Shown():
                self._hide(row)
            case events.StopRequested() | events.SlowToNotice() | events.Noticed() | events.Released():
                self._replace(stop, row)
                self._open[stop] = row
            case events.Stuck():
                self._replace(stop, row)
                self._replace(stuck, row)
                self._open[stuck] = row
            case events.Failed():
                self._failed.add(run)
            case events.Ended(outcome=outcome, chain=chain):
                self._replace(stop, row)
                self._replace(stuck, row)
                if outcome is Outcome.FAILED and chain.requested is None and run in self._failed:
                    self._hide(row)
                self._failed.discard(run)

    def _replace(self, what: tuple[int, _About], by: _Row) -> None:
        row = self._open.pop(what, None)
        if row is None:
            return
        if self._is_held:
            self._waiting.append(row)
        else:
            self._hide(row)
            self.replaced.append((row.line, by.line))

    def _hide(self, row: _Row) -> None:
        place = bisect_left(self.lines, row.line)
        self.lines.insert(place, row.line)
        self._keys.insert(place, row.key)
        self._note_change(row.line)

    def _note_change(self, line: int) -> None:
        self._changed = line if self._changed is None else min(self._changed, line)

    def hold(self, held: bool) -> None:
        """Take no row away that is there, as long as it is ``held``: what takes its place may not be shown."""
        self._is_held = held
        if not held:
            for row in self._waiting:
                self._hide(row)
            self._waiting.clear()

    def changed(self) -> int | None:
        """Return the least line number from which on others are hidden than when this was last asked; None if none is."""
        changed, self._changed = self._changed, None
        return changed
