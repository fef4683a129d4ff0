"""Headroom: what the runs' threads leave of the system's threads and memory, so that the rest of the program goes on."""

import mmap
import sys
import threading
from collections.abc import Callable

# A picture, a search or a plan that is carried out begins threads of its own; eight are more than do so at once.
_THREADS = 8
# The libraries that are loaded while something runs take half of it (address space, where that is what is limited).
_MEMORY = 256 * 2**20


class RefusedError(Exception):
    """A thread could not be started; the message says why, and what would help, without a capital or a full stop."""


class Headroom:
    """Starts threads as long as enough is left for others; the thread manager's thread only.

    A program that has used up what the system gives it lacks more than one more run: its libraries cannot be loaded, its
    window cannot search or save, and Qt waits for threads that never came. So a thread is refused while there is room.

    Memory is tried before each start but the first. Threads cannot be tried: some that do nothing are kept from the first
    start on, and ended when the system refuses one, which makes room for as many. From then on no more runs live at once
    than did at that moment, until all have ended.
    """

    def __init__(self) -> None:
        self._running = 0
        self._most: int | None = None
        self._why = ""
        self._spare: list[threading.Thread] = []
        self._let_end = threading.Event()

    def start(self, start: Callable[[], None]) -> None:
        """Call ``start``, which starts a thread; RefusedError if it cannot be started, or if too little would be left."""
        if not self._running:
            self._most = None
        if self._most is not None and self._running >= self._most:
            raise RefusedError(self._why)
        try:
            # The first is always tried: what those before it used is not given back at once, or not at all.
            if self._running and not _has_memory():
                limit = f"less than {_MEMORY // 2**20} MB of memory would be left for the rest of the program"
                raise RefusedError(f"{limit}, {self._advice('memory (ulimit -v)')}")
            if self._most is None:
                self._keep_spare()
            start()
        except RefusedError as error:
            self._refuse(str(error))
        except (RuntimeError, MemoryError) as error:
            reason = f"the operating system refused a thread ({error or 'out of memory'})"
            self._refuse(f"{reason}, {self._advice('processes or memory (ulimit -u, ulimit -v)')}")
        self._running += 1

    def ended(self) -> None:
        """Say that a thread that was started has been joined."""
        self._running -= 1

    def close(self) -> None:
        """End the spare threads; nothing is started any more."""
        self._end_spare()

    def _advice(self, limits: str) -> str:
        alive = f"{self._running:,} run{'' if self._running == 1 else 's'} alive"
        return f"with {alive}; {'stop some, or ' if self._running else ''}raise the limit on {limits}"

    def _refuse(self, why: str) -> None:
        self._most, self._why = self._running, why
        self._end_spare()
        raise RefusedError(why)

    def _keep_spare(self) -> None:
        while len(self._spare) < _THREADS:
            thread = threading.Thread(target=self._let_end.wait, name="spare", daemon=True)
            thread.start()
            self._spare.append(thread)

    def _end_spare(self) -> None:
        self._let_end.set()
        for thread in self._spare:
            thread.join()
        self._spare.clear()
        self._let_end.clear()


def _has_memory() -> bool:
    """Return whether as much memory as is to be left can still be had."""
    if sys.platform == "win32":
        return True  # there a mapping is charged at once, and a process's address space has no limit
    try:
        mmap.mmap(-1, _MEMORY, flags=mmap.MAP_PRIVATE).close()
    except OSError:
        return False
    return True
