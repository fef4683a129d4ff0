"""Reads a recorded session for its timeline: a thread unpacks, the window takes what is ready, a little at a time."""

import queue
import sqlite3
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.batch import Batch
from app.core.errors import BadInput
from app.session.batch_file import BatchFile

_HEADS = 64  # batches looked at in one short transaction
_TIMEOUT = 2.0  # seconds to wait for a lock on the file
_READY = 8  # batches that may wait for the window
_PAUSE = 20  # ms between two looks at what is ready
_SLICE = 6_000_000  # ns that the window spends on it at a time


class RecordedFeed(QObject):
    """Reads a session file for a timeline; the GUI thread only.

    Args:
        path: the file.
        end: the number after the last line that is wanted.
        parent: owns it.

    Signals:
        read: a batch, and the number of its first record.
        progressed: what was read so far can be shown.
        done: everything is there, or as much of it as could be read.
    """

    read = Signal(object, object)
    progressed = Signal()
    done = Signal()

    def __init__(self, path: Path, end: int, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path
        self._end = end
        self._stopped = threading.Event()
        self._ready: queue.Queue[tuple[Batch, int] | None] = queue.Queue(_READY)
        self._thread = threading.Thread(target=self._read, name="timeline-reader", daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._on_timer)

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._timer.start()

    def is_done(self) -> bool:
        """Return whether everything was read."""
        return not self._timer.isActive()

    @Slot()
    def _on_timer(self) -> None:
        until = time.perf_counter_ns() + _SLICE
        while time.perf_counter_ns() < until:
            try:
                found = self._ready.get_nowait()
            except queue.Empty:
                break
            if found is None:
                self._finish()
                return
            self.read.emit(*found)
        self.progressed.emit()

    def _finish(self) -> None:
        self._timer.stop()
        self._thread.join()
        self.progressed.emit()
        self.done.emit()

    def shutdown(self) -> None:
        """Stop reading, and wait until that is so."""
        self._timer.stop()
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    # -- the thread that reads -----------------------------------------------------------------------------------

    def _read(self) -> None:
        # What the model needs: here nothing waits for it.
        import numpy  # noqa: F401

        try:
            # The log says what is damaged.
            file = BatchFile(self._path, _TIMEOUT, lambda _sentence: None)
        except BadInput:
            self._put(None)
            return
        try:
            self._read_all(file)
        except sqlite3.Error:
            pass  # damaged from here on; the log says so where the lines would be
        finally:
            file.close()
            self._put(None)

    def _read_all(self, file: BatchFile) -> None:
        place = 0
        while place < self._end and not self._stopped.is_set():
            heads = file.heads(place, self._end, _HEADS)
            if not heads:
                return
            for head, content in file.batches(heads):
                if isinstance(content, Batch) and not self._put((content, head.first)):
                    return
            place = heads[-1].first + heads[-1].records

    def _put(self, found: tuple[Batch, int] | None) -> bool:
        """Hand something on, when there is room; False if it is not wanted any more."""
        while not self._stopped.is_set():
            try:
                # In short steps: who stops us does not empty the queue.
                self._ready.put(found, timeout=0.05)
            except queue.Full:
                continue
            return True
        return False
