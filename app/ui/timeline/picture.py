"""The timeline's picture: a stage becomes one image."""

from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QFont, QImage

from app.ui.timeline.colours import pixel
from app.ui.timeline.geometry import Geometry
from app.ui.timeline.inks import Inks
from app.ui.timeline.raster import Raster
from app.ui.timeline.scene import Look, Scene, scene_of
from app.ui.timeline.stage import Stage
from app.ui.timeline.stamps import Stamps

_APART = 95  # units between two marks of the axis at least
_NAMES = (90, 190)  # least and most units for the names
_PADDING = 6  # units above and below a lane's text, together
_AXIS_PADDING = 3  # and of the axis's


def look_of(stage: Stage) -> Look:
    """Return what a person looks at."""
    n = stage.navigation
    return Look(n.span, n.cursor, n.current, n.measure, frozenset(stage.choice.pinned))


class Picture:
    """Makes images of a stage; one thread at a time, any.

    Args:
        inks: the colours.
        font: of what is written.
        ratio: pixels of the screen for one that does not depend on the device.
        sign: from a worker's name to its sign.

    Attributes:
        geometry: where things are in the last picture.
        scene: what is in it.
    """

    def __init__(self, inks: Inks, font: QFont, ratio: float, sign: Callable[[str], QImage]) -> None:
        self._inks = inks
        self._ratio = ratio
        self._sign = sign
        self._unit = max(1, round(ratio))
        self._stamps = Stamps(font, ratio)
        self._raster: Raster | None = None
        self._image: QImage | None = None
        self.geometry = Geometry(1, 1, 0, 0, 1)
        self.scene: Scene | None = None

    def lane_height(self) -> int:
        """Return the height of a lane, in pixels of the picture."""
        return self._stamps.height + _PADDING * self._unit

    def make(self, stage: Stage, width: int, height: int, *, focused: bool) -> QImage:
        """Return a picture of so many pixels; the stage learns how much of it there is room for."""
        lane = self.lane_height()
        axis = self._stamps.height + _AXIS_PADDING * self._unit
        stage.fits = max(1, (height - axis) // lane)
        stage.settle()
        rows = stage.rows()
        gutter = self._gutter([lane.label for lane in rows])
        # Never too small for one lane, whatever the splitter says: what has no room is cut off by the widget.
        width, height = max(width, gutter + 1), max(height, axis + lane)
        geometry = Geometry(width, height, gutter, axis, lane, self._unit)
        raster = self._raster_of(geometry)
        stage.width = geometry.plot
        assert stage.timeline is not None
        self.scene = scene_of(stage.timeline, rows, look_of(stage), stage.now, geometry.plot, _APART * self._unit)
        pixels = raster.paint(self.scene)
        if focused:
            colour, u = pixel(self._inks.chosen), 2 * self._unit
            pixels[:u] = pixels[-u:] = pixels[:, :u] = pixels[:, -u:] = colour
        assert self._image is not None
        # A copy: the next picture is painted over this one, and Qt takes two images of the same pixels for the same.
        image = self._image.copy()
        image.setDevicePixelRatio(self._ratio)
        return image

    def _gutter(self, labels: list[str]) -> int:
        """Return the width for the names: as wide as the widest so far that is on the screen, within limits."""
        least, most = (unit * self._unit for unit in _NAMES)
        sign = self._stamps.height + 12 * self._unit
        widest = max((self._stamps.width(label[:200]) for label in labels), default=0) + sign
        # Never narrower than it was: the plot would move to and fro while lanes come and go.
        return max(self.geometry.gutter, min(max(widest, least), most))

    def _raster_of(self, geometry: Geometry) -> Raster:
        if self._raster is None or self.geometry != geometry:
            self.geometry = geometry
            image = QImage(geometry.width, geometry.height, QImage.Format.Format_RGB32)
            pixels = np.frombuffer(image.bits(), np.uint32).reshape(geometry.height, geometry.width)
            self._image = image
            self._raster = Raster(geometry, self._inks, self._stamps, self._sign, pixels)
        return self._raster
