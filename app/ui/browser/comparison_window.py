"""The window that shows two sessions side by side."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QTabWidget, QVBoxLayout, QWidget

from app.session.comparison import STEP_TITLES, WORKER_TITLES, Comparison, step_rows, worker_rows
from app.ui.display_text import visible
from app.ui.widgets import TextTable, add_all, plain_label

_LONGEST = 300  # characters of a cell


class ComparisonWindow(QWidget):
    """Workers and steps of two sessions, each with what differs in words; the GUI thread only.

    Args:
        comparison: what is shown.
        parent: whose window it is.

    Signals:
        closed: it was closed.
    """

    closed = Signal()

    def __init__(self, comparison: Comparison, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlag(self.windowFlags().Window)
        first, second = visible(comparison.first, 60), visible(comparison.second, 60)
        self.setWindowTitle(f"Compare {first} with {second}")
        self.setObjectName("compared")
        self._rows: dict[TextTable, list[tuple[str, ...]]] = {}
        self.only = QCheckBox("Only &differences", self)
        self.only.toggled.connect(self._show)
        self.workers = self._table(WORKER_TITLES, "Workers of both sessions", worker_rows(comparison), first, second)
        self.steps = self._table(STEP_TITLES, "Steps of both sessions", step_rows(comparison), first, second)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("Comparison")
        self.tabs.addTab(self.workers, f"&Workers ({len(comparison.workers):,})")
        self.tabs.addTab(self.steps, f"&Steps ({len(comparison.steps):,})")
        add_all(QVBoxLayout(self), plain_label(f"First: {first}. Second: {second}.", self), self.only, (self.tabs, 1))
        QShortcut(QKeySequence("Ctrl+W"), self, self.close)
        self._show()
        self.resize(900, 500)
        self.workers.setFocus()

    def _table(
        self, titles: Sequence[str], name: str, rows: Iterable[Sequence[str]], first: str, second: str
    ) -> TextTable:
        table = TextTable(titles, name, self)
        model = table.model()
        assert isinstance(model, QStandardItemModel)
        named = {"First": f"First: {first}", "Second": f"Second: {second}"}
        model.setHorizontalHeaderLabels([named.get(title, title) for title in titles])
        self._rows[table] = [tuple(visible(text, _LONGEST) for text in row) for row in rows]
        return table

    @Slot()
    def _show(self) -> None:
        only = self.only.isChecked()
        for table, rows in self._rows.items():
            table.show_rows(row for row in rows if row[-1] or not only)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
        self.deleteLater()
