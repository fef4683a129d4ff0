"""Replay: the recorded actions again, with their timing, and every run compared with its record."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import compress

from app.core.batch import Batch
from app.core.catalogue import Catalogue
from app.core.clock import Clock, SystemClock
from app.core.collector import Collector
from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.limits import DEFAULT_DEADLINE
from app.core.snapshot import RunSnapshot, State
from app.core.timers import ThreadTimers
from app.experiments.agreement import Again, Comparison, compared
from app.experiments.script import LET_GO, START, STOP, Act, Cue, Script
from app.session.session_report import SessionReport

_GATHERING = 0.01  # seconds between two reads while lines come
_RELEASED_WITHIN = 1.0  # seconds that those who were let go have for their end, before they are left behind
_IS_LINE = bytes([1]) + bytes(255)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        comparisons: one a run that has a recorded end, in the order of their ids.
        remarks: a sentence for each thing that could not be done, or not be compared.
        left: what is known of the runs that had to be left behind.
        is_whole: whether it was carried through; False if somebody ended it.
    """

    comparisons: tuple[Comparison, ...]
    remarks: tuple[str, ...]
    left: tuple[RunSnapshot, ...]
    is_whole: bool

    @property
    def agrees(self) -> bool:
        """Whether every run agrees with its record."""
        return self.is_whole and not any(comparison.differences for comparison in self.comparisons)


class Replay:
    """Carries a script out. The thread that calls ``play`` reads what the workers write.

    Args:
        catalogue: the strategies and workloads.
        deadline: seconds from a stop request until a run counts as stuck; so long, and as long again as recorded, is also
            waited for whoever has not ended when its record had, before it is asked to stop.
        clock: stamps the records.

    Attributes:
        collector: rings when there is something to read; a signal handler may ring it too.
    """

    def __init__(self, catalogue: Catalogue, deadline: float = DEFAULT_DEADLINE, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._deadline = deadline
        self.collector = Collector(self._clock)
        self._timers = ThreadTimers(self._clock)
        self._controller = Controller(catalogue, self.collector, self._timers, deadline)
        self._cancelled: Callable[[], bool] = bool
        self._waiting = 0  # cues of the act that have not been done
        self._is_patient = True  # until it is given up that the act's runs end
        self._runs: dict[int, int] = {}  # from the recorded run to ours
        self._began: dict[int, int] = {}
        self._lines: Counter[int] = Counter()

    def play(self, story: SessionReport, script: Script, cancelled: Callable[[], bool] = bool) -> Replayed:
        """Carry a script out, to its end or until ``cancelled`` says so, and compare; once, any one thread.

        Raises:
            BadInput: what a mechanism needs is not there; nothing has been started.
        """
        self._check(script)
        self._cancelled = cancelled
        for act in script.acts:
            if not cancelled():
                self._play(act)
        if cancelled():
            self._controller.begin_close()
            self._read_until(self._is_quiet)
        self._wait_for_released()
        is_whole = not cancelled()
        comparisons = tuple(
            compared(run, self._again(script, run.run), as_it_was=run.run in script.as_recorded)
            for run in story.runs
            if run.run in script.workers and run.record is not None
        )
        endless = (run for run in story.runs if run.run in script.workers and run.record is None)
        remarks = (f"{run.title} is not compared: the session ended before it did." for run in endless)
        return Replayed(comparisons, (*script.remarks, *remarks), tuple(self._controller.left()), is_whole)

    def close(self) -> None:
        """End everything; whoever is stuck is left."""
        self._controller.finish()
        self.collector.close()

    def _check(self, script: Script) -> None:
        """Raise BadInput if a mechanism needs what is not there; the threads made for it are never started."""
        for strategy in {worker.strategy for worker in script.workers.values()}:
            try:
                self._controller.catalogue.strategy(strategy).make_thread(_nothing, "")
            except BadInput as error:
                raise BadInput(f"{strategy}: {error}", error.field) from None

    # -- one act -------------------------------------------------------------------------------------------------

    def _play(self, act: Act) -> None:
        self._waiting, self._is_patient = len(act.cues), True
        origin = self._clock.now()
        timers = [self._timers.call_at(origin + cue.at, partial(self._do, cue)) for cue in act.cues]
        patience = 2 * act.until + round(self._deadline * 1e9)
        timers.append(self._timers.call_at(origin + patience, partial(self._give_up, act)))
        self._read_until(self._is_over)
        for timer in timers:
            timer.cancel()

    def _do(self, cue: Cue) -> None:
        """Do what a cue says; the timers' thread."""
        try:
            if cue.word == START and cue.worker is not None:
                run = self._controller.start(cue.worker)
                if run is not None:
                    self._runs[cue.run] = run
            elif cue.word == STOP:
                self._controller.stop(self._runs.get(cue.run, 0))
            elif cue.word == LET_GO:
                self._controller.let_go(self._runs.get(cue.run, 0))
            else:
                self._controller.stop_all()
        finally:
            # Counted down before the bell: whoever is woken by it finds it so. And in any case: a cue that went wrong
            # must not be waited for.
            self._waiting -= 1
            self.collector.ring()

    def _give_up(self, act: Act) -> None:
        """Ask those of an act to stop who have not ended when their record had, and let them go; the timers' thread."""
        # Only those: it may come too late to be cancelled, when the next act has begun.
        for cue in act.cues:
            self._controller.stop(self._runs.get(cue.run, 0))
        self._controller.release_stuck()
        self._is_patient = False
        self.collector.ring()

    def _is_over(self) -> bool:
        if self._cancelled():
            return True
        # Who is stuck may end after all, as it may have done when it was recorded.
        return self._waiting <= 0 and (self._controller.is_idle() or (not self._is_patient and self._is_quiet()))

    def _is_quiet(self) -> bool:
        """Return whether nobody is alive but those who are stuck."""
        tally = self._controller.tally()
        if tally.alive != tally.stuck:
            return False
        # The tally counts until a run is joined; one that has just ended after all is nobody to leave.
        snapshots = self._controller.snapshots(self._controller.live())
        return all(snapshot.state is State.STUCK for snapshot in snapshots)

    def _wait_for_released(self) -> None:
        """Give whoever is alive the time to end that was let go."""
        end = self._clock.now() + round(_RELEASED_WITHIN * 1e9)
        timer = self._timers.call_at(end, self.collector.ring)
        self._read_until(lambda: self._controller.is_idle() or self._clock.now() >= end)
        timer.cancel()

    def _read_until(self, over: Callable[[], bool]) -> None:
        """Read until ``over()`` is, which must be about something that rings the bell, and then what there still is."""
        while True:
            # Asked before the drain: what an ended run wrote is in its lane before it counts as gone.
            done = over()
            drained = self.collector.drain()
            if drained is not None:
                self._take(drained.batch)
                self.collector.settle(drained)
                self.collector.pause(_GATHERING)
            elif done:
                return
            elif self.collector.sleep() and not over():
                # What changes after this look rings a bell that was silent before it.
                self.collector.wake.wait(None)

    def _take(self, batch: Batch) -> None:
        for run in batch.names:
            if run not in self._began:
                self._began[run] = batch.instants[batch.runs.index(run)]
        self._lines.update(compress(batch.runs, batch.kinds.translate(_IS_LINE)))

    def _again(self, script: Script, recorded: int) -> Again:
        worker = script.workers[recorded]
        run = self._runs.get(recorded)
        snapshot = self._controller.snapshot(run) if run is not None else None
        if run is None or snapshot is None:
            return Again(worker, started=False)
        return Again(
            worker,
            started=True,
            began=self._began.get(run, 0),
            lines=self._lines[run],
            chain=snapshot.chain,
            outcome=snapshot.outcome,
            was_stuck=snapshot.was_stuck,
            band=snapshot.band,
            error=snapshot.error,
        )


def _nothing() -> None:
    """Do nothing: the work of a thread that is never started."""
