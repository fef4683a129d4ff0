"""Sessions made by hand, and a timeline that shows them."""

from array import array
from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication, QPalette
from pytestqt.qtbot import QtBot

from app.core.batch import Batch, Kind, RunName
from app.core.events import Ended, Event, HeldBack, Running, Started, StopRequested, encode
from app.core.latency import StopChain
from app.core.prediction import Lateness
from app.core.states import Outcome
from app.ui.theme import Theme, WorkerMarks
from app.ui.timeline.panel import TimelinePanel

ORIGIN = 5_000
MS = 1_000_000
S = 1_000 * MS


def records(run: int, entries: Sequence[tuple[int, Kind, str]], worker: str = "") -> Batch:
    """Return a batch of one run's records; instants in the session."""
    batch = Batch()
    batch.add(
        run,
        RunName(worker or f"W{run}", 1),
        array("q", [ORIGIN + instant for instant, _, _ in entries]),
        bytes(kind for _, kind, _ in entries),
        [text for _, _, text in entries],
    )
    return batch


def events(run: int, *found: tuple[int, Event], worker: str = "") -> Batch:
    """Return a batch of events, each with its instant in the session."""
    return records(run, [(instant, *encode(event)) for instant, event in found], worker)


def lines(run: int, instants: Sequence[int], worker: str = "") -> Batch:
    """Return a batch of lines."""
    return records(run, [(instant, Kind.LINE, f"running… {i}") for i, instant in enumerate(instants)], worker)


def begun(run: int, at: int, *, interval: float = 0.5, workload: str = "sleep", worker: str = "") -> Batch:
    """Return the events of a run that begins: it runs a millisecond later."""
    started, running = Started("event-poll", workload, interval), Running(ORIGIN + at, 7)
    return events(run, (at, started), (at + MS, running), worker=worker)


def asked(run: int, at: int, band: tuple[int, int] | None = None) -> Batch:
    """Return the event of a request."""
    return events(run, (at, StopRequested(band=band)))


def held_back(run: int, at: int, *waits: tuple[int, int]) -> Batch:
    """Return the event of some waits in the session."""
    return events(run, (at, HeldBack(tuple((ORIGIN + began, ORIGIN + ended) for began, ended in waits))))


def chain_of(*instants: int | None) -> StopChain:
    """Return a stop chain of instants in the session, from the click on."""
    return StopChain(*(None if instant is None else ORIGIN + instant for instant in instants))


def ended(
    run: int,
    requested: int | None,
    noticed: int | None,
    at: int,
    *,
    clicked: int | None = None,
    band: tuple[int, int] | None = (0, 500 * MS),
    lateness: Lateness | None = None,
    released: int | None = None,
    outcome: Outcome = Outcome.INTERRUPTED,
) -> Batch:
    """Return the last event of a run."""
    chain = chain_of(clicked, requested, noticed, noticed, at)
    let_go = None if released is None else ORIGIN + released
    return events(run, (at, Ended(outcome, chain, 0, False, let_go, lateness, band, 0, "event-poll", "sleep", 0.5)))


class Clock:
    """A clock that the test sets; ``now`` in the session."""

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
        self.qtbot.waitUntil(lambda: not self.panel.frames.is_busy)
        self.panel.on_frame()
        self.qtbot.waitUntil(lambda: not self.panel.frames.is_busy)

    def quiet(self) -> None:
        """Say that no run is alive any more, and wait for the last picture."""
        self.panel.on_quiet()
        self.qtbot.waitUntil(lambda: not self.panel.last_picture_timer.isActive())

    @property
    def view(self):
        return self.panel.view

    @property
    def navigation(self):
        return self.panel.view.navigation

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

    def shutdown(self) -> None:
        self.panel.shutdown()
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
        line.shutdown()


@pytest.fixture
def line(make_line: Callable[..., Line]) -> Line:
    """Return a timeline of a session that is over, with nothing in it."""
    return make_line()
