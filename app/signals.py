"""Ctrl+C and SIGTERM, the same for the window and the command line."""

import os
import signal
from types import FrameType

from app.core.wake import Wake


class Signals:
    """Notes signals and rings; a second Ctrl+C leaves the process at once.

    The handler only notes and never touches a lock: it may have interrupted the very code that holds it. The bell is rung
    by the interpreter itself (``signal.set_wakeup_fd``), so that a loop which sleeps in C wakes up and Python code runs.

    Args:
        wake: the bell of the loop that is to look at ``number``.

    Attributes:
        number: the first signal that came, or None.
        seen: every signal that came, in order.
    """

    def __init__(self, wake: Wake) -> None:
        self.number: int | None = None
        self.seen: list[int] = []
        self._previous = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        self._previous_fd = signal.set_wakeup_fd(wake.write_fileno(), warn_on_full_buffer=False)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None and number == signal.SIGINT:
            os._exit(130)
        self.number = self.number or number
        self.seen.append(number)

    def restore(self) -> None:
        """Put the handlers back that were there before, once; the main thread only."""
        if self._previous:
            signal.set_wakeup_fd(self._previous_fd)
        while self._previous:
            signal.signal(*self._previous.popitem())
