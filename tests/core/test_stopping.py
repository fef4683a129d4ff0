"""Runs that do not stop in time, and the end of everything."""

import gc
import threading
import weakref
from typing import Any

import pytest

from app.core.catalogue import Catalogue
from app.core.credit import Credit
from app.core.engine import Abilities
from app.core.errors import BadInput
from app.core.events import Ended, Failed, Located, Released, Shown, SlowToNotice, Started, StopRequested, Stuck
from app.core.fold import Tally
from app.core.loop_context import LoopContext
from app.core.run import Run
from app.core.states import Outcome, State
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
    assert core.controller.state.tally() == Tally(alive=1)
    assert core.controller.stop(run)
    stuck = core.until_event(run, Stuck)
    assert (stuck.after, stuck.noticed) == (30_000_000, None)
    at = core.instant(run, Stuck)
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.STUCK, None, True)
    assert core.controller.state.tally() == Tally(alive=1, stuck=1)
    # Where it was at that moment, in the record, in the row, and as of now.
    assert "in work" in snapshot.stack
    assert snapshot.calls == stuck.calls
    assert "work" in [call.function for call in core.where(run)]
    assert "in work" in core.controller.left()[0].stack
    requested = snapshot.chain.requested
    assert requested is not None
    assert at - requested >= DEADLINE * 1e9
    gate.open()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.ENDED, Outcome.INTERRUPTED, True)
    assert snapshot.chain.noticed is not None
    assert snapshot.chain.noticed >= at
    assert snapshot.chain.latency == snapshot.chain.noticed - requested
    (ended,) = core.events(run, Ended)
    assert (ended.outcome, ended.was_stuck, ended.chain) == (Outcome.INTERRUPTED, True, snapshot.chain)
    assert core.controller.state.tally() == Tally()
    check_records(core.of(run))


def test_a_run_that_ends_in_time_is_never_called_stuck(thread_core: Any) -> None:
    clock = FakeClock()  # so in this process's engine alone
    core = thread_core(clock=clock, deadline=3.0)
    run = core.start(name="in time", strategy="event-wait")
    core.until_line(run, "1")
    # By a name of its own: an earlier test's run may still be there.
    gone = weakref.ref(next(each for each in gc.get_objects() if type(each) is Run and each.worker.name == "in time"))
    core.controller.stop(run)
    core.until_idle()
    # Its deadline is called off, and lets go of the run, though it is far off.
    eventually(lambda: gc.collect() < 0 or gone() is None)
    clock.advance(10)
    core.read()
    assert not core.events(run, Stuck)
    assert not core.snapshot(run).was_stuck


def test_another_deadline_is_for_what_is_asked_from_then_on(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=3_600, releases_stuck=False)
    before, after = start_blocked(core, gate), core.start(workload="test", name="another")
    core.until_line(after, "1")
    core.controller.stop(before)
    core.controller.set_deadline(DEADLINE)
    assert core.controller.deadline == DEADLINE
    core.controller.stop(after)
    assert core.until_event(after, Stuck).after == round(DEADLINE * 1e9)
    assert not core.events(before, Stuck)
    gate.open()
    core.until_idle()


def test_nothing_is_recorded_after_the_end(core: Any) -> None:
    """No order comes in between the end of a run and its joining."""
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    run = start_blocked(core, gate, limit=1)
    with core.held_manager():
        gate.open()
        core.until_event(run, Ended)
        assert not core.controller.stop(run)
        core.engine.request_stop(run)
        core.engine.let_go(run)
        core.engine.locate(run)
        # One whose thread is there, so that all orders before it were carried out.
        other = core.start(name="other")
        core.engine.locate(other)
        core.until_event(other, Located)
        snapshot = core.snapshot(run)
    assert (snapshot.chain.requested, snapshot.was_stuck) == (None, False)
    assert core.events(run)[-1:] == core.events(run, Ended)
    assert core.controller.state.tally().stuck == 0
    core.controller.stop(other)
    core.until_idle()
    check_records(core.of(run))


def test_the_deadline_of_a_run_that_has_ended_and_is_not_joined_says_nothing(thread_core: Any) -> None:
    clock, gate = FakeClock(), Gate()  # so in this process's engine alone
    core = thread_core(catalogue_with(workload_of(work=gate.work)), clock=clock, deadline=2.0)
    run = start_blocked(core, gate, interval=0.0)
    with core.held_manager():
        core.controller.stop(run)
        gate.open()
        core.until_event(run, Ended)
        clock.advance(10)
        core.read()
    assert core.events(run)[-1:] == core.events(run, Ended)
    assert not core.events(run, SlowToNotice) + core.events(run, Stuck)
    assert (core.snapshot(run).was_stuck, core.controller.state.tally()) == (False, Tally())
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
    release = core.instant(run, Released)
    assert snapshot.released == release
    assert core.events(run, Released)[0].after == release - (snapshot.chain.requested or 0)
    (ended,) = core.events(run, Ended)
    assert (ended.outcome, ended.released) == (Outcome.RELEASED, release)


def two_blocked(core: Any) -> tuple[Core, list[int]]:
    """Return a core as the window has it, and two runs in work that ends only when it is released."""
    first, second = Gate(), Gate()
    one = workload_of(work=first.work, release=first.open)
    other = type("Other", (workload_of(work=second.work, release=second.open),), {"id": "other"})
    made: Core = core(catalogue_with(one, other), deadline=DEADLINE, releases_stuck=False)
    runs = [start_blocked(made, first), made.start(name="other", workload="other")]
    assert second.entered.wait(20)
    return made, runs


def test_where_a_person_looks_on_nothing_is_let_go_by_itself(core: Any) -> None:
    core, runs = two_blocked(core)
    for run in runs:
        core.controller.stop(run)
        core.until_event(run, Stuck)
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
    core.until_event(run, Stuck)
    gate.open()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck, snapshot.released) == (Outcome.INTERRUPTED, True, None)
    assert snapshot.chain.noticed is not None
    assert snapshot.chain.noticed > core.instant(run, Stuck)


def test_closing_lets_go_who_is_stuck_and_who_gets_stuck(core: Any) -> None:
    core, runs = two_blocked(core)
    core.controller.stop(runs[0])
    core.until_event(runs[0], Stuck)
    core.controller.close(3_600.0)
    core.until_idle()
    assert [core.snapshot(run).outcome for run in runs] == [Outcome.RELEASED] * 2
    assert core.events(runs[1], Stuck)


def test_closing_lets_all_go_after_its_own_deadline(core: Any) -> None:
    first = Gate()
    core = core(catalogue_with(workload_of(work=first.work, release=first.open)), deadline=3_600)
    run = start_blocked(core, first)
    core.controller.close(DEADLINE)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.RELEASED, False)
    assert (snapshot.released or 0) - (snapshot.chain.requested or 0) >= DEADLINE * 1e9


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_noticing_and_being_let_go_the_first_counts(core: Any, when: str) -> None:
    """The thread has stamped its noticing, or is about to, when it is let go in the middle of its work."""
    gate, told = Gate(), threading.Event()

    def loop(context: LoopContext) -> None:
        context.line()
        at = context.now()
        context.work()
        told.wait(20)
        context.noticed(at if when == "before" else None)

    asked = strategy_of(loop=loop)
    core = core(catalogue_with(asked, workload_of(work=gate.work, release=gate.open)), deadline=3_600)
    run = start_blocked(core, gate, strategy="test")
    core.controller.stop(run)
    assert core.controller.let_go(run)
    core.until_event(run, Released)
    told.set()
    core.until_idle()
    snapshot = core.snapshot(run)
    assert snapshot.outcome is (Outcome.INTERRUPTED if when == "before" else Outcome.RELEASED)
    assert (snapshot.chain.noticed is None) == (when == "after")


def test_what_is_in_its_pause_when_it_is_let_go_notices_by_itself(thread_core: Any) -> None:
    clock = FakeClock()  # so in this process's engine alone
    core = thread_core(catalogue_with(workload_of(work=lambda: None, release=lambda: None)), clock=clock, deadline=1.0)
    run = core.start(workload="test", interval=30.0, stop_after=1.0)
    core.until_line(run, "1")
    clock.until_asleep(1)  # its pause begins before time passes, and so ends at 30 s
    clock.advance(2.5)
    core.until_event(run, Released)
    clock.advance(30)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.chain.latency) == (Outcome.INTERRUPTED, 29 * 10**9)


def test_what_was_not_asked_cannot_be_let_go(core: Any) -> None:
    core = core()
    run = core.start(interval=0.001)
    assert not core.controller.let_go(run)
    core.engine.let_go(run)  # nor by the engine itself
    core.controller.stop(run)
    core.until_idle()
    assert not core.controller.let_go(run)
    assert not core.events(run, Released)
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED


def test_what_the_engine_cannot_let_go_of_is_not_ordered(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=3_600)
    core.controller.abilities = Abilities(let_go=False, in_flight=10)
    run = start_blocked(core, gate)
    core.controller.stop(run)
    assert not core.controller.let_go(run)
    assert core.controller.let_all_go() == 0
    gate.open()
    core.until_idle()
    assert not core.events(run, Released)
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
    assert not core.controller.let_go(run)
    check_records(core.of(run))


def test_a_workload_that_fails_when_it_is_let_go_ends_at_its_next_line_and_says_why(core: Any) -> None:
    gate = Gate()
    release = raising(OSError("not connected"))
    loop = strategy_of(loop=lambda context: [context.line() or gate.work() for _ in iter(int, 1)])
    core = core(catalogue_with(loop, workload_of(work=gate.work, release=release)), deadline=DEADLINE)
    run = start_blocked(core, gate, strategy="test")
    core.controller.stop(run)
    assert core.until_event(run, Failed).summary == "OSError: not connected"
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
    catalogue = catalogue_with(workload_of(work=gate.work, release=gate.open))
    core = core(catalogue, deadline=DEADLINE, slow_after=DEADLINE / 2)
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).was_stuck
    assert [str(arguments.exc_value) for arguments in told] == ["cannot be looked at"]


def test_the_first_painting_of_an_end_counts(core: Any) -> None:
    core = core()
    run = core.start(limit=1)
    core.controller.show(run, core.clock.now())  # it has not ended, as far as is known
    core.controller.show(7, core.clock.now())
    core.until_idle()
    shown = core.clock.now()
    core.controller.show(run, shown + 1)
    core.controller.show(run, shown + 2)
    core.read()
    core.controller.show(run, shown + 3)
    core.read()
    chain = core.snapshot(run).chain
    assert chain.shown == shown + 1
    assert chain.is_ordered()
    assert core.events(run, Shown) == [Shown(shown + 1, shown + 1 - (chain.ended or 0))]
    check_records(core.of(run))


def test_a_workload_that_can_be_interrupted_is_with_the_request(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, interrupt=gate.open)))
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).chain.latency is not None
    assert not core.snapshot(run).was_stuck


def test_a_strategy_that_says_nothing_leaves_the_latency_open(core: Any) -> None:
    core = core(catalogue_with(strategy_of(loop=lambda _context: gate.work())))
    gate = Gate()
    run = core.start(strategy="test")
    assert gate.entered.wait(20)
    core.controller.stop(run)
    gate.open()
    core.until_idle()
    assert core.snapshot(run).chain.noticed is None
    assert core.snapshot(run).chain.cleaned_up is not None
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED


def test_a_request_between_the_cleaning_and_the_end_keeps_the_chain_in_order(core: Any) -> None:
    """The run has reached its limit and waits for credit for its last words when it is asked."""
    cleaned = threading.Event()
    core = core(catalogue_with(workload_of(clean_up=cleaned.set)), credit=Credit(lines=2))
    run = core.start(workload="test", interval=0.0, limit=2, text_at_end=("a", "b"))
    assert cleaned.wait(20)
    assert core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.COMPLETED
    assert core.texts(run) == ["1", "2", "a", "b"]
    assert core.snapshot(run).chain.is_ordered(), core.snapshot(run).chain
    assert core.snapshot(run).chain.requested is not None
    check_records(core.of(run))


def test_cleaning_happens_once_in_the_run_s_own_thread_before_its_last_words(core: Any) -> None:
    cleaned: list[str] = []
    core = core(catalogue_with(workload_of(clean_up=lambda: cleaned.append(threading.current_thread().name))))
    run = core.start(workload="test", limit=1, interval=0.0, text_at_end=("done",))
    core.until_idle()
    assert cleaned == ["worker #1"]
    done = core.until_line(run, "done")
    assert (core.snapshot(run).chain.cleaned_up or 0) <= done.instant


# -- start and stop of many --------------------------------------------------------------------------------------


def test_stop_all_asks_each_once(core: Any) -> None:
    core = core()
    runs = [core.start(name=f"w{number}", strategy="event-wait") for number in range(6)]
    assert core.controller.state.live() == tuple(runs)
    assert core.controller.stop(runs[2])
    assert core.controller.stop_all(clicked=core.clock.now()) == 5
    assert core.controller.stop_all() == 0
    core.until_idle()
    assert [s.outcome for s in core.controller.state.snapshots([*runs, 99])] == [Outcome.INTERRUPTED] * 6
    assert core.controller.state.live() == ()
    assert sum(s.chain.clicked is not None for s in core.controller.state.snapshots(runs)) == 5


def test_unknown_runs_are_passed_over(core: Any) -> None:
    core = core()
    assert not core.controller.stop(7)
    assert not core.controller.let_go(7)
    assert core.controller.state.snapshot(7) is None
    assert not core.controller.is_alive("x")
    assert core.pump.until(core.controller.is_idle, 0)
    assert core.controller.left() == []
    core.controller.locate([7])
    core.engine.request_stop(7)
    core.engine.let_go(7)
    run = core.start(limit=1)
    core.until_idle()
    assert {record.run for record in core.records} == {run}


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
    core.until_event(1, Started)
    assert core.names[1].number == 1


def test_tally_counts_the_stopping(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    run = start_blocked(core, gate)
    core.start(name="other")
    core.controller.stop(run)
    core.until_event(run, StopRequested)
    assert core.controller.state.tally() == Tally(alive=2, stopping=1)
    assert not core.pump.until(core.controller.is_idle, 0.001)
    gate.open()


# -- the beginning -----------------------------------------------------------------------------------------------


def test_those_that_are_started_together_get_their_threads_after_all_were_made(core: Any) -> None:
    core = core()
    with core.held_manager():
        workers = [
            Worker(name="first", strategy="event-poll", interval=0.001, text="{i}"),
            Worker(name="second", strategy="event-poll", interval=0.001, text="{i}", text_at_end=("done",)),
            Worker(name="first", strategy="event-poll"),
        ]
        first, second, twice = core.controller.start_all(workers)
        assert twice is None
        for run in (first, second):
            core.until_event(run, Started)
            assert core.snapshot(run).started is None
        # Asked before it began, as with any other.
        assert core.controller.stop(second)
        core.until_event(second, StopRequested)
    core.until_line(first, "1")
    core.controller.stop(first)
    core.until_idle()
    assert core.texts(second) == ["1", "done"]
    assert core.instant(second, Started) < (core.snapshot(first).started or 0)
    for run in (first, second):
        check_records(core.of(run))


def test_if_one_of_those_that_are_started_together_is_wrong_none_is_started(core: Any) -> None:
    core = core()
    with pytest.raises(BadInput):
        core.controller.start_all([Worker(name="right", strategy="flag"), Worker(name="wrong", strategy="nonsense")])
    assert core.controller.is_idle()
    run = core.start(limit=1)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.COMPLETED
    assert {record.run for record in core.records} == {run}


def test_closing_while_many_are_started_gives_them_no_thread(core: Any) -> None:
    core = core()
    with core.held_manager():
        run = core.start()
        core.controller.close(5.0)
        core.until_event(run, StopRequested)
    core.until_idle()
    assert (core.snapshot(run).outcome, core.snapshot(run).started) == (Outcome.INTERRUPTED, None)
    check_records(core.of(run))


# -- the end -----------------------------------------------------------------------------------------------------


def test_closing_refuses_new_runs_and_ends_those_without_a_thread(core: Any) -> None:
    core = core()
    alive = core.start(name="alive")
    core.until_line(alive, "1")
    with core.held_manager():
        queued = [core.start(name=f"queued {number}", text_at_end=("never",)) for number in range(3)]
        core.controller.close(5.0, clicked=core.clock.now())
        assert core.controller.start(Worker(name="late", strategy="flag")) is None
        for run in queued:
            core.until_event(run, StopRequested)
    core.until_idle()
    for run in queued:
        snapshot = core.snapshot(run)
        assert (snapshot.state, snapshot.outcome) == (State.ENDED, Outcome.INTERRUPTED)
        assert (snapshot.started, snapshot.native_id, snapshot.lines) == (None, None, 0)
        assert core.texts(run) == []
        assert list(map(type, core.events(run))) == [Started, StopRequested, Ended]
        assert snapshot.chain.noticed is None
        assert snapshot.chain.is_ordered()
        check_records(core.of(run))
    assert core.snapshot(alive).chain.clicked is not None
    assert core.snapshot(alive).chain.noticed is not None
    assert core.controller.start(Worker(name="late", strategy="flag")) is None


def test_waiting_for_the_end_ends_with_the_last_run(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    start_blocked(core, gate)
    core.controller.close(3_600.0)
    assert not core.pump.until(core.controller.is_idle, 0.001)
    opener = threading.Timer(0.01, gate.open)
    opener.start()
    assert core.pump.until(
        core.controller.is_idle, 1_000
    )  # so long that only being told ends it before the test's own time is up
    opener.join()


def test_a_lone_strategy_is_enough_for_a_catalogue(core: Any) -> None:
    core = core(Catalogue(strategies=(EventPoll,)))
    core.start(limit=1)
    with pytest.raises(BadInput):
        core.start(name="other", strategy="flag")


@pytest.mark.parametrize(("where", "noticed"), [("work", False), ("clean_up", True)])
def test_a_stop_that_is_slow_shows_where_the_thread_is(core: Any, where: str, noticed: bool) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(**{where: gate.work})), deadline=1_000.0, slow_after=DEADLINE)
    run = core.start(workload="test")
    core.until_line(run, "1")
    if where == "work":
        assert gate.entered.wait(20)
    core.controller.stop(run)
    slow = core.until_event(run, SlowToNotice)
    assert (slow.after, slow.noticed is not None) == (30_000_000, noticed)
    assert "self._opened.wait(30)" in [call.text for call in slow.calls]
    snapshot = core.snapshot(run)
    assert snapshot.calls[-1].function == "wait"
    assert not snapshot.was_stuck
    gate.open()
    core.until_idle()
    assert core.snapshot(run).calls == snapshot.calls
    check_records(core.of(run))


def test_after_reopening_new_runs_are_taken_and_what_was_asked_stays_so(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=3_600)
    asked = start_blocked(core, gate)
    core.controller.close(3_600.0)
    assert core.controller.start(Worker(name="refused", strategy="flag")) is None
    core.until_event(asked, StopRequested)
    core.controller.reopen()
    late = core.start(name="late")
    core.until_line(late, "1")
    assert core.snapshot(asked).state is State.STOPPING
    assert core.snapshot(late).chain.requested is None
    gate.open()
    core.until_event(asked, Ended)
    assert core.snapshot(asked).outcome is Outcome.INTERRUPTED
    core.controller.stop(late)
    core.until_idle()


def test_after_reopening_nothing_is_let_go_by_itself(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work, release=gate.open)), deadline=DEADLINE, releases_stuck=False)
    core.controller.close(0)
    core.controller.reopen()
    run = start_blocked(core, gate)
    core.controller.stop(run)
    core.until_event(run, Stuck)
    assert core.snapshot(run).released is None
    core.controller.close(0)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.RELEASED
