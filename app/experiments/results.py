"""What experiments found, and how far they are: frozen data, which any thread may read."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.clock import SystemClock
from app.core.latency import StopChain, Summary, summarise
from app.core.own_code.description import OWN_CODE
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.worker import Worker

from .environment import Environment

MOST_TICKS = 1_000  # instants of lines that are kept of one run, the last ones
# ns by which a stop is asked late: four switch intervals, which a thread that only computes does not keep the asker.
WORTH_TELLING = 20_000_000


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run of an experiment, from its start to its end.

    Attributes:
        worker: the worker's name.
        strategy, workload: their ids.
        number: the repetition, from 1.
        chain: the instants of its stop (``perf_counter_ns``).
        started: just before ``Thread.start()``; None if it never started.
        outcome: how it ended; None if it had to be left behind.
        was_stuck: whether it was still alive after the deadline.
        band: within which ns after the request it was predicted to notice; None if that could not be told.
        outside: in words, why it noticed outside the band; empty if it did not.
        lines: numbered lines written.
        ticks: the instants of its last lines (``perf_counter_ns``), at most 1,000.
        calls: where it was when it was slow to stop, innermost last; empty otherwise.
        error: the traceback that ended it, or why it was left behind; empty otherwise.
        deadline: seconds after the request after which it counts as never.
        python: the version of its interpreter, of a run in a process of its own; empty otherwise.
    """

    worker: str
    strategy: str
    workload: str
    number: int
    chain: StopChain
    started: int | None
    outcome: Outcome | None
    was_stuck: bool
    band: tuple[int, int] | None
    outside: str
    lines: int
    ticks: tuple[int, ...]
    calls: tuple[Call, ...]
    error: str
    deadline: float
    released: int | None = None
    python: str = ""

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to the checkpoint that noticed it; None if none did within the deadline."""
        latency = self.chain.latency
        return latency if latency is not None and latency <= self.deadline * 1e9 else None

    @property
    def never(self) -> bool:
        """Whether it was asked and did not notice within the deadline, or was left behind.

        A run that ended by itself before its next checkpoint, by its limit or an error, is neither: there was nothing left
        that could have noticed. Nor is code of the person's own that stopped, and of which no notice was seen.
        """
        if self.notice_unknown:
            return self.was_stuck
        if self.chain.requested is None or self.latency is not None:
            return False
        unnoticed = (None, Outcome.INTERRUPTED, Outcome.RELEASED, Outcome.KILLED)
        return self.was_stuck or self.outcome in unnoticed or self.chain.noticed is not None

    @property
    def notice_unknown(self) -> bool:
        """Whether it stopped when it was asked, and when it noticed is not known: code of the person's own."""
        return self.strategy == OWN_CODE and self.outcome is Outcome.INTERRUPTED and self.chain.noticed is None


class CellState(StrEnum):
    """What a cell of a matrix is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"

    @classmethod
    def _missing_(cls, value: object) -> "CellState | None":
        # What the state was called in files of versions before this one.
        return cls.NOT_APPLICABLE if value == "senseless" else None


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy under one workload.

    Attributes:
        strategy, workload: as asked for, the workload with its parameters ("socket:interrupt=no").
        state: what it is doing.
        wanted: repetitions that were asked for.
        runs: those that were made, in their order.
        reason: why it is not applicable, failed, ended early, or was asked late; empty otherwise.
        late: by how many ns, at worst, a stop was asked later than it was wanted.
    """

    strategy: str
    workload: str
    state: CellState
    wanted: int
    runs: tuple[RunResult, ...] = ()
    reason: str = ""
    late: int = 0

    @property
    def is_late(self) -> bool:
        """Whether its stops could not be asked for in time, so that its latencies are not the whole of the waiting."""
        return self.late > WORTH_TELLING

    @property
    def never(self) -> int:
        """How many runs did not notice within the deadline."""
        return sum(run.never for run in self.runs)

    @property
    def latencies(self) -> tuple[int, ...]:
        """The latencies of the runs that noticed, in ns, in the order of the runs."""
        return tuple(run.latency for run in self.runs if run.latency is not None)

    @property
    def summary(self) -> Summary | None:
        """What the latencies come to; None if nothing was noticed."""
        return summarise(self.latencies)


@dataclass(frozen=True, slots=True)
class MatrixResult:
    """Strategies × workloads.

    Attributes:
        environment: where it was measured.
        strategies, workloads: as asked for, in the order of the rows and of the columns.
        cells: row by row, one row a strategy.
        n: repetitions a cell.
        interval: seconds between two checkpoints.
        deadline: seconds after which a run counts as never.
        seed: of the random phases.
        finished: whether every cell had its turn.
    """

    environment: Environment
    strategies: tuple[str, ...]
    workloads: tuple[str, ...]
    cells: tuple[Cell, ...]
    n: int
    interval: float
    deadline: float
    seed: int
    finished: bool

    def cell(self, strategy: str, workload: str) -> Cell:
        """Return the cell of a row and a column; ValueError if there is no such row or column."""
        return self.cells[self.strategies.index(strategy) * len(self.workloads) + self.workloads.index(workload)]


@dataclass(frozen=True, slots=True)
class RaceResult:
    """Several workers, stopped at the same instant, many times.

    Attributes:
        environment: where it was measured.
        workers: those that raced, in the order in which they were given.
        rounds: how many were wanted.
        done: how many were made to the end.
        seed: of the random phases.
        deadline: seconds after which a run counts as never.
        runs: round by round, within a round in the order of the workers.
        finished: whether every round was made.
    """

    environment: Environment
    workers: tuple[Worker, ...]
    rounds: int
    done: int
    seed: int
    deadline: float
    runs: tuple[RunResult, ...]
    finished: bool

    def by_worker(self) -> dict[str, tuple[RunResult, ...]]:
        """Return the runs of each worker, by its name, in the order of the rounds."""
        return {worker.name: tuple(r for r in self.runs if r.worker == worker.name) for worker in self.workers}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment is.

    Attributes:
        done, total: rounds of a race, runs of a matrix.
        seconds_left: estimated; None while nothing can be told.
        sentence: what it is doing, for a person.
    """

    done: int
    total: int
    seconds_left: float | None
    sentence: str


def progress_text(progress: Progress) -> str:
    """Return how far an experiment is, and how long it will still take."""
    words = progress.sentence.rstrip(".") or f"{progress.done:,} of {progress.total:,}"
    seconds = progress.seconds_left
    if not seconds or progress.done >= progress.total:
        return f"{words}."
    minutes, rest = divmod(round(seconds), 60)
    left = f"about {minutes:,} min {rest} s" if minutes else f"about {rest} s" if rest else "less than 1 s"
    return f"{words}, {left} left."


class Countdown:
    """Tells of progress; the time left is estimated by what the steps so far took. One thread.

    Args:
        total: steps in all.
        on_progress: what is told; None for nothing.
        skipped: steps that count as done and took no time, because they were not made now.
    """

    def __init__(self, total: int, on_progress: Callable[[Progress], object] | None, skipped: int = 0) -> None:
        self._began = SystemClock.now()
        self._total = total
        self._skipped = skipped
        self._on_progress = on_progress

    def tell(self, done: int, sentence: str) -> None:
        """Tell of ``done`` steps, those skipped included."""
        if self._on_progress is not None:
            made = done - self._skipped
            left = None if made <= 0 else (SystemClock.now() - self._began) / 1e9 / made * (self._total - done)
            self._on_progress(Progress(done, self._total, left, sentence))
