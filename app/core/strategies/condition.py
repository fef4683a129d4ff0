"""Stop by a Condition: the pause waits for a notification, and the notifying thread has set an attribute first."""

import threading

from ..loop_context import LoopContext
from ..prediction import Notices
from .base import About, Strategy, ThreadLike


class ConditionWait(Strategy):
    """An attribute guarded by a ``threading.Condition`` whose ``wait_for`` is the pause."""

    about = About(
        id="condition",
        title="Condition",
        sentence="Pauses in condition.wait_for(…, timeout=interval), which a notify() ends once the attribute is set.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at once while it pauses; while it works, as soon as the piece of work is done.",
        cannot="Cannot interrupt the work itself; and a notify() without an attribute is lost if no thread waits just then.",
        documentation="https://docs.python.org/3/library/threading.html#condition-objects",
        doing=("waiting on", "the condition"),
        why="notifying a condition ends the wait on it at once",
        notices=Notices.WAITING,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.condition = threading.Condition()
        self.asked = False

    def request_stop(self) -> None:
        """Set the attribute and notify, both under the condition."""
        # Race: a thread that has just looked and is about to wait would miss us both. It looks and begins to wait under
        # the condition, so we come before its look or after its wait began. It never works under it: we wait for moments.
        with self.condition:
            self.asked = True
            self.condition.notify()

    def loop(self, context: LoopContext) -> None:
        """Line, work, then pause and checkpoint in one."""
        while True:
            context.line()
            context.work()
            with self.condition:
                if self.condition.wait_for(lambda: self.asked, timeout=context.interval):
                    break
        context.noticed()
