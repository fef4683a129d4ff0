"""Carrying out the steps of a plan: one state machine, which the window and the command line drive.

Commands come out, answers go in; nothing here waits, starts a thread or knows Qt. A driver performs the command that it is
given and calls ``resume`` with what came of it, or ``refuse`` where it could not be done; either returns the next command.
The last command of a step is its ``StepResult``.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted
from app.core.fold import RunSnapshot
from app.core.states import State
from app.core.worker import PROCESS, Worker
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    CheckWord,
    Kill,
    Plan,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.plan_steps import with_field
from app.session.journal import Check, Verdict

from .checks import RunFacts, judge
from .plan_results import StepResult, judged
from .race import Race
from .results import RaceResult

# Seconds beyond the deadline in which runs that were asked to stop may end before they are judged.
STOP_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class StartRuns:
    """Start these workers; ``resume`` with the names of those that were started: the others run already."""

    workers: tuple[Worker, ...]


@dataclass(frozen=True, slots=True)
class StopRuns:
    """Ask these runs to stop, all at one instant; from the worker's name to the run's id."""

    runs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KillRuns:
    """Kill these runs, which live in processes of their own; from the worker's name to the run's id."""

    runs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ChangeWorker:
    """Configure a worker anew for its next run; ``field`` is what is different, and ``value`` what it is now."""

    worker: Worker
    field: str
    value: object

    @property
    def text(self) -> str:
        """The value as a person types it, for the journal: a replay reads it so."""
        if isinstance(self.value, list | tuple):
            return "\n".join(map(str, self.value))
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class StartRace:
    """Run a race between these workers; ``resume`` with its ``RaceResult``."""

    race: Race
    workers: tuple[str, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class CollectLines:
    """Have all lines at hand that were written so far; the actions of this step (from 1) are done."""

    step: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; ``resume`` whenever a run may have changed, and at the instant ``due`` (``perf_counter_ns``) at the latest."""

    due: int


Command = StartRuns | StopRuns | KillRuns | ChangeWorker | StartRace | CollectLines | Pause | StepResult
_Commands = Generator[Command, Any, None]


class PlanView(Protocol):
    """What an executor sees of the workers and their runs. Looking changes nothing and takes no time."""

    def now(self) -> int:
        """Return the present instant, a ``perf_counter_ns``."""

    def workers(self) -> Mapping[str, Worker]:
        """Return the workers that there are, by name, as they are configured now."""

    def runs(self) -> Mapping[str, int]:
        """Return the latest run of each worker that was run, by name."""

    def snapshot(self, run: int) -> RunSnapshot | None:
        """Return what is known of a run; None if nothing is any more."""

    def texts(self, run: int) -> tuple[Sequence[str], int]:
        """Return the last lines of a run, oldest first, and how many came before them."""

    def window_lag_ms(self) -> float | None:
        """Return the worst window lag of what runs or ran last; None without a window."""


class PlanExecutor:
    """Carries out the steps of a plan, one at a time, in any order; one thread.

    Args:
        plan: whose steps.
        catalogue: the strategies and workloads.
        view: what is known of the workers and their runs.
        deadline: seconds from a stop request until a run counts as stuck.
        releases_stuck: whether a stuck run is released by itself; then its end is waited for as well.
    """

    def __init__(
        self, plan: Plan, catalogue: Catalogue, view: PlanView, deadline: float, *, releases_stuck: bool
    ) -> None:
        self.plan = plan
        self._catalogue = catalogue
        self._view = view
        self._patience = deadline + STOP_PATIENCE
        self._releases_stuck = releases_stuck
        # Runs that we had asked to stop: what is known of them says so only after the request came out of the stream.
        self._asked: set[int] = set()
        self._killed: set[int] = set()
        self._given_up: set[int] = set()  # runs that were waited for in vain once
        # From a worker's name to the rounds of its last race, and to its latest run then: a later one counts instead.
        self._raced: dict[str, tuple[Sequence[RunFacts], int | None]] = {}
        self._step: _Commands

    def begin(self, index: int) -> Command:
        """Begin with a step (from 0) and return the first command; a step that was not finished is given up."""
        self._step = self._carry_out(index + 1, self.plan.steps[index])
        return self.resume()

    def resume(self, answer: object = None) -> Command:
        """Return the next command, after what came of the last."""
        return self._step.send(answer)

    def refuse(self, error: BadInput) -> Command:
        """Return the next command, the step's result, after the last could not be done for this reason."""
        return self._step.throw(error)

    # -- one step ------------------------------------------------------------------------------------------------

    def _carry_out(self, number: int, step: Step) -> _Commands:
        remarks: list[str] = []
        missed: list[Check] = []
        try:
            for action in step.actions:
                yield from self._do(action, remarks, missed)
            yield from self._wait_for_stops(step.checks)
            yield CollectLines(number)
            checks = [self._judge(spec) for spec in step.checks]
        except BadInput as error:
            yield StepResult(number, step, Verdict.BLOCKED, (), f"It could not be carried out: {error}")
        else:
            yield judged(number, step, [*missed, *checks], remarks)

    def _do(self, action: Action, remarks: list[str], missed: list[Check]) -> _Commands:
        """Do an action; remarks are what is to be said about it, a missed check is a wait that ran out."""
        match action:
            case Start(names):
                yield from self._start(self._named(names), remarks)
            case Stop(names):
                yield from self._stop(self._named(names), remarks)
            case Kill(names):
                yield from self._kill(self._named(names), remarks)
            case Wait(seconds):
                yield from self._until(lambda: False, seconds)
            case WaitForEnd(name, seconds):
                missed += yield from self._wait_for_end(self._named((name,) if name else ()), seconds)
            case WaitForLines(name, lines, seconds):
                self._named((name,))
                missed += yield from self._wait_for_lines(name, lines, seconds)
            case SetField(name, field, value):
                (worker,) = self._named((name,)).values()
                yield ChangeWorker(with_field(worker, field, value, self._catalogue), field, value)
            case RunRace(names, rounds):
                yield from self._race(self._named(names), rounds)

    def _named(self, names: Sequence[str]) -> dict[str, Worker]:
        """Return the workers of these names, or all of the plan's that are there (all there are, if it has none)."""
        there = self._view.workers()
        for name in names:
            if name not in there:
                raise BadInput(
                    f"no worker is called {quoted(name)}; open the plan again to have its workers.", "workers"
                )
        own = names or [worker.name for worker in self.plan.workers] or list(there)
        found = {name: there[name] for name in own if name in there}
        if own and not found:
            raise BadInput("none of the plan's workers is there; open the plan again to have them.", "workers")
        return found

    def _until(self, true: Callable[[], bool], seconds: float) -> Generator[Command, Any, bool]:
        """Wait until something is true, and return whether it was in time."""
        due = self._view.now() + round(seconds * 1e9)
        while not true():
            if self._view.now() >= due:
                return False
            yield Pause(due)
        return True

    # -- actions -------------------------------------------------------------------------------------------------

    def _start(self, workers: Mapping[str, Worker], remarks: list[str]) -> _Commands:
        started: Collection[str] = yield StartRuns(tuple(workers.values()))
        remarks += [f"{name} runs already and was not started again." for name in workers if name not in started]

    def _stop(self, workers: Mapping[str, Worker], remarks: list[str]) -> _Commands:
        latest = self._view.runs()
        asked: dict[str, int] = {}
        for name in workers:
            run = latest.get(name)
            snapshot = self._snapshot(run)
            if run is None or snapshot is None or snapshot.state is State.ENDED:
                remarks.append(f"{name} does not run: there was nothing to stop.")
            elif self._was_asked(snapshot):
                remarks.append(f"{name} was asked to stop already.")
            else:
                asked[name] = run
        if asked:
            yield StopRuns(asked)
            self._asked.update(asked.values())

    def _kill(self, workers: Mapping[str, Worker], remarks: list[str]) -> _Commands:
        latest = self._view.runs()
        killed: dict[str, int] = {}
        for name in workers:
            run = latest.get(name)
            snapshot = self._snapshot(run)
            if run is None or snapshot is None or snapshot.state is State.ENDED:
                remarks.append(f"{name} does not run: there was nothing to kill.")
            elif (snapshot.worker or workers[name]).engine != PROCESS:
                raise BadInput(
                    f'{name} lives in this process and cannot be killed; give it engine = "process".', "workers"
                )
            else:
                killed[name] = run
        if killed:
            yield KillRuns(killed)
            self._killed.update(killed.values())

    def _wait_for_end(self, workers: Mapping[str, Worker], seconds: float) -> Generator[Command, Any, list[Check]]:
        latest = self._view.runs()
        runs = {name: latest[name] for name in workers if name in latest}
        if (yield from self._until(lambda: not any(map(self._is_alive, runs.values())), seconds)):
            return []
        late = ", ".join(name for name, run in runs.items() if self._is_alive(run))
        return [Check("wait", f"{late} has ended within {seconds:g} s", "not in time", passed=False)] if late else []

    def _wait_for_lines(self, name: str, lines: int, seconds: float) -> Generator[Command, Any, list[Check]]:
        """Wait for lines; of a run that has ended, or never began, no more will come."""
        run = self._view.runs().get(name)
        yield from self._until(lambda: self._lines(run) >= lines or not self._is_alive(run), seconds)
        snapshot = self._snapshot(run)
        if snapshot is not None and snapshot.lines >= lines:
            return []
        found = "0 (never run)" if snapshot is None else f"{snapshot.lines:,}"
        if snapshot is not None and snapshot.state is State.ENDED:
            found += ", and its run has ended"
        return [Check("wait", f"{name} has written {lines:,} lines within {seconds:g} s", found, passed=False)]

    def _race(self, workers: Mapping[str, Worker], rounds: int) -> _Commands:
        latest = self._view.runs()
        alive = [name for name in workers if self._is_alive(latest.get(name))]
        if alive:
            raise BadInput(f"{', '.join(alive)} still runs; stop it and wait for its end before the race.", "workers")
        race = Race(self._catalogue, list(workers.values()), rounds)
        result: RaceResult = yield StartRace(race, tuple(workers), rounds)
        for name, runs in result.by_worker().items():
            self._raced[name] = [RunFacts(run) for run in runs], latest.get(name)
        if not result.finished:
            raise BadInput(f"the race ended after {result.done:,} of {result.rounds:,} rounds: a run was left behind.")

    # -- judging -------------------------------------------------------------------------------------------------

    def _wait_for_stops(self, checks: Sequence[CheckSpec]) -> _Commands:
        """Wait until the runs that the checks are about have ended if they were asked to stop, or are given up."""
        latest = self._view.runs()
        runs = {latest[spec.worker] for spec in checks if spec.worker in latest} - self._given_up
        if not (yield from self._until(lambda: not any(map(self._is_stopping, runs)), self._patience)):
            self._given_up |= {run for run in runs if self._is_stopping(run)}

    def _judge(self, spec: CheckSpec) -> Check | None:
        if spec.check is CheckWord.WINDOW_LAG:
            return judge(spec, window_lag_ms=self._view.window_lag_ms())
        return judge(spec, self._facts(spec) if spec.worker in self._view.workers() else None)

    def _facts(self, spec: CheckSpec) -> Sequence[RunFacts]:
        run = self._view.runs().get(spec.worker)
        rounds, run_then = self._raced.get(spec.worker, ((), None))
        if rounds and run == run_then:
            return rounds
        snapshot = self._snapshot(run)
        if run is None or snapshot is None:
            return []
        if spec.check is not CheckWord.MATCHES:
            return [RunFacts(snapshot)]
        return [RunFacts(snapshot, *self._view.texts(run))]

    # -- runs ----------------------------------------------------------------------------------------------------

    def _snapshot(self, run: int | None) -> RunSnapshot | None:
        return None if run is None else self._view.snapshot(run)

    def _is_alive(self, run: int | None) -> bool:
        snapshot = self._snapshot(run)
        return snapshot is not None and snapshot.state is not State.ENDED

    def _is_stopping(self, run: int) -> bool:
        """Return whether a run is being killed, or was asked to stop and may still end by itself, or by being released."""
        snapshot = self._snapshot(run)
        if run in self._killed:
            return self._is_alive(run)
        if snapshot is None or snapshot.state is State.ENDED or not self._was_asked(snapshot):
            return False
        return self._releases_stuck or snapshot.state is not State.STUCK

    def _was_asked(self, snapshot: RunSnapshot) -> bool:
        return snapshot.chain.requested is not None or snapshot.run in self._asked

    def _lines(self, run: int | None) -> int:
        snapshot = self._snapshot(run)
        return 0 if snapshot is None else snapshot.lines
