"""Why is it still running?: another Python program's threads, each with its verdict; the reading is background work."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import one_line
from app.programs.findings import Diagnosis, Finding, end_words, head, place_of, plain_text
from app.programs.processes import PythonProcess, lists_processes, python_processes
from app.programs.py_spy import MOST_PID
from app.programs.why import why
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.widgets import TextTable, TextView, add_all, plain_label, split

TITLE = "Why is it still running?"
ASKS = "Choose a Python program, or enter the PID of one. It stands still for some milliseconds and is not changed."
NO_LIST = (
    "This system does not list the command lines of its processes in a simple way: enter the PID of a Python program."
)
NONE_FOUND = "No other Python program runs here; enter the PID of one that was not found."
_LONGEST = 300  # characters of a command line in the list
_SIZE = (900, 620)


def process_rows(processes: Sequence[PythonProcess]) -> list[tuple[str, str, str]]:
    """Return a row a process: PID, user, command line."""
    rows = []
    for process in processes:
        command = one_line(process.command[:_LONGEST]) + ("…" if len(process.command) > _LONGEST else "")
        rows.append((str(process.pid), "you" if process.is_ours else "another", command))
    return rows


def finding_row(finding: Finding) -> tuple[str, ...]:
    """Return the row of a thread."""
    return finding.name, finding.state, end_words(finding), str(finding.verdict), place_of(finding)


def _list_processes(_context: TaskContext) -> list[PythonProcess]:
    return python_processes()


def _read(pid: int, context: TaskContext) -> Diagnosis:
    return why(pid, context.is_cancelled)


class WhyDialog(QDialog):
    """The Python programs of this machine, and why the threads of one still run; the GUI thread only.

    ``shutdown`` ends what is being read; closing the dialog does that by itself.

    Args:
        parent: the main window.
        list_processes: returns the processes, in a thread of its own.
        read: returns what is found of a process, in a thread of its own.

    Signals:
        closed: it is about to be deleted.
    """

    closed = Signal()

    def __init__(
        self,
        parent: QWidget,
        list_processes: Callable[[TaskContext], list[PythonProcess]] = _list_processes,
        read: Callable[[int, TaskContext], Diagnosis] = _read,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._list_processes, self._read_process = list_processes, read
        self._processes: list[PythonProcess] = []
        self._found: Diagnosis | None = None
        self.listing, self.reading = Task(self), Task(self)
        self.processes = TextTable(("PID", "User", "Command line"), "Python programs", self)
        self.pid = QLineEdit(self)
        self.pid.setValidator(QIntValidator(1, MOST_PID, self))
        self.pid.setMaximumWidth(self.pid.fontMetrics().horizontalAdvance("0") * 16)
        self.refresh = QPushButton("Re&fresh", self)
        self.read = QPushButton("&Read", self)
        self.read.setDefault(True)
        self.said = plain_label(ASKS, self, wraps=True)
        self.threads = TextTable(("Thread", "State", "At the end", "Verdict", "Where"), "Threads", self)
        self.threads.setTextElideMode(Qt.TextElideMode.ElideLeft)  # file and line are at the end of a path
        self.evidence = TextView("Verdict", self, is_code=False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy = self.buttons.addButton("&Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self._assemble()
        self._connect()
        self._show_possible()
        self.on_refresh()

    def _assemble(self) -> None:
        choice = QHBoxLayout()
        add_all(choice, plain_label("&PID", self, buddy=self.pid), self.pid, self.read, self.refresh)
        choice.addStretch(1)
        upper, lower = QWidget(self), QWidget(self)
        add_all(QVBoxLayout(upper), (self.processes, 1), choice, margins=0)
        parts = split(Qt.Orientation.Vertical, lower, (self.threads, 2, 180), (self.evidence, 1, 90))
        add_all(QVBoxLayout(lower), self.said, (parts, 1), margins=0)
        whole = split(Qt.Orientation.Vertical, self, (upper, 2, 220), (lower, 3, 340))
        add_all(QVBoxLayout(self), (whole, 1), self.buttons)
        available = self.screen().availableSize()
        self.resize(min(_SIZE[0], available.width() - 40), min(_SIZE[1], available.height() - 80))
        self.processes.setFocus()

    def _connect(self) -> None:
        self.processes.current_changed.connect(self.on_process)
        self.processes.activated.connect(self.on_read)
        self.pid.textChanged.connect(self._show_possible)
        self.refresh.clicked.connect(self.on_refresh)
        self.read.clicked.connect(self.on_read)
        self.threads.current_changed.connect(self.on_thread)
        self.copy.clicked.connect(self.on_copy)
        self.buttons.rejected.connect(self.reject)
        self.listing.ended.connect(self.on_listed)
        self.reading.ended.connect(self.on_found)
        self.finished.connect(self.on_closed)

    # -- the list --------------------------------------------------------------------------------------------------

    @Slot()
    def on_refresh(self) -> None:
        """List the processes anew; returns at once."""
        if not lists_processes():
            self.said.setText(NO_LIST)
        elif not self.listing.is_running():
            self.listing.start("Listing the Python programs", self._list_processes)
        self._show_possible()

    @Slot(object)
    def on_listed(self, result: TaskResult) -> None:
        """Show the processes that were found."""
        wanted = self.pid.text()
        self._processes = result.value or []
        self.processes.show_rows(process_rows(self._processes))
        pids = [str(process.pid) for process in self._processes]
        if wanted and wanted not in pids:
            # It was entered, or has ended: the row that is in its place is another program.
            self.processes.clearSelection()
            self.pid.setText(wanted)
        elif pids:
            # The newest if none was chosen; a table that has the focus would choose it by itself, but only then.
            self.processes.selectRow(pids.index(wanted) if wanted else 0)
        if result.problem:
            self.said.setText(result.problem)
        elif not self._processes:
            self.said.setText(NONE_FOUND)
        self._show_possible()

    @Slot(int)
    def on_process(self, row: int) -> None:
        """Take the chosen process."""
        if 0 <= row < len(self._processes):
            self.pid.setText(str(self._processes[row].pid))

    @Slot()
    def _show_possible(self) -> None:
        self.read.setEnabled(self.pid.hasAcceptableInput() and not self.reading.is_running())
        self.refresh.setEnabled(lists_processes() and not self.listing.is_running())
        self.copy.setEnabled(self._found is not None)

    # -- one process -----------------------------------------------------------------------------------------------

    @Slot()
    def on_read(self) -> None:
        """Read the chosen process; returns at once."""
        if self.reading.is_running() or not self.pid.hasAcceptableInput():
            return
        pid = int(self.pid.text())
        self._show(None)
        self.said.setText(f"Process {pid} is being read…")
        self.reading.start(f"Reading process {pid}", partial(self._read_process, pid))
        self._show_possible()

    @Slot(object)
    def on_found(self, result: TaskResult) -> None:
        """Show what was found, or why nothing was."""
        self._show(result.value)
        self.said.setText(result.problem or (f"{head(result.value)}\n{result.value.alive}" if result.value else ""))
        self._show_possible()

    def _show(self, found: Diagnosis | None) -> None:
        self._found = found
        findings = found.findings if found is not None else ()
        self.threads.show_rows(map(finding_row, findings))
        self.evidence.read("\n".join(found.notes) if found is not None else "")
        if findings:
            # One that still runs is asked about.
            running = (row for row, finding in enumerate(findings) if finding.state != "has ended")
            self.threads.selectRow(next(running, 0))

    @Slot(int)
    def on_thread(self, row: int) -> None:
        """Show the sentence about a thread."""
        findings = self._found.findings if self._found is not None else ()
        if self._found is not None and 0 <= row < len(findings):
            self.evidence.read("\n\n".join((findings[row].sentence, *self._found.notes)))

    @Slot()
    def on_copy(self) -> None:
        """Copy all that was found, as plain text."""
        if self._found is not None:
            QApplication.clipboard().setText(plain_text(self._found))

    # -- the end ---------------------------------------------------------------------------------------------------

    def shutdown(self) -> None:
        """End what is being read; nothing arrives any more."""
        self.listing.shutdown()
        self.reading.shutdown()

    @Slot()
    def on_closed(self) -> None:
        """Let go of everything; the dialog is deleted afterwards."""
        self.shutdown()
        self.closed.emit()
