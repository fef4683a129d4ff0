"""The alternative to a collector's thread: the window's thread drains the lanes itself, once a frame.

It lost: beside 4 and 16 flooding workers its window lag's 99th percentile was 34 and 46 ms against 21 and 31, at the same
lines a second, in the same run (2 cores, 1 to 10 % steal); beside four threads that compute it won, 33 ms against 44.
"""

from PySide6.QtCore import Slot

from app.core.batch import Batch
from app.ui.bridge import Bridge

from .ours import Ours

# Seconds that a frame may spend on lanes whose worker was preempted in the middle of writing.
PATIENCE = 0.002


class BridgeInGui(Bridge):
    """A bridge whose drain is in the window's thread; its own thread only wakes that up."""

    def _collect(self) -> None:
        while not self._ending:
            self._shown.clear()
            if self._collector.sleep() and not self._ending:
                self._collector.wake.wait(None)
            if not self._ending:
                self._arrived.emit(Batch())
                self._shown.wait()

    @Slot(object)
    def _on_arrived(self, _batch: Batch | None) -> None:
        self.lag.restart()
        self._timer.start()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        # Asked before the drain: what a run wrote is in its lane before the run counts as gone.
        idle = self._controller.is_idle()
        drained = self._collector.drain(patience=PATIENCE)
        if drained is not None:
            self.records += len(drained.batch)
            if self._recorder is not None:
                self._recorder.take(drained)
        self.frame.emit(drained.batch if drained is not None else None)
        self._garbage.collect_if_due()
        if drained is not None and self._recorder is None:
            self._collector.settle(drained)
        if idle and drained is None:
            self._timer.stop()
            self._shown.set()
            self.quiet.emit()


class OursInGui(Ours):
    """The same window, but its own thread drains."""

    bridge_class = BridgeInGui
