"""What race and matrix have in common: fields, buttons, progress, and consent before what can do harm."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.core.worker import Worker
from app.experiments.race_report import JSON
from app.experiments.results import Progress, progress_text
from app.ui.compare.parts import new_button, scrolled, show_text, words_label
from app.ui.compare.words import already_running
from app.ui.task import Task
from app.ui.widgets import add_all, plain_label, single_shot
from app.ui.workers.consent import Agreed, AskConsent, Risk, consent_needed
from app.ui.workers.dialogs import ConsentDialog

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
    """Start, Cancel, perhaps Resume, and how far it is; the GUI thread only.

    Args:
        what: "race" or "matrix", for the accessible names.
        fields: from the top.
        resumes: whether there is a Resume.

    Attributes:
        form: the fields, which stand elsewhere: they are scrolled on a small screen, the buttons are not.

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
        form = self.form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        self._can_resume = self._is_blocked = False
        self._fields: dict[str, QLineEdit] = {}
        for field in fields:
            line = self._fields[field.name] = QLineEdit(field.text, self)
            line.setPlaceholderText(field.hint)
            line.setAccessibleName(field.word.replace("&", ""))
            line.returnPressed.connect(self.started)
            form.addRow(field.word, line)
        self.hint = plain_label("", self, wraps=True)
        self.hint.hide()
        self.start = new_button("&Start", "Start", self, f"Start the {what}")
        self.cancel = new_button("&Cancel", "Cancel", self, f"Cancel the {what}; what is done is kept")
        self.resume = new_button("Res&ume", "Resume", self, f"Resume the {what} that was cancelled")
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
        self.progress = plain_label("", self, wraps=True)
        self.problem = plain_label("", self, wraps=True)
        for label in (self.progress, self.problem):
            label.hide()
        buttons = add_all(QHBoxLayout(), self.start, self.cancel, self.resume)
        add_all(QVBoxLayout(self), self.hint, buttons, self.bar, self.progress, self.problem, margins=0)

    def text(self, name: str) -> str:
        """Return what a field says."""
        return self._fields[name].text()

    def set_text(self, name: str, text: str) -> None:
        """Write into a field."""
        self._fields[name].setText(text)

    def advise(self, hint: str) -> None:
        """Show a hint below the fields; an empty one hides it."""
        show_text(self.hint, hint)

    def say(self, problem: str) -> None:
        """Show a problem; an empty sentence hides it."""
        show_text(self.problem, problem)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self.bar.setValue(_PARTS * progress.done // max(progress.total, 1))
        text = progress_text(progress)
        show_text(self.progress, text)
        self.bar.setAccessibleDescription(text)

    def begin(self) -> None:
        """Show that the experiment has started."""
        self.say("")
        self.bar.setValue(0)
        show_text(self.progress, "Starting…")
        self.cancel.setEnabled(True)

    def cancelling(self) -> None:
        """Show that the experiment was asked to end, which may take as long as the deadline."""
        self.cancel.setEnabled(False)
        show_text(self.progress, "Cancelling: waiting for the runs that are alive…")

    def end(self, said: str, *, can_resume: bool = False) -> None:
        """Show that the experiment has ended."""
        self._can_resume = can_resume
        self.cancel.setEnabled(False)
        self._show_possible()
        show_text(self.progress, said)

    def block(self, is_blocked: bool) -> None:
        """Let nothing be started while an experiment runs, this one or another, or let it again."""
        self._is_blocked = is_blocked
        self._show_possible()

    def _show_possible(self) -> None:
        self.start.setEnabled(not self._is_blocked)
        self.resume.setEnabled(self._can_resume and not self._is_blocked)


@dataclass(frozen=True, slots=True)
class CompareServices:
    """What the experiments have of the main window; its functions are called by the GUI thread only.

    Attributes:
        workers: returns its workers.
        alive: returns how many of its runs are alive.
        agreed: what the person has agreed to in this session; is added to.
        record: records what the person did: a word and its facts, as the session's journal has them.
        keep: keeps what was found as evidence: a name, a media type, the bytes, and of what they are.
    """

    workers: Callable[[], Sequence[Worker]]
    alive: Callable[[], int]
    agreed: Agreed
    record: Callable[[str, dict[str, object]], object]
    keep: Callable[[str, str, bytes, str], object]


class ExperimentTab(QWidget):
    """What a race and a matrix have in common; the GUI thread only.

    Args:
        name: its task's.
        task: runs the experiment in the background.
        services: what it has of the main window.

    Attributes:
        ask: asks a person for consent before what can do harm is started, by a dialog; may be replaced.

    Signals:
        begun: the experiment was started.
    """

    begun = Signal()

    def __init__(self, name: str, task: Task, services: CompareServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._task, self._services = name, task, services
        self._reveal_timer = single_shot(self, self._on_reveal)
        self.consent_dialog = ConsentDialog(self)
        self.consent_dialog.declined.connect(self._on_declined)
        self._asked: Sequence[Risk] = ()  # what was asked about last
        self.ask: AskConsent = self.consent_dialog.ask
        self._disturbed = self._seed = ""
        self.sentence, self.notes, self.environment = (words_label(self) for _ in range(3))
        for label in (self.sentence, self.notes, self.environment):
            label.hide()

    def _use(self, controls: Controls) -> None:
        self.controls = controls
        controls.started.connect(self.start)
        controls.cancelled.connect(self.cancel)

    def _side(self, *parts: QWidget | tuple[QWidget, int]) -> QWidget:
        """Return the left side: some parts and the fields, which are scrolled if they must be, above the buttons."""
        inner = QWidget(self)
        add_all(QVBoxLayout(inner), *parts, self.controls.form, margins=(0, 0, 6, 0))
        side = QWidget(self)
        add_all(QVBoxLayout(side), (scrolled(inner, self), 1), self.controls)
        return side

    def _results(self, right: QWidget) -> QWidget:
        """Return the right side, which is scrolled where there is too little room."""
        self._area = scrolled(right, self)
        return self._area

    def _reveal(self, part: QWidget) -> None:
        """Bring a part of the right side into sight, once it has its place."""
        self._part = part
        self._reveal_timer.start()

    @Slot()
    def _on_reveal(self) -> None:
        self._area.ensureWidgetVisible(self._part)

    def _keep(self, name: str, data: bytes, why: str) -> None:
        """Keep what was found as evidence in the session; that there is too much of it is said in a sentence."""
        try:
            self._services.keep(name, JSON, data, why)
        except BadInput as error:
            self.controls.say(str(error))

    def _is_refused(self) -> bool:
        """Return whether nothing can be started because an experiment runs, which is said then."""
        if self._task.is_running():
            self.controls.say(already_running(self._task.name))
        return self._task.is_running()

    def _with_consent(self, risks: Iterable[Risk], begin: Callable[[], None]) -> None:
        """Call ``begin`` at once, or once the person agrees to the risks that were not agreed to before."""
        new = [risk for risk in risks if not self._services.agreed.covers(risk)]
        if not new:
            begin()
            return

        def agreed() -> None:
            self._services.agreed.agree(new)
            begin()

        self._asked = new
        self.controls.say("")
        self.ask(new, agreed)

    @Slot()
    def _on_declined(self) -> None:
        """Say why nothing was started."""
        self.controls.say(consent_needed(self._asked))

    def start(self) -> None:
        """Start the experiment."""
        raise NotImplementedError

    @Slot()
    def cancel(self) -> None:
        """End the experiment, or the question whether to start it; what is done is kept."""
        self.consent_dialog.withdraw()
        if self._task.name == self._name and self._task.is_running():
            self._task.cancel()
            self.controls.cancelling()

    def show_progress(self, values: Sequence[object]) -> None:
        """Show how far the experiment is."""
        for value in values:
            if isinstance(value, Progress) and not self._task.is_cancelled():
                self.controls.show_progress(value)

    def _note(self, first: str = "") -> None:
        show_text(self.notes, " ".join(filter(None, (first, self._disturbed, self._seed))))
