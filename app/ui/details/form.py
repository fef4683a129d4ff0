"""The settings of one worker and of its workload, each field beside its word, checked as it is typed."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.core.own_code.description import OWN_CODE
from app.core.parameters import Parameter
from app.core.worker import ENGINES, ITERATION_FIELDS
from app.core.workloads import Workload
from app.ui.details.logic import code_facts
from app.ui.widgets import add_all, plain_label
from app.ui.workers.delegate import fill_choice
from app.ui.workers.rows import Row, WorkerRows


class WorkloadPart:
    """The rows below the choice of the workload, made anew when that is another one. The GUI thread only.

    Attributes:
        workload: the workload that these rows belong to; None for none.
        words: the workload's sentence, and its warning if it has one.
        fields: the editors of its parameters, by the name of the field; line edits, and check boxes for switches.

    Args:
        form: where the rows go.
        box: the choice of the workload; its row is in the form already.
        parent: of the editors.
    """

    def __init__(self, form: QFormLayout, box: QComboBox, parent: QWidget) -> None:
        self._form = form
        self._box = box
        self._parent = parent
        self.workload: type[Workload] | None = None
        self.fields: dict[str, QWidget] = {}
        self.words = plain_label("", parent, wraps=True)
        self.words.hide()
        form.addRow(self.words)

    def show(self, workload: type[Workload] | None) -> None:
        """Make the rows of a workload, none for None, in the place of those that are there."""
        self.workload = workload
        self._remove()
        words = "" if workload is None else _words(workload)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._box.setAccessibleDescription(words)
        for parameter in () if workload is None else workload.parameters:
            self._add(parameter)

    def put_in_tab_order(self, following: QWidget) -> None:
        """Have Tab go from the choice through the fields to ``following``; by itself it goes in their order of creation."""
        before: QWidget = self._box
        for field in (*self.fields.values(), following):
            QWidget.setTabOrder(before, field)
            before = field

    def _add(self, parameter: Parameter) -> None:
        field: QCheckBox | QLineEdit
        row = self._form.getWidgetPosition(self.words)[0] + len(self.fields) + 1  # type: ignore[index]
        if isinstance(parameter.usual, bool):
            field = QCheckBox(parameter.label, self._parent)
            self._form.insertRow(row, field)
        else:
            field = QLineEdit(self._parent)
            field.setPlaceholderText(parameter.choice)
            label = plain_label(parameter.label, self._parent, buddy=field)
            self._form.insertRow(row, label, field)
        field.setObjectName(parameter.field)
        field.setAccessibleName(parameter.label)
        field.setAccessibleDescription(parameter.about)
        field.setToolTip(parameter.about)
        self.fields[parameter.field] = field

    def _remove(self) -> None:
        for field in self.fields.values():
            if field.hasFocus():
                self._box.setFocus()  # not wherever Qt would look for it next
            gone: list[QWidget] = [field]
            label = self._form.labelForField(field)
            if label is not None:
                gone.append(label)
            self._form.takeRow(field)
            for widget in gone:
                # Later: it may be an event of its own that brought us here.
                widget.hide()
                widget.deleteLater()
        self.fields.clear()


def _words(workload: type[Workload]) -> str:
    return f"{workload.sentence}\nWarning: {workload.warning}" if workload.warning else workload.sentence


# Field, the word beside it (no letter of a menu is its mnemonic), what the placeholder says.
_LINES = (
    ("name", "&Name", ""),
    ("interval", "&Interval (s)", "0 to 3600; 0 is as fast as it can"),
    ("limit", "Li&mit (lines)", "no limit"),
    ("stop_after", "Stop &after (s)", "never automatically"),
    ("text", "Te&xt of a line", ""),
    ("text_on_request", "Line on stop re&quest", "none"),
)


class WorkerForm(QWidget):
    """Edits the worker of one row; an edit applies to its next run. The GUI thread only.

    Attributes:
        problem: the sentence about the text in the field that is being typed in.
        workload: the rows that belong to the workload.

    Signals:
        edited: row, field, text: a text that was committed and is right; a parameter's field is ``parameters.NAME``.
        code_asked: the code of the person's own that a row runs is to be changed.
    """

    edited = Signal(int, str, str)
    code_asked = Signal(int)

    def __init__(self, rows: WorkerRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._row: int | None = None
        self._shown: Row | None = None
        self._committing = False
        self._fields: dict[str, QWidget] = {}
        self.problem = plain_label("", self, wraps=True)
        self._form = QFormLayout()
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, word, placeholder in _LINES:
            self._add_line(name, word, placeholder)
            if name == "name":
                self._add_choice("strategy", "Strate&gy")
                self.workload = WorkloadPart(self._form, self._add_choice("workload", "Wor&kload"), self)
        self._add_end_lines()
        self._add_engine()
        self.code_words = plain_label("", self, wraps=True)
        self.code_words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.edit_code = QPushButton("Edit c&ode…", self)
        self.edit_code.setAutoDefault(False)
        self.edit_code.clicked.connect(self._on_edit_code)
        for place, part in enumerate((self.code_words, self.edit_code), 1):
            self._form.insertRow(place, part)
            self._form.setRowVisible(part, False)
        hint = plain_label(
            "In texts, {i} is the line's number and {name} the worker; {{ and }} are braces.", self, wraps=True
        )
        layout = add_all(QVBoxLayout(self), self._form, self.problem, hint)
        layout.addStretch(1)

    def _add_line(self, name: str, word: str, placeholder: str) -> None:
        field = QLineEdit(self)
        field.setPlaceholderText(placeholder)
        self._listen(field)
        self._add(name, word, field)

    def _listen(self, field: QWidget) -> None:
        if isinstance(field, QLineEdit):
            field.returnPressed.connect(self.settle)
            field.installEventFilter(self)
            field.textEdited.connect(self._on_typed)
        elif isinstance(field, QCheckBox):
            field.clicked.connect(self._on_ticked)

    def _add_choice(self, name: str, word: str) -> QComboBox:
        box = QComboBox(self)
        fill_choice(box, self._rows, name)
        box.activated.connect(self._on_chosen)
        self._add(name, word, box)
        return box

    def _add_engine(self) -> None:
        box = QComboBox(self)
        for engine, words in zip(ENGINES, ("This process", "A process of its own"), strict=True):
            box.addItem(words, engine)
        box.activated.connect(self._on_chosen)
        self._add("engine", "R&uns in", box)
        self._add_line("interpreter", "&Python", "the one that runs this program")

    def _add_end_lines(self) -> None:
        field = QPlainTextEdit(self)
        field.setTabChangesFocus(True)
        field.setFixedHeight(field.fontMetrics().lineSpacing() * 4 + 12)
        field.setPlaceholderText("none; one per row")
        field.installEventFilter(self)
        self._add("text_at_end", "Lines at the en&d", field)

    def _add(self, name: str, word: str, field: QWidget) -> None:
        field.setObjectName(name)
        field.setAccessibleName(word.replace("&", ""))
        self._fields[name] = field
        self._form.addRow(word, field)

    # -- which worker --------------------------------------------------------------------------------------------

    def show_row(self, row: int | None) -> None:
        """Show the worker of a row; None for no worker. A field that is being typed in is left alone."""
        # The same index may be another worker: rows are removed, and other sets are opened.
        shown = self._rows.rows[row] if row is not None else None
        changed = shown is not self._shown
        self._row, self._shown = row, shown
        self.setEnabled(row is not None)
        if changed:
            self.problem.setText("")
        self._show_code()
        self._show_workload()
        for name, field in self._fields.items():
            if changed or not field.hasFocus():
                self._fill(field, self._rows.text(row, name) if row is not None else "")

    def _show_code(self) -> None:
        """Say what code of the person's own is run, in the place of the fields that say nothing about it."""
        code = self._shown.worker.code if self._shown else None
        self.code_words.setText("" if code is None else code_facts(code))
        for part in (self.code_words, self.edit_code):
            self._form.setRowVisible(part, code is not None)
        for name in ("strategy", "engine", *ITERATION_FIELDS):
            if name in self._fields and self._row is not None:
                self._form.setRowVisible(self._fields[name], self._rows.can_edit(self._row, name))

    @Slot()
    def _on_edit_code(self) -> None:
        if self._row is not None:
            self.code_asked.emit(self._row)

    def _show_workload(self) -> None:
        """Have the fields of the workload that is shown, and of no other."""
        shown = self._shown
        is_own = shown is not None and shown.worker.strategy == OWN_CODE
        workload = self._rows.catalogue.workload(shown.worker.workload) if shown and not is_own else None
        if workload is self.workload.workload:
            return
        for name, field in self.workload.fields.items():
            # Before they go and lose the focus: what was typed into them means nothing to another workload.
            field.removeEventFilter(self)
            del self._fields[name]
        self.workload.show(workload)
        for field in self.workload.fields.values():
            self._listen(field)
        self._fields |= self.workload.fields
        self.workload.put_in_tab_order(self._fields["interval"])
        self.problem.setText("")

    @staticmethod
    def _fill(field: QWidget, text: str) -> None:
        if isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(text))
        elif isinstance(field, QCheckBox):
            field.setChecked(text == "yes")
        elif isinstance(field, QPlainTextEdit):
            if field.toPlainText() != text:
                field.setPlainText(text)
        elif isinstance(field, QLineEdit) and field.text() != text:
            field.setText(text)

    def field(self, name: str) -> QWidget:
        """Return the editor of a field by the field's name, that of a workload's parameter by ``parameters.NAME``."""
        return self._fields[name]

    # -- committing ----------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self._judge(self.sender().objectName(), text)

    def _judge(self, name: str, text: str) -> bool:
        if self._row is None:
            return False
        try:
            self._rows.check(self._row, name, text)
        except BadInput as error:
            self.problem.setText(error.entry)
            return False
        self.problem.setText("")
        return True

    @Slot()
    def settle(self) -> bool:
        """Take the text of the field that is being typed in; False, and the focus stays there, if it is wrong."""
        field = self.focusWidget()
        if isinstance(field, QLineEdit | QPlainTextEdit) and self.isVisible() and self.isAncestorOf(field):
            return self._commit_typed(field)
        return True

    def _commit_typed(self, field: QLineEdit | QPlainTextEdit) -> bool:
        """Commit what a person has typed; a text that was only shown is left as it is: showing may have changed it."""
        if isinstance(field, QLineEdit):
            return not field.isModified() or self._commit(field, field.text())
        return not field.document().isModified() or self._commit(field, field.toPlainText())

    @Slot(int)
    def _on_chosen(self, _index: int) -> None:
        field = self.sender()
        if isinstance(field, QComboBox):
            self._commit(field, field.currentData())

    @Slot(bool)
    def _on_ticked(self, ticked: bool) -> None:
        field = self.sender()
        if isinstance(field, QCheckBox):
            self._commit(field, "yes" if ticked else "no")

    def _commit(self, field: QWidget, text: str) -> bool:
        """Hand a right text on; keep the focus on a wrong one, of which nothing is applied. Escape takes it back."""
        name = field.objectName()
        if self._row is None or self._committing:
            return True
        # Taking the focus back makes the next field lose it: that one must not be judged as well.
        self._committing = True
        right = self._judge(name, text)
        if not right:
            field.setFocus(Qt.FocusReason.OtherFocusReason)
        elif text != self._rows.text(self._row, name):
            self.edited.emit(self._row, name, text)
        self._committing = False
        return right

    def keyPressEvent(self, event: QKeyEvent) -> None:
        field = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape and self._row is not None and field is not None and field.objectName():
            self._fill(field, self._rows.text(self._row, field.objectName()))
            self.problem.setText("")
            event.accept()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # A menu, or another window, takes the focus for a while only.
            away = event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            if not away and isinstance(watched, QLineEdit | QPlainTextEdit):
                self._commit_typed(watched)
        return super().eventFilter(watched, event)
