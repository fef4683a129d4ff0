"""The matrix, through its buttons."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester

from app.adapters import whole_catalogue
from app.core.stacks import Call
from app.experiments.race_report import matrix_csv
from app.experiments.results import CellState
from app.experiments.verdict import matrix_sentence
from app.ui.compare.grid import contrast, on_scale
from app.ui.compare.matrix_tab import MatrixTab
from app.ui.compare.window import CompareWindow
from app.ui.compare.words import ASKS_FIRST, EMPTY_MATRIX, NEVER, NOT_APPLICABLE, TICK_CELLS, matrix_risks
from app.ui.workers.consent import Risk, consent_needed
from tests.experiments.made import cell, matrix, run
from tests.ui.compare.conftest import OpenCompare, until_done
from tests.ui.conftest import Desk

MS = 10**6


def opened(
    open_compare: OpenCompare, n: str = "2", workloads: tuple[str, ...] = ("sleep", "error")
) -> tuple[Desk, CompareWindow]:
    desk, window = open_compare()
    window.tabs.setCurrentWidget(window.matrix)
    tab = window.matrix
    tab.strategies.pick(["event-poll", "event-wait"])
    tab.workloads.pick(workloads)
    tab.controls.set_text("n", n)
    tab.controls.set_text("interval", "0.001")
    return desk, window


def index(tab: MatrixTab, row: int, column: int) -> QModelIndex:
    return tab.grid.model().index(row, column)


def test_a_matrix_of_two_by_two_fills_its_grid(open_compare: OpenCompare, qtmodeltester: ModelTester) -> None:
    desk, window = opened(open_compare)
    tab = window.matrix
    tab.controls.start.click()
    assert index(tab, 0, 1).data() == NOT_APPLICABLE  # known before anything is started
    until_done(desk, window)
    assert tab.result is not None
    assert tab.result.finished
    assert tab.grid.model().rowCount() == 2
    assert tab.grid.model().headerData(1, Qt.Orientation.Vertical) == "Event, waited on"
    assert tab.grid.model().headerData(0, Qt.Orientation.Horizontal) == "Sleep"
    for row, title in enumerate(("Event, polled", "Event, waited on")):
        assert index(tab, row, 0).data().startswith("p50 ")
        spoken = index(tab, row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith(f"{title}, Sleep: p50 ")
        assert ", n 2" in spoken
        assert "there is nothing to compare" in index(tab, row, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert tab.sentence.text() == matrix_sentence(tab.result, whole_catalogue().title)
    assert "CPython" in tab.environment.text()
    assert not tab.controls.resume.isEnabled()
    desk.until(lambda: [entry for entry in desk.log_entries() if "evidence" in entry])
    did = next(entry for entry in desk.log_entries() if entry.get("action") == "matrix")
    assert (did["strategies"], did["workloads"], did["n"]) == (["event-poll", "event-wait"], ["sleep", "error"], 2)
    qtmodeltester.check(tab.grid.model())


def test_a_cell_is_opened_by_a_click_and_by_enter(open_compare: OpenCompare) -> None:
    desk, window = opened(open_compare)
    tab = window.matrix
    tab.controls.start.click()
    until_done(desk, window)
    desk.qtbot.mouseClick(
        tab.grid.viewport(), Qt.MouseButton.LeftButton, pos=tab.grid.visualRect(index(tab, 1, 0)).center()
    )
    assert tab.pane.title.text().startswith("Event, waited on, Sleep: p50 ")
    assert [row[:2] for row in tab.pane.runs.texts()] == [["1", "interrupted"], ["2", "interrupted"]]
    assert "class EventWait(Strategy):" in tab.pane.code.toPlainText()
    assert tab.pane.stack.toPlainText().startswith("No run of this cell was slow")
    tab.grid.setCurrentIndex(index(tab, 0, 0))
    desk.qtbot.keyClick(tab.grid, Qt.Key.Key_Return)
    assert tab.pane.title.text().startswith("Event, polled, Sleep: ")
    tab.pane.tabs.setCurrentIndex(1)
    desk.until(lambda: tab.pane.lanes.pixmap().width() > 1)
    image = tab.pane.lanes.pixmap().toImage()
    wanted = desk.window.parts.theme.colour("running")
    assert any(
        image.pixelColor(x, y).name() == wanted for x in range(image.width()) for y in range(22, image.height(), 4)
    )


def test_a_matrix_that_is_cancelled_can_be_resumed(open_compare: OpenCompare) -> None:
    desk, window = opened(open_compare, "300", ("sleep", "compute"))
    tab = window.matrix
    tab.controls.start.click()
    desk.until(lambda: any(cell.runs for cell in tab.grid.cells.values()))
    tab.controls.cancel.click()
    until_done(desk, window)
    first = tab.result
    assert first is not None
    assert not first.finished
    made = sum(len(cell.runs) for cell in first.cells)
    assert made > 0
    assert "Resume measures the rest" in tab.notes.text()
    tab.controls.set_text("n", "nonsense")  # a resumed one is as it was asked for
    tab.controls.resume.click()
    assert tab.controls.problem.text() == ""
    desk.until(lambda: sum(len(cell.runs) for cell in tab.grid.cells.values()) > made)
    tab.controls.cancel.click()
    until_done(desk, window)
    assert tab.result is not None
    assert tab.result.seed == first.seed
    for before, after in zip(first.cells, tab.result.cells, strict=True):
        assert after.runs[: len(before.runs)] == before.runs


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("n", "0", "Runs per cell can't be less than 1. Enter 1 to 10,000."),
        ("n", "1000000000", "Runs per cell can't be more than 10,000."),
        ("interval", "soon", "Interval must be a number of seconds, e.g. 0.05."),
        ("interval", "-1", "Interval can't be negative."),
        ("deadline", "nan", "Deadline must be a number."),
    ],
)
def test_what_is_wrong_is_one_sentence_and_starts_nothing(
    open_compare: OpenCompare, field: str, text: str, sentence: str
) -> None:
    _desk, window = opened(open_compare)
    window.matrix.controls.set_text(field, text)
    window.matrix.controls.start.click()
    assert window.matrix.controls.problem.text().startswith(sentence)
    assert not window.task.is_running()


def test_nothing_ticked_is_one_sentence(open_compare: OpenCompare) -> None:
    _desk, window = opened(open_compare)
    tab = window.matrix
    tab.strategies.none.click()
    tab.controls.start.click()
    assert tab.controls.problem.text() == TICK_CELLS
    tab.controls.resumed.emit()
    assert tab.controls.problem.text() == "There is nothing to resume: no matrix was cancelled."


def test_a_workload_with_a_parameter_is_a_column_of_its_own(open_compare: OpenCompare) -> None:
    desk, window = opened(open_compare, "1", ("sleep",))
    tab = window.matrix
    tab.another.choose("compute")
    field = tab.another.field("iterations")
    field.setText("many")
    tab.add.click()
    assert tab.controls.problem.text().startswith("Iterations must be a whole number.")
    field.setText("7")
    tab.add.click()
    assert tab.controls.problem.text() == ""
    assert tab.workloads.picked() == ("sleep", "compute:iterations=7")
    tab.controls.start.click()
    until_done(desk, window)
    assert tab.grid.model().headerData(1, Qt.Orientation.Horizontal) == "Compute (iterations=7)"
    tab.open_cell("event-wait", "compute:iterations=7")
    assert tab.pane.title.text().startswith("Event, waited on, Compute (iterations=7): ")


def test_a_workload_as_it_usually_is_is_ticked_in_the_list(open_compare: OpenCompare) -> None:
    _desk, window = opened(open_compare, "1", ("sleep",))
    tab = window.matrix
    tab.another.choose("compute")
    tab.add.click()
    assert set(tab.workloads.picked()) == {"sleep", "compute"}


def test_what_can_do_harm_is_not_ticked_and_asked_for_once(open_compare: OpenCompare) -> None:
    desk, window = opened(open_compare, "1", ("native",))
    tab = window.matrix
    assert tab.strategies.warning.text() == tab.workloads.warning.text() == ASKS_FIRST
    asked: list[tuple[Sequence[Risk], Callable[[], None]]] = []
    tab.ask = lambda risks, agreed: asked.append((risks, agreed))
    tab.controls.start.click()
    ((risks, agreed),) = asked
    assert [risk.id for risk in risks] == ["native"]
    assert tab.controls.problem.text() == ""
    tab.consent_dialog.declined.emit()
    assert tab.controls.problem.text() == consent_needed(risks)
    assert not window.task.is_running()
    agreed()
    assert window.task.is_running()
    tab.controls.cancel.click()
    until_done(desk, window)
    tab.controls.start.click()
    assert len(asked) == 1  # once a session
    tab.controls.cancel.click()
    until_done(desk, window)


def test_nothing_that_can_do_harm_is_ticked_to_begin_with(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    tab = window.matrix
    assert matrix_risks(whole_catalogue(), tab.strategies.picked(), tab.workloads.picked()) == ()
    assert "event-poll" in tab.strategies.picked()
    assert "sleep" in tab.workloads.picked()


def test_before_the_first_matrix_it_says_what_will_be_there(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    tab = window.matrix
    window.tabs.setCurrentWidget(tab)
    assert tab.empty.text() == EMPTY_MATRIX
    assert [part.isVisible() for part in (tab.empty, tab.grid, tab.pane)] == [True, False, False]
    show(tab, cell("flag", "sleep", [MS]))
    assert [part.isVisible() for part in (tab.empty, tab.grid, tab.pane)] == [False, True, False]
    tab.open_cell("flag", "sleep")
    assert tab.pane.isVisible()


def show(tab: MatrixTab, *cells: object) -> None:
    result = matrix(*cells)  # type: ignore[arg-type]
    tab.grid.reset_cells(result.cells, result.deadline)
    tab.show_result(result)


def test_colours_follow_the_scale_and_text_can_be_read(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    tab = window.matrix
    window.tabs.setCurrentWidget(tab)
    cells = [cell("flag", f"sleep:{number}", [latency]) for number, latency in enumerate((20_000, MS, 900 * MS))]
    never = cell("flag", "compute", [None, None, None])
    for name in ("light", "dark"):
        desk.window.parts.theme.choose(name)
        show(tab, *cells, never)
        for column, one in enumerate(cells):
            ground = index(tab, 0, column).data(Qt.ItemDataRole.BackgroundRole).color().name()
            ink = index(tab, 0, column).data(Qt.ItemDataRole.ForegroundRole).color().name()
            assert ground == on_scale(desk.window.parts.theme.scale(), tab.grid.axis.share(one.latencies[0]))
            assert contrast(ground, ink) >= 4.5
        assert index(tab, 0, 3).data() == NEVER
        ground = index(tab, 0, 3).data(Qt.ItemDataRole.BackgroundRole).color()
        ink = index(tab, 0, 3).data(Qt.ItemDataRole.ForegroundRole).color().name()
        assert ground == QColor(desk.window.parts.theme.colour("stuck"))
        assert contrast(ground.name(), ink) >= 4.5
        # The only one that is red: the scale goes from the background to one blue.
        assert all(QColor(colour).blue() > QColor(colour).red() for colour in desk.window.parts.theme.scale())
        assert ground.red() > ground.blue()
    desk.window.parts.theme.choose("system")


@pytest.mark.parametrize("current", [0, 1])
def test_what_is_seen_is_what_the_items_say_and_the_current_cell_has_an_outline(
    open_compare: OpenCompare, current: int
) -> None:
    desk, window = open_compare()
    tab = window.matrix
    window.tabs.setCurrentWidget(tab)
    show(tab, cell("flag", "sleep", [20_000]), cell("flag", "compute", [None, None]))
    tab.grid.setCurrentIndex(index(tab, 0, current))
    desk.until(lambda: tab.grid.visualRect(index(tab, 0, 1)).isValid())
    image = tab.grid.viewport().grab().toImage()
    for column in (0, 1):
        corner = tab.grid.visualRect(index(tab, 0, column)).topRight()
        wanted = index(tab, 0, column).data(Qt.ItemDataRole.BackgroundRole).color()
        assert image.pixelColor(corner.x() - 6, corner.y() + 6) == wanted
        text = QGuiApplication.palette().color(QPalette.ColorRole.Text)
        assert (image.pixelColor(corner.x() - 1, corner.y() + 1) == text) == (column == current)
    assert tab.grid.outline.geometry() == tab.grid.visualRect(index(tab, 0, current))


def test_columns_share_the_width_or_are_scrolled_beside_the_names(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    tab, grid = window.matrix, window.matrix.grid
    window.tabs.setCurrentWidget(tab)
    window.resize(1024, 700)
    show(tab, *(cell("flag", f"sleep:{number}", [MS]) for number in range(2)))
    desk.until(lambda: grid.columnWidth(0) * 2 <= grid.viewport().width())
    show(tab, *(cell("flag", f"sleep:{number}", [MS]) for number in range(12)))
    desk.until(lambda: grid.horizontalScrollBar().maximum() > 0)
    least = grid.columnWidth(0)
    assert grid.fontMetrics().horizontalAdvance("p95 1,000 ms") < least
    grid.setCurrentIndex(index(tab, 0, 11))
    assert grid.horizontalScrollBar().value() > 0
    assert grid.verticalHeader().isVisible()
    assert grid.outline.geometry() == grid.visualRect(index(tab, 0, 11))


def test_a_quicker_cell_than_any_before_moves_the_scale(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    grid = window.matrix.grid
    waiting = cell("flag", "compute", state=CellState.WAITING)
    grid.reset_cells((cell("flag", "sleep", [20_000]), waiting), 1.0)
    assert grid.axis.low == 10_000
    before = index(window.matrix, 0, 0).data(Qt.ItemDataRole.BackgroundRole).color()
    with desk.qtbot.waitSignal(grid.scale_changed):
        grid.show_cells([cell("flag", "compute", [2_000])])
    assert grid.axis.low == 1_000
    assert index(window.matrix, 0, 0).data(Qt.ItemDataRole.BackgroundRole).color() != before


def test_the_stack_of_a_slow_one_marks_the_culprit(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    calls = (Call("elsewhere.py", 3, "loop", "beat.work()"), Call("work.py", 7, "work", "recv()"))
    slow = cell("flag", "sleep", runs=(run(None, 1, calls=calls),))
    show(window.matrix, slow)
    window.matrix.open_cell("flag", "sleep")
    text = window.matrix.pane.stack.toPlainText()
    assert text.startswith("Run 1 did not notice. It was here:")
    assert "▶ work.py, line 7, in work" in text
    page = window.matrix.pane.runs_page
    assert page.stop.isHidden()
    page.table.selectRow(0)
    assert not page.stop.isHidden()
    assert "work.py, line 7, in work" in page.stop.where.toPlainText()


def test_a_matrix_is_copied_and_saved(open_compare: OpenCompare, tmp_path: Path) -> None:
    _desk, window = open_compare()
    tab = window.matrix
    assert not tab.export.isEnabled()
    show(tab, cell("flag", "sleep", [20 * MS]))
    markdown, csv, as_json = tab.export.copy.menu().actions()
    markdown.trigger()
    assert "| flag | sleep |" in QGuiApplication.clipboard().text()
    csv.trigger()
    assert QGuiApplication.clipboard().text() == matrix_csv(tab.result)
    as_json.trigger()
    copied = QGuiApplication.clipboard().text()
    assert json.loads(copied)["cells"][0]["p50_ms"] == 20
    assert window.statusBar().currentMessage() == "The matrix is in the clipboard, as JSON."
    tab.export.write(tmp_path / "found.json", "json")
    assert (tmp_path / "found.json").read_text() == copied
    tab.export.write(tmp_path / "found.md", "md")
    assert (tmp_path / "found.md").read_text().startswith("The median is 20.0 ms")
    tab.export.write(tmp_path / "no" / "found.md", "md")
    assert "cannot be written" in window.statusBar().currentMessage()


def test_the_dialog_s_extension_follows_its_format_and_the_name_decides(
    open_compare: OpenCompare, tmp_path: Path
) -> None:
    desk, window = open_compare()
    export = window.matrix.export
    show(window.matrix, cell("flag", "sleep", [20 * MS]))
    export.save.click()
    (dialog,) = export.findChildren(QFileDialog)
    assert dialog.defaultSuffix() == "md"
    dialog.filterSelected.emit("JSON (*.json)")
    assert dialog.defaultSuffix() == "json"
    dialog.fileSelected.emit(str(tmp_path / "found.json"))
    assert json.loads((tmp_path / "found.json").read_text())["cells"][0]["p50_ms"] == 20
    dialog.reject()
    desk.until(lambda: export.findChildren(QFileDialog) == [])
