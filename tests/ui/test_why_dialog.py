"""Help ▸ Why is it still running?…: a list of programs, a choice, verdicts as plain text."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.core.verdicts import Verdict
from app.programs.findings import Diagnosis, Finding, plain_text
from app.programs.processes import PythonProcess
from app.ui import why_dialog
from app.ui.task import TaskContext
from app.ui.why_dialog import ASKS, NO_LIST, NONE_FOUND, WhyDialog, process_rows
from tests.programs.hanging import READABLE
from tests.ui.conftest import Desk

PROCESSES = [PythonProcess(12, "python <img src=x>\x1b[31m.py", True), PythonProcess(7, "python b.py", False)]
FOUND = Diagnosis(
    12,
    "python a.py",
    (
        Finding(
            "MainThread",
            1,
            12,
            False,
            False,
            "has ended",
            "/srv/a.py",
            3,
            Verdict.NOTICED_NOT_ENDED,
            "It <b>is</b>.",
            (),
        ),
        Finding(
            "reader", 2, 13, False, True, "waits", "/srv/a.py", 8, Verdict.BLOCKED_IN_CALL, "reader is in `recv`.", ()
        ),
    ),
    "MainThread has ended; reader keeps the process alive.",
    ("A note.",),
)

Open = Callable[..., WhyDialog]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    parent = QWidget()
    qtbot.addWidget(parent)

    def open_dialog(
        processes: list[PythonProcess] = PROCESSES, read: Callable[..., Diagnosis] = lambda *_: FOUND
    ) -> WhyDialog:
        dialog = WhyDialog(parent, lambda _context: list(processes), read)
        dialog.show()
        qtbot.waitUntil(lambda: not dialog.listing.is_running())
        return dialog

    yield open_dialog
    for dialog in parent.findChildren(WhyDialog):
        dialog.close()


def until_read(qtbot: QtBot, dialog: WhyDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.reading.is_running())


def test_a_program_is_chosen_read_and_copied(opened: Open, qtbot: QtBot) -> None:
    asked: list[int] = []

    def read(pid: int, _context: TaskContext) -> Diagnosis:
        asked.append(pid)
        return FOUND

    dialog = opened(read=read)
    assert dialog.processes.texts() == [list(row) for row in process_rows(PROCESSES)]
    assert dialog.processes.texts()[0][2] == r"python <img src=x>\x1b[31m.py"
    assert dialog.said.text() == ASKS
    assert dialog.pid.text() == "12"  # the first one is chosen
    assert not dialog.copy.isEnabled()
    dialog.processes.selectRow(1)
    assert dialog.pid.text() == "7"
    dialog.processes.selectRow(0)
    dialog.read.click()
    assert not dialog.read.isEnabled()
    until_read(qtbot, dialog)
    assert asked == [12]
    assert dialog.said.text() == f"Process 12: python a.py\n{FOUND.alive}"
    assert dialog.threads.texts() == [
        ["MainThread", "has ended", "not waited for", "noticed-not-ended", "/srv/a.py:3"],
        ["reader", "waits", "keeps the process alive", "blocked-in-call", "/srv/a.py:8"],
    ]
    assert dialog.evidence.toPlainText() == "reader is in `recv`.\n\nA note."
    dialog.threads.selectRow(0)
    assert dialog.evidence.toPlainText() == "It <b>is</b>.\n\nA note."
    dialog.copy.click()
    assert QApplication.clipboard().text() == plain_text(FOUND)
    assert "blocked-in-call: reader is in `recv`." in plain_text(FOUND)
    for label in dialog.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_the_choice_stays_on_its_program_when_the_list_is_new(opened: Open, qtbot: QtBot) -> None:
    shown = list(PROCESSES)
    dialog = opened(shown)
    dialog.processes.selectRow(1)
    for added, wanted, selected in (([PythonProcess(99, "new", True)], "7", [2]), ([], "7", [])):
        shown[:] = added + (PROCESSES if added else PROCESSES[:1])
        dialog.refresh.click()
        qtbot.waitUntil(lambda: not dialog.listing.is_running())
        assert dialog.pid.text() == wanted
        assert [index.row() for index in dialog.processes.selectionModel().selectedRows()] == selected


def test_what_the_program_chooses_is_chosen_whatever_keys_are_held(opened: Open, qtbot: QtBot) -> None:
    shown = list(PROCESSES)
    dialog = opened(shown)
    dialog.processes.selectRow(1)
    shown.insert(0, PythonProcess(99, "new", True))
    qtbot.keyPress(dialog, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    try:
        dialog.refresh.click()
        qtbot.waitUntil(lambda: not dialog.listing.is_running())
    finally:
        qtbot.keyRelease(dialog, Qt.Key.Key_Control)
    assert [index.row() for index in dialog.processes.selectionModel().selectedRows()] == [2]


def test_a_pid_can_be_entered_and_a_refusal_is_one_sentence(opened: Open, qtbot: QtBot) -> None:
    def refuse(pid: int, _context: TaskContext) -> Diagnosis:
        raise BadInput(f"Process {pid} belongs to another user.")

    dialog = opened([], refuse)
    assert dialog.said.text() == NONE_FOUND
    QTest.keyClicks(dialog.pid, "12x34")
    assert dialog.pid.text() == "1234"
    QTest.keyClick(dialog.pid, Qt.Key.Key_Return)
    until_read(qtbot, dialog)
    assert dialog.said.text() == "Process 1234 belongs to another user."
    assert dialog.threads.texts() == []
    assert dialog.isVisible()


def test_a_system_without_a_list_says_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why_dialog, "lists_processes", lambda: False)
    dialog = opened()
    assert dialog.said.text() == NO_LIST
    assert not dialog.refresh.isEnabled()
    assert not dialog.read.isEnabled()
    dialog.pid.setText("5")
    assert dialog.read.isEnabled()


def test_closing_ends_what_is_being_read(opened: Open, qtbot: QtBot) -> None:
    begun, ended = threading.Event(), threading.Event()

    def read(_pid: int, context: TaskContext) -> Diagnosis:
        begun.set()
        context.cancel.wait(20)
        ended.set()
        return FOUND

    dialog = opened(read=read)
    dialog.pid.setText("5")
    dialog.read.click()
    assert begun.wait(20)
    with qtbot.waitSignal(dialog.closed):
        dialog.close()
    assert ended.is_set()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc lists the programs")
def test_the_window_reads_a_real_program(desk: Desk) -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", f"{READABLE}; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        desk.window.parts.help.why.trigger()
        (dialog,) = desk.window.findChildren(WhyDialog)
        desk.until(lambda: not dialog.listing.is_running())
        pids = [row[0] for row in dialog.processes.texts()]
        dialog.processes.selectRow(pids.index(str(process.pid)))
        dialog.read.click()
        desk.until(lambda: not dialog.reading.is_running())
        assert dialog.threads.texts()[0][0] == "MainThread"
        process.communicate(b"\n")
    desk.window.parts.help.why.trigger()
    assert desk.window.findChildren(WhyDialog) == [dialog]
