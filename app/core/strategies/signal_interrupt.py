"""Stop by an exception that is raised in the thread from outside, and a signal that ends the call in which it waits."""

import time
from collections.abc import Callable

from .. import wake_signal
from ..loop_context import LoopContext
from ..prediction import Notices
from .async_exception import AsyncException
from .base import About, ThreadLike


class SignalInterrupt(AsyncException):
    """``PyThreadState_SetAsyncExc``, then ``signal.pthread_kill``, armed only while the thread works and pauses."""

    about = About(
        id="signal-interrupt",
        title="Exception and signal",
        sentence="Has PyThreadState_SetAsyncExc raise an exception in the thread, and sends the thread a signal (SIGUSR1), "
        "so that a call in which it waits returns and raises it.",
        first_line="Is armed after the line: asked to stop before its first line, it still writes one.",
        guarantee="Interrupts a computation in Python, and time.sleep, recv, select, read and waitpid within about 0.1 ms; "
        "no checkpoint is needed. Needs Python 3.15 or newer, POSIX, and SIGUSR1 for itself.",
        cannot="Cannot end the wait for a lock, Event.wait, a queue's get or join, nor a computation in C. A signal in the "
        "instant before a call begins is lost, and the call takes its time.",
        documentation="https://docs.python.org/3/library/signal.html#signal.pthread_kill",
        doing=("interrupting", "the call by a signal"),
        why="a signal ends a sleep, and the exception is raised at once",
        notices=Notices.INTERRUPTING,
        warning="It can leave locks held forever, as an injected exception does, and files and protocols in the middle of "
        "what they did; a C library that does not expect a signal may fail.",
        checkpoint="context.noticed(stop.instant)",
    )

    @classmethod
    def check_available(cls) -> None:
        """Raise BadInput if this Python raises no exception in a call that a signal ends, or the signal is in use."""
        wake_signal.require()

    @classmethod
    def make_thread(cls, target: Callable[[], None], name: str) -> ThreadLike:
        """Return the thread of a run, not started; BadInput if it could not be interrupted."""
        wake_signal.require()
        return super().make_thread(target, name)

    def request_stop(self) -> None:
        """Raise the exception in the thread, if it is armed, and end the call that it may be in."""
        with self.lock:
            self.asked = True
            ident = self.working_ident()
            if self.armed and ident is not None:
                self.send(self.stop)
                # The exception first: the call raises what is set by the time at which the signal ends it.
                wake_signal.interrupt(ident)

    def loop(self, context: LoopContext) -> None:
        """Line, then work and pause while armed; there is no checkpoint."""
        strategy = self

        class Stop(Exception):  # noqa: N818 - it is no error
            def __init__(self) -> None:
                self.instant = context.now()  # in the thread itself, when the exception is raised there
                strategy.raised = True

        self.prepare(Stop)
        try:
            while True:
                context.line()
                self.arm()
                try:
                    context.work()
                    context.sleep()
                finally:
                    self.disarm()
        except Stop as stop:
            # Race: the exception may come while disarm() waits for the thread that asks, and end that wait. The signal goes
            # to a thread that must still be alive, so it is waited for once more; the exception comes only once.
            while self.lock.locked():
                time.sleep(0)
            context.noticed(stop.instant)
