"""Going somewhere, highlight rules, columns and zoom: what is typed wrong is said, what is chosen is kept."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel

from app.documents.highlights import Rule
from app.documents.settings import load_settings
from app.ui.log.actions import CLEARED, GoToDialog
from app.ui.log.rules_dialog import RulesDialog
from app.ui.main_window import MainWindow
from tests.ui.conftest import Desk
from tests.ui.log.conftest import CTRL, TEXT, Log, batch, dialog, numbers

MakeDesk = Callable[..., Desk]


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """Ten batches of a hundred lines, a second from one to the next."""
    log = make_log(most=150)
    for part in range(10):
        log.write(batch(numbers(part * 100 + 1, part * 100 + 100), start=part * 10**9))
    return log


def go(log: Log, kind: str, place: str) -> str:
    """Go somewhere by the dialog, and return what it says is wrong; empty if it closes."""
    log.actions.go_to.trigger()
    shown: GoToDialog = dialog(log.window, GoToDialog)
    shown.kind.setCurrentText(kind)
    QTest.keyClicks(shown.place, place)
    QTest.keyClick(shown.place, Qt.Key.Key_Return)
    said = shown.problem.text()
    shown.reject()
    log.until(lambda: log.window.findChildren(QDialog) == [])
    return said


@pytest.mark.parametrize(
    ("kind", "place", "line"),
    [
        ("Line number", "0", 0),
        ("Line number", "1,00", 100),
        ("Line number", "999", 999),
        ("Time in the session", "0", 0),
        ("Time in the session", "3.05", 350),
        ("Time in the session", "0:08.5", 900),
        ("Time in the session", "1:00:00", 999),
        ("Wall clock", "14:03:27.01", 510),
        ("Wall clock", "14:03", 0),
        ("Wall clock", "15:00", 999),
    ],
)
def test_places_that_there_are(log: Log, kind: str, place: str, line: int) -> None:
    assert go(log, kind, place) == ""
    assert log.panel.line == line
    assert line in log.panel.lines
    assert not log.panel.following


@pytest.mark.parametrize(
    ("kind", "place", "said"),
    [
        ("Line number", "", "'' is not a line number. Enter one from 0 to 999."),
        ("Line number", "1000", "There is no line 1,000 yet; the last is 999."),
        ("Line number", "<b>x</b>", "'<b>x</b>' is not a line number. Enter one from 0 to 999."),
        ("Time in the session", "soon", "'soon' is not a time in the session. Enter seconds, m:ss or h:mm:ss."),
        ("Wall clock", "25:00", "'25:00' is not a time of day. Enter hh:mm or hh:mm:ss."),
    ],
)
def test_places_that_there_are_not(log: Log, kind: str, place: str, said: str) -> None:
    top = log.rows()
    assert go(log, kind, place) == said
    assert log.rows() == top
    assert log.panel.line is None


def test_lines_that_are_hidden_are_not_taken_for_others(log: Log) -> None:
    log.find("5", only=True)
    log.panel.setFocus()
    assert go(log, "Line number", "20") == "Line 20 is hidden. The nearest lines shown: 14 and 24."
    assert go(log, "Line number", "0") == "Line 0 is hidden. The nearest lines shown: 4."
    assert go(log, "Line number", "24") == ""
    # A time goes to the next that is shown.
    assert go(log, "Time in the session", "2.005") == ""
    assert log.panel.line == 214
    log.panel.clear()
    assert go(log, "Wall clock", "14:03:25") == CLEARED


def test_a_line_that_was_cleared_away_can_be_gone_to_all_the_same(log: Log) -> None:
    log.panel.clear()
    log.write(batch(numbers(1, 3)))
    assert go(log, "Line number", "5") == CLEARED
    log.actions.go_to.trigger()
    shown: GoToDialog = dialog(log.window, GoToDialog)
    assert shown.uncover.isHidden()
    shown.place.setText("5")
    shown.go()
    assert not shown.uncover.isHidden()
    QTest.mouseClick(shown.uncover, Qt.MouseButton.LeftButton)
    log.until(lambda: log.window.findChildren(QDialog) == [])
    assert (log.panel.line, log.panel.shown().count()) == (5, 1_003)


def test_the_key_opens_the_dialog_which_goes_with_escape(log: Log) -> None:
    log.key(Qt.Key.Key_G, CTRL)
    shown: GoToDialog = dialog(log.window, GoToDialog)
    assert shown.focusWidget() is shown.place
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    log.until(lambda: log.window.findChildren(QDialog) == [])


def test_no_two_entries_of_the_menu_have_the_same_letter(log: Log) -> None:
    (menu,) = (action.menu() for action in log.window.menuBar().actions())
    letters = [QKeySequence.mnemonic(action.text()).toString() for action in menu.actions() if not action.isSeparator()]
    assert "" not in letters
    assert len(letters) == len(set(letters))


def test_an_empty_log_says_so(make_log: Callable[..., Log]) -> None:
    log = make_log()
    assert go(log, "Line number", "0") == "There is no line 0 yet; the log is empty."
    assert go(log, "Time in the session", "0") == "No lines are shown."


def background(log: Log, row: int) -> QColor | None:
    brush = log.view.model().item(row, TEXT).data(Qt.ItemDataRole.BackgroundRole)
    return None if brush is None else brush.color()


def test_rules_are_edited_and_applied(log: Log) -> None:
    log.bar.setValue(0)
    log.actions.rules.trigger()
    shown: RulesDialog = dialog(log.window, RulesDialog)
    first = shown.cells[0]
    first.pattern.setText("7")
    shown.add_button.click()
    second = shown.cells[1]
    assert shown.focusWidget() is second.pattern
    QTest.keyClicks(second.pattern, "(")
    second.regex.setChecked(True)
    second.colour.setCurrentText("red")
    shown.accept_rules()
    assert shown.isVisible()
    assert shown.problem.text().startswith("Rule 2: pattern: '(' is not a valid regular expression")
    assert shown.problem.textFormat() == Qt.TextFormat.PlainText
    assert log.panel.rules == ()
    second.pattern.setText("^running… [39]$")
    shown.accept_rules()
    assert log.panel.rules == (Rule("7"), Rule("^running… [39]$", "red", regex=True))
    yellow, red = (QColor(log.panel.row_style.rule_colour(name)) for name in ("yellow", "red"))
    assert [background(log, row) for row in (0, 2, 6, 8)] == [None, red, yellow, red]
    # Never colour alone; the sign stays when the text grows.
    log.panel.zoom.by(4)
    item = log.view.model().item(2, TEXT)
    assert item.font().bold()
    assert item.font().pointSize() == log.panel.zoom.points()
    log.bar.setValue(1)
    assert [background(log, row) for row in (0, 1, 5)] == [None, red, yellow]
    log.until(lambda: log.window.findChildren(RulesDialog) == [])


def test_the_rule_that_has_the_focus_is_removed(log: Log) -> None:
    log.panel.set_rules((Rule("one"), Rule("two"), Rule("three")))
    log.actions.rules.trigger()
    shown: RulesDialog = dialog(log.window, RulesDialog)
    log.qtbot.waitActive(shown).__enter__()
    shown.cells[1].pattern.setFocus()
    log.until(lambda: shown.table.currentRow() == 1)
    shown.remove_button.click()
    assert [cells.pattern.text() for cells in shown.cells] == ["one", "three"]
    assert [cells.pattern.accessibleName() for cells in shown.cells] == ["Pattern 1", "Pattern 2"]
    shown.accept_rules()
    assert [rule.pattern for rule in log.panel.rules] == ["one", "three"]
    log.until(lambda: log.window.findChildren(RulesDialog) == [])


def test_columns_widths_and_rules_are_kept_over_a_restart(make_desk: MakeDesk) -> None:
    desk = make_desk()
    window: MainWindow = desk.window
    for action in window.parts.log_actions.columns.actions():
        if action.data() in ("Delta", "Worker"):
            action.trigger()
    window.parts.log.view.setColumnWidth(3, 133)
    window.parts.log.set_rules((Rule("x", "blue"),))
    # Kept a second later, not only at the end: a crash costs no more.
    assert window.parts.settings_saver.is_waiting()
    window.parts.settings_saver.save()
    again = make_desk(**vars_of(desk))
    assert again.window.parts.log.hidden_columns() == ("Line", "Wall clock", "Worker", "Source")
    assert again.window.parts.log.view.columnWidth(3) == 133
    assert again.window.parts.log.rules == (Rule("x", "blue"),)
    checked = {action.data(): action.isChecked() for action in again.window.parts.log_actions.columns.actions()}
    assert checked == {
        "Line": False, "Time": True, "Wall clock": False, "Delta": True, "Worker": False, "Run": True, "Source": False,
        "Text": True,
    }  # fmt: skip


def vars_of(desk: Desk) -> dict[str, object]:
    """Return the settings that a desk has kept."""
    settings, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert problem == ""
    return {"layout": settings.layout, "rules": settings.rules}


def test_the_details_show_a_whole_text_of_many_lines(desk: Desk) -> None:
    text = "first\nsecond\n\tthird " + "x" * 10_000
    desk.window.parts.area.add(batch([text]))
    desk.window.parts.log.setFocus()
    desk.window.parts.log.choose(0)
    QTest.keyClick(desk.window.parts.log.view, Qt.Key.Key_Return)
    assert desk.window.parts.details.record.isVisible()
    assert desk.window.parts.details.record.toPlainText().split("\n", 1)[1] == text


def test_every_label_of_a_dialog_is_plain_text(log: Log) -> None:
    for action in (log.actions.go_to, log.actions.rules):
        action.trigger()
    for shown in log.window.findChildren(QDialog):
        problem: QLabel = shown.problem
        assert problem.textFormat() == Qt.TextFormat.PlainText
        shown.reject()
    log.until(lambda: log.window.findChildren(QDialog) == [])
