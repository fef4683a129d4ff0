"""The marks on what a search has found in the rows that are on the screen."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QRect, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QTableView

from app.core.batch import Record
from app.ui.widgets import blank_pixmap, plain_label

Span = tuple[int, int]  # of the characters of a row's text: from, to before

_OPACITY = 45  # of 255: the text below stays readable, in a selected row as well
_LINE = 2  # pixels: never colour alone, so each match has a frame, with a thicker line below it
_CUT_OFF = 6  # pixels at the end of a cell, for a match that is where the text is cut off
# As Qt's own delegate lays it out, whatever letter comes first.
_LEFT_TO_RIGHT = QTextOption()
_LEFT_TO_RIGHT.setTextDirection(Qt.LayoutDirection.LeftToRight)


class MatchMarks(QObject):
    """Marks matches in a picture that lies above the rows, which only Qt paints; the GUI thread only.

    Nothing of it is done while nothing is looked for, and Python is not called by a paint. The picture is drawn when other
    rows come on the screen, of the few that are hits.

    Args:
        view: the rows.
        column: the index of the column of the texts.
    """

    def __init__(self, view: QTableView, column: int) -> None:
        super().__init__(view)
        self._view = view
        self._column = column
        self._colour = QColor(Qt.GlobalColor.red)
        self._is_hit: Callable[[int], bool] | None = None
        self._spans_of: Callable[[Record], Sequence[Span]] | None = None
        self._lines: Sequence[int] = ()
        self._records: Sequence[Record] = ()
        self._drawn: tuple[object, ...] = ()  # what the picture was drawn from
        self.picture = plain_label("", view.viewport())
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture.hide()
        header = view.horizontalHeader()
        header.sectionResized.connect(self._on_moved)
        header.geometriesChanged.connect(self._on_moved)
        view.horizontalScrollBar().valueChanged.connect(self._on_moved)

    def mark(self, is_hit: Callable[[int], bool] | None, spans_of: Callable[[Record], Sequence[Span]] | None) -> None:
        """Mark other matches from now on.

        Args:
            is_hit: whether a line is a hit; None to mark nothing.
            spans_of: returns where the matches are in the text of a row.
        """
        self._is_hit, self._spans_of = is_hit, spans_of
        self._draw()

    def show_rows(self, lines: Sequence[int], records: Sequence[Record]) -> None:
        """Say which lines are in the rows now."""
        self._lines, self._records = lines, records
        if self._is_hit is not None:
            self._draw()

    def set_colour(self, colour: QColor) -> None:
        """Mark in another colour."""
        self._colour = colour
        self._draw()

    def spans(self) -> dict[int, Sequence[Span]]:
        """Return where the matches are in the texts of the rows, by row; of rows without a match nothing."""
        is_hit, spans_of = self._is_hit, self._spans_of
        if is_hit is None or spans_of is None:
            return {}
        rows = enumerate(zip(self._lines, self._records, strict=False))
        found = ((row, spans_of(record)) for row, (line, record) in rows if is_hit(line))
        return {row: spans for row, spans in found if spans}

    def rects(self) -> list[QRect]:
        """Return where the matches are in the rows' viewport."""
        return [rect for row, spans in self.spans().items() for rect in self._rects_of(row, spans)]

    def _rects_of(self, row: int, spans: Sequence[Span]) -> list[QRect]:
        view, model = self._view, self._view.model()
        index = model.index(row, self._column)
        cell = view.visualRect(index)
        # As Qt's own delegate does it.
        margin = view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, view) + 1
        cell.adjust(margin, 0, -margin, 0)
        font = model.data(index, Qt.ItemDataRole.FontRole)
        place = _places(str(model.data(index) or ""), font if isinstance(font, QFont) else view.font())
        rects = []
        for start, end in spans:
            left, right = cell.left() + place(start), cell.left() + place(end)
            rect = QRect(min(left, right), cell.top(), abs(right - left), cell.height())
            is_cut_off = rect.left() > cell.right() - _CUT_OFF
            rects.append(cell.adjusted(cell.width() - _CUT_OFF, 0, 0, 0) if is_cut_off else rect & cell)
            if is_cut_off:
                break  # the others are there as well
        return rects

    @Slot()
    def _on_moved(self) -> None:
        if self._is_hit is not None:
            self._draw()

    def _draw(self) -> None:
        rects = self.rects()
        self.picture.setVisible(bool(rects))
        viewport = self._view.viewport()
        ratio = viewport.devicePixelRatioF()
        drawn = (rects, viewport.rect(), ratio, self._colour.rgba())
        if not rects or viewport.rect().isEmpty():
            self._drawn = ()
            return
        # Scrolled sideways, the viewport takes what is in it along.
        self.picture.setGeometry(viewport.rect())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        picture = blank_pixmap(viewport.size(), ratio)
        painter = QPainter(picture)
        painter.setPen(self._colour)
        painter.setBrush(QColor(self._colour.red(), self._colour.green(), self._colour.blue(), _OPACITY))
        painter.drawRects([rect.adjusted(0, 0, -1, -1) for rect in rects])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawRects([QRect(rect.left(), rect.bottom() + 1 - _LINE, rect.width(), _LINE) for rect in rects])
        painter.end()
        self.picture.setPixmap(picture)


def _places(text: str, font: QFont) -> Callable[[int], int]:
    """Return a function from a character's number to its place in pixels, in a text that is laid out in one line."""
    if text.isascii():
        metrics = QFontMetrics(font)
        return lambda place: metrics.horizontalAdvance(text[:place])
    # Letters that are written from the right, that are composed, or that Qt counts as two.
    layout = QTextLayout(text, font)
    layout.setTextOption(_LEFT_TO_RIGHT)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()

    def place_of(place: int) -> int:
        # A shown text has no lone surrogates. PySide returns the position with the place that it was asked for.
        position: Any = line.cursorToX(len(text[:place].encode("utf-16-le")) // 2)
        return int(position[0] if isinstance(position, tuple) else position)

    # The layout owns the line, and has to live as long.
    place_of.layout = layout  # type: ignore[attr-defined]
    return place_of
