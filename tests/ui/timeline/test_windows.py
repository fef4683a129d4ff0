"""The timeline in its windows: fed by what runs, tied to the log, kept with the settings, and over recorded sessions."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.worker import Worker
from app.documents.settings import Layout, load_settings
from app.session.folder import new_writer
from app.ui.panes import row_heights
from app.ui.timeline import panel as timeline_panel
from app.ui.timeline import words
from app.ui.timeline.frames import Feed
from app.ui.timeline.links import line_near
from app.ui.timeline.shapes import Phase
from tests.ui.conftest import Desk
from tests.ui.log.conftest import ORIGIN as LOG_ORIGIN
from tests.ui.log.conftest import STARTED, Log, batch, numbers
from tests.ui.log.conftest import log as log  # noqa: PLC0414 - the fixture
from tests.ui.log.conftest import make_log as make_log  # noqa: PLC0414
from tests.ui.timeline.conftest import MS, ORIGIN, S, asked, begun, ended, lines

CTRL = Qt.KeyboardModifier.ControlModifier


def line_of(desk: Desk, run: int, instant: int) -> int:
    """Return the number of a run's line of an instant in the session."""
    line = line_near(desk.window.parts.log.store, run, desk.services.stream.origin, instant)
    assert line is not None
    return line


def test_runs_are_drawn_while_they_live_and_when_they_have_ended(desk: Desk) -> None:
    panel = desk.window.parts.timeline
    assert panel.isVisible()
    desk.window.parts.workers.start()
    desk.until(lambda: panel.feed.timeline is not None)
    desk.until(lambda: all(len(lane.ticks) > 3 for lane in panel.feed.timeline.lanes.values()))
    desk.until(lambda: not panel.canvas.pixmap().isNull())
    assert panel.view.navigation.following
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    timeline = panel.feed.timeline
    assert [lane.label for lane in timeline.lanes.values()] == ["Event #1", "Flag #1"]
    snapshots = desk.controller.state.snapshots((1, 2))
    origin = desk.services.stream.origin
    for lane, snapshot in zip(timeline.lanes.values(), snapshots, strict=True):
        assert lane.phase() is Phase.ENDED
        assert lane.noticed == snapshot.chain.noticed - origin
        assert lane.band == snapshot.band
        assert len(lane.ticks) == snapshot.lines
        # Every tick is a line of the log, by its number and by its instant.
        for instant in lane.ticks.instants.tolist():
            record = desk.window.parts.log.store.record(line_of(desk, snapshot.run, instant))
            assert (record.run, record.instant - origin) == (snapshot.run, instant)
    assert len(timeline.stops()) <= 2
    assert panel.readout.text().startswith("2 runs, 0 alive")


def test_what_pictures_take_is_loaded_by_their_thread_before_anything_runs(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    loading: list[threading.Thread] = []
    monkeypatch.setattr(timeline_panel, "load", lambda: loading.append(threading.current_thread()))
    desk = make_desk()
    panel = desk.window.parts.timeline
    desk.until(lambda: panel.frames is not None)
    assert panel.feed.timeline is None  # nothing has come yet
    assert "numpy" in sys.modules or panel.frames._thread.is_alive()
    panel.shutdown()
    panel.prepare()  # a timer that fires late
    assert panel.frames is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists a process's threads in a folder")
def test_numpy_starts_no_threads_of_its_own() -> None:
    program = (
        "import app.ui.timeline, os; before = len(os.listdir('/proc/self/task'))\n"
        "import numpy; print(len(os.listdir('/proc/self/task')) - before)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "0\n"


def test_a_tick_goes_to_its_line_and_a_line_to_its_tick(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 5") == 2)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    panel, log = desk.window.parts.timeline, desk.window.parts.log
    QTest.keyClick(desk.window, Qt.Key.Key_3, CTRL)
    assert panel.canvas.hasFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_F)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Down)
    lane = panel.view.current()
    tick = lane.ticks.nearest(int(lane.ticks.instants[2]))
    panel.set_cursor(tick.instant, lane.run)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Return)
    record = log.store.record(log.line)
    assert (record.run, record.instant - desk.services.stream.origin) == (lane.run, tick.instant)
    log.choose(line_of(desk, lane.run, int(lane.ticks.instants[4])))
    assert panel.view.navigation.cursor == int(lane.ticks.instants[4])
    assert panel.view.navigation.current == lane.run
    panel.place_chosen.emit(lane.run, int(lane.ticks.instants[3]) - 1)
    assert log.line == line_of(desk, lane.run, int(lane.ticks.instants[3]))
    panel.place_chosen.emit(99, 0)
    assert desk.window.statusBar().currentMessage() == "This line is no longer kept."


def test_a_run_that_is_asked_has_its_band_before_it_ends(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk((Worker("Slow", "event-poll", interval=1.5),))
    panel = desk.window.parts.timeline
    desk.window.parts.workers.start()
    desk.until(lambda: "running… 1" in desk.log_texts())
    desk.window.parts.workers.stop_all()
    desk.until(lambda: panel.feed.timeline is not None and panel.feed.timeline.lanes[1].requested is not None)
    lane = panel.feed.timeline.lanes[1]
    assert lane.band is not None
    assert lane.ended is None
    desk.until_quiet()


def test_it_can_be_put_away_and_that_is_kept(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(layout=Layout(rows=(150, 210, 250), width=900, height=760))
    sizes = tuple(desk.window.panes.rows.sizes())
    assert sizes[1] >= 190
    desk.window.parts.actions.timeline.setChecked(False)
    assert desk.window.parts.timeline.isHidden()
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 5") == 2)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    desk.window.parts.settings_saver.save()
    settings, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert (problem, settings.layout.timeline, settings.layout.rows) == ("", False, sizes)
    again = make_desk(layout=settings.layout)
    assert again.window.parts.timeline.isHidden()
    # Only the active window has shortcuts, and of two the first one is active until the system says so.
    with again.qtbot.waitActive(again.window):
        again.window.activateWindow()
    QTest.keyClick(again.window, Qt.Key.Key_3, CTRL)
    assert again.window.parts.timeline.isVisible()
    # What came while it was hidden is there.
    desk.window.parts.actions.timeline.setChecked(True)
    assert len(desk.window.parts.timeline.feed.timeline.lanes) == 2


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [((), (190, 170, 400)), ((200, 500), (200, 170, 330)), ((1, 2, 3), (1, 2, 3)), ((9, 9, 9, 9), (190, 170, 400))],
)
def test_settings_from_before_there_was_a_timeline_still_fit(rows: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert row_heights(Layout(rows=rows, height=760)) == wanted


@pytest.fixture
def few_may_wait(monkeypatch: pytest.MonkeyPatch) -> int:
    """Have few records be enough that wait to be shown, and return how many."""
    monkeypatch.setattr("app.ui.timeline.frames._MOST_WAITING", 4_000)
    return 4_000


def test_batches_wait_until_they_are_taken_and_not_without_end(few_may_wait: int) -> None:
    feed = Feed(ORIGIN)
    feed.drain()
    assert feed.timeline is None
    feed.add(begun(1, 0))
    feed.add(lines(1, [S, 2 * S]), first=7)
    assert not feed.is_empty()
    feed.drain()
    assert feed.is_empty()
    assert feed.timeline.lanes[1].ticks.lines.tolist() == [7, 8]
    feed.add(lines(1, list(range(3 * S, 3 * S + few_may_wait))))
    assert not feed.is_full()
    feed.add(lines(1, [4 * S]))
    assert feed.is_full()
    feed.drain()
    assert not feed.is_full()


def test_a_window_whose_timeline_does_not_keep_up_takes_what_there_is_itself(desk: Desk, few_may_wait: int) -> None:
    panel = desk.window.parts.timeline
    panel.add(begun(1, 0))
    panel.add(lines(1, list(range(MS, MS + few_may_wait + 1))))
    assert panel.feed.is_empty()
    assert len(panel.feed.timeline.lanes[1].ticks) == few_may_wait + 1


def recorded(folder: Path, parts: int = 40) -> Path:
    """A session file with two runs, one of them with many lines."""
    writer = new_writer(folder, STARTED, ORIGIN)
    writer.write(begun(1, 0))
    writer.write(begun(2, 0, interval=0))
    for part in range(parts):
        writer.write(lines(2, [part * 100 * MS + i * 20_000 for i in range(5_000)]))
    writer.write(asked(1, 4 * S))
    writer.write(ended(1, 4 * S, 4 * S + 20 * MS, 4 * S + 21 * MS))
    writer.finish(STARTED.isoformat())
    return writer.path


def test_a_recorded_session_has_its_timeline(desk: Desk, tmp_path: Path) -> None:
    desk.window.parts.sessions.open(recorded(tmp_path / "old"))
    (window,) = desk.window.parts.sessions.windows
    assert window.timeline.isVisible()
    desk.until(lambda: not window.timeline.view.navigation.following)
    panel = window.timeline
    timeline = panel.feed.timeline
    assert [len(lane.ticks) for lane in timeline.lanes.values()] == [0, 200_000]
    assert timeline.lanes[1].latency == 20 * MS
    assert panel.view.navigation.span.holds(0)
    assert panel.view.navigation.span.holds(4 * S)
    assert not panel.view.navigation.following
    # A tick is its line.
    instant = int(timeline.lanes[2].ticks.instants[123_456])
    panel.place_chosen.emit(2, instant)
    record = window.area.store.record(window.area.panel.line)
    assert (record.run, record.instant - window.area.store.archive.origin()) == (2, instant)
    assert panel.view.navigation.current == 2
    assert panel.view.navigation.cursor == instant


def test_a_session_without_runs_says_so(desk: Desk, tmp_path: Path) -> None:
    writer = new_writer(tmp_path / "old", STARTED, ORIGIN)
    writer.finish(STARTED.isoformat())
    desk.window.parts.sessions.open(writer.path)
    (window,) = desk.window.parts.sessions.windows
    desk.until(lambda: window.timeline.canvas.text() == words.EMPTY_SESSION)
    assert not window.timeline.bar.follow.isVisible()


def test_a_session_is_closed_while_it_is_being_read(desk: Desk, tmp_path: Path) -> None:
    desk.window.parts.sessions.open(recorded(tmp_path / "old", parts=60))
    (window,) = desk.window.parts.sessions.windows
    window.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "Reading the timeline"]
    desk.until(lambda: window not in QApplication.topLevelWidgets())


def test_what_is_damaged_is_left_out_and_nothing_shifts(desk: Desk, tmp_path: Path) -> None:
    path = recorded(tmp_path / "old")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE batch SET texts = x'01' WHERE first = 5004")
    connection.close()
    desk.window.parts.sessions.open(path)
    (window,) = desk.window.parts.sessions.windows
    desk.until(lambda: not window.timeline.view.navigation.following)
    lane = window.timeline.feed.timeline.lanes[2]
    assert len(lane.ticks) == 195_000
    assert lane.ticks.lines.tolist()[4_999:5_001] == [5_003, 10_004]


def test_the_line_of_a_tick_that_is_known_only_about_is_found(log: Log) -> None:
    log.write(batch(numbers(1, 5_000), start=0), batch(numbers(1, 5_000), run=2, start=4_400 * MS))
    find = log.area.store
    assert line_near(find, 1, LOG_ORIGIN, 2_500 * MS + 1) == 2_501
    assert line_near(find, 2, LOG_ORIGIN, 4_500 * MS) == 4_601
    assert line_near(find, 1, LOG_ORIGIN, 4_500 * MS + 1) == 4_602
    assert line_near(find, 3, LOG_ORIGIN, 0) is None
    assert line_near(find, 1, LOG_ORIGIN, 99_000 * MS) is None


def test_a_click_beside_the_lanes_is_harmless(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 1") == 2)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    canvas = desk.window.parts.timeline.canvas
    for place in (QPoint(2, 2), QPoint(2, canvas.height() - 1), QPoint(canvas.width() - 1, canvas.height() - 1)):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=place)
    for menu in canvas.window().findChildren(type(desk.window.parts.actions.timeline_menu)):
        menu.close()
