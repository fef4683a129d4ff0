"""One child on this side: its orders' pipe, which never makes a thread wait, and what is known of its runs."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from app.core.engine import NewRun
from app.programs.event_loop import Alarm, EventLoop
from app.programs.frames import order_bytes, run_to_values
from app.programs.transcript import Transcript

_MOST_WAITING = 2**20  # bytes of orders that a child has not taken; then it is not asked where its threads are any more

_FEW_ALARMS = 64  # below, those that are over are kept


class ChildEnd(Protocol):
    """What is at the other end of the pipes, as ``ChildProcess`` is; the descriptors do not block."""

    pid: int
    orders: int
    frames: int
    errors: int
    exited: int

    def has_exited(self) -> bool:
        """Return whether it is over."""

    def kill(self) -> None:
        """End it for certain; any thread."""

    def ask_stack(self) -> bool:
        """Have it write where its threads are, if it can; any thread."""

    def wait(self) -> int:
        """Wait for its end and return its status."""

    def close(self) -> None:
        """Close the near ends of the pipes."""


class ChildLink:
    """Sends orders, from the moment on at which the child is wanted: those that come too early wait.

    Args:
        transcript: what is known of its runs.
        lines: how many it may have in flight.

    Attributes:
        end: the child; None before it was started.
        news: the runs that it is to be given when it has been started.
        clicked: run to the instant of the person's action, and ``requested`` to that of the order, of those asked to stop.
        killed: runs that are ended with their process, because that was ordered.
        fault: why the child had to be ended, the end of a sentence; empty if it had not.
        tail: the last of what it wrote to its standard streams.
    """

    def __init__(self, transcript: Transcript, lines: int) -> None:
        self.transcript = transcript
        self.lines = lines
        self.end: ChildEnd | None = None
        self.news: list[NewRun] = []
        self.clicked: dict[int, int | None] = {}
        self.requested: dict[int, int] = {}
        self.killed: set[int] = set()
        self.fault = ""
        self.tail = b""
        self.is_shut = False  # it was told to end
        self._sending = threading.Lock()  # an order is written in one piece
        self._waiting = bytearray()
        self._is_closed = False
        self._alarms: list[Alarm] = []

    def send(self, order: str, *arguments: object) -> bool:
        """Send an order, or have it wait; any thread, never blocks. Returns whether something waits to be written."""
        data = order_bytes(order, *arguments)
        with self._sending:
            if order == "locate" and len(self._waiting) > _MOST_WAITING:
                return True
            self._waiting += data
            return self._write()

    def send_start(self, runs: Iterable[NewRun]) -> bool:
        """Send runs to be started, to a child that is there; as ``send``."""
        return self.send("start", [run_to_values(new) for new in runs])

    def attach(self, end: ChildEnd, runs: Iterable[NewRun]) -> None:
        """Take the child that was started, and send it its runs in front of all that was ordered about them meanwhile."""
        data = order_bytes("start", [run_to_values(new) for new in runs])
        with self._sending:
            self._waiting[:0] = data
            self.end = end

    def flush(self) -> bool:
        """Write what waits, as far as the pipe takes it; return whether something still waits; any thread."""
        with self._sending:
            return self._write()

    def after(self, loop: EventLoop, seconds: float, action: Callable[[], None]) -> None:
        """Do something about it some seconds later, unless it is over by then; the loop's thread."""
        if len(self._alarms) > _FEW_ALARMS:
            self._alarms = [alarm for alarm in self._alarms if alarm.action is not None]
        self._alarms.append(loop.after(seconds, action))

    def close(self) -> None:
        """Write nothing any more, and do nothing about it later; the loop's thread."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        with self._sending:
            self._is_closed = True
            self._waiting.clear()

    def _write(self) -> bool:
        if self.end is None or self._is_closed:
            return False
        try:
            while self._waiting:
                written = os.write(self.end.orders, self._waiting)
                del self._waiting[:written]
        except BlockingIOError:
            return True
        except OSError:
            self._waiting.clear()  # it is gone: what becomes of its runs is found out by its end
        return False


class LiveRuns:
    """Which child each run that is alive lives in; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._links: dict[int, ChildLink] = {}

    def add(self, run: int, link: ChildLink) -> None:
        """Take a run that is given to a child."""
        with self._lock:
            self._links[run] = link

    def remove(self, *runs: int) -> None:
        """Forget runs that have ended."""
        with self._lock:
            for run in runs:
                self._links.pop(run, None)

    def find(self, run: int) -> ChildLink | None:
        """Return the child of a run; None if it has ended, or never was."""
        with self._lock:
            return self._links.get(run)

    def count(self) -> int:
        """Return how many runs are alive."""
        return len(self._links)

    def all(self) -> dict[int, ChildLink]:
        """Return the runs, oldest first, and their children."""
        with self._lock:
            return dict(self._links)

    def links(self) -> set[ChildLink]:
        """Return the children that have runs."""
        return set(self.all().values())
