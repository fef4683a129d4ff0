"""A window that shows a session that was recorded before; nothing in it can be changed."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from app.core.errors import BadInput
from app.session.archive import Archive
from app.session.segments import Segment
from app.ui.browser.session_pane import Place, RecordedSessionPane
from app.ui.details.logic import record_text
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.logic import visible
from app.ui.log.record_reader import RecordReader
from app.ui.log.saving import Saver
from app.ui.log.store import LogStore
from app.ui.theme import Theme
from app.ui.timeline.links import link
from app.ui.timeline.panel import TimelinePanel
from app.ui.worker_marks import WorkerMarks


class SessionWindow(QMainWindow):
    """The timeline and the log of one session file, the record that was opened, its notes and its runs; the GUI thread only.

    Args:
        path: the file.
        archive: reads it.
        theme: the colours.
        marks: the workers' signs.
        parent: whose window it is.

    Signals:
        closed: it was closed and let go of its file.
    """

    closed = Signal()

    def __init__(
        self, path: Path, archive: Archive, theme: Theme, marks: WorkerMarks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.setWindowTitle(f"Session {visible(path.stem, 100)}: {archive.committed:,} records")
        self.setObjectName("session")
        store = LogStore(archive)
        store.show_recorded((Segment(0, path),), archive.committed)
        store.learn(archive.runs().items())
        self._theme = theme
        self._is_away = False
        self.area = LogArea(store, archive.origin(), archive.started_ns(), theme, marks, self)
        self.area.finder.recorded(store.segments, archive.committed)
        self.saver = Saver(self.area)
        menu = self.menuBar().addMenu("&Log")
        self.actions_ = LogActions(self.area, self.saver, menu)
        self.timeline = TimelinePanel(archive.origin(), theme, marks, parent=self)
        self.timeline_actions = self.timeline.add_actions(self.menuBar().addMenu("&Timeline"))
        timeline = self.timeline
        link(self.area, archive.origin(), timeline.place_chosen, timeline.set_cursor, timeline.said.emit)
        menu.addSeparator()
        close = menu.addAction("Close &window")
        close.setShortcut("Ctrl+W")
        close.triggered.connect(self.close)
        self.record = RecordReader(self)
        self.record.hide()
        # Beside the log: what was noted, judged and run; whatever is chosen there, the log goes to.
        self.pane = RecordedSessionPane(path, theme, self)
        self.pane.chosen.connect(self.go_to)
        self._arrange()
        for said in (self.area.said, self.saver.said, self.timeline.said):
            said.connect(self.say)
        self.area.panel.chosen.connect(self._on_chosen)
        self.area.panel.opened.connect(self._on_opened)
        theme.changed.connect(self.area.apply_theme)
        theme.changed.connect(self.timeline.apply_theme)
        self.resize(1100, 680)
        self.area.panel.stay_at(0)
        self.area.setFocus()
        self.timeline.load(path, archive.committed)
        if "ended" not in archive.facts():
            self.say("The session was not ended: it was cut off, or goes on. What had been recorded is here.")

    def _arrange(self) -> None:
        """Put everything in its place: the timeline above, the log with the story beside it below."""
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.addWidget(self.timeline)
        columns = QSplitter(Qt.Orientation.Horizontal, splitter)
        columns.addWidget(self.area)
        columns.addWidget(self.pane)
        columns.setStretchFactor(0, 3)
        columns.setStretchFactor(1, 2)
        columns.setChildrenCollapsible(False)
        splitter.addWidget(self.record)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([200, 480, 0])  # pixels, about; the window's own height is shared out by them
        splitter.setChildrenCollapsible(False)
        self.setCentralWidget(splitter)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for some time."""
        self.statusBar().showMessage(visible(sentence), 20_000)

    @Slot(object)
    def go_to(self, place: Place) -> None:
        """Have the log show a line, or what was written at a time in the session."""
        panel, store = self.area.panel, self.area.store
        line = place.line if place.line is not None else store.line_at(panel.maker.origin + place.t_ns)
        if 0 <= line < store.end:
            panel.choose(line, stay=True)
        else:
            self.say(f"There is no line {line:,} in this session.")

    @Slot(object)
    def _on_opened(self, line: int) -> None:
        self.record.show()
        self._on_chosen(line)

    @Slot(object)
    def _on_chosen(self, line: int) -> None:
        store, maker = self.area.store, self.area.panel.maker
        record = None if self.record.isHidden() else store.record(line)
        if record is not None:
            self.record.read(record_text(record, store.name(record.run), maker.origin))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    def shutdown(self) -> None:
        """Let go of the file and end what is being done with it; the window goes with the next turn of the loop."""
        if self._is_away:
            return  # it was closed twice
        self._is_away = True
        self._theme.changed.disconnect(self.area.apply_theme)
        self._theme.changed.disconnect(self.timeline.apply_theme)
        self.pane.shutdown()
        self.timeline.shutdown()
        self.saver.shutdown()
        self.area.put_away()
        self.closed.emit()
        self.deleteLater()


def opened(path: Path, theme: Theme, marks: WorkerMarks, parent: QWidget) -> SessionWindow | str:
    """Return a window that shows a session, or the sentence about why there is none."""
    window: SessionWindow | None = None

    def say(sentence: str) -> None:
        if window is not None:
            window.say(sentence)

    try:
        # First the file, then the window: a window that is never shown must not be left.
        archive = Archive.of(path, say)
    except BadInput as error:
        return str(error)
    window = SessionWindow(path, archive, theme, marks, parent)
    return window
