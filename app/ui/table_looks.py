"""How a table of ours looks and behaves: rows are chosen whole, nothing is typed into them, Tab leaves."""

from PySide6.QtWidgets import QAbstractItemView, QTableView

_SPACE = 6  # pixels above and below a row's text, together


def dress(table: QTableView, name: str) -> None:
    """Dress a table that has its model already; the GUI thread only.

    Args:
        table: the table.
        name: what a screen reader calls it.
    """
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _SPACE)
    table.horizontalHeader().setStretchLastSection(True)
