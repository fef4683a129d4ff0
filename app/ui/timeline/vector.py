"""Paints a scene with a QPainter: for files, where sharp shapes count and speed does not, and for the legend."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from app.ui.timeline.detail import Columns
from app.ui.timeline.geometry import Geometry
from app.ui.timeline.inks import Inks
from app.ui.timeline.lane import Phase
from app.ui.timeline.patterns import paint_bar
from app.ui.timeline.scene import Row, Scene

_GAP = 4


class Vector:
    """Paints one picture; the GUI thread only.

    Args:
        painter: paints into a picture as large as the geometry says.
        geometry: where things are, with a unit of 1.
        inks: the colours.
        sign: from a worker's name to its sign.
    """

    def __init__(self, painter: QPainter, geometry: Geometry, inks: Inks, sign: Callable[[str], QImage]) -> None:
        self._painter = painter
        self._geometry = geometry
        self._inks = inks
        self._sign = sign
        self._metrics = QFontMetrics(painter.font())

    def paint(self, scene: Scene) -> None:
        """Paint a scene."""
        g, inks, painter = self._geometry, self._inks, self._painter
        painter.fillRect(0, 0, g.width, g.height, QColor(inks.ground))
        for place in range(1, len(scene.rows), 2):
            painter.fillRect(0, g.top(place), g.width, g.lane, QColor(inks.alternate))
        painter.save()
        painter.translate(g.gutter, 0)
        painter.setClipRect(0, 0, g.plot, g.height)
        self._lines([x for x, _ in scene.axis.marks], inks.faint, 1)
        for place, row in enumerate(scene.rows):
            self._lane(g.top(place), row)
        self._lines(scene.stops, inks.stop, 2)
        for place, row in enumerate(scene.rows):
            self._chain(g.top(place), row)
        self._axis(scene)
        painter.restore()
        painter.fillRect(0, 0, g.gutter, g.height, QColor(inks.names))
        self._text(QRect(0, 0, g.gutter - _GAP, g.axis), scene.axis.base, inks.text, Qt.AlignmentFlag.AlignRight)
        for place, row in enumerate(scene.rows):
            self._name(g.top(place), row)

    def _lines(self, columns: list[int], colour: str, width: int) -> None:
        rects = [QRect(x, self._geometry.axis, width, self._geometry.height) for x in columns]
        self._rects(rects, colour)

    def _rects(self, rects: list[QRect], colour: str) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(colour))
        self._painter.drawRects(rects)

    def _lane(self, y: int, row: Row) -> None:
        g, inks = self._geometry, self._inks
        if row.band is not None:
            left, right = (min(max(x, 0), g.plot) for x in row.band)
            self._rects([QRect(left, y, right - left, g.lane)], inks.band)
        top, bottom = (y + place for place in g.bar_rows)
        for left, right, phase in row.bars:
            colour = inks.failed if phase is Phase.ENDED and row.failed else inks.phases[phase]
            paint_bar(self._painter, QRect(left, top, right - left, bottom - top), phase, colour, inks.ground)
        for columns, phase in ((row.running, Phase.RUNNING), (row.waiting, Phase.WAITING)):
            for left, right in () if columns is None else _stretches(columns):
                bar = QRect(left, top, right - left, bottom - top)
                paint_bar(self._painter, bar, phase, inks.phases[phase], inks.ground)
        top, bottom = (y + place for place in g.tick_rows)
        ticks = [QRect(left, top, right - left, bottom - top) for left, right in _stretches(row.ticks)]
        self._rects(ticks, inks.worker(row.worker))

    def _chain(self, y: int, row: Row) -> None:
        g, inks, painter = self._geometry, self._inks, self._painter
        if row.slow is not None:
            self._rects([QRect(row.slow, y, 1, g.lane // 2)], inks.late)
        if row.released is not None:
            self._rects([QRect(row.released, top, 2, 2) for top in range(y, y + g.lane, 4)], inks.late)
        if row.requested is None:
            return
        colour = inks.late if row.late else inks.text
        middle = y + sum(g.tick_rows) / 2
        at = row.requested if row.released is None else row.released
        if row.noticed is not None:
            at = row.noticed
            painter.setPen(QPen(QColor(colour), 1))
            painter.drawLine(QPointF(row.requested, middle), QPointF(at, middle))
            painter.drawLine(QPointF(at + 0.5, y + 1), QPointF(at + 0.5, y + g.lane - 1))
            if at - row.requested >= 5:
                painter.setBrush(QColor(colour))
                painter.drawPolygon(
                    QPolygonF([QPointF(at, middle), QPointF(at - 5, middle - 3), QPointF(at - 5, middle + 3)])
                )
        if row.latency:
            place = QRect(at + _GAP, y + 2, self._metrics.horizontalAdvance(row.latency) + 1, g.lane - 4)
            self._rects([place], inks.ground)
            self._text(place, row.latency, colour, Qt.AlignmentFlag.AlignLeft)

    def _axis(self, scene: Scene) -> None:
        g, inks = self._geometry, self._inks
        self._painter.fillRect(0, 0, g.plot, g.axis, QColor(inks.names))
        self._rects([QRect(x, g.axis - 4, 1, 4) for x, _ in scene.axis.marks], inks.text)
        for x, text in scene.axis.marks:
            self._text(QRect(x + 3, 0, 10_000, g.axis), text, inks.text, Qt.AlignmentFlag.AlignLeft)
        for x in scene.stops:
            flag = QRect(x, 0, self._metrics.horizontalAdvance("Stop") + 2 * _GAP, g.axis)
            self._painter.fillRect(flag, QColor(inks.stop))
            self._text(flag, "Stop", inks.ground, Qt.AlignmentFlag.AlignHCenter)

    def _name(self, y: int, row: Row) -> None:
        g = self._geometry
        size = self._metrics.height() - 4
        self._painter.drawImage(QRect(_GAP, y + (g.lane - size) // 2, size, size), self._sign(row.worker))
        place = QRect(2 * _GAP + size, y, g.gutter - 3 * _GAP - size, g.lane)
        label = self._metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, place.width())
        self._text(place, label, self._inks.text, Qt.AlignmentFlag.AlignLeft)

    def _text(self, place: QRect, text: str, colour: str, side: Qt.AlignmentFlag) -> None:
        if text:
            self._painter.setPen(QColor(colour))
            self._painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


def _stretches(columns: Columns) -> list[tuple[int, int]]:
    """Return from where to before where there are columns side by side."""
    changes = np.flatnonzero(np.diff(columns.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(changes[::2], changes[1::2], strict=True))
