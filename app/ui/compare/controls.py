"""What race and matrix have in common: fields, buttons and progress, and a list from which entries are picked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.experiments.results import Progress, progress_text
from app.ui.task import Task
from app.ui.widgets import add_all, plain_label

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
        self.hint = plain_label("", self, wraps=True)
        self.hint.hide()
        self.start = _button("&Start", "Start", self, f"Start the {what}")
        self.cancel = _button("&Cancel", "Cancel", self, f"Cancel the {what}; what is done is kept")
        self.resume = _button("Res&ume", "Resume", self, f"Resume the {what} that was cancelled")
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
        buttons = add_all(QHBoxLayout(), self.start, self.cancel, self.resume)
        add_all(QVBoxLayout(self), form, self.hint, buttons, self.bar, self.progress, self.problem, margins=0)

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


class ExperimentTab(QWidget):
    """What a race and a matrix have in common; the GUI thread only.

    Args:
        name: its task's.
        task: runs the experiment in the background.
        alive: returns how many runs of the main window are alive.
    """

    def __init__(self, name: str, task: Task, alive: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._task, self._alive = name, task, alive
        self._disturbed = self._seed = ""
        self.sentence, self.notes, self.environment = (words_label(self) for _ in range(3))

    def _use(self, controls: Controls) -> None:
        self.controls = controls
        controls.started.connect(self.start)
        controls.cancelled.connect(self.cancel)

    def start(self) -> None:
        """Start the experiment."""
        raise NotImplementedError

    @Slot()
    def cancel(self) -> None:
        """End the experiment; what is done is kept."""
        if self._task.name == self._name and self._task.is_running():
            self._task.cancel()
            self.controls.cancelling()

    def show_progress(self, values: Sequence[object]) -> None:
        """Show how far the experiment is."""
        for value in values:
            if isinstance(value, Progress) and not self._task.is_cancelled():
                self.controls.show_progress(value)

    def _note(self, first: str = "") -> None:
        self.notes.setText(" ".join(filter(None, (first, self._disturbed, self._seed))))


def _button(text: str, name: str, parent: QWidget, tip: str = "") -> QPushButton:
    button = QPushButton(text, parent)
    button.setAccessibleName(name)
    button.setAccessibleDescription(tip)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


@dataclass(frozen=True, slots=True)
class Pick:
    """An entry.

    Attributes:
        id: what ``picked`` returns.
        text: what is shown.
        tip: what is said about it.
        picked: whether it is ticked to begin with.
    """

    id: str
    text: str
    tip: str = ""
    picked: bool = True


class PickList(QWidget):
    """A list with ticks, and what picks all or none; Space ticks the current entry. The GUI thread only.

    Args:
        word: what stands above it, with its mnemonic.

    Signals:
        changed: an entry was ticked or unticked, or there are others.
    """

    changed = Signal()

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = word.replace("&", "")
        self._picks: tuple[Pick, ...] = ()
        self._model = QStandardItemModel(0, 1, self)
        self._model.itemChanged.connect(self.changed)
        self.view = QListView(self)
        self.view.setModel(self._model)
        self.view.setAccessibleName(name)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        label = plain_label(word, self, buddy=self.view)
        self.all = _button("All", f"Pick all: {name}", self)
        self.none = _button("None", f"Pick none: {name}", self)
        self.all.clicked.connect(self._on_all)
        self.none.clicked.connect(self._on_none)
        self.warning = plain_label("", self, wraps=True)
        self.warning.hide()
        head = add_all(QHBoxLayout(), (label, 1), self.all, self.none)
        self.apply_theme()
        add_all(QVBoxLayout(self), head, (self.view, 1), self.warning, margins=0, spacing=2)

    def fill(self, picks: Iterable[Pick]) -> None:
        """Show these entries; one that was there before keeps its tick."""
        picks = tuple(picks)
        if picks == self._picks:
            return
        self._picks = picks
        ticks = {item.data(Qt.ItemDataRole.UserRole): item.checkState() for item in self._items()}
        self._model.removeRows(0, self._model.rowCount())
        for pick in picks:
            item = QStandardItem(pick.text)
            item.setCheckable(True)
            item.setEditable(False)
            item.setData(pick.id, Qt.ItemDataRole.UserRole)
            item.setData(pick.tip, Qt.ItemDataRole.AccessibleDescriptionRole)
            usual = Qt.CheckState.Checked if pick.picked else Qt.CheckState.Unchecked
            item.setCheckState(ticks.get(pick.id, usual))
            self._model.appendRow(item)
        self.changed.emit()

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        # The outline of a tick's box is drawn darker than the window, which in dark is not to be seen.
        palette = QGuiApplication.palette()
        if palette.color(QPalette.ColorRole.Base).lightness() < 128:
            palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.PlaceholderText))
        self.view.setPalette(palette)

    def warn(self, text: str) -> None:
        """Show what some entries can do harm to; an empty text takes it away."""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def picked(self) -> tuple[str, ...]:
        """Return the ids of the entries that are ticked, in their order."""
        return tuple(
            item.data(Qt.ItemDataRole.UserRole) for item in self._items() if item.checkState() is Qt.CheckState.Checked
        )

    def pick(self, ids: Iterable[str]) -> None:
        """Tick exactly these entries."""
        wanted = set(ids)
        for item in self._items():
            is_wanted = item.data(Qt.ItemDataRole.UserRole) in wanted
            item.setCheckState(Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked)

    def _items(self) -> list[QStandardItem]:
        return [self._model.item(row) for row in range(self._model.rowCount())]

    @Slot()
    def _on_all(self) -> None:
        self.pick(item.data(Qt.ItemDataRole.UserRole) for item in self._items())

    @Slot()
    def _on_none(self) -> None:
        self.pick(())


def words_label(parent: QWidget) -> QLabel:
    """Return a label for sentences: plain text, as many lines as it takes, that can be selected and copied."""
    label = plain_label("", parent, wraps=True)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return label
