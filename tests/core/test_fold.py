"""The fold: from events to what is known of runs, whatever a session or a file holds."""

import itertools
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.batch import JOURNAL, NO_RUN, Batch, Kind, RunName
from app.core.events import (
    Ended,
    Event,
    Failed,
    Located,
    Noticed,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from app.core.fold import Refusals, RunSnapshot, SessionState, Tally, advance
from app.core.latency import StopChain
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome, State
from app.core.worker import Worker
from tests.core.test_batch import batch_of
from tests.core.test_events import ANY_EVENT, INSTANT

NAME = RunName("a", 1)
NEW = RunSnapshot(1, NAME)
HERE, THERE = Call("a.py", 1, "f", "f()"), Call("b.py", 2, "g", "g()")
LATE = Lateness(5, LateReason.PAUSE, 6)
STARTED = Started("flag", "sleep", 0.5)
RUNNING = Running(11, 77)
REQUESTED = StopRequested(19, has_line=True, band=(0, 5), longest_work=3)
STUCK = Stuck(10, None, (HERE,))
CHAIN = StopChain(19, 20, 31, 32, 40)
ENDED = Ended(Outcome.INTERRUPTED, CHAIN, 7, True, None, LATE, (0, 5), 4, "flag", "sleep", 0.5)


def folded(*events: tuple[int, Event]) -> RunSnapshot:
    return reduce(lambda run, event: advance(run, *event), events, NEW)


def batch(*rows: tuple[int, int, Event | str]) -> Batch:
    """Return a batch of instants, runs, and events or lines; the workers are called by the runs."""
    records = [(at, run, Kind.LINE, x) if isinstance(x, str) else (at, run, *encode(x)) for at, run, x in rows]
    return batch_of(records, {run: RunName(f"w{run}", 1) for _, run, _, _ in records})


def state_of(*rows: tuple[int, int, Event | str], most_ended: int = 100) -> SessionState:
    state = SessionState(most_ended)
    state.consume(batch(*rows))
    return state


# -- one run -----------------------------------------------------------------------------------------------------


def test_every_event_says_its_part() -> None:
    run = folded((10, STARTED))
    assert (run.strategy, run.workload, run.interval, run.state) == ("flag", "sleep", 0.5, State.STARTING)
    run = advance(run, 12, RUNNING)
    assert (run.started, run.running, run.native_id, run.state) == (11, 12, 77, State.RUNNING)
    run = advance(run, 20, REQUESTED)
    assert (run.chain, run.band, run.longest_work) == (StopChain(19, 20), (0, 5), 3)
    assert run.state is State.STOPPING
    run = advance(run, 25, SlowToNotice(5, None, (THERE, HERE)))
    assert (run.calls, run.state, run.chain.noticed) == ((THERE, HERE), State.STOPPING, None)
    run = advance(run, 30, STUCK)
    assert (run.calls, run.stuck, run.was_stuck, run.state) == ((HERE,), 30, True, State.STUCK)
    assert run.stack == '  File "a.py", line 1, in f\n    f()'
    run = advance(run, 30, Located((THERE,)))
    assert (run.calls, len(run.located)) == ((THERE,), 3)
    run = advance(run, 31, Noticed(31, LATE))
    assert (run.chain.noticed, run.lateness, run.state) == (31, LATE, State.STUCK)
    assert run.outside.startswith("noticed ")
    run = advance(run, 33, Released(13))
    assert run.released == 33
    run = advance(run, 34, Failed("E: lost", "Traceback\nE: lost"))
    assert (run.error, run.outcome) == ("Traceback\nE: lost", None)
    run = advance(run, 35, Failed("no thread", refused=True))
    assert run.error == "no thread"
    run = advance(run, 40, ENDED)
    assert (run.state, run.outcome, run.chain, run.lines, run.longest_work) == (
        State.ENDED,
        Outcome.INTERRUPTED,
        CHAIN,
        7,
        4,
    )
    assert run.released is None  # the end says it all again
    run = advance(run, 45, Shown(44, 4))
    assert run.chain == replace(CHAIN, shown=44)
    assert advance(run, 46, Shown(45, 5)) == run  # the first painting counts
    assert run.title == "a #1"


def test_an_end_alone_says_all_that_is_said_of_a_stop() -> None:
    whole = folded((10, STARTED), (12, RUNNING), (20, REQUESTED), (30, STUCK), (40, ENDED))
    alone = folded((40, ENDED))
    parts = ("strategy", "workload", "interval", "chain", "outcome", "lines", "was_stuck", "released", "band")
    for part in (*parts, "lateness", "longest_work", "state", "outside"):
        assert getattr(alone, part) == getattr(whole, part)


def test_an_end_that_is_said_to_be_shown_before_it_was_shown_at_it() -> None:
    assert folded((40, ENDED), (45, Shown(3, 0))).chain.is_ordered()
    assert folded((45, Shown(3, 0))).chain.shown == 3


@pytest.mark.parametrize("order", list(itertools.permutations([STARTED, RUNNING, REQUESTED, STUCK])))
def test_what_a_run_is_doing_does_not_depend_on_the_order_of_events(order: tuple[Event, ...]) -> None:
    state = state_of(*((10, 1, event) for event in order))
    (run,) = state.runs()
    assert run.state is State.STUCK
    assert state.tally() == Tally(alive=1, stopping=0, stuck=1)
    state.consume(batch((40, 1, ENDED)))
    assert (state.runs()[0].state, state.tally()) == (State.ENDED, Tally())


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.STARTING),
        ([STARTED], State.STARTING),
        ([RUNNING, STARTED], State.RUNNING),
        ([REQUESTED, STARTED], State.STOPPING),
        ([REQUESTED, RUNNING], State.STOPPING),
        ([STUCK], State.STUCK),
        ([ENDED], State.ENDED),
    ],
)
def test_the_furthest_that_was_said_is_the_state(events: list[Event], state: State) -> None:
    assert folded(*((10, event) for event in events)).state is state


@settings(max_examples=50)
@given(st.lists(st.tuples(INSTANT, ANY_EVENT), max_size=60))
def test_any_events_are_folded_and_little_is_kept(events: list[tuple[int, Event]]) -> None:
    run = folded(*events)
    assert run == folded(*events)
    assert RunSnapshot(1, NAME) == NEW
    assert len(run.failures) <= 20
    assert len(run.located) <= 20
    for words in (run.error, run.stack, run.outside, run.title):
        assert isinstance(words, str)
    assert run.state in State


def test_of_many_errors_the_first_and_the_last_are_kept() -> None:
    run = folded(*((10, Failed(str(number))) for number in range(100)))
    assert run.failures[0].summary == "0"
    assert run.error == "99"


# -- all of a session --------------------------------------------------------------------------------------------


def test_a_run_that_is_expected_stands_there_before_its_first_record() -> None:
    state, worker = SessionState(), Worker("a", "flag", interval=0.25)
    state.expect(1, NAME, worker)
    (run,) = state.runs()
    assert (run.worker, run.strategy, run.interval, run.began) == (worker, "flag", 0.25, 0)
    assert (run.state, state.live(), state.tally()) == (State.STARTING, (1,), Tally(alive=1))
    state.consume(batch((10, 1, STARTED), (40, 1, ENDED)))
    (run,) = state.runs()
    assert (run.worker, run.began, run.outcome) == (worker, 10, Outcome.INTERRUPTED)


def test_what_changed_is_told_once_and_lines_change_nothing() -> None:
    state = SessionState()
    assert state.consume(batch((1, 2, STARTED), (2, 1, STARTED), (3, 2, RUNNING), (4, 3, "x"))) == [2, 1]
    assert state.consume(batch((5, 1, "x"), (6, 2, "y"))) == []
    assert state.consume(Batch()) == []


def test_lines_are_counted_without_those_of_the_controller_until_the_end_says_how_many() -> None:
    state = state_of((1, 1, STARTED), (2, 1, RUNNING), (3, 1, "1"), (4, 1, "2"))
    assert (state.runs()[0].lines, state.line_records(1)) == (2, 2)
    state.consume(batch((5, 1, "please"), (5, 1, REQUESTED), (6, 1, "3")))
    assert (state.runs()[0].lines, state.line_records(1)) == (3, 4)
    state.consume(batch((7, 1, "done"), (8, 1, replace(ENDED, lines=3))))
    assert (state.runs()[0].lines, state.line_records(1)) == (3, 5)
    assert state.line_records(9) == 0


def test_the_tally_follows_every_run() -> None:
    state = state_of(*((1, run, STARTED) for run in (1, 2, 3)))
    assert state.tally() == Tally(3)
    state.consume(batch((2, 1, REQUESTED), (2, 2, REQUESTED)))
    assert state.tally() == Tally(3, stopping=2)
    assert [state.was_asked(run) for run in (1, 2, 3, 4)] == [True, True, False, False]
    state.consume(batch((3, 1, STUCK)))
    assert state.tally() == Tally(3, stopping=1, stuck=1)
    assert state.was_asked(1)
    state.consume(batch((4, 1, ENDED), (4, 3, ENDED)))
    assert (state.tally(), state.live()) == (Tally(1, stopping=1), (2,))
    assert not state.was_asked(1)
    assert [state.is_live(run) for run in (1, 2, 3)] == [False, True, False]


def test_refused_threads_are_counted() -> None:
    state = state_of(
        (1, 1, Failed("Full.", refused=True)), (2, 2, Failed("E")), (3, 3, Failed("Fuller.", refused=True))
    )
    assert state.refusals == Refusals(2, "Fuller.")


def test_ended_runs_are_forgotten_oldest_first() -> None:
    state = state_of(*((run, run, event) for run in (1, 2, 3) for event in (STARTED, ENDED)), most_ended=2)
    assert [run.run for run in state.runs()] == [2, 3]
    assert [run.run for run in state.snapshots([1, 2, 3, 99])] == [2, 3]
    assert state.snapshot(1) is None
    assert state.line_records(1) == 0


def test_that_the_end_of_a_forgotten_run_is_shown_says_nothing() -> None:
    state = state_of(*((run, run, ENDED) for run in (1, 2)), most_ended=1)
    state.consume(batch((9, 1, Shown(9, 1)), (9, 2, Shown(50, 1))))
    assert state.snapshot(1) is None
    assert state.tally() == Tally()
    assert state.runs()[0].chain.shown == 50


def test_after_its_end_only_the_painting_is_heard() -> None:
    state = state_of((1, 1, STARTED), (40, 1, ENDED))
    before = state.runs()
    state.consume(batch((41, 1, STUCK), (42, 1, STARTED), (43, 1, Failed("late")), (44, 1, ENDED), (45, 1, "line")))
    assert (state.runs(), state.tally()) == (before, Tally())
    state.consume(batch((45, 1, Shown(45, 5))))
    assert state.runs()[0].chain.shown == 45


def test_a_file_may_begin_in_the_middle_of_a_run() -> None:
    state = state_of((5, 1, "41"), (6, 1, "42"), (7, 2, STUCK), (8, 3, ENDED), (9, 4, Shown(9, 1)))
    first, second, third = state.runs()
    assert (first.name, first.began, first.lines, first.state) == (RunName("w1", 1), 5, 2, State.RUNNING)
    assert (second.began, second.state, second.strategy, second.interval) == (7, State.STUCK, "", None)
    assert (third.began, third.state, third.strategy) == (8, State.ENDED, "flag")
    assert state.tally() == Tally(2, stuck=1)


def test_what_is_of_no_run_makes_none() -> None:
    state = state_of((1, JOURNAL, "a line"), (2, JOURNAL, STARTED))
    assert (state.runs(), state.tally()) == ([], Tally())


def test_a_run_without_a_name_has_an_empty_one() -> None:
    state = SessionState()
    state.consume(batch_of([(1, 1, Kind.LINE, "x"), (2, 2, *encode(STARTED))]))
    assert [run.name for run in state.runs()] == [NO_RUN, NO_RUN]


ROWS = st.lists(st.tuples(INSTANT, st.integers(0, 3), ANY_EVENT | st.text(max_size=3)), max_size=30)


@settings(max_examples=50)
@given(ROWS, st.integers(0, 30))
def test_how_the_records_are_cut_into_batches_makes_no_difference(
    rows: list[tuple[int, int, Event | str]], cut: int
) -> None:
    whole, parts = SessionState(), SessionState()
    whole.consume(batch(*rows))
    parts.consume(batch(*rows[:cut]))
    parts.consume(batch(*rows[cut:]))
    for state in (whole, parts):
        tally = state.tally()
        assert tally.alive == len(state.live())
        states = [run.state for run in state.snapshots(state.live())]
        assert (tally.stopping, tally.stuck) == (states.count(State.STOPPING), states.count(State.STUCK))
        assert State.ENDED not in states
    # Lines are counted before the events of their batch, so a run may have begun with a later line of it.
    assert [replace(run, began=None) for run in whole.runs()] == [replace(run, began=None) for run in parts.runs()]


@pytest.mark.parametrize("look", [SlowToNotice(5, None, ()), Stuck(5, None, ())])
def test_a_notice_that_is_known_stays_when_its_thread_was_looked_at_before_it_was_told(look: Event) -> None:
    run = RunSnapshot(1, NAME)
    for instant, event in ((10, StopRequested()), (15, Noticed(15)), (16, look)):
        run = advance(run, instant, event)
    assert run.chain.noticed == 15
