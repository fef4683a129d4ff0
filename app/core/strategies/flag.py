"""Stop by a plain flag: an attribute of the thread object, looked at before each piece of work."""

import threading

from ..loop_context import LoopContext
from .base import About, Strategy


class Flag(Strategy):
    """The attribute ``do_run`` of the thread object, polled once an interval, before the work."""

    about = About(
        id="flag",
        title="Flag",
        sentence="Looks at thread.do_run before each piece of work, then sleeps for the interval.",
        first_line="Looks before the work: asked to stop before its first line, it writes none.",
        guarantee="Notices at the first checkpoint after the request: one interval and one piece of work later at most.",
        cannot="Cannot cut its sleep short, and nothing can wait on it: a flag can only be looked at.",
        documentation="https://docs.python.org/3/library/threading.html#thread-objects",
        doing=("polling", "the flag"),
        why="a flag is looked at once an interval, and clearing it does not end the sleep",
    )

    def request_stop(self) -> None:
        """Clear the flag on the thread object."""
        self.thread.do_run = False

    def loop(self, context: LoopContext) -> None:
        """Checkpoint, line, work, pause."""
        thread = threading.current_thread()
        while getattr(thread, "do_run", True):
            context.line()
            context.work()
            context.sleep()
        context.noticed()
