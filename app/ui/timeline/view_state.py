"""What the timeline shows at the moment: which time, which lanes in which rows, and what is under a place. No Qt."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.ui.timeline import scale
from app.ui.timeline.lane import Event, Lane, following, nearest, nearest_line, preceding
from app.ui.timeline.scale import Span, parse_span, span_of
from app.ui.timeline.shapes import Phase

FIRST_SPAN = 10 * 10**9  # ns
STEP = 1.25  # times as long or as short by one step of the wheel


class Navigation:
    """Instants are ns from the beginning of the session; one thread only.

    Attributes:
        span: what is shown.
        following: now is to be seen, at the right end.
        cursor: an instant, or None.
        current: the run of the lane that the cursor is in, or None.
        measure: the two instants between which is measured, or None.
    """

    def __init__(self) -> None:
        self.span = span_of(round(-FIRST_SPAN * scale.MARGIN), FIRST_SPAN)
        self.following = True
        self.cursor: int | None = None
        self.current: int | None = None
        self.measure: tuple[int, int] | None = None
        self._measures = False  # the end of what is measured goes with the cursor
        self._before_rest: int | None = None  # ns that were shown before all of it was
        self._at_rest: Span | None = None  # what was shown then

    # -- the span ------------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Say what time it is."""
        if self.following:
            self.span = scale.following(self.span, now)

    def zoom(self, steps: float, at: int | None, known: tuple[int, int]) -> None:
        """Zoom in by so many steps, or out by less than none, about an instant.

        Args:
            steps: each is ``STEP`` times.
            at: the instant that keeps its place; None for the cursor if it is on the screen, else now if that is followed,
                else the middle. Where one chooses it, now is no longer followed.
            known: the first and the last instant that there is anything of.
        """
        factor = STEP**-steps
        if at is not None:
            self.following = False
        elif self.cursor is not None and self.span.holds(self.cursor) and not self.following:
            at = self.cursor
        else:
            at = known[1] if self.following else (self.span.start + self.span.end) // 2
        self._show(scale.zoomed(self.span, factor, at), known)

    def pan(self, columns: int, width: int, known: tuple[int, int]) -> None:
        """Move the picture to the left by so many of ``width`` columns; now is no longer followed."""
        self.following = False
        self._show(scale.panned(self.span, columns, width), known)

    def fit(self, known: tuple[int, int]) -> None:
        """Show everything."""
        self.following = False
        self.span = scale.fitted(*known)

    def rest(self, known: tuple[int, int]) -> None:
        """Show everything, because nothing more comes for now; what was followed is followed again when something does."""
        if self._before_rest is None:
            self._before_rest = self.span.length
        self.span = self._at_rest = scale.fitted(*known)

    def wake(self) -> None:
        """Say that something comes again: as much time is shown as before the rest, unless another span was chosen in it."""
        if self._before_rest is not None and self.following and self.span == self._at_rest:
            self.span = span_of(self.span.end - self._before_rest, self._before_rest)
        self._before_rest = self._at_rest = None

    def show(self, span: Span) -> None:
        """Show exactly this."""
        self.following = False
        self.span = span

    def follow(self, now: int) -> None:
        """Go to now and stay with it."""
        self.following = True
        self.tick(now)

    def to_start(self, known: tuple[int, int]) -> None:
        """Go to the first instant."""
        self.following = False
        self.span = span_of(known[0] - round(self.span.length * scale.MARGIN), self.span.length)

    def _show(self, span: Span, known: tuple[int, int]) -> None:
        self.span = span if self.following else scale.clamped(span, *known)

    # -- the cursor ----------------------------------------------------------------------------------------------

    def put(self, instant: int, *, bring: bool = False) -> None:
        """Put the cursor at an instant, and if wanted bring it on the screen."""
        self.cursor = instant
        if bring:
            self.bring(instant)
        if self.measure is not None and self._measures:
            self.measure = self.measure[0], instant

    def bring(self, instant: int) -> None:
        """Have an instant be seen: where it is not, in the middle of as much time as was shown."""
        if not self.span.holds(instant):
            self.following = False
            self.span = span_of(instant - self.span.length // 2, self.span.length)

    def move(self, columns: int, width: int) -> None:
        """Move the cursor by some columns of ``width``; where there is none on the screen, from the middle."""
        span = self.span
        cursor = self.cursor
        if cursor is None or not span.holds(cursor):
            cursor = (span.start + span.end) // 2
        step = max(1, span.length // width)
        self.put(cursor + columns * step, bring=True)

    def begin_measure(self, instant: int) -> None:
        """Measure from an instant to the cursor, wherever it goes."""
        self.measure, self._measures = (instant, instant), True
        self.cursor = instant

    def end_measure(self) -> None:
        """Leave what was measured as it is; nothing at all if nothing was."""
        self._measures = False
        if self.measure is not None and self.measure[0] == self.measure[1]:
            self.measure = None

    def toggle_measure(self) -> None:
        """Begin to measure at the cursor, or leave it at that, or, after that, forget it."""
        if self._measures:
            self.end_measure()
        elif self.measure is not None:
            self.measure = None
        elif self.cursor is not None:
            self.begin_measure(self.cursor)

    def forget(self) -> None:
        """Take away what is measured; the next time, the cursor."""
        if self.measure is not None:
            self.measure, self._measures = None, False
        else:
            self.cursor = self.current = None


NEAR = 5  # columns: what is no further away is what is meant
# What wants to be looked at first.
_URGENCY = (Phase.STUCK, Phase.STOPPING, Phase.RUNNING, Phase.WAITING, Phase.STARTING, Phase.ENDED)


class Order(StrEnum):
    """By what lanes are sorted."""

    START = "start"
    NAME = "name"
    LATENCY = "latency"
    STATE = "state"


@dataclass(slots=True)
class Choice:
    """What a person has chosen to see.

    Attributes:
        order: latency is the slowest first, state the one that wants to be looked at first.
        pinned: runs whose lanes stay on top.
        hidden: runs whose lanes are not shown.
        phases: lanes that are in one of these are shown.
        late_only: whether only lanes outside their predicted band are shown.
        text: what a lane's name has somewhere, in any case.
    """

    order: Order = Order.START
    pinned: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    phases: set[Phase] = field(default_factory=lambda: set(Phase))
    late_only: bool = False
    text: str = ""

    def shows(self, lane: Lane, now: int) -> bool:
        """Return whether a lane is shown; ``now`` in ns from the beginning of the session."""
        return (
            lane.run not in self.hidden
            and lane.phase() in self.phases
            and (not self.late_only or lane.is_late(now))
            and (not self.text or self.text.casefold() in lane.label.casefold())
        )

    def arranged(self, lanes: Iterable[Lane], now: int) -> tuple[list[Lane], list[Lane]]:
        """Return the lanes that are shown: those that are pinned, and the others, each in their order."""
        shown = [lane for lane in lanes if self.shows(lane, now)]
        # Sorted is stable: among equals, the first to start comes first.
        shown.sort(key=lambda lane: (lane.start, lane.run))
        if self.order is Order.NAME:
            shown.sort(key=lambda lane: (lane.name.worker.casefold(), lane.name))
        elif self.order is Order.LATENCY:
            shown.sort(key=lambda lane: lane.slowness, reverse=True)
        elif self.order is Order.STATE:
            shown.sort(key=lambda lane: _URGENCY.index(lane.phase()))
        pinned = [lane for lane in shown if lane.run in self.pinned]
        return pinned, [lane for lane in shown if lane.run not in self.pinned]


_LEAST_SHARE = 1 / 3  # of the picture, that the runs that ended last have at least


def last_round(lanes: Iterable[Lane]) -> tuple[int, int]:
    """Return from when to when the runs are to be shown when the last of them has ended.

    From the first start of all, unless that would make those that ended last, and those that ran beside them, smaller than a
    third of the picture: then from their first start.

    Args:
        lanes: one at least.
    """
    latest_first = sorted(((lane.last, lane.start) for lane in lanes), reverse=True)
    last, start = latest_first[0]
    for end, begun in latest_first:
        if end < start:
            break
        start = min(start, begun)
    first = min(begun for _, begun in latest_first)
    return (first if last - start >= (last - first) * _LEAST_SHARE else start), last


class TimelineViewState:
    """What a person has chosen of the lanes that there are, and where they are in them.

    While something runs a thread makes the pictures: any access holds ``lock`` meanwhile.

    Attributes:
        lock: held during any access; the same thread may take it several times.
        lanes: all that there are, by the run's id.
        now: what time it is in the picture, ns from the beginning of the session.
        is_live: whether a run is alive.
        marked: the run that is selected wherever runs are shown, or None.
        top: the first row of those that are not pinned.
        fits: how many rows there are on the screen.
        width: how many columns.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.lanes: Mapping[int, Lane] = {}
        self.choice = Choice()
        self.navigation = Navigation()
        self.now = 0
        self.is_live = False
        self.marked: int | None = None
        self.top = 0
        self.fits = 1
        self.width = 1
        self._bounds = (0, 0)
        self._revision = 0  # of the lanes
        self._version = 0  # of the choice
        self._arranged: tuple[object, tuple[list[Lane], list[Lane]]] = (None, ([], []))
        self._was_last = 0  # the greatest that top could be the last time
        self._rested = -1  # at which revision everything was shown because no run was alive any more

    # -- lanes ---------------------------------------------------------------------------------------------------

    def update(
        self, lanes: Mapping[int, Lane], revision: int, bounds: tuple[int, int], now: int, *, is_live: bool
    ) -> None:
        """Say what there is. While runs are alive now is followed, if that is wanted; when the last has ended all fits.

        Args:
            lanes: all lanes, by the run's id; they may change until the next call.
            revision: differs whenever a lane has come, gone or changed its state.
            bounds: the first and the last instant that there is anything of.
            now: what time it is; all in ns from the beginning of the session.
            is_live: whether a run is alive.
        """
        self.lanes, self._revision, self._bounds, self.now = lanes, revision, bounds, now
        self.is_live = is_live
        if is_live:
            self.navigation.wake()
            self.navigation.tick(now)
        elif self.navigation.following and self._rested != revision:
            self._rest()

    def _rest(self) -> None:
        """Show the runs that have just ended from end to end."""
        self._rested = self._revision
        lanes = self.shown()
        if lanes:
            self.navigation.rest(last_round(lanes))

    def choose(self, **chosen: object) -> None:
        """Choose other lanes: fields of ``Choice``."""
        with self.lock:
            for name, value in chosen.items():
                setattr(self.choice, name, value)
            self._version += 1

    def toggle_current(self, which: str) -> None:
        """Put the run whose lane the cursor is in among the ``pinned`` or the ``hidden`` ones, or take it out."""
        lane = self.current()
        if lane is not None:
            if which == "hidden":
                self.step_lane(1)
            self.choose(**{which: getattr(self.choice, which) ^ {lane.run}})

    def arranged(self) -> tuple[list[Lane], list[Lane]]:
        """Return the lanes that are shown: the pinned ones and the others."""
        key = (self._revision, self._version, self.now if self.choice.late_only else 0)
        if self._arranged[0] != key:
            self._arranged = key, self.choice.arranged(self.lanes.values(), self.now)
        return self._arranged[1]

    def shown(self) -> list[Lane]:
        """Return all lanes that are shown, scrolled out or not."""
        pinned, others = self.arranged()
        return pinned + others

    def rows(self) -> list[Lane]:
        """Return the lanes that are on the screen, from the top; the pinned ones stay there."""
        pinned, others = self.arranged()
        pinned = pinned[: self.fits]
        return pinned + others[self.top : self.top + self.fits - len(pinned)]

    def last_top(self) -> int:
        """Return the greatest that ``top`` can be."""
        pinned, others = self.arranged()
        return max(0, len(others) - max(0, self.fits - len(pinned)))

    def keep_within(self) -> None:
        """Keep within the lanes that there are; where the last one was on the screen, a new one comes on it too."""
        last = self.last_top()
        sticks = self.choice.order is Order.START and self.navigation.following and self.top >= self._was_last
        self.top = last if sticks else min(self.top, last)
        self._was_last = last

    def current(self) -> Lane | None:
        """Return the lane that the cursor is in."""
        run = self.navigation.current
        return None if run is None else self.lanes.get(run)

    def mark(self, run: int | None) -> None:
        """Mark a run's lane and bring it on the screen, whatever time is shown; None for no run."""
        self.marked = run
        if run is not None:
            self.navigation.current = run
            self.reveal(run)

    def sort(self, order: Order) -> None:
        """Sort the lanes; by latency, the slowest of them comes on the screen, and its Stop unless now is followed."""
        with self.lock:
            self.choose(order=order)
            self.top = 0
            lanes = self.shown()
            slowest = max(lanes, key=lambda lane: lane.slowness, default=None)
            if order is not Order.LATENCY or slowest is None or slowest.requested is None:
                return
            self.navigation.current = slowest.run
            self.reveal(slowest.run)
            if not (self.is_live and self.navigation.following):
                self.navigation.bring(slowest.requested)

    def step_lane(self, by: int) -> None:
        """Go to another lane of those that are shown, and bring it on the screen."""
        lanes = self.shown()
        if not lanes:
            return
        runs = [lane.run for lane in lanes]
        run = self.navigation.current
        place = runs.index(run) + by if run in runs else (0 if by > 0 else len(runs) - 1)
        place = min(max(place, 0), len(runs) - 1)
        self.navigation.current = runs[place]
        self.reveal(runs[place])

    def reveal(self, run: int) -> None:
        """Scroll until a run's lane is on the screen, as little as that takes; not at all if the lane is not shown."""
        pinned, others = self.arranged()
        place = next((place for place, lane in enumerate(others) if lane.run == run), None)
        if place is not None:
            room = max(1, self.fits - len(pinned))
            self.top = min(max(self.top, place - room + 1), place)

    # -- places and events ---------------------------------------------------------------------------------------

    def show_typed(self, text: str) -> None:
        """Show the span that a person typed; BadInput if it is none."""
        with self.lock:
            self.navigation.show(parse_span(text, self.navigation.span))

    def zoom(self, steps: float) -> None:
        """Zoom in by so many steps, or out by less than none."""
        self.navigation.zoom(steps, None, self.known())

    def follow(self) -> None:
        """Go to now and stay with it; while no run is alive, to the runs that ended last."""
        self.navigation.following = True
        if self.is_live:
            self.navigation.follow(self.known()[1])
        else:
            self._rest()

    def known(self) -> tuple[int, int]:
        """Return the first and the last instant that there is anything of."""
        first, last = self._bounds
        return first, max(last, self.now)

    def fit(self) -> None:
        """Show the lanes that are shown from end to end."""
        lanes = self.shown()
        first, last = self.known()
        if lanes:
            first = min(lane.start for lane in lanes)
            ends = (self.now if lane.ended is None else max(lane.ended, lane.ticks.latest) for lane in lanes)
            last = max(ends)
        self.navigation.fit((first, last))

    @property
    def resolution(self) -> int:
        """How many ns a column is."""
        return max(1, self.navigation.span.length // max(1, self.width))

    def near(self) -> int:
        """Return what is near, in ns."""
        return NEAR * self.resolution

    def event_at_cursor(self) -> Event | None:
        """Return the event at the cursor, in its lane."""
        lane, cursor = self.current(), self.navigation.cursor
        return None if lane is None or cursor is None else nearest(lane, cursor, self.near())

    def line_at_cursor(self) -> Event | None:
        """Return the line at the cursor, in its lane."""
        lane, cursor = self.current(), self.navigation.cursor
        return None if lane is None or cursor is None else nearest_line(lane, cursor, self.near())

    def step_event(self, *, back: bool) -> Event | None:
        """Go to the next event of the cursor's lane, of the first one where it is in none; None if there is none."""
        if self.current() is None:
            self.step_lane(1)
        lane = self.current()
        if lane is None:
            return None
        cursor = self.navigation.cursor
        if cursor is None:
            cursor = lane.start - 1 if not back else max(self.now, lane.ticks.latest) + 1
        event = preceding(lane, cursor) if back else following(lane, cursor)
        if event is not None:
            self.navigation.put(event.instant, bring=True)
        return event
