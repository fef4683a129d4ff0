"""What each workload does between two checkpoints, what a stop can do about it, and that release lets every thread go."""

import itertools
import os
import sys
import threading
import time
from typing import Any

import pytest

from app.core.catalogue import Catalogue
from app.core.events import Released, StopRequested
from app.core.fold import RunSnapshot
from app.core.prediction import ALLOWANCE
from app.core.states import Outcome, State
from app.core.workloads import Workload
from app.core.workloads.blocking_call import BlockingCall
from app.core.workloads.compute import Compute
from app.core.workloads.native import Native
from app.core.workloads.slow_cleanup import SlowCleanup
from app.core.workloads.socket_read import SocketRead
from app.core.workloads.swallow import Swallow
from app.core.workloads.wait_for_lock import WaitForLock
from tests.core.harness import Core, check_records, eventually
from tests.fakes import PATIENCE

DEADLINE = 0.05
WORKLOADS = [pytest.param(workload, id=workload.id) for workload in Catalogue().workloads]
every_workload = pytest.mark.parametrize("workload", WORKLOADS)

# Short enough that a stop is noticed within any deadline.
SHORT: dict[str, dict[str, Any]] = {
    "sleep": {},
    "compute": {"iterations": 1_000},
    "blocking-call": {"seconds": 0.001},
    "socket": {},
    "native": {"seconds": 0.001},
    "swallow": {"seconds": 0.001},
    "slow-cleanup": {"seconds": 0.001},
}
# So long that only release ends them before the test's own time is up.
ENDLESS: dict[str, dict[str, Any]] = {
    "compute": {"iterations": 100_000_000},
    "blocking-call": {"seconds": 3_600.0},
    "socket": {"interrupt": False},
    "lock": {},
    "swallow": {"seconds": 60.0},
}


# Beside several others, what keeps the GIL keeps it from all of them.
QUICK: dict[str, dict[str, Any]] = {"native": {"seconds": 0.001}}


def start(core: Core, workload: str, values: dict[str, Any], **fields: Any) -> int:
    fields = {"strategy": "event-wait"} | fields
    return core.start(workload=workload, parameters=tuple(values.items()), **fields)


def working(core: Core, run: int) -> bool:
    """Return whether the run's thread is in its workload's ``work`` or ``clean_up`` at this moment."""
    return any("workloads" in call.file for call in core.where(run))


def stopped(core: Core, run: int) -> RunSnapshot:
    """Stop a run and return what is known of it when it has ended."""
    core.controller.stop(run)
    core.until_idle()
    check_records(core.of(run))
    return core.snapshot(run)


# -- each of them ------------------------------------------------------------------------------------------------


@every_workload
def test_it_is_described_and_its_source_can_be_read(workload: type[Workload]) -> None:
    assert workload.title
    sentences = [workload.sentence, *(parameter.sentence for parameter in workload.parameters)]
    sentences += [workload.warning] if workload.warning else []
    for sentence in sentences:
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert f'id = "{workload.id}"' in workload.source()
    assert len(workload.source().splitlines()) < 80


@every_workload
def test_its_parameters_are_its_attributes_and_hide_no_method(workload: type[Workload]) -> None:
    made = workload()
    for method in ("work", "clean_up", "interrupt", "release"):
        assert callable(getattr(made, method))
    for parameter in workload.parameters:
        assert parameter.check(parameter.usual) == parameter.usual
        if parameter.name != "interrupt":
            assert getattr(made, parameter.name) == parameter.usual
            assert getattr(workload(**{parameter.name: parameter.most}), parameter.name) == parameter.most


@every_workload
def test_a_run_that_never_starts_leaves_nothing_open(core: Any, workload: type[Workload]) -> None:
    core = core()
    with core.held_manager():
        run = start(core, workload.id, {})
        core.controller.close(5.0)
        core.until_event(run, StopRequested)
    core.until_idle()
    assert core.snapshot(run).started is None


@pytest.mark.parametrize("name", SHORT)
def test_a_stop_is_noticed_and_the_thread_ends_by_itself(core: Any, name: str) -> None:
    core = core()
    run = start(core, name, SHORT[name])
    # The read alone keeps its thread from a second line.
    core.until_line(run, "1" if name == "socket" else "3")
    snapshot = stopped(core, run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.INTERRUPTED, False)
    assert snapshot.chain.latency is not None


@pytest.mark.parametrize("name", ENDLESS)
def test_what_no_stop_can_break_is_released_after_the_deadline_and_never_noticed(core: Any, name: str) -> None:
    core = core(deadline=DEADLINE)
    run = start(core, name, ENDLESS[name])
    eventually(lambda: working(core, run))
    snapshot = stopped(core, run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.ENDED, Outcome.RELEASED, True)
    assert snapshot.chain.noticed is None
    assert any("workloads" in call.file for call in snapshot.calls), snapshot.stack
    assert snapshot.released == core.instant(run, Released)


@pytest.mark.parametrize("name", ENDLESS)
def test_a_release_before_the_work_lets_it_through_and_so_does_a_second_one(name: str) -> None:
    workload = Catalogue().workload(name)(**ENDLESS[name])
    workload.release()
    workload.work()
    workload.release()
    workload.work()
    workload.clean_up()
    workload.release()  # the deadline may pass while the thread ends


@every_workload
def test_with_every_strategy_all_are_gone_after_the_deadline(core: Any, workload: type[Workload]) -> None:
    """Those strategies that ask for no agreement, side by side, with the workload as it usually is."""
    core = core(deadline=DEADLINE)
    runs = [
        start(core, workload.id, QUICK.get(workload.id, {}), name=strategy.about.id, strategy=strategy.about.id)
        for strategy in Catalogue().strategies
        if not strategy.about.warning
    ]
    for run in runs:
        core.until_line(run, "1")
    core.controller.stop_all()
    core.until_idle()
    for run in runs:
        check_records(core.of(run))
        assert core.snapshot(run).outcome is not Outcome.COMPLETED


# -- one by one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [1, 9_999, 10_000, 10_001, 25_000])
def test_computing_goes_round_as_often_as_it_was_told(iterations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def counted(*arguments: int) -> range:
        rounds.append(range(*arguments))
        return rounds[-1]

    monkeypatch.setattr("app.core.workloads.compute.range", counted, raising=False)
    Compute(iterations=iterations).work()
    slices = rounds[1:]
    assert sum(map(len, slices)) == iterations
    assert [part.start for part in slices[1:]] == [part.stop for part in slices[:-1]]


def test_a_computing_thread_is_predicted_to_finish_its_work_first(core: Any) -> None:
    core = core()
    run = start(core, "compute", {"iterations": 300_000}, interval=0.0)
    core.until_line(run, "3")
    snapshot = stopped(core, run)
    assert snapshot.chain.latency is not None
    assert snapshot.band is not None
    assert snapshot.band[1] > ALLOWANCE


def test_a_blocking_call_takes_its_time_and_opens_one_pair_for_all_its_calls() -> None:
    workload = BlockingCall(seconds=0.01)
    began = time.perf_counter_ns()
    workload.work()
    assert time.perf_counter_ns() - began >= 10_000_000
    ends = workload.ends
    workload.work()
    assert workload.ends is ends
    workload.clean_up()
    assert [end.fileno() for end in ends] == [-1, -1]


def test_a_socket_that_may_be_interrupted_is_woken_by_the_request(core: Any) -> None:
    core = core()
    run = start(core, "socket", {}, strategy="event-poll")
    eventually(lambda: working(core, run))
    snapshot = stopped(core, run)
    assert not snapshot.was_stuck
    assert snapshot.chain.noticed is not None
    # A read that is broken is not waited for: the pause is all that is predicted.
    assert snapshot.band == (0, 1_000_000 + ALLOWANCE)


def test_only_a_socket_that_is_interrupted_says_so() -> None:
    assert SocketRead().interrupts
    assert not SocketRead(interrupt=False).interrupts
    assert not any(workload().interrupts for workload in Catalogue().workloads if workload is not SocketRead)
    deaf = SocketRead(interrupt=False)
    deaf.interrupt()
    assert not deaf.is_shut_down


def test_an_interrupt_before_the_first_read_is_not_lost() -> None:
    workload = SocketRead()
    workload.interrupt()
    workload.work()
    assert workload.ends == ()


def test_a_lock_is_held_by_another_thread_and_free_for_ever_after() -> None:
    workload = WaitForLock()
    waiter = threading.Thread(target=workload.work)
    waiter.start()
    assert workload.lock.locked()
    workload.release()
    waiter.join(PATIENCE)
    assert not waiter.is_alive()
    assert not workload.lock.locked()
    workload.release()
    workload.work()


def test_a_native_call_keeps_all_others_from_executing_anything() -> None:
    workload = Native(seconds=0.05)
    ticks: list[int] = []
    over, ticking = threading.Event(), threading.Event()

    def tick() -> None:
        while not over.is_set():
            ticks.append(time.perf_counter_ns())
            ticking.set()

    other = threading.Thread(target=tick)
    other.start()
    assert ticking.wait(PATIENCE)
    workload.work()
    over.set()
    other.join(PATIENCE)
    assert workload.longest >= 50_000_000
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        # Nothing ticked for as long as the call took.
        assert max(after - before for before, after in itertools.pairwise(ticks)) >= 50_000_000


def test_a_native_call_warns_and_asks_for_a_process_of_its_own() -> None:
    assert [w.id for w in Catalogue().workloads if w.own_process] == ["native"]
    assert [w.id for w in Catalogue().workloads if w.warning] == ["native"]
    assert "stands still" in Native.warning


def test_a_native_call_that_outlives_the_deadline_ends_by_itself(core: Any) -> None:
    core = core(deadline=0.01)
    run = start(core, "native", {"seconds": 0.05}, interval=0.0)
    core.until_line(run, "2")
    assert stopped(core, run).outcome is Outcome.INTERRUPTED
    assert Native.release is Workload.release  # nothing is broken for it, so its latency stays its own


def test_an_exception_in_the_swallowing_work_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = []

    def break_once(*_: int) -> range:
        if not raised:
            raised.append(ValueError("stop!"))
            raise raised[0]
        return range(0)

    monkeypatch.setattr("app.core.workloads.swallow.range", break_once, raising=False)
    workload = Swallow(seconds=0.02)
    began = time.perf_counter_ns()
    workload.work()
    assert raised
    assert time.perf_counter_ns() - began >= 20_000_000


@pytest.mark.parametrize(("workload", "heard"), [("compute", True), ("swallow", False)])
def test_an_exception_from_outside_breaks_python_work_unless_that_swallows_it(
    core: Any, workload: str, heard: bool
) -> None:
    core = core(deadline=PATIENCE if heard else DEADLINE)
    run = start(core, workload, ENDLESS[workload], strategy="async-exception")
    inside = {"compute": "value = ", "swallow": "sum("}[workload]  # not merely on the way into the work
    eventually(lambda: any(call.text.startswith(inside) for call in core.where(run)))
    snapshot = stopped(core, run)
    assert (snapshot.chain.noticed is not None, snapshot.was_stuck) == (heard, not heard)


def test_a_slow_clean_up_comes_after_the_noticing(core: Any) -> None:
    core = core()
    run = start(core, "slow-cleanup", {"seconds": 0.05})
    core.until_line(run, "1")
    snapshot = stopped(core, run)
    chain = snapshot.chain
    assert chain.noticed is not None
    assert chain.cleaned_up is not None
    assert chain.cleaned_up - chain.noticed >= 50_000_000
    # Whether it was late is told by the noticing alone; on a busy machine it may be.
    assert snapshot.band is not None
    assert chain.latency is not None
    assert (snapshot.outside == "") == (chain.latency <= snapshot.band[1])


def test_a_clean_up_that_outlives_the_deadline_is_cut_short_and_the_noticing_stands(core: Any) -> None:
    core = core(deadline=DEADLINE)
    run = start(core, "slow-cleanup", {"seconds": 60.0})
    core.until_line(run, "1")
    snapshot = stopped(core, run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.INTERRUPTED, True)
    assert snapshot.chain.noticed is not None
    assert "clean_up" in snapshot.stack


def test_a_clean_up_of_no_length_is_none() -> None:
    SlowCleanup(seconds=0.0).clean_up()


@pytest.mark.parametrize("strategy", ["event-poll", "flag", "event-wait"])
@pytest.mark.parametrize("line", [1, 4])
def test_an_error_comes_after_the_line_that_was_asked_for(core: Any, strategy: str, line: int) -> None:
    core = core()
    run = start(core, "error", {"line": line}, strategy=strategy, text_at_end=("never",))
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.lines) == (Outcome.FAILED, line)
    assert core.texts(run) == [str(number) for number in range(1, line + 1)]
    assert f"ValueError: the work after line {line} went wrong" in snapshot.error
    assert snapshot.chain.cleaned_up is not None
    check_records(core.of(run))


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are no small numbers there")
def test_a_blocking_call_works_with_descriptors_beyond_what_select_can_watch() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1_200 if before[1] == resource.RLIM_INFINITY else min(1_200, before[1])
    if wanted < 1_200:
        pytest.skip("the system does not give us so many")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, before[0]), before[1]))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_030)]
    try:
        workload = BlockingCall(seconds=0.001)
        workload.work()
        assert min(end.fileno() for end in workload.ends) >= 1_024
        workload.release()
        workload.clean_up()
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_socket_is_shut_down_once() -> None:
    """Some systems raise an error for a socket that is shut down already; what was interrupted may be released later."""
    shut = [0]

    class End:
        def shutdown(self, _how: int) -> None:
            shut[0] += 1
            assert shut == [1], "it is not connected any more"

    workload = SocketRead()
    workload.ends = (End(), End())  # type: ignore[assignment]
    workload.interrupt()
    workload.release()
    assert shut == [1]
