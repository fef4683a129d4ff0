"""The engine of observed programs: the threads of each are its runs. It starts and kills programs, and asks none to stop."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from app.core.batch import Batch, RunName
from app.core.clock import Clock
from app.core.engine import Abilities, CreditToken, Drained, NewRun, RunNumbers
from app.core.errors import BadInput
from app.core.packed_batch import merged
from app.core.program import Program
from app.core.worker import Worker
from app.programs.observed import ObservedProcess, require_observable
from app.programs.observed_program import Launch, ObservedProgram
from app.programs.observed_transcript import ObservedTranscript

# What may be between the programs and the reader. No program waits for a reader that is behind: lines beyond that are left
# out, and counted; beyond so many events, what the observer says waits in its pipe, and then in the observer.
MOST_LINES = 16_000
MOST_CHARACTERS = 16_000_000
MOST_EVENTS = 100_000
_PRESSING = MOST_LINES // 2  # lines that are not let gather any longer


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


class ObservedEngine:
    """Observes programs, each in a thread of its own.

    Args:
        clock: this process's, which is every process's of this machine.
        deadline: seconds from a request until a thread that lives gets its verdict.
        timeout: seconds until every thread gets its verdict and the process is killed; None for never.
    """

    def __init__(self, clock: Clock, *, deadline: float, timeout: float | None = None) -> None:
        self.abilities = Abilities(let_go=False, in_flight=MOST_LINES, kill=True, stop=False)
        self._clock = clock
        self._deadline = deadline
        self._timeout = timeout
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
        self._begin(partial(self._start_apart, program), self._clock.now(), run, name, numbers)

    def attach(self, process: ObservedProcess, run: int, name: RunName, numbers: RunNumbers) -> ObservedProgram:
        """Observe a program that was just started, as ``observe`` does; return it."""
        return self._begin(lambda: process, process.begun, run, name, numbers)

    def _begin(self, launch: Launch, begun: int, run: int, name: RunName, numbers: RunNumbers) -> ObservedProgram:
        def take(thread: str) -> tuple[int, RunName]:
            taken = numbers.take(thread)
            with self._lock:
                self._by_run[taken[0]] = observed
            return taken

        transcript = ObservedTranscript(self._clock.now, begun, run, name, take)
        observed = ObservedProgram(transcript, self, launch, self._timeout)
        with self._lock:
            self._programs.append(observed)
            self._by_run[run] = observed
        observed.begin()
        return observed

    def _start_apart(self, program: Program) -> ObservedProcess:
        """Start a program without a terminal; its own thread."""
        require_observable(program.interpreter)
        if self._is_closing:
            raise BadInput("It was not started: Thread Controller is being closed.")
        return ObservedProcess(program, self._deadline, None, printed=True, in_terminal=False)

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Do nothing: a thread of an observed program is asked by that program alone."""

    def let_go(self, run: int) -> None:
        """Do nothing: what its thread is blocked in is not ours."""

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Kill the program that a run is a thread of; all its threads have ended, as *killed*, once it is gone."""
        with self._lock:
            observed = self._by_run.get(run)
        if observed is not None:
            observed.kill(clicked)

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
            observed.kill(None)
        for observed in programs:
            observed.join()

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

    # -- what programs say, by their threads -------------------------------------------------------------------------

    def come(self, batch: Batch) -> None:
        """Have a batch read."""
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

    def takes_lines(self) -> bool:
        """Return whether there is room for lines on the way to the reader."""
        return self._flight.lines < MOST_LINES and self._flight.characters < MOST_CHARACTERS

    def is_behind(self) -> bool:
        """Return whether more events are on the way to the reader than may be."""
        return self._flight.events > MOST_EVENTS

    def ended(self, program: ObservedProgram) -> None:
        """Forget a program that is over."""
        with self._lock:
            self._programs.remove(program)
            for run in [run for run, each in self._by_run.items() if each is program]:
                del self._by_run[run]
        self._ring()


def _nothing() -> None:
    """Do nothing: no reader is there yet."""
