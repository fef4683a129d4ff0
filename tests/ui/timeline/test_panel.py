"""The timeline on the screen: it draws what the data says, and is operated by mouse and by keys."""

import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QToolButton
from pytestqt.modeltest import ModelTester

from app.core.batch import JOURNAL, Kind
from app.core.prediction import Lateness, LateReason, lateness_words
from app.core.states import Outcome
from app.ui.timeline import words
from app.ui.timeline.controls import FILTER, FILTER_ON, SpanDialog
from app.ui.timeline.lane import ENDINGS, PHASE_BEGINS, PREDICTED
from app.ui.timeline.panel import NOTHING, SAVED
from app.ui.timeline.scale import Span, span_text
from app.ui.timeline.shapes import Frame, FrameRequest, Phase, Text
from tests.ui.timeline.conftest import MS, Line, S, asked, begun, ended, held_back, lines, records

LEFT = Qt.MouseButton.LeftButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key

LATE = Lateness(200 * MS, LateReason.SCHEDULING)
LIFE = (
    begun(1, 100 * MS),
    lines(1, [101 * MS, 600 * MS, 1_100 * MS]),
    begun(2, 100 * MS, interval=0),
    lines(2, [2 * S]),
    asked(1, 1_400 * MS),
    asked(2, 1_400 * MS),
    ended(1, 1_400 * MS, 1_900 * MS, 1_910 * MS, band=(0, 300 * MS), lateness=LATE),
)


def shot(line: Line) -> QImage:
    line.panel.refresh()
    return line.canvas.pixmap().toImage()


def colour(line: Line, image: QImage, instant: int, row: int, part: str) -> str:
    """The colour at an instant, in the ticks or in the bar of a row."""
    g = line.canvas.places
    top, bottom = g.tick_rows if part == "ticks" else g.bar_rows
    return image.pixelColor(line.x(instant), g.top(row) + (top + bottom) // 2).name()


def column_of(line: Line, image: QImage, instant: int, row: int) -> set[str]:
    """All colours of a column of a lane."""
    g = line.canvas.places
    return {image.pixelColor(line.x(instant), y).name() for y in range(g.top(row), g.top(row + 1))}


def mouse(line: Line, x: int, row: int) -> QPoint:
    return QPoint(x, line.y(row))


def test_before_the_first_run_it_says_so_and_numpy_is_not_there(line: Line) -> None:
    assert line.canvas.text() == words.EMPTY
    for key in (Key.Key_F, Key.Key_Right, Key.Key_Return):
        QTest.keyClick(line.canvas, key)
    QTest.mouseClick(line.canvas, LEFT, pos=QPoint(200, 50))
    line.quiet()
    assert line.panel.summary() == words.NO_RUN
    program = (
        "import os, sys\nos.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from PySide6.QtWidgets import QApplication\napp = QApplication([])\n"
        "import app.ui.session_window, app.ui.timeline.controls, app.ui.timeline.links\n"
        "from app.ui.theme import Theme\nfrom app.ui.timeline.panel import TimelinePanel\n"
        "from app.ui.theme import WorkerMarks\ntheme = Theme()\n"
        "panel = TimelinePanel(0, theme, WorkerMarks(theme), lambda: 0)\npanel.show()\n"
        "application = QApplication.instance()\napplication.processEvents()\n"
        "assert 'numpy' not in sys.modules\n"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_it_draws_what_the_data_says(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2_500 * MS)
    image, inks = shot(line), line.canvas.colours
    # A tick a line, in the worker's colour, and nothing where there is none.
    for tick in (101 * MS, 600 * MS, 1_100 * MS):
        assert colour(line, image, tick, 0, "ticks") == inks.worker("W1")
        assert colour(line, image, tick, 0, "bar") == inks.phases[Phase.RUNNING]
    assert colour(line, image, 300 * MS, 0, "ticks") == inks.ground
    # Between two lines it waits: the same place in the bar of a run that never does is running.
    assert inks.phases[Phase.WAITING] in column_of(line, image, 300 * MS, 0)
    assert inks.phases[Phase.RUNNING] not in column_of(line, image, 300 * MS, 0)
    assert colour(line, image, 300 * MS, 1, "bar") == inks.phases[Phase.RUNNING]
    assert inks.phases[Phase.WAITING] not in column_of(line, image, 300 * MS, 1)
    # Asked: hatched, in its colour; and the line across all lanes.
    stopping = {name for at in range(1_450, 1_500, 5) for name in column_of(line, image, at * MS, 1)}
    assert inks.phases[Phase.STOPPING] in stopping
    for row in (0, 1):
        assert inks.stop in column_of(line, image, 1_400 * MS, row)
    # The predicted band begins at the request and ends where it was predicted.
    assert inks.band in column_of(line, image, 1_500 * MS, 0)
    assert inks.band not in column_of(line, image, 1_800 * MS, 0)
    # Late: the noticing point and the arrow to it are in the colour of what is wrong.
    assert colour(line, image, 1_900 * MS, 0, "bar") == inks.late
    assert inks.late in column_of(line, image, 1_600 * MS, 0)
    # Nothing before it began.
    assert column_of(line, image, 50 * MS, 0) == {inks.ground}
    assert inks.phases[Phase.ENDED] in {
        name for at in range(2_400, 2_450, 5) for name in column_of(line, image, at * MS, 0)
    }


def test_states_are_told_apart_without_colour(line: Line) -> None:
    """Each pattern as what is ink and what is not: no two are the same."""
    line.add(*LIFE)
    from app.ui.timeline.raster import pattern  # brings numpy, which the first test of this file does without

    patterns = {pattern(phase, 48, 11, 1).tobytes() for phase in Phase}
    assert len(patterns) == len(Phase)
    shown = [entry.pattern.pixmap().toImage() for entry in line.panel.legend.phases.values()]
    for image, other in combinations(shown, 2):
        assert image != other
    assert all(not box.icon().isNull() for box in line.panel.bar.popup.phases.values())


class EventNotes(QObject):
    """Counts the events of one kind that a widget gets."""

    def __init__(self, kind: QEvent.Type) -> None:
        super().__init__()
        self._kind = kind
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == self._kind
        return False


def test_a_new_picture_is_no_reason_to_lay_the_window_out(line: Line) -> None:
    line.add(begun(1, 0), lines(1, [10 * MS]))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    asked = EventNotes(QEvent.Type.LayoutRequest)
    line.panel.installEventFilter(asked)
    before = line.panel.canvas.pixmap().cacheKey()
    line.add(lines(1, [20 * MS]))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert line.panel.canvas.pixmap().cacheKey() != before
    assert asked.count == 0
    line.panel.resize(line.panel.size() + QSize(50, 40))
    assert line.panel.canvas.size() == line.panel.canvas.parentWidget().size()


def test_in_a_narrow_window_follow_is_in_sight(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    bar = line.panel.bar
    for width in (1024, 300):
        line.panel.resize(width, 300)
        line.qtbot.waitUntil(lambda width=width: bar.width() == width)
        assert bar.widgetForAction(bar.follow).isVisible()
        assert bar.widgetForAction(bar.filter).isVisible()
        assert bar.span.isVisible() == (width == 1024)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_arrow_of_what_has_no_room_is_seen(line: Line, theme: str) -> None:
    line.theme.choose(theme)
    line.panel.apply_theme()
    image = line.panel.bar.findChild(QToolButton, "qt_toolbar_ext_button").icon().pixmap(16).toImage()
    seen = [image.pixelColor(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() == 255]
    assert seen
    assert all((colour.lightness() > 128) == (theme == "dark") for colour in seen)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_the_colours_of_the_theme(line: Line, theme: str) -> None:
    line.add(*LIFE)
    line.theme.choose(theme)
    line.panel.apply_theme()
    line.show(0, 2_500 * MS)
    image = shot(line)
    assert QColor(line.canvas.colours.ground).lightness() > 128 if theme == "light" else True
    assert colour(line, image, 300 * MS, 1, "bar") == line.theme.colour("running")
    assert (image.pixelColor(line.x(50 * MS), line.y(0)).lightness() < 128) == (theme == "dark")


def test_dragging_pans_and_no_longer_follows(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2 * S)
    line.navigation.following = True
    before = line.navigation.span
    x = line.x(S)
    QTest.mousePress(line.canvas, LEFT, pos=mouse(line, x, 0))
    QTest.mouseMove(line.canvas, mouse(line, x - 100, 0))
    QTest.mouseMove(line.canvas, mouse(line, x - 200, 0))
    QTest.mouseRelease(line.canvas, LEFT, pos=mouse(line, x - 200, 0))
    moved = line.navigation.span
    assert moved.length == before.length
    assert abs(moved.start - (before.at(200, line.view.width))) <= before.length // 100
    assert not line.navigation.following
    assert not line.panel.bar.follow.isChecked()
    assert line.places == []
    assert abs(line.navigation.cursor - S) < 10 * MS


def turn(
    line: Line, x: int, y: int, delta: QPoint, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    place = QPointF(x, y)
    event = QWheelEvent(
        place, line.canvas.mapToGlobal(place), QPoint(), delta, Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(line.canvas, event)


def test_the_wheel_zooms_at_the_pointer(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2 * S)
    x = line.x(500 * MS)
    turn(line, x, line.y(0), QPoint(0, 120))
    assert line.navigation.span.length == pytest.approx(2 * S / 1.25, rel=0.01)
    assert abs(line.x(500 * MS) - x) <= 1
    turn(line, x, line.y(0), QPoint(0, -120))
    assert line.navigation.span.length == pytest.approx(2 * S, rel=0.01)
    before = line.navigation.span
    turn(line, x, line.y(0), QPoint(0, -120), SHIFT)
    assert line.navigation.span.start > before.start
    assert line.navigation.span.length == before.length


def test_keys_zoom_pan_fit_and_follow(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.add(*LIFE)
    line.clock.now = 30 * S
    line.panel.refresh()
    assert line.navigation.span.holds(30 * S)
    QTest.keyClick(line.canvas, Key.Key_F)
    span = line.navigation.span
    assert (span.start <= 100 * MS, span.end >= 30 * S, line.navigation.following) == (True, True, False)
    QTest.keyClick(line.canvas, Key.Key_Plus)
    assert line.navigation.span.length < span.length
    QTest.keyClick(line.canvas, Key.Key_Minus)
    QTest.keyClick(line.canvas, Key.Key_Home)
    assert line.navigation.span.holds(100 * MS)
    start = line.navigation.span.start
    QTest.keyClick(line.canvas, Key.Key_PageDown)
    assert line.navigation.span.start > start
    QTest.keyClick(line.canvas, Key.Key_End)
    line.clock.now = 60 * S
    line.frame()
    assert line.navigation.following
    assert line.navigation.span.holds(60 * S)


def test_the_cursor_goes_by_keys_from_event_to_event_and_says_what_is_there(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2_500 * MS)
    QTest.keyClick(line.canvas, Key.Key_Down)
    said = []
    for _ in range(9):
        QTest.keyClick(line.canvas, Key.Key_Right, CTRL)
        said.append(line.panel.readout.text())
    assert [text.split(": ", 1)[1].removeprefix("W1 #1 ") for text in said] == [
        PHASE_BEGINS[Phase.STARTING],
        PHASE_BEGINS[Phase.RUNNING],
        "wrote a line",
        "wrote a line",
        PHASE_BEGINS[Phase.STOPPING],
        PREDICTED,
        f"noticed Stop after 500 ms, {lateness_words(LATE)}",
        ENDINGS[Outcome.INTERRUPTED],
        ENDINGS[Outcome.INTERRUPTED],
    ]
    QTest.keyClick(line.canvas, Key.Key_Left, CTRL)
    assert "noticed Stop" in line.panel.readout.text()
    cursor = line.navigation.cursor
    QTest.keyClick(line.canvas, Key.Key_Left)
    assert 0 < cursor - line.navigation.cursor <= line.view.resolution
    QTest.keyClick(line.canvas, Key.Key_Escape)
    assert line.navigation.cursor is None


def test_a_click_on_a_tick_and_enter_at_the_cursor_go_to_the_line(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2_500 * MS)
    QTest.mouseClick(line.canvas, LEFT, pos=mouse(line, line.x(600 * MS) + 2, 0))
    (place,) = line.places
    QTest.mouseClick(line.canvas, LEFT, pos=mouse(line, line.x(300 * MS), 0))
    assert line.places == [place]
    QTest.keyClick(line.canvas, Key.Key_Right, CTRL)
    QTest.keyClick(line.canvas, Key.Key_Return)
    assert line.places == [place, place] == [(1, 600 * MS)] * 2


def test_a_tick_that_is_known_only_about_goes_to_its_place(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2_500 * MS)
    line.panel.feed.timeline.lanes[1].ticks.drop_before(1_000)
    QTest.mouseClick(line.canvas, LEFT, pos=mouse(line, line.x(600 * MS), 0))
    ((run, instant),) = line.places
    assert run == 1
    assert abs(instant - 600 * MS) <= 1 << 16


def test_shift_and_a_drag_measure_and_so_does_m(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 2 * S)
    QTest.mousePress(line.canvas, LEFT, SHIFT, mouse(line, line.x(500 * MS), 0))
    QTest.mouseMove(line.canvas, mouse(line, line.x(S), 0))
    QTest.mouseRelease(line.canvas, LEFT, SHIFT, mouse(line, line.x(S), 0))
    start, end = line.navigation.measure
    assert end - start == pytest.approx(500 * MS, rel=0.02)
    assert line.panel.readout.text().startswith(("49", "50"))
    assert "ms measured" in line.panel.readout.text()
    span = line.navigation.span
    QTest.mouseMove(line.canvas, mouse(line, line.x(1_500 * MS), 0))
    assert line.navigation.measure == (start, end)
    assert line.navigation.span == span
    QTest.keyClick(line.canvas, Key.Key_Escape)
    assert line.navigation.measure is None
    QTest.keyClick(line.canvas, Key.Key_M)
    for _ in range(10):
        QTest.keyClick(line.canvas, Key.Key_Right, SHIFT)
    assert abs(line.navigation.measure[1] - line.navigation.measure[0] - 100 * line.view.resolution) <= 10
    shot(line)


def test_an_exact_span_is_typed_and_a_wrong_one_is_said(line: Line) -> None:
    line.add(*LIFE)
    line.panel.bar.span.setFocus()
    line.panel.bar.span.setText("1.2s..1.3s")
    QTest.keyClick(line.panel.bar.span, Key.Key_Return)
    assert line.navigation.span == Span(1_200 * MS, 1_300 * MS)
    line.panel.bar.span.setText("soon")
    QTest.keyClick(line.panel.bar.span, Key.Key_Return)
    assert line.navigation.span == Span(1_200 * MS, 1_300 * MS)
    assert line.said[-1].endswith("such as 500ms.")


def test_the_filter_s_choices_filter_and_so_does_its_text(line: Line) -> None:
    line.add(*LIFE)
    popup = line.panel.bar.popup
    assert [lane.run for lane in line.view.shown()] == [1, 2]
    popup.phases[Phase.ENDED].click()
    assert [lane.run for lane in line.view.shown()] == [2]
    popup.phases[Phase.ENDED].click()
    popup.late.click()
    assert [lane.run for lane in line.view.shown()] == [1]
    popup.late.click()
    line.panel.bar.filter.trigger()
    assert popup.isVisible()
    QTest.keyClicks(popup.text, "w2")
    assert [lane.run for lane in line.view.shown()] == [2]
    popup.text.setText("nothing has that")
    shot(line)
    assert line.view.shown() == []
    popup.all.click()
    assert not popup.is_active()
    QTest.keyClick(popup.text, Key.Key_Escape)
    assert not popup.isVisible()
    line.panel.bar.sort.setCurrentIndex(2)
    assert [lane.run for lane in line.view.shown()] == [2, 1]  # asked, and has not noticed yet: the slowest


def test_lanes_are_pinned_hidden_and_scrolled(make_line: Callable[..., Line]) -> None:
    line = make_line(size=(900, 200))
    line.add(*(begun(run, run * S) for run in range(1, 41)))
    line.navigation.following = False
    line.panel.lane_bar.setValue(0)
    assert line.panel.lane_bar.isVisible()
    fits = line.view.fits
    assert [lane.run for lane in line.view.rows()] == list(range(1, fits + 1))
    QTest.keyClick(line.canvas, Key.Key_Down)
    QTest.keyClick(line.canvas, Key.Key_P)
    line.panel.lane_bar.setValue(line.panel.lane_bar.maximum())
    rows = [lane.run for lane in line.view.rows()]
    assert rows == [1, *range(42 - fits, 41)]
    line.navigation.current = 40
    QTest.keyClick(line.canvas, Key.Key_H)
    assert 40 not in [lane.run for lane in line.view.shown()]
    for _ in range(60):
        QTest.keyClick(line.canvas, Key.Key_Up)
    assert line.navigation.current == 1
    QTest.keyClick(line.canvas, Key.Key_Down)
    line.panel.refresh()
    assert line.view.top == 0
    turn(line, 20, line.y(1), QPoint(0, -120))
    assert line.panel.lane_bar.value() == 1


def test_hovering_names_the_event_and_the_lane_as_plain_text(line: Line) -> None:
    line.add(begun(1, 0, worker="<b>x</b>"), lines(1, [S], worker="<b>x</b>"))
    line.show(0, 2 * S)
    text = line.canvas.tip_at(QPointF(line.x(S), line.y(0)))
    assert "wrote a line" in text
    assert "&lt;b&gt;x" in text
    assert "<b>" not in text
    assert "sleep" in line.canvas.tip_at(QPointF(5, line.y(0)))
    assert line.canvas.tip_at(QPointF(line.x(S), line.y(7))) == ""
    QTest.mouseMove(line.canvas, mouse(line, line.x(S), 0))
    assert "wrote a line" in line.canvas.toolTip()


def test_a_line_chosen_in_the_log_puts_the_cursor_there(line: Line) -> None:
    line.add(*LIFE)
    line.show(0, 10 * MS)
    line.panel.set_cursor(1_100 * MS, 1)
    assert line.navigation.span.holds(1_100 * MS)
    assert line.navigation.current == 1
    assert "wrote a line" in line.panel.readout.text()


def test_the_table_says_the_same_in_words(line: Line, qtmodeltester: ModelTester) -> None:
    line.add(*LIFE)
    menu = QMenu(line.panel)
    actions = line.panel.add_actions(menu)
    actions.table.setChecked(True)
    model = line.panel.table.model()
    qtmodeltester.check(model)
    row = [model.data(model.index(0, column)) for column in range(model.columnCount())]
    assert row == [
        "W1 #1", "Stopped", "0.100 s", "3", "1.400 s", "500 ms", "within 300 ms", lateness_words(LATE),
    ]  # fmt: skip
    line.panel.table.setCurrentIndex(model.index(1, 0))
    assert line.navigation.current == 2
    line.panel.bar.popup.text.setText("W2")
    assert model.rowCount() == 1


def test_a_screen_reader_hears_the_cursor_and_a_summary(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(QAccessible, "isActive", staticmethod(lambda: True))
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: heard.append(event.message()))
    line.add(*LIFE)
    QTest.keyClick(line.canvas, Key.Key_Down)
    QTest.keyClick(line.canvas, Key.Key_Right, CTRL)
    assert heard[-1] == f"0.100 s: W1 #1 {PHASE_BEGINS[Phase.STARTING]}"
    assert line.canvas.accessibleName() == "Timeline"
    assert "2 runs, 1 alive, 1 Stop; 1 later than predicted" in line.canvas.accessibleDescription()


def test_every_action_of_the_menu_can_be_taken(line: Line) -> None:
    menu = QMenu(line.panel)
    actions = line.panel.add_actions(menu)
    for action in (actions.follow, actions.fit, actions.to_line, actions.show_all):
        action.trigger()  # with nothing in it
    line.add(*LIFE)
    taken = [action for action in menu.actions() if action is not actions.save and action.menu() is None]
    for action in [*taken, *actions.sort.actions()]:
        action.trigger()
        line.panel.refresh()
    (dialog,) = line.panel.findChildren(SpanDialog)
    dialog.span.setText("soon")
    dialog.show_span()
    assert dialog.problem.text().endswith("such as 500ms.")
    dialog.span.setText("1s..2s")
    QTest.keyClick(dialog.span, Key.Key_Return)
    assert line.navigation.span == Span(S, 2 * S)
    texts = [action.text() for action in menu.actions() if action.text()]
    letters = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(letters)) == len(letters)
    line.panel.show_table(False)
    QTest.keyClick(line.canvas, Key.Key_Menu)
    line.canvas.menu_asked.emit(line.canvas.mapToGlobal(QPoint(5, 5)))
    assert menu.isVisible()
    menu.close()


@pytest.mark.parametrize("form", ["png", "svg"])
def test_it_is_saved_as_a_picture(line: Line, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"picture.{form}"
    line.panel.save_picture(path, form)
    assert line.said == [NOTHING]
    line.add(*LIFE, held_back(2, S, (300 * MS, 700 * MS)))
    line.show(0, 2_500 * MS)
    line.navigation.measure = 2 * S, 2_400 * MS
    line.panel.save_picture(path, form)
    assert line.said[-1] == SAVED.format(path=path)
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == [path.name]
    if form == "png":
        image = QImage(str(path))
        assert image.size() == line.canvas.size() * 2
        inks = line.canvas.colours
        image.setDevicePixelRatio(1)
        g = line.canvas.places
        y = 2 * (g.top(0) + sum(g.tick_rows) // 2)
        assert image.pixelColor(2 * line.x(600 * MS) + 1, y).name() == inks.worker("W1")
        assert image.pixelColor(2 * line.x(300 * MS) + 1, y).name() == inks.ground
        # What was held back, in the file as on the screen.
        y, screen = g.top(1) + sum(g.bar_rows) // 2, shot(line)
        found = {image.pixelColor(2 * x, 2 * y).name() for x in range(line.x(400 * MS), line.x(600 * MS))}
        assert found == {inks.phases[Phase.HELD_BACK], inks.ground}
        assert found == {screen.pixelColor(x, y).name() for x in range(line.x(400 * MS), line.x(600 * MS))}
    else:
        root = ElementTree.fromstring(path.read_bytes())
        texts = "".join(root.itertext())
        assert all(text in texts for text in ("W1 #1", "W2 #1", "Stop", "500 ms late", "400 ms"))
    line.panel.save_picture(tmp_path / "no" / "folder" / f"x.{form}", form)
    assert "cannot be written" in line.said[-1]


def test_the_picture_s_file_is_asked_for_once_there_is_one(line: Line, tmp_path: Path) -> None:
    line.panel.ask_picture()
    assert line.said == [NOTHING]
    assert not line.panel.findChildren(QFileDialog)
    line.add(*LIFE)
    line.panel.ask_picture()
    (dialog,) = line.panel.findChildren(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectNameFilter("SVG drawing (*.svg)")
    dialog.filterSelected.emit("SVG drawing (*.svg)")
    dialog.selectFile("mine")
    dialog.accept()
    line.qtbot.waitUntil((tmp_path / "mine.svg").exists)
    assert (tmp_path / "mine.svg").read_bytes().startswith(b"<?xml")


def test_nothing_is_painted_while_it_is_hidden_and_thirty_times_a_second_at_most(
    make_line: Callable[..., Line],
) -> None:
    line = make_line(live=True)
    line.panel.add(LIFE[2])
    line.frame()
    made: list[object] = []
    make = line.panel.builder.build
    line.panel.frames.build = lambda wanted: made.append(wanted) or make(wanted)
    for frame in range(100):
        line.clock.now = S + frame * 10 * MS
        line.frame()
    assert 24 <= len(made) <= 31
    assert None not in made
    line.panel.hide()
    made.clear()
    for frame in range(100):
        line.clock.now = 3 * S + frame * 16 * MS
        line.panel.add(lines(2, [line.clock.now]))
        line.frame()
    assert set(made) == {None}
    assert len(line.panel.feed.timeline.lanes[2].ticks) >= 98
    line.panel.show()
    line.clock.now += S
    line.frame()
    assert made[-1] is not None
    assert line.navigation.span.holds(line.clock.now)


def test_after_a_picture_that_took_long_the_window_rests(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.panel.add(LIFE[2])
    line.frame()
    made: list[int] = []
    make = line.panel.builder.build

    def slow(wanted: object) -> object:
        made.append(line.clock.now)
        line.clock.now += 50 * MS
        return make(wanted)

    QApplication.processEvents()  # what the window's own showing asks for is not measured
    line.frame()
    line.panel.frames.build = slow
    line.clock.now = S
    for _ in range(100):
        line.clock.now += 10 * MS
        line.frame()
    assert min(after - before for before, after in pairwise(made)) >= 300 * MS


def test_a_picture_that_goes_wrong_is_said_and_the_next_one_is_made(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.panel.add(LIFE[2])
    line.clock.now = S
    line.frame()
    make, painter = line.panel.builder.build, line.panel.frames

    def wrong(_wanted: object) -> None:
        raise ValueError("ours")

    painter.build = wrong
    line.clock.now += S
    line.panel.on_frame()
    line.qtbot.waitUntil(lambda: not painter.is_busy)
    with pytest.raises(ValueError, match="ours"):
        line.panel.on_frame()
    painter.build = make
    line.clock.now += S
    line.frame()
    assert line.navigation.span.holds(line.clock.now)


def test_a_picture_from_before_is_not_shown_after_the_last_one(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.panel.add(LIFE[2])
    line.frame()
    line.clock.now += S
    line.panel.on_frame()
    line.panel.add(asked(2, S))
    line.quiet()
    assert line.panel.frames.consume() is None
    assert line.panel.feed.timeline.stops()


def test_pictures_are_shown_where_one_end_follows_the_other(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.panel.add(LIFE[0])
    line.frame()
    shown: list[int] = []
    show_frame = line.canvas.show_frame
    line.canvas.show_frame = lambda frame: (shown.append(1), show_frame(frame))
    for number in range(2, 30):
        line.panel.add(ended(number, 0, 0, number * MS))
        line.clock.now += S
        line.panel.on_frame()
        line.panel.on_quiet()
        # Before its timer fires.
        line.qtbot.waitUntil(lambda: not line.panel.frames.is_busy)
    assert len(shown) > 20


def test_the_last_picture_is_as_large_as_the_panel_is_by_then(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.clock.now = S
    line.panel.add(begun(1, MS))
    line.frame()
    assert line.panel.feed.timeline.is_live()
    build, asked, resized = line.panel.frames.build, threading.Event(), threading.Event()

    def slow_build(request: FrameRequest | None) -> Frame | None:
        asked.set()
        assert resized.wait(10)
        return build(request)

    line.panel.frames.build = slow_build
    line.panel.add(ended(1, S, S, S + MS))
    line.panel.on_quiet()
    line.qtbot.waitUntil(asked.is_set)
    line.panel.resize(line.panel.width() - 150, line.panel.height())
    line.qtbot.waitSignal(line.canvas.stale).wait()
    resized.set()
    line.qtbot.waitUntil(lambda: not line.panel.last_picture_timer.isActive())
    assert line.canvas.places.width == round(line.canvas.width() * line.canvas.devicePixelRatioF())


def test_every_label_is_plain(line: Line) -> None:
    line.add(*LIFE)
    for label in line.panel.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize("size", [(1, 1), (60, 500), (500, 5), (3, 300)])
def test_it_can_be_as_small_as_one_likes(line: Line, size: tuple[int, int]) -> None:
    line.add(*LIFE)
    line.navigation.put(S)
    line.navigation.measure = (0, S)
    line.canvas.setMinimumSize(1, 1)
    line.canvas.resize(*size)
    line.panel.refresh()
    for at in (0, 10**15, -(10**15)):
        for length in (1_000, 10**9, 10**17):
            line.show(at, at + length)


def test_when_the_last_run_has_ended_it_fits_and_follows_again_with_the_next(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.clock.now = 30 * S
    line.panel.add(begun(1, 20 * S))
    line.frame()
    length = line.navigation.span.length
    assert line.navigation.span.end > 30 * S
    line.panel.add(ended(1, 31 * S, 31 * S, 31 * S + MS))
    line.clock.now = 40 * S
    line.quiet()
    span = line.navigation.span
    assert (span.holds(20 * S), span.holds(31 * S + MS), span.end < 32 * S) == (True, True, True)
    assert line.panel.bar.follow.isChecked()
    line.clock.now = 90 * S
    line.quiet()
    assert line.navigation.span == span, "it runs on, and no run is alive"
    QTest.keyClick(line.canvas, Key.Key_Plus)
    QTest.keyClick(line.canvas, Key.Key_End)
    assert line.navigation.span == span
    line.panel.add(begun(2, 90 * S))
    line.clock.now = 91 * S
    line.frame()
    assert line.navigation.span.length == length
    assert line.navigation.span.holds(91 * S)


def test_a_span_that_a_person_chose_stays_when_the_last_run_has_ended(make_line: Callable[..., Line]) -> None:
    line = make_line(live=True)
    line.clock.now = 3 * S
    line.panel.add(begun(1, 0))
    line.frame()
    line.navigation.show(Span(S, 2 * S))
    line.panel.add(ended(1, 3 * S, 3 * S, 3 * S + MS))
    line.quiet()
    assert line.navigation.span == Span(S, 2 * S)
    line.panel.bar.follow.trigger()
    assert line.navigation.span.holds(0)
    assert line.navigation.span.holds(3 * S)


def test_lanes_are_as_tall_as_there_is_room_for(make_line: Callable[..., Line]) -> None:
    line = make_line(size=(900, 400))
    line.add(begun(1, 0), begun(2, 0))
    tall = line.canvas.places.lane
    line.add(*(begun(run, 0) for run in range(3, 12)))
    room = line.canvas.height() - line.canvas.places.axis
    assert tall > line.canvas.places.lane == room // 11
    assert not line.panel.lane_bar.isVisible()
    line.add(*(begun(run, 0) for run in range(12, 60)))
    assert line.canvas.places.text < line.canvas.places.lane < room // 11
    assert line.panel.lane_bar.isVisible()


def test_a_name_stands_in_the_middle_of_its_lane(line: Line) -> None:
    line.add(begun(1, 0))
    image, g = shot(line), line.canvas.places
    ground = line.canvas.colours.names
    lane = range(g.top(0), g.top(1))
    inked = [y for y in lane if any(image.pixelColor(x, y).name() != ground for x in range(4, g.gutter - 4))]
    assert abs((inked[0] + inked[-1]) / 2 - (lane[0] + lane[-1]) / 2) <= 3


def test_a_click_on_a_name_or_a_plot_chooses_the_run_and_so_do_the_keys(line: Line) -> None:
    chosen: list[int] = []
    line.panel.run_chosen.connect(chosen.append)
    line.add(*LIFE)
    line.show(0, 2_500 * MS)
    QTest.mouseClick(line.canvas, LEFT, pos=mouse(line, 20, 1))
    assert (chosen, line.view.marked, line.places) == ([2], 2, [])
    QTest.mouseClick(line.canvas, LEFT, pos=mouse(line, line.x(300 * MS), 0))
    assert (chosen, line.view.marked) == ([2, 1], 1)
    QTest.mouseMove(line.canvas, mouse(line, line.x(S), 1))
    assert line.view.marked == 1, "the pointer passes by"
    QTest.keyClick(line.canvas, Key.Key_Up)
    QTest.keyClick(line.canvas, Key.Key_Down)
    assert chosen == [2, 1, 1, 2]
    QTest.mouseClick(line.canvas, LEFT, pos=QPoint(line.x(S), line.canvas.height() - 2))
    QTest.mousePress(line.canvas, LEFT, pos=mouse(line, line.x(S), 0))
    QTest.mouseMove(line.canvas, mouse(line, line.x(S) - 50, 0))
    QTest.mouseRelease(line.canvas, LEFT, pos=mouse(line, line.x(S) - 50, 0))
    assert len(chosen) == 4, "below the lanes there is none, and a drag chooses none"


def test_a_run_that_is_marked_is_highlighted_and_brought_into_view(make_line: Callable[..., Line]) -> None:
    line = make_line(size=(900, 200))
    chosen: list[int] = []
    line.panel.run_chosen.connect(chosen.append)
    line.add(*(begun(run, run * S) for run in range(1, 41)))
    line.show(50 * S, 60 * S)
    span, inks = line.navigation.span, line.canvas.colours
    for run in (3, 33):
        line.panel.mark_run(run)
        line.panel.refresh()
        rows = [lane.run for lane in line.view.rows()]
        assert run in rows
        g, image = line.canvas.places, shot(line)
        assert image.pixelColor(2, g.top(rows.index(run)) + g.lane // 2).name() == inks.chosen
        assert image.pixelColor(g.gutter + 5, g.top(rows.index(run))).name() == inks.chosen
        assert line.panel.lane_bar.value() == line.view.top
    line.panel.mark_run(None)
    image, g = shot(line), line.canvas.places
    seen = {image.pixelColor(x, y).name() for x in (2, g.gutter + 5) for y in range(g.axis, g.height - 2)}
    assert inks.chosen not in seen
    line.panel.mark_run(99)  # of which nothing has come yet
    assert line.navigation.span == span
    assert chosen == []


def test_a_marked_run_is_the_table_s_current_row_and_a_row_chooses_its_run(line: Line) -> None:
    chosen: list[int] = []
    line.panel.run_chosen.connect(chosen.append)
    line.add(*LIFE)
    line.panel.show_table(True)
    line.panel.mark_run(2)
    assert (line.panel.table.currentIndex().row(), chosen) == (1, [])
    line.panel.table.setCurrentIndex(line.panel.table.model().index(0, 0))
    assert (chosen, line.view.marked) == ([1], 1)
    line.panel.mark_run(None)
    assert not line.panel.table.currentIndex().isValid()


def test_sorted_by_latency_it_scrolls_to_the_slowest(make_line: Callable[..., Line]) -> None:
    line = make_line(size=(900, 200))
    for run in range(1, 41):
        at = run * 60 * S
        line.add(begun(run, at), ended(run, at + S, at + S + run * MS, at + 2 * S))
    line.add(begun(99, 0), ended(99, 5 * S, 6 * S, 6 * S))
    line.show(2_000 * S, 2_010 * S)
    line.panel.lane_bar.setValue(line.panel.lane_bar.maximum())
    line.panel.bar.sort.setCurrentIndex(2)
    assert line.view.rows()[0].run == line.navigation.current == 99
    assert line.panel.lane_bar.value() == 0
    assert line.navigation.span.holds(5 * S)
    assert line.navigation.span.length == 10 * S


def said(line: Line) -> list[str]:
    """Return what stands in the place of the lanes."""
    scene = line.panel.builder._scene(line.canvas.places, line.canvas.request(table=False), len)
    return [shape.text for shape in scene.plot if isinstance(shape, Text) and shape.text.endswith(".")]


def test_what_is_not_there_says_how_to_get_it(line: Line) -> None:
    line.add(records(JOURNAL, [(3, Kind.ACTION, '{"action": "plan"}')]))
    assert said(line) == [words.NO_RUN]
    line.add(*LIFE)
    line.panel.bar.popup.text.setText("nothing has that")
    assert not line.view.shown()
    assert said(line) == [words.NO_LANE]
    assert line.panel.bar.filter.text() == FILTER_ON
    line.panel.bar.popup.all.click()
    assert len(line.view.shown()) == 2
    assert line.panel.bar.filter.text() == FILTER


@pytest.mark.parametrize("points", [9, 20])
def test_bar_and_legend_are_one_row_each_at_1024_pixels(make_line: Callable[..., Line], points: int) -> None:
    line = make_line(size=(1_024, 220), live=True)
    font = line.panel.font()
    font.setPointSize(points)
    line.panel.setFont(font)
    QApplication.processEvents()
    bar, legend = line.panel.bar, line.panel.legend
    assert all(bar.widgetForAction(action).isVisible() for action in bar.actions())
    assert not bar.findChild(QToolButton, "qt_toolbar_ext_button").isVisible()
    assert bar.span.width() >= bar.span.fontMetrics().horizontalAdvance(span_text(Span(12_345 * MS, 23_456 * MS)))
    assert line.canvas.height() >= line.canvas.minimumSizeHint().height()
    assert bar.height() <= bar.sort.sizeHint().height() + 8
    assert legend.height() <= 1.5 * legend.fontMetrics().height()
    shown = [entry for entry in legend.entries if entry.isVisible()]
    assert len(shown) >= 4
    assert all(entry.width() >= entry.sizeHint().width() for entry in shown)
    assert shown == legend.entries[: len(shown)], "the most important ones"


def test_where_there_is_little_room_the_lanes_have_it(line: Line) -> None:
    panel = line.panel
    needed = panel.minimumSizeHint().height()
    rows = panel.readout.sizeHint().height(), panel.legend.sizeHint().height()
    for height, seen in (
        (needed, (False, False)),
        (needed + rows[0], (True, False)),
        (needed + sum(rows), (True, True)),
    ):
        panel.resize(900, height)
        line.qtbot.waitUntil(lambda height=height: panel.height() == height)
        assert (panel.readout.isVisible(), panel.legend.isVisible()) == seen
        line.qtbot.waitUntil(lambda: line.canvas.height() >= line.canvas.minimumSizeHint().height())


def test_tab_goes_from_the_bar_to_the_lanes(line: Line) -> None:
    line.panel.bar.span.setFocus()
    QTest.keyClick(line.panel.bar.span, Key.Key_Tab)
    assert line.canvas.hasFocus()
