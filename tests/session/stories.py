"""Sessions by the real recorder, of real runs, with a journal: what stories, reports, replays and tests are made of."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.pump import Pump
from app.core.worker import Worker
from app.documents.worker_sets import to_tables
from app.session.folder import new_writer
from app.session.journal import Journal
from app.session.recorder import Recorder
from tests.core.harness import Core

CATALOGUE = whole_catalogue()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
# What a text from outside may be: markup, a formula, what moves a terminal's cursor or turns the reading, what XML forbids.
HOSTILE = (
    "<script>alert(1)</script>",
    "]]> --> {{ 7*7 }} {% raw %} </style></svg><img src=x onerror=alert(1)>",
    "=cmd()",
    "nul \0 and \x1b[2J and \x85 and \u202e and \ufeff and \uffff",
    "lone \ud800 and \udfff",
    "| a | `b` **c** [d](javascript:e) \n# f\n```\n",
    "\"quoted' \\ \"\"\" '''",
)


class RecordedCore(Core):
    """A core whose every drain is recorded, and a journal that writes into the same session."""

    def __init__(self, folder: Path, catalogue: Catalogue | None = None, **fields: Any) -> None:
        super().__init__(catalogue, **fields)
        started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        make = partial(new_writer, folder, started, self.stream.origin)
        self._recorder = Recorder(make, self._release, lambda: "2026-01-02T03:14:05+00:00")
        self.pump = Pump(self.stream, self._consume, self._recorder.consume, lambda _records: 0)
        self.environment = {"python": "3.x", "mood": HOSTILE[0]}
        self.journal = Journal(self.stream.append, self.stream.origin, lambda: self.environment)
        self.path = folder / "20260102-030405.tcsession"

    def _release(self, written: list[Drained]) -> None:
        for drained in written:
            self.stream.release(drained)

    def begin(self, **fields: Any) -> int:
        """Start a worker by an action of the journal, as a window does, and return the run's id."""
        clicked = self.clock.now()
        worker = Worker(**{"name": "Waiter", "strategy": "event-wait", "interval": 0.02, **fields})
        run = self.controller.start(worker)
        assert run is not None
        self.journal.action("start", clicked=clicked, run=run, worker=to_tables([worker])[0])
        return run

    def ask(self, run: int) -> None:
        """Stop a run by an action of the journal."""
        clicked = self.clock.now()
        self.controller.stop(run, clicked)
        self.journal.action("stop", clicked=clicked, run=run, worker=self.snapshot(run).name.worker)

    def until_lines(self, run: int, count: int) -> None:
        self.until(lambda: self.snapshot(run).lines >= count)

    def close(self) -> None:
        super().close()
        self._recorder.close()

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


def record(folder: Path, act: Callable[[RecordedCore], object], **fields: Any) -> Path:
    """Return the session of what ``act`` does."""
    with RecordedCore(folder, **fields) as core:
        act(core)
        core.until_idle()
    return core.path


def usual(core: RecordedCore) -> None:
    """Do what a session is about: a stop by hand, a limit, a stop_after, and a second run."""
    core.journal.action("session", charter="How do they stop?", tester="Ada", timebox_s=60.0)
    first = core.begin(text_at_end=("bye", '"'))
    core.until_lines(first, 4)
    core.ask(first)
    core.until_idle()
    core.begin(name="Counter", strategy="event-poll", interval=0.001, limit=5)
    second = core.begin(name="Timed", strategy="flag", stop_after=0.1, text_on_request="stop!")
    core.until(lambda: core.snapshot(second).outcome)
    third = core.begin()
    core.until_lines(third, 2)
    clicked = core.clock.now()
    core.controller.stop_all(clicked)
    core.journal.action("stop-all", clicked=clicked)
