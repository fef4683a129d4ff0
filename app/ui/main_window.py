"""The main window: assembly and wiring."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QSplitter, QVBoxLayout, QWidget

# What a desktop puts around a window, about: its own size is not known before it is shown.
FRAME_HEIGHT = 40

# What fills the window is imported when it is filled: an empty one is on the screen by then.
if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.documents.first_look import FirstLook
    from app.session.places import CutOff
    from app.ui.actions import Actions
    from app.ui.bridge import Bridge
    from app.ui.closing import Closing
    from app.ui.compare.opener import Comparing
    from app.ui.details.panel import DetailsPanel
    from app.ui.journal.room import SessionRoom
    from app.ui.log.actions import LogActions
    from app.ui.log.area import LogArea
    from app.ui.log.panel import LogPanel
    from app.ui.log.saving import Saver
    from app.ui.recording_watch import RecordingWatch
    from app.ui.services import Services
    from app.ui.sessions import Sessions
    from app.ui.settings_keeper import SettingsKeeper
    from app.ui.status import Status
    from app.ui.theme import Theme
    from app.ui.timeline.actions import TimelineActions
    from app.ui.timeline.panel import TimelinePanel
    from app.ui.worker_files import WorkerFiles
    from app.ui.worker_marks import WorkerMarks
    from app.ui.workers.panel import WorkersPanel


class MainWindow(QMainWindow):
    """Workers above; below them the log, and beside it the details; the GUI thread only.

    Signals:
        finished: the window has closed; whether a thread has to be left behind.
    """

    finished = Signal(bool)

    # Made, put in their places and connected by app.ui.furnishing when the window is filled.
    theme: "Theme"
    bridge: "Bridge"
    marks: "WorkerMarks"
    workers: "WorkersPanel"
    area: "LogArea"
    log: "LogPanel"
    details: "DetailsPanel"
    timeline: "TimelinePanel"
    timeline_actions: "TimelineActions"
    actions_: "Actions"
    saver: "Saver"
    log_actions: "LogActions"
    files: "WorkerFiles"
    status: "Status"
    recording: "RecordingWatch"
    sessions: "Sessions"
    closing: "Closing"
    keeper: "SettingsKeeper"
    compare: "Comparing"
    room: "SessionRoom"
    columns_splitter: QSplitter
    rows_splitter: QSplitter
    columns_sizes: tuple[int, ...] = ()  # what it was when the details were last open
    rows_sizes: tuple[int, ...] = ()  # what they were when the timeline was last shown
    banner: QLabel
    above: QVBoxLayout  # everything in the middle, under which offers are put on top

    def __init__(self, services: "Services | None" = None) -> None:
        """Make the window; an empty one, to be filled later, if there are no services yet."""
        super().__init__()
        self.setWindowTitle("Thread Controller")
        self.setObjectName("main")
        self._may_close = self._is_empty = services is None
        if services is not None:
            self.fill(services)

    def show_empty(self, look: "FirstLook") -> None:
        """Show the window as it was left, with nothing in it yet."""
        available = self.screen().availableSize()
        self.resize(min(look.width, available.width()), min(look.height, available.height() - FRAME_HEIGHT))
        if look.theme != "system":
            from app.ui.theme import Theme

            Theme(self).choose(look.theme)  # now: it would be light for a moment
        if look.maximized:
            self.showMaximized()
        else:
            self.show()

    def fill(self, services: "Services") -> None:
        """Put everything into the window; once."""
        from app.ui.furnishing import furnish

        self._services = services
        self._details_at = 0  # when the details were last brought up to date
        self._may_close = self._is_empty = False
        furnish(self, services)

    def on_frame(self, batch: "Batch | None") -> None:
        """Show what a frame brought; the one function that the bridge calls while something runs."""
        if batch is not None:
            try:
                self.area.add(batch)
            finally:
                # Whatever goes wrong in one of them, no other loses the batch.
                try:
                    self.timeline.add(batch)
                finally:
                    self.workers.on_batch(batch)
            self.compare.on_batch(batch)
        self.recording.on_frame()
        self.workers.on_frame()
        self.timeline.on_frame()
        if self.workers.refreshed() != self._details_at and self.details.isVisible():
            self._details_at = self.workers.refreshed()
            self.show_current()
        self.status.on_frame()
        self.closing.on_frame()
        self.room.on_frame()

    # -- what is said --------------------------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar until the next one, or for ten seconds."""
        from app.ui.log.logic import visible

        self.statusBar().showMessage(visible(sentence), 10_000)

    def offer_session(self, cut_off: "CutOff") -> None:
        """Say that a sitting was cut off, and offer to open what it had recorded."""
        from app.ui.sessions import Offer

        path = cut_off.path
        if path is not None:
            self.offer = Offer(cut_off.sentence, "&Open it", self)
            self.offer.taken.connect(lambda: self.sessions.open(path))
            self.add_offer(self.offer)

    def add_offer(self, offer: QWidget) -> None:
        """Show a sentence with something to be done about it above everything else."""
        self.above.insertWidget(0, offer)

    @Slot(int)
    def on_stuck(self, stuck: int) -> None:
        """Have the title say how many are stuck."""
        from app.ui.status import window_title

        # Not on Stop all's button: those who are stuck have been asked, and it can do nothing more about them.
        self.setWindowTitle(window_title(stuck))

    @Slot(str)
    def show_progress(self, sentence: str) -> None:
        """Show how far closing is; an empty sentence takes it away."""
        self.banner.setText(f"Closing. {sentence}" if sentence else "")
        self.banner.setVisible(bool(sentence))

    @Slot()
    def show_current(self) -> None:
        """Have the details show the current row."""
        self.details.show_row(self.workers.table.current())

    @Slot(object)
    def on_line_chosen(self, line: int) -> None:
        """Show the record of a line that was chosen."""
        self.details.show_record(line)

    @Slot(object)
    def on_line_opened(self, line: int) -> None:
        """Open the details at the record of a line."""
        self.details.show_record(line)
        self.details.show_page("Record")
        self.actions_.details.setChecked(True)

    @Slot(bool)
    def on_details(self, shown: bool) -> None:
        """Show the details, or hide them."""
        if shown and self.workers.table.current() is None and self.workers.rows.rows:
            self.workers.table.setCurrentIndex(self.workers.table.model().index(0, 0))
            self.workers.table.clearSelection()
        if not shown and self.details.isVisible():
            self.columns_sizes = tuple(self.columns_splitter.sizes())
        self.details.setVisible(shown)

    @Slot(bool)
    def on_timeline(self, shown: bool) -> None:
        """Show the timeline, or hide it."""
        if not shown and self.timeline.isVisible():
            self.rows_sizes = tuple(self.rows_splitter.sizes())
        self.timeline.setVisible(shown)
        if shown and self.rows_sizes:
            self.rows_splitter.setSizes(self.rows_sizes)
        self.timeline.refresh()

    @Slot()
    def on_timeline_focus(self) -> None:
        """Show the timeline and put the focus into it."""
        self.actions_.timeline.setChecked(True)
        self.timeline.setFocus()

    @Slot()
    def on_start(self) -> None:
        """Start whoever is meant, unless something that is being typed is wrong."""
        if self.settle_edits():
            self.workers.start()

    def settle_edits(self) -> bool:
        """Take the text that is being typed somewhere, as if its field had been left; False if it is wrong."""
        self.workers.table.close_editor()
        return self.details.form.settle()

    # -- theme and settings --------------------------------------------------------------------------------------

    @Slot(QAction)
    def on_theme_chosen(self, action: QAction) -> None:
        """Take the theme that was chosen in the menu."""
        self.theme.choose(action.data())

    @Slot()
    def on_theme(self) -> None:
        """Take the colours and icons of the theme."""
        self.actions_.apply_theme()
        self.workers.table.apply_theme()
        self.area.apply_theme()
        self.timeline.apply_theme()
        self.setWindowIcon(self.actions_.icon())

    @Slot()
    def on_about(self) -> None:
        """Show what this program is."""
        from app.ui.about import show_about

        show_about(self)

    # -- the end -------------------------------------------------------------------------------------------------

    def begin_closing(self, signal_number: int | None = None) -> None:
        """Close in order; ``finished`` follows when it is time to leave."""
        self.room.closing()
        clicked = None if signal_number is not None else self._services.controller.clock.now()
        self.closing.begin(clicked, signal_number)
        self.workers.begin_closing()
        self.compare.begin_closing()

    def put_away(self) -> None:
        """Let go of everything but the widgets themselves; before the recorder's end."""
        self.room.put_away()
        self.saver.put_away()
        self.sessions.put_away()
        self.compare.put_away()
        self.timeline.put_away()
        self.area.put_away()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close:
            self.begin_closing()
        event.setAccepted(self._may_close)
        if self._is_empty:
            self.finished.emit(False)

    @Slot(bool)
    def on_closed(self, left: bool) -> None:
        """Leave: everybody has ended, or has to be left behind."""
        self.settle_edits()
        self.keeper.keep()
        self._may_close = True
        self.close()
        self.finished.emit(left)
