"""What a thread waits for its reader is measured, told while it lasts, and seldom."""

import threading

import pytest

from app.core import reader_waits
from app.core.batch import RunName
from app.core.credit import Credit
from app.core.events import Ended, HeldBack
from app.core.lane import Collector
from app.core.reader_waits import APART, LEAST, MOST_TOLD, ReaderWaits, Waits
from tests.core.harness import Core, eventually
from tests.fakes import PATIENCE, FakeClock

MS = 1_000_000


def waits_of(told: list[Waits], lanes: int = 1) -> ReaderWaits:
    return ReaderWaits(told.append, lambda: lanes)


def test_short_waits_are_the_ordinary_turns_and_are_not_kept() -> None:
    told: list[Waits] = []
    waits = waits_of(told)
    waits.add(0, LEAST - 1)
    assert (told, waits.take()) == ([], ())
    waits.add(0, LEAST)
    assert told == [((0, LEAST),)]


def test_the_first_wait_is_told_at_once_and_those_that_follow_now_and_then() -> None:
    told: list[Waits] = []
    waits = waits_of(told)
    for place in range(200):
        waits.add(place * 10 * MS, place * 10 * MS + 6 * MS)
    assert [len(some) for some in told] == [1, 50, 50, 50]
    assert sum(told, ()) + waits.take() == tuple((place * 10 * MS, place * 10 * MS + 6 * MS) for place in range(200))
    assert waits.untold == []


@pytest.mark.parametrize("lanes", [1, 256, 2_000])
def test_however_many_there_are_they_tell_seldom(lanes: int) -> None:
    told: list[Waits] = []
    waits = waits_of(told, lanes)
    seconds = 60
    for place in range(seconds):
        waits.add(place * 1_000 * MS, place * 1_000 * MS + 900 * MS)
    assert len(told) <= 1 + seconds * 1e9 / APART
    assert lanes * (len(told) - 1) <= seconds * MOST_TOLD or lanes == 1


def test_what_is_not_told_yet_is_bounded() -> None:
    told: list[Waits] = []
    waits = waits_of(told, 10_000)
    for place in range(10_000):
        waits.add(place * 10 * MS, place * 10 * MS + 6 * MS)
    assert len(waits.untold) <= reader_waits._MOST_KEPT == max(len(some) for some in told)


def test_the_last_waits_are_told_by_a_line_that_need_not_wait() -> None:
    told: list[Waits] = []
    waits = waits_of(told)
    waits.add(0, 10 * MS)
    waits.add(20 * MS, 30 * MS)
    waits.tell_if_due(40 * MS)
    assert len(told) == 1
    waits.tell_if_due(10 * MS + APART)
    assert told[1:] == [((20 * MS, 30 * MS),)]


def test_a_wait_in_pieces_is_one_wait() -> None:
    waits = waits_of([])
    waits.add(0, LEAST)
    waits.add(100 * MS, 110 * MS)
    waits.add(110 * MS, 111 * MS)
    assert waits.take() == ((100 * MS, 111 * MS),)


def is_waited_for(credit: Credit) -> bool:
    """Return whether a thread waits for credit, and has stamped that it does."""
    return any(account.granted._cond._waiters for account in list(credit._waiting))  # type: ignore[attr-defined]


class SetClock:
    """A clock that the test sets."""

    instant = 0

    def now(self) -> int:
        return self.instant

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing pauses here")

    def wait(self, event: threading.Event, seconds: float) -> bool:
        raise AssertionError("nothing pauses here")


def test_a_wait_is_told_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that does not answer: the window still reads, and says what the worker is waiting for."""
    monkeypatch.setattr(ReaderWaits, "apart", lambda _self: MS)  # of real time
    clock, credit, told = SetClock(), Credit(4, 40), list[Waits]()
    collector = Collector(clock, credit)
    lane = collector.open_lane(1, RunName("w", 1))
    lane.measure_waits(told.append)
    writer = threading.Thread(target=lambda: [lane.line("x") for _ in range(5)])
    writer.start()
    eventually(lambda: is_waited_for(credit))
    clock.instant = 40 * MS
    eventually(lambda: told)
    assert told == [((0, 40 * MS),)]
    clock.instant += APART
    eventually(lambda: len(told) == 2)
    assert told[1] == ((40 * MS, 40 * MS + APART),)
    assert writer.is_alive()
    drained = collector.drain()
    assert drained is not None
    collector.release(drained.tokens)
    writer.join(PATIENCE)
    assert not writer.is_alive()
    lane.append_control([], last=True)


def test_a_run_says_what_it_waited_for_and_its_last_waits_before_its_end() -> None:
    clock = FakeClock()
    with Core(clock=clock, credit=Credit(lines=4)) as core:
        run = core.start(interval=0, limit=9)
        for length in (30, 20):
            eventually(lambda: is_waited_for(core.credit))
            clock.advance(length / 1_000)
            core.read()
        core.until_idle()
        assert core.events(run, HeldBack) == [HeldBack(((0, 30 * MS),)), HeldBack(((30 * MS, 50 * MS),))]
        assert isinstance(core.events(run)[-1], Ended)
        assert len(core.texts(run)) == 9
