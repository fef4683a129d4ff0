"""The controller: start, stop, stop all, close; the only owner of threads."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count

from .batch import Kind, RunName
from .catalogue import Catalogue
from .chain_record import record_of
from .clock import Clock
from .collector import Collector
from .headroom import Headroom, RefusedError
from .interpreter import require_gil
from .limits import DEFAULT_DEADLINE, SLOW_AFTER
from .run import Outcome, Run, RunSnapshot, State
from .template import compile_template
from .timers import Timer, Timers
from .worker import Worker

MOST_ENDED = 100_000  # ended runs that are remembered; the oldest are forgotten first


@dataclass(frozen=True, slots=True)
class Tally:
    """How many runs are alive, and how many of those are stopping (asked, not stuck) and stuck."""

    alive: int = 0
    stopping: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many runs had no thread so far because none could be started, and why the last of them had none."""

    count: int = 0
    why: str = ""


class Controller:
    """Starts runs and asks them to stop. Every way of stopping ends here; every method may be called from any thread.

    A thread of its own, the keeper, starts and joins the runs' threads: ``Thread.start()`` waits for the new thread to
    take the GIL, which beside busy threads may take milliseconds each, and a window must not wait for that.

    Args:
        catalogue: the strategies and workloads.
        collector: gives each run its lane.
        timers: fires ``stop_after`` and the deadlines.
        deadline: seconds from a stop request until a run that has not ended counts as stuck.
        slow_after: seconds from a stop request until it is kept where a thread is that has not ended.
        releases_stuck: whether a run that counts as stuck is let go at once. Where somebody looks on, nothing is let go by
            itself; closing lets everybody go all the same.

    Raises:
        BadInput: threads cannot be recorded on this interpreter.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        collector: Collector,
        timers: Timers,
        deadline: float = DEFAULT_DEADLINE,
        slow_after: float = SLOW_AFTER,
        *,
        releases_stuck: bool = False,
    ) -> None:
        require_gil()
        self.catalogue = catalogue
        self.deadline = deadline
        self.slow_after = slow_after
        self._collector = collector
        self.clock: Clock = collector.clock
        self._timers = timers
        self._lock = threading.Lock()
        self._ids = count(1)
        self._numbers: dict[str, int] = {}
        self._live: dict[int, Run] = {}
        self._live_names: dict[str, int] = {}
        self._asked: set[int] = set()
        self._stuck: set[int] = set()
        self._ended: dict[int, RunSnapshot] = {}
        self._alarms: dict[int, list[Timer]] = {}
        self._shown: dict[int, int] = {}  # when the end of a run was painted that is not joined yet
        self._closing = False
        self._refusals = Refusals()
        self._headroom = Headroom()  # the keeper's thread only
        self._releases_stuck = releases_stuck
        self._held = 0  # how many are within ``together``
        self._waiting: list[Run] = []  # for its end, to get their threads
        # Bounded by the number of live runs: each is in it at most twice, once to be started and once to be joined.
        self._errands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._all_gone = threading.Condition(self._lock)
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    # -- start and stop ------------------------------------------------------------------------------------------

    def start(self, worker: Worker) -> int | None:
        """Start a run of ``worker`` and return its id; None if one is alive already, or if the controller is closing.

        Returns at once: the thread starts a little later.

        Raises:
            BadInput: the worker names a strategy or a workload that is not in the catalogue, or has a wrong template.
        """
        strategy = self.catalogue.strategy(worker.strategy)
        workload = self.catalogue.workload(worker.workload)
        self.catalogue.check(worker)
        render = compile_template(worker.text, worker.name)
        with self._lock:
            if self._closing or self._is_alive(worker.name):
                return None
            run_id = next(self._ids)
            number = self._numbers.get(worker.name, 0) + 1
            name = RunName(worker.name, number)
            lane = self._collector.open_lane(run_id, name)
            try:
                origin = self._collector.origin
                run = Run(run_id, name, worker, strategy, workload, render, lane, self.clock, origin, self._on_ended)
            except BaseException:
                # A strategy that cannot even be made: its lane must not be counted in the shares for ever.
                lane.post([], last=True)
                raise
            self._numbers[worker.name] = number
            self._live[run_id] = run
            self._live_names[worker.name] = run_id
            if self._held:
                self._waiting.append(run)
                return run_id
        self._begin(run)
        return run_id

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have the runs that are started within get their threads at its end, one directly after the other; any thread.

        Those count that any thread starts meanwhile. Not while or after the controller is finished.

        The first would otherwise take the interpreter from whoever is still starting the others: beside 64 that write as
        fast as they can, a window stood still for 20 ms that way, and for 10 this way.
        """
        with self._lock:
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
                runs = [] if self._held else self._waiting
                if runs:
                    self._waiting = []
            for run in runs:
                self._begin(run)

    def _begin(self, run: Run) -> None:
        """Tell of a new run, and have its thread started."""
        run.announce()
        self._errands.put(lambda: self._start_thread(run))

    def _is_alive(self, worker_name: str) -> bool:
        """Return whether a run of the worker is alive; one that has ended but is not joined yet is not."""
        run = self._live.get(self._live_names.get(worker_name, 0))
        return run is not None and run.state() is not State.ENDED

    def stop(self, run_id: int, clicked: int | None = None) -> bool:
        """Ask a run to stop; return whether this was the first request to a run that is alive.

        Args:
            run_id: what ``start`` returned.
            clicked: the instant of the click, if a person asked.
        """
        with self._lock:
            run = self._live.get(run_id)
        if run is None:
            return False
        requested = run.request_stop(clicked)
        if requested is None:
            return False
        with self._lock:
            if run_id in self._live:
                self._asked.add(run_id)
        # What we do from here on keeps the GIL from the thread that was just asked: one alarm, and it sets the other.
        if self.slow_after < self.deadline:
            self._alarm(run, requested, self.slow_after, lambda: self._mark_slow(run, requested))
        else:
            self._alarm(run, requested, self.deadline, lambda: self._mark_stuck(run))
        run.announce()
        return True

    def _mark_slow(self, run: Run, requested: int) -> None:
        # The alarm first: whatever goes wrong with the looking, the run counts as stuck after its deadline.
        self._alarm(run, requested, self.deadline, lambda: self._mark_stuck(run))
        run.mark_slow(self.slow_after)

    def _mark_stuck(self, run: Run) -> None:
        # Counted before the record is written: whoever reads the record and then asks for the tally finds it there.
        with self._lock:
            if run.run not in self._live:
                return
            self._stuck.add(run.run)
        if not run.mark_stuck(self.deadline):
            with self._lock:
                self._stuck.discard(run.run)
            return
        with self._lock:
            # Closing sets it under the lock and then lets those go that are counted: one of us sees the other.
            releases = self._releases_stuck
        if releases:
            run.let_go()

    def let_go(self, run_id: int) -> bool:
        """Release what the thread of a run is blocked in, if it was asked to stop; return whether this was the first time.

        The run ends without having noticed anything, if it can be ended at all.
        """
        with self._lock:
            run = self._live.get(run_id)
        return run is not None and run.let_go()

    def let_all_go(self) -> int:
        """Let every run go that was asked to stop and is alive; return how many had not been let go before."""
        return sum(self.let_go(run_id) for run_id in self.live())

    def release_stuck(self) -> None:
        """Let those go that are stuck, and from now on whoever gets stuck."""
        with self._lock:
            self._releases_stuck = True
            stuck = list(self._stuck)
        for run_id in stuck:
            self.let_go(run_id)

    def stop_all(self, clicked: int | None = None) -> int:
        """Ask every run that is alive to stop; return how many had not been asked before."""
        return sum(self.stop(run_id, clicked) for run_id in self.live())

    def show(self, run_id: int, shown: int) -> None:
        """Take the instant at which a run's end was first painted, and have its chain recorded once more; any thread."""
        with self._lock:
            if run_id in self._live:
                self._shown.setdefault(run_id, shown)  # it has ended, but is not joined yet
                return
            snapshot = self._ended.get(run_id)
            if snapshot is None or snapshot.chain.shown is not None:
                return
            snapshot = self._ended[run_id] = _with_shown(snapshot, shown)
        self._record_shown(snapshot)

    def _record_shown(self, snapshot: RunSnapshot) -> None:
        text = record_of(snapshot, self._collector.origin).text()
        self._collector.note(Kind.CHAIN, text, snapshot.run, snapshot.name)

    # -- what is known -------------------------------------------------------------------------------------------

    def live(self) -> tuple[int, ...]:
        """Return the ids of the runs that are alive, oldest first."""
        with self._lock:
            return tuple(self._live)

    def run_of(self, worker_name: str) -> int | None:
        """Return the id of the live run of the worker with this name, or None."""
        with self._lock:
            return self._live_names.get(worker_name)

    def snapshot(self, run_id: int) -> RunSnapshot | None:
        """Return what is known of a run; None if it never was, or has been forgotten."""
        with self._lock:
            run = self._live.get(run_id)
            if run is None:
                return self._ended.get(run_id)
        return run.snapshot()

    def snapshots(self, run_ids: Iterable[int]) -> list[RunSnapshot]:
        """Return what is known of several runs; those that are unknown are left out."""
        found = (self.snapshot(run_id) for run_id in run_ids)
        return [snapshot for snapshot in found if snapshot is not None]

    def is_idle(self) -> bool:
        """Return whether no run is alive."""
        with self._lock:
            return not self._live

    def tally(self) -> Tally:
        """Return how many runs are alive, stopping and stuck."""
        with self._lock:
            return Tally(len(self._live), len(self._asked) - len(self._asked & self._stuck), len(self._stuck))

    def refusals(self) -> Refusals:
        """Return how many threads could not be started so far, and why; known before the end of such a run is recorded."""
        return self._refusals

    # -- the end -------------------------------------------------------------------------------------------------

    def begin_close(self, clicked: int | None = None) -> None:
        """Refuse new runs, ask everybody to stop, and let go whoever is stuck or gets stuck; returns at once."""
        with self._lock:
            self._closing = True
        self.release_stuck()
        self.stop_all(clicked)

    def wait_idle(self, seconds: float) -> bool:
        """Block until no run is alive or ``seconds`` have passed; return whether none is. Not for a GUI's thread."""
        with self._all_gone:
            return self._all_gone.wait_for(lambda: not self._live, seconds)

    def left(self) -> list[RunSnapshot]:
        """Return what is known of the runs that are alive, each stack as of now."""
        with self._lock:
            runs = list(self._live.values())
        return [run.snapshot_with_stack() for run in runs]

    def finish(self) -> None:
        """End the keeper and the timers; after ``begin_close``, once nobody is alive or whoever is will be left."""
        self.begin_close()
        self._timers.close()
        self._errands.put(None)
        self._keeper.join()

    # -- the keeper's thread -------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand()
        self._headroom.close()

    def _start_thread(self, run: Run) -> None:
        if self._closing:
            # Closing refuses new threads, those included that were asked for but have not begun.
            run.abandon(Outcome.INTERRUPTED)
            return
        try:
            self._headroom.start(lambda: self._start_now(run))
        except RefusedError as error:
            why = str(error)
            self._refusals = Refusals(self._refusals.count + 1, why)
            run.abandon(Outcome.FAILED, f"{why[0].upper()}{why[1:]}.")

    def _start_now(self, run: Run) -> None:
        run.started = before = self.clock.now()
        if run.worker.stop_after is not None:
            self._alarm(run, before, run.worker.stop_after, lambda: self.stop(run.run))
        run.thread.start()

    def _on_ended(self, run: Run) -> None:
        """Have a run joined; the last thing that its thread does."""
        self._errands.put(lambda: self._join(run))

    def _join(self, run: Run) -> None:
        if run.thread.ident is not None:
            run.thread.join()
            self._headroom.ended()
        snapshot = run.snapshot()
        with self._lock:
            shown = self._shown.pop(run.run, None)
            if shown is not None:
                snapshot = _with_shown(snapshot, shown)
                # Before anybody is told that all are gone: who closes then reads no more.
                self._record_shown(snapshot)
            del self._live[run.run]
            # The worker may have been run again between this run's end and now.
            if self._live_names.get(run.worker.name) == run.run:
                del self._live_names[run.worker.name]
            self._asked.discard(run.run)
            self._stuck.discard(run.run)
            alarms = self._alarms.pop(run.run, [])
            self._ended[run.run] = snapshot
            if len(self._ended) > MOST_ENDED:
                del self._ended[next(iter(self._ended))]
            self._all_gone.notify_all()
        for alarm in alarms:
            alarm.cancel()
        self._collector.ring()

    def _alarm(self, run: Run, since: int, seconds: float, action: Callable[[], object]) -> None:
        """Call ``action`` some seconds after an instant, unless the run is gone by then."""
        timer = self._timers.call_at(since + round(seconds * 1e9), action)
        with self._lock:
            if run.run in self._live:
                self._alarms.setdefault(run.run, []).append(timer)
                return
        timer.cancel()


def _with_shown(snapshot: RunSnapshot, shown: int) -> RunSnapshot:
    """Return a run's snapshot with the instant at which its end was painted, which cannot be before its end."""
    chain = snapshot.chain
    return replace(snapshot, chain=replace(chain, shown=max(shown, chain.ended or shown)))
