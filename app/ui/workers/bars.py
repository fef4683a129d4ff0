"""The bar in a cell that shows a stop latency, on one scale for all rows."""

import math
from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.core.latency import duration
from app.ui.theme import Theme
from app.ui.widgets import blank_pixmap

_SHORTEST = 10_000  # ns: where the logarithmic scale begins
WIDTH = 64  # pixels


class Scale(StrEnum):
    """How the length of a bar follows from a latency."""

    LINEAR = "linear"
    LOG = "log"


def bar_pixels(latency: int | None, longest: int, scale: Scale, width: int = WIDTH) -> int:
    """Return how many of a bar's pixels are filled.

    Args:
        latency: ns; None where there is none.
        longest: ns of the longest latency, which fills the bar.
        scale: linear from 0, or logarithmic from 10 µs.
        width: pixels of the bar.
    """
    if latency is None:
        return 0
    if scale is Scale.LOG and longest > _SHORTEST:
        share = math.log(max(latency, _SHORTEST) / _SHORTEST) / math.log(longest / _SHORTEST)
    else:
        share = latency / longest if longest > 0 else 1.0
    # One pixel at least: it did take some time.
    return max(1, round(min(share, 1.0) * width))


def scale_words(longest: int, scale: Scale) -> str:
    """Return which latencies an empty and a full bar stand for; empty while there is no latency."""
    if longest <= 0:
        return ""
    if scale is Scale.LOG:
        return f"Bars: {duration(_SHORTEST)} to {duration(longest)}, logarithmic"
    return f"Bars: 0 to {duration(longest)}, linear"


class BarPictures:
    """Draws each bar once, into a pixmap that Qt paints; the GUI thread only."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._drawn: dict[tuple[int, str, int, float], QPixmap] = {}

    def forget(self) -> None:
        """Draw all anew: the theme has changed."""
        self._drawn.clear()

    def bar(self, filled: int, word: str, height: int, ratio: float) -> QPixmap:
        """Return a bar.

        Args:
            filled: how many of its pixels are.
            word: the theme's word for the colour.
            height: pixels.
            ratio: real pixels a pixel.
        """
        key = filled, word, height, ratio
        picture = self._drawn.get(key)
        if picture is None:
            picture = self._drawn[key] = self._draw(filled, word, height, ratio)
        return picture

    def _draw(self, filled: int, word: str, height: int, ratio: float) -> QPixmap:
        picture = blank_pixmap(QSize(WIDTH, height), ratio)
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, colour in ((WIDTH, "filler"), (filled, word)):
            painter.fillRect(QRectF(0, 0, width, height), QColor(self._theme.colour(colour)))
        painter.end()
        return picture
