"""The alternative to draining in the GUI thread: a collector thread that drains and hands over by one signal."""

import threading

from PySide6.QtCore import Signal, Slot

from app.core.collector import Drained
from app.ui.bridge import Bridge
from app.ui.window_lag import FRAME

from .ours import Ours


class BridgeInThread(Bridge):
    """A bridge whose drain is in a thread of its own.

    The thread waits for the bell, drains, emits one ``Signal(object)`` (queued to the GUI thread), and waits until the
    GUI thread has handled it; then it settles the credit and sleeps for the rest of the frame. One batch is under way at
    a time, or a window that is behind would be flooded again. The frame timer stays, for everything but the drain.
    """

    _arrived = Signal(object)

    def __init__(self, collector: object, controller: object, garbage: object, *rest: object, **named: object) -> None:
        super().__init__(collector, controller, garbage, *rest, **named)
        self._notifier.setEnabled(False)
        self._handled = threading.Event()
        self._ending = False
        self._arrived.connect(self._deliver)
        self._thread = threading.Thread(target=self._collect, name="collector", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending = True
        self._handled.set()
        self._collector.ring()
        self._thread.join()
        super().stop()

    def _collect(self) -> None:
        while not self._ending:
            began = self._clock.now()
            idle = self._controller.is_idle()
            drained = self._collector.drain()
            if drained is not None:
                if self._recorder is not None:
                    self._recorder.take(drained)
                self._handled.clear()
                self._arrived.emit(drained)
                self._handled.wait()
                if self._recorder is None:
                    self._collector.settle(drained)
            elif idle and not self._ending and self._collector.sleep():
                self._arrived.emit(None)
                self._collector.wake.wait(None)
                self._collector.wake.clear()
            self._clock.sleep(max(0, FRAME - (self._clock.now() - began)) / 1e9)

    @Slot(object)
    def _deliver(self, drained: Drained | None) -> None:
        if drained is None:
            self._timer.stop()
            self.quiet.emit()
            return
        if not self._timer.isActive():
            self.lag.restart()
            self._timer.start()
        self.records += len(drained.batch)
        self.frame.emit(drained.batch)
        self._handled.set()

    @Slot()
    def _on_timer(self) -> None:
        self.lag.fired(self._clock.now())
        self.frame.emit(None)
        self._garbage.collect_if_due()


class OursInThread(Ours):
    """The same window, but the bridge drains in a thread of its own."""

    bridge_class = BridgeInThread
