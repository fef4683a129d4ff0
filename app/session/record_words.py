"""The sentence of a record, for rows, exports and searches: made from its event, never kept."""

from app.core import events
from app.core.batch import LINES
from app.core.latency import duration, release_words
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.prediction import lateness_words
from app.core.stacks import Call, stack_text
from app.core.states import Outcome, State
from app.session.journal import entry_words
from app.session.observed_words import THREAD, asked_words, observed_words, started_words

READER_BEHIND = "the window or the recorder was behind, or took the lines of others first"
_LATE = 1_000_000  # ns
_OF_STOP = (
    events.StopRequested,
    events.Noticed,
    events.SlowToNotice,
    events.Stuck,
    events.Released,
    events.Killed,
    events.Asked,
    events.NoticedAt,
    events.VerdictMade,
)


def record_words(kind: int, text: str) -> str:
    """Return what a record says to a person; any thread, some µs.

    A line says its own text, and so does what cannot be read as an event or an entry of the journal.
    """
    if kind in LINES:
        return text
    event = events.decode(kind, text)
    if event is not None:
        return event_words(event)
    return entry_words(kind, text) or text


def tells_of_stop(kind: int, text: str) -> bool:
    """Return whether a record is about how a run was stopped; any thread, some µs."""
    match events.decode(kind, text):
        case events.Ended(chain=chain):
            return chain.requested is not None
        case event:
            return isinstance(event, _OF_STOP)


def _what_runs(event: events.Started) -> str:
    """Return what a run does: code of the person's own, or of an observed program, has no interval that is known."""
    if event.strategy == OBSERVED:
        return THREAD
    if event.strategy == OWN_CODE:
        return "code of your own"
    return f"{event.strategy}, {event.workload}, every {event.interval:g} s"


def event_words(event: events.Event) -> str:  # noqa: PLR0911, PLR0912 - one return an event
    """Return what an event says to a person; the first word is the state of the run, where it changes that."""
    match event:
        case events.Started():
            return f"{State.STARTING}: {_what_runs(event)}"
        case events.Running():
            return f"{State.RUNNING}: native id {event.native_id}"
        case events.Hosted():
            return f"hosted: in process {event.pid}, Python {event.python}"
        case events.StopRequested():
            return f"{State.STOPPING}: asked to stop"
        case events.Noticed():
            late = lateness_words(event.lateness)
            return f"noticed the stop{f', {late}' if late else ''}"
        case events.SlowToNotice():
            what = "not noticed" if event.noticed is None else "noticed, but not ended"
            text = f"{State.STOPPING}: {what} {duration(event.after)} after it was asked; it is here"
            return _with_stack(text, event.calls)
        case events.Stuck():
            text = f"{State.STUCK}: not ended {duration(event.after)} after it was asked to stop"
            return _with_stack(text, event.calls)
        case events.Located():
            return _with_stack("located: it is here", event.calls)
        case events.HeldBack():
            return _held_back(event)
        case events.Released():
            after = duration(event.after)
            return f"releasing: Thread Controller releases what its thread is blocked in, {after} after it was asked to stop"
        case events.Killed():
            after = "" if event.after is None else f", {duration(event.after)} after the run was asked to stop"
            left = "; half-written files and locks may be left behind"
            return f"killing: Thread Controller ends process {event.pid} and what it started{after}{left}"
        case events.Failed():
            return f"{event.summary}\n{event.traceback}" if event.traceback else event.summary
        case events.Ended():
            return _ending(event)
        case events.Shown():
            return f"shown: its end was painted {duration(event.after)} after it"
        case events.ObservedThread():
            return f"{State.STARTING}: {started_words(event)}"
        case events.Asked():
            late = f", known {duration(event.after)} later" if event.after >= _LATE else ""
            return f"{State.STOPPING}: {asked_words(event)}{late}"
    of_thread = observed_words(event)
    if of_thread is not None:
        return of_thread
    raise TypeError(f"no words for {type(event).__name__}")


def _ending(event: events.Ended) -> str:
    chain, released = event.chain, event.released
    text = f"{State.ENDED}: {event.outcome}"
    if event.outcome is Outcome.RELEASED:
        return f"{text}, {release_words(chain.requested, released)}"
    if chain.latency is not None:
        asked = "the request" if chain.clicked is None else "Stop"
        noticed = f"noticed {duration(chain.latency)} after {asked}"
        if event.band is not None:
            noticed += f" (predicted within {duration(event.band[1])})"
        # How a stop goes as it should is what the program is about: the row says it in the first word.
        text = f"stopped: {noticed}" if event.outcome is Outcome.INTERRUPTED else f"{text}, {noticed}"
    elif chain.requested is not None and event.outcome in (Outcome.INTERRUPTED, Outcome.KILLED):
        is_unknown = event.strategy == OWN_CODE and event.outcome is Outcome.INTERRUPTED
        text = "stopped: when it noticed is not known" if is_unknown else f"{text}, never noticed"
    if event.was_stuck:
        text += ", was stuck"
    if chain.noticed is not None and released is not None and chain.noticed < released:
        # What it was still doing then was its cleaning up.
        text += f", let go {duration(released - chain.noticed)} later"
    return text


def _held_back(event: events.HeldBack) -> str:
    times, waited = len(event.waits), sum(ended - began for began, ended in event.waits)
    often = "once" if times == 1 else f"{times:,} times"
    return f"held back {often}, {duration(waited)} in all: {READER_BEHIND}"


def _with_stack(text: str, calls: tuple[Call, ...]) -> str:
    return f"{text}\n{stack_text(calls)}" if calls else text
