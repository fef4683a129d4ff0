"""What is measured: a case is plain data, so that it can be handed to a fresh process and its figures handed back."""

import json
from dataclasses import asdict, dataclass, field

DEFAULT_SWITCH = 0.005  # Python's own, in seconds
SHORT_SWITCH = 0.0005  # what our window sets
MARK = 1_000_000  # lines: what longer sessions stand beside


@dataclass(frozen=True)
class Case:
    """One measured case.

    Attributes:
        kind: ``flood`` (workers at interval 0), ``paced`` (one worker of 100 lines/s), ``whole`` (workers with a limit, so
            that every line can be looked at), ``stop`` (stop latency of one strategy), ``starting``, ``thousand``,
            ``slow``, ``idle`` and ``idle-again`` (see ``calm_case``) or ``many`` (see ``memory_case``).
        design: the name of a design in ``window_case``; for ``stop`` a strategy's id.
        workers: how many write lines.
        computing: how many threads only compute beside it.
        seconds: how long lines are written; for ``stop`` unused.
        switch: the interpreter's switch interval in seconds.
        count: lines of each worker (``whole``), how many stops (``stop``), or lines of all workers (``many``).
        interval: seconds between two lines or checkpoints.
        draining: seconds that a view gets after the writing to show the rest (``flood``).
    """

    kind: str
    design: str
    workers: int = 1
    computing: int = 0
    seconds: float = 5.0
    switch: float = DEFAULT_SWITCH
    count: int = 0
    interval: float = 0.0
    draining: float = 30.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Case":
        return cls(**json.loads(text))


@dataclass
class Figures:
    """What came of one case; what was not measured is None. Lags in milliseconds.

    Attributes:
        rate: lines that reached the view, over the time from the start until the last of them was shown.
        rate_while: the same, up to the end of the writing only.
        lines: how many those were.
        wall: that time, in seconds.
        capped: the view was given up on before it had shown everything.
        lag: window lag, p50, p99 and max.
        lag_later: the same without the first quarter of the writing, in which the workers are started.
        line_lag: from a line's stamp to its being painted, p50, p99 and max.
        numbers: ``ok``, or what is wrong with the workers' numbers in the view's store.
        behind: of a recorded window: the most records that waited to be committed, and the most that ever may.
        latencies, bare: stop latencies of ours, and of the bare thread beside it.
        processor: the process's own time on the processors over the time measured: 1 is one of them all the time.
        a_line: seconds of processor that a line took in the window's process, and in its children.
        timers: how many QTimers were active.
        wakes: how often a thread of the process went to sleep, which it can do no more often than it wakes up.
        memory: for each mark that was passed, how many lines there were and how many bytes of memory the process had.
        stolen: share of the machine's processors that the hypervisor took away meanwhile.
        others: share that other processes took meanwhile.
    """

    rate: float | None = None
    rate_while: float | None = None
    lines: int | None = None
    wall: float | None = None
    capped: bool = False
    lag: list[float] | None = None
    lag_later: list[float] | None = None
    line_lag: list[float] | None = None
    numbers: str | None = None
    behind: list[int] | None = None
    latencies: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    processor: float | None = None
    a_line: list[float] | None = None
    timers: int | None = None
    wakes: int | None = None
    memory: list[tuple[int, int]] = field(default_factory=list)
    stolen: float = 0.0
    others: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Figures":
        return cls(**json.loads(text))


def three(values: list[float]) -> list[float] | None:
    """Return p50, p99 and max of some values, or None if there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return [percentile(ordered, 0.5), percentile(ordered, 0.99), ordered[-1]]


def percentile(ordered: list[float], share: float) -> float:
    """Return the value below which ``share`` of an ascending list lies, by linear interpolation."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
