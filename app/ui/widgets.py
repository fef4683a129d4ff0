"""Small parts that every window uses: plain labels, tables, an info bar with a button, and the first paint."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QTableView, QWidget

_SPACE = 6  # pixels above and below a row's text, together
_PAINT_TIMEOUT = 500  # ms: a window that is not shown, on another desktop for example, is not painted


def plain_label(text: str, parent: QWidget | None = None) -> QLabel:
    """Return a label that shows ``text`` as it is: Qt would take a thread's ``<img src=…>`` for a picture to load."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def blank_pixmap(size: QSize, ratio: float) -> QPixmap:
    """Return a transparent picture of so many pixels as they are counted in a window.

    Args:
        size: of the picture.
        ratio: real pixels a pixel.
    """
    picture = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def configure_table(table: QTableView, name: str) -> None:
    """Configure a table that has its model already: whole rows are selected, cells are read-only, Tab leaves the table.

    Args:
        table: the table.
        name: what a screen reader calls it.
    """
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _SPACE)
    table.horizontalHeader().setStretchLastSection(True)


class InfoBar(QWidget):
    """A sentence with a button that acts on it and one that dismisses it; the GUI thread only.

    Signals:
        accepted: the action's button was pressed.
        dismissed: the other one was.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(self, sentence: str, button: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = plain_label(sentence, self)
        self.label.setWordWrap(True)
        self.accept_button = QPushButton(button, self)
        self.dismiss_button = QPushButton("&Dismiss", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.accept_button)
        layout.addWidget(self.dismiss_button)
        self.accept_button.clicked.connect(self._on_accepted)
        self.dismiss_button.clicked.connect(self._on_dismissed)

    @Slot()
    def _on_dismissed(self) -> None:
        self.hide()
        self.dismissed.emit()

    @Slot()
    def _on_accepted(self) -> None:
        self.hide()
        self.accepted.emit()


class _FirstPaint(QObject):
    def __init__(self, widget: QWidget, action: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._action: Callable[[], None] | None = action
        widget.installEventFilter(self)
        # A child of this object, so that it ends with it: a window may be deleted before it was ever painted.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._act)
        self._timer.start(_PAINT_TIMEOUT)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            # After this event: then it has been painted.
            self._timer.start(0)
        return False

    def _act(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            self._widget.removeEventFilter(self)
            action()


def when_painted(widget: QWidget, action: Callable[[], None]) -> None:
    """Call an action once, when a window has been painted, or after half a second; the GUI thread only."""
    _FirstPaint(widget, action)
