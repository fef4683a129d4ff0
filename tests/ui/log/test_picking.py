"""Choosing and selecting lines by mouse and keys: by their numbers, across pages, while others come."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.log.conftest import CTRL, LEFT, SHIFT, Log, batch, numbers


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """A log that has been scrolled to its top."""
    log = make_log()
    log.write(batch(numbers(1, 1_000)))
    log.bar.setValue(0)
    return log


def highlighted(log: Log) -> list[str]:
    """The texts of the rows that look selected."""
    return [log.rows()[index.row()] for index in log.view.selectionModel().selectedRows()]


def test_clicks(log: Log) -> None:
    log.click(3)
    assert log.selected() == [3]
    log.click(6, SHIFT)
    assert log.selected() == [3, 4, 5, 6]
    log.click(9, CTRL)
    log.click(5, CTRL)
    assert log.selected() == [3, 4, 6, 9]
    assert sorted(highlighted(log)) == sorted(["running… 4", "running… 5", "running… 7", "running… 10"])
    log.click(11, CTRL | SHIFT)
    assert log.selected() == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    log.click(2)
    assert log.selected() == [2]


def test_a_range_across_pages_by_clicks(log: Log) -> None:
    log.click(3)
    log.bar.setValue(500)
    assert highlighted(log) == []
    log.click(1, SHIFT)
    assert log.selected() == list(range(3, 502))
    log.bar.setValue(0)
    assert highlighted(log)[0] == "running… 4"


def test_keys_select_across_pages(log: Log) -> None:
    log.click(3)
    page = log.bar.pageStep()
    for _ in range(3):
        log.key(Qt.Key.Key_PageDown, SHIFT)
    assert log.selected() == list(range(3, 3 + 3 * page + 1))
    log.key(Qt.Key.Key_Up, SHIFT)
    assert log.selected()[-1] == 3 * page + 2
    log.key(Qt.Key.Key_Home, SHIFT)
    assert log.selected() == [0, 1, 2, 3]
    log.key(Qt.Key.Key_End, SHIFT)
    assert log.selected() == list(range(3, 1_000))
    log.key(Qt.Key.Key_A, CTRL)
    assert len(log.selected()) == 1_000


def test_dragging_beyond_the_edge_goes_on_for_as_long_as_it_is_held(log: Log) -> None:
    viewport = log.view.viewport()
    QTest.mousePress(viewport, LEFT, pos=log.at(2))
    beyond = QPoint(100, viewport.height() + 3 * log.view.row_height())
    QTest.mouseMove(viewport, beyond)
    log.until(lambda: log.bar.value() > 30)
    QTest.mouseRelease(viewport, LEFT, pos=beyond)
    selected = log.selected()
    assert selected == list(range(2, selected[-1] + 1))
    assert selected[-1] > 30
    assert not log.view.is_scrolling()
    # Back up beyond the upper edge.
    QTest.mousePress(viewport, LEFT, pos=log.at(2))
    start = log.panel.line
    QTest.mouseMove(viewport, QPoint(100, -2 * log.view.row_height()))
    log.until(lambda: log.bar.value() == 0)
    QTest.mouseRelease(viewport, LEFT, pos=QPoint(100, 0))
    assert log.selected() == list(range(start + 1))


def test_dragging_with_ctrl_keeps_what_was_selected(log: Log) -> None:
    log.click(1)
    QTest.mousePress(log.view.viewport(), LEFT, CTRL, log.at(4))
    QTest.mouseMove(log.view.viewport(), log.at(6))
    QTest.mouseRelease(log.view.viewport(), LEFT, CTRL, log.at(6))
    assert log.selected() == [1, 4, 5, 6]


def test_a_drag_from_below_the_last_line_selects_nothing(make_log: Callable[..., Log]) -> None:
    log = make_log()
    log.write(batch(numbers(1, 3)))
    log.click(0)
    QTest.mousePress(log.view.viewport(), LEFT, pos=log.at(8))
    QTest.mouseMove(log.view.viewport(), log.at(1))
    QTest.mouseRelease(log.view.viewport(), LEFT, pos=log.at(1))
    assert log.selected() == [0]


def test_a_drag_whose_end_is_not_heard_of_does_not_go_on_for_ever(log: Log) -> None:
    QTest.mousePress(log.view.viewport(), LEFT, pos=log.at(2))
    QTest.mouseMove(log.view.viewport(), QPoint(100, -50))
    assert log.view.is_scrolling()
    log.area.open_find()  # the focus goes elsewhere
    assert not log.view.is_scrolling()
    QTest.mouseRelease(log.view.viewport(), LEFT, pos=QPoint(100, 0))


def test_a_selection_stays_on_its_lines_while_100000_others_come(log: Log) -> None:
    log.click(3)
    log.click(5, CTRL)
    for part in range(10):
        log.write(batch(numbers(part * 10_000, part * 10_000 + 9_999)))
    assert log.selected() == [3, 5]
    assert highlighted(log) == ["running… 4", "running… 6"]
    log.key(Qt.Key.Key_End)
    assert highlighted(log) == ["running… 99999"]


def test_a_selection_stays_on_its_lines_when_the_view_is_narrowed_and_widened(log: Log) -> None:
    log.click(3)
    log.click(20, SHIFT)
    log.find("5", only=True)  # lines 4, 14
    assert log.selected() == [4, 14]
    log.key(Qt.Key.Key_Escape)
    assert log.selected() == list(range(3, 21))


def test_what_was_hidden_between_selected_hits_is_not_selected_when_it_is_seen_again(log: Log) -> None:
    log.find("5", only=True)  # lines 4, 14, 24, 34, 44, 49, 50 …
    log.area.panel.setFocus()
    log.click(0)
    log.click(3, SHIFT)
    assert log.selected() == [4, 14, 24, 34]
    log.area.close_search()
    assert log.selected() == [4, 14, 24, 34]
    # Another filter is another view.
    log.find("5", only=True)
    log.panel.picker.select_all()
    log.find("55", only=True)
    log.area.close_search()
    assert log.selected() == [line for line in range(1_000) if "5" in str(line + 1)]


def test_too_many_hits_to_be_remembered_one_by_one(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.log.panel.MOST_KEPT_SELECTED", 10)
    log.find("5", only=True)
    log.area.panel.setFocus()
    log.click(2)
    log.panel.picker.select_all()
    log.area.close_search()
    assert log.selected() == [24]
    assert "More than 10 matching lines were selected" in log.said[-1]


def test_lines_that_vanish_are_not_selected_any_more(make_log: Callable[..., Log]) -> None:
    log = make_log(recorded=False, most=5_000)
    log.add(batch(numbers(1, 1_000)))
    log.bar.setValue(0)
    log.click(2)
    log.click(8, SHIFT)
    for part in range(30):
        log.add(batch(numbers(part, part + 999)))
    assert log.area.store.first > 1_000
    assert log.selected() == []
    log.key(Qt.Key.Key_C, CTRL)
    assert log.said[-1] == "No lines are selected."
    log.key(Qt.Key.Key_Down)
    assert log.panel.line >= log.area.store.first


def test_a_row_is_opened_by_two_clicks_and_by_enter(log: Log) -> None:
    opened: list[int] = []
    log.panel.opened.connect(opened.append)
    log.click(4)
    QTest.mouseDClick(log.view.viewport(), LEFT, pos=log.at(4))
    assert opened == [4]
    log.key(Qt.Key.Key_Return)
    assert opened == [4, 4]
    # Out of sight it is still that line, and not what stands in its row now.
    log.bar.setValue(300)
    log.key(Qt.Key.Key_Enter)
    assert opened == [4, 4, 4]
    assert not log.view.currentIndex().isValid()


def test_the_right_button_chooses_the_row_unless_it_is_selected(log: Log) -> None:
    right = Qt.MouseButton.RightButton
    log.click(2)
    QTest.mousePress(log.view.viewport(), right, pos=log.at(5))
    assert log.selected() == [5]
    log.click(8, SHIFT)
    QTest.mousePress(log.view.viewport(), right, pos=log.at(6))
    assert log.selected() == [5, 6, 7, 8]


def test_letters_and_keys_that_are_not_known_change_nothing(log: Log) -> None:
    log.click(2)
    QTest.keyClicks(log.view, "running")
    for key in (0, 0x01FFFFFF, 0x0100F000):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "")
        QApplication.sendEvent(log.view, event)
    assert log.panel.line == 2
    assert log.view.currentIndex().row() == 2


def test_with_no_line_at_all_nothing_can_go_wrong(make_log: Callable[..., Log]) -> None:
    log = make_log()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_Return, Qt.Key.Key_Left):
        log.key(key)
    log.click(0)
    log.key(Qt.Key.Key_A, CTRL)
    log.key(Qt.Key.Key_C, CTRL)
    log.key(Qt.Key.Key_F3)
    QTest.mouseDClick(log.view.viewport(), LEFT, pos=log.at(0))
    assert log.rows() == []
    assert log.said == ["No lines are selected."]


def test_kinds_that_are_not_known_are_shown_as_they_are(make_log: Callable[..., Log]) -> None:
    log = make_log()
    log.write(batch(["from the future"], kind=200), batch(["x"], kind=3))
    assert log.rows() == ["from the future", "✖ x"]
    log.click(0)
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    assert QApplication.clipboard().text() == "00:00.000\tW1\t#1\tfrom the future"
