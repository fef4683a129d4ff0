"""A worker's mark: a shape and a colour, the same everywhere."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

from app.ui.theme import Theme

_SIZE = 32  # pixels of the largest drawing; shown at a row's height
# As shapes in a square from -1 to 1: told apart without colour. None is a circle.
_SHAPES: tuple[tuple[tuple[float, float], ...] | None, ...] = (
    None,
    ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    ((0, -0.95), (0.95, 0.8), (-0.95, 0.8)),
    ((0, -1), (1, 0), (0, 1), (-1, 0)),
    ((0, 0.95), (0.95, -0.8), (-0.95, -0.8)),
    ((-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3), (0.3, 1), (-0.3, 1), (-0.3, 0.3),
     (-1, 0.3), (-1, -0.3), (-0.3, -0.3)),
    ((-1, -0.5), (0, -0.5), (0, -1), (1, 0), (0, 1), (0, 0.5), (-1, 0.5)),
)  # fmt: skip


class WorkerMarks(QObject):
    """Assigns a shape and a colour to each worker's name, in the order in which the names come; the GUI thread only.

    Shapes and colours have lengths without a common factor, so no two of the first 56 workers look the same.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._numbers: dict[str, int] = {}
        self._drawn: dict[str, tuple[QIcon, QColor]] = {}
        # Connected first, so that the cache is empty when other receivers ask for the new colours.
        theme.changed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._drawn.clear()

    def mark(self, name: str) -> tuple[QIcon, QColor]:
        """Return the mark's icon and colour of the worker with this name."""
        drawn = self._drawn.get(name)
        if drawn is None:
            number = self._numbers.setdefault(name, len(self._numbers))
            colours = self._theme.worker_colours()
            colour = QColor(colours[number % len(colours)])
            drawn = self._drawn[name] = QIcon(_drawing(number % len(_SHAPES), colour)), colour
        return drawn


def _drawing(shape: int, colour: QColor) -> QPixmap:
    pixmap = QPixmap(_SIZE, _SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.translate(_SIZE / 2, _SIZE / 2)
    half = _SIZE * 0.36
    points = _SHAPES[shape]
    if points is None:
        painter.drawEllipse(QRectF(-half, -half, 2 * half, 2 * half))
    else:
        painter.drawPolygon(QPolygonF([QPointF(x * half, y * half) for x, y in points]))
    painter.end()
    return pixmap
