"""A lock that is held elsewhere: a thread that waits for it without a time-out looks at nothing else."""

import threading

from ..parameters import Value
from .base import Workload


class WaitForLock(Workload):
    """``lock.acquire()`` while the lock is taken."""

    id = "lock"
    title = "Lock"
    sentence = "Waits, without a time-out, for a lock that another thread holds and does not release."

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.lock = threading.Lock()
        self.lock.acquire()  # held by us: a Lock may be released by any thread
        self.let_go = threading.Lock()

    def work(self) -> None:
        """Wait for the lock, and hand it back, so that a thread that has had it once gets it at once again."""
        with self.lock:
            pass

    def release(self) -> None:
        """Let the lock go; once only, as a second time might take it from the thread that has it now."""
        if self.let_go.acquire(blocking=False):
            self.lock.release()
