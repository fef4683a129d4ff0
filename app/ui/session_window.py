"""A window that shows a session that was recorded before; nothing in it can be changed."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.core.errors import BadInput
from app.session.archive import Archive
from app.session.segments import Segment
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.saving import Saver
from app.ui.log.store import LogStore
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks


class SessionWindow(QMainWindow):
    """The log of one session file; the GUI thread only.

    Args:
        path: the file.
        theme: the colours.
        parent: whose window it is.

    Raises:
        BadInput: it cannot be read as a session; nothing is opened.

    Signals:
        closed: it was closed and let go of its file.
    """

    closed = Signal()

    def __init__(self, path: Path, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        archive = Archive.of(path, self.say)
        self.setWindowTitle(f"Session {path.stem}: {archive.committed:,} records")
        self.setObjectName("session")
        store = LogStore(archive)
        store.show_recorded((Segment(0, path),), archive.committed)
        store.learn(archive.runs().items())
        self._theme = theme
        self.area = LogArea(store, archive.origin(), archive.started_ns(), theme, WorkerMarks(theme), self)
        self.area.finder.recorded(store.segments, archive.committed)
        self.saver = Saver(self.area)
        self.actions_ = LogActions(self.area, self.saver, self.menuBar().addMenu("&Log"))
        self.setCentralWidget(self.area)
        for said in (self.area.said, self.saver.said):
            said.connect(self.say)
        theme.changed.connect(self.area.apply_theme)
        self.area.panel.following = False
        self.resize(900, 600)
        self.area.panel.refresh()
        if "ended" not in archive.facts():
            self.say("The sitting was not ended: it was cut off, or goes on. What had been recorded is here.")

    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for some time."""
        self.statusBar().showMessage(sentence, 20_000)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.put_away()
        super().closeEvent(event)
        self.closed.emit()
        self.deleteLater()

    def put_away(self) -> None:
        """Let go of the file and end what is being done with it."""
        self._theme.changed.disconnect(self.area.apply_theme)
        self.saver.put_away()
        self.area.put_away()


def opened(path: Path, theme: Theme, parent: QWidget) -> SessionWindow | str:
    """Return a window that shows a session, or the sentence about why there is none."""
    try:
        return SessionWindow(path, theme, parent)
    except BadInput as error:
        return str(error)
