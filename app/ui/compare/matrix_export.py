"""Copies a matrix as Markdown or JSON, or saves it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from app.core.errors import BadInput
from app.experiments.report import matrix_markdown, matrix_values
from app.experiments.results import MatrixResult
from app.session.folder import make_folder
from app.session.save import save
from app.ui.display_text import visible
from app.ui.widgets import ask_save_file

_CUT_SHORT = "matrix cut short "
_FORMATS = {"Markdown (*.md)": ("md", "md"), "JSON (*.json)": ("json", "json")}


def rendered(result: MatrixResult, form: str) -> str:
    """Return a matrix as text; ``form`` is ``md`` or ``json``. No Qt."""
    if form == "md":
        return matrix_markdown(result)
    return json.dumps(matrix_values(result), indent=2) + "\n"


def save_matrix(result: MatrixResult, path: Path, form: str) -> None:
    """Write a matrix to a file as ``md`` or ``json``; any thread.

    Raises:
        BadInput: it cannot be written; nothing is left of it.
    """
    save([rendered(result, form).encode("utf-8", "backslashreplace")], path, lambda: False)


def save_cut_short(result: MatrixResult, folder: Path) -> Path:
    """Write what a matrix had found when the program ended beside the sessions, and return the file's path; any thread.

    Raises:
        BadInput: it cannot be written.
    """
    path = folder / f"{_CUT_SHORT}{datetime.now():%Y-%m-%d %H-%M-%S}.json"
    try:
        make_folder(folder)
    except OSError as error:
        raise BadInput(f"{folder}: it cannot be made ({error.strerror or error}).") from None
    save_matrix(result, path, "json")
    return path


def last_cut_short(folder: Path | None) -> Path | None:
    """Return the newest file that ``save_cut_short`` wrote to a folder; None if there is none."""
    return max(folder.glob(f"{_CUT_SHORT}*.json"), default=None) if folder is not None else None


class MatrixExport(QWidget):
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
        ask_save_file(self, "Save matrix", "matrix", _FORMATS, self.write)

    def write(self, path: Path, form: str) -> None:
        """Save the matrix to a file as ``md`` or ``json``; a problem is said in a sentence."""
        result = self._result()
        if result is None:
            return
        try:
            save_matrix(result, path, form)
        except BadInput as error:
            self.said.emit(str(error))
            return
        self.said.emit(f"Saved the matrix in {visible(str(path))}.")
