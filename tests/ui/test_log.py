"""The log: what it keeps, how it reads, following the tail, the chosen line."""

from array import array
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.core.batch import Batch, Kind, RunName
from app.ui.display_text import LONGEST_SHOWN, session_time, visible
from app.ui.log.panel import LogPanel
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks
from tests.ui.log.conftest import TEXT

STARTED_NS = round(datetime(2026, 3, 5, 14, 3, 22).timestamp() * 1e9)


_next_start = [0]


@pytest.fixture(autouse=True)
def _time_begins_anew() -> None:
    _next_start[0] = 0


def batch(texts: list[str], run: int = 1, start: int | None = None, kind: Kind = Kind.LINE) -> Batch:
    n = len(texts)
    start = _next_start[0] if start is None else start
    _next_start[0] = max(_next_start[0], start + n * 1_000_000)
    instants = array("q", [start + i * 1_000_000 for i in range(n)])
    return Batch(instants, array("q", [run]) * n, bytearray([kind]) * n, texts, {run: RunName("W", run)})


@given(st.lists(st.lists(st.integers(), max_size=30), max_size=30), st.integers(0, 900), st.integers(0, 50))
def test_the_store_agrees_with_a_plain_list(parts: list[list[int]], start: int, count: int) -> None:
    store, plain = LogStore(), []
    for part in parts:
        texts = [str(number) for number in part]
        store.append(batch(texts))
        plain += texts
    assert (store.first, store.end) == (0, len(plain))
    assert [record.text for record in store.records(start, count)] == plain[start : start + count]


def test_the_store_keeps_the_last_records_by_their_numbers() -> None:
    store = LogStore(most=10_000)
    for first in range(0, 50_000, 1_000):
        store.append(batch([str(i) for i in range(first, first + 1_000)]))
    assert store.end == 50_000
    assert 10_000 <= store.end - store.first < 10_000 + 2 * 4_096 + 1_000
    assert [r.text for r in store.records(0, store.first + 1)] == [str(store.first)]
    assert [r.text for r in store.records(store.end - 2, 99)] == ["49998", "49999"]
    assert store.record(store.first - 1) is None
    store.clear()
    assert (store.first, store.end) == (50_000, 50_000)
    store.append(batch(["next"]))
    assert store.record(50_000).text == "next"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with … and ü", "plain, with … and ü"),
        ("a\nb\tc\r", "a⏎b⇥c␍"),
        ("\0 \x1b[31mred", "␀ ␛[31mred"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\ufeffbom \ufffe", "\\ufeffbom \\ufffe"),
        ("lone \ud800", "lone \\ud800"),
        ("x" * 5_000, "x" * LONGEST_SHOWN + "…"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_signs(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(), max_size=50))
def test_whatever_is_shown_can_be_printed(text: str) -> None:
    assert visible(text).isprintable()


def test_times_in_the_sitting() -> None:
    assert session_time(0) == "00:00.000"
    assert session_time(61_234_999_999) == "01:01.234"
    assert session_time(3_600_000_000_000) == "1:00:00.000"


@pytest.fixture
def panel(qtbot: QtBot) -> LogPanel:
    theme = Theme()
    panel = LogPanel(LogStore(), 0, STARTED_NS, theme, WorkerMarks(theme))
    panel.resize(700, 300)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def shown(panel: LogPanel, column: int = TEXT) -> list[str]:
    model = panel.view.model()
    return [str(model.data(model.index(row, column)) or "") for row in range(model.rowCount())]


def numbers(first: int, last: int) -> list[str]:
    return [f"running… {i}" for i in range(first, last + 1)]


def test_rows_say_when_who_and_what(panel: LogPanel) -> None:
    panel.add(batch(["running… 1"], start=1_500_000_000))
    panel.add(batch(["ended: interrupted"], run=2, start=2_000_000_000, kind=Kind.STATE))
    panel.show_column("Delta", True)
    panel.show_column("Wall clock", True)
    assert [shown(panel, column)[0] for column in range(1, 8)] == [
        "00:01.500", "14:03:23.500", "", "W", "#1", "", "running… 1"
    ]  # fmt: skip
    assert [shown(panel, column)[1] for column in range(1, 8)] == [
        "00:02.000", "14:03:24.000", "+500 ms", "W", "#2", "", "▪ ended: interrupted"
    ]  # fmt: skip


def test_it_follows_the_tail_until_somebody_scrolls_up(panel: LogPanel) -> None:
    panel.add(batch(numbers(1, 1_000)))
    fits = panel.view.rows_that_fit()
    assert shown(panel) == numbers(1_001 - fits, 1_000)
    panel.bar.setValue(100)
    reading = shown(panel)
    assert reading == numbers(101, 100 + fits)
    panel.add(batch(numbers(1_001, 5_000)))
    assert shown(panel) == reading
    panel.bar.setValue(panel.bar.maximum())
    panel.add(batch(numbers(5_001, 6_000)))
    assert shown(panel)[-1] == "running… 6000"


def test_keys_move_through_all_lines(panel: LogPanel, qtbot: QtBot) -> None:
    panel.add(batch(numbers(1, 1_000)))
    fits = panel.view.rows_that_fit()
    for key, line in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_PageDown, 1 + fits),
        (Qt.Key.Key_Up, fits),
        (Qt.Key.Key_PageUp, 0),
        (Qt.Key.Key_End, 999),
    ):
        qtbot.keyClick(panel.view, key)
        assert panel.line == line
        index = panel.view.currentIndex()
        assert shown(panel)[index.row()] == f"running… {line + 1}"
    assert panel.following


def test_the_chosen_line_stays_chosen_while_others_come(panel: LogPanel, qtbot: QtBot) -> None:
    panel.add(batch(numbers(1, 5)))
    place = panel.view.visualRect(panel.view.model().index(2, TEXT)).center()
    with qtbot.waitSignal(panel.chosen) as caught:
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args == [2]
    panel.add(batch(numbers(6, 8)))
    assert shown(panel)[panel.view.currentIndex().row()] == "running… 3"
    panel.add(batch(numbers(9, 500)))
    assert not panel.view.selectionModel().hasSelection()
    assert panel.line == 2


def test_the_wheel_scrolls_and_with_ctrl_zooms(panel: LogPanel) -> None:
    panel.add(batch(numbers(1, 1_000)))

    def turn(modifier: Qt.KeyboardModifier) -> None:
        place = QPointF(panel.view.viewport().rect().center())
        event = QWheelEvent(
            place, panel.view.viewport().mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            modifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(panel.view.viewport(), event)

    top = panel.bar.value()
    turn(Qt.KeyboardModifier.NoModifier)
    assert panel.bar.value() < top
    assert not panel.following
    points = panel.zoom.points()
    turn(Qt.KeyboardModifier.ControlModifier)
    assert panel.zoom.points() == points + 1
    panel.zoom.reset()
    assert panel.zoom.points() == panel.zoom.system_points()


def test_another_height_shows_another_number_of_rows(panel: LogPanel, qtbot: QtBot) -> None:
    panel.add(batch(numbers(1, 1_000)))
    before = len(shown(panel))
    panel.resize(700, 600)
    qtbot.waitUntil(lambda: len(shown(panel)) > before)
    assert shown(panel)[-1] == "running… 1000"
    panel.resize(700, 200)
    qtbot.waitUntil(lambda: len(shown(panel)) < before)
    assert shown(panel)[-1] == "running… 1000"


def test_a_hundred_megabytes_without_a_break_are_clipped_in_the_row(panel: LogPanel) -> None:
    panel.add(batch(["<img src='file:///etc/passwd'>" + "x" * 100_000_000]))
    assert len(shown(panel)[0]) == LONGEST_SHOWN + 1
    assert shown(panel)[0].startswith("<img src='file:///etc/passwd'>x")


def test_the_model_of_the_visible_rows_is_a_sound_one(panel: LogPanel, qtmodeltester: ModelTester) -> None:
    panel.add(batch(numbers(1, 100)))
    qtmodeltester.check(panel.view.model())
    panel.clear()
    qtmodeltester.check(panel.view.model())


def test_a_million_lines_are_gapless_and_the_last_is_shown(panel: LogPanel) -> None:
    written = numbers(1, 1_040_000)
    for first in range(0, len(written), 16_000):
        panel.add(batch(written[first : first + 16_000]))
    store = panel.store
    assert store.end - store.first >= 1_000_000
    texts = [record.text for record in store.records(store.first, store.end)]
    assert store.end == len(written)
    assert texts == written[store.first :]
    assert shown(panel)[-1] == f"running… {store.end}"
