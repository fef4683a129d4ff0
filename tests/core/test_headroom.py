"""Where the system refuses threads, or has too little memory left, the runs leave room for the rest of the program."""

import threading
from collections.abc import Callable

import pytest

from app.core import headroom
from app.core.events import Ended
from app.core.fold import Refusals
from app.core.states import Outcome
from tests.core.harness import Core

SPARE = headroom._THREADS


class System:
    """Refuses threads beyond so many; those that tests and the program's own parts begin besides are not counted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._start = threading.Thread.start

    def threads(self, mark: str = "") -> list[str]:
        names = [thread.name for thread in threading.enumerate()]
        return [name for name in names if (name == "spare" or "#" in name) and mark in name]

    def start(self, thread: threading.Thread) -> None:
        if (thread.name == "spare" or "#" in thread.name) and len(self.threads()) >= self.most:
            raise RuntimeError("can't start new thread")
        self._start(thread)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    """Return a system that has threads for four runs and the spare ones."""
    system = System(SPARE + 4)

    def begin(thread: threading.Thread) -> None:
        system.start(thread)

    monkeypatch.setattr(threading.Thread, "start", begin)
    return system


def start(core: Core, count: int, begin: int = 0) -> list[int]:
    """Start some workers, and wait until each has a thread or has none."""
    runs = [core.start(name=f"w{number}", strategy="event-wait") for number in range(begin, begin + count)]
    core.until(lambda: all(core.texts(run) or core.events(run, Ended) for run in runs))
    return runs


def test_room_for_threads_is_left_when_the_system_refuses_one(core: Callable[..., Core], system: System) -> None:
    core = core()
    runs = start(core, 7)
    outcomes = [core.snapshot(run).outcome for run in runs]
    assert outcomes == [None] * 4 + [Outcome.FAILED] * 3
    assert len(system.threads()) == 4  # of twelve: there is room for as many as were kept
    why = (
        "the operating system refused a thread (can't start new thread), with 4 runs alive; "
        "stop some, or raise the limit on processes or memory (ulimit -u, ulimit -v)"
    )
    why = f"T{why[1:]}."
    assert core.controller.state.refusals == Refusals(3, why)
    assert {core.snapshot(run).error for run in runs[4:]} == {why}


def test_the_room_is_not_used_up_by_more_runs(core: Callable[..., Core], system: System) -> None:
    core = core()
    first = start(core, 5)[0]
    (fifth,) = start(core, 1, 10)
    assert core.snapshot(fifth).outcome is Outcome.FAILED
    core.controller.stop(first)
    core.until(lambda: first not in core.controller.state.live())
    again, beyond = start(core, 2, 20)
    assert core.snapshot(again).outcome is None
    assert core.snapshot(beyond).outcome is Outcome.FAILED
    assert len(system.threads("#")) == 4


def test_once_all_have_ended_it_is_tried_again(core: Callable[..., Core], system: System) -> None:
    core = core()
    start(core, 6)
    core.controller.stop_all()
    core.until_idle()
    core.until(lambda: not system.threads("#"))  # a run says that it has ended before its thread is gone
    system.most = SPARE + 6
    runs = start(core, 6, 10)
    assert [core.snapshot(run).outcome for run in runs] == [None] * 6
    assert len(system.threads("spare")) == SPARE


def test_no_thread_is_started_that_would_leave_too_little_memory(
    core: Callable[..., Core], monkeypatch: pytest.MonkeyPatch
) -> None:
    core = core()
    (first,) = start(core, 1)
    monkeypatch.setattr(headroom, "_MEMORY", 2**60)
    (second,) = start(core, 1, 10)
    assert core.snapshot(first).outcome is None
    assert core.snapshot(second).outcome is Outcome.FAILED
    assert core.snapshot(second).started is None
    assert "of memory would be left for the rest of the program, with 1 run alive" in core.snapshot(second).error


def test_nothing_is_kept_after_the_end(core: Callable[..., Core], system: System) -> None:
    one = core()
    start(one, 1)
    assert len(system.threads("spare")) == SPARE
    one.close()
    assert system.threads() == []
