"""Editing a worker's fields in place, with one sentence where it is wrong."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.core.errors import BadInput
from app.ui.workers.rows import EDITED, TITLES, Column, WorkerRows

Index = QModelIndex | QPersistentModelIndex


class FieldValidator(QValidator):
    """Asks a rule whether a text will do, and says the rule's sentence while it will not.

    A wrong text is "intermediate", never "invalid": it can be typed through, and it cannot be committed, so the editor
    stays open with the focus in it.

    Signals:
        judged: the sentence that says what is wrong; empty when the text will do.
    """

    judged = Signal(str)

    def __init__(self, rule: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._rule = rule

    def validate(self, text: str, position: int) -> object:
        try:
            self._rule(text)
        except BadInput as error:
            self.judged.emit(str(error))
            return QValidator.State.Intermediate, text, position
        self.judged.emit("")
        return QValidator.State.Acceptable, text, position


class WorkerDelegate(QStyledItemDelegate):
    """Makes the editors of the workers table; painting stays Qt's own, in C++.

    Signals:
        judged: the sentence about the text in the open editor; empty when it will do.
        edited: row, field and text that were committed.
    """

    judged = Signal(str)
    edited = Signal(int, str, str)

    def __init__(self, rows: WorkerRows, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        row, column = index.row(), Column(index.column())
        editor: QWidget
        if column in (Column.STRATEGY, Column.WORKLOAD):
            editor = _choice(self._rows, column, parent)
            editor.activated.connect(self._on_chosen)
        else:
            editor = QLineEdit(parent)
            rule = _Rule(self._rows, row, EDITED[column])
            validator = FieldValidator(rule, editor)
            validator.judged.connect(self.judged)
            editor.setValidator(validator)
        editor.setAccessibleName(TITLES[column])
        editor.setAutoFillBackground(True)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = self._rows.text(index.row(), EDITED[Column(index.column())])
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(text)))
            editor.showPopup()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        text = editor.currentData() if isinstance(editor, QComboBox) else editor.text()  # type: ignore[attr-defined]
        self.edited.emit(index.row(), EDITED[Column(index.column())], text)

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.judged.emit("")
        super().destroyEditor(editor, index)

    def _on_chosen(self) -> None:
        editor = self.sender()
        if isinstance(editor, QComboBox):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor)


class _Rule:
    """The rule of one field of one row."""

    def __init__(self, rows: WorkerRows, row: int, name: str) -> None:
        self._rows = rows
        self._row = row
        self._name = name

    def __call__(self, text: str) -> object:
        return self._rows.check(self._row, self._name, text)


def _choice(rows: WorkerRows, column: Column, parent: QWidget) -> QComboBox:
    """Return a box with the strategies or the workloads: titles, with the ids as data."""
    box = QComboBox(parent)
    fill_choice(box, rows, EDITED[column])
    return box


def fill_choice(box: QComboBox, rows: WorkerRows, name: str) -> None:
    """Fill a box with the titles of the strategies or of the workloads, the ids as data."""
    if name == "strategy":
        for strategy in rows.catalogue.strategies:
            box.addItem(strategy.about.title, strategy.about.id)
    else:
        for workload in rows.catalogue.workloads:
            box.addItem(workload.title, workload.id)
