"""The bar at the left of the rows of one run: the run that is meant in table, timeline and details."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from PySide6.QtCore import QObject, QRect, Qt, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QTableView

from app.core.batch import JOURNAL, Record
from app.ui.widgets import blank_pixmap, plain_label

WIDTH = 3  # pixels: what the first cell leaves free before its text


class RunMarks(QObject):
    """Marks the rows of a run in a picture that lies above them, which only Qt paints; the GUI thread only.

    Python is not called by a paint. The picture is drawn when other rows are the run's, and is a few pixels wide.

    Args:
        view: the rows.
    """

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self._colour = QColor(Qt.GlobalColor.blue)
        self._run: int | None = None
        self._records: Sequence[Record] = ()
        self._drawn: tuple[object, ...] = ()  # what the picture was drawn from
        self.picture = plain_label("", view.viewport())
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture.hide()
        view.horizontalScrollBar().valueChanged.connect(self._on_moved)

    def mark(self, run: int | None) -> None:
        """Mark the rows of a run; None for no run. What the person did is of no run."""
        self._run = None if run == JOURNAL else run
        self._draw()

    def show_rows(self, records: Sequence[Record]) -> None:
        """Say which records are in the rows now."""
        self._records = records
        if self._run is not None:
            self._draw()

    def set_colour(self, colour: QColor) -> None:
        """Mark in another colour."""
        self._colour = colour
        self._draw()

    def rows(self) -> list[int]:
        """Return the rows that are marked."""
        run = self._run
        return [] if run is None else [row for row, record in enumerate(self._records) if record.run == run]

    @Slot()
    def _on_moved(self) -> None:
        # Scrolled sideways, the viewport takes what is in it along.
        self.picture.move(0, 0)

    def _draw(self) -> None:
        rows, viewport = self.rows(), self._view.viewport()
        ratio, height = viewport.devicePixelRatioF(), self._view.verticalHeader().defaultSectionSize()
        self.picture.setVisible(bool(rows))
        drawn = (rows, height, viewport.height(), ratio, self._colour.rgba())
        if not rows or drawn == self._drawn:
            return
        self._drawn = drawn
        area = QRect(0, 0, WIDTH, viewport.height())
        self.picture.setGeometry(area)
        picture = blank_pixmap(area.size(), ratio)
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRects([QRect(0, first * height, WIDTH, count * height) for first, count in _together(rows)])
        painter.end()
        self.picture.setPixmap(picture)


def _together(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Return rows, ascending, as the first of those that follow each other, and how many these are."""
    groups = (list(group) for _, group in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]))
    return [(group[0][1], len(group)) for group in groups]
