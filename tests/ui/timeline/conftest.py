"""Sittings made by hand, and a timeline that shows them."""

from array import array
from collections.abc import Callable, Iterator, Sequence

import pytest
from app.core.chain_record import ChainRecord
from app.core.snapshot import Outcome
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication, QPalette
from pytestqt.qtbot import QtBot

from app.core.batch import Batch, Kind, RunName
from app.core.latency import StopChain
from app.ui.theme import Theme
from app.ui.timeline.panel import TimelinePanel
from app.ui.worker_marks import WorkerMarks

ORIGIN = 5_000
MS = 1_000_000
S = 1_000 * MS


def records(run: int, entries: Sequence[tuple[int, Kind, str]], worker: str = "") -> Batch:
    """Return a batch of one run's records; instants in the sitting."""
    batch = Batch()
    batch.add(
        run,
        RunName(worker or f"W{run}", 1),
        array("q", [ORIGIN + instant for instant, _, _ in entries]),
        bytes(kind for _, kind, _ in entries),
        [text for _, _, text in entries],
    )
    return batch


def lines(run: int, instants: Sequence[int], worker: str = "") -> Batch:
    """Return a batch of lines."""
    return records(run, [(instant, Kind.LINE, f"running… {i}") for i, instant in enumerate(instants)], worker)


def begun(run: int, at: int, *, interval: float = 0.5, workload: str = "sleep", worker: str = "") -> Batch:
    """Return the records of a run that begins: it runs a millisecond later."""
    what = f"starting: event-poll, {workload}, every {interval:g} s"
    states = [(at, Kind.STATE, what), (at + MS, Kind.STATE, "running: native id 7")]
    return records(run, states, worker)


def asked(run: int, at: int) -> Batch:
    """Return the record of a request."""
    return records(run, [(at, Kind.STATE, "stopping: asked to stop")])


def ended(
    run: int,
    requested: int | None,
    noticed: int | None,
    at: int,
    band: tuple[int, int] | None = (0, 500 * MS),
    outside: str = "",
    outcome: Outcome = Outcome.INTERRUPTED,
) -> Batch:
    """Return the last records of a run."""
    chain = StopChain(None, requested, noticed, noticed, at)
    record = ChainRecord(chain, outcome, False, "event-poll", "sleep", 0.5, band, outside)
    return records(run, [(at, Kind.STATE, f"ended: {outcome}"), (at, Kind.CHAIN, record.text())])


class Clock:
    """A clock that the test sets; ``now`` in the sitting."""

    now = 0

    def __call__(self) -> int:
        return ORIGIN + self.now


class Line:
    """A timeline in a window of its own."""

    def __init__(self, qtbot: QtBot, size: tuple[int, int] = (900, 300), *, live: bool = False) -> None:
        self.qtbot = qtbot
        self.clock = Clock()
        QGuiApplication.setPalette(QPalette())  # another theme of an earlier test may have left its own
        self.theme = Theme()
        self.theme.choose("light")
        self.panel = TimelinePanel(ORIGIN, self.theme, WorkerMarks(self.theme), self.clock if live else None)
        self.places: list[tuple[int, int]] = []
        self.said: list[str] = []
        self.panel.place_chosen.connect(lambda run, at: self.places.append((run, at)))
        self.panel.said.connect(self.said.append)
        self.panel.resize(*size)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()
        self.panel.setFocus()

    def add(self, *batches: Batch) -> None:
        """Take batches, and show them."""
        for batch in batches:
            self.panel.add(batch)
        self.panel.refresh()

    def frame(self) -> None:
        """Let a frame pass, and the picture that it asks for be made and shown."""
        self.panel.on_frame()
        self.qtbot.waitUntil(lambda: not self.panel._painter.is_busy)
        self.panel.on_frame()
        self.qtbot.waitUntil(lambda: not self.panel._painter.is_busy)

    @property
    def stage(self):
        return self.panel.stage

    @property
    def navigation(self):
        return self.panel.stage.navigation

    @property
    def canvas(self):
        return self.panel.canvas

    def show(self, start: int, end: int) -> None:
        """Show a span."""
        from app.ui.timeline.scale import Span

        self.navigation.show(Span(start, end))
        self.panel.refresh()

    def x(self, instant: int) -> int:
        """Where an instant is, in the widget."""
        g = self.canvas.places
        return g.gutter + self.navigation.span.x(instant, g.plot)

    def y(self, row: int) -> int:
        """Where the middle of a row is."""
        g = self.canvas.places
        return g.top(row) + g.lane // 2

    def put_away(self) -> None:
        self.panel.put_away()
        self.panel.close()
        self.panel.deleteLater()
        self.theme.choose("system")
        self.theme.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def make_line(qtbot: QtBot) -> Iterator[Callable[..., Line]]:
    """Return a maker of timelines."""
    made: list[Line] = []

    def make(**fields: object) -> Line:
        made.append(Line(qtbot, **fields))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for line in made:
        line.put_away()


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    """Return a timeline of a sitting that is over, with nothing in it."""
    return make_line()
