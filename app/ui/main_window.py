"""The main window: its parts are put in their places, and shown what happens."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QWidget

# What a desktop puts around a window, about: its own size is not known before it is shown.
_FRAME_HEIGHT = 40

# What fills the window is imported when it is filled: an empty one is on the screen by then.
if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.documents.settings import Layout, Settings
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
        self._first_widths: tuple[int, ...] = ()  # of the log's columns, as they come
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
        from app.ui.central_column import CentralColumn
        from app.ui.panes import Panes
        from app.ui.run_links import RunLinks
        from app.ui.widgets import plain_label

        self.parts = parts
        self._may_close = self._is_empty = False
        self.panes = Panes(parts.workers, parts.timeline, parts.area, self)
        side = self.panes.side
        side.add_page(parts.details, "Details", parts.actions.details)
        side.add_page(parts.session.panel, "Session", parts.session.panel_action)
        self.links = RunLinks(
            parts.workers.rows,
            parts.workers.table,
            parts.details,
            side,
            parts.actions.details,
            parts.area.store,
            (parts.timeline.mark_run, parts.log.mark_run),
        )
        side.currentChanged.connect(self.links.show_current)
        self.banner = plain_label("", self, wraps=True)
        self.banner.setMargin(6)
        self.banner.hide()
        self._column = CentralColumn(self, self.banner, parts.getting_started, (self.panes.rows, 1), spacing=0)
        self.setCentralWidget(self._column)
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
            self._first_widths = parts.log.view.column_widths.widths()
        parts.workers.table.columns.set_widths(layout.worker_columns)
        parts.log.view.column_widths.set_widths(layout.log_columns)
        parts.log_actions.show_hidden(layout.log_hidden)
        parts.log_actions.all_events.setChecked(layout.log_all_events)
        parts.header_menu.show_hidden(layout.worker_hidden)
        parts.header_menu.sort_by_title(layout.worker_sort, descending=layout.worker_sort_descending)
        parts.header_menu.show_scale(Scale(layout.latency_scale))
        self.panes.set_columns(layout, self.width())
        parts.actions.details.setChecked(layout.details)
        parts.session.panel_action.setChecked(layout.session)
        self.panes.set_rows(layout)
        parts.actions.timeline.setChecked(layout.timeline)
        parts.getting_started.set_shown(layout.getting_started)
        self.panes.set_columns(layout, self.width())
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
            rows=self.panes.row_sizes(),
            columns=self.panes.column_sizes(),
            worker_columns=parts.workers.table.columns.widths(),
            worker_sort=parts.header_menu.sort_title(),
            worker_sort_descending=parts.workers.table.sorting[1],
            worker_hidden=parts.header_menu.hidden(),
            latency_scale=str(parts.workers.table.scale),
            log_columns=parts.log.view.column_widths.widths(),
            log_hidden=parts.log.hidden_columns(),
            log_all_events=parts.log.all_events,
            details=parts.actions.details.isChecked(),
            session=parts.session.panel_action.isChecked(),
            timeline=parts.actions.timeline.isChecked(),
            log_points=0 if points == parts.log.zoom.system_points() else points,
            theme=theme.data() if theme else "system",
            getting_started=not parts.getting_started.isHidden(),
        )

    def current_settings(self, kept: "Settings") -> "Settings":
        """Return settings with what has changed by itself: how the window looks, the workers, the log's rules."""
        workers, rules = self.parts.workers.rows.workers(), self.parts.log.rules
        return replace(kept, layout=self.current_layout(), workers=workers, rules=rules)

    @Slot()
    def reset_layout(self) -> None:
        """Put sizes, columns and open panels back to the defaults; theme, text size and workers stay."""
        from app.documents.settings import Layout

        now = self.current_layout()
        if self.isMaximized():
            self.showNormal()
        # The first widths were those of the system's text size; the log's columns grow with the one that is chosen.
        log = self.parts.log
        log.zoom.set_points(0)
        self.parts.workers.table.columns.fit_always()
        log.view.column_widths.set_widths(self._first_widths)
        default = replace(Layout(), theme=now.theme, log_points=now.log_points, getting_started=now.getting_started)
        self.apply_layout(default)
        self.parts.settings_saver.save_soon()

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
                self.parts.getting_started.guide()
        self.parts.recording.on_frame()
        self.parts.workers.on_frame()
        self.parts.timeline.on_frame()
        if self.parts.workers.updater.updated != self._details_at and self.parts.details.isVisible():
            self._details_at = self.parts.workers.updater.updated
            self.links.show_current()
        self.parts.status.on_frame()
        self.parts.closing.on_frame()
        self.parts.session.plans.driver.look()

    @Slot(int)
    def on_edit_code(self, row: int) -> None:
        """Ask how the code of the person's own that a row runs is to be run."""
        worker = self.parts.workers.rows.rows[row].worker
        self.parts.threads.edit(worker, partial(self.parts.workers.change_code, worker.name))

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
        self._column.offer(offer)

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

    @Slot(bool)
    def on_timeline(self, shown: bool) -> None:
        """Show the timeline, or hide it."""
        self.panes.show_timeline(shown)
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
            self.parts.threads.ask_dropped(path)

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
        """Take what was chosen: all of it now, but for the session folder, which is for the next session."""
        for action in self.parts.actions.themes.actions():
            if action.data() == chosen.theme and not action.isChecked():
                action.trigger()
        self.parts.log.zoom.set_points(chosen.log_points)
        self.parts.session.set_surroundings(chosen.stop_deadline, chosen.switch_interval_ms / 1000)
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
        self.parts.help.shutdown()

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
