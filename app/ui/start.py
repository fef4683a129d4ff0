"""Opens the window: what it needs is built here, and shut down here in order.

An empty window is shown first, and filled as soon as it has been painted: what fills it takes longer to import than Qt.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.core.wake import Wake
from app.signals import Signals
from app.terminal import exit_status
from app.ui.probe import check_display

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.core.catalogue import Catalogue
    from app.core.worker import Worker
    from app.documents.settings import Settings
    from app.ui.main_window import MainWindow
    from app.ui.services import Services

_LOOK_AGAIN = 2_000  # ms after the window was filled: by then a process that was killed before has ended


def open_window(workers_file: Path | None = None, session_dir: Path | None = None, *, start: bool = False) -> int:
    """Open the window, run it until it is closed, and return the exit status; the main thread only.

    Args:
        workers_file: a worker set to open it with; None for the one that was kept.
        session_dir: where sessions are kept; None for the platform's folder.
        start: whether to start the workers at once.

    Raises:
        BadInput: there is no display, a library of Qt's is missing, or the workers' file is wrong; nothing was opened.
    """
    workers = None
    if workers_file is not None:
        from app.documents.worker_sets import read_workers
        from app.programs.catalogue import program_catalogue

        workers = read_workers(workers_file, program_catalogue())
    paint_in_one_thread()
    # Before Qt is imported: a Ctrl+C in the middle of that would end the process by an abort.
    bell = Wake()
    signals = Signals(bell)
    try:
        check_display()
        return _Opening(signals, bell, workers, session_dir, start).run()
    finally:
        signals.restore()
        bell.close()


def paint_in_one_thread() -> None:
    """Have Qt paint in the GUI thread alone; before the first paint, at which Qt looks at this.

    Where the system refuses a thread, Qt's pool for painting waits for ever for a job that nothing will do, and the window
    with it.
    """
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")


class _Opening:
    """The window from its first paint to its end; the main thread only."""

    def __init__(
        self,
        signals: Signals,
        bell: Wake,
        workers: "tuple[Worker, ...] | None",
        session_dir: Path | None,
        start: bool,
    ) -> None:
        self._signals = signals
        self._bell = bell
        self._workers = workers
        self._session_dir = session_dir
        self._start = start
        self._error: BaseException | None = None
        self._services: Services | None = None
        self._acted = 0  # upon so many of the signals
        self._left = False  # whether a thread has to be left behind

    def run(self) -> int:
        """Run the window and return the exit status."""
        # Only now: importing Qt takes longest, and without a display it is not needed.
        from PySide6.QtWidgets import QApplication

        from app.documents.startup_settings import read_startup_settings, settings_path
        from app.ui.failures import on_connection_lost
        from app.ui.main_window import MainWindow
        from app.ui.widgets import when_painted

        self._application = application = QApplication(["thread-controller"])
        on_connection_lost(application.platformName(), self._leave_without_display)
        application.setApplicationDisplayName("Thread Controller")
        application.setDesktopFileName("thread-controller")
        application.setQuitOnLastWindowClosed(False)
        self._path = settings_path()
        self._window = window = MainWindow()
        window.show_empty(read_startup_settings(self._path))
        window.finished.connect(application.quit)
        when_painted(window, self._fill)
        # Closing the window ends this loop with 0. Qt ends it with 1 when the X server is gone.
        if application.exec() != 0 and self._error is None:
            self._leave_without_display()
        return self._end()

    def _fill(self) -> None:
        try:
            self._fill_window(self._application)
        except BaseException as error:  # noqa: BLE001 - Qt's loop would swallow it and stay with an empty window
            self._error = error
            self._application.exit(1)

    def _fill_window(self, application: "QApplication") -> None:
        from dataclasses import replace

        from PySide6.QtCore import QSocketNotifier

        from app.documents.settings import load_settings
        from app.programs.catalogue import program_catalogue
        from app.session.folder import cut_off_sessions, session_folder
        from app.ui.failures import ExceptionHooks, traceback_path
        from app.ui.main_window_setup import fill_window
        from app.ui.widgets import single_shot

        if not self._window.isVisible():  # closed before there was anything in it
            return
        catalogue = program_catalogue()
        settings, problem = load_settings(self._path, catalogue)
        if self._workers is not None:
            settings = replace(settings, workers=self._workers)
        folder = self._session_dir or (Path(settings.session_folder) if settings.session_folder else session_folder())
        cut_off = cut_off_sessions(folder)
        window = self._window
        self._services = build_services(catalogue, settings, self._path, folder)
        fill_window(window, self._services)
        self._services.garbage.freeze()
        window.finished.disconnect(application.quit)
        window.finished.connect(self._on_finished)
        # Qt's loop watches the bell, so that it wakes up when a signal comes, and Python's handlers run.
        notifier = QSocketNotifier(self._bell.fileno(), QSocketNotifier.Type.Read, window)
        notifier.activated.connect(self._on_bell)
        self._hooks = ExceptionHooks(traceback_path(), window.parts.workers.say)
        if problem:
            window.parts.workers.say(problem)
        window.offer_session(cut_off)
        self._folder = folder
        single_shot(window, self._look_again, _LOOK_AGAIN).start()
        window.parts.session.plans.look_for_unfinished(folder)
        if self._start:
            window.parts.workers.start()

    def _look_again(self) -> None:
        """Offer a session whose process was killed just before the start, and took its time to end; once."""
        from app.session.folder import cut_off_sessions

        self._window.offer_session(cut_off_sessions(self._folder))

    def _on_bell(self) -> None:
        """Begin to close the window for each signal of the operating system that has come."""
        self._bell.clear()
        while self._acted < len(self._signals.seen):
            self._acted += 1
            self._window.begin_closing(self._signals.seen[self._acted - 1])

    def _on_finished(self, left: bool) -> None:
        self._left = left
        self._application.exit(0)

    def _leave_without_display(self) -> NoReturn:
        from app.ui.failures import exit_without_display

        bridge = None if self._services is None else self._window.parts.bridge
        exit_without_display(bridge, self._services, self._signals.number)

    def _end(self) -> int:
        window, services = self._window, self._services
        if self._error is not None:
            raise self._error
        if services is None:
            window.deleteLater()
            _deliver_deletions()
            return exit_status(left=False, signal_number=self._signals.number)
        ended_by_force = self._left or window.parts.closing.has_killed
        status = exit_status(left=ended_by_force, signal_number=self._signals.number)
        if self._left:
            window.parts.bridge.stop()
            services.runtime.leave()
            if services.recorder is not None:
                services.recorder.close()
            # Threads that cannot be stopped must not run on in an interpreter, and beside a Qt, that are being taken down.
            sys.stderr.flush()
            os._exit(status)
        shutdown(services, window)
        self._hooks.restore()
        return status


def build_services(catalogue: "Catalogue", settings: "Settings", path: Path, sessions: Path | None) -> "Services":
    """Return what the window is given, with the process's settings made; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        settings: what was kept from the last start.
        path: where it is kept for the next.
        sessions: the folder of the session files; None to record nothing.
    """
    from app.programs.runtime import build_runtime
    from app.session.recorder import build_recorder, session_start
    from app.ui.services import GarbageCollector, Services

    sys.setswitchinterval(settings.switch_interval_ms / 1000)
    runtime = build_runtime(catalogue, deadline=settings.stop_deadline)
    started = session_start(runtime.stream)
    recorder = None if sessions is None else build_recorder(sessions, started, runtime.stream)
    started_ns = round(started.timestamp() * 1e9)
    garbage = GarbageCollector()
    return Services(catalogue, runtime, garbage, recorder, settings, path, sessions, started_ns)


def shutdown(services: "Services", window: "MainWindow") -> None:
    """Shut a window and its services down, in order; no run may be alive any more; the GUI thread only."""
    # First nothing more arrives, then the threads go, then what they wrote to, and the widgets last: a bridge that is
    # deleted while a thread could still reach it crashes.
    window.parts.bridge.stop()
    services.runtime.shutdown()
    window.shutdown()
    if services.recorder is not None:
        services.recorder.close()
    window.deleteLater()
    _deliver_deletions()
    services.stream.close()
    services.garbage.restore()


def _deliver_deletions() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
