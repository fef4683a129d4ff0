"""One run: its thread, its stop chain, its outcome."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from .batch import Kind, RunName
from .beat import Beat, LimitReached
from .clock import Clock
from .lane import Lane
from .latency import StopChain, duration
from .stacks import stack_of
from .strategies import Strategy
from .worker import Worker
from .workloads import Workload


class State(StrEnum):
    """What a run is doing; ``ready`` is a worker without a run."""

    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended: its limit was reached, it was asked to stop, or an exception ended it."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """What is known of a run at one moment; instants are ``perf_counter_ns``.

    Attributes:
        run: the run's id.
        name: its worker and number.
        state: what it is doing.
        outcome: how it ended; None while it lives.
        lines: numbered lines written so far.
        started: just before ``Thread.start()``; None before.
        chain: the instants of its stop.
        was_stuck: whether it was still alive after the deadline.
        native_id: the operating system's number of the thread; None before it runs.
        error: the traceback that ended it; empty otherwise.
        stack: where the thread was when it counted as stuck; empty otherwise.
    """

    run: int
    name: RunName
    state: State
    outcome: Outcome | None
    lines: int
    started: int | None
    chain: StopChain
    was_stuck: bool
    native_id: int | None
    error: str
    stack: str


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
        on_ended: "Callable[[Run], None]",
    ) -> None:
        self.run = run
        self.name = name
        self.worker = worker
        self.started: int | None = None
        # A daemon, so that a thread that nobody can stop does not keep the process; the program's end waits for the
        # others by itself, and leaves by os._exit if one is left.
        self.thread = threading.Thread(target=self._live, name=f"{name.worker} #{name.number}", daemon=True)
        self._strategy = strategy(self.thread)
        self._workload = workload()
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
        self._running = False
        self._was_stuck = False
        self._released = False
        self._error = ""
        self._stack = ""
        self._beat = Beat(
            append=lane.line,
            render=render,
            work=self._workload.work,
            noticed=self._notice,
            clock=clock,
            interval=worker.interval,
            limit=worker.limit,
        )
        lane.post([(Kind.STATE, State.STARTING)])

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
        finally:
            try:
                self._workload.clean_up()
            finally:
                self._cleaned_up = self._clock.now()
        return Outcome.INTERRUPTED

    def _notice(self) -> None:
        # Who was let go by the harness did not notice: the work was broken for it, after the deadline.
        if not self._released:
            self._noticed = self._clock.now()

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
            self._ended = self._lane.post([(Kind.STATE, self._ending(outcome))], last=True)
        self._lane.announce()
        self._on_ended(self)

    def _ending(self, outcome: Outcome) -> str:
        chain = StopChain(requested=self._requested, noticed=self._noticed)
        text = f"{State.ENDED}: {outcome}"
        if chain.latency is not None:
            text += f", noticed {duration(chain.latency)} after the request"
        elif self._requested is not None and outcome is Outcome.INTERRUPTED:
            text += ", never noticed"
        return text + (", was stuck" if self._was_stuck else "")

    # -- from any thread -----------------------------------------------------------------------------------------

    def announce(self) -> None:
        """Tell the collector that there is a new run; any thread."""
        self._lane.announce()

    def request_stop(self, clicked: int | None) -> int | None:
        """Ask the run to stop; any thread. The first request counts: returns its instant, None for any later one."""
        with self._turning:
            if self._requested is not None:
                return None
            records = [(Kind.STATE, f"{State.STOPPING}: asked to stop")]
            if self.worker.text_on_request is not None:
                records.insert(0, (Kind.LINE, self.worker.text_on_request))
            # Records first, and the reader is told of them only after the signal: ringing the bell is a system call that
            # gives the GIL away, and beside busy threads that would put milliseconds between the instant and the signal.
            requested = self._lane.post(records)
            if requested is None:
                return None
            self._clicked = clicked
            self._requested = requested
            self._ask()
        self._lane.hurry()
        self._lane.announce()
        return requested

    def _ask(self) -> None:
        try:
            self._strategy.request_stop()
            self._workload.interrupt()
        except Exception as error:  # noqa: BLE001 - one strategy's mistake must not keep the others from being asked
            self._fail(error)

    def mark_stuck(self, deadline: float) -> bool:
        """Count the run as stuck, keep its stack, and let its workload go; False if it has ended. Any thread.

        Args:
            deadline: the seconds that it was given, for the sentence.
        """
        stack = stack_of(self.thread.ident)
        text = f"{State.STUCK}: not ended {duration(deadline * 1e9)} after it was asked to stop"
        with self._turning:
            # Known before it is told: who reads the record and then asks finds it so.
            self._was_stuck, self._stack = True, stack
            if self._lane.post([(Kind.STATE, f"{text}\n{stack}" if stack else text)]) is None:
                self._was_stuck, self._stack = False, ""
                return False  # it ended while we looked
        self._lane.announce()
        # A workload that has nothing to let go keeps the run's true latency.
        self._released = type(self._workload).release is not Workload.release
        self._workload.release()
        return True

    def abandon(self, outcome: Outcome, reason: str = "") -> None:
        """End a run whose thread will never start; the controller's keeper only."""
        if reason:
            self._error = reason
            self._lane.post([(Kind.ERROR, reason)])
        self._end(outcome)

    def snapshot(self) -> RunSnapshot:
        """Return what is known now; any thread."""
        # Read backwards in time: what is read later may be newer than what was read first, and this way no chain is seen
        # with an end but without the instants before it.
        ended, cleaned_up, noticed = self._ended, self._cleaned_up, self._noticed
        if cleaned_up is not None and self._requested is not None and cleaned_up < self._requested:
            # Asked when the loop was over and its last words were being written: that cleaning was no part of this stop.
            cleaned_up = None
        chain = StopChain(self._clicked, self._requested, noticed, cleaned_up, ended)
        return RunSnapshot(
            run=self.run,
            name=self.name,
            state=self._state(ended),
            outcome=self._outcome if ended is not None else None,
            lines=self._beat.lines,
            started=self.started,
            chain=chain,
            was_stuck=self._was_stuck,
            native_id=self.thread.native_id,
            error=self._error,
            stack=self._stack,
        )

    def state(self) -> State:
        """Return what the run is doing; any thread."""
        return self._state(self._ended)

    def snapshot_with_stack(self) -> RunSnapshot:
        """Return what is known now, with the stack of this moment; any thread."""
        return replace(self.snapshot(), stack=stack_of(self.thread.ident))

    def _state(self, ended: int | None) -> State:
        if ended is not None:
            return State.ENDED
        if self._was_stuck:
            return State.STUCK
        if self._requested is not None:
            return State.STOPPING
        return State.RUNNING if self._running else State.STARTING
