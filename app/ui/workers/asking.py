"""Asks a person to agree to what can do harm, without blocking the window's loop."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui.workers.agreement import Caution, question


class Asking(QObject):
    """One question at a time, as a dialog that is opened and not waited for; the GUI thread only.

    Args:
        window: over whose window the dialog stands.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: QMessageBox | None = None

    def ask(self, asked: Sequence[Caution], agreed: Callable[[], None]) -> None:
        """Ask; ``agreed`` is called once somebody has agreed. A question that is open is taken back."""
        self.put_away()
        box = self.dialog = QMessageBox(self._window)
        box.setWindowTitle("Before it is started")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question(asked))
        start = box.addButton("&Start anyway", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.setWindowModality(Qt.WindowModality.WindowModal)
        start.clicked.connect(agreed)
        box.finished.connect(box.deleteLater)
        box.finished.connect(self._forget)
        box.open()

    def put_away(self) -> None:
        """Close the question that is open, if one is; nobody has agreed."""
        if self.dialog is not None:
            self.dialog.reject()

    def _forget(self) -> None:
        self.dialog = None
