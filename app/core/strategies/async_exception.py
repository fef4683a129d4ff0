"""Stop by an exception that is raised in the thread from outside, wherever it happens to be."""

import threading
import time
from collections.abc import Callable

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike


class AsyncException(Strategy):
    """``PyThreadState_SetAsyncExc``, armed only while the thread works and pauses."""

    about = About(
        id="async-exception",
        title="Injected exception",
        sentence="Has PyThreadState_SetAsyncExc raise an exception in the thread, wherever it is in its work or pause.",
        first_line="Is armed after the line: asked to stop before its first line, it still writes one.",
        guarantee="Interrupts a computation in Python between two bytecodes; no checkpoint is needed.",
        cannot="Cannot interrupt a call into C, such as a sleep (from Python 3.15 on it can, if a signal reaches the thread "
        "as well), and any 'except Exception: pass' swallows it for good.",
        documentation="https://docs.python.org/3/c-api/threads.html#c.PyThreadState_SetAsyncExc",
        doing=("raising", "an exception in the thread"),
        why="an exception from outside does not end a sleep, which is a call into C",
        notices=Notices.RAISING,
        warning="It can leave locks held forever. In our tests: 81 % with try/finally (1 to 4 % from Python 3.13 on), 28 % "
        "Condition, 27 % Queue, none with `with lock` (5 % on 3.14); every time if the thread was waiting for the lock "
        "(`with lock`: on 3.14 only).",
        checkpoint="context.noticed(stop.instant)",
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        # Held by the thread that asks, while the exception may be sent. The run's own thread never takes it:
        # an exception that came as it did would leave it locked, on Python 3.14 even by "with".
        self.lock = threading.Lock()
        self.armed = False
        self.asked = False
        self.raised = False  # whether the exception was made, so whether it has come to the thread
        self.send: Callable[[type[Exception] | None], object]

    def request_stop(self) -> None:
        """Raise the exception in the thread, if it is armed; if it is not, it will see that it was asked."""
        with self.lock:
            self.asked = True
            if self.armed:
                self.send(self.stop)

    def loop(self, context: LoopContext) -> None:
        """Line, then work and pause while armed; there is no checkpoint."""
        strategy = self

        # Most recipes on the net derive it from Exception, so this one does: work that swallows errors swallows it too.
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
            context.noticed(stop.instant)

    # The races. The exception is sent once, and only while armed. It may come
    # - while the thread is not armed: then it is not sent; arm() sees that it was asked, and raises;
    # - between any two bytecodes from within arm() to within disarm(): all of that lies inside loop's try, so it is
    #   caught there. Then it has come, it cannot come again, and that disarm() may not have finished does not matter;
    # - never, because it was sent but not delivered when disarm() withdraws it: then it is raised by us.
    # Each side leaves its mark before it looks for the other's, "asked" here and "armed" there, so one of them sees the
    # other; and disarm() waits until the thread that asks has looked and sent. So nothing is under way any more once loop is
    # left, and nothing ever reaches a lock of ours in context.line().

    def arm(self) -> None:
        """Let the exception come from now on; raise it if the thread was asked while it could not come."""
        self.armed = True
        if self.asked:
            self.disarm()

    def disarm(self) -> None:
        """Let no exception come any more; raise it if it was still on its way."""
        self.armed = False
        while self.lock.locked():
            time.sleep(0)
        if self.asked:
            self.send(None)
            if not self.raised:
                raise self.stop

    def prepare(self, stop: type[Exception]) -> None:
        """Keep what is raised, and how it is sent to the thread that calls this; None withdraws it."""
        import ctypes  # only here: listing the strategies must not wait for it

        ident = ctypes.c_ulong(threading.get_ident())

        def send(exception: type[Exception] | None) -> None:
            what = None if exception is None else ctypes.py_object(exception)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, what)

        self.stop, self.send = stop, send
