"""Runs one experiment at a time in a thread of its own, and brings what it finds to the window's thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.clock import Clock, SystemClock
from app.core.errors import BadInput
from app.experiments.results import Cell, Progress

_PAUSE = 100_000_000  # ns between two pieces of news: ten a second are as many as a person can follow


class Experiment(Protocol):
    """A race or a matrix."""

    def run(self, cancel: threading.Event) -> Any:
        """Make it, and return what was found; as much as there is by then, once ``cancel`` is set."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How an experiment ended.

    Attributes:
        result: what was found; None if it went wrong.
        problem: what went wrong, a sentence; empty if nothing did.
    """

    result: Any
    problem: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What an experiment told since the last news.

    Attributes:
        progress: how far it is; None if it did not say.
        cells: the cells of a matrix that changed, each as it is now.
        ending: how it ended; None while it goes on.
    """

    progress: Progress | None
    cells: tuple[Cell, ...]
    ending: Ending | None


class _Box:
    """What was told and not yet fetched; bounded by the number of cells. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._cells: dict[tuple[str, str], Cell] = {}
        self._ending: Ending | None = None
        self._is_rung = False

    def put(self, told: Progress | Cell | Ending) -> bool:
        """Take something; return whether the reader must be rung: nothing was there that it has been rung for."""
        with self._lock:
            if isinstance(told, Progress):
                self._progress = told
            elif isinstance(told, Cell):
                self._cells[told.strategy, told.workload] = told
            else:
                self._ending = told
            was_rung, self._is_rung = self._is_rung, True
            return not was_rung

    def fetch(self) -> News:
        """Return what there is, and forget it."""
        with self._lock:
            news = News(self._progress, tuple(self._cells.values()), self._ending)
            self._progress, self._ending, self._is_rung = None, None, False
            self._cells = {}
            return news


Tell = Callable[[Any], None]


class Runner(QObject):
    """Starts, cancels and joins; the GUI thread only.

    The experiment's thread puts what it finds into a box and rings once; the window fetches it all by one queued signal, at
    most ten times a second. A single-shot timer stands in for the pause; nothing ticks when nothing runs.

    Signals:
        news: a ``News``, in the GUI thread.
        ended: the experiment's thread is gone; after the last news.
    """

    news = Signal(object)
    ended = Signal()
    _rung = Signal(object)

    def __init__(self, parent: QObject | None = None, clock: Clock | None = None) -> None:
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self.what = ""
        self._thread: threading.Thread | None = None
        self._cancel = threading.Event()
        self._box = _Box()
        self._due = 0  # when the next news may be shown
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._show)
        self._rung.connect(self._on_rung, Qt.ConnectionType.QueuedConnection)

    def is_running(self) -> bool:
        """Return whether an experiment is going on."""
        return self._thread is not None

    def is_cancelled(self) -> bool:
        """Return whether the one that goes on, or the last one, was cancelled."""
        return self._cancel.is_set()

    def start(self, what: str, build: Callable[[Tell], Experiment]) -> None:
        """Start an experiment; returns at once.

        Args:
            what: "race" or "matrix", for the sentence that refuses another one.
            build: makes it; given what its ``on_progress`` and ``on_cell`` are to call.

        Raises:
            BadInput: another one is going on, or this one cannot be made; nothing was started.
        """
        if self._thread is not None:
            raise BadInput(f"A {self.what} is going on; wait until it is done, or cancel it.")
        box, cancel = _Box(), threading.Event()

        def tell(told: Any) -> None:
            if box.put(told):
                self._rung.emit(box)

        experiment = build(tell)
        self.what, self._box, self._cancel, self._due = what, box, cancel, 0
        self._thread = threading.Thread(target=_make, args=(experiment, cancel, tell), name=what, daemon=True)
        self._thread.start()

    @Slot()
    def cancel(self) -> None:
        """Ask it to end; its news follow."""
        self._cancel.set()

    def put_away(self, patience: float) -> bool:
        """Cancel, and wait until the thread is gone; False if it is not after ``patience`` seconds.

        What it had found is told before.
        """
        self._cancel.set()
        self._timer.stop()
        if self._thread is None:
            return True
        self._thread.join(patience)
        if self._thread.is_alive():
            return False
        self._show()
        return True

    @Slot(object)
    def _on_rung(self, box: _Box) -> None:
        if box is not self._box or self._thread is None or self._timer.isActive():
            return
        wait = self._due - self._clock.now()
        if wait > 0:
            self._timer.start(wait // 1_000_000 + 1)
        else:
            self._show()

    @Slot()
    def _show(self) -> None:
        if self._thread is None:
            return
        self._due = self._clock.now() + _PAUSE
        news = self._box.fetch()
        if news.ending is not None:
            # It told of its end as its last act.
            self._thread.join()
            self._thread = None
        self.news.emit(news)
        if news.ending is not None:
            self.ended.emit()


def _make(experiment: Experiment, cancel: threading.Event, tell: Tell) -> None:
    """Be the experiment's thread."""
    ending = Ending(None, "The experiment was broken off.")
    try:
        ending = Ending(experiment.run(cancel))
    except BadInput as error:
        ending = Ending(None, str(error))
    except BaseException as error:
        # Said in the window as well; the traceback goes where those of all threads go.
        ending = Ending(None, f"The experiment failed: {type(error).__name__}: {error}")
        raise
    finally:
        tell(ending)
