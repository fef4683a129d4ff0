"""A read from a socket that is never written to; shutting the socket down wakes it, closing it would not."""

import socket
import threading

from ..parameters import Parameter, Value
from .base import Workload


class SocketRead(Workload):
    """``recv`` on one end of a socket pair."""

    id = "socket"
    title = "Socket"
    sentence = "A blocking recv on a socket that is never written to, broken by shutdown or not at all."
    parameters = (
        Parameter(
            "interrupt",
            title="Shut down when asked to stop",
            sentence="Whether a stop also shuts the socket down, which wakes the read; closing it would not.",
            usual=True,
        ),
    )

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        # The parameter is called like the method, which its attribute would hide.
        self.interrupts = vars(self).pop("interrupt")
        self.ends: tuple[socket.socket, ...] = ()  # made by the run's thread: a run that never starts leaves none open
        self.is_shut_down = False
        self.turn = threading.Lock()

    def work(self) -> None:
        """Wait for a byte that never comes."""
        with self.turn:
            if self.is_shut_down:
                return
            self.ends = self.ends or socket.socketpair()
        # Shut down from here on, the socket is at its end, and the read returns at once.
        self.ends[0].recv(1)

    def interrupt(self) -> None:
        """Wake the read with the request, if it is to be."""
        if self.interrupts:
            self.release()

    def release(self) -> None:
        """Wake the read, and let no later one begin."""
        # In turn with the closing: a descriptor that is being closed may be another file's a moment later.
        with self.turn:
            # Once only: some systems raise an error for a socket that is shut down already.
            if self.ends and not self.is_shut_down:
                self.ends[0].shutdown(socket.SHUT_RDWR)
            self.is_shut_down = True

    def clean_up(self) -> None:
        """Close both ends."""
        with self.turn:
            for end in self.ends:
                end.close()
            self.ends = ()
