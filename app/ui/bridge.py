"""The signal bridge: the only place where batches meet Qt."""

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.batch import Batch, merged
from app.core.collector import Collector, Drained
from app.core.controller import Controller
from app.session.recorder import Recorder
from app.ui.garbage import GarbageCollector
from app.ui.window_lag import FRAME, LagMeter

# ns between two batches for the window where little comes: what is painted thirty times a second reads as well as what is
# painted sixty times, and a thousand slow workers cost a tenth of a processor less.
_CALM = 2 * FRAME


def pace(pending: Sequence[Batch], most: int) -> int:
    """Return how many ns after its last batch the window may have its next: two frames, or one if it is pressing.

    It is if much waits, or if a state has changed: when an end is shown is measured.

    Args:
        pending: what waits for the window.
        most: lines that may be in flight.
    """
    much = sum(map(len, pending)) >= most // 4
    return FRAME if much or not all(batch.only_lines() for batch in pending) else _CALM


class Bridge(QObject):
    """Hands each frame's batch to the window by one signal.

    A thread of its own, the collector's, drains the lanes, gives each batch to the recorder, and hands what came to the
    window's thread once a frame, by one queued ``Signal(object)``; one such batch is under way at a time, so a window that
    is slow slows the workers down. It drains between two frames as well if the workers have used up their credit. It
    sleeps until the collector's bell rings: no worker ever touches a QObject.

    Why not in the window's thread: see ``tests/benchmarks/gui_drain.py``, which is that design, with both designs' figures.

    While anything is alive a precise timer of 16 ms ticks in the window's thread; how late it fires is the window lag.

    Signals:
        quiet: the last run has ended and everything it wrote has been handed on; no timer ticks.
    """

    quiet = Signal()
    _arrived = Signal(object)

    def __init__(
        self,
        collector: Collector,
        controller: Controller,
        garbage: GarbageCollector,
        recorder: Recorder | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._recorder = recorder
        self._collector = collector
        self._controller = controller
        self._garbage = garbage
        self._clock = collector.clock
        self.lag = LagMeter()
        self.records = 0  # handed on so far
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME // 1_000_000)
        self._timer.timeout.connect(self._on_timer)
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._listeners: list[Callable[[Batch | None], None]] = []
        self._pending: list[Batch] = []  # for the window; the collector's thread only
        self._handed_on = -_CALM  # when the window was given its last batch
        self._shown = threading.Event()
        self._shown.set()
        self._ending = False
        self._thread = threading.Thread(target=self._collect, name="collector", daemon=True)
        self._thread.start()

    def listen(self, listener: Callable[[Batch | None], None]) -> None:
        """Have a function called, in the window's thread, with each frame's batch, or with None to show elapsed times.

        A function and no signal: each slot that Qt calls gives the GIL up and must win it back, which took 1 to 2 ms a
        frame beside four threads that compute.
        """
        self._listeners.append(listener)

    def _tell(self, batch: Batch | None) -> None:
        for listener in self._listeners:
            listener(batch)

    def is_ticking(self) -> bool:
        """Return whether the frame timer runs."""
        return self._timer.isActive()

    def stop(self) -> None:
        """Hand on nothing more; before the collector is closed. What the lanes still hold is recorded."""
        self._ending = True
        self._shown.set()
        self._collector.ring()
        # Joined before this object can be deleted: a thread that emits its signals meanwhile would crash.
        self._thread.join()
        self._timer.stop()
        drained = self._collector.drain()
        if drained is not None and self._recorder is not None:
            self._recorder.consume(drained)

    # -- the collector's thread ----------------------------------------------------------------------------------

    def _collect(self) -> None:
        while not self._ending:
            drained = self._collector.drain()
            if drained is not None:
                self._keep(drained)
            if self._pending:
                self._hand_on_if_due()
                self._gather()
            elif drained is not None:
                # A record waits for a line in the making, whose worker was preempted: it needs the interpreter, not we.
                self._collector.pause(0.001)
            elif self._collector.sleep():
                # A run that is joined, or a new one, rings; so does stop(), whose ring sleep() may have taken: hence the
                # second look.
                if self._controller.is_idle():
                    self._arrived.emit(None)
                if not self._ending:
                    self._collector.wake.wait(None)

    def _keep(self, drained: Drained) -> None:
        """Have a batch recorded, and keep it for the window."""
        if self._recorder is not None:
            # First of all, and it gives the credit back once the batch is committed.
            self._recorder.consume(drained)
        else:
            self._collector.settle(drained)
        if len(drained.batch):
            # Side by side, and never one added to another: the recorder may not have written it yet.
            self._pending.append(drained.batch)

    def _hand_on_if_due(self) -> None:
        """Hand on what there is for the window, if it may have its next batch by now."""
        if self._clock.now() < self._handed_on + pace(self._pending, self._collector.credit.most):
            return
        self._shown.wait()
        if self._ending:
            return
        self._shown.clear()
        batches, self._pending = self._pending, []
        self._handed_on = self._clock.now()
        self._arrived.emit(merged(batches))

    def _gather(self) -> None:
        """Let lines gather until the window's next batch is due, or until workers have used up the credit."""
        most = self._collector.credit.most
        # A frame at most: whether what comes meanwhile is pressing is known once it has been drained.
        due = self._handed_on + pace(self._pending, most) - self._clock.now()
        left = min(max(0, due), FRAME) / 1e9
        if sum(map(len, self._pending)) < most:
            self._collector.pause(left)
        else:
            # Not even then: so what waits for the window is bounded as well, by twice the credit.
            self._clock.sleep(left)

    # -- the window's thread -------------------------------------------------------------------------------------

    @Slot(object)
    def _on_arrived(self, batch: Batch | None) -> None:
        """Hand a batch on, or become quiet, unless something has been started since."""
        if batch is None:
            if self._controller.is_idle():
                self._timer.stop()
                self._garbage.collect_if_due()
                self.quiet.emit()
            return
        # What comes after the last run's end, such as the chain of a run whose end was shown, is no beginning of
        # anything: the lag of what just ran stays.
        if not self._timer.isActive() and not self._controller.is_idle():
            self.lag.restart()
            self._timer.start()
        self.records += len(batch)
        try:
            self._tell(batch)
        finally:
            self._shown.set()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        self._tell(None)
        self._garbage.collect_if_due()
