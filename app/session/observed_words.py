"""What is said of the threads of an observed program: places, requests, notices, verdicts."""

from collections.abc import Sequence

from app.core import events
from app.core import place_words as words
from app.core.latency import duration
from app.core.observed import Evidence, Place, RunRef, found_of
from app.core.verdicts import Verdict

THREAD = "a thread of an observed program"


def place_words(place: Place | None) -> str:
    """Return a place as a person writes it, such as ``file.py:12``; empty for none, and where there is no line."""
    return words.place_words(place.file, place.line) if place and place.line else ""


def observed_words(event: events.Event) -> str | None:
    """Return what an event that changes no state of an observed thread says to a person; None for any other event."""
    match event:
        case events.NoticedAt():
            return noticed_words(event)
        case events.VerdictMade():
            return f"{event.verdict}: {verdict_words(event.verdict, event.place, event.evidence)}"
        case events.ObserverNote():
            return f"observer: {event.text}"
        case events.MainEnded():
            return "the main thread's code has ended"
        case events.ProgramEnded():
            status = event.status
            return f"the process has ended, {f'with status {status}' if status >= 0 else f'by signal {-status}'}"
    return None


def started_words(event: events.ObservedThread) -> str:
    """Return what a thread is, and where and by whom it was started."""
    text = THREAD + (", a daemon" if event.daemon else "")
    if event.place is None and event.by is None:
        return text
    return f"{text}, started{_by(event.by)}{_at(event.place)}"


def asked_words(event: events.Asked) -> str:
    """Return by whom, where and with what a thread was asked to stop, as the end of "The thread was …"."""
    return f"asked{_by(event.by)}{_at(event.place)} ({event.what}){'' if event.exact else LIKELY}"


LIKELY = ", likely"


def noticed_words(event: events.NoticedAt) -> str:
    """Return where and how a thread noticed what it was asked."""
    how = f" ({event.how})" if event.how else ""
    return f"noticed what was asked{_at(event.place)}{how}{'' if event.exact else LIKELY}"


def verdict_words(verdict: Verdict, place: Place | None, evidence: Sequence[Evidence]) -> str:
    """Return why a thread had not stopped, as a sentence without its subject, which is the thread's name, and its end.

    Args:
        verdict: why.
        place: the line where it was.
        evidence: what was found.
    """
    at = _at(place)
    request, elsewhere = found_of(evidence, "asked"), found_of(evidence, "elsewhere")
    called, looked = found_of(evidence, "call"), found_of(evidence, "looked")
    asked, lock = _request(request), found_of(evidence, "lock")
    call = f"in {called.get('call')}" if called else "computing"
    waits = f"waits for a lock{at}: {_holder(lock)}"
    does = waits if lock else f"is {call}{at}"
    within = looked.get("ms") if looked else None
    words = {
        Verdict.SLOW_CLEANUP: f"has noticed ({asked}), and is cleaning up{_where(found_of(evidence, 'cleanup'))}",
        Verdict.NOTICED_NOT_ENDED: f"has noticed ({asked}), and goes on{at}, {call}",
        Verdict.SWALLOWED: f"caught what was thrown into it ({asked}), and goes on{at}",
        Verdict.WAITING_FOR_LOCK: f"was asked ({asked}), and {waits}",
        Verdict.BLOCKED_IN_CALL: f"was asked ({asked}), and is {call}{at}",
        Verdict.ASKED_NOT_POLLED: f"was asked ({asked}), and is computing{at} without looking: "
        f"it did not look within {50 if within is None else within} ms",
        Verdict.ASKED_ELSEWHERE: f"was not asked; something like what it looks at was "
        f"({_request(elsewhere or request)}), but no live thread reads that",
        Verdict.NEVER_ASKED: f"was never asked to stop, as far as was seen; it {does}",
    }
    return words.get(verdict, f"goes on{at}; why is not known") + _join_words(found_of(evidence, "join"))


def _join_words(join: Evidence | None) -> str:
    """Return that a join() has returned before the thread's end; empty for none."""
    by, timeout = (join.get("by_name"), join.get("timeout_ms")) if join else (None, None)
    if by is None or not isinstance(timeout, int):
        return ""
    return f"; join() by {by}{_where(join)} gave up after {duration(timeout * 1_000_000)}"


def _request(found: Evidence | None) -> str:
    return f"{found.get('what')}{_where(found)}" if found else "request not known"


def _where(found: Evidence | None) -> str:
    return _at(found.place if found else None)


def _holder(lock: Evidence | None) -> str:
    """Return which thread holds a lock, and since which line, as far as that is known."""
    name = lock.get("holder_name") if lock else None
    if lock is None or name is None:
        return words.holder_words("")
    since = f" since {place_words(lock.place)}" if lock.place else ""
    is_now = lock.get("holder_is")
    holder = {"itself": "itself", "ended": f"{name}, which has ended,"}.get(str(is_now), str(name))
    return f"{words.holder_words(holder)}{since}"


def _by(run: RunRef | None) -> str:
    return f" by {run.worker}" if run else ""


def _at(place: Place | None) -> str:
    return f" at {place_words(place)}" if place else ""
