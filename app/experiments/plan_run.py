"""Carrying out a plan, step by step, without a screen."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from app.core.batch import LINES, Batch
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.limits import DEFAULT_DEADLINE
from app.core.pump import Cancelled, Pump
from app.core.runtime import Runtime
from app.core.worker import Worker
from app.documents.plan_parts import CheckWord, Plan
from app.documents.plans import to_document
from app.documents.worker_sets import to_tables
from app.programs.runtime import build_runtime
from app.session.journal import BY_PLAN, Journal

from .environment import compared, environment_now
from .plan_executor import (
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
from .plan_results import PlanResult, StepResult
from .race import Race
from .race_report import keep_race
from .results import RaceResult

LEAVE_PATIENCE = 10.0  # seconds beyond the deadline, at which core releases runs, until they are left behind
MOST_LINES = 10_000  # that are kept of a run, the last ones
MOST_CHARACTERS = 32 * 2**20  # of a run's lines together


class LineTail:
    """Keeps the last lines of some workers' runs, for the checks that look at them; one thread.

    Args:
        workers: whose lines are kept.
    """

    def __init__(self, workers: Iterable[str]) -> None:
        self._workers = frozenset(workers)
        self._texts: dict[int, deque[str]] = {}
        self._characters: dict[int, int] = {}
        self._seen: dict[int, int] = {}

    def read(self, batch: Batch) -> None:
        """Keep the lines of a batch; by slices, so that fast workers are not in the reader's way."""
        for run, name in batch.names.items():
            count = batch.runs.count(run) if name.worker in self._workers else 0
            if count:
                # A lane is drained once a batch, so the records of a run stand together.
                begin = batch.runs.index(run)
                kinds = batch.kinds[begin : begin + count]
                texts = batch.texts[begin : begin + count]
                self._keep(run, [text for text, kind in zip(texts, kinds, strict=True) if kind in LINES])

    def _keep(self, run: int, texts: list[str]) -> None:
        kept = self._texts.setdefault(run, deque())
        self._seen[run] = self._seen.get(run, 0) + len(texts)
        characters = self._characters.get(run, 0)
        for text in texts[-MOST_LINES:]:
            kept.append(text)
            characters += len(text)
            while len(kept) > MOST_LINES or (characters > MOST_CHARACTERS and len(kept) > 1):
                characters -= len(kept.popleft())
        self._characters[run] = characters

    def texts(self, run: int) -> list[str]:
        """Return what is kept of a run, oldest first."""
        return list(self._texts.get(run, ()))

    def earlier(self, run: int) -> int:
        """Return how many lines of a run came before those that are kept."""
        return self._seen.get(run, 0) - len(self._texts.get(run, ()))

    def forget(self, run: int) -> None:
        """Forget a run's lines."""
        for by_run in (self._texts, self._characters, self._seen):
            by_run.pop(run, None)


class PlanRun:
    """Drives a ``PlanExecutor`` in the thread that calls it, which is the reader of the stream; one thread at a time.

    A context: at its end no thread is left but those that ``close`` told of.

    Args:
        plan: what to carry out.
        catalogue: the strategies and workloads.
        journal: gets the actions and the verdicts; None for none. It should write to the runtime's stream.
        runtime: what runs live in, which releases those that are stuck; None for one of its own. The caller closes the
            stream of the one that it gives.
        release: gets every batch, and gives its credit back (a recorder's ``consume``); None: that is done at once.
        deadline: seconds from a stop request until a run counts as stuck; of a runtime of its own.

    Raises:
        BadInput: what a worker's mechanism needs is not there; nothing was started.
    """

    def __init__(
        self,
        plan: Plan,
        catalogue: Catalogue,
        journal: Journal | None = None,
        *,
        runtime: Runtime | None = None,
        release: Callable[[Drained], object] | None = None,
        deadline: float = DEFAULT_DEADLINE,
    ) -> None:
        for strategy in dict.fromkeys(worker.strategy for worker in plan.workers):
            catalogue.strategy(strategy).check_available()
        self.plan = plan
        self._journal = journal
        self._catalogue = catalogue
        self._runtime = runtime or build_runtime(catalogue, deadline=deadline, releases_stuck=True)
        self._owns_runtime = runtime is None
        self._controller = self._runtime.controller
        self._deadline = deadline = self._controller.deadline
        self._tail = LineTail(
            spec.worker for step in plan.steps for spec in step.checks if spec.check is CheckWord.MATCHES
        )
        self._pump = Pump(self._runtime.stream, self._read, release)
        self._workers = {worker.name: worker for worker in plan.workers}
        self._latest: dict[str, int] = {}  # worker's name to the id of its latest run
        self._executor = PlanExecutor(plan, catalogue, self, deadline, releases_stuck=True)
        self._begun = False
        self._left_by_races: list[str] = []
        self._left: tuple[str, ...] | None = None

    def __enter__(self) -> "PlanRun":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self.close()

    def run(self, cancel: threading.Event, on_step: Callable[[StepResult], object] | None = None) -> PlanResult:
        """Carry out all steps, end all runs, and return what came of it.

        Args:
            cancel: set by any thread to end early; what was done so far is kept.
            on_step: called after each step.
        """
        environment = environment_now()
        steps: list[StepResult] = []
        try:
            for index in range(len(self.plan.steps)):
                result = self.run_step(index, cancel)
                steps.append(result)
                if on_step is not None:
                    on_step(result)
        except Cancelled:
            pass
        finally:
            left = self.close()
        asked = compared(self.plan.environment, environment)
        finished = len(steps) == len(self.plan.steps)
        return PlanResult(self.plan, environment, asked, tuple(steps), left, finished)

    def run_step(self, index: int, cancel: threading.Event) -> StepResult:
        """Carry out a step (from 0), judge it if it has checks, and return what came of it.

        Raises:
            Cancelled: ``cancel`` was set; the step was not judged.
        """
        self._pump.cancel = cancel
        if not self._begun and self._journal is not None:
            self._journal.action("plan", title=self.plan.title, plan=to_document(self.plan))
        self._begun = True
        command = self._executor.begin(index)
        while not isinstance(command, StepResult):
            if cancel.is_set():
                raise Cancelled
            command = self._perform(command)
        if self._journal is not None:
            command.record(self._journal, self.plan.title)
        self._pump.read()
        return command

    def close(self) -> tuple[str, ...]:
        """Stop all runs, wait for them, and return which had to be left behind, in words; again: the same."""
        if self._left is None:
            self._pump.cancel = threading.Event()  # a cancel does not keep us from waiting for the end
            self._controller.close(self._deadline)
            self._pump.until(self._controller.is_idle, self._deadline + LEAVE_PATIENCE)
            left = [_left_words(snapshot, self.now()) for snapshot in self._runtime.left(self._pump)]
            self._runtime.shutdown()
            self._pump.read()
            self._left = (*self._left_by_races, *left)
            if self._owns_runtime:
                self._runtime.stream.close()
        return self._left

    def _read(self, batch: Batch) -> None:
        self._controller.consume(batch)
        self._tail.read(batch)

    # -- what the executor sees ----------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the present instant."""
        return self._runtime.clock.now()

    def workers(self) -> Mapping[str, Worker]:
        """Return the plan's workers by name, as they are configured now."""
        return self._workers

    def runs(self) -> Mapping[str, int]:
        """Return the latest run of each worker."""
        return self._latest

    def snapshot(self, run: int) -> RunSnapshot | None:
        """Return what is known of a run."""
        return self._controller.state.snapshot(run)

    def texts(self, run: int) -> tuple[Sequence[str], int]:
        """Return the last lines of a run, and how many came before them."""
        return self._tail.texts(run), self._tail.earlier(run)

    def window_lag_ms(self) -> None:
        """Return None: there is no window."""

    # -- what the executor has done ------------------------------------------------------------------------------

    def _perform(self, command: Command) -> Command:
        """Do what the executor wants, and return what it wants next."""
        try:
            match command:
                case Pause():
                    return self._pause(command)
                case StartRuns(workers):
                    return self._executor.resume(self._start(workers))
                case StopRuns(runs):
                    self._stop(runs)
                case KillRuns(runs):
                    for name, run in runs.items():
                        if self._controller.kill(run):
                            self._record("kill", run=run, worker=name)
                case ChangeWorker(worker, field):
                    self._workers[worker.name] = worker
                    self._record("edit", worker=worker.name, field=field, text=command.text)
                case StartRace(race, names, rounds):
                    self._record("race", workers=list(names), rounds=rounds, seed=race.seed)
                    result = self._race(race)
                    if self._journal is not None:
                        keep_race(self._journal, result, self._catalogue)
                    return self._executor.resume(result)
                case CollectLines(step):
                    if self._journal is not None:
                        self._journal.action("carry-out", step=step)
                    self._pump.read()
        except BadInput as error:
            return self._executor.refuse(error)
        return self._executor.resume()

    def _pause(self, pause: Pause) -> Command:
        """Read the lanes until the executor wants anything else than this pause."""
        command: Command = pause

        def is_over() -> bool:
            # The reader may look once more after it was told that it is: an answer is given once.
            nonlocal command
            if command == pause:
                command = self._executor.resume()
            return command != pause

        while not self._pump.until(is_over, max(0, pause.due - self.now()) / 1e9):
            pass
        return command

    def _record(self, word: str, **facts: Any) -> None:
        if self._journal is not None:
            self._journal.action(word, **facts, **BY_PLAN)

    def _start(self, workers: Sequence[Worker]) -> list[str]:
        """Start workers together, and return the names of those that did not run already."""
        started: list[str] = []
        for worker, run in zip(workers, self._controller.start_all(workers), strict=True):
            if run is not None:
                self._tail.forget(self._latest.get(worker.name, 0))
                self._latest[worker.name] = run
                self._record("start", run=run, worker=to_tables([worker])[0])
                started.append(worker.name)
        return started

    def _stop(self, runs: Mapping[str, int]) -> None:
        """Ask at one instant: what is to be written about it is written before."""
        for name, run in runs.items():
            self._record("stop", run=run, worker=name)
        for run in runs.values():
            self._controller.stop(run)

    def _race(self, race: Race) -> RaceResult:
        """Race in a thread of its own: this one goes on reading, or all that runs would have to wait for it."""
        pool = ThreadPoolExecutor(1, "race")
        racing = pool.submit(race.run, self._pump.cancel)
        racing.add_done_callback(lambda _: self._runtime.stream.ring())
        try:
            while not self._pump.until(racing.done, 3_600.0):
                pass
        finally:
            pool.shutdown()  # waits for the race's end; a cancel ends it as well
            if racing.exception() is None:
                runs = (run for run in racing.result().runs if run.outcome is None)
                self._left_by_races += [f"{run.worker}, in a race: {run.error}" for run in runs]
        result = racing.result()
        if self._pump.cancel.is_set():
            raise Cancelled
        return result


def _left_words(snapshot: RunSnapshot, now: int) -> str:
    asked = snapshot.chain.requested
    after = "" if asked is None else f" {duration(now - asked)} after it was asked to stop"
    return f"{snapshot.title} had not ended{after} and was left behind; its stack:\n{snapshot.stack}"
