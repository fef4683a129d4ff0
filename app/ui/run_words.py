"""When a run was predicted to notice, and how it ended, in words. No Qt."""

from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.states import Outcome, State

_ENDED = {
    Outcome.COMPLETED: "Completed",
    Outcome.INTERRUPTED: "Stopped",
    Outcome.FAILED: "Failed",
    Outcome.RELEASED: "Never stopped (released)",
    Outcome.KILLED: "Killed",
}
NOT_STARTED = "Not started"  # of a run that was refused its start while the window closed: it was not asked to stop


def band_words(snapshot: RunSnapshot | None) -> str:
    """Return in words when a run was predicted to notice and whether it did; empty before it is asked."""
    if snapshot is None or snapshot.chain.requested is None or snapshot.is_observed:
        return ""
    if snapshot.band is None:
        return "No prediction is possible here."
    # What is allowed for is there even where nothing else is: the least is always 0, "at once".
    predicted = f"Predicted to notice within {duration(snapshot.band[1])} of the request"
    if snapshot.outside:
        return f"{predicted}, but {snapshot.outside}."
    latency = snapshot.chain.latency
    if latency is not None:
        return f"{predicted}, and did, after {duration(latency)}."
    return f"{predicted}; it never did." if snapshot.state is State.ENDED else f"{predicted}."


def end_words(snapshot: RunSnapshot, error: str = "") -> str:
    """Return how a run that has ended did so, with the last line of its error, if one is given."""
    outcome = snapshot.outcome
    if outcome is None or (outcome is Outcome.INTERRUPTED and snapshot.chain.requested is None):
        return NOT_STARTED
    text = f"{_ENDED[outcome]}: {error}" if error else _ENDED[outcome]
    return f"{text} (was stuck)" if snapshot.was_stuck and outcome is not Outcome.RELEASED else text
