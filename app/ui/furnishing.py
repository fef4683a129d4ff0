"""Furnishing the main window: its parts are made, put in their places, and connected.

Imported when the window is filled: an empty one is on the screen by then.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.session.archive import Archive
from app.ui.actions import Actions
from app.ui.bridge import Bridge
from app.ui.closing import Closing
from app.ui.compare.opener import Comparing
from app.ui.details.panel import DetailsPanel
from app.ui.first_paint import when_painted
from app.ui.journal.room import SessionRoom
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.saving import Saver
from app.ui.log.store import LogStore
from app.ui.main_window import MainWindow
from app.ui.plain_label import plain_label
from app.ui.recording_watch import RecordingWatch
from app.ui.services import Services
from app.ui.sessions import Sessions
from app.ui.settings_keeper import SettingsKeeper, apply_layout
from app.ui.status import Status
from app.ui.theme import Theme
from app.ui.timeline.actions import TimelineActions
from app.ui.timeline.links import link
from app.ui.timeline.panel import TimelinePanel
from app.ui.worker_files import WorkerFiles
from app.ui.worker_marks import WorkerMarks
from app.ui.workers.panel import WorkersPanel
from app.ui.workers.rows import WorkerRows


def furnish(window: MainWindow, services: Services) -> None:
    """Put everything into an empty window; once; the GUI thread only."""
    _make_views(window, services)
    _make_the_rest(window, services)
    _arrange(window)
    window.room = SessionRoom(window, services)
    window.room.fill_menu(window.actions_.session_menu)
    _connect_data(window)
    _connect_actions(window)
    apply_layout(window, services.settings.layout)
    window.workers.setFocus()
    when_painted(window, window.timeline.prepare)


def _make_views(window: MainWindow, services: Services) -> None:
    """Make what shows workers, lines and runs."""
    controller, settings = services.controller, services.settings
    window.theme = Theme(window)
    window.theme.choose(settings.layout.theme)
    window.bridge = Bridge(services.collector, controller, services.garbage, services.recorder, window)
    rows = WorkerRows(settings.workers, services.catalogue)
    window.marks = WorkerMarks(window.theme)
    window.workers = WorkersPanel(rows, controller, window.theme, window.marks, window)
    origin = services.collector.origin
    archive = None if services.recorder is None else Archive(window.say)
    window.area = LogArea(LogStore(archive), origin, services.started_ns, window.theme, window.marks, window)
    window.log = window.area.panel
    lag = window.bridge.lag.summary
    window.details = DetailsPanel(rows, window.log.store, origin, window.theme, controller.clock, lag, window)
    window.actions_ = Actions(window, window.theme)
    window.saver = Saver(window.area)
    window.log_actions = LogActions(window.area, window.saver, window.actions_.log_menu)
    now = controller.clock.now
    window.timeline = TimelinePanel(origin, window.theme, window.marks, now, controller.snapshot, window)
    window.timeline_actions = TimelineActions(window.timeline, window.actions_.timeline_menu)
    link(window.timeline, window.area, origin)
    window.timeline.said.connect(window.say)


def _make_the_rest(window: MainWindow, services: Services) -> None:
    """Make what says, keeps, opens and closes."""
    controller, settings = services.controller, services.settings
    window.files = WorkerFiles(window.workers, services.catalogue, window.say, window)
    window.status = Status(window.statusBar(), controller, window.bridge, services.recorder, window.theme)
    window.recording = RecordingWatch(services.recorder, window.area, window.status)
    window.sessions = Sessions(window, window.theme, window.marks, window.log, services.sessions, services.recorder)
    window.closing = Closing(controller, settings.close_deadline, window)
    window.keeper = SettingsKeeper(window, services.settings, services.settings_path)
    window.log.set_rules(settings.rules)
    window.compare = Comparing(window, services, window.theme, window.marks, window.workers.rows.workers)


def _arrange(window: MainWindow) -> None:
    """Put the views in their places."""
    # The table has the whole width, so that no column is cut off when the details are open beside the log.
    window.columns_splitter = QSplitter(Qt.Orientation.Horizontal, window)
    window.columns_splitter.addWidget(window.area)
    window.columns_splitter.addWidget(window.details)
    window.columns_splitter.setStretchFactor(0, 1)
    window.columns_splitter.setStretchFactor(1, 0)
    window.rows_splitter = QSplitter(Qt.Orientation.Vertical, window)
    window.rows_splitter.addWidget(window.workers)
    window.rows_splitter.addWidget(window.timeline)
    window.rows_splitter.addWidget(window.columns_splitter)
    for place in range(3):
        window.rows_splitter.setStretchFactor(place, int(place == 2))
    for splitter in (window.rows_splitter, window.columns_splitter):
        splitter.setChildrenCollapsible(False)
    window.banner = plain_label("", window)
    window.banner.setWordWrap(True)
    window.banner.setMargin(6)
    window.banner.hide()
    window.details.hide()
    middle = QWidget(window)
    layout = window.above = QVBoxLayout(middle)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(window.banner)
    layout.addWidget(window.rows_splitter, 1)
    window.setCentralWidget(middle)
    window.setWindowIcon(window.actions_.icon())


def _connect_data(window: MainWindow) -> None:
    """Connect what happens with what shows it."""
    bridge = window.bridge
    bridge.listen(window.on_frame)
    window.status.trouble.connect(window.workers.say)
    window.status.stuck_changed.connect(window.on_stuck)
    bridge.quiet.connect(window.workers.refresh)
    bridge.quiet.connect(window.timeline.on_quiet)
    bridge.quiet.connect(window.status.on_quiet)
    bridge.quiet.connect(window.recording.on_quiet)
    bridge.quiet.connect(window.closing.on_quiet)
    for said in (window.room.said, window.area.said, window.saver.said, window.sessions.said):
        said.connect(window.say)
    window.closing.progress.connect(window.show_progress)
    window.closing.finished.connect(window.compare.finish)
    window.compare.said.connect(window.show_progress)
    window.compare.finished.connect(window.on_closed)
    window.workers.current_changed.connect(window.show_current)
    window.workers.workers_changed.connect(window.keeper.keep_soon)
    window.details.form.edited.connect(window.workers.edit)
    window.log.chosen.connect(window.on_line_chosen)
    window.log.opened.connect(window.on_line_opened)
    window.log.rules_changed.connect(window.keeper.keep_soon)
    window.theme.changed.connect(window.on_theme)


def _connect_actions(window: MainWindow) -> None:
    """Connect the actions with who carries them out."""
    actions = window.actions_
    window.workers.possible_changed.connect(actions.show_possible)
    window.workers.reload()
    actions.start.triggered.connect(window.on_start)
    actions.stop.triggered.connect(window.workers.stop)
    actions.stop_all.triggered.connect(window.workers.stop_all)
    actions.let_go.triggered.connect(window.workers.let_go)
    window.details.stop.let_go.connect(window.workers.let_run_go)
    table = window.workers.table
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    table.addActions([actions.start, actions.stop, actions.let_go, actions.duplicate, actions.remove])
    actions.add.triggered.connect(window.workers.add)
    actions.duplicate.triggered.connect(window.workers.duplicate_selected)
    actions.remove.triggered.connect(window.workers.remove_selected)
    actions.details.toggled.connect(window.on_details)
    actions.compare.triggered.connect(window.compare.open)
    actions.open.triggered.connect(window.files.open)
    actions.save.triggered.connect(window.files.save)
    actions.close.triggered.connect(window.close)
    actions.open_session.triggered.connect(window.sessions.ask)
    actions.sessions.triggered.connect(window.sessions.browse)
    actions.zoom_in.triggered.connect(window.log.zoom.larger)
    actions.zoom_out.triggered.connect(window.log.zoom.smaller)
    actions.zoom_reset.triggered.connect(window.log.zoom.reset)
    actions.workers_focus.triggered.connect(window.workers.setFocus)
    actions.log_focus.triggered.connect(window.log.setFocus)
    actions.timeline.toggled.connect(window.on_timeline)
    actions.timeline_focus.triggered.connect(window.on_timeline_focus)
    actions.about.triggered.connect(window.on_about)
    actions.themes.triggered.connect(window.on_theme_chosen)
    window.files.fill_examples(actions.examples)
