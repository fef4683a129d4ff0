"""Runs that do not stop in time, and the end of everything."""

import threading
from typing import Any

import pytest

from app.core.batch import Kind
from app.core.beat import Beat
from app.core.catalogue import Catalogue
from app.core.chain_record import read_chain
from app.core.controller import Tally
from app.core.credit import Credit
from app.core.errors import BadInput
from app.core.latency import release_words
from app.core.run import RELEASING, Outcome, Run, State
from app.core.strategies.event_poll import EventPoll
from app.core.worker import Worker
from tests.core.harness import Core, check_records, eventually
from tests.core.mechanisms import Gate, catalogue_with, raising, strategy_of, workload_of
from tests.fakes import FakeClock

DEADLINE = 0.03


def start_blocked(core: Core, gate: Gate, **fields: Any) -> int:
    """Start a worker whose work blocks in the gate, and return its run once it does."""
    run = core.start(workload="test", **fields)
    assert gate.entered.wait(20)
    return run


def test_a_run_that_outlives_the_deadline_is_stuck_and_then_interrupted_with_its_true_latency(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)), deadline=DEADLINE)
    run = start_blocked(core, gate)
    assert core.controller.tally() == Tally(alive=1)
    assert core.controller.stop(run)
    stuck = core.until_record(run, Kind.STATE, "stuck: not ended 30.0 ms after it was asked to stop\n")
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.STUCK, None, True)
    assert core.controller.tally() == Tally(alive=1, stuck=1)
    # Where it was at that moment, in the record, in the row, and as of now.
    assert "in work" in snapshot.stack
    assert stuck.text.endswith(snapshot.stack)
    assert "in work" in core.controller.left()[0].stack
    requested = snapshot.chain.requested
    assert requested is not None
    assert stuck.instant - requested >= DEADLINE * 1e9
    gate.open()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.ENDED, Outcome.INTERRUPTED, True)
    assert snapshot.chain.noticed is not None
    assert snapshot.chain.noticed >= stuck.instant
    assert snapshot.chain.latency == snapshot.chain.noticed - requested
    assert core.texts(run, Kind.STATE)[-1].startswith("ended: interrupted, noticed ")
    assert core.texts(run, Kind.STATE)[-1].endswith(", was stuck")
    assert core.controller.tally() == Tally()
    check_records(core.of(run))


def test_a_run_that_ends_in_time_is_never_called_stuck(core: Any) -> None:
    core = core(deadline=1_000)
    run = core.start()
    core.until_record(run, Kind.LINE, "1")
    core.controller.stop(run)
    core.until_idle()
    # Its deadline is called off, and lets go of the run.
    eventually(lambda: all(entry[2].action is None for entry in core.timers._heap))
    assert not core.snapshot(run).was_stuck


def test_nothing_is_recorded_after_the_end(core: Any) -> None:
    """Neither the request nor the deadline comes in between the end of a run and its joining."""
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    run = start_blocked(core, gate, limit=1)
    with core.held_keeper():
        gate.open()
        core.until_record(run, Kind.STATE, "ended: completed")
        assert not core.controller.stop(run)
        core.controller._mark_stuck(core.controller._live[run])
        core.read()
        snapshot = core.snapshot(run)
    assert (snapshot.chain.requested, snapshot.was_stuck) == (None, False)
    assert core.controller.tally().stuck == 0
    core.until_idle()
    check_records(core.of(run))


def test_a_released_run_counts_as_never_noticed(core: Any) -> None:
    """What the harness lets go after the deadline did not stop by itself, so it has no latency to show."""
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=DEADLINE)
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.RELEASED, True)
    assert (snapshot.chain.noticed, snapshot.chain.latency) == (None, None)
    release = core.until_record(run, Kind.STATE, RELEASING)
    assert snapshot.released == release.instant
    words = release_words(snapshot.chain.requested, release.instant)
    assert core.texts(run, Kind.STATE)[-1] == f"ended: released, {words}"
    record = read_chain(core.texts(run, Kind.CHAIN)[-1])
    assert record is not None
    assert (record.outcome, record.released) == (Outcome.RELEASED, release.instant - core.collector.origin)


def two_blocked(core: Any) -> tuple[Core, list[int]]:
    """Return a core as the window has it, and two runs in work that ends only when it is released."""
    first, second = Gate(), Gate()
    one = workload_of(work=first.work, release=first.open)
    other = type("Other", (workload_of(work=second.work, release=second.open),), {"id": "other"})
    made: Core = core(catalogue_with(one, other), deadline=DEADLINE, releases_stuck=False)
    runs = [start_blocked(made, first), made.start(name="other", workload="other")]
    assert second.entered.wait(20)
    return made, runs


def test_where_somebody_looks_on_nothing_is_let_go_by_itself(core: Any) -> None:
    core, runs = two_blocked(core)
    for run in runs:
        core.controller.stop(run)
        core.until_record(run, Kind.STATE, "stuck: ")
    # One thread looks after all deadlines: it is through with the first once the second is stuck.
    snapshot = core.snapshot(runs[0])
    assert (snapshot.state, snapshot.released, snapshot.outcome) == (State.STUCK, None, None)
    for run in runs:
        assert core.controller.let_go(run)
        assert not core.controller.let_go(run)
    core.until_idle()
    assert [core.snapshot(run).outcome for run in runs] == [Outcome.RELEASED] * 2
    for run in runs:
        check_records(core.of(run))


def test_work_that_ends_by_itself_while_its_run_is_stuck_is_noticed_late_and_interrupted(core: Any) -> None:
    gate = Gate()
    work = workload_of(work=gate.work, release=raising(AssertionError("it was not to be released")))
    core = core(catalogue_with(work), deadline=DEADLINE, releases_stuck=False)
    run = start_blocked(core, gate)
    core.controller.stop(run)
    stuck = core.until_record(run, Kind.STATE, "stuck: ")
    gate.open()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck, snapshot.released) == (Outcome.INTERRUPTED, True, None)
    assert snapshot.chain.noticed is not None
    assert snapshot.chain.noticed > stuck.instant


def test_closing_lets_go_who_is_stuck_and_who_gets_stuck(core: Any) -> None:
    core, runs = two_blocked(core)
    core.controller.stop(runs[0])
    core.until_record(runs[0], Kind.STATE, "stuck: ")
    core.controller.begin_close()
    core.until_idle()
    assert [core.snapshot(run).outcome for run in runs] == [Outcome.RELEASED] * 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_noticing_and_being_let_go_the_first_counts(core: Any, when: str) -> None:
    """The thread has stamped its noticing, or is about to, when it is let go in the middle of its work."""
    gate, told = Gate(), threading.Event()

    def loop(beat: Beat) -> None:
        beat.line()
        at = beat.now()
        beat.work()
        told.wait(20)
        beat.noticed(at if when == "before" else None)

    asked = strategy_of(loop=loop)
    core = core(catalogue_with(asked, workload_of(work=gate.work, release=gate.open)), deadline=3_600)
    run = start_blocked(core, gate, strategy="test")
    core.controller.stop(run)
    assert core.controller.let_go(run)
    told.set()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert snapshot.outcome is (Outcome.INTERRUPTED if when == "before" else Outcome.RELEASED)
    assert (snapshot.chain.noticed is None) == (when == "after")


def test_who_is_in_its_pause_when_it_is_let_go_notices_by_itself(core: Any) -> None:
    clock = FakeClock()
    core = core(catalogue_with(workload_of(work=lambda: None, release=lambda: None)), clock=clock, deadline=1.0)
    run = core.start(workload="test", interval=30.0, stop_after=1.0)
    core.until_record(run, Kind.LINE, "1")
    clock.until_asleep(1)  # its pause begins before time passes, and so ends at 30 s
    clock.advance(2.5)
    core.until_record(run, Kind.STATE, RELEASING)
    clock.advance(30)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.chain.latency) == (Outcome.INTERRUPTED, 29 * 10**9)


def test_who_was_not_asked_cannot_be_let_go(core: Any) -> None:
    core = core()
    run = core.start(interval=0.001)
    assert not core.controller.let_go(run)
    core.controller.stop(run)
    core.until_idle()
    assert not core.controller.let_go(run)
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED


def test_a_run_can_be_let_go_before_its_deadline_and_is_not_called_stuck(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=3_600)
    run = start_blocked(core, gate)
    core.controller.stop(run)
    assert core.controller.let_go(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck, snapshot.chain.noticed) == (Outcome.RELEASED, False, None)
    assert not core.controller.let_go(run)  # it is nobody any more
    check_records(core.of(run))


def test_a_workload_that_fails_when_it_is_let_go_ends_at_its_next_line_and_says_why(core: Any) -> None:
    gate = Gate()
    release = raising(OSError("not connected"))
    loop = strategy_of(loop=lambda beat: [beat.line() or gate.work() for _ in iter(int, 1)])
    core = core(catalogue_with(loop, workload_of(work=gate.work, release=release)), deadline=DEADLINE)
    run = start_blocked(core, gate, strategy="test")
    core.controller.stop(run)
    core.until_record(run, Kind.ERROR, "OSError: not connected")
    gate.open()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.FAILED, True)
    check_records(core.of(run))


def test_a_look_at_a_slow_thread_that_fails_does_not_cost_it_its_deadline(
    core: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, told = Gate(), []
    monkeypatch.setattr(threading, "excepthook", told.append)
    monkeypatch.setattr(Run, "mark_slow", raising(ValueError("cannot be looked at")))
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=DEADLINE)
    core.controller.slow_after = DEADLINE / 2
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).was_stuck
    assert [str(arguments.exc_value) for arguments in told] == ["cannot be looked at"]


def test_the_first_painting_of_an_end_counts(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    joined = core.start(limit=1)
    core.until_idle()
    core.controller.show(joined, (shown := core.clock.now()) + 1)
    core.controller.show(joined, shown + 2)
    assert core.snapshot(joined).chain.shown == shown + 1
    run = start_blocked(core, gate, limit=1)
    with core.held_keeper():
        gate.open()
        eventually(lambda: core.snapshot(run).state is State.ENDED)
        core.controller.show(run, (shown := core.clock.now()) + 1)
        core.controller.show(run, shown + 2)
    core.until_idle()
    assert core.snapshot(run).chain.shown == shown + 1


def test_a_workload_that_can_be_interrupted_is_with_the_request(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, interrupt=gate.open)))
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).chain.latency is not None
    assert not core.snapshot(run).was_stuck


def test_a_strategy_that_says_nothing_leaves_the_latency_open(core: Any) -> None:
    core = core(catalogue_with(strategy_of(loop=lambda beat: gate.work())))
    gate = Gate()
    run = core.start(strategy="test")
    assert gate.entered.wait(20)
    core.controller.stop(run)
    gate.open()
    core.until_idle()
    assert core.snapshot(run).chain.noticed is None
    assert core.snapshot(run).chain.cleaned_up is not None
    assert core.texts(run, Kind.STATE)[-1] == "ended: interrupted, never noticed"


def test_a_request_between_the_cleaning_and_the_end_keeps_the_chain_in_order(core: Any) -> None:
    """The run has reached its limit and waits for credit for its last words when it is asked."""
    core = core(credit=Credit(lines=2))
    run = core.start(interval=0.0, limit=2, text_at_end=("a", "b"))
    eventually(lambda: core.snapshot(run).chain.cleaned_up is not None)
    assert core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.COMPLETED
    assert core.texts(run) == ["1", "2", "a", "b"]
    assert core.snapshot(run).chain.is_ordered(), core.snapshot(run).chain
    check_records(core.of(run))


def test_cleaning_happens_once_in_the_run_s_own_thread_before_its_last_words(core: Any) -> None:
    cleaned: list[str] = []
    core = core(catalogue_with(workload_of(clean_up=lambda: cleaned.append(threading.current_thread().name))))
    run = core.start(workload="test", limit=1, interval=0.0, text_at_end=("done",))
    core.until_idle()
    assert cleaned == ["worker #1"]
    done = core.until_record(run, Kind.LINE, "done")
    assert (core.snapshot(run).chain.cleaned_up or 0) <= done.instant


# -- start and stop of many --------------------------------------------------------------------------------------


def test_stop_all_asks_everybody_once(core: Any) -> None:
    core = core()
    runs = [core.start(name=f"w{number}", strategy="event-wait") for number in range(6)]
    assert core.controller.live() == tuple(runs)
    assert core.controller.stop(runs[2])
    assert core.controller.stop_all(clicked=core.clock.now()) == 5
    assert core.controller.stop_all() == 0
    core.until_idle()
    assert [s.outcome for s in core.controller.snapshots([*runs, 99])] == [Outcome.INTERRUPTED] * 6
    assert core.controller.live() == ()
    assert sum(s.chain.clicked is not None for s in core.controller.snapshots(runs)) == 5


def test_unknown_runs_are_nobody(core: Any) -> None:
    core = core()
    assert not core.controller.stop(7)
    assert core.controller.snapshot(7) is None
    assert core.controller.run_of("x") is None
    assert core.controller.wait_idle(0)
    assert core.controller.left() == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"strategy": "flagg"}, "strategy"), ({"workload": "slep"}, "workload"), ({"text": "{"}, "text")],
)
def test_a_worker_that_cannot_run_is_refused_and_nothing_is_begun(
    core: Any, fields: dict[str, Any], field: str
) -> None:
    core = core()
    with pytest.raises(BadInput) as caught:
        core.start(**fields)
    assert caught.value.field == field
    assert core.controller.is_idle()
    assert core.start() == 1
    core.read()
    assert core.names[1].number == 1


def test_tally_counts_the_stopping(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    run = start_blocked(core, gate)
    core.start(name="other")
    core.controller.stop(run)
    assert core.controller.tally() == Tally(alive=2, stopping=1)
    assert not core.controller.wait_idle(0.001)
    gate.open()


# -- the beginning -----------------------------------------------------------------------------------------------


def test_those_that_are_started_together_get_their_threads_at_the_end(core: Any) -> None:
    core = core()
    with core.controller.together():
        with core.controller.together():
            first = core.start(name="first")
        second = core.start(name="second", text_at_end=("done",))
        core.controller._errands.put(lambda: None)
        assert core.controller._waiting
        assert [core.snapshot(run).started for run in (first, second)] == [None, None]
        # Asked before it began, as with any other.
        assert core.controller.stop(second)
    core.until_record(first, Kind.LINE, "1")
    core.controller.stop(first)
    core.until_idle()
    assert core.texts(second) == ["1", "done"]
    for run in (first, second):
        check_records(core.of(run))


def test_whatever_goes_wrong_while_many_are_started_those_that_were_begin(core: Any) -> None:
    core = core()

    def start_some() -> None:
        with core.controller.together():
            started.append(core.start(limit=1))
            core.start(strategy="nonsense")

    started: list[int] = []
    with pytest.raises(BadInput):
        start_some()
    core.until_idle()
    assert core.snapshot(started[0]).outcome is Outcome.COMPLETED
    assert core.start() is not None


def test_closing_while_many_are_started_abandons_them(core: Any) -> None:
    core = core()
    with core.controller.together():
        run = core.start()
        core.controller.begin_close()
    core.until_idle()
    assert (core.snapshot(run).outcome, core.snapshot(run).started) == (Outcome.INTERRUPTED, None)
    check_records(core.of(run))


# -- the end -----------------------------------------------------------------------------------------------------


def test_closing_refuses_new_runs_and_abandons_those_without_a_thread(core: Any) -> None:
    core = core()
    alive = core.start(name="alive")
    core.until_record(alive, Kind.LINE, "1")
    with core.held_keeper():
        queued = [core.start(name=f"queued {number}", text_at_end=("never",)) for number in range(3)]
        core.controller.begin_close(clicked=core.clock.now())
        assert core.controller.start(Worker(name="late", strategy="flag")) is None
    core.until_idle()
    for run in queued:
        snapshot = core.snapshot(run)
        assert (snapshot.state, snapshot.outcome) == (State.ENDED, Outcome.INTERRUPTED)
        assert (snapshot.started, snapshot.native_id, snapshot.lines) == (None, None, 0)
        assert core.texts(run) == []
        assert [text.partition(":")[0] for text in core.texts(run, Kind.STATE)] == ["starting", "stopping", "ended"]
        assert core.texts(run, Kind.STATE)[-1] == "ended: interrupted, never noticed"
        assert snapshot.chain.is_ordered()
        check_records(core.of(run))
    assert core.snapshot(alive).chain.clicked is not None
    assert core.snapshot(alive).chain.noticed is not None
    assert core.controller.start(Worker(name="late", strategy="flag")) is None


def test_waiting_for_the_end_ends_with_the_last_run(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    start_blocked(core, gate)
    core.controller.begin_close()
    assert not core.controller.wait_idle(0.001)
    opener = threading.Timer(0.01, gate.open)
    opener.start()
    assert core.controller.wait_idle(1_000)  # so long that only being told ends it before the test's own time is up
    opener.join()


def test_ended_runs_are_forgotten_oldest_first(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.controller.MOST_ENDED", 2)
    core = core()
    for _ in range(3):
        core.start(limit=1, interval=0.0)
        core.until_idle()
    assert [snapshot.run for snapshot in core.controller.snapshots([1, 2, 3])] == [2, 3]


def test_a_lone_strategy_is_enough_for_a_catalogue(core: Any) -> None:
    core = core(Catalogue(strategies=(EventPoll,)))
    core.start(limit=1)
    with pytest.raises(BadInput):
        core.start(name="other", strategy="flag")


@pytest.mark.parametrize(("where", "words"), [("work", "not noticed"), ("clean_up", "noticed, but not ended")])
def test_a_stop_that_is_slow_shows_where_the_thread_is(core: Any, where: str, words: str) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(**{where: gate.work})), deadline=1_000.0)
    core.controller.slow_after = DEADLINE
    run = core.start(workload="test")
    core.until_record(run, Kind.LINE, "1")
    if where == "work":
        assert gate.entered.wait(20)
    core.controller.stop(run)
    record = core.until_record(run, Kind.STATE, f"stopping: {words} 30.0 ms after it was asked; it is here\n")
    assert "self._opened.wait(30)" in record.text
    snapshot = core.snapshot(run)
    assert snapshot.calls[-1].function == "wait"
    assert not snapshot.was_stuck
    gate.open()
    core.until_idle()
    assert core.snapshot(run).calls == snapshot.calls
    check_records(core.of(run))
