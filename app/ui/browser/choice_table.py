"""A table whose rows stand for something that can be chosen."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.widgets import TextTable


class ChoiceTable(TextTable):
    """A table whose rows stand for something; chosen by a click, by Enter, or by a double click. The GUI thread only.

    Signals:
        chosen: what the row stands for.
    """

    chosen = Signal(object)

    def __init__(self, headers: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(headers, name, parent)
        self._values: list[object] = []
        self.activated.connect(self._on_chosen)
        self.clicked.connect(self._on_chosen)

    def show_choices(self, rows: Sequence[Sequence[str]], values: Sequence[object]) -> None:
        """Show rows, and remember what each of them stands for; None for what cannot be chosen."""
        self._values = list(values)
        self.show_rows(rows)
        # Once more: the columns were made as wide as their texts, the last one too.
        self.horizontalHeader().setStretchLastSection(True)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        value = self._values[index.row()] if 0 <= index.row() < len(self._values) else None
        if value is not None:
            self.chosen.emit(value)
