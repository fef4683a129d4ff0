"""Stop by an Event that is waited on: the pause itself ends when it is set."""

import threading

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike


class EventWait(Strategy):
    """A ``threading.Event`` whose ``wait`` is the pause."""

    about = About(
        id="event-wait",
        title="Event, waited on",
        sentence="Pauses in event.wait(interval), which returns as soon as the threading.Event is set.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at once while it pauses; while it works, as soon as the piece of work is done.",
        cannot="Cannot interrupt the work itself: a blocking call or a long computation is waited for.",
        documentation="https://docs.python.org/3/library/threading.html#threading.Event.wait",
        doing=("waiting on", "the event"),
        why="setting an event ends the wait on it at once",
        notices=Notices.WAITING,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.event = threading.Event()

    def request_stop(self) -> None:
        """Set the event, which ends the wait."""
        self.event.set()

    def loop(self, context: LoopContext) -> None:
        """Line, work, then pause and checkpoint in one."""
        while True:
            context.line()
            context.work()
            if context.wait(self.event):
                break
        context.noticed()
