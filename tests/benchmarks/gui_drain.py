"""The alternative to a collector's thread: the window's thread drains the lanes itself, once a frame.

Before lines took no lock and workers went on in turn, it lost beside 4 and 16 flooding workers (a 99th percentile of the
window lag of 34 and 46 ms against 21 and 31, at the same lines a second) and won beside four threads that compute (33 ms
against 44), each in the same run, 2 cores, 1 to 10 % steal, not recorded.

Both recorded, as they are now, in one quiet run with 4 workers at interval 0: 772,000 lines/s against the thread's 981,000,
at a 99th percentile of 4.0 ms against 8.2; with one worker 734,000 against 885,000, 4.7 ms against 7.6; beside four threads
that compute 23 ms against 25. The thread stays: either lag is far below what a person feels, and a flood is about lines.
"""

from PySide6.QtCore import Slot

from app.core.batch import Batch
from app.core.packed_batch import merged
from app.ui.bridge import Bridge

from .ours import Ours


class BridgeInGui(Bridge):
    """A bridge whose drain is in the window's thread; its own thread only wakes that up."""

    def _collect(self) -> None:
        while not self._is_ending:
            self._shown.clear()
            if self._stream.arm() and not self._is_ending:
                self._stream.wait(None)
            if not self._is_ending:
                self._arrived.emit(Batch())
                self._shown.wait()

    @Slot(object)
    def _on_arrived(self, _batch: Batch) -> None:
        if not self._is_ending:
            self.lag.restart()
            self._timer.start()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        # What is drained is in _pending afterwards, and with the recorder.
        drained = self._pump.read()
        batches, self._pending = self._pending, []
        batch = merged(batches) if batches else None
        if batch is not None:
            self._controller.consume(batch)
            self.records += len(batch)
        self._tell(batch)
        self._garbage.collect_if_due()
        if drained is None and self._controller.is_idle():
            self._timer.stop()
            self._shown.set()
            self.quiet.emit()


class OursInGui(Ours):
    """The same window, recorded as well, but its own thread drains."""

    bridge_class = BridgeInGui
