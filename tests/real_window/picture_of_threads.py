"""Makes the README's picture of threads of one's own: what they print and log, how they are stopped, one that is stuck.

    python -m tests.real_window.picture_of_threads resources/screenshots/threads.png [light|dark]

Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from app.documents.settings import Layout, Settings
from app.programs.catalogue import program_catalogue
from app.programs.consent import code_uses
from app.programs.own_code import read_python_file
from app.programs.own_worker import own_worker
from app.ui.main_window import MainWindow
from app.ui.main_window_setup import fill_window
from app.ui.start import build_services, shutdown
from tests.real_window.waiting import until

CODE = '''\
import asyncio
import logging
import sys
import threading
import time

log = logging.getLogger("mail")


def poll(stop: threading.Event, folder: str = "inbox") -> None:
    """Looks into a folder until it is told to stop."""
    while not stop.wait(0.3):
        print(f"looked into {folder}: nothing new")


class Uploader(threading.Thread):
    """Sends blocks until its flag is down."""

    running = True

    def run(self) -> None:
        block = 0
        while self.running:
            block += 1
            print(f"sent block {block}")
            if block % 4 == 0:
                print(f"block {block} had to be sent twice", file=sys.stderr)
            elif block % 3 == 0:
                log.warning("the server answers slowly")
            time.sleep(0.35)


async def refresh() -> None:
    """Refreshes the view until its task is cancelled."""
    while True:
        print("refreshed")
        await asyncio.sleep(0.4)


def convert(stop: threading.Event) -> None:
    """Looks at its Event only between two files."""
    while not stop.is_set():
        print("converting")
        time.sleep(60)
'''
_SIZE = (1180, 820)
_RUNNING, _STOPPED = 2.0, 1.5  # seconds that the threads run, and that the picture is taken after Stop
_NAMES = {"poll": "Mail poller", "Uploader": "Uploader", "refresh": "Refresh", "convert": "Converter"}


def make_picture(target: Path, theme: str) -> None:
    """Run the threads, stop them, and save a picture of the window when one of them is stuck."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mail.py")
        path.write_text(CODE, "utf-8")
        file = read_python_file(path)
        workers = tuple(replace(own_worker(file, file.find(name)), name=title) for name, title in _NAMES.items())
        layout = Layout(width=_SIZE[0], height=_SIZE[1], theme=theme, details=True, getting_started=False)
        agreed = tuple(digest for use in code_uses(workers) if (digest := use.digest()) is not None)
        settings = Settings(workers=workers, layout=layout, stop_deadline=1.0, agreed_code=agreed)
        services = build_services(program_catalogue(), settings, Path(folder, "settings.toml"), Path(folder, "s"))
        window = MainWindow()
        fill_window(window, services)
        window.resize(*_SIZE)
        window.show()
        parts = window.parts

        def see(condition: Callable[[], object]) -> None:
            def look() -> bool:
                application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
                return bool(condition())

            until(look, "the threads")

        def wait(seconds: float) -> None:
            done = time.monotonic() + seconds
            see(lambda: time.monotonic() > done)

        parts.actions.start.trigger()
        see(lambda: all(row.snapshot is not None and row.snapshot.lines for row in parts.workers.rows.rows))
        wait(_RUNNING)
        parts.workers.stop_all()
        wait(_STOPPED)
        parts.timeline.bar.fit.trigger()
        parts.workers.table.select([len(workers) - 1])  # the one that is stuck: Details says where
        wait(0.5)
        window.grab().save(str(target))
        for row in parts.workers.rows.rows:
            if row.run is not None:
                services.controller.kill(row.run)
        see(services.controller.is_idle)
        services.controller.close(0)
        shutdown(services, window)
        QCoreApplication.processEvents()


if __name__ == "__main__":
    make_picture(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "light")
