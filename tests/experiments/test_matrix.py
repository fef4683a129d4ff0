"""The matrix, with real threads, real processes and short intervals."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.errors import BadInput
from app.core.prediction import Notices
from app.experiments import harness, own_process
from app.experiments.columns import cell_phases, read_column, why_not_applicable
from app.experiments.matrix import Matrix
from app.experiments.repetitions import skipped_words
from app.experiments.results import Cell, CellState, MatrixResult, Progress
from tests.experiments.mechanisms import CATALOGUE, Cancelling, Unstoppable


def make(strategies: str, workloads: str = "sleep", **arguments: Any) -> Matrix:
    usual = {"n": 2, "interval": 0.005, "deadline": 20.0, **arguments}
    return Matrix(CATALOGUE, strategies.split(), workloads.split(), **usual)


def matrix(
    strategies: str, workloads: str = "sleep", cancel: threading.Event | None = None, **more: Any
) -> MatrixResult:
    return make(strategies, workloads, **more).run(cancel or threading.Event())


def test_each_cell_is_measured_so_often_row_by_row() -> None:
    result = matrix("event-wait flag", "sleep compute:iterations=10")
    assert result.finished
    assert [(cell.strategy, cell.workload) for cell in result.cells] == [
        ("event-wait", "sleep"),
        ("event-wait", "compute:iterations=10"),
        ("flag", "sleep"),
        ("flag", "compute:iterations=10"),
    ]
    for cell in result.cells:
        assert (cell.state, cell.never, len(cell.latencies)) == (CellState.DONE, 0, 2)
        assert bool(cell.reason) is cell.is_late  # a busy machine may ask late
        assert [run.number for run in cell.runs] == [1, 2]
        assert cell.summary is not None
        assert result.cell(cell.strategy, cell.workload) is cell


def test_cells_and_progress_are_told_as_they_come() -> None:
    cells: list[Cell] = []
    told: list[Progress] = []
    result = matrix("event-wait", "sleep error", on_cell=cells.append, on_progress=told.append)
    states = [CellState.RUNNING, CellState.RUNNING, CellState.DONE]
    # On a busy machine one more follows, which says that the stops could not be asked for in time.
    assert [(cell.state, len(cell.runs)) for cell in cells[:3]] == list(zip(states, range(3), strict=True))
    assert cells[-1] == result.cell("event-wait", "sleep")
    assert [(progress.done, progress.total) for progress in told] == [(2, 4), (3, 4), (4, 4)]


def test_a_cell_ends_after_three_nevers_and_says_so() -> None:
    (cell,) = matrix("stubborn", n=10, deadline=0.03).cells
    assert (cell.state, cell.never, len(cell.runs), cell.latencies, cell.summary) == (CellState.DONE, 3, 3, (), None)
    assert cell.reason == skipped_words(3, 3, 10, 0.03)


def test_a_cell_says_how_many_runs_were_skipped() -> None:
    assert skipped_words(3, 3, 10, 1.0) == "None of 3 runs stopped within 1 s; the remaining 7 were skipped."
    assert skipped_words(3, 9, 10, 0.5) == "Only 6 of 9 runs stopped within 0.5 s; the remaining 1 was skipped."


def test_three_nevers_of_three_wanted_are_no_early_end() -> None:
    (cell,) = matrix("stubborn", n=3, deadline=0.03).cells
    assert (cell.state, cell.never) == (CellState.DONE, 3)
    assert "skipped" not in cell.reason


def test_cells_that_are_not_applicable_are_known_before_anything_is_started() -> None:
    planned = make("event-wait flag", "sleep error", interval=2.0, deadline=1.0)
    assert [cell.state for cell in planned.cells] == [CellState.WAITING, *[CellState.NOT_APPLICABLE] * 3]
    assert "there to fail" in planned.cells[1].reason
    assert "counts as never after 1.00 s" in planned.cells[2].reason


@pytest.mark.parametrize("strategy", whole_catalogue().strategies, ids=lambda s: s.about.id)
def test_only_who_must_wait_for_a_pause_makes_no_sense_under_a_short_deadline(strategy: Any) -> None:
    column = read_column(whole_catalogue(), "sleep")
    waits_for_pause = strategy.about.notices in (Notices.POLLING, Notices.RAISING)
    assert bool(why_not_applicable(strategy, column, 1.0, 1.0)) == waits_for_pause
    assert not why_not_applicable(strategy, column, 0.05, 1.0)


def test_a_missing_package_fails_its_row_and_no_other() -> None:
    result = matrix("needy flag")
    needy, flag = result.cells
    assert (needy.state, flag.state) == (CellState.FAILED, CellState.DONE)
    assert needy.reason == "strategy: needy needs a package that is missing; install it."
    assert result.finished


def test_a_run_that_fails_fails_its_cell_with_its_own_words() -> None:
    broken, sleep = matrix("flag", "broken sleep").cells
    assert (broken.state, broken.reason) == (CellState.FAILED, "Run 1 failed: ValueError: it is | broken")
    assert sleep.state is CellState.DONE


def test_who_does_not_leave_fails_its_cell_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "LEAVE_PATIENCE", 0.2)
    Unstoppable.gate.clear()
    try:
        left, flag = matrix("unstoppable flag", deadline=0.3).cells
    finally:
        Unstoppable.gate.set()
    assert left.state is CellState.FAILED
    assert left.reason.startswith("It was left behind")
    assert "\n" not in left.reason
    assert left.runs[0].outcome is None
    assert flag.state is CellState.DONE


def test_a_cancel_keeps_what_is_done_and_resuming_does_the_rest() -> None:
    # The first cell has its two runs, the second is cancelled in its second.
    Cancelling.cancel, Cancelling.left = threading.Event(), 4
    first = matrix("cancelling", "sleep compute:iterations=10 lock", cancel=Cancelling.cancel, seed=3)
    states = [(cell.state, len(cell.runs)) for cell in first.cells]
    assert states == [(CellState.DONE, 2), (CellState.WAITING, 1), (CellState.WAITING, 0)]
    assert not first.finished

    told: list[Progress] = []
    again = make("cancelling", "sleep compute:iterations=10", resumed=first, on_progress=told.append)
    assert again.seed == 3
    assert again.cells == first.cells[:2]
    second = again.run(threading.Event())
    assert second.finished
    assert second.cells[0] is first.cells[0]
    assert second.cells[1].runs[0] is first.cells[1].runs[0]
    assert [run.number for run in second.cells[1].runs] == [1, 2]
    assert (told[0].done, told[0].seconds_left, told[-1].done) == (3, None, 4)


def test_what_failed_is_tried_again() -> None:
    first = matrix("flag", "sleep")
    failed = replace(first, cells=(replace(first.cells[0], state=CellState.FAILED, reason="-"),))
    (cell,) = matrix("flag", "sleep", resumed=failed).cells
    assert (cell.state, len(cell.runs)) == (CellState.DONE, 2)
    assert cell.reason != "-"


def test_what_is_done_of_another_matrix_is_refused() -> None:
    first = matrix("flag", "sleep", cancel=_set())
    with pytest.raises(BadInput, match="other repetitions"):
        make("flag", "sleep", n=5, resumed=first)


def test_the_phases_of_a_cell_are_its_own() -> None:
    def drawn(*cell: str) -> list[float]:
        return list(islice(cell_phases(1, *cell, 0.05), 5))

    assert drawn("flag", "sleep") == drawn("flag", "sleep")
    assert drawn("flag", "sleep") != drawn("flag", "lock")
    assert all(0 <= phase <= 0.05 for phase in drawn("flag", "sleep"))


# -- in a process of its own -------------------------------------------------------------------------------------


def test_a_workload_that_stops_the_process_is_measured_in_another() -> None:
    result = matrix("event-wait", "native:seconds=0.1 far", interval=0.01, seed=1)
    for cell in result.cells:
        assert (cell.state, len(cell.runs)) == (CellState.DONE, 2), cell.reason
        assert all(run.latency is not None and run.ticks and run.chain.is_ordered() for run in cell.runs)
        assert [run.number for run in cell.runs] == [1, 2]
    assert {run.worker for run in result.cells[1].runs} == {"event-wait × far"}
    # Wanted within the call that keeps the interpreter, and asked only after it.
    assert result.cells[0].late > 20_000_000
    assert result.cells[0].reason.startswith("The stop was asked for up to ")


def test_three_nevers_end_a_process_as_well() -> None:
    (cell,) = matrix("stubborn", "far", n=10, deadline=0.03).cells
    assert (cell.state, cell.never, len(cell.runs)) == (CellState.DONE, 3, 3)


def test_a_process_that_dies_is_a_sentence() -> None:
    dying, sleep = matrix("event-wait", "dying sleep").cells
    assert (dying.state, dying.reason) == (
        CellState.FAILED,
        "Its process ended before it had finished (exit status 7).",
    )
    assert sleep.state is CellState.DONE


def test_a_process_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "START_PATIENCE", 1.0)
    monkeypatch.setattr(own_process, "LEAVE_PATIENCE", 0.0)
    (cell,) = matrix("event-wait", "frozen", deadline=0.01).cells
    assert cell.state is CellState.FAILED
    assert cell.reason == "Its process said nothing for 1.02 s and was ended."


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (cell,) = matrix("event-wait", "far").cells
    assert cell.state is CellState.FAILED
    assert cell.reason.startswith("A process of its own could not be started (")


def test_a_run_that_fails_in_its_process_fails_its_cell() -> None:
    (cell,) = matrix("event-wait", "far-broken").cells
    assert (cell.state, cell.reason) == (CellState.FAILED, "Run 1 failed: ValueError: it is | broken")


def test_a_cancel_ends_a_process_at_once() -> None:
    cancel = threading.Event()
    # An hour's interval, so an hour's phase: only the cancel ends it.
    result = matrix("event-wait", "far", cancel, interval=3600.0, on_cell=lambda _: cancel.set())
    assert [(cell.state, cell.runs) for cell in result.cells] == [(CellState.WAITING, ())]


# -- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refuse", "sentence"),
    [
        (lambda: make(""), "strategies: a matrix needs at least one"),
        (lambda: make("flag", ""), "workloads: a matrix needs at least one"),
        (lambda: make("flagg"), "did you mean flag?"),
        (lambda: make("flag", "slep"), "did you mean sleep?"),
        (lambda: make("flag flag"), "'flag' is there twice"),
        (lambda: make("flag", "sleep sleep"), "'sleep' is there twice"),
        (lambda: make("flag", n=0), "Runs per cell can't be less than 1."),
        (lambda: make("flag", n=10**9), "Enter 1 to 10,000."),
        (lambda: make("flag", interval=-1), "Interval can't be negative."),
        (lambda: make("flag", deadline=0), "Deadline can't be less than 0.001 s."),
        (lambda: make("flag", deadline=10**9), "0.001 to 3,600"),
        (lambda: make("flag", "sleep:seconds=1"), "sleep"),
        (lambda: make("flag", "compute:iterations"), "not of the form NAME=VALUE"),
        (lambda: make("flag", "compute:iteration=3"), "did you mean iterations?"),
        (lambda: make("flag", "compute:iterations=0"), "iterations can't be less than 1."),
        (lambda: make("flag", "compute:iterations=3:iterations=4"), "twice"),
        (lambda: make("flag", "socket:interrupt=perhaps"), "must be yes or no"),
    ],
)
def test_what_is_no_matrix_is_one_sentence(refuse: Callable[[], object], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        refuse()
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_too_many_runs_in_all_are_refused() -> None:
    workloads = " ".join(f"compute:iterations={number}" for number in range(1, 102))
    with pytest.raises(BadInput, match="1,000,000"):
        make("flag", workloads, n=10_000)


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
