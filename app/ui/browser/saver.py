"""Saves what can be made of a session (report, lines, test), and says where the file is, with a button that opens it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.ui.browser.tasks import REPORTS, TESTS, Saved, TaskFunction, write_export, write_report, write_test
from app.ui.display_text import visible
from app.ui.task import Task, TaskResult
from app.ui.widgets import LINES, InfoBar, add_all, ask_save_file, plain_label


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


class SavedBar(InfoBar):
    """Says where a file was saved, and opens it with the desktop's program for it; the GUI thread only."""

    def __init__(self, saved: Saved, parent: QWidget) -> None:
        super().__init__(visible(saved.sentence), "Open file", parent)
        self._path = saved.path
        self.accepted.connect(self._open)

    @Slot()
    def _open(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.absolute()))):
            self.label.setText(visible(f"No program could open {self._path}."))
            self.accept_button.hide()
            self.show()


class SessionSaver(QObject):
    """Saves reports, lines and tests of sessions, one at a time; the GUI thread only.

    Args:
        parent: the window that the dialogs stand over.
        catalogue: the strategies and workloads: their titles, and what a test may use.

    Signals:
        said: a sentence for the person.
        saved: a ``SavedBar``, to be shown in the window in place of the one before.
    """

    said = Signal(str)
    saved = Signal(object)

    def __init__(self, parent: QWidget, catalogue: Catalogue) -> None:
        super().__init__(parent)
        self._parent = parent
        self._catalogue = catalogue
        self._bar: SavedBar | None = None
        self.task = Task(self)
        self.task_bar = TaskStatusBar(parent)
        self.task.ended.connect(self._on_ended)
        self.task_bar.cancel.clicked.connect(self.task.cancel)

    def ask_export(self, path: Path) -> None:
        """Ask for a file's name, and write a session's lines there."""
        ask_save_file(self._parent, "Export session", path.stem, LINES, partial(self.export, path))

    def export(self, path: Path, out: Path, form: str) -> None:
        """Write a session's lines to a file; returns at once."""
        self.start(f"Exporting {path.stem}", write_export(path, out, form))

    def ask_report(self, path: Path) -> None:
        """Ask for a file's name, and write the report of a session there."""
        ask_save_file(self._parent, "Save report", path.stem, REPORTS, partial(self.write_report, path))

    def write_report(self, path: Path, out: Path, form: str) -> None:
        """Write a session's report to a file; returns at once."""
        self.start(f"Writing the report of {path.stem}", write_report(path, out, form, self._catalogue))

    def ask_test(self, path: Path) -> None:
        """Ask for a file's name, and write a session as a test there."""
        name = f"test_session_{path.stem.replace('-', '_')}"
        ask_save_file(self._parent, "Save as test", name, TESTS, partial(self.write_test, path))

    def write_test(self, path: Path, out: Path, _form: str = "test") -> None:
        """Write a session as a pytest file; returns at once."""
        self.start(f"Writing the test of {path.stem}", write_test(path, out, self._catalogue))

    def start(self, name: str, function: TaskFunction) -> None:
        """Start a task; a sentence if another one is going on."""
        try:
            self.task.start(name, function)
        except BadInput as error:
            self.said.emit(str(error))
            return
        self.task_bar.show_words(f"{name}…")

    @Slot(object)
    def _on_ended(self, result: TaskResult) -> None:
        self.task_bar.show_words("")
        if isinstance(result.value, Saved):
            if self._bar is not None:
                self._bar.hide()
                self._bar.deleteLater()
            self._bar = SavedBar(result.value, self._parent)
            self.saved.emit(self._bar)
        else:
            self.show_result(result)

    def show_result(self, result: TaskResult) -> None:
        """Say what else a task came to."""
        if result.problem or result.value:
            self.said.emit(result.problem or str(result.value))

    def shutdown(self) -> None:
        """Cancel the task and wait for it."""
        self.task.shutdown()
        self.task_bar.show_words("")


SessionAction = tuple[str, str | None, str, Callable[[Path], None]]


def save_actions(saver: SessionSaver) -> tuple[SessionAction, ...]:
    """Return what a Session menu has for saving: text, keys, tip, and what is called with the session's path."""
    return (
        (
            "Save &report…",
            "Ctrl+R",
            "Save a report of this session: HTML, Markdown, JUnit XML, CSV or a trace",
            saver.ask_report,
        ),
        (
            "Save as &test…",
            None,
            "Save this session as a pytest file that repeats it and checks the result",
            saver.ask_test,
        ),
    )
