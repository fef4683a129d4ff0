"""Strategies and workloads that do what no good one does; a child process imports them by their names."""

import os
import signal
import threading

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.loop_context import LoopContext
from app.core.prediction import Notices
from app.core.strategies import BUILT_IN, About, Strategy
from app.core.strategies.event_wait import EventWait
from app.core.workloads import Workload
from app.core.workloads.sleep import Sleep


def about(name: str, notices: Notices = Notices.WAITING, warning: str = "") -> About:
    return About(name, name.title(), f"{name}.", "-", "-", "-", "https://example.org", notices, warning)


class Stubborn(Strategy):
    """Looks at nothing: the harness lets it go at the line after the deadline."""

    about = about("stubborn", Notices.NEVER)

    def request_stop(self) -> None:
        """Do nothing."""

    def loop(self, context: LoopContext) -> None:
        """Line and pause, for ever."""
        while True:
            context.line()
            context.sleep()


class Unstoppable(Strategy):
    """Waits for the test and for nobody else."""

    about = about("unstoppable", Notices.NEVER)
    gate = threading.Event()

    def request_stop(self) -> None:
        """Do nothing."""

    def loop(self, context: LoopContext) -> None:
        """One line, then wait."""
        context.line()
        self.gate.wait(60)


class Cancelling(EventWait):
    """Sets the test's cancel before its first line, when it is run for the chosen time."""

    about = about("cancelling")
    cancel = threading.Event()
    left = 0

    def loop(self, context: LoopContext) -> None:
        """Count down, then do as an Event does."""
        type(self).left -= 1
        if self.left == 0:
            self.cancel.set()
        super().loop(context)


class Needy(EventWait):
    """Needs what is not there."""

    about = about("needy")

    @classmethod
    def check_available(cls) -> None:
        """Refuse."""
        raise BadInput("strategy: needy needs a package that is missing; install it.", "strategy")


class Dangerous(EventWait):
    """Warns of itself."""

    about = about("dangerous", warning="It bites.")


class Broken(Workload):
    """Raises at once."""

    id = "broken"
    title = sentence = "Broken."

    def work(self) -> None:
        """Raise."""
        raise ValueError("it is | broken")


class Far(Sleep):
    """Sleep, but in a process of its own."""

    id = "far"
    own_process = True


class Dying(Far):
    """Ends its process."""

    id = "dying"

    def work(self) -> None:
        """End it."""
        os._exit(7)


class Frozen(Far):
    """Stops its process, which then says nothing."""

    id = "frozen"

    def work(self) -> None:
        """Stop it."""
        os.kill(os.getpid(), signal.SIGSTOP)


class FarBroken(Broken):
    """Raises at once, in a process of its own."""

    id = "far-broken"
    own_process = True


CATALOGUE = Catalogue(
    strategies=(*BUILT_IN, Stubborn, Unstoppable, Cancelling, Needy, Dangerous),
    workloads=(*Catalogue().workloads, Broken, Far, Dying, Frozen, FarBroken),
)
