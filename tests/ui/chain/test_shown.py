"""When a run's end was painted: taken once, and only of rows that are on the screen."""

from collections.abc import Callable, Iterable

import pytest
from PySide6.QtCore import QEvent, QObject

from app.core.events import Ended, Shown
from app.core.states import State
from app.core.worker import Worker
from app.ui.workers.logic import tooltip
from app.ui.workers.table import WorkersTable
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]


def ends(desk: Desk) -> list[Ended]:
    """The ends of runs that the log holds, in their order."""
    return [event for event in desk.log_events() if isinstance(event, Ended)]


def shown(desk: Desk) -> list[Shown]:
    """What the log holds of ends that were painted."""
    return [event for event in desk.log_events() if isinstance(event, Shown)]


def run_and_stop(desk: Desk) -> None:
    """Start all workers, and stop them once they run."""
    desk.window.parts.workers.start()
    desk.until(lambda: set(desk.rows) == {"Running"})
    desk.window.parts.workers.stop_all()
    desk.until_quiet()


class Paints(QObject):
    """Counts the paints of a widget."""

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_the_end_of_a_run_is_shown_and_recorded_once(desk: Desk) -> None:
    run_and_stop(desk)
    # The rows follow the record of it, which comes a frame after the painting.
    desk.until(lambda: len(shown(desk)) == 2)
    for row in desk.window.parts.workers.rows.rows:
        assert row.snapshot is not None
        assert row.run is not None
        chain = row.snapshot.chain
        assert chain.is_ordered()
        assert None not in chain.instants()
        known = desk.controller.state.snapshot(row.run)
        assert known is not None
        assert known.chain == chain
        assert row.asked == row.snapshot
        assert "ended → shown: " in tooltip(row)
    desk.window.parts.workers.refresh()
    desk.until_quiet()
    assert [end.chain.shown for end in ends(desk)] == [None, None]
    assert len(shown(desk)) == 2


def test_a_run_that_ended_by_itself_is_shown_too(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("Short", "flag", interval=0.001, limit=2),))
    desk.window.parts.workers.start()
    desk.until(lambda: shown(desk))
    (end,), (painted,) = ends(desk), shown(desk)
    assert end.chain.requested is None
    assert end.chain.ended is not None
    assert painted.at == end.chain.ended + painted.after


def test_the_painting_is_over_when_the_instant_is_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    table = desk.window.parts.workers.table
    paints = Paints(table.viewport())
    painted: list[bool] = []
    usual = WorkersTable.paint_now

    def watched(self: WorkersTable, indices: Iterable[int]) -> list[int]:
        before = paints.count
        seen = usual(self, indices)
        painted.append(paints.count == before + 1)
        return seen

    monkeypatch.setattr(WorkersTable, "paint_now", watched)
    run_and_stop(desk)
    assert painted
    assert all(painted)
    count = len(painted)
    desk.window.parts.workers.refresh()
    assert len(painted) == count  # nothing has ended, so nothing is painted at once


def test_a_hidden_window_shows_nothing(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: set(desk.rows) == {"Running"})
    desk.window.hide()
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    assert (len(ends(desk)), shown(desk)) == (2, [])
    desk.window.show()
    desk.window.parts.workers.refresh()
    desk.until_quiet()
    assert shown(desk) == []  # it is too late now: it is not known since when it was waited for


def test_a_minimised_window_shows_nothing(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: set(desk.rows) == {"Running"})
    desk.window.showMinimized()
    desk.until(desk.window.isMinimized)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    assert (len(ends(desk)), shown(desk)) == (2, [])


def test_a_row_that_is_scrolled_out_is_not_shown(make_desk: MakeDesk) -> None:
    workers = tuple(Worker(f"W{number}", "flag", interval=0.01) for number in range(60))
    desk = make_desk(workers)
    desk.window.parts.workers.toggle(0)
    desk.window.parts.workers.toggle(59)
    rows = desk.window.parts.workers.rows.rows
    desk.until(lambda: rows[0].state == rows[59].state == State.RUNNING)
    desk.window.parts.workers.table.verticalScrollBar().setValue(0)
    desk.window.parts.workers.stop_all()
    desk.until(lambda: len(ends(desk)) == 2 and len(shown(desk)) == 1)
    desk.until_quiet()
    first, last = rows[0].snapshot, rows[59].snapshot
    assert first is not None
    assert last is not None
    assert first.chain.shown is not None
    assert last.chain.shown is None
    assert "its row was not on the screen" in tooltip(rows[59])


def test_the_record_that_follows_the_painting_leaves_the_lag_alone(desk: Desk) -> None:
    desk.window.hide()  # so that the ends are not painted by themselves
    desk.window.parts.workers.start()
    desk.until(lambda: desk.window.parts.bridge.lag.summary() is not None)
    desk.window.parts.workers.stop_all()
    desk.until(lambda: len(ends(desk)) == 2)
    desk.until_quiet()
    before = desk.window.parts.bridge.lag.summary()
    assert before is not None
    run = desk.window.parts.workers.rows.rows[0].run
    assert run is not None
    desk.controller.show(run, desk.controller.clock.now())  # as late as it can be
    desk.until(lambda: len(shown(desk)) == 1)
    desk.until_quiet()
    assert desk.window.parts.bridge.lag.summary() == before
