"""What every engine keeps, beside what a controller asks of it: runs that cannot be made, orders by any thread, the end."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.batch import RunName
from app.core.clock import SystemClock
from app.core.credit import Credit
from app.core.engine import NewRun
from app.core.events import Ended, Failed, Located, Running, Started, StopRequested, events_of
from app.core.lane import Lane
from app.core.states import Outcome, State
from app.core.strategies.base import Strategy, ThreadLike
from app.core.strategies.event_poll import EventPoll
from app.core.stream import Stream
from app.core.thread_engine import ThreadEngine
from app.core.worker import Worker
from app.core.workloads import Workload
from tests.core.harness import Core, check_records, eventually
from tests.core.mechanisms import Gate, catalogue_with, raising, watched, workload_of
from tests.fakes import PATIENCE


def unmakeable(**methods: Any) -> type[Strategy]:
    """Return an ``event-poll`` with the id ``test`` and these methods."""
    return type("Unmakeable", (watched(EventPoll, []),), methods)


def failing_init(_self: Strategy, _thread: ThreadLike) -> None:
    raise OSError("no mechanism")


UNMAKEABLE: dict[str, type[Strategy] | type[Workload]] = {
    "thread": unmakeable(make_thread=classmethod(raising(OSError("no mechanism")))),
    "strategy": unmakeable(__init__=failing_init),
    "workload": type("Unmakeable", (workload_of(),), {"__init__": raising(OSError("no mechanism"))}),
}


def start_unmakeable(core: Core, mechanism: type[Strategy] | type[Workload]) -> int:
    return core.start(name="test", **{"strategy" if issubclass(mechanism, Strategy) else "workload": "test"})


@pytest.mark.parametrize("mechanism", UNMAKEABLE.values(), ids=UNMAKEABLE)
def test_a_run_that_cannot_be_made_is_one_that_failed(core: Any, mechanism: type[Strategy] | type[Workload]) -> None:
    core = core(catalogue_with(mechanism))
    bystander = core.start(name="bystander")
    run = start_unmakeable(core, mechanism)
    assert core.snapshot(run).state is State.STARTING
    core.until_event(run, Ended)
    assert list(map(type, core.events(run))) == [Started, Failed, Ended]
    assert len({record.instant for record in core.of(run)}) == 1
    (failed,) = core.events(run, Failed)
    assert (failed.summary, failed.refused) == ("OSError: no mechanism", False)
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.started, snapshot.lines) == (Outcome.FAILED, None, 0)
    assert snapshot.error.startswith("Traceback")
    assert not core.controller.stop(run)
    assert core.controller.state.refusals.count == 0
    check_records(core.of(run))
    # Its worker may be tried again, and the others run on.
    again = start_unmakeable(core, mechanism)
    core.until_event(again, Ended)
    assert core.names[again].number == 2
    core.until_line(bystander, "2")
    core.controller.stop(bystander)
    core.until_idle()


def test_a_run_that_cannot_be_made_leaves_its_share_of_the_credit_to_others(core: Any) -> None:
    written: list[None] = []
    mechanism = UNMAKEABLE["strategy"]
    core = core(catalogue_with(mechanism, workload_of(work=lambda: written.append(None))), credit=Credit(lines=40))
    for _ in range(3):
        start_unmakeable(core, mechanism)
        core.until_idle()
    assert core.credit.in_flight() == (0, 0)
    run = core.start(workload="test", interval=0.0)
    eventually(lambda: len(written) == 40)  # nothing is read: all of it, and not a quarter
    core.controller.stop(run)
    core.until_idle()


def test_an_engine_that_does_not_know_a_strategy_says_so_in_the_stream(core: Any) -> None:
    """The controller checks; an engine in another process may have another catalogue all the same."""
    core = core()
    core.engine.start(NewRun(7, RunName("alien", 1), Worker("alien", "telepathy")))
    assert "No strategy is called 'telepathy'" in core.until_event(7, Failed).summary
    core.until_event(7, Ended)
    check_records(core.of(7))


def test_what_is_started_together_is_numbered_and_named_as_it_was_said(core: Any) -> None:
    core = core()
    worker = Worker("a\ud800", "event-wait", "native", 0.001, 3, None, "{i}", "x", ("", "y"), (("seconds", 0.001),))
    core.engine.start(
        NewRun(5, RunName("a\ud800", 9), worker), NewRun(3, RunName("b", 1), Worker("b", "flag", limit=1))
    )
    core.until_event(5, Ended)
    core.until_event(3, Ended)
    assert core.names == {5: RunName("a\ud800", 9), 3: RunName("b", 1)}
    assert core.texts(5) == ["1", "2", "3", "", "y"]
    for run in (3, 5):
        check_records(core.of(run))


def test_any_thread_may_give_orders(core: Any) -> None:
    core = core()
    together = threading.Barrier(6)

    def live(run: int) -> None:
        together.wait(PATIENCE)
        core.engine.start(NewRun(run, RunName(f"w{run}", 1), Worker(f"w{run}", "event-wait", interval=0.001)))
        core.engine.locate(run)
        core.engine.request_stop(run)
        core.engine.let_go(run)
        core.engine.locate(run)

    threads = [threading.Thread(target=live, args=(run,)) for run in range(1, 7)]
    for thread in threads:
        thread.start()
    core.until(lambda: all(core.events(run, Ended) for run in range(1, 7)))
    for thread in threads:
        thread.join(PATIENCE)
    for run in range(1, 7):
        check_records(core.of(run))
        assert len(core.events(run, StopRequested)) == 1


def test_a_request_says_what_was_clicked_and_predicted(core: Any) -> None:
    core = core()
    run = core.start(strategy="event-wait", interval=60.0)
    core.until_line(run, "1")
    core.controller.stop(run, clicked=5)
    request = core.until_event(run, StopRequested)
    assert (request.clicked, request.has_line, request.longest_work) == (5, False, 0)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.band, snapshot.chain.clicked) == (request.band, 5)
    assert request.band is not None


def test_the_request_is_stamped_just_before_the_signal_is_set(core: Any) -> None:
    signalled: list[int] = []

    class Stamping(watched(EventPoll, [])):  # type: ignore[misc]
        def request_stop(self) -> None:
            signalled.append(SystemClock.now())
            super().request_stop()

    core = core(catalogue_with(Stamping))
    for _ in range(20):
        run = core.start(strategy="test")
        core.until_line(run, "1")
        core.controller.stop(run)
        core.until_idle()
    latest = [core.snapshot(run).chain for run in range(1, 21)]
    assert all(
        (chain.requested or 0) <= at <= (chain.noticed or 0) for chain, at in zip(latest, signalled, strict=True)
    )
    # Nothing but a few lines of Python lies between; a busy machine may take the processor away in some of them.
    assert min(at - (chain.requested or 0) for chain, at in zip(latest, signalled, strict=True)) < 1_000_000


def test_a_run_is_located_before_its_thread_is_there_and_while_it_lives(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    with core.held_manager():
        run = core.start(workload="test")
        assert core.where(run) == ()
        assert not core.events(run, Running)
    assert gate.entered.wait(PATIENCE)
    assert "work" in [call.function for call in core.where(run)]
    assert [len(event.calls) > 0 for event in core.events(run, Located)] == [False, True]
    gate.open()


def test_an_engine_says_how_much_may_be_in_flight(core: Any) -> None:
    core = core(credit=Credit(lines=123))
    assert (core.engine.abilities.in_flight, core.engine.abilities.let_go) == (123, True)
    assert core.stream.in_flight == 123


# -- the end -----------------------------------------------------------------------------------------------------


class Joined(threading.Thread):
    """A thread that knows whether it was joined."""

    was_joined = False

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        self.was_joined = True


def joinable(made: list[Joined]) -> type[Strategy]:
    """Return an ``event-poll`` with the id ``test`` whose threads are put into ``made``."""

    def make_thread(_cls: type[Strategy], target: Callable[[], None], name: str) -> ThreadLike:
        made.append(Joined(target=target, name=name, daemon=True))
        return made[-1]

    return type("Joinable", (watched(EventPoll, []),), {"make_thread": classmethod(make_thread)})


def test_shutting_down_joins_every_run_whose_end_was_read(core: Any) -> None:
    """The end comes before the join: the reader that knows of the last end shuts down at once."""
    made: list[Joined] = []
    core = core(catalogue_with(joinable(made)))
    for number in range(12):
        core.start(name=str(number), strategy="test", limit=1)
    core.until_idle()
    core.close()
    assert [thread.was_joined for thread in made] == [True] * 12


def test_shutting_down_waits_for_a_run_whose_thread_has_not_put_down_that_its_end_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread is preempted between its last record, which is read, and the next thing that it does."""
    real, gate, held, go_on = Lane.append_control, Gate(), threading.Event(), threading.Event()

    def preempted(lane: Lane, records: Any, *, last: bool = False) -> int | None:
        instant = real(lane, records, last=last)
        if last:
            held.set()
            assert go_on.wait(PATIENCE)
        return instant

    monkeypatch.setattr(Lane, "append_control", preempted)
    made: list[Joined] = []
    engine = ThreadEngine(catalogue_with(joinable(made), workload_of(work=gate.work)), SystemClock())
    stream = Stream([engine], SystemClock())
    engine.start(NewRun(1, RunName("a", 1), Worker("a", "test", "test", limit=1, interval=0.0)))
    assert gate.entered.wait(PATIENCE)
    gate.open()
    assert held.wait(PATIENCE)
    # Its earlier records were not read, so the reader knows of the lane and finds the last one there.
    drained = stream.drain()
    assert drained is not None
    assert isinstance(events_of(drained.batch)[-1][2], Ended)
    closing = threading.Thread(target=engine.shutdown)
    closing.start()
    closing.join(0.2)  # far longer than it takes an engine that does not wait
    assert closing.is_alive()
    go_on.set()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert made[0].was_joined
    stream.close()


def test_shutting_down_leaves_behind_what_is_alive() -> None:
    gate, made = Gate(), []
    engine = ThreadEngine(catalogue_with(joinable(made), workload_of(work=gate.work)), SystemClock())
    engine.start(NewRun(1, RunName("a", 1), Worker("a", "test", "test")))
    assert gate.entered.wait(PATIENCE)
    engine.close(3_600.0)
    engine.shutdown()
    assert (made[0].is_alive(), made[0].was_joined) == (True, False)
    gate.open()
    eventually(lambda: not made[0].is_alive())


def test_an_engine_that_was_never_used_ends() -> None:
    engine = ThreadEngine(whole_catalogue(), SystemClock())
    engine.close(0.0)
    engine.shutdown()
