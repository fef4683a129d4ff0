"""Windows of sessions that were recorded before: a crash's too; nothing is lost, and nothing is left behind."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.worker import Worker
from app.documents.highlights import Rule
from app.session.folder import cut_off_sessions, new_writer
from app.ui.session_window import UNENDED, SessionWindow
from tests.session.forging import forge_batch, forge_facts, not_ended
from tests.ui.conftest import Desk
from tests.ui.log.conftest import ORIGIN, STARTED, TEXT, batch, numbers

_RECORD_FOR_EVER = """
import sys
from pathlib import Path
from app.session.folder import new_writer
from tests.ui.log.conftest import ORIGIN, STARTED, batch, numbers
writer = new_writer(Path(sys.argv[1]), STARTED, ORIGIN)
for part in range(10**9):
    writer.write(batch(numbers(part * 500 + 1, part * 500 + 500), start=part * 10**9))
    print(writer.records, flush=True)
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A session that was ended in order."""
    writer = new_writer(tmp_path / "old", STARTED, ORIGIN)
    for part in range(4):
        writer.write(batch(numbers(part * 5_000 + 1, part * 5_000 + 5_000), start=part * 10**10))
    writer.write(batch(["last\nof\n" + "x" * 5_000], run=2, start=4 * 10**10))
    writer.finish(STARTED.isoformat())
    return writer.path


def texts(window: SessionWindow) -> list[str]:
    model = window.area.panel.view.model()
    return [model.data(model.index(row, TEXT)) for row in range(model.rowCount())]


def test_a_session_that_was_killed_is_offered_with_every_line_that_was_acknowledged(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    with subprocess.Popen(
        [sys.executable, "-c", _RECORD_FOR_EVER, str(folder)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    ) as process:  # fmt: skip
        acknowledged = 0
        while acknowledged < 20_000:
            acknowledged = int(process.stdout.readline())  # type: ignore[union-attr]
        process.send_signal(signal.SIGKILL)
        # What it had said before it went is acknowledged as well.
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split("\n")[:-1])])  # type: ignore[union-attr]
    cut_off = cut_off_sessions(folder)
    desk.window.offer_session(cut_off)
    offer = desk.window.offer
    assert offer.label.text() == cut_off.sentence
    assert offer.label.textFormat() == Qt.TextFormat.PlainText
    QTest.mouseClick(offer.accept_button, Qt.MouseButton.LeftButton)
    assert offer.isHidden()
    (window,) = desk.window.parts.sessions.windows
    store = window.area.store
    assert store.end >= acknowledged
    assert [record.text for record in store.records(0, store.end)] == numbers(1, store.end)
    assert window.statusBar().currentMessage() == UNENDED
    assert texts(window)[0] == "running… 1"


def test_an_offer_can_be_dismissed(desk: Desk, recorded: Path) -> None:
    desk.window.parts.sessions.open(recorded)
    not_ended(recorded)
    found = []

    def mark() -> Path | None:
        # The window that shows it reads it just then, in threads of its own: a file that is locked is left for later.
        found.append(cut_off_sessions(recorded.parent))
        return found[-1].path

    desk.until(mark)
    desk.window.offer_session(found[-1])
    desk.window.offer.dismiss_button.click()
    assert desk.window.offer.isHidden()


def test_a_session_is_read_searched_and_read_as_a_whole(desk: Desk, recorded: Path) -> None:
    desk.window.parts.sessions.open(recorded)
    (window,) = desk.window.parts.sessions.windows
    panel = window.area.panel
    assert window.windowTitle() == f"Session {recorded.stem}: 20,001 records"
    # It begins at the beginning, and says nothing of new lines.
    assert texts(window)[:2] == numbers(1, 2)
    assert panel.new_lines.isHidden()
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    assert texts(window)[-1].startswith("last⏎of⏎xxx")
    assert window.record.isHidden()
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert window.record.toPlainText().split("\n", 1)[1] == "last\nof\n" + "x" * 5_000
    QTest.keyClick(panel.view, Qt.Key.Key_Home)
    assert window.record.toPlainText().endswith("running… 1")
    window.area.open_filter()
    QTest.keyClicks(window.area.search.include, "1234")
    desk.until(lambda: texts(window) == ["running… 1234", *numbers(11_234, 11_234), *numbers(12_340, 12_349)])
    assert [window.area.search.worker.itemText(place) for place in range(3)] == ["any", "W1", "W2"]
    child = window.area.finder.search.child
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: window not in QApplication.topLevelWidgets())
    assert child.poll() is not None
    assert desk.window.parts.sessions.windows == []


def test_a_session_is_opened_once_however_it_is_called(desk: Desk, recorded: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.tcsession"
    link.symlink_to(recorded)
    for path in (recorded, link, recorded.parent / ".." / "old" / recorded.name):
        desk.window.parts.sessions.open(path)
    (window,) = desk.window.parts.sessions.windows
    window.showMinimized()
    desk.window.parts.sessions.open(recorded)
    assert not window.isMinimized()
    window.close()
    window.close()
    desk.window.parts.sessions.open(recorded)
    assert len(desk.window.parts.sessions.windows) == 1


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 5_000)


def without_times(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM batch")
        connection.execute("DELETE FROM meta")
    connection.execute("VACUUM")
    connection.close()


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_text("hello"),
    "damaged": damaged,
    "another database": lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE x (y)").connection.close()),
    "gone": Path.unlink,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "no origin": without_times,
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_session_is_one_sentence_and_no_window(desk: Desk, recorded: Path, what: str) -> None:
    BROKEN[what](recorded)
    before = set(QApplication.topLevelWidgets())
    children = len(desk.window.children())
    desk.window.parts.sessions.open(recorded)
    said = desk.window.statusBar().currentMessage()
    assert said.startswith(str(recorded))
    assert said.endswith(".")
    assert "⏎" not in said
    assert desk.window.parts.sessions.windows == []
    assert set(QApplication.topLevelWidgets()) == before
    assert len(desk.window.children()) == children


def test_hostile_times_in_a_file_do_not_keep_it_from_being_shown(desk: Desk, recorded: Path) -> None:
    forge_facts(recorded, started_ns=str(2**61))
    forge_batch(recorded, 5_000, columns=b"\0", texts=b"\1")
    desk.window.parts.sessions.open(recorded)
    (window,) = desk.window.parts.sessions.windows
    window.area.panel.show_column("Wall clock", True)
    assert texts(window)[0] == "running… 1"
    window.area.panel.choose(7_000)
    assert texts(window)[-1].startswith("✖ line 7,000 is not readable")
    assert "not readable" in window.statusBar().currentMessage()


def test_the_session_s_own_file_can_be_looked_at_while_it_is_written(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk((Worker("W", "event-poll", interval=0.001),))
    desk.window.parts.workers.start()
    desk.until(lambda: desk.window.parts.area.store.committed > 20)
    desk.window.parts.sessions.open(desk.services.recorder.status().path)
    (window,) = desk.window.parts.sessions.windows
    assert "running… 1" in texts(window)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()


def test_all_logs_point_out_the_same_and_it_is_kept(desk: Desk, recorded: Path) -> None:
    main = desk.window.parts.log
    main.set_rules((Rule("seven"),))
    desk.window.parts.sessions.open(recorded)
    (window,) = desk.window.parts.sessions.windows
    assert window.area.panel.rules == (Rule("seven"),)
    window.area.panel.set_rules((Rule("eight"), Rule("nine", "red")))
    assert main.rules == (Rule("eight"), Rule("nine", "red"))
    assert desk.window.parts.settings_saver.settings().rules == main.rules
    main.set_rules(())
    assert window.area.panel.rules == ()


def test_closing_the_main_window_closes_it_also_while_it_searches_and_saves(
    make_desk: Callable[..., Desk], recorded: Path, tmp_path: Path
) -> None:
    desk = make_desk()
    desk.window.parts.sessions.open(recorded)
    (window,) = desk.window.parts.sessions.windows
    window.area.open_find()
    window.area.search.regex.setChecked(True)
    window.area.search.include.setText("(x+x+)+y")
    window.area.search.settle()
    child = window.area.finder.search.child
    window.area.saver.start("all", tmp_path / "saved.csv", "csv")
    window.area.search.include.setText("typed just now")
    desk.window.close()
    desk.until(lambda: not desk.window.isVisible())
    desk.window.shutdown()
    assert child.poll() is not None
    assert window.area.finder.search is None
    assert not window.area.search.is_waiting()
    assert desk.window.parts.sessions.windows == []
    assert list(tmp_path.glob(".saving-*")) == []
