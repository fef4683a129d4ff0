"""Tells when a window has been painted for the first time."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

_LONGEST = 500  # ms: a window that nobody shows, on another desktop say, is not painted


class _FirstPaint(QObject):
    def __init__(self, widget: QWidget, action: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._action: Callable[[], None] | None = action
        widget.installEventFilter(self)
        # A child of ours, so that it ends with us: a window may be deleted before it was ever painted.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._act)
        self._timer.start(_LONGEST)

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
