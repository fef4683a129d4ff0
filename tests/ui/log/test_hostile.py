"""Texts and names that would do harm: shown as visible escapes, clipped, found, stored and exported exactly."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QToolTip

from app.session.export import export_lines
from app.ui.display_text import LONGEST_SHOWN, visible
from app.ui.log.columns import SessionClock
from tests.ui.conftest import Desk
from tests.ui.log.conftest import STARTED_NS, TITLES, WORKER, Log, batch, numbers

HOSTILE = [
    "\x1b[31mred\x1b[0m\x07\x9b",
    "nul \0 here",
    "lone \ud800 and \udc00",
    "\ud800\udc00",
    "\ufeffa mark",
    "\ufffethe other mark",
    "\u202eright to left\u2066\u2069\u200f",
    "<img src='file:///etc/passwd'><b>bold</b>&amp;&x",
    "line\nbreak\r\nand\x0bmore\u2028\x85",
    "\t tab",
    "",
    " ",
    "😀e\u0301\u200d",
    "%s {i} {{ %n",
]


def test_they_are_shown_as_visible_escapes_and_stored_and_exported_exactly(
    make_log: Callable[..., Log], tmp_path: Path
) -> None:
    log = make_log(most=5)
    for text in HOSTILE:
        log.write(batch([text], worker=text))
    log.write(batch(numbers(1, 100), run=2))
    log.bar.setValue(0)
    assert log.rows()[: len(HOSTILE)] == [visible(text) for text in HOSTILE]
    assert all(text.isprintable() for column in range(len(TITLES)) for text in log.rows(column))
    assert [log.area.store.record(line).text for line in range(len(HOSTILE))] == HOSTILE  # type: ignore[union-attr]
    text = b"".join(export_lines([log.segment], [(0, len(HOSTILE))], "text", STARTED_NS))
    assert text == "".join(f"{text}\n" for text in HOSTILE).encode("utf-8", "surrogatepass")


# Two lone surrogates that meet become one character on their way to the process that searches: JSON joins them.
@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip() and text != "\ud800\udc00"])
def test_they_are_found_by_the_worker_s_name(log: Log, text: str) -> None:
    log.write(batch(["x"], run=1), batch(["y"], run=2, worker=text), batch(["z"], run=3, worker="any"))
    log.find("", only=True)
    worker = log.area.search.worker
    assert all(worker.itemText(place).isprintable() for place in range(worker.count()))
    worker.setCurrentIndex(worker.findText(visible(text, 80)))
    assert worker.value() == text
    log.until_found()
    assert log.rows() == ["y"]
    # Others are offered meanwhile: what is chosen stays so.
    log.write(batch(["x"], run=9, worker="\0"))
    assert worker.value() == text
    worker.setCurrentIndex(worker.findText("any", Qt.MatchFlag.MatchExactly))
    log.until_found()
    assert log.panel.shown().count() == 4


def test_a_long_name_does_not_make_the_window_wider(log: Log) -> None:
    log.find("x")
    before = log.window.minimumSizeHint().width()
    log.write(batch(["x"], worker="W" * 10_000))
    log.area.search.worker.setCurrentIndex(1)
    assert log.window.minimumSizeHint().width() == before


def test_100_mb_without_a_break_are_clipped_and_found(log: Log) -> None:
    log.write(batch(["<b>" + "x" * 100_000_000 + "needle"]))
    assert len(log.rows()[0]) == LONGEST_SHOWN + 1
    log.find("needle")
    assert log.count == "1 of 1"
    log.click(0)
    log.actions.copy.trigger()
    assert log.said[-1] == "The lines are too long for the clipboard. Save them instead."


def test_rows_that_could_not_be_shown_are_shown_the_next_time(log: Log) -> None:
    log.write(batch(numbers(1, 5)), batch(["x"], run=2))
    style = log.panel.row_style

    def fails(run: int) -> tuple[QIcon, QColor]:
        if run == 3:
            raise ValueError(run)
        return style.worker_mark(run)

    log.view.set_colours(style.kind_colours(), style.rule_colours(), fails)
    with pytest.raises(ValueError, match="3"):
        log.add(batch(["y", "z"], run=3))
    log.panel.apply_theme()
    log.panel.refresh()
    assert log.rows() == [*numbers(1, 5), "x", "y", "z"]
    assert log.rows(WORKER)[-1] == "W3"
    assert log.view.model().item(7, WORKER).data(Qt.ItemDataRole.DecorationRole) is not None


def test_a_worker_s_sign_is_the_same_in_the_table_and_in_the_log(desk: Desk) -> None:
    log, name = desk.window.parts.log, "two\nlines\ud800"
    other = desk.window.parts.marks.mark("another worker")
    sign = desk.window.parts.marks.mark(name)
    log.add(batch(["x"], worker=name))
    item = log.view.model().item(0, WORKER)
    assert item.text() == visible(name)
    assert item.foreground().color() == sign[1] != other[1]


def test_hostile_instants_are_shown_somehow(log: Log) -> None:
    log.panel.show_column("Wall clock", True)
    log.panel.show_column("Delta", True)
    for start in (2**62, -(2**62), 0, -1):
        log.add(batch(["x"], start=start))
    assert len(log.rows()) == 4
    # What a file says of its beginning may be anything.
    for started_ns in (10**30, -(10**30)):
        assert SessionClock(0, started_ns).wall_clock(0) == "–"


def test_no_cell_of_the_log_has_a_tool_tip_that_could_be_rich_text(log: Log) -> None:
    log.write(batch(HOSTILE))
    model: QAbstractItemModel = log.view.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            assert model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) is None
    assert not QToolTip.isVisible()


def test_what_is_said_about_hostile_names_is_shown_plainly(desk: Desk) -> None:
    desk.window.say("\ufeffa <b>file</b>\nname\ud800")
    assert desk.window.statusBar().currentMessage() == "\\ufeffa <b>file</b>⏎name\\ud800"
