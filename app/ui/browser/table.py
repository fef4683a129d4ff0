"""The table of sessions: sorted by any column, filled slice by slice."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from app.session.session_summary import SessionSummary
from app.ui.browser.logic import COLUMNS, row_of
from app.ui.display_text import visible
from app.ui.widgets import configure_table

_SORT = Qt.ItemDataRole.UserRole
_PATH = Qt.ItemDataRole.UserRole + 1
_WIDTHS = (150, 230, 90, 230, 80, 70, 80)
_RIGHT = ("Records", "Duration", "Size")


class SessionTable(QTableView):
    """A row a session; several may be selected. The GUI thread only.

    Args:
        is_recorded: returns whether a file belongs to the session that is being recorded now.

    Signals:
        opened: the path of the session that was chosen by Enter or a double click.
        selection_changed: others are selected now.
    """

    opened = Signal(object)
    selection_changed = Signal()

    def __init__(self, is_recorded: Callable[[Path], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_recorded = is_recorded
        self._summaries: dict[str, SessionSummary] = {}  # by their keys
        self._model = QStandardItemModel(0, len(COLUMNS), self)
        self._model.setHorizontalHeaderLabels(COLUMNS)
        # In C++, as the model is: sorting and painting call nothing in Python.
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_SORT)
        self.setModel(self._sorted)
        configure_table(self, "Sessions")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self.activated.connect(self._on_activated)
        self.selectionModel().selectionChanged.connect(self.selection_changed)

    def add(self, summaries: Iterable[SessionSummary]) -> None:
        """Add a slice of sessions; each takes the place that the order gives it."""
        for summary in summaries:
            self._summaries[_key(summary.path)] = summary
            cells = row_of(summary, is_recorded=self._is_recorded(summary.path))
            items = []
            for title, cell in zip(COLUMNS, cells, strict=True):
                item = QStandardItem(cell.text)
                item.setData(cell.key, _SORT)
                if title in _RIGHT:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                items.append(item)
            items[0].setData(_key(summary.path), _PATH)
            self._model.appendRow(items)

    def summaries(self) -> list[SessionSummary]:
        """Return all of them, in the order in which they were found."""
        return list(self._summaries.values())

    def clear(self) -> None:
        """Show none."""
        self._summaries.clear()
        self._model.removeRows(0, self._model.rowCount())

    def remove(self, paths: Iterable[Path]) -> None:
        """Show some of them no longer."""
        gone = {_key(path) for path in paths}
        self._summaries = {key: summary for key, summary in self._summaries.items() if key not in gone}
        for row in reversed(range(self._model.rowCount())):
            if self._model.item(row, 0).data(_PATH) in gone:
                self._model.removeRow(row)

    def selected(self) -> list[SessionSummary]:
        """Return those that are selected, in the order of the table."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [summary for index in rows if (summary := self._summary(index)) is not None]

    def current(self) -> SessionSummary | None:
        """Return the one with the focus; None if there is none."""
        return self._summary(self.currentIndex())

    def select_first(self) -> None:
        """Choose the first row, if none is."""
        if not self.currentIndex().isValid() and self._sorted.rowCount():
            # Not by setCurrentIndex: that asks which keys are held down, and Ctrl would deselect.
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self._sorted.index(0, 0), flags.ClearAndSelect | flags.Rows)

    def _summary(self, index: QModelIndex) -> SessionSummary | None:
        if not index.isValid():
            return None
        return self._summaries.get(index.siblingAtColumn(0).data(_PATH))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        summary = self._summary(index)
        if summary is not None:
            self.opened.emit(summary.path)


def _key(path: Path) -> str:
    """Return a path as a text that Qt keeps as it is: it would drop a lone surrogate."""
    return visible(str(path), 10_000)
