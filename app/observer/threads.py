"""The program's threads: started where and by whom, ended how."""

import _thread
from itertools import count

from .output import Output, clipped


class Thread:
    """One thread of the program.

    Attributes:
        number: counted from 1, which is the main thread.
        name: as the program calls it.
        ident: as of ``threading.get_ident``.
        started_ns: the instant before it was started, or when it began; 0 if that was not seen.
        ended_ns: 0 while it lives.
        is_daemon: whether the process ends without waiting for it; None if that is not known.
        at: the line that started it; None if that was not seen.
        is_foreign: whether ``threading`` did not start it.
        objects: ids of the objects that stand for it: the ``threading.Thread``, the ``QThread``.
    """

    __slots__ = ("at", "ended_ns", "ident", "is_daemon", "is_foreign", "name", "number", "objects", "started_ns")

    def __init__(self, number: int, name: str, ident: int, started_ns: int, *, is_daemon: bool | None) -> None:
        self.number = number
        self.name = name
        self.ident = ident
        self.started_ns = started_ns
        self.ended_ns = 0
        self.is_daemon = is_daemon
        self.at: tuple[str, int] | None = None
        self.is_foreign = False
        self.objects: set[int] = set()


class Threads:
    """Knows every thread of the program that was seen; called from callbacks in any thread.

    Args:
        output: where they are said.
        now: nanoseconds of the one clock.
    """

    def __init__(self, output: Output, now: int) -> None:
        self._output = output
        self._numbers = count(1)
        self._by_ident: dict[int, Thread] = {}
        self._by_object: dict[int, Thread] = {}
        self.find = self._by_ident.get  # the living thread of an ident, or None; written in C
        self._starting: dict[int, tuple[int, tuple[str, int], Thread]] = {}
        self.unknown = Thread(0, "?", 0, 0, is_daemon=True)
        self.main = self._add("MainThread", _thread.get_ident(), now, None, None, is_daemon=False)

    def current(self) -> Thread | None:
        """Return this thread, or None if it was not seen to start."""
        return self._by_ident.get(_thread.get_ident())

    def alive(self) -> list[Thread]:
        """Return the threads that have not been seen to end."""
        return [each for each in list(self._by_ident.values()) if not each.ended_ns]

    def by_object(self, identity: int) -> Thread | None:
        """Return the living thread that a ``Thread`` object stands for."""
        return self._by_object.get(identity)

    def starting(self, thread_id: int, t_ns: int, at: tuple[str, int], by: Thread) -> None:
        """Remember where a ``Thread`` object was started, until its thread runs."""
        self._starting[thread_id] = (t_ns, at, by)

    def began(self, thread_id: int, name: str, t_ns: int, *, is_daemon: bool) -> Thread:
        """Say that this thread has begun, of a ``Thread`` object."""
        started_ns, at, by = self._starting.pop(thread_id, (t_ns, None, None))
        thread = self._add(name, _thread.get_ident(), started_ns, at, by, is_daemon=is_daemon)
        thread.objects.add(thread_id)
        self._by_object[thread_id] = thread
        return thread

    def foreign(self, name: str, t_ns: int) -> Thread:
        """Say that this thread runs, which ``threading`` did not start; ``t_ns`` is 0 if its beginning was not seen."""
        thread = self._add(name, _thread.get_ident(), t_ns, None, None, is_daemon=None)
        thread.is_foreign = True
        return thread

    def ended(self, thread: Thread, t_ns: int, name: str = "") -> None:
        """Say that a thread has ended."""
        thread.ended_ns = t_ns
        for each in thread.objects:
            self._by_object.pop(each, None)
        if self._by_ident.get(thread.ident) is thread:
            del self._by_ident[thread.ident]
        self._output.add("ended", thread=thread.number, t_ns=t_ns, name=clipped(name or thread.name))

    def failed(self, thread: Thread, exception: str) -> None:
        """Say which exception ends a thread."""
        self._output.add("failed", thread=thread.number, exception=clipped(exception))

    def _add(
        self, name: str, ident: int, t_ns: int, at: tuple[str, int] | None, by: Thread | None, *, is_daemon: bool | None
    ) -> Thread:
        thread = Thread(next(self._numbers), clipped(name), ident, t_ns, is_daemon=is_daemon)
        thread.at = at
        self._by_ident[ident] = thread
        self._output.add(
            "thread",
            id=thread.number,
            name=thread.name,
            daemon=is_daemon,
            native_id=_thread.get_native_id(),
            started_ns=t_ns or None,
            at=list(at) if at else None,
            by=by.number or None if by else None,
        )
        return thread
