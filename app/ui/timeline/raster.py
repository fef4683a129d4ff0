"""Paints a scene into an array of pixels: a call or two into numpy a shape, and none into Qt."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from app.ui.timeline.shapes import (
    ELBOW_DASH,
    ELBOW_DOT,
    ELBOW_LEAST,
    ELBOW_PERIOD,
    Arrow,
    Columns,
    Elbow,
    Geometry,
    Phase,
    PhaseRect,
    Rect,
    Shade,
    Shape,
    Sign,
    Text,
    mixed,
)

Mask = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint32]
_MOST_KEPT = 1_024  # texts or signs; a screen has some hundred


class GlyphCache:
    """Texts and signs as masks, each drawn by Qt once and then kept; one thread at a time, any.

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
            if len(self._kept) > _MOST_KEPT:
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
            if len(self._signs) > _MOST_KEPT:
                self._signs.clear()
            mask = self._signs[name, size] = _alpha(image)
        return mask


def _alpha(image: QImage) -> Mask:
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return (pixels[:, : image.width()] >> 24).astype(np.uint8)


class Raster:
    """Paints pictures of one size; one thread at a time, any.

    Why not with a QPainter: Qt's calls give the GIL up, and beside busy threads each waits up to a switch interval for each
    of them to get it back. A whole picture is one array here, and then one pixmap.

    Args:
        geometry: where things are.
        ground: the colour behind patterns.
        glyphs: the texts.
        sign: from a worker's name to its sign.
    """

    def __init__(self, geometry: Geometry, ground: str, glyphs: GlyphCache, sign: Callable[[str], QImage]) -> None:
        self.geometry = geometry
        self._ground = ground
        self._glyphs = glyphs
        self._sign = sign
        self._image = QImage(geometry.width, geometry.height, QImage.Format.Format_RGB32)
        size = geometry.height, geometry.width
        self._pixels: Pixels = np.frombuffer(self._image.bits(), np.uint32).reshape(size)
        self._strips: dict[tuple[Phase, str, int], Pixels] = {}
        self._names: tuple[list[Shape], Pixels] | None = None
        self._painters: dict[type, Callable[..., None]] = {
            Rect: self._rect,
            PhaseRect: self._phase_rect,
            Columns: self._columns,
            Text: self._text,
            Arrow: self._arrow,
            Elbow: self._elbow,
            Sign: self._paint_sign,
            Shade: self._shade,
        }

    def paint(self, plot: Sequence[Shape], names: list[Shape], frame: str | None = None) -> QImage:
        """Return the picture of a scene's two parts; ``frame`` is the colour of a frame around it, None for none."""
        g, pixels = self.geometry, self._pixels
        self._paint(pixels[:, g.gutter :], plot)
        if self._names is None or self._names[0] != names:
            # Kept from picture to picture, because they rarely change.
            painted: Pixels = np.empty((g.height, g.gutter), np.uint32)
            self._paint(painted, names)
            self._names = names, painted
        pixels[:, : g.gutter] = self._names[1]
        if frame is not None:
            u = 2 * g.unit
            pixels[:u] = pixels[-u:] = pixels[:, :u] = pixels[:, -u:] = pixel(frame)
        # A copy: the next picture is painted over this one, and Qt takes two images of the same pixels for the same.
        return self._image.copy()

    def _paint(self, area: Pixels, shapes: Sequence[Shape]) -> None:
        painters = self._painters
        for shape in shapes:
            painters[type(shape)](area, *shape)

    # -- the shapes, each cut off at the area's edges ---------------------------------------------------------------

    @staticmethod
    def _rect(area: Pixels, x: int, y: int, width: int, height: int, colour: str) -> None:
        if x < 0:
            x, width = 0, max(x + width, 0)
        area[y : y + height, x : x + width] = pixel(colour)

    @staticmethod
    def _shade(area: Pixels, x: int, y: int, width: int, height: int, colour: str) -> None:
        part = area[y : y + height, max(x, 0) : max(x + width, 0)]
        # Three parts of what is there and one of the ink, in whole numbers, in place.
        part >>= 2
        part &= 0x3F3F3F3F
        part *= 3
        part += (pixel(colour) >> 2) & 0x3F3F3F
        part |= 0xFF000000

    def _phase_rect(self, area: Pixels, x: int, y: int, width: int, height: int, phase: Phase, colour: str) -> None:
        left, right = max(x, 0), max(x + width, 0)
        part = area[y : y + height, left:right]
        part[:] = self._strip(phase, colour, height)[: part.shape[0], left:right]

    def _columns(
        self, area: Pixels, mask: npt.NDArray[np.bool_], y: int, height: int, phase: Phase | None, colour: str
    ) -> None:
        part = area[y : y + height]
        if phase is None:
            np.copyto(part, pixel(colour), where=mask)
        else:
            np.copyto(part, self._strip(phase, colour, height)[: part.shape[0]], where=mask)

    def _arrow(self, area: Pixels, x: int, tip: int, y: int, colour: str) -> None:
        ink, u, end = pixel(colour), self.geometry.unit, area.shape[1]
        area[y : y + u, max(x, 0) : max(tip, 0)] = ink
        head = 4 * u
        for step in range(head):
            at = tip - head + step + 1
            half = (head - step) * 3 // 4
            if (at >= x or step == head - 1) and 0 <= at < end:
                area[y - half : y + half + u, at] = ink

    def _elbow(
        self,
        area: Pixels,
        x: int,
        y: int,
        tip: int,
        tip_y: int,
        colour: str,
        likely: bool,
        starts_here: bool,
        thick: int,
        noticed: bool,
    ) -> None:
        ink, u, end = pixel(colour), self.geometry.unit, area.shape[1]
        low, high, width = min(y, tip_y), max(y, tip_y) + u, thick * u
        if -width < x < end:
            _line(area[low:high, max(x, 0) : x + width], ink, u * likely, low)
        # The dashes of both parts are where they are in the picture, so that those of several arrows fall together.
        left, right = max(x, 0), max(tip, 0)
        _line(area[tip_y : tip_y + width, left:right].T, ink, u * likely, left)
        head = 4 * u
        if not noticed:
            area[tip_y : tip_y + width, max(x - head, 0) : max(x + head + width, 0)] = ink
        elif tip - x >= ELBOW_LEAST * u:
            for step in range(head):
                half, at = (head - step) * 3 // 4, tip - head + step + 1
                if 0 <= at < end:
                    area[tip_y - half : tip_y + half + width, at] = ink
        elif y != tip_y:
            for step in range(head):
                half, at = (head - step) * 3 // 4, tip_y + (step - head + 1 if tip_y > y else head - step - 1)
                if 0 <= at < area.shape[0]:
                    area[at, max(x - half, 0) : max(x + half + width, 0)] = ink
        if starts_here:
            for row in range(-ELBOW_DOT * u, (ELBOW_DOT + 1) * u):
                half = ELBOW_DOT * u - max(0, abs(row) - u)
                if 0 <= y + row < area.shape[0]:
                    area[y + row, max(x - half, 0) : max(x + half + width, 0)] = ink

    def _text(self, area: Pixels, x: int, y: int, text: str, colour: str, most: int) -> None:
        _stamp(area, self._glyphs.text(text, most), x, y, pixel(colour))

    def _paint_sign(self, area: Pixels, x: int, y: int, size: int, worker: str, colour: str) -> None:
        _stamp(area, self._glyphs.sign(worker, self._sign(worker), size), x, y, pixel(colour))

    def _strip(self, phase: Phase, colour: str, height: int) -> Pixels:
        """Return a bar as wide as the plot: colour and pattern of a phase."""
        strip = self._strips.get((phase, colour, height))
        if strip is None:
            on = pattern(phase, self.geometry.plot, height, self.geometry.unit)
            is_tinted = phase in (Phase.STOPPING, Phase.STUCK)
            ground = mixed(self._ground, colour, 0.25) if is_tinted else self._ground
            strip = np.where(on, np.uint32(pixel(colour)), np.uint32(pixel(ground)))
            self._strips[phase, colour, height] = strip
        return strip


def pattern(phase: Phase, width: int, height: int, unit: int) -> npt.NDArray[np.bool_]:
    """Return which pixels of a bar in a phase have its colour; the others have the ground's."""
    y, x = np.mgrid[0:height, 0:width] // unit
    middle = height // unit // 2
    on: npt.NDArray[np.bool_]
    match phase:
        case Phase.STARTING:
            on = (x % 4 < 2) & (y % 4 < 2)
        case Phase.RUNNING:
            on = y >= 0
        case Phase.WAITING:
            on = abs(y - middle) <= 1
        case Phase.HELD_BACK:
            on = x % 5 < 2
        case Phase.STOPPING:
            on = (x + y) % 6 < 3
        case Phase.STUCK:
            on = ((x + y) % 6 < 2) | ((x - y) % 6 < 2)
        case _:
            on = (y == middle) & (x % 6 < 2)
    return on


def _line(part: Pixels, ink: int, unit: int, first: int) -> None:
    """Fill a line that runs along the first axis; in dashes with a unit, where ``first`` is the place of its beginning."""
    if not unit:
        part[:] = ink
        return
    places = (np.arange(first, first + part.shape[0]) // unit) % ELBOW_PERIOD
    part[places < ELBOW_DASH] = ink


def _stamp(area: Pixels, mask: Mask, x: int, y: int, colour: int) -> None:
    """Put a mask into a picture in a colour; what is outside is cut off."""
    height, width = area.shape
    left, top = max(0, -x), max(0, -y)
    mask = mask[top : max(top, height - y), left : max(left, width - x)]
    if not mask.size:
        return
    part = area[max(0, y) : max(0, y) + mask.shape[0], max(0, x) : max(0, x) + mask.shape[1]]
    ink = mask.astype(np.uint32)
    rest = 255 - ink
    result = np.full(mask.shape, 0xFF000000, np.uint32)
    for shift in (0, 8, 16):
        result |= ((((part >> shift) & 255) * rest + ((colour >> shift) & 255) * ink) // 255) << shift
    part[:] = result


@cache  # a theme has some twenty, and a picture asks a thousand times
def pixel(colour: str) -> int:
    """Return a colour (``#rrggbb``) as a pixel of QImage's ``Format_RGB32``."""
    return 0xFF000000 | int(colour[1:], 16)
