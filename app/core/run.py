"""One run: its thread, its stop chain, its outcome."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import replace

from .batch import Kind, RunName
from .beat import Beat, LimitReached, Released
from .chain_record import record_of
from .clock import Clock
from .lane import Lane, Posts
from .latency import StopChain, duration, release_words
from .prediction import Figures, predicted_band, why_outside
from .snapshot import RELEASING, Outcome, RunSnapshot, State
from .stacks import Call, calls_of, stack_text
from .strategies import Strategy
from .worker import Worker
from .workloads import Workload

__all__ = ["RELEASING", "Outcome", "Run", "RunSnapshot", "State"]


class Run:
    """One life of one thread of a worker.

    Args:
        run: the run's id.
        name: the worker's name and the run's number.
        worker: what to do.
        strategy, workload: the classes that do it.
        render: from a line's number to its text.
        lane: where its records go.
        clock: stamps its instants, and passes its pauses.
        origin: the beginning of the sitting, a ``perf_counter_ns``, from which the chain's record counts.
        on_ended: called by the run's thread as the last thing that it does.
    """

    def __init__(
        self,
        run: int,
        name: RunName,
        worker: Worker,
        strategy: type[Strategy],
        workload: type[Workload],
        render: Callable[[int], str],
        lane: Lane,
        clock: Clock,
        origin: int,
        on_ended: "Callable[[Run], None]",
    ) -> None:
        self.run = run
        self.name = name
        self.worker = worker
        self._origin = origin
        self.started: int | None = None
        self.thread = strategy.make_thread(self._live, f"{name.worker} #{name.number}")
        self._strategy = strategy(self.thread)
        self._workload = workload(**dict(worker.parameters))
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
        self._outcome: Outcome | None = None
        self._running = self._was_stuck = False
        self._released: int | None = None
        self._is_freed = (
            False  # it was released in the middle of work that can be: what it notices then, it owes to that
        )
        self._error = ""
        self._calls: tuple[Call, ...] = ()  # where it was when it was slow to stop, or stuck
        self._before: Figures | None = None  # what was measured before the request
        self._band: tuple[int, int] | None = None
        self._outside = ""
        self._beat = self._make_beat(render)
        what = f"{worker.strategy}, {worker.workload}, every {worker.interval:g} s"
        lane.post([(Kind.STATE, f"{State.STARTING}: {what}")])

    def _make_beat(self, render: Callable[[int], str]) -> Beat:
        works = type(self._workload).work is not Workload.work
        return Beat(
            append=self._lane.line,
            render=render,
            work=self._workload.work if works else None,
            noticed=self._notice,
            clock=self._clock,
            interval=self.worker.interval,
            limit=self.worker.limit,
        )

    # -- in the run's own thread ---------------------------------------------------------------------------------

    def _live(self) -> None:
        """Be the thread: loop, clean up, say how it ended."""
        self._running = True
        self._lane.post([(Kind.STATE, f"{State.RUNNING}: native id {self.thread.native_id}")])
        self._lane.announce()
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

    def _loop(self) -> Outcome:
        try:
            self._strategy.loop(self._beat)
        except LimitReached:
            return Outcome.COMPLETED
        except Released:
            return Outcome.RELEASED
        finally:
            try:
                self._workload.clean_up()
            finally:
                self._cleaned_up = self._clock.now()
        return Outcome.RELEASED if self._is_freed and self._noticed is None else Outcome.INTERRUPTED

    def _notice(self, at: int | None = None) -> None:
        noticed = self._clock.now() if at is None else at
        # Race: it may notice while it is being released, and the first counts. The release is stamped, then told here, and
        # only then takes effect: a thread that does not see it yet has noticed by itself.
        if self._is_freed and self._released is not None and noticed >= self._released:
            return
        self._noticed = noticed
        if self._band is not None and self._before is not None and self._requested is not None:
            self._outside = why_outside(noticed - self._requested, self._band, self._before, self._beat.last())

    def _fail(self, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error)).rstrip("\n")
        summary = "".join(traceback.format_exception_only(error)).strip()
        self._error = text
        self._lane.post([(Kind.ERROR, f"{summary}\n{text}")])
        self._lane.announce()

    def _end(self, outcome: Outcome) -> None:
        with self._turning:
            # A request or a deadline that comes in now has had its turn before our end, or is refused by the lane: so
            # requested <= ended holds for every chain that has both, and no run is called stuck after its end.
            self._outcome = outcome = Outcome.FAILED if self._error else outcome
            self._ended = self._lane.post(lambda ended: self._last_words(outcome, ended), last=True)
        self._lane.announce()
        self._on_ended(self)

    def _last_words(self, outcome: Outcome, ended: int) -> Posts:
        chain = record_of(replace(self._snapshot(ended), outcome=outcome), self._origin)
        return [(Kind.STATE, self._ending(outcome)), (Kind.CHAIN, chain.text())]

    def _ending(self, outcome: Outcome) -> str:
        chain = StopChain(requested=self._requested, noticed=self._noticed)
        text = f"{State.ENDED}: {outcome}"
        if outcome is Outcome.RELEASED:
            return f"{text}, {release_words(self._requested, self._released)}"
        if chain.latency is not None:
            text += f", noticed {duration(chain.latency)} after the request"
        elif self._requested is not None and outcome is Outcome.INTERRUPTED:
            text += ", never noticed"
        if self._was_stuck:
            text += ", was stuck"
        if self._noticed is not None and self._released is not None and self._noticed < self._released:
            # What it was still doing then was its cleaning up.
            text += f", let go {duration(self._released - self._noticed)} later"
        return text

    # -- from any thread -----------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Tell the collector that there is a new run, or that it was asked to stop; any thread."""
        self._lane.announce()

    def request_stop(self, clicked: int | None) -> int | None:
        """Ask the run to stop; any thread. The first request counts: returns its instant, None for any later one.

        The collector is not told: call ``announce`` when nothing else is to be done. Whoever wakes now must not have to wait
        for the GIL behind the collector, which would be woken too.
        """
        with self._turning:
            if self._requested is not None:
                return None
            records = [(Kind.STATE, f"{State.STOPPING}: asked to stop")]
            if self.worker.text_on_request is not None:
                records.insert(0, (Kind.LINE, self.worker.text_on_request))
            self._predict()
            # Records first, and the reader is told of them only after the signal: ringing the bell is a system call that
            # gives the GIL away, and beside busy threads that would put milliseconds between the instant and the signal.
            requested = self._lane.post(records)
            if requested is None:
                return None
            self._clicked = clicked
            self._requested = requested
            self._ask()
        self._lane.hurry()
        return requested

    def _predict(self) -> None:
        """Work out when it must notice, by what was measured so far."""
        figures = self._beat.longest()
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

    def mark_stuck(self, deadline: float) -> bool:
        """Count the run as stuck and keep its stack; False if it has ended. Any thread.

        Args:
            deadline: the seconds that it was given, for the sentence.
        """
        calls = calls_of(self._strategy.working_ident())
        text = f"{State.STUCK}: not ended {duration(deadline * 1e9)} after it was asked to stop"
        with self._turning:
            # Known before it is told: who reads the record and then asks finds it so.
            before, self._was_stuck, self._calls = self._calls, True, calls
            if self._lane.post([(Kind.STATE, _with_stack(text, calls))]) is None:
                self._was_stuck, self._calls = False, before
                return False  # it ended while we looked
        self._lane.announce()
        return True

    def let_go(self) -> bool:
        """Release what the thread is blocked in, as far as its workload can be; any thread. A loop that never looks ends.

        Returns:
            Whether this was the first time, of a run that was asked to stop and has not ended.
        """
        with self._turning:
            if self._requested is None or self._released is not None:
                return False
            can_be_released = type(self._workload).release is not Workload.release
            released = self._lane.post(self._release_record)
            if released is None:
                return False
            # One that is in a pause notices by itself when that is over, and keeps its true latency.
            self._released = released
            self._is_freed = can_be_released and self._beat.working and self._noticed is None
        self._lane.announce()
        self._beat.release()
        # It may wait for its reader, who may be gone: its line in hand goes through, and its next one ends it.
        self._lane.hurry()
        try:
            self._workload.release()
        except Exception as error:  # noqa: BLE001 - the work's own mistake: the run says so, and the timers go on
            self._fail(error)
        return True

    def _release_record(self, released: int) -> Posts:
        after = duration(released - (self._requested or released))
        text = (
            f"{RELEASING}: Thread Controller releases what its thread is blocked in, {after} after it was asked to stop"
        )
        return [(Kind.STATE, text)]

    def mark_slow(self, seconds: float) -> None:
        """Keep where the thread is, if it has not ended by now; any thread.

        Args:
            seconds: how long ago it was asked, for the sentence.
        """
        if self._ended is not None:
            return
        calls = calls_of(self._strategy.working_ident())
        what = "not noticed" if self._noticed is None else "noticed, but not ended"
        text = f"{State.STOPPING}: {what} {duration(seconds * 1e9)} after it was asked; it is here"
        with self._turning:
            if calls and self._lane.post([(Kind.STATE, _with_stack(text, calls))]) is not None:
                self._calls = calls
        self._lane.announce()

    def abandon(self, outcome: Outcome, reason: str = "") -> None:
        """End a run whose thread will never start; the controller's keeper only."""
        if reason:
            self._error = reason
            self._lane.post([(Kind.ERROR, reason)])
        self._end(outcome)

    def snapshot(self) -> RunSnapshot:
        """Return what is known now; any thread."""
        # The end first, and what came before it later: what is read later may be newer, and this way no chain is seen
        # with an end but without the instants before it.
        return self._snapshot(self._ended)

    def _snapshot(self, ended: int | None) -> RunSnapshot:
        cleaned_up, noticed = self._cleaned_up, self._noticed
        calls = self._calls
        return RunSnapshot(
            run=self.run,
            name=self.name,
            state=self._state(ended),
            outcome=self._outcome if ended is not None else None,
            lines=self._beat.lines,
            started=self.started,
            chain=self._chain(ended, cleaned_up, noticed),
            was_stuck=self._was_stuck,
            native_id=self.thread.native_id,
            error=self._error,
            stack=stack_text(calls) if calls else "",
            calls=calls,
            worker=self.worker,
            band=self._band,
            outside=self._outside,
            longest_work=self._beat.longest().work,
            released=self._released,
        )

    def _chain(self, ended: int | None, cleaned_up: int | None, noticed: int | None) -> StopChain:
        if cleaned_up is not None and self._requested is not None and cleaned_up < self._requested:
            # Asked when the loop was over and its last words were being written: that cleaning was no part of this stop.
            cleaned_up = None
        return StopChain(self._clicked, self._requested, noticed, cleaned_up, ended)

    def state(self) -> State:
        """Return what the run is doing; any thread."""
        return self._state(self._ended)

    def snapshot_with_stack(self) -> RunSnapshot:
        """Return what is known now, with the stack of this moment; any thread."""
        calls = calls_of(self._strategy.working_ident())
        return replace(self.snapshot(), stack=stack_text(calls), calls=calls)

    def _state(self, ended: int | None) -> State:
        if ended is not None:
            return State.ENDED
        if self._was_stuck:
            return State.STUCK
        if self._requested is not None:
            return State.STOPPING
        return State.RUNNING if self._running else State.STARTING


def _with_stack(text: str, calls: tuple[Call, ...]) -> str:
    return f"{text}\n{stack_text(calls)}" if calls else text
