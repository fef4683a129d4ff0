"""Opens sessions that were recorded before, and offers those that a crash cut off."""

import contextlib
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from app.session.schema import ENDING
from app.ui.plain_label import plain_label
from app.ui.session_window import SessionWindow, opened
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks


class Sessions(QObject):
    """The session windows that are open; the GUI thread only.

    Args:
        window: whose windows they are.
        theme: the colours.
        marks: the workers' signs.
        folder: where the session files are; None if nothing is recorded.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(self, window: QWidget, theme: Theme, marks: WorkerMarks, folder: Path | None) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._marks = marks
        self._folder = folder
        self.windows: list[SessionWindow] = []

    @Slot()
    def ask(self) -> None:
        """Ask for a session file and open it."""
        folder = str(self._folder or Path.home())
        name, _ = QFileDialog.getOpenFileName(self._window, "Open session", folder, f"Sessions (*{ENDING})")
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Show a session in a window of its own; once, however often it is asked for."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # what cannot be opened either; that is said
            path = path.resolve()
        for window in self.windows:
            if window.path == path:
                window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
                window.raise_()
                window.activateWindow()
                return
        found = opened(path, self._theme, self._marks, self._window)
        if isinstance(found, str):
            self.said.emit(found)
            return
        self.windows.append(found)
        found.closed.connect(partial(self.windows.remove, found))
        found.show()

    def put_away(self) -> None:
        """Close every session window."""
        for window in list(self.windows):
            window.close()


class Offer(QWidget):
    """A sentence with something to be done about it; the GUI thread only.

    Signals:
        taken: the person wants it done.
    """

    taken = Signal()

    def __init__(self, sentence: str, button: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = plain_label(sentence, self)
        self.label.setWordWrap(True)
        self.take = QPushButton(button, self)
        self.dismiss = QPushButton("&Dismiss", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.take)
        layout.addWidget(self.dismiss)
        self.take.clicked.connect(self._on_taken)
        self.dismiss.clicked.connect(self.hide)

    @Slot()
    def _on_taken(self) -> None:
        self.hide()
        self.taken.emit()
