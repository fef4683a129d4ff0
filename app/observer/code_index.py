"""Which code objects matter: what they read and store, by name, and where their events are on.

A code object is read when it first starts, and again looked at when a name that it stores to is found to be read.
"""

import sys
from types import CodeType, FrameType

from .bytecode import ANY_ITEM, has_loop, has_with, stored_names
from .flow import CALLS
from .places import LIBRARY, OURS, Places, library_name
from .reader import read_code
from .reading import STORED, Branch, Reading
from .values import Read, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_monitoring: "Any" = getattr(sys, "monitoring", None)
# The flags of the standard library's own loops, by file. What else its loops read is no request.
LIBRARY_FLAGS = {
    "socketserver.py": {"_BaseServer__shutdown_request"},
    "asyncio/base_events.py": {"_stopping"},
    "concurrent/futures/thread.py": {"_shutdown"},
    "concurrent/futures/process.py": {"_shutdown_thread"},
    "queue.py": {"is_shutdown"},
}
LONGEST_AT_ONCE = 20_000  # bytes of code that the program waits for to be read
# Exits of a loop after which its events are off, and how many more are looked at when they are on again.
MOST_EXITS, MOST_EXITS_AGAIN = 256, 8
_CALL = 8  # bytes of a call, with its caches
EVENT_READS = ("is_set", "isSet", "wait")
_NO_HELPER = ("variable", "cell", "item")  # kinds of reads that execute no function
_ASKED_METHODS = (*EVENT_READS, "isInterruptionRequested")


class CodeIndex:
    """Knows the code objects that were seen; callbacks in any thread use it, each step is atomic by itself.

    Args:
        places: whose each file is.
        wake: called when there is something for ``consider_waiting``.

    Attributes:
        codes: by id: every code object that was seen, kept so that ids stay theirs.
        considered: ids of those that need not be considered again.
        readings: by id: what was found in those that were read.
        local: by id: their local events.
        interest: by name: the branches that read it.
        stored: those of the names that can be stored to.
        starts: by id: what is called when a code object starts.
        returns: by id: what is called when it returns, once its events are on.
        tool: the tool id whose events are set; -1 before and after.
    """

    def __init__(self, places: Places, wake: "Callable[[], None]") -> None:
        self.tool = -1
        self.codes: dict[int, CodeType] = {}
        self.considered: set[int] = set()
        self.readings: dict[int, Reading] = {}
        self.local: dict[int, int] = {}
        self.interest: dict[str, list[Branch]] = {}
        self.stored: set[str] = set()
        self.starts: dict[int, Callable[[CodeType, FrameType], object]] = {}
        self.returns: dict[int, Callable[[CodeType, FrameType, object], object]] = {}
        self._places = places
        self._wake = wake
        self._readers: dict[str, set[int]] = {}  # by name: ids of the code objects with those branches
        self._storing: dict[str, list[CodeType]] = {}  # by name: code objects that may store to it
        self._functions: dict[str, list[CodeType]] = {}  # by name
        self._threaded: set[str] = set()  # installed packages of which threads execute something
        self._unread: dict[str, list[CodeType]] = {}  # by package: what the main thread executed of the others
        self._to_consider: list[CodeType] = []  # by the observer's thread

    def set_local(self, code: CodeType, events: int, *, again: bool = False) -> None:
        """Set the local events of a code object; ``again`` also where they were disabled."""
        key = id(code)
        self.codes[key] = code
        if self.tool < 0 or (self.local.get(key, 0) == events and not again):
            return
        if again:
            _monitoring.set_local_events(self.tool, code, 0)
        _monitoring.set_local_events(self.tool, code, events)
        self.local[key] = events

    def call_at_return(self, code: CodeType, handler: "Callable[[CodeType, FrameType, object], object]") -> None:
        """Have something called whenever a code object returns."""
        self.returns[id(code)] = handler
        self.set_local(code, self.local.get(id(code), 0) | _monitoring.events.PY_RETURN)

    def is_for_now(self, code: CodeType, *, is_main: bool) -> bool:
        """Return whether a code object is to be read at once; else the observer's thread reads it, or nothing does.

        Of an installed package only what has threads is read: most of them have none, and thousands of functions.
        """
        package = self._places.package(code.co_filename)
        is_new = bool(package) and package not in self._threaded
        if is_new and is_main:
            self.considered.add(id(code))
            self._unread.setdefault(package, []).append(code)
            return False
        if is_new:
            self._threaded.add(package)
            self._to_consider += self._unread.pop(package, ())
            self._wake()
        if len(code.co_code) <= LONGEST_AT_ONCE:
            return True
        self.considered.add(id(code))
        self._to_consider.append(code)
        self._wake()
        return False

    def consider(self, code: CodeType) -> None:
        """Read a code object if it may matter now, and remember by which names it may matter later."""
        self.considered.add(id(code))
        self._functions.setdefault(code.co_name, []).append(code)
        if has_loop(code) or any(name in code.co_names for name in CALLS):
            self._read(code)
        if code.co_name in self.interest:
            self._resolve_helper(code)
        wanted = False
        for name in stored_names(code):
            self._storing.setdefault(name, []).append(code)
            wanted = wanted or name in self.stored
        if wanted:
            self._read(code)

    def _read(self, code: CodeType) -> None:
        """Read a code object and switch on the events that matter in it, once."""
        key = id(code)
        if key in self.readings:
            return
        reading = self.readings[key] = read_code(code)
        flags = LIBRARY_FLAGS.get(library_name(code.co_filename))
        events = 0
        for branch in reading.branches:
            if flags is not None:
                branch.reads = [read for read in branch.reads if read.name in flags]
            for read in list(branch.reads):
                self._add_interest(read, branch, key)
        stores = any(store.name in self.stored for store in reading.stores.values())
        if stores or any(_can_be_asked(read) for branch in reading.branches for read in branch.reads):
            events |= _monitoring.events.INSTRUCTION
        if reading.calls and flags is None:
            events |= _monitoring.events.CALL
        if events:
            self.set_local(code, events | self.local.get(key, 0))

    def _add_interest(self, read: Read, branch: Branch, key: int) -> None:
        """Have what is stored to a name, or returned by a function of that name, be known to a branch."""
        name = read.name
        is_new = name not in self.interest
        self.interest.setdefault(name, []).append(branch)
        self._readers.setdefault(name, set()).add(key)
        if read.kind in STORED and name not in self.stored and not _is_special(name):
            self.stored.add(name)
            for code in self._storing.get(ANY_ITEM if name.startswith("[") else name, ()):
                if id(code) in self.readings:
                    self.set_local(code, self.local.get(id(code), 0) | _monitoring.events.INSTRUCTION, again=True)
                else:
                    self._read(code)
        if is_new:
            for code in self._functions.get(name, ()):
                self._resolve_helper(code)

    def _resolve_helper(self, code: CodeType) -> None:
        """Have the branches that call a function, or read a property, read what that returns."""
        if code.co_filename and self._places.owner(code.co_filename) == LIBRARY:
            return
        self._read_helper(
            code, list(self.interest.get(code.co_name, ())), code.co_name, set(self._readers.get(code.co_name, ()))
        )

    def called_from(self, code: CodeType, caller: CodeType, offset: int) -> None:
        """Have the branches that call a function by another name, such as that of a parameter, read what it returns.

        Args:
            code: the function's, which starts.
            caller: what calls it.
            offset: of the call.
        """
        reading = self.readings.get(id(caller))
        if reading is None:
            return
        # In 3.12 the offset is that of the last of the call's caches.
        name = next((reading.callees[at][0] for at in range(offset, offset - _CALL, -2) if at in reading.callees), "")
        if name in ("", code.co_name):
            return
        branches = [
            branch
            for branch in reading.branches
            if any(read.name == name and read.kind not in _NO_HELPER for read in branch.reads)
        ]
        if branches:
            self._read_helper(code, branches, name, {id(caller)})

    def _read_helper(self, code: CodeType, branches: list[Branch], called: str, readers: set[int]) -> None:
        """Have branches read what a function returns that they call.

        Args:
            code: the function's.
            branches: they; those that read a variable of that name are left out.
            called: the name that they call it by.
            readers: ids of their code objects.
        """
        self._read(code)
        returned = [
            read for read in self.readings[id(code)].returned.values() if read.name not in (code.co_name, called)
        ]
        if not returned:
            return
        for branch in branches:
            if all(read.kind in _NO_HELPER for read in branch.reads if read.name == called):
                continue  # a variable that happens to have the function's name
            known = {read.name for read in branch.reads}
            for read in returned:
                if read.name not in known:
                    branch.reads.append(Read(read.name, read.kind, None, "a helper"))
                    self._add_interest(read, branch, 0)
                    self._readers[read.name] |= readers
        for key in readers:
            if key in self.codes:
                self.set_local(self.codes[key], self.local.get(key, 0) | _monitoring.events.INSTRUCTION)

    def consider_waiting(self) -> None:
        """Read what the main thread has executed of packages that have turned out to have threads."""
        while self._to_consider:
            self.consider(self._to_consider.pop())

    def switch_on_again(self, name: str) -> None:
        """Switch on the sides that were off, of the branches that read a name, where they may be what is taken now."""
        again = False
        for branch in self.interest.get(name, ()):
            off = [side for side in branch.sides if side.is_off]
            if any(side.leaves for side in off) or (off and not any(side.leaves for side in branch.sides)):
                again = True
                for side in off:
                    side.is_off, side.hits = False, min(side.hits, MOST_EXITS - MOST_EXITS_AGAIN)
        if again:
            for key in self._readers.get(name, ()):
                if key in self.local:
                    self.set_local(self.codes[key], self.local[key], again=True)

    def reading(self, code: CodeType) -> Reading | None:
        """Return what was found in a code object, reading it if it has a loop and is no library's."""
        if id(code) not in self.readings and self._places.owner(code.co_filename) not in (LIBRARY, OURS):
            self._read(code)
        return self.readings.get(id(code))

    def handling(self, code: CodeType) -> set[int]:
        """Return the lines of a code object that are in an ``except`` or a ``finally``."""
        return self._read_any(code).handling

    def callee(self, code: CodeType, offset: int) -> tuple[str, Source]:
        """Return the name that a call at an offset calls, and the object that it is called on."""
        return self._read_any(code).callees.get(offset, ("", None))

    def entered(self, code: CodeType, offset: int) -> list[tuple[Source, int]]:
        """Return the objects whose ``with`` an offset is in, each with the offset where it was entered."""
        return self._read_any(code).entered(offset) if has_with(code) else []

    def _read_any(self, code: CodeType) -> Reading:
        return self.readings.get(id(code)) or read_code(code)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _can_be_asked(read: Read) -> bool:
    """Return whether something that is seen can turn a read: of a call it is not known yet what it reads."""
    return read.kind in STORED or read.kind == "take" or read.name in _ASKED_METHODS
