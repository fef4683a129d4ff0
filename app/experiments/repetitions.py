"""A cell's repetitions, one after the other, here or in a process of their own; when a cell is through."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from app.core.catalogue import Catalogue
from app.core.latency import duration
from app.core.states import Outcome
from app.core.worker import Worker

from .columns import cell_phases
from .harness import Harness
from .results import Cell, CellState, RunResult

MOST_NEVERS = 3  # a cell ends after so many


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a cell.

    Attributes:
        worker: what is run.
        spec: the workload as it was asked for, of which the phases are drawn.
        n: repetitions.
        deadline: seconds after which a run counts as never.
        seed: of the matrix.
        done: repetitions that were made before.
    """

    worker: Worker
    spec: str
    n: int
    deadline: float
    seed: int
    done: int = 0

    def phases(self) -> Iterator[tuple[int, float]]:
        """Yield the number and the phase in seconds of each repetition that is still to be made."""
        drawn = cell_phases(self.seed, self.worker.strategy, self.spec, self.worker.interval)
        return zip(range(self.done + 1, self.n + 1), islice(drawn, self.done, None), strict=False)


@dataclass(frozen=True, slots=True)
class Repetition:
    """One of them: the run, and by how many ns its stop was asked later than it was wanted."""

    run: RunResult
    late: int


def repeat(catalogue: Catalogue, order: Order, tell: Callable[[Repetition], bool], cancel: threading.Event) -> None:
    """Make a cell's repetitions in this thread, until ``tell`` says that it is enough or ``cancel`` is set.

    Raises:
        BadInput: the worker cannot be started.
    """
    with Harness(catalogue, order.deadline, order.n) as harness:
        for number, phase in order.phases():
            if cancel.is_set():
                return
            result = harness.run_round((order.worker,), phase, (0,), number, cancel)
            if not result.whole or not tell(Repetition(result.runs[0], result.late)):
                return


def with_repetition(cell: Cell, repetition: Repetition) -> Cell:
    """Return a cell with one more run; its state says whether it is through."""
    run = repetition.run
    cell = replace(cell, runs=(*cell.runs, run), late=max(cell.late, repetition.late))
    trouble = _trouble(run)
    if trouble:
        return replace(cell, state=CellState.FAILED, reason=trouble)
    if cell.never >= MOST_NEVERS and len(cell.runs) < cell.wanted:
        reason = skipped_words(cell.never, len(cell.runs), cell.wanted, run.deadline)
        return replace(cell, state=CellState.DONE, reason=reason)
    return replace(cell, state=CellState.DONE if len(cell.runs) >= cell.wanted else CellState.RUNNING)


def skipped_words(never: int, runs: int, wanted: int, deadline: float) -> str:
    """Return why a cell ended before all of its runs were made, a sentence.

    Args:
        never: runs that did not notice, of those that were made.
        runs: runs that were made.
        wanted: runs that were asked for.
        deadline: seconds after which a run counts as never.
    """
    said = f"None of {runs:,} runs" if never == runs else f"Only {runs - never:,} of {runs:,} runs"
    rest = wanted - runs
    skipped = "1 was" if rest == 1 else f"{rest:,} were"
    return f"{said} stopped within {deadline:g} s; the remaining {skipped} skipped."


def _trouble(run: RunResult) -> str:
    """Return why a run is no measurement, a sentence; empty if it is one."""
    if run.outcome is None:
        return run.error.split("\n", 1)[0]
    if run.outcome is Outcome.FAILED:
        return f"Run {run.number} failed: {run.error.rsplit(chr(10), 1)[-1]}"
    if run.chain.requested is None:
        return f"Run {run.number} ended by itself before it was asked to stop."
    return ""


def with_late_words(cell: Cell) -> Cell:
    """Return a cell whose turn is over with what is to be said of stops that could not be asked for when wanted."""
    if not cell.is_late or cell.state is CellState.FAILED:
        return cell
    words = (
        f"The stop was asked for up to {duration(cell.late)} later than wanted: the work kept the interpreter, or "
        "the machine was busy. The latencies count from the asking."
    )
    return replace(cell, reason=f"{cell.reason} {words}".strip())
