"""The bar beside the rows of the run that is meant."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.core.batch import JOURNAL
from app.session.folder import new_writer
from app.ui.log.run_marks import WIDTH
from tests.ui.conftest import Desk
from tests.ui.log.conftest import ORIGIN, STARTED, Log, batch, numbers
from tests.ui.test_window import contrast

MS = 1_000_000


def marked(log: Log) -> list[bool]:
    """Whether each row has a bar, as the picture shows it."""
    picture = log.panel.run_marks.picture
    if picture.isHidden():
        return [False] * len(log.rows())
    image, height = picture.pixmap().toImage(), log.view.row_height()
    return [image.pixelColor(WIDTH - 1, row * height + height // 2).alpha() > 0 for row in range(len(log.rows()))]


def test_the_rows_of_the_run_have_a_bar_at_their_left(log: Log) -> None:
    for run in (1, 2, 2, 1):
        log.write(batch(numbers(1, 2), run=run))
    assert marked(log) == [False] * 8
    log.panel.mark_run(2)
    assert marked(log) == [False] * 2 + [True] * 4 + [False] * 2
    picture = log.panel.run_marks.picture
    assert (picture.x(), picture.width()) == (0, WIDTH)
    assert picture.pixmap().toImage().pixelColor(0, 2 * log.view.row_height()) == QColor(
        log.panel.row_style.marked_colour()
    )
    # It goes with the rows.
    log.write(batch(numbers(1, 200), run=2))
    assert all(marked(log))
    log.bar.setValue(1)
    assert marked(log)[:7] == [False, True, True, True, True, False, False]
    log.panel.mark_run(7)
    assert picture.isHidden()
    log.panel.mark_run(1)
    assert marked(log)[:7] == [True, False, False, False, False, True, True]
    log.panel.mark_run(None)
    assert picture.isHidden()


def test_it_stays_at_the_left_of_what_is_scrolled_sideways(log: Log) -> None:
    log.write(batch(numbers(1, 3)))
    log.panel.mark_run(1)
    log.view.setColumnWidth(1, 3_000)
    bar = log.view.horizontalScrollBar()
    log.until(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert log.panel.run_marks.picture.x() == 0


def test_what_a_person_did_is_of_no_run(log: Log) -> None:
    log.write(batch(["{}"], run=JOURNAL))
    log.panel.mark_run(JOURNAL)
    assert log.panel.run_marks.rows() == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_bar_can_be_seen(desk: Desk, name: str) -> None:
    theme, style = desk.window.parts.theme, desk.window.parts.log.row_style
    theme.choose(name)
    try:
        for role in (QPalette.ColorRole.Base, QPalette.ColorRole.AlternateBase):
            assert contrast(style.marked_colour(), QApplication.palette().color(role)) >= 3
        backgrounds = [QColor(theme.rule_colour(colour)) for colour in ("yellow", "green", "blue", "red")]
        assert all(contrast(style.marked_colour(), ground) >= 3 for ground in backgrounds)
    finally:
        theme.choose("system")


def test_a_click_in_a_session_of_before_marks_the_run_in_log_and_timeline(desk: Desk, tmp_path: Path) -> None:
    writer = new_writer(tmp_path / "old", STARTED, ORIGIN)
    for run in (1, 2):
        writer.write(batch(numbers(1, 2), run=run))
    writer.finish(STARTED.isoformat())
    desk.window.parts.sessions.open(writer.path)
    (window,) = desk.window.parts.sessions.windows
    window.log.choose(3)
    assert window.log.run_marks.rows() == [2, 3]
    assert window.timeline.view.marked == 2
    window.timeline.run_chosen.emit(1)
    assert window.log.run_marks.rows() == [0, 1]
    window.close()
