"""Linked selection: row, lane, line and details mean the same run, whichever of them is clicked."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from app.core.events import Asked, NoticedAt, decode
from app.session.record_words import tells_of_stop
from app.session.requests import Request
from app.ui.details.panel import DetailsPanel
from app.ui.log.store import LogStore
from app.ui.side_panel import SidePanel
from app.ui.workers.rows import WorkerRows
from app.ui.workers.table import WorkersTable


class RunLinks(QObject):
    """Shows a run everywhere once it was chosen somewhere; the GUI thread only.

    What is selected in the table stays selected: that alone says what Start and Stop mean.

    Args:
        rows, table: the workers.
        details: shows one run.
        side: the place in which the details are.
        details_action: opens them.
        store: the lines of the log.
        marks: each marks a run, such as its lane in the timeline; None for none.
    """

    def __init__(
        self,
        rows: WorkerRows,
        table: WorkersTable,
        details: DetailsPanel,
        side: SidePanel,
        details_action: QAction,
        store: LogStore,
        marks: Sequence[Callable[[int | None], object]],
    ) -> None:
        super().__init__(side)
        self._rows, self._table, self._details, self._side = rows, table, details, side
        self._details_action, self._store, self._marks = details_action, store, marks

    @Slot()
    def show_current(self) -> None:
        """Have the details show the current row, and timeline and log mark its run."""
        self._details.show_row(self._table.current())
        self._mark(self._details.run_shown())

    @Slot(object)
    def on_run_chosen(self, run: int) -> None:
        """Mark a run's row, lane and lines, and show the run in the details."""
        snapshot = self._details.snapshot(run)
        indices = self._rows.indices_of((run,))
        if not indices and snapshot is not None and not snapshot.is_observed:
            indices = self._rows.indices((snapshot.name.worker,))
        for index in indices:
            self._table.make_current(index)
            self._details.show_row(index, run)
        self._mark(run)

    @Slot(object)
    def on_request_chosen(self, request: Request) -> None:
        """Open the code of a request of an observed program's: the line that asked, and the line that noticed."""
        self.on_run_chosen(request.run)
        self._open_details("Code")
        self._details.show_request(request.run, request.key)

    def _mark(self, run: int | None) -> None:
        for mark in self._marks:
            mark(run)

    @Slot(object)
    def on_line_chosen(self, line: int) -> None:
        """Have a click on a line mean its run, everywhere."""
        record = self._store.record(line)
        if record is not None:
            self.on_run_chosen(record.run)

    @Slot(object)
    def on_line_opened(self, line: int) -> None:
        """Open the details at the stop that a line tells of, or else at the line's record; at the code of a request."""
        self._details.show_record(line)
        self.on_line_chosen(line)
        record = self._store.record(line)
        event = None if record is None else decode(record.kind, record.text)
        if record is not None and isinstance(event, Asked | NoticedAt):
            self._open_details("Code")
            self._details.show_request(record.run, (record.run, event.number))
            return
        self._open_details("Stop" if self._tells_of_stop(line) else "Record")

    def _tells_of_stop(self, line: int) -> bool:
        """Return whether a line says something about the stop of a run whose details can be shown."""
        record = self._store.record(line)
        if record is None or not tells_of_stop(record.kind, record.text):
            return False
        return self._details.run_shown() == record.run

    @Slot(int)
    def on_why(self, row: int) -> None:
        """Open the details at the stop of a row's run."""
        self._table.make_current(row)
        self._open_details("Stop")

    @Slot(bool)
    def on_details(self, shown: bool) -> None:
        """Have the details show a worker when they are opened."""
        if shown and self._table.current() is None and self._rows.rows:
            self._table.make_current(0)

    def _open_details(self, page: str) -> None:
        """Open the details at one of their pages, in front of what else is beside the log."""
        self._details.show_page(page)
        self._details_action.setChecked(True)
        self._side.setCurrentWidget(self._details)
