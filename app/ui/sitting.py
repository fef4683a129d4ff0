"""One sitting with the window: from the event loop's point of view."""

from PySide6.QtCore import QObject, QSocketNotifier, Slot
from PySide6.QtWidgets import QApplication

from app.core.wake import Wake
from app.signals import Signals
from app.ui.main_window import MainWindow


class Sitting(QObject):
    """Begins to close the window when a signal of the operating system comes, and leaves the loop when it is closed.

    Args:
        application, window: what is on the screen.
        signals: which signals have come.
        bell: rings when one comes; Qt's loop watches it, so that it wakes up and Python's handlers run.

    Attributes:
        left: whether a thread has to be left behind.
    """

    def __init__(self, application: QApplication, window: MainWindow, signals: Signals, bell: Wake) -> None:
        super().__init__(window)
        self._application = application
        self._window = window
        self._signals = signals
        self._bell = bell
        self._acted = 0  # upon so many of the signals
        self.left = False
        self._notifier = QSocketNotifier(bell.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_bell)
        window.finished.connect(self._on_finished)

    @Slot()
    def _on_bell(self) -> None:
        self._bell.clear()
        while self._acted < len(self._signals.seen):
            self._acted += 1
            self._window.begin_closing(self._signals.seen[self._acted - 1])

    @Slot(bool)
    def _on_finished(self, left: bool) -> None:
        self.left = left
        self._application.exit(0)
