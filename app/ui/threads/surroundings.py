"""Where code of the person's own runs, as fields: a folder, variables and a Python."""

import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from app.ui.threads.logic import Surroundings
from app.ui.widgets import add_all, plain_label


def typed_choice(name: str, placeholder: str, parent: QWidget) -> QComboBox:
    """Return a choice into which anything may be typed, with a name for its field; the GUI thread only."""
    box = QComboBox(parent)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    field = QLineEdit(parent)
    field.setAccessibleName(name)
    field.setPlaceholderText(placeholder)
    box.setLineEdit(field)
    return box


class SurroundingsPart(QObject):
    """The fields, to be put into a form; the GUI thread only.

    Args:
        file: the code; its folder is the usual one.
        interpreters: what is offered as a Python, besides the one that runs this program.
        parent: of the fields.
        has_environment: whether variables can be set.
        usual: what is said in the field of the Python while it is empty.

    Attributes:
        folder, environment, interpreter: the fields.

    Signals:
        changed: something else was typed or chosen.
    """

    changed = Signal()

    def __init__(
        self,
        file: Path,
        interpreters: Iterable[str],
        parent: QWidget,
        *,
        has_environment: bool = True,
        usual: str = sys.executable,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self.folder = QLineEdit(parent)
        self.folder.setPlaceholderText(str(file.parent))
        self.folder.setAccessibleName("Working folder")
        self.browse = QPushButton("&Browse…", parent)
        self.browse.clicked.connect(self._on_browse)
        self.environment: QPlainTextEdit | None = QPlainTextEdit(parent) if has_environment else None
        if self.environment is not None:
            self.environment.setPlaceholderText("NAME=VALUE, one per row")
            self.environment.setTabChangesFocus(True)
            self.environment.setFixedHeight(self.environment.fontMetrics().lineSpacing() * 2 + 12)
            self.environment.setAccessibleName("Environment")
            self.environment.textChanged.connect(self.changed)
        self.interpreter = typed_choice("Python", usual, parent)
        self.interpreter.addItems(["", *interpreters])
        self.interpreter.setToolTip(
            "A Python, or the folder of a virtual environment; those beside the file are offered"
        )
        self.folder.textEdited.connect(self.changed)
        self.interpreter.editTextChanged.connect(self.changed)

    def add_to(self, form: QFormLayout) -> None:
        """Add the fields to a form, each beside its word."""
        folder = plain_label("Working &folder", self._parent, buddy=self.folder)
        form.addRow(folder, add_all(QHBoxLayout(), (self.folder, 1), self.browse))
        if self.environment is not None:
            form.addRow("&Environment", self.environment)
        form.addRow(plain_label("&Python", self._parent, buddy=self.interpreter), self.interpreter)

    def typed(self) -> Surroundings:
        """Return what was typed."""
        environment = "" if self.environment is None else self.environment.toPlainText()
        return Surroundings(self.folder.text(), environment, self.interpreter.currentText())

    def show(self, where: Surroundings) -> None:
        """Fill the fields."""
        self.folder.setText(where.folder)
        if self.environment is not None:
            self.environment.setPlainText(where.environment)
        self.interpreter.setEditText(where.interpreter)

    @Slot()
    def _on_browse(self) -> None:
        usual = self.folder.text() or self.folder.placeholderText()
        path = QFileDialog.getExistingDirectory(self._parent, "Working folder", usual)
        if path:
            self.folder.setText(path)
            self.changed.emit()
