"""Keeping the rows up to date: of runs that said something at once, of those on the screen ten times a second."""

from collections.abc import Iterable
from dataclasses import replace

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.events import events_of
from app.ui.workers.rows import WorkerRows
from app.ui.workers.table import WorkersTable

# ns between two looks at the figures of the rows that are on the screen.
PERIOD = 100_000_000
# Looks in which each of the others has been looked at once: at all of a thousand ten times a second, the window lagged.
_LOOKS = 10


class Watch:
    """Keeps the rows and their table up to date; the GUI thread only.

    Args:
        rows: the workers and their last runs.
        table: shows them.
        controller: knows the runs; it has consumed each batch before this sees it.

    Attributes:
        looked: when it looked last, a ``perf_counter_ns``.
    """

    def __init__(self, rows: WorkerRows, table: WorkersTable, controller: Controller) -> None:
        self._rows = rows
        self._table = table
        self._controller = controller
        self._now = controller.clock.now
        self._place = 0  # the row at which the next look at the others begins
        self._due = 0  # when it is time for the next look at what is seen
        self.looked = 0

    def on_batch(self, batch: Batch) -> bool:
        """Look at the runs of which a batch says more than lines; return whether a state has changed."""
        told = dict.fromkeys(run for _, run, _ in events_of(batch))
        return bool(told) and self.look(self._rows.indices_of(told))

    def on_frame(self) -> bool:
        """Look at the rows if it is time to; return whether a state has changed."""
        now = self._now()
        # Not counted from the last look of any kind: where states change all the time, the others would never be looked at.
        if now < self._due:
            return False
        self._due = now + PERIOD
        return self.look({*self._table.watched(), *self._others()})

    def _others(self) -> list[int]:
        """Return some rows, others each time, so that none is out of date for longer than a second."""
        count = len(self._rows.rows)
        some = -(-count // _LOOKS)
        first, self._place = self._place, (self._place + some) % max(count, 1)
        return [index % count for index in range(first, first + some)]

    def look(self, indices: Iterable[int]) -> bool:
        """Look at some rows now; return whether a state has changed."""
        now = self.looked = self._now()
        changes = self._rows.update(self._controller.snapshot, now, indices)
        self._table.refresh(now)
        if changes.ended:
            self._show_ended(changes.ended)
        return changes.any

    def _show_ended(self, ended: list[int]) -> None:
        """Paint the rows of runs that have just ended, and record when they were painted.

        Those that are not on the screen are passed over: when they are scrolled to later, that was not waited for.
        """
        seen = self._table.paint_now(ended)
        if not seen:
            return
        # After the painting, once for all: one painting showed them all. Beside busy threads the wait for the interpreter
        # is in it, which is the window's share as well.
        shown = self._now()
        for row in (self._rows.rows[index] for index in seen):
            if row.run is not None and row.snapshot is not None:
                self._controller.show(row.run, shown)
                # As the fold will have it, a frame later.
                chain = replace(row.snapshot.chain, shown=max(shown, row.snapshot.chain.ended or shown))
                row.sample(replace(row.snapshot, chain=chain), shown)
        self._table.show_rows(seen, shown)  # for the tooltips, which tell of it; nothing that is painted changes
