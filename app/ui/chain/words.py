"""What is said of a stop: by whom it was slow, whether it was as predicted, and how its record reads; no Qt."""

from functools import lru_cache

from app.core.fold import RunSnapshot
from app.core.latency import StopChain, duration, release_words
from app.core.prediction import Notices
from app.core.states import Outcome, State, outcome_words
from app.ui.chain.logic import ENDED, Whose, gaps, segments, thread_ns, window_ns

_NOTICES = {
    Notices.POLLING: "by polling: the thread looks once an iteration, so it takes up to a whole one.",
    Notices.WAITING: "by waiting: the thread's pause ends the moment it is asked.",
    Notices.RAISING: "by an exception that is raised in the thread as soon as it executes bytecode again.",
    Notices.NEVER: "never: a thread that runs is not told.",
}


# What Let go does: the tooltip of everything that does it.
LET_GO = (
    "Releases the blocking call or lock from outside so that the thread can end. Your own program could not do this."
)


def notices_words(notices: Notices) -> str:
    """Return how a mechanism comes to be noticed, in words."""
    return _NOTICES[notices]


def verdict(snapshot: RunSnapshot | None, now: int) -> str:
    """Return in words what a run's stop was like: who was slower, the thread or the window, and where.

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
        slower = "The thread and the window took equally long"
    else:
        slower = f"The {Whose.THREAD if thread > window else Whose.WINDOW} was the slower one"
    return f"{slower}: the thread took {_thread_words(chain, thread)}. {_window_words(chain)}"


_BY_ITSELF = {
    Outcome.COMPLETED: "it reached its limit",
    Outcome.FAILED: "an exception ended it",
    Outcome.INTERRUPTED: "it was refused its start",
}


def _verdict_alive(snapshot: RunSnapshot, now: int) -> str:
    chain = snapshot.chain
    if chain.requested is None:
        return "It runs, and nobody has asked it to stop."
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
        missing.remove("nobody clicked")  # nobody had to
    why = f" ({' and '.join(missing)})" if missing else ""
    if not known:
        return f"What the window took is not known{why}."
    return f"The window took {' and '.join(known)}{why}."


def band_words(snapshot: RunSnapshot | None) -> str:
    """Return in words when a run was predicted to notice and whether it did; empty before it is asked."""
    if snapshot is None or snapshot.chain.requested is None:
        return ""
    if snapshot.band is None:
        return "When it would notice could not be predicted."
    # What is allowed for is there even where nothing else is: the least is always 0, "at once".
    predicted = f"Predicted to notice within {duration(snapshot.band[1])} of the request"
    if snapshot.outside:
        return f"{predicted}, but {snapshot.outside}."
    latency = snapshot.chain.latency
    if latency is not None:
        return f"{predicted}, and did, after {duration(latency)}."
    return f"{predicted}; it never did." if snapshot.state is State.ENDED else f"{predicted}."


def title_words(snapshot: RunSnapshot) -> str:
    """Return which run this is, and how it stands."""
    text = f"{snapshot.name.worker} #{snapshot.name.number}: {snapshot.state}"
    if snapshot.outcome is not None:
        text += f", {outcome_words(snapshot.outcome, was_stuck=snapshot.was_stuck)}"
    return text


@lru_cache(maxsize=256)
def gap_lines(chain: StopChain, *, alive: bool = False) -> tuple[str, ...]:
    """Return the gaps for a tooltip, a line each; none if there is nothing to tell. Kept: tooltips are asked for often."""
    if chain.requested is None:
        shown = gaps(chain)[ENDED]
        return () if shown.ns is None else (f"{shown.name}: {duration(shown.ns)} ({shown.whose})",)
    lines = [
        f"{gap.name}: {duration(gap.ns)} ({gap.whose})" if gap.ns is not None else f"{gap.name}: – ({gap.missing})"
        for gap in gaps(chain, alive=alive)
    ]
    thread, window = thread_ns(chain), window_ns(chain)
    if thread is not None:
        lines.append(f"thread altogether: {duration(thread)}")
    if window is not None:
        lines.append(f"window altogether: {duration(window)}")
    return tuple(lines)
