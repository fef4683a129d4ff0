"""Looking at the runs behind the rows: at those that said something at once, at those on the screen ten times a second."""

from collections.abc import Iterable
from itertools import compress

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.snapshot import State
from app.ui.workers.ended import show_ended
from app.ui.workers.rows import WorkerRows
from app.ui.workers.table import WorkersTable

# ns between two looks at the figures of the rows that are on the screen.
PERIOD = 100_000_000
# Looks in which each of the others has been looked at once. A look at one takes 20 µs: at all of a thousand, ten times a
# second, it was a quarter of a processor and 25 ms of window lag.
_LOOKS = 10


class Watch:
    """Keeps the rows and their table up to date; the GUI thread only.

    Args:
        rows: the workers and their last runs.
        table: shows them.
        controller: knows the runs.

    Attributes:
        looked: when it looked last, a ``perf_counter_ns``.
    """

    def __init__(self, rows: WorkerRows, table: WorkersTable, controller: Controller) -> None:
        self._rows = rows
        self._table = table
        self._controller = controller
        self._now = controller.clock.now
        self._place = 0  # the row at which the next look at the others begins
        self._again: set[int] = set()  # runs that said something since the last look that was due
        self._ending: set[int] = set()  # runs that said that they end, until their rows know it
        self._due = 0  # when it is time for the next look at what is seen
        self.looked = 0

    def on_batch(self, batch: Batch) -> bool:
        """Look at the runs of which a batch says more than lines; return whether a state has changed."""
        if batch.only_lines():
            return False
        # A kind is 0 for a line: what is left are those that told of a state.
        told = set(compress(batch.runs, batch.kinds))
        self._again |= told
        ends = zip(compress(batch.runs, batch.kinds), compress(batch.texts, batch.kinds), strict=True)
        self._ending.update(run for run, text in ends if text.startswith(State.ENDED))
        return self._look(self._rows.indices_of(told))

    def on_frame(self) -> bool:
        """Look at the rows if it is time to; return whether a state has changed."""
        now = self._now()
        # Not counted from the last look of any kind: where states change all the time, the others would never be looked at.
        if now < self._due:
            return False
        self._due = now + PERIOD
        # Once more at those that said something, and at those that said that they end until they have: a thread that says
        # so may be kept from it.
        told, self._again = self._again | self._ending, set()
        changed = self._look({*self._table.watched(), *self._others(), *self._rows.indices_of(told)})
        alive = self._rows.rows
        self._ending = {run for run in self._ending for index in self._rows.indices_of([run]) if alive[index].is_alive}
        return changed

    def look_at_all(self) -> bool:
        """Look at all rows now; return whether a state has changed."""
        return self._look(range(len(self._rows.rows)))

    def _others(self) -> list[int]:
        """Return some rows, others each time, so that none is out of date for longer than a second."""
        count = len(self._rows.rows)
        some = -(-count // _LOOKS)
        first, self._place = self._place, (self._place + some) % max(count, 1)
        return [index % count for index in range(first, first + some)]

    def _look(self, indices: Iterable[int]) -> bool:
        now = self.looked = self._now()
        changes = self._rows.update(self._controller.snapshot, now, indices)
        self._table.refresh(now)
        show_ended(self._rows, changes.ended, self._table, self._controller)
        return changes.any
