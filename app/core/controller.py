"""The controller: starts workers' runs in an engine, asks them to stop, and knows them by what the stream says."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .batch import Batch
from .catalogue import Catalogue
from .engine import Abilities, Engine, NewRun, ProgramEngine, RunNumbers
from .errors import BadInput
from .events import Shown, encode
from .fold import RunSnapshot, SessionState
from .limits import DEFAULT_DEADLINE
from .observed import MAIN_THREAD
from .program import Program
from .stream import Stream
from .template import check_template
from .worker import Worker


class Controller:
    """Start, stop, stop all, close, on ids. One thread: the one that hands it the batches.

    Orders go to the engine at once. What is known of a run follows from the batches that were consumed, and from nothing
    else; a run that was just started stands there from that moment on.

    Args:
        catalogue: the strategies and workloads.
        engine: what runs live in, but for those of workers that name another.
        stream: gets what the controller itself has to say.
        deadline: seconds from a stop request until an engine counts a run as stuck.
        others: the other engines, by what workers call them.
        programs: what observes programs; None if nothing does.

    Attributes:
        deadline: as given, or as it was set since.
        abilities: what ``engine`` can do; what it cannot is not offered, and not ordered.
        state: what is known of the runs.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        engine: Engine,
        stream: Stream,
        deadline: float = DEFAULT_DEADLINE,
        others: Mapping[str, Engine] = MappingProxyType({}),
        programs: ProgramEngine | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.deadline = deadline
        self.abilities = engine.abilities
        self.clock = stream.clock
        self.origin = stream.origin
        self.state = SessionState()
        self._engine = engine
        self._others = others
        self._programs = programs
        self._every: tuple[Engine, ...] = (engine, *others.values(), *((programs,) if programs is not None else ()))
        self._elsewhere: dict[int, Engine] = {}  # runs that are alive, and live in another engine
        self._stream = stream
        self._numbers = RunNumbers()
        self._latest: dict[str, int] = {}  # worker's name to its latest run
        self._asked: set[int] = set()  # runs that are alive, and were asked to stop or let go by us
        self._let_go: set[int] = set()
        self._killed: set[int] = set()
        self._shown: set[int] = set()  # runs whose end was said to be shown, which the stream has not said yet
        self._is_closing = False

    def consume(self, batch: Batch) -> list[int]:
        """Take what the stream says, and return the runs of which it says more than lines."""
        changed = self.state.consume(batch)
        for run in changed:
            if self._programs is not None and run not in self._elsewhere and self._is_observed(run):
                self._elsewhere[run] = self._programs
            if not self.state.is_live(run):
                self._asked.discard(run)
                self._let_go.discard(run)
                self._killed.discard(run)
                self._elsewhere.pop(run, None)
            self._shown.discard(run)
        return changed

    # -- start and stop ------------------------------------------------------------------------------------------

    def start(self, worker: Worker) -> int | None:
        """Start a run of ``worker`` and return its id; None if one is alive already, or if the controller is closing.

        Raises:
            BadInput: the catalogue does not know what it names, its mechanism is not there, or its template is wrong.
        """
        return self.start_all((worker,))[0]

    def start_all(self, workers: Iterable[Worker]) -> list[int | None]:
        """Start some workers together, as ``start`` does each; if one of them is wrong, none is started."""
        listed = list(workers)
        for worker in listed:
            self.check(worker)
        made: dict[int, tuple[Engine, list[NewRun]]] = {}
        runs: list[int | None] = []
        for worker in listed:
            if self._is_closing or self.is_alive(worker.name):
                runs.append(None)
                continue
            new = NewRun(*self._numbers.take(worker.name), worker)
            self._latest[worker.name] = new.run
            self.state.expect(new.run, new.name, worker)
            engine = self._engine_for(worker)
            if engine is not self._engine:
                self._elsewhere[new.run] = engine
            made.setdefault(id(engine), (engine, []))[1].append(new)
            runs.append(new.run)
        for engine, news in made.values():
            engine.start(*news)
        return runs

    def observe(self, program: Program) -> int | None:
        """Start a program as it is, and return the id of its main thread's run; None if the controller is closing.

        Its other threads come to be as runs by what the stream says. Where it cannot be started, or not be observed, that
        run has failed.

        Raises:
            BadInput: nothing observes programs here.
        """
        if self._programs is None:
            raise BadInput("Programs cannot be observed here.")
        if self._is_closing:
            return None
        run, name = self._numbers.take(MAIN_THREAD)
        self._elsewhere[run] = self._programs
        self.state.expect_observed(run, name)
        self._programs.observe(program, run, name, self._numbers)
        return run

    def _is_observed(self, run: int) -> bool:
        snapshot = self.state.snapshot(run)
        return snapshot is not None and snapshot.is_observed

    def check(self, worker: Worker) -> None:
        """Raise BadInput if a worker cannot be started, as ``start`` does."""
        self.catalogue.check(worker)
        check_template(worker.text)
        self._engine_for(worker).check(worker)

    def _engine_for(self, worker: Worker) -> Engine:
        return self._others.get(worker.engine, self._engine)

    def _engine_of(self, run: int) -> Engine:
        return self._elsewhere.get(run, self._engine)

    def abilities_of(self, run: int) -> Abilities:
        """Return what can be done with a run that is alive."""
        return self._elsewhere[run].abilities if run in self._elsewhere else self.abilities

    def stop(self, run: int, clicked: int | None = None) -> bool:
        """Ask a run to stop; return whether it is alive and was not asked before, as far as is known.

        False where the engine cannot ask it.

        Args:
            run: what ``start`` returned.
            clicked: the instant of the click, if a person asked.
        """
        if run in self._asked or self.state.was_asked(run) or not self.state.is_live(run):
            return False
        if not self.abilities_of(run).stop:
            return False
        self._asked.add(run)
        self._engine_of(run).request_stop(run, clicked)
        return True

    def stop_all(self, clicked: int | None = None) -> int:
        """Ask every run that is alive to stop; return how many were not asked before."""
        return sum(self.stop(run, clicked) for run in self.state.live())

    def let_go(self, run: int) -> bool:
        """Release what the thread of a run is blocked in, if it was asked to stop; return whether this was the first time.

        The run ends without having noticed anything, if it can be ended at all. False where the engine cannot do it.
        """
        if not self.abilities_of(run).let_go:
            return False
        snapshot = self.state.snapshot(run)
        if snapshot is None or snapshot.outcome is not None or run in self._let_go or snapshot.released is not None:
            return False
        if run not in self._asked and not self.state.was_asked(run):
            return False
        self._let_go.add(run)
        self._engine_of(run).let_go(run)
        return True

    def kill(self, run: int, clicked: int | None = None) -> bool:
        """End a run for certain, with the process that it lives in; return whether this was the first time.

        False where the engine cannot do it, or if the run has ended.
        """
        if not self.abilities_of(run).kill or not self.state.is_live(run) or run in self._killed:
            return False
        self._killed.add(run)
        self._engine_of(run).kill(run, clicked)
        return True

    def let_all_go(self) -> int:
        """Let every run go that was asked to stop and is alive; return how many had not been let go before."""
        return sum(self.let_go(run) for run in self.state.live())

    def locate(self, runs: Iterable[int]) -> None:
        """Have the stream say where the threads of some runs are."""
        for run in runs:
            self._engine_of(run).locate(run)

    def show(self, run: int, shown: int) -> None:
        """Record the instant at which a run's end was painted; the first counts."""
        snapshot = self.state.snapshot(run)
        if snapshot is None or run in self._shown:
            return
        if snapshot.chain.ended is not None and snapshot.chain.shown is None:
            self._shown.add(run)
            self._stream.append(*encode(Shown(shown, shown - snapshot.chain.ended)), run, snapshot.name)

    def set_deadline(self, deadline: float) -> None:
        """Have a run count as stuck ``deadline`` s after a request from now on; what was asked before keeps its deadline."""
        self.deadline = deadline
        for engine in self._every:
            engine.set_deadline(deadline)

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new runs, ask all to stop, let go of those that are stuck, and ``deadline`` s later of all others."""
        self._is_closing = True
        self._asked.update(self.state.live())
        for engine in self._every:
            engine.close(deadline, clicked)

    def reopen(self) -> None:
        """Take new runs again after ``close``; what was asked to stop, or let go, stays so."""
        self._is_closing = False
        for engine in self._every:
            engine.reopen()

    # -- what is known -------------------------------------------------------------------------------------------

    def is_alive(self, worker: str) -> bool:
        """Return whether a run of the worker with this name is alive."""
        return self.state.is_live(self._latest.get(worker, 0))

    def is_idle(self) -> bool:
        """Return whether no run is alive."""
        return self.state.tally().alive == 0

    def are_only_stuck(self) -> bool:
        """Return whether no run is alive but those that are stuck."""
        tally = self.state.tally()
        return tally.alive == tally.stuck

    def left(self) -> list[RunSnapshot]:
        """Return what is known of the runs that are alive; ``locate`` them before, for their stacks."""
        return self.state.snapshots(self.state.live())
