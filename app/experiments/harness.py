"""The harness: starts some workers together, stops them at one instant, and waits until the last of them is gone."""

import threading
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from types import TracebackType

from app.core.batch import IS_LINE, Batch, Kind
from app.core.catalogue import Catalogue
from app.core.latency import duration
from app.core.limits import SLOW_AFTER
from app.core.own_code.description import OWN_CODE
from app.core.pump import Pump
from app.core.worker import Worker
from app.programs.runtime import build_runtime

from .results import MOST_TICKS, RunResult

START_PATIENCE = 30.0  # seconds for all first lines; a run that has none by then is asked to stop without one
LEAVE_PATIENCE = 30.0  # seconds beyond the deadline, at which core lets them go, until a run is left behind
TICKS_IN_ALL = 1_000_000  # instants that one experiment keeps: some 40 MB


@dataclass(frozen=True, slots=True)
class RoundResult:
    """Some workers that ran together once.

    Attributes:
        runs: what became of each, in the order in which they were given.
        late: ns from the instant at which the stop was wanted to the one at which it could be asked for. Something that
            keeps the whole process makes it large.
        whole: whether it is to be kept: False if a cancel came before the last of them was gone. A run that had to
            be left behind is told of all the same.
    """

    runs: tuple[RunResult, ...]
    late: int
    whole: bool

    @property
    def left(self) -> bool:
        """Whether a run had to be left behind."""
        return any(run.outcome is None for run in self.runs)


def most_ticks(runs: int) -> int:
    """Return how many instants each of so many runs may keep, so that all of them stay within ``TICKS_IN_ALL``."""
    return max(10, min(MOST_TICKS, TICKS_IN_ALL // max(runs, 1)))


class Ticks:
    """The instants of each run's last lines, and of its first.

    Args:
        most: how many of a run are kept.

    Attributes:
        first: run id to the instant of its first line.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._last: dict[int, array[int]] = {}
        self.first: dict[int, int] = {}

    def read(self, batch: Batch) -> None:
        """Keep the lines of a batch; by slices and not by records, so that fast workers are not in the reader's way."""
        for run in batch.names:
            count = batch.runs.count(run)
            if not count:
                continue
            # A lane is drained once a batch, so the records of a run stand together.
            begin = batch.runs.index(run)
            instants, kinds = batch.instants[begin : begin + count], batch.kinds[begin : begin + count]
            if kinds.count(Kind.LINE) < count:
                instants = array("q", compress(instants, kinds.translate(IS_LINE)))
            if instants:
                self.first.setdefault(run, instants[0])
                kept = self._last.setdefault(run, array("q"))
                kept.extend(instants[-self._most :])
                del kept[: -self._most]

    def pop(self, run: int) -> tuple[int, ...]:
        """Return what is kept of a run, and forget it."""
        self.first.pop(run, None)
        return tuple(self._last.pop(run, ()))


class Harness:
    """Clock, collector, timers and controller of an experiment's own; the thread that makes it is their reader.

    A context: at its end no thread is left but those that ``RoundResult.left`` has told of.

    Args:
        catalogue: the strategies and workloads.
        deadline: seconds from a stop request until core lets a run go.
        runs: how many runs are to come, by which the instants that are kept of each are bounded.
    """

    def __init__(self, catalogue: Catalogue, deadline: float, runs: int) -> None:
        self._deadline = deadline
        # Where a slow one is, is kept before the deadline as well: it may notice in between.
        slow_after = min(SLOW_AFTER, deadline / 2)
        self._runtime = build_runtime(catalogue, deadline=deadline, slow_after=slow_after, releases_stuck=True)
        self._clock = self._runtime.clock
        self._controller = self._runtime.controller
        self._ticks = Ticks(most_ticks(runs))
        self._pump = Pump(self._runtime.stream, self._read)
        self._left: set[int] = set()

    def __enter__(self) -> "Harness":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self._controller.close(0)  # nothing is measured any more
        self._pump.wait(lambda: not self._alive(self._controller.state.live()), self._deadline + LEAVE_PATIENCE)
        self._runtime.close()

    def _read(self, batch: Batch) -> None:
        self._ticks.read(batch)
        self._controller.consume(batch)

    def run_round(
        self, workers: Sequence[Worker], phase: float, order: Iterable[int], number: int, cancel: threading.Event
    ) -> RoundResult:
        """Start all workers, wait for their first lines and then ``phase`` seconds, stop all, wait until they are gone.

        Args:
            workers: what is run; their names differ.
            phase: seconds from the last of the first lines to the stop.
            order: the indices of the workers in the order in which they are asked, some 0.1 ms one after the other.
            number: the repetition, from 1, for the results.
            cancel: set by any thread to stop early; what runs is stopped and waited for all the same, but let go at
                once: the deadline is as long as the caller likes, and what comes after a cancel is not measured.

        Raises:
            BadInput: a worker cannot be started; those that were are stopped at the end of the context.
        """
        runs = [self._start(worker) for worker in workers]
        self._pump.wait(lambda: self._have_begun(runs), START_PATIENCE, cancel)
        # Counted from the lines themselves and not from our reading them: a thread that keeps the interpreter to itself
        # keeps us from reading as well.
        due = max((self._ticks.first[run] for run in runs if run in self._ticks.first), default=self._clock.now())
        due += round(phase * 1e9)
        self._pump.wait(lambda: not self._alive(runs), (due - self._clock.now()) / 1e9, cancel)
        whole = not cancel.is_set()
        late = max(0, self._clock.now() - due)
        for index in order:
            self._controller.stop(runs[index])
        if not self._pump.wait(lambda: not self._alive(runs), self._deadline + LEAVE_PATIENCE, cancel):
            whole = False
            for run in self._alive(runs):
                self._controller.let_go(run)
            self._pump.wait(lambda: not self._alive(runs), self._deadline + LEAVE_PATIENCE)
        left = self._alive(runs)
        if left:
            self._runtime.left(self._pump)
            left = self._alive(runs)
        self._left |= left
        results = tuple(self._result(worker, run, number) for worker, run in zip(workers, runs, strict=True))
        return RoundResult(results, late, whole or bool(left))

    def _start(self, worker: Worker) -> int:
        run = self._controller.start(worker)
        if run is None:
            raise RuntimeError(f"{worker.name} is still alive: it was left behind and cannot run again")
        return run

    def _have_begun(self, runs: Sequence[int]) -> bool:
        """Return whether each has written a line, or has ended without one; code of the person's own need write none."""
        waiting = [run for run in runs if run not in self._ticks.first and not self._runs_own_code(run)]
        return not self._alive(waiting)

    def _runs_own_code(self, run: int) -> bool:
        snapshot = self._controller.state.snapshot(run)
        return snapshot is not None and snapshot.strategy == OWN_CODE and snapshot.running is not None

    def _alive(self, runs: Iterable[int]) -> set[int]:
        """Return those that are alive and not given up."""
        return set(runs).intersection(self._controller.state.live()) - self._left

    # -- the result ----------------------------------------------------------------------------------------------

    def _result(self, worker: Worker, run: int, number: int) -> RunResult:
        snapshot = self._controller.state.snapshot(run)
        if snapshot is None:
            raise LookupError(f"run {run} is not known")
        error = snapshot.error
        if snapshot.outcome is None:
            error = (
                f"It was left behind: it had not ended {duration((self._deadline + LEAVE_PATIENCE) * 1e9)} after it was "
                f"asked to stop, although it was let go; it is here:\n{snapshot.stack}"
            )
        return RunResult(
            worker=worker.name,
            strategy=worker.strategy,
            workload=worker.workload,
            number=number,
            chain=snapshot.chain,
            started=snapshot.started,
            outcome=snapshot.outcome,
            was_stuck=snapshot.was_stuck,
            band=snapshot.band,
            outside=snapshot.outside,
            lines=snapshot.lines,
            ticks=self._ticks.pop(run),
            calls=snapshot.calls,
            error=error,
            deadline=self._deadline,
            released=snapshot.released,
            python="" if snapshot.host is None else snapshot.host.python,
        )
