"""Copies and saves what an experiment found."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QPushButton, QWidget

from app.core.errors import BadInput
from app.session.save import save
from app.ui.display_text import visible
from app.ui.widgets import add_all, ask_save_file

_FORMATS = {
    "Markdown (*.md)": ("md", "md"),
    "CSV for spreadsheets (*.csv)": ("csv", "csv"),
    "JSON (*.json)": ("json", "json"),
}
_COPIES = (("&Markdown", "md"), ("&CSV", "csv"), ("&JSON", "json"))


class ResultExport(QWidget):
    """Copy and Save for what an experiment has found so far; the GUI thread only.

    Args:
        what: "race" or "matrix".
        rendered: returns it as the text of a file of one of the formats; None if there is nothing yet.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(self, what: str, rendered: Callable[[str], str | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what, self._rendered = what, rendered
        self.copy = QPushButton("Cop&y", self)
        self.copy.setAccessibleName(f"Copy the {what}")
        self.save = QPushButton("Sa&ve…", self)
        self.save.setAccessibleName(f"Save the {what}…")
        menu = QMenu(self.copy)
        for text, form in _COPIES:
            menu.addAction(f"As {text}").triggered.connect(partial(self.copy_as, form, text.replace("&", "")))
        self.copy.setMenu(menu)
        for button in (self.copy, self.save):
            button.setAutoDefault(False)
        row = add_all(QHBoxLayout(self), self.copy, self.save, margins=0)
        row.addStretch(1)
        self.save.clicked.connect(self.ask)
        self.setEnabled(False)

    def copy_as(self, form: str, word: str, _checked: bool = False) -> None:
        """Put it into the clipboard in a format, which a sentence calls ``word``."""
        text = self._rendered(form)
        if text is not None:
            QApplication.clipboard().setText(text)
            self.said.emit(f"The {self._what} is in the clipboard, as {word}.")

    @Slot()
    def ask(self) -> None:
        """Ask for a file's name, and save it there."""
        ask_save_file(self, f"Save {self._what}", self._what, _FORMATS, self.write)

    def write(self, path: Path, form: str) -> None:
        """Save it to a file in a format; a problem is said in a sentence."""
        text = self._rendered(form)
        if text is None:
            return
        try:
            save([text.encode("utf-8", "backslashreplace")], path, lambda: False)
        except BadInput as error:
            self.said.emit(str(error))
            return
        self.said.emit(f"Saved the {self._what} in {visible(str(path))}.")
