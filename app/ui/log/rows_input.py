"""What mouse and keys do to a table whose rows are a part of many, as signals."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QTableView, QWidget

_DRAG_STEP = 40  # ms between two steps while the mouse drags beyond the edge
_KEYS: dict[int, str] = {
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_PageUp: "page up",
    Qt.Key.Key_PageDown: "page down",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
}


class RowsInput(QTableView):
    """A table that does nothing by itself about what is done to its rows, but says so; the GUI thread only.

    Signals:
        key_pressed: a key that moves through the lines (up, down, page up, page down, home, end), and whether Shift was
            held.
        open_pressed: Enter.
        row_pressed: the mouse was pressed on a row, and the modifiers.
        row_dragged: the mouse was dragged to a row; below 0 or beyond the last row at the edges, again and again.
        row_opened: a row was clicked twice.
        menu_asked: the right button was pressed on a row.
        wheel_turned: the wheel's event, for the scroll bar.
        resized: another number of rows may fit.
        zoom_turned: the wheel was turned with Ctrl: 1 or -1.
    """

    key_pressed = Signal(str, bool)
    open_pressed = Signal()
    row_pressed = Signal(int, object)
    row_dragged = Signal(int)
    row_opened = Signal(int)
    menu_asked = Signal(int)
    wheel_turned = Signal(object)
    resized = Signal()
    zoom_turned = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._drags = False
        self._drag_y = 0
        self._drag_timer = QTimer(self)
        self._drag_timer.setInterval(_DRAG_STEP)
        self._drag_timer.timeout.connect(self._on_drag_step)

    def rows_that_fit(self) -> int:
        """Return how many whole rows there is room for, at least one."""
        return max(1, self.viewport().height() // self.row_height())

    def row_height(self) -> int:
        """Return the height of a row in pixels."""
        return max(1, self.verticalHeader().defaultSectionSize())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = _KEYS.get(event.key())
        modifiers = Qt.KeyboardModifier
        others = event.modifiers() & ~(modifiers.KeypadModifier | modifiers.ShiftModifier)
        if word is not None and (not others or word in ("home", "end")):
            self.key_pressed.emit(word, bool(event.modifiers() & modifiers.ShiftModifier))
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not others:
            self.open_pressed.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def is_scrolling(self) -> bool:
        """Return whether rows go by because the mouse is held beyond an edge."""
        return self._drag_timer.isActive()

    def keyboardSearch(self, search: str) -> None:
        # Qt's own would go through the rows that are on the screen, without a signal.
        pass

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(round(event.position().y()))
        left = event.button() == Qt.MouseButton.LeftButton
        self._drags = left and row >= 0
        if self._drags:
            self.row_pressed.emit(row, event.modifiers())
        elif row >= 0 and event.button() == Qt.MouseButton.RightButton:
            self.menu_asked.emit(row)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Qt's own opens only what its own press, which ours replaces, has taken note of.
        row = self.rowAt(round(event.position().y()))
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.row_opened.emit(row)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drags and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_y = round(event.position().y())
            if 0 <= self._drag_y < self.viewport().height():
                self._drag_timer.stop()
            elif not self._drag_timer.isActive():
                self._drag_timer.start()
            self._on_drag_step()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._stop_dragging()
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        # The release may go to another widget.
        self._stop_dragging()
        super().hideEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._stop_dragging()
        super().focusOutEvent(event)

    def _stop_dragging(self) -> None:
        self._drags = False
        self._drag_timer.stop()

    @Slot()
    def _on_drag_step(self) -> None:
        self.row_dragged.emit(self._drag_y // self.row_height())

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
