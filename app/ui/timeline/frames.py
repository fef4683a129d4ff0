"""Pictures of the timeline: fed with batches, asked for and made as values, in whichever thread, and one that makes them."""

import contextlib
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter

from app.core.batch import Batch
from app.core.latency import duration
from app.session.batch_file import BatchFile
from app.ui.task import TaskContext
from app.ui.timeline import words
from app.ui.timeline.shapes import Frame, FrameRequest, Geometry, Link, lane_height
from app.ui.timeline.theme_palette import Signs
from app.ui.timeline.vector import Vector, picture_file
from app.ui.timeline.view_state import TimelineViewState

if TYPE_CHECKING:
    # They bring numpy, 0.1 s, and several times that beside busy threads: loaded for the first picture.
    from app.ui.timeline.model import Timeline
    from app.ui.timeline.raster import GlyphCache, Raster
    from app.ui.timeline.scene import Scene

_MOST_WAITING = 400_000  # records
_HEADS = 64  # batches looked at in one short transaction
_TIMEOUT = 2.0  # seconds to wait for a lock on the file


class Feed:
    """Hands batches on to a timeline that is made when the first one is taken, so that adding never waits.

    Args:
        origin: the beginning of the session, a ``perf_counter_ns``.

    Attributes:
        timeline: the model; None until there is one.
    """

    def __init__(self, origin: int) -> None:
        self.timeline: Timeline | None = None
        self._origin = origin
        # Bounded: the panel looks whether it is full, and then hands on what waits.
        self._waiting: deque[tuple[Batch, int | None]] = deque()
        self._given = self._taken = 0  # records; each is counted by one side alone

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch; see ``Timeline.add``. The GUI thread only."""
        self._given += len(batch)
        self._waiting.append((batch, first))

    def is_empty(self) -> bool:
        """Return whether nothing waits; any thread."""
        return not self._waiting

    def has_much(self) -> bool:
        """Return whether what waits should be handed on soon, picture or not; any thread."""
        return self._given - self._taken > _MOST_WAITING // 8

    def is_full(self) -> bool:
        """Return whether nothing more should be added before something was handed on; any thread."""
        return self._given - self._taken > _MOST_WAITING

    def drain(self) -> None:
        """Hand on everything that waits; one thread at a time, the one that has the view state's lock."""
        if self.timeline is None:
            if not self._waiting:
                return
            # Imports numpy: 0.1 s, several times that beside busy threads; by then in a thread that is not waited for.
            from app.ui.timeline.model import Timeline

            self.timeline = Timeline(self._origin)
        while self._waiting:
            batch, first = self._waiting.popleft()
            self.timeline.add(batch, first)
            self._taken += len(batch)


def read_recorded(path: Path, end: int, context: TaskContext) -> None:
    """Report the batches of a session file, each with the number of its first record; for a task's thread.

    What is damaged is left out: the log says so where the lines would be.

    Args:
        path: the file.
        end: the number after the last line that is wanted.
        context: of the task; its limit is how many batches may wait for the window.

    Raises:
        BadInput: it is no session file.
    """
    # What the model needs: here nothing waits for it.
    import numpy  # noqa: F401

    with (
        contextlib.closing(BatchFile(path, _TIMEOUT, lambda _sentence: None)) as file,
        contextlib.suppress(sqlite3.Error),
    ):
        place = 0
        while place < end and (heads := file.heads(place, end, _HEADS)):
            for head, content in file.batches(heads):
                if context.is_cancelled():
                    return
                if isinstance(content, Batch):
                    context.report((content, head.first))
            place = heads[-1].first + heads[-1].records


_LONGEST_SAID = 400  # characters of what is said of the cursor
_MOST_ROWS = 1_000  # of the table; more lanes than that are read in parts, by the filter
_NAMES = (90, 190)  # least and most units for the names
_PADDING = 6  # units above and below a lane's text, together
_AXIS_PADDING = 3  # and of the axis's


def load() -> None:
    """Import what making pictures takes: numpy, 0.1 s, and several times that beside busy threads; any thread."""
    from app.ui.timeline import model, raster, scene  # noqa: F401 - loaded, not used


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
            image, geometry, links = self._picture(request)
            cells = None
            if request.table:
                cells = [(lane.run, words.table_cells(lane, view.now)) for lane in view.shown()[:_MOST_ROWS]]
            runs = [lane.run for lane in view.rows()]
            text, summary = self.words()
            return Frame(image, geometry, runs, view.top, view.last_top(), view.fits, text, summary, cells, links)

    def _update(self, timeline: "Timeline") -> None:
        """Tell the view state what there is: while something runs up to now, otherwise up to the last known instant."""
        clock = self._clock if timeline.is_live() else None
        now = timeline.last() if clock is None else max(timeline.latest, clock() - self._origin)
        is_live = clock is not None
        self._view.update(timeline.lanes, timeline.revision, (timeline.first(), now), now, is_live=is_live)

    # -- words -------------------------------------------------------------------------------------------------------

    def words(self) -> tuple[str, str]:
        """Return what is at the cursor, or a summary where there is none, and the summary; with the lock held."""
        summary = self.summary()
        return self._cursor_text() or summary, summary

    def summary(self) -> str:
        """Return a sentence about everything that is shown; with the lock held."""
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
            start, end = navigation.measure
            text = f"{duration(abs(end - start))} measured. {text}"
        return text[:_LONGEST_SAID]

    # -- the picture -------------------------------------------------------------------------------------------------

    def _picture(self, request: FrameRequest) -> tuple[QImage, Geometry, list[Link]]:
        """Return a picture, where things are in it, and its arrows; the view state learns how much there is room for."""
        from app.ui.timeline.raster import Raster

        view, palette = self._view, request.palette
        glyphs = self._glyphs_for(request)
        geometry = self._arranged(request, glyphs)
        view.width = geometry.plot
        if self._raster is None or self._raster.geometry != geometry:
            self._raster = Raster(geometry, palette.ground, glyphs, self._signs.image)
        scene = self._scene(geometry, request, glyphs.width)
        image = self._raster.paint(scene.plot, scene.names, palette.chosen if request.focused else None)
        image.setDevicePixelRatio(request.ratio)
        return image, geometry, scene.links

    def _glyphs_for(self, request: FrameRequest) -> "GlyphCache":
        """Return the texts in the wanted font; everything begins anew where something but the size differs."""
        from app.ui.timeline.raster import GlyphCache

        key = request.ratio, request.font, id(request.palette)
        if self._drawn_with is None or self._drawn_with[0] != key:
            self._drawn_with = key, GlyphCache(request.font, request.ratio)
            self._raster, self._gutter = None, 0
        return self._drawn_with[1]

    def _arranged(self, request: FrameRequest, glyphs: "GlyphCache") -> Geometry:
        """Return where things are, and have the view state keep within the rows that there are."""
        view, unit = self._view, max(1, round(request.ratio))
        axis = glyphs.height + _AXIS_PADDING * unit
        lane = lane_height(request.height - axis, len(view.shown()), glyphs.height + _PADDING * unit)
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

    def _scene(self, geometry: Geometry, request: FrameRequest, text_width: Callable[[str], int]) -> "Scene":
        from app.ui.timeline.scene import Viewport, scene_of

        view, n, timeline = self._view, self._view.navigation, self._feed.timeline
        requests = [] if timeline is None else timeline.requests()
        looked_at = Viewport(
            n.span,
            view.now,
            n.cursor,
            n.current,
            n.measure,
            frozenset(view.choice.pinned),
            view.marked,
            words.NO_RUN if timeline is None or not timeline.lanes else words.NO_LANE,
            *(view.scrolled_out() if requests else (frozenset(), frozenset())),
            view.request,
        )
        stops = [] if timeline is None else [stop.instant for stop in timeline.stops()]
        return scene_of(view.rows(), stops, looked_at, geometry, request.palette, text_width, requests)

    def saved(self, form: str, request: FrameRequest) -> bytes | None:
        """Return what is shown as the bytes of a file, drawn sharply; None if there is nothing; the GUI thread only.

        Args:
            form: ``png`` or ``svg``.
            request: what the picture on the screen is like.
        """
        frame = self.build(request)
        if frame is None:
            return None
        size = QSize(max(200, round(request.width / request.ratio)), max(60, round(request.height / request.ratio)))
        return picture_file(form, size, frame.summary, partial(self._draw, size, frame.geometry, request))

    def _draw(self, size: QSize, shown: Geometry, request: FrameRequest, painter: QPainter) -> None:
        painter.setFont(request.font)
        metrics = painter.fontMetrics()
        gutter, axis, lane = (round(length / request.ratio) for length in (shown.gutter, shown.axis, shown.lane))
        geometry = Geometry(size.width(), size.height(), gutter, axis, lane, metrics.height())
        with self._view.lock:
            scene = self._scene(geometry, request, lambda text: metrics.horizontalAdvance(text) + 1)
        vector = Vector(painter, request.palette.ground, self._signs.image)
        vector.paint(QRect(gutter, 0, geometry.plot, geometry.height), scene.plot)
        vector.paint(QRect(0, 0, gutter, geometry.height), scene.names)


class FrameThread:
    """Makes one picture at a time; the GUI thread only, but for ``build``, which its thread calls.

    Beside busy threads a thread that works for half a millisecond has to give the interpreter up and to win it back, and
    numpy gives it up by itself at every larger array: the millisecond that a picture takes becomes 20 to 70 there. In the
    window's thread that would be its lag; here it is a picture that comes some frames later.

    Args:
        build: makes one.
        prepare: called first of all, by the thread: loads what making takes.
        clock: returns now, in ns; any thread.

    Attributes:
        is_busy: whether one is being made.
        took: ns that the last picture took: a millisecond where nothing else wants the interpreter.
    """

    def __init__(
        self,
        build: Callable[[FrameRequest | None], Frame | None],
        prepare: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        self.build = build
        self._prepare = prepare
        self._clock = clock
        # Bounded: one is asked for at a time.
        self._asked: queue.SimpleQueue[tuple[int, FrameRequest | None] | None] = queue.SimpleQueue()
        self._number = 0  # of what was asked for last; what was made for another is out of date
        self._made: tuple[int, Frame | Exception | None] | None = None
        self.is_busy = False
        self.took = 0
        self._thread = threading.Thread(target=self._live, name="timeline-painter", daemon=True)
        self._thread.start()

    def ask(self, request: FrameRequest | None) -> None:
        """Have a picture made, or, with None, only have taken what has come in; not while it is busy."""
        self._number += 1
        self._made = None
        self.is_busy = True
        self._asked.put((self._number, request))

    def consume(self) -> Frame | None:
        """Return the picture that was made, once; None if there is none. What went wrong with it is raised here."""
        made = self._made
        if made is None or made[0] != self._number:
            return None
        self._made = None
        if isinstance(made[1], Exception):
            raise made[1]
        return made[1]

    def discard(self) -> None:
        """Want no picture that was asked for so far."""
        self._number += 1
        self._made = None

    def shutdown(self) -> None:
        """End the thread, and wait until it has ended."""
        self._asked.put(None)
        self._thread.join()

    def _live(self) -> None:
        # What goes wrong with loading goes wrong again with making, and is said there.
        with contextlib.suppress(Exception):
            self._prepare()
        while (asked := self._asked.get()) is not None:
            number, request = asked
            began = self._clock()
            made: Frame | Exception | None
            try:
                made = self.build(request)
            except Exception as error:  # noqa: BLE001 - raised where it can be said; a thread that ended would be missed
                made = error
            # First what was made, then that there is room for another: a reader of the second sees the first.
            self._made = number, made
            if request is not None:
                self.took = self._clock() - began
            self.is_busy = False
