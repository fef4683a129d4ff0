"""From the main window to the browser, and on to a session's window with its notes, steps and runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.ui.browser import tasks
from app.ui.browser.logic import Place
from app.ui.browser.saver import SavedBar
from tests.session.conftest import ORIGIN
from tests.session.past import MS, Past, past_session
from tests.ui.browser.conftest import select_rows
from tests.ui.conftest import Desk


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """A session of 1,000 lines with a stop in the middle and a note about it."""
    made = Past(tmp_path / "old", charter="Stops")
    made.lines(500)
    made.t = 500 * MS
    made.stopped(20)
    made.journal.note("there", typed=ORIGIN + 500 * MS)
    made.journal.note("line four", link={"line": 4})
    made.journal.evidence("window.png", "image/png", picture(), "F12")
    made.journal.evidence("chains.json", "application/json", b'[{"worker": "W", "latency_ns": 20000000}]', "fail", 2)
    made.journal.evidence("liar.png", "image/png", b"\x89PNG\r\n\x1a\n", "F12")
    made.lines(500, run=2)
    return made.end()


def picture() -> bytes:
    """Return a picture of 300 by 200 pixels as PNG."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap = QPixmap(300, 200)
    pixmap.fill(Qt.GlobalColor.red)
    pixmap.save(buffer, "PNG")
    buffer.close()
    return bytes(data.data())


def browser_of(desk: Desk):
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    browser = desk.window.parts.sessions.browser
    assert browser is not None
    desk.until(lambda: not browser.reading.is_running())
    return browser


def test_the_browser_opens_once_and_looks_again_each_time(desk: Desk) -> None:
    browser = browser_of(desk)
    assert browser.isVisible()
    past_session(browser.folder)
    assert browser_of(desk) is browser
    assert len(browser.table.summaries()) == 1
    select_rows(browser.table, 0)
    browser.open_action.trigger()
    (window,) = desk.window.parts.sessions.windows
    assert window.path == browser.table.summaries()[0].path


def test_the_session_of_now_is_never_deleted(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.window.parts.area.store.committed > 5)
    browser = browser_of(desk)
    assert browser.table.summaries()[0].problem == ""
    select_rows(browser.table, 0)
    assert browser.table.model().index(0, 7).data() == "Recording now"
    browser.delete_action.trigger()
    assert "is being recorded now" in browser.statusBar().currentMessage()
    assert browser.findChildren(QMessageBox) == []
    desk.window.parts.workers.stop_all()
    desk.until_quiet()


def test_one_that_is_open_in_a_window_is_not_deleted(desk: Desk) -> None:
    path = past_session(desk.services.sessions)
    browser = browser_of(desk)
    desk.window.parts.sessions.open(path)
    select_rows(browser.table, 0)
    browser.delete_action.trigger()
    assert "open in another window" in browser.statusBar().currentMessage()
    assert path.exists()


def opened(desk: Desk, path: Path, place: Place | None = None):
    desk.window.parts.sessions.open(path, place)
    (window,) = desk.window.parts.sessions.windows
    desk.until(lambda: not window.pane.reading.is_running())
    return window


def test_a_session_s_window_has_its_notes_and_its_runs(desk: Desk, past: Path) -> None:
    pane = opened(desk, past).pane
    assert [row[2] for row in pane.notes.texts()] == ["there", "line four  (about line 4)"]
    assert pane.runs.texts()[0] == [
        "W #1", "interrupted", "20.0 ms", "0 to 50.0 ms", "Event, polled", "Sleep", "500",
        "requested → noticed 20.0 ms, noticed → cleaned up 9.98 s, cleaned up → ended 0.00 µs",
    ]  # fmt: skip
    assert pane.runs.texts()[1][1:4] == ["did not end", "–", "–"]
    assert [pane.tabText(place) for place in range(3)] == ["&Notes (2)", "Ste&ps (0)", "R&uns (2)"]
    assert pane.tabText(3) == "E&vidence (3)"


def test_the_evidence_of_a_past_session_is_seen_as_a_picture_and_as_text(desk: Desk, past: Path) -> None:
    page = opened(desk, past).pane.evidence
    assert [row[2:4] for row in page.table.texts()] == [
        ["window.png", "screenshot"],
        ["chains.json", "for failed step 2"],
        ["liar.png", "screenshot"],
    ]
    select_rows(page.table, 0)
    assert page.shown.currentWidget() is page.picture
    assert not page.picture.pixmap().isNull()
    select_rows(page.table, 1)
    assert page.text.toPlainText() == "Worker: W\nLatency: 20.0 ms"
    select_rows(page.table, 2)  # only its first bytes are a picture's
    assert page.shown.currentWidget() is page.text


def test_the_stop_of_the_current_run_is_shown_as_in_the_main_window(desk: Desk, past: Path) -> None:
    window = opened(desk, past)
    pane = window.pane
    assert pane.stop.sentence.text() == "Choose a run to see its stop."
    select_rows(pane.runs, 0)
    assert pane.stop.title.text() == "W #1: Stopped"
    assert "The thread took 10.0 s from the request to its end" in pane.stop.sentence.text()
    assert pane.stop.band.text() == "Predicted to notice within 50.0 ms of the request, and did, after 20.0 ms."
    select_rows(pane.runs, 1)
    assert pane.stop.sentence.text() == "W #2: there is no record of its end."


def test_choosing_a_note_or_a_run_brings_the_log_there(desk: Desk, past: Path) -> None:
    window = opened(desk, past)
    chosen: list[int] = []
    window.area.panel.chosen.connect(chosen.append)
    for table, row in ((window.pane.notes, 0), (window.pane.notes, 1), (window.pane.runs, 1)):
        window.pane.setCurrentIndex(2 if table is window.pane.runs else 0)
        table.setFocus()
        select_rows(table, row)
        QTest.keyClick(table, Qt.Key.Key_Return)
    stop = next(
        line for line, record in enumerate(window.area.store.records(0, 600)) if record.instant >= ORIGIN + 500 * MS
    )
    assert chosen[:2] == [stop, 4]
    assert window.area.store.record(chosen[2]).text == "running… 1"


def test_it_opens_at_a_place_and_goes_to_another_if_it_is_open(desk: Desk, past: Path) -> None:
    window = opened(desk, past, Place(0, 100))
    assert window.area.panel.line == 100
    desk.window.parts.sessions.open(past, Place(0, 10**12))
    assert window.area.panel.line == 100
    assert "no line" in window.statusBar().currentMessage()
    desk.window.parts.sessions.open(past, Place(2**62))
    assert window.area.panel.line == window.area.store.end - 1


def test_what_goes_wrong_while_the_runs_are_read_is_said_in_their_place(
    desk: Desk, past: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> object:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(tasks, "read_report", refuse)
    assert opened(desk, past).pane.stop.sentence.text() == f"{past}: Input/output error."


def test_closing_the_main_window_closes_the_browser_also_while_it_reads(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, past: Path
) -> None:
    browser = browser_of(desk)

    def until_cancelled(_path: Path, cancelled: Callable[[], bool]) -> object:
        while not cancelled():
            pass
        raise OSError(5, "Input/output error")

    past_session(browser.folder)
    monkeypatch.setattr(tasks, "read_summary", until_cancelled)
    browser.reload()
    desk.window.shutdown()
    assert not browser.isVisible()
    assert not browser.reading.is_running()


def test_the_report_of_a_past_session_is_saved_from_its_menu_and_opened(
    desk: Desk, past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls: list[str] = []

    def open_url(url: QUrl) -> bool:
        urls.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    window = opened(desk, past)
    entries = {action.text(): action for menu in window.menuBar().actions() for action in menu.menu().actions()}
    assert "Save as &test…" in entries
    entries["Save &report…"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "out.html"))
    dialog.close()
    desk.until(lambda: any(bar.isVisible() for bar in window.findChildren(SavedBar)))
    (bar,) = window.findChildren(SavedBar)
    assert bar.label.text() == f"Saved out.html in {tmp_path}."
    bar.accept_button.click()
    assert urls == [str(tmp_path / "out.html")]
    assert (tmp_path / "out.html").stat().st_size > 0


def test_a_file_that_no_program_opens_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = SavedBar(tasks.Saved(Path("there.html"), "Saved it."), parent)
    bar.accept_button.click()
    assert bar.label.text() == "No program could open there.html."
    assert not bar.isHidden()
