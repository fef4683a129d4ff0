"""A row of the log that tells of a stop opens the stop."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.worker import Worker
from app.session.record_words import record_words
from tests.ui.conftest import Desk

WORKERS = (Worker("A", "event-wait", interval=0.01), Worker("B", "flag", interval=0.01))


def open_row(desk: Desk, beginning: str, worker: str) -> None:
    """Choose the last line of a worker that begins so, and press Return on it."""
    log = desk.window.parts.log
    rows = zip(desk.log_texts(), desk.log_records(), strict=True)
    found = [text.startswith(beginning) and log.store.name(record.run).worker == worker for text, record in rows]
    log.choose(len(found) - 1 - found[::-1].index(True))
    QTest.keyClick(log.view, Qt.Key.Key_Return)


def test_return_on_a_stop_opens_its_instants(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(WORKERS)
    parts = desk.window.parts
    parts.actions.start.trigger()
    desk.until(lambda: {"A", "B"} == {parts.log.store.name(r.run).worker for r in desk.log_records() if r.run})
    desk.until(lambda: desk.rows == ["Running", "Running"])
    parts.actions.stop_all.trigger()
    desk.until_quiet()
    # Of each run one event is shown: its stop.
    records = map(parts.log.store.record, parts.log.shown().lines(0, parts.log.store.end))
    events = [(record.run, record_words(record.kind, record.text)) for record in records if record and record.run]
    stops = [(run, text.partition(":")[0]) for run, text in events if not text.startswith("running… ")]
    assert sorted(stops) == [(1, "stopped"), (2, "stopped")]
    parts.log_actions.all_events.trigger()
    for beginning, worker, row in (("stopped: ", "B", 1), ("stopping: asked", "A", 0)):
        parts.details.show_page("Record")
        open_row(desk, beginning, worker)
        assert parts.details.currentWidget() is parts.details.stop
        assert parts.workers.table.current() == row
        assert parts.actions.details.isChecked()
    # A line, or a row of what is no stop, opens its record, as does the stop of a run whose stop the details do not show.
    open_row(desk, "running: ", "A")
    assert parts.details.currentWidget() is parts.details.record
    open_row(desk, "running… ", "A")
    assert parts.details.currentWidget() is parts.details.record
    parts.workers.editing.replace_all([WORKERS[1]])
    open_row(desk, "stopped: ", "A")
    assert parts.details.currentWidget() is parts.details.record
