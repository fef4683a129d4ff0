"""A worker's sign and colour, the same wherever it is shown."""

from PySide6.QtCore import QPointF, QRectF, Qt
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


class WorkerMarks:
    """Gives each worker's name a sign and a colour, in the order in which the names come; the GUI thread only.

    Shapes and colours have lengths without a common factor, so no two of the first 56 workers look the same.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._numbers: dict[str, int] = {}
        self._drawn: dict[tuple[int, str], tuple[QIcon, QColor]] = {}

    def mark(self, name: str) -> tuple[QIcon, QColor]:
        """Return the sign and the colour of the worker with this name."""
        number = self._numbers.setdefault(name, len(self._numbers))
        colours = self._theme.worker_colours()
        shape, colour = number % len(_SHAPES), colours[number % len(colours)]
        if (shape, colour) not in self._drawn:
            self._drawn[shape, colour] = QIcon(_drawing(shape, QColor(colour))), QColor(colour)
        return self._drawn[shape, colour]


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
