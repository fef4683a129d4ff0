"""File ▸ Open threads…: the dialog, a file that is dropped, and the workers that come of it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from app.core.own_code.description import OWN_CODE, OwnCode, read_stop
from app.core.worker import Worker, code_worker
from app.documents.settings import load_settings
from app.ui.own_code_words import code_facts
from app.ui.threads.dialog import LITERAL, ThreadsDialog
from app.ui.threads.program_dialog import ProgramDialog
from app.ui.workers.consent import find_risks
from app.ui.workers.rows import OWN_CODE_DECIDES, Column
from tests.ui.conftest import Desk

CODE = """
import threading
def poll(stop: threading.Event, n, m=5):
    "Poll <b>it</b>."
def work(a):
    while running: pass
running = True
def gen(): yield
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE, "utf-8")
    return path


def opened(desk: Desk, file: Path) -> ThreadsDialog:
    desk.window.parts.threads.open(file)
    (dialog,) = desk.window.findChildren(ThreadsDialog)
    assert dialog.isVisible()
    return dialog


def test_what_is_chosen_becomes_a_worker_and_is_agreed_to(desk: Desk, file: Path) -> None:
    dialog = opened(desk, file)
    assert [dialog.table.model().index(row, 0).data() for row in range(3)] == ["poll", "work", "gen"]
    assert not dialog.add.isEnabled()
    assert dialog.problem.text() == "poll: arguments: n is missing; give it a value."
    assert not dialog.fields["stop"].isEnabled()
    dialog.fields["n"].setFocus()
    QTest.keyClicks(dialog.fields["n"], "7")
    assert dialog.problem.text() == ""
    assert str(file) in dialog.consent.text()
    dialog.agree.setChecked(True)
    dialog.add.click()
    parts = desk.window.parts
    worker = parts.workers.rows.workers()[-1]
    assert worker == code_worker("poll", OwnCode(str(file), "poll", read_stop("argument stop"), (("n", "7"),)))
    assert parts.workers.table.selected() == [2]
    assert [desk.cell(2, column) for column in range(4)] == ["poll", "Event stop", "mine.py:poll", ""]
    assert find_risks([worker], desk.services.catalogue, parts.workers.agreed) == ()
    parts.settings_saver.save()
    kept, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert problem == ""
    assert kept.workers[-1] == worker
    assert len(kept.agreed_code) == 1


def test_without_consent_it_is_asked_for_at_the_start(desk: Desk, file: Path) -> None:
    desk.window.parts.workers.add_workers([code_worker("W", OwnCode(str(file), "poll"))])
    desk.window.parts.workers.start()
    question = desk.question()
    assert question.startswith("“W” runs “mine.py”.")
    assert str(file) in question
    desk.answer("Cancel")
    assert "“W” runs code of your own and needs your confirmation." in desk.window.parts.workers.problem.text()
    assert desk.rows == ["Ready", "Ready", "Ready"]


def test_another_way_and_another_row(desk: Desk, file: Path) -> None:
    dialog = opened(desk, file)
    dialog.stop.setEditText("none")
    assert dialog.stop_words.text() == "It is not asked: the run can only be killed."
    for name, hint in (("stop", LITERAL), ("n", LITERAL), ("m", "5")):
        assert dialog.fields[name].placeholderText() == hint
    assert dialog.fields["stop"].isEnabled()
    assert dialog.problem.text() == "poll: arguments: stop and n are missing; give each a value."
    model = dialog.table.model()
    model.setData(model.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert not dialog.add.isEnabled()
    model.setData(model.index(1, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    dialog.table.setCurrentIndex(model.index(1, 0))
    assert list(dialog.fields) == ["a"]
    QTest.keyClicks(dialog.fields["a"], "'x'")
    assert dialog.add.isEnabled()
    dialog.table.setCurrentIndex(model.index(0, 0))
    assert dialog.stop.currentText() == "none"  # what was typed is kept
    dialog.where.environment.setPlainText("A")
    assert dialog.problem.text().startswith("environment: 'A' is not of the form NAME=VALUE")
    dialog.where.environment.setPlainText("A=b")
    dialog.where.folder.setText(str(file.parent.parent))
    dialog.add.click()
    worker = desk.window.parts.workers.rows.workers()[-1]
    assert worker.code == OwnCode(
        str(file),
        "work",
        read_stop("flag running = False"),
        (("a", "'x'"),),
        folder=str(file.parent.parent),
        environment=(("A", "b"),),
    )
    assert find_risks([worker], desk.services.catalogue, desk.window.parts.workers.agreed)


def test_an_environment_beside_the_file_is_offered_and_used_only_if_it_is_named(desk: Desk, file: Path) -> None:
    python = file.parent / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (file.parent / ".venv" / "pyvenv.cfg").touch()
    dialog = opened(desk, file)
    dialog.fields["n"].setText("1")
    dialog.fields["n"].textEdited.emit("1")
    assert dialog.where.interpreter.currentText() == ""
    assert sys.executable in dialog.consent.text()
    assert dialog.where.interpreter.itemText(1) == str(file.parent / ".venv")
    dialog.where.interpreter.setCurrentIndex(1)
    assert str(python) in dialog.consent.text()
    dialog.where.interpreter.setEditText("/there/is/none")
    assert "interpreter: '/there/is/none' is not there" in dialog.problem.text()
    dialog.where.interpreter.setCurrentIndex(1)
    dialog.add.click()
    assert desk.window.parts.workers.rows.workers()[-1].interpreter == str(file.parent / ".venv")


def test_a_file_that_cannot_be_read_is_said_under_the_table(desk: Desk, file: Path) -> None:
    file.write_text("x = 1\ndef f(:", "utf-8")
    desk.window.parts.threads.open(file)
    assert desk.window.findChildren(ThreadsDialog) == []
    assert f"{file}, line 2: it is not Python: " in desk.window.parts.workers.problem.text()


def test_a_file_without_anything_to_run(desk: Desk, file: Path) -> None:
    file.write_text("x = 1", "utf-8")
    dialog = opened(desk, file)
    assert not dialog.add.isEnabled()
    assert not dialog.stop.isEnabled()
    dialog.reject()


def drop(desk: Desk, *paths: Path) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    event.ignore()
    desk.window.dropEvent(event)
    return event.isAccepted()


def test_a_python_file_can_be_dropped(desk: Desk, file: Path) -> None:
    assert not drop(desk, file.with_suffix(".txt"))
    assert not drop(desk, file, file)
    assert desk.window.findChildren(ThreadsDialog) == []
    assert drop(desk, file)
    assert "mine.py" in desk.question()
    desk.answer("Open its threads")
    (dialog,) = desk.window.findChildren(ThreadsDialog)
    dialog.reject()
    assert drop(desk, file)
    desk.answer("Observe it as a program")
    (program,) = desk.window.findChildren(ProgramDialog)
    program.reject()
    assert drop(desk, file)
    desk.answer("Cancel")


def test_it_can_be_changed_later_and_that_be_undone(make_desk: Callable[..., Desk], file: Path) -> None:
    code = OwnCode(str(file), "poll", read_stop("argument stop"), (("n", "7"),), environment=(("A", "b"),))
    desk = make_desk((code_worker("W", code),))
    parts = desk.window.parts
    parts.actions.details.trigger()
    parts.details.show_page("Worker")
    parts.workers.table.make_current(0)
    parts.details.form.edit_code.click()
    (dialog,) = desk.window.findChildren(ThreadsDialog)
    assert dialog.fields["n"].text() == "7"
    assert dialog.where.environment.toPlainText() == "A=b"
    model = dialog.table.model()
    model.setData(model.index(1, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert not dialog.add.isEnabled()
    model.setData(model.index(1, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    dialog.fields["n"].selectAll()
    QTest.keyClicks(dialog.fields["n"], "8")
    dialog.add.click()
    assert parts.workers.rows.workers() == (code_worker("W", replace(code, arguments=(("n", "8"),))),)
    parts.actions.undo.trigger()
    assert parts.workers.rows.workers() == (code_worker("W", code),)


def test_fields_that_say_nothing_about_it_cannot_be_edited(make_desk: Callable[..., Desk], file: Path) -> None:
    code = OwnCode(str(file), "poll", read_stop("argument stop"), (("n", "7"),))
    desk = make_desk((code_worker("W", code), Worker("Flag", "flag")))
    parts = desk.window.parts
    table, form = parts.workers.table, parts.details.form
    index = table.model().index(0, Column.INTERVAL)
    table.edit(index)
    assert parts.workers.problem.text() == OWN_CODE_DECIDES
    parts.workers.editing.edit(0, "interval", "3")
    assert parts.workers.rows.workers()[0] == code_worker("W", code)
    parts.workers.editing.edit(0, "stop_after", "3")
    assert parts.workers.rows.workers()[0].stop_after == 3.0
    parts.actions.details.trigger()
    parts.details.show_page("Worker")
    table.make_current(0)
    assert not form.field("interval").isVisible()
    assert not form.field("strategy").isVisible()
    assert form.code_words.text() == code_facts(code)
    parts.details.show_page("Code")
    assert parts.details.code.toPlainText() == CODE
    table.make_current(1)
    parts.details.show_page("Worker")
    assert form.field("interval").isVisible()
    assert not form.code_words.isVisible()
    assert desk.cell(0, 1) == "Event stop"
    assert parts.workers.rows.catalogue.strategy(OWN_CODE).about.title == "Your own code"
