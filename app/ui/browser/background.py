"""Does one thing at a time in a thread of its own, and brings what is found to the window's thread in slices."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.errors import BadInput
from app.ui.browser.errand import Ending, Errand

_POLL = 30  # ms
SLICE = 100  # things told that are shown at once: a frame's worth of rows


class Background(QObject):
    """Starts, cancels and joins; the GUI thread only.

    The thread touches nothing of Qt's: what it tells waits until a timer, which ticks only while it lives, fetches a slice
    of it. So a thread that cannot be interrupted just then may be left to itself when the window closes.

    Signals:
        news: a list of what was told since the last, a slice at most.
        ended: an ``Ending``; after the last news. Not after ``put_away``.
    """

    news = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.what = ""
        self._thread: threading.Thread | None = None
        self._errand = Errand()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

    def is_running(self) -> bool:
        """Return whether something is being done."""
        return self._thread is not None

    def start(self, what: str, work: Callable[[Errand], Any]) -> bool:
        """Start something; returns at once. False if something else is being done: nothing was started then.

        Args:
            what: what is being done, for a person: "Exporting x".
            work: does it in a thread of its own; may raise BadInput.
        """
        if self._thread is not None:
            return False
        self.what, self._errand = what, Errand()
        self._thread = threading.Thread(target=_do, args=(work, self._errand), name="browser", daemon=True)
        self._thread.start()
        self._timer.start()
        return True

    @Slot()
    def cancel(self) -> None:
        """Ask it to end; ``ended`` follows."""
        self._errand.cancel()

    @Slot()
    def _on_poll(self) -> None:
        errand = self._errand
        # Looked at first: what was told before it is there by then.
        ending = errand.ending
        news = [errand.told.popleft() for _ in range(min(SLICE, len(errand.told)))]
        if news:
            self.news.emit(news)
        if ending is not None and not errand.told and self._thread is not None:
            self._timer.stop()
            self._thread.join()
            self._thread = None
            self.ended.emit(ending)

    def put_away(self, patience: float = 5.0) -> None:
        """Cancel it and wait for it, at most so many seconds; nothing is emitted any more."""
        self._timer.stop()
        thread, self._thread = self._thread, None
        if thread is not None:
            self._errand.cancel()
            thread.join(patience)


def _do(work: Callable[[Errand], Any], errand: Errand) -> None:
    ending = Ending(problem="Something went wrong; nothing was done.")
    try:
        ending = Ending(work(errand))
    except BadInput as error:
        ending = Ending(problem=str(error))
    except OSError as error:
        ending = Ending(problem=f"{error.filename or 'The disk'}: {error.strerror or error}.")
    finally:
        errand.ending = ending
