"""The order of the rows by each column, and the widths of the columns; no window."""

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome
from app.core.worker import Worker
from app.ui.workers.columns import fitted_widths
from app.ui.workers.rows import Column, Row
from app.ui.workers.sorting import sorted_order

NOW = 10_000


def row(name: str, *, strategy: str = "flag", interval: float = 1.0, **facts: object) -> Row:
    """Return a row whose last run is as described; one without a run if nothing is."""
    made = Row(Worker(name, strategy, interval=interval))
    if facts:
        snapshot = RunSnapshot(1, RunName(name, 1), **facts)  # type: ignore[arg-type]
        made.run = 1
        made.sample(snapshot, NOW)
    return made


ROWS = (
    row("Worker 10", interval=0.5, started=1_000, running=1_000, lines=5),
    row("worker 2", strategy="event-poll"),
    row("b", started=0, lines=9, chain=StopChain(requested=10, noticed=40, ended=50), outcome=Outcome.INTERRUPTED),
    row("a", interval=2.0, started=0, lines=2, chain=StopChain(requested=20, ended=90), outcome=Outcome.RELEASED),
    row("c", started=0, running=1, lines=5, chain=StopChain(requested=100), was_stuck=True),
)


@pytest.mark.parametrize(
    ("column", "descending", "order"),
    [
        (Column.NAME, False, "abc20"),
        (Column.NAME, True, "02cba"),
        (Column.STRATEGY, False, "20bac"),
        (Column.INTERVAL, False, "02bca"),
        (Column.INTERVAL, True, "a2bc0"),
        (Column.STATE, False, "c0ab2"),
        (Column.LINES, False, "a0cb2"),
        (Column.LINES, True, "b0ca2"),
        (Column.RUN_TIME, False, "ba0c2"),
        (Column.LATENCY, False, "ba02c"),
        (Column.LATENCY, True, "ab02c"),
    ],
)
def test_rows_are_sorted_with_what_is_empty_last(column: Column, descending: bool, order: str) -> None:
    letters = "02bac"  # of the rows, in their manual order
    found = sorted_order(ROWS, Catalogue(), column, NOW, descending=descending)
    assert "".join(letters[index] for index in found) == order


LEAST = dict.fromkeys(Column, 40)
NEEDS = dict.fromkeys(Column, 100)


@pytest.mark.parametrize(
    ("available", "widths"),
    [
        # There is room for all: the rest is the state's.
        (1_100, {**NEEDS, Column.STATE: 200}),
        # There is not: names first, then states; the others get the least.
        (
            540,
            {column: 100 if column in (Column.NAME, Column.STATE) else 40 for column in Column} | {Column.LATENCY: 60},
        ),
        (100, dict.fromkeys(Column, 40)),
    ],
)
def test_columns_take_what_they_need_names_first(available: int, widths: dict[Column, int]) -> None:
    found = fitted_widths(NEEDS, LEAST, available)
    assert sum(found.values()) == max(available, 40 * len(Column))
    assert found == {column: found[column] if column is Column.LATENCY else width for column, width in widths.items()}


def test_where_there_is_no_room_words_are_cut_before_figures() -> None:
    found = fitted_widths(NEEDS, LEAST, 830)
    words = {Column.STRATEGY, Column.WORKLOAD, Column.RUNS_IN}
    assert {column for column, width in found.items() if width < 100} == words


def test_one_very_long_name_leaves_room_for_the_others() -> None:
    found = fitted_widths({**NEEDS, Column.NAME: 100_000}, LEAST, 2_000)
    assert found == {**NEEDS, Column.NAME: 800, Column.STATE: 400}


def test_where_the_state_is_hidden_the_last_column_takes_the_rest() -> None:
    assert fitted_widths({Column.NAME: 10, Column.LINES: 20}, dict.fromkeys(Column, 5), 100) == {
        Column.NAME: 10,
        Column.LINES: 90,
    }
