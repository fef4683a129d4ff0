"""Requests and notices by method: Events, Conditions, queues, futures, event loops and locks of the standard library.

What is written in Python is seen as it starts and returns, what is written in C where the program calls it.
"""

import _thread
import sys
from _thread import LockType
from time import perf_counter_ns
from types import BuiltinMethodType, CodeType, FrameType, FunctionType, MethodDescriptorType, MethodType

from .chains import Chains, Request
from .code_index import CodeIndex
from .links import Links
from .lives import Lives
from .locks import MOST_CALLS, Locks
from .looks import Looks
from .objects import own_attribute, type_name, variable
from .output import Output, clipped
from .places import LIBRARY, OURS, Places
from .reading import STORED, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_monitoring: "Any" = getattr(sys, "monitoring", None)
_DISABLE: object = getattr(_monitoring, "DISABLE", None)
# Returns of Event.is_set that are looked at after a set(): each costs as much as ten polls.
MOST_POLLS = 2_000
MOST_EVENTS = 10_000  # Events that were set, of which it is remembered by whom
# Types of what is put into a queue to say something, and is no work: None, and these.
_SIGNS = (object, type, bool, type(...), type(NotImplemented))
_EVENT_LOOPS = ("exec", "exec_")
_OF_LOCKS = ("acquire", "release")
_JUST_BEFORE = 10_000_000  # nanoseconds


class Methods:
    """Sees the methods that ask, and those that notice; called from callbacks in any thread.

    Args:
        output: for what is not observed.
        chains: the requests that may still be noticed.
        places: whose each file is.
        index: of the code objects.
        lives: which thread this is.
        links: requests and notices.
        looks: what is counted while a verdict looks.
        locks: who holds them.

    Attributes:
        last_event: by number of a thread, the last request by an Event that it has noticed.
    """

    def __init__(
        self,
        output: Output,
        chains: Chains,
        places: Places,
        index: CodeIndex,
        lives: Lives,
        links: Links,
        looks: Looks,
        locks: Locks,
    ) -> None:
        self._output = output
        self._chains = chains
        self._places = places
        self._index = index
        self._lives = lives
        self._links = links
        self._looks = looks
        self.locks = locks
        self.last_event: dict[int, tuple[int, int]] = {}
        self._events: dict[int, Request] = {}  # by id of an Event or a Condition
        self._polls = 0
        self._is_set: list[CodeType] = []

    def known(self) -> "dict[tuple[str, str], Callable[[CodeType, FrameType], object]]":
        """Return what is called when functions of the standard library start, by their files and names."""
        return {
            ("threading.py", "Event.set"): self._event_set,
            ("threading.py", "Event.clear"): self._event_clear,
            ("threading.py", "Event.is_set"): self._event_is_set,
            ("threading.py", "Event.wait"): self._wait,
            ("asyncio/locks.py", "Event.is_set"): self._event_is_set,
            ("asyncio/locks.py", "Event.wait"): self._wait,
            ("threading.py", "Condition.notify"): self._notify,
            ("threading.py", "Condition.wait"): self._wait,
            ("queue.py", "Queue.put"): self._queue_put,
            ("asyncio/base_events.py", "BaseEventLoop.call_soon_threadsafe"): self._call_soon,
            ("concurrent/futures/_base.py", "Future.cancel"): self._future_cancel,
            ("multiprocessing/process.py", "BaseProcess.start"): self._process_start,
            ("concurrent/interpreters/__init__.py", "create"): self._interpreter_create,
            ("concurrent/futures/interpreter.py", "InterpreterPoolExecutor.__init__"): self._interpreter_create,
        }

    def see_polls(self) -> None:
        """See the next returns of ``Event.is_set``, also of those that were not set."""
        self._polls = 0
        for code in self._is_set:
            self._index.set_local(code, _monitoring.events.PY_RETURN)

    def _own(self, frame: FrameType) -> object:
        return frame.f_locals["self"]

    def _is_internal(self, frame: FrameType) -> bool:
        """Return whether a method of the library was called by the library for its own ends, or by code of ours."""
        caller = frame.f_back
        owner = self._places.owner(caller.f_code.co_filename) if caller is not None else ""
        if caller is None or owner != LIBRARY:
            return owner == OURS
        return caller.f_code.co_qualname not in ("Timer.run", "Timer.cancel", "Condition.notify_all")

    def _event_set(self, code: CodeType, frame: FrameType) -> object:
        if self._is_internal(frame):
            return None
        event = self._own(frame)
        request = self._links.ask("is_set", "method", "Event.set", event, frame)
        if request is not None:
            self._remember_event(event, request)
        return None

    def _remember_event(self, event: object, request: Request) -> None:
        self._events[id(event)] = request
        if len(self._events) > MOST_EVENTS:
            self._events.pop(next(iter(self._events)), None)
        if request.name == "is_set":
            self.see_polls()

    def _event_clear(self, code: CodeType, frame: FrameType) -> object:
        """See that an Event is cleared: it asks where a loop is left when the Event is not set, and nowhere else."""
        if not self._is_internal(frame):
            request = self._links.ask("clear", "method", "Event.clear", self._own(frame), frame)
            if request is not None:
                request.is_sign = False  # for a verdict it is none: Events that are waited for again are cleared
                self._index.switch_on_again("is_set")
        return None

    def is_armed(self) -> bool:
        """Return whether each True of ``Event.is_set`` is seen, so that its readers need not be looked at."""
        return not self._events or all(self._index.local.get(id(code), 0) for code in self._is_set)

    def _event_is_set(self, code: CodeType, frame: FrameType) -> object:
        self._is_set.append(code)
        self._index.returns[id(code)] = self._poll_returns
        if self._events:
            self._index.set_local(code, _monitoring.events.PY_RETURN)
        del self._index.starts[id(code)]
        return _DISABLE

    def _wait(self, code: CodeType, frame: FrameType) -> object:
        self._index.call_at_return(code, self._wait_returns)
        del self._index.starts[id(code)]
        return _DISABLE

    def _notify(self, code: CodeType, frame: FrameType) -> object:
        if self._is_internal(frame):
            return None
        outer = frame.f_back
        if outer is not None and outer.f_code.co_qualname == "Condition.notify_all" and self._is_internal(outer):
            return None
        condition = self._own(frame)
        # What is stored just before is what is asked; the notify only wakes.
        if perf_counter_ns() - self._links.last_store.get(_thread.get_ident(), 0) < _JUST_BEFORE:
            return None
        request = self._links.ask("notify", "method", "Condition.notify", condition, frame)
        if request is not None:
            self._remember_event(condition, request)
        return None

    def _queue_put(self, code: CodeType, frame: FrameType) -> object:
        if "get" in self._index.interest or "get_nowait" in self._index.interest:
            variables = frame.f_locals
            self._put(variables["self"], (variables["item"],), frame)
        return None

    def _put(self, queue: object, item: tuple[object, ...], frame: FrameType) -> None:
        """Remember what was put into a queue, as a tuple of one: it may be what its reader ends at.

        Of a queue that much is put into, only what is nothing but a sign is remembered.
        """
        is_sign = not item or item[0] is None or type(item[0]) in _SIGNS
        if self._links.is_busy(id(queue)) and not is_sign:
            return
        thread = self._lives.this_thread(frame)
        at, called = self._places.asked_at(frame)
        kind = clipped(type_name(queue))
        what = f"{kind}.put" if kind.endswith("Queue") else called or "Queue.put"
        for name in ("get", "get_nowait"):
            if name in self._index.interest:
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
                self._index.switch_on_again(name)

    def _call_soon(self, code: CodeType, frame: FrameType) -> object:
        callback = frame.f_locals["callback"]
        kind = type(callback)
        if kind is BuiltinMethodType:
            target, name = callback.__self__, callback.__name__
        elif kind is MethodType and type(callback.__func__) is FunctionType:
            target, name = callback.__self__, callback.__func__.__name__
        else:
            return None
        at, called = self._places.asked_at(frame)
        direct = called == code.co_qualname
        thread = self._lives.this_thread(frame)
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
        elif name == "set" and target is not None and type_name(target) == "Event":
            request = Request(perf_counter_ns(), "is_set", "method", "asyncio.Event.set", at, thread, base=id(target),
                              base_type="Event")  # fmt: skip
            self._chains.add(request)
            self._remember_event(target, request)
        elif name == "stop" and "_stopping" in self._index.interest:
            self._chains.add(
                Request(perf_counter_ns(), "_stopping", "attribute", "loop.stop", at, thread, base=id(target),
                        base_type=clipped(type_name(target)))
            )  # fmt: skip
        return None

    def _future_cancel(self, code: CodeType, frame: FrameType) -> object:
        if not self._is_internal(frame):
            self._links.ask("Future.cancel", "method", "Future.cancel", self._own(frame), frame)
        return None

    def _process_start(self, code: CodeType, frame: FrameType) -> object:
        self._output.add("note", text="Child processes of multiprocessing are not observed.")
        del self._index.starts[id(code)]
        return _DISABLE

    def _interpreter_create(self, code: CodeType, frame: FrameType) -> object:
        self._output.add("note", text="Threads of other interpreters in the process are not observed.")
        del self._index.starts[id(code)]
        return _DISABLE

    def called(self, call: Call, function: object, target: object, frame: FrameType) -> object:
        """See a call of a method that is written in C; return what its event returns."""
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
            self._links.ask("cancel", "method", "task.cancel", target, frame)
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

    def returned(self, code: CodeType, offset: int, function: object, target: object, frame: FrameType) -> None:
        """See that a method written in C has returned: an event loop has ended, a lock was acquired."""
        reading = self._index.readings.get(id(code))
        call = reading.calls.get(offset) if reading is not None else None
        if call is None or (call.name not in _EVENT_LOOPS and call.name != "acquire"):
            return
        t_ns, thread = perf_counter_ns(), self._lives.this_thread(frame)
        if call.name == "acquire":
            lock = function.__self__ if type(function) is BuiltinMethodType else target
            if type(lock) is LockType and not call.arguments:
                self.locks.acquired(lock, thread, code, offset)
            return
        for request in reversed(self._chains.named("exec")):
            is_own = request.base == id(target) or request.base in thread.objects
            if is_own and request.by is not thread and thread.number not in request.noticed:
                at = (code.co_filename, frame.f_lineno or 0)
                self._links.notice(request, thread, t_ns, at, f"{call.name}() returned", certain=True)
                self._links.left.add((request.number, thread.number))
                break

    def _poll_returns(self, code: CodeType, frame: FrameType, value: object) -> object:
        if value is True:
            self._event_noticed("Event.is_set", frame)
        if self._looks.are_counted:
            self._looks.polled.add((_thread.get_ident(), id(self._own(frame))))
        self._polls += 1
        if self._polls > MOST_POLLS:
            # What reads it in a loop is seen there.
            self._index.set_local(code, 0)
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
        thread = self._lives.this_thread(frame)
        if thread is request.by or thread.number in request.noticed or request.t_ns < thread.started_ns:
            return
        caller = frame.f_back
        if caller is not None and caller.f_code.co_qualname in ("Thread.start", "Thread._wait_for_tstate_lock"):
            return
        if request.name == "notify" and caller is not None and self._reads_in_loop(caller):
            return
        at = self._places.noticed_at(caller or frame, (caller or frame).f_lineno or 0)
        self._links.notice(request, thread, t_ns, at, f"{how} returned True", certain=True)
        self.last_event[thread.number] = (request.number, thread.number)
        if self._is_looked_at_in_loop(caller):
            self._links.minded.add((request.number, thread.number))

    def _is_looked_at_in_loop(self, frame: FrameType | None) -> bool:
        """Return whether a line of a frame, or that which called it, is the condition of a loop."""
        for _ in range(3):
            if frame is None:
                return False
            reading = self._index.readings.get(id(frame.f_code))
            if reading is not None and any(branch.line == frame.f_lineno for branch in reading.branches):
                return True
            frame = frame.f_back
        return False

    def _reads_in_loop(self, frame: FrameType) -> bool:
        """Return whether what ends the wait for a Condition is something that its loop reads, and not the notify."""
        reading = self._index.readings.get(id(frame.f_code))
        reads = [read for branch in reading.branches for read in branch.reads] if reading is not None else []
        return frame.f_code.co_qualname == "Condition.wait_for" or any(read.kind in STORED for read in reads)

    def future_of(self, frame: FrameType) -> int:
        """Return the id of the future that a frame of a thread pool works for; 0 if it is no such frame."""
        if frame.f_code.co_qualname != "_WorkItem.run" or self._places.owner(frame.f_code.co_filename) != LIBRARY:
            return 0
        return id(own_attribute(frame.f_locals.get("self"), "future"))
