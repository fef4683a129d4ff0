"""What the timeline shows at the moment: which lanes in which rows, in which time, and what is under a place. No Qt."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.session.requests import Request
from app.ui.timeline.lane import Event, Lane, following, nearest, nearest_line, preceding
from app.ui.timeline.navigation import Navigation
from app.ui.timeline.scale import parse_span
from app.ui.timeline.shapes import Phase

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
        request: the key of the request that is chosen, or None.
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
        self.request: tuple[int, int] | None = None
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

    def scrolled_out(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the runs whose lanes are scrolled out at the top, and at the bottom."""
        pinned, others = self.arranged()
        end = self.top + self.fits - len(pinned[: self.fits])
        below = [*pinned[self.fits :], *others[end:]]
        return frozenset(lane.run for lane in others[: self.top]), frozenset(lane.run for lane in below)

    def request_at_cursor(self) -> Request | None:
        """Return the request of the cursor's lane that is nearest to the cursor; None if it has none."""
        lane, cursor = self.current(), self.navigation.cursor
        if lane is None or not lane.requests:
            return None
        if cursor is None:
            return lane.requests[-1]
        return min(
            lane.requests,
            key=lambda each: min(abs(at - cursor) for at in (each.instant, each.noticed) if at is not None),
        )

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
