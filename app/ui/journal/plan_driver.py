"""Carries a step of a plan out with the window's own workers: performs what the executor wants, and never waits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.worker import Worker
from app.documents.plan_parts import Plan
from app.experiments.plan_executor import (
    ChangeWorker,
    CollectLines,
    Command,
    Pause,
    PlanExecutor,
    StartRace,
    StartRuns,
    StopRuns,
)
from app.experiments.plan_results import StepResult
from app.ui.task import Task, TaskResult
from app.ui.workers.rows import WorkerRows

_RACE_ENDS_WITHIN = 5.0  # seconds that a race has to end when it is cancelled: it lets its workers go at once
_COLLECTED_WITHIN = 2_000  # ms in which the log has what was recorded


class WorkerActions(Protocol):
    """What a plan does with the window's workers; the workers panel is one."""

    rows: WorkerRows

    def start_named(self, names: Iterable[str]) -> bool:
        """Start the workers with these names; those that run are left alone. False if a person has to agree first."""
        ...

    def stop_named(self, names: Iterable[str]) -> None:
        """Ask the workers with these names to stop."""
        ...

    def show_edited(self, index: int) -> None:
        """Show a row whose worker was changed."""
        ...


class PlanDriver(QObject):
    """Drives a ``PlanExecutor`` with the window's workers, and is what that sees of them; the GUI thread only.

    Args:
        workers: the window's workers, among them the plan's.
        controller: knows the runs.
        texts: returns the last lines of a run that are still known, oldest first.
        lag: returns the worst window lag in ms of what runs or ran last; None if there is none.
        record: records an action: its word and its facts; returns the record's instant.
        seen: returns the instant of the latest record that has come to the log.

    Signals:
        finished: a ``StepResult``.
    """

    finished = Signal(object)

    def __init__(
        self,
        workers: WorkerActions,
        controller: Controller,
        texts: Callable[[int], Sequence[str]],
        lag: Callable[[], float | None],
        record: Callable[..., int],
        seen: Callable[[], int],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._controller = controller
        self._texts = texts
        self._lag = lag
        self._record = record
        self._seen = seen
        self._plan: Plan | None = None
        self._executor: PlanExecutor | None = None
        self._waiting: Pause | None = None
        self._collected: int | None = None  # the instant of the record that must have come to the log
        self._task = Task(self)
        self._task.ended.connect(self._on_race)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def is_busy(self) -> bool:
        """Return whether a step is being carried out."""
        return self._executor is not None

    def begin(self, plan: Plan, index: int) -> None:
        """Carry out a step (from 0) of a plan; ``finished`` follows, at once or later. Another is given up for it."""
        self.give_up()
        if plan is not self._plan:
            self._plan = plan
            self._made = PlanExecutor(
                plan, self._workers.rows.catalogue, self, self._controller.deadline, releases_stuck=False
            )
        self._executor = self._made
        self._perform(partial(self._made.begin, index))

    def give_up(self) -> None:
        """Carry out nothing more; what was started goes on."""
        self._timer.stop()
        self._executor = self._waiting = self._collected = None
        self._task.cancel()

    def shutdown(self) -> None:
        """Carry out nothing more, and wait for the thread of a race, which lets its workers go at once."""
        self.give_up()
        self._task.shutdown(_RACE_ENDS_WITHIN)

    @Slot()
    def look(self) -> None:
        """Go on if what is waited for has come; called with each frame, and when all is quiet."""
        executor = self._executor
        if executor is None:
            return
        if self._waiting is not None:
            self._perform(executor.resume)
        elif self._collected is not None and self._seen() >= self._collected:
            self._timer.stop()
            self._collected = None
            self._perform(executor.resume)

    @Slot()
    def _on_timeout(self) -> None:
        executor = self._executor
        if executor is None:
            return
        self._collected = None
        self._perform(executor.resume)

    @Slot(object)
    def _on_race(self, result: TaskResult) -> None:
        executor = self._executor
        if executor is None:
            return
        if result.value is None:
            error = BadInput(result.problem or "the race was ended before it was through.")
            self._perform(partial(executor.refuse, error))
        else:
            self._perform(partial(executor.resume, result.value))

    # -- what the executor wants -----------------------------------------------------------------------------------

    def _perform(self, next_command: "Callable[[], Command] | None") -> None:
        """Do commands until one has to be waited for, or the step is finished."""
        while next_command is not None:
            command = next_command()
            if isinstance(command, StepResult):
                self.give_up()
                self.finished.emit(command)
                return
            try:
                next_command = self._do(command)
            except BadInput as error:
                next_command = partial(self._made.refuse, error)

    def _do(self, command: Command) -> "Callable[[], Command] | None":
        """Do a command and return what gives the next; None if that has to be waited for."""
        executor = self._made
        if command == self._waiting:
            return None  # the timer runs
        self._waiting = None
        match command:
            case Pause():
                self._waiting = command
                self._timer.start(max(0, -(-(command.due - self.now()) // 1_000_000)))
                return None
            case StartRuns(workers):
                return partial(executor.resume, self._start([worker.name for worker in workers]))
            case StopRuns(runs):
                self._workers.stop_named(runs)
            case ChangeWorker(worker, field, value):
                self._change(worker, field, value)
            case StartRace(race, names, rounds):
                self._record("race", workers=list(names), rounds=rounds, seed=race.seed)
                self._task.start("The race", lambda context: race.run(context.cancel))
                return None
            case CollectLines(step):
                # A run's end is known a frame or two before the log has all its lines: what was recorded after them all
                # comes to the log after them all.
                self._collected = self._record("carry-out", step=step)
                self._timer.start(_COLLECTED_WITHIN)
                return None
        return executor.resume

    def _start(self, names: list[str]) -> list[str]:
        """Start workers and return which were started; BadInput if a person has to agree first."""
        before = self.runs()
        if not self._workers.start_named(names):
            raise BadInput("the start needs your confirmation; confirm it, then run the step again.", "workers")
        after = self.runs()
        return [name for name in names if after.get(name) != before.get(name)]

    def _change(self, worker: Worker, field: str, value: object) -> None:
        (index,) = self._workers.rows.indices((worker.name,))
        self._workers.rows.set_worker(index, worker)
        self._record("edit", worker=worker.name, field=field, text="" if value is None else str(value))
        self._workers.show_edited(index)

    # -- what the executor sees ------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the present instant, a ``perf_counter_ns``."""
        return self._controller.clock.now()

    def workers(self) -> Mapping[str, Worker]:
        """Return the window's workers by name, as they are configured now."""
        return {row.worker.name: row.worker for row in self._workers.rows.rows}

    def runs(self) -> Mapping[str, int]:
        """Return the latest run of each worker that was run, by name."""
        return {row.worker.name: row.run for row in self._workers.rows.rows if row.run is not None}

    def snapshot(self, run: int) -> RunSnapshot | None:
        """Return what is known of a run."""
        return self._controller.snapshot(run)

    def texts(self, run: int) -> tuple[Sequence[str], int]:
        """Return the last lines of a run, oldest first, and how many came before them."""
        texts = self._texts(run)
        return texts, max(0, self._controller.state.line_records(run) - len(texts))

    def window_lag_ms(self) -> float | None:
        """Return the worst window lag of what runs or ran last."""
        return self._lag()
