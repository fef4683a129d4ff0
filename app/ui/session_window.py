"""The window that shows a recorded session; nothing in it can be changed."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.session.archive import Archive
from app.session.requests import Request
from app.session.segments import Segment
from app.ui.browser.logic import Place
from app.ui.browser.saver import SessionSaver, save_actions
from app.ui.browser.session_pane import RecordedSessionPane
from app.ui.central_column import CentralColumn
from app.ui.details.logic import record_text
from app.ui.display_text import visible
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.panel import LogPanel
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks
from app.ui.timeline.links import link
from app.ui.timeline.panel import TimelinePanel
from app.ui.widgets import TextView, new_action, split

UNENDED = "The session ended unexpectedly, or is still being recorded. Everything recorded is here."


class SessionWindow(QMainWindow):
    """The timeline and the log of one session file, the record that was opened, its notes and its runs; the GUI thread only.

    Args:
        path: the file.
        archive: reads it.
        theme: the colours.
        marks: the workers' signs.
        catalogue: the strategies and workloads that a test of the session may use.
        parent: the main window.

    Signals:
        closed: it was closed and let go of its file.
    """

    closed = Signal()

    def __init__(
        self,
        path: Path,
        archive: Archive,
        theme: Theme,
        marks: WorkerMarks,
        catalogue: Catalogue,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.setWindowTitle(f"Session {visible(path.stem, 100)}: {archive.committed:,} records")
        self.setObjectName("session")
        store = LogStore(archive)
        store.show_recorded((Segment(0, path),), archive.committed)
        store.learn(archive.runs().items())
        self._theme = theme
        self._is_shut_down = False
        self.area = LogArea(store, archive.origin(), archive.started_ns(), theme, marks, self)
        self.area.finder.recorded(store.segments, archive.committed)
        self.saver = SessionSaver(self, catalogue)
        self.statusBar().addPermanentWidget(self.saver.task_bar)
        session = self.menuBar().addMenu("S&ession")
        for text, keys, tip, slot in save_actions(self.saver):
            session.addAction(new_action(self, text, keys, tip, partial(slot, path)))
        session.addSeparator()
        session.addAction(new_action(self, "Close &window", "Ctrl+W", "Close this window", self.close))
        menu = self.menuBar().addMenu("&Log")
        self.actions_ = LogActions(self.area.panel, self.area.search, self.area.saver, menu)
        self.timeline = TimelinePanel(archive.origin(), theme, marks, parent=self)
        self.timeline_actions = self.timeline.add_actions(self.menuBar().addMenu("&Timeline"))
        timeline = self.timeline
        link(self.area.panel, archive.origin(), timeline.place_chosen, timeline.set_cursor, timeline.said.emit)
        timeline.run_chosen.connect(self.area.panel.mark_run)
        timeline.request_chosen.connect(self._on_request)
        # The file is read once, for both.
        timeline.batches_read.connect(self.area.on_recorded)
        self.record = TextView("Record", self)
        self.record.hide()
        # Beside the log: what was noted, judged and run. The log goes to what is chosen there.
        self.pane = RecordedSessionPane(path, theme, catalogue, self)
        self.pane.chosen.connect(self.go_to)
        self._arrange()
        for said in (self.area.said, self.area.saver.said, self.timeline.said, self.saver.said):
            said.connect(self.say)
        self.saver.saved.connect(self._on_saved)
        self.area.panel.chosen.connect(self._on_chosen)
        self.area.panel.opened.connect(self._on_opened)
        theme.changed.connect(self.area.apply_theme)
        theme.changed.connect(self.timeline.apply_theme)
        self.resize(1100, 680)
        self.area.panel.stay_at(0)
        self.area.setFocus()
        self.timeline.load(path, archive.committed)
        if "ended" not in archive.facts():
            self.say(UNENDED)

    def _arrange(self) -> None:
        """Put everything in its place: the timeline above, the log with the report beside it below."""
        orientation = Qt.Orientation
        columns = split(orientation.Horizontal, self, (self.area, 3, 0), (self.pane, 2, 0))
        # The window's own height is shared out by the pixels.
        rows = (self.timeline, 0, 200), (columns, 1, 480), (self.record, 0, 0)
        self._column = CentralColumn(self, (split(orientation.Vertical, self, *rows), 1))
        self.setCentralWidget(self._column)

    @Slot(object)
    def _on_saved(self, bar: QWidget) -> None:
        """Show where a file was saved above everything else."""
        self._column.offer(bar)
        bar.show()

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for some time."""
        self.statusBar().showMessage(visible(sentence), 20_000)

    @property
    def log(self) -> LogPanel:
        """The log's panel."""
        return self.area.panel

    def bring_to_front(self) -> None:
        """Show the window before all others, also if it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    @Slot(object)
    def go_to(self, place: Place) -> None:
        """Have the log show a line, or what was written at a time in the session."""
        panel, store = self.area.panel, self.area.store
        line = place.line if place.line is not None else store.line_at(panel.clock.origin + place.t_ns)
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
        store, clock = self.area.store, self.area.panel.clock
        record = store.record(line)
        if record is None:
            return
        self.timeline.mark_run(record.run)
        self.area.panel.mark_run(record.run)
        if not self.record.isHidden():
            self.record.read(record_text(record, store.name(record.run), clock.origin))

    @Slot(object)
    def _on_request(self, request: Request) -> None:
        self.pane.show_request(self.timeline.requests_for(request.run), request.key)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    def shutdown(self) -> None:
        """Let go of the file and end what is being done with it; the window goes with the next turn of the loop."""
        if self._is_shut_down:
            return  # it was closed twice
        self._is_shut_down = True
        self._theme.changed.disconnect(self.area.apply_theme)
        self._theme.changed.disconnect(self.timeline.apply_theme)
        self.saver.shutdown()
        self.pane.shutdown()
        self.timeline.shutdown()
        self.area.shutdown()
        self.closed.emit()
        self.deleteLater()


def open_window(
    path: Path, theme: Theme, marks: WorkerMarks, catalogue: Catalogue, parent: QWidget
) -> SessionWindow | str:
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
    window = SessionWindow(path, archive, theme, marks, catalogue, parent)
    return window
