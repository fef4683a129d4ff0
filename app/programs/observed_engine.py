"""The engine of observed programs: the threads of each are its runs. It starts and kills programs, and asks none to stop."""

import contextlib
import os
import selectors
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from app.core.batch import LINES, Batch, RunName
from app.core.clock import Clock
from app.core.engine import Abilities, CreditToken, Drained, NewRun, RunNumbers
from app.core.errors import BadInput
from app.core.packed_batch import merged
from app.core.program import Program
from app.core.wake import Wake
from app.core.worker import Worker
from app.programs.deaths import MOST_TAIL, tail_text
from app.programs.observation import Observation
from app.programs.observed import ObservedProcess, require_observable
from app.programs.observed_transcript import ObservedTranscript

# What may be between the programs and the reader. No program waits for a reader that is behind: lines beyond that are left
# out, and counted; beyond so many events, what the observer says waits in its pipe, and then in the observer.
MOST_LINES = 16_000
MOST_CHARACTERS = 16_000_000
MOST_EVENTS = 100_000
_PRESSING = MOST_LINES // 2  # lines that are not let gather any longer
_AT_ONCE = 2**16  # bytes: as much as a pipe holds
_LOOK = 0.25  # seconds between two looks at whether a process is over, or at whether its events can be read again
_LAST_VERDICTS = 2.0  # seconds that the observer has for its last verdicts, after the time-out
_MOST_READS = 1_024  # of what a process that is over left in its pipes: they hold a few hundred kilobytes

Launch = Callable[[Program], ObservedProcess]


@dataclass(frozen=True, slots=True)
class _Weight:
    """How much a batch is, or several."""

    lines: int = 0
    characters: int = 0
    events: int = 0

    def plus(self, other: "_Weight", sign: int = 1) -> "_Weight":
        """Return both together, or one without the other."""
        return _Weight(
            self.lines + sign * other.lines,
            self.characters + sign * other.characters,
            self.events + sign * other.events,
        )


class _ProgramToken(CreditToken):
    """What one batch takes of what may be on its way to the reader."""

    __slots__ = ("weight",)

    def __init__(self, owner: "ObservedEngine", weight: _Weight) -> None:
        super().__init__(owner)
        self.weight = weight


class ObservedProgram:
    """One program: its process, and what it says; most of it is of its own thread.

    Attributes:
        status: its exit status, negative for a signal; None while it runs, or if it could not be started.
        is_killed: whether it was killed here.
        is_over: whether it has ended.
    """

    def __init__(self, transcript: ObservedTranscript, process: ObservedProcess | None) -> None:
        self.transcript = transcript
        self.process = process
        self.status: int | None = None
        self.is_killed = False
        self.is_over = False
        self.wake = Wake()
        self.tasks: deque[Callable[[], None]] = deque()  # bounded by the orders of a person
        self.tail = b""
        self.kill_at: float | None = None
        self.left_out = 0  # lines of which it was not said that they are left out
        self.thread: threading.Thread | None = None

    @property
    def seen(self) -> Observation:
        """What was seen of it; while it runs, only its thread may look."""
        return self.transcript.seen

    def do(self, task: Callable[[], None]) -> None:
        """Have its thread do something; any thread."""
        self.tasks.append(task)
        self.wake.set()


class ObservedEngine:
    """Observes programs, each with a thread here, which starts it, reads what it says, and buries it.

    Args:
        clock: this process's, which is every process's of this machine.
        deadline: seconds from a request until a thread that lives gets its verdict.
        timeout: seconds until every thread gets its verdict and the process is killed; None for never.
        launch: starts a program; None for one without a terminal.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        deadline: float,
        timeout: float | None = None,
        launch: Launch | None = None,
    ) -> None:
        self.abilities = Abilities(let_go=False, in_flight=MOST_LINES, kill=True, stop=False)
        self._clock = clock
        self._deadline = deadline
        self._timeout = timeout
        self._launch = launch or self._launch_apart
        self._lock = threading.Lock()
        self._programs: list[ObservedProgram] = []  # those that run
        self._by_run: dict[int, ObservedProgram] = {}  # by the run of a thread, of programs that run
        self._flight = _Weight()
        self._is_closing = False
        self._is_armed = True
        self._ring: Callable[[], None] = _nothing
        self._came: deque[tuple[Batch, _ProgramToken]] = deque()  # bounded by what may be on its way
        self._pressing = 0  # lines that came since the last drain

    # -- orders ----------------------------------------------------------------------------------------------------

    def check(self, worker: Worker) -> None:
        """Raise BadInput: no worker runs here."""
        raise BadInput(f"engine: {worker.engine} observes programs, and runs no worker.", "engine")

    def start(self, *runs: NewRun) -> None:
        """Do nothing: no worker runs here."""

    def observe(self, program: Program, run: int, name: RunName, numbers: RunNumbers) -> None:
        """Start a program, whose main thread is a run of this id and name; its other threads take theirs of ``numbers``."""
        self._add(program, None, run, name, numbers)

    def attach(
        self, program: Program, process: ObservedProcess, run: int, name: RunName, numbers: RunNumbers
    ) -> ObservedProgram:
        """Observe a program that was just started, as ``observe`` does; return it."""
        return self._add(program, process, run, name, numbers)

    def _add(
        self, program: Program, process: ObservedProcess | None, run: int, name: RunName, numbers: RunNumbers
    ) -> ObservedProgram:
        def take(thread: str) -> tuple[int, RunName]:
            taken = numbers.take(thread)
            with self._lock:
                self._by_run[taken[0]] = observed
            return taken

        observed = ObservedProgram(ObservedTranscript(self._clock.now, run, name, take), process)
        with self._lock:
            self._programs.append(observed)
            self._by_run[run] = observed
        self._come(observed.transcript.begin())
        observed.thread = threading.Thread(
            target=self._live, args=(observed, program), name="observed program", daemon=True
        )
        observed.thread.start()
        return observed

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Do nothing: a thread of an observed program is asked by that program alone."""

    def let_go(self, run: int) -> None:
        """Do nothing: what its thread is blocked in is not ours."""

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Kill the program that a run is a thread of; all its threads have ended, as *killed*, once it is gone."""
        with self._lock:
            observed = self._by_run.get(run)
        if observed is not None:
            observed.do(partial(self._kill, observed, clicked))

    def locate(self, run: int) -> None:
        """Do nothing: where its thread is, the observer says when it looks why it goes on."""

    def set_deadline(self, deadline: float) -> None:
        """Have the threads of programs that are started from now on get their verdicts so many seconds after a request."""
        self._deadline = deadline

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new programs; those that run go on: they can only be killed."""
        self._is_closing = True

    def reopen(self) -> None:
        """Take new programs again after ``close``."""
        self._is_closing = False

    def shutdown(self) -> None:
        """Kill every program, and wait until each is gone. After ``close``."""
        self._is_closing = True
        with self._lock:
            programs = list(self._programs)
        for observed in programs:
            observed.do(partial(self._kill, observed, None))
        for observed in programs:
            if observed.thread is not None:
                observed.thread.join()

    # -- the stream ------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain."""
        self._ring = ring

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already."""
        self._is_armed = True
        if self._came:
            self._is_armed = False
            return False
        return True

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has. The reader's thread only."""
        found = [self._came.popleft() for _ in range(len(self._came))]
        self._pressing = 0
        if not found:
            return None
        return Drained(merged([batch for batch, _ in found]), tuple(token for _, token in found))

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Give credit back for batches that were read, or committed; any thread."""
        with self._lock:
            for token in tokens:
                if isinstance(token, _ProgramToken):
                    self._flight = self._flight.plus(token.weight, -1)

    def _come(self, batch: Batch) -> None:
        """Have a batch read; any thread."""
        if not len(batch):
            return
        lines = sum(batch.line_counts().values())
        characters = sum(map(len, batch.texts)) if lines else 0
        weight = _Weight(lines, characters, len(batch) - lines)
        with self._lock:
            self._flight = self._flight.plus(weight)
        self._came.append((batch, _ProgramToken(self, weight)))
        self._pressing += lines
        if self._pressing >= _PRESSING:
            # A reader that lets lines gather is not armed, and is woken all the same.
            self._is_armed = True
        # The reader arms before it looks a last time, and we look whether it is armed after we appended.
        if self._is_armed:
            self._is_armed = False
            self._ring()

    def _has_room(self) -> bool:
        """Return whether lines are taken."""
        return self._flight.lines < MOST_LINES and self._flight.characters < MOST_CHARACTERS

    # -- a program's thread ----------------------------------------------------------------------------------------

    def _live(self, observed: ObservedProgram, program: Program) -> None:
        try:
            self._run(observed, program)
        except Exception:  # noqa: BLE001 - a mistake of ours: its runs must not live for ever
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            if observed.process is not None:
                observed.process.kill()
            with contextlib.suppress(Exception):
                self._come(observed.transcript.end(-9, "", killed=True))
        finally:
            observed.wake.close()
            with self._lock:
                self._programs.remove(observed)
                for run in [run for run, each in self._by_run.items() if each is observed]:
                    del self._by_run[run]
            observed.is_over = True
            self._ring()

    def _run(self, observed: ObservedProgram, program: Program) -> None:
        process = observed.process
        if process is None:
            try:
                require_observable(program.interpreter)
                if self._is_closing:
                    raise BadInput("It was not started: Thread Controller is being closed.")
                process = observed.process = self._launch(program)
            except BadInput as error:
                self._come(observed.transcript.fail(str(error)))
                return
        if self._timeout is not None:
            observed.kill_at = time.monotonic() + self._timeout
        with selectors.DefaultSelector() as selector:
            for descriptor in (observed.wake.fileno(), process.records, process.errors, process.exited):
                if descriptor >= 0:
                    selector.register(descriptor, selectors.EVENT_READ)
            while not self._step(observed, process, selector):
                pass
        self._bury(observed, process)

    def _launch_apart(self, program: Program) -> ObservedProcess:
        return ObservedProcess(program, self._deadline, None, printed=True, in_terminal=False)

    def _step(self, observed: ObservedProgram, process: ObservedProcess, selector: selectors.BaseSelector) -> bool:
        """Wait for something and do what is to be done; return whether the process is over."""
        observed.wake.clear()
        while observed.tasks:
            observed.tasks.popleft()()
        ready = {key.fd for key, _ in selector.select(self._patience(observed, process))}
        for descriptor in (process.records, process.errors):
            if descriptor in ready and not self._read(observed, process, descriptor):
                selector.unregister(descriptor)
        if observed.kill_at is not None and time.monotonic() >= observed.kill_at:
            self._time_out(observed)
        is_over = process.exited in ready or process.has_exited()
        if not is_over and self._flight.events > MOST_EVENTS:
            observed.wake.wait(_LOOK)  # the reader is far behind: what is to be read waits meanwhile
        return is_over

    def _patience(self, observed: ObservedProgram, process: ObservedProcess) -> float | None:
        """Return for how many seconds nothing is to be done unless something comes; None for ever."""
        waits = [_LOOK] if process.exited < 0 else []
        if observed.kill_at is not None:
            ahead = observed.kill_at - time.monotonic()
            waits.append(ahead if ahead > 0 else max(0.0, ahead + _LAST_VERDICTS))
        return min(waits, default=None)

    def _read(self, observed: ObservedProgram, process: ObservedProcess, descriptor: int) -> bool:
        """Read once from a pipe; return whether there may be more, now or later."""
        try:
            data = os.read(descriptor, _AT_ONCE)
        except BlockingIOError:
            return True
        if descriptor == process.errors:
            observed.tail = (observed.tail + data)[-MOST_TAIL:]
        elif data:
            self._take(observed, observed.transcript.feed(data))
        return bool(data)

    def _take(self, observed: ObservedProgram, batch: Batch) -> None:
        """Have a batch read, without its lines where too many are on their way; the program does not wait."""
        if not self._has_room():
            lines = sum(batch.line_counts().values())
            observed.left_out += lines
            batch = without_lines(batch) if lines else batch
        elif observed.left_out:
            left_out, observed.left_out = observed.left_out, 0
            self._come(
                observed.transcript.note(f"{left_out:,} lines were left out: they came faster than they were read.")
            )
        self._come(batch)

    def _time_out(self, observed: ObservedProgram) -> None:
        """Kill a program whose time is over, once the observer has looked why its threads go on."""
        assert self._timeout is not None
        assert observed.kill_at is not None
        if observed.seen.has_timed_out or time.monotonic() >= observed.kill_at + _LAST_VERDICTS:
            observed.kill_at = None
            self._kill(observed, None)

    def _kill(self, observed: ObservedProgram, clicked: int | None) -> None:
        if observed.process is None or observed.process.has_exited():
            return
        observed.is_killed = True
        self._come(observed.transcript.kill(observed.process.pid, clicked))
        observed.process.kill()

    def _bury(self, observed: ObservedProgram, process: ObservedProcess) -> None:
        """Read the last of a program that is over, and say of its threads how they ended."""
        for descriptor in (process.records, process.errors):
            # What it said is in the pipes; what its own children hold open does not count.
            for _ in range(_MOST_READS):
                if descriptor < 0 or not _is_readable(descriptor) or not self._read(observed, process, descriptor):
                    break
        observed.status = process.wait()
        process.close()
        self._come(observed.transcript.end(observed.status, tail_text(observed.tail), killed=observed.is_killed))


def without_lines(batch: Batch) -> Batch:
    """Return the records of a batch that are no lines."""
    kept = Batch()
    for record in batch:
        if record.kind not in LINES:
            name = batch.names[record.run]
            kept.add(record.run, name, array("q", (record.instant,)), bytes((record.kind,)), (record.text,))
    return kept


def _is_readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _nothing() -> None:
    """Do nothing: no reader is there yet."""
