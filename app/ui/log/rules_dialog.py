"""The dialog in which one says which rows are to be pointed out."""

from PySide6.QtCore import Qt, Slot
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
from app.documents.highlights import COLOURS, MOST_RULES, Rule, check_rule
from app.ui.log.panel import LogPanel
from app.ui.plain_label import plain_label

_TITLES = ("Rows that have", "Colour", "Regular expression", "Match case")


class RulesDialog(QDialog):
    """Edits the highlight rules of a log: the first that fits a row counts; the GUI thread only."""

    def __init__(self, panel: LogPanel) -> None:
        super().__init__(panel)
        self.setWindowTitle("Highlight rules")
        self.resize(640, 320)
        self._panel = panel
        self.table = QTableWidget(0, len(_TITLES), self)
        self.table.setAccessibleName("Highlight rules")
        self.table.setHorizontalHeaderLabels(list(_TITLES))
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.problem = plain_label("", self)
        self.problem.setWordWrap(True)
        self.add_button = QPushButton("&Add rule", self)
        self.remove_button = QPushButton("&Remove rule", self)
        self.add_button.clicked.connect(self._on_add)
        self.remove_button.clicked.connect(self._on_remove)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.take)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        for rule in panel.rules or (Rule(""),):
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """Add a row for a rule."""
        place = self.table.rowCount()
        if place >= MOST_RULES:
            self.problem.setText(f"{MOST_RULES} rules are the most.")
            return
        self.table.insertRow(place)
        pattern = QLineEdit(rule.pattern)
        pattern.setAccessibleName(f"Pattern {place + 1}")
        colour = QComboBox()
        colour.setAccessibleName(f"Colour {place + 1}")
        for name in COLOURS:
            swatch = QPixmap(16, 16)
            swatch.fill(QColor(self._panel.rule_colour(name)))
            colour.addItem(QIcon(swatch), name)
        colour.setCurrentText(rule.colour)
        for column, widget in enumerate((pattern, colour)):
            self.table.setCellWidget(place, column, widget)
        for column, checked in ((2, rule.regex), (3, rule.case)):
            box = QCheckBox()
            box.setAccessibleName(f"{_TITLES[column]} {place + 1}")
            box.setChecked(checked)
            self.table.setCellWidget(place, column, box)

    def rule(self, place: int) -> Rule:
        """Return the rule that stands in a row."""
        cells: list[QWidget] = [self.table.cellWidget(place, column) for column in range(len(_TITLES))]
        pattern, colour, regex, case = cells
        assert isinstance(pattern, QLineEdit)
        assert isinstance(colour, QComboBox)
        assert isinstance(regex, QCheckBox)
        assert isinstance(case, QCheckBox)
        return Rule(pattern.text(), colour.currentText(), regex.isChecked(), case.isChecked())

    @Slot()
    def _on_add(self) -> None:
        self.add(Rule(""))
        self.table.cellWidget(self.table.rowCount() - 1, 0).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_remove(self) -> None:
        if (place := self.table.currentRow()) >= 0:
            self.table.removeRow(place)

    @Slot()
    def take(self) -> None:
        """Take the rules, all or none; rows without a pattern are no rules."""
        rules = [(place, self.rule(place)) for place in range(self.table.rowCount())]
        rules = [(place, rule) for place, rule in rules if rule.pattern]
        for place, rule in rules:
            try:
                check_rule(rule)
            except BadInput as error:
                self.problem.setText(f"Rule {place + 1}: {error}")
                self.table.cellWidget(place, 0).setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self._panel.set_rules(tuple(rule for _, rule in rules))
        self.accept()
