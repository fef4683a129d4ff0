"""The two meters that every design is measured by: window lag and line lag."""

import time
from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

FRAME = 16_000_000  # ns


class WindowLag(QObject):
    """How late a precise 16 ms timer of the GUI thread fires.

    The lag of a firing is the instant at which its slot runs, less the instant at which it was due. Qt keeps a repeating
    timer's grid while it is less than one interval late, and begins a new grid otherwise, at an instant that cannot be
    known from outside; so after a firing that was that late the timer is started anew, which makes the next due instant
    known again. A firing that is late by several frames stands for those that did not come: they count as well, each with
    the lag that it had. Otherwise one freeze of ten seconds would be one bad firing among hundreds of good ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lags = array("q")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME // 1_000_000)
        self._timer.timeout.connect(self._fired)
        self._due = 0

    def start(self) -> None:
        self._lags = array("q")
        self._due = time.perf_counter_ns() + FRAME
        self._timer.start()

    @Slot()
    def _fired(self) -> None:
        late = time.perf_counter_ns() - self._due
        self._lags.append(late)
        if late < FRAME:
            self._due += FRAME
        else:
            self._due = time.perf_counter_ns() + FRAME
            self._timer.start()

    def count(self) -> int:
        """Return how often it has fired; any thread."""
        return len(self._lags)

    def finish(self, now: int | None = None, first: int = 0) -> list[float]:
        """Return the lags in milliseconds; the firing that is overdue now counts with what it has so far.

        With ``first`` given, those before that firing, counted from 0, are left out.
        With an instant given it does not touch the timer, so that another thread may ask while the window is frozen.
        """
        if now is None:
            self._timer.stop()
            now = time.perf_counter_ns()
        lags = list(self._lags)[first:]
        if now > self._due + FRAME:
            lags.append(now - self._due)
        all_frames = (late for lag in lags for late in range(max(lag, 0), -1, -FRAME))
        return [late / 1e6 for late in all_frames]


class LineLag(QObject):
    """From a line's stamp, in the thread that wrote it, to the end of the first paint of the log that had it.

    An event filter on the log's viewport sees each paint coming, notes how many lines the log holds, and takes the time in
    the turn of the event loop after the paint. It calls Python once a paint, so it is on in a phase of its own, in which
    the window lag is not measured.

    Args:
        viewport: where the log is painted.
        shown: returns how many lines the log holds.
    """

    def __init__(self, viewport: QWidget, shown: Callable[[], int]) -> None:
        super().__init__()
        self._shown = shown
        self._viewport = viewport
        self._pending = -1
        self._paints: list[tuple[int, int]] = []
        viewport.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and self._pending < 0:
            self._pending = self._shown()
            QTimer.singleShot(0, self._painted)
        return False

    @Slot()
    def _painted(self) -> None:
        self._paints.append((time.perf_counter_ns(), self._pending))
        self._pending = -1

    def finish(self, stamps: Sequence[int], first: int) -> list[float]:
        """Return the lags in milliseconds of the lines from ``first`` on that were painted; ``stamps`` are all lines'."""
        self._viewport.removeEventFilter(self)
        lags = []
        line = first
        for instant, shown in self._paints:
            lags.extend((instant - stamp) / 1e6 for stamp in stamps[line:shown])
            line = max(line, shown)
        return lags
