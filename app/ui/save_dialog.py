"""The dialog that asks for the name and the format of a file to save."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

# From the words of the dialog to a format and its file name extension.
Formats = Mapping[str, tuple[str, str]]
LINES: Formats = {
    "Text, exactly as written (*.txt)": ("text", "txt"),
    "CSV for spreadsheets (*.csv)": ("csv", "csv"),
    "JSON lines (*.jsonl)": ("jsonl", "jsonl"),
}


def ask_save_file(
    parent: QWidget, title: str, name: str, formats: Formats, chosen: Callable[[Path, str], object]
) -> QFileDialog:
    """Ask for a file's name and format without blocking the window; ``chosen`` is called with both.

    Args:
        parent: the window.
        title: of the dialog.
        name: the suggested name, without an extension.
        formats: which there are, the first one chosen.
        chosen: is not called if the dialog is cancelled.
    """
    dialog = QFileDialog(parent, title, str(Path.home()), ";;".join(formats))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The dialog adds the extension, so that it asks whether to replace the file that is really written.
    dialog.setDefaultSuffix(next(iter(formats.values()))[1])

    def on_filter(words: str) -> None:
        dialog.setDefaultSuffix(formats[words][1])

    def on_file(file: str) -> None:
        chosen(Path(file), format_of(file, dialog.selectedNameFilter(), formats))

    dialog.filterSelected.connect(on_filter)
    dialog.fileSelected.connect(on_file)
    dialog.selectFile(name)
    dialog.open()
    return dialog


def format_of(name: str, words: str, formats: Formats) -> str:
    """Return the format that a file's name asks for by its extension; the one with these words if it asks for none."""
    extension = Path(name).suffix.lower().removeprefix(".")
    by_extension = {known: form for form, known in formats.values()}
    return by_extension.get(extension) or formats.get(words, next(iter(formats.values())))[0]
