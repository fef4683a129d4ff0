"""Stop by a sentinel in a queue: the pause waits for the next message, and one message means stop."""

import queue

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike

STOP = object()


class QueueSentinel(Strategy):
    """A ``queue.Queue`` whose ``get`` is the pause, and an object in it that means stop."""

    about = About(
        id="queue-sentinel",
        title="Queue sentinel",
        sentence="Pauses in queue.get(timeout=interval), which returns as soon as the sentinel is put in.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at once while it pauses; while it works, as soon as the piece of work is done.",
        cannot="Cannot interrupt the work itself, and stops one reader only: each thread on the queue needs its own.",
        documentation="https://docs.python.org/3/library/queue.html#queue.Queue.get",
        doing=("waiting on", "the queue"),
        why="putting the sentinel in ends the wait on the queue at once",
        notices=Notices.WAITING,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.inbox: queue.Queue[object] = queue.Queue(maxsize=1)

    def request_stop(self) -> None:
        """Put the sentinel in."""
        # Only the first request comes here, so there is room, and nothing to wait for.
        self.inbox.put_nowait(STOP)

    def loop(self, context: LoopContext) -> None:
        """Line, work, then pause and checkpoint in one."""
        while True:
            context.line()
            context.work()
            try:
                if self.inbox.get(timeout=context.interval) is STOP:
                    break
            except queue.Empty:
                continue
        context.noticed()
