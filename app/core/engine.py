"""The engine protocol: what runs live in, and how it is spoken to. Only ids, frozen values and opaque tokens cross it."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from .batch import Batch, RunName
from .program import Program
from .worker import Worker


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an engine can do, so that the window and the command line offer what is possible.

    Attributes:
        let_go: it can release what the thread of a stuck run is blocked in.
        in_flight: the most lines that may be between its runs and the reader.
        kill: it can end a run for certain, whatever its thread does.
        stop: it can ask a run to stop; a thread of an observed program is asked by that program alone.
    """

    let_go: bool
    in_flight: int
    kill: bool = False
    stop: bool = True


class RunNumbers:
    """Gives out the ids of runs, from 1, and of each name its numbers, from 1; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run = 0
        self._numbers: dict[str, int] = {}

    def take(self, name: str) -> tuple[int, RunName]:
        """Return the id of a new run, and its name with its number."""
        with self._lock:
            self._run += 1
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            return self._run, RunName(name, number)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be started: its id, from 1 and never used before, its worker's name and number, and what it does."""

    run: int
    name: RunName
    worker: Worker


class CreditToken:
    """What is owed for a batch until that was read, or committed; opaque to all but ``owner``, which takes it back."""

    __slots__ = ("owner",)

    def __init__(self, owner: "CreditOwner") -> None:
        self.owner = owner


class CreditOwner(Protocol):
    """What credit is given back to."""

    def release(self, tokens: "Iterable[CreditToken]") -> None:
        """Give credit back for batches that were read, or committed, all at once; any thread."""


@dataclass(frozen=True, slots=True)
class Drained:
    """One drain of an engine, or of several: the batch, and the tokens to be released once it was read."""

    batch: Batch
    tokens: tuple[CreditToken, ...] = field(default=(), repr=False)


class Engine(CreditOwner, Protocol):
    """What runs live in: the threads of this process, or another process. Any thread may give orders; none waits.

    What becomes of an order is told by the stream of batches alone. Orders for runs that have ended, or never were, are
    passed over.
    """

    abilities: Abilities

    def check(self, worker: Worker) -> None:
        """Raise BadInput if a worker, which the catalogue knows, cannot be run here; the controller's thread."""

    def start(self, *runs: NewRun) -> None:
        """Start runs whose workers the catalogue knows; their threads start together, a little later."""

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Ask a run to stop; the first request counts. ``clicked`` is the instant of a person's action."""

    def let_go(self, run: int) -> None:
        """Release what the thread of a run is blocked in; only of a run that was asked to stop, and once."""

    def kill(self, run: int, clicked: int | None = None) -> None:
        """End a run for certain, with the process that it lives in; passed over by an engine that cannot."""

    def locate(self, run: int) -> None:
        """Have an event say where the thread of a run is."""

    def set_deadline(self, deadline: float) -> None:
        """Have a run count as stuck that has not ended ``deadline`` s after a request from now on."""

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new runs, ask every run to stop, let go of those that are stuck, and ``deadline`` s later of all others."""

    def reopen(self) -> None:
        """Take new runs again after ``close``; what was asked to stop, or let go, stays so, and no more is let go."""

    def shutdown(self) -> None:
        """End the engine's own threads, and wait for that; runs that are still alive are left behind. After close."""

    # -- the stream: the reader's thread only --------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain; once, before the first run."""

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already."""

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has. The batch may be empty where only credit came back."""


class ProgramEngine(Engine, Protocol):
    """Observes programs, whose threads are its runs: those that come to be later say so by their events alone."""

    def observe(self, program: Program, run: int, name: RunName, numbers: RunNumbers) -> None:
        """Start a program, whose main thread is a run of this id and name; never waits.

        Where it cannot be started or observed, the run has failed, and says why.
        """
