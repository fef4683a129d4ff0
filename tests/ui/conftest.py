"""A whole window on a real controller, with everything put away after each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.core.batch import Record
from app.core.catalogue import Catalogue
from app.core.events import Event, decode
from app.core.thread_engine import ThreadEngine
from app.core.worker import Worker
from app.documents.settings import Settings
from app.session.journal import read_entry
from app.session.record_words import record_words
from app.ui.main_window import MainWindow
from app.ui.main_window_setup import fill_window
from app.ui.start import build_services, shutdown
from app.ui.workers.rows import Column
from tests.core.harness import Core
from tests.timers import running_timers

QUICK = (
    Worker(name="Event", strategy="event-poll", interval=0.01),
    Worker(name="Flag", strategy="flag", interval=0.01),
)


class Desk:
    """A window and what it was given."""

    def __init__(self, qtbot: QtBot, path: Path, settings: Settings, catalogue: Catalogue) -> None:
        self.qtbot = qtbot
        self.services = build_services(catalogue, settings, path, path.parent / "sessions")
        self.controller = self.services.controller
        self.window = MainWindow()
        fill_window(self.window, self.services)
        with qtbot.waitExposed(self.window):
            self.window.show()

    held_manager = Core.held_manager

    @property
    def threads(self) -> ThreadEngine:
        """The engine of this process."""
        return self.services.runtime.engine

    @property
    def rows(self) -> list[str]:
        """The states of the rows, as the table shows them."""
        return [self.cell(row, Column.STATE) for row in range(self.window.parts.workers.table.model().rowCount())]

    def cell(self, row: int, column: int) -> str:
        """What a cell of the workers table shows."""
        model = self.window.parts.workers.table.model()
        return str(model.data(model.index(row, column)))

    def log_records(self) -> list[Record]:
        """Every record that the log holds, shown or not."""
        store = self.window.parts.log.store
        return store.records(store.first, store.end - store.first)

    def log_texts(self) -> list[str]:
        """What those records say to a person."""
        return [record_words(record.kind, record.text) for record in self.log_records()]

    def log_events(self) -> list[Event]:
        """The events among those records."""
        events = (decode(record.kind, record.text) for record in self.log_records())
        return [event for event in events if event is not None]

    def log_entries(self) -> list[dict[str, Any]]:
        """The entries of the journal among those records."""
        entries = (read_entry(record.kind, record.text) for record in self.log_records())
        return [entry for entry in entries if entry is not None]

    def until(self, condition: Callable[[], object], timeout: int = 60_000) -> None:
        """Let the window live until something is true."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    def answer(self, button: str) -> None:
        """Press a button, by its accessible name, of the question that is open."""
        (dialog,) = (box for box in self.window.findChildren(QMessageBox) if box.isVisible())
        found = {QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name): one for one in dialog.buttons()}
        QTest.mouseClick(found[button], Qt.MouseButton.LeftButton)

    def question(self) -> str:
        """What is asked, with its remarks; empty if nothing is."""
        boxes = [box for box in self.window.findChildren(QMessageBox) if box.isVisible()]
        return " ".join(f"{box.text()} {box.informativeText()}".strip() for box in boxes)

    def until_quiet(self) -> None:
        """Let the window live until nothing runs and no timer ticks."""
        stream, bridge, timeline = self.services.stream, self.window.parts.bridge, self.window.parts.timeline

        def is_quiet() -> bool:
            is_ticking = running_timers(bridge) or timeline.last_picture_timer.isActive()
            return self.controller.is_idle() and stream.is_armed and bridge.is_empty() and not is_ticking

        self.until(is_quiet)

    def put_away(self) -> None:
        """Ask all runs to stop, wait for them, and delete the window."""
        self.controller.close(0)
        self.until(self.controller.is_idle)
        shutdown(self.services, self.window)


@pytest.fixture(scope="session", autouse=True)
def _first_window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Open a window before any test counts what it leaves: Qt keeps what its first window opens for good."""
    qapp.setQuitOnLastWindowClosed(False)
    path = tmp_path_factory.mktemp("first") / "settings.toml"
    desk = Desk(QtBot(_NoRequest()), path, Settings(), Catalogue())  # type: ignore[arg-type]
    desk.put_away()


class _NoRequest:
    """Stands for the request that a ``QtBot`` keeps and, here, never looks at."""


@pytest.fixture
def make_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Return a maker of windows with given workers, settings and catalogue."""
    desks: list[Desk] = []

    def make(workers: tuple[Worker, ...] = QUICK, catalogue: Catalogue | None = None, **settings: object) -> Desk:
        chosen = Settings(workers=workers, **settings)  # type: ignore[arg-type]
        desks.append(Desk(qtbot, tmp_path / "settings.toml", chosen, catalogue or Catalogue()))
        return desks[-1]

    yield make
    for desk in desks:
        desk.put_away()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """Return a window with a quick Event and a quick Flag."""
    return make_desk()


@pytest.fixture(autouse=True)
def _no_key_held() -> Iterator[None]:
    """Release Ctrl and Shift, which a test's click or wheel may leave held: they change what later tests' choices do."""
    yield
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        window = QWindow()
        window.create()
        QTest.keyRelease(window, Qt.Key.Key_Control, Qt.KeyboardModifier.NoModifier)
        window.destroy()
