"""Keeps the rows up to date: those of runs that had an event at once, the figures on the screen ten times a second."""

from collections.abc import Iterable
from typing import Protocol

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.events import events_of
from app.ui.workers.rows import WorkerRows

# ns between two looks at the figures of the rows that are on the screen.
PERIOD = 100_000_000


class UpdatedTable(Protocol):
    """What updating needs of the table; ``WorkersTable`` is one. Rows are named by their indices in ``WorkerRows``."""

    def watched(self) -> set[int]:
        """Return the rows that a person may be looking at."""

    def refresh(self, now: int) -> None:
        """Show the rows as they are at an instant; of many, those that are on the screen."""

    def paint_now(self, indices: Iterable[int]) -> list[int]:
        """Paint at once if one of these rows is on the screen; return those that are."""


class RowUpdater:
    """Updates the rows and their table from what is known of the runs; the GUI thread only.

    A run's state changes by an event and by nothing else, so only runs with events are looked at, wherever their rows are.
    Without an event only figures change, its lines and times: those are looked at where they can be seen.

    Args:
        rows: the workers and their last runs.
        table: shows them.
        controller: knows the runs; it has consumed each batch before this sees it.

    Attributes:
        updated: when rows were updated last, a ``perf_counter_ns``.
    """

    def __init__(self, rows: WorkerRows, table: UpdatedTable, controller: Controller) -> None:
        self._rows = rows
        self._table = table
        self._controller = controller
        self._now = controller.clock.now
        self._due = 0  # when it is time for the next look at the figures
        self.updated = 0

    def on_batch(self, batch: Batch) -> bool:
        """Update the rows of the runs that a batch has events of; return whether a state has changed."""
        runs = dict.fromkeys(run for _, run, _ in events_of(batch))
        return bool(runs) and self.update(self._rows.indices_of(runs))

    def on_frame(self) -> bool:
        """Update the rows that are on the screen, if it is time to; return whether a state has changed."""
        now = self._now()
        # Counted from the last look at the figures: where events come all the time, they would never be looked at.
        if now < self._due:
            return False
        self._due = now + PERIOD
        return self.update(self._table.watched())

    def update(self, indices: Iterable[int]) -> bool:
        """Update some rows now; return whether a state has changed."""
        now = self.updated = self._now()
        changes = self._rows.update(self._controller.state.snapshot, now, indices)
        self._table.refresh(now)
        if changes.ended:
            self._show_ended(changes.ended)
        return changes.any

    def _show_ended(self, ended: list[int]) -> None:
        """Paint the rows of runs that have just ended, and record when they were painted.

        Those that are not on the screen are passed over: when they are scrolled to later, that was not waited for.
        """
        seen = self._table.paint_now(ended)
        # After the painting, once for all: one painting showed them all. Beside busy threads the wait for the interpreter
        # is in it, which is the window's share as well.
        shown = self._now()
        for index in seen:
            run = self._rows.rows[index].run
            if run is not None:
                self._controller.show(run, shown)
