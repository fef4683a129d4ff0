"""The lanes of a cell's runs: a small timeline in which all were asked at the same place."""

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.core.latency import duration
from app.experiments.results import Cell
from app.ui.compare.geometry import Lanes, lanes_of
from app.ui.theme import Theme
from app.ui.widgets import blank_pixmap

_MOST_LANES = 50  # in the picture; the table has the others
SIGNS = (
    f"The first {_MOST_LANES} runs. Bar: the run's life. Tick: a line. Long line: the request. Dot: noticed. "
    "Cross: not before the deadline."
)
_MARGIN = 8  # pixels left and right of the lanes
_LANE = 16.0  # pixels: the height of a lane
_RULER = 22.0  # pixels: what stands above the lanes


@dataclass(frozen=True, slots=True)
class LanePalette:
    """The colours of the lanes.

    Attributes:
        text, faint: of what is written and of lines.
        bar: of a run's life.
        request, noticed, wrong: of the instants, and of what never noticed.
    """

    text: QColor
    faint: QColor
    bar: QColor
    request: QColor
    noticed: QColor
    wrong: QColor


class LanesView(QLabel):
    """The lanes of a cell's runs, drawn when the cell, the size or the colours change; the GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Lanes of the runs; the table of the runs says the same")
        self._theme = theme
        self._cell: Cell | None = None

    def show_cell(self, cell: Cell | None) -> None:
        """Show the runs of a cell; None for none."""
        self._cell = cell
        if self.isVisible():
            self.draw()

    def draw(self) -> None:
        """Draw them anew; after the colours have changed."""
        runs = self._cell.runs[:_MOST_LANES] if self._cell is not None else ()
        width = self.width() - 2 * _MARGIN
        lanes = lanes_of(runs, _MARGIN, max(width, 50), _LANE)
        if not lanes.lanes:
            self.setPixmap(QPixmap())
            return
        picture = lanes_picture(lanes, self.width(), self._palette(), self.font(), self.devicePixelRatioF())
        self.setPixmap(picture)
        self.setMinimumHeight(round(picture.height() / picture.devicePixelRatio()))

    def _palette(self) -> LanePalette:
        text = QGuiApplication.palette().color(QPalette.ColorRole.Text)
        faint = QColor(text)
        faint.setAlpha(70)
        bar = QColor(self._theme.colour("band"))
        bar.setAlpha(70)
        words = ("stopping", "running", "stuck")
        return LanePalette(text, faint, bar, *(QColor(self._theme.colour(word)) for word in words))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.draw()


def lanes_size(lanes: Lanes, width: int) -> QSize:
    """Return how large the picture of some lanes is."""
    return QSize(width, round(_RULER + _LANE * len(lanes.lanes) + 4))


def lanes_picture(lanes: Lanes, width: int, palette: LanePalette, font: QFont, ratio: float) -> QPixmap:
    """Return the lanes of a cell's runs: their lives, their lines, the request across all of them, and when each noticed."""
    size = lanes_size(lanes, width)
    picture = blank_pixmap(size, ratio)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0, _RULER)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.bar)
    painter.drawRects([QRectF(lane.started, lane.y - 4, max(lane.ended - lane.started, 1), 8) for lane in lanes.lanes])
    painter.setPen(QPen(palette.text, 1))
    # Once a pixel: a quick worker has a thousand lines in a second.
    ticks = {(round(tick), lane.y) for lane in lanes.lanes for tick in lane.ticks}
    painter.drawLines([QLineF(x + 0.5, y - 4, x + 0.5, y + 4) for x, y in ticks])
    painter.setPen(QPen(palette.request, 2))
    painter.drawLine(QLineF(lanes.requested, -4, lanes.requested, _LANE * len(lanes.lanes)))
    _draw_noticed(painter, lanes, palette)
    _draw_ruler(painter, lanes, width, palette)
    painter.end()
    return picture


def _draw_ruler(painter: QPainter, lanes: Lanes, width: int, palette: LanePalette) -> None:
    metrics = painter.fontMetrics()
    base = -_RULER + metrics.ascent()
    free = 4.0  # where the text before ends
    painter.setPen(palette.text)
    texts = (f"−{duration(lanes.before)}", "stop requested", f"+{duration(lanes.after)}")
    for text, x in zip(texts, (0.0, lanes.requested, float(width)), strict=True):
        room = metrics.horizontalAdvance(text)
        left = min(max(x - room / 2, free), width - room - 4)
        if left >= free:
            painter.drawText(QPointF(left, base), text)
            free = left + room + 8


def _draw_noticed(painter: QPainter, lanes: Lanes, palette: LanePalette) -> None:
    seen = [(lane.noticed, lane.y) for lane in lanes.lanes if lane.noticed is not None and not lane.never]
    painter.setPen(QPen(palette.noticed, 9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in seen]))
    ends = [(lane.noticed if lane.noticed is not None else lane.ended, lane.y) for lane in lanes.lanes if lane.never]
    painter.setPen(QPen(palette.wrong, 2))
    painter.drawLines([QLineF(x - 4, y - 4 * turn, x + 4, y + 4 * turn) for x, y in ends for turn in (1, -1)])
