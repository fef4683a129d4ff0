"""The compare window: opened late, closed in the middle, put away with the main window."""

import json
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTableView,
    QWidget,
)

from app.ui.compare.window import CompareWindow, fitting_size
from tests.experiments.made import cell, matrix, race
from tests.ui.compare.conftest import PAIR, OpenCompare, until_done
from tests.ui.conftest import Desk


def in_the_middle(open_compare: OpenCompare, **settings: object) -> tuple[Desk, CompareWindow]:
    """Open both windows with a matrix that goes on for minutes, some runs of which are done."""
    desk, window = open_compare(**settings)
    tab = window.matrix
    tab.strategies.pick(["event-poll", "event-wait"])
    tab.workloads.pick(["sleep", "compute"])
    tab.controls.set_text("n", "5000")
    tab.controls.set_text("interval", "0.001")
    tab.controls.start.click()
    assert tab.controls.problem.text() == ""
    desk.until(lambda: any(cell.runs for cell in tab.grid.cells.values()))
    return desk, window


def experiments() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name in ("The race", "The matrix")]


def test_closing_it_in_mid_matrix_keeps_what_is_done_and_leaves_no_thread(open_compare: OpenCompare) -> None:
    desk, window = in_the_middle(open_compare)
    window.close()
    assert not window.isVisible()
    until_done(desk, window)
    assert experiments() == []
    desk.window.parts.actions.compare.trigger()
    assert desk.window.parts.compare.window is window
    assert window.isVisible()
    result = window.matrix.result
    assert result is not None
    assert any(cell.runs for cell in result.cells)
    assert window.matrix.controls.resume.isEnabled()


def test_closing_the_main_window_in_mid_matrix_waits_for_it_with_the_window_alive(open_compare: OpenCompare) -> None:
    desk, window = in_the_middle(open_compare)
    with desk.qtbot.waitSignal(desk.window.finished, timeout=20_000) as caught:
        desk.window.close()
        assert desk.window.banner.text() == "Closing. The matrix is being cancelled; what is done is kept."
        desk.window.close()  # impatient
    assert caught.args == [False]
    assert experiments() == []
    assert not desk.window.isVisible()
    desk.window.shutdown()
    (kept,) = desk.services.sessions.glob("matrix cut short *.json")
    values = json.loads(kept.read_text())
    assert values["finished"] is False
    assert sum(cell["n"] for cell in values["cells"]) == sum(len(c.runs) for c in window.matrix.result.cells) > 0


def test_what_does_not_end_in_time_is_left_behind(open_compare: OpenCompare) -> None:
    desk, window = open_compare(close_deadline=0.1)
    go = threading.Event()

    window.task.start("The race", lambda _context: go.wait(20))
    with desk.qtbot.waitSignal(desk.window.finished, timeout=20_000) as caught:
        desk.window.close()
    assert caught.args == [True]
    go.set()
    until_done(desk, window)


def test_a_matrix_that_was_cut_short_is_told_of_when_the_window_is_opened_again(open_compare: OpenCompare) -> None:
    desk, window = in_the_middle(open_compare)
    desk.window.parts.compare.shutdown()
    assert experiments() == []
    window.hide()
    desk.window.parts.actions.compare.trigger()
    again = desk.window.parts.compare.window
    assert again is not None
    assert again.statusBar().currentMessage().startswith("What a matrix had found when the program ended is kept in ")


def test_putting_it_away_in_mid_race_leaves_no_thread(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    window.race.controls.set_text("rounds", "5000")
    window.race.controls.start.click()
    desk.window.parts.compare.shutdown()
    assert experiments() == []


def test_it_costs_the_first_window_nothing() -> None:
    program = (
        "import sys; from app.ui.compare import opener; "
        "print([name for name in sys.modules if name.startswith(('app.experiments', 'app.ui.compare.'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['app.ui.compare.opener']\n"


def test_the_details_of_the_main_window_stay_untouched_by_an_open_one(open_compare: OpenCompare) -> None:
    desk, _window = open_compare()
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    assert desk.rows == ["Stopped", "Stopped"]


def test_everything_that_is_operated_has_a_name_and_can_be_reached(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    window.race.show_result(race((PAIR[0], [20_000_000])))
    window.matrix.show_result(matrix(cell("flag", "sleep", [1_000_000])))
    names = set()
    for tab in (window.race, window.matrix, window.code):
        window.tabs.setCurrentWidget(tab)
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QTableView, QListView, QComboBox, QProgressBar):
            for widget in tab.findChildren(kind):
                if not widget.isVisible() or widget.objectName().startswith("qt_") or _is_corner(widget):
                    continue
                name = widget.accessibleName() or getattr(widget, "text", str)().replace("&", "")
                assert name, (widget, widget.parent())
                assert kind is QProgressBar or widget.focusPolicy() != Qt.FocusPolicy.NoFocus, name
                names.add(name)
    expected = {
        "Workers",
        "Rounds",
        "Start",
        "Cancel",
        "Resume",
        "Matrix",
        "Figures of the race",
        "Strategy on the left",
    }
    assert (
        expected
        | {"Logarithmic axis", "Copy the matrix", "Save the race…", "Progress of the matrix", "Another workload"}
        <= names
    )


def _is_corner(widget: object) -> bool:
    """Whether it is the button in the corner of a table, which Qt makes."""
    return isinstance(widget, QAbstractButton) and isinstance(widget.parent(), QTableView)


def test_every_label_takes_text_as_it_is(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    for label in window.findChildren(QLabel):
        if not label.objectName().startswith("qt_") and label.buddy() is None:
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()


def test_it_fits_the_screen_that_it_opens_on(open_compare: OpenCompare) -> None:
    assert fitting_size(QSize(1180, 820), QSize(1280, 720)) == QSize(1180, 672)
    assert fitting_size(QSize(1180, 820), QSize(2560, 1440)) == QSize(1180, 820)
    _desk, window = open_compare()
    screen = window.screen().availableSize()
    assert window.size().boundedTo(screen) == window.size()


@pytest.mark.parametrize("points", [0, 20])
def test_it_works_at_1024_by_700(open_compare: OpenCompare, points: int) -> None:
    before = QApplication.font()
    font = QApplication.font()
    if points:
        font.setPointSize(points)
    QApplication.setFont(font)
    try:
        desk, window = open_compare()
        window.resize(1024, 700)
        window.race.show_result(race((PAIR[0], [20_000_000, None]), (PAIR[1], [100_000])))
        result = matrix(*(cell("flag", f"sleep:{number}", [1_000_000]) for number in range(9)))
        window.matrix.grid.reset_cells(result.cells, result.deadline)
        window.matrix.show_result(result)
        window.matrix.open_cell("flag", "sleep:3")
        for tab in (window.race, window.matrix, window.code):
            window.tabs.setCurrentWidget(tab)
            desk.until(lambda: window.size() == QSize(1024, 700))
            hint = window.minimumSizeHint()
            assert (hint.width() <= 1024, hint.height() <= 700) == (True, True), (tab, hint)
            assert [name for name in map(_cut_off, _seen(tab)) if name] == []
        for controls in (window.race.controls, window.matrix.controls):
            window.tabs.setCurrentWidget(controls.parent().parent().parent())
            corner = controls.start.mapTo(window, controls.start.rect().bottomRight())
            assert window.rect().contains(corner)
    finally:
        QApplication.setFont(before)


def _seen(tab: QWidget) -> list[QWidget]:
    return [widget for widget in tab.findChildren(QWidget) if widget.isVisible()]


def _cut_off(widget: QWidget) -> str:
    """Return the text of a label or a button that has not the room for it; empty if it has."""
    if not isinstance(widget, QLabel | QPushButton | QCheckBox) or not widget.text():
        return ""
    needed = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else widget.sizeHint().height()
    narrow = not (isinstance(widget, QLabel) and widget.wordWrap()) and widget.width() < widget.sizeHint().width()
    return widget.text() if narrow or widget.height() < needed else ""
