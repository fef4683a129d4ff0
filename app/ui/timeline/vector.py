"""Paints a scene with a QPainter, for files, where sharp shapes count and speed does not; and the legend's patterns."""

from collections.abc import Callable, Sequence
from itertools import groupby

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QIcon,
    QImage,
    QImageWriter,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtSvg import QSvgGenerator

from app.ui.timeline.shapes import (
    ELBOW_DASH,
    ELBOW_DOT,
    ELBOW_LEAST,
    ELBOW_PERIOD,
    Arrow,
    Columns,
    Elbow,
    Phase,
    PhaseRect,
    Rect,
    Shade,
    Shape,
    Sign,
    Text,
    mixed,
)

ICON_SIZE = QSize(22, 12)
_PERIOD = 6  # pixels from one slanted stroke of a pattern to the next
_UPRIGHT = 5  # and from one upright stroke to the next
_SCALES = (1, 2)  # pixmaps for plain and for fine screens
_FILE_SCALE = 2  # pixels of a PNG for one of the screen
_DOTS = 96  # an inch of an SVG: then a unit of the drawing is a pixel of the screen
_SHADE = 64  # of 255: how much of a shade's colour is seen


class Vector:
    """Paints one picture, whose unit is 1; the GUI thread only.

    Args:
        painter: paints into the picture.
        ground: the colour behind patterns.
        sign: from a worker's name to its sign.
    """

    def __init__(self, painter: QPainter, ground: str, sign: Callable[[str], QImage]) -> None:
        self._painter = painter
        self._ground = ground
        self._sign = sign
        self._metrics = QFontMetrics(painter.font())

    def paint(self, area: QRect, shapes: Sequence[Shape]) -> None:
        """Paint shapes into an area, whose upper left corner is their origin; what is outside is cut off."""
        painter = self._painter
        painter.save()
        painter.translate(area.topLeft())
        painter.setClipRect(0, 0, area.width(), area.height())
        for shape in shapes:
            self._shape(shape)
        painter.restore()

    def _shape(self, shape: Shape) -> None:
        painter = self._painter
        match shape:
            case Rect(x, y, width, height, colour):
                painter.fillRect(x, y, width, height, QColor(colour))
            case Shade(x, y, width, height, colour):
                shade = QColor(colour)
                shade.setAlpha(_SHADE)
                painter.fillRect(x, y, width, height, shade)
            case PhaseRect(x, y, width, height, phase, colour):
                paint_bar(painter, QRect(x, y, width, height), phase, colour, self._ground)
            case Columns(mask, y, height, phase, colour):
                bars = [QRect(left, y, right - left, height) for left, right in _stretches(mask.tolist())]
                if phase is None:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor(colour))
                    painter.drawRects(bars)
                else:
                    for bar in bars:
                        paint_bar(painter, bar, phase, colour, self._ground)
            case Arrow():
                self._arrow(shape)
            case Elbow():
                self._elbow(shape)
            case Text(x, y, text, colour, most):
                if most:
                    text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, most)
                painter.setPen(QColor(colour))
                painter.drawText(x, y + self._metrics.ascent(), text)
            case Sign(x, y, size, worker, colour):
                painter.drawImage(QRect(x, y, size, size), _tinted(self._sign(worker), colour))

    def _arrow(self, arrow: Arrow) -> None:
        painter, tip, middle = self._painter, arrow.tip, arrow.y + 0.5
        painter.setPen(QPen(QColor(arrow.colour), 1))
        painter.drawLine(QPointF(arrow.x, middle), QPointF(tip, middle))
        if tip - arrow.x >= 5:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(arrow.colour))
            head = [QPointF(tip + 1, middle), QPointF(tip - 4, middle - 3.5), QPointF(tip - 4, middle + 3.5)]
            painter.drawPolygon(QPolygonF(head))

    def _elbow(self, elbow: Elbow) -> None:
        painter, colour = self._painter, QColor(elbow.colour)
        middle = elbow.thick / 2
        start, corner = QPointF(elbow.x + middle, elbow.y + middle), QPointF(elbow.x + middle, elbow.tip_y + middle)
        pen = QPen(colour, elbow.thick)
        if elbow.likely:
            # In widths of the pen.
            pen.setDashPattern([ELBOW_DASH / elbow.thick, (ELBOW_PERIOD - ELBOW_DASH) / elbow.thick])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawLine(start, corner)
        # With so short a part there is no room for its head: that is at the corner.
        tip = corner
        if elbow.tip - elbow.x >= ELBOW_LEAST:
            tip = QPointF(elbow.tip + 0.5, elbow.tip_y + middle)
            painter.drawLine(corner, tip)
        if not elbow.noticed:
            painter.setPen(QPen(colour, elbow.thick))
            painter.drawLine(corner - QPointF(4.5, 0), corner + QPointF(4.5, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if elbow.noticed and tip is not corner:
            sides = QPointF(-4.5, -3.5), QPointF(-4.5, 3.5)
            painter.drawPolygon(QPolygonF([tip + QPointF(0.5, 0), *(tip + side for side in sides)]))
        elif elbow.noticed and elbow.y != elbow.tip_y:
            back = -4.5 if elbow.tip_y > elbow.y else 4.5
            sides = QPointF(-3.5, back), QPointF(3.5, back)
            painter.drawPolygon(QPolygonF([tip, *(tip + side for side in sides)]))
        if elbow.starts_here:
            painter.drawEllipse(start, ELBOW_DOT + middle, ELBOW_DOT + middle)


def _tinted(image: QImage, colour: str) -> QImage:
    """Return a sign in one colour: as opaque as it is, and nothing else of it."""
    tinted = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(tinted)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(tinted.rect(), QColor(colour))
    painter.end()
    return tinted


def _stretches(columns: list[bool]) -> list[tuple[int, int]]:
    """Return from where to before where there are columns side by side."""
    found, at = [], 0
    for is_on, group in groupby(columns):
        end = at + len(list(group))
        if is_on:
            found.append((at, end))
        at = end
    return found


def picture_file(form: str, size: QSize, description: str, paint: Callable[[QPainter], None]) -> bytes:
    """Return what ``paint`` paints as the bytes of a file, ``png`` or ``svg``; the GUI thread only.

    Args:
        form: of the file.
        size: of the picture, as on the screen.
        description: what is in it, in words; an SVG has room for that.
        paint: is called once.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if form == "svg":
        drawing = QSvgGenerator()
        drawing.setOutputDevice(buffer)
        drawing.setResolution(_DOTS)
        drawing.setSize(size)
        drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
        drawing.setTitle("Timeline")
        drawing.setDescription(description)
        painter = QPainter(drawing)
        paint(painter)
        painter.end()
    else:
        image = QImage(size * _FILE_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_FILE_SCALE)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        paint(painter)
        painter.end()
        QImageWriter(buffer, QByteArray(b"png")).write(image)
    buffer.close()
    return bytes(content.data())


# -- the patterns of the phases: the rules are the raster's -----------------------------------------------------------


def paint_bar(painter: QPainter, bar: QRect, phase: Phase, colour: str, ground: str) -> None:
    """Paint a bar in a phase's pattern; the GUI thread only."""
    middle = bar.center().y()
    ink = QColor(colour)
    if phase is Phase.RUNNING:
        painter.fillRect(bar, ink)
    elif phase is Phase.WAITING:
        painter.fillRect(bar, QColor(ground))
        painter.fillRect(QRect(bar.left(), middle - 1, bar.width(), 3), ink)
    elif phase is Phase.HELD_BACK:
        painter.fillRect(bar, QColor(ground))
        _strokes(painter, bar, ink)
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


def _strokes(painter: QPainter, bar: QRect, ink: QColor) -> None:
    """Paint upright strokes, all of them as one path."""
    path = QPainterPath()
    right = bar.left() + bar.width()
    for x in range(bar.left() // _UPRIGHT * _UPRIGHT, right, _UPRIGHT):
        start, end = max(x, bar.left()), min(x + 2, right)
        if start < end:
            path.addRect(start, bar.top(), end - start, bar.height())
    painter.fillPath(path, ink)


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
    area = QRect(0, 1, ICON_SIZE.width(), ICON_SIZE.height() - 2)
    return _icon(ground, lambda painter: paint_bar(painter, area, phase, colour, ground))


def request_icon(colour: str, ground: str) -> QIcon:
    """Return the arrow of a request as an icon; the GUI thread only."""
    area = QRect(0, 0, ICON_SIZE.width(), ICON_SIZE.height())
    arrow = Elbow(3, 2, ICON_SIZE.width() - 3, ICON_SIZE.height() - 4, colour)
    return _icon(ground, lambda painter: Vector(painter, ground, _no_sign).paint(area, [arrow]))


def _icon(ground: str, paint: Callable[[QPainter], object]) -> QIcon:
    icon = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(ICON_SIZE * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(QColor(ground))
        painter = QPainter(pixmap)
        paint(painter)
        painter.end()
        icon.addPixmap(pixmap)
    return icon


def _no_sign(_name: str) -> QImage:
    return QImage()


def band_icon(colour: str) -> QIcon:
    """Return the colour of a predicted band as an icon; the GUI thread only."""
    pixmap = QPixmap(ICON_SIZE)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
