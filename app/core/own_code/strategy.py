"""Code of the person's own as the life of a run: called, asked to stop, listened to, and its end told."""

import contextlib
import inspect
import os
import threading
import traceback
from collections.abc import Callable
from functools import partial
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..loop_context import EndedByItself, LoopContext
from ..prediction import Notices
from ..strategies.base import About, Strategy, ThreadLike
from ..worker import Worker
from .description import OWN_CODE, THREAD, OwnCode, StopKind, read_literal
from .loading import arguments, find, load, require_allowed
from .notice_watch import NoticeWatch, new_watch
from .noting_event import NotingEvent

if TYPE_CHECKING:
    import asyncio

    from .output import Capture

_WATCHED = (StopKind.FLAG, StopKind.METHOD)  # of these nothing of ours is in the code's hands that could tell
_COROUTINES = (StopKind.CANCEL, StopKind.ASYNCIO_ARGUMENT)
_METHOD_WITHIN = 1.0  # seconds that a method which asks may still run when its thread has ended
_CORE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - without pathlib


class OwnCodeStrategy(Strategy):
    """Runs a function, a coroutine function or a thread of the person's; in a child process only."""

    about = About(
        id=OWN_CODE,
        title="Your own code",
        sentence="Runs a function or a thread of your own file, in a process of its own, and asks it to stop as it can be.",
        first_line="Asked to stop while its file is still being imported, it is not started.",
        guarantee="None: whether and when it notices is up to the code.",
        cannot="Cannot stop code that never looks; its process can be killed.",
        documentation="https://docs.python.org/3/library/threading.html",
        notices=Notices.UNKNOWN,
        checkpoint="",
    )
    is_foreign = True

    def __init__(self, thread: ThreadLike, code: OwnCode) -> None:
        super().__init__(thread)
        self._code = code
        self._lock = threading.Lock()  # makes one step each of the request and of the code's beginning
        self._asked = False
        self._signal: Callable[[], object] | None = None  # how the code is asked; None while it does not run
        self._first: dict[str, int] = {}  # when it was noticed first
        self._context: LoopContext
        self._worker_thread: threading.Thread | None = None
        self._listening = contextlib.ExitStack()
        self._requester: threading.Thread | None = None  # calls the method that asks
        self._watch: NoticeWatch | None = None  # of what is asked by a flag or a method

    @classmethod
    def of_worker(cls, thread: ThreadLike, worker: Worker) -> "OwnCodeStrategy":
        """Return the strategy of one run; BadInput outside of a child process, or if the worker names no code."""
        require_allowed()
        if worker.code is None:
            raise BadInput("code: it is missing; write file and name of what is to be run.", "code")
        return cls(thread, worker.code)

    def working_ident(self) -> int | None:
        """Return the ident of the thread of the person's, if it is one of its own."""
        if self._worker_thread is not None:
            return self._worker_thread.ident
        return super().working_ident()

    # -- the request ---------------------------------------------------------------------------------------------

    # Race: the code may begin while it is being asked. The request leaves its mark, and gives the signal only if there is
    # one by then; the run publishes its signal only if there is no mark yet. The lock makes one step of each.

    def request_stop(self) -> None:
        """Give the signal, if the code runs by now."""
        with self._lock:
            self._asked = True
            if self._signal is not None:
                self._signal()

    def _publish(self, signal: Callable[[], object]) -> bool:
        """Say how the code is asked from now on; False if it was asked before, and is not to be started."""
        with self._lock:
            if self._asked:
                return False
            self._signal = signal
            return True

    def _on_noticed(self, at: int | None = None) -> None:
        """Take it that the code has learnt of the request; any thread of the code's, any number of times.

        Without the lock: the thread that asks holds it, and the one that it wakes must not wait for it.

        Args:
            at: the instant; now if it is None.
        """
        if self._asked and not self._first:
            at = self._context.now() if at is None else at
            # One step, also where two threads notice at once.
            if self._first.setdefault("at", at) == at:
                self._context.noticed(at)

    def _on_flag_noticed(self, at: int) -> None:
        """Take it that a thread has noticed a flag, or what a method has done; only of the run's own it is the notice."""
        if threading.get_ident() == self.working_ident():
            self._on_noticed(at)

    # -- the run's thread ----------------------------------------------------------------------------------------

    def loop(self, context: LoopContext) -> None:
        """Import the file, run what is named, and return once it was asked and has ended.

        Raises:
            EndedByItself: it ended without having been asked.
            BaseException: what the code raised.
        """
        self._context = context
        self._listening.enter_context(capture().listening(context.write))
        if self._code.stop.kind in _WATCHED:
            self._watch = new_watch(self._on_flag_noticed)  # before the import: functions are read as they first start
        try:
            body = self._body(load(self._code))
            if body is None:
                self._on_noticed()
                return
            body()
        finally:
            with self._lock:
                self._signal = None
        if not self._asked or self._code.stop.kind is StopKind.NONE:
            raise EndedByItself

    def finish(self) -> None:
        """Wait for the method that asks, if there is one, and hand on what was written last."""
        if self._requester is not None:
            # What it still does and says belongs to the run; some never return.
            self._requester.join(_METHOD_WITHIN)
        if self._watch is not None:
            self._watch.stop()
        self._listening.close()

    def traceback_of(self, error: BaseException) -> TracebackType | None:
        """Return the traceback from the code's own first frame on."""
        return _own_frames(error.__traceback__)

    def _body(self, module: ModuleType) -> Callable[[], object] | None:
        """Return what is to be run, ready to be asked to stop; None if it was asked already."""
        wanted = find(module, self._code)
        if inspect.isclass(wanted):
            return self._thread_body(module, wanted)
        if not callable(wanted):
            raise BadInput(f"{self._code.file}: {self._code.name} is neither a function nor a thread.", "code")
        # One that is decorated may not look like a coroutine function.
        if inspect.iscoroutinefunction(wanted) or self._code.stop.kind in _COROUTINES:
            return self._coroutine_body(module, wanted)
        handed_in, signal = self._argument()
        call = call_of(wanted, arguments(self._code, handed_in))
        if not self._publish(signal or self._keeper(module, self.thread)):
            return None
        self._context.running()
        return call

    def _argument(self) -> tuple[dict[str, Any], Callable[[], object] | None]:
        """Return the Event that is handed in, and how it is set."""
        if self._code.stop.kind is not StopKind.ARGUMENT:
            return {}, None
        event = NotingEvent()
        event.watch(self._on_noticed)
        return {self._code.stop.name: event}, event.set

    def _thread_body(self, module: ModuleType, wanted: type) -> Callable[[], object] | None:
        if not issubclass(wanted, threading.Thread):
            raise BadInput(f"{self._code.file}: {self._code.name} is not derived from threading.Thread.", "code")
        handed_in, signal = self._argument()
        thread = call_of(wanted, arguments(self._code, handed_in))()
        if not self._publish(signal or self._keeper(module, thread)):
            return None

        def body() -> None:
            failures: list[BaseException] = []
            before = threading.excepthook

            def keep(failed: threading.ExceptHookArgs) -> None:
                if failed.thread is thread and failed.exc_value is not None:
                    failures.append(failed.exc_value)
                else:
                    before(failed)

            threading.excepthook = keep
            try:
                self._worker_thread = thread
                thread.start()
                self._context.running(thread.native_id)
                threading.Thread.join(thread)  # its own join() may ask it to stop
            finally:
                threading.excepthook = before
                self._worker_thread = None
            if failures:
                raise failures[0]

        return body

    def _keeper(self, module: ModuleType, thread: Any) -> Callable[[], object]:
        """Return how an Event, a flag or a method is used; the object of the person's is looked up now.

        Raises:
            BadInput: the code has no such thing.
        """
        stop = self._code.stop
        if stop.kind is StopKind.EVENT:
            event = self._named(module, thread, stop.name)
            if not isinstance(event, threading.Event):
                raise BadInput(f"{self._code.file}: {stop.name} is not a threading.Event.", "code")
            if type(event) is threading.Event:
                event.__class__ = NotingEvent  # the very object that the code has kept, wherever it did
                event.watch(self._on_noticed)  # type: ignore[attr-defined]
            return event.set
        if stop.kind is StopKind.FLAG:
            owner, _, name = stop.name.rpartition(".")
            holder = self._named(module, thread, owner) if owner else module
            return partial(self._set_flag, holder, name, read_literal(stop.value))
        if stop.kind is StopKind.METHOD:
            return partial(self._call_method, self._look_up(thread, [stop.name], stop.name))
        return _nothing

    def _set_flag(self, holder: Any, name: str, value: Any) -> None:
        if self._watch is not None:
            self._watch.ask_by_flag(holder, name, value)
        setattr(holder, name, value)

    def _call_method(self, method: Callable[[], object]) -> None:
        """Call a method in a thread of its own: many of them join the thread that they stop."""

        def call() -> None:
            if self._watch is not None:
                self._watch.ask_by_method()
            try:
                method()
            except BaseException:  # noqa: BLE001 - SystemExit too: it is said, as the code's own error
                traceback.print_exc()

        self._requester = threading.Thread(target=call, name="request-stop", daemon=True)
        self._requester.start()

    def _named(self, module: ModuleType, thread: Any, name: str) -> Any:
        """Return what a dotted name stands for: of the thread, or of the file."""
        first, *rest = name.split(".")
        return self._look_up(thread, rest, name) if first == THREAD else self._look_up(module, [first, *rest], name)

    def _look_up(self, found: Any, parts: list[str], name: str) -> Any:
        for part in parts:
            try:
                found = getattr(found, part)
            except AttributeError:
                raise BadInput(f"{self._code.file}: there is no {name} by which it could be stopped.", "code") from None
        return found

    # -- coroutines ----------------------------------------------------------------------------------------------

    def _coroutine_body(self, module: ModuleType, wanted: Callable[..., Any]) -> Callable[[], object]:
        import asyncio  # here: what only lists strategies must not wait for it

        from .noting_coroutine import NotingAsyncEvent, noting

        kind, name = self._code.stop.kind, self._code.stop.name

        async def main() -> None:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None
            handed_in, signal = self._argument()
            if kind is StopKind.ASYNCIO_ARGUMENT:
                event = NotingAsyncEvent()
                event.watch(self._on_noticed)
                handed_in, signal = {name: event}, _soon(loop, event.set)
            elif kind is StopKind.CANCEL:
                signal = _soon(loop, task.cancel)
            elif signal is None:
                signal = self._keeper(module, self.thread)
            if not self._publish(signal):
                self._on_noticed()
                return
            self._context.running()
            await noting(call_of(wanted, arguments(self._code, handed_in))(), self._on_noticed)

        def body() -> None:
            try:
                with asyncio.Runner() as runner:
                    runner.run(main())
            except asyncio.CancelledError:
                if not (self._asked and kind is StopKind.CANCEL):
                    raise

        return body


def _nothing() -> None:
    """Do nothing: the code is not asked."""


def call_of(wanted: Callable[..., Any], given: dict[str, Any]) -> Callable[[], Any]:
    """Return a call with arguments by name, as far as parameters have names that may be used."""
    positional = []
    try:
        parameters = inspect.signature(wanted).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_ONLY or parameter.name not in given:
            break
        positional.append(given.pop(parameter.name))
    return lambda: wanted(*positional, **given)


def _soon(loop: "asyncio.AbstractEventLoop", action: Callable[[], object]) -> Callable[[], object]:
    def ask() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the code has ended by itself
            loop.call_soon_threadsafe(action)

    return ask


def _own_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of ours, and of the import system, that led to the code."""
    first = trace
    while first is not None and _is_ours(first.tb_frame.f_code.co_filename):
        first = first.tb_next
    return first


def _is_ours(file: str) -> bool:
    return file.startswith((_CORE, "<frozen importlib")) or file == threading.__file__


_captures: "list[Capture]" = []


def capture() -> "Capture":
    """Return what listens to this process's standard streams; made when it is first needed."""
    if not _captures:
        require_allowed()
        from .output import Capture

        _captures.append(Capture(takes_descriptor=True))
    return _captures[0]
