"""Where the log stands: its scroll bar, and the button that says how many new lines have come."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QPushButton, QScrollBar, QStyle, QStyleOptionSlider, QWidget

from app.ui.widgets import plain_label

_MARK = 2  # pixels: the height of a mark
_ABOVE = 12  # pixels between the button and the lower end of the rows


class PositionBar(QScrollBar):
    """A vertical scroll bar over all shown lines, with a mark where there are hits; the GUI thread only.

    Signals:
        end_passed: the person scrolls further down than to the end.
    """

    end_passed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setAccessibleName("Log position")
        self._marks: Sequence[int] = ()
        self._colour = QColor(Qt.GlobalColor.red)
        self._picture = plain_label("", self)
        self._picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture.hide()
        self.actionTriggered.connect(self._on_action)

    def buckets(self) -> int:
        """Return how many marks there is room for, one below the other."""
        return max(1, self._groove().height() // _MARK)

    def set_marks(self, marks: Sequence[int], colour: QColor) -> None:
        """Mark the places where there are hits: how many in each of equal parts of the bar, from the top."""
        if list(marks) != list(self._marks) or colour != self._colour:
            self._marks, self._colour = marks, colour
            self._draw()

    def marks(self) -> list[int]:
        """Return the marks that are shown."""
        return list(self._marks)

    @Slot(int)
    def _on_action(self, action: int) -> None:
        down = (self.SliderAction.SliderSingleStepAdd, self.SliderAction.SliderPageStepAdd)
        # The value is still that of before the action.
        if action in [step.value for step in down] and self.value() >= self.maximum():
            self.end_passed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        was_at_end = self.value() >= self.maximum()
        super().wheelEvent(event)
        if was_at_end and event.angleDelta().y() < 0:
            self.end_passed.emit()

    def _groove(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ScrollBarGroove
        return self.style().subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, part, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _draw(self) -> None:
        """Draw the marks into a picture that lies above the bar.

        A ``paintEvent`` of ours would be called from C++ at every paint, and wait for the GIL there: beside four flooding
        workers that was a third of the window's time.
        """
        groove = self._groove()
        self._picture.setVisible(any(self._marks))
        if not any(self._marks) or groove.isEmpty():
            return
        pixmap = QPixmap(groove.size())
        pixmap.fill(Qt.GlobalColor.transparent)
        height = groove.height() / len(self._marks)
        painter = QPainter(pixmap)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        places = [round(place * height) for place, hits in enumerate(self._marks) if hits]
        painter.drawRects([QRect(1, place, groove.width() - 2, _MARK) for place in places])
        painter.end()
        self._picture.setPixmap(pixmap)
        self._picture.setGeometry(groove)


class NewLinesButton(QPushButton):
    """Goes to the newest line; End and Ctrl+End do the same by the keyboard. The GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pill")
        self.setToolTip("Follow new lines (Ctrl+End)")
        # It comes and goes: the focus would go with it.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def say(self, new: int, *, paused: bool, rows: QRect) -> None:
        """Say how many lines have come, over rows that are somewhere; hide if there is nothing to say."""
        text = new_lines_text(new, paused=paused)
        if text != self.text():
            self.setText(text)
            # Without the arrow, which a screen reader would spell out.
            self.setAccessibleName(text.removeprefix("↓ "))
            self.adjustSize()
            self.place(rows)
        if bool(text) == self.isHidden():
            self.setVisible(bool(text))

    def place(self, rows: QRect) -> None:
        """Float over the lower end of rows that are somewhere."""
        self.move(rows.center().x() - self.width() // 2, rows.bottom() - self.height() - _ABOVE)
        self.raise_()

    def covered(self, row_height: int) -> int:
        """Return how many rows at the lower end it covers when it is there; rows of a height in pixels."""
        return -(-(self.sizeHint().height() + _ABOVE) // max(1, row_height))


def new_lines_text(new: int, *, paused: bool) -> str:
    """Return what the button says while new lines are not followed; empty if there is nothing to say."""
    lines = f"{new:,} new line{'s' if new != 1 else ''}"
    if paused:
        return f"Paused · {lines}" if new else "Paused"
    return f"↓ {lines}" if new else ""
