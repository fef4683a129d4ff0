"""Carrying out a step of a plan with the window's own workers, one action after the other, without ever waiting."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.run import State
from app.documents.plan_actions import with_field
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.experiments.checks import Facts, RunFacts, facts_of, facts_of_round, judge
from app.experiments.limits import DEFAULT_RACE_DEADLINE as RACE_DEADLINE
from app.experiments.plan_results import StepResult, judged
from app.experiments.race import Race
from app.experiments.results import RunResult
from app.session.journal import Check, Verdict
from app.ui.task import Task, TaskResult
from app.ui.workers.panel import WorkersPanel

_LET_GO = 5.0  # seconds that a race has to end when it is cancelled: it lets its workers go at once
_PATIENCE = 2.0  # seconds beyond the deadline that runs which were asked to stop are waited for before they are judged


class CarryingOut(QObject):
    """Does what the program can of one step at a time; the GUI thread only.

    Args:
        workers: the window's workers, among whom are the plan's.
        controller: knows how far their runs are.
        texts: returns the last lines of a run that are still known, oldest first.
        lag: returns the worst window lag in ms of what runs or ran last; None if there is none.

        mark: records that a step (from 1) was carried out, and returns the record's instant.
        seen: returns the instant of the latest record that has come to the log.
        raced: records that a race began: whose, its rounds and its seed.

    Signals:
        finished: a ``StepResult``.
    """

    finished = Signal(object)

    def __init__(
        self,
        workers: WorkersPanel,
        controller: Controller,
        texts: Callable[[int], Sequence[str]],
        lag: Callable[[], float | None],
        mark: Callable[[int], int],
        seen: Callable[[], int],
        raced: Callable[[list[str], int, int], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._mark = mark
        self._seen = seen
        self._raced = raced
        self._workers = workers
        self._controller = controller
        self._texts = texts
        self._lag = lag
        self._number = 0
        self._step: Step | None = None
        self._plan_workers: Sequence[str] = ()
        self._actions: Iterator[Action] = iter(())
        self._until: Callable[[], bool] | None = None  # what is waited for
        self._missed: list[Check] = []
        self._what = ""
        self._remarks: list[str] = []
        self._has_waited = False  # for the ends of those whom the checks are about
        self._marked: int | None = None  # the instant of the record that says that the actions are done
        self._rounds: dict[str, tuple[RunResult, ...]] = {}  # what a race of this step found, by worker
        self._task = Task(self)
        self._task.ended.connect(self._on_race)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def is_busy(self) -> bool:
        """Return whether a step is being carried out."""
        return self._step is not None

    def begin(self, number: int, step: Step, workers: Sequence[str]) -> None:
        """Carry out a step; ``finished`` follows, at once or later. Another is given up for it.

        Args:
            number: the step's, from 1.
            step: it.
            workers: the names of the plan's workers, of whom an action is that names none; none for all of the window's.
        """
        self.give_up()
        self._number, self._step, self._plan_workers = number, step, workers
        self._actions = iter(step.actions)
        self._missed, self._remarks = [], []
        self._has_waited = False
        self._marked = None
        self._go_on()

    def give_up(self) -> None:
        """Carry out nothing more; what was started goes on."""
        self._timer.stop()
        self._step, self._until = None, None
        self._rounds.clear()
        self._task.cancel()

    @Slot()
    def look(self) -> None:
        """Go on if what is waited for has come; called with each frame and when all is quiet."""
        if self._until is not None and self._until():
            self._timer.stop()
            self._until = None
            self._go_on()

    @Slot()
    def _on_timeout(self) -> None:
        if self._until is not None:
            self._until = None
            if self._what:
                self._missed.append(Check("wait", self._what, "it did not come in time", passed=False))
        self._go_on()

    def _go_on(self) -> None:
        """Do actions until one has to be waited for, or all are done."""
        step = self._step
        if step is None:
            return
        try:
            for action in self._actions:
                if not self._do(action):
                    return
        except BadInput as error:
            self._finish(StepResult(self._number, step, Verdict.BLOCKED, (), f"It could not be carried out: {error}"))
            return
        if not self._has_waited:
            # Once: what has not ended by then is judged as it is.
            self._has_waited = True
            if not self._wait_until(lambda: self._settled(step.checks), self._controller.deadline + _PATIENCE, ""):
                return
        if self._marked is None:
            # A run counts its lines as it writes them, and the log has them a frame or two later: what was recorded after
            # them all comes to the log after them all.
            self._marked = marked = self._mark(self._number)
            if not self._wait_until(lambda: self._seen() >= marked, _PATIENCE, ""):
                return
        self._judge(step)

    def _finish(self, result: StepResult) -> None:
        self.give_up()
        self.finished.emit(result)

    # -- actions ---------------------------------------------------------------------------------------------------

    def _do(self, action: Action) -> bool:
        """Do an action; False if it has to be waited for."""
        if isinstance(action, Start):
            self._workers.start_named(self._names(action.workers))
        elif isinstance(action, Stop):
            self._workers.stop_named(self._names(action.workers))
        elif isinstance(action, SetField):
            self._set(action)
        elif isinstance(action, RunRace):
            self._start_race(action)
            return False
        elif isinstance(action, Wait):
            self._what = ""
            self._until = _never
            self._timer.start(round(action.seconds * 1_000))
            return False
        elif isinstance(action, WaitForEnd):
            who = self._names((action.worker,) if action.worker else ())
            return self._wait_until(lambda: not self._alive(who), action.seconds, f"{action.worker or 'all'}: ended")
        elif isinstance(action, WaitForLines):
            return self._wait_until(
                lambda: self._lines(action.worker) >= action.lines,
                action.seconds,
                f"{action.worker}: {action.lines:,} lines",
            )
        return True

    def _start_race(self, action: RunRace) -> None:
        """Race workers in a thread; ``_on_race`` goes on with what was found."""
        rows = self._workers.rows
        names = self._names(action.workers)
        alive = [name for name in names if self._alive((name,))]
        if alive:
            raise BadInput(f"{', '.join(alive)} still runs; stop it and wait for its end before the race.", "workers")
        workers = [rows.rows[index].worker for index in rows.indices(names)]
        race = Race(rows.catalogue, workers, action.rounds, deadline=RACE_DEADLINE)
        self._task.start("The race", lambda context: race.run(context.cancel))
        self._raced(names, action.rounds, race.seed)

    @Slot(object)
    def _on_race(self, result: TaskResult) -> None:
        """Take what a race found, and go on."""
        step, found = self._step, result.value
        if step is None:
            return
        if found is None or not found.finished:
            why = result.problem or "It was not run to its end."
            self._finish(StepResult(self._number, step, Verdict.BLOCKED, (), f"It could not be carried out: {why}"))
            return
        self._rounds.update(found.by_worker())
        self._go_on()

    def put_away(self) -> None:
        """Carry out nothing more, and wait for the thread of a race, which lets its workers go at once."""
        self.give_up()
        self._task.shutdown(_LET_GO)

    def _wait_until(self, true: Callable[[], bool], seconds: float, what: str) -> bool:
        if true():
            return True
        self._what = what
        self._until = true
        self._timer.start(round(seconds * 1_000))
        return False

    def _set(self, action: SetField) -> None:
        rows = self._workers.rows
        for index in rows.indices((action.worker,)):
            changed = with_field(rows.rows[index].worker, action.field, action.value, rows.catalogue)
            rows.set_worker(index, changed)
            self._workers.show_edited(index)

    def _names(self, wanted: Iterable[str]) -> list[str]:
        """Return whom an action means: those it names, or all of the plan's; BadInput if one or all are not there."""
        there = [row.worker.name for row in self._workers.rows.rows]
        names = list(wanted)
        for name in names:
            if name not in there:
                raise BadInput(f"no worker of the window is called {name!r}; open the plan's workers first.", "workers")
        if names or not self._plan_workers:
            return names or there
        every = [name for name in self._plan_workers if name in there]
        if not every:
            raise BadInput("none of the plan's workers is in the window; open the plan again.", "workers")
        return every

    def _alive(self, names: Iterable[str]) -> bool:
        rows = self._workers.rows
        runs = (rows.rows[index].run for index in rows.indices(names))
        snapshots = (self._controller.snapshot(run) for run in runs if run is not None)
        return any(snapshot is not None and snapshot.state is not State.ENDED for snapshot in snapshots)

    def _lines(self, name: str) -> int:
        return sum(facts.lines for facts in self._facts_of(name))

    # -- judging ---------------------------------------------------------------------------------------------------

    def _settled(self, checks: Iterable[CheckSpec]) -> bool:
        """Return whether nobody whom a check is about is about to stop."""
        facts = (fact for check in checks for fact in self._facts_of(check.worker))
        return not any(fact.requested and fact.state is not State.ENDED and not fact.was_stuck for fact in facts)

    def _facts_of(self, name: str) -> list[RunFacts]:
        if name in self._rounds:
            return [facts_of_round(result) for result in self._rounds[name]]
        rows = self._workers.rows
        runs = [rows.rows[index].run for index in rows.indices((name,))]
        snapshots = [self._controller.snapshot(run) for run in runs if run is not None]
        found = []
        for snapshot in snapshots:
            if snapshot is not None:
                texts = self._texts(snapshot.run)
                found.append(facts_of(snapshot, texts, max(0, snapshot.lines - len(texts))))
        return found

    def _judge(self, step: Step) -> None:
        names = {check.worker for check in step.checks if check.worker}
        facts = Facts({name: self._facts_of(name) for name in names}, self._lag())
        checks = [judge(check, facts) for check in step.checks]
        self._finish(judged(self._number, step, [*self._missed, *checks], self._remarks))


def _never() -> bool:
    return False
