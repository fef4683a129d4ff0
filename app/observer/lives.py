"""How the program's threads begin and end: seen in ``threading``'s own functions, and in the outermost ones of others."""

import _thread
import sys
from time import perf_counter_ns
from types import CodeType, FrameType

from .chains import Place
from .code_index import CodeIndex
from .objects import own_attribute, type_name, variable
from .output import Output
from .places import PROGRAM, Places
from .threads import Thread, Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_monitoring: "Any" = getattr(sys, "monitoring", None)
_DISABLE: object = getattr(_monitoring, "DISABLE", None)


MOST_JOINS = 100  # of one line, that are said


class Join:
    """A call of ``Thread.join``.

    Attributes:
        thread: that is waited for.
        by: the thread that waits.
        at: the line.
        timeout: in seconds; None for none.
    """

    __slots__ = ("at", "by", "thread", "timeout")

    def __init__(self, thread: Thread, by: Thread, at: Place, timeout: float | None) -> None:
        self.thread = thread
        self.by = by
        self.at = at
        self.timeout = timeout

    def words(self) -> "dict[str, object]":
        """Return who waits, where and how long at most, in milliseconds, as fields of a record."""
        limit = None if self.timeout is None else round(self.timeout * 1000)
        return {"by": self.by.number, "at": list(self.at), "timeout_ms": limit}


class Lives:
    """Sees threads begin and end; its methods are called in the threads that they are about.

    Args:
        output: where the end of the main thread is said.
        threads: of the program.
        places: whose each file is.
        index: of the code objects.

    Attributes:
        main_ended_ns: 0 until the main thread has ended.
        overstayed: joins that have returned while the thread lived, for their time-out.
        wake: called when there is something to do soon, by any thread.
        ending: called with a thread when it ends.
    """

    def __init__(self, output: Output, threads: Threads, places: Places, index: CodeIndex) -> None:
        self._output = output
        self._threads = threads
        self._places = places
        self._index = index
        self.main_ended_ns = 0
        self.overstayed: list[Join] = []
        self._joins: dict[int, Join] = {}  # by ident: what that thread is in
        self._joins_at: dict[Place, int] = {}  # how many there were, by their line
        self.wake: Callable[[], object] = int
        self.ending: Callable[[Thread], object] = id

    def known(self) -> "dict[tuple[str, str], Callable[[CodeType, FrameType], object]]":
        """Return what is called when functions of the standard library start, by their files and names."""
        return {
            ("threading.py", "Thread.start"): self._thread_start,
            ("threading.py", "Thread._bootstrap_inner"): self._thread_begins,
            ("threading.py", "_make_invoke_excepthook.<locals>.invoke_excepthook"): self._thread_fails,
            ("threading.py", "Thread.join"): self._join,
            ("threading.py", "_shutdown"): self._main_ends,
        }

    def this_thread(self, frame: FrameType, *, begins: bool = False) -> Thread:
        """Return this thread; one that ``threading`` did not start is said when it is first seen.

        Args:
            frame: in which it is.
            begins: whether the frame's function has just started.
        """
        thread = self._threads.current()
        # A thread in which only slots were seen ends unseen, and its ident is given to another.
        is_another = begins and frame.f_back is None and frame.f_code.co_name == "run"
        if thread is not None and not (is_another and thread.is_foreign):
            return thread
        outermost = frame
        while outermost.f_back is not None:
            outermost = outermost.f_back
        code = outermost.f_code
        if self._places.owner(code.co_filename) != PROGRAM:
            return self._threads.unknown  # it begins or ends just now
        thread = self._threads.foreign(code.co_qualname, perf_counter_ns() if outermost is frame else 0)
        # A slot that Qt calls in a thread of its own begins no thread, and its return ends none.
        is_entry = code.co_name == "run" or not any(name in sys.modules for name in ("PySide6.QtCore", "PyQt6.QtCore"))
        own = variable(outermost, ("local", code.co_varnames[0])) if code.co_argcount else ()
        if own:
            thread.objects.add(id(own[0]))
        key = id(code)
        self._index.codes[key] = code
        self._index.starts[key] = self._entry
        if is_entry:
            self._index.call_at_return(code, self._entry_returns)
        return thread

    def _entry(self, code: CodeType, frame: FrameType) -> object:
        self.this_thread(frame, begins=True)
        if id(code) not in self._index.considered:
            self._index.consider(code)
        return None

    def _entry_returns(self, code: CodeType, frame: FrameType, _value: object) -> object:
        thread = self._threads.current()
        if thread is not None and frame.f_back is None:
            self._threads.ended(thread, perf_counter_ns())
            self.wake()
        return None

    def _thread_start(self, code: CodeType, frame: FrameType) -> object:
        by = self.this_thread(frame)
        at, _ = self._places.asked_at(frame)
        self._threads.starting(id(frame.f_locals["self"]), perf_counter_ns(), at, by)
        return None

    def _thread_begins(self, code: CodeType, frame: FrameType) -> object:
        t_ns = perf_counter_ns()
        thread = frame.f_locals["self"]
        name, is_daemon = self._named(thread)
        self._threads.began(id(thread), name, t_ns, is_daemon=is_daemon)
        self.wake()
        if id(code) not in self._index.returns:
            self._index.call_at_return(code, self._thread_ends)
        return None

    def _named(self, thread: object) -> tuple[str, bool]:
        """Return a Thread's name and whether it is a daemon, without running anything of the program's."""
        name = own_attribute(thread, "_name")
        return name if type(name) is str else "?", own_attribute(thread, "_daemonic") is True

    def _thread_ends(self, code: CodeType, frame: FrameType, _value: object) -> object:
        thread = self._threads.current()
        if thread is not None:
            self.ending(thread)
            self._threads.ended(thread, perf_counter_ns(), self._named(frame.f_locals["self"])[0])
            self.wake()
        return None

    def _thread_fails(self, code: CodeType, frame: FrameType) -> object:
        thread, error = self._threads.current(), sys.exception()
        if thread is not None and error is not None and type(error) is not SystemExit:
            self._threads.failed(thread, type_name(error))
        return None

    def _join(self, code: CodeType, frame: FrameType) -> object:
        variables = frame.f_locals
        thread = self._threads.by_object(id(variables["self"]))
        at, _ = self._places.asked_at(frame)
        times = self._joins_at[at] = self._joins_at.get(at, 0) + 1
        if thread is not None:
            by, timeout = self.this_thread(frame), variables["timeout"]
            join = Join(thread, by, at, timeout if type(timeout) in (int, float) else None)
            self._joins[by.ident] = join
            if times <= MOST_JOINS:
                self._output.add("join", t_ns=perf_counter_ns(), thread=thread.number, **join.words())
        if id(code) not in self._index.returns:
            self._index.call_at_return(code, self._join_returns)
        return None

    def _join_returns(self, code: CodeType, frame: FrameType, _value: object) -> object:
        join = self._joins.pop(_thread.get_ident(), None)
        if join is not None:
            if self._joins_at[join.at] <= MOST_JOINS:
                self._output.add("joined", t_ns=perf_counter_ns(), thread=join.thread.number, by=join.by.number)
            if not join.thread.ended_ns:
                self.overstayed.append(join)
                self.wake()
        return None

    def _main_ends(self, code: CodeType, frame: FrameType) -> object:
        if _thread.get_ident() == self._threads.main.ident and not self.main_ended_ns:
            self.main_ended_ns = perf_counter_ns()
            self.ending(self._threads.main)
            self._output.add("main_ended", t_ns=self.main_ended_ns)
            self.wake()
        return None
