"""How large the log's text is."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QFont, QFontDatabase

from app.ui.log.logic import COLUMNS
from app.ui.log.rows_view import RowsView

SMALLEST_POINTS, LARGEST_POINTS = 5, 60
# The widest that the columns usually hold, for their first widths; the last takes what is left.
_SAMPLES = ("00:00:00.000 ", "00:00:00.000 ", "+999 ms ", "□ event-poll 1 ", "#1000 ")


class Zoom(QObject):
    """Sets the font of the rows, and lets the columns grow with it; the GUI thread only."""

    def __init__(self, view: RowsView) -> None:
        super().__init__(view)
        self._view = view
        self._base_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.set_points(0)
        for column, sample in enumerate(_SAMPLES):
            view.setColumnWidth(column, view.fontMetrics().horizontalAdvance(sample) + 16)

    @Slot(int)
    def by(self, steps: int) -> None:
        """Make the text larger or smaller by so many points."""
        self.set_points(self.points() + steps)

    @Slot()
    def larger(self) -> None:
        """Make the text a point larger."""
        self.by(1)

    @Slot()
    def smaller(self) -> None:
        """Make the text a point smaller."""
        self.by(-1)

    @Slot()
    def reset(self) -> None:
        """Make the text as large as the system's."""
        self.set_points(0)

    def points(self) -> int:
        """Return the font's size in points."""
        return self._view.font().pointSize()

    def system_points(self) -> int:
        """Return the size of the system's own monospaced font in points."""
        return max(self._base_font.pointSize(), SMALLEST_POINTS)

    def set_points(self, points: int) -> None:
        """Set the font's size in points; 0 for the system's."""
        wanted = points or self.system_points()
        font = QFont(self._base_font)
        font.setPointSize(min(max(wanted, SMALLEST_POINTS), LARGEST_POINTS))
        before = self._view.fontMetrics().horizontalAdvance("0")
        self._view.setFont(font)
        self._view.set_row_height()
        ratio = self._view.fontMetrics().horizontalAdvance("0") / before
        for column in range(len(COLUMNS) - 1):
            if not self._view.isColumnHidden(column):
                self._view.setColumnWidth(column, round(self._view.columnWidth(column) * ratio))
