"""File ▸ Open threads…: what is in a Python file, how each is stopped, what it is given, and consent."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.core.worker import Worker
from app.programs.consent import code_uses
from app.programs.interpreters import environments_beside
from app.programs.own_code import PythonFile
from app.ui.compare.parts import scrolled
from app.ui.threads.logic import (
    HEADERS,
    Draft,
    Surroundings,
    drafts_as,
    drafts_of,
    found_cells,
    handed_in,
    head,
    not_offered_cells,
    parameter_label,
    stop_sentence,
    workers_of,
)
from app.ui.threads.surroundings import SurroundingsPart, typed_choice
from app.ui.widgets import add_all, configure_table, plain_label

AGREE = "I agree that this file is imported and run when it is started"
ONE_ONLY = "Choose one: a worker runs one thing."
LATER = "Without consent, you are asked when you start it."
_FIRST_ARGUMENT = 3  # row of the form: remarks, the way of stopping and its words stand above
LITERAL = "a Python literal, such as 5 or 'text'"
HANDED_IN = "is the Event by which it is stopped"


class ThreadsDialog(QDialog):
    """Asks which functions and threads of a file become workers; the GUI thread only.

    Args:
        file: what was read of it; it is not run.
        chosen: called with the workers, and whether the person agrees that they are run; never if it is cancelled.
        edited: a worker of the file that is to be changed: then one thing is chosen in the place of its own.

    Attributes:
        table: one row a thing in the file, those that cannot be run at the end.
        stop: how the current one is asked to stop.
        fields: the current one's arguments, by parameter.
        problem: what is wrong with what was entered.
    """

    def __init__(
        self,
        file: PythonFile,
        chosen: Callable[[tuple[Worker, ...], bool], object],
        parent: QWidget | None = None,
        *,
        edited: Worker | None = None,
    ) -> None:
        super().__init__(parent)
        self._file = file
        self._chosen = chosen
        self._is_edit = edited is not None
        self._drafts, where = (drafts_of(file), Surroundings()) if edited is None else drafts_as(file, edited)
        self._current: Draft | None = None
        self.setWindowTitle(f"{'Edit' if self._is_edit else 'Open'} threads of {file.path.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fields: dict[str, QLineEdit] = {}
        self.table = self._make_table()
        self.remarks = plain_label("", self, wraps=True)
        self.stop = typed_choice("Stopped by", "", self)
        self.stop.editTextChanged.connect(self._on_stop)
        self.stop_words = plain_label("", self, wraps=True)
        self.form = QFormLayout()
        self.where = SurroundingsPart(file.path, map(str, environments_beside(file.path)), self)
        self.agree = QCheckBox(AGREE, self)
        self.consent = plain_label("", self, wraps=True)
        self.problem = plain_label("", self, wraps=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, parent=self)
        self.add = self.buttons.addButton("&Save" if self._is_edit else "&Add", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._on_add)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.where.show(where)
        self.where.changed.connect(self._judge)
        self._fill_table()
        self._judge()
        needed = () if self._current is None else self._current.found.needed(self._current.found.ways[0])
        (self.fields[needed[0]] if needed else self.table).setFocus()

    def _make_table(self) -> QTableView:
        table = QTableView(self)
        self._model = QStandardItemModel(0, len(HEADERS), self)
        self._model.setHorizontalHeaderLabels(list(HEADERS))
        table.setModel(self._model)
        configure_table(table, "Functions and threads")
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self._model.itemChanged.connect(self._on_checked)
        table.selectionModel().currentRowChanged.connect(self._on_current)
        return table

    def _lay_out(self) -> None:
        form = self.form
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.remarks)
        form.addRow(plain_label("&Stopped by", self, buddy=self.stop), self.stop)
        form.addRow("", self.stop_words)
        self.where.add_to(form)
        inner = QWidget(self)
        add_all(QVBoxLayout(inner), form, margins=0).addStretch(1)
        below = (self.consent, self.agree, self.problem, self.buttons)
        heading = plain_label(head(self._file), self, wraps=True)
        add_all(QVBoxLayout(self), heading, (self.table, 2), (scrolled(inner, self), 3), *below)
        self.resize(760, 600)

    # -- the list --------------------------------------------------------------------------------------------------

    def _fill_table(self) -> None:
        for draft in self._drafts:
            items = [QStandardItem(text) for text in found_cells(draft.found)]
            items[0].setCheckable(True)
            items[0].setCheckState(Qt.CheckState.Checked if draft.is_chosen else Qt.CheckState.Unchecked)
            self._append(items, draft.found.sentence)
        for other in self._file.not_offered:
            items = [QStandardItem(text) for text in not_offered_cells(other)]
            for item in items:
                item.setEnabled(False)
            self._append(items, "")
        self.table.resizeColumnsToContents()
        row = next((row for row, draft in enumerate(self._drafts) if draft.is_chosen), 0)
        if self._drafts:
            self.table.setCurrentIndex(self._model.index(row, 0))
        else:
            self._show(None)

    def _append(self, items: Sequence[QStandardItem], tip: str) -> None:
        for item in items:
            item.setEditable(False)
            # Qt would obey tags in it.
            item.setToolTip(tip.replace("<", "‹"))
        self._model.appendRow(list(items))

    @Slot(QStandardItem)
    def _on_checked(self, item: QStandardItem) -> None:
        if item.column() == 0 and item.row() < len(self._drafts):
            self._drafts[item.row()].is_chosen = item.checkState() == Qt.CheckState.Checked
            self._judge()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, now: QModelIndex, _before: QModelIndex) -> None:
        self._show(self._drafts[now.row()] if 0 <= now.row() < len(self._drafts) else None)

    # -- the current one -------------------------------------------------------------------------------------------

    def _show(self, draft: Draft | None) -> None:
        """Show how one of them is stopped and what it is given; None for none."""
        self._current = None  # what is filled in below is nothing that was typed
        for field in self.fields.values():
            self.form.removeRow(field)
        self.fields.clear()
        self.stop.clear()
        self.stop.setEnabled(draft is not None)
        found = None if draft is None else draft.found
        words = "" if found is None else " ".join(filter(None, (found.sentence, *found.remarks)))
        self.remarks.setText(words)
        self.remarks.setVisible(bool(words))
        if draft is not None and found is not None:
            self.stop.addItems([way.text for way in found.ways])
            self.stop.setEditText(draft.stop)
            for parameter in found.parameters:
                field = QLineEdit(draft.arguments.get(parameter.name, ""), self)
                field.setAccessibleName(f"Argument {parameter.name}")
                field.setObjectName(parameter.name)
                field.textEdited.connect(self._on_argument)
                self.fields[parameter.name] = field
                label = plain_label(parameter_label(parameter.name, parameter.annotation), self)
                self.form.insertRow(_FIRST_ARGUMENT + len(self.fields) - 1, label, field)
        self._current = draft
        self._show_stop()
        # By itself Tab goes in the order of creation.
        before: QWidget = self.stop
        for following in (*self.fields.values(), self.where.folder):
            QWidget.setTabOrder(before, following)
            before = following

    @Slot(str)
    def _on_stop(self, text: str) -> None:
        if self._current is not None:
            self._current.stop = text
            self._show_stop()
            self._judge()

    def _show_stop(self) -> None:
        """Say what the way of asking means, and which argument it takes the place of."""
        draft = self._current
        self.stop_words.setText("" if draft is None else stop_sentence(draft.stop))
        event = "" if draft is None else handed_in(draft)
        for parameter in () if draft is None else draft.found.parameters:
            field, is_event = self.fields[parameter.name], parameter.name == event
            usual = LITERAL if parameter.default is None else parameter.default
            field.setEnabled(not is_event)
            field.setPlaceholderText(HANDED_IN if is_event else usual)

    @Slot(str)
    def _on_argument(self, text: str) -> None:
        if self._current is not None:
            self._current.arguments[self.sender().objectName()] = text
            self._judge()

    # -- what becomes of it ----------------------------------------------------------------------------------------

    @Slot()
    def _judge(self) -> None:
        """Say what is wrong with what was entered, and what consent would be to."""
        try:
            workers = workers_of(self._file, self._drafts, self.where.typed())
            self.problem.setText("")
        except BadInput as error:
            workers = ()
            self.problem.setText(str(error))
        self.add.setEnabled(bool(workers))
        if self._is_edit and len(workers) > 1:
            self.problem.setText(ONE_ONLY)
            self.add.setEnabled(False)
        elif not self._is_edit:
            self.add.setText("&Add" + (f" {len(workers):,} workers" if len(workers) > 1 else ""))
        uses = code_uses(workers)
        self.consent.setText(" ".join((uses[0].sentence, LATER)) if uses else "")
        self.agree.setEnabled(bool(uses))
        self.problem.setVisible(bool(self.problem.text()))

    @Slot()
    def _on_add(self) -> None:
        try:
            workers = workers_of(self._file, self._drafts, self.where.typed())
        except BadInput:
            self._judge()
            return
        self._chosen(workers, self.agree.isChecked())
        self.accept()
