"""Ctrl+C and SIGTERM, the same for the window and the command line."""

import atexit
import contextlib
import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import NoReturn

from app.core.wake import Wake

_BOTH = (signal.SIGINT, signal.SIGTERM)
# Seconds within which a second SIGTERM is the same one: timeout(1), for one, sends it to the process and to its group.
_ONE_AND_THE_SAME = 0.5


class Terminated(BaseException):
    """SIGTERM came where nobody watches for it: the counterpart of KeyboardInterrupt, so that clean-up is done."""


def raise_at_sigterm() -> None:
    """Have SIGTERM raise ``Terminated`` in the main thread, and the process end with a documented status; once, first."""
    # What is registered first is called last: from then on nothing is left to be ended but the interpreter, which takes
    # handlers written in Python away before it is through. A signal after that would end the process by itself.
    atexit.register(_ignore)
    signal.signal(signal.SIGTERM, _raise)


def leave_at_signals() -> None:
    """Have a signal end the process at once from now on: its exit status is known, and its work is done."""
    for number in _BOTH:
        signal.signal(number, _leave)


def watch_signals_in_thread() -> None:
    """Have a signal end the process also while the interpreter waits for threads that hold up its end; once, last.

    A handler written in Python runs in the main thread, which sleeps in C then: a signal that came just before it fell
    asleep, or that the system handed to another thread, would be answered only when those threads have ended. The
    interpreter's own handler, in C, writes to the wakeup descriptor at once, whichever thread it runs in.
    """
    if all(thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        return
    read, write = socket.socketpair()
    write.setblocking(False)
    thread = threading.Thread(target=_leave_when_told, args=(read, write), name="signals", daemon=True)
    # Where the system refuses another thread, the handlers must do.
    with contextlib.suppress(RuntimeError, MemoryError):
        thread.start()
        signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)


def _leave_when_told(read: socket.socket, _write: socket.socket) -> None:
    while True:
        for number in read.recv(64):
            if number in _BOTH:
                _leave(number, None)


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)


def _ignore() -> None:
    for number in _BOTH:
        signal.signal(number, signal.SIG_IGN)


class Signals:
    """Notes signals and rings; a second one leaves the process at once, but for a first SIGTERM after a Ctrl+C.

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
        self._terminated = 0.0  # time.monotonic of the first SIGTERM
        self._previous = {number: signal.signal(number, self._note) for number in _BOTH}
        self._previous_fd = signal.set_wakeup_fd(wake.write_fileno(), warn_on_full_buffer=False)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._is_second(number):
            _leave(number, frame)
        self.number = self.number or number
        self.seen.append(number)

    def _is_second(self, number: int) -> bool:
        if number == signal.SIGINT:
            return self.number is not None
        # After a Ctrl+C it answers whatever the person is being asked.
        now = time.monotonic()
        self._terminated = self._terminated or now
        return signal.SIGTERM in self.seen and now - self._terminated > _ONE_AND_THE_SAME

    def restore(self) -> None:
        """Put the handlers back that were there before, once; the main thread only."""
        if self._previous:
            signal.set_wakeup_fd(self._previous_fd)
        while self._previous:
            signal.signal(*self._previous.popitem())
