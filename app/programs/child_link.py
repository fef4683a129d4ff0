"""One child on this side: its orders' pipe, which never makes a thread wait, and what is known of its runs."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from app.core.engine import CreditToken, NewRun
from app.programs.frames import order_bytes, run_to_values
from app.programs.transcript import Transcript, Weight

_MOST_WAITING = 2**20  # bytes of orders that a child has not taken; then it is not asked where its threads are any more


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


class FrameToken(CreditToken):
    """Stands for the child's own token of one frame."""

    __slots__ = ("link", "number", "weight")

    def __init__(self, link: "ChildLink", number: int, weight: Weight) -> None:
        super().__init__(link.owner)
        self.link = link
        self.number = number
        self.weight = weight


class ChildLink:
    """Sends orders, from the moment on at which the child is wanted: those that come too early wait.

    Args:
        owner: the engine.
        transcript: what is known of its runs.
        lines: how many it may have in flight.

    Attributes:
        end: the child; None before it was started.
        news: the runs that it is to be given when it has been started.
        alarms: what is to be done about it later.
        clicked: run to the instant of the person's action, and ``requested`` to that of the order, of those asked to stop.
        killed: runs that are ended with their process, because that was ordered.
        fault: why the child had to be ended, the end of a sentence; empty if it had not.
        tail: the last of what it wrote to its standard streams.
    """

    def __init__(self, owner: "Owner", transcript: Transcript, lines: int) -> None:
        self.owner = owner
        self.transcript = transcript
        self.lines = lines
        self.alarms: list[Alarm] = []
        self.end: ChildEnd | None = None
        self.news: list[NewRun] = []
        self.clicked: dict[int, int | None] = {}
        self.requested: dict[int, int] = {}
        self.killed: set[int] = set()
        self.fault = ""
        self.tail = b""
        self.is_shut = False  # it was told to end
        self.frames_over = False  # it has closed its pipe
        self._sending = threading.Lock()  # an order is written in one piece
        self._waiting = bytearray()
        self._is_closed = False

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

    def close(self) -> None:
        """Write nothing any more; any thread."""
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


class Alarm:
    """One thing to do later; ``cancel`` makes it nothing."""

    __slots__ = ("action", "order", "when")

    def __init__(self, when: float, order: int, action: Callable[[], None]) -> None:
        self.when = when
        self.order = order
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do nothing when the time comes."""
        self.action = None

    def __lt__(self, other: "Alarm") -> bool:
        return (self.when, self.order) < (other.when, other.order)


class Owner(Protocol):
    """What a link belongs to: the engine that takes its credit back."""

    def release(self, tokens: "Iterable[CreditToken]") -> None:
        """Give credit back."""
