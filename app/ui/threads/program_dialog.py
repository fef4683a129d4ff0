"""File ▸ Observe program…: with which arguments, in which folder and by which Python; and the question after a drop."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.core.program import Program
from app.programs.consent import program_use
from app.programs.interpreters import observing_interpreters
from app.ui.display_text import visible
from app.ui.threads.program import program_of, usual_interpreter
from app.ui.threads.surroundings import SurroundingsPart
from app.ui.widgets import add_all, plain_label

_LETTERS, _WIDEST = 90, 960  # width of the dialog, in letters, and its most in pixels
AGREE = "I agree that this file is run"
HEAD = (
    "The program runs unmodified, in a process of its own, with all its threads observed: who asks which to stop, where, "
    "and where that is noticed. It has no terminal: its input is empty, and what its threads print appears in the log."
)


class ProgramDialog(QDialog):
    """Asks how a program is run that is to be observed; the GUI thread only.

    Args:
        file: the script; it is not read.
        chosen: called with the program, and whether the person agrees that it is run; never if it is cancelled.

    Attributes:
        arguments: the program's own.
        where: the folder and the Python.
        problem: what is wrong with what was entered.
    """

    def __init__(self, file: Path, chosen: Callable[[Program, bool], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._chosen = chosen
        self._offered = observing_interpreters(file)
        self.setWindowTitle(f"Observe {visible(file.name, 60)}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.arguments = QLineEdit(self)
        self.arguments.setPlaceholderText("none; as in a shell")
        self.arguments.textEdited.connect(self._judge)
        usual = usual_interpreter(self._offered)
        self.where = SurroundingsPart(file, self._offered, self, has_environment=False, usual=usual)
        self.where.changed.connect(self._judge)
        self.consent, self.problem = plain_label("", self, wraps=True), plain_label("", self, wraps=True)
        self.agree = QCheckBox(AGREE, self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, parent=self)
        self.observe = self.buttons.addButton("&Observe", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_observe)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("A&rguments", self.arguments)
        self.arguments.setAccessibleName("Arguments")
        self.where.add_to(form)
        head = plain_label(HEAD, self, wraps=True)
        column = add_all(QVBoxLayout(self), head, form, self.consent, self.agree, self.problem, self.buttons)
        column.insertStretch(4, 1)
        self._judge()
        width = min(_LETTERS * self.fontMetrics().averageCharWidth(), _WIDEST)
        self.resize(width, column.totalHeightForWidth(width))
        self.arguments.setFocus()

    def _program(self) -> Program:
        return program_of(self._file, self.arguments.text(), self.where.typed(), self._offered)

    @Slot()
    def _judge(self) -> None:
        """Say what is wrong with what was entered, and what consent would be to."""
        try:
            program = self._program()
        except BadInput as error:
            self.problem.setText(visible(str(error), 600))
            self.consent.setText("")
        else:
            self.problem.setText("")
            self.consent.setText(visible(program_use(program).sentence, 2_000))
        is_right = not self.problem.text()
        self.problem.setVisible(not is_right)
        self.consent.setVisible(is_right)
        self.agree.setEnabled(is_right)
        self.observe.setEnabled(is_right)

    @Slot()
    def _on_observe(self) -> None:
        try:
            program = self._program()
        except BadInput:
            self._judge()
            return
        self._chosen(program, self.agree.isChecked())
        self.accept()


class DropQuestion(QMessageBox):
    """Asks what is wanted of a Python file that was dropped; the GUI thread only.

    Args:
        file: what was dropped.
        threads: called with it, to open its threads.
        program: called with it, to observe it as a program.
    """

    def __init__(
        self, file: Path, threads: Callable[[Path], object], program: Callable[[Path], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._file, self._threads, self._program = file, threads, program
        self.setWindowTitle("Python file")
        self.setIcon(QMessageBox.Icon.Question)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(f"What do you want of {visible(file.name, 100)}?")
        self.setInformativeText(
            "Open its functions and threads as workers, one by one; or run all of it as it is, and observe its threads."
        )
        for label in self.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.open_threads = self.addButton("Open its &threads", QMessageBox.ButtonRole.AcceptRole)
        self.observe = self.addButton("&Observe it as a program", QMessageBox.ButtonRole.AcceptRole)
        cancel = self.addButton("&Cancel", QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self.open_threads)
        self.setEscapeButton(cancel)
        self.open_threads.clicked.connect(self._on_threads)
        self.observe.clicked.connect(self._on_observe)

    @Slot()
    def _on_threads(self) -> None:
        self._threads(self._file)

    @Slot()
    def _on_observe(self) -> None:
        self._program(self._file)
