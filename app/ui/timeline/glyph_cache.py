"""Texts and signs as masks that numpy can put into a picture: each is drawn by Qt once, and then kept."""

from collections import OrderedDict

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

Mask = npt.NDArray[np.uint8]
_MOST = 1_024  # kept; a screen has some hundred


class GlyphCache:
    """Draws texts in one font; one thread at a time, any: into images, and with nothing that belongs to a widget.

    Beside four busy threads each call of Qt's that gives up the GIL costs milliseconds: fifty ``drawText`` a frame were
    250 ms. A mask that is kept costs none.

    Args:
        font: as the widget has it.
        ratio: pixels of the picture for one of the font's.
    """

    def __init__(self, font: QFont, ratio: float) -> None:
        self._font = font
        self._ratio = ratio
        self._metrics = QFontMetrics(font)
        self._kept: OrderedDict[tuple[str, int], Mask] = OrderedDict()
        self._signs: dict[tuple[str, int], Mask] = {}

    @property
    def height(self) -> int:
        """The height of a text, in pixels of the picture."""
        return max(1, round(self._metrics.height() * self._ratio))

    def width(self, text: str) -> int:
        """Return the width of a text, in pixels of the picture."""
        return int(self.text(text).shape[1])

    def text(self, text: str, most: int = 0) -> Mask:
        """Return how much of the ink each pixel has, from 0 to 255; elided to ``most`` pixels unless that is 0."""
        key = text, most
        mask = self._kept.get(key)
        if mask is None:
            mask = self._kept[key] = self._drawn(text, most)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return mask

    def _drawn(self, text: str, most: int) -> Mask:
        if most:
            text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(most / self._ratio))
        width = max(1, round(self._metrics.horizontalAdvance(text) * self._ratio) + 1)
        image = QImage(width, self.height, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self._ratio)
        image.fill(0)
        painter = QPainter(image)
        painter.setFont(self._font)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.drawText(QPoint(0, self._metrics.ascent()), text)
        painter.end()
        return _alpha(image)

    def sign(self, name: str, image: QImage, size: int) -> Mask:
        """Return a worker's sign, ``size`` pixels wide and high."""
        mask = self._signs.get((name, size))
        if mask is None:
            image = image.scaled(size, size, mode=Qt.TransformationMode.SmoothTransformation)
            image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
            if len(self._signs) > _MOST:
                self._signs.clear()
            mask = self._signs[name, size] = _alpha(image)
        return mask


def _alpha(image: QImage) -> Mask:
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return (pixels[:, : image.width()] >> 24).astype(np.uint8)
