"""What the browser asks a person: where to save, and whether to delete."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.session.removal import deletion_words
from app.session.session_summary import SessionSummary
from app.ui.log.logic import visible

_LONGEST = 300  # characters of a line of the question


def ask_file(
    parent: QWidget, title: str, name: str, forms: Mapping[str, tuple[str, str]], take: Callable[[Path, str], None]
) -> QFileDialog:
    """Ask for a file's name and format without holding the window up; ``take`` is called with both.

    Args:
        parent: the window.
        title: of the dialog.
        name: what is suggested, without an ending.
        forms: from a format's words to its id and the ending of its names.
        take: is not called if nothing was chosen.
    """
    dialog = QFileDialog(parent, title, str(Path.home()), ";;".join(forms))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The dialog adds the ending, so that it is the name with the ending of which it asks whether to replace it.
    dialog.setDefaultSuffix(next(iter(forms.values()))[1])
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(forms[chosen][1]))
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda chosen: take(Path(chosen), form_of(chosen, dialog.selectedNameFilter(), forms)))
    dialog.open()
    return dialog


def form_of(name: str, chosen: str, forms: Mapping[str, tuple[str, str]]) -> str:
    """Return the format that a file's name asks for by its ending; the chosen one if it asks for none."""
    ending = Path(name).suffix.lower().removeprefix(".")
    by_ending = {known: form for form, known in forms.values()}
    return by_ending.get(ending) or forms.get(chosen, next(iter(forms.values())))[0]


def ask_delete(parent: QWidget, cards: Sequence[SessionSummary], confirmed: Callable[[], None]) -> QMessageBox:
    """Ask whether to delete some sessions, and say what goes with them; ``confirmed`` is called for a yes."""
    what = "this session" if len(cards) == 1 else f"these {len(cards):,} sessions"
    box = QMessageBox(parent)
    box.setObjectName("delete")
    box.setWindowTitle("Delete sessions")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Delete {what} for good?")
    lines = deletion_words(cards).split("\n")
    box.setInformativeText("\n".join(visible(line, _LONGEST) for line in lines))
    delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("&Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    delete.clicked.connect(confirmed)
    box.open()
    return box
