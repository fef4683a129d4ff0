"""A second process that searches further on in a file while the first one searches here."""

import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from typing import Generic, NoReturn, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")

CAN_FORK = sys.platform != "win32" and (os.cpu_count() or 1) > 1


class Helper(Generic[Request, Result]):
    """Is forked from a process with one thread, and does one thing at a time for it; that thread only.

    One process for the whole of a search: forked anew for every few batches, it took a millisecond and a half each time, and
    had to be given what the first one had read from the file, one after the other.

    Args:
        work: from a request to its result, both of which can be pickled; called in the other process.
        before: called first in the other process, which must not outlive this one.

    Attributes:
        asked: what was asked for and not taken yet.
        is_gone: the other process has ended by itself, or was ended.

    Raises:
        OSError: no process can be had.
    """

    def __init__(self, work: Callable[[Request], Result], before: Callable[[], None]) -> None:
        requests, self._to = os.pipe()
        self._from, answers = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            for descriptor in (requests, self._to, self._from, answers):
                os.close(descriptor)
            raise
        if not self._process:
            os.close(self._to)
            os.close(self._from)
            _be_other(work, before, requests, answers)
        os.close(requests)
        os.close(answers)
        self._requests = os.fdopen(self._to, "wb")
        self._answers = os.fdopen(self._from, "rb")
        self.asked: Request | None = None
        self.is_gone = False

    def ask(self, request: Request) -> None:
        """Have something done; nothing else may be under way."""
        self.asked = request
        # A process that has died is noticed by who asks for the result.
        with contextlib.suppress(OSError):
            pickle.dump(request, self._requests)
            self._requests.flush()

    def take(self) -> Result | None:
        """Return the result of what was asked for, once it is there; None if the other process has ended."""
        self.asked = None
        try:
            result: Result = pickle.load(self._answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.is_gone = True
            return None
        return result

    def close(self) -> None:
        """End the other process, whatever it is at."""
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _be_other(work: Callable[[Request], Result], before: Callable[[], None], requests: int, answers: int) -> NoReturn:
    """Do what is asked for, and end; nothing of what the process was before may go on in it."""
    try:
        before()
        # Whoever reads our output waits for its end: it must not be kept open here.
        os.close(1)
        with os.fdopen(requests, "rb") as wanted, os.fdopen(answers, "wb") as done:
            while True:
                pickle.dump(work(pickle.load(wanted)), done)  # at the end of the requests: EOFError
                done.flush()
    finally:
        os._exit(0)
