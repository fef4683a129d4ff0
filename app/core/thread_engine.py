"""The engine of this process: its runs are threads here. The only owner of threads."""

import queue
import threading
from collections.abc import Callable, Iterable
from functools import partial

from .catalogue import Catalogue
from .clock import Clock
from .credit import MOST_LINES, Credit
from .engine import Abilities, CreditToken, Drained, NewRun
from .events import Hosted
from .headroom import Headroom, RefusedError
from .lane import Collector
from .limits import DEFAULT_DEADLINE, SLOW_AFTER
from .run import Run, failed_to_make
from .states import Outcome
from .timers import ThreadTimers, Timer, Timers
from .worker import Worker


class ThreadEngine:
    """Starts threads and asks them to stop. Every way of stopping ends here; any thread may give orders.

    A thread of its own, the thread manager, starts and joins the runs' threads: ``Thread.start()`` waits for the new
    thread to take the GIL, which beside busy threads may take milliseconds each, and a window must not wait for that.

    Args:
        catalogue: the strategies and workloads.
        clock: stamps all instants.
        timers: fires ``stop_after`` and the deadlines; None for a thread of their own.
        credit: what may be in flight between the runs and the reader.
        deadline: seconds from a stop request until a run that has not ended counts as stuck.
        slow_after: seconds from a stop request until it is kept where a thread is that has not ended.
        releases_stuck: whether a run that counts as stuck is let go at once. Where a person looks on, nothing is let go by
            itself; closing lets all go all the same.
        host: this process, if it is one that was started for the runs.
        yields: whether the thread that asks a run to stop lets that run's thread have the interpreter at once. It halves the
            latency, where the thread that asks has nothing else to do; a window would wait for every busy thread.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        *,
        timers: Timers | None = None,
        credit: Credit | None = None,
        deadline: float = DEFAULT_DEADLINE,
        slow_after: float = SLOW_AFTER,
        releases_stuck: bool = False,
        host: Hosted | None = None,
        yields: bool = False,
    ) -> None:
        self._host = host
        self.abilities = Abilities(let_go=True, in_flight=credit.most if credit is not None else MOST_LINES)
        self._catalogue = catalogue
        self._clock = clock
        self._deadline = deadline
        self._slow_after = slow_after
        self._releases_always = self._releases_stuck = releases_stuck
        self._yields = yields
        self._collector = Collector(clock, credit)
        self._timers = timers if timers is not None else ThreadTimers(clock)
        self._lock = threading.Lock()
        self._live: dict[int, Run] = {}
        self._stuck: set[int] = set()
        self._alarms: dict[int, list[Timer]] = {}
        self._is_closing = False
        self._letting_go: Timer | None = None  # lets all go that live at the end of the closing deadline
        self._headroom = Headroom()  # the thread manager's thread only
        # Bounded by the number of live runs: each is in it at most twice, once to be started and once to be joined.
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._manager = threading.Thread(target=self._manage, name="thread-manager", daemon=True)
        self._manager.start()

    # -- orders ----------------------------------------------------------------------------------------------------

    def check(self, worker: Worker) -> None:
        """Do nothing: what the catalogue knows can be run here."""

    def start(self, *runs: NewRun) -> None:
        """Start runs whose workers the catalogue knows; their threads start together, one directly after the other.

        All are made before the first thread starts: it would take the interpreter from the caller that still makes the
        others. Beside 64 that write as fast as they can, a window stood still for 20 ms that way, and for 10 this way.
        """
        made = [run for new in runs if (run := self._make(new)) is not None]
        for run in made:
            run.announce()
            self._tasks.put(partial(self._start_thread, run))

    def _make(self, new: NewRun) -> Run | None:
        """Return a new run; None for one that cannot even be made, of which its events say why."""
        lane = self._collector.open_lane(new.run, new.name)
        try:
            strategy = self._catalogue.strategy(new.worker.strategy)
            workload = self._catalogue.workload(new.worker.workload)
            run = Run(new, strategy, workload, lane, self._clock, self._on_ended, self._host)
        except Exception as error:  # noqa: BLE001 - the strategy's own mistake, or what its mechanism needs is not there
            lane.append_control(partial(failed_to_make, new.worker, error), last=True)
            lane.announce()
            return None
        with self._lock:
            self._live[new.run] = run
        return run

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Ask a run to stop; the first request counts. ``clicked`` is the instant of a person's action."""
        asked = self._find(run)
        requested = asked.request_stop(clicked) if asked is not None else None
        if asked is None or requested is None:
            return
        if self._yields:
            self._clock.sleep(0)
        # What we do from here on keeps the GIL from the thread that was just asked: one alarm, and it sets the other.
        deadline = self._deadline  # another one may be set before it is over
        if self._slow_after < deadline:
            self._alarm(asked, requested, self._slow_after, lambda: self._mark_slow(asked, requested, deadline))
        else:
            self._alarm(asked, requested, deadline, lambda: self._mark_stuck(asked, deadline))
        asked.announce()

    def let_go(self, run: int) -> None:
        """As in ``Engine``; the run ends without having noticed anything, if it can be ended at all."""
        found = self._find(run)
        if found is not None:
            found.let_go()

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Do nothing: a thread cannot be ended, and ending its process would end this one."""

    def locate(self, run: int) -> None:
        """Have an event say where the thread of a run is."""
        found = self._find(run)
        if found is not None:
            found.locate()

    def set_deadline(self, deadline: float) -> None:
        """Have a run count as stuck that has not ended ``deadline`` s after a request from now on."""
        self._deadline = deadline

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new runs, ask every run to stop, let go of those that are stuck, and ``deadline`` s later of all others."""
        with self._lock:
            self._is_closing = self._releases_stuck = True
            live, stuck = list(self._live), list(self._stuck)
        for run in stuck:
            self.let_go(run)
        for run in live:
            self.request_stop(run, clicked)
        timer = self._timers.call_at(self._clock.now() + round(deadline * 1e9), self._let_all_go)
        with self._lock:
            replaced, self._letting_go = self._letting_go, timer
        if replaced is not None:
            replaced.cancel()

    def reopen(self) -> None:
        """Take new runs again after ``close``; what was asked to stop, or let go, stays so, and no more is let go."""
        with self._lock:
            timer, self._letting_go = self._letting_go, None
            self._is_closing, self._releases_stuck = False, self._releases_always
        if timer is not None:
            timer.cancel()

    def _let_all_go(self) -> None:
        with self._lock:
            live = list(self._live)
        for run in live:
            self.let_go(run)

    def shutdown(self) -> None:
        """End the thread manager and the timers, and wait for that; runs that are alive are left behind. After ``close``."""
        self._timers.close()
        self._tasks.put(None)
        self._manager.join()

    def _find(self, run: int) -> Run | None:
        with self._lock:
            return self._live.get(run)

    # -- the stream ------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain; once, before the first run."""
        self._collector.ring = ring

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already. The reader's thread only."""
        return self._collector.arm()

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has. The reader's thread only."""
        return self._collector.drain()

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Give credit back for batches that were read, or committed; any thread."""
        self._collector.release(tokens)

    # -- the timers' thread ----------------------------------------------------------------------------------------

    def _mark_slow(self, run: Run, requested: int, deadline: float) -> None:
        # The alarm first: whatever goes wrong with the looking, the run counts as stuck after its deadline.
        self._alarm(run, requested, deadline, lambda: self._mark_stuck(run, deadline))
        run.mark_slow(self._slow_after)

    def _mark_stuck(self, run: Run, deadline: float) -> None:
        with self._lock:
            if run.run not in self._live:
                return
            self._stuck.add(run.run)
        if not run.mark_stuck(deadline):
            with self._lock:
                self._stuck.discard(run.run)
            return
        with self._lock:
            # Closing sets it under the lock and then lets those go that are counted: one of us sees the other.
            releases = self._releases_stuck
        if releases:
            run.let_go()

    def _alarm(self, run: Run, since: int, seconds: float, action: Callable[[], object]) -> None:
        """Call ``action`` some seconds after an instant, unless the run is gone by then."""
        timer = self._timers.call_at(since + round(seconds * 1e9), action)
        with self._lock:
            if run.run in self._live:
                self._alarms.setdefault(run.run, []).append(timer)
                return
        timer.cancel()

    # -- the thread manager's thread -------------------------------------------------------------------------------

    def _manage(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            del task  # it holds its run, which must not be kept until the next task comes
        # A run says that it has ended before it asks to be joined: the reader may know of its end before us.
        while self._has_ended():
            if (task := self._tasks.get()) is not None:
                task()
            del task
        self._headroom.close()

    def _has_ended(self) -> bool:
        """Return whether a run has ended that is not joined yet."""
        with self._lock:
            live = list(self._live.values())
        return any(run.has_ended() for run in live)

    def _start_thread(self, run: Run) -> None:
        if self._is_closing:
            # Closing refuses new threads, those included that were asked for but have not begun.
            run.fail_to_start(Outcome.INTERRUPTED)
            return
        try:
            self._headroom.start(lambda: self._start_now(run))
        except RefusedError as error:
            run.fail_to_start(Outcome.FAILED, str(error))

    def _start_now(self, run: Run) -> None:
        run.started = before = self._clock.now()
        if run.worker.stop_after is not None:
            self._alarm(run, before, run.worker.stop_after, lambda: self.request_stop(run.run))
        run.thread.start()

    def _on_ended(self, run: Run) -> None:
        """Have a run joined; the last thing that its thread does."""
        self._tasks.put(lambda: self._join(run))

    def _join(self, run: Run) -> None:
        if run.thread.ident is not None:
            run.thread.join()
            self._headroom.ended()
        with self._lock:
            del self._live[run.run]
            self._stuck.discard(run.run)
            alarms = self._alarms.pop(run.run, [])
        for alarm in alarms:
            alarm.cancel()
