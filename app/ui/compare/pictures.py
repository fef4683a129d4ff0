"""The small pictures of the matrix: a cell's distribution, the legend of its colours, the lanes of its runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPen, QPixmap, QPolygonF

from app.core.latency import duration
from app.experiments.results import Cell
from app.ui.compare.axis import Axis
from app.ui.compare.logic import Lanes, histogram

MINIATURE = QSize(56, 40)  # pixels of a cell's distribution
_BINS, _NEVER = 14, 8  # bars of it, and pixels for those that never noticed
LEGEND = QSize(640, 34)
_BAR = 460  # pixels of the legend's scale
LANE = 16.0  # pixels: the height of a lane
_RULER = 22.0  # pixels: what stands above the lanes


@dataclass(frozen=True, slots=True)
class Inks:
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


def blank(size: QSize, ratio: float) -> QPixmap:
    """Return a transparent picture of so many pixels as they are counted in a window.

    Args:
        size: of the picture.
        ratio: real pixels a pixel.
    """
    picture = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def miniature(cell: Cell, axis: Axis, ink: QColor, ratio: float) -> QPixmap:
    """Return a cell's distribution: bars along the axis of the whole matrix, and how many never noticed as a hatched one."""
    width, height = MINIATURE.width() - _NEVER - 2, MINIATURE.height() - 2
    counts = histogram(cell.latencies, axis, _BINS)
    most = max(*counts, cell.never, 1)
    step = width / _BINS
    bars = [
        QRectF(place * step, height - height * count / most, step - 0.5, height * count / most)
        for place, count in enumerate(counts)
        if count
    ]
    picture = blank(MINIATURE, ratio)
    painter = QPainter(picture)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawRects(bars)
    if cell.never:
        tall = height * cell.never / most
        painter.setBrush(Qt.BrushStyle.BDiagPattern)
        painter.setPen(QPen(ink, 1))
        painter.drawRect(QRectF(width + 1.5, height - tall + 0.5, _NEVER - 1, tall - 0.5))
    painter.setPen(QPen(ink, 1))
    painter.drawLine(QLineF(0, height + 0.5, MINIATURE.width(), height + 0.5))
    painter.end()
    return picture


def legend(axis: Axis, stops: Sequence[str], text: QColor, font: QFont, ratio: float) -> QPixmap:
    """Return the scale of the colours, from the least to the greatest p50, with its ticks."""
    picture = blank(LEGEND, ratio)
    painter = QPainter(picture)
    painter.setFont(font)
    bar = QRectF(40, 1, _BAR, 12)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for place, stop in enumerate(stops):
        gradient.setColorAt(place / (len(stops) - 1), QColor(stop))
    painter.fillRect(bar, gradient)
    painter.setPen(QPen(text, 1))
    painter.drawRect(bar)
    metrics = painter.fontMetrics()
    painter.drawText(QPointF(0, bar.bottom()), "p50")
    painter.drawText(QPointF(bar.right() + 50, bar.bottom()), "never noticed")
    painter.setBrush(Qt.BrushStyle.BDiagPattern)
    painter.drawRect(QRectF(bar.right() + 36, bar.top(), _NEVER, bar.height()))
    for tick in axis.ticks():
        if tick.text:
            x = bar.left() + bar.width() * axis.share(tick.ns)
            painter.drawLine(QLineF(x, bar.bottom(), x, bar.bottom() + 4))
            painter.drawText(
                QPointF(x - metrics.horizontalAdvance(tick.text) / 2, bar.bottom() + 4 + metrics.ascent()), tick.text
            )
    painter.end()
    return picture


def lanes_size(lanes: Lanes, width: int) -> QSize:
    """Return how large the picture of some lanes is."""
    return QSize(width, round(_RULER + LANE * len(lanes.lanes) + 4))


def lanes_picture(lanes: Lanes, width: int, inks: Inks, font: QFont, ratio: float) -> QPixmap:
    """Return the lanes of a cell's runs: their lives, their lines, the request across all of them, who noticed when."""
    size = lanes_size(lanes, width)
    picture = blank(size, ratio)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0, _RULER)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.bar)
    painter.drawRects([QRectF(lane.started, lane.y - 4, max(lane.ended - lane.started, 1), 8) for lane in lanes.lanes])
    painter.setPen(QPen(inks.text, 1))
    # Once a pixel: a quick worker has a thousand lines in a second.
    ticks = {(round(tick), lane.y) for lane in lanes.lanes for tick in lane.ticks}
    painter.drawLines([QLineF(x + 0.5, y - 4, x + 0.5, y + 4) for x, y in ticks])
    painter.setPen(QPen(inks.request, 2))
    painter.drawLine(QLineF(lanes.requested, -4, lanes.requested, LANE * len(lanes.lanes)))
    _draw_noticed(painter, lanes, inks)
    _draw_ruler(painter, lanes, width, inks)
    painter.end()
    return picture


def _draw_ruler(painter: QPainter, lanes: Lanes, width: int, inks: Inks) -> None:
    metrics = painter.fontMetrics()
    base = -_RULER + metrics.ascent()
    free = 4.0  # where the text before ends
    painter.setPen(inks.text)
    texts = (f"−{duration(lanes.before)}", "stop requested", f"+{duration(lanes.after)}")
    for text, x in zip(texts, (0.0, lanes.requested, float(width)), strict=True):
        room = metrics.horizontalAdvance(text)
        left = min(max(x - room / 2, free), width - room - 4)
        if left >= free:
            painter.drawText(QPointF(left, base), text)
            free = left + room + 8


def _draw_noticed(painter: QPainter, lanes: Lanes, inks: Inks) -> None:
    seen = [(lane.noticed, lane.y) for lane in lanes.lanes if lane.noticed is not None and not lane.never]
    painter.setPen(QPen(inks.noticed, 9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in seen]))
    ends = [(lane.noticed if lane.noticed is not None else lane.ended, lane.y) for lane in lanes.lanes if lane.never]
    painter.setPen(QPen(inks.wrong, 2))
    painter.drawLines([QLineF(x - 4, y - 4 * turn, x + 4, y + 4 * turn) for x, y in ends for turn in (1, -1)])
