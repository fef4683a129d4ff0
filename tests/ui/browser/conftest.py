"""A browser over a folder of sessions of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.core.catalogue import Catalogue
from app.ui.browser.logic import Place
from app.ui.browser.saver import SavedBar
from app.ui.browser.window import SessionBrowser


def select_rows(table: QTableView, *rows: int) -> None:
    """Select rows whatever keys are held down; the first is the current one."""
    model, flags = table.selectionModel(), QItemSelectionModel.SelectionFlag
    model.setCurrentIndex(table.model().index(rows[0], 0), flags.ClearAndSelect | flags.Rows)
    for row in rows[1:]:
        model.select(table.model().index(row, 0), flags.Select | flags.Rows)


class Browsing:
    """A browser, what it opened, and what it was told of the sessions that are in use."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.recorded: set[Path] = set()
        self.opened: set[Path] = set()
        self.asked: list[tuple[Path, Place | None]] = []
        self.window = SessionBrowser(
            folder,
            Catalogue(),
            lambda: self.recorded,
            lambda: self.opened,
            lambda path, place: self.asked.append((path, place)),
        )
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.look()

    def look(self) -> None:
        """Look which sessions there are."""
        self.window.reload()
        self.until(lambda: not self.window.reading.is_running())

    def until(self, true: Callable[[], object]) -> None:
        """Let the window live until something is true."""
        self.qtbot.waitUntil(lambda: bool(true()), timeout=60_000)

    def until_done(self) -> None:
        """Let the window live until nothing is being done with sessions."""
        self.until(lambda: not self.window.session_actions.task.is_running())

    @property
    def table(self):
        return self.window.table

    @property
    def said(self) -> str:
        """What the status bar says."""
        return self.window.statusBar().currentMessage()

    @property
    def saved(self) -> str:
        """What the bar says of the file that was saved last."""
        return " ".join(bar.label.text() for bar in self.window.findChildren(SavedBar) if bar.isVisible())

    def cells(self, column: int) -> list[str]:
        """What a column of the table shows."""
        model = self.table.model()
        return [str(model.index(row, column).data()) for row in range(model.rowCount())]

    def select(self, *rows: int) -> None:
        """Put the focus into the table, and select rows; the first is the current one."""
        self.table.setFocus()
        select_rows(self.table, *rows)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)

    def shutdown(self) -> None:
        """End everything."""
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def browse(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], Browsing]]:
    """Return a maker of browsers over ``tmp_path / "sessions"``, which are shut down after the test."""
    made: list[Browsing] = []

    def make() -> Browsing:
        made.append(Browsing(qtbot, tmp_path / "sessions"))
        return made[-1]

    yield make
    for each in made:
        each.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the browser looks."""
    return tmp_path / "sessions"
