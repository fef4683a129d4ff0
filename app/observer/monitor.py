"""What is seen of the program, by ``sys.monitoring``: functions that start, branches, stores and calls that matter.

Each function is read when it first starts. Where nothing matters, its events are off from then on: a loop that runs costs
nothing, and what asks and what notices each cost one callback. Callbacks never raise an error of ours into the program.
"""

import _thread
import sys
from _thread import LockType
from time import perf_counter_ns
from types import BuiltinMethodType, CodeType, FrameType, FunctionType, MethodDescriptorType, MethodType, ModuleType

from .chains import Chains, Look, Place, Request, is_certain
from .code_index import EVENT_READS, LIBRARY_FLAGS, MOST_EXITS, CodeIndex
from .locks import MOST_CALLS, Locks
from .objects import object_in, own_attribute, stored_value, type_name, variable
from .output import Output, clipped
from .places import LIBRARY, OURS, PROGRAM, Places, library_name
from .reader import Call, Read, Side, Store
from .threads import Thread, Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_get_frame = sys._getframe
_monitoring: "Any" = getattr(sys, "monitoring", None)
_DISABLE: object = getattr(_monitoring, "DISABLE", None)
# Tools of others have the first three by name; programs that need one of their own mostly take the third.
_TOOLS = (4, 3, 5, 2, 1, 0)
NAME = "thread-controller"

# Executions of a store after which its events are off: it is no stop flag then.
MOST_STORES = 5_000
# Requests from one line, or of one object by one name, after which there are no more: it is something else than a stop.
MOST_REQUESTS, MOST_COUNTED = 300, 100_000
MOST_ALIKE = 8  # chains of one thread from one line to another that are said
# Returns of Event.is_set that are looked at after a set().
MOST_POLLS = 100_000
MOST_EVENTS = 10_000  # Events that were set, of which it is remembered by whom
# Types of what is put into a queue to say something, and is no work: None, and these.
_SIGNS = (object, type, bool, type(...), type(NotImplemented))
_EVENT_LOOPS = ("exec", "exec_")
_OF_LOCKS = ("acquire", "release")
_JUST_BEFORE = 10_000_000  # nanoseconds


class Monitor:
    """Sees requests and notices, and says them.

    Args:
        output: where.
        threads: of the program.
        chains: the requests that may still be noticed.
    """

    def __init__(self, output: Output, threads: Threads, chains: Chains) -> None:
        self._output = output
        self._threads = threads
        self._chains = chains
        self.places = Places()
        self.index = CodeIndex(self.places, self._ring)
        self.locks = Locks(threads, self.places, self.index)
        self.main_ended_ns = 0
        # Number of a request and of a thread that noticed it where it looks in a loop, and is not to be taken for the
        # beginning of its work.
        self.minded: set[tuple[int, int]] = set()
        self.left: set[tuple[int, int]] = set()  # number of a request, number of a thread that left a loop for it
        self.overstayed: list[Thread] = []  # what a join() with a time-out has returned from
        self.resumed: dict[
            tuple[int, int], tuple[CodeType, int]
        ] = {}  # where a coroutine awaits after it was cancelled
        self._thrown: dict[int, tuple[int, int]] = {}  # by id of a code object: which request and thread
        self.looks: dict[tuple[int, str], int] | None = None  # while looks are counted: by ident and name
        self.moved: set[int] = set()  # meanwhile: idents of threads that executed something
        self._watched: list[CodeType] = []  # meanwhile: the code objects that are looked at
        self.polled: set[tuple[int, int]] = set()  # meanwhile: ident of a thread, id of an Event that it looked at
        self._handlers: dict[int, Callable[[CodeType, FrameType], object]] = {}
        self._returns: dict[int, Callable[[CodeType, FrameType, object], object]] = {}
        self._events: dict[int, Request] = {}  # by id of an Event or a Condition
        self._polls = 0
        self._last_event: dict[int, tuple[int, int]] = {}  # by number of a thread: the last of "minded" of an Event
        self._alike: dict[tuple[Place, Place, int], int] = {}
        self._times: dict[object, int] = {}  # how often what asks did so
        self._last_store: dict[int, int] = {}  # by ident: when it last stored to what is read
        self._is_set: CodeType | None = None
        self._import_hook: Callable[[], bool] | None = None
        self._broken: set[str] = set()
        self._known = {
            ("threading.py", "Event.set"): self._event_set,
            ("threading.py", "Event.is_set"): self._event_is_set,
            ("threading.py", "Event.wait"): self._event_wait,
            ("threading.py", "Condition.notify"): self._notify,
            ("threading.py", "Condition.wait"): self._condition_wait,
            ("threading.py", "Thread.start"): self._thread_start,
            ("threading.py", "Thread._bootstrap_inner"): self._thread_begins,
            ("threading.py", "_make_invoke_excepthook.<locals>.invoke_excepthook"): self._thread_fails,
            ("threading.py", "Thread.join"): self._join,
            ("threading.py", "_shutdown"): self._main_ends,
            ("queue.py", "Queue.put"): self._queue_put,
            ("asyncio/base_events.py", "BaseEventLoop.call_soon_threadsafe"): self._call_soon,
            ("concurrent/futures/_base.py", "Future.cancel"): self._future_cancel,
            ("multiprocessing/process.py", "BaseProcess.start"): self._process_start,
            ("concurrent/interpreters/__init__.py", "create"): self._interpreter_create,
            ("concurrent/futures/interpreter.py", "InterpreterPoolExecutor.__init__"): self._interpreter_create,
        }

    # -- on and off ------------------------------------------------------------------------------------------------

    def start(self, import_hook: "Callable[[], bool]") -> bool:
        """Begin to see; return whether a tool id was free.

        Args:
            import_hook: called as functions first start, until it returns True.
        """
        free = [number for number in _TOOLS if _monitoring.get_tool(number) is None]
        if not free:
            return False
        self.index.tool = tool = free[0]
        self._import_hook = import_hook
        _monitoring.use_tool_id(tool, NAME)
        events = _monitoring.events
        for event, callback in (
            (events.PY_START, self._on_start),
            (events.PY_RETURN, self._on_return),
            (events.PY_THROW, self._on_throw),
            (events.INSTRUCTION, self._on_instruction),
            (events.CALL, self._on_call),
            (events.C_RETURN, self._on_c_return),
            (events.PY_YIELD, self._on_yield),
        ):
            _monitoring.register_callback(tool, event, callback)
        _monitoring.set_events(tool, events.PY_START | events.PY_THROW)
        return True

    def stop(self) -> None:
        """See no more, and give the tool id back; any thread."""
        tool, self.index.tool = self.index.tool, -1
        if tool < 0 or _monitoring.get_tool(tool) != NAME:
            return
        _monitoring.set_events(tool, 0)
        # Giving the id back would leave these set.
        for key in list(self.index.local):
            _monitoring.set_local_events(tool, self.index.codes[key], 0)
        for name in ("PY_START", "PY_RETURN", "PY_THROW", "PY_YIELD", "INSTRUCTION", "CALL", "C_RETURN"):
            _monitoring.register_callback(tool, getattr(_monitoring.events, name), None)
        _monitoring.free_tool_id(tool)

    def failed(self, part: str, error: Exception) -> object:
        """Switch a part off because of an error of ours; errors that are not ours pass on to the program.

        Those of a signal handler, or raised from another thread, come up in a callback as anywhere else.
        """
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        ours = trace is not None and self.places.owner(trace.tb_frame.f_code.co_filename) == OURS
        if not ours or type(error).__module__ != "builtins":
            raise error
        if isinstance(error, RecursionError):
            return None  # the program is about to have the same
        if part not in self._broken:
            self._broken.add(part)
            at = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "?"
            text = f"An error of the observer's ({type(error).__name__} in {at}): {part} are not observed any more."
            self._output.add("note", text=text)
        return _DISABLE

    # -- functions that start --------------------------------------------------------------------------------------

    def _on_start(self, code: CodeType, _offset: int) -> object:
        try:
            handler = self._handlers.get(id(code))
            if handler is not None:
                return handler(code, _get_frame(1))
            return self._first_start(code, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("functions", error)

    def _first_start(self, code: CodeType, frame: FrameType) -> object:
        key = id(code)
        if key in self.index.considered:
            return _DISABLE  # another tool has switched all events on again
        self.index.codes[key] = code
        filename = code.co_filename
        owner = self.places.owner(filename)
        if owner == OURS:
            return _DISABLE
        if self._import_hook is not None and self._import_hook():
            self._import_hook = None
        thread = self._this_thread(frame, begins=True)
        if owner == LIBRARY:
            name = library_name(filename)
            handler = self._known.get((name, code.co_qualname))
            if handler is not None:
                self._handlers[key] = handler
                return handler(code, frame)
            if name not in LIBRARY_FLAGS:
                self.index.considered.add(key)
                return _DISABLE
        if self.index.is_for_now(code, is_main=thread is self._threads.main):
            self.index.consider(code)
        return None if key in self._handlers else _DISABLE

    def _this_thread(self, frame: FrameType, *, begins: bool = False) -> Thread:
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
        if self.places.owner(code.co_filename) != PROGRAM:
            return self._threads.unknown  # it begins or ends just now
        thread = self._threads.foreign(code.co_qualname, perf_counter_ns() if outermost is frame else 0)
        # A slot that Qt calls in a thread of its own begins no thread, and its return ends none.
        is_entry = code.co_name == "run" or not any(name in sys.modules for name in ("PySide6.QtCore", "PyQt6.QtCore"))
        own = variable(outermost, ("local", code.co_varnames[0])) if code.co_argcount else ()
        if own:
            thread.objects.add(id(own[0]))
        key = id(code)
        self.index.codes[key] = code
        self._handlers[key] = self._entry
        if is_entry:
            self._returns[key] = self._entry_returns
            self.index.set_local(code, self.index.local.get(key, 0) | _monitoring.events.PY_RETURN)
        return thread

    def _entry(self, code: CodeType, frame: FrameType) -> object:
        self._this_thread(frame, begins=True)
        if id(code) not in self.index.considered:
            self.index.consider(code)
        return None

    def _entry_returns(self, code: CodeType, frame: FrameType, _value: object) -> object:
        thread = self._threads.current()
        if thread is not None and frame.f_back is None:
            self._threads.ended(thread, perf_counter_ns())
            self._wake()
        return None

    # -- instructions ----------------------------------------------------------------------------------------------

    def _on_instruction(self, code: CodeType, offset: int) -> object:
        try:
            if self.looks is not None:
                self.moved.add(_thread.get_ident())
            reading = self.index.readings.get(id(code))
            if reading is None:
                return _DISABLE
            sides = reading.sides.get(offset)
            if sides is not None:
                return self._take_sides(code, sides, _get_frame(1))
            store = reading.stores.get(offset)
            if store is not None:
                return self._execute_store(store, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("branches and stores", error)
        return _DISABLE

    def _take_sides(self, code: CodeType, sides: list[Side], frame: FrameType) -> object:
        if self.looks is not None:
            for name in {read.name for side in sides for read in side.branch.reads if read.kind != "call"}:
                key = (_thread.get_ident(), name)
                self.looks[key] = self.looks.get(key, 0) + 1
        t_ns = perf_counter_ns()
        answer = _DISABLE
        noticed: set[str] = set()
        for side in sides:
            for read in side.branch.reads:
                if read.kind == "method" and read.name in EVENT_READS and self._is_armed():
                    self._leave_for_event(side)
                elif self._chains.has(read.name) and read.name not in noticed and self._look(side, read, frame, t_ns):
                    noticed.add(read.name)  # two branches may have this side in common
            if self._is_kept(side):
                answer = None
        return answer if self.looks is None else None

    def _has_turned(self, side: Side) -> bool:
        """Return whether taking a side is a turn, whatever was stored: it leaves the loop, or was not taken before."""
        other = side.branch.other(side)
        return side.leaves or (not side.hits and other is not None and other.hits > 0)

    def _is_kept(self, side: Side) -> bool:
        """Count that a side was taken; return whether its events stay on."""
        side.hits += 1
        side.is_off = not side.leaves or side.hits > MOST_EXITS
        return not side.is_off

    def _leave_for_event(self, side: Side) -> None:
        """Remember that a loop was left for an Event, whose notice has been seen already."""
        thread = self._threads.current()
        if side.leaves and thread is not None and thread.number in self._last_event:
            self.left.add(self._last_event[thread.number])

    def _look(self, side: Side, read: Read, frame: FrameType, t_ns: int) -> bool:
        """Say the request that made this thread take a side, if there is one; return whether."""
        thread = self._this_thread(frame)
        branch = side.branch
        base, _ = object_in(frame, read.base, read.kind)
        item = 0
        if branch.item is not None:
            taken = variable(frame, branch.item)
            item = id(taken[0]) if taken else 0
        elif branch.sentinel:
            item = id(branch.sentinel[0])
        when = side.when if len(branch.reads) == 1 or not read.via else 0
        look = Look(read.name, read.kind, base, read.via, when, item, has_turned=self._has_turned(side))
        fitting = self._chains.fitting(look, thread)
        if fitting:
            request = fitting[0]
            at = self.places.noticed_at(frame, branch.line)
            how = {"take": "took the sentinel", "method": f"{read.name}() was true"}.get(read.kind, f"read {read.name}")
            certain = is_certain(look, fitting) or self._stands_for(thread, request, read)
            self._notice(request, thread, t_ns, at, how, certain=certain)
            self.minded.add((request.number, thread.number))
            # What was asked of what cannot be told apart from it has had its answer as well.
            if read.kind != "take":
                for each in fitting:
                    each.noticed.add(thread.number)
        if side.leaves:
            known = [
                each for each in self._chains.named(read.name, base) if each.number and thread.number in each.noticed
            ]
            self.left.update((request.number, thread.number) for request in known)
        return bool(fitting)

    def _stands_for(self, thread: Thread, request: Request, read: Read) -> bool:
        """Return whether what was asked is this thread's own object, such as its QThread."""
        return bool(request.base) and request.base in thread.objects and not read.via and not request.via

    def _execute_store(self, store: Store, frame: FrameType) -> object:
        if store.name not in self.index.stored:
            return _DISABLE
        store.hits += 1
        if store.hits > MOST_STORES:
            return _DISABLE
        base, base_type = object_in(frame, store.base, store.kind)
        if self._is_busy((store.name, base)):
            return None
        thread = self._this_thread(frame)
        truth, type_name = stored_value(frame, store)
        at, called = self.places.asked_at(frame)
        if self.places.owner(at[0]) != PROGRAM:
            return None  # the library did so by itself
        what = called or f"{store.name} = {type_name}"
        request = Request(
            perf_counter_ns(),
            store.name,
            store.kind,
            what,
            at,
            thread,
            base=base,
            base_type=base_type,
            truth=truth,
            via=store.via,
        )
        self._chains.add(request)
        self._last_store[thread.ident] = request.t_ns
        self.index.switch_on_again(store.name)
        return None

    # -- requests by method ----------------------------------------------------------------------------------------

    def ask(
        self, name: str, kind: str, what: str, target: object, frame: FrameType, *, item: int = 0
    ) -> Request | None:
        """Remember a request by a method; called from callbacks and patches, in the thread that asks."""
        thread = self._this_thread(frame)
        at, called = self.places.asked_at(frame)
        if self._is_busy(at):
            return None
        request = Request(
            perf_counter_ns(), name, kind, called or what, at, thread, base=id(target),
            base_type=clipped(type_name(target)), item=item,
        )  # fmt: skip
        self._chains.add(request)
        self.index.switch_on_again(name)
        return request

    def _is_busy(self, key: object) -> bool:
        """Count a request from a line, or of an object by a name; return whether that is so usual that it is none."""
        times = self._times[key] = self._times.get(key, 0) + 1
        if len(self._times) > MOST_COUNTED:
            self._times.clear()
        return times > MOST_REQUESTS

    def _own(self, frame: FrameType) -> object:
        return frame.f_locals["self"]

    def _is_internal(self, frame: FrameType) -> bool:
        """Return whether a method of the library was called by the library for its own ends."""
        caller = frame.f_back
        if caller is None or self.places.owner(caller.f_code.co_filename) != LIBRARY:
            return False
        return caller.f_code.co_qualname not in ("Timer.run", "Timer.cancel", "Condition.notify_all")

    def _event_set(self, code: CodeType, frame: FrameType) -> object:
        if self._is_internal(frame):
            return None
        event = self._own(frame)
        request = self.ask("is_set", "method", "Event.set", event, frame)
        if request is not None:
            self._remember_event(event, request)
            self._polls = 0
            if self._is_set is not None:
                self.index.set_local(self._is_set, _monitoring.events.PY_RETURN)
        return None

    def _remember_event(self, event: object, request: Request) -> None:
        self._events[id(event)] = request
        if len(self._events) > MOST_EVENTS:
            self._events.pop(next(iter(self._events)), None)

    def _is_armed(self) -> bool:
        """Return whether each True of ``Event.is_set`` is seen, so that its readers need not be looked at."""
        return self._is_set is None or self.index.local.get(id(self._is_set), 0) != 0 or not self._events

    def _event_is_set(self, code: CodeType, frame: FrameType) -> object:
        self._is_set = code
        self._returns[id(code)] = self._poll_returns
        if self._events:
            self.index.set_local(code, _monitoring.events.PY_RETURN)
        del self._handlers[id(code)]
        return _DISABLE

    def _event_wait(self, code: CodeType, frame: FrameType) -> object:
        self._returns[id(code)] = self._wait_returns
        self.index.set_local(code, _monitoring.events.PY_RETURN)
        del self._handlers[id(code)]
        return _DISABLE

    def _notify(self, code: CodeType, frame: FrameType) -> object:
        if self._is_internal(frame):
            return None
        outer = frame.f_back
        if outer is not None and outer.f_code.co_qualname == "Condition.notify_all" and self._is_internal(outer):
            return None
        condition = self._own(frame)
        # What is stored just before is what is asked; the notify only wakes.
        if perf_counter_ns() - self._last_store.get(_thread.get_ident(), 0) < _JUST_BEFORE:
            return None
        request = self.ask("notify", "method", "Condition.notify", condition, frame)
        if request is not None:
            self._remember_event(condition, request)
        return None

    def _condition_wait(self, code: CodeType, frame: FrameType) -> object:
        self._returns[id(code)] = self._wait_returns
        self.index.set_local(code, _monitoring.events.PY_RETURN)
        del self._handlers[id(code)]
        return _DISABLE

    def _queue_put(self, code: CodeType, frame: FrameType) -> object:
        if "get" in self.index.interest or "get_nowait" in self.index.interest:
            variables = frame.f_locals
            self._put(variables["self"], (variables["item"],), frame)
        return None

    def _put(self, queue: object, item: tuple[object, ...], frame: FrameType) -> None:
        """Remember what was put into a queue, as a tuple of one: it may be what its reader ends at.

        Of a queue that much is put into, only what is nothing but a sign is remembered.
        """
        is_sign = not item or item[0] is None or type(item[0]) in _SIGNS
        if self._is_busy(id(queue)) and not is_sign:
            return
        thread = self._this_thread(frame)
        at, called = self.places.asked_at(frame)
        kind = clipped(type_name(queue))
        what = f"{kind}.put" if kind.endswith("Queue") else called or "Queue.put"
        for name in ("get", "get_nowait"):
            if name in self.index.interest:
                self._chains.add(
                    Request(
                        perf_counter_ns(),
                        name,
                        "take",
                        what,
                        at,
                        thread,
                        base=id(queue),
                        base_type=kind,
                        item=id(item[0]) if item else 0,
                        is_sign=is_sign,
                    )
                )
                self.index.switch_on_again(name)

    def _call_soon(self, code: CodeType, frame: FrameType) -> object:
        callback = frame.f_locals["callback"]
        kind = type(callback)
        if kind is BuiltinMethodType:
            target, name = callback.__self__, callback.__name__
        elif kind is MethodType and type(callback.__func__) is FunctionType:
            target, name = callback.__self__, callback.__func__.__name__
        else:
            return None
        at, called = self.places.asked_at(frame)
        direct = called == code.co_qualname
        thread = self._this_thread(frame)
        if name == "cancel" and target is not None:
            what = "task.cancel" if direct else called
            loop = id(self._own(frame))
            self._chains.add(
                Request(
                    perf_counter_ns(),
                    "cancel",
                    "method",
                    what,
                    at,
                    thread,
                    base=id(target),
                    base_type="Task",
                    item=loop,
                )
            )
        elif name == "stop" and "_stopping" in self.index.interest:
            self._chains.add(
                Request(perf_counter_ns(), "_stopping", "attribute", "loop.stop", at, thread, base=id(target),
                        base_type=clipped(type_name(target)))
            )  # fmt: skip
        return None

    def _future_cancel(self, code: CodeType, frame: FrameType) -> object:
        if not self._is_internal(frame):
            self.ask("Future.cancel", "method", "Future.cancel", self._own(frame), frame)
        return None

    def _process_start(self, code: CodeType, frame: FrameType) -> object:
        self._output.add("note", text="Child processes of multiprocessing are not observed.")
        del self._handlers[id(code)]
        return _DISABLE

    def _interpreter_create(self, code: CodeType, frame: FrameType) -> object:
        self._output.add("note", text="Threads of other interpreters in the process are not observed.")
        del self._handlers[id(code)]
        return _DISABLE

    def _on_call(self, code: CodeType, offset: int, function: object, target: object) -> object:
        try:
            reading = self.index.readings.get(id(code))
            call = reading.calls.get(offset) if reading is not None else None
            if call is None:
                return _DISABLE
            return self._execute_call(call, function, target, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("calls", error)

    def _execute_call(self, call: Call, function: object, target: object, frame: FrameType) -> object:
        if type(function) not in (MethodDescriptorType, BuiltinMethodType):
            return _DISABLE
        if call.name in _EVENT_LOOPS:
            return None  # its return is what matters
        if type(function) is BuiltinMethodType:
            target = function.__self__
        if call.name in _OF_LOCKS:
            return self._use_lock(call, target)
        kind = type_name(target)
        if call.name == "_exit":
            self._output.flush()
        elif call.name in ("put", "put_nowait") and kind == "SimpleQueue":
            self._put(target, call.constant or variable(frame, call.value), frame)
        elif call.name == "cancel" and kind == "Task":
            self.ask("cancel", "method", "task.cancel", target, frame)
        else:
            return _DISABLE
        return None

    def _use_lock(self, call: Call, lock: object) -> object:
        """Forget who holds a lock, when it is released; that it was acquired is known when the call returns."""
        if type(lock) is not LockType:
            return _DISABLE
        if call.name == "release" or call.arguments:
            self.locks.released(lock)  # with arguments it may return without
        call.hits += 1
        if call.hits > MOST_CALLS:
            self.locks.look_no_more()
            return _DISABLE
        return None

    def _on_c_return(self, code: CodeType, offset: int, function: object, target: object) -> object:
        try:
            reading = self.index.readings.get(id(code))
            call = reading.calls.get(offset) if reading is not None else None
            if call is not None and call.name == "acquire" and not call.arguments:
                lock = function.__self__ if type(function) is BuiltinMethodType else target
                if type(lock) is LockType:
                    self.locks.acquired(lock, self._this_thread(_get_frame(1)), code, offset)
            if call is None or call.name not in _EVENT_LOOPS:
                return None  # these events cannot be disabled
            t_ns, frame = perf_counter_ns(), _get_frame(1)
            thread = self._this_thread(frame)
            for request in reversed(self._chains.named("exec")):
                is_own = request.base == id(target) or request.base in thread.objects
                if is_own and request.by is not thread and thread.number not in request.noticed:
                    at = (code.co_filename, frame.f_lineno or 0)
                    self._notice(request, thread, t_ns, at, f"{call.name}() returned", certain=True)
                    self.left.add((request.number, thread.number))
                    break
        except Exception as error:  # noqa: BLE001 - never into the program
            self.failed("returns of event loops", error)
        return None

    # -- notices by method -----------------------------------------------------------------------------------------

    def _on_return(self, code: CodeType, _offset: int, value: object) -> object:
        try:
            handler = self._returns.get(id(code))
            return handler(code, _get_frame(1), value) if handler is not None else _DISABLE
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("returns", error)

    def _poll_returns(self, code: CodeType, frame: FrameType, value: object) -> object:
        if value is True:
            self._event_noticed("Event.is_set", frame)
        if self.looks is not None:
            self.polled.add((_thread.get_ident(), id(self._own(frame))))
        self._polls += 1
        if self._polls > MOST_POLLS:
            # What reads it in a loop is seen there.
            self.index.set_local(code, 0)
        return None

    def _wait_returns(self, code: CodeType, frame: FrameType, value: object) -> object:
        if value is True and self._events:
            self._event_noticed(code.co_qualname, frame)
        return None

    def _event_noticed(self, how: str, frame: FrameType) -> None:
        t_ns = perf_counter_ns()
        request = self._events.get(id(self._own(frame)))
        if request is None:
            return
        thread = self._this_thread(frame)
        if thread is request.by or thread.number in request.noticed or request.t_ns < thread.started_ns:
            return
        caller = frame.f_back
        if caller is not None and caller.f_code.co_qualname in ("Thread.start", "Thread._wait_for_tstate_lock"):
            return
        at = self.places.noticed_at(caller or frame, (caller or frame).f_lineno or 0)
        self._notice(request, thread, t_ns, at, f"{how} returned True", certain=True)
        self._last_event[thread.number] = (request.number, thread.number)
        if self._is_looked_at_in_loop(caller):
            self.minded.add((request.number, thread.number))

    def _is_looked_at_in_loop(self, frame: FrameType | None) -> bool:
        """Return whether a line of a frame, or that which called it, is the condition of a loop."""
        for _ in range(3):
            if frame is None:
                return False
            reading = self.index.readings.get(id(frame.f_code))
            if reading is not None and any(branch.line == frame.f_lineno for branch in reading.branches):
                return True
            frame = frame.f_back
        return False

    def _on_throw(self, code: CodeType, _offset: int, error: BaseException) -> object:
        try:
            if not self._chains.has("cancel") or type(error).__name__ != "CancelledError":
                return None
            if self.places.owner(code.co_filename) == PROGRAM:
                frame = _get_frame(1)
                self._cancelled(frame, self._this_thread(frame))
        except Exception as failure:  # noqa: BLE001 - never into the program
            self.failed("thrown exceptions", failure)  # these events cannot be disabled
        return None

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
            self._notice(request, thread, perf_counter_ns(), at, "CancelledError was thrown in", certain=bool(same))
            self._thrown[id(frame.f_code)] = (request.number, thread.number)
            self.index.set_local(frame.f_code, self.index.local.get(id(frame.f_code), 0) | _monitoring.events.PY_YIELD)

    def _on_yield(self, code: CodeType, _offset: int, _value: object) -> object:
        try:
            thrown = self._thrown.get(id(code))
            if thrown is not None:
                self.resumed[thrown] = (code, _get_frame(1).f_lineno or 0)
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("awaits", error)
        return None

    def _notice(self, request: Request, thread: Thread, t_ns: int, at: Place, how: str, *, certain: bool) -> None:
        request.noticed.add(thread.number)
        request.targets.discard(thread.number)
        alike = (request.at, at, thread.number)
        times = self._alike[alike] = self._alike.get(alike, 0) + 1
        if times > MOST_ALIKE:
            if times == MOST_ALIKE + 1:
                words = f"{clipped(thread.name)} noticed what asks at line {request.at[1]} of {clipped(request.at[0])}"
                self._output.add("note", text=f"{words} more than {MOST_ALIKE} times; the rest is left out.")
            return
        self.say_request(request)
        self._output.add(
            "notice", request=request.number, thread=thread.number, t_ns=t_ns, at=list(at), how=how,
            link="exact" if certain else "likely",
        )  # fmt: skip

    def say_request(self, request: Request) -> None:
        """Say a request that was linked to a thread, once."""
        if not self._chains.number(request):
            return
        self._output.add(
            "request", id=request.number, t_ns=request.t_ns, what=clipped(request.what), at=list(request.at),
            by=request.by.number, object={"type": request.base_type, "id": request.base} if request.base else None,
        )  # fmt: skip

    # -- threads ---------------------------------------------------------------------------------------------------

    def _thread_start(self, code: CodeType, frame: FrameType) -> object:
        by = self._this_thread(frame)
        at, _ = self.places.asked_at(frame)
        self._threads.starting(id(self._own(frame)), perf_counter_ns(), at, by)
        return None

    def _thread_begins(self, code: CodeType, frame: FrameType) -> object:
        t_ns = perf_counter_ns()
        thread = self._own(frame)
        name, is_daemon = self._named(thread)
        self._threads.began(id(thread), name, t_ns, is_daemon=is_daemon)
        self._wake()
        if id(code) not in self._returns:
            self._returns[id(code)] = self._thread_ends
            self.index.set_local(code, _monitoring.events.PY_RETURN)
        return None

    def _named(self, thread: object) -> tuple[str, bool]:
        """Return a Thread's name and whether it is a daemon, without running anything of the program's."""
        name = own_attribute(thread, "_name")
        return name if type(name) is str else "?", own_attribute(thread, "_daemonic") is True

    def _thread_ends(self, code: CodeType, frame: FrameType, _value: object) -> object:
        thread = self._threads.current()
        if thread is not None:
            self._threads.ended(thread, perf_counter_ns(), self._named(self._own(frame))[0])
            self._wake()
        return None

    def _thread_fails(self, code: CodeType, frame: FrameType) -> object:
        thread, error = self._threads.current(), sys.exception()
        if thread is not None and error is not None and type(error) is not SystemExit:
            self._threads.failed(thread, type_name(error))
        return None

    def _join(self, code: CodeType, frame: FrameType) -> object:
        self._returns[id(code)] = self._join_returns
        self.index.set_local(code, _monitoring.events.PY_RETURN)
        del self._handlers[id(code)]
        return _DISABLE

    def _join_returns(self, code: CodeType, frame: FrameType, _value: object) -> object:
        variables = frame.f_locals
        if variables["timeout"] is not None:
            thread = self._threads.by_object(id(variables["self"]))
            if thread is not None:
                self.overstayed.append(thread)
                self._wake()
        return None

    def _main_ends(self, code: CodeType, frame: FrameType) -> object:
        if _thread.get_ident() == self._threads.main.ident and not self.main_ended_ns:
            self.main_ended_ns = perf_counter_ns()
            self._output.add("main_ended", t_ns=self.main_ended_ns)
            self._wake()
        return None

    # -- for the observer's thread ---------------------------------------------------------------------------------

    _wake: "Callable[[], None]" = staticmethod(lambda: None)

    def _ring(self) -> None:
        self._wake()

    def wake_with(self, wake: "Callable[[], None]") -> None:
        """Have something called when there is something to do soon; any thread calls it."""
        self._wake = wake

    def future_of(self, frame: FrameType) -> int:
        """Return the id of the future that a frame of a thread pool works for; 0 if it is no such frame."""
        if frame.f_code.co_qualname != "_WorkItem.run" or self.places.owner(frame.f_code.co_filename) != LIBRARY:
            return 0
        return id(own_attribute(frame.f_locals.get("self"), "future"))

    def count_looks(self, codes: "list[CodeType]") -> None:
        """Begin to count how often threads look, and to see which move, in these code objects of the program."""
        self.looks, self.polled, self.moved = {}, set(), set()
        self._watched = [code for code in codes if self.places.owner(code.co_filename) not in (LIBRARY, OURS)]
        for code in self._watched:
            self.index.codes[id(code)] = code
            self.index.set_local(code, self.index.local.get(id(code), 0) | _monitoring.events.INSTRUCTION, again=True)
        if self._is_set is not None:
            self.index.set_local(self._is_set, _monitoring.events.PY_RETURN)

    def counted_looks(self) -> dict[tuple[int, str], int]:
        """End to count; return the counts by ident of the thread and name that is read."""
        looks, self.looks = self.looks or {}, None
        for code in self._watched:
            reading = self.index.readings.get(id(code))
            if reading is None or not (reading.branches or reading.stores):
                self.index.set_local(code, self.index.local.get(id(code), 0) & ~_monitoring.events.INSTRUCTION)
        return looks
