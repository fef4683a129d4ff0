"""Stop by an Event that is looked at: sleep, then ask whether it is set."""

import threading

from ..loop_context import LoopContext
from .base import About, Strategy, ThreadLike


class EventPoll(Strategy):
    """A ``threading.Event``, polled once an interval, after the work."""

    about = About(
        id="event-poll",
        title="Event, polled",
        sentence="Sleeps for the interval, then looks whether a threading.Event is set.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at the first checkpoint after the request: one interval and one piece of work later at most.",
        cannot="Cannot cut its sleep short: an Event that is only looked at is no faster than a plain flag.",
        documentation="https://docs.python.org/3/library/threading.html#event-objects",
        doing=("polling", "the event"),
        why="a polled event is looked at once an interval, and setting it does not end the sleep",
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.event = threading.Event()

    def request_stop(self) -> None:
        """Set the event."""
        self.event.set()

    def loop(self, context: LoopContext) -> None:
        """Line, work, pause, checkpoint."""
        while True:
            context.line()
            context.work()
            context.sleep()
            if self.event.is_set():
                break
        context.noticed()
