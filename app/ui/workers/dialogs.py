"""The questions of the workers panel, asked without blocking the window's loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS
from app.ui.workers.consent import Risk, consent_question, is_only_code, runs_own_code
from app.ui.workers.rows import Row


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What a person is asked when workers are opened.

    Attributes:
        text: the question, a sentence.
        remarks: what else there is to know; may be empty.
        may_replace: whether those that are there can be replaced now.
    """

    text: str
    remarks: str
    may_replace: bool


def open_question(rows: Sequence[Row], workers: Sequence[Worker]) -> OpenQuestion | None:
    """Return what to ask before workers are opened; None if they can take the place of those there without any loss."""
    there = tuple(row.worker for row in rows)
    running = sum(row.is_alive for row in rows)
    if not running and (there == DEFAULT_WORKERS or set(there) <= set(workers)):
        return None
    one = len(there) == 1
    which, them = ("this worker", "it") if one else (f"these {len(there):,} workers", "them")
    remarks = []
    if running:
        subject = "It is" if one else f"{running:,} of them {'is' if running == 1 else 'are'}"
        remarks.append(f"{subject} running; to replace {them}, stop {'it' if one else 'all of them'} first.")
    if {worker.name for worker in there} & {worker.name for worker in workers}:
        remarks.append("Added workers whose names are taken get a number.")
    return OpenQuestion(f"Replace {which}, or add to {them}?", " ".join(remarks), may_replace=not running)


class _Question(QObject):
    """One question at a time, as a dialog that is opened and not waited for; the GUI thread only.

    Args:
        parent: the dialog is over it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.dialog: QMessageBox | None = None

    def _make(self, title: str, text: str, icon: QMessageBox.Icon) -> QMessageBox:
        """Return a dialog with no buttons yet; an open question is withdrawn."""
        self.withdraw()
        box = self.dialog = QMessageBox(self._parent)
        box.setWindowTitle(title)
        box.setIcon(icon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        return box

    def _open(self, box: QMessageBox) -> None:
        # The box's own format is not that of its informative text.
        for label in box.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowModality(Qt.WindowModality.WindowModal)
        box.finished.connect(box.deleteLater)
        box.finished.connect(self._forget)
        box.open()

    def withdraw(self) -> None:
        """Close the question that is open, if one is; nothing is done."""
        if self.dialog is not None:
            self.dialog.reject()

    def _forget(self) -> None:
        self.dialog = None


class ConsentDialog(_Question):
    """Asks a person for consent to what can do harm, and to running a file of theirs.

    Signals:
        declined: the person did not agree, or the question was withdrawn.
    """

    declined = Signal()

    def ask(self, risks: Sequence[Risk], agreed: Callable[[], None]) -> None:
        """Ask; ``agreed`` is called if the person agrees."""
        which, what = consent_question(risks)
        title, button = "Start risky workers?", "&Start anyway"
        if is_only_code(risks):
            title, button = "Run your own code?" if runs_own_code(risks) else "Run another Python?", "&Run"
        box = self._make(title, which, QMessageBox.Icon.Warning)
        box.setInformativeText(what)
        start = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        start.clicked.connect(agreed)
        box.rejected.connect(self.declined)
        self._open(box)


class OpenWorkersDialog(_Question):
    """Asks a person whether opened workers replace those that are there, or are added to them."""

    def ask(self, question: OpenQuestion, replace: Callable[[], None], add: Callable[[], None]) -> None:
        """Ask; ``replace`` or ``add`` is called if the person chooses it."""
        box = self._make("Open workers", question.text, QMessageBox.Icon.Question)
        box.setInformativeText(question.remarks)
        replacing = box.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
        replacing.setEnabled(question.may_replace)
        adding = box.addButton("&Add", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(adding)
        box.setEscapeButton(cancel)
        replacing.clicked.connect(replace)
        adding.clicked.connect(add)
        self._open(box)
