"""What is known of a run at one moment: frozen, for everybody who is not the run itself."""

from dataclasses import dataclass
from enum import StrEnum

from .batch import RunName
from .latency import StopChain
from .stacks import Call
from .worker import Worker


class State(StrEnum):
    """What a run is doing; ``ready`` is a worker without a run."""

    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


RELEASING = "releasing"  # with what the record of a release begins, as others do with the state; it stays what it is


class Outcome(StrEnum):
    """How a run ended.

    COMPLETED: its limit was reached. INTERRUPTED: it was asked to stop, and stopped. FAILED: an exception ended it.
    RELEASED: it was asked and never stopped; the program released what its thread was blocked in.
    """

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    RELEASED = "released"


def outcome_words(outcome: Outcome | None, *, was_stuck: bool, missing: str = "did not end") -> str:
    """Return how a run ended, for a person; ``missing`` if it has not. That one who was released was stuck goes unsaid."""
    words = str(outcome) if outcome else missing
    return f"{words}, was stuck" if was_stuck and outcome is not Outcome.RELEASED else words


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
        stack: where the thread was when it was slow to stop, or counted as stuck; empty otherwise.
        calls: the same, call by call, innermost last.
        worker: what it does; None where that is not known.
        band: within which ns after the request it was predicted to notice; None if that could not be told.
        outside: in words, why it noticed outside the band; empty if it did not.
        longest_work: ns of the longest piece of work that was finished; None before the first, 0 for work of no length.
        released: when the program released what its thread was blocked in; None if it did not.
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
    calls: tuple[Call, ...] = ()
    worker: Worker | None = None
    band: tuple[int, int] | None = None
    outside: str = ""
    longest_work: int | None = None
    released: int | None = None
