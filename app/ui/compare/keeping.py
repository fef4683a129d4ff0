"""A matrix taken elsewhere: copied as Markdown or JSON, or saved."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QPushButton, QWidget

from app.core.errors import BadInput
from app.experiments.report import matrix_markdown, matrix_values
from app.experiments.results import MatrixResult
from app.session.folder import make_folder
from app.session.save import save
from app.ui.log.logic import visible

_CUT_SHORT = "matrix cut short "
_FORMS = {"Markdown (*.md)": "md", "JSON (*.json)": "json"}


def rendered(result: MatrixResult, form: str) -> str:
    """Return a matrix as text; ``form`` is ``md`` or ``json``. No Qt."""
    if form == "md":
        return matrix_markdown(result)
    return json.dumps(matrix_values(result), indent=2) + "\n"


def keep(result: MatrixResult, path: Path) -> None:
    """Write a matrix to a file, in the form that its ending asks for, JSON if it asks for none; any thread.

    Raises:
        BadInput: it cannot be written; nothing is left of it.
    """
    text = rendered(result, "md" if path.suffix.lower() == ".md" else "json")
    save([text.encode("utf-8", "backslashreplace")], path, None, lambda: False)


def keep_cut_short(result: MatrixResult, folder: Path) -> Path:
    """Write what a matrix had found when the program ended beside the sessions, and return the file's path; any thread.

    Raises:
        BadInput: it cannot be written.
    """
    path = folder / f"{_CUT_SHORT}{datetime.now():%Y-%m-%d %H-%M-%S}.json"
    try:
        make_folder(folder)
    except OSError as error:
        raise BadInput(f"{folder}: it cannot be made ({error.strerror or error}).") from None
    keep(result, path)
    return path


def last_cut_short(folder: Path | None) -> Path | None:
    """Return the newest file that ``keep_cut_short`` wrote to a folder; None if there is none."""
    return max(folder.glob(f"{_CUT_SHORT}*.json"), default=None) if folder is not None else None


class Keeping(QWidget):
    """Copy and Save for what a matrix has found so far; the GUI thread only.

    Args:
        result: returns it; None if there is nothing yet.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(self, result: Callable[[], MatrixResult | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result = result
        self.markdown = QPushButton("Copy as Mar&kdown", self)
        self.json = QPushButton("Copy as &JSON", self)
        self.save = QPushButton("Sa&ve…", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.markdown, self.json, self.save):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        self.markdown.clicked.connect(self._on_markdown)
        self.json.clicked.connect(self._on_json)
        self.save.clicked.connect(self.ask)
        self.setEnabled(False)

    @Slot()
    def _on_markdown(self) -> None:
        self._copy("md", "Markdown")

    @Slot()
    def _on_json(self) -> None:
        self._copy("json", "JSON")

    def _copy(self, form: str, word: str) -> None:
        result = self._result()
        if result is not None:
            QApplication.clipboard().setText(rendered(result, form))
            self.said.emit(f"The matrix is in the clipboard, as {word}.")

    @Slot()
    def ask(self) -> None:
        """Ask for a file's name, and save the matrix there."""
        dialog = QFileDialog(self, "Save matrix", str(Path.home()), ";;".join(_FORMS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_FORMS[chosen]))
        dialog.selectFile("matrix")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    @Slot(str)
    def write(self, name: str) -> None:
        """Save the matrix to the file of this name; what is wrong is said in a sentence."""
        result = self._result()
        if result is None:
            return
        try:
            keep(result, Path(name))
        except BadInput as error:
            self.said.emit(str(error))
            return
        self.said.emit(f"Saved the matrix in {visible(name)}.")
