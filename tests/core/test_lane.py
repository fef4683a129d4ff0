"""Lanes and their credit: order, nothing lost, nothing twice, never too much in flight, and none waits for nothing."""

import math
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle as Values
from hypothesis.stateful import RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from app.core import lane as lanes_module
from app.core.batch import Batch, Kind, RunName
from app.core.clock import SystemClock
from app.core.credit import MOST_IMPATIENT, Account, Credit
from app.core.credit import PATIENCE as PATIENCE_OF_CREDIT
from app.core.interpreter import gil_is_enabled
from app.core.lane import Collector
from app.core.wake import Wake
from tests.core.producers import Crowd, Producer
from tests.fakes import PATIENCE

LINES, CHARACTERS = 8, 40
UNIT = 5  # characters that go with one line


def units(size: int) -> int:
    """Return what a line of so many characters costs."""
    return min(max(1, math.ceil(size / UNIT)), LINES)


class Lanes(RuleBasedStateMachine):
    """Any order of writing, draining, releasing, unblocking and closing, with threads that stand still between the rules."""

    open_lanes = Values("open_lanes")

    def __init__(self) -> None:
        super().__init__()
        self.crowd = Crowd(LINES, CHARACTERS)
        self.unblocked: set[Producer] = set()
        self.beyond: dict[Producer, int] = {}  # which of a producer's lines went beyond the credit
        self.released: dict[Producer, int] = {}
        self.posts = 0

    @initialize(target=open_lanes)
    def first(self) -> Producer:
        return self.crowd.open()

    @precondition(lambda self: len(self.crowd.producers) < 5)
    @rule(target=open_lanes)
    def open(self) -> Producer:
        return self.crowd.open()

    # Sizes that fit, that fit only alone in a share, and that are larger than everything.
    @rule(producer=open_lanes, size=st.sampled_from([0, 1, 1, 5, 6, 10, 21, 40, 41, 90]))
    def write(self, producer: Producer, size: int) -> None:
        if producer.is_idle():
            self.crowd.tell(producer, f"{len(producer.told)}".ljust(size, ".")[:size])
            self._note_overdrafts()

    @rule()
    def drain(self) -> None:
        self.crowd.drain()

    @rule()
    def release(self) -> None:
        self.released = {p: len(self.crowd.got[run]) for run, p in enumerate(self.crowd.producers)}
        self.crowd.release()
        self._note_overdrafts()

    @rule(producer=open_lanes)
    def unblock(self, producer: Producer) -> None:
        if producer not in self.unblocked:  # a run is asked to stop once
            self.unblocked.add(producer)
            producer.lane.unblock()
            self.crowd.settle_down()
            assert producer.is_idle(), "asked to stop, and still waiting for credit"
            self._note_overdrafts()

    @rule(producer=consumes(open_lanes))
    def forget(self, producer: Producer) -> None:
        """Leave a producer as it is: it writes no more, and holds what it holds."""

    @rule()
    def relax(self) -> None:
        self.crowd.relax()
        self.released = {p: len(self.crowd.got[run]) for run, p in enumerate(self.crowd.producers)}
        self._note_overdrafts()
        assert self.crowd.credit.in_flight() == (0, 0)

    def _note_overdrafts(self) -> None:
        for producer in self.unblocked - self.beyond.keys():
            if not producer.lane._overdraft:
                self.beyond[producer] = producer.written - 1

    @invariant()
    def credit_is_never_exceeded(self) -> None:
        flying = [
            len(text)
            for producer in self.crowd.producers
            for number, text in enumerate(producer.told[: producer.written])
            if number >= self.released.get(producer, 0) and number != self.beyond.get(producer)
        ]
        assert len(flying) <= LINES
        # An oversize line counts as everything, so this says as well that it is alone.
        assert sum(min(size, CHARACTERS) for size in flying) <= CHARACTERS
        assert sum(units(size) for size in flying) <= self.crowd.credit.in_flight()[0] <= LINES

    @invariant()
    def none_waits_while_everything_is_free(self) -> None:
        if self.crowd.credit.in_flight() == (0, 0):
            assert not self.crowd.blocked()

    def teardown(self) -> None:
        self.crowd.close()


TestLanes = Lanes.TestCase
TestLanes.settings = settings(max_examples=75, stateful_step_count=40)


# A lane that relies on the GIL can be tried only where there is one, and one that does not, everywhere.
GILS = [True, False] if gil_is_enabled() else [False]


@pytest.fixture(params=GILS, ids=lambda gil: "gil" if gil else "no gil")
def crowd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    monkeypatch.setattr(lanes_module, "gil_is_enabled", lambda: request.param)
    crowd = Crowd(LINES, CHARACTERS)
    yield crowd
    crowd.close()


@pytest.mark.parametrize("size", [CHARACTERS // 4 + 1, CHARACTERS, 2 * CHARACTERS])
def test_a_large_line_gets_through_beside_small_ones(crowd: Crowd, size: int) -> None:
    large, *small = [crowd.open() for _ in range(4)]
    crowd.tell_all(small, "xxxxx")
    crowd.tell(large, "L" * size)
    for _ in range(4):
        crowd.tell_all(small, "xxxxx")
        crowd.read()
    assert large.is_idle(), "the small ones take each bit that becomes free"


def test_a_slow_lane_is_not_crowded_out_by_fast_ones(crowd: Crowd) -> None:
    *fast, slow = [crowd.open() for _ in range(4)]
    for _ in range(LINES):
        crowd.tell_all(fast, "x")
    assert crowd.blocked() == fast
    crowd.tell(slow, "x" * (CHARACTERS // 4))
    assert slow.is_idle()


@pytest.mark.parametrize("lanes", [1, 2])
def test_room_for_more_lines_ends_at_the_share(lanes: int) -> None:
    crowd = Crowd(32, 32)
    greedy, *_ = [crowd.open() for _ in range(lanes)]
    share = 32 // lanes
    crowd.tell(greedy, "x" * (share - 3), "x")
    assert crowd.credit.in_flight()[0] == share  # and not four more, as it is usual
    crowd.close()


def test_a_line_that_is_larger_than_a_share_waits_for_its_own_lane_first(crowd: Crowd) -> None:
    greedy, _ = crowd.open(), crowd.open()
    crowd.tell(greedy, "x")
    crowd.tell(greedy, "L" * (CHARACTERS // 2 + 1))
    assert crowd.blocked() == [greedy]
    crowd.read()
    assert greedy.is_idle()


def test_an_idle_lane_holds_nothing_that_others_need(crowd: Crowd) -> None:
    crowd.tell(crowd.open(), "x")
    assert crowd.credit.in_flight()[0] > 1  # it was given room for more than one line
    crowd.read()
    second = crowd.open()
    crowd.tell(second, "x" * CHARACTERS)
    assert second.is_idle()


def test_a_lane_that_is_drained_more_often_than_released_runs_out_of_credit_by_its_lines_alone(crowd: Crowd) -> None:
    """A reader that waits for a disk, or for another process, has the lines; the room beside them it never had."""
    slow = crowd.open()
    for _ in range(LINES):
        crowd.tell(slow, "x")
        crowd.drain()
        assert slow.is_idle()
    crowd.tell(slow, "x")
    assert crowd.blocked() == [slow]
    assert crowd.credit.in_flight()[0] == LINES


def test_an_unblocked_large_line_does_not_keep_the_others_waiting(crowd: Crowd) -> None:
    large, small, holder = crowd.open(), crowd.open(), crowd.open()
    crowd.tell(holder, "x" * 5)
    crowd.tell(large, "L" * CHARACTERS)
    crowd.tell(small, "x")
    assert crowd.blocked() == [large, small]  # the large one is first, or small ones would pass it for ever
    large.lane.unblock()
    crowd.settle_down()
    assert crowd.blocked() == []


def test_what_has_not_the_turn_may_hold_a_quarter_of_a_share() -> None:
    """All at once they would fight for the interpreter; a slow one never comes near its quarter."""
    crowd = Crowd(64, 64)
    first, second = crowd.open(), crowd.open()
    crowd.tell(first, *"x" * 9)  # more than a quarter of 32: it has the turn
    crowd.tell(second, *"x" * 9)
    assert crowd.blocked() == [second]
    assert len(second.lane._texts) == 8
    crowd.tell(first, *"x" * 24)  # one more than its share: the turn goes on
    crowd.settle_down()
    assert crowd.blocked() == [first]
    crowd.read()
    assert crowd.blocked() == []
    crowd.close()


def woken_of(accounts: list[Account]) -> list[Account]:
    """Return those that were woken since the last call."""
    woken = [account for account in accounts if account.granted.is_set()]
    for account in woken:
        account.granted.clear()
    return woken


def test_of_many_that_have_waited_too_long_few_go_on_at_once() -> None:
    credit = Credit(64, 64)
    accounts = [credit.open() for _ in range(16)]
    for account in accounts:
        assert credit.borrow(account, 1, 0)
        credit.borrow(account, 4, 0)
    woken_of(accounts)
    for release in range(1, PATIENCE_OF_CREDIT + 6):
        credit._used_up = 1  # as where all write as fast as they can
        credit.release([])
        # And the one whose turn it is, each time that it passes on.
        most = MOST_IMPATIENT if release > PATIENCE_OF_CREDIT else 0
        assert len(woken_of(accounts)) <= most + 1


def test_where_no_turn_is_used_up_all_go_on_with_the_release() -> None:
    """Steady workers and a slow disk: most of the credit is free, and none may wait for turns that last for ever."""
    credit = Credit(64, 64)
    accounts = [credit.open() for _ in range(4)]
    held = {account: credit.borrow(account, 4, 0) for account in accounts}
    assert all(held.values())
    assert credit.borrow(accounts[0], 1, 0)  # more than a quarter of 16: it has the turn
    assert [credit.borrow(account, 1, 0) for account in accounts[1:]] == [0, 0, 0]
    woken_of(accounts)
    credit.release([])
    assert woken_of(accounts) == accounts[1:]
    assert all(credit.borrow(account, 1, 0) for account in accounts)


def test_a_line_of_half_a_share_is_not_passed_over_again_and_again() -> None:
    credit = Credit(64, 64)
    holder, medium = credit.open(), credit.open()
    assert credit.borrow(holder, 9, 0)
    assert credit.borrow(medium, 1, 0)
    assert credit.borrow(medium, 16, 0) == 0
    for _ in range(PATIENCE_OF_CREDIT + 1):
        credit._used_up = 1
        credit._turn, credit._turn_since = holder, credit._releases + 1  # others get it all the time
        credit.release([])
    assert medium.granted.is_set()
    assert credit.borrow(medium, 16, 0)


def test_a_large_line_whose_lane_is_closed_does_not_keep_the_others_waiting(crowd: Crowd) -> None:
    """An exception from outside can end a thread while it waits; its run then ends, and with it its claim."""
    credit = crowd.credit
    dead, small = credit.open(), crowd.open()
    crowd.tell(small, "x")
    assert credit.borrow(dead, LINES, 0) == 0
    credit.close(dead, 0)
    crowd.read()
    crowd.tell(small, "x")
    assert small.is_idle()


def test_closing_a_lane_frees_its_share(crowd: Crowd) -> None:
    lanes = [crowd.open() for _ in range(4)]
    for producer in lanes[1:]:
        producer.end()
    for _ in range(LINES):
        crowd.tell(lanes[0], "x")
    assert lanes[0].is_idle()


def test_records_without_credit_pass_a_lane_that_waits(crowd: Crowd) -> None:
    producer = crowd.open()
    crowd.tell(producer, *"x" * (LINES + 1))
    assert crowd.blocked() == [producer]
    assert producer.lane.append_control([(Kind.STATE, "stopping")]) is not None
    batch = Batch()
    taken = producer.lane.drain(batch)
    assert taken is not None
    assert batch.texts == [*"x" * LINES, "stopping"]
    assert list(batch.kinds) == [Kind.LINE] * LINES + [Kind.STATE]
    crowd.got[0].extend("x" * LINES)
    crowd.credit.release([taken])


def test_nothing_is_appended_after_the_last_record() -> None:
    collector = Collector(SystemClock())
    lane = collector.open_lane(1, RunName("w", 1))
    assert lane.append_control([(Kind.STATE, "ended")], last=True) is not None
    assert lane.append_control([(Kind.STATE, "stuck")]) is None
    assert lane.append_control([(Kind.STATE, "ended")], last=True) is None
    lane.announce()
    drained = collector.drain()
    assert drained is not None
    assert drained.batch.texts == ["ended"]


@pytest.mark.parametrize("gil", GILS)
@settings(max_examples=15)
@given(
    lines=st.integers(1, 20),
    characters=st.integers(1, 60),
    texts=st.lists(st.lists(st.text(max_size=70), max_size=300), min_size=1, max_size=5),
)
def test_free_running_writers_lose_nothing(gil: bool, lines: int, characters: int, texts: list[list[str]]) -> None:
    credit, wake = Credit(lines, characters), Wake()
    collector = Collector(SystemClock(), credit)
    collector.ring = wake.set
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lanes_module, "gil_is_enabled", lambda: gil)
        lanes = [collector.open_lane(run, RunName(f"w{run}", 1)) for run in range(len(texts))]

    def write(run: int) -> None:
        for text in texts[run]:
            lanes[run].line(text)
        lanes[run].append_control([(Kind.STATE, "ended")], last=True)
        lanes[run].announce()

    writers = [threading.Thread(target=write, args=(run,)) for run in range(len(texts))]
    for writer in writers:
        writer.start()
    got: list[list[str]] = [[] for _ in texts]
    ended = 0
    while ended < len(texts):
        drained = collector.drain()
        if drained is not None:
            assert sum(record.kind == Kind.LINE for record in drained.batch) <= lines
            for record in drained.batch:
                if record.kind == Kind.STATE:
                    ended += 1
                else:
                    got[record.run].append(record.text)
            collector.release(drained.tokens)
        else:
            wake.clear()
            if collector.arm():
                assert wake.wait(PATIENCE), "all wait for credit that was given back"
    for writer in writers:
        writer.join(PATIENCE)
    assert got == texts
    assert credit.in_flight() == (0, 0)
    wake.close()
