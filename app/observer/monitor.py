"""What is seen of the program, by ``sys.monitoring``: functions that start, branches, stores and calls that matter.

Each function is read when it first starts. Where nothing matters, its events are off from then on: a loop that runs costs
nothing, and what asks and what notices each cost one callback. Callbacks never raise an error of ours into the program.
"""

import _thread
import sys
from time import perf_counter_ns
from types import CodeType, FrameType

from .chains import Chains, Look, Request, is_certain
from .code_index import EVENT_READS, LIBRARY_FLAGS, MOST_EXITS, CodeIndex
from .links import Links
from .lives import Lives
from .locks import Locks
from .looks import Looks
from .methods import Methods
from .objects import classes_in, object_in, stored_value, variable
from .output import Output
from .places import LIBRARY, OURS, PROGRAM, Places, library_name
from .reading import Side, Store
from .threads import Thread, Threads
from .thrown import THROWING, Thrown
from .values import Read

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


class Monitor:
    """Sees requests and notices, and has them said.

    Args:
        output: where.
        threads: of the program.
        chains: the requests that may still be noticed.
        ours: folders, besides the observer's own, whose files are not the program's.

    Attributes:
        places: whose each file is.
        index: of the code objects.
        lives: how threads begin and end.
        links: requests and notices.
        looks: what is counted while a verdict looks.
        locks: who holds them.
        methods: requests and notices by method.
        thrown: those by exception.
    """

    def __init__(self, output: Output, threads: Threads, chains: Chains, ours: tuple[str, ...] = ()) -> None:
        self._output = output
        self._threads = threads
        self._chains = chains
        self.places = Places(ours)
        self.index = CodeIndex(self.places, self._wake)
        self.lives = Lives(output, threads, self.places, self.index)
        self.links = Links(output, chains, self.places, self.index, self.lives)
        self.looks = Looks(self.places, self.index)
        self.locks = Locks(threads, self.places, self.index)
        self.methods = Methods(output, chains, self.places, self.index, self.lives, self.links, self.looks, self.locks)
        self.thrown = Thrown(threads, chains, self.places, self.index, self.lives, self.links)
        self._import_hook: Callable[[], bool] | None = None
        self._broken: set[str] = set()
        self._known = {**self.lives.known(), **self.methods.known()}
        self._callbacks = self._all_callbacks() if _monitoring is not None else {}

    def _all_callbacks(self) -> "dict[int, Callable[..., object]]":
        events = _monitoring.events
        return {
            events.PY_START: self._on_start,
            events.PY_RETURN: self._on_return,
            events.PY_THROW: self._on_throw,
            events.PY_YIELD: self._on_yield,
            events.INSTRUCTION: self._on_instruction,
            events.CALL: self._on_call,
            events.C_RETURN: self._on_c_return,
            events.RAISE: self._on_raise,
            events.EXCEPTION_HANDLED: self._on_handled,
        }

    def _wake(self) -> None:
        self.lives.wake()

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
        for event, callback in self._callbacks.items():
            _monitoring.register_callback(tool, event, callback)
        events = _monitoring.events
        _monitoring.set_events(tool, events.PY_START | events.PY_THROW | events.RAISE)
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
        for event in self._callbacks:
            _monitoring.register_callback(tool, event, None)
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

    # -- functions that start, return and await -------------------------------------------------------------------

    def _on_start(self, code: CodeType, _offset: int) -> object:
        try:
            handler = self.index.starts.get(id(code))
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
        thread = self.lives.this_thread(frame, begins=True)
        if owner == LIBRARY:
            name = library_name(filename)
            handler = self._known.get((name, code.co_qualname))
            if handler is not None:
                self.index.starts[key] = handler
                return handler(code, frame)
            if name not in LIBRARY_FLAGS:
                self.index.considered.add(key)
                return _DISABLE
        if self.index.is_for_now(code, is_main=thread is self._threads.main):
            self.index.consider(code)
            caller = frame.f_back
            if caller is not None and owner != LIBRARY:
                self.index.called_from(code, caller.f_code, caller.f_lasti)
        return None if key in self.index.starts else _DISABLE

    def _on_return(self, code: CodeType, _offset: int, value: object) -> object:
        try:
            handler = self.index.returns.get(id(code))
            return handler(code, _get_frame(1), value) if handler is not None else _DISABLE
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("returns", error)

    def _on_yield(self, code: CodeType, _offset: int, _value: object) -> object:
        try:
            self.thrown.yielded(code, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("awaits", error)
        return None

    # -- exceptions and calls ---------------------------------------------------------------------------------------

    def _on_throw(self, code: CodeType, _offset: int, error: BaseException) -> object:
        try:
            self.thrown.thrown(code, _get_frame(1), error)
        except Exception as failure:  # noqa: BLE001 - never into the program
            self.failed("thrown exceptions", failure)
        return None  # these events cannot be disabled

    def _on_raise(self, _code: CodeType, _offset: int, error: BaseException) -> object:
        try:
            self.thrown.raised(_get_frame(1), error)
        except Exception as failure:  # noqa: BLE001 - never into the program
            self.failed("raised exceptions", failure)
        return None  # nor these

    def _on_handled(self, code: CodeType, offset: int, error: BaseException) -> object:
        try:
            self.thrown.handled(code, offset, _get_frame(1), error)
        except Exception as failure:  # noqa: BLE001 - never into the program
            self.failed("handled exceptions", failure)
        return None  # nor these

    def _on_call(self, code: CodeType, offset: int, function: object, target: object) -> object:
        try:
            reading = self.index.readings.get(id(code))
            call = reading.calls.get(offset) if reading is not None else None
            if call is None:
                return _DISABLE
            part = self.thrown if call.name in THROWING else self.methods
            return part.called(call, function, target, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("calls", error)

    def _on_c_return(self, code: CodeType, offset: int, function: object, target: object) -> object:
        try:
            self.methods.returned(code, offset, function, target, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            self.failed("returns of methods", error)
        return None  # nor these

    # -- instructions ----------------------------------------------------------------------------------------------

    def _on_instruction(self, code: CodeType, offset: int) -> object:
        try:
            if self.looks.are_counted:
                self.looks.moved.add(_thread.get_ident())
            reading = self.index.readings.get(id(code))
            if reading is None:
                return _DISABLE
            sides = reading.sides.get(offset)
            if sides is not None:
                ident = _thread.get_ident()
                sides = [side for side in sides if side.is_taken_at(offset, ident)]
                return self._take_sides(code, sides, _get_frame(1))
            store = reading.stores.get(offset)
            if store is not None:
                return self._execute_store(store, _get_frame(1))
        except Exception as error:  # noqa: BLE001 - never into the program
            return self.failed("branches and stores", error)
        return _DISABLE

    def _take_sides(self, code: CodeType, sides: list[Side], frame: FrameType) -> object:
        if self.looks.are_counted:
            self.looks.count({read.name for side in sides for read in side.branch.reads if read.kind != "call"})
        t_ns = perf_counter_ns()
        answer = _DISABLE
        noticed: set[str] = set()
        for side in sides:
            for read in side.branch.reads:
                if read.kind == "method" and read.name in EVENT_READS and self.methods.is_armed():
                    self._leave_for_event(side)
                    if side.leaves and side.when < 0 and self._chains.has("clear"):
                        self._look(side, Read("clear", "method", read.base, read.via), frame, t_ns)
                elif self._chains.has(read.name) and read.name not in noticed and self._look(side, read, frame, t_ns):
                    noticed.add(read.name)  # two branches may have this side in common
            if self._is_kept(side):
                answer = None
        return None if self.looks.are_counted else answer

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
        if side.leaves and thread is not None and thread.number in self.methods.last_event:
            self.links.left.add(self.methods.last_event[thread.number])

    def _look(self, side: Side, read: Read, frame: FrameType, t_ns: int) -> bool:
        """Say the request that made this thread take a side, if there is one; return whether."""
        thread = self.lives.this_thread(frame)
        branch = side.branch
        base, _ = object_in(frame, read.base, read.kind)
        item = 0
        if branch.item is not None:
            taken = variable(frame, branch.item)
            item = id(taken[0]) if taken else 0
        elif branch.sentinel:
            item = id(branch.sentinel[0])
        when = side.when if len(branch.reads) == 1 or not read.via else 0
        classes = classes_in(frame, read.base, read.kind)
        look = Look(
            read.name, read.kind, base, read.via, when, item, classes=classes, has_turned=self._has_turned(side)
        )
        fitting = self._chains.fitting(look, thread)
        if fitting:
            request = fitting[0]
            at = self.places.noticed_at(frame, branch.line)
            how = {"take": "took the sentinel", "method": f"{read.name}() was true"}.get(read.kind, f"read {read.name}")
            how = "is_set() was false" if read.name == "clear" else how
            certain = is_certain(look, fitting) or self._stands_for(thread, request, read)
            self.links.notice(request, thread, t_ns, at, how, certain=certain)
            self.links.minded.add((request.number, thread.number))
            # What was asked of what cannot be told apart from it has had its answer as well.
            if read.kind != "take":
                for each in fitting:
                    each.noticed.add(thread.number)
        if side.leaves:
            known = [
                each
                for each in self._chains.named(read.name, base, classes)
                if each.number and thread.number in each.noticed
            ]
            self.links.left.update((request.number, thread.number) for request in known)
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
        if self.links.is_busy((store.name, base)):
            return None
        thread = self.lives.this_thread(frame)
        truth, type_name = stored_value(frame, store)
        at, called = self.places.asked_at(frame)
        if self.places.owner(at[0]) != PROGRAM:
            called = self.places.target(frame)
            if not called or thread.at is None:
                return None  # the library did so by itself
            at = thread.at  # which the program has started for it
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
        self.links.last_store[thread.ident] = request.t_ns
        self.index.switch_on_again(store.name)
        request.t_ns = perf_counter_ns()  # it takes effect now: no other thread has seen it before
        return None

    # -- for the observer's thread ---------------------------------------------------------------------------------

    def count_looks(self, codes: "list[CodeType]") -> None:
        """Begin to count how often threads look, in these code objects; ``looks.end`` ends it."""
        self.looks.begin(codes)
        self.methods.see_polls()
