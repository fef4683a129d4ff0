"""The editors of the workers table's cells, and the tooltips of what is cut off."""

import html
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QHelpEvent, QValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.core.errors import BadInput
from app.ui.display_text import visible
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

    Args:
        rows: the workers.
        row_of: returns the index of the row that a cell of the view shows.
    """

    judged = Signal(str)
    edited = Signal(int, str, str)

    def __init__(self, rows: WorkerRows, row_of: Callable[[Index], int], parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._row_of = row_of

    def createEditor(  # type: ignore[override]
        self, parent: QWidget, _option: QStyleOptionViewItem, index: Index
    ) -> QWidget | None:
        row, column = self._row_of(index), Column(index.column())
        if not self._rows.can_edit(row, EDITED[column]):
            self.judged.emit(self._rows.who_decides(row))
            return None
        editor: QWidget
        if column in (Column.STRATEGY, Column.WORKLOAD):
            editor = QComboBox(parent)
            fill_choice(editor, self._rows, EDITED[column])
            editor.activated.connect(self._on_chosen)
        else:
            editor = QLineEdit(parent)
            validator = FieldValidator(partial(self._rows.check, row, EDITED[column]), editor)
            validator.judged.connect(self.judged)
            editor.setValidator(validator)
        editor.setAccessibleName(TITLES[column])
        editor.setAutoFillBackground(True)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = self._rows.text(self._row_of(index), EDITED[Column(index.column())])
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(text)))
            editor.showPopup()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        text = editor.currentData() if isinstance(editor, QComboBox) else editor.text()  # type: ignore[attr-defined]
        self.edited.emit(self._row_of(index), EDITED[Column(index.column())], text)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        text = self._cut_off(view, option, index) if event.type() == QEvent.Type.ToolTip else ""
        if not text:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def _cut_off(self, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> str:
        """Return the text of a cell that is too narrow for it and has no tooltip of its own, as escaped rich text."""
        if index.data(Qt.ItemDataRole.ToolTipRole):
            return ""
        if self.sizeHint(option, index).width() <= view.visualRect(index).width():
            return ""
        return f"<p>{html.escape(visible(str(index.data() or '')))}</p>"

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.judged.emit("")
        super().destroyEditor(editor, index)

    def _on_chosen(self) -> None:
        editor = self.sender()
        if isinstance(editor, QComboBox):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor)


def fill_choice(box: QComboBox, rows: WorkerRows, name: str) -> None:
    """Fill a box with the titles of the strategies or of the workloads, the ids as data."""
    if name == "strategy":
        for strategy in rows.catalogue.strategies:
            box.addItem(strategy.about.title, strategy.about.id)
    else:
        for workload in rows.catalogue.workloads:
            box.addItem(workload.title, workload.id)
