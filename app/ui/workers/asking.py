"""Asks a person before something is done, without blocking the window's loop."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui.workers.agreement import Caution, question
from app.ui.workers.opening import Opening


class _Dialog(QObject):
    """One question at a time, as a dialog that is opened and not waited for; the GUI thread only.

    Args:
        parent: over which the dialog stands.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.dialog: QMessageBox | None = None

    def _make(self, title: str, text: str, icon: QMessageBox.Icon) -> QMessageBox:
        """Return a dialog with no buttons yet; a question that is open is taken back."""
        self.put_away()
        box = self.dialog = QMessageBox(self._parent)
        box.setWindowTitle(title)
        box.setIcon(icon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        return box

    def _open(self, box: QMessageBox) -> None:
        box.setWindowModality(Qt.WindowModality.WindowModal)
        box.finished.connect(box.deleteLater)
        box.finished.connect(self._forget)
        box.open()

    def put_away(self) -> None:
        """Close the question that is open, if one is; nothing is done."""
        if self.dialog is not None:
            self.dialog.reject()

    def _forget(self) -> None:
        self.dialog = None


class Asking(_Dialog):
    """Asks a person to agree to what can do harm.

    Signals:
        declined: the person did not agree, or the question was taken back.
    """

    declined = Signal()

    def ask(self, asked: Sequence[Caution], agreed: Callable[[], None]) -> None:
        """Ask; ``agreed`` is called once the person has agreed."""
        box = self._make("Before it is started", question(asked), QMessageBox.Icon.Warning)
        start = box.addButton("&Start anyway", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        start.clicked.connect(agreed)
        box.rejected.connect(self.declined)
        self._open(box)


class AskingToOpen(_Dialog):
    """Asks a person whether workers that are opened take the place of those that are there, or come to them."""

    def ask(self, opening: Opening, replace: Callable[[], None], add: Callable[[], None]) -> None:
        """Ask; ``replace`` or ``add`` is called once the person has chosen it."""
        box = self._make("Open workers", opening.question, QMessageBox.Icon.Question)
        box.setInformativeText(opening.remarks)
        replacing = box.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
        replacing.setEnabled(opening.may_replace)
        adding = box.addButton("&Add", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(adding)
        box.setEscapeButton(cancel)
        replacing.clicked.connect(replace)
        adding.clicked.connect(add)
        self._open(box)
