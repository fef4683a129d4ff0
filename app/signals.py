"""Ctrl+C and SIGTERM, the same for the window and the command line."""

import atexit
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeVar

from app.core.wake import Wake

Result = TypeVar("Result")

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
# Seconds within which a second SIGTERM is the same one: timeout(1), for one, sends it to the process and to its group.
_SAME_SIGTERM = 0.5


class Terminated(BaseException):
    """SIGTERM came while no ``Signals`` watches for it: the counterpart of KeyboardInterrupt, so that clean-up is done."""


def raise_at_sigterm() -> None:
    """Have SIGTERM raise ``Terminated`` in the main thread; called once, before anything else registers with ``atexit``."""
    # The function that is registered first is called last. After it only the interpreter itself ends, which removes handlers
    # written in Python before it is done; a signal after that would end the process with an undocumented status.
    atexit.register(_ignore_signals)
    signal.signal(signal.SIGTERM, _raise_terminated)


def exit_at_signals() -> None:
    """Have a signal end the process at once from now on: its work is done."""
    for number in _NUMBERS:
        signal.signal(number, _exit_now)


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
    thread = threading.Thread(target=_exit_when_told, args=(read, write), name="signals", daemon=True)
    # Where the system refuses another thread, the handlers must do.
    with contextlib.suppress(RuntimeError, MemoryError):
        thread.start()
        signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)


def _exit_when_told(read: socket.socket, _write: socket.socket) -> None:
    while True:
        for number in read.recv(64):
            if number in _NUMBERS:
                _exit_now(number, None)


def _raise_terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _exit_now(number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)


def _ignore_signals() -> None:
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)


class Signals:
    """Records signals and wakes the main loop; a second one ends the process at once, except a first SIGTERM after Ctrl+C.

    The handler only records and never touches a lock: it may have interrupted the very code that holds it. The interpreter
    itself writes to ``wake`` (``signal.set_wakeup_fd``), so that a loop which sleeps in C wakes up and Python code runs.

    Args:
        wake: wakes the loop that looks at ``number``.

    Attributes:
        number: the first signal that came, or None.
        seen: every signal that came, in order.
    """

    def __init__(self, wake: Wake) -> None:
        self.number: int | None = None
        self.seen: list[int] = []
        self._terminated = 0.0  # time.monotonic of the first SIGTERM
        self._previous = {number: signal.signal(number, self.on_signal) for number in _NUMBERS}
        self._previous_fd = signal.set_wakeup_fd(wake.write_fileno(), warn_on_full_buffer=False)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Record a signal; the handler that the interpreter calls in the main thread."""
        if self._is_second(number):
            _exit_now(number, frame)
        self.number = self.number or number
        self.seen.append(number)

    def _is_second(self, number: int) -> bool:
        if number == signal.SIGINT:
            return self.number is not None
        # A SIGTERM after a Ctrl+C answers the dialog that may be open.
        now = time.monotonic()
        self._terminated = self._terminated or now
        return signal.SIGTERM in self.seen and now - self._terminated > _SAME_SIGTERM

    def restore(self) -> None:
        """Restore the handlers that were there before, once; the main thread only."""
        if self._previous:
            signal.set_wakeup_fd(self._previous_fd)
        while self._previous:
            signal.signal(*self._previous.popitem())


def run_until_signal(work: Callable[[threading.Event], Result], name: str) -> tuple[Result, int | None]:
    """Run ``work`` in a thread of its own and set its cancel event at the first signal; the main thread only.

    Args:
        work: is given the event, and ends soon after that is set; what it raises is raised again here.
        name: of the thread.

    Returns:
        what ``work`` returned, and the first signal that came, or None.
    """
    cancel = threading.Event()
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work(cancel))
        except BaseException as error:  # noqa: BLE001 - raised again by the main thread, which would wait forever otherwise
            errors.append(error)
        finally:
            wake.set()

    wake = Wake()
    signals = Signals(wake)
    try:
        thread = threading.Thread(target=target, name=name)
        thread.start()
        # The handler of a signal must not touch an Event's lock, which the very code that it interrupts may hold: so it
        # only wakes this loop, which sets the event.
        while not (results or errors):
            wake.wait(None)
            wake.clear()
            if signals.number is not None:
                cancel.set()
        thread.join()
    finally:
        signals.restore()
        wake.close()
    if errors:
        raise errors[0]
    return results[0], signals.number
