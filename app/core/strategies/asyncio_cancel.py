"""Stop by cancelling a task: the thread runs an event loop, and the pause is an await."""

import threading
from collections.abc import Callable
from contextlib import suppress

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike


class AsyncioCancel(Strategy):
    """An event loop in the thread, whose one task is cancelled by ``call_soon_threadsafe``."""

    about = About(
        id="asyncio-cancel",
        title="asyncio, cancelled task",
        sentence="Awaits asyncio.sleep(interval) in an event loop of its own; call_soon_threadsafe(task.cancel) ends it.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at once while it awaits; while it works, as soon as the piece of work is done.",
        cannot="Cannot interrupt work that does not await: what blocks the event loop blocks the cancelling too.",
        documentation="https://docs.python.org/3/library/asyncio-task.html#task-cancellation",
        doing=("cancelling", "the asyncio task"),
        why="cancelling a task ends its await at once",
        notices=Notices.WAITING,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.lock = threading.Lock()
        self.asked = False
        self.cancel: Callable[[], object] | None = None  # only while the task runs

    # Race: there is no event loop to call into before the thread has made one, and none any more after it was closed
    # (call_soon_threadsafe raises then). So a request leaves its mark, and calls only what is there; the task publishes
    # how to cancel it, then looks for the mark. The lock makes one step of each, and is held for moments only.

    def request_stop(self) -> None:
        """Have the event loop cancel its task, if there is one by now."""
        with self.lock:
            self.asked = True
            if self.cancel is not None:
                self.cancel()

    def loop(self, context: LoopContext) -> None:
        """Run the task until it was cancelled."""
        import asyncio  # only here: it takes 70 ms, and listing the strategies must not wait for it

        async def iterate() -> None:
            events, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None
            self.publish(lambda: events.call_soon_threadsafe(task.cancel))
            try:
                while True:
                    context.line()
                    context.work()
                    await asyncio.sleep(context.interval)
            except asyncio.CancelledError:
                context.noticed()
                raise
            finally:
                self.publish(None)

        with asyncio.Runner() as runner, suppress(asyncio.CancelledError):
            runner.run(iterate())

    def publish(self, cancel: Callable[[], object] | None) -> None:
        """Say how the task is cancelled, or that it is over; one that was asked already is cancelled at its first await."""
        with self.lock:
            self.cancel = cancel
            if self.asked and cancel is not None:
                cancel()
