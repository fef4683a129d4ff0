"""One run in this process: its thread, its stop chain, its outcome. Internal to the engine."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from .batch import Kind
from .clock import Clock
from .engine import NewRun
from .errors import BadInput
from .events import (
    Ended,
    Failed,
    HeldBack,
    Hosted,
    Located,
    Noticed,
    Released,
    Running,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from .lane import Control, Lane
from .latency import StopChain
from .loop_context import EndedByItself, LimitReached, LoopContext, ReleasedError
from .prediction import Figures, Lateness, lateness_of, predicted_band
from .reader_waits import Waits
from .stacks import Call, calls_of
from .states import Outcome
from .strategies import Strategy
from .template import compile_template
from .worker import Worker
from .workloads import Workload


class Run:
    """One life of one thread of a worker.

    Args:
        new: its id, its name, and what it does.
        strategy, workload: the classes that do it.
        lane: where its records go.
        clock: stamps its instants, and passes its pauses.
        on_ended: called by the run's thread as the last thing that it does.
        host: this process, if it is one of the run's own.

    Attributes:
        run: its id.
        worker: what it does.
        started: just before ``Thread.start()``; None before.
        thread: its thread.
    """

    def __init__(
        self,
        new: NewRun,
        strategy: type[Strategy],
        workload: type[Workload],
        lane: Lane,
        clock: Clock,
        on_ended: "Callable[[Run], None]",
        host: Hosted | None = None,
    ) -> None:
        self.run = new.run
        self.worker = worker = new.worker
        self.started: int | None = None
        self.thread = strategy.make_thread(self._live, f"{new.name.worker} #{new.name.number}")
        self._strategy = strategy.of_worker(self.thread, worker)
        self._workload = workload.of_worker(worker)
        self._lane = lane
        self._clock = clock
        self._on_ended = on_ended
        # Makes one step of each of the three that compete for a run's last moments: the request, the deadline, the end.
        self._turning = threading.Lock()
        self._clicked: int | None = None
        self._requested: int | None = None
        self._noticed: int | None = None
        self._cleaned_up: int | None = None
        self._ended: int | None = None
        self._was_stuck = False
        self._released: int | None = None
        # It was released in the middle of work that can be: what it notices then, it owes to that.
        self._is_freed = False
        self._has_failed = False
        self._before: Figures | None = None  # what was measured before the request
        self._band: tuple[int, int] | None = None
        self._lateness: Lateness | None = None
        self._context = self._make_context(compile_template(worker.text, worker.name))
        self._workload.attach(self._context)
        self._waits = lane.measure_waits(self._tell_waits)
        started = Started(worker.strategy, worker.workload, worker.interval)
        lane.append_control([encode(event) for event in ((started,) if host is None else (started, host))])

    def _make_context(self, render: Callable[[int], str]) -> LoopContext:
        works = type(self._workload).work is not Workload.work
        return LoopContext(
            append=self._lane.line,
            append_of=self._lane.line_of,
            render=render,
            work=self._workload.work if works else None,
            noticed=self._notice,
            running=self._tell_running,
            clock=self._clock,
            interval=self.worker.interval,
            limit=self.worker.limit,
        )

    # -- in the run's own thread ---------------------------------------------------------------------------------

    def _live(self) -> None:
        """Be the thread: loop, clean up, say how it ended."""
        if not self._strategy.is_foreign:
            self._tell_running()
        outcome = Outcome.FAILED
        try:
            outcome = self._loop()
            for text in self.worker.text_at_end:
                self._lane.line(text)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: the thread ends, and its row must say why
            outcome = Outcome.FAILED
            self._fail(error)
        finally:
            self._end(outcome)

    def _tell_running(self, native_id: int | None = None) -> None:
        native = self.thread.native_id if native_id is None else native_id
        self._lane.append_control([encode(Running(self.started, native))])
        self._lane.announce()

    def _loop(self) -> Outcome:
        try:
            self._strategy.loop(self._context)
        except (LimitReached, EndedByItself):
            return Outcome.COMPLETED
        except ReleasedError:
            return Outcome.RELEASED
        finally:
            try:
                self._workload.clean_up()
            finally:
                self._cleaned_up = self._clock.now()
                self._strategy.finish()
        return Outcome.RELEASED if self._is_freed and self._noticed is None else Outcome.INTERRUPTED

    def _notice(self, at: int | None = None) -> None:
        noticed = self._clock.now() if at is None else at
        # Race: it may notice while it is being released, and the first counts. The release is stamped, then told here, and
        # only then takes effect: a thread that does not see it yet has noticed by itself.
        if self._is_freed and self._released is not None and noticed >= self._released:
            return
        self._noticed = noticed
        if self._band is not None and self._before is not None and self._requested is not None:
            latency = noticed - self._requested
            self._lateness = lateness_of(latency, self._band, self._before, self._context.last())
        if self._strategy.is_foreign or type(self._workload).clean_up is not Workload.clean_up:
            # The end may come long after it; where nothing is to be cleaned up, the end says it a moment later.
            self._lane.append_control([encode(Noticed(noticed, self._lateness))])
            self._lane.announce()

    def _tell_waits(self, waits: Waits) -> None:
        self._lane.append_control([encode(HeldBack(waits))])
        self._lane.announce()

    def _fail(self, error: BaseException) -> None:
        self._has_failed = True
        self._lane.append_control([encode(failure(error, self._strategy.traceback_of(error)))])
        self._lane.announce()

    def _end(self, outcome: Outcome) -> None:
        with self._turning:
            # A request or a deadline that comes in now has had its turn before our end, or is refused by the lane: so
            # requested <= ended holds for every chain that has both, and no run is called stuck after its end.
            outcome = Outcome.FAILED if self._has_failed else outcome
            self._ended = self._lane.append_control(lambda ended: self._last_records(outcome, ended), last=True)
        self._lane.announce()
        self._on_ended(self)

    def _last_records(self, outcome: Outcome, ended: int) -> Control:
        waits = self._waits.take()
        return [*([encode(HeldBack(waits))] if waits else []), encode(self._ending(outcome, ended))]

    def _ending(self, outcome: Outcome, ended: int) -> Ended:
        cleaned_up = self._cleaned_up
        if cleaned_up is not None and self._requested is not None and cleaned_up < self._requested:
            # Asked when the loop was over and its last words were being written: that cleaning was no part of this stop.
            cleaned_up = None
        worker = self.worker
        return Ended(
            outcome=outcome,
            chain=StopChain(self._clicked, self._requested, self._noticed, cleaned_up, ended),
            lines=self._context.lines,
            was_stuck=self._was_stuck,
            released=self._released,
            lateness=self._lateness,
            band=self._band,
            longest_work=self._context.longest().work,
            strategy=worker.strategy,
            workload=worker.workload,
            interval=worker.interval,
        )

    # -- from any thread -----------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Tell the collector that there is a new run, or that it was asked to stop; any thread."""
        self._lane.announce()

    def has_ended(self) -> bool:
        """Return whether its last record is written; any thread."""
        # Race: the reader may have the last record before the run's thread has put down that it is written. Both are one
        # step under the lock, so a look that waits for the lock sees either none of it or all.
        with self._turning:
            return self._ended is not None

    def request_stop(self, clicked: int | None) -> int | None:
        """Ask the run to stop; any thread. The first request counts: returns its instant, None for any later one.

        The collector is not told: call ``announce`` when nothing else is to be done. The thread that wakes now must not
        have to wait for the GIL behind the collector, which would be woken too.
        """
        with self._turning:
            if self._requested is not None:
                return None
            line = self.worker.text_on_request
            self._predict()
            request = StopRequested(clicked, line is not None, self._band, self._context.longest().work)
            records = [encode(request)] if line is None else [(Kind.LINE, line), encode(request)]
            # Records first, and the reader is told of them only after the signal: ringing the bell is a system call that
            # gives the GIL away, and beside busy threads that would put milliseconds between the instant and the signal.
            requested = self._lane.append_control(records)
            if requested is None:
                return None
            self._clicked = clicked
            self._requested = requested
            self._ask()
        self._lane.unblock()
        return requested

    def _predict(self) -> None:
        """Work out when it must notice, by what was measured so far."""
        figures = self._context.longest()
        if self._workload.interrupts:
            figures = replace(figures, work=0)
        self._before = figures
        self._band = predicted_band(self._strategy.about.notices, self.worker.interval, figures)

    def _ask(self) -> None:
        try:
            self._strategy.request_stop()
            self._workload.interrupt()
        except Exception as error:  # noqa: BLE001 - one strategy's mistake must not keep the others from being asked
            self._fail(error)

    def mark_slow(self, seconds: float) -> None:
        """Have an event say where the thread is, if it has not ended ``seconds`` s after the request; any thread."""
        if self._ended is not None:
            return
        calls = self._calls()
        with self._turning:
            if calls:
                self._lane.append_control([encode(SlowToNotice(round(seconds * 1e9), self._noticed, calls))])
        self._lane.announce()

    def mark_stuck(self, deadline: float) -> bool:
        """Count the run as stuck, ``deadline`` s after the request; False if it has ended. Any thread."""
        calls = self._calls()
        with self._turning:
            self._was_stuck = True
            stuck = Stuck(round(deadline * 1e9), self._noticed, calls)
            if self._lane.append_control([encode(stuck)]) is None:
                return False  # it ended while we looked
        self._lane.announce()
        return True

    def locate(self) -> None:
        """Have an event say where the thread is now; any thread."""
        self._lane.append_control([encode(Located(self._calls()))])
        self._lane.announce()

    def _calls(self) -> tuple[Call, ...]:
        return calls_of(self._strategy.working_ident())

    def let_go(self) -> bool:
        """Release what the thread is blocked in, as far as its workload can be; any thread. A loop that never looks ends.

        Returns:
            Whether this was the first time, of a run that was asked to stop and has not ended.
        """
        with self._turning:
            requested = self._requested
            if requested is None or self._released is not None:
                return False
            can_be_released = type(self._workload).release is not Workload.release
            released = self._lane.append_control(lambda at: [encode(Released(at - requested))])
            if released is None:
                return False
            # One that is in a pause notices by itself when that is over, and keeps its true latency.
            self._released = released
            self._is_freed = can_be_released and self._context.working and self._noticed is None
        self._lane.announce()
        self._context.release()
        # It may wait for its reader, who may be gone: its line in hand goes through, and its next one ends it.
        self._lane.unblock()
        try:
            self._workload.release()
        except Exception as error:  # noqa: BLE001 - the work's own mistake: the run says so, and the timers go on
            self._fail(error)
        return True

    def fail_to_start(self, outcome: Outcome, reason: str = "") -> None:
        """End a run whose thread will never start; the thread manager only.

        Args:
            outcome: how it ends.
            reason: why the system refused its thread; empty if it did not.
        """
        if reason:
            self._has_failed = True
            self._lane.append_control([encode(Failed(f"{reason[0].upper()}{reason[1:]}.", refused=True))])
        self._end(outcome)


def failure(error: BaseException, trace: TracebackType | None) -> Failed:
    """Return the event about an exception, with the part of its traceback that is to be shown."""
    if isinstance(error, BadInput):
        return Failed(str(error))  # a mistake of the person's, and no error of the code
    text = "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")
    return Failed("".join(traceback.format_exception_only(error)).strip(), text)


def failed_to_make(worker: Worker, error: Exception, instant: int) -> Control:
    """Return the records of a run that could not even be made, all of one instant."""
    started = Started(worker.strategy, worker.workload, worker.interval)
    ended = Ended(
        outcome=Outcome.FAILED,
        chain=StopChain(ended=instant),
        lines=0,
        was_stuck=False,
        released=None,
        lateness=None,
        band=None,
        longest_work=None,
        strategy=worker.strategy,
        workload=worker.workload,
        interval=worker.interval,
    )
    return [encode(started), encode(failure(error, error.__traceback__)), encode(ended)]
