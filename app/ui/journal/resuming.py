"""Looks, while the window is already there, for a plan that an earlier sitting did not finish."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.session.unfinished import UnfinishedPlan, unfinished_plan


class Resuming(QObject):
    """Reads the newest sessions in a thread of its own, once; the GUI thread only.

    Args:
        folder: where the sessions are.
        parent: the window.

    Signals:
        found: an ``UnfinishedPlan``; not emitted if there is none.
    """

    found = Signal(object)
    _read = Signal(object)

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._gone = False
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._look, name="unfinished plan", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        unfinished = unfinished_plan(self._folder)
        if unfinished is not None:
            # Joined by put_away before this object can go: whoever emits a signal of an object that is gone crashes.
            self._read.emit(unfinished)

    @Slot(object)
    def _on_read(self, unfinished: UnfinishedPlan) -> None:
        if not self._gone:
            self.found.emit(unfinished)

    def put_away(self) -> None:
        """Say nothing more, and wait for the thread, which reads a few files at most."""
        self._gone = True
        self._thread.join()
