"""Makes the README's picture of threads of one's own: what they print and log, how they are stopped, one that is stuck.

    python -m tests.real_window.picture_of_threads resources/screenshots/threads.png [light|dark]

Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from app.documents.settings import Layout, Settings
from app.programs.catalogue import program_catalogue
from app.programs.consent import code_uses
from app.programs.own_code import read_python_file
from app.programs.own_worker import own_worker
from tests.real_window.picture import main, pictured_window

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
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mail.py")
        path.write_text(CODE, "utf-8")
        file = read_python_file(path)
        workers = tuple(replace(own_worker(file, file.find(name)), name=title) for name, title in _NAMES.items())
        layout = Layout(width=_SIZE[0], height=_SIZE[1], theme=theme, details=True, getting_started=False)
        agreed = tuple(digest for use in code_uses(workers) if (digest := use.digest()) is not None)
        settings = Settings(workers=workers, layout=layout, stop_deadline=1.0, agreed_code=agreed)
        with pictured_window(program_catalogue(), settings) as window:
            parts = window.parts
            parts.actions.start.trigger()
            rows = parts.workers.rows.rows
            window.see(lambda: all(row.snapshot is not None and row.snapshot.lines for row in rows))
            window.live(_RUNNING)
            parts.workers.stop_all()
            window.live(_STOPPED)
            parts.timeline.bar.fit.trigger()
            parts.workers.table.select([len(workers) - 1])  # the one that is stuck: Details says where
            window.live(0.5)
            window.grab().save(str(target))


if __name__ == "__main__":
    main(make_picture)
