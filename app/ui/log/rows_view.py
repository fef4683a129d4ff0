"""A table of the rows that are on the screen, and only those, in a model that lives in C++."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent, QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.ui.log.logic import ShownRow

COLUMNS = ("Time", "Worker", "Run", "Text")
_ROW_PADDING = 4  # pixels above and below a row's text, together

_KEYS = {
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_PageUp: "page up",
    Qt.Key.Key_PageDown: "page down",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
}


class RowsView(QTableView):
    """A ``QTableView`` over a ``QStandardItemModel`` of as many rows as fit; the GUI thread only.

    Why not a model of our own: Qt calls a Python ``data()`` about a thousand times a frame, and beside threads that
    compute each call waits for the GIL; lines then took 1.2 to 1.5 s to appear, against 17 to 19 ms this way. Nothing
    in a paint calls Python. The table knows nothing of the other rows: whoever owns the scroll bar does.

    Signals:
        key_pressed: a key that moves through the lines: up, down, page up, page down, home or end.
        wheel_turned: the wheel's event, for the scroll bar.
        resized: another number of rows may fit.
        zoom_turned: the wheel was turned with Ctrl: 1 or -1.
    """

    key_pressed = Signal(str)
    wheel_turned = Signal(object)
    resized = Signal()
    zoom_turned = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(0, len(COLUMNS), self)
        self._model.setHorizontalHeaderLabels(list(COLUMNS))
        self._shown: list[ShownRow] = []
        self._items: list[list[QStandardItem]] = []
        self._colours: dict[int, QColor] = {}
        self.setModel(self._model)
        self.setAccessibleName("Log")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def set_row_height(self) -> None:
        """Give every row the height that the font needs."""
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROW_PADDING)
        self.resized.emit()

    def set_colours(self, colours: dict[int, QColor]) -> None:
        """Set the colour of each kind's text; a kind that is not named has the palette's."""
        self._colours = colours
        for row, shown in enumerate(self._shown):
            self._paint_row(row, shown.kind)
        self.viewport().update()

    def rows_that_fit(self) -> int:
        """Return how many whole rows there is room for, at least one."""
        return max(1, self.viewport().height() // self.verticalHeader().defaultSectionSize())

    def show_rows(self, rows: Sequence[ShownRow]) -> None:
        """Show these rows and no others."""
        if len(rows) != len(self._items):
            self._resize_model(len(rows))
        # Signals blocked: the view would otherwise look at each cell that changes. One update for all of them follows.
        self._model.blockSignals(True)
        for row, (shown, old, items) in enumerate(zip(rows, self._shown, self._items, strict=True)):
            if shown != old:
                for item, text, old_text in zip(items, shown, old, strict=False):
                    if text != old_text:
                        item.setText(text)  # type: ignore[arg-type]
                if shown.kind != old.kind:
                    self._paint_row(row, shown.kind)
        self._model.blockSignals(False)
        self._shown = list(rows)
        self.viewport().update()

    def _resize_model(self, count: int) -> None:
        for _ in range(len(self._items), count):
            items = [QStandardItem() for _ in COLUMNS]
            self._model.appendRow(items)
            self._items.append(items)
            self._shown.append(ShownRow("", "", "", "", 0))
        if count < len(self._items):
            self._model.removeRows(count, len(self._items) - count)
            del self._items[count:], self._shown[count:]

    def _paint_row(self, row: int, kind: int) -> None:
        colour = self._colours.get(kind)
        for item in self._items[row]:
            item.setData(colour, Qt.ItemDataRole.ForegroundRole)

    # -- Qt's own ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = _KEYS.get(Qt.Key(event.key()))
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if word is not None and (plain or word in ("home", "end")):
            self.key_pressed.emit(word)
            event.accept()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_turned.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not event.angleDelta().y():
            super().wheelEvent(event)
        else:
            self.wheel_turned.emit(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_row_height()
