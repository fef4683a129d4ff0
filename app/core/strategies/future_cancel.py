"""Stop by Future.cancel(): a pool of one runs the loop, and a future that runs cannot be cancelled."""

import threading
from typing import TYPE_CHECKING

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike

if TYPE_CHECKING:
    from concurrent.futures import Future


class FutureCancel(Strategy):
    """``Future.cancel()`` on a ``ThreadPoolExecutor`` with one thread, which the run's own thread waits for."""

    about = About(
        id="future-cancel",
        title="Future, cancelled",
        sentence="Runs the loop in a ThreadPoolExecutor, where Future.cancel() returns False for what runs already.",
        first_line="Only what has not begun can be cancelled: asked to stop before its first line, it writes none.",
        guarantee="Never starts what was cancelled while it waited for a thread of the pool.",
        cannot="Cannot stop what runs: the loop never learns of it, and ends only when Thread Controller releases it.",
        documentation="https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Future.cancel",
        doing=("cancelling", "the future"),
        why="a future that runs cannot be cancelled",
        notices=Notices.NEVER,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.asked = False
        self.future: Future[None] | None = None
        self.working: int | None = None

    # Race: a request may come before there is a future. It leaves its mark before it looks for the future; the loop puts
    # the future there before it looks for the mark once more: one of them sees the other, and no lock is needed.

    def request_stop(self) -> None:
        """Cancel the future, if there is one by now."""
        self.asked = True
        if self.future is not None:
            self.future.cancel()

    def loop(self, context: LoopContext) -> None:
        """Hand the iterations to the pool and wait for them."""
        if self.asked:
            context.noticed()  # in time: what was never submitted never runs
            return
        # Only here: it takes 15 ms, and listing the strategies must not wait for it.
        from concurrent.futures import CancelledError

        # From the module that defines it. On Python 3.15 the package imports its executors lazily, and beside PySide6,
        # which replaces how a module's attributes are read, the package hands out the lazy import itself.
        from concurrent.futures.thread import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=1, thread_name_prefix=threading.current_thread().name) as pool:
            self.future = pool.submit(self.iterate, context)
            if self.asked:
                self.future.cancel()
            try:
                self.future.result()  # raises what ended the iterations
            except CancelledError:
                context.noticed()  # in time: the pool's thread had not begun with it

    def iterate(self, context: LoopContext) -> None:
        """Line, work, pause; nothing to look at. The pool's thread only."""
        self.working = threading.get_ident()
        try:
            while True:
                context.line()
                context.work()
                context.sleep()
        finally:
            self.working = None

    def working_ident(self) -> int | None:
        """Return the ``ident`` of the pool's thread while it iterates; any thread."""
        return self.working or super().working_ident()
