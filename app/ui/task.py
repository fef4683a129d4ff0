"""Background work of the window: a function in a thread of its own, with progress, cancel and one result."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.errors import BadInput

_PAUSE = 0.03  # seconds between two updates: about a frame or two
_MOST = 100  # values of one update: what the window can show within a frame
_LIMIT = 10_000  # values that may wait for the window
_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How a task ended.

    Attributes:
        value: what the function returned, also when it was cancelled; None if it raised.
        problem: what went wrong, one sentence; empty if nothing did.
        was_cancelled: whether it was asked to end before it ended.
        error: an exception that is a mistake of this program, with its traceback; BadInput and OSError are problems only.
    """

    value: Any = None
    problem: str = ""
    was_cancelled: bool = False
    error: BaseException | None = None


class TaskContext:
    """What the function of a task has of its task: it reports through it, and looks whether it was cancelled. Any thread.

    Attributes:
        cancel: set when the task is asked to end; read it, but ask by ``Task.cancel``.
    """

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self._changed = threading.Condition()
        self._reported: dict[object, Any] = {}
        self._result: TaskResult | None = None
        self._limit = _LIMIT
        self._wake: Callable[[TaskContext], object] | None = None
        self._is_woken = False

    def is_cancelled(self) -> bool:
        """Return whether the task was asked to end."""
        return self.cancel.is_set()

    def report(self, value: Any, key: object = None) -> None:
        """Have the window told of a value.

        Every value arrives, in order; where too many wait for the window, this waits until there is room or the task is
        cancelled.

        Args:
            value: what the window is told.
            key: with one, the value takes the place of an earlier one with this key that has not arrived yet, and this
                never waits.
        """
        with self._changed:
            if key is None:
                self._changed.wait_for(lambda: len(self._reported) < self._limit or self.cancel.is_set())
            self._reported[object() if key is None else key] = value
            if not self._is_woken:
                self._wake_window()

    # -- for the task ----------------------------------------------------------------------------------------------

    def attach(self, wake: Callable[["TaskContext"], object], limit: int) -> None:
        """Call ``wake`` when there is something to fetch, and let at most ``limit`` values wait for that."""
        with self._changed:
            self._wake, self._limit = wake, limit
            if self._reported:
                self._wake_window()

    def detach(self) -> None:
        """Ask the function to end, and wake nothing any more: once this has returned, no signal is emitted here."""
        with self._changed:
            self._wake = None
            self.cancel.set()
            self._changed.notify_all()

    def request_cancel(self) -> None:
        """Ask the function to end."""
        with self._changed:
            self.cancel.set()
            self._changed.notify_all()

    def finish(self, result: TaskResult) -> None:
        """Set the result; nothing is reported after it."""
        with self._changed:
            self._result = result
            # Also if the window has been woken already: the end does not wait for the pause between two updates.
            self._wake_window()

    def is_finished(self) -> bool:
        """Return whether there is a result."""
        with self._changed:
            return self._result is not None

    def fetch(self, most: int) -> tuple[list[Any], TaskResult | None]:
        """Return the oldest values that were reported, and the result once they are the last; they are forgotten."""
        with self._changed:
            keys = list(self._reported)[:most]
            values = [self._reported.pop(key) for key in keys]
            self._is_woken = bool(self._reported)
            self._changed.notify_all()
            if self._reported or self._result is None:
                return values, None
            # Nothing is woken after the end, and a task and its context are in no reference cycle then.
            self._wake = None
            return values, self._result

    def _wake_window(self) -> None:
        # With the lock held. The signal is queued and so returns at once; ``detach`` waits for the lock, so the object whose
        # signal it is may be deleted after that, even if this thread lives on.
        self._is_woken = True
        if self._wake is not None:
            self._wake(self)


class Task(QObject):
    """Runs one function at a time in a thread of its own; the GUI thread only.

    The thread touches no QObject but for one queued signal, under a lock. ``shutdown`` takes that lock before it waits, so a
    thread that cannot be interrupted just then may be left to itself: it emits nothing any more. Call ``shutdown`` before
    this object is deleted. A single-shot timer makes the pause between two updates; with nothing running, none ticks.

    Args:
        parent: its owner.
        pause: seconds between two updates, at least.
        most: how many values an update has, at most.
        limit: how many values may wait for the window before ``TaskContext.report`` waits.

    Signals:
        progress: a list of the values that were reported since the last update.
        ended: the ``TaskResult``, after the last update and once the thread is gone. Not after ``shutdown``.
    """

    progress = Signal(object)
    ended = Signal(object)
    _woken = Signal(object)

    def __init__(
        self, parent: QObject | None = None, pause: float = _PAUSE, most: int = _MOST, limit: int = _LIMIT
    ) -> None:
        super().__init__(parent)
        self.name = ""
        self._most, self._limit = most, limit
        self._thread: threading.Thread | None = None
        self._context = TaskContext()
        self._is_running = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(round(pause * 1_000))
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    def is_running(self) -> bool:
        """Return whether a function was started whose end has not arrived yet."""
        return self._is_running

    def is_cancelled(self) -> bool:
        """Return whether the one that runs, or ran last, was cancelled."""
        return self._context.is_cancelled()

    def start(self, name: str, function: Callable[[TaskContext], Any], context: TaskContext | None = None) -> None:
        """Start a function; returns at once.

        Args:
            name: the beginning of sentences about it: "The race", "Exporting x".
            function: runs in a thread of its own; what it returns is the result's value. It may raise BadInput and OSError.
                It must hold no QObject.
            context: a new one, for a function that has to know it before it starts; None: one is made.

        Raises:
            BadInput: another function runs; nothing was started.
        """
        if self._is_running:
            raise BadInput(f"{self.name} is still going on; wait until it is done, or cancel it.")
        self.name, self._is_running = name, True
        self._context = context or TaskContext()
        self._context.attach(self._woken.emit, self._limit)
        # A name may be of a file; the system's names of threads, from Python 3.14 on, take no NUL and no lone surrogate.
        thread_name = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)
        thread = threading.Thread(target=_run, args=(name, function, self._context), name=thread_name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # As an end like any other, so that it is said where all of them are.
            self._context.finish(TaskResult(problem=f"{name} was not started: the system refuses another thread."))
            return
        self._thread = thread

    @Slot()
    def cancel(self) -> None:
        """Ask the function to end; returns at once, ``ended`` follows."""
        self._context.request_cancel()

    def cancel_and_wait(self, seconds: float = _PATIENCE) -> bool:
        """Cancel it, wait at most so many seconds with the window standing still, and deliver all that it reported.

        Returns whether it has ended: then ``ended`` was emitted. If not, it goes on, and may be waited for again.
        """
        self._context.request_cancel()
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                return False
        context = self._context
        while self._is_running and context is self._context:
            self._deliver()
        return True

    def shutdown(self, seconds: float = _PATIENCE) -> bool:
        """Cancel it, wait at most so many seconds, and deliver nothing any more.

        Returns whether its thread has ended; if not, it is left to itself. Another function may be started afterwards.
        """
        self._timer.stop()
        thread, self._thread = self._thread, None
        self._is_running = False
        self._context.detach()
        if thread is None:
            return True
        thread.join(seconds)
        return not thread.is_alive()

    @Slot(object)
    def _on_woken(self, context: TaskContext) -> None:
        if context is self._context and (context.is_finished() or not self._timer.isActive()):
            self._deliver()

    @Slot()
    def _deliver(self) -> None:
        if not self._is_running:
            return
        context = self._context
        values, result = context.fetch(self._most)
        if values:
            self._timer.start()
            self.progress.emit(values)
        # What heard of the progress may have shut this down, or started something else.
        if result is None or context is not self._context or not self._is_running:
            return
        self._timer.stop()
        if self._thread is not None:
            # It set its result as its last act.
            self._thread.join()
            self._thread = None
        self._is_running = False
        self.ended.emit(result)


def _run(name: str, function: Callable[[TaskContext], Any], context: TaskContext) -> None:
    """Be the task's thread."""
    value, problem, mistake = None, "", None
    try:
        value = function(context)
    except BadInput as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename or 'The disk'}: {error.strerror or error}."
    except BaseException as error:
        # Said in the window as well; the traceback goes where those of all threads go.
        problem, mistake = f"{name} failed: {type(error).__name__}: {error}", error
        raise
    finally:
        context.finish(TaskResult(value, problem, context.is_cancelled(), mistake))
