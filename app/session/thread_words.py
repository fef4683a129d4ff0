"""A thread of an observed program in words: who started it, what was asked of it, why it goes on.

What the program calls its threads and files is in them as it is.
"""

from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.states import Outcome
from app.core.verdicts import Verdict
from app.session.observed_words import place_words, verdict_words
from app.session.requests import requests_of

BEFORE_ITS_END = "When it was last looked at: "
_MOST_TOLD = 20  # requests; of more, the last


def thread_lines(snapshot: RunSnapshot, program: str = "") -> list[str]:
    """Return what a thread is, who started it and where, a line each; none of a run of another kind.

    Args:
        snapshot: what is known of it.
        program: what the program is called; empty if that is not known.
    """
    thread = snapshot.observed
    if thread is None:
        return []
    lines = [f"Observed program: {program}"] if program else []
    if thread.by is not None or thread.place is not None:
        by = f" by {thread.by.worker}" if thread.by else ""
        at = f" at {place_words(thread.place)}" if thread.place else ""
        lines.append(f"Started{by}{at}")
    if thread.daemon is not None:
        lines.append("A daemon: the process does not wait for it" if thread.daemon else "The process waits for it")
    if thread.status is not None:
        how = f"status {thread.status}" if thread.status >= 0 else f"signal {-thread.status}"
        lines.append(f"The program ended with {how}")
    return [*lines, *(f"Observer: {note}" for note in thread.notes)]


def stop_lines(snapshot: RunSnapshot) -> list[str]:
    """Return each request for a thread with what became of it, and then why it goes on or had to be killed, a line each."""
    thread = snapshot.observed
    if thread is None:
        return []
    requests = requests_of(snapshot.run, thread)
    told = [f"A{each.asked_words[1:]}; {each.noticed_words}." for each in requests[-_MOST_TOLD:]]
    if len(requests) > _MOST_TOLD:
        told.insert(0, f"The last {_MOST_TOLD} of {len(requests):,} requests:")
    if thread.verdict is not None:
        if snapshot.outcome is None:
            told.append(verdict_sentence(snapshot))
        elif snapshot.was_stuck or snapshot.outcome is Outcome.KILLED:
            told.append(f"{BEFORE_ITS_END}{verdict_sentence(snapshot)}")
    return told


def verdict_sentence(snapshot: RunSnapshot) -> str:
    """Return why a thread had not ended when that was looked at last, with the verdict's name; empty if it was not."""
    verdict = None if snapshot.observed is None else snapshot.observed.verdict
    if verdict is None:
        return ""
    words = verdict_words(verdict.verdict, verdict.place, verdict.evidence)
    return f"{verdict.verdict}: {snapshot.name.worker} {words}."


# What a verdict says of a thread that is alive, in a word or two.
_STATES = {
    Verdict.SLOW_CLEANUP: "cleaning up",
    Verdict.NOTICED_NOT_ENDED: "noticed, and goes on",
    Verdict.SWALLOWED: "caught the stop, and goes on",
    Verdict.WAITING_FOR_LOCK: "waits for a lock",
    Verdict.BLOCKED_IN_CALL: "blocked in a call",
    Verdict.ASKED_NOT_POLLED: "does not look",
    Verdict.ASKED_ELSEWHERE: "something else was asked",
    Verdict.NEVER_ASKED: "never asked to stop",
}
_OF_UNASKED = (Verdict.ASKED_ELSEWHERE, Verdict.NEVER_ASKED)
_OF_NOTICED = (Verdict.SLOW_CLEANUP, Verdict.NOTICED_NOT_ENDED, Verdict.SWALLOWED)


def state_remark(snapshot: RunSnapshot) -> str:
    """Return what else is to be said of the state of a thread that is alive; empty for nothing.

    A verdict that was made before it was asked, or before it noticed, says nothing of it any more.
    """
    thread, chain = snapshot.observed, snapshot.chain
    if thread is None or snapshot.outcome is not None:
        return ""
    if thread.main_ended is not None:
        return "waits for its threads"
    verdict = None if thread.verdict is None else thread.verdict.verdict
    if chain.requested is not None and verdict in _OF_UNASKED:
        return ""
    if chain.noticed is not None and verdict not in _OF_NOTICED:
        return ""
    return "" if verdict is None else _STATES.get(verdict, "")


def stop_sentence(snapshot: RunSnapshot, now: int) -> str:
    """Return in a sentence whether a thread's own program asked it to stop, and what became of that.

    Args:
        snapshot: what is known of it.
        now: the instant, a ``perf_counter_ns``.
    """
    chain, is_alive = snapshot.chain, snapshot.outcome is None
    if chain.requested is None:
        if is_alive:
            return "Its program has not asked it to stop."
        how = "was killed" if snapshot.outcome is Outcome.KILLED else "ended"
        return f"It {how} without being asked to stop, as far as was seen."
    if chain.noticed is None:
        ago = f" {duration(now - chain.requested)} ago" if is_alive else ""
        return (
            f"Its program asked it to stop{ago}; it {'has not noticed yet' if is_alive else 'was not seen to notice'}."
        )
    noticed = f"Its program asked it to stop, and it noticed {duration(chain.noticed - chain.requested)} after that"
    if is_alive:
        return f"{noticed}; it has not ended yet."
    if chain.ended is None:
        return f"{noticed}."
    return f"{noticed}; it had ended {duration(chain.ended - chain.requested)} after the request."
