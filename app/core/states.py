"""The words for what a run is doing and how it ended."""

from enum import StrEnum


class State(StrEnum):
    """What a run is doing; ``ready`` is a worker without a run."""

    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended.

    COMPLETED: its limit was reached. INTERRUPTED: it was asked to stop, and stopped. FAILED: an exception ended it.
    RELEASED: it was asked and never stopped; the program released what its thread was blocked in. KILLED: its process was
    ended.
    """

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    RELEASED = "released"
    KILLED = "killed"


def outcome_words(outcome: Outcome | None, *, was_stuck: bool, missing: str = "did not end") -> str:
    """Return how a run ended, for a person; ``missing`` if it has not. That a released run was stuck goes unsaid."""
    words = str(outcome) if outcome else missing
    return f"{words}, was stuck" if was_stuck and outcome is not Outcome.RELEASED else words
