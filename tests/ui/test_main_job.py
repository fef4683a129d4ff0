"""The main job by the window's own buttons, on real threads."""

import re

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.ui.workers.rows import Column
from tests.timers import running_timers
from tests.ui.conftest import Desk

LATENCY = re.compile(r"[\d.]+ (µs|ms|s)")


def button(desk: Desk, action: QAction) -> QToolButton:
    found = desk.window.parts.actions.toolbar.widgetForAction(action)
    assert isinstance(found, QToolButton)
    return found


def press(desk: Desk, action: QAction) -> None:
    desk.qtbot.mouseClick(button(desk, action), Qt.MouseButton.LeftButton)


def test_it_is_ready_at_once_and_nothing_ticks(desk: Desk) -> None:
    assert desk.rows == ["Ready", "Ready"]
    desk.until(lambda: not running_timers(desk.window))
    actions = desk.window.parts.actions
    assert (actions.start.isEnabled(), actions.stop.isEnabled(), actions.stop_all.isEnabled()) == (True, False, False)


def test_start_streams_lines_and_stop_says_how_late_each_noticed(desk: Desk) -> None:
    press(desk, desk.window.parts.actions.start)
    desk.until(lambda: desk.log_texts().count("running… 2") == 2)
    desk.until(lambda: desk.rows == ["Running", "Running"])
    assert not desk.window.parts.actions.start.isEnabled()
    press(desk, desk.window.parts.actions.stop)
    desk.until(lambda: [desk.cell(row, Column.STATE) for row in (0, 1)] == ["Stopped", "Stopped"])
    assert all(LATENCY.fullmatch(desk.cell(row, Column.LATENCY)) for row in (0, 1))
    desk.until_quiet()
    texts = desk.log_texts()
    assert texts.count("stopping: asked to stop") == 2
    assert sum(text.startswith("stopped: noticed ") for text in texts) == 2
    assert desk.window.parts.actions.start.isEnabled()
    assert not desk.window.parts.actions.stop.isEnabled()


def test_the_click_is_the_first_instant_of_the_chain(desk: Desk) -> None:
    press(desk, desk.window.parts.actions.start)
    desk.until(lambda: "running… 1" in desk.log_texts())
    press(desk, desk.window.parts.actions.stop_all)
    desk.until_quiet()
    for snapshot in desk.controller.state.snapshots((1, 2)):
        assert snapshot.chain.clicked is not None
        assert snapshot.chain.is_ordered()


def test_only_selected_rows_start_and_stop_and_stop_all_stops_all(desk: Desk) -> None:
    table = desk.window.parts.workers.table
    table.select([1])
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows[1] == "Running")
    assert desk.rows[0] == "Ready"
    table.select([0])
    assert not desk.window.parts.actions.stop.isEnabled()
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows[0] == "Running")
    desk.window.parts.actions.stop.trigger()
    desk.until(lambda: desk.rows[0] == "Stopped")
    assert desk.rows[1] == "Running"
    desk.window.parts.actions.stop_all.trigger()
    desk.until(lambda: desk.rows == ["Stopped", "Stopped"])


def test_keys_start_and_stop(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F5)
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    desk.until(lambda: desk.rows == ["Stopped", "Stopped"])
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F5)
    desk.until(lambda: desk.rows == ["Running", "Running"])
    both = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F5, both)
    desk.until(lambda: desk.rows == ["Stopped", "Stopped"])
    assert {name.number for name in (s.name for s in desk.controller.state.snapshots(range(1, 5)))} == {1, 2}


def test_space_and_a_double_click_on_the_state_turn_one_row_on_and_off(desk: Desk) -> None:
    table = desk.window.parts.workers.table
    table.setCurrentIndex(table.model().index(0, Column.NAME))
    desk.qtbot.keyClick(table, Qt.Key.Key_Space)
    desk.until(lambda: desk.rows[0] == "Running")
    desk.qtbot.keyClick(table, Qt.Key.Key_Space)
    desk.until(lambda: desk.rows[0] == "Stopped")
    assert desk.rows[1] == "Ready"
    place = table.visualRect(table.model().index(1, Column.STATE)).center()
    for state in ("Running", "Stopped"):
        desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        desk.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        desk.until(lambda state=state: desk.rows[1] == state)


def test_start_on_a_running_worker_does_nothing(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.start()
    assert desk.controller.state.live() == (1, 2)


def test_a_click_beside_the_rows_clears_the_selection(desk: Desk) -> None:
    table = desk.window.parts.workers.table
    table.select([0, 1])
    below = QPoint(20, table.rowViewportPosition(1) + table.rowHeight(1) + 20)
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=below)
    assert table.selected() == []


def test_the_difference_before_the_first_line_is_shown(desk: Desk) -> None:
    """Asked to stop before its first line, event-poll writes one and flag none: the rows show it."""
    with desk.held_manager():
        desk.window.parts.workers.start()
        assert desk.rows == ["Starting…", "Starting…"]
        desk.window.parts.workers.stop_all()
    desk.until_quiet()
    assert [desk.cell(row, Column.LINES) for row in (0, 1)] == ["1", "0"]


@pytest.mark.parametrize("strategy", [s.about.id for s in Catalogue().strategies])
def test_the_code_and_the_facts_of_each_strategy_are_one_click_away(make_desk: type[Desk], strategy: str) -> None:
    desk = make_desk((Worker(name="One", strategy=strategy),))
    press(desk, desk.window.parts.actions.details)
    details = desk.window.parts.details
    assert details.isVisible()
    details.show_page("Code")
    about = Catalogue().strategy(strategy).about
    facts = details.code_facts.toPlainText()
    assert all(text in facts for text in (about.sentence, about.guarantee, about.cannot, about.first_line))
    assert details.code.toPlainText().strip() == Catalogue().strategy(strategy).source().strip()


def test_a_click_in_the_log_means_the_same_run_everywhere_and_narrows_nothing(desk: Desk) -> None:
    parts = desk.window.parts
    for _ in range(2):
        parts.workers.start()
        desk.until(lambda: desk.rows == ["Running", "Running"])
        parts.workers.stop()
        desk.until_quiet()
    parts.actions.details.setChecked(True)
    parts.details.show_page("Last run")
    runs = {(s.name.worker, s.name.number): s.run for s in desk.controller.state.snapshots(range(1, 5))}
    shown = [(line, parts.log.store.record(line)) for line in parts.log.shown().lines(0, parts.log.store.end)]
    lines = {record.run: line for line, record in shown if record}
    for name, number, row in (("Flag", 1, 1), ("Event", 2, 0), ("Event", 1, 0)):
        parts.log.choose(lines[runs[name, number]])
        assert parts.workers.table.current() == row
        assert parts.details.run.toPlainText().startswith(f"Thread: {name} #{number}, ")
        assert parts.timeline.view.marked == runs[name, number]
        marked = {parts.log.store.record(parts.log.lines[row]).run for row in parts.log.run_marks.rows()}
        assert marked == {runs[name, number]}
    assert parts.workers.table.selected() == []
    # Another row, or another run of this one, is shown by its last run again.
    parts.workers.table.make_current(1)
    assert parts.details.run.toPlainText().startswith("Thread: Flag #2, ")
    assert parts.timeline.view.marked == runs["Flag", 2]
    parts.timeline.run_chosen.emit(runs["Event", 1])
    assert parts.workers.table.current() == 0
    assert parts.details.run.toPlainText().startswith("Thread: Event #1, ")
    parts.log.choose(lines[runs["Flag", 1]])
    parts.workers.start()
    desk.until(lambda: parts.details.run.toPlainText().startswith("Thread: Flag #3"))


def test_the_status_bar_says_what_is_alive(desk: Desk) -> None:
    labels = desk.window.parts.status.labels
    assert [label.text() for label in labels[:2]] == ["0 alive", "0 stuck"]
    desk.window.parts.workers.start()
    desk.until(lambda: labels[0].text() == "2 alive")
    bar = desk.window.statusBar()
    desk.until(lambda: "window lag p99 " in bar.toolTip())
    assert "switch interval 500 µs" in bar.toolTip().split("\n")
    desk.window.parts.workers.stop_all()
    desk.until(lambda: labels[0].text() == "0 alive")
