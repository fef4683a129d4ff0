"""What is to be painted: lanes, Stops and the axis in columns of pixels, for whoever paints them. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ui.timeline import words
from app.ui.timeline.axis import Axis, axis_of, place_text
from app.ui.timeline.detail import Columns, PixelBar, edges_of, pausing, pixel_bars, ticked
from app.ui.timeline.lane import Lane, Phase
from app.ui.timeline.model import Timeline
from app.ui.timeline.presence import Instants
from app.ui.timeline.scale import Span


@dataclass(frozen=True, slots=True)
class Row:
    """A lane as it is painted; places are columns of the plot, and may be outside it.

    Attributes:
        worker: whose sign and colour it has.
        label: its name.
        bars: what it was doing, from the left.
        failed: whether it ended by an exception.
        ticks: for each column whether a line is in it.
        running, waiting: columns that look so whatever the bar there says; None for none.
        band: from where to before where it was predicted to notice.
        requested, noticed, released, slow: see ``Lane``.
        late: whether it noticed outside the band, or is beyond it.
        latency: what stands beside the noticing point, or the release of a run that never noticed.
        is_current, is_pinned: whether the cursor is in it, whether it stays on top.
    """

    worker: str
    label: str
    bars: list[PixelBar]
    failed: bool
    ticks: Columns
    running: Columns | None
    waiting: Columns | None
    band: tuple[int, int] | None
    requested: int | None
    noticed: int | None
    released: int | None
    slow: int | None
    late: bool
    latency: str
    is_current: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is painted, from the top.

    Attributes:
        rows: the lanes.
        axis: marks at round instants.
        stops: the column of each Stop.
        cursor: the column of the cursor, and its time.
        measure: from which to which column is measured, and the length.
    """

    rows: list[Row]
    axis: Axis
    stops: list[int]
    cursor: tuple[int, str] | None
    measure: tuple[int, int, str] | None


@dataclass(frozen=True, slots=True)
class Look:
    """What a person looks at.

    Attributes:
        span: the time that is shown.
        cursor: an instant, or None.
        current: the run of the lane that the cursor is in, or None.
        measure: the two instants between which is measured, or None.
        pinned: the runs that stay on top.
    """

    span: Span
    cursor: int | None = None
    current: int | None = None
    measure: tuple[int, int] | None = None
    pinned: frozenset[int] = frozenset()


def scene_of(timeline: Timeline, lanes: Sequence[Lane], look: Look, now: int, width: int, apart: int) -> Scene:
    """Return what is to be painted.

    Args:
        timeline: the model.
        lanes: those that are on the screen, from the top.
        look: what is looked at.
        now: up to where bars are drawn, ns from the beginning of the sitting.
        width: columns of the plot.
        apart: columns between two marks of the axis at least.
    """
    span = look.span
    edges = edges_of(span, width)
    stops = [span.x(stop.instant, width) for stop in timeline.stops() if span.holds(stop.instant)]
    cursor = measure = None
    if look.cursor is not None and span.holds(look.cursor):
        cursor = span.x(look.cursor, width), place_text(look.cursor, span.length // width)
    if look.measure is not None:
        start, end = sorted(look.measure)
        measure = span.x(start, width), span.x(end, width), words.measure_text(start, end)
    rows = [_row(lane, look, now, edges) for lane in lanes]
    return Scene(rows, axis_of(span, width, apart), stops, cursor, measure)


def _row(lane: Lane, look: Look, now: int, edges: Instants) -> Row:
    span, width = look.span, len(edges) - 1
    ticks = ticked(lane.ticks, edges)
    bars = pixel_bars(lane.bars(max(now, lane.ended or 0)), span, width)
    running = waiting = None
    if lane.waits:
        # Nothing but pauses between its lines: where there is one it ran, and elsewhere it waited.
        bars = [PixelBar(b.left, b.right, Phase.WAITING) if b.phase is Phase.RUNNING else b for b in bars]
        running = ticks & _within(bars, Phase.WAITING, width)
    elif lane.interval * 1e9 >= span.length / width:
        waiting = pausing(lane.ticks, edges, round(lane.interval * 1e9)) & _within(bars, Phase.RUNNING, width)
    band = None
    if lane.requested is not None and lane.band is not None:
        left, right = (span.x(lane.requested + at, width) for at in lane.band)
        band = left, max(left + 1, right)
    return Row(
        lane.name.worker,
        words.label(lane),
        bars,
        lane.outcome == "failed",
        ticks,
        running,
        waiting,
        band,
        None if lane.requested is None else span.x(lane.requested, width),
        None if lane.noticed is None else span.x(lane.noticed, width),
        None if lane.released is None else span.x(lane.released, width),
        None if lane.slow is None else span.x(lane.slow, width),
        lane.is_late(now),
        words.latency_text(lane, now),
        lane.run == look.current,
        lane.run in look.pinned,
    )


def _within(bars: Sequence[PixelBar], phase: Phase, width: int) -> Columns:
    """Return for each column whether a bar of a phase is seen there; later bars lie over earlier ones."""
    found = np.zeros(width, np.bool_)
    for bar in bars:
        found[bar.left : bar.right] = bar.phase is phase
    return found
