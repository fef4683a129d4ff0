"""The signal bridge: the only place where batches meet Qt."""

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.packed_batch import merged
from app.core.pump import PREEMPTED, Pump
from app.core.stream import Stream
from app.session.recorder import Recorder
from app.ui.log.store import prepare
from app.ui.services import GarbageCollector
from app.ui.window_lag import FRAME, LagMeter

# ns between two batches for the window where little comes: what is painted thirty times a second reads as well as what is
# painted sixty times, and a thousand slow workers cost a tenth of a processor less.
_CALM = 2 * FRAME
_AT_ONCE = 1e-6  # seconds


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

    A thread of its own, the collector's, pumps the stream, gives each batch to the recorder, and hands what came to the
    window's thread once a frame, by one queued ``Signal(object)``; one such batch is under way at a time, so a window that
    is slow slows the workers down. It drains between two frames as well if the workers have used up their credit. It
    sleeps until the stream's bell rings: no worker ever touches a QObject.

    Why not in the window's thread: see ``tests/benchmarks/gui_drain.py``, which is that design, with both designs' figures.

    While anything is alive a precise timer of 16 ms ticks in the window's thread; how late it fires is the window lag.

    Signals:
        quiet: no run is alive, and everything that the runs wrote has been handed on; no timer ticks.
    """

    quiet = Signal()
    _arrived = Signal(object)

    def __init__(
        self,
        stream: Stream,
        controller: Controller,
        garbage: GarbageCollector,
        recorder: Recorder | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._recorder = recorder
        self._stream = stream
        self._controller = controller
        self._garbage = garbage
        self._clock = stream.clock
        self.lag = LagMeter()
        self.records = 0  # handed on so far
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME // 1_000_000)
        self._timer.timeout.connect(self._on_timer)
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._listeners: list[Callable[[Batch | None], None]] = []
        self._pending: list[Batch] = []  # for the window; the collector's thread only
        self._under_way: Batch | None = None  # to the window
        self._handed_on = -_CALM  # when the window was given its last batch
        self._shown = threading.Event()
        self._shown.set()
        self._is_ending = False
        # The recorder gives the credit back once a batch is committed.
        release = stream.release if recorder is None else recorder.consume
        self._pump = Pump(stream, self._keep, release, self._gathering)
        self._thread = threading.Thread(target=self._collect, name="collector", daemon=True)
        self._thread.start()

    def listen(self, listener: Callable[[Batch | None], None]) -> None:
        """Have a function called, in the window's thread, with each frame's batch, or with None to show elapsed times.

        The controller has consumed the batch by then. A function and no signal: each slot that Qt calls gives the GIL up
        and must win it back, which took 1 to 2 ms a frame beside four threads that compute.
        """
        self._listeners.append(listener)

    def _tell(self, batch: Batch | None) -> None:
        for listener in self._listeners:
            listener(batch)

    def is_empty(self) -> bool:
        """Return whether everything that was drained has been handed on; any thread."""
        return not self._pending and self._under_way is None

    def stop(self) -> None:
        """Hand on nothing more; before the stream is closed. What has come by now is recorded."""
        self._is_ending = True
        self._shown.set()
        self._stream.ring()
        # Joined before this object can be deleted: a thread that emits its signals meanwhile would crash.
        self._thread.join()
        self._timer.stop()
        self._pump.read()
        # What was not handed on, or is on its way, the controller must know of: by it, is told which runs are left.
        under_way = [] if self._under_way is None else [self._under_way]
        for batch in (*under_way, *self._pending):
            self._controller.consume(batch)
        self._pending, self._under_way = [], None

    # -- the collector's thread ----------------------------------------------------------------------------------

    def _collect(self) -> None:
        self._pump.wait(lambda: self._is_ending)

    def _keep(self, batch: Batch) -> None:
        if len(batch):
            # Side by side, and never one added to another: the recorder may not have written it yet.
            self._pending.append(batch)

    def _gathering(self, records: int | None) -> float:
        """Hand on what is due, and return for how many seconds lines may gather before the next drain."""
        if not self._pending:
            return PREEMPTED if records is not None else 0
        self._hand_on_if_due()
        most = self._stream.in_flight
        # A frame at most: whether what comes meanwhile is pressing is known once it has been drained.
        due = self._handed_on + pace(self._pending, most) - self._clock.now()
        left = min(max(0, due), FRAME) / 1e9
        if sum(map(len, self._pending)) >= most:
            # Not even where workers have used up the credit: what waits for the window is bounded by twice the credit.
            self._clock.sleep(left)
            left = 0
        return max(left, _AT_ONCE)

    def _hand_on_if_due(self) -> None:
        """Hand on what there is for the window, if it may have its next batch by now."""
        if self._clock.now() < self._handed_on + pace(self._pending, self._stream.in_flight):
            return
        self._shown.wait()
        if self._is_ending:
            return
        self._shown.clear()
        self._handed_on = self._clock.now()
        # In this order: at no moment does it look as if nothing waited.
        whole = merged(self._pending)
        prepare(whole)
        self._under_way = whole
        self._pending = []
        self._arrived.emit(self._under_way)

    # -- the window's thread -------------------------------------------------------------------------------------

    @Slot(object)
    def _on_arrived(self, batch: Batch) -> None:
        """Hand a batch on; become quiet if no run is alive after it."""
        if self._is_ending:
            return  # stop() has handed it on to the controller
        self._under_way = None
        self.records += len(batch)
        try:
            self._controller.consume(batch)
            # What comes after the last run's end, such as that its end was shown, is no beginning of anything: the lag of
            # what just ran stays.
            if not self._controller.is_idle() and not self._timer.isActive():
                self.lag.restart()
                self._timer.start()
            self._tell(batch)
        finally:
            # Whatever went wrong: the collector waits for this, and the workers for the collector.
            self._shown.set()
            # Also if the window could not show the batch: with the last one no other comes, and the timer would tick on.
            if self._controller.is_idle():
                self._timer.stop()
                self._garbage.collect_if_due()
                self.quiet.emit()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        self._tell(None)
        self._garbage.collect_if_due()
