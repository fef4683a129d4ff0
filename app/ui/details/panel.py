"""The details panel: the selected worker's settings, code, last run and stop, and one record of the log."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QScrollArea, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.core.controller import Controller
from app.core.fold import RunSnapshot
from app.core.own_code.description import OWN_CODE
from app.session.requests import requests_of
from app.ui.chain.view import StopPage
from app.ui.code_view import CodeView
from app.ui.details.form import WorkerForm
from app.ui.details.logic import (
    code_source,
    record_text,
    run_facts,
    stop_of,
    strategy_facts,
    strategy_source,
    workload_facts,
    workload_source,
)
from app.ui.details.request_page import RequestPage
from app.ui.log.store import LogStore
from app.ui.own_code_words import code_facts
from app.ui.theme import Theme
from app.ui.widgets import TextView, add_all, plain_label, scrolled
from app.ui.window_lag import LagSummary
from app.ui.workers.logic import NOT_OURS
from app.ui.workers.rows import Row, WorkerRows

NO_RECORD = "Click a line in the log to see all of it here."


class DetailsPanel(QTabWidget):
    """Five tabs about what is selected; only the one that is seen is filled. The GUI thread only.

    Args:
        rows: the workers.
        store: the log's records.
        controller: knows the runs, and can let go of what they are blocked in.
        theme: the colours of the stop chain.
        lag: returns how the window feels; None where that is not known.

    Attributes:
        snapshot: returns what is known of a run; None of one that is not known.
    """

    def __init__(
        self,
        rows: WorkerRows,
        store: LogStore,
        controller: Controller,
        theme: Theme,
        lag: Callable[[], LagSummary | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._store = store
        self._origin = controller.origin
        self._now = controller.clock.now
        self._lag = lag
        self.snapshot = controller.state.snapshot
        self._row: int | None = None
        self._chosen: tuple[int | None, int | None, int] | None = None  # row, its last run then, the run that is shown
        self.form = WorkerForm(rows, self)
        area = QScrollArea(self)
        area.setWidget(self.form)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.run = TextView("Last run")
        self.stop = StopPage(theme, rows.catalogue, self, lets_go=controller.abilities.let_go)
        self.record = TextView("Record")
        self.record.read(NO_RECORD)
        self._pages: dict[str, QWidget] = {
            "Stop": self.stop,
            "Last run": self.run,
            "Worker": self._worker_page(area),
            "Record": self.record,
            "Code": self._code_page(theme),
        }
        for word, widget in self._pages.items():
            self.addTab(widget, word)
        self.currentChanged.connect(self._fill)
        self.setMinimumWidth(260)
        self.setAccessibleName("Details")

    def _worker_page(self, form: QWidget) -> QWidget:
        """Make what shows the settings of a worker; of a thread of an observed program, why there are none."""
        self._worker_pages = QStackedWidget(self)
        none = QWidget(self._worker_pages)
        add_all(QVBoxLayout(none), plain_label(NOT_OURS, none, wraps=True)).addStretch(1)
        self._worker_pages.addWidget(form)
        self._worker_pages.addWidget(none)
        return self._worker_pages

    def _code_page(self, theme: Theme) -> QWidget:
        """Make what shows the code of a strategy or a workload, and, of a thread of an observed program, its requests."""
        self.code_of = QComboBox(self)
        self.code_of.addItem("Strategy", "strategy")
        self.code_of.addItem("Workload", "workload")
        self.code_of.setAccessibleName("Code of")
        self.code_of.activated.connect(self._fill)
        self.code_facts = TextView("About it", is_code=False)
        self.code = CodeView("Code", theme)
        for text in (self.code_facts, self.code):
            text.setMinimumHeight(self.fontMetrics().height())  # on a small screen; Qt would keep room for its arrows
        self.requests = RequestPage(theme, self)
        pages = QStackedWidget(self)
        page = QWidget(pages)
        pages.addWidget(page)
        pages.addWidget(scrolled(self.requests, pages))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        # A choice is called by its label alone: on Linux Qt gives it the name of what is chosen.
        label = plain_label("Code of", page, buddy=self.code_of)
        choice = add_all(QHBoxLayout(), label, (self.code_of, 1))
        add_all(column, choice, (self.code_facts, 2), (self.code, 3))
        self._code_pages = pages
        return pages

    def show_page(self, word: str) -> None:
        """Bring a tab to the front by its word."""
        self.setCurrentWidget(self._pages[word])

    def show_row(self, row: int | None, run: int | None = None) -> None:
        """Show a row's worker and its last run; None for none. Cheap while nothing changes.

        Args:
            row: the row's index.
            run: a run of the row's worker that is shown in place of the last one, until another row is shown, or the
                worker is started again.
        """
        self._row = row if row is not None and row < len(self._rows.rows) else None
        last = None if self._row is None else self._rows.rows[self._row].run
        if run is not None:
            self._chosen = self._row, last, run
        elif self._chosen is not None and self._chosen[:2] != (self._row, last):
            self._chosen = None
        if self.isVisible():
            self._fill()

    def run_shown(self) -> int | None:
        """Return the id of the run that is shown, or would be; None for none."""
        if self._chosen is not None:
            return self._chosen[2]
        return None if self._row is None else self._rows.rows[self._row].run

    @Slot(object)
    def show_record(self, line: int) -> None:
        """Show the whole text of a record, by its line number."""
        record = self._store.record(line)
        if record is not None:
            self.record.read(record_text(record, self._store.name(record.run), self._origin))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._fill()

    @Slot()
    def _fill(self) -> None:
        row = self._rows.rows[self._row] if self._row is not None else None
        page = self.currentWidget()
        if page is self._worker_pages:
            is_observed = row is not None and row.is_observed
            self._worker_pages.setCurrentIndex(1 if is_observed else 0)
            self.form.show_row(None if is_observed else self._row)
        elif row is None:
            for reader in (self.code_facts, self.code, self.run):
                reader.read("Select a worker.")
            self.stop.say("Select a worker.")
        elif page is self._pages["Code"]:
            self._code_pages.setCurrentIndex(1 if row.is_observed else 0)
            if row.is_observed:
                self._fill_requests(self._chosen_run(row) or row.snapshot)
            else:
                self._fill_code(row)
        elif page is self.run:
            chosen = self._chosen_run(row)
            facts = run_facts(chosen or row.snapshot, self._origin, self._rows.catalogue, self._lag(), row.program)
            self.run.read(facts)
        elif page is self.stop:
            self.stop.show_run(self._chosen_run(row) or stop_of(row), self._now())

    def _chosen_run(self, row: Row) -> RunSnapshot | None:
        """Return the run that was chosen in place of the row's last one; None if none was."""
        if self._chosen is None:
            return None
        snapshot = self.snapshot(self._chosen[2])
        return snapshot if snapshot is not None and snapshot.name.worker == row.worker.name else None

    def _fill_requests(self, snapshot: RunSnapshot | None, key: object = None) -> None:
        """Show the code of the requests for a thread; ``key``: of the one that is to be shown, None for any."""
        observed = None if snapshot is None or snapshot.observed is None else snapshot.observed.since(self._origin)
        started = None if observed is None else observed.place
        self.requests.show_run(requests_of(0 if snapshot is None else snapshot.run, observed), started, key)

    def show_request(self, run: int, key: tuple[int, int]) -> None:
        """Show the code of a request for a run's thread on the page Code, whether its row is still there or not."""
        self._code_pages.setCurrentIndex(1)
        self._fill_requests(self.snapshot(run), key)

    def _fill_code(self, row: Row) -> None:
        """Show what there is to know of the worker's strategy or workload, and its code."""
        catalogue, worker = self._rows.catalogue, row.worker
        if worker.code is not None and getattr(worker, self.code_of.currentData()) == OWN_CODE:
            self.code_facts.read(code_facts(worker.code))
            self.code.read(code_source(worker.code))
        elif self.code_of.currentData() == "workload":
            self.code_facts.read(workload_facts(catalogue, worker))
            self.code.read(workload_source(catalogue, worker.workload))
        else:
            self.code_facts.read(strategy_facts(catalogue, worker.strategy))
            self.code.read(strategy_source(catalogue, worker.strategy))
