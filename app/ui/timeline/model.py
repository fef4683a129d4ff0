"""The timeline's model: fed by records and by nothing else, in bounded memory for a session of any length. No Qt."""

from collections import OrderedDict
from collections.abc import Iterable
from heapq import heapify, heapreplace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.core.batch import IS_LINE, Batch, RunName
from app.core.events import Event, Shown, events_of
from app.session.requests import Request
from app.ui.timeline.lane import LAST, Lane
from app.ui.timeline.ticks import Instants, Ticks

MOST_LANES = 10_000  # the oldest that have ended are forgotten first
MOST_BYTES = 32 * 2**20  # of all bins together
MOST_KNOTS = 500_000  # of all lanes together, in what is known of when they were held back: 8 MB
MOST_EXACT = 1_000_000  # so many of the latest records keep their exact instant and their number
_SLACK = 250_000  # so many more, until the oldest are dropped in one go
_SAME_STOP = 1_000_000  # ns: requests that are no further apart were one Stop


class Stop(NamedTuple):
    """One Stop: its first request's instant, and the runs that were asked."""

    instant: int
    runs: tuple[int, ...]


class Timeline:
    """Knows the lane of every run; one thread only.

    Records are taken in bulk, some ten calls for each run of a batch and none for each line: a batch of 16,000 lines costs
    well under a millisecond, of which the interpreter has only the calls.

    Args:
        origin: the beginning of the session, a ``perf_counter_ns``.
        most_bytes, most_exact, most_lanes: see the constants.

    Attributes:
        lanes: by the run's id, in the order in which they came.
        end: the number after the last record that was taken.
        latest: the greatest instant so far.
        revision: differs whenever a lane has come, gone or changed its state.
        forgotten: how many lanes are not kept any more.
    """

    def __init__(
        self,
        origin: int,
        most_bytes: int = MOST_BYTES,
        most_exact: int = MOST_EXACT,
        most_lanes: int = MOST_LANES,
    ) -> None:
        self.lanes: OrderedDict[int, Lane] = OrderedDict()
        self.end = self.latest = self.revision = self.forgotten = 0
        self._origin = origin
        self._most_bytes, self._most_exact, self._most_lanes = most_bytes, most_exact, most_lanes
        self._slack = min(_SLACK, most_exact // 4)
        self._bytes = self._knots = 0
        self._trimmed_at = 0
        self._stops: tuple[int, list[Stop]] = (-1, [])
        self._requests: tuple[int, list[Request]] = (-1, [])
        self._live: tuple[int, bool] = (-1, False)
        self._last: tuple[int, int, int] = (-1, -1, 0)

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch; it is not changed, and nothing of it is kept.

        Args:
            batch: in the order of draining.
            first: the number of its first record; None if it follows the last batch.
        """
        count = len(batch)
        if not count:
            return
        self.end = self.end if first is None else first
        instants = self._times(batch)
        runs = np.frombuffer(batch.runs, np.int64)
        lines = np.arange(self.end, self.end + count, dtype=np.int64)
        self.end += count
        if not batch.only_lines():
            for index, run, event in events_of(batch):
                self._consume(batch, index, run, event, instants)
            is_line = np.frombuffer(batch.kinds.translate(IS_LINE), np.bool_)
            instants, runs, lines = instants[is_line], runs[is_line], lines[is_line]
        if len(runs):
            self._add_lines(instants, runs, lines, batch.names)
        self._let_go()

    def _times(self, batch: Batch) -> Instants:
        """Return the instants as a column of our own, counted from the beginning of the session."""
        low, high = batch.bounds()
        if low >= self._origin and high - self._origin < LAST:
            times: Instants = np.frombuffer(batch.instants, np.int64) - self._origin
            self.latest = max(self.latest, high - self._origin)
        else:
            times = np.array([min(max(at - self._origin, 0), LAST) for at in batch.instants], np.int64)
            self.latest = max(self.latest, int(times.max()))
        return times

    def _add_lines(
        self, instants: Instants, runs: npt.NDArray[np.int64], lines: Instants, names: dict[int, RunName]
    ) -> None:
        bounds = np.flatnonzero(runs[1:] != runs[:-1])
        if len(bounds) >= len(names):
            # Several drains in one batch: each run's stretches are put together, in their order.
            order = np.argsort(runs, kind="stable")
            instants, runs, lines = instants[order], runs[order], lines[order]
            bounds = np.flatnonzero(runs[1:] != runs[:-1])
        starts = [0, *(bounds + 1).tolist()]
        for start, end in zip(starts, [*starts[1:], len(runs)], strict=True):
            ticks = self._lane(int(runs[start]), names, int(instants[start])).ticks
            before = ticks.presence.size
            ticks.add(instants[start:end], lines[start:end])
            self._bytes += ticks.presence.size - before

    def _lane(self, run: int, names: dict[int, RunName], instant: int) -> Lane:
        lane = self.lanes.get(run)
        if lane is None:
            ticks = Ticks(instant)
            lane = self.lanes[run] = Lane(run, names.get(run) or RunName("?", 0), instant, ticks, self._origin)
            self._bytes += ticks.presence.size
            self.revision += 1
        return lane

    def _consume(self, batch: Batch, index: int, run: int, event: Event, instants: Instants) -> None:
        """Take an event of a run."""
        if isinstance(event, Shown):
            return  # it comes after the end, perhaps of a run that was forgotten meanwhile, and nothing is drawn of it
        if run not in self.lanes:
            # What a run wrote before its first event, in a file that begins in its middle.
            first = int(np.argmax(np.frombuffer(batch.runs, np.int64) == run))
            self._lane(run, batch.names, int(instants[first]))
        self.revision += 1
        lane = self.lanes[run]
        before = 0 if lane.held is None else len(lane.held)
        lane.consume(int(instants[index]), event)
        if lane.held is not None:
            self._knots += len(lane.held) - before
            if self._knots > MOST_KNOTS:
                self._leave_out_knots()

    # -- bounds --------------------------------------------------------------------------------------------------

    def _leave_out_knots(self) -> None:
        """Keep half of what is known of when lanes were held back."""
        kept = [lane.held for lane in self.lanes.values() if lane.held is not None]
        for held in kept:
            held.halve()
        self._knots = sum(map(len, kept))

    def _let_go(self) -> None:
        while len(self.lanes) > self._most_lanes:
            gone = next((run for run, lane in self.lanes.items() if lane.ended is not None), next(iter(self.lanes)))
            lane = self.lanes.pop(gone)
            self._bytes -= lane.ticks.presence.size
            self._knots -= 0 if lane.held is None else len(lane.held)
            self.forgotten += 1
            self.revision += 1
        if self._bytes > self._most_bytes:
            self._widen_bins()
        if self.end - self._trimmed_at >= self._most_exact + self._slack:
            self._trimmed_at = self.end - self._most_exact
            for lane in self.lanes.values():
                lane.ticks.drop_before(self._trimmed_at)

    def _widen_bins(self) -> None:
        """Make the bins of the largest lanes twice as wide until an eighth of the room is free."""
        presences = [lane.ticks.presence for lane in self.lanes.values()]
        # A heap: looking through a thousand lanes for each that is halved took a tenth of a processor.
        largest = [(-presence.bins, place) for place, presence in enumerate(presences)]
        heapify(largest)
        while largest and self._bytes > self._most_bytes * 7 // 8:
            presence = presences[largest[0][1]]
            before = presence.size
            if presence.bins < 2:
                return
            presence.halve()
            self._bytes += presence.size - before
            heapreplace(largest, (-presence.bins, largest[0][1]))

    @property
    def size(self) -> int:
        """How many bytes all bins take."""
        return self._bytes

    # -- what is asked -------------------------------------------------------------------------------------------

    def first(self) -> int:
        """Return the first instant of any run."""
        return min((lane.start for lane in self.lanes.values()), default=0)

    def last(self) -> int:
        """Return the last instant of any run: what a person does or notes when none is alive moves nothing on."""
        if self._last[:2] != (self.revision, self.end):
            last = max((lane.last for lane in self.lanes.values()), default=0)
            self._last = self.revision, self.end, last
        return self._last[2]

    def stops(self) -> list[Stop]:
        """Return the Stops, in their order: requests that follow from one click, or within a millisecond, are one."""
        if self._stops[0] != self.revision:
            self._stops = self.revision, _stops(self.lanes.values())
        return self._stops[1]

    def requests(self) -> list[Request]:
        """Return the requests of threads by threads, in the order of their instants."""
        if self._requests[0] != self.revision:
            found = [request for lane in self.lanes.values() for request in lane.requests]
            self._requests = self.revision, sorted(found, key=lambda request: request.instant)
        return self._requests[1]

    def is_live(self) -> bool:
        """Return whether a run has not ended as far as the records go."""
        if self._live[0] != self.revision:
            self._live = self.revision, any(lane.ended is None for lane in self.lanes.values())
        return self._live[1]


def _stops(lanes: Iterable[Lane]) -> list[Stop]:
    found: list[tuple[int, list[int]]] = []
    last, clicked = 0, None
    # What a program asks of its own threads is an arrow from lane to lane.
    meant = (lane for lane in lanes if not lane.is_observed)
    asked = [(lane.requested, lane.run, lane.clicked) for lane in meant if lane.requested is not None]
    for instant, run, by in sorted(asked, key=lambda one: one[:2]):
        # Beside busy threads the requests of one click may be some milliseconds apart.
        if found and (instant - last <= _SAME_STOP or (by is not None and by == clicked)):
            found[-1][1].append(run)
        else:
            found.append((instant, [run]))
        last, clicked = instant, by
    return [Stop(instant, tuple(runs)) for instant, runs in found]
