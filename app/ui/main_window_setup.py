"""Fills the main window: its parts are made, connected with each other, and handed to it.

Imported when the window is filled: an empty one is on the screen by then.
"""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.programs.consent import AgreedFiles
from app.session.archive import Archive
from app.ui.actions import Actions
from app.ui.bridge import Bridge
from app.ui.closing import CloseController
from app.ui.compare.opener import CompareOpener
from app.ui.details.panel import DetailsPanel
from app.ui.failures import traceback_path
from app.ui.getting_started import GettingStarted
from app.ui.help import Help, PartCaption
from app.ui.journal.session_controller import SessionController
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.shown import START_HINT
from app.ui.log.store import LogStore
from app.ui.main_window import MainWindow, WindowParts
from app.ui.services import Services
from app.ui.sessions import Sessions
from app.ui.settings_saver import SettingsSaver
from app.ui.status import RecordingMonitor, Status, lag_words
from app.ui.theme import Theme, WorkerMarks
from app.ui.threads.opener import ThreadsOpener
from app.ui.timeline.links import link
from app.ui.timeline.panel import TimelinePanel
from app.ui.widgets import when_painted
from app.ui.worker_files import WorkerFiles
from app.ui.workers.consent import Agreed
from app.ui.workers.header_menu import HeaderMenu
from app.ui.workers.panel import WorkersPanel
from app.ui.workers.rows import WorkerRows

if TYPE_CHECKING:
    from app.ui.browser.logic import Place
    from app.ui.browser.window import SessionBrowser
    from app.ui.compare.window import CompareWindow
    from app.ui.session_window import SessionWindow


def fill_window(window: MainWindow, services: Services) -> None:
    """Make the parts of an empty window, connect them and hand them over; once; the GUI thread only."""
    parts = _make_parts(window, services)
    window.fill(parts)
    parts.log.set_rules(services.settings.rules)
    parts.log.set_hint(START_HINT)
    _connect_data(window, parts)
    _connect_actions(window, parts)
    window.apply_layout(services.settings.layout)
    parts.workers.setFocus()
    when_painted(window, parts.timeline.prepare)


def _make_parts(window: MainWindow, services: Services) -> WindowParts:
    """Make every part, each with what it needs; of the window they know that it is their parent."""
    controller, settings, recorder = services.controller, services.settings, services.recorder
    origin = services.stream.origin
    theme = Theme(window)
    theme.choose(settings.layout.theme)
    bridge = Bridge(services.stream, controller, services.garbage, recorder, window)
    rows = WorkerRows(settings.workers, services.catalogue)
    marks = WorkerMarks(theme)
    actions = Actions(window, theme)

    def keep_agreed(digests: tuple[str, ...]) -> None:
        saver.change(agreed_code=digests)

    agreed = Agreed(AgreedFiles(settings.agreed_code, keep_agreed))
    workers = WorkersPanel(rows, controller, theme, marks, window, agreed)
    store = LogStore(None if recorder is None else Archive(window.say))
    area = LogArea(store, origin, services.started_ns, theme, marks, window)
    timeline = TimelinePanel(origin, theme, marks, controller.clock.now, window)
    status = Status(window.statusBar(), controller, bridge, recorder, theme)
    saver = SettingsSaver(settings, window.current_settings, services.settings_path, workers.say, window)
    return WindowParts(
        theme=theme,
        bridge=bridge,
        marks=marks,
        actions=actions,
        workers=workers,
        header_menu=HeaderMenu(workers.table, actions.columns_menu),
        area=area,
        log_actions=LogActions(area.panel, area.search, area.saver, actions.log_menu),
        details=DetailsPanel(rows, store, controller, theme, bridge.lag.summary, window),
        timeline=timeline,
        files=WorkerFiles(rows, workers.editing.open_workers, window),
        threads=ThreadsOpener(workers.add_workers, workers.observe, window),
        status=status,
        recording=RecordingMonitor(recorder, area.on_recording, status),
        sessions=Sessions(
            area.panel,
            services.sessions,
            recorder,
            partial(_open_session, window, services, theme, marks),
            partial(_new_browser, window, services),
            window,
        ),
        session=SessionController(
            services, workers, area.panel, timeline, timeline.measured, bridge.lag.summary, theme, window
        ),
        compare=CompareOpener(
            partial(_new_compare_window, window, services), services.sessions, settings.close_deadline, window
        ),
        closing=CloseController(controller, settings.close_deadline, window),
        settings_saver=saver,
        getting_started=GettingStarted(rows, window),
        help=Help(actions.help_menu, partial(_diagnostics, services, bridge), partial(_captions, window), window),
        now=controller.clock.now,
    )


def _diagnostics(services: Services, bridge: Bridge) -> str:
    """Return the paths of what is kept, and how the window keeps up, a line each."""
    lag = bridge.lag.summary()
    recorder = services.recorder
    return "\n".join(
        (
            f"Window lag: {lag_words(lag)}",
            f"Settings: {services.settings_path}",
            f"Sessions: {services.sessions or 'not recorded'}",
            f"This session: {(recorder and recorder.status().path) or 'nothing recorded yet'}",
            f"Tracebacks: {traceback_path()}",
        )
    )


def _captions(window: MainWindow) -> list[PartCaption]:
    """Return what the parts of the window are called, and what each is for."""
    parts = window.parts
    return [
        PartCaption(title, sentence, widget)
        for title, sentence, widget in (
            ("Getting started", "What to press next, and what the last stop showed.", parts.getting_started),
            (
                "Workers",
                "One row a worker: how its threads stop, what they do, how the last one stopped.",
                parts.workers,
            ),
            ("Timeline", "One lane per run: when it ran, when it was asked to stop, when it noticed.", parts.timeline),
            ("Log", "Every line of every thread, and what happened to it, in order of time.", parts.area),
            (
                "Details",
                "The selected worker: its last stop instant by instant, its settings, its code.",
                parts.details,
            ),
            ("Session", "Notes and plans of a manual test session; everything is recorded.", parts.session.panel),
        )
    ]


def _open_session(
    window: MainWindow, services: Services, theme: Theme, marks: WorkerMarks, path: Path
) -> "SessionWindow | str":
    """Return a window that shows a session, or the sentence about why there is none."""
    # Imported when it is first asked for: the first window needs nothing of it.
    from app.ui.session_window import open_window

    return open_window(path, theme, marks, services.catalogue, window)


def _new_browser(
    window: MainWindow,
    services: Services,
    folder: Path,
    recorded: Callable[[], Collection[Path]],
    opened: Callable[[], Collection[Path]],
    open_session: "Callable[[Path, Place | None], None]",
) -> "SessionBrowser":
    """Return the session browser, not yet filled."""
    from app.ui.browser.window import SessionBrowser

    return SessionBrowser(folder, services.catalogue, recorded, opened, open_session, window)


def _new_compare_window(window: MainWindow, services: Services) -> "CompareWindow":
    """Return the window that compares workers, not yet shown."""
    from app.ui.compare.controls import CompareServices
    from app.ui.compare.window import CompareWindow

    parts = window.parts

    def alive() -> int:
        return services.controller.state.tally().alive

    def record(word: str, facts: dict[str, object]) -> None:
        parts.session.record([(word, facts)])

    compare = CompareServices(
        parts.workers.rows.workers, alive, parts.workers.agreed, record, parts.session.journal.evidence
    )
    return CompareWindow(services.catalogue, parts.theme, parts.marks, compare, services.garbage, window)


def _connect_data(window: MainWindow, parts: WindowParts) -> None:
    """Connect what happens with what shows it."""
    bridge, log = parts.bridge, parts.log
    bridge.listen(window.on_frame)
    parts.status.trouble.connect(parts.workers.say)
    parts.status.stuck_changed.connect(window.on_stuck)
    bridge.quiet.connect(parts.session.plans.driver.look)
    bridge.quiet.connect(parts.workers.refresh)
    bridge.quiet.connect(parts.timeline.on_quiet)
    bridge.quiet.connect(parts.status.on_quiet)
    bridge.quiet.connect(parts.recording.on_quiet)
    bridge.quiet.connect(parts.closing.on_quiet)
    sources = (parts.session, parts.area, parts.area.saver, parts.sessions, parts.timeline, parts.files, parts.workers)
    for source in sources:
        source.said.connect(window.say)
    parts.files.failed.connect(parts.workers.say)
    parts.threads.failed.connect(parts.workers.say)
    timeline = parts.timeline
    link(log, log.clock.origin, timeline.place_chosen, timeline.set_cursor, timeline.said.emit)
    parts.session.offered.connect(window.add_offer)
    parts.closing.progress.connect(window.show_progress)
    parts.closing.finished.connect(parts.compare.finish)
    parts.closing.cancelled.connect(window.on_closing_cancelled)
    parts.compare.said.connect(window.show_progress)
    parts.compare.finished.connect(window.on_closed)
    parts.workers.acted.connect(parts.session.record)
    parts.workers.current_changed.connect(window.links.show_current)
    parts.workers.workers_changed.connect(parts.settings_saver.save_soon)
    parts.header_menu.changed.connect(parts.settings_saver.save_soon)
    parts.details.form.edited.connect(parts.workers.editing.edit)
    parts.details.form.code_asked.connect(window.on_edit_code)
    log.chosen.connect(parts.details.show_record)
    log.chosen.connect(window.links.on_line_chosen)
    parts.timeline.run_chosen.connect(window.links.on_run_chosen)
    parts.timeline.request_chosen.connect(window.links.on_request_chosen)
    log.opened.connect(window.links.on_line_opened)
    log.rules_changed.connect(parts.settings_saver.save_soon)
    parts.log_actions.all_events.triggered.connect(parts.settings_saver.save_soon)
    parts.theme.changed.connect(window.on_theme)
    started = parts.getting_started
    started.why_asked.connect(window.links.on_why)
    started.race_asked.connect(parts.compare.race)
    started.changed.connect(parts.settings_saver.save_soon)
    parts.help.getting_started_asked.connect(started.bring_back)
    parts.workers.workers_changed.connect(started.guide)
    parts.workers.acted.connect(started.guide)
    bridge.quiet.connect(started.guide)


def _connect_actions(window: MainWindow, parts: WindowParts) -> None:
    """Connect the actions with what carries them out."""
    actions, workers, editing = parts.actions, parts.workers, parts.workers.editing
    workers.possible_changed.connect(actions.show_possible)
    workers.reload()
    parts.details.stop.let_go.connect(workers.let_run_go)
    parts.details.stop.kill.connect(workers.kill_run)
    table = workers.table
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    table.addActions([actions.start, actions.stop, actions.let_go, actions.kill, actions.duplicate, actions.remove])
    for action, slot in (
        (actions.start, window.on_start),
        (actions.stop, workers.stop),
        (actions.stop_all, workers.stop_all),
        (actions.let_go, workers.let_go),
        (actions.kill, workers.kill),
        (actions.undo, editing.undo),
        (actions.redo, editing.redo),
        (actions.add, editing.add),
        (actions.duplicate, editing.duplicate_selected),
        (actions.remove, editing.remove_selected),
        (actions.compare, parts.compare.open),
        (actions.open, parts.files.open),
        (actions.open_threads, parts.threads.ask),
        (actions.observe, parts.threads.ask_program),
        (actions.save, parts.files.save),
        (actions.close, window.close),
        (actions.preferences, window.show_preferences),
        (actions.open_session, parts.sessions.ask),
        (actions.sessions, parts.sessions.browse),
        (actions.zoom_in, parts.log.zoom.larger),
        (actions.zoom_out, parts.log.zoom.smaller),
        (actions.zoom_reset, parts.log.zoom.reset),
        (actions.workers_focus, workers.setFocus),
        (actions.log_focus, parts.log.setFocus),
        (actions.timeline_focus, window.on_timeline_focus),
        (actions.reset_layout, window.reset_layout),
        (actions.themes, window.on_theme_chosen),
    ):
        action.triggered.connect(slot)
    stack = editing.history.stack
    stack.canUndoChanged.connect(actions.undo.setEnabled)
    stack.canRedoChanged.connect(actions.redo.setEnabled)
    stack.undoTextChanged.connect(actions.on_undo_text)
    stack.redoTextChanged.connect(actions.on_redo_text)
    actions.view_menu.insertAction(actions.view_separator, parts.log_actions.all_events)
    actions.details.toggled.connect(window.links.on_details)
    actions.timeline.toggled.connect(window.on_timeline)
    parts.files.fill_examples(actions.examples)
    parts.timeline.add_actions(actions.timeline_menu)
    parts.session.fill_menu(actions.session_menu)
