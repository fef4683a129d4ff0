"""Following the tail: on at the bottom, off as soon as one scrolls up, and the line that is read never moves."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.log.conftest import CTRL, LEFT, TEXT, Log, batch, numbers

LINES = 1_000


def wheel(widget: QWidget, steps: int) -> None:
    """Turn the wheel; up is positive."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place, widget.mapToGlobal(place), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def drag_up(log: Log) -> None:
    log.click(0)
    viewport = log.view.viewport()
    QTest.mousePress(viewport, LEFT, pos=log.at(0))
    QTest.mouseMove(viewport, log.at(0) - QPoint(0, 2 * log.view.row_height()))
    QTest.mouseRelease(viewport, LEFT, pos=QPoint(100, 0))


WAYS_UP: dict[str, Callable[[Log], object]] = {
    "bar": lambda log: log.bar.setValue(log.bar.value() - 1),
    "arrow": lambda log: log.bar.triggerAction(log.bar.SliderAction.SliderSingleStepSub),
    "wheel": lambda log: wheel(log.view.viewport(), 1),
    "wheel over the bar": lambda log: wheel(log.bar, 1),
    "page up": lambda log: log.key(Qt.Key.Key_PageUp),
    "home": lambda log: log.key(Qt.Key.Key_Home),
    "drag": drag_up,
}
WAYS_DOWN: dict[str, Callable[[Log], object]] = {
    "end": lambda log: log.key(Qt.Key.Key_End),
    "ctrl+end": lambda log: log.key(Qt.Key.Key_End, CTRL),
    "button": lambda log: QTest.mouseClick(log.panel.new_lines, LEFT),
    "bar": lambda log: log.bar.setValue(log.bar.maximum()),
    "wheel": lambda log: [wheel(log.view.viewport(), -100) for _ in range(LINES)],
}


@pytest.mark.parametrize("up", WAYS_UP)
def test_scrolling_up_by_any_means_stops_following(log: Log, up: str) -> None:
    log.write(batch(numbers(1, LINES)))
    assert log.rows()[-1] == f"running… {LINES}"
    before = log.bar.value()
    WAYS_UP[up](log)
    assert log.bar.value() < before
    read = log.rows()
    for more in range(3):
        log.write(batch(numbers(LINES + 1 + more, LINES + 1 + more)))
        assert log.rows() == read
        assert log.panel.new_lines.text() == f"↓ {more + 1} new line{'s' if more else ''}"
    assert log.panel.new_lines.isVisible()


@pytest.mark.parametrize("down", WAYS_DOWN)
def test_going_to_the_end_by_any_means_follows_again(log: Log, down: str) -> None:
    log.write(batch(numbers(1, LINES)))
    log.bar.setValue(100)
    log.write(batch(numbers(LINES + 1, LINES + 5)))
    WAYS_DOWN[down](log)
    assert log.panel.following
    assert log.panel.new_lines.isHidden()
    log.write(batch(numbers(LINES + 6, LINES + 7)))
    assert log.rows()[-1] == f"running… {LINES + 7}"


@pytest.mark.parametrize("down", ["wheel", "wheel over the bar", "arrow", "down", "page down"])
def test_scrolling_past_the_end_follows_again(log: Log, down: str) -> None:
    """A person who was sent to a line at the very end stays there until they scroll on."""
    log.write(batch(numbers(1, LINES)))
    log.panel.choose(LINES - 1, stay=True)
    assert not log.panel.following
    assert log.bar.value() == log.bar.maximum()
    {
        "wheel": lambda: wheel(log.view.viewport(), -1),
        "wheel over the bar": lambda: wheel(log.bar, -1),
        "arrow": lambda: log.bar.triggerAction(log.bar.SliderAction.SliderSingleStepAdd),
        "down": lambda: log.key(Qt.Key.Key_Down),
        "page down": lambda: log.key(Qt.Key.Key_PageDown),
    }[down]()
    log.write(batch(numbers(LINES + 1, LINES + 3)))
    assert log.rows()[-1] == f"running… {LINES + 3}"


def test_what_says_so_has_a_name_and_hides_no_line_for_good(log: Log) -> None:
    log.write(batch(numbers(1, LINES)))
    log.actions.pause.trigger()
    button = log.panel.new_lines
    assert button.accessibleName() == button.text() == "Paused"
    log.write(batch(numbers(LINES + 1, LINES + 2)))
    assert button.accessibleName() == "Paused · 2 new lines"
    # Scrolled to the end, the last line stands above it.
    log.bar.setValue(log.bar.maximum())
    assert log.rows()[-1] == f"running… {LINES}"
    last = log.view.visualRect(log.view.model().index(len(log.rows()) - 1, TEXT))
    below = log.view.viewport().mapTo(log.panel, last.bottomLeft()).y()
    assert below <= button.geometry().top()
    log.key(Qt.Key.Key_End, CTRL)
    assert not log.actions.pause.isChecked()
    assert log.rows()[-1] == f"running… {LINES + 2}"
    log.bar.setValue(0)
    log.write(batch(["x"]))
    assert button.accessibleName() == "1 new line"
    assert button.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_pause_moves_nothing_and_its_end_goes_on(log: Log) -> None:
    log.write(batch(numbers(1, LINES)))
    read = log.rows()
    log.key(Qt.Key.Key_P, CTRL | Qt.KeyboardModifier.ShiftModifier)
    log.write(batch(numbers(LINES + 1, 2 * LINES)))
    assert log.rows() == read
    assert log.archive.committed == 2 * LINES  # type: ignore[union-attr]
    log.key(Qt.Key.Key_P, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert log.rows()[-1] == f"running… {2 * LINES}"
    # In the narrowed view as well.
    log.find("7", only=True)
    shown = log.panel.shown().count()
    log.actions.pause.trigger()
    log.write(batch(numbers(1, 30)))
    log.until_found()
    assert log.panel.shown().count() == shown
    assert log.panel.new_lines.text() == "Paused · 3 new lines"
    log.panel.clear()
    assert log.rows() == []
    assert log.panel.new_lines.text() == "Paused"


def test_the_pill_counts_what_has_come_in_the_narrowed_view(log: Log) -> None:
    log.write(batch(numbers(1, LINES)))
    log.find("7", only=True)
    log.bar.setValue(3)
    read = log.rows()
    for more in range(1, 4):
        # One hit and nine others: each time, whether the search has come that far or not.
        log.write(batch([f"line {i}" for i in range(10)]))
        log.until_found()
        assert log.panel.new_lines.text() == f"↓ {more} new line{'s' if more > 1 else ''}"
        assert log.rows() == read
    log.panel.setFocus()
    log.key(Qt.Key.Key_End)
    assert log.panel.new_lines.isHidden()


def test_the_line_that_is_read_is_there_again_when_all_hits_are_found(log: Log) -> None:
    for part in range(20):
        log.write(batch(numbers(part * LINES + 1, part * LINES + LINES)))
    log.bar.setValue(15_000)
    assert log.rows()[0] == "running… 15001"
    log.find("99", only=True)
    assert log.rows()[0] == "running… 15099"
    log.key(Qt.Key.Key_Escape)
    assert log.rows()[0] == "running… 15001"


def test_a_smaller_log_keeps_the_line_that_is_read(log: Log) -> None:
    log.write(batch(numbers(1, LINES)))
    log.bar.setValue(500)
    for height in (300, 700, 200):
        log.window.resize(900, height)
        log.until(lambda: log.view.rows_that_fit() == len(log.rows()))
        assert log.rows()[0] == "running… 501"
