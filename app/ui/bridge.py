"""The signal bridge: the only place where batches meet Qt."""

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal, Slot

from app.core.collector import Collector
from app.core.controller import Controller
from app.session.recorder import Recorder
from app.ui.garbage import GarbageCollector
from app.ui.window_lag import FRAME, LagMeter

# Seconds that a frame may spend on lanes whose worker was preempted in the middle of writing.
PATIENCE = 0.002


class Bridge(QObject):
    """Drains the collector once a frame, in the GUI thread, and hands the batch on by one signal.

    It sleeps while nothing runs: no timer ticks. The first record then rings the collector's bell, which is a socket that
    Qt watches, so no worker ever touches a QObject. While anything is alive, a precise timer of 16 ms drives the frames;
    how late it fires is the window lag.

    The drain is in the GUI thread because a thread of its own must win the GIL first, and then the GUI thread again:
    beside four threads that compute, that is two waits a frame instead of one (``tests/benchmarks/pipeline.py`` measures
    both).

    Signals:
        frame: once a frame, with the ``Batch`` of that frame or None; by ``Signal(object)``, which hands on the object
            itself. One signal for one slot: each slot that Qt calls gives the GIL up and must win it back; with five of
            them a frame, the 99th percentile of the window lag beside 16 flooding workers was 40 ms, with one 27.
        quiet: the last run has ended and everything it wrote has been handed on.
        woken: something rang, possibly a signal of the operating system.
    """

    frame = Signal(object)
    quiet = Signal()
    woken = Signal()

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
        self._notifier = QSocketNotifier(collector.wake.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_wake)

    def is_ticking(self) -> bool:
        """Return whether the frame timer runs."""
        return self._timer.isActive()

    def stop(self) -> None:
        """Hand on nothing more; before the collector is closed. What the lanes still hold is recorded."""
        self._timer.stop()
        self._notifier.setEnabled(False)
        drained = self._collector.drain(patience=PATIENCE)
        if drained is not None and self._recorder is not None:
            self._recorder.take(drained)

    @Slot()
    def _on_wake(self) -> None:
        self._collector.wake.clear()
        if not self._timer.isActive():
            self.lag.restart()
            self._timer.start()
        self.woken.emit()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        # Asked before the drain: what a run wrote is in its lane before the run counts as gone.
        idle = self._controller.is_idle()
        drained = self._collector.drain(patience=PATIENCE)
        if drained is not None:
            self.records += len(drained.batch)
            if self._recorder is not None:
                # First of all, and it gives the credit back once the batch is committed.
                self._recorder.take(drained)
        self.frame.emit(drained.batch if drained is not None else None)
        self._garbage.collect_if_due()
        if drained is not None and self._recorder is None:
            # Given back last: until then producers that are ahead wait, and the window has the GIL to itself.
            self._collector.settle(drained)
        if idle and drained is None and self._collector.sleep():
            self._timer.stop()
            self.quiet.emit()
            # Going to sleep stops the bell, also one that a signal of the operating system had rung meanwhile.
            self.woken.emit()
