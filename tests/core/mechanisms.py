"""Strategies and workloads that misbehave as tests need it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.loop_context import LoopContext
from app.core.strategies import Strategy
from app.core.strategies.base import ThreadLike
from app.core.strategies.event_poll import EventPoll
from app.core.workloads import BUILT_IN as WORKLOADS
from app.core.workloads import Workload


def is_available(strategy: type[Strategy]) -> bool:
    """Return whether what a strategy needs is there: one needs a Python that may be newer than this."""
    try:
        strategy.check_available()
    except BadInput:
        return False
    return True


# Those that can be run here: by tests/without_qt.ini there is no PySide6.
AVAILABLE = tuple(filter(is_available, whole_catalogue().strategies))


def workload_of(**methods: Callable[[], object]) -> type[Workload]:
    """Return a workload with the id ``test`` whose methods (work, clean_up, interrupt, release) are these functions."""
    facts: dict[str, object] = {"id": "test", "title": "Test", "sentence": "For a test."}
    return type("TestWorkload", (Workload,), facts | {name: staticmethod(call) for name, call in methods.items()})


def strategy_of(
    *, request: Callable[[], object] = lambda: None, loop: Callable[[LoopContext], object] | None = None
) -> type[Strategy]:
    """Return an ``event-poll`` with the id ``test`` that also calls ``request`` when asked, or loops otherwise."""

    class TestStrategy(EventPoll):
        about = replace(EventPoll.about, id="test")

        def request_stop(self) -> None:
            super().request_stop()
            request()

        def loop(self, context: LoopContext) -> None:
            if loop is None:
                super().loop(context)
            else:
                loop(context)

    return TestStrategy


def watched(base: type[Strategy], made: list[Any]) -> type[Strategy]:
    """Return a strategy like ``base``, with the id ``test``, whose objects are put into ``made`` as they are made."""

    class Watched(base):  # type: ignore[valid-type, misc]
        about = replace(base.about, id="test")

        def __init__(self, thread: ThreadLike) -> None:
            super().__init__(thread)
            made.append(self)

    return Watched


def catalogue_with(*mechanisms: type[Strategy] | type[Workload]) -> Catalogue:
    """Return the whole catalogue with these added."""
    strategies = tuple(m for m in mechanisms if issubclass(m, Strategy))
    workloads = tuple(m for m in mechanisms if issubclass(m, Workload))
    return Catalogue(strategies=whole_catalogue().strategies + strategies, workloads=WORKLOADS + workloads)


def raising(error: BaseException) -> Callable[..., NoReturn]:
    """Return a function that raises ``error``, whatever it is given."""

    def fail(*_: object) -> NoReturn:
        raise error

    return fail


class Gate:
    """Work that blocks: ``entered`` says that a thread is in it, ``open`` lets it and all later ones through."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._opened = threading.Event()

    def work(self) -> None:
        """Block until the gate is open, but not for ever: a test that forgets it must still end."""
        self.entered.set()
        self._opened.wait(30)

    def open(self) -> None:
        """Let all through."""
        self._opened.set()
