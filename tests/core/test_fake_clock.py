"""The fake clock itself: what other tests rely on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.fakes import FakeClock


@contextmanager
def threads(clock: FakeClock, *targets: Callable[[], object]) -> Iterator[None]:
    """Run some threads that sleep in the clock, and let them all end afterwards."""
    running = []
    for number, target in enumerate(targets, 1):
        running.append(threading.Thread(target=target))
        running[-1].start()
        clock.until_asleep(number)
    try:
        yield
    finally:
        clock.let_go()
        for thread in running:
            thread.join(20)


def test_sleepers_wake_in_the_order_of_their_instants_and_timers_go_first() -> None:
    clock = FakeClock()
    log: list[tuple[str, float]] = []

    def note(name: str) -> None:
        log.append((name, clock.now() / 1e9))

    def sleeper(name: str, *pauses: float) -> Callable[[], None]:
        def sleep() -> None:
            for pause in pauses:
                clock.sleep(pause)
                note(name)

        return sleep

    with threads(clock, sleeper("a", 1, 1, 1), sleeper("b", 2, 0.5), sleeper("late", 9)):
        clock.call_at(2 * 10**9, lambda: note("timer"))
        clock.call_at(2 * 10**9, lambda: note("next timer"))
        clock.call_at(1 * 10**9, lambda: note("cancelled")).cancel()
        clock.advance(0.5)
        assert log == []
        clock.advance(2)
        assert log == [("a", 1), ("timer", 2), ("next timer", 2), ("b", 2), ("a", 2), ("b", 2.5)]
        assert clock.now() == 2_500_000_000
        clock.advance(1)
        assert log[6:] == [("a", 3)]


def test_a_wait_ends_at_once_when_anybody_sets_the_event_and_else_in_time() -> None:
    clock = FakeClock()
    event = threading.Event()
    got: list[tuple[bool, int]] = []

    def wait() -> None:
        got.append((clock.wait(event, 1), clock.now()))
        got.append((clock.wait(event, 1), clock.now()))
        got.append((clock.wait(event, 1), clock.now()))

    with threads(clock, wait):
        clock.call_at(1_200_000_000, event.set)
        clock.advance(1)
        assert got == [(False, 10**9)]
        clock.advance(5)
        assert got == [(False, 10**9), (True, 1_200_000_000), (True, 1_200_000_000)]


def test_a_wait_ends_without_any_advance() -> None:
    clock = FakeClock()
    event, through = threading.Event(), threading.Event()
    with threads(clock, lambda: clock.wait(event, 1) and through.set()):
        event.set()
        assert through.wait(20)
        assert clock.now() == 0


def test_what_is_due_is_called_at_once_and_closing_drops_the_rest() -> None:
    clock = FakeClock()
    called: list[str] = []
    clock.call_at(0, lambda: called.append("now"))
    assert called == ["now"]
    clock.call_at(5, lambda: called.append("later"))
    clock.close()
    clock.advance(1)
    assert called == ["now"]
    clock.sleep(0)
