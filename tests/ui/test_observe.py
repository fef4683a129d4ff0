"""A program that is observed in the window: rows, arrow, code, log, Kill, and what of it is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.core.program import Program
from app.core.states import Outcome
from app.experiments.script import NO_REPLAY
from app.session.observed_words import place_words
from app.ui.chain.words import KILL, KILL_PROGRAM
from app.ui.closing import QUIT_AND_KILL
from app.ui.details.request_page import AS_NOW
from app.ui.session_window import SessionWindow, open_window
from app.ui.workers.logic import NOT_OURS
from app.ui.workers.rows import Column, Row
from tests.programs.observing import needs_observable, observable_python
from tests.ui.conftest import Desk

PYTHON = observable_python() or ""
pytestmark = needs_observable

READER = """\
import time

class Reader:
    running = True

    def loop(self):
        while self.running:
            print("reading")
            time.sleep(0.02)
"""
APP = """\
import threading
import time

from reader import Reader

reader = Reader()
thread = threading.Thread(target=reader.loop, name="reader")
thread.start()
time.sleep(0.3)
reader.running = False
thread.join()
"""
HANGS = """\
import threading
def wait():
    threading.Event().wait()
threading.Thread(target=wait, name="stuck").start()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "reader.py").write_text(READER, "utf-8")
    path = tmp_path / "app.py"
    path.write_text(APP, "utf-8")
    return path


def observe(desk: Desk, file: Path) -> None:
    program = Program(PYTHON, (str(file),), str(file.parent))
    desk.window.parts.workers.observe(program)
    assert desk.question().startswith("This runs “")
    desk.answer("Run")


def names(desk: Desk) -> list[str]:
    return [row.title for row in desk.window.parts.workers.rows.rows if row.is_observed]


def test_a_program_is_seen_from_the_first_row_to_the_report(desk: Desk, file: Path) -> None:
    observe(desk, file)
    parts = desk.window.parts
    assert names(desk) == ["MainThread"]
    desk.until(lambda: names(desk) == ["MainThread", "reader"] and desk.controller.is_idle())
    desk.until_quiet()
    rows = parts.workers.rows
    assert [desk.cell(row, Column.STATE) for row in (2, 3)] == ["Completed", "Stopped"]
    assert desk.cell(3, Column.WORKLOAD) == "app.py"
    main, reader = (row.snapshot for row in rows.rows[2:])
    assert main is not None
    assert reader is not None
    assert reader.outcome is Outcome.INTERRUPTED
    assert reader.chain.latency is not None
    assert reader.observed is not None
    assert place_words(reader.observed.place) == "app.py:8"
    # What the program asked by itself is told apart from what the person did.
    texts = desk.log_texts()
    assert "stopping: asked by MainThread at app.py:10 (running = bool)" in texts
    assert any(text.startswith("You started app.py as an observed program, run by /") for text in texts)
    assert parts.timeline.feed.timeline.stops() == []
    # The workers are as they were, and are what is saved.
    assert [worker.name for worker in rows.workers()] == ["Event", "Flag"]
    assert [worker.name for worker in desk.window.current_settings(desk.services.settings).workers] == ["Event", "Flag"]
    # The arrow, and what a click on it opens.
    timeline = parts.timeline
    (request,) = timeline.feed.timeline.requests()
    assert (request.run, request.by) == (rows.rows[3].run, rows.rows[2].run)
    timeline.refresh()
    link, g = timeline.canvas._links[0], timeline.canvas.places
    QTest.mouseClick(
        timeline.canvas,
        Qt.MouseButton.LeftButton,
        pos=QPointF(g.gutter + link.x, (link.y + link.tip_y) // 2).toPoint(),
    )
    page = parts.details.requests
    desk.until(page.isVisible)
    assert page.asked_title.text() == "Asked: app.py, line 10"
    assert page.noticed_title.text() == "Noticed: reader.py, line 7"
    assert [lit_lines(view) for view in (page.asked, page.noticed)] == [
        ["reader.running = False"],
        ["        while self.running:"],
    ]
    # So does Return on the log's row about it.
    parts.details.show_page("Record")
    line = next(n for n, text in enumerate(texts, parts.log.store.first) if text.startswith("stopping: asked"))
    desk.window.links.on_line_opened(line)
    assert page.isVisible()
    parts.details.show_page("Stop")
    assert parts.details.stop.sentence.text().startswith("Its program asked it to stop, and it noticed ")
    assert "Asked by MainThread at app.py:10 (running = bool)" in parts.details.stop.why.text()
    parts.details.show_page("Last run")
    assert "Started by MainThread at app.py:8" in parts.details.run.toPlainText()
    parts.details.show_page("Worker")
    assert not parts.details.form.isVisible()
    parts.workers.table.make_current(0)
    assert parts.details.form.isVisible()
    # A row of a program that is over can be taken away; that is nothing to be undone.
    parts.workers.table.select([3])
    assert parts.actions.remove.isEnabled()
    parts.actions.remove.trigger()
    assert names(desk) == ["MainThread"]
    assert not parts.actions.undo.isEnabled()


def lit_lines(view: object) -> list[str]:
    return [selection.cursor.block().text() for selection in view.extraSelections()]  # type: ignore[attr-defined]


def test_it_has_no_stop_that_pretends_and_kill_ends_it(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "hangs.py"
    file.write_text(HANGS, "utf-8")
    observe(desk, file)
    parts = desk.window.parts
    desk.until(lambda: names(desk) == ["MainThread", "stuck"])
    parts.workers.table.select([3])
    actions = parts.actions
    assert [action.isEnabled() for action in (actions.start, actions.stop, actions.let_go)] == [False] * 3
    assert actions.stop.toolTip() == NOT_OURS
    QTest.keyClick(parts.workers.table, Qt.Key.Key_Space)
    assert parts.workers.problem.text() == NOT_OURS
    desk.until(lambda: parts.workers.rows.rows[3].snapshot.observed.verdict is not None)
    assert "was never asked to stop, as far as was seen" in " ".join(desk.log_texts())
    parts.workers.table.select([0])
    assert actions.stop.toolTip() != NOT_OURS
    assert actions.kill.toolTip().startswith(KILL)
    parts.workers.table.select([3])
    assert actions.kill.isEnabled()
    assert actions.kill.toolTip().startswith(KILL_PROGRAM)
    actions.kill.trigger()
    assert parts.workers.problem.text() == ""
    desk.until_quiet()
    assert [row.snapshot.outcome for row in parts.workers.rows.rows[2:]] == [Outcome.KILLED, Outcome.KILLED]
    assert "You killed stuck" in desk.log_texts()
    # The next program's rows take the place of those that are over; what is selected is another thread in no case.
    parts.workers.table.select([1, 3])
    parts.workers.observe(Program(PYTHON, (str(file),), str(tmp_path)))
    desk.until(lambda: len(names(desk)) == 2)
    assert parts.workers.table.selected() == [1]
    parts.workers.table.select([2])
    actions.kill.trigger()
    desk.until_quiet()


def test_nothing_is_run_without_consent(desk: Desk, file: Path) -> None:
    desk.window.parts.workers.observe(Program(PYTHON, (str(file),), str(file.parent)))
    desk.answer("Cancel")
    assert "runs code of your own and needs your confirmation" in desk.window.parts.workers.problem.text()
    assert names(desk) == []


def test_a_program_that_fails_and_one_that_cannot_be_started_say_so(
    make_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = make_desk()
    file = tmp_path / "fails.py"
    file.write_text("raise ValueError('no')", "utf-8")
    observe(desk, file)
    desk.until_quiet()
    assert desk.cell(2, Column.STATE).startswith("Failed: ")
    assert "ValueError: no" in " ".join(desk.log_texts())
    failed = desk.window.parts.workers.rows.rows[2].snapshot.failures[0].summary
    assert desk.window.statusBar().currentMessage() == f"fails.py: {failed}"
    desk.window.parts.workers.observe(Program(str(file), (str(file),), str(tmp_path)), True)
    desk.until_quiet()
    assert desk.cell(2, Column.STATE).startswith("Failed: ")
    assert desk.window.statusBar().currentMessage().endswith(" is not a Python that can be run.")


def test_its_report_is_saved_from_the_window_and_a_test_of_it_is_refused(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    observe(desk, file)
    desk.until(lambda: len(names(desk)) == 2 and desk.controller.is_idle())
    desk.until_quiet()
    session = desk.window.parts.session
    actions = {action.text(): action for action in desk.window.parts.actions.session_menu.actions()}

    def save(entry: str, path: Path) -> str:
        actions[entry].trigger()
        dialog = desk.window.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(path))
        dialog.close()
        desk.until(lambda: not session.saver().task.is_running())
        return path.read_text("utf-8") if path.exists() else ""

    asked = ("by MainThread at app.py:8", "app.py:10", "running = bool", "reader.py:7")
    for name in ("out.html", "out.md"):
        report = save("Save &report…", tmp_path / name)
        assert [words for words in asked if words not in report] == []
    assert "noticed at reader.py:7 after " in save("Save &report…", tmp_path / "out.xml")
    for name in ("out.csv", "out.json"):
        assert "reader" in save("Save &report…", tmp_path / name)
    assert save("Save as &test…", tmp_path / "test_out.py") == ""
    assert NO_REPLAY in desk.window.statusBar().currentMessage()


def test_what_is_not_observed_is_said(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "forks.py"
    file.write_text("import os\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\n", "utf-8")
    observe(desk, file)
    desk.until_quiet()
    (note,) = desk.window.parts.workers.rows.rows[2].snapshot.observed.notes
    assert f"observer: {note}" in desk.log_texts()
    assert desk.window.statusBar().currentMessage() == f"forks.py: {note}"


def test_closing_names_the_threads_says_why_they_go_on_and_kills_them(
    make_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = make_desk(close_deadline=0.1)
    rows = desk.window.parts.workers.rows
    for name in ("one.py", "two.py"):
        file = tmp_path / name
        file.write_text(HANGS, "utf-8")
        observe(desk, file)

    def stuck() -> list[Row]:
        return [row for row in rows.rows if row.worker.name == "stuck" and row.snapshot.observed.verdict is not None]

    desk.until(lambda: len(stuck()) == 2)
    # Each thread is its own program's.
    assert sorted(row.program for row in stuck()) == ["one.py", "two.py"]
    left: list[bool] = []
    closing = desk.window.parts.closing
    closing.finished.connect(left.append)
    desk.window.close()
    desk.until(closing.dialog.isVisible)
    assert closing.dialog.sentence.text().startswith(
        "4 threads are still running: MainThread #1, MainThread #2, stuck #"
    )
    assert closing.dialog.hint.text() == QUIT_AND_KILL
    assert "never-asked: stuck was never asked to stop" in closing.dialog.stacks.toPlainText()
    QTest.mouseClick(closing.dialog.kill_button, Qt.MouseButton.LeftButton)
    desk.until(lambda: left == [False])


def test_the_session_shows_the_arrow_and_its_code(desk: Desk, file: Path) -> None:
    observe(desk, file)
    desk.until(lambda: len(names(desk)) == 2 and desk.controller.is_idle())
    desk.until_quiet()
    parts, recorder = desk.window.parts, desk.services.recorder
    assert recorder is not None
    path = recorder.status().path
    assert path is not None
    opened = open_window(path, parts.theme, parts.marks, desk.services.catalogue, desk.window)
    assert isinstance(opened, SessionWindow)
    opened.show()
    timeline = opened.timeline
    desk.until(lambda: timeline.feed.timeline is not None and timeline.feed.timeline.requests())
    (request,) = timeline.feed.timeline.requests()
    timeline.canvas.request_chosen.emit(request)
    page = opened.pane._requests
    assert opened.pane.currentWidget() is opened.pane._code
    assert AS_NOW in page.sentence.text()
    assert [lit_lines(view) for view in (page.asked, page.noticed)] == [
        ["reader.running = False"],
        ["        while self.running:"],
    ]
    file.unlink()
    timeline.canvas.request_chosen.emit(request)  # as it was shown before
    assert lit_lines(page.asked) == ["reader.running = False"]
    opened.close()
