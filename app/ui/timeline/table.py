"""The timeline as a table: for a screen reader, and for the figures themselves."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from app.ui.timeline.words import TABLE_TITLES
from app.ui.widgets import configure_table


class LanesTable(QTableView):
    """A row a lane, in the timeline's order; the GUI thread only.

    The model lives in C++, and texts are set where they changed, with its signals blocked, as in the log's rows.

    Signals:
        chosen: the run of the row that became the current one.
    """

    chosen = Signal(object)  # not int: that has 32 bits

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(0, len(TABLE_TITLES), self)
        self._model.setHorizontalHeaderLabels(list(TABLE_TITLES))
        self._shown: list[tuple[int, tuple[str, ...]]] = []
        self.setModel(self._model)
        configure_table(self, "Timeline as a table")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.selectionModel().currentRowChanged.connect(self._on_current)

    def show_rows(self, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        """Show these rows and no others: each its run and its texts."""
        while self._model.rowCount() < len(rows):
            self._model.appendRow([QStandardItem() for _ in TABLE_TITLES])
            self._shown.append((-1, ("",) * len(TABLE_TITLES)))
        if self._model.rowCount() > len(rows):
            self._model.removeRows(len(rows), self._model.rowCount() - len(rows))
        if rows == self._shown:
            return
        with QSignalBlocker(self._model):
            for place, ((_, texts), (_, old)) in enumerate(zip(rows, self._shown, strict=False)):
                for column, text in enumerate(texts):
                    if text != old[column]:
                        self._model.item(place, column).setText(text)
        self._shown = rows
        self.viewport().update()

    @Slot()
    def _on_current(self) -> None:
        row = self.currentIndex().row()
        if 0 <= row < len(self._shown):
            self.chosen.emit(self._shown[row][0])
