"""The dialog to edit the highlight rules of the log."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.documents.highlights import COLOURS, MAX_RULES, Rule, check_rule
from app.ui.widgets import add_all, plain_label

_TITLES = ("Lines containing", "Colour", "Regular expression", "Match case")


class Cells(NamedTuple):
    """The widgets of one rule's row, in the order of the columns."""

    pattern: QLineEdit
    colour: QComboBox
    regex: QCheckBox
    case: QCheckBox


class RulesDialog(QDialog):
    """Edits highlight rules: the first that fits a row counts; the GUI thread only.

    Args:
        rules: the rules to begin with.
        colour: from the name of a rule's colour to ``#rrggbb``.
        apply: called with the rules when they are accepted.
        parent: the log.

    Attributes:
        cells: the widgets of each rule, in order.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        colour: Callable[[str], str],
        apply: Callable[[tuple[Rule, ...]], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Highlight rules")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 320)
        self._colour, self._apply = colour, apply
        self.cells: list[Cells] = []
        self.table = QTableWidget(0, len(_TITLES), self)
        self.table.setAccessibleName("Highlight rules")
        self.table.setHorizontalHeaderLabels(list(_TITLES))
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.problem = plain_label("", self, wraps=True)
        self.add_button = QPushButton("&Add rule", self)
        self.remove_button = QPushButton("&Remove rule", self)
        self.add_button.clicked.connect(self._on_add)
        self.remove_button.clicked.connect(self._on_remove)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept_rules)
        buttons.rejected.connect(self.reject)
        row = add_all(QHBoxLayout(), self.add_button, self.remove_button)
        row.addStretch(1)
        add_all(QVBoxLayout(self), self.table, row, self.problem, buttons)
        for rule in tuple(rules) or (Rule(""),):
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """Add a row for a rule."""
        place = self.table.rowCount()
        if place >= MAX_RULES:
            self.problem.setText(f"No more than {MAX_RULES} rules are possible.")
            return
        self.table.insertRow(place)
        pattern, colour, regex, case = Cells(QLineEdit(rule.pattern), QComboBox(), QCheckBox(), QCheckBox())
        for name in COLOURS:
            swatch = QPixmap(16, 16)
            swatch.fill(QColor(self._colour(name)))
            colour.addItem(QIcon(swatch), name)
        colour.setCurrentText(rule.colour)
        regex.setChecked(rule.regex)
        case.setChecked(rule.case)
        self.cells.append(Cells(pattern, colour, regex, case))
        for column, widget in enumerate(self.cells[place]):
            widget.installEventFilter(self)
            self.table.setCellWidget(place, column, widget)
        height = max(widget.sizeHint().height() for widget in self.cells[place])
        self.table.setRowHeight(place, height + 1)  # the line below takes a pixel
        self._name_cells()

    def _name_cells(self) -> None:
        """Number the rules for screen readers and for the sentence about a wrong one."""
        for place, cells in enumerate(self.cells, 1):
            for title, widget in zip(("Pattern", *_TITLES[1:]), cells, strict=True):
                widget.setAccessibleName(f"{title} {place}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A table does not take note of which of the widgets in it has the focus; Remove must know.
        if event.type() == QEvent.Type.FocusIn:
            self.table.setCurrentCell(self._place_of(watched), 0)
        return super().eventFilter(watched, event)

    def _place_of(self, widget: QObject) -> int:
        return next((place for place, cells in enumerate(self.cells) if widget in cells), -1)

    def rule(self, place: int) -> Rule:
        """Return the rule that stands in a row."""
        cells = self.cells[place]
        colour, regex, case = cells.colour.currentText(), cells.regex.isChecked(), cells.case.isChecked()
        return Rule(cells.pattern.text(), colour, regex, case)

    @Slot()
    def _on_add(self) -> None:
        self.add(Rule(""))
        self.cells[-1].pattern.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_remove(self) -> None:
        if (place := self.table.currentRow()) >= 0:
            self.table.removeRow(place)
            del self.cells[place]
            self._name_cells()
            self.problem.clear()

    @Slot()
    def accept_rules(self) -> None:
        """Apply the rules, all or none; rows without a pattern are no rules."""
        rules = [(place, self.rule(place)) for place in range(len(self.cells))]
        rules = [(place, rule) for place, rule in rules if rule.pattern]
        for place, rule in rules:
            try:
                check_rule(rule)
            except BadInput as error:
                self.problem.setText(f"Rule {place + 1}: {error}")
                self.cells[place].pattern.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self._apply(tuple(rule for _, rule in rules))
        self.accept()
