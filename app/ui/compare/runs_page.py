"""Runs from near: a table beside the stop of the one that is chosen, and all that there is of one cell of a matrix."""

import linecache
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.latency import duration
from app.core.worker import Worker
from app.experiments.columns import column_title
from app.experiments.results import Cell, RunResult
from app.ui.chain.view import StopPage
from app.ui.chain.where import own_files, where_text
from app.ui.compare.lanes import SIGNS, LanesView
from app.ui.compare.parts import HeadedTable, reader
from app.ui.compare.words import RUNS, cell_runs, cell_spoken, run_snapshot, slowest_stack
from app.ui.details.logic import strategy_source
from app.ui.display_text import visible
from app.ui.theme import Theme
from app.ui.widgets import MOST_ROWS, add_all, plain_label


class RunsPage(QSplitter):
    """A table of runs; choosing a row shows its stop. The GUI thread only.

    Args:
        headers: of the table.
        name: what a screen reader calls it.
        rows: returns the rows of some runs.
        worker: returns what a run was a run of; None if that is not known.
        theme, catalogue: of the page about a stop.
    """

    def __init__(
        self,
        headers: Sequence[str],
        name: str,
        rows: Callable[[Sequence[RunResult]], Iterable[Sequence[str]]],
        worker: Callable[[RunResult], Worker | None],
        theme: Theme,
        catalogue: Catalogue,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._rows, self._worker = rows, worker
        self._runs: tuple[RunResult, ...] = ()
        self.table = HeadedTable(headers, name, self)
        self.stop = StopPage(theme, catalogue, self)
        for place, part in enumerate((self.table, self.stop)):
            self.addWidget(part)
            self.setStretchFactor(place, 1)
        self.setChildrenCollapsible(False)
        self.stop.hide()
        self.table.current_changed.connect(self._on_row)

    def show_runs(self, runs: Sequence[RunResult]) -> None:
        """Show these runs, the first of them if they are very many; the stop that is shown stays."""
        self._runs = tuple(runs[:MOST_ROWS])
        self.table.show_rows([[visible(text) for text in texts] for texts in self._rows(self._runs)])

    def forget(self) -> None:
        """Show no stop: other runs come."""
        self.stop.hide()
        self.table.clearSelection()

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._runs):
            self._show_stop(self._runs[row])

    def open_run(self, run: RunResult) -> None:
        """Choose a run, and show its stop; also of a run that is beyond the end of the table."""
        if run in self._runs:
            row = self._runs.index(run)
            self.table.selectRow(row)
            self.table.scrollTo(self.table.model().index(row, 1))
        self._show_stop(run)

    def _show_stop(self, run: RunResult) -> None:
        self.stop.show_run(run_snapshot(run, self._worker(run)), SystemClock.now())
        self.stop.show()


class CellPane(QWidget):
    """One cell from near; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        theme: the colours.
    """

    def __init__(self, catalogue: Catalogue, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.cell: Cell | None = None
        self.title = plain_label("", self, wraps=True)
        self.runs_page = RunsPage(RUNS, "Runs of the cell", cell_runs, self._worker_of, theme, catalogue, self)
        self.runs = self.runs_page.table
        self.lanes = LanesView(theme, self)
        lanes = self._lanes_page()
        self.code = reader("Code of the strategy", self)
        self.stack = reader("Where the slowest one was", self)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("The cell")
        for widget, word in ((self.runs_page, "Runs"), (lanes, "Lanes"), (self.code, "Code"), (self.stack, "Stack")):
            self.tabs.addTab(widget, word)
        add_all(QVBoxLayout(self), self.title, (self.tabs, 1), margins=0)

    def _lanes_page(self) -> QWidget:
        area = QScrollArea(self)
        area.setWidget(self.lanes)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName("Lanes")
        page = QWidget(self)
        add_all(QVBoxLayout(page), (area, 1), plain_label(SIGNS, page, wraps=True))
        return page

    def forget(self) -> None:
        """Show no cell, and take no space."""
        self.cell = None
        self.hide()

    def show_cell(self, cell: Cell) -> None:
        """Show a cell."""
        about = self._catalogue.strategy(cell.strategy).about
        is_other = self.cell is None or (self.cell.strategy, self.cell.workload) != (cell.strategy, cell.workload)
        self.cell = cell
        self.title.setText(visible(cell_spoken(cell, about.title, column_title(cell.workload, self._catalogue.title))))
        self.runs_page.show_runs(cell.runs)
        self.lanes.show_cell(cell)
        if is_other:
            self.runs_page.forget()
            self.code.setPlainText(strategy_source(self._catalogue, cell.strategy))
        text = self._stack(cell)
        if text != self.stack.toPlainText():
            self.stack.setPlainText(text)

    def _worker_of(self, run: RunResult) -> Worker:
        return Worker(run.worker, run.strategy, run.workload)

    def _stack(self, cell: Cell) -> str:
        slow = slowest_stack(cell)
        if slow is None:
            return "No run of this cell was slow enough to look where it was."
        where = where_text(slow.calls, own_files(self._catalogue, self._worker_of(slow)), linecache.getlines)
        latency = "did not notice" if slow.never else f"took {duration(slow.chain.latency or 0)} to notice"
        return f"Run {slow.number} {latency}. It was here:\n\n{where}"

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.lanes.draw()
