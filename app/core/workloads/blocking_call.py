"""One long call that no stop can break: a stand-in for any C function that lets go of the GIL and takes its time."""

import contextlib
import socket
import threading

from ..parameters import Parameter, Value
from .base import Workload


class BlockingCall(Workload):
    """``recv`` with a time-out, on one end of a socket pair that is never written to."""

    id = "blocking-call"
    title = "Blocking call"
    sentence = "One long call without the GIL that no stop can break, as many functions written in C are."
    parameters = (
        Parameter(
            "seconds", "Length of a call", "How long each call blocks.", usual=2.0, least=0.001, most=3_600, unit="s"
        ),
    )
    seconds: float

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.ends: tuple[socket.socket, ...] = ()  # made by the run's thread: a run that never starts leaves none open
        self.is_released = False
        self.turn = threading.Lock()

    def work(self) -> None:
        """Block in one call until its time is over."""
        with self.turn:
            if self.is_released:
                return
            if not self.ends:
                self.ends = socket.socketpair()
                self.ends[0].settimeout(self.seconds)
        # Released from here on, there is a byte, and the call returns at once: it is only looked at and not taken.
        with contextlib.suppress(TimeoutError):
            self.ends[0].recv(1, socket.MSG_PEEK)

    def release(self) -> None:
        """Make the call return, and later ones impossible, by a byte that is never read."""
        # In turn with the closing: a descriptor that is being closed may be another file's a moment later.
        with self.turn:
            self.is_released = True
            if self.ends:
                self.ends[1].send(b"x")

    def clean_up(self) -> None:
        """Close both ends."""
        with self.turn:
            for end in self.ends:
                end.close()
            self.ends = ()
