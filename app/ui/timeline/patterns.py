"""The bars' colours and patterns by a QPainter; the rules are those of the raster."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from app.ui.timeline.colours import mixed
from app.ui.timeline.lane import Phase

_SIZE = QSize(22, 12)
_PERIOD = 6  # pixels from one stroke of a pattern to the next
_SCALES = (1, 2)  # pixmaps for plain and for fine screens


def paint_bar(painter: QPainter, bar: QRect, phase: Phase, colour: str, ground: str) -> None:
    """Paint a bar in a phase's pattern; the GUI thread only."""
    middle = bar.center().y()
    ink = QColor(colour)
    if phase is Phase.RUNNING:
        painter.fillRect(bar, ink)
    elif phase is Phase.WAITING:
        painter.fillRect(bar, QColor(ground))
        painter.fillRect(QRect(bar.left(), middle - 1, bar.width(), 3), ink)
    elif phase in (Phase.STOPPING, Phase.STUCK):
        painter.fillRect(bar, QColor(mixed(ground, colour, 0.25)))
        _hatch(painter, bar, ink, crossed=phase is Phase.STUCK)
    else:
        painter.fillRect(bar, QColor(ground))
        pen = QPen(ink, 2 if phase is Phase.STARTING else 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1, 1] if phase is Phase.STARTING else [2, 4])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        rows = (bar.top() + 2, bar.bottom() - 2) if phase is Phase.STARTING else (middle,)
        for y in rows:
            painter.drawLine(QPointF(bar.left(), y + 0.5), QPointF(bar.right() + 1, y + 0.5))


def _hatch(painter: QPainter, bar: QRect, ink: QColor, *, crossed: bool) -> None:
    """Paint slanted strokes, all of them as one path, so that a file has one shape a bar.

    Cut off here and not by a clip, which a file of drawings would not keep.
    """
    left, right, height = bar.left(), bar.left() + bar.width(), bar.height()
    path = QPainterPath()
    for x in range(left // _PERIOD * _PERIOD - height, right, _PERIOD):
        start, end = max(x, left), min(x + height, right)
        if start >= end:
            continue
        low, high = bar.top() + height - (start - x), bar.top() + height - (end - x)
        path.moveTo(start, low)
        path.lineTo(end, high)
        if crossed:
            path.moveTo(start, bar.top() + (start - x))
            path.lineTo(end, bar.top() + (end - x))
    pen = QPen(ink, 2 if not crossed else 1.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.strokePath(path, pen)


def phase_icon(phase: Phase, colour: str, ground: str) -> QIcon:
    """Return a phase's bar as an icon; the GUI thread only."""
    icon = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(_SIZE * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(QColor(ground))
        painter = QPainter(pixmap)
        paint_bar(painter, QRect(0, 1, _SIZE.width(), _SIZE.height() - 2), phase, colour, ground)
        painter.end()
        icon.addPixmap(pixmap)
    return icon
