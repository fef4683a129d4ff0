"""What every strategy is: one mechanism, in one small file that can be read."""

import inspect
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from ..loop_context import LoopContext
from ..prediction import Notices
from ..worker import Worker


@dataclass(frozen=True, slots=True)
class About:
    """The facts about a mechanism, in words: the window, ``list`` and the reports show these.

    Attributes:
        id: what worker sets and the command line call it.
        title: what the window calls it.
        sentence: what it does.
        first_line: what happens to a run that is asked to stop before its first line.
        guarantee: what may be relied on.
        cannot: what it cannot do.
        documentation: the official page.
        notices: how a run comes to notice the request.
        warning: what it can do harm to; where it is not empty, the mechanism is used only after a person has agreed.
        checkpoint: the line of the file at which the request is noticed, as it stands there without its indentation.
        doing: what a thread does with it, for the sentence about a race: verb and noun, "polling" and "the event". The noun
            is by itself, so that it becomes "it" where two have the same. Where both are empty, the worker is named.
        why: why a pause takes as long as it does to be noticed in, a clause; the sentence about a race says it of those that
            it compares. Empty where there is nothing to say.
    """

    id: str
    title: str
    sentence: str
    first_line: str
    guarantee: str
    cannot: str
    documentation: str
    notices: Notices = Notices.POLLING
    warning: str = ""
    checkpoint: str = "context.noticed()"
    doing: tuple[str, str] = ("", "")
    why: str = ""


class ThreadLike(Protocol):
    """What a run needs of its thread; a ``threading.Thread`` is one."""

    @property
    def ident(self) -> int | None:
        """The ``threading.get_ident`` of the thread; None before it runs."""

    @property
    def native_id(self) -> int | None:
        """The operating system's number of the thread; None before it runs."""

    def start(self) -> None:
        """Start it; RuntimeError or MemoryError if the system refuses."""

    def join(self) -> None:
        """Block until it has ended."""


class Strategy(ABC):
    """One mechanism: how the stop is asked for, and how the running thread comes to notice it.

    One object serves one run. A subclass is one file with an ``about``, ``request_stop`` and ``loop``.

    Args:
        thread: the run's thread, which ``make_thread`` made; it may not have started yet.

    Attributes:
        is_foreign: whether the code that runs is the person's: it is said when it begins, and a notice is an event of its
            own, because the end may come long after it.
    """

    about: ClassVar[About]
    is_foreign: ClassVar[bool] = False
    thread: Any  # on which a strategy may set attributes that the class does not declare

    def __init__(self, thread: ThreadLike) -> None:
        self.thread = thread

    @classmethod  # noqa: B027 - most mechanisms need nothing
    def check_available(cls) -> None:
        """Raise BadInput if what the mechanism needs is not there; any thread, nothing is started."""

    @classmethod
    def of_worker(cls, thread: ThreadLike, worker: Worker) -> Self:
        """Return the strategy of a run of a worker; BadInput if it cannot do what the worker names."""
        return cls(thread)

    @classmethod
    def make_thread(cls, target: Callable[[], None], name: str) -> ThreadLike:
        """Return the thread of a run, not started; BadInput if what the mechanism needs is not there."""
        # A daemon, so that a thread that cannot be stopped does not keep the process; the program's end waits for the
        # others by itself, and leaves by os._exit if one is left.
        return threading.Thread(target=target, name=name, daemon=True)

    @abstractmethod
    def request_stop(self) -> None:
        """Set the signal; any thread, also before the run's thread has started; must not wait."""

    @abstractmethod
    def loop(self, context: LoopContext) -> None:
        """Iterate until a checkpoint sees the request, call ``context.noticed`` and return; the run's thread only."""

    def finish(self) -> None:  # noqa: B027 - most mechanisms need nothing
        """Put away what the loop used, once its end is stamped; the run's thread only."""

    def working_ident(self) -> int | None:
        """Return the ``ident`` of the thread that does the work, where that is not the run's own; any thread."""
        ident: int | None = self.thread.ident
        return ident

    def traceback_of(self, error: BaseException) -> TracebackType | None:
        """Return what is shown as the traceback of an error of the run."""
        return error.__traceback__

    @classmethod
    def source(cls) -> str:
        """Return the code of the file that defines this strategy, as it stands; OSError if there is none to read."""
        return inspect.getsource(sys.modules[cls.__module__])
