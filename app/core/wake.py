"""A bell that any thread and any signal handler may ring, and that a plain loop or a GUI's loop can wait on."""

import contextlib
import select
import socket

_MOST_RINGS = 4_096  # that are taken at once
_MOST_SELECTED = 1_024  # FD_SETSIZE: select takes no descriptor from here on


class Wake:
    """A pair of connected sockets: one byte in the pipe means that there is something to do.

    A socket rather than an Event, for three reasons: Qt's loop can watch it, so that workers need touch no QObject;
    ``signal.set_wakeup_fd`` can write to it; and a signal handler may ring it, where ``Event.set`` could deadlock on the
    Event's own lock, held by the very code that the handler interrupted. Sockets and not a pipe, because Windows can wait
    on nothing else.
    """

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)

    def set(self) -> None:
        """Ring; any thread, any number of times. After ``close`` nothing happens."""
        # Full: it is ringing already. Closed: there is no reader any more.
        with contextlib.suppress(OSError):
            self._write.send(b"\0")

    def clear(self) -> None:
        """Stop ringing; only the thread that waits. Look for work after it, never before, or a ring may be lost."""
        with contextlib.suppress(OSError):
            # Each look lets go of the interpreter, and busy threads take it: not one more, to find that nothing is left.
            while len(self._read.recv(_MOST_RINGS)) == _MOST_RINGS:
                pass

    def wait(self, seconds: float | None) -> bool:
        """Block until it rings or ``seconds`` have passed (None: for ever), and return whether it rings."""
        if self._read.fileno() < _MOST_SELECTED or not hasattr(select, "poll"):
            return bool(select.select([self._read], [], [], seconds)[0])
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        # In whole milliseconds, rounded up: only where select cannot be used.
        return bool(poll.poll(None if seconds is None else -(-seconds * 1_000 // 1)))

    def fileno(self) -> int:
        """Return the descriptor to watch for readability."""
        return self._read.fileno()

    def write_fileno(self) -> int:
        """Return the descriptor to hand to ``signal.set_wakeup_fd``."""
        return self._write.fileno()

    def close(self) -> None:
        """Close both ends; afterwards ``set`` does nothing."""
        self._read.close()
        self._write.close()
