"""Which thread holds a lock: as its frames show, or as its calls of ``acquire`` were seen.

A thread that is in the body of a ``with`` holds what that has entered: nothing need be seen for it. Who has called
``acquire`` is seen, and forgotten at ``release``.
"""

from _thread import LockType, RLock
from types import CodeType, FrameType

from .chains import Place
from .code_index import CodeIndex
from .objects import LOCKS, own_attribute, type_name, variable
from .places import LIBRARY, OURS, Places
from .threads import Thread, Threads

# Calls of acquire or release at one place after which they are not looked at any more.
MOST_CALLS = 5_000
_MOST_HELD = 10_000  # locks of which it is remembered who acquired them
# Methods that wait for the lock of the object they are of, by the names of their code.
_ACQUIRING = ("__enter__", "acquire")


class Locks:
    """Knows the holders of the locks; called from callbacks in any thread, and to find one by the observer's thread.

    Args:
        threads: of the program.
        places: whose each file is.
        index: of the code objects.
    """

    def __init__(self, threads: Threads, places: Places, index: CodeIndex) -> None:
        self._threads = threads
        self._places = places
        self._index = index
        self._acquired: dict[int, tuple[Thread, CodeType, int]] = {}  # by id of a lock: by which thread, and where
        self._is_complete = True

    def acquired(self, lock: object, thread: Thread, code: CodeType, offset: int) -> None:
        """Remember that a thread has acquired a lock."""
        if self._is_complete and len(self._acquired) < _MOST_HELD:
            self._acquired[id(lock)] = (thread, code, offset)

    def released(self, lock: object) -> None:
        """Remember that a lock was released, or that it is not known what a call of ``acquire`` did."""
        self._acquired.pop(id(lock), None)

    def look_no_more(self) -> None:
        """Forget all: some place where locks are acquired is not looked at any more."""
        self._is_complete = False
        self._acquired.clear()

    def waited_for(self, frame: FrameType) -> tuple[str, object]:
        """Return the type and, if it is known, the lock that a thread's innermost frame waits for; no type if for none."""
        code = frame.f_code
        if self._places.owner(code.co_filename) == LIBRARY and code.co_name not in _ACQUIRING:
            return "", None  # an Event or a Queue waits for a lock of its own
        name, owner = self._index.callee(code, frame.f_lasti)
        if name not in _ACQUIRING:
            return "", None
        found = variable(frame, owner)
        if not found:
            return (LockType.__name__ if name == "acquire" else ""), None
        lock = self._inner(found[0])
        return (type(lock).__name__, lock) if type(lock) in LOCKS else ("", None)

    def holder(self, lock: object, frames: dict[int, FrameType]) -> tuple[Thread | None, Place | None]:
        """Return the thread that holds a lock and where it has taken it; None for what is not known.

        Args:
            lock: of the types that ``threading`` makes.
            frames: by ident of the thread, the innermost ones.
        """
        if type(lock) is RLock:
            # Written in C, so that its repr runs nothing else.
            owner = RLock.__repr__(lock).partition("owner=")[2].split(" ")[0]
            frames = {each: frame for each, frame in frames.items() if str(each) == owner}
        inside = {ident: at for ident, frame in frames.items() if (at := self._entered_at(lock, frame)) is not None}
        if len(inside) == 1:
            ident = next(iter(inside))
            return self._threads.find(ident), inside[ident]
        if type(lock) is RLock:
            return next((self._threads.find(each) for each in frames), None), None
        # A Condition that waits has released its lock unseen.
        seen = self._acquired.get(id(lock))
        if inside or seen is None or any(self._has_given_up(lock, frame) for frame in frames.values()):
            return None, None
        thread, code, offset = seen
        return thread, (code.co_filename, self._line(code, offset))

    def _entered_at(self, lock: object, innermost: FrameType) -> Place | None:
        """Return the line whose ``with`` a thread is in, for a lock; None if it is in none."""
        if self._has_given_up(lock, innermost):
            return None
        frame: FrameType | None = innermost
        while frame is not None:
            code = frame.f_code
            if self._places.owner(code.co_filename) != OURS:
                for owner, offset in self._index.entered(code, frame.f_lasti):
                    found = variable(frame, owner)
                    if found and self._inner(found[0]) is lock:
                        return code.co_filename, self._line(code, offset)
            frame = frame.f_back
        return None

    def _has_given_up(self, lock: object, innermost: FrameType) -> bool:
        """Return whether a thread waits for a Condition of a lock."""
        frame: FrameType | None = innermost
        while frame is not None:
            code = frame.f_code
            if code.co_qualname == "Condition.wait" and self._places.owner(code.co_filename) == LIBRARY:
                return self._inner(frame.f_locals.get("self")) is lock
            frame = frame.f_back
        return False

    def _inner(self, value: object) -> object:
        """Return the lock inside a Condition; anything else as it is."""
        if type_name(value) != "Condition":
            return value
        lock = own_attribute(value, "_lock")
        return lock if type(lock) in LOCKS else value

    def _line(self, code: CodeType, offset: int) -> int:
        return next((line or 0 for begin, end, line in code.co_lines() if begin <= offset < end), 0)
