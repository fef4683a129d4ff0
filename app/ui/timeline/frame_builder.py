"""Makes what the timeline shows, in whichever thread asks: takes in what has come, and makes the picture and its words."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.ui.timeline import words
from app.ui.timeline.feed import Feed
from app.ui.timeline.frames import Frame, FrameRequest
from app.ui.timeline.shapes import Geometry
from app.ui.timeline.theme_palette import Signs
from app.ui.timeline.vector import Vector
from app.ui.timeline.view_state import TimelineViewState

if TYPE_CHECKING:
    # They bring numpy, 0.1 s, and several times that beside busy threads: loaded by who makes the first picture.
    from app.ui.timeline.glyph_cache import GlyphCache
    from app.ui.timeline.model import Timeline
    from app.ui.timeline.raster import Raster
    from app.ui.timeline.scene import Scene

_LONGEST_SAID = 400  # characters of what is said of the cursor
_MOST_ROWS = 1_000  # of the table; more lanes than that are read in parts, by the filter
_NAMES = (90, 190)  # least and most units for the names
_PADDING = 6  # units above and below a lane's text, together
_AXIS_PADDING = 3  # and of the axis's
_SCALE = 2  # pixels of a saved PNG for one of the screen
_DOTS = 96  # an inch of a saved SVG: then a unit of the drawing is a pixel of the screen


def load() -> None:
    """Import what making pictures takes: numpy, 0.1 s, and several times that beside busy threads; any thread."""
    from app.ui.timeline import glyph_cache, model, raster, scene  # noqa: F401 - loaded, not used


class FrameBuilder:
    """Touches no widget; any thread may call ``build``, and holds the view state's lock meanwhile.

    Args:
        view: what is shown.
        feed: what comes in.
        signs: the workers' signs.
        origin: the beginning of the session, a ``perf_counter_ns``.
        clock: returns now, a ``perf_counter_ns``; None for a session that is over.
    """

    def __init__(
        self,
        view: TimelineViewState,
        feed: Feed,
        signs: Signs,
        origin: int,
        clock: Callable[[], int] | None,
    ) -> None:
        self._view = view
        self._feed = feed
        self._signs = signs
        self._origin = origin
        self._clock = clock
        self._drawn_with: tuple[object, GlyphCache] | None = None
        self._raster: Raster | None = None
        self._gutter = 0

    def build(self, request: FrameRequest | None) -> Frame | None:
        """Take what has come in, and return what is to be shown; None if nothing is wanted, or there is nothing yet."""
        view = self._view
        with view.lock:
            self._feed.drain()
            timeline = self._feed.timeline
            if timeline is None:
                return None
            self._update(timeline)
            if request is None:
                return None
            image, geometry = self._picture(timeline, request)
            cells = None
            if request.table:
                cells = [(lane.run, words.table_cells(lane, view.now)) for lane in view.shown()[:_MOST_ROWS]]
            runs = [lane.run for lane in view.rows()]
            text, summary = self.words()
            return Frame(image, geometry, runs, view.top, view.last_top(), view.fits, text, summary, cells)

    def _update(self, timeline: "Timeline") -> None:
        """Tell the view state what there is: while something runs up to now, otherwise up to the last known instant."""
        now = timeline.latest
        if self._clock is not None and timeline.is_live():
            now = max(now, self._clock() - self._origin)
        self._view.update(timeline.lanes, timeline.revision, timeline.bounds(), now)

    # -- words -------------------------------------------------------------------------------------------------------

    def words(self) -> tuple[str, str]:
        """Return what is at the cursor, or a summary where there is none, and the summary; for who holds the lock."""
        summary = self.summary()
        return self._cursor_text() or summary, summary

    def summary(self) -> str:
        """Return a sentence about everything that is shown; for who holds the lock."""
        view, timeline = self._view, self._feed.timeline
        if timeline is None:
            return words.summary({}, [], view.navigation.span, view.now)
        stops, forgotten = len(timeline.stops()), timeline.forgotten
        return words.summary(timeline.lanes, view.shown(), view.navigation.span, view.now, stops, forgotten)

    def _cursor_text(self) -> str:
        view, navigation = self._view, self._view.navigation
        if navigation.cursor is None:
            return ""
        text = words.cursor_text(view.current(), navigation.cursor, view.event_at_cursor(), view.resolution)
        if navigation.measure is not None:
            text = f"{words.measure_text(*navigation.measure)} measured. {text}"
        return text[:_LONGEST_SAID]

    # -- the picture -------------------------------------------------------------------------------------------------

    def _picture(self, timeline: "Timeline", request: FrameRequest) -> tuple[QImage, Geometry]:
        """Return a picture and where things are in it; the view state learns how much of it there is room for."""
        from app.ui.timeline.raster import Raster

        view, palette = self._view, request.palette
        glyphs = self._glyphs_for(request)
        geometry = self._arranged(request, glyphs)
        view.width = geometry.plot
        if self._raster is None or self._raster.geometry != geometry:
            self._raster = Raster(geometry, palette.ground, glyphs, self._signs.image)
        scene = self._scene(timeline, geometry, request, glyphs.width)
        image = self._raster.paint(scene.plot, scene.names, palette.chosen if request.focused else None)
        image.setDevicePixelRatio(request.ratio)
        return image, geometry

    def _glyphs_for(self, request: FrameRequest) -> "GlyphCache":
        """Return the texts in the wanted font; everything begins anew where something but the size differs."""
        from app.ui.timeline.glyph_cache import GlyphCache

        key = request.ratio, request.font, id(request.palette)
        if self._drawn_with is None or self._drawn_with[0] != key:
            self._drawn_with = key, GlyphCache(request.font, request.ratio)
            self._raster, self._gutter = None, 0
        return self._drawn_with[1]

    def _arranged(self, request: FrameRequest, glyphs: "GlyphCache") -> Geometry:
        """Return where things are, and have the view state keep within the rows that there are."""
        view, unit = self._view, max(1, round(request.ratio))
        lane, axis = glyphs.height + _PADDING * unit, glyphs.height + _AXIS_PADDING * unit
        view.fits = max(1, (request.height - axis) // lane)
        view.keep_within()
        least, most = (units * unit for units in _NAMES)
        sign = glyphs.height + 12 * unit
        widest = max((glyphs.width(row.label[:200]) for row in view.rows()), default=0) + sign
        # Never narrower than it was: the plot would move to and fro while lanes come and go.
        self._gutter = max(self._gutter, min(max(widest, least), most))
        # Never too small for one lane, whatever the splitter says: what has no room is cut off by the widget.
        width, height = max(request.width, self._gutter + 1), max(request.height, axis + lane)
        return Geometry(width, height, self._gutter, axis, lane, glyphs.height, unit)

    def _scene(
        self, timeline: "Timeline", geometry: Geometry, request: FrameRequest, text_width: Callable[[str], int]
    ) -> "Scene":
        from app.ui.timeline.scene import Viewport, scene_of

        view, n = self._view, self._view.navigation
        looked_at = Viewport(n.span, view.now, n.cursor, n.current, n.measure, frozenset(view.choice.pinned))
        stops = [stop.instant for stop in timeline.stops()]
        return scene_of(view.rows(), stops, looked_at, geometry, request.palette, text_width)

    def saved(self, form: str, request: FrameRequest) -> bytes | None:
        """Return what is shown as the bytes of a file, drawn sharply; None if there is nothing; the GUI thread only.

        Args:
            form: ``png`` or ``svg``.
            request: what the picture on the screen is like.
        """
        frame = self.build(request)
        timeline = self._feed.timeline
        if frame is None or timeline is None:
            return None
        size = QSize(max(200, round(request.width / request.ratio)), max(60, round(request.height / request.ratio)))
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
            drawing.setDescription(frame.summary)
            painter = QPainter(drawing)
            self._draw(painter, size, timeline, frame.geometry, request)
            painter.end()
        else:
            image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(_SCALE)
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            self._draw(painter, size, timeline, frame.geometry, request)
            painter.end()
            QImageWriter(buffer, QByteArray(b"png")).write(image)
        buffer.close()
        return bytes(content.data())

    def _draw(
        self, painter: QPainter, size: QSize, timeline: "Timeline", shown: Geometry, request: FrameRequest
    ) -> None:
        painter.setFont(request.font)
        metrics = painter.fontMetrics()
        gutter, axis, lane = (round(length / request.ratio) for length in (shown.gutter, shown.axis, shown.lane))
        geometry = Geometry(size.width(), size.height(), gutter, axis, lane, metrics.height())
        with self._view.lock:
            scene = self._scene(timeline, geometry, request, lambda text: metrics.horizontalAdvance(text) + 1)
        vector = Vector(painter, request.palette.ground, self._signs.image)
        vector.paint(QRect(gutter, 0, geometry.plot, geometry.height), scene.plot)
        vector.paint(QRect(0, 0, gutter, geometry.height), scene.names)
