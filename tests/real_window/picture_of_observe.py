"""Makes the README's picture of an observed program: an arrow from the line that asked to the line that noticed.

    python -m tests.real_window.picture_of_observe resources/screenshots/observe.png [light|dark]

Needs a Python that is new enough to be observed in, beside or on the path, and a display, or QT_QPA_PLATFORM=offscreen.
"""

import tempfile
from pathlib import Path

from app.core.catalogue import Catalogue
from app.core.program import Program
from app.documents.settings import Layout, Settings
from app.programs.interpreters import find_interpreter, observing_interpreters
from tests.real_window.picture import main, pictured_window

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
    width, height = _SIZE
    layout = Layout(width=width, height=height, theme=theme, details=True, getting_started=False, log_hidden=HIDDEN)
    with (
        tempfile.TemporaryDirectory() as folder,
        pictured_window(Catalogue(), Settings(workers=(), layout=layout)) as window,
    ):
        file = Path(folder, "app.py")
        file.write_text(APP, "utf-8")
        file.with_name("reader.py").write_text(READER, "utf-8")
        interpreter = find_interpreter(observing_interpreters(file)[0])
        window.parts.workers.observe(Program(interpreter, (str(file),), folder), True)
        timeline = window.parts.timeline
        window.see(lambda: timeline.feed.timeline is not None and len(timeline.feed.timeline.requests()) > 1)
        window.live(_ENOUGH)
        timeline.bar.fit.trigger()
        (request, *_) = timeline.feed.timeline.requests() if timeline.feed.timeline is not None else ()
        timeline.canvas.request_chosen.emit(request)
        window.panes.rows.setSizes([150, 250, 400])
        window.panes.columns.setSizes([700, 580])
        window.live(0.5)
        window.grab().save(str(target))


if __name__ == "__main__":
    main(make_picture)
