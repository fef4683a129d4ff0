"""The collector: draining, and the hand-shake with a reader that waits."""

import threading
from collections.abc import Iterator

import pytest

from app.core.batch import Kind, RunName
from app.core.clock import SystemClock
from app.core.credit import Credit
from app.core.interpreter import gil_is_enabled
from app.core.lane import Collector, Lane
from app.core.wake import Wake
from tests.fakes import PATIENCE


@pytest.fixture
def credit() -> Credit:
    return Credit(100, 10_000)


@pytest.fixture
def collector(credit: Credit) -> Collector:
    return Collector(SystemClock(), credit)


@pytest.fixture
def wake(collector: Collector) -> Iterator[Wake]:
    """Return the bell that the collector rings."""
    wake = Wake()
    collector.ring = wake.set
    yield wake
    wake.close()


def lane_of(collector: Collector, run: int) -> Lane:
    return collector.open_lane(run, RunName(f"w{run}", 1))


def test_one_drain_takes_all_lanes_each_in_its_order(collector: Collector, credit: Credit) -> None:
    first, second = lane_of(collector, 1), lane_of(collector, 2)
    first.append_control([(Kind.STATE, "starting")])
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
    assert credit.in_flight()[0] > 0
    collector.release(drained.tokens)
    assert credit.in_flight() == (0, 0)


def test_a_record_that_was_not_announced_waits_for_the_next_word(collector: Collector) -> None:
    lane = lane_of(collector, 1)
    lane.append_control([(Kind.STATE, "starting")])
    assert collector.drain() is None
    lane.announce()
    lane.announce()
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["starting"]
    lane.announce()  # nothing there any more
    assert collector.drain() is None


def test_a_reader_that_waits_is_rung_once_and_one_that_reads_not_at_all(collector: Collector, wake: Wake) -> None:
    lane = lane_of(collector, 1)
    assert collector.arm()
    assert not wake.wait(0)
    lane.line("a")
    assert wake.wait(0)
    wake.clear()
    collector.drain()
    lane.line("b")  # the reader has not armed again
    assert not wake.wait(0)
    assert not collector.arm()  # because there is "b"
    assert not wake.wait(0)
    collector.drain()
    assert collector.arm()


def test_credit_that_is_used_up_rings_also_where_nothing_is_armed(collector: Collector, wake: Wake) -> None:
    """A reader that lets lines gather is not armed, and what waits for it must not wait for the end of that."""
    lane = lane_of(collector, 1)
    for number in range(100):
        lane.line(str(number))
    wake.clear()
    writer = threading.Thread(target=lane.line, args=("beyond",))
    writer.start()
    assert wake.wait(PATIENCE)
    drained = collector.drain()
    assert drained is not None
    collector.release(drained.tokens)
    writer.join(PATIENCE)
    assert not writer.is_alive()


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


# Without the GIL a line is written under the lane's lock: no drain comes in between.
needs_gil = pytest.mark.skipif(not gil_is_enabled(), reason="a drain waits for the line in the making")


@needs_gil
def test_a_control_record_waits_for_the_earlier_line_of_a_preempted_worker_and_nothing_else_does() -> None:
    """The line has its instant and is not in the lane yet: the stop request comes later, is appended and drained at once."""
    clock, credit = PreemptedClock(), Credit()
    collector = Collector(clock, credit)
    lane = lane_of(collector, 1)
    lane.line("first")
    clock.preempt = threading.Thread(target=lane.line, args=("second",))
    clock.preempt.start()
    assert clock.inside.wait(PATIENCE)
    assert lane.append_control([(Kind.STATE, "stopping")]) is not None  # does not wait
    lane.announce()
    texts = []
    for _ in range(3):
        drained = collector.drain()
        assert drained is not None
        texts += drained.batch.texts
        collector.release(drained.tokens)
        assert not collector.arm(), "there would be no coming back for the control record"
    assert texts == ["first"]
    clock.go_on.set()
    clock.preempt.join()
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["second", "stopping"]
    assert list(drained.batch.instants) == sorted(drained.batch.instants)
    collector.release(drained.tokens)
    assert credit.in_flight() == (0, 0)


@needs_gil
def test_a_control_record_is_not_held_back_by_a_line_that_is_later() -> None:
    clock = PreemptedClock()
    collector = Collector(clock)
    lane = lane_of(collector, 1)
    lane.line("first")
    assert lane.append_control([(Kind.STATE, "stopping")]) is not None
    lane.line("second")
    clock.preempt = threading.Thread(target=lane.line, args=("third",))
    clock.preempt.start()
    assert clock.inside.wait(PATIENCE)
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["first", "stopping", "second"]
    collector.release(drained.tokens)
    clock.go_on.set()
    clock.preempt.join()


def test_no_ring_is_lost_between_many_writers_and_a_reader_that_waits(collector: Collector, wake: Wake) -> None:
    """Each writer waits until its line was read, so the reader has to wait and be woken for nearly every one."""
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
            collector.release(drained.tokens)
        else:
            wake.clear()
            if collector.arm():
                assert wake.wait(PATIENCE), "a line came and the bell did not ring"
    for writer in writers:
        writer.join(PATIENCE)
    assert got == [[str(number) for number in range(rounds)]] * 3
