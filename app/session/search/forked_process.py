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


class ForkedProcess(Generic[Request, Result]):
    """Is forked from a process with one thread, and does one thing at a time for it; that thread only.

    One process for the whole of a search: forked anew for every few batches, it took a millisecond and a half each time, and
    had to be given what the first one had read from the file, one after the other.

    Args:
        work: from a request to its result, both of which can be pickled; called in the other process.
        before: called first in the other process, which must not outlive this one.

    Attributes:
        pending: the request whose result was not fetched yet.
        has_ended: the other process has ended by itself, or was ended.

    Raises:
        OSError: no process can be had.
    """

    def __init__(self, work: Callable[[Request], Result], before: Callable[[], None]) -> None:
        theirs, ours = os.pipe()
        results, their_results = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            for descriptor in (theirs, ours, results, their_results):
                os.close(descriptor)
            raise
        if not self._process:
            os.close(ours)
            os.close(results)
            _serve(work, before, theirs, their_results)
        os.close(theirs)
        os.close(their_results)
        self._requests = os.fdopen(ours, "wb")
        self._results = os.fdopen(results, "rb")
        self.pending: Request | None = None
        self.has_ended = False

    def submit(self, request: Request) -> None:
        """Have something done; nothing else may be under way."""
        self.pending = request
        # A process that has died is noticed when the result is fetched.
        with contextlib.suppress(OSError):
            pickle.dump(request, self._requests)
            self._requests.flush()

    def result(self) -> Result | None:
        """Wait for the result of what was submitted and return it; None if the other process has ended."""
        self.pending = None
        try:
            result: Result = pickle.load(self._results)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.has_ended = True
            return None
        return result

    def close(self) -> None:
        """End the other process, whatever it is at."""
        for pipe in (self._requests, self._results):
            with contextlib.suppress(OSError):
                pipe.close()
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _serve(work: Callable[[Request], Result], before: Callable[[], None], requests: int, results: int) -> NoReturn:
    """Do what is asked for, and end; nothing of what the process was before may go on in it."""
    try:
        before()
        # The reader of our output waits for its end: it must not be kept open here.
        os.close(1)
        with os.fdopen(requests, "rb") as wanted, os.fdopen(results, "wb") as done:
            while True:
                pickle.dump(work(pickle.load(wanted)), done)  # at the end of the requests: EOFError
                done.flush()
    finally:
        os._exit(0)
