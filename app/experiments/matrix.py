"""The matrix: strategies × workloads, each cell measured some times."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker, check_interval

from .columns import Column, check_once, read_column, why_not_applicable, worker_of
from .environment import environment_now
from .limits import (
    DEFAULT_INTERVAL,
    DEFAULT_MATRIX_DEADLINE,
    DEFAULT_N,
    MOST_N,
    MOST_RUNS,
    check_deadline,
    check_seed,
    check_whole,
)
from .own_process import ChildFailed, repeat_in_child
from .repetitions import Order, Repetition, repeat, with_late_words, with_repetition
from .results import Cell, CellState, Countdown, MatrixResult, Progress


class Matrix:
    """Every strategy under every workload, n times each, row by row.

    A cell ends early after three runs that did not notice. Cells that are not applicable are known before anything is
    started; workloads that would stop this whole process are measured in one of their own.

    Args:
        catalogue: the strategies and workloads.
        strategies: ids, a row each.
        workloads: "ID[:NAME=VALUE[:NAME=VALUE]][@PYTHON]", a column each; with a Python in processes of their own.
        n: repetitions a cell, 1 to 10,000.
        interval: seconds between two checkpoints.
        deadline: seconds after the stop after which a run counts as never.
        seed: of the random phases; None: one is chosen, and kept in the result.
        on_cell: called when a cell has changed, by the thread that runs the matrix.
        on_progress: called after each run, by the same thread.
        resumed: an earlier result of the same matrix; what is done in it is not measured again.

    Attributes:
        strategies, workloads, n, interval, deadline, seed: as it will measure.

    Raises:
        BadInput: an id or a parameter that does not exist, one that is there twice, a number out of range, or an earlier
            result of another matrix; one sentence, and nothing was started.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        strategies: Sequence[str],
        workloads: Sequence[str],
        n: int = DEFAULT_N,
        interval: float = DEFAULT_INTERVAL,
        deadline: float = DEFAULT_MATRIX_DEADLINE,
        seed: int | None = None,
        on_cell: Callable[[Cell], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        resumed: MatrixResult | None = None,
    ) -> None:
        self._catalogue = catalogue
        self.strategies = check_once("strategies", strategies)
        self._rows = [catalogue.strategy(strategy) for strategy in self.strategies]
        self._columns = [read_column(catalogue, spec) for spec in check_once("workloads", workloads)]
        self.n = check_whole("n", n, 1, MOST_N)
        if self.n * len(self._rows) * len(self._columns) > MOST_RUNS:
            raise BadInput(f"n: {self.n:,} runs a cell are more than {MOST_RUNS:,} runs in all; take fewer.", "n")
        self.interval = check_interval(interval)
        self.deadline = check_deadline(deadline)
        self.seed = check_seed(resumed.seed if resumed is not None and seed is None else seed)
        self._on_cell, self._on_progress = on_cell, on_progress
        self._resumed = resumed
        self.workloads = tuple(column.spec for column in self._columns)
        self._check_resumed()
        self._cells = [self._first_cell(row, column) for row in range(len(self._rows)) for column in self._columns]

    def _check_resumed(self) -> None:
        old = self._resumed
        if old is None:
            return
        wanted = (self.n, self.interval, self.deadline, self.seed)
        if (old.n, old.interval, old.deadline, old.seed) != wanted:
            raise BadInput(
                "resumed: what was done so far was measured with other repetitions, interval, deadline or seed; "
                "take the same, or start anew.",
                "resumed",
            )

    def _first_cell(self, row: int, column: Column) -> Cell:
        """Return what is known of a cell before anything is started."""
        strategy = self._rows[row]
        cell = Cell(self.strategies[row], column.spec, CellState.WAITING, self.n)
        if reason := why_not_applicable(strategy, column, self.interval, self.deadline):
            return replace(cell, state=CellState.NOT_APPLICABLE, reason=reason)
        try:
            strategy.check_available()
        except BadInput as error:
            return replace(cell, state=CellState.FAILED, reason=str(error))
        for old in self._resumed.cells if self._resumed is not None else ():
            # One that failed is tried again, from its beginning.
            going_on = old.state in (CellState.DONE, CellState.WAITING)
            if (old.strategy, old.workload) == (cell.strategy, cell.workload) and going_on:
                return old
        return cell

    @property
    def own_code(self) -> tuple[Worker, ...]:
        """Workers of the columns that call functions of the person's, one each: to these a person has to agree."""
        return tuple(
            worker_of(self.strategies[0], column, self.interval) for column in self._columns if column.code is not None
        )

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells as they stand, row by row; any thread, also before and during ``run``."""
        return tuple(self._cells)

    def run(self, cancel: threading.Event) -> MatrixResult:
        """Measure, and return when no run is alive any more; any thread, which is kept until then.

        What was done is kept if ``cancel`` is set meanwhile: cells that had no turn, or were not through, are waiting.
        """
        environment = environment_now() if self._resumed is None else self._resumed.environment
        countdown = Countdown(self.n * len(self._cells), self._on_progress, self._done())
        for index, cell in enumerate(self._cells):
            if cell.state is CellState.WAITING and not cancel.is_set():
                self._measure(index, countdown, cancel)
        return MatrixResult(
            environment=environment,
            strategies=self.strategies,
            workloads=self.workloads,
            cells=self.cells,
            n=self.n,
            interval=self.interval,
            deadline=self.deadline,
            seed=self.seed,
            finished=all(cell.state is not CellState.WAITING for cell in self._cells),
        )

    def _done(self) -> int:
        """Return how many runs were made or need not be."""
        return sum(len(c.runs) if c.state in (CellState.WAITING, CellState.RUNNING) else self.n for c in self._cells)

    def _measure(self, index: int, countdown: Countdown, cancel: threading.Event) -> None:
        """Measure a cell until it is through or ``cancel`` is set."""
        column = self._columns[index % len(self._columns)]
        cell = self._cells[index]
        words = f"{cell.strategy} under {cell.workload}, cell {index + 1} of {len(self._cells)}."
        worker = worker_of(cell.strategy, column, self.interval)
        order = Order(worker, column.spec, self.n, self.deadline, self.seed, len(cell.runs))

        def tell(repetition: Repetition) -> bool:
            self._set(index, with_repetition(self._cells[index], repetition))
            countdown.tell(self._done(), words)
            return self._cells[index].state is CellState.RUNNING

        self._set(index, replace(cell, state=CellState.RUNNING))
        countdown.tell(self._done(), words)
        try:
            if column.workload.own_process and column.interpreter is None:
                repeat_in_child(self._catalogue, order, tell, cancel)
            else:
                repeat(self._catalogue, order, tell, cancel)
        except (ChildFailed, BadInput) as error:
            self._set(index, replace(self._cells[index], state=CellState.FAILED, reason=str(error)))
        self._conclude(index)

    def _conclude(self, index: int) -> None:
        """Say of a cell whose turn is over what it has come to."""
        cell = self._cells[index]
        is_cancelled = cell.state is CellState.RUNNING
        concluded = replace(cell, state=CellState.WAITING) if is_cancelled else with_late_words(cell)
        if concluded is not cell:
            self._set(index, concluded)

    def _set(self, index: int, cell: Cell) -> None:
        self._cells[index] = cell
        if self._on_cell is not None:
            self._on_cell(cell)
