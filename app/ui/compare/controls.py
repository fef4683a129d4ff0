"""The controls of an experiment: its fields, buttons, progress, and the sentence about a problem."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.experiments.results import Progress
from app.ui.compare.words import progress_text
from app.ui.widgets import plain_label

_PARTS = 1_000  # of the progress bar


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Attributes:
        name: by which ``Controls.text`` has it.
        word: what stands beside it, with its mnemonic.
        text: what it begins with.
        hint: what is written in it while it is empty.
    """

    name: str
    word: str
    text: str = ""
    hint: str = ""


class Controls(QWidget):
    """Fields, Start, Cancel, perhaps Resume, and how far it is; the GUI thread only.

    Args:
        what: "race" or "matrix", for the accessible names.
        fields: from the top.
        resumes: whether there is a Resume.

    Signals:
        started, cancelled, resumed: its button was pressed.
    """

    started = Signal()
    cancelled = Signal()
    resumed = Signal()

    def __init__(
        self, what: str, fields: Sequence[Field], *, resumes: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        self._fields: dict[str, QLineEdit] = {}
        for field in fields:
            line = self._fields[field.name] = QLineEdit(field.text, self)
            line.setPlaceholderText(field.hint)
            line.setAccessibleName(field.word.replace("&", ""))
            line.returnPressed.connect(self.started)
            form.addRow(field.word, line)
        self.hint = plain_label("", self)
        self.hint.setWordWrap(True)
        self.hint.hide()
        self.start = _button("&Start", f"Start the {what}", self)
        self.cancel = _button("&Cancel", f"Cancel the {what}; what is done is kept", self)
        self.resume = _button("Res&ume", f"Resume the {what} that was cancelled", self)
        self.resume.setVisible(resumes)
        self.cancel.setEnabled(False)
        self.resume.setEnabled(False)
        self.start.clicked.connect(self.started)
        self.cancel.clicked.connect(self.cancelled)
        self.resume.clicked.connect(self.resumed)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _PARTS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"Progress of the {what}")
        self.progress = plain_label("", self)
        self.progress.setWordWrap(True)
        self.problem = plain_label("", self)
        self.problem.setWordWrap(True)
        buttons = QHBoxLayout()
        for button in (self.start, self.cancel, self.resume):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self.hint)
        layout.addLayout(buttons)
        for widget in (self.bar, self.progress, self.problem):
            layout.addWidget(widget)

    def text(self, name: str) -> str:
        """Return what a field says."""
        return self._fields[name].text()

    def set_text(self, name: str, text: str) -> None:
        """Write into a field."""
        self._fields[name].setText(text)

    def advise(self, hint: str) -> None:
        """Show a hint below the fields; an empty one hides it."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def say(self, problem: str) -> None:
        """Show a problem; an empty sentence hides it."""
        self.problem.setText(problem)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self.bar.setValue(_PARTS * progress.done // max(progress.total, 1))
        text = progress_text(progress)
        self.progress.setText(text)
        self.bar.setAccessibleDescription(text)

    def begin(self) -> None:
        """Show that the experiment has started."""
        self.say("")
        self.bar.setValue(0)
        self.progress.setText("Starting…")
        self.cancel.setEnabled(True)
        self.resume.setEnabled(False)

    def cancelling(self) -> None:
        """Show that the experiment was asked to end, which may take as long as the deadline."""
        self.cancel.setEnabled(False)
        self.progress.setText("Cancelling: waiting for the runs that are alive…")

    def end(self, said: str, *, can_resume: bool = False) -> None:
        """Show that the experiment has ended."""
        self.cancel.setEnabled(False)
        self.resume.setEnabled(can_resume)
        self.progress.setText(said)


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setAccessibleName(text.replace("&", ""))
    button.setAccessibleDescription(name)
    button.setToolTip(name)
    button.setAutoDefault(False)
    return button
