"""Threads of an observed program as rows below the workers: what can be done with them, and what leaves them alone."""

from dataclasses import replace

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.observed import OBSERVED, Place, RunRef
from app.core.observed_run import ObservedRun
from app.core.states import Outcome
from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS
from app.ui.workers.changes import Arranged
from app.ui.workers.dialogs import open_question
from app.ui.workers.logic import NOT_OURS, can_kill, cells, possible, tooltip
from app.ui.workers.rows import LONGEST_THREAD, MOST_OBSERVED, PROGRAM_DECIDES, Column, Row, WorkerRows, observed_row
from app.ui.workers.sorting import sorted_order

ABILITIES = Abilities(let_go=True, in_flight=100)
STARTED = ObservedRun(place=Place("/x/app.py", 12), by=RunRef(1, "MainThread", 1), daemon=True)


def snapshot(run: int = 7, name: str = "A", number: int = 1, **facts: object) -> RunSnapshot:
    known = RunSnapshot(run, RunName(name, number), OBSERVED, OBSERVED, 0.0, observed=STARTED, started=0, running=0)
    return replace(known, **facts)  # type: ignore[arg-type]


def thread(run: int = 7, name: str = "A", number: int = 1, **facts: object) -> Row:
    return observed_row(snapshot(run, name, number, **facts), "app.py", 0)


@pytest.fixture
def rows() -> WorkerRows:
    made = WorkerRows((Worker("A", "flag"), Worker("B", "flag")), Catalogue())
    made.add_observed(thread())
    return made


def test_a_row_says_whose_thread_it_is() -> None:
    texts = cells(thread(number=2, lines=3), Catalogue(), 0)
    assert texts[Column.NAME] == "A #2"
    assert texts[Column.STRATEGY] == "By its program"
    assert texts[Column.WORKLOAD] == "app.py"
    assert texts[Column.INTERVAL] == ""
    assert texts[Column.STATE] == "Running"
    assert texts[Column.LINES] == "3"
    assert "Started by MainThread at app.py:12" in tooltip(thread(), Catalogue())
    chain = StopChain(requested=0, noticed=94_000_000, ended=100_000_000)
    assert thread(name="x" * 100).title == "x" * LONGEST_THREAD + "…"
    ended = cells(thread(chain=chain, outcome=Outcome.INTERRUPTED), Catalogue(), 0)
    assert (ended[Column.STATE], ended[Column.LATENCY]) == ("Stopped", "94.0 ms")


def test_it_can_be_killed_and_nothing_else(rows: WorkerRows) -> None:
    only = possible(rows.rows, [2], ABILITIES)
    assert (only.start, only.stop, only.let_go, only.duplicate, only.remove) == (False,) * 5
    assert only.kill
    assert only.why_not == NOT_OURS
    assert not can_kill(thread(outcome=Outcome.COMPLETED))
    both = possible(rows.rows, [0, 2], ABILITIES)
    assert (both.start, both.starts, both.why_not) == (True, 1, "")
    assert possible(rows.rows, [], ABILITIES).why_not == ""
    assert not possible(rows.rows, [], ABILITIES).stop_all
    assert possible(rows.rows, [], ABILITIES).why_not_all == NOT_OURS
    assert possible(rows.rows[:2], [], ABILITIES).why_not_all == ""
    stuck = thread(chain=StopChain(requested=0), was_stuck=True)
    assert not possible([stuck], [0], ABILITIES).let_go
    assert possible([thread(outcome=Outcome.COMPLETED)], [0], ABILITIES).remove


def test_it_is_no_worker(rows: WorkerRows) -> None:
    assert [worker.name for worker in rows.workers()] == ["A", "B"]
    assert rows.indices(["A"]) == [0]
    assert not rows.can_edit(2, "name")
    with pytest.raises(BadInput, match=PROGRAM_DECIDES):
        rows.check(2, "interval", "1")
    assert rows.check(1, "name", "app.py") == "app.py"
    assert rows.duplicate([0, 2]) == [2]
    assert [row.title for row in rows.rows] == ["A", "B", "A 2", "A"]
    assert rows.indices_of([7]) == [3]
    rows.replace_all([Worker("C", "flag")])  # although the program runs
    assert [row.worker.name for row in rows.rows] == ["C", "A"]
    assert rows.indices_of([7]) == [1]


def test_undo_leaves_it_where_it_is(rows: WorkerRows) -> None:
    before = tuple(rows.configured())
    rows.remove([0])
    change = Arranged("remove A", before, tuple(rows.configured()))
    rows.add_observed(thread(8, "late"))
    change.apply(rows, undone=True)
    assert [row.title for row in rows.rows] == ["A", "B", "A", "late"]


def test_it_goes_when_it_has_ended_and_not_before(rows: WorkerRows) -> None:
    with pytest.raises(BadInput, match="kill its program before you remove it"):
        rows.remove([2])
    assert not rows.forget_observed()
    rows.rows[2].sample(snapshot(outcome=Outcome.COMPLETED), 0)
    rows.add_observed(thread(8, "late"))
    assert rows.forget_observed()
    assert [row.title for row in rows.rows] == ["A", "B", "late"]
    assert (rows.has_run(7), rows.has_run(8)) == (False, True)
    row = rows.row_of(8)
    assert row is not None
    assert row.program == "app.py"
    assert rows.row_of(7) is None


def test_of_very_many_those_that_have_ended_go_first(rows: WorkerRows) -> None:
    full = [rows.add_observed(thread(10 + n, f"T{n}", outcome=Outcome.COMPLETED)) for n in range(MOST_OBSERVED)]
    assert full.count(True) == 1
    assert rows.rows[2].title == "A"  # it lives
    assert len(rows.rows) < MOST_OBSERVED // 2
    assert rows.row_of(9 + MOST_OBSERVED) is rows.rows[-1]


def test_opened_workers_do_not_ask_about_it() -> None:
    rows = WorkerRows(DEFAULT_WORKERS, Catalogue())
    rows.add_observed(thread())
    assert open_question(rows.configured(), (Worker("C", "flag"),)) is None


def test_it_is_sorted_like_any_row(rows: WorkerRows) -> None:
    for column in Column:
        assert sorted(sorted_order(rows.rows, rows.catalogue, column, 0, descending=False)) == [0, 1, 2]
