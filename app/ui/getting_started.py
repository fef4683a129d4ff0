"""Getting started: a slim line above the workers that says what to press, and then what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import listed
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.prediction import Notices
from app.ui.details.logic import stop_of
from app.ui.widgets import add_all, plain_label
from app.ui.workers.rows import Row, WorkerRows

LESSON = "An event is no faster than a flag by itself; only waiting on it is."
NO_WORKERS = "Add a worker (Ctrl+N), then press Start (F5); or observe a program of your own (Ctrl+Shift+T)."
PRESS_START = "Which one stops first? Press Start (F5), wait for a few lines, then press Stop (Shift+F5)."
PRESS_STOP = "Now press Stop (Shift+F5) and see when each thread notices."
STOPPING = "You asked for a stop: {ended:,} of {asked:,} threads have ended so far."
_MOST_NAMED = 4  # threads; of more, the first and the last to notice


@dataclass(frozen=True, slots=True)
class Seen:
    """What the line says, and what it offers.

    Attributes:
        sentence: what to press next, or what was seen.
        row: the index of the row that took longest to stop; None before a stop is over.
        names: the workers of that stop; empty before.
    """

    sentence: str
    row: int | None = None
    names: tuple[str, ...] = ()


def seen(rows: Sequence[Row], catalogue: Catalogue) -> Seen:
    """Return what to say about the rows: the newest stop that a person clicked, or what to press next; no Qt."""
    asked = [(index, run) for index, row in enumerate(rows) if (run := stop_of(row)) and run.chain.clicked is not None]
    if not asked:
        alive = any(row.is_alive for row in rows)
        return Seen(PRESS_STOP if alive else PRESS_START if rows else NO_WORKERS)
    newest = max(run.chain.clicked or 0 for _, run in asked)
    group = [(index, run) for index, run in asked if run.chain.clicked == newest]
    ended = [run for _, run in group if run.outcome is not None]
    if len(ended) < len(group):
        return Seen(STOPPING.format(ended=len(ended), asked=len(group)))
    group.sort(key=lambda item: _latency(item[1]))
    runs = [run for _, run in group]
    sentence = f"You asked for a stop: {_figures(runs)}."
    if _teaches(runs, catalogue):
        sentence += f" {LESSON}"
    return Seen(sentence, group[-1][0], tuple(run.name.worker for run in runs))


def _latency(run: RunSnapshot) -> float:
    """Return the ns that a run took to notice; without end where it never did, or where that is not known."""
    return float("inf") if run.chain.latency is None else run.chain.latency


def _figures(runs: Sequence[RunSnapshot]) -> str:
    """Return what became of the runs of one stop, the first to notice first."""
    if len(runs) > _MOST_NAMED:
        return f"of {len(runs):,} threads {_noticed(runs[0])} first, {_noticed(runs[-1])} last"
    return listed([_noticed(run, verb="noticed " if place == 0 else "") for place, run in enumerate(runs)])


def _noticed(run: RunSnapshot, verb: str = "noticed ") -> str:
    """Return when a thread noticed; the verb is said once where several are listed."""
    if run.notice_unknown:
        return f"“{run.name.worker}” stopped"
    if run.chain.latency is None:
        return f"“{run.name.worker}” never noticed"
    return f"“{run.name.worker}” {verb}after {duration(run.chain.latency)}"


def _teaches(runs: Sequence[RunSnapshot], catalogue: Catalogue) -> bool:
    """Return whether the stop shows the lesson: all noticed, those that wait before those that poll."""
    kinds: dict[Notices, list[float]] = {}
    for run in runs:
        if run.chain.latency is None or run.strategy not in catalogue.strategy_ids():
            return False
        kinds.setdefault(catalogue.strategy(run.strategy).about.notices, []).append(_latency(run))
    waiting, polling = kinds.get(Notices.WAITING), kinds.get(Notices.POLLING)
    return bool(waiting and polling) and max(waiting or ()) < min(polling or ())


class GettingStarted(QWidget):
    """The line, with what it offers; the GUI thread only.

    Args:
        rows: the workers.

    Signals:
        why_asked: the index of a row: how its stop went is wanted.
        race_asked: the names of the workers that are to be raced.
        changed: the person does not want to see it again, or wants it back.
    """

    why_asked = Signal(int)
    race_asked = Signal(object)
    changed = Signal()

    def __init__(self, rows: WorkerRows, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._seen = Seen("")
        self.label = plain_label("", self, wraps=True)
        self.why = QPushButton("Why?", self)
        self.why.setToolTip("Show the stop of the slowest thread, instant by instant")
        self.race = QPushButton("Race them", self)
        self.race.setToolTip("Start and stop these workers together, over and over, and compare")
        self.dismiss = QPushButton("Dismiss", self)
        self.dismiss.setToolTip("Hide this line; Help ▸ Getting started brings it back")
        add_all(QHBoxLayout(self), (self.label, 1), self.why, self.race, self.dismiss, margins=(6, 2, 6, 2))
        self.why.clicked.connect(self._on_why)
        self.race.clicked.connect(self._on_race)
        self.dismiss.clicked.connect(self._on_dismiss)

    def set_shown(self, shown: bool) -> None:
        """Show the line, or hide it."""
        self.setVisible(shown)
        self.guide()

    @Slot()
    def bring_back(self) -> None:
        """Show the line again, for good."""
        self.set_shown(True)
        self.changed.emit()

    @Slot()
    def guide(self) -> None:
        """Say what to press next, or what was seen, if the line is shown; cheap while nothing changes."""
        if self.isHidden():
            return
        now = seen(self._rows.configured(), self._rows.catalogue)
        if now == self._seen:
            return
        self._seen = now
        self.label.setText(now.sentence)
        self.why.setVisible(now.row is not None)
        self.race.setVisible(len(now.names) > 1)

    @Slot()
    def _on_why(self) -> None:
        if self._seen.row is not None:
            self.why_asked.emit(self._seen.row)

    @Slot()
    def _on_race(self) -> None:
        self.race_asked.emit(self._seen.names)

    @Slot()
    def _on_dismiss(self) -> None:
        self.hide()
        self.changed.emit()
