"""Makes the README's picture of an observed program: an arrow from the line that asked to the line that noticed.

    python -m tests.real_window.picture_of_observe resources/screenshots/observe.png [light|dark]

Needs a Python that is new enough to be observed in, beside or on the path, and a display, or QT_QPA_PLATFORM=offscreen.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from app.core.catalogue import Catalogue
from app.core.program import Program
from app.documents.settings import Layout, Settings
from app.programs.interpreters import find_interpreter, observing_interpreters
from app.ui.main_window import MainWindow
from app.ui.main_window_setup import fill_window
from app.ui.start import build_services, shutdown
from tests.real_window.waiting import until

READER = '''\
import time


class Reader:
    """Reads a sensor until it is told to stop."""

    running = True

    def loop(self) -> None:
        while self.running:
            print("read", time.monotonic_ns() % 1000)
            time.sleep(0.25)
'''
APP = """\
import threading
import time

from reader import Reader


def wait_for(stop: threading.Event) -> None:
    while not stop.wait(0.3):
        print("still waiting")


def upload(done: threading.Event) -> None:
    done.wait()


reader, stop = Reader(), threading.Event()
threads = [
    threading.Thread(target=reader.loop, name="reader"),
    threading.Thread(target=wait_for, args=(stop,), name="waiter"),
    threading.Thread(target=upload, args=(threading.Event(),), name="uploader"),
]
for thread in threads:
    thread.start()

time.sleep(1.6)
reader.running = False
time.sleep(0.5)
stop.set()
"""
HIDDEN = ("Line", "Wall clock", "Delta", "Source")
_SIZE = (1280, 860)
_THREADS = 4
_ENOUGH = 1.6  # seconds that the thread that goes on is shown after the others


def make_picture(target: Path, theme: str) -> None:
    """Observe the program, choose the arrow of its first request, and save a picture of the window."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "app.py")
        file.write_text(APP, "utf-8")
        file.with_name("reader.py").write_text(READER, "utf-8")
        interpreter = find_interpreter(observing_interpreters(file)[0])
        layout = Layout(
            width=_SIZE[0], height=_SIZE[1], theme=theme, details=True, getting_started=False, log_hidden=HIDDEN
        )
        services = build_services(
            Catalogue(), Settings(workers=(), layout=layout), Path(folder, "settings.toml"), Path(folder, "sessions")
        )
        window = MainWindow()
        fill_window(window, services)
        window.resize(*_SIZE)
        window.show()
        parts = window.parts

        def see(condition: Callable[[], object]) -> None:
            def look() -> bool:
                application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
                return bool(condition())

            until(look, "the program")

        parts.workers.observe(Program(interpreter, (str(file),), folder), True)
        timeline = parts.timeline
        see(lambda: timeline.feed.timeline is not None and len(timeline.feed.timeline.requests()) > 1)
        done = time.monotonic() + _ENOUGH
        see(lambda: time.monotonic() > done)
        timeline.bar.fit.trigger()
        (request, *_) = timeline.feed.timeline.requests() if timeline.feed.timeline is not None else ()
        timeline.canvas.request_chosen.emit(request)
        window.panes.rows.setSizes([150, 250, 400])
        window.panes.columns.setSizes([700, 580])
        done = time.monotonic() + 0.5
        see(lambda: time.monotonic() > done)
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
