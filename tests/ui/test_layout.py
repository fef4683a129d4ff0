"""Every window and dialog fits a screen of 1024 × 700 and cuts no text off: at scale 1 and 2, and with a 20 pt font."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.documents.settings import DEFAULT_WORKERS
from app.ui.workers.bars import WIDTH
from app.ui.workers.rows import Column
from tests.ui.conftest import Desk
from tests.ui.layout_check import LARGE, SCREEN, SEEN, Tour, cut_off, font_of, make_sessions, troubles

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[0, LARGE], ids=["as it comes", "20 pt"])
def points(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[int]:
    """Have the whole program use a font of so many points; 0 for the system's."""
    with font_of(request.param):
        yield request.param


def look(name: str, window: QWidget) -> None:
    """Check that nothing is wrong with a window."""
    assert troubles(window) == [], name


def test_the_check_finds_what_is_cut_off(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 60)
    for place, widget in enumerate((QLabel("Whole"), QLabel("Cut off"), QPushButton("Whole"), QPushButton("Cut off"))):
        widget.setParent(window)
        widget.move(75 * place, 0)
        widget.resize(widget.sizeHint() if "Whole" in widget.text() else widget.sizeHint() / 2)
    window.show()
    assert [text.split(":")[0] for text in cut_off(window)] == ["label 'Cut off'", "button 'Cut off'"]
    window.resize(1100, 800)
    assert troubles(window)[0] == "the window is 1100 × 800"


def test_the_main_window(points: int, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    tour = Tour(desk.window, look)
    tour.main_window(points)
    # The log never loses its text column.
    view = desk.window.parts.log.view
    text = view.horizontalHeader().count() - 1
    shown = view.viewport().width() - view.columnViewportPosition(text)
    assert view.columnWidth(text) == shown > 11 * view.fontMetrics().averageCharWidth()
    assert view.viewport().height() >= view.rowHeight(0)
    # Nor the table a figure.
    table = desk.window.parts.workers.table
    for column, figure, beside in ((Column.LATENCY, "999 ms", WIDTH), (Column.RUN_TIME, "99.9 s", 0)):
        assert table.columnWidth(column) > table.fontMetrics().horizontalAdvance(figure) + beside
    assert table.horizontalHeader().length() <= table.viewport().width()
    tour.plan()


def test_a_low_window_grows_with_its_sentences(make_desk: Callable[..., Desk]) -> None:
    with font_of(LARGE):
        desk = make_desk(DEFAULT_WORKERS)
        desk.window.resize(SCREEN[0], 600)
        desk.window.parts.actions.details.setChecked(True)
        desk.window.parts.area.open_find()
        desk.window.parts.area.search.say("12 of 3,456, searching: 56 %")
        desk.until(lambda: cut_off(desk.window) == [])
        desk.window.parts.getting_started.label.setText(SEEN)
        desk.until(lambda: cut_off(desk.window) == [])
        assert 600 < desk.window.height() < SCREEN[1]


def test_the_dialogs_and_the_windows_beside_it(points: int, make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk()
    desk.window.resize(*SCREEN)
    tour = Tour(desk.window, look)
    tour.dialogs()
    tour.other_windows(make_sessions(tmp_path / "sessions"))


def test_all_of_them_at_scale_2(tmp_path: Path) -> None:
    """In a process of its own: Qt reads the scale once, when it starts."""
    screen = {"name": "screen", "x": 0, "y": 0, "width": 2 * SCREEN[0], "height": 2 * SCREEN[1]}
    dots = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1.0}
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": [screen | dots]}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.layout_at_scale", tmp_path],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={config}", "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["ratio"], said["screen"]) == (2, list(SCREEN))
    assert len(said["looked"]) > 50
    assert said["found"] == []


def test_a_font_that_changes_later_cuts_nothing_off(desk: Desk, qapp: QApplication) -> None:
    """The desktop's font is changed while the window is open; nothing was measured once and for all."""
    desk.window.resize(*SCREEN)
    before = QFont(qapp.font())
    figures = desk.window.parts.status.labels
    narrow = [label.minimumWidth() for label in figures]
    with font_of(LARGE):
        look("larger", desk.window)
        for label, width, widest in zip(
            figures, narrow, ("99 alive", "99 stuck", "recorded, 9,999 behind"), strict=True
        ):
            assert label.minimumWidth() >= label.fontMetrics().horizontalAdvance(widest) > width
    look("as before", desk.window)
    assert qapp.font() == before
    assert [label.minimumWidth() for label in figures] == narrow
