"""Carries a step of a plan out with the window's own workers: performs what the executor wants, and never waits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance, Slot

from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.worker import Worker
from app.documents.plan_parts import Plan
from app.experiments.plan_executor import (
    ChangeWorker,
    CollectLines,
    Command,
    KillRuns,
    Pause,
    PlanExecutor,
    StartRace,
    StartRuns,
    StopRuns,
)
from app.experiments.plan_results import StepResult
from app.experiments.race import Race
from app.experiments.results import RaceResult
from app.session.journal import BY_PLAN
from app.ui.task import Task, TaskResult
from app.ui.widgets import single_shot
from app.ui.workers.rows import WorkerRows
from app.ui.workers.undo import History

_RACE_ENDS_WITHIN = 5.0  # seconds that a race has to end when it is cancelled: it lets its workers go at once
_COLLECTED_WITHIN = 2_000  # ms in which the log has what was recorded
_Next = Callable[[], Command]


class Editing(Protocol):
    """What plans do to the window's workers, each of which a person can undo."""

    history: History

    def open_workers(
        self, workers: Iterable[Worker], opened: Callable[[tuple[Worker, ...]], object] | None = None
    ) -> None:
        """Put other workers into the table; asks first if those that are there would be lost."""

    def change_worker(self, index: int, worker: Worker) -> None:
        """Have a worker be as a step of a plan says, for its next run."""


class WorkerActions(Protocol):
    """What a plan does with the window's workers; the workers panel is one."""

    rows: WorkerRows

    @property
    def editing(self) -> Editing:
        """Changes the workers."""

    @property
    def answered(self) -> SignalInstance:
        """Emitted when what ``start_named`` had to ask was answered: whether the person agreed."""

    def start_named(self, names: Iterable[str]) -> bool:
        """Start the workers with these names; those that run are left alone. False if a person has to agree first."""

    def withdraw_question(self) -> None:
        """Close the question that ``start_named`` asked; nothing is started."""

    def stop_named(self, names: Iterable[str]) -> None:
        """Ask the workers with these names to stop."""

    def kill_named(self, names: Iterable[str]) -> None:
        """Kill the runs of the workers with these names."""


class PlanDriver(QObject):
    """Drives a ``PlanExecutor`` with the window's workers, and is what that sees of them; the GUI thread only.

    A command may emit signals, and what hears of them may give the step up, or begin another, before the command is done.
    So each step has a token of its own; whatever comes for a step that is not the present one any more is dropped.

    Args:
        workers: the window's workers, among them the plan's.
        controller: knows the runs.
        texts: returns the last lines of a run that are still known, oldest first.
        lag: returns the worst window lag in ms of what runs or ran last; None if there is none.
        record: records an action: its word and its facts; returns the record's instant.
        seen: returns the instant of the latest record that has come to the log.
        keep_race: keeps what a race found.

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
        keep_race: Callable[[RaceResult], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._controller = controller
        self._texts = texts
        self._lag = lag
        self._record = record
        self._seen = seen
        self._keep_race = keep_race
        self._executor: PlanExecutor | None = None  # of the plan whose step was begun last
        self._step: object | None = None  # the token of the step that is carried out
        # What is waited for; at most one of these is set.
        self._pause: Pause | None = None
        self._collected: int | None = None  # the instant of the record that must have come to the log
        self._asked: tuple[list[str], Mapping[str, int]] | None = None  # what is to be started, and the runs before
        self._race: Race | None = None  # begins once the one before it has ended, which was cancelled
        self._racing: object | None = None  # the token of the step whose race runs
        self._task = Task(self)
        self._task.ended.connect(self._on_race_ended)
        self._timer = single_shot(self, self._on_timeout)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        workers.answered.connect(self._on_answered)

    def is_busy(self) -> bool:
        """Return whether a step is being carried out."""
        return self._step is not None

    def begin(self, plan: Plan, index: int) -> None:
        """Carry out a step (from 0) of a plan; ``finished`` follows, at once or later. Another is given up for it."""
        self.give_up()
        executor = self._executor
        if executor is None or executor.plan is not plan:
            catalogue, deadline = self._workers.rows.catalogue, self._controller.deadline
            executor = self._executor = PlanExecutor(plan, catalogue, self, deadline, releases_stuck=False)
        executor.set_deadline(self._controller.deadline)  # it may have been changed since the last step
        self._step = object()
        self._go_on(partial(executor.begin, index))

    def give_up(self) -> None:
        """Carry out nothing more; what was started goes on. A race is cancelled, a question about a start taken back."""
        was_asked = self._asked is not None
        self._finish()
        if self._racing is not None:
            self._task.cancel()
        if was_asked:
            self._workers.withdraw_question()

    def _finish(self) -> None:
        """Wait for nothing any more."""
        self._timer.stop()
        self._step = self._pause = self._collected = self._asked = self._race = None

    def shutdown(self) -> None:
        """Carry out nothing more, and wait for the thread of a race, which lets its workers go at once."""
        self.give_up()
        self._task.shutdown(_RACE_ENDS_WITHIN)

    # -- what is waited for ----------------------------------------------------------------------------------------

    @Slot()
    def look(self) -> None:
        """Go on if what is waited for has come; called with each frame, and when all is quiet."""
        has_come = self._collected is not None and self._seen() >= self._collected
        if self._pause is not None or has_come:
            self._go_on()

    @Slot()
    def _on_timeout(self) -> None:
        if self._pause is not None or self._collected is not None:
            self._go_on()

    @Slot(bool)
    def _on_answered(self, agreed: bool) -> None:
        """Go on after a person agreed to a start, which is done by now, or did not."""
        asked, self._asked = self._asked, None
        if asked is None:
            return  # another start than the step's
        if agreed:
            self._go_on(self._answer(self._started(*asked)))
        else:
            self._refuse("the start was not agreed to; run the step again to be asked again.")

    @Slot(object)
    def _on_race_ended(self, result: TaskResult) -> None:
        owner, self._racing = self._racing, None
        if self._race is not None:
            self._start_race()
        elif owner is None or owner is not self._step:
            return  # the race of a step that was given up
        elif result.value is None:
            self._refuse(result.problem or "the race was stopped before it finished.")
        else:
            self._keep_race(result.value)
            self._go_on(self._answer(result.value))

    def _refuse(self, sentence: str) -> None:
        executor = self._executor
        if executor is not None:
            self._go_on(partial(executor.refuse, BadInput(sentence, "workers")))

    def _answer(self, answer: object = None) -> "_Next | None":
        return None if self._executor is None else partial(self._executor.resume, answer)

    # -- what the executor wants -----------------------------------------------------------------------------------

    def _go_on(self, next_command: "_Next | None" = None) -> None:
        """Do commands until one has to be waited for, or the step is finished; the first by ``resume`` if not said."""
        step, executor = self._step, self._executor
        if executor is None:
            return
        next_command = next_command or executor.resume
        try:
            # No longer the same step: doing a command had it given up.
            while self._step is step is not None and next_command is not None:
                command = next_command()
                if isinstance(command, StepResult):
                    self._finish()
                    self.finished.emit(command)
                    return
                try:
                    next_command = self._do(command, step)
                except BadInput as error:
                    next_command = partial(executor.refuse, error)
        except BaseException:
            # A mistake of ours: the executor cannot go on after it, and must not be asked to with each frame.
            if self._step is step:
                self.give_up()
            raise

    def _do(self, command: Command, step: object) -> "_Next | None":
        """Do a command and return what gives the next; None if that has to be waited for."""
        if isinstance(command, Pause):
            if command != self._pause or not self._timer.isActive():
                self._pause = command
                self._timer.start(max(0, -(-(command.due - self.now()) // 1_000_000)))
            return None
        self._timer.stop()
        self._pause = self._collected = None
        match command:
            case StartRuns(workers):
                return self._start(workers)
            case StopRuns(runs):
                self._workers.stop_named(runs)
            case KillRuns(runs):
                self._workers.kill_named(runs)
            case ChangeWorker():
                self._change(command)
            case StartRace(race, names, rounds):
                self._record("race", workers=list(names), rounds=rounds, seed=race.seed, **BY_PLAN)
                if self._step is step:
                    self._race = race
                    self._start_race()
                return None
            case CollectLines(number):
                # A run's end is known a frame or two before the log has all its lines: what was recorded after them all
                # comes to the log after them all.
                recorded = self._record("carry-out", step=number)
                if self._step is step:
                    self._collected = recorded
                    self._timer.start(_COLLECTED_WITHIN)
                return None
        return self._answer()

    def _start(self, workers: Sequence[Worker]) -> "_Next | None":
        """Start workers; what was started is the answer, now or once a person has agreed."""
        for worker in workers:
            self._controller.check(worker)
        asked = [worker.name for worker in workers], self.runs()
        self._asked = asked  # before the asking: the answer may come at once
        if not self._workers.start_named(asked[0]):
            return None
        if self._asked is asked:
            self._asked = None
        return self._answer(self._started(*asked))

    def _started(self, names: Sequence[str], before: Mapping[str, int]) -> list[str]:
        """Return which of these workers have another run than before."""
        after = self.runs()
        return [name for name in names if after.get(name) != before.get(name)]

    def _change(self, command: ChangeWorker) -> None:
        name = command.worker.name
        (index,) = self._workers.rows.indices((name,))
        self._record("edit", worker=name, field=command.field, text=command.text, **BY_PLAN)
        self._workers.editing.change_worker(index, command.worker)

    def _start_race(self) -> None:
        race = self._race
        if race is None or self._task.is_running():
            return  # the one before was cancelled: its end begins this one
        self._race, self._racing = None, self._step
        self._task.start("The race", lambda context: race.run(context.cancel))

    # -- what the executor sees ------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the present instant, a ``perf_counter_ns``."""
        return self._controller.clock.now()

    def workers(self) -> Mapping[str, Worker]:
        """Return the window's workers by name, as they are configured now."""
        return {row.worker.name: row.worker for row in self._workers.rows.configured()}

    def runs(self) -> Mapping[str, int]:
        """Return the latest run of each worker that was run, by name."""
        return {row.worker.name: row.run for row in self._workers.rows.configured() if row.run is not None}

    def snapshot(self, run: int) -> RunSnapshot | None:
        """Return what is known of a run."""
        return self._controller.state.snapshot(run)

    def texts(self, run: int) -> tuple[Sequence[str], int]:
        """Return the last lines of a run, oldest first, and how many came before them."""
        texts = self._texts(run)
        return texts, max(0, self._controller.state.line_records(run) - len(texts))

    def window_lag_ms(self) -> float | None:
        """Return the worst window lag of what runs or ran last."""
        return self._lag()
