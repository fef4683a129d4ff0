"""The geometry of the charts: time axes, and dots, curves, bands and lanes in pixels from the top left; no Qt."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.worker import Worker
from app.experiments.results import RaceResult, RunResult

Point = tuple[float, float]

DOT = 7.0  # pixels: the diameter of a dot
_PAD = 6.0  # pixels between a row's edge and its curve
_LINES_BEFORE = 3  # so many lines of each run are seen before the request
# A logarithmic axis begins no lower: below 1 µs a latency says more about the clock than about the mechanism.
_DECADES = tuple(10**power for power in range(3, 15))  # ns: 1 µs to about a day
_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
_STEPS = 5  # a linear axis has about so many labelled ticks


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis.

    Attributes:
        ns: where it stands.
        text: its label; empty for one that only divides.
    """

    ns: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From which to which length of time (ns) an axis goes, and how it divides them."""

    low: float
    high: float
    is_log: bool

    def share(self, ns: float) -> float:
        """Return how far along the axis a length of time stands, from 0 to 1; what is outside stands at the end."""
        value = min(max(ns, self.low), self.high)
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        """Return the ticks, ascending."""
        if not self.is_log:
            step = _nice(self.high / _STEPS)
            return [Tick(i * step, tick_text(i * step)) for i in range(math.floor(self.high / step + 1e-9) + 1)]
        start, end = bisect_left(_DECADES, self.low), bisect_left(_DECADES, self.high)
        worded = (1, 2, 5) if end - start <= 2 else (1,)
        ticks = [
            Tick(decade * part, tick_text(decade * part) if part in worded else "")
            for decade in _DECADES[start:end]
            for part in range(1, 10)
        ]
        return [*ticks, Tick(self.high, tick_text(self.high))]


def axis_over(lengths: Iterable[float], *, is_log: bool) -> Axis:
    """Return an axis that holds some lengths of time (ns): whole decades, or from 0 to a round number."""
    known = [max(length, 0) for length in lengths] or [_DECADES[0]]
    if not is_log:
        return Axis(0, _nice(max(*known, 1)), is_log=False)
    last = len(_DECADES) - 1
    low = min(max(bisect_right(_DECADES, min(known)) - 1, 0), last - 1)
    high = min(max(bisect_left(_DECADES, max(known)), low + 1), last)
    return Axis(_DECADES[low], _DECADES[high], is_log=True)


def _nice(value: float) -> float:
    """Return the least of 1, 2 or 5 times a power of ten that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((part * power for part in (1, 2, 5) if part * power >= value * (1 - 1e-9)), 10 * power)


def tick_text(ns: float) -> str:
    """Return the label of a round length of time, "20 ms"; unlike a measured one it has no digits to fill up."""
    for unit, word in _UNITS:
        if ns >= unit * (1 - 1e-9):
            return f"{ns / unit:g} {word}"
    return "0"


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of a chart in which the time goes from the left to the right, in pixels.

    Attributes:
        left, top: where it begins.
        width: of the time axis.
        never: the width of the strip right of it, where those stand that never noticed.
        row: the height of a row.
    """

    left: float
    top: float
    width: float
    never: float
    row: float

    @property
    def lanes(self) -> int:
        """How many dots fit above each other in a row, an odd number."""
        return int((self.row - 2 * _PAD) / DOT - 1) // 2 * 2 + 1

    def x(self, axis: Axis, ns: float) -> float:
        """Return where a length of time stands."""
        return self.left + self.width * axis.share(ns)


@dataclass(frozen=True, slots=True)
class Dot:
    """One run in a chart, by the middle of its dot."""

    x: float
    y: float
    run: RunResult


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One worker's row in the chart of a race.

    Attributes:
        worker: its name.
        top: where the row begins.
        dots: the runs that noticed within what was predicted, or of which nothing was.
        outside: those that noticed later.
        never: those that did not notice before the deadline.
        curve: the distribution: how many of all runs had noticed by then, bottom 0, top all.
        band: from where to where a run was predicted to notice, the widest of the predictions; None if there was none.
    """

    worker: str
    top: float
    dots: tuple[Dot, ...]
    outside: tuple[Dot, ...]
    never: tuple[Dot, ...]
    curve: tuple[Point, ...]
    band: tuple[float, float] | None

    def every_dot(self) -> tuple[Dot, ...]:
        """Return all of them."""
        return self.dots + self.outside + self.never


@dataclass(frozen=True, slots=True)
class RaceRuns:
    """The runs of a race, which may go on: the lists grow.

    Attributes:
        workers: those that race, in their order.
        deadline: seconds after which a run counts as never.
        groups: the runs of each worker, by its name.
    """

    workers: tuple[Worker, ...]
    deadline: float
    groups: Mapping[str, list[RunResult]]

    def add(self, runs: Iterable[RunResult]) -> None:
        """Add the runs of a round."""
        for run in runs:
            self.groups[run.worker].append(run)

    @property
    def count(self) -> int:
        """How many runs there are."""
        return sum(map(len, self.groups.values()))


def new_runs(workers: Iterable[Worker], deadline: float) -> RaceRuns:
    """Return the runs of a race of which none was made yet."""
    racers = tuple(workers)
    return RaceRuns(racers, deadline, {worker.name: [] for worker in racers})


def race_runs(result: RaceResult) -> RaceRuns:
    """Return the runs of a race that has ended."""
    return RaceRuns(result.workers, result.deadline, grouped(result))


def race_axis(race: RaceRuns, *, is_log: bool) -> Axis:
    """Return the axis that holds what was measured, what was predicted, and the deadline if a run passed it."""
    runs = [run for group in race.groups.values() for run in group]
    lengths: list[float] = [run.latency for run in runs if run.latency is not None]
    lengths += [run.band[1] for run in runs if run.band is not None]
    if any(run.never for run in runs):
        lengths.append(race.deadline * 1e9)
    return axis_over(lengths, is_log=is_log)


def grouped(result: RaceResult) -> dict[str, list[RunResult]]:
    """Return the runs of each worker, by its name, in one pass: a race may have a million runs."""
    groups: dict[str, list[RunResult]] = {worker.name: [] for worker in result.workers}
    for run in result.runs:
        groups[run.worker].append(run)
    return groups


def chart_rows(groups: Mapping[str, Sequence[RunResult]], axis: Axis, frame: Frame) -> list[ChartRow]:
    """Return the rows of a race's chart, one a worker, from the top."""
    return [
        _chart_row(worker, runs, axis, replace(frame, top=frame.top + frame.row * place))
        for place, (worker, runs) in enumerate(groups.items())
    ]


def _chart_row(worker: str, runs: Sequence[RunResult], axis: Axis, frame: Frame) -> ChartRow:
    noticed = sorted((run for run in runs if run.latency is not None), key=lambda run: run.latency or 0)
    places = [frame.x(axis, run.latency or 0) for run in noticed]
    middle = frame.top + frame.row / 2
    dots = [
        Dot(x, middle + lane * DOT, run)
        for x, lane, run in zip(places, swarm(places, DOT, frame.lanes), noticed, strict=True)
    ]
    never = [run for run in runs if run.never]
    strip = frame.left + frame.width + frame.never / 2
    lost = [
        Dot(strip, middle + lane * DOT, run)
        for lane, run in zip(swarm([strip] * len(never), DOT, frame.lanes), never, strict=True)
    ]
    bands = [run.band for run in runs if run.band is not None]
    return ChartRow(
        worker,
        frame.top,
        tuple(dot for dot in dots if not dot.run.outside),
        tuple(dot for dot in dots if dot.run.outside),
        tuple(lost),
        tuple(stairs(places, len(noticed) + len(never), frame)),
        (frame.x(axis, min(low for low, _ in bands)), frame.x(axis, max(high for _, high in bands))) if bands else None,
    )


def swarm(places: Sequence[float], size: float, lanes: int) -> list[int]:
    """Return for each dot the lane in which it lies, 0 in the middle, so that dots lie over each other only if they must.

    Args:
        places: the middles of the dots, ascending.
        size: the diameter of a dot.
        lanes: how many lanes there are, an odd number.
    """
    order = sorted(range(-(lanes // 2), lanes // 2 + 1), key=lambda lane: (abs(lane), lane))
    last = dict.fromkeys(order, float("-inf"))
    chosen = []
    for place in places:
        # Where none is free, the one that has been left alone for longest: they lie over each other least there.
        lane = next((lane for lane in order if place - last[lane] >= size), None)
        if lane is None:
            lane = min(order, key=lambda lane: last[lane])
        last[lane] = place
        chosen.append(lane)
    return chosen


def stairs(places: Sequence[float], total: int, frame: Frame) -> list[Point]:
    """Return the empirical distribution as a line: at each place it rises by one part of ``total``.

    Args:
        places: where the values stand, ascending.
        total: of how many; those that never noticed count, so that the line ends below the top.
        frame: the row.
    """
    if not places:
        return []
    bottom, height = frame.top + frame.row - _PAD, frame.row - 2 * _PAD
    points = [(frame.left, bottom)]
    for count, x in enumerate(places, 1):
        points.append((x, bottom - height * (count - 1) / total))
        points.append((x, bottom - height * count / total))
    return [*points, (frame.left + frame.width, points[-1][1])]


def nearest(dots: Iterable[Dot], x: float, y: float, reach: float = DOT) -> Dot | None:
    """Return the dot that is nearest to a point, within so many pixels; None if there is none."""
    best = min(dots, key=lambda dot: (dot.x - x) ** 2 + (dot.y - y) ** 2, default=None)
    return best if best is not None and (best.x - x) ** 2 + (best.y - y) ** 2 <= reach**2 else None


def histogram(latencies: Iterable[float], axis: Axis, bins: int) -> list[int]:
    """Return how many latencies (ns) fall into each of equal parts of an axis."""
    counts = [0] * bins
    for latency in latencies:
        counts[min(int(axis.share(latency) * bins), bins - 1)] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Lane:
    """One run of a cell as a lane of a small timeline, whose time is counted from the request; pixels.

    Attributes:
        y: the middle of the lane.
        started, ended: the bar; None where that is not known, or lies outside.
        ticks: its lines.
        noticed: the checkpoint that saw the request; None if none did.
        never: whether it did not notice before the deadline.
    """

    y: float
    started: float
    ended: float
    ticks: tuple[float, ...]
    noticed: float | None
    never: bool


@dataclass(frozen=True, slots=True)
class Lanes:
    """A small timeline of some runs that were all asked at the same place.

    Attributes:
        lanes: one a run, from the top.
        requested: where the request stands.
        before, after: how much time there is on either side of it, ns.
    """

    lanes: tuple[Lane, ...]
    requested: float
    before: float
    after: float


def lanes_of(runs: Sequence[RunResult], left: float, width: float, height: float) -> Lanes:
    """Return where some runs stand in a timeline of their own; those that were never asked are left out.

    What came before the request has the room of each run's last lines, or of as much time as followed, whichever is more.

    Args:
        runs: one a lane.
        left: where the timeline begins, pixels.
        width: of the timeline, pixels.
        height: of a lane, pixels.
    """
    asked = [(run, run.chain.requested) for run in runs if run.chain.requested is not None]
    after = max((_last(run) - at for run, at in asked), default=0) or 1
    lives = max((at - _first(run, at) for run, at in asked), default=0)
    lines = max((at - min(run.ticks[-_LINES_BEFORE:], default=at) for run, at in asked), default=0)
    before = max(after / 4, min(lives, after), lines)
    scale = width / (before + after)

    def x(instant: int, at: int) -> float:
        return left + min(max((instant - at + before) * scale, 0.0), width)

    lanes = [
        Lane(
            height * (place + 0.5),
            x(_first(run, at), at),
            x(_last(run), at),
            tuple(x(tick, at) for tick in run.ticks if tick >= at - before),
            None if run.chain.noticed is None else x(run.chain.noticed, at),
            run.never,
        )
        for place, (run, at) in enumerate(asked)
    ]
    return Lanes(tuple(lanes), left + before * scale, before, after)


def _first(run: RunResult, requested: int) -> int:
    return run.started if run.started is not None else min(run.ticks, default=requested)


def _last(run: RunResult) -> int:
    return max(instant for instant in (*run.chain.instants(), *run.ticks[-1:]) if instant is not None)
