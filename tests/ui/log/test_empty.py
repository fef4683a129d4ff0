"""What stands over a log without lines."""

from PySide6.QtCore import Qt

from app.ui.details.panel import NO_RECORD
from app.ui.log.shown import CLEARED_HINT, NO_LINES, START_HINT
from tests.ui.conftest import Desk
from tests.ui.log.conftest import CTRL, SHIFT, Log, batch


def said(log: Log) -> str:
    """Return what is to be read over the rows; empty if nothing is."""
    label = log.panel.empty
    if label.isHidden():
        return ""
    # All of it, over the rows.
    assert log.view.geometry().contains(label.geometry())
    assert label.heightForWidth(label.width()) <= label.height()
    return label.text()


def test_an_empty_log_says_what_will_be_there(log: Log) -> None:
    assert said(log) == NO_LINES
    log.panel.set_hint(START_HINT)
    assert said(log) == START_HINT
    log.window.resize(700, 300)
    assert said(log) == START_HINT
    log.write(batch(["a"]))
    assert said(log) == ""
    log.key(Qt.Key.Key_L, CTRL)
    assert said(log) == CLEARED_HINT
    log.key(Qt.Key.Key_L, CTRL | SHIFT)
    assert (said(log), log.rows()) == ("", ["a"])


def test_a_filter_says_by_itself_that_there_are_no_matches(log: Log) -> None:
    log.write(batch(["a"]))
    log.find("b", only=True)
    assert (log.rows(), log.count, said(log)) == ([], "No matches", "")
    log.key(Qt.Key.Key_Escape)
    assert (log.rows(), said(log)) == (["a"], "")


def test_the_window_says_how_lines_and_a_record_get_there(desk: Desk) -> None:
    parts = desk.window.parts
    assert parts.log.empty.text() == START_HINT
    assert not parts.log.empty.isHidden()
    assert parts.details.record.toPlainText() == NO_RECORD
    parts.actions.start.trigger()
    desk.until(lambda: parts.log.lines)
    assert parts.log.empty.isHidden()
    parts.log.choose(parts.log.lines[0])
    assert parts.details.record.toPlainText() != NO_RECORD
