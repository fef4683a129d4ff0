"""The one description of what is painted: lanes, Stops, axis and cursor as shapes, whichever painter draws them. No Qt."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.core.latency import duration
from app.core.states import Outcome
from app.session.requests import Request
from app.ui.timeline.arrows import links_of
from app.ui.timeline.held import columns
from app.ui.timeline.lane import Bar, Lane
from app.ui.timeline.scale import Axis, Span, axis_of, place_text
from app.ui.timeline.shapes import (
    Arrow,
    Columns,
    Elbow,
    Geometry,
    Link,
    Palette,
    Phase,
    PhaseRect,
    Rect,
    Shade,
    Shape,
    Sign,
    Text,
    mixed,
)
from app.ui.timeline.ticks import Columns as Mask
from app.ui.timeline.ticks import Instants

_GAP = 4  # units between a sign, a text and what is beside them
_CURRENT_SHARE = 0.2  # of the colour of what is marked, behind the lane that the cursor is in
_CROWD = 8  # arrows; of more, those that have to do with the marked lane stand out
_CALM, _FAINT = 0.75, 0.3  # of the text's colour, in arrows; and in those that stand back
_SOON = 1_000_000_000  # ns that a request may be unnoticed before its arrow says so
_APART = 95  # units between two marks of the axis at least
_FAR = (
    10_000  # columns: what is further outside the plot than this is brought so near, so that painters can count on it
)


@dataclass(frozen=True, slots=True)
class Viewport:
    """What a person looks at.

    Attributes:
        span: the time that is shown.
        now: up to where bars are drawn, ns from the beginning of the session.
        cursor: an instant, or None.
        current: the run of the lane that the cursor is in, or None.
        measure: the two instants between which is measured, or None.
        pinned: the runs that stay on top.
        marked: the run that is selected, or None.
        note: what stands in the place of the lanes where none is shown.
        above, below: the runs of the lanes that are scrolled out.
        request: the key of the request that is chosen, or None.
    """

    span: Span
    now: int
    cursor: int | None = None
    current: int | None = None
    measure: tuple[int, int] | None = None
    pinned: frozenset[int] = frozenset()
    marked: int | None = None
    note: str = ""
    above: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()
    request: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is painted, each list from what is below to what is above.

    Attributes:
        plot: what has a time, in the area to the right of the names: its left end is 0, and what is outside is cut off.
        names: what is on the left of that, in the whole picture; it rarely changes.
        links: where in the plot the arrows of requests are.
    """

    plot: list[Shape]
    names: list[Shape]
    links: list[Link]


def scene_of(
    lanes: Sequence[Lane],
    stops: Sequence[int],
    view: Viewport,
    geometry: Geometry,
    palette: Palette,
    text_width: Callable[[str], int],
    requests: Sequence[Request] = (),
) -> Scene:
    """Return what is to be painted.

    Args:
        lanes: those that are on the screen, from the top.
        stops: the instant of each Stop.
        view: what is looked at.
        geometry: where things are.
        palette: the colours.
        text_width: from a text to its width in pixels.
        requests: those of threads by threads, in the order of their instants.
    """
    composer = _Composer(view, geometry, palette, text_width)
    axis = axis_of(view.span, geometry.plot, _APART * geometry.unit)
    stopped = [composer.column(instant) for instant in stops if view.span.holds(instant)]
    composer.add_ground(len(lanes), axis)
    for place, lane in enumerate(lanes):
        composer.add_lane(geometry.top(place), lane)
    for x in stopped:
        composer.add(Rect(x, geometry.axis, 2 * geometry.unit, geometry.height, palette.stop))
    rows = [lane.run for lane in lanes]
    links = links_of(requests, rows, view.above, view.below, geometry, composer.column)
    ended = {lane.run for lane in lanes if lane.ended is not None}
    composer.add_links(links, ended)
    for place, lane in enumerate(lanes):
        composer.add_chain(geometry.top(place), lane)
    for place, lane in enumerate(lanes):
        if lane.run == view.marked:
            composer.add_mark(geometry.top(place))
    if not lanes and view.note:
        composer.add_note(view.note)
    composer.add_axis(axis, stopped)
    composer.add_measure()
    composer.add_cursor()
    return Scene(composer.shapes, _names(lanes, axis.base, view, geometry, palette, text_width), links)


class _Composer:
    """Puts the plot together; ``top`` is where a lane begins."""

    def __init__(self, view: Viewport, geometry: Geometry, palette: Palette, text_width: Callable[[str], int]) -> None:
        self.shapes: list[Shape] = []
        self.add = self.shapes.append
        self._view = view
        self._geometry = geometry
        self._palette = palette
        self._text_width = text_width
        self._edges = edges_of(view.span, geometry.plot)

    def column(self, instant: int) -> int:
        """Return the column of an instant."""
        plot = self._geometry.plot
        return min(max(self._view.span.x(instant, plot), -_FAR), plot + _FAR)

    def add_ground(self, lanes: int, axis: Axis) -> None:
        """Add what is behind the lanes."""
        g, palette = self._geometry, self._palette
        self.add(Rect(0, 0, g.plot, g.height, palette.ground))
        for place in range(1, lanes, 2):
            self.add(Rect(0, g.top(place), g.plot, g.lane, palette.alternate))
        for x, _ in axis.marks:
            self.add(Rect(x, g.axis, g.unit, g.height, palette.faint))

    def add_lane(self, top: int, lane: Lane) -> None:
        """Add the predicted band, the bars and the lines of a lane."""
        g, palette, span, width = self._geometry, self._palette, self._view.span, self._geometry.plot
        band = self._band(lane)
        if band is not None:
            self.add(Rect(band[0], top, band[1] - band[0], g.lane, palette.band))
        ticks = lane.ticks.in_columns(self._edges)
        bars = pixel_bars(lane.bars(max(self._view.now, lane.ended or 0)), span, width)
        first, end = g.bar_rows
        first, height = top + first, end - first
        waits = lane.waits
        if waits:
            # Nothing but pauses between its lines: where there is one it ran, and elsewhere it waited.
            bars = [PixelBar(b.left, b.right, Phase.WAITING) if b.phase is Phase.RUNNING else b for b in bars]
        for left, right, phase in bars:
            failed = phase is Phase.ENDED and lane.outcome is Outcome.FAILED
            colour = palette.failed if failed else palette.phases[phase]
            self.add(PhaseRect(left, first, right - left, height, phase, colour))
        has_ticks = bool(ticks.any())  # deep in, most lanes have none
        if waits:
            if has_ticks:
                ran = ticks & _within(bars, Phase.WAITING, width)
                self.add(Columns(ran, first, height, None, palette.phases[Phase.RUNNING]))
        elif lane.interval * 1e9 >= span.length / width:
            pause = lane.ticks.pausing(self._edges, round(lane.interval * 1e9))
            waited = pause & _within(bars, Phase.RUNNING, width)
            self.add(Columns(waited, first, height, Phase.WAITING, palette.phases[Phase.WAITING]))
        self._add_held(top, lane, bars)
        if has_ticks:
            first, end = g.tick_rows
            self.add(Columns(ticks, top + first, end - first, None, palette.worker(lane.name.worker)))

    def _add_held(self, top: int, lane: Lane, bars: "Sequence[PixelBar]") -> None:
        """Add where a run was held back: it would have run, or paused."""
        if lane.held is None:
            return
        g, phase = self._geometry, Phase.HELD_BACK
        within = _within(bars, Phase.RUNNING, g.plot) | _within(bars, Phase.WAITING, g.plot)
        held = columns(lane.held, self._edges) & within
        if bool(held.any()):
            first, end = g.bar_rows
            self.add(Columns(held, top + first, end - first, phase, self._palette.phases[phase]))

    def _band(self, lane: Lane) -> tuple[int, int] | None:
        """Return from where to before where a run was predicted to notice, a column at least."""
        if lane.requested is None or lane.band is None:
            return None
        left, right = (self.column(lane.requested + at) for at in lane.band)
        return left, max(left + 1, right)

    def add_links(self, links: Sequence[Link], ended: Collection[int]) -> None:
        """Add the arrows of requests: first those that stand back, then the others, then the one that is chosen.

        Args:
            links: where they are.
            ended: the runs that have ended.
        """
        view = self._view
        is_crowd = len(links) > _CROWD and any(link.request.touches(view.marked) for link in links)
        layers: tuple[list[Link], list[Link], list[Link]] = ([], [], [])
        for link in links:
            is_chosen = link.request.key == view.request
            stands_back = is_crowd and not link.request.touches(view.marked)
            layers[2 if is_chosen else 0 if stands_back else 1].append(link)
        for layer, share in zip(layers, (_FAINT, _CALM, 1.0), strict=True):
            for request, x, y, tip, tip_y, starts_here in layer:
                is_chosen = layer is layers[-1]
                colour = self._palette.request if is_chosen else self._link_colour(request, share, ended)
                self.add(
                    Elbow(
                        x,
                        y,
                        tip,
                        tip_y,
                        colour,
                        not request.stop.exact,
                        starts_here,
                        1 + is_chosen,
                        request.noticed is not None,
                    )
                )

    def _link_colour(self, request: Request, share: float, ended: Collection[int]) -> str:
        palette = self._palette
        is_missed = request.noticed is None and (request.run in ended or self._view.now - request.instant >= _SOON)
        return mixed(palette.ground, palette.late if is_missed else palette.text, share)

    def add_chain(self, top: int, lane: Lane) -> None:
        """Add the arrow from the Stop to the noticing point, and what stands beside it."""
        g, palette, u = self._geometry, self._palette, self._geometry.unit
        band = self._band(lane)
        if band is not None:
            self.add(Rect(band[1] - u, top, u, g.lane, mixed(palette.band, palette.text, 0.5)))
        if lane.slow is not None:
            self.add(Rect(self.column(lane.slow), top, u, g.lane // 2, palette.late))
        if lane.released is not None:
            # A dashed line: it is no noticing.
            x = self.column(lane.released)
            for y in range(0, g.lane, 4 * u):
                self.add(Rect(x, top + y, 2 * u, min(2 * u, g.lane - y), palette.late))
        if lane.requested is None:
            return
        colour = palette.late if lane.is_late(self._view.now) else palette.text
        at = self.column(lane.requested if lane.released is None else lane.released)
        if lane.noticed is not None:
            at = self.column(lane.noticed)
            if not lane.requests:  # else its arrows begin in another lane
                self.add(Arrow(self.column(lane.requested), at, top + sum(g.tick_rows) // 2, colour))
            self.add(Rect(at, top + u, u, g.lane - 2 * u, colour))
        text = lane.latency_text(self._view.now)
        if text:
            # On a ground of its own: bars and ticks go on behind it.
            width = self._text_width(text)
            x, y = self._beside(self.column(lane.requested), at, width), top + (g.lane - g.text) // 2
            self.add(Rect(x - u, y, width + 2 * u, g.text, palette.ground))
            self.add(Text(x, y, text, colour))

    def _beside(self, left: int, right: int, width: int) -> int:
        """Return where a text begins that is as wide: to the right of two columns, or, without room there, to their left."""
        plot, gap = self._geometry.plot, _GAP * self._geometry.unit
        if right + gap + width <= plot or left >= plot:
            return right + gap
        return max(0, left - gap - width)

    def add_mark(self, top: int) -> None:
        """Add the lines around the lane that is marked."""
        g, u = self._geometry, self._geometry.unit
        for y in (top, top + g.lane - 2 * u):
            self.add(Rect(0, y, g.plot, 2 * u, self._palette.chosen))

    def add_note(self, text: str) -> None:
        """Add what stands in the place of the lanes where none is shown."""
        g = self._geometry
        x, y = max(0, (g.plot - self._text_width(text)) // 2), g.axis + max(0, g.height - g.axis - g.text) // 2
        self.add(Text(x, y, text, self._palette.text, g.plot))

    def add_axis(self, axis: Axis, stops: Sequence[int]) -> None:
        """Add the axis, and a flag at each Stop."""
        g, palette, u = self._geometry, self._palette, self._geometry.unit
        self.add(Rect(0, 0, g.plot, g.axis, palette.names))
        for x, text in axis.marks:
            self.add(Rect(x, g.axis - 4 * u, u, 4 * u, palette.text))
            self.add(Text(x + 3 * u, (g.axis - g.text) // 2, text, palette.text))
        for x in stops:
            self.add(Rect(x, 0, 2 * u, g.axis, palette.stop))
            self._add_flag(x + 2 * u, "Stop", palette.stop)

    def _add_flag(self, x: int, text: str, colour: str) -> None:
        """Add a text on the axis, on a ground of its own; to the left where there is no room on the right."""
        g = self._geometry
        width = self._text_width(text) + 2 * _GAP * g.unit
        if x + width > g.plot:
            x = max(0, x - width)
        self.add(Rect(x, 0, width, g.axis, colour))
        self.add(Text(x + _GAP * g.unit, (g.axis - g.text) // 2, text, self._palette.ground))

    def add_measure(self) -> None:
        """Add what is measured, if anything is."""
        if self._view.measure is None:
            return
        g, colour = self._geometry, self._palette.chosen
        start, end = sorted(self._view.measure)
        first, last = self.column(start), self.column(end)
        left, right = (min(max(x, 0), g.plot) for x in (first, last))
        self.add(Shade(left, g.axis, right - left, g.height, colour))
        for x in (first, last):
            self.add(Rect(x, g.axis, g.unit, g.height, colour))
        if left < right or 0 <= first < g.plot:
            self._add_flag((left + right) // 2, duration(end - start), colour)

    def add_cursor(self) -> None:
        """Add the cursor, if it is on the screen."""
        view, g = self._view, self._geometry
        if view.cursor is None or not view.span.holds(view.cursor):
            return
        x = self.column(view.cursor)
        self.add(Rect(x, 0, g.unit, g.height, self._palette.text))
        if view.measure is None:
            time = place_text(view.cursor, view.span.length // g.plot)
            self._add_flag(x + g.unit, time, self._palette.text)


def _names(
    lanes: Sequence[Lane],
    base: str,
    view: Viewport,
    geometry: Geometry,
    palette: Palette,
    text_width: Callable[[str], int],
) -> list[Shape]:
    """Return the lanes' names, and above them what the axis counts from."""
    g, u = geometry, geometry.unit
    shapes: list[Shape] = [Rect(0, 0, g.gutter, g.height, palette.names)]
    if base:
        most = g.gutter - 2 * _GAP * u
        x = g.gutter - min(text_width(base), most) - _GAP * u
        shapes.append(Text(x, (g.axis - g.text) // 2, base, palette.text, most))
    size = max(4 * u, g.text - 4 * u)
    sign_x, label_x = _GAP * u, 2 * _GAP * u + size
    sign_y, label_y = (g.lane - size) // 2, (g.lane - g.text) // 2
    room = max(1, g.gutter - label_x - _GAP * u)
    for place, lane in enumerate(lanes):
        top = g.top(place)
        text, sign = palette.text, palette.worker(lane.name.worker)
        if lane.run == view.marked:
            shapes.append(Rect(0, top, g.gutter, g.lane, palette.chosen))
            text = sign = palette.chosen_text
        elif lane.run == view.current:
            shapes.append(Rect(0, top, g.gutter, g.lane, mixed(palette.names, palette.chosen, _CURRENT_SHARE)))
        if lane.run in view.pinned:
            shapes.append(Rect(0, top, 3 * u, g.lane, palette.text))
        shapes.append(Sign(sign_x, top + sign_y, size, lane.name.worker, sign))
        shapes.append(Text(label_x, top + label_y, lane.title, text, room))
    shapes.append(Rect(g.gutter - u, 0, u, g.height, palette.faint))
    return shapes


# -- columns of pixels ------------------------------------------------------------------------------------------------


class PixelBar(NamedTuple):
    """A bar in columns of pixels, from ``left`` to before ``right``."""

    left: int
    right: int
    phase: Phase


def edges_of(span: Span, width: int) -> Instants:
    """Return the first instant of each of ``width`` columns, and of the one after the last.

    By whole numbers, and without a product of a long time and a wide picture, which would not fit into 64 bits.
    """
    whole, rest = divmod(span.length, width)
    columns = np.arange(width + 1, dtype=np.int64)
    edges: Instants = span.start + columns * whole - (-columns * rest // width)
    return edges


def pixel_bars(bars: Sequence[Bar], span: Span, width: int) -> list[PixelBar]:
    """Return the bars that are within a span, each at least a column wide; later ones lie over earlier ones."""
    found = []
    for start, end, phase in bars:
        if start >= span.end or end <= span.start:
            continue
        left = max(0, span.x(start, width))
        right = min(width, max(left + 1, span.x(end, width)))
        if left < width:
            found.append(PixelBar(left, right, phase))
    return found


def _within(bars: Sequence[PixelBar], phase: Phase, width: int) -> Mask:
    """Return for each column whether a bar of a phase is seen there; later bars lie over earlier ones."""
    found = np.zeros(width, np.bool_)
    for bar in bars:
        found[bar.left : bar.right] = bar.phase is phase
    return found
