"""A table of texts that is read, copied and read aloud."""

from collections.abc import Iterable, Sequence
from itertools import islice

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from app.ui.widgets import configure_table

MOST_ROWS = 2_000  # a person reads no more; the figures are of all, whatever the table shows


class TextTable(QTableView):
    """Rows of texts under headers; Ctrl+C copies the selected ones, tab between two texts. The GUI thread only.

    Args:
        headers: of the columns.
        name: what a screen reader calls it.

    Signals:
        current_changed: the current row, or -1.
    """

    current_changed = Signal(int)

    def __init__(self, headers: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headers = list(headers)
        self._rows: list[tuple[str, ...]] = []
        self._model = QStandardItemModel(0, len(headers), self)
        self._model.setHorizontalHeaderLabels(self._headers)
        self.setModel(self._model)
        configure_table(self, name)
        self.resizeColumnsToContents()
        self.selectionModel().currentRowChanged.connect(self._on_current)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy)

    def show_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Show these rows, the first 2,000 of them; the current one stays where it is, if there is still one."""
        wanted = [tuple(row) for row in islice(rows, MOST_ROWS)]
        shown, self._rows = self._rows, wanted
        current = self.currentIndex().row()
        model = self._model
        # While something is measured, rows are added to those that are there.
        if wanted[: len(shown)] != shown:
            model.removeRows(0, model.rowCount())
            shown = []
        for row in wanted[len(shown) :]:
            model.appendRow([QStandardItem(text) for text in row])
        if wanted != shown:
            self.resizeColumnsToContents()
        if 0 <= current < model.rowCount():
            self.setCurrentIndex(model.index(current, 0))

    def texts(self) -> list[list[str]]:
        """Return what is shown, row by row."""
        rows, columns = range(self._model.rowCount()), range(self._model.columnCount())
        return [[self._model.item(row, column).text() for column in columns] for row in rows]

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, now: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit(now.row())

    @Slot()
    def _on_copy(self) -> None:
        texts = self.texts()
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        QApplication.clipboard().setText(
            "\n".join("\t".join(row) for row in [self._headers, *(texts[i] for i in chosen)])
        )
