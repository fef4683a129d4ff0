"""Paints a scene into an array of pixels: a few calls into numpy a lane, and none into Qt."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from app.ui.timeline.colours import mixed, pixel
from app.ui.timeline.geometry import Geometry
from app.ui.timeline.inks import Inks
from app.ui.timeline.lane import Phase
from app.ui.timeline.scene import Row, Scene
from app.ui.timeline.stamps import Mask, Stamps

Pixels = npt.NDArray[np.uint32]
_GAP = 4  # units between a sign, a text and what is beside them


class Raster:
    """Paints pictures of one size, in one set of colours; one thread only.

    Why not with a QPainter: Qt's calls give the GIL up, and beside busy threads each waits up to a switch interval for each
    of them to get it back. A whole picture is one array here, and then one pixmap.

    Args:
        geometry: where things are.
        inks: the colours.
        stamps: the texts.
        sign: from a worker's name to its sign.
        pixels: what is painted into; an array of its own if there is none.
    """

    def __init__(
        self,
        geometry: Geometry,
        inks: Inks,
        stamps: Stamps,
        sign: Callable[[str], QImage],
        pixels: Pixels | None = None,
    ) -> None:
        self.geometry = geometry
        self.inks = inks
        self._stamps = stamps
        self._sign = sign
        self.pixels: Pixels = np.empty((geometry.height, geometry.width), np.uint32) if pixels is None else pixels
        self._strips = {phase: self._strip(phase, inks.phases[phase]) for phase in Phase}
        self._failed = self._strip(Phase.ENDED, inks.failed)
        self._names: tuple[object, Pixels] | None = None

    def _strip(self, phase: Phase, colour: str) -> Pixels:
        """Return a bar as wide as the picture: colour and pattern of a phase."""
        g, (top, bottom) = self.geometry, self.geometry.bar_rows
        height, u = bottom - top, self.geometry.unit
        y, x = np.mgrid[0:height, 0 : g.plot] // u
        middle = height // u // 2
        ground, ink = self.inks.ground, colour
        match phase:
            case Phase.STARTING:
                on = (x % 4 < 2) & (y % 4 < 2)
            case Phase.RUNNING:
                on = y >= 0
            case Phase.WAITING:
                on = abs(y - middle) <= 1
            case Phase.STOPPING:
                on = (x + y) % 6 < 3
                ground = mixed(self.inks.ground, colour, 0.25)
            case Phase.STUCK:
                on = ((x + y) % 6 < 2) | ((x - y) % 6 < 2)
                ground = mixed(self.inks.ground, colour, 0.25)
            case _:
                on = (y == middle) & (x % 6 < 2)
        return np.where(on, np.uint32(pixel(ink)), np.uint32(pixel(ground)))

    # -- the picture ---------------------------------------------------------------------------------------------

    def paint(self, scene: Scene) -> Pixels:
        """Return the picture of a scene; it is painted over by the next one."""
        g, inks, pixels = self.geometry, self.inks, self.pixels
        pixels[:] = pixel(inks.ground)
        for place in range(1, len(scene.rows), 2):
            pixels[g.top(place) : g.top(place + 1)] = pixel(inks.alternate)
        plot = pixels[:, g.gutter :]
        columns = [x for x, _ in scene.axis.marks if 0 <= x < g.plot]
        for x in columns:
            plot[g.axis :, x : x + g.unit] = pixel(inks.faint)
        for place, row in enumerate(scene.rows):
            self._paint_lane(plot[g.top(place) : g.top(place + 1)], row)
        for x in scene.stops:
            plot[g.axis // 2 :, x : x + 2 * g.unit] = pixel(inks.stop)
        for place, row in enumerate(scene.rows):
            self._paint_chain(plot[g.top(place) : g.top(place + 1)], row)
        self._paint_names(scene)
        self._paint_axis(plot, scene)
        self._paint_measure(plot, scene)
        self._paint_cursor(plot, scene)
        return pixels

    def _paint_lane(self, lane: Pixels, row: Row) -> None:
        g, inks = self.geometry, self.inks
        if row.band is not None:
            left, right = (min(max(x, 0), g.plot) for x in row.band)
            lane[:, left:right] = pixel(inks.band)
        top, bottom = g.bar_rows
        bars = lane[top:bottom]
        for left, right, phase in row.bars:
            strip = self._failed if phase is Phase.ENDED and row.failed else self._strips[phase]
            bars[:, left:right] = strip[:, left:right]
        if row.running is not None:
            np.copyto(bars, pixel(inks.phases[Phase.RUNNING]), where=row.running)
        if row.waiting is not None:
            np.copyto(bars, self._strips[Phase.WAITING], where=row.waiting)
        top, bottom = g.tick_rows
        np.copyto(lane[top:bottom], pixel(inks.worker(row.worker)), where=row.ticks)

    def _paint_chain(self, lane: Pixels, row: Row) -> None:
        """Paint the arrow from the Stop to the noticing point, and what stands beside it."""
        g, inks = self.geometry, self.inks
        if row.band is not None and 0 < row.band[1] <= g.plot:
            lane[:, row.band[1] - g.unit : row.band[1]] = pixel(mixed(inks.band, inks.text, 0.5))
        if row.slow is not None and 0 <= row.slow < g.plot:
            lane[: g.lane // 2, row.slow : row.slow + g.unit] = pixel(inks.late)
        if row.released is not None and 0 <= row.released < g.plot:
            # A dashed line: it is no noticing.
            for top in range(0, g.lane, 4 * g.unit):
                lane[top : top + 2 * g.unit, row.released : row.released + 2 * g.unit] = pixel(inks.late)
        if row.requested is None:
            return
        colour = pixel(inks.late if row.late else inks.text)
        top, bottom = g.tick_rows
        middle = (top + bottom) // 2
        at = row.requested if row.released is None else row.released
        if row.noticed is not None:
            at = row.noticed
            left, right = (min(max(x, 0), g.plot) for x in (row.requested, row.noticed))
            lane[middle : middle + g.unit, left:right] = colour
            head = 4 * g.unit
            for step in range(head):
                x = row.noticed - head + step + 1
                half = (head - step) * 3 // 4
                if max(0, row.requested) <= x < g.plot or (step == head - 1 and 0 <= x < g.plot):
                    lane[middle - half : middle + half + g.unit, x] = colour
            if 0 <= row.noticed < g.plot:
                lane[g.unit : g.lane - g.unit, row.noticed : row.noticed + g.unit] = colour
        if row.latency:
            self._write(lane, row.latency, at + _GAP * g.unit, colour)

    def _write(self, lane: Pixels, text: str, x: int, colour: int) -> None:
        """Write into a lane, on a ground of its own: bars and ticks go on behind it."""
        g, mask = self.geometry, self._stamps.text(text)
        y = (g.lane - mask.shape[0]) // 2
        left, right = max(0, x - g.unit), max(0, x + mask.shape[1] + g.unit)
        lane[max(0, y) : y + mask.shape[0], left:right] = pixel(self.inks.ground)
        self._stamp(lane, mask, x, y, colour)

    def _paint_axis(self, plot: Pixels, scene: Scene) -> None:
        g, inks = self.geometry, self.inks
        plot[: g.axis] = pixel(inks.names)
        y = (g.axis - self._stamps.height) // 2
        for x, text in scene.axis.marks:
            if 0 <= x < g.plot:
                plot[g.axis - 4 * g.unit : g.axis, x : x + g.unit] = pixel(inks.text)
            self._stamp(plot, self._stamps.text(text), x + 3 * g.unit, y, pixel(inks.text))
        for x in scene.stops:
            plot[: g.axis, x : x + 2 * g.unit] = pixel(inks.stop)
            self._flag(plot, x + 2 * g.unit, "Stop", inks.stop)

    def _flag(self, plot: Pixels, x: int, text: str, colour: str) -> None:
        """Put a text on the axis, on a ground of its own; to the left where there is no room on the right."""
        mask = self._stamps.text(text)
        width = mask.shape[1] + 2 * _GAP * self.geometry.unit
        if x + width > self.geometry.plot:
            x = max(0, x - width)
        plot[: self.geometry.axis, max(0, x) : x + width] = pixel(colour)
        y = (self.geometry.axis - self._stamps.height) // 2
        self._stamp(plot, mask, x + _GAP * self.geometry.unit, y, pixel(self.inks.ground))

    def _paint_measure(self, plot: Pixels, scene: Scene) -> None:
        if scene.measure is None:
            return
        g = self.geometry
        first, last, text = scene.measure
        left, right = min(max(first, 0), g.plot), min(max(last, 0), g.plot)
        part = plot[g.axis :, left:right]
        ink = pixel(self.inks.chosen)
        # Three parts of what is there and one of the ink, in whole numbers, in place.
        part >>= 2
        part &= 0x3F3F3F3F
        part *= 3
        part += (ink >> 2) & 0x3F3F3F
        part |= 0xFF000000
        for x in (first, last):
            if 0 <= x < g.plot:
                plot[g.axis :, x : x + g.unit] = ink
        if left < right or 0 <= first < g.plot:
            self._flag(plot, (left + right) // 2, text, self.inks.chosen)

    def _paint_cursor(self, plot: Pixels, scene: Scene) -> None:
        if scene.cursor is not None:
            x, text = scene.cursor
            plot[:, x : x + self.geometry.unit] = pixel(self.inks.text)
            if scene.measure is None:
                self._flag(plot, x + self.geometry.unit, text, self.inks.text)

    # -- the names -----------------------------------------------------------------------------------------------

    def _paint_names(self, scene: Scene) -> None:
        """Paint the lanes' names; they are kept from frame to frame, because they rarely change."""
        g = self.geometry
        key = scene.axis.base, tuple((row.worker, row.label, row.is_current, row.is_pinned) for row in scene.rows)
        if self._names is None or self._names[0] != key:
            names: Pixels = np.full((g.height, g.gutter), pixel(self.inks.names), np.uint32)
            y = (g.axis - self._stamps.height) // 2
            base = self._stamps.text(scene.axis.base, g.gutter - 2 * _GAP * g.unit)
            self._stamp(names, base, g.gutter - base.shape[1] - _GAP * g.unit, y, pixel(self.inks.text))
            for place, row in enumerate(scene.rows):
                self._paint_name(names[g.top(place) : g.top(place + 1)], row)
            names[:, g.gutter - g.unit :] = pixel(self.inks.faint)
            self._names = key, names
        self.pixels[:, : g.gutter] = self._names[1]

    def _paint_name(self, name: Pixels, row: Row) -> None:
        g, inks = self.geometry, self.inks
        if row.is_current:
            name[:] = pixel(inks.chosen)
        if row.is_pinned:
            name[:, : 3 * g.unit] = pixel(inks.text)
        text, sign = (inks.chosen_text, inks.chosen_text) if row.is_current else (inks.text, inks.worker(row.worker))
        size = self._stamps.height - 4 * g.unit
        mask = self._stamps.sign(row.worker, self._sign(row.worker), max(4, size))
        self._stamp(name, mask, _GAP * g.unit, (g.lane - mask.shape[0]) // 2, pixel(sign))
        x = 2 * _GAP * g.unit + mask.shape[1]
        label = self._stamps.text(row.label, max(1, g.gutter - x - _GAP * g.unit))
        self._stamp(name, label, x, (g.lane - label.shape[0]) // 2, pixel(text))

    @staticmethod
    def _stamp(pixels: Pixels, mask: Mask, x: int, y: int, colour: int) -> None:
        """Put a mask into a picture in a colour; what is outside is cut off."""
        height, width = pixels.shape
        left, top = max(0, -x), max(0, -y)
        mask = mask[top : max(top, height - y), left : max(left, width - x)]
        if not mask.size:
            return
        part = pixels[max(0, y) : max(0, y) + mask.shape[0], max(0, x) : max(0, x) + mask.shape[1]]
        ink = mask.astype(np.uint32)
        rest = 255 - ink
        result = np.full(mask.shape, 0xFF000000, np.uint32)
        for shift in (0, 8, 16):
            result |= ((((part >> shift) & 255) * rest + ((colour >> shift) & 255) * ink) // 255) << shift
        part[:] = result
