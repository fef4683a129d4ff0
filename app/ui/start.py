"""Opens the window: what it needs is built here, and put away here in order."""

import os
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.collector import Collector, Drained
from app.core.controller import Controller
from app.core.timers import ThreadTimers
from app.core.wake import Wake
from app.core.worker import Worker
from app.documents.settings import Settings, load_settings, settings_path
from app.documents.worker_sets import read_workers
from app.exit_codes import combined
from app.session.places import cut_off_sessions, new_writer, session_folder
from app.session.recorder import Recorder
from app.signals import Signals
from app.ui.probe import check_display

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow, Services


def open_window(options: Namespace, catalogue: Catalogue) -> int:
    """Open the window, be it until it is closed, and return the exit status; the main thread only.

    Raises:
        BadInput: there is no display, a library of Qt's is missing, or the workers' file is wrong; nothing was opened.
    """
    workers = read_workers(options.workers, catalogue) if options.workers is not None else None
    # Before Qt is imported: a Ctrl+C in the middle of that would end the process by an abort.
    bell = Wake()
    signals = Signals(bell)
    try:
        return _be_open(options, catalogue, workers, signals, bell)
    finally:
        signals.restore()
        bell.close()


def _be_open(
    options: Namespace,
    catalogue: Catalogue,
    workers: tuple[Worker, ...] | None,
    signals: Signals,
    bell: Wake,
) -> int:
    check_display()
    # After everything that may keep the window from opening: what is wrong with the settings is said in it.
    path = settings_path()
    settings, problem = load_settings(path, catalogue)
    if workers is not None:
        settings = replace(settings, workers=workers)
    # Only now: importing Qt takes longest, and without a display it is not needed.
    from PySide6.QtWidgets import QApplication

    from app.ui.faults import Faults, faults_path
    from app.ui.main_window import MainWindow
    from app.ui.sitting import Sitting

    application = QApplication(["thread-controller"])
    application.setApplicationDisplayName("Thread Controller")
    application.setDesktopFileName("thread-controller")
    application.setQuitOnLastWindowClosed(False)
    folder = options.session_dir or session_folder()
    cut_off = cut_off_sessions(folder)
    services = build_services(catalogue, settings, path, folder)
    window = MainWindow(services)
    sitting = Sitting(application, window, signals, bell)
    faults = Faults(faults_path(), window.workers.say)
    window.show()
    if problem:
        window.workers.say(problem)
    if cut_off.path is not None:
        window.offer_session(cut_off)
    if options.start:
        window.workers.start()
    application.exec()
    status = combined(left=sitting.left, signal_number=signals.number)
    if sitting.left:
        window.bridge.stop()
        if services.recorder is not None:
            services.recorder.close()
        # Threads that nobody can stop must not run on in an interpreter, and beside a Qt, that are being taken down.
        sys.stderr.flush()
        os._exit(status)
    put_away(services, window)
    faults.restore()
    return status


def build_services(catalogue: Catalogue, settings: Settings, path: Path, sessions: Path | None) -> "Services":
    """Return what the window is given, with the process's settings made; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        settings: what was kept from the last start.
        path: where it is kept for the next.
        sessions: the folder of the session files; None to record nothing.
    """
    from app.ui.garbage import GarbageCollector
    from app.ui.main_window import Services

    sys.setswitchinterval(settings.switch_interval_ms / 1000)
    collector = Collector(SystemClock())
    timers = ThreadTimers(collector.clock)
    controller = Controller(catalogue, collector, timers, settings.stop_deadline)
    started = beginning(collector)
    recorder = None if sessions is None else build_recorder(sessions, started, collector)
    started_ns = round(started.timestamp() * 1e9)
    garbage = GarbageCollector()
    return Services(catalogue, collector, controller, garbage, recorder, settings, path, sessions, started_ns)


def beginning(collector: Collector) -> datetime:
    """Return the wall clock at the beginning of the sitting."""
    return datetime.now().astimezone() - timedelta(microseconds=(collector.clock.now() - collector.origin) / 1_000)


def build_recorder(folder: Path, started: datetime, collector: Collector) -> Recorder:
    """Return a recorder of this sitting; its file comes into being with the first record."""

    def settle(several: list[Drained]) -> None:
        for drained in several:
            collector.settle(drained)

    return Recorder(
        partial(new_writer, folder, started, collector.origin), settle, lambda: datetime.now().astimezone().isoformat()
    )


def put_away(services: "Services", window: "MainWindow") -> None:
    """Put a window and its services away, in order; nobody may be alive any more; the GUI thread only."""
    # First nothing more arrives, then the threads go, then what they wrote to, and the widgets last: a bridge that is
    # deleted while a thread could still reach it crashes.
    window.bridge.stop()
    services.controller.finish()
    window.put_away()
    if services.recorder is not None:
        services.recorder.close()
    window.deleteLater()
    _deliver_deletions()
    services.collector.close()
    services.garbage.restore()


def _deliver_deletions() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
