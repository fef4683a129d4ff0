"""The timer thread."""

import gc
import queue
import threading
import weakref
from collections.abc import Iterator

import pytest

from app.core.clock import SystemClock
from app.core.timers import ThreadTimers, Timer
from tests.core.harness import eventually
from tests.fakes import PATIENCE

HOUR = 3600 * 10**9


@pytest.fixture
def timers() -> Iterator[ThreadTimers]:
    timers = ThreadTimers(SystemClock())
    yield timers
    timers.close()


def test_actions_are_called_in_the_order_of_their_instants(timers: ThreadTimers) -> None:
    called: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    now = SystemClock.now()
    due = {
        "c": now + 60_000_000,
        "a": now + 20_000_000,
        "b": now + 40_000_000,
        "past": now - 5,
        "a too": now + 20_000_000,
    }
    for name, when in due.items():
        timers.call_at(when, lambda name=name: called.put((name, SystemClock.now())))
    got = [called.get(timeout=PATIENCE) for _ in due]
    assert [name for name, _ in got] == ["past", "a", "a too", "b", "c"]
    assert all(instant >= due[name] for name, instant in got)


def test_an_earlier_timer_overtakes_the_one_that_is_waited_for(timers: ThreadTimers) -> None:
    called = threading.Event()
    timers.call_at(SystemClock.now() + HOUR, lambda: None)
    timers.call_at(SystemClock.now() + 1_000_000, called.set)
    assert called.wait(PATIENCE)


def test_a_cancelled_timer_does_nothing_and_lets_go_of_its_action(timers: ThreadTimers) -> None:
    class Action:
        def __call__(self) -> None:
            called.append("cancelled")

    called: list[str] = []
    last = threading.Event()
    action = Action()
    gone = weakref.ref(action)
    timer = timers.call_at(SystemClock.now() + 20_000_000, action)
    timers.call_at(SystemClock.now() + 30_000_000, last.set)
    timer.cancel()
    del action
    gc.collect()
    assert gone() is None
    assert last.wait(PATIENCE)
    timer.cancel()  # too late, and nothing happens
    assert not called


def test_cancelled_timers_do_not_pile_up(timers: ThreadTimers) -> None:
    kept = [timers.call_at(SystemClock.now() + HOUR, lambda: None) for _ in range(10)]
    for _ in range(5_000):
        timers.call_at(SystemClock.now() + HOUR, lambda: None).cancel()
    assert len(kept) <= sum(isinstance(one, Timer) for one in gc.get_objects()) < 500


def test_a_mistake_in_one_action_is_told_and_the_others_go_on(
    timers: ThreadTimers, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append((args.exc_type, args.thread.name)))
    after = threading.Event()
    timers.call_at(0, lambda: 1 / 0)
    timers.call_at(0, after.set)
    assert after.wait(PATIENCE)
    assert told == [(ZeroDivisionError, "timers")]


def test_closing_waits_for_the_running_action_and_drops_the_rest() -> None:
    timers = ThreadTimers(SystemClock())
    entered, release = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        entered.set()
        release.wait(PATIENCE)
        done.append("slow")

    def dropped() -> None:
        done.append("dropped")

    timers.call_at(0, slow)
    timers.call_at(0, dropped)
    dropped_is_there = weakref.ref(dropped)
    del dropped
    assert entered.wait(PATIENCE)
    closer = threading.Thread(target=timers.close)
    closer.start()
    eventually(lambda: dropped_is_there() is None)  # it closes
    assert closer.is_alive()
    release.set()
    closer.join(PATIENCE)
    timers.call_at(0, lambda: done.append("too late"))
    timers.close()  # twice is once
    assert done == ["slow"]


def test_a_timer_beyond_the_longest_wait_of_the_platform_waits(timers: ThreadTimers) -> None:
    timers.call_at(round((threading.TIMEOUT_MAX + 1e6) * 1e9), lambda: None)
    for _ in range(2):  # after the first, the thread waits for the far one again
        called = threading.Event()
        timers.call_at(0, called.set)
        assert called.wait(PATIENCE)
