"""Which rows are looked at, and when: a thousand must not cost a thousand looks ten times a second, nor at a click."""

from collections.abc import Callable

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.fold import RunSnapshot
from app.core.states import Outcome, State
from app.core.worker import Worker
from app.ui.workers import row_updater
from app.ui.workers.rows import WorkerRows
from tests.ui.conftest import Desk

MANY = 60
LAST = MANY - 1


@pytest.fixture
def many(make_desk: Callable[..., Desk]) -> Desk:
    """Return a window with many workers that wait, all of them running."""
    desk = make_desk(tuple(Worker(f"Worker {n}", "event-wait", interval=3_600.0) for n in range(MANY)))
    desk.window.parts.workers.start()
    desk.until(lambda: all(row.state is State.RUNNING for row in desk.window.parts.workers.rows.rows))
    return desk


def looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which each run's id is added that is looked at from now on."""
    seen: list[int] = []
    snapshot = desk.controller.state.snapshot
    monkeypatch.setattr(desk.controller.state, "snapshot", lambda run: seen.append(run) or snapshot(run))
    return seen


@pytest.fixture
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be time to look at every frame."""
    monkeypatch.setattr(row_updater, "PERIOD", 0)


@pytest.fixture
def never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it never be time to look, but for what the runs themselves say."""
    monkeypatch.setattr(row_updater, "PERIOD", 10**18)


@pytest.mark.usefixtures("always_due")
def test_without_an_event_only_the_rows_on_the_screen_are_looked_at(
    many: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = many.window.parts.workers
    on_screen = {panel.rows.rows[index].run for index in panel.table.watched()}
    assert 0 < len(on_screen) < MANY // 2
    seen = looked_at(many, monkeypatch)
    for _ in range(10):
        assert not panel.updater.on_frame()
    assert set(seen) == on_screen
    assert len(seen) == 10 * len(on_screen)


@pytest.mark.usefixtures("always_due")
def test_it_does_not_look_before_it_is_time(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    updater = many.window.parts.workers.updater
    monkeypatch.setattr(row_updater, "PERIOD", 10**12)
    seen = looked_at(many, monkeypatch)
    updater.on_frame()
    assert seen != []
    seen.clear()
    assert not updater.on_frame()
    assert seen == []


def test_a_click_on_start_looks_at_no_run(make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(tuple(Worker(f"Worker {n}", "event-wait", interval=3_600.0) for n in range(MANY)))
    panel = desk.window.parts.workers
    seen = looked_at(desk, monkeypatch)
    desk.window.parts.actions.start.trigger()
    assert seen == []
    assert {row.state for row in panel.rows.rows} == {State.STARTING}
    assert desk.rows[0] == "Starting…"
    assert not desk.window.parts.actions.start.isEnabled()


@pytest.mark.parametrize("action", ["stop", "stop_all"])
def test_a_click_on_stop_looks_at_no_run(many: Desk, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    seen = looked_at(many, monkeypatch)
    getattr(many.window.parts.actions, action).trigger()
    assert seen == []
    rows = many.window.parts.workers.rows.rows
    many.until(lambda: {row.state for row in rows} == {State.ENDED})


@pytest.mark.usefixtures("never_due")
def test_the_stop_of_one_run_is_a_look_at_that_one(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = many.window.parts.workers
    many.until(lambda: many.services.stream.is_armed)
    run = panel.rows.rows[LAST].run
    panel.table.select([LAST])
    panel.updater.on_frame()
    seen = looked_at(many, monkeypatch)
    many.window.parts.actions.stop.trigger()
    many.until(lambda: panel.rows.rows[LAST].state is State.ENDED)
    assert set(seen) == {run}


@pytest.mark.usefixtures("always_due")
def test_what_is_on_the_screen_is_looked_at_however_often_a_state_changes(
    many: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = many.window.parts.workers
    seen = looked_at(many, monkeypatch)
    many.controller.stop(panel.rows.rows[LAST].run)
    many.until(lambda: panel.rows.rows[LAST].state is State.ENDED)
    panel.updater.on_frame()
    assert {1, 2, 3} <= set(seen)


@pytest.mark.usefixtures("never_due")
def test_an_end_off_the_screen_is_known_from_what_its_run_says(many: Desk) -> None:
    panel = many.window.parts.workers
    assert LAST not in panel.table.watched()
    many.controller.stop(panel.rows.rows[LAST].run)
    many.until(lambda: panel.rows.rows[LAST].state is State.ENDED)
    assert sum(row.is_alive for row in panel.rows.rows) == MANY - 1
    # And can be started again at once.
    panel.start_named([f"Worker {LAST}"])
    many.until(lambda: panel.rows.rows[LAST].state is State.RUNNING)


def test_the_current_row_is_looked_at_wherever_it_is(many: Desk) -> None:
    table = many.window.parts.workers.table
    table.select([LAST])
    table.scrollToTop()
    assert LAST in table.watched()


def test_rows_are_found_by_the_runs_they_have_now() -> None:
    rows = WorkerRows([Worker(name, "flag") for name in "abcd"], Catalogue())
    for index, run in ((0, 10), (1, 11), (3, 13), (1, 21)):
        rows.begin(index, run)
    assert rows.indices_of([10, 11, 12, 13, 21, 0]) == [0, 3, 1]
    rows.update(lambda _run: None, 0, range(4))
    assert [row.state for row in rows.rows] == [State.STARTING, State.STARTING, State.READY, State.STARTING]
    rows.remove([2])
    assert rows.indices_of([10, 13, 21]) == [0, 2, 1]
    rows.update(lambda run: RunSnapshot(run, RunName("", 1), outcome=Outcome.COMPLETED), 0, range(3))
    rows.replace_all([Worker("e", "flag")])
    assert rows.indices_of([10, 13, 21]) == []
