"""What is said of a stop: whether the thread or the window caused its delay; no Qt."""

from app.core.fold import RunSnapshot
from app.core.latency import StopChain, duration, release_words
from app.core.states import Outcome, State, outcome_words
from app.ui.chain.logic import Whose, gaps, segments, thread_ns, window_ns

# What Let go does: the tooltip of everything that does it.
LET_GO = (
    "Releases the blocking call or lock from outside so that the thread can end. Your own program could not do this."
)


def verdict(snapshot: RunSnapshot | None, now: int) -> str:
    """Return in words what a run's stop was like: whether the thread or the window caused the delay, and where.

    Args:
        snapshot: the run; None for a worker that has not been run.
        now: this instant (``perf_counter_ns``), for a run that is alive.
    """
    if snapshot is None:
        return "This worker has not been run yet."
    if snapshot.state is not State.ENDED:
        return _verdict_alive(snapshot, now)
    chain = snapshot.chain
    if snapshot.outcome is Outcome.RELEASED:
        return f"It {release_words(chain.requested, snapshot.released)}. {_window_words(chain)}"
    thread, window = thread_ns(chain), window_ns(chain)
    if thread is None:
        how = _BY_ITSELF.get(snapshot.outcome, "it ended") if snapshot.outcome else "it ended"
        return f"It was not asked to stop: {how}. {_window_words(chain)}"
    if window is None:
        return f"The thread took {_thread_words(chain, thread)}. {_window_words(chain)}"
    if thread == window:
        cause = "The thread and the window caused the delay equally"
    else:
        cause = f"The {Whose.THREAD if thread > window else Whose.WINDOW} caused the delay"
    return f"{cause}: the thread took {_thread_words(chain, thread)}. {_window_words(chain)}"


_BY_ITSELF = {
    Outcome.COMPLETED: "it reached its limit",
    Outcome.FAILED: "an exception ended it",
    Outcome.INTERRUPTED: "it was refused its start",
}


def _verdict_alive(snapshot: RunSnapshot, now: int) -> str:
    chain = snapshot.chain
    if chain.requested is None:
        return "It runs, and has not been asked to stop."
    if chain.latency is None:
        text = f"It was asked to stop {duration(now - chain.requested)} ago and has not noticed yet"
    else:
        text = f"It noticed {duration(chain.latency)} after it was asked, and has not ended yet"
    if snapshot.released is not None:
        return f"{text}; what blocks it was released {duration(now - snapshot.released)} ago."
    if snapshot.was_stuck:
        return f"{text}; it counts as stuck, and stays so until its work ends or you let it go."
    return f"{text}."


def _thread_words(chain: StopChain, thread: int) -> str:
    """Return how long the thread took, and where most of that went."""
    parts = [part for part in segments(chain) if part.whose is Whose.THREAD]
    longest = max(parts, key=lambda part: part.ns)
    words = f"{duration(thread)} from the request to its end"
    if len(parts) > 1 and longest.ns > 0:
        most = duration(longest.ns)
        words += f", {'nearly all' if most == duration(thread) else most} of that {longest.words}"
    return words + (", and it never noticed" if chain.noticed is None else "")


def _window_words(chain: StopChain) -> str:
    """Return how long the window took, and why what is not known is not."""
    own = [gap for gap in gaps(chain) if gap.whose is Whose.WINDOW]
    known = [f"{duration(gap.ns)} {gap.words}" for gap in own if gap.ns is not None]
    missing = [gap.missing for gap in own if gap.missing]
    if chain.requested is None and chain.clicked is None:
        missing.remove("it was not clicked")  # no click was needed
    why = f" ({' and '.join(missing)})" if missing else ""
    if not known:
        return f"What the window took is not known{why}."
    return f"The window took {' and '.join(known)}{why}."


def title_words(snapshot: RunSnapshot) -> str:
    """Return which run this is, and how it stands."""
    text = f"{snapshot.name.worker} #{snapshot.name.number}: {snapshot.state}"
    if snapshot.outcome is not None:
        text += f", {outcome_words(snapshot.outcome, was_stuck=snapshot.was_stuck)}"
    return text
