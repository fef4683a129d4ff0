"""The main window: its parts are put in their places, and shown what happens."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QTableView, QVBoxLayout, QWidget

# What a desktop puts around a window, about: its own size is not known before it is shown.
_FRAME_HEIGHT = 40
_TABLE, _TIMELINE, _SIDE = 190, 170, 380  # pixels, as it comes
_LOG = 320  # pixels that the log has at least, whatever is beside it

# What fills the window is imported when it is filled: an empty one is on the screen by then.
if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.documents.settings import Layout
    from app.documents.startup_settings import StartupSettings
    from app.session.folder import CutOff
    from app.ui.actions import Actions
    from app.ui.bridge import Bridge
    from app.ui.closing import CloseController
    from app.ui.compare.opener import CompareOpener
    from app.ui.details.panel import DetailsPanel
    from app.ui.getting_started import GettingStarted
    from app.ui.help import Help
    from app.ui.journal.session_controller import SessionController
    from app.ui.log.actions import LogActions
    from app.ui.log.area import LogArea
    from app.ui.log.panel import LogPanel
    from app.ui.preferences import Preferences
    from app.ui.sessions import Sessions
    from app.ui.settings_saver import SettingsSaver
    from app.ui.status import RecordingMonitor, Status
    from app.ui.theme import Theme, WorkerMarks
    from app.ui.threads.opener import ThreadsOpener
    from app.ui.timeline.panel import TimelinePanel
    from app.ui.widgets import InfoBar
    from app.ui.worker_files import WorkerFiles
    from app.ui.workers.header_menu import HeaderMenu
    from app.ui.workers.panel import WorkersPanel


@dataclass(frozen=True, slots=True)
class WindowParts:
    """Everything in the main window, made and connected by ``app.ui.main_window_setup``.

    Attributes:
        session: the journal of the session, its panel and its plans.
        now: returns the instant, for what the person does.
    """

    theme: "Theme"
    bridge: "Bridge"
    marks: "WorkerMarks"
    actions: "Actions"
    workers: "WorkersPanel"
    header_menu: "HeaderMenu"
    area: "LogArea"
    log_actions: "LogActions"
    details: "DetailsPanel"
    timeline: "TimelinePanel"
    files: "WorkerFiles"
    threads: "ThreadsOpener"
    status: "Status"
    recording: "RecordingMonitor"
    sessions: "Sessions"
    session: "SessionController"
    compare: "CompareOpener"
    closing: "CloseController"
    settings_saver: "SettingsSaver"
    getting_started: "GettingStarted"
    help: "Help"
    now: "Callable[[], int]"

    @property
    def log(self) -> "LogPanel":
        """The log's panel."""
        return self.area.panel


def row_heights(layout: "Layout") -> tuple[int, ...]:
    """Return the heights of table, timeline and log; settings from before there was a timeline have two of them."""
    if len(layout.rows) == 3:
        return layout.rows
    table, log = layout.rows if len(layout.rows) == 2 else (_TABLE, layout.height - _TABLE)
    return table, _TIMELINE, max(1, log - _TIMELINE)


def column_widths(layout: "Layout", width: int) -> tuple[int, int]:
    """Return the widths of the log and of what is beside it in a window of a width; the log has at least half of it."""
    side = layout.columns[1] if len(layout.columns) == 2 else _SIDE
    side = min(side, width // 2)
    return width - side, side


def _set_widths(table: QTableView, widths: tuple[int, ...]) -> None:
    header = table.horizontalHeader()
    if len(widths) == header.count() - 1:
        for column, width in enumerate(widths):
            if width:  # a column that was hidden keeps its first width
                header.resizeSection(column, min(max(width, 24), 4_000))


def _widths(table: QTableView) -> tuple[int, ...]:
    """Return the widths of all columns but the last, which takes what is left."""
    header = table.horizontalHeader()
    return tuple(header.sectionSize(column) for column in range(header.count() - 1))


class MainWindow(QMainWindow):
    """Workers above; below them the log, and beside it the details; the GUI thread only.

    Signals:
        finished: the window has closed; whether a thread has to be left behind.
    """

    finished = Signal(bool)

    parts: WindowParts

    def __init__(self) -> None:
        """Make an empty window, to be filled later."""
        super().__init__()
        self.setWindowTitle("Thread Controller")
        self.setObjectName("main")
        self.setAcceptDrops(True)
        self._may_close = self._is_empty = True
        self._details_at = 0  # when the details were last brought up to date
        self._columns_sizes: tuple[int, ...] = ()  # what they were when something beside the log was last open
        self._first_widths: tuple[int, ...] = ()  # of the log's columns, as they come
        self._rows_sizes: tuple[int, ...] = ()  # what they were when the timeline was last shown
        self.offer: InfoBar | None = None  # of a session that ended unexpectedly

    def show_empty(self, look: "StartupSettings") -> None:
        """Show the window as it was left, with nothing in it yet."""
        available = self.screen().availableSize()
        self.resize(min(look.width, available.width()), min(look.height, available.height() - _FRAME_HEIGHT))
        if look.theme != "system":
            from app.ui.theme import Theme

            Theme(self).choose(look.theme)  # now: it would be light for a moment
        if look.maximized:
            self.showMaximized()
        else:
            self.show()

    def fill(self, parts: WindowParts) -> None:
        """Put its parts into the window; once."""
        from app.ui.side_panel import SidePanel
        from app.ui.widgets import plain_label, split

        self.parts = parts
        self._may_close = self._is_empty = False
        # The table has the whole width, so that no column is cut off when the details are open beside the log.
        orientation = Qt.Orientation
        self.side = SidePanel(self)
        self.side.add_page(parts.details, "Details", parts.actions.details)
        self.side.add_page(parts.session.panel, "Session", parts.session.panel_action)
        self.side.closing.connect(self._keep_columns)
        self.side.opening.connect(self._restore_columns)
        self.side.currentChanged.connect(self.show_current)
        parts.area.setMinimumWidth(_LOG)
        self.columns_splitter = split(orientation.Horizontal, self, (parts.area, 1, 0), (self.side, 0, 0))
        rows = (parts.workers, 0, 0), (parts.timeline, 0, 0), (self.columns_splitter, 1, 0)
        self.rows_splitter = split(orientation.Vertical, self, *rows)
        self.banner = plain_label("", self, wraps=True)
        self.banner.setMargin(6)
        self.banner.hide()
        middle = QWidget(self)
        # Offers are put on top of everything else in the middle.
        self._column = QVBoxLayout(middle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.banner)
        self._column.addWidget(parts.getting_started)
        self._column.addWidget(self.rows_splitter, 1)
        self.setCentralWidget(middle)
        self.setWindowIcon(parts.actions.icon())

    # -- how it is left and found --------------------------------------------------------------------------------

    def apply_layout(self, layout: "Layout") -> None:
        """Look as the window was left; lengths that no longer fit are left to Qt."""
        from app.ui.workers.bars import Scale

        parts, available = self.parts, self.screen().availableSize()
        self.resize(min(layout.width, available.width()), min(layout.height, available.height() - _FRAME_HEIGHT))
        if layout.maximized:
            self.showMaximized()
        # The font first: the log's columns grow with it.
        parts.log.zoom.set_points(layout.log_points)
        if not self._first_widths:
            self._first_widths = _widths(parts.log.view)
        parts.workers.table.columns.set_widths(layout.worker_columns)
        _set_widths(parts.log.view, layout.log_columns)
        parts.log_actions.show_hidden(layout.log_hidden)
        parts.header_menu.show_hidden(layout.worker_hidden)
        parts.header_menu.sort_by_title(layout.worker_sort, descending=layout.worker_sort_descending)
        parts.header_menu.show_scale(Scale(layout.latency_scale))
        self._columns_sizes = column_widths(layout, self.width())
        parts.actions.details.setChecked(layout.details)
        parts.session.panel_action.setChecked(layout.session)
        self._rows_sizes = row_heights(layout)
        self.rows_splitter.setSizes(self._rows_sizes)
        parts.actions.timeline.setChecked(layout.timeline)
        self.show_getting_started(layout.getting_started)
        self.columns_splitter.setSizes(self._columns_sizes)
        for action in parts.actions.themes.actions():
            action.setChecked(action.data() == layout.theme)

    def current_layout(self) -> "Layout":
        """Return how the window looks now."""
        from app.documents.settings import Layout

        parts = self.parts
        size = self.normalGeometry().size() if self.isMaximized() else self.size()
        theme = parts.actions.themes.checkedAction()
        points = parts.log.zoom.points()
        return Layout(
            width=max(200, size.width()),
            height=max(200, size.height()),
            maximized=self.isMaximized(),
            rows=tuple(self.rows_splitter.sizes()) if parts.actions.timeline.isChecked() else self._rows_sizes,
            columns=tuple(self.columns_splitter.sizes()) if self.side.isVisible() else self._columns_sizes,
            worker_columns=parts.workers.table.columns.widths(),
            worker_sort=parts.header_menu.sort_title(),
            worker_sort_descending=parts.workers.table.sorting[1],
            worker_hidden=parts.header_menu.hidden(),
            latency_scale=str(parts.workers.table.scale),
            log_columns=_widths(parts.log.view),
            log_hidden=parts.log.hidden_columns(),
            details=parts.actions.details.isChecked(),
            session=parts.session.panel_action.isChecked(),
            timeline=parts.actions.timeline.isChecked(),
            log_points=0 if points == parts.log.zoom.system_points() else points,
            theme=theme.data() if theme else "system",
            getting_started=not parts.getting_started.isHidden(),
        )

    @Slot()
    def reset_layout(self) -> None:
        """Put sizes, columns and open panels back to the defaults; theme, text size and workers stay."""
        from dataclasses import replace

        from app.documents.settings import Layout

        now = self.current_layout()
        if self.isMaximized():
            self.showNormal()
        # The first widths were those of the system's text size; the log's columns grow with the one that is chosen.
        log = self.parts.log
        log.zoom.set_points(0)
        self.parts.workers.table.columns.fit_always()
        _set_widths(log.view, self._first_widths)
        default = replace(Layout(), theme=now.theme, log_points=now.log_points, getting_started=now.getting_started)
        self.apply_layout(default)
        self.parts.settings_saver.save_soon()

    @Slot()
    def _keep_columns(self) -> None:
        """Remember how wide the place beside the log was."""
        if self.side.isVisible():
            self._columns_sizes = tuple(self.columns_splitter.sizes())

    @Slot()
    def _restore_columns(self) -> None:
        """Give the place beside the log the width that it had."""
        if self._columns_sizes:
            self.columns_splitter.setSizes(self._columns_sizes)

    # -- what happens --------------------------------------------------------------------------------------------

    def on_frame(self, batch: "Batch | None") -> None:
        """Show what a frame brought; the one function that the bridge calls while something runs."""
        if batch is not None:
            try:
                self.parts.area.add(batch)
            finally:
                # Whatever goes wrong in one of them, no other loses the batch.
                try:
                    self.parts.timeline.add(batch)
                finally:
                    self.parts.workers.on_batch(batch)
            self.parts.compare.on_batch(batch)
            if not batch.only_lines():
                self.guide()
        self.parts.recording.on_frame()
        self.parts.workers.on_frame()
        self.parts.timeline.on_frame()
        if self.parts.workers.updater.updated != self._details_at and self.parts.details.isVisible():
            self._details_at = self.parts.workers.updater.updated
            self.show_current()
        self.parts.status.on_frame()
        self.parts.closing.on_frame()
        self.parts.session.driver.look()

    # -- getting started -----------------------------------------------------------------------------------------

    def show_getting_started(self, shown: bool) -> None:
        """Show the line that says what to press, or hide it."""
        self.parts.getting_started.setVisible(shown)
        self.guide()

    @Slot()
    def on_getting_started(self) -> None:
        """Bring the line back, for good."""
        self.show_getting_started(True)
        self.parts.settings_saver.save_soon()

    @Slot()
    def guide(self) -> None:
        """Have the line say what to press next, or what was seen, if it is shown."""
        if not self.parts.getting_started.isHidden():
            rows = self.parts.workers.rows
            self.parts.getting_started.show_rows(rows.rows, rows.catalogue)

    @Slot(int)
    def on_why(self, row: int) -> None:
        """Open the details at the stop of a row's run."""
        self.parts.workers.table.make_current(row)
        self._show_details("Stop")

    @Slot(int)
    def on_edit_code(self, row: int) -> None:
        """Ask how the code of the person's own that a row runs is to be run."""
        worker = self.parts.workers.rows.rows[row].worker
        self.parts.threads.edit(worker, partial(self.parts.workers.change_code, worker.name))

    @Slot(object)
    def on_race(self, names: tuple[str, ...]) -> None:
        """Open the window that compares workers, ready to race these."""
        self.parts.compare.race(names)

    # -- what is said --------------------------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar until the next one, or for ten seconds."""
        from app.ui.display_text import visible

        self.statusBar().showMessage(visible(sentence), 10_000)

    def offer_session(self, cut_off: "CutOff") -> None:
        """Say that a session ended unexpectedly, and offer to open it in place of an older one; nothing if none did."""
        from app.ui.widgets import InfoBar

        path = cut_off.path
        if path is not None:
            if self.offer is not None:
                self.offer.hide()
            self.offer = InfoBar(cut_off.sentence, "&Open session", self)
            self.offer.accepted.connect(partial(self.parts.sessions.open, path))
            self.add_offer(self.offer)

    def add_offer(self, offer: QWidget) -> None:
        """Show a sentence with something to be done about it above everything else."""
        self._column.insertWidget(0, offer)

    @Slot(int)
    def on_stuck(self, stuck: int) -> None:
        """Have the title say how many are stuck."""
        from app.ui.status import window_title

        # Not on Stop all's button: stuck runs have been asked already, and it can do nothing more about them.
        self.setWindowTitle(window_title(stuck))

    @Slot(str)
    def show_progress(self, sentence: str) -> None:
        """Show how far closing is; an empty sentence takes it away."""
        self.banner.setText(f"Closing. {sentence}" if sentence else "")
        self.banner.setVisible(bool(sentence))

    @Slot()
    def show_current(self) -> None:
        """Have the details show the current row, and the timeline mark its run."""
        self.parts.details.show_row(self.parts.workers.table.current())
        self.parts.timeline.mark_run(self.parts.details.run_shown())

    @Slot(object)
    def on_line_chosen(self, line: int) -> None:
        """Have a click on a line mean its run, everywhere."""
        record = self.parts.area.store.record(line)
        if record is not None:
            self.on_run_chosen(record.run)

    @Slot(object)
    def on_run_chosen(self, run: int) -> None:
        """Mark a run's row, and show the run in the details; what is selected in the table stays so."""
        snapshot = self.parts.details.snapshot(run)
        for index in self.parts.workers.rows.indices(() if snapshot is None else (snapshot.name.worker,)):
            self.parts.workers.table.make_current(index)
            self.parts.details.show_row(index, run)
        self.parts.timeline.mark_run(run)

    @Slot(object)
    def on_line_opened(self, line: int) -> None:
        """Open the details at the stop that a line tells of, or else at the line's record."""
        self.parts.details.show_record(line)
        self.on_line_chosen(line)
        self._show_details("Stop" if self._tells_of_stop(line) else "Record")

    def _show_details(self, page: str) -> None:
        """Open the details at one of their pages, in front of what else is beside the log."""
        self.parts.details.show_page(page)
        self.parts.actions.details.setChecked(True)
        self.side.setCurrentWidget(self.parts.details)

    def _tells_of_stop(self, line: int) -> bool:
        """Return whether a line says something about the stop of a run whose details can be shown."""
        from app.session.record_words import tells_of_stop

        record = self.parts.log.store.record(line)
        if record is None or not tells_of_stop(record.kind, record.text):
            return False
        return self.parts.details.run_shown() == record.run

    @Slot(bool)
    def on_details(self, shown: bool) -> None:
        """Have the details show a worker when they are opened."""
        if shown and self.parts.workers.table.current() is None and self.parts.workers.rows.rows:
            self.parts.workers.table.make_current(0)

    @Slot(bool)
    def on_timeline(self, shown: bool) -> None:
        """Show the timeline, or hide it."""
        if not shown and self.parts.timeline.isVisible():
            self._rows_sizes = tuple(self.rows_splitter.sizes())
        self.parts.timeline.setVisible(shown)
        if shown and self._rows_sizes:
            self.rows_splitter.setSizes(self._rows_sizes)
        self.parts.timeline.refresh()

    @Slot()
    def on_timeline_focus(self) -> None:
        """Show the timeline and put the focus into it."""
        self.parts.actions.timeline.setChecked(True)
        self.parts.timeline.setFocus()

    @Slot()
    def on_start(self) -> None:
        """Start the workers that are meant, unless something that is being typed is wrong."""
        if self.settle_edits():
            self.parts.workers.start()

    def settle_edits(self) -> bool:
        """Take the text that is being typed somewhere, as if its field had been left; False if it is wrong."""
        self.parts.workers.table.close_editor()
        return self.parts.details.form.settle()

    # -- a Python file is dropped ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from app.ui.threads.opener import dropped_file

        if not self._is_empty and dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from app.ui.threads.opener import dropped_file

        path = dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.parts.threads.open(path)

    # -- theme and settings --------------------------------------------------------------------------------------

    @Slot()
    def show_preferences(self) -> None:
        """Ask for the preferences; returns at once."""
        from app.session.folder import session_folder
        from app.ui.preferences import Preferences, PreferencesDialog

        kept, layout = self.parts.settings_saver.kept, self.current_layout()
        now = Preferences(
            theme=layout.theme,
            log_points=layout.log_points,
            stop_deadline=kept.stop_deadline,
            switch_interval_ms=kept.switch_interval_ms,
            session_folder=kept.session_folder,
        )
        PreferencesDialog(now, session_folder(), self.on_preferences, self).open()

    def on_preferences(self, chosen: "Preferences") -> None:
        """Take what was chosen: theme, text size and switch interval now, the rest from the next start on."""
        for action in self.parts.actions.themes.actions():
            if action.data() == chosen.theme and not action.isChecked():
                action.trigger()
        self.parts.log.zoom.set_points(chosen.log_points)
        sys.setswitchinterval(chosen.switch_interval_ms / 1000)
        self.parts.settings_saver.change(
            stop_deadline=chosen.stop_deadline,
            switch_interval_ms=chosen.switch_interval_ms,
            session_folder=chosen.session_folder,
        )

    @Slot(QAction)
    def on_theme_chosen(self, action: QAction) -> None:
        """Take the theme that was chosen in the menu."""
        self.parts.theme.choose(action.data())

    @Slot()
    def on_theme(self) -> None:
        """Take the colours and icons of the theme."""
        self.parts.actions.apply_theme()
        self.parts.workers.table.apply_theme()
        self.parts.area.apply_theme()
        self.parts.timeline.apply_theme()
        self.setWindowIcon(self.parts.actions.icon())

    # -- the end -------------------------------------------------------------------------------------------------

    def begin_closing(self, signal_number: int | None = None) -> None:
        """Close in order; ``finished`` follows when it is time to leave."""
        self.parts.session.closing()
        clicked = None if signal_number is not None else self.parts.now()
        self.parts.closing.begin(clicked, signal_number)
        self.parts.workers.begin_closing()
        self.parts.compare.begin_closing()

    @Slot()
    def on_closing_cancelled(self) -> None:
        """Stay open: everything can be used again."""
        self.parts.session.closing_cancelled()
        self.parts.workers.end_closing()
        self.parts.compare.end_closing()

    def shutdown(self) -> None:
        """Let go of everything but the widgets themselves; before the recorder's end."""
        self.parts.session.shutdown()
        self.parts.sessions.shutdown()
        self.parts.compare.shutdown()
        self.parts.timeline.shutdown()
        self.parts.area.shutdown()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close:
            self.begin_closing()
        event.setAccepted(self._may_close)
        if self._is_empty:
            self.finished.emit(False)

    @Slot(bool)
    def on_closed(self, left: bool) -> None:
        """Leave: every thread has ended, or has to be left behind."""
        self.settle_edits()
        self.parts.settings_saver.save()
        self._may_close = True
        self.close()
        self.finished.emit(left)
