"""The race, with real threads and short intervals."""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.states import Outcome
from app.core.worker import Worker
from app.core.workloads.sleep import Sleep
from app.experiments import harness
from app.experiments.race import Race, drawn_rounds
from app.experiments.results import Progress, RaceResult, RunResult
from tests.experiments.mechanisms import CATALOGUE, Cancelling, Unstoppable


def worker(strategy: str, **fields: Any) -> Worker:
    return Worker(**{"name": strategy, "strategy": strategy, "interval": 0.005, "text": "{i}", **fields})


def race(*workers: Worker, cancel: threading.Event | None = None, **arguments: Any) -> RaceResult:
    return Race(CATALOGUE, workers, **{"rounds": 3, **arguments}).run(cancel or threading.Event())


@pytest.fixture
def open_gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Shorten the patience with those who do not leave, and let them go after the test."""
    monkeypatch.setattr(harness, "LEAVE_PATIENCE", 0.2)
    Unstoppable.gate.clear()
    yield
    Unstoppable.gate.set()


def test_every_round_has_a_run_of_each_worker_in_their_order() -> None:
    result = race(worker("event-wait"), worker("event-poll"), worker("flag"), deadline=20.0)
    assert result.finished
    assert result.done == result.rounds == 3
    assert [(run.number, run.worker) for run in result.runs] == [
        (number, name) for number in (1, 2, 3) for name in ("event-wait", "event-poll", "flag")
    ]
    assert all(len(runs) == 3 for runs in result.by_worker().values())


def test_each_run_is_told_of_in_whole() -> None:
    result = race(worker("event-poll"), deadline=20.0)
    for run in result.runs:
        assert run.outcome is Outcome.INTERRUPTED
        assert run.chain.is_ordered()
        assert run.latency == run.chain.latency
        assert run.latency is not None
        assert run.started is not None
        assert run.band is not None
        assert run.lines == len(run.ticks) >= 1
        assert run.started <= run.ticks[0]
        assert list(run.ticks) == sorted(run.ticks)
        assert not run.never
        assert not run.error


def test_the_stop_comes_no_sooner_than_the_phase_after_the_first_line() -> None:
    result = race(worker("event-wait", interval=0.02), deadline=20.0, seed=7)
    for run, drawn in zip(result.runs, drawn_rounds(7, [0.02]), strict=False):
        assert run.chain.requested is not None
        assert run.chain.requested - run.ticks[0] >= round(drawn.phase * 1e9)


@given(st.integers(0, 2**63 - 1), st.lists(st.sampled_from([0.0, 0.05, 0.07, 3600.0]), min_size=1, max_size=20))
def test_a_seed_repeats_the_phases_and_the_orders(seed: int, intervals: list[float]) -> None:
    first, second = (list(islice(drawn_rounds(seed, intervals), 10)) for _ in range(2))
    assert first == second
    for drawn in first:
        assert 0 <= drawn.phase <= sum(set(intervals)) * (1 + 1e-9)
        assert sorted(drawn.order) == list(range(len(intervals)))


@pytest.mark.parametrize("interval", [0.05, 0.07])
def test_the_phase_is_as_random_for_a_short_interval_as_for_a_long_one(interval: float) -> None:
    """Uniform on each, where the one is no multiple of the other: as many in each fifth, by chi-squared at 0.1 %."""
    phases = [drawn.phase % interval / interval for drawn in islice(drawn_rounds(1, [0.05, 0.07, 0.05]), 2_000)]
    fifths = [sum(int(phase * 5) == fifth for phase in phases) for fifth in range(5)]
    assert sum((count - 400) ** 2 / 400 for count in fifths) < 18.5, fifths


def test_a_seed_is_chosen_and_kept() -> None:
    first, second = Race(CATALOGUE, [worker("flag")]), Race(CATALOGUE, [worker("flag")], seed=5)
    assert 100_000 <= first.seed < 1_000_000
    assert second.run(_set()).seed == 5


def test_a_stuck_worker_never_noticed_and_keeps_no_other_from_going_on() -> None:
    result = race(worker("stubborn"), worker("event-wait"), deadline=0.1, rounds=2)
    stubborn, waiting = result.by_worker().values()
    assert [run.never for run in stubborn] == [True, True]
    assert all(run.was_stuck and run.calls and run.latency is None for run in stubborn)
    assert result.finished
    assert [run.outcome for run in waiting] == [Outcome.INTERRUPTED] * 2


@pytest.mark.usefixtures("open_gate")
def test_who_does_not_leave_is_reported_with_where_it_is() -> None:
    result = race(worker("unstoppable"), worker("event-wait"), deadline=0.1)
    left, other = result.runs
    assert left.outcome is None
    assert left.never
    assert "left behind" in left.error
    assert any(call.function == "loop" for call in left.calls)
    assert other.outcome is Outcome.INTERRUPTED
    assert (result.done, result.finished) == (1, False)


def test_a_failing_worker_fails_and_the_others_race() -> None:
    result = race(worker("flag", workload="broken"), worker("event-wait"), deadline=20.0)
    broken, waiting = result.by_worker().values()
    assert {run.outcome for run in broken} == {Outcome.FAILED}
    assert all("it is | broken" in run.error and not run.never for run in broken)
    assert all(run.latency is not None for run in waiting)
    assert result.finished


def test_a_cancel_in_mid_round_keeps_the_rounds_before() -> None:
    Cancelling.cancel, Cancelling.left = threading.Event(), 3
    result = race(worker("cancelling"), worker("flag"), cancel=Cancelling.cancel, rounds=20, deadline=20.0)
    assert (result.done, result.finished) == (2, False)
    assert [run.number for run in result.runs] == [1, 1, 2, 2]


def test_a_cancel_ends_the_longest_phase_at_once() -> None:
    Cancelling.cancel, Cancelling.left = threading.Event(), 1
    result = race(worker("cancelling", interval=3600.0), cancel=Cancelling.cancel)
    assert (result.done, result.runs) == (0, ())


def test_a_cancel_waits_for_no_deadline() -> None:
    """Who cannot be stopped is let go with the cancel, and what was being measured is not told of as if it were a never."""
    cancel = threading.Event()

    class Asked(Sleep):
        id = "asked"

        def interrupt(self) -> None:
            cancel.set()

    catalogue = Catalogue(CATALOGUE.strategies, (*CATALOGUE.workloads, Asked))
    workers = [worker("stubborn", workload="asked"), worker("event-wait")]
    result = Race(catalogue, workers, rounds=2, deadline=3600.0).run(cancel)
    assert (result.done, result.runs, result.finished) == (0, (), False)


@pytest.mark.usefixtures("open_gate")
def test_who_is_left_behind_after_a_cancel_is_told_of() -> None:
    cancel = threading.Event()
    told: list[Progress] = []

    class Asked(Sleep):
        id = "asked"

        def interrupt(self) -> None:
            cancel.set()

    catalogue = Catalogue(CATALOGUE.strategies, (*CATALOGUE.workloads, Asked))
    race = Race(catalogue, [worker("unstoppable", workload="asked")], 2, deadline=0.1, on_progress=told.append)
    (left,) = race.run(cancel).runs
    assert left.outcome is None
    assert "left behind" in left.error


def test_a_cancel_before_the_start_starts_nothing() -> None:
    assert race(worker("flag"), cancel=_set()).runs == ()


def test_progress_comes_after_each_round_with_the_time_left() -> None:
    told: list[Progress] = []
    race(worker("event-wait"), on_progress=told.append, deadline=20.0)
    assert [(progress.done, progress.total) for progress in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert told[0].seconds_left is None
    assert told[-1].seconds_left == 0


def test_limits_and_stop_after_are_left_out() -> None:
    result = race(worker("event-wait", limit=1, stop_after=0.0), deadline=20.0)
    assert {run.outcome for run in result.runs} == {Outcome.INTERRUPTED}
    assert (result.workers[0].limit, result.workers[0].stop_after) == (None, None)


def test_the_ticks_of_a_fast_worker_are_bounded() -> None:
    (run,) = race(worker("event-wait", interval=0.0), worker("flag", interval=0.05), rounds=1, seed=3).runs[:1]
    assert len(run.ticks) == min(run.lines, 1_000)
    assert harness.most_ticks(20) == 1_000
    assert harness.most_ticks(1_000_000) == 10


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (race, "needs at least one worker"),
        (lambda: race(worker("flag"), rounds=0), "Rounds can't be less than 1."),
        (lambda: race(worker("flag"), rounds=10**9), "Enter 1 to 10,000."),
        (lambda: race(worker("flag"), rounds=True), "must be a whole number"),
        (lambda: race(*(worker("flag", name=str(i)) for i in range(101)), rounds=10_000), "1,000,000"),
        (lambda: race(worker("flag"), worker("flag")), "Two workers are called 'flag'."),
        (lambda: race(worker("flagg")), "did you mean flag?"),
        (lambda: race(worker("needy"), worker("flag")), "needs a package that is missing"),
        (lambda: race(worker("flag", workload="far")), "process of its own"),
        (lambda: race(worker("flag"), deadline=0.0), "Deadline can't be less than 0.001 s."),
        (lambda: race(worker("flag"), deadline=float("nan")), "Deadline must be a number."),
        (lambda: race(worker("flag"), seed=-1), "Seed can't be negative."),
    ],
)
def test_what_is_no_race_is_one_sentence(make: Callable[[], object], sentence: str) -> None:
    threads = threading.active_count()
    with pytest.raises(BadInput) as refused:
        make()
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert threading.active_count() == threads


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_each_round_is_told_of_as_it_is_made() -> None:
    told: list[Sequence[RunResult]] = []
    result = race(worker("flag"), worker("event-wait"), on_round=told.append)
    assert [run for runs in told for run in runs] == list(result.runs)
    assert [len(runs) for runs in told] == [2, 2, 2]
