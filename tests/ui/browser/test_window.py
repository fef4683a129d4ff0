"""The session browser: what it shows, opens, compares, exports and deletes; by keyboard alone."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester

from app.core.errors import BadInput
from app.session.session_summary import SessionSummary, read_summary
from app.ui.browser import tasks
from app.ui.browser.comparison_window import ComparisonWindow
from app.ui.browser.logic import Place
from app.ui.browser.window import NO_MATCHES, NO_SESSIONS
from tests.fakes import PATIENCE
from tests.session.conftest import ORIGIN
from tests.session.past import MS, Past, past_session
from tests.ui.browser.conftest import Browsing, select_rows

CTRL = Qt.KeyboardModifier.ControlModifier
HOSTILE = "<img src='file:///etc/passwd'>\0\u202egnp.exe\ud800\n<b>&Alt</b>" + "x" * 10_000


def test_sessions_stand_newest_first_with_what_is_known_of_them(
    browse: Callable[[], Browsing], folder: Path, qtmodeltester: ModelTester
) -> None:
    for day in range(3):
        past_session(folder, day, charter=f"charter {day}")
    browser = browse()
    assert browser.cells(1) == ["charter 2", "charter 1", "charter 0"]
    assert browser.cells(3) == ["1 passed, 1 failed, 1 not judged"] * 3
    assert browser.window.count.text() == "3 sessions"
    qtmodeltester.check(browser.table.model())
    qtmodeltester.check(browser.window.pane.notes.model())


def test_an_empty_folder_says_so(browse: Callable[[], Browsing]) -> None:
    browser = browse()
    assert browser.said == NO_SESSIONS.format(browser.window.folder)
    assert not browser.window.delete_action.isEnabled()


def test_it_is_sorted_by_numbers_where_they_are_numbers(browse: Callable[[], Browsing], folder: Path) -> None:
    for day, lines in enumerate((9, 1_000, 20)):
        past = Past(folder, day)
        past.lines(lines)
        past.end()
    browser = browse()
    browser.table.sortByColumn(4, Qt.SortOrder.AscendingOrder)
    assert browser.cells(4) == ["9", "20", "1,000"]
    browser.select(1)
    assert [summary.records for summary in browser.table.selected()] == [20]


def test_what_cannot_be_read_is_a_sentence_in_its_row(browse: Callable[[], Browsing], folder: Path) -> None:
    newer, foreign, _ = (past_session(folder, day) for day in range(3))
    with sqlite3.connect(newer) as connection:
        connection.executescript("PRAGMA user_version = 99; DROP TABLE batch")
    connection.close()
    foreign.write_text("hello")
    browser = browse()
    assert browser.cells(0) == ["2026-01-04 03:04:05", "20260103-030405", "20260102-030405"]
    browser.select(1)
    assert browser.window.problem.text().startswith(str(foreign))
    browser.select(0)
    assert browser.window.problem.isHidden()
    remarks = browser.cells(7)
    assert sum("newer than this program" in text for text in remarks) == 1
    assert sum("cannot be read as a session" in text for text in remarks) == 1
    assert "2 damaged" in browser.window.count.text()


def test_the_window_lives_while_a_session_is_read(
    browse: Callable[[], Browsing], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_session(folder, 0)
    past_session(folder, 1)
    browser = browse()
    read, may_go_on = threading.Event(), threading.Event()

    def slow(path: Path, cancelled: Callable[[], bool]) -> object:
        if path.stem.startswith("20260102"):
            read.set()
            may_go_on.wait(10)
        return read_summary(path, cancelled)

    monkeypatch.setattr(tasks, "read_summary", slow)
    browser.window.reload()
    browser.until(read.is_set)
    browser.until(lambda: len(browser.cells(0)) == 1)
    assert browser.window.count.text().endswith("looking for more…")
    assert browser.table.current() is not None
    may_go_on.set()
    browser.until(lambda: len(browser.cells(0)) == 2)


def test_many_come_in_slices(browse: Callable[[], Browsing], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past_session(folder)
    browser = browse()
    summary = read_summary(next(folder.iterdir()))
    paths = [folder / f"2026{number:04}-000000.tcsession" for number in range(1_050)]
    monkeypatch.setattr(tasks, "session_paths", lambda _folder: paths)
    monkeypatch.setattr(tasks, "read_summary", lambda path, _cancelled: replace(summary, path=path))
    slices: list[int] = []
    browser.window.reading.progress.connect(lambda summaries: slices.append(len(summaries)))
    browser.look()
    assert len(browser.cells(0)) == sum(slices) == 1_050
    assert max(slices) <= 100


def test_closing_it_ends_what_is_read(
    browse: Callable[[], Browsing], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(3):
        past_session(folder, day)
    browser = browse()
    read: list[Path] = []

    def until_cancelled(path: Path, cancelled: Callable[[], bool]) -> object:
        read.append(path)
        while not cancelled():
            pass
        return read_summary(path, cancelled)

    monkeypatch.setattr(tasks, "read_summary", until_cancelled)
    browser.window.reload()
    browser.until(lambda: read)
    browser.window.close()
    assert len(read) == 1
    assert not browser.window.reading.is_running()


def test_enter_opens_a_session(browse: Callable[[], Browsing], folder: Path) -> None:
    path = past_session(folder)
    browser = browse()
    browser.select(0)
    browser.key(Qt.Key.Key_Return)
    assert browser.asked == [(path, None)]
    browser.key(Qt.Key.Key_O, CTRL)
    assert len(browser.asked) == 2


def test_the_pane_has_notes_and_steps_and_choosing_one_opens_the_session_there(
    browse: Callable[[], Browsing], folder: Path
) -> None:
    past = Past(folder)
    past.t = 7 * MS
    past.journal.note("slow", typed=ORIGIN + 3 * MS)
    past.journal.note("this line", typed=ORIGIN + 4 * MS, link={"line": 1})
    past.open_plan()
    past.judge(2, "fail", actual="never ended")
    path = past.end()
    browser = browse()
    pane = browser.window.pane
    assert pane.notes.texts()[0] == ["00:00.003", "note", "slow"]
    assert pane.steps.texts()[1] == ["Stops", "2", "Stop it", "✗ Failed", "–", "never ended"]
    assert pane.tabText(0) == "&Notes (2)"
    pane.notes.setFocus()
    select_rows(pane.notes, 0)
    browser.key(Qt.Key.Key_Return)
    select_rows(pane.notes, 1)
    browser.key(Qt.Key.Key_Return)
    assert browser.asked == [(path, Place(3 * MS, None)), (path, Place(4 * MS, 1))]
    pane.setCurrentIndex(1)
    pane.steps.setFocus()
    select_rows(pane.steps, 0)
    browser.key(Qt.Key.Key_Return)
    assert len(browser.asked) == 2  # that step was not judged: there is no place to go to


def test_notes_are_searched_across_sessions_by_keyboard(browse: Callable[[], Browsing], folder: Path) -> None:
    first = past_session(folder, 0, notes=("nothing", "The Socket leaks"))
    past_session(folder, 1, notes=("all well",))
    browser = browse()
    browser.table.setFocus()
    browser.key(Qt.Key.Key_F, CTRL)
    QTest.keyClicks(browser.window.search, "socket")
    browser.until(browser.window.found.texts)
    assert browser.window.found.texts()[0][0].startswith(first.stem)
    assert browser.window.found.texts()[0][3] == "The Socket leaks"
    browser.key(Qt.Key.Key_Return)
    assert browser.window.found.hasFocus()
    select_rows(browser.window.found, 0)
    browser.key(Qt.Key.Key_Return)
    ((path, place),) = browser.asked
    assert path == first
    assert place is not None
    assert place.t_ns > 0
    browser.window.search.clear()
    assert not browser.window.pane.isTabVisible(2)


def test_a_search_without_a_hit_says_so(browse: Callable[[], Browsing], folder: Path) -> None:
    past_session(folder)
    browser = browse()
    browser.window.search.setText("unheard of")
    browser.until(lambda: browser.said == NO_MATCHES)


def test_hostile_notes_and_charters_are_shown_as_they_are(browse: Callable[[], Browsing], folder: Path) -> None:
    past_session(folder, charter=HOSTILE, notes=(HOSTILE,))
    browser = browse()
    browser.window.search.setText("gnp")
    browser.until(browser.window.found.texts)
    shown = browser.cells(1) + browser.window.pane.notes.texts()[0] + browser.window.found.texts()[0]
    assert all(text.isprintable() for text in shown)
    assert browser.cells(1)[0].startswith("<img src='file:///etc/passwd'>␀\\u202egnp.exe")
    browser.window.session_actions.ask_delete(browser.table.summaries())
    (box,) = browser.window.findChildren(QMessageBox)
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.close()


# -- comparing --------------------------------------------------------------------------------------------------------


def test_exactly_two_can_be_compared(browse: Callable[[], Browsing], folder: Path) -> None:
    for day in range(3):
        past_session(folder, day)
    browser = browse()
    compare = browser.window.compare_action
    for rows, possible in (((0,), False), ((0, 2), True), ((0, 1, 2), False)):
        browser.select(*rows)
        assert compare.isEnabled() is possible
    browser.select(0, 2)
    browser.key(Qt.Key.Key_F6)
    browser.until(lambda: browser.window.session_actions.comparisons)
    (window,) = browser.window.session_actions.comparisons
    workers = {row[1]: row[2:] for row in window.workers.texts()}
    assert workers["latency p50"] == ["10.0 ms (1 run)", "12.0 ms (1 run)", "2.00 ms longer (1.2 ×)"]
    assert window.workers.model().headerData(2, Qt.Orientation.Horizontal) == "First: 20260102-030405"
    assert [row[3] for row in window.steps.texts()] == ["Tester: passed", "Tester: failed", "not judged"]
    window.only.setChecked(True)
    assert {row[1] for row in window.workers.texts()} == {"latency p50", "latency p95"}
    assert window.steps.texts() == []
    QTest.keyClick(window, Qt.Key.Key_W, CTRL)
    assert browser.window.session_actions.comparisons == []


def test_a_session_that_is_gone_meanwhile_is_one_sentence(browse: Callable[[], Browsing], folder: Path) -> None:
    paths = [past_session(folder, day) for day in range(2)]
    browser = browse()
    paths[0].unlink()
    browser.select(0, 1)
    browser.window.compare_action.trigger()
    browser.until_done()
    assert browser.said == f"{paths[0]}: there is no such session."
    assert not QApplication.activeModalWidget()
    assert browser.window.findChildren(ComparisonWindow) == []


# -- exporting and reporting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "csv", "jsonl"])
def test_a_session_is_exported_as_the_command_does_it(
    browse: Callable[[], Browsing], folder: Path, tmp_path: Path, form: str
) -> None:
    from app.session.export import export_session
    from app.session.reader import SessionReader

    path = past_session(folder)
    browser = browse()
    browser.window.session_actions.export(path, tmp_path / "out", form)
    browser.until_done()
    assert browser.saved == f"Saved out in {tmp_path}."
    with SessionReader(path, print) as reader:
        assert (tmp_path / "out").read_bytes() == b"".join(export_session(reader, form, None, None))


@pytest.mark.parametrize("form", [form for form, _ in tasks.REPORTS.values()])
def test_every_report_can_be_written(browse: Callable[[], Browsing], folder: Path, tmp_path: Path, form: str) -> None:
    path = past_session(folder)
    browser = browse()
    browser.window.session_actions.write_report(path, tmp_path / "out", form)
    browser.until_done()
    assert browser.saved == f"Saved out in {tmp_path}."
    assert (tmp_path / "out").stat().st_size > 0


def test_a_session_is_never_written_over(browse: Callable[[], Browsing], folder: Path) -> None:
    path = past_session(folder)
    before = path.read_bytes()
    browser = browse()
    for write in (browser.window.session_actions.export, browser.window.session_actions.write_report):
        write(path, path, "csv")
        browser.until_done()
        assert browser.said == f"{path}: it is the session itself; choose another file."
    assert path.read_bytes() == before


def test_what_cannot_be_written_is_one_sentence(browse: Callable[[], Browsing], folder: Path, tmp_path: Path) -> None:
    browser = browse()
    browser.window.session_actions.export(past_session(folder), tmp_path / "none" / "out.txt", "text")
    browser.until_done()
    assert browser.said.startswith(str(tmp_path / "none" / "out.txt"))
    assert browser.said.endswith(".")


def test_one_thing_at_a_time_and_it_can_be_cancelled(
    browse: Callable[[], Browsing], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = past_session(folder)
    browser = browse()
    begun = threading.Event()

    def save(_chunks: object, _path: Path, cancelled: Callable[[], bool], _sources: object) -> bool:
        begun.set()
        while not cancelled():
            pass
        return False

    monkeypatch.setattr(tasks, "save", save)
    actions = browser.window.session_actions
    actions.export(path, tmp_path / "out", "text")
    browser.until(begun.is_set)
    assert actions.task_bar.words.text() == f"Exporting {path.stem}…"
    actions.export(path, tmp_path / "other", "text")
    assert "still going on" in browser.said
    actions.task_bar.cancel.click()
    browser.until_done()
    assert "cancelled" in browser.said
    assert actions.task_bar.isHidden()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("action", "ending", "name"),
    [("export_action", ".jsonl", "JSON lines (*.jsonl)"), ("report_action", ".html", "HTML report (*.html)")],
)
def test_the_dialog_asks_for_file_and_format(
    browse: Callable[[], Browsing], folder: Path, tmp_path: Path, action: str, ending: str, name: str
) -> None:
    past_session(folder)
    browser = browse()
    browser.select(0)
    getattr(browser.window, action).trigger()
    (dialog,) = browser.window.findChildren(QFileDialog)
    assert name in dialog.nameFilters()
    dialog.fileSelected.emit(str(tmp_path / f"out{ending}"))
    dialog.close()
    browser.until_done()
    assert (tmp_path / f"out{ending}").stat().st_size > 0


# -- deleting ---------------------------------------------------------------------------------------------------------


def answer(browser: Browsing, text: str) -> str:
    """Press a button of the question that stands there, and return what it said."""
    (box,) = browser.window.findChildren(QMessageBox)
    said = box.informativeText()
    next(button for button in box.findChildren(QPushButton) if button.text() == text).click()
    browser.until(lambda: not browser.window.findChildren(QMessageBox))
    browser.window.activateWindow()  # without a window manager the focus does not come back by itself
    browser.until(browser.window.isActiveWindow)
    browser.until_done()
    return said


def test_deleting_asks_and_says_what_goes(browse: Callable[[], Browsing], folder: Path) -> None:
    kept, *gone = (past_session(folder, day) for day in range(3))
    browser = browse()
    browser.select(0, 1)
    browser.key(Qt.Key.Key_Delete)
    (box,) = browser.window.findChildren(QMessageBox)
    assert box.text() == "Delete these 2 sessions permanently?"
    assert box.defaultButton().text() == "&Keep"
    said = answer(browser, "&Delete")
    assert all(f"{path.name}: 28 records, 1 note, 2 judged steps and 1 piece of evidence" in said for path in gone)
    assert browser.said == "2 sessions were deleted."
    assert sorted(folder.iterdir()) == [kept]
    assert len(browser.cells(0)) == 1
    assert browser.window.count.text() == "1 session"


def test_nothing_is_deleted_without_a_yes(browse: Callable[[], Browsing], folder: Path) -> None:
    path = past_session(folder)
    browser = browse()
    browser.select(0)
    browser.key(Qt.Key.Key_Delete)
    answer(browser, "&Keep")
    browser.key(Qt.Key.Key_Delete)
    (box,) = browser.window.findChildren(QMessageBox)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    browser.until(lambda: not browser.window.findChildren(QMessageBox))
    assert path.exists()
    assert len(browser.cells(0)) == 1


def test_what_is_recorded_or_open_is_refused(browse: Callable[[], Browsing], folder: Path) -> None:
    paths = [past_session(folder, day) for day in range(2)]
    browser = browse()
    for used, word in ((browser.recorded, "being recorded"), (browser.opened, "open in another window")):
        used.add(paths[0])
        browser.select(0, 1)
        browser.key(Qt.Key.Key_Delete)
        assert browser.window.findChildren(QMessageBox) == []
        assert word in browser.said
        used.clear()
    assert all(path.exists() for path in paths)


def test_one_that_is_opened_while_the_question_stands_there_is_kept(
    browse: Callable[[], Browsing], folder: Path
) -> None:
    path = past_session(folder)
    browser = browse()
    browser.select(0)
    browser.key(Qt.Key.Key_Delete)
    browser.opened.add(path)
    answer(browser, "&Delete")
    assert path.exists()
    assert "open in another window" in browser.said


def test_one_that_cannot_be_deleted_stays_and_is_said(
    browse: Callable[[], Browsing], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = past_session(folder)

    def refuse(refused: Path) -> None:
        raise BadInput(f"{refused}: it cannot be deleted (Read-only file system).")

    monkeypatch.setattr(tasks, "remove_session", refuse)
    browser = browse()
    browser.select(0)
    browser.key(Qt.Key.Key_Delete)
    answer(browser, "&Delete")
    assert browser.said == f"0 sessions were deleted. {path}: it cannot be deleted (Read-only file system)."
    assert len(browser.cells(0)) == 1


def test_del_in_the_search_field_deletes_a_letter_and_no_session(browse: Callable[[], Browsing], folder: Path) -> None:
    past_session(folder)
    browser = browse()
    browser.select(0)
    browser.window.search.setText("ab")
    browser.window.search.setFocus()
    browser.window.search.home(False)
    browser.key(Qt.Key.Key_Delete)
    assert browser.window.search.text() == "b"
    assert browser.window.findChildren(QMessageBox) == []


def test_a_new_text_replaces_a_search_that_goes_on(
    browse: Callable[[], Browsing], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_session(folder)
    browser = browse()
    begun, go = threading.Event(), threading.Event()
    real = tasks.find_notes

    def slow(summaries: Sequence[SessionSummary], text: str) -> Iterable[tasks.Hit]:
        if text == "e":
            begun.set()
            assert go.wait(PATIENCE)
        return real(summaries, text)

    monkeypatch.setattr(tasks, "find_notes", slow)
    found: list[list[tasks.Hit]] = []
    browser.window.searching.found.connect(found.append)
    browser.window.search.setText("e")
    browser.until(begun.is_set)
    browser.window.search.setText("in no note")
    browser.until(lambda: found)
    go.set()
    browser.until(lambda: all(thread.name != "The search" for thread in threading.enumerate()))
    QApplication.processEvents()
    assert found == [[]]
