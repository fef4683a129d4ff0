"""What the timeline shows at the moment: which lanes are in which rows, and what is under a place. No Qt."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.ui.timeline import events, words
from app.ui.timeline.choice import Choice, Order
from app.ui.timeline.events import Event
from app.ui.timeline.lane import Lane
from app.ui.timeline.navigation import Navigation

if TYPE_CHECKING:
    from app.ui.timeline.model import Timeline

_LONGEST_SAID = 400  # characters of what is said of the cursor
_MOST_ROWS = 1_000  # of the table; more lanes than that are read in parts, by the filter
NEAR = 5  # columns: what is no further away is what is meant


class Stage:
    """The model, what a person has chosen of it, and where they are in it.

    While something runs a thread makes the pictures: whoever looks at it or changes it holds ``lock`` meanwhile.

    Args:
        clock: returns now, a ``perf_counter_ns``; None for a sitting that is over.
        origin: the beginning of the sitting, a ``perf_counter_ns``.

    Attributes:
        lock: held by whoever uses it; the same thread may take it several times.
        timeline: the model; None until there is a record.
        now: what time it is in the picture.
        top: the first row of those that are not pinned.
        fits: how many rows there are on the screen.
        width: how many columns.
    """

    def __init__(self, clock: Callable[[], int] | None = None, origin: int = 0) -> None:
        self.lock = threading.RLock()
        self.timeline: Timeline | None = None
        self.choice = Choice()
        self.navigation = Navigation()
        self.now = 0
        self.top = 0
        self.fits = 1
        self.width = 1
        self._clock = clock
        self._origin = origin
        self._arranged: tuple[object, tuple[list[Lane], list[Lane]]] = (None, ([], []))
        self._version = 0
        self._was_last = 0  # the greatest that top could be the last time

    # -- time and lanes ------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look what time it is: while something runs, now; otherwise the last instant that is known."""
        if self.timeline is None:
            return
        self.now = self.timeline.latest
        if self._clock is not None and self.timeline.is_live():
            self.now = max(self.now, self._clock() - self._origin)
        self.navigation.tick(self.now)

    def choose(self, **chosen: object) -> None:
        """Choose other lanes: fields of ``Choice``."""
        with self.lock:
            for name, value in chosen.items():
                setattr(self.choice, name, value)
            self._version += 1

    def toggle(self, which: str, run: int) -> None:
        """Put a run among the ``pinned`` or the ``hidden`` ones, or take it out."""
        runs = set(getattr(self.choice, which))
        runs ^= {run}
        self.choose(**{which: runs})

    def arranged(self) -> tuple[list[Lane], list[Lane]]:
        """Return the lanes that are shown: the pinned ones and the others."""
        timeline = self.timeline
        if timeline is None:
            return [], []
        key = (timeline.revision, self._version, self.now if self.choice.late_only else 0)
        if self._arranged[0] != key:
            self._arranged = key, self.choice.arranged(timeline.lanes.values(), self.now)
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

    def settle(self) -> None:
        """Keep within the lanes that there are; where the last one was on the screen, a new one comes on it too."""
        last = self.last_top()
        sticks = self.choice.order is Order.START and self.navigation.following and self.top >= self._was_last
        self.top = last if sticks else min(self.top, last)
        self._was_last = last

    def current(self) -> Lane | None:
        """Return the lane that the cursor is in."""
        run = self.navigation.current
        return None if self.timeline is None or run is None else self.timeline.lanes.get(run)

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
        pinned = len(self.arranged()[0])
        if place >= pinned:
            room = max(1, self.fits - pinned)
            self.top = min(max(self.top, place - pinned - room + 1), place - pinned)

    # -- places and events ---------------------------------------------------------------------------------------

    def known(self) -> tuple[int, int]:
        """Return the first and the last instant that there is anything of."""
        first, last = (0, 0) if self.timeline is None else self.timeline.bounds()
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
        return None if lane is None or cursor is None else events.nearest(lane, cursor, self.near())

    def line_at_cursor(self) -> Event | None:
        """Return the line at the cursor, in its lane."""
        lane, cursor = self.current(), self.navigation.cursor
        return None if lane is None or cursor is None else events.nearest_line(lane, cursor, self.near())

    def summary(self) -> str:
        """Return a sentence about everything that is shown."""
        return words.summary(self.timeline, self.shown(), self.navigation.span, self.now)

    def cursor_text(self) -> str:
        """Return what is at the cursor, in words, and what is measured; empty if there is no cursor."""
        navigation = self.navigation
        if navigation.cursor is None:
            return ""
        text = words.cursor_text(self.current(), navigation.cursor, self.event_at_cursor(), self.resolution)
        if navigation.measure is not None:
            text = f"{words.measure_text(*navigation.measure)} measured. {text}"
        return text[:_LONGEST_SAID]

    def cells(self) -> list[tuple[int, tuple[str, ...]]]:
        """Return the lanes that are shown as rows of a table, each with its run."""
        return [(lane.run, words.table_cells(lane, self.now)) for lane in self.shown()[:_MOST_ROWS]]

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
        event = events.preceding(lane, cursor) if back else events.following(lane, cursor)
        if event is not None:
            self.navigation.put(event.instant, bring=True)
        return event
