"""The loop of the thread that has the children: tasks, descriptors, alarms, and mistakes in one of them."""

import os
import selectors
import threading
from collections.abc import Iterator

import pytest

from app.programs.event_loop import EventLoop


class Loop(EventLoop):
    """A loop that ends when it is told to."""

    def __init__(self) -> None:
        super().__init__("loop", lambda: self.is_told)
        self.is_told = False

    def run(self) -> None:
        """Begin, and wait for the end."""
        self.begin()
        self.join()

    def end(self) -> None:
        self.is_told = True


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.do(made.end)
    made.join()


def test_tasks_are_done_in_their_order_also_those_from_before_it_began(loop: Loop) -> None:
    done: list[int] = []
    for number in range(5):
        loop.do(lambda number=number: done.append(number))  # type: ignore[misc]
    assert not loop.has_begun
    loop.do(loop.end)
    loop.run()
    assert done == [0, 1, 2, 3, 4]


def test_alarms_go_off_by_their_times_and_cancelled_ones_never(loop: Loop) -> None:
    done: list[str] = []

    def set_alarms() -> None:
        loop.after(0.02, lambda: (done.append("late"), loop.end()))  # type: ignore[func-returns-value]
        loop.after(0.0, lambda: done.append("soon"))
        never = loop.after(0.0, lambda: done.append("never"))
        never.cancel()
        for _ in range(200):  # more than are kept when they are cancelled
            loop.after(60.0, loop.end).cancel()
        assert len(loop._alarms) < 200

    loop.do(set_alarms)
    loop.run()
    assert done == ["soon", "late"]


def test_a_mistake_in_one_thing_ends_none_of_the_others(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: said.append(arguments.exc_type))

    def go_wrong() -> None:
        raise ZeroDivisionError

    loop.do(go_wrong)
    loop.do(lambda: loop.after(0.0, go_wrong))  # type: ignore[arg-type, return-value]
    loop.do(lambda: loop.after(0.01, loop.end))  # type: ignore[arg-type, return-value]
    loop.run()
    assert said == [ZeroDivisionError, ZeroDivisionError]


def test_a_descriptor_is_watched_until_it_is_not(loop: Loop) -> None:
    """One whose action ends the watch of another is the last that is called of both."""
    ends = [os.pipe(), os.pipe()]
    read: list[int] = []

    def take(place: int) -> None:
        read.append(place)
        for descriptor, _ in ends:
            loop.unwatch(descriptor)
        assert not any(loop.is_watched(descriptor) for descriptor, _ in ends)
        loop.end()

    def watch() -> None:
        for place, (descriptor, write) in enumerate(ends):
            loop.watch(descriptor, selectors.EVENT_READ, lambda place=place: take(place))  # type: ignore[misc]
            os.write(write, b"x")

    loop.do(watch)
    loop.run()
    assert len(read) == 1
    for pair in ends:
        for descriptor in pair:
            os.close(descriptor)
