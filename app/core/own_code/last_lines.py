"""What code of the person's own has written leaves its process before the code goes on: it may end the process next.

``os._exit`` and a crash run nothing of ours any more, and the lines before them are those that are wanted most.
"""

import os
import threading
from collections import deque
from collections.abc import Callable

_TO_SEND = 0.1  # seconds that a line of a slow worker has to be sent, on a busy machine too

_waits: list[Callable[[], object]] = []


def wait_by(wait: Callable[[], object]) -> None:
    """Have ``wait`` called after each line; by a child's main program, and by nothing else."""
    _waits[:] = [wait]


def wait_until_sent() -> None:
    """Wait until the last line has been sent, if that takes no long; the thread that wrote it."""
    for wait in _waits:
        wait()


class SentLines:
    """Knows when what a thread has written was sent by the one thread that sends, in rounds.

    No lock is shared with the thread that sends: code of the person's own may be torn away from anything.

    Args:
        is_idle: whether that thread waits for something to send, or is about to.
    """

    def __init__(self, is_idle: Callable[[], bool]) -> None:
        self._is_idle = is_idle
        self._rounds = 0  # that have begun
        self._lets_gather = False
        # By the round that sends what they wrote; bounded by what is written in a round.
        self._waiting: deque[tuple[int, threading.Event]] = deque()
        self._sender = 0  # the ident of the thread that sends
        self._process = os.getpid()  # a forked one has no such thread

    # -- the thread that sends -------------------------------------------------------------------------------------

    def begin_round(self) -> None:
        """Say that all that has been written by now is about to be sent."""
        self._sender = threading.get_ident()
        self._rounds += 1
        self._lets_gather = False

    def end_round(self, *, is_idle: bool, lets_gather: bool) -> None:
        """Say that it was sent.

        Args:
            is_idle: nothing is left, whatever was written until now.
            lets_gather: lines come quickly, and no thread is to wait for its own.
        """
        self._lets_gather = lets_gather
        while self._waiting and (is_idle or lets_gather or self._waiting[0][0] <= self._rounds):
            self._waiting.popleft()[1].set()

    # -- any thread ------------------------------------------------------------------------------------------------

    def wait(self) -> None:
        """Wait until the line that this thread wrote has been sent; a moment at most, and not where lines gather.

        A thread that writes now and then gives its line time to leave the process. One that writes faster than that is not
        held up: the lines of its last milliseconds go with its process.
        """
        if self._lets_gather or threading.get_ident() == self._sender or os.getpid() != self._process:
            return
        sent = threading.Event()
        self._waiting.append((self._rounds + 1, sent))
        # Looked at after it is among those that wait: the thread that sends looks there after it says either.
        if not self._lets_gather and not self._is_idle():
            sent.wait(_TO_SEND)
