"""The pump: it reads until something is so, too much time has passed, or it is told to give up."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.batch import Batch, Kind
from app.core.engine import Drained
from app.core.pump import GATHERING, Cancelled, Pump
from app.core.stream import Stream
from tests.core.test_stream import ScriptedEngine, SteppingClock

SECOND = 1_000_000_000


class WatchedStream(Stream):
    """Keeps what its reader does, and waits no real time.

    Attributes:
        done: what was called: "drain", "gather 0.01", "wait None".
    """

    def __init__(self, engine: ScriptedEngine, clock: SteppingClock) -> None:
        super().__init__([engine], clock)  # type: ignore[list-item]
        self.done: list[str] = []
        self.on_arm: Any = list
        self.on_wait: Any = list

    def drain(self) -> Drained | None:
        self.done.append("drain")
        return super().drain()

    def arm(self) -> bool:
        self.on_arm()
        return super().arm()

    def wait(self, seconds: float | None) -> None:
        self.done.append(f"wait {seconds}")
        self.on_wait()

    def gather(self, seconds: float) -> None:
        self.done.append(f"gather {seconds}")
        self.on_wait()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def stream(engine: ScriptedEngine, clock: SteppingClock) -> Iterator[WatchedStream]:
    stream = WatchedStream(engine, clock)
    yield stream
    stream.close()


@pytest.fixture
def got() -> list[str]:
    return []


@pytest.fixture
def pump(stream: WatchedStream, got: list[str]) -> Pump:
    return Pump(stream, lambda batch: got.extend(batch.texts))


def test_it_reads_first_and_then_looks(
    pump: Pump, engine: ScriptedEngine, stream: WatchedStream, got: list[str]
) -> None:
    token = engine.put(1, (1, "a"))
    assert pump.until(lambda: got == ["a"])
    assert engine.released == [[token]]
    assert stream.done == ["drain"]


def test_what_is_so_already_needs_no_waiting(pump: Pump, stream: WatchedStream) -> None:
    assert pump.until(lambda: True)
    assert pump.until(lambda: True, 0)
    assert stream.done == ["drain"] * 2


def test_it_waits_for_what_rings(pump: Pump, engine: ScriptedEngine, stream: WatchedStream, got: list[str]) -> None:
    stream.on_wait = lambda: engine.put(1, (1, "a"))
    assert pump.wait(lambda: got == ["a"] * 3)
    assert stream.done == ["drain", *["wait None", "drain"] * 3]


def test_it_waits_no_longer_than_is_left(pump: Pump, stream: WatchedStream, clock: SteppingClock) -> None:
    def pass_time() -> None:
        clock.instant += 2 * SECOND

    stream.on_wait = pass_time
    assert not pump.until(lambda: False, 5.0)
    assert [done for done in stream.done if done != "drain"] == ["wait 0.05"] * 3  # it looks whether it is cancelled
    stream.done.clear()
    assert not pump.wait(lambda: False, 5.0)
    assert [done for done in stream.done if done != "drain"] == ["wait 5.0", "wait 3.0", "wait 1.0"]


def test_at_the_end_of_the_time_it_looks_once_more(pump: Pump, stream: WatchedStream, clock: SteppingClock) -> None:
    def pass_time() -> None:
        clock.instant += 10 * SECOND

    stream.on_wait = pass_time
    assert pump.wait(lambda: clock.instant > 5 * SECOND, 5.0)


def test_no_time_at_all_is_one_look(pump: Pump, stream: WatchedStream) -> None:
    assert not pump.until(lambda: False, 0)
    assert stream.done == ["drain"]


def test_what_came_while_it_armed_is_not_waited_for(pump: Pump, stream: WatchedStream) -> None:
    """Arming stops the bell: what was so before it would never ring again."""
    so: list[bool] = []
    stream.on_arm = lambda: so.append(True)
    assert pump.wait(lambda: bool(so))
    assert not [done for done in stream.done if done.startswith("wait")]


def test_what_is_there_when_it_arms_is_read(
    pump: Pump, engine: ScriptedEngine, stream: WatchedStream, got: list[str]
) -> None:
    def come() -> None:
        stream.on_arm = list
        engine.put(1, (1, "a"))

    stream.on_arm = come
    assert pump.wait(lambda: got == ["a"])
    assert stream.done == ["drain", "drain"]


def test_cancelled_it_ends_and_says_so(
    pump: Pump, engine: ScriptedEngine, stream: WatchedStream, got: list[str]
) -> None:
    stream.on_wait = pump.cancel.set
    with pytest.raises(Cancelled):
        pump.until(lambda: False)
    assert stream.done == ["drain", "wait 0.05", "drain"]
    engine.put(1, (1, "a"))
    with pytest.raises(Cancelled):
        pump.until(lambda: False, 5.0)
    assert got == ["a"]  # what came was read
    assert pump.until(lambda: True)  # what is so counts, though it was cancelled


def test_waiting_is_not_cancelled_unless_it_is_told_by_what(pump: Pump, stream: WatchedStream) -> None:
    pump.cancel.set()
    waits: list[bool] = []
    stream.on_wait = lambda: waits.append(True)
    assert pump.wait(lambda: len(waits) == 2)
    cancel = threading.Event()
    stream.on_wait = cancel.set
    assert not pump.wait(lambda: False, None, cancel)


def test_a_cancel_that_cannot_ring_is_seen_all_the_same(engine: ScriptedEngine, clock: SteppingClock) -> None:
    stream = Stream([engine], clock)  # type: ignore[list-item]
    pump = Pump(stream, list)
    canceller = threading.Timer(0.01, pump.cancel.set)
    canceller.start()
    with pytest.raises(Cancelled):
        pump.until(lambda: False)
    canceller.join()
    stream.close()


def test_lines_gather_while_many_come(
    pump: Pump, engine: ScriptedEngine, stream: WatchedStream, got: list[str]
) -> None:
    engine.put(1, (1, "a"), (2, "b"))
    stream.on_wait = lambda: engine.put(1, (3, "c"))
    assert pump.wait(lambda: len(got) == 4)
    # Of two, more will come soon; of one, there is no telling.
    assert stream.done == ["drain", f"gather {GATHERING}", "drain", "wait None", "drain"]


def test_lines_gather_no_longer_than_there_is_time(
    pump: Pump, engine: ScriptedEngine, stream: WatchedStream, clock: SteppingClock
) -> None:
    def pass_time() -> None:
        clock.instant += SECOND

    engine.put(1, (1, "a"), (2, "b"))
    stream.on_wait = pass_time
    assert not pump.wait(lambda: False, 0.001)
    assert stream.done == ["drain", "gather 0.001", "drain"]


def test_how_long_lines_gather_may_depend_on_how_many_came(engine: ScriptedEngine, stream: WatchedStream) -> None:
    told: list[int] = []

    def gathering(records: int) -> float:
        told.append(records)
        return 0.5 if records else 0

    pump = Pump(stream, list, gathering=gathering)
    engine.put(1, (1, "a"))
    assert pump.wait(lambda: len(told) == 2)
    assert told == [1, 0]
    assert stream.done == ["drain", "gather 0.5", "drain", "drain"]


def test_what_is_released_is_for_another_to_say(engine: ScriptedEngine, stream: WatchedStream) -> None:
    kept: list[Drained] = []
    batches: list[Batch] = []
    pump = Pump(stream, batches.append, kept.append)
    token = engine.put(1, (1, "a"))
    stream.append(Kind.NOTE, "{}")
    assert pump.read() == 2
    assert pump.read() == 0
    assert (kept[0].batch, kept[0].tokens, engine.released) == (batches[0], (token,), [])
