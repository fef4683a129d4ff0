"""Exceptions that come from outside: cancellation, ``throw``, ``PyThreadState_SetAsyncExc`` and KeyboardInterrupt.

They are noticed where they are thrown into a coroutine or a generator, and else at the first handler that they reach.
"""

import _thread
import sys
from time import perf_counter_ns
from types import BuiltinMethodType, CodeType, CoroutineType, FrameType, GeneratorType, ModuleType

from .bytecode import Instruction, decode
from .chains import Chains, Place, Request
from .code_index import CodeIndex
from .links import Links
from .lives import Lives
from .objects import type_name, variable
from .places import PROGRAM, Places
from .reading import Call
from .threads import Thread, Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_monitoring: "Any" = getattr(sys, "monitoring", None)
_DISABLE: object = getattr(_monitoring, "DISABLE", None)
RAISED = "raise"  # the name of requests that raise an exception in a thread
# Exceptions of the program's that are looked at while none is expected; after that many, KeyboardInterrupt is not seen.
MOST_RAISED = 100_000
_SIGINT = 2
# Calls that throw, by name; of functions and methods that are written in C.
THROWING = ("throw", "PyThreadState_SetAsyncExc", "interrupt_main", "raise_signal")


class Thrown:
    """Sees exceptions that other code throws; its methods are called in the thread that they are about.

    Args:
        threads: of the program.
        chains: the requests that may still be noticed.
        places: whose each file is.
        index: of the code objects.
        lives: which thread this is.
        links: requests and notices.

    Attributes:
        resumed: by number of a request and of a thread: where a coroutine awaits after it was cancelled.
        caught: by number of a request and of a thread: the code whose handler an exception has reached; None for none.
    """

    def __init__(
        self, threads: Threads, chains: Chains, places: Places, index: CodeIndex, lives: Lives, links: Links
    ) -> None:
        self._threads = threads
        self._chains = chains
        self._places = places
        self._index = index
        self._lives = lives
        self._links = links
        self.resumed: dict[tuple[int, int], tuple[CodeType, int]] = {}
        self.caught: dict[tuple[int, int], CodeType | None] = {}
        self._thrown: dict[int, tuple[int, int]] = {}  # by id of a code object: which request and thread
        self._throws: dict[int, Request] = {}  # by ident: the last call of throw()
        self._expected: dict[int, Request] = {}  # by ident: what raises an exception in that thread
        self._raised: dict[int, tuple[Request, int, Place]] = {}  # by ident: what has, when and where
        self._count = 0
        lives.ending = self._ends

    # -- requests --------------------------------------------------------------------------------------------------

    def called(self, call: Call, function: object, target: object, frame: FrameType) -> object:
        """See a call that may throw; return what its event returns."""
        if call.name == "throw":
            if type(function) is BuiltinMethodType:
                target = function.__self__
            if type(target) not in (GeneratorType, CoroutineType):
                return _DISABLE
            code = target.gi_code if type(target) is GeneratorType else target.cr_code  # type: ignore[attr-defined]
            request = self._links.ask("throw", "method", f"{type_name(target)}.throw", target, frame, item=id(code))
            if request is not None:
                self._throws[_thread.get_ident()] = request
            return None
        if call.name == "PyThreadState_SetAsyncExc":
            if type_name(function) != "_FuncPtr":
                return _DISABLE
            exception = variable(frame, call.second)
            self._expect(call.name, _integer(target), id(exception[0]) if exception else 0, frame)
            return None
        if type(function) is not BuiltinMethodType or type(function.__self__) is not ModuleType:
            return _DISABLE
        if call.name == "interrupt_main" or _integer(target) == _SIGINT:
            self._expect(call.name, self._threads.main.ident, id(KeyboardInterrupt), frame)
        return None

    def _expect(self, what: str, ident: int, exception: int, frame: FrameType) -> None:
        """Remember that an exception of a type, by its id, is to be raised in a thread."""
        request = self._links.ask(RAISED, "method", what, None, frame, item=ident)
        if request is not None and ident:
            request.base, request.base_type = exception, ""
            self._expected[ident] = request
            self._see_raised()

    def _see_raised(self) -> None:
        """Have exceptions be seen as they are raised, and while one is on its way as they are handled."""
        events = _monitoring.events
        wanted = events.PY_START | events.PY_THROW
        if self._count <= MOST_RAISED or self._expected:
            wanted |= events.RAISE
        if self._raised:
            wanted |= events.EXCEPTION_HANDLED
        if self._index.tool >= 0 and _monitoring.get_events(self._index.tool) != wanted:
            _monitoring.set_events(self._index.tool, wanted)

    # -- notices ---------------------------------------------------------------------------------------------------

    def thrown(self, code: CodeType, frame: FrameType, error: BaseException) -> None:
        """See that an exception was thrown into a coroutine or a generator."""
        request = self._throws.pop(_thread.get_ident(), None)
        is_cancelled = self._chains.has("cancel") and type_name(error) == "CancelledError"
        if (request is None and not is_cancelled) or self._places.owner(code.co_filename) != PROGRAM:
            return
        thread = self._lives.this_thread(frame)
        if request is not None:
            at = (code.co_filename, frame.f_lineno or 0)
            how = f"{type_name(error)} was thrown in"
            self._links.notice(request, thread, perf_counter_ns(), at, how, certain=request.item == id(code))
        else:
            self._cancelled(frame, thread)

    def _cancelled(self, frame: FrameType, thread: Thread) -> None:
        asyncio = sys.modules.get("asyncio.tasks")
        find = ModuleType.__getattribute__(asyncio, "__dict__").get("current_task") if asyncio is not None else None
        task = find() if type(find) is BuiltinMethodType else None
        fitting = [each for each in self._chains.named("cancel") if not each.noticed]
        same = [each for each in fitting if task is not None and each.base == id(task)]
        # Where a task awaits another, the inner one is thrown into, and the outer one asked; or the other way round.
        others = [each for each in fitting if each.by is not thread]
        if request := next(reversed(same or others), None):
            at = (frame.f_code.co_filename, frame.f_lineno or 0)
            how = "CancelledError was thrown in"
            self._links.notice(request, thread, perf_counter_ns(), at, how, certain=bool(same))
            self._thrown[id(frame.f_code)] = (request.number, thread.number)
            events = self._index.local.get(id(frame.f_code), 0) | _monitoring.events.PY_YIELD
            self._index.set_local(frame.f_code, events)

    def yielded(self, code: CodeType, frame: FrameType) -> None:
        """See that a coroutine awaits again."""
        thrown = self._thrown.get(id(code))
        if thrown is not None:
            self.resumed[thrown] = (code, frame.f_lineno or 0)

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """See that an exception is raised, in a frame or in one that it has called."""
        ident = _thread.get_ident()
        is_interrupt = type(error) is KeyboardInterrupt and ident == self._threads.main.ident
        self._count += 1
        if not is_interrupt and not self._expected:
            if self._count > MOST_RAISED:
                self._see_raised()
            return
        request = self._expected.get(ident)
        if ident in self._raised or (request is not None and request.base not in (0, id(type(error)))):
            return
        t_ns = perf_counter_ns()
        if request is None:
            if not is_interrupt:
                return
            # By a person, another process, or what has called C; the process that has started this one may know when.
            unknown = self._threads.unknown
            request = Request(t_ns, RAISED, "method", "KeyboardInterrupt", ("", 0), unknown, item=ident)
            self._chains.add(request)
        request.base, request.base_type = 0, ""
        self._expected.pop(ident, None)
        self._raised[ident] = (request, t_ns, self._places.noticed_at(frame, frame.f_lineno or 0))
        self._see_raised()

    def handled(self, code: CodeType, offset: int, frame: FrameType, error: BaseException) -> None:
        """See that an exception has reached an ``except``, a ``finally`` or the end of a ``with``, at an offset."""
        if _thread.get_ident() in self._raised and self._places.owner(code.co_filename) == PROGRAM:
            t_ns = perf_counter_ns()
            if line := _handler_line(code, offset, frame, error):
                at = (code.co_filename, line)
                self._notice(self._lives.this_thread(frame), at, t_ns, f"{type_name(error)} reached a handler", code)

    def _ends(self, thread: Thread) -> None:
        """See the end of a thread: an exception that has found no handler is noticed where it was raised."""
        self._expected.pop(thread.ident, None)
        if thread.ident in self._raised:
            _, t_ns, at = self._raised[thread.ident]
            self._notice(thread, at, t_ns, "the exception was raised", None)

    def _notice(self, thread: Thread, at: Place, t_ns: int, how: str, code: CodeType | None) -> None:
        request, _, _ = self._raised.pop(thread.ident)
        self._links.notice(request, thread, t_ns, at, how, certain=True)
        self._links.left.add((request.number, thread.number))
        self.caught[request.number, thread.number] = code
        self._see_raised()


def _integer(value: object) -> int:
    """Return an integer, or that in one of ``ctypes``; 0 for anything else. No code of the program's is run."""
    bases = type.__dict__["__mro__"].__get__(type(value))
    if any(each is int for each in bases):
        return int.__int__(value)  # type: ignore[arg-type]
    simple = getattr(sys.modules.get("_ctypes"), "_SimpleCData", None)
    if len(bases) > 1 and bases[1] is simple:
        inner = simple.__dict__["value"].__get__(value)
        return inner if type(inner) is int else 0
    return 0


def _handler_line(code: CodeType, offset: int, frame: FrameType, error: BaseException) -> int:
    """Return the line of the ``except`` clause that takes an exception, or of the ``finally``, at an offset.

    0 if no clause takes it, and for what the compiler has put there.
    """
    instructions = decode(code.co_code)
    place = next(place for place, each in enumerate(instructions) if each.offset >= offset)
    if instructions[place].name != "PUSH_EXC_INFO":
        return 0
    classes = type.__dict__["__mro__"].__get__(type(error))
    begin, takes = instructions[place + 1].offset, False
    while (place := place + 1) < len(instructions):
        each = instructions[place]
        if each.name.startswith("LOAD_"):
            takes = takes or _names_one(code, each, frame, classes)
        elif each.name in ("CHECK_EXC_MATCH", "CHECK_EG_MATCH"):
            if takes:
                break
        elif each.name == "POP_JUMP_IF_FALSE":
            place = next((p for p, other in enumerate(instructions) if other.start == each.target), place) - 1
            begin = each.target
        elif each.name == "RERAISE" and begin == each.start:
            return 0
        elif each.name not in ("BUILD_TUPLE", "COPY", "NOP", "NOT_TAKEN", "CACHE"):
            break  # no test: it takes all
    return next((line for _, end, line in code.co_lines() if begin < end and line), frame.f_lineno or 0)


def _names_one(code: CodeType, each: Instruction, frame: FrameType, classes: tuple[type, ...]) -> bool:
    """Return whether an instruction loads one of some classes, or a tuple with one."""
    if each.name == "LOAD_ATTR":
        return code.co_names[each.arg >> 1] in [type.__dict__["__name__"].__get__(cls) for cls in classes]
    if each.name == "LOAD_GLOBAL":
        found = variable(frame, ("global", code.co_names[each.arg >> 1]))
    elif each.name == "LOAD_NAME":
        found = variable(frame, ("global", code.co_names[each.arg]))
    else:
        return False
    values = found[0] if found and type(found[0]) is tuple else found
    return any(value is cls for value in values for cls in classes)
