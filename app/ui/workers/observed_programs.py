"""Observed programs in the workers table: each of their threads has a row from its first event on."""

from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.events import Failed, ObserverNote, Started, events_of
from app.core.observed import MAIN_THREAD, OBSERVED
from app.core.program import Program
from app.ui.workers.rows import Row, WorkerRows, observed_row


class RowsTable(Protocol):
    """What this needs of the table; ``WorkersTable`` is one. Rows are named by their indices in ``WorkerRows``."""

    def selected(self) -> list[int]:
        """Return the selected rows."""

    def current(self) -> int | None:
        """Return the current row."""

    def clearSelection(self) -> None:
        """Select no row."""

    def select(self, indices: Iterable[int]) -> None:
        """Select these rows and no others."""

    def make_current(self, row: int) -> None:
        """Make a row the current one."""

    def bring_into_view(self, row: int) -> None:
        """Scroll to a row."""

    def extend(self, now: int) -> None:
        """Show rows that were added at the end."""


class ObservedPrograms(QObject):
    """Starts programs as they are, and gives their threads rows; the GUI thread only.

    Args:
        rows: the workers, below which the threads are.
        table: shows them.
        controller: starts the programs; it has consumed each batch before this sees it.
        reload: shows other rows than before.

    Signals:
        said: what is not observed in a program, or why it failed, a sentence.
    """

    said = Signal(str)

    def __init__(
        self,
        rows: WorkerRows,
        table: RowsTable,
        controller: Controller,
        reload: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._rows, self._table, self._controller, self._reload = rows, table, controller, reload
        self._now = controller.clock.now
        self._latest = ""  # what the program is called that was started last

    def start(self, program: Program, title: str) -> int | None:
        """Start a program, and return the id of its main thread's run; None if the controller is closing.

        The rows of programs that are over make room: their runs stay in the timeline and the log.

        Args:
            program: what is run.
            title: what it is called in its rows.
        """
        run = self._controller.observe(program)
        if run is None:
            return None
        self._latest = title
        chosen = self._chosen()
        self._rows.forget_observed()
        snapshot = self._controller.state.snapshot(run)
        if snapshot is not None:
            self._rows.add_observed(observed_row(snapshot, title, self._now()))
        self._show_rows(chosen)
        self._table.bring_into_view(len(self._rows.rows) - 1)
        return run

    def on_batch(self, batch: Batch) -> None:
        """Add rows for the threads that a batch says have come to be; say what it says is not observed, or has failed."""
        begun: dict[int, None] = {}
        notes: list[tuple[int, str]] = []
        for _, run, event in events_of(batch):
            if isinstance(event, Started) and event.strategy == OBSERVED and not self._rows.has_run(run):
                begun[run] = None
            elif isinstance(event, ObserverNote):
                notes.append((run, event.text))
            elif isinstance(event, Failed):
                row = self._rows.row_of(run)
                if row is not None and row.is_observed and row.worker.name == MAIN_THREAD:
                    notes.append((run, event.summary))
        if begun:
            self._add(begun)
        for run, text in notes:
            row = self._rows.row_of(run)
            self.said.emit(f"{self._latest if row is None else row.program}: {text}")

    def _add(self, runs: Iterable[int]) -> None:
        is_full, chosen = False, self._chosen()
        for snapshot in self._controller.state.snapshots(runs):
            # The program of each is that of the thread that started it, whose row may have been added just now.
            by = None if snapshot.observed is None else snapshot.observed.by
            starter = None if by is None else self._rows.row_of(by.run)
            program = self._latest if starter is None else starter.program
            is_full |= self._rows.add_observed(observed_row(snapshot, program, self._now()))
        if is_full:
            self._show_rows(chosen)
        else:
            self._table.extend(self._now())

    def _chosen(self) -> tuple[list[Row], Row | None]:
        """Return the selected rows, and the current one."""
        current = self._table.current()
        selected = [self._rows.rows[index] for index in self._table.selected()]
        return selected, None if current is None else self._rows.rows[current]

    def _show_rows(self, chosen: tuple[list[Row], Row | None]) -> None:
        """Show the rows after some have gone; those that were selected, or the current one, and are left stay so."""
        selected, current = chosen
        self._table.clearSelection()
        self._reload()
        places = {id(row): index for index, row in enumerate(self._rows.rows)}
        if current is not None and id(current) in places:
            self._table.make_current(places[id(current)])
        left = [places[id(row)] for row in selected if id(row) in places]
        if left:
            self._table.select(left)
