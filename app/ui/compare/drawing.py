"""How the parts of the race's chart are drawn: a few bulk calls each, into a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.ui.compare.axis import Axis
from app.ui.compare.logic import DOT, ChartRow, Dot, Frame, Point

_SIGN = 20.0  # pixels: the width of a sign in the legend
_STEPS = ((0, 5), (6, 5), (6, -1), (11, -1), (11, -6), (16, -6))


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a chart.

    Attributes:
        text, faint, ground: of what is written, of lines, and behind all.
        band: of what was predicted.
        wrong: of what never noticed.
        workers: of each worker's runs, by its name.
    """

    text: QColor
    faint: QColor
    ground: QColor
    band: QColor
    wrong: QColor
    workers: Mapping[str, QColor]


def draw_axis(painter: QPainter, axis: Axis, frame: Frame, rows: Sequence[ChartRow], look: Look) -> None:
    """Draw the ticks with their labels, and the lines between the rows."""
    bottom, right = frame.top + frame.row * len(rows), frame.left + frame.width
    ticks = [(frame.x(axis, tick.ns), tick.text) for tick in axis.ticks()]
    lines = [QLineF(x, frame.top if text else bottom - 3, x, bottom + 4 if text else bottom) for x, text in ticks]
    lines += [QLineF(0, y, right + frame.never, y) for y in (*(row.top for row in rows), bottom)]
    lines.append(QLineF(right, frame.top, right, bottom))
    painter.setPen(QPen(look.faint, 1))
    painter.drawLines(lines)
    painter.setPen(look.text)
    painter.drawText(QRectF(right, 0, frame.never, frame.top), Qt.AlignmentFlag.AlignCenter, "never")
    metrics = painter.fontMetrics()
    free = 0.0  # where the label before ends
    for x, text in ticks:
        half = metrics.horizontalAdvance(text) / 2
        if text and x - half >= free:
            painter.drawText(QPointF(x - half, bottom + 6 + metrics.ascent()), text)
            free = x + half + 10


def draw_names(painter: QPainter, row: ChartRow, title: str, frame: Frame, look: Look) -> None:
    """Draw a worker's name and its strategy's title left of its row."""
    room = round(frame.left - 12)
    elided = painter.fontMetrics().elidedText
    names = [elided(text, Qt.TextElideMode.ElideRight, room) for text in (row.worker, title)]
    painter.setPen(look.text)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(4, row.top, room, frame.row), flags.value, "\n".join(dict.fromkeys(names)))


def draw_row(painter: QPainter, row: ChartRow, frame: Frame, look: Look) -> None:
    """Draw a worker's band, distribution and runs."""
    if row.band is not None:
        left, right = row.band
        _draw_band(painter, QRectF(left, row.top + 3, max(right - left, 2.0), frame.row - 6), look)
    painter.setPen(QPen(look.text, 1.2))
    painter.drawPolyline(_polygon(row.curve))
    colour = look.workers[row.worker]
    _draw_dots(painter, _places(row.dots), colour)
    _draw_rings(painter, _places(row.outside), colour, look)
    _draw_crosses(painter, _places(row.never), look)


def _places(dots: Iterable[Dot]) -> set[Point]:
    # Each place once, however many runs stand there: half a pixel cannot be told from another.
    return {(round(dot.x * 2) / 2, dot.y) for dot in dots}


def _polygon(points: Iterable[Point]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _draw_band(painter: QPainter, area: QRectF, look: Look) -> None:
    fill = QColor(look.band)
    fill.setAlpha(45)
    painter.fillRect(area, fill)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.band, 1, Qt.PenStyle.DashLine))
    painter.drawRect(area)


def _draw_dots(painter: QPainter, places: Iterable[Point], colour: QColor, size: float = DOT - 1) -> None:
    painter.setPen(QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(_polygon(places))


def _draw_rings(painter: QPainter, places: set[Point], colour: QColor, look: Look) -> None:
    _draw_dots(painter, places, colour)
    _draw_dots(painter, places, look.ground, DOT - 4)


def _draw_crosses(painter: QPainter, places: Iterable[Point], look: Look) -> None:
    half = DOT / 2 - 0.5
    lines = [QLineF(x - half, y + turn * half, x + half, y - turn * half) for x, y in places for turn in (1, -1)]
    painter.setPen(QPen(look.wrong, 2))
    painter.drawLines(lines)


def draw_legend(painter: QPainter, frame: Frame, rows: Sequence[ChartRow], look: Look) -> None:
    """Draw what the signs mean, below the axis; in as many lines as the width asks for."""
    metrics = painter.fontMetrics()
    x, y = frame.left, frame.top + frame.row * len(rows) + 34
    words = ("a run", "a run outside its band", "never noticed", "predicted", "share of the runs that had noticed")
    for place, text in enumerate(words):
        width = _SIGN + metrics.horizontalAdvance(text) + 16
        if x > frame.left and x + width > frame.left + frame.width + frame.never:
            x, y = frame.left, y + metrics.height() + 4
        _draw_sign(painter, place, x, y, look)
        painter.setPen(look.text)
        painter.drawText(QPointF(x + _SIGN, y + metrics.ascent() / 2 - 1), text)
        x += width


def _draw_sign(painter: QPainter, place: int, x: float, y: float, look: Look) -> None:
    middle = {(x + 8, y)}
    if place == 0:
        _draw_dots(painter, middle, look.text)
    elif place == 1:
        _draw_rings(painter, middle, look.text, look)
    elif place == 2:
        _draw_crosses(painter, middle, look)
    elif place == 3:
        _draw_band(painter, QRectF(x + 1, y - 6, 14, 12), look)
    else:
        painter.setPen(QPen(look.text, 1.2))
        painter.drawPolyline(_polygon((x + right, y + down) for right, down in _STEPS))
