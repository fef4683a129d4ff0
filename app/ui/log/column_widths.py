"""The widths of the log's columns: as a person set them, narrower where the text would have no room beside them."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QTableView

_TEXT = 12  # characters of the text that are seen at least
_NARROWEST, _WIDEST = 24, 4_000  # pixels of a column


def given_widths(wanted: Sequence[int], room: int) -> list[int]:
    """Return the widths of columns that have ``room`` together: what they want, or all narrower in proportion; no Qt."""
    total = sum(wanted)
    if total <= room:
        return list(wanted)
    return [max(min(width, _NARROWEST), width * room // total) for width in wanted]


class LogColumnWidths(QObject):
    """Keeps the last column of a table, the text, in sight; the GUI thread only.

    What a person set is kept: it is given again where there is room again.

    Args:
        table: whose columns they are; the last one takes what the others leave.
    """

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table
        self._header = table.horizontalHeader()
        # Else it follows from the font, and Qt makes the columns wider by itself.
        self._header.setMinimumSectionSize(_NARROWEST)
        self._is_busy = False
        self._wanted = [self._header.sectionSize(place) for place in range(self._header.count() - 1)]
        self._header.sectionResized.connect(self._on_resized)

    def widths(self) -> tuple[int, ...]:
        """Return the widths that are wanted, of all columns but the last; of a hidden one 0."""
        return tuple(0 if self._table.isColumnHidden(place) else width for place, width in enumerate(self._wanted))

    def set_widths(self, widths: Sequence[int]) -> None:
        """Set the widths that are wanted; those of another number of columns are passed over."""
        if len(widths) == len(self._wanted):
            for place, width in enumerate(widths):
                if width:  # a column that was hidden keeps its first width
                    self._wanted[place] = min(max(width, _NARROWEST), _WIDEST)
            self.fit()

    def scale(self, ratio: float) -> None:
        """Have the columns grow with their font."""
        self._wanted = [round(width * ratio) for width in self._wanted]
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Give the columns the widths that leave room for the text."""
        shown = [place for place in range(len(self._wanted)) if not self._table.isColumnHidden(place)]
        room = self._table.viewport().width() - _TEXT * self._table.fontMetrics().averageCharWidth()
        self._is_busy = True
        try:
            for place, width in zip(shown, given_widths([self._wanted[place] for place in shown], room), strict=True):
                if self._header.sectionSize(place) != width:
                    self._header.resizeSection(place, width)
        finally:
            self._is_busy = False

    @Slot(int, int, int)
    def _on_resized(self, column: int, old: int, new: int) -> None:
        """Keep the width that a person has set. A column that is hidden or shown again sets none."""
        if not self._is_busy and old and new and column < len(self._wanted):
            self._wanted[column] = new
