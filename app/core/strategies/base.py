"""What every strategy is: one mechanism, in one small file that can be read."""

import inspect
import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from ..beat import Beat


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
    """

    id: str
    title: str
    sentence: str
    first_line: str
    guarantee: str
    cannot: str
    documentation: str


class Strategy(ABC):
    """One mechanism: how the stop is asked for, and how the running thread comes to notice it.

    One object serves one run. A subclass is one file with an ``about``, ``request_stop`` and ``loop``.

    Args:
        thread: the run's thread; it may not have started yet.
    """

    about: ClassVar[About]
    thread: Any  # a threading.Thread, on which a strategy may set attributes that the class does not declare

    def __init__(self, thread: threading.Thread) -> None:
        self.thread = thread

    @abstractmethod
    def request_stop(self) -> None:
        """Set the signal; any thread, also before the run's thread has started; must not wait."""

    @abstractmethod
    def loop(self, beat: Beat) -> None:
        """Iterate until a checkpoint sees the request, call ``beat.noticed`` and return; the run's thread only."""

    @classmethod
    def source(cls) -> str:
        """Return the code of the file that defines this strategy, as it stands; OSError if there is none to read."""
        return inspect.getsource(sys.modules[cls.__module__])
