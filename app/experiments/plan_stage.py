"""The workers and the runs of a plan: carries out its actions, and knows what became of them."""

import threading
from collections.abc import Callable, Iterable, Sequence

from app.core.catalogue import Catalogue
from app.core.collector import Collector
from app.core.controller import Controller
from app.core.errors import BadInput, unknown_name
from app.core.latency import duration
from app.core.snapshot import RunSnapshot, State
from app.core.timers import ThreadTimers
from app.core.worker import Worker
from app.documents.plan_actions import with_field
from app.documents.plan_parts import Action, RunRace, SetField, Start, Stop, Wait, WaitForEnd, WaitForLines
from app.documents.worker_sets import to_tables
from app.session.journal import Check, Journal

from .checks import RunFacts, facts_of, facts_of_round
from .inputs import check_needs
from .kept_lines import KeptLines
from .lane_reader import Cancelled, LaneReader
from .race import Race
from .results import RaceResult, RunResult

LEAVE_PATIENCE = 10.0  # seconds beyond the deadline, at which core lets runs go, until somebody is left behind
RACE_DEADLINE = 1.0  # seconds after which a run of a race counts as never


class Stage:
    """Where a plan's workers run; the thread that reads the lanes only.

    Args:
        workers: the plan's workers.
        catalogue: the strategies and workloads.
        collector, reader: where runs write to, and who reads it while something is waited for.
        kept: what ``reader`` keeps of the lines.
        journal: gets the actions; None for nobody.
        deadline: seconds from a stop request until a run counts as stuck.

    Raises:
        BadInput: what a worker's mechanism needs is not there; nothing was started.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        catalogue: Catalogue,
        collector: Collector,
        reader: LaneReader,
        kept: KeptLines,
        journal: Journal | None,
        deadline: float,
    ) -> None:
        for strategy in dict.fromkeys(worker.strategy for worker in workers):
            check_needs(catalogue.strategy(strategy))
        self._workers = {worker.name: worker for worker in workers}
        self._catalogue = catalogue
        self._collector = collector
        self._reader = reader
        self._kept = kept
        self._journal = journal
        self._deadline = deadline
        timers = ThreadTimers(collector.clock)
        self._controller = Controller(catalogue, collector, timers, deadline, releases_stuck=True)
        self._latest: dict[str, int] = {}  # worker's name to the id of its latest run
        self._rounds: dict[str, tuple[RunResult, ...]] = {}  # worker's name to its race, if that was later
        self._given_up: set[int] = set()
        self._left: list[str] = []

    # -- what became of them -------------------------------------------------------------------------------------

    def settle(self, names: Iterable[str]) -> None:
        """Wait until those workers' runs that were asked to stop have ended, or nobody can wait any longer."""
        runs = {self._latest[name] for name in names if name in self._latest} - self._given_up
        if not self._reader.until(lambda: not any(map(self._is_stopping, runs)), self._deadline + LEAVE_PATIENCE):
            self._given_up |= {run for run in runs if self._is_stopping(run)}

    def facts(self) -> dict[str, Sequence[RunFacts]]:
        """Return what is known of each worker's latest run, or of the rounds of its race."""
        return {name: self._facts(name) for name in self._workers}

    def _facts(self, name: str) -> Sequence[RunFacts]:
        if name in self._rounds:
            return [facts_of_round(run) for run in self._rounds[name]]
        run = self._latest.get(name, 0)
        snapshot = self._controller.snapshot(run)
        return [] if snapshot is None else [facts_of(snapshot, self._kept.texts(run), self._kept.earlier(run))]

    def _is_stopping(self, run: int) -> bool:
        snapshot = self._controller.snapshot(run)
        return snapshot is not None and snapshot.state in (State.STOPPING, State.STUCK)

    def close(self) -> tuple[str, ...]:
        """Stop everybody, wait for them, and return in words who had to be left behind; once."""
        self._reader.cancel = threading.Event()  # who cancels waits for the end all the same
        self._controller.begin_close()
        self._reader.until(self._controller.is_idle, self._deadline + LEAVE_PATIENCE)
        self._reader.read()
        left = [_left_words(snapshot, self._collector.clock.now()) for snapshot in self._controller.left()]
        self._controller.finish()
        self._reader.read()
        return (*self._left, *left)

    # -- actions -------------------------------------------------------------------------------------------------

    def do(self, action: Action, remarks: list[str]) -> Sequence[Check]:
        """Carry out an action, and add to ``remarks`` what is to be said about it.

        Returns:
            A check that failed, if it was a wait that ran out.

        Raises:
            BadInput: it cannot be carried out.
            Cancelled: the reader was told to end.
        """
        if self._reader.cancel.is_set():
            raise Cancelled
        match action:
            case Start(names):
                for worker in self._named(names):
                    self._start(worker, remarks)
            case Stop(names):
                self._stop(self._named(names), remarks)
            case Wait(seconds):
                self._reader.until(lambda: False, seconds)
            case WaitForEnd(name, seconds):
                return self._wait_for_end(self._named((name,) if name else ()), seconds)
            case WaitForLines(name, lines, seconds):
                return self._wait_for_lines(self._one(name), lines, seconds)
            case SetField(name, field, value):
                self._set(self._one(name), field, value)
            case RunRace(names, rounds):
                self._race(self._named(names), rounds)
        return ()

    def _one(self, name: str) -> Worker:
        if name not in self._workers:
            raise BadInput(unknown_name("worker", name, self._workers), "worker")
        return self._workers[name]

    def _named(self, names: tuple[str, ...]) -> list[Worker]:
        """Return the workers of these names, or all if there are none."""
        return [self._one(name) for name in names or self._workers]

    def _start(self, worker: Worker, remarks: list[str]) -> None:
        run = self._controller.start(worker)
        if run is None:
            remarks.append(f"{worker.name} runs already and was not started again.")
            return
        self._kept.forget(self._latest.get(worker.name, 0))
        self._latest[worker.name] = run
        self._rounds.pop(worker.name, None)
        if self._journal is not None:
            self._journal.action("start", run=run, worker=to_tables([worker])[0])

    def _stop(self, workers: Iterable[Worker], remarks: list[str]) -> None:
        """Ask at one instant: what is to be written about it is written before."""
        runs = {worker.name: self._controller.run_of(worker.name) for worker in workers}
        for name, run in runs.items():
            if run is None:
                remarks.append(f"{name} does not run: there was nothing to stop.")
            elif self._journal is not None:
                self._journal.action("stop", run=run, worker=name)
        for run in runs.values():
            if run is not None:
                self._controller.stop(run)

    def _wait_for_end(self, workers: Iterable[Worker], seconds: float) -> Sequence[Check]:
        runs = {worker.name: self._latest[worker.name] for worker in workers if worker.name in self._latest}
        if self._reader.until(lambda: not set(runs.values()).intersection(self._controller.live()), seconds):
            return ()
        late = ", ".join(name for name in runs if self._is_alive(name))
        return (Check("wait", f"{late or 'everybody'} has ended within {seconds:g} s", "not in time", not late),)

    def _wait_for_lines(self, worker: Worker, lines: int, seconds: float) -> Sequence[Check]:
        name = worker.name
        self._reader.until(lambda: self._lines(name) >= lines or not self._is_alive(name), seconds)
        written = self._lines(name)
        wanted = f"{name} has written {lines:,} lines within {seconds:g} s"
        return () if written >= lines else (Check("wait", wanted, f"{written:,}", passed=False),)

    def _lines(self, name: str) -> int:
        snapshot = self._controller.snapshot(self._latest.get(name, 0))
        return 0 if snapshot is None else snapshot.lines

    def _is_alive(self, name: str) -> bool:
        snapshot = self._controller.snapshot(self._latest.get(name, 0))
        return snapshot is not None and snapshot.state is not State.ENDED

    def _set(self, worker: Worker, field: str, value: object) -> None:
        self._workers[worker.name] = with_field(worker, field, value, self._catalogue)
        if self._journal is not None:
            self._journal.action("edit", worker=worker.name, field=field, text="" if value is None else str(value))

    def _race(self, workers: Sequence[Worker], rounds: int) -> None:
        alive = [worker.name for worker in workers if self._is_alive(worker.name)]
        if alive:
            raise BadInput(f"{', '.join(alive)} still runs; stop it and wait for its end before the race.", "workers")
        race = Race(self._catalogue, workers, rounds, deadline=RACE_DEADLINE)
        if self._journal is not None:
            self._journal.action("race", workers=[worker.name for worker in workers], rounds=rounds, seed=race.seed)
        result = self._in_a_thread(lambda: race.run(self._reader.cancel))
        self._rounds.update(result.by_worker())
        self._left += [f"{run.worker}, in a race: {run.error}" for run in result.runs if run.outcome is None]
        if self._reader.cancel.is_set():
            raise Cancelled
        if not result.finished:
            raise BadInput(f"The race ended after {result.done:,} of {rounds:,} rounds: somebody was left behind.")

    def _in_a_thread(self, race: Callable[[], RaceResult]) -> RaceResult:
        """Race in a thread of its own: this one goes on reading, or whoever else runs would have to wait for it."""
        found: list[RaceResult] = []
        troubles: list[BaseException] = []

        def keep() -> None:
            try:
                found.append(race())
            except BaseException as error:  # noqa: BLE001 - raised again below: we would wait for ever otherwise
                troubles.append(error)
            finally:
                self._collector.ring()

        thread = threading.Thread(target=keep, name="race")
        thread.start()
        try:
            while not self._reader.until(lambda: bool(found or troubles), 3_600.0):
                pass
        finally:
            thread.join()  # a cancel ends the race as well
        if troubles:
            raise troubles[0]
        return found[0]


def _left_words(snapshot: RunSnapshot, now: int) -> str:
    name = snapshot.name
    asked = snapshot.chain.requested
    after = "" if asked is None else f" {duration(now - asked)} after it was asked to stop"
    return f"{name.worker} #{name.number} had not ended{after} and is left behind; it is here:\n{snapshot.stack}"
