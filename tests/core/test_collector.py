"""The collector: draining, and the hand-shake with a reader that sleeps."""

import threading
import time
from collections.abc import Iterator

import pytest

from app.core.batch import Kind, RunName
from app.core.clock import SystemClock
from app.core.collector import Collector
from app.core.credit import Credit
from app.core.lane import Lane
from tests.fakes import PATIENCE


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector(SystemClock(), Credit(100, 10_000))
    yield collector
    collector.close()


def lane_of(collector: Collector, run: int) -> Lane:
    return collector.open_lane(run, RunName(f"w{run}", 1))


def test_one_drain_takes_all_lanes_each_in_its_order(collector: Collector) -> None:
    first, second = lane_of(collector, 1), lane_of(collector, 2)
    first.post([(Kind.STATE, "starting")])
    first.announce()
    for text in ("a", "b"):
        first.line(text)
        second.line(text.upper())
    drained = collector.drain()
    assert drained is not None
    rows = [(r.run, r.kind, r.text) for r in drained.batch]
    assert [row for row in rows if row[0] == 1] == [
        (1, Kind.STATE, "starting"),
        (1, Kind.LINE, "a"),
        (1, Kind.LINE, "b"),
    ]
    assert [row for row in rows if row[0] == 2] == [(2, Kind.LINE, "A"), (2, Kind.LINE, "B")]
    assert drained.batch.names == {1: ("w1", 1), 2: ("w2", 1)}
    assert collector.drain() is None
    assert collector.credit.in_flight()[0] > 0
    collector.settle(drained)
    assert collector.credit.in_flight() == (0, 0)


def test_a_record_that_was_not_announced_waits_for_the_next_word(collector: Collector) -> None:
    lane = lane_of(collector, 1)
    lane.post([(Kind.STATE, "starting")])
    assert collector.drain() is None
    lane.announce()
    lane.announce()
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["starting"]
    lane.announce()  # nothing there any more
    assert collector.drain() is None


def test_a_sleeping_reader_is_rung_once_and_an_awake_one_not_at_all(collector: Collector) -> None:
    lane = lane_of(collector, 1)
    assert collector.sleep()
    assert not collector.wake.wait(0)
    lane.line("a")
    assert collector.wake.wait(0)
    collector.wake.clear()
    collector.drain()
    lane.line("b")  # the reader has not gone to sleep again
    assert not collector.wake.wait(0)
    assert not collector.sleep()  # because there is "b"
    assert not collector.wake.wait(0)
    collector.drain()
    assert collector.sleep()


def test_a_ring_without_records_wakes_as_well(collector: Collector) -> None:
    assert collector.sleep()
    collector.ring()
    assert collector.wake.wait(0)
    assert collector.drain() is None
    assert collector.sleep()
    assert not collector.wake.wait(0)  # a reader that goes to sleep again is not woken by what it has been told


def test_a_pause_ends_early_when_the_collector_is_rung(collector: Collector) -> None:
    pausing = threading.Thread(target=collector.pause, args=(2 * PATIENCE,), daemon=True)
    pausing.start()
    end = time.monotonic() + PATIENCE
    while pausing.is_alive() and time.monotonic() < end:
        collector.ring()  # again and again: a pause forgets a ring that came before it began
        pausing.join(0.01)
    assert not pausing.is_alive()


class PreemptedClock:
    """A clock whose reader can be preempted between the instant and what it wanted it for."""

    def __init__(self) -> None:
        self.instant = 0
        self.preempt: threading.Thread | None = None
        self.inside, self.go_on = threading.Event(), threading.Event()

    def now(self) -> int:
        self.instant += 1
        instant = self.instant
        if threading.current_thread() is self.preempt:
            self.inside.set()
            assert self.go_on.wait(PATIENCE)
        return instant

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def wait(self, event: threading.Event, seconds: float) -> bool:
        raise NotImplementedError


def test_a_post_waits_for_the_earlier_line_of_a_preempted_worker_and_nobody_waits_for_the_worker() -> None:
    """The line has its instant and is not in the lane yet: the stop request comes later, is posted and drained at once."""
    clock = PreemptedClock()
    collector = Collector(clock)
    lane = lane_of(collector, 1)
    lane.line("first")
    clock.preempt = threading.Thread(target=lane.line, args=("second",))
    clock.preempt.start()
    assert clock.inside.wait(PATIENCE)
    assert lane.post([(Kind.STATE, "stopping")]) is not None  # does not wait
    lane.announce()
    texts = []
    for _ in range(3):
        drained = collector.drain()
        assert drained is not None
        texts += drained.batch.texts
        collector.settle(drained)
        assert not collector.sleep(), "nobody would come back for the post"
    assert texts == ["first"]
    clock.go_on.set()
    clock.preempt.join()
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["second", "stopping"]
    assert list(drained.batch.instants) == sorted(drained.batch.instants)
    collector.settle(drained)
    assert collector.credit.in_flight() == (0, 0)
    collector.close()


def test_a_post_is_not_held_back_by_a_line_that_is_later() -> None:
    clock = PreemptedClock()
    collector = Collector(clock)
    lane = lane_of(collector, 1)
    lane.line("first")
    assert lane.post([(Kind.STATE, "stopping")]) is not None
    lane.line("second")
    clock.preempt = threading.Thread(target=lane.line, args=("third",))
    clock.preempt.start()
    assert clock.inside.wait(PATIENCE)
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["first", "stopping", "second"]
    collector.settle(drained)
    clock.go_on.set()
    clock.preempt.join()
    collector.close()


def test_no_wake_is_lost_between_many_writers_and_a_sleepy_reader(collector: Collector) -> None:
    """Each writer waits until its line was read, so the reader has to go to sleep and be woken for nearly every one."""
    lanes = [lane_of(collector, run) for run in range(3)]
    read = [threading.Semaphore(0) for _ in lanes]
    rounds = 400

    def write(run: int) -> None:
        for number in range(rounds):
            lanes[run].line(str(number))
            assert read[run].acquire(timeout=PATIENCE)

    writers = [threading.Thread(target=write, args=(run,)) for run in range(3)]
    for writer in writers:
        writer.start()
    got: list[list[str]] = [[], [], []]
    while sum(map(len, got)) < rounds * 3:
        drained = collector.drain()
        if drained is not None:
            for record in drained.batch:
                got[record.run].append(record.text)
                read[record.run].release()
            collector.settle(drained)
        elif collector.sleep():
            assert collector.wake.wait(PATIENCE), "a line came and nobody rang"
    for writer in writers:
        writer.join(PATIENCE)
    assert got == [[str(number) for number in range(rounds)]] * 3
