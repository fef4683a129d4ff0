"""Makes the README's pictures of the window: the workers that it begins with, just after a Stop; or one that is stuck.

    python -m tests.real_window.picture_of_window resources/screenshots/window-light.png [light|dark]
    python -m tests.real_window.picture_of_window resources/screenshots/stuck.png

Needs a display, or QT_QPA_PLATFORM=offscreen.
"""

from dataclasses import replace
from pathlib import Path

from app.core.states import State
from app.core.worker import Worker
from app.documents.settings import Layout, Settings
from app.programs.catalogue import program_catalogue
from tests.real_window.picture import main, pictured_window

_SIZE, _STUCK_SIZE = (1260, 800), (1180, 760)
_RUNNING, _STUCK_RUNNING = 5.3, 3.8  # seconds that the threads run
_STOPPED, _STUCK = 0.8, 4.0  # seconds after the last has ended, or is stuck
_STUCK_WORKERS = (
    Worker("Downloader", "event-wait", "blocking-call", interval=0.2, parameters=(("seconds", 120.0),)),
    Worker("Event, polled", "event-poll", interval=0.5),
    Worker("Event, waited on", "event-wait", interval=0.5),
)


def make_picture(target: Path, theme: str) -> None:
    """Run the workers, stop them, and save a picture of the window; ``stuck.png`` is of one that does not stop."""
    is_stuck = target.stem == "stuck"
    width, height = _STUCK_SIZE if is_stuck else _SIZE
    settings = replace(Settings(), layout=Layout(width=width, height=height, theme=theme, details=True))
    if is_stuck:
        settings = replace(settings, workers=_STUCK_WORKERS)
    with pictured_window(program_catalogue(), settings) as window:
        parts = window.parts
        rows = parts.workers.rows.rows
        parts.actions.start.trigger()
        window.see(lambda: all(row.snapshot is not None and row.snapshot.lines for row in rows))
        window.live(_STUCK_RUNNING if is_stuck else _RUNNING)
        parts.actions.stop_all.trigger()
        over = {State.STUCK, State.ENDED}
        window.see(lambda: all(row.snapshot is not None and row.snapshot.state in over for row in rows))
        window.live(_STUCK if is_stuck else _STOPPED)
        parts.workers.table.select([0])
        parts.workers.table.clearSelection()
        window.live(0.5)
        window.grab().save(str(target))


if __name__ == "__main__":
    main(make_picture)
