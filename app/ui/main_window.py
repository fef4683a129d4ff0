"""The main window: assembly and wiring."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

# What a desktop puts around a window, about: its own size is not known before it is shown.
FRAME_HEIGHT = 40

# What fills the window is imported when it is filled: an empty one is on the screen by then.
if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.documents.first_look import FirstLook
    from app.session.places import CutOff
    from app.ui.services import Services


class MainWindow(QMainWindow):
    """Workers above; below them the log, and beside it the details; the GUI thread only.

    Signals:
        finished: the window has closed; whether a thread has to be left behind.
    """

    finished = Signal(bool)

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
        from app.session.archive import Archive
        from app.ui.actions import Actions
        from app.ui.bridge import Bridge
        from app.ui.closing import Closing
        from app.ui.details.panel import DetailsPanel
        from app.ui.log.area import LogArea
        from app.ui.log.store import LogStore
        from app.ui.recording_watch import RecordingWatch
        from app.ui.sessions import Sessions
        from app.ui.settings_keeper import SettingsKeeper, apply_layout
        from app.ui.status import Status
        from app.ui.theme import Theme
        from app.ui.worker_files import WorkerFiles
        from app.ui.worker_marks import WorkerMarks
        from app.ui.workers.panel import WorkersPanel
        from app.ui.workers.rows import WorkerRows

        self._services = services
        self._details_at = 0  # when the details were last brought up to date
        self._may_close = self._is_empty = False
        controller, settings = services.controller, services.settings
        self.theme = Theme(self)
        self.theme.choose(settings.layout.theme)
        self.bridge = Bridge(services.collector, controller, services.garbage, services.recorder, self)
        rows = WorkerRows(settings.workers, services.catalogue)
        self.marks = WorkerMarks(self.theme)
        self.workers = WorkersPanel(rows, controller, self.theme, self.marks, self)
        origin = services.collector.origin
        archive = None if services.recorder is None else Archive(self.say)
        self.area = LogArea(LogStore(archive), origin, services.started_ns, self.theme, self.marks, self)
        self.log = self.area.panel
        lag = self.bridge.lag.summary
        self.details = DetailsPanel(rows, self.log.store, origin, self.theme, controller.clock, lag, self)
        self.actions_ = Actions(self, self.theme)
        self._build_timeline()
        self.files = WorkerFiles(self.workers, services.catalogue, self.say, self)
        self.status = Status(self.statusBar(), controller, self.bridge, services.recorder, self.theme)
        self.recording = RecordingWatch(services.recorder, self.area, self.status)
        self.sessions = Sessions(self, self.theme, self.marks, services.sessions, services.recorder)
        self.closing = Closing(controller, settings.close_deadline, self)
        self.keeper = SettingsKeeper(self, services.settings, services.settings_path)
        self.log.set_rules(settings.rules)
        self._assemble()
        self._add_room(services)
        self._connect_data()
        self._connect_actions()
        apply_layout(self, settings.layout)
        self.workers.setFocus()

    def _build_timeline(self) -> None:
        """Make the timeline, and what the log's menu and its own do."""
        from app.ui.log.actions import LogActions
        from app.ui.log.saving import Saver
        from app.ui.timeline.actions import TimelineActions
        from app.ui.timeline.links import link
        from app.ui.timeline.panel import TimelinePanel

        self.saver = Saver(self.area)
        self.log_actions = LogActions(self.area, self.saver, self.actions_.log_menu)
        controller, origin = self._services.controller, self._services.collector.origin
        now = controller.clock.now
        self.timeline = TimelinePanel(origin, self.theme, self.marks, now, controller.snapshot, self)
        self.timeline_actions = TimelineActions(self.timeline, self.actions_.timeline_menu)
        link(self.timeline, self.area, origin)
        self.timeline.said.connect(self.say)

    def _assemble(self) -> None:
        # Not above: whoever names Qt has its hundred enumerations made, 30 ms that an empty window need not wait for.
        from PySide6.QtCore import Qt

        from app.ui.compare.opener import Comparing
        from app.ui.plain_label import plain_label

        self.compare = Comparing(self, self._services, self.theme, self.marks, self.workers.rows.workers)
        # The table has the whole width, so that no column is cut off when the details are open beside the log.
        self.columns_splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.columns_splitter.addWidget(self.area)
        self.columns_splitter.addWidget(self.details)
        self.columns_splitter.setStretchFactor(0, 1)
        self.columns_splitter.setStretchFactor(1, 0)
        self.columns_sizes: tuple[int, ...] = ()  # what it was when the details were last open
        self.rows_splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.rows_splitter.addWidget(self.workers)
        self.rows_splitter.addWidget(self.timeline)
        self.rows_splitter.addWidget(self.columns_splitter)
        for place in range(3):
            self.rows_splitter.setStretchFactor(place, int(place == 2))
        self.rows_sizes: tuple[int, ...] = ()  # what they were when the timeline was last shown
        for splitter in (self.rows_splitter, self.columns_splitter):
            splitter.setChildrenCollapsible(False)
        self.banner = plain_label("", self)
        self.banner.setWordWrap(True)
        self.banner.setMargin(6)
        self.banner.hide()
        self.details.hide()
        middle = QWidget(self)
        layout = self._middle = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.rows_splitter, 1)
        self.setCentralWidget(middle)
        self.setWindowIcon(self.actions_.icon())

    def _add_room(self, services: "Services") -> None:
        from app.ui.journal.room import SessionRoom

        self.room = SessionRoom(self, services)
        self.room.fill_menu(self.actions_.session_menu)

    def _connect_data(self) -> None:
        bridge = self.bridge
        bridge.listen(self._on_frame)
        self.status.trouble.connect(self.workers.say)
        self.status.stuck_changed.connect(self._on_stuck)
        bridge.quiet.connect(self.workers.refresh)
        bridge.quiet.connect(self.timeline.on_quiet)
        bridge.quiet.connect(self.status.on_quiet)
        bridge.quiet.connect(self.recording.on_quiet)
        bridge.quiet.connect(self.closing.on_quiet)
        for said in (self.room.said, self.area.said, self.saver.said, self.sessions.said):
            said.connect(self.say)
        self.closing.progress.connect(self._show_progress)
        self.closing.finished.connect(self.compare.finish)
        self.compare.said.connect(self._show_progress)
        self.compare.finished.connect(self._on_closed)
        self.workers.current_changed.connect(self._show_current)
        self.workers.workers_changed.connect(self.keeper.keep_soon)
        self.details.form.edited.connect(self.workers.edit)
        self.log.chosen.connect(self._on_line_chosen)
        self.log.opened.connect(self._on_line_opened)
        self.log.rules_changed.connect(self.keeper.keep_soon)
        self.theme.changed.connect(self._on_theme)

    def _connect_actions(self) -> None:
        actions = self.actions_
        self.workers.possible_changed.connect(actions.show_possible)
        self.workers.reload()
        actions.start.triggered.connect(self._on_start)
        actions.stop.triggered.connect(self.workers.stop)
        actions.stop_all.triggered.connect(self.workers.stop_all)
        actions.add.triggered.connect(self.workers.add)
        actions.duplicate.triggered.connect(self.workers.duplicate_selected)
        actions.remove.triggered.connect(self.workers.remove_selected)
        actions.details.toggled.connect(self._on_details)
        actions.compare.triggered.connect(self.compare.open)
        actions.open.triggered.connect(self.files.open)
        actions.save.triggered.connect(self.files.save)
        actions.close.triggered.connect(self.close)
        actions.open_session.triggered.connect(self.sessions.ask)
        actions.sessions.triggered.connect(self.sessions.browse)
        actions.zoom_in.triggered.connect(self.log.zoom.larger)
        actions.zoom_out.triggered.connect(self.log.zoom.smaller)
        actions.zoom_reset.triggered.connect(self.log.zoom.reset)
        actions.workers_focus.triggered.connect(self.workers.setFocus)
        actions.log_focus.triggered.connect(self.log.setFocus)
        actions.timeline.toggled.connect(self._on_timeline)
        actions.timeline_focus.triggered.connect(self._on_timeline_focus)
        actions.about.triggered.connect(self._on_about)
        actions.themes.triggered.connect(self._on_theme_chosen)
        self.files.fill_examples(actions.examples)

    def _on_frame(self, batch: "Batch | None") -> None:
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
            self._show_current()
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
        self._middle.insertWidget(0, offer)

    @Slot(int)
    def _on_stuck(self, stuck: int) -> None:
        from app.ui.status import window_title

        # Not on Stop all's button: those who are stuck have been asked, and it can do nothing more about them.
        self.setWindowTitle(window_title(stuck))

    @Slot(str)
    def _show_progress(self, sentence: str) -> None:
        self.banner.setText(f"Closing. {sentence}" if sentence else "")
        self.banner.setVisible(bool(sentence))

    @Slot()
    def _show_current(self) -> None:
        self.details.show_row(self.workers.table.current())

    @Slot(object)
    def _on_line_chosen(self, line: int) -> None:
        self.details.show_record(line)

    @Slot(object)
    def _on_line_opened(self, line: int) -> None:
        self.details.show_record(line)
        self.details.show_page("Record")
        self.actions_.details.setChecked(True)

    @Slot(bool)
    def _on_details(self, shown: bool) -> None:
        if shown and self.workers.table.current() is None and self.workers.rows.rows:
            self.workers.table.setCurrentIndex(self.workers.table.model().index(0, 0))
            self.workers.table.clearSelection()
        if not shown and self.details.isVisible():
            self.columns_sizes = tuple(self.columns_splitter.sizes())
        self.details.setVisible(shown)

    @Slot(bool)
    def _on_timeline(self, shown: bool) -> None:
        if not shown and self.timeline.isVisible():
            self.rows_sizes = tuple(self.rows_splitter.sizes())
        self.timeline.setVisible(shown)
        if shown and self.rows_sizes:
            self.rows_splitter.setSizes(self.rows_sizes)
        self.timeline.refresh()

    @Slot()
    def _on_timeline_focus(self) -> None:
        self.actions_.timeline.setChecked(True)
        self.timeline.setFocus()

    @Slot()
    def _on_start(self) -> None:
        if self.settle_edits():
            self.workers.start()

    def settle_edits(self) -> bool:
        """Take the text that is being typed somewhere, as if its field had been left; False if it is wrong."""
        self.workers.table.close_editor()
        return self.details.form.settle()

    # -- theme and settings --------------------------------------------------------------------------------------

    @Slot(QAction)
    def _on_theme_chosen(self, action: QAction) -> None:
        self.theme.choose(action.data())

    @Slot()
    def _on_theme(self) -> None:
        self.actions_.apply_theme()
        self.workers.table.apply_theme()
        self.area.apply_theme()
        self.timeline.apply_theme()
        self.setWindowIcon(self.actions_.icon())

    @Slot()
    def _on_about(self) -> None:
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
    def _on_closed(self, left: bool) -> None:
        self.settle_edits()
        self.keeper.keep()
        self._may_close = True
        self.close()
        self.finished.emit(left)
