"""The actions of the browser on sessions: export, report, compare and delete; one at a time."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QPushButton, QWidget

from app.core.errors import BadInput
from app.session.comparison import Comparison
from app.session.session_summary import SessionSummary, deletion_refusal, deletion_words
from app.ui.browser.comparison_window import ComparisonWindow
from app.ui.browser.tasks import (
    REPORTS,
    Deleted,
    TaskFunction,
    compare_sessions,
    delete_sessions,
    write_export,
    write_report,
)
from app.ui.display_text import visible
from app.ui.task import Task, TaskResult
from app.ui.widgets import LINES, add_all, ask_save_file, plain_label

_LONGEST = 300  # characters of a line of the question


class TaskStatusBar(QWidget):
    """What a task does, in words, and a button that cancels it; hidden while none runs. The GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = plain_label("", self)
        self.cancel = QPushButton("&Cancel", self)
        self.cancel.setAccessibleName("Cancel")
        add_all(QHBoxLayout(self), self.words, self.cancel, margins=0)
        self.hide()

    def show_words(self, words: str) -> None:
        """Show these words; hide if they are empty."""
        self.words.setText(visible(words, 100))
        self.setVisible(bool(words))


class SessionActions(QObject):
    """Exports, reports, compares and deletes sessions, and says the result; the GUI thread only.

    Args:
        parent: the browser.
        recorded: returns the files of the session that is being recorded now.
        opened: returns the files that are open in session windows.

    Signals:
        said: a sentence for the person.
        deleted: the paths of sessions that are gone.
    """

    said = Signal(str)
    deleted = Signal(object)

    def __init__(
        self, parent: QWidget, recorded: Callable[[], Collection[Path]], opened: Callable[[], Collection[Path]]
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._recorded, self._opened = recorded, opened
        self.task = Task(self)
        self.task_bar = TaskStatusBar(parent)
        self.comparisons: list[ComparisonWindow] = []
        self.task.ended.connect(self._on_ended)
        self.task_bar.cancel.clicked.connect(self.task.cancel)

    def compare(self, first: SessionSummary, second: SessionSummary) -> None:
        """Show two sessions side by side; the window follows once both are read."""
        self._start("Comparing two sessions", compare_sessions(first, second))

    def ask_export(self, path: Path) -> None:
        """Ask for a file's name, and write a session's lines there."""
        ask_save_file(self._parent, "Export session", path.stem, LINES, partial(self.export, path))

    def export(self, path: Path, out: Path, form: str) -> None:
        """Write a session's lines to a file; returns at once."""
        self._start(f"Exporting {path.stem}", write_export(path, out, form))

    def ask_report(self, path: Path) -> None:
        """Ask for a file's name, and write the report of a session there."""
        ask_save_file(self._parent, "Save report", path.stem, REPORTS, partial(self.write_report, path))

    def write_report(self, path: Path, out: Path, form: str) -> None:
        """Write a session's report to a file; returns at once."""
        self._start(f"Writing the report of {path.stem}", write_report(path, out, form))

    def ask_delete(self, summaries: Sequence[SessionSummary]) -> None:
        """Ask whether to delete sessions, and delete them; says why not, if that cannot be."""
        if summaries and self._may_delete(summaries):
            ask_delete(self._parent, summaries, partial(self._delete, summaries))

    def _may_delete(self, summaries: Sequence[SessionSummary]) -> bool:
        sentence = deletion_refusal(summaries, self._recorded(), self._opened())
        if sentence:
            self.said.emit(sentence)
        return not sentence

    def _delete(self, summaries: Sequence[SessionSummary]) -> None:
        # Checked again: one of them may have been opened while the question was open.
        if self._may_delete(summaries):
            self._start("Deleting", delete_sessions([summary.path for summary in summaries]))

    def _start(self, name: str, function: TaskFunction) -> None:
        try:
            self.task.start(name, function)
        except BadInput as error:
            self.said.emit(str(error))
            return
        self.task_bar.show_words(f"{name}…")

    @Slot(object)
    def _on_ended(self, result: TaskResult) -> None:
        self.task_bar.show_words("")
        if isinstance(result.value, Comparison):
            self._show_comparison(result.value)
        elif isinstance(result.value, Deleted):
            self.deleted.emit(result.value.gone)
            self.said.emit(result.value.sentence)
        elif result.problem or result.value:
            self.said.emit(result.problem or str(result.value))

    def _show_comparison(self, comparison: Comparison) -> None:
        window = ComparisonWindow(comparison, self._parent)
        self.comparisons.append(window)
        window.closed.connect(partial(self.comparisons.remove, window))
        window.show()

    def shutdown(self) -> None:
        """Cancel the task and wait for it; close the comparisons."""
        for window in list(self.comparisons):
            window.close()
        self.task.shutdown()
        self.task_bar.show_words("")


def ask_delete(parent: QWidget, summaries: Sequence[SessionSummary], confirmed: Callable[[], None]) -> QMessageBox:
    """Ask whether to delete some sessions, and list what is deleted; ``confirmed`` is called for a yes."""
    what = "this session" if len(summaries) == 1 else f"these {len(summaries):,} sessions"
    box = QMessageBox(parent)
    box.setObjectName("delete")
    box.setWindowTitle("Delete sessions")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Delete {what} for good?")
    lines = deletion_words(summaries).split("\n")
    box.setInformativeText("\n".join(visible(line, _LONGEST) for line in lines))
    delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("&Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    delete.clicked.connect(confirmed)
    box.open()
    return box
