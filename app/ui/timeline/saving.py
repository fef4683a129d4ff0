"""Saves the timeline as a picture, PNG or SVG: what is on the screen, all of it or nothing."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import BadInput
from app.session.save import save

_FORMS = {"PNG picture (*.png)": "png", "SVG drawing (*.svg)": "svg"}
_NOTHING = "There is nothing to save: nothing has run yet."


class PictureSaver(QObject):
    """Asks for a file and saves what is shown there; the GUI thread only.

    Args:
        drawn: from ``png`` or ``svg`` to the bytes of a file; None if there is nothing.
        is_empty: returns whether there is nothing.
        parent: what the dialog belongs to.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(self, drawn: Callable[[str], bytes | None], is_empty: Callable[[], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._drawn = drawn
        self._is_empty = is_empty
        self._parent = parent
        self._dialog: QFileDialog | None = None

    @Slot()
    def ask(self) -> None:
        """Ask for a file's name and save there."""
        if self._is_empty():
            self.said.emit(_NOTHING)
            return
        dialog = QFileDialog(self._parent, "Save the timeline", str(Path.home()), ";;".join(_FORMS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(self._on_filter)
        dialog.selectFile("timeline")
        dialog.fileSelected.connect(self._on_file)
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    @Slot(str)
    def _on_filter(self, chosen: str) -> None:
        if self._dialog is not None:
            self._dialog.setDefaultSuffix(_FORMS[chosen])

    @Slot(str)
    def _on_file(self, name: str) -> None:
        self.save(Path(name))

    def save(self, path: Path) -> None:
        """Save to a path, in the format that its ending says; what came of it is said."""
        try:
            content = self._drawn("svg" if path.suffix.lower() == ".svg" else "png")
            if content is None:
                self.said.emit(_NOTHING)
                return
            save([content], path, None, lambda: False)
        except BadInput as error:
            self.said.emit(str(error))
        else:
            self.said.emit(f"Saved the timeline in {path}.")
