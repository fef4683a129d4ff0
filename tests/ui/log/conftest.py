"""A log over a session file of the test's own, in a window with the log's menu: the test says what is recorded, and when."""

import contextlib
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from app.core.batch import Batch, Kind, RunName
from app.session.archive import Archive
from app.session.folder import new_writer
from app.session.recorder import Recording
from app.session.segments import Segment
from app.ui.log.actions import LogActions
from app.ui.log.area import LogArea
from app.ui.log.columns import COLUMNS
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks

TITLES = [column.title for column in COLUMNS]
TEXT, WORKER, TIME = (TITLES.index(title) for title in ("Text", "Worker", "Time"))
STARTED = datetime(2026, 3, 5, 14, 3, 22).astimezone()
STARTED_NS = round(STARTED.timestamp() * 1e9)
ORIGIN = 1_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


_next_start = [0]


@pytest.fixture(autouse=True)
def _time_begins_anew() -> None:
    _next_start[0] = 0


def batch(texts: list[str], run: int = 1, start: int | None = None, kind: int = Kind.LINE, worker: str = "") -> Batch:
    """Return a batch of one run's records, a millisecond apart; ``start`` in the session, else after the one before."""
    n = len(texts)
    start = _next_start[0] if start is None else start
    _next_start[0] = max(_next_start[0], start + n * 1_000_000)
    instants = array("q", [ORIGIN + start + i * 1_000_000 for i in range(n)])
    name = RunName(worker or f"W{run}", run)
    return Batch(instants, array("q", [run]) * n, bytearray([kind]) * n, texts, {run: name})


def numbers(first: int, last: int) -> list[str]:
    """Return the texts of some lines; both ends included."""
    return [f"running… {i}" for i in range(first, last + 1)]


class Log:
    """A log, and the file that it reads."""

    def __init__(self, qtbot: QtBot, folder: Path, *, recorded: bool = True, **store: Any) -> None:
        self.qtbot = qtbot
        self.said: list[str] = []
        self.writer = new_writer(folder, STARTED, ORIGIN)
        self.segment = Segment(0, self.writer.path, self.writer.id)
        self.archive = Archive(self.said.append) if recorded else None
        theme = Theme()
        self.window = QMainWindow()
        self.area = LogArea(LogStore(self.archive, **store), ORIGIN, STARTED_NS, theme, WorkerMarks(theme), self.window)
        self.saver = self.area.saver
        self.actions = LogActions(self.area.panel, self.area.search, self.saver, self.window.menuBar().addMenu("&Log"))
        for said in (self.area.said, self.saver.said):
            said.connect(self.said.append)
        self.window.setCentralWidget(self.area)
        self.window.resize(1024, 500)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.area.setFocus()

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, *batches: Batch) -> None:
        """Show batches."""
        for each in batches:
            self.area.add(each)

    def commit(self, *batches: Batch) -> None:
        """Put batches on the disk, and say so."""
        for each in batches:
            self.writer.write(each)
        self.area.on_recording(Recording(self.writer.path, self.writer.records, 0, "", (self.segment,)))

    def damage(self, first: int) -> None:
        """Spoil the texts of the batch that begins with a line, behind the writer's back."""
        with contextlib.closing(sqlite3.connect(self.writer.path, isolation_level=None)) as connection:
            connection.execute("UPDATE batch SET texts = x'00' WHERE first = ?", (first,))

    def write(self, *batches: Batch) -> None:
        """Show batches and put them on the disk."""
        for each in batches:
            self.add(each)
            self.commit(each)

    # -- what is seen --------------------------------------------------------------------------------------------

    def rows(self, column: int = TEXT) -> list[str]:
        """What a column of the rows shows."""
        model = self.panel.view.model()
        return [str(model.data(model.index(row, column)) or "") for row in range(model.rowCount())]

    @property
    def panel(self):
        return self.area.panel

    @property
    def view(self):
        return self.area.panel.view

    @property
    def bar(self):
        return self.area.panel.bar

    @property
    def count(self) -> str:
        """What the search bar says."""
        return self.area.search.count.text()

    def selected(self) -> list[int]:
        """The lines that are selected, of those that are shown."""
        return list(self.panel.selection.lines(self.panel.shown()))

    def page_through(self) -> list[str]:
        """Read everything that is shown, page by page, from the top."""
        self.key(Qt.Key.Key_Home)
        self.bar.setValue(0)
        texts = self.rows()
        while self.bar.value() < self.bar.maximum():
            before = self.bar.value()
            self.bar.setValue(before + self.bar.pageStep())
            texts += self.rows()[before + self.bar.pageStep() - self.bar.value() :]
        return texts

    # -- what is done --------------------------------------------------------------------------------------------

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)

    def click(self, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Click a row."""
        QTest.mouseClick(self.view.viewport(), LEFT, modifier, self.at(row))

    def at(self, row: int) -> QPoint:
        """Where a row is, or would be if there were one."""
        return QPoint(100, row * self.view.row_height() + self.view.row_height() // 2)

    def type(self, text: str) -> None:
        """Open the search and type something new into it."""
        self.key(Qt.Key.Key_F, CTRL)
        self.area.search.include.clear()
        if text.isascii():
            QTest.keyClicks(self.area.search.include, text)
        else:
            self.area.search.include.setText(text)

    def until(self, true: Callable[[], object]) -> None:
        """Let the window live until something is true."""
        self.qtbot.waitUntil(lambda: bool(true()), timeout=60_000)

    def until_found(self) -> None:
        """Let the window live until everything has been searched for what stands in the bar."""
        self.area.search.settle()
        self.until(lambda: not self.area.finder.is_searching())

    def find(self, text: str, *, only: bool = False) -> None:
        """Type something and wait for what is found."""
        self.type(text)
        self.area.search.only_hits.setChecked(only)
        self.until_found()

    def shutdown(self) -> None:
        """End everything."""
        self.area.shutdown()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.writer.abandon()


@pytest.fixture
def make_log(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Log]]:
    """Return a maker of logs, which are shut down after the test."""
    logs: list[Log] = []

    def make(**fields: Any) -> Log:
        logs.append(Log(qtbot, tmp_path / "sessions", **fields))
        return logs[-1]

    yield make
    for log in logs:
        log.shutdown()


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """Return an empty log."""
    return make_log()


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a screen reader was told to say."""
    texts: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: texts.append(event.message()))
    return texts


def dialog(parent: QWidget, kind: type) -> Any:
    """Return the one dialog of a sort that is open."""
    (found,) = parent.findChildren(kind)
    return found
