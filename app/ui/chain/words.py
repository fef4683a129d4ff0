"""What is said of a run's stop: whether the thread or the window caused the delay, and how the run ended; no Qt."""

from app.core.fold import RunSnapshot
from app.core.latency import StopChain, duration, release_words
from app.core.own_code.description import OWN_CODE
from app.core.states import Outcome, State
from app.session.thread_words import stop_sentence
from app.ui.chain.logic import NOT_SEEN, Whose, gaps, segments, thread_ns, window_ns
from app.ui.run_words import end_words

# What is said of the window's share of a stop of which it saw neither click nor end, as in a race, or not the end.
NO_PART = "Stop was not clicked and its row was not on the screen: the window had no part in this."
NOT_SHOWN = "Its row was not on the screen, so how long the window took to show the end was not measured."


# What Let go does: the tooltip of everything that does it.
LET_GO = (
    "Releases the blocking call or lock from outside so that the thread can end. Your own program could not do this."
)


# What Kill does: the tooltip of everything that does it.
KILL = (
    "Ends the worker's own process at once, with the processes that it started. Half-written files and locks may be left "
    "behind."
)


# The same of an observed program.
KILL_PROGRAM = (
    "Ends the whole program at once, with all of its threads. Half-written files and locks may be left behind."
)


def verdict(snapshot: RunSnapshot | None, now: int) -> str:  # noqa: PLR0911 - one return a kind of end
    """Return in words what a run's stop was like: whether the thread or the window caused the delay, and where.

    Args:
        snapshot: the run; None for a worker that has not been run.
        now: this instant (``perf_counter_ns``), for a run that is alive.
    """
    if snapshot is None:
        return "This worker has not been run yet."
    if snapshot.is_observed:
        return stop_sentence(snapshot, now)
    if snapshot.state is not State.ENDED:
        return _verdict_alive(snapshot, now)
    chain = snapshot.chain
    if snapshot.outcome is Outcome.RELEASED:
        return f"It {release_words(chain.requested, snapshot.released)}. {_window_words(chain)}"
    if snapshot.outcome is Outcome.KILLED:
        after = ""
        if chain.requested is not None and snapshot.killed is not None:
            after = f", {duration(snapshot.killed - chain.requested)} after it was asked to stop"
        return f"Its process was killed{after}. {_window_words(chain)}"
    thread, window = thread_ns(chain), window_ns(chain)
    if thread is None:
        how = _BY_ITSELF.get(snapshot.outcome, "it ended") if snapshot.outcome else "it ended"
        return f"It was not asked to stop: {how}. {_window_words(chain)}"
    if window is None:
        return f"The thread took {_thread_words(chain, thread)}. {_window_words(chain)}"
    if thread > window:
        cause = "The thread caused the delay: it"
    elif thread < window:
        cause = "The window caused the delay: the thread"
    else:
        cause = "The thread and the window caused the delay equally: the thread"
    return f"{cause} took {_thread_words(chain, thread)}. {_window_words(chain)}"


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
        end = "kill it" if snapshot.strategy == OWN_CODE else "let it go"
        return f"{text}; it counts as stuck, and stays so until its work ends or you {end}."
    return f"{text}."


def _thread_words(chain: StopChain, thread: int) -> str:
    """Return how long the thread took, and where most of that went."""
    parts = [part for part in segments(chain) if part.whose is Whose.THREAD]
    longest = max(parts, key=lambda part: part.ns)
    words = f"{duration(thread)} from the request to its end"
    if len(parts) > 1 and longest.ns > 0:
        most = duration(longest.ns)
        words += f", {'nearly all' if most == duration(thread) else most} of that {longest.words}"
    return words + (f", and {NOT_SEEN}" if chain.noticed is None else "")


def _window_words(chain: StopChain) -> str:
    """Return how long the window took, and why what is not known is not."""
    own = [gap for gap in gaps(chain) if gap.whose is Whose.WINDOW]
    known = [f"{duration(gap.ns)} {gap.words}" for gap in own if gap.ns is not None]
    missing = [gap.missing for gap in own if gap.missing]
    if chain.requested is None and chain.clicked is None:
        missing.remove("it was not clicked")  # no click was needed
    why = f" ({' and '.join(missing)})" if missing else ""
    if not known:
        return NO_PART if chain.requested is not None and chain.clicked is None else NOT_SHOWN
    return f"The window took {' and '.join(known)}{why}."


def title_words(snapshot: RunSnapshot) -> str:
    """Return which run this is, and how it stands."""
    words = str(snapshot.state).capitalize() if snapshot.outcome is None else end_words(snapshot)
    return f"{snapshot.name.worker} #{snapshot.name.number}: {words}"
