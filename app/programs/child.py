"""The child's side: this process's engine behind a pipe. Carried into the child, where it is the whole program.

Orders come in by one pipe, frames go out by another. Standard library only, relative imports only.
"""

import contextlib
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..core.batch import Batch
from ..core.catalogue import Catalogue
from ..core.clock import Clock, SystemClock
from ..core.credit import Credit
from ..core.engine import Drained, Engine
from ..core.events import Hosted
from ..core.interpreter import python_version
from ..core.own_code import last_lines, loading, notice_watch
from ..core.own_code.last_lines import SentLines
from ..core.own_code.notice_watch import NoticeWatch
from ..core.pump import Pump
from ..core.stream import Stream
from ..core.thread_engine import ThreadEngine
from ..core.wake_signal import install as install_wake_signal
from .frames import (
    PROTOCOL,
    STACK_SIGNAL,
    Frame,
    Hello,
    OrderReader,
    fingerprint,
    frames_of,
    run_from_values,
)

_AT_ONCE = 2**16  # bytes of orders that are read at once
# Held by the thread that ends the process: where both threads fail at once, neither cuts the other's words off.
_last_words = threading.RLock()
# Seconds in which the lines of a worker gather that writes many, or few but quickly: each frame wakes the window's process.
_GATHERING = 0.001
_PACING = 0.004
_MANY = 50  # lines
_QUICK = 0.005  # seconds from frame to frame


class ChildServer:
    """Carries out orders in one thread, and sends what its engine says in another.

    Args:
        engine: what the runs live in.
        clock: the engine's.
        orders, frames: descriptors of the pipes; both are closed at the end.
        core: the fingerprint of the program's files.
        on_lost: called, by either thread, when the other side is gone.
    """

    def __init__(
        self, engine: Engine, clock: Clock, orders: int, frames: int, core: str, on_lost: Callable[[], object]
    ) -> None:
        self._engine = engine
        self._stream = Stream([engine], clock)
        self._orders = orders
        self._frames = frames
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._owed: dict[int, Drained] = {}  # bounded by the credit: its lines are in flight until they are released
        self._number = 1
        self._is_over = False
        self.lines = SentLines(lambda: self._stream.is_armed)
        self._were_lines = False  # what it sent last were lines and nothing else
        self._last = -_QUICK  # time.monotonic when it last sent lines
        self._hello = Hello(PROTOCOL, core, python_version(), os.getpid()).frame()

    def serve(self) -> None:
        """Send frames until the order to shut down was carried out; blocks."""
        receiver = threading.Thread(target=self._receive, name="orders", daemon=True)
        receiver.start()
        try:
            self._write(self._hello)
            _Rounds(self._stream, _nothing, self._send, self._gathering, self.lines).wait(self._look)
        finally:
            os.close(self._frames)
            receiver.join()
            os.close(self._orders)
            self._stream.close()

    # -- the thread of orders --------------------------------------------------------------------------------------

    def _receive(self) -> None:
        reader = OrderReader()
        try:
            while not self._is_over:
                data = os.read(self._orders, _AT_ONCE)
                if not data:
                    self._on_lost()
                    self._shutdown()
                for order, arguments in reader.feed(data):
                    self._obey(order, arguments)
        except BaseException:
            # A process that takes no orders any more cannot be stopped: it ends, and says why.
            with _last_words:
                traceback.print_exc()
                self._on_lost()
            raise

    def _obey(self, order: str, arguments: list[Any]) -> None:
        if order == "start":
            self._engine.start(*map(run_from_values, arguments[0]))
        elif order == "release":
            self._release(arguments[0])
        elif order == "shutdown":
            self._shutdown()
        else:
            getattr(self._engine, order)(*arguments)

    def _shutdown(self) -> None:
        self._engine.close(0.0)
        self._engine.shutdown()
        self._is_over = True
        self._stream.ring()

    def _release(self, numbers: Iterable[int]) -> None:
        with self._lock:
            several = [self._owed.pop(number) for number in numbers if number in self._owed]
        # All at once: waiting runs go on by the number of releases.
        self._stream.release(*several)

    # -- the thread that serves ------------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Return whether it is over; asked after each round, and once more before it waits."""
        self.lines.end_round(is_idle=self._stream.is_armed, lets_gather=False)
        return self._is_over

    def _gathering(self, records: int | None) -> float:
        if not records or not self._were_lines:
            return 0  # an event is no sign of a worker that writes fast: the line after it may be the last
        before, self._last = self._last, time.monotonic()
        seconds = gathering(records, self._last - before)
        if seconds:
            self.lines.end_round(is_idle=False, lets_gather=True)
        return seconds

    def _send(self, drained: Drained) -> None:
        if not len(drained.batch):
            # Only room came back that no line had used: there is nothing to be read first.
            self._stream.release(drained)
            return
        self._were_lines = drained.batch.only_lines()
        frames = list(frames_of(drained.batch, self._number + 1))
        self._number += len(frames)
        with self._lock:
            # The last of them stands for all: they are released in their order.
            self._owed[self._number] = drained
        for frame in frames:
            self._write(frame)

    def _write(self, frame: Frame) -> None:
        data = memoryview(frame.to_bytes())
        try:
            while data:
                data = data[os.write(self._frames, data) :]
        except BrokenPipeError:
            self._on_lost()


def _nothing(_batch: Batch) -> None:
    """Do nothing: what is sent is looked at on the other side."""


class _Rounds(Pump):
    """A pump that says when it begins to read."""

    def __init__(
        self,
        stream: Stream,
        read: Callable[[Batch], object],
        release: Callable[[Drained], object],
        gathering: Callable[[int | None], float],
        lines: SentLines,
    ) -> None:
        super().__init__(stream, read, release, gathering)
        self._lines = lines

    def read(self) -> int | None:
        """Take what has come, and send it."""
        self._lines.begin_round()
        return super().read()


def gathering(records: int, seconds: float) -> float:
    """Return for how many seconds lines may gather before the next frame; 0 to send the next one as it comes.

    Args:
        records: how many the last frame had.
        seconds: between the one before and that one.
    """
    if records >= _MANY:
        return _GATHERING
    return _PACING if seconds < _QUICK else 0


# -- the whole program of a child ----------------------------------------------------------------------------------------


def main(settings: str) -> None:
    """Be a child, with settings as JSON; ends the process."""
    gc.enable()  # there was no garbage among what was imported
    values = json.loads(settings)
    # A copy of its own, so that closing the standard streams leaves the last words a place.
    errors = os.dup(2)
    faulthandler.enable(errors)
    if STACK_SIGNAL is not None:
        # Written by the signal's handler itself: also while a C call keeps the interpreter.
        faulthandler.register(STACK_SIGNAL, errors, all_threads=True)
    _die_with_parent(values["parent"])
    install_wake_signal()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the process that started this one
    _give_terminal_up()
    sys.setswitchinterval(values["switch_interval"])
    clock = SystemClock()
    engine = ThreadEngine(
        Catalogue(),
        clock,
        credit=Credit(values["lines"], values["characters"]),
        deadline=values["deadline"],
        slow_after=values["slow_after"],
        releases_stuck=values["releases_stuck"],
        host=Hosted(os.getpid(), python_version()),
        yields=True,
    )
    core = fingerprint(values["folder"])
    loading.allow()
    notice_watch.watch_by(partial(_flag_watch, values["folder"]))
    try:
        server = ChildServer(engine, clock, values["orders"], values["frames"], core, _leave)
        last_lines.wait_by(server.lines.wait)
        server.serve()
    except BaseException:  # noqa: BLE001 - out of memory, as a rule: what is left to do is to say so
        with _last_words:
            traceback.print_exc()
            _leave()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed or replaced by the code that ran
            stream.flush()
    # At once: whatever threads are left must not keep the process.
    os._exit(0)


def _flag_watch(folder: str, on_noticed: Callable[[int], object]) -> NoticeWatch | None:
    """Return what sees when a flag is read, begun; None where that cannot be seen. ``folder`` has core in it."""
    if not hasattr(sys, "monitoring"):
        return None
    from ..observer.flag_watch import FlagWatch  # here: only runs that are asked by a flag or a method wait for it

    watch = FlagWatch(on_noticed, *(os.path.join(folder, part) for part in ("core", "programs")))  # noqa: PTH118
    return watch if watch.start() else None


def _give_terminal_up() -> None:
    """Have no terminal, as in a session of its own: reading from it, as ``getpass`` does, would stop the process."""
    with contextlib.suppress(Exception):  # there is none; or the interpreter has no such modules
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        try:
            import fcntl
            import termios

            fcntl.ioctl(terminal, termios.TIOCNOTTY)
        finally:
            os.close(terminal)


def _leave() -> None:
    """End the process: the one that started it is gone, or something went wrong here."""
    with _last_words:
        os._exit(1)


def _die_with_parent(parent: int) -> None:
    """Have the system kill this process when the thread that started it is gone, where it can.

    The orders' pipe says so too, but its thread cannot run beside a C call that keeps the interpreter.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(Exception):  # an interpreter without ctypes, a system without prctl
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        _leave()
