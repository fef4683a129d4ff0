"""Which rows are looked at, and when: a thousand must not cost a thousand looks ten times a second."""

from array import array
from collections.abc import Callable

import pytest

from app.core.batch import Batch, Kind, RunName
from app.core.catalogue import Catalogue
from app.core.states import State
from app.core.worker import Worker
from app.ui.workers import watch as watch_module
from app.ui.workers.rows import WorkerRows
from app.ui.workers.watch import Watch
from tests.ui.conftest import Desk

MANY = 120


@pytest.fixture
def crowd(make_desk: Callable[..., Desk]) -> Desk:
    """Return a window with many workers that wait, all of them started."""
    desk = make_desk(tuple(Worker(f"Worker {n}", "event-wait", interval=3_600.0) for n in range(MANY)))
    desk.window.parts.workers.start()
    desk.until(lambda: all(row.state is State.RUNNING for row in desk.window.parts.workers.rows.rows))
    return desk


def looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which each run's id is added that is looked at from now on."""
    seen: list[int] = []
    snapshot = desk.controller.snapshot
    monkeypatch.setattr(desk.controller, "snapshot", lambda run: seen.append(run) or snapshot(run))
    return seen


@pytest.fixture
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be time to look at every frame."""
    monkeypatch.setattr(watch_module, "PERIOD", 0)


@pytest.mark.usefixtures("always_due")
def test_of_many_rows_few_are_looked_at_at_once_and_all_within_ten_times(
    crowd: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_screen = len(crowd.window.parts.workers.table.watched())
    assert on_screen < MANY // 2
    for _ in range(3):  # nobody's state has changed since: what was told of is looked at once more
        crowd.window.parts.workers.watch.on_frame()
    seen = looked_at(crowd, monkeypatch)
    for _ in range(10):
        before = len(seen)
        assert not crowd.window.parts.workers.watch.on_frame()
        assert len(seen) - before <= on_screen + MANY // 10
    assert set(seen) == set(range(1, MANY + 1))


@pytest.mark.usefixtures("always_due")
def test_it_does_not_look_before_it_is_time(crowd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = crowd.window.parts.workers.watch
    watch.on_frame()
    monkeypatch.setattr(watch_module, "PERIOD", 10**12)
    seen = looked_at(crowd, monkeypatch)
    watch.on_frame()
    assert seen != []
    seen.clear()
    assert not watch.on_frame()
    assert seen == []


@pytest.mark.usefixtures("always_due")
def test_what_is_seen_is_looked_at_however_often_somebody_s_state_changes(
    crowd: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = crowd.window.parts.workers.watch
    told = Batch()
    told.add(MANY, RunName("", 1), array("q", [1]), bytes([Kind.STATE]), ["running"])
    seen = looked_at(crowd, monkeypatch)
    watch.on_batch(told)
    assert seen == [MANY]
    watch.on_frame()
    assert {1, 2, 3} <= set(seen)


@pytest.mark.usefixtures("always_due")
def test_who_says_that_it_ends_is_looked_at_until_it_has(crowd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread may be kept from its last instruction for longer than anybody looks by chance."""
    monkeypatch.setattr(Watch, "_others", lambda self: [])
    watch = crowd.window.parts.workers.watch
    told = Batch()
    told.add(MANY, RunName("", 1), array("q", [1]), bytes([Kind.STATE]), ["ended: interrupted"])
    watch.on_batch(told)
    seen = looked_at(crowd, monkeypatch)
    for _ in range(5):
        crowd.window.parts.workers.watch.on_frame()
    assert seen.count(MANY) == 5
    crowd.controller.stop(MANY)
    crowd.until(lambda: crowd.window.parts.workers.rows.rows[MANY - 1].state is State.ENDED)


def test_an_end_off_the_screen_is_known_from_what_its_run_says(crowd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "_others", lambda self: [])
    panel = crowd.window.parts.workers
    last = MANY - 1
    assert last not in panel.table.watched()
    crowd.controller.stop(panel.rows.rows[last].run)
    crowd.until(lambda: panel.rows.rows[last].state is State.ENDED)
    assert sum(row.is_alive for row in panel.rows.rows) == MANY - 1
    # And can be started again at once.
    panel.start_named([f"Worker {last}"])
    crowd.until(lambda: panel.rows.rows[last].state is State.RUNNING)


def test_the_current_row_is_looked_at_wherever_it_is(crowd: Desk) -> None:
    table = crowd.window.parts.workers.table
    table.select([MANY - 1])
    table.scrollToTop()
    assert MANY - 1 in table.watched()


def test_rows_are_found_by_the_runs_they_have_now() -> None:
    rows = WorkerRows([Worker(name, "flag") for name in "abcd"], Catalogue())
    for index, run in ((0, 10), (1, 11), (3, 13), (1, 21)):
        rows.begin(index, run)
    assert rows.indices_of([10, 11, 12, 13, 21, 0]) == [0, 3, 1]
    rows.rows[0].run = None
    for row in rows.rows:
        row.snapshot = None
    rows.remove([2])
    assert rows.indices_of([13, 21]) == [2, 1]
    rows.replace_all([Worker("e", "flag")])
    assert rows.indices_of([13, 21]) == []
