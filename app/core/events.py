"""Events: what happens to a run, as frozen values, and their codec to the text of a record and back.

An event's instant is that of its record. All other instants in it are ``perf_counter_ns`` too, or None where they are not
known; lengths of time are nanoseconds.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from .batch import Batch, Kind
from .latency import StopChain
from .observed import Evidence, Place, RunRef
from .prediction import Lateness, LateReason
from .reader_waits import Waits
from .stacks import Call
from .states import Outcome
from .verdicts import Verdict

_LONGEST = 1e9  # seconds; nothing lasts thirty years
# Fields of events that are instants.
_INSTANTS = frozenset({"at", "clicked", "noticed", "released", "requested", "since", "started"})
_MOST_WAITS = 1_000  # of one event: ours have a tenth of that, and a file may say anything
_MOST_EVIDENCE = 100
_LARGEST = 2**63  # what an instant is below; a file may say anything


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run.

    Attributes:
        kind: the kind of its record.
        name: what its payload calls it.
    """

    kind: ClassVar[Kind] = Kind.STATE
    name: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A run exists; its thread does not run yet. The interval is in seconds."""

    name: ClassVar[str] = "started"
    strategy: str
    workload: str
    interval: float


@dataclass(frozen=True, slots=True)
class Running(Event):
    """The thread runs; ``started`` is the instant before ``Thread.start()``."""

    name: ClassVar[str] = "running"
    started: int | None
    native_id: int | None


@dataclass(frozen=True, slots=True)
class Hosted(Event):
    """The run lives in a process of its own: the system's number of that, and the version of its Python."""

    name: ClassVar[str] = "hosted"
    pid: int
    python: str


@dataclass(frozen=True, slots=True)
class StopRequested(Event):
    """The run is asked to stop; the record's instant is just before the signal is set.

    Attributes:
        clicked: the instant of the person's action; None if no person acted.
        has_line: whether the controller wrote a line about it just before.
        band: within which ns the run is predicted to notice; None if that cannot be told.
        longest_work: the longest piece of work that was finished by then; 0 without work, None before the first.
    """

    name: ClassVar[str] = "stop-requested"
    clicked: int | None = None
    has_line: bool = False
    band: tuple[int, int] | None = None
    longest_work: int | None = None


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """A checkpoint saw the request at ``at``; recorded where cleaning up may take long after it."""

    name: ClassVar[str] = "noticed"
    at: int
    lateness: Lateness | None = None


@dataclass(frozen=True, slots=True)
class SlowToNotice(Event):
    """The run has not ended ``after`` ns after the request; ``calls`` is where its thread is, innermost last."""

    name: ClassVar[str] = "slow-to-notice"
    after: int
    noticed: int | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Stuck(Event):
    """The run has not ended by the deadline, ``after`` ns after the request; ``calls`` is where its thread is."""

    name: ClassVar[str] = "stuck"
    after: int
    noticed: int | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Located(Event):
    """Where the thread of a run that is alive was when that was asked for: ``calls``, innermost last."""

    name: ClassVar[str] = "located"
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class HeldBack(Event):
    """The thread waited with a line in its hand, because the reader (window, recorder, pipe) was behind.

    Attributes:
        waits: from when to when, each, ascending; short ones are left out.
    """

    name: ClassVar[str] = "held-back"
    waits: Waits


@dataclass(frozen=True, slots=True)
class Released(Event):
    """The program releases what the thread is blocked in, at the record's instant, ``after`` ns after the request."""

    name: ClassVar[str] = "released"
    after: int


@dataclass(frozen=True, slots=True)
class Killed(Event):
    """The program ends the run's process, at the record's instant.

    Attributes:
        pid: the system's number of the process, whose group ends with it.
        after: ns since the run was asked to stop; None if it was not.
        clicked: the instant of the person's action; None if no person acted.
    """

    name: ClassVar[str] = "killed"
    pid: int
    after: int | None
    clicked: int | None = None


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something went wrong in the run.

    Attributes:
        summary: the exception in one line, or why the thread could not be started.
        traceback: Python's text about it; empty where there is none.
        refused: whether the system refused the thread.
    """

    kind: ClassVar[Kind] = Kind.ERROR
    name: ClassVar[str] = "failed"
    summary: str
    traceback: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The run's last record: how it ended, and its stop chain.

    It says again what earlier events said, so that a reader of the ends alone knows each run's stop.

    Attributes:
        outcome: how it ended.
        chain: the instants of its stop; ``shown`` follows in an event of its own.
        lines: numbered lines that it wrote.
        was_stuck: whether it was alive after the deadline.
        released: when the program released what its thread was blocked in; None if it did not.
        lateness: why it noticed outside the predicted band; None if it did not.
        band, longest_work: as in ``StopRequested``, the latter at the end.
        strategy, workload, interval: as in ``Started``.
    """

    kind: ClassVar[Kind] = Kind.CHAIN
    name: ClassVar[str] = "ended"
    outcome: Outcome
    chain: StopChain
    lines: int
    was_stuck: bool
    released: int | None
    lateness: Lateness | None
    band: tuple[int, int] | None
    longest_work: int | None
    strategy: str
    workload: str
    interval: float


@dataclass(frozen=True, slots=True)
class Shown(Event):
    """The end of the run was painted at ``at``, ``after`` ns after it; the window's own event."""

    name: ClassVar[str] = "shown"
    at: int
    after: int


# -- of the threads of observed programs, whom their own program asks to stop -------------------------------------------


@dataclass(frozen=True, slots=True)
class ObservedThread(Event):
    """The run is a thread of an observed program; ``Running`` has when it was started, and its native id.

    Attributes:
        place: the line that started it; None if that was not seen.
        by: the thread that did.
        daemon: whether the process ends without waiting for it; None if that is not known.
    """

    name: ClassVar[str] = "observed-thread"
    place: Place | None
    by: RunRef | None
    daemon: bool | None


@dataclass(frozen=True, slots=True)
class Asked(Event):
    """The program asks this thread of its own to stop; it is known later, often only when the thread has noticed.

    Attributes:
        number: of the chain of this request and this thread, counted from 1 a program.
        requested: when.
        what: such as ``Event.set``, or ``do_run = bool`` for what was stored, of which the type alone is known.
        place: the line that asked.
        by: the thread that asked.
        object_type, object_id: of what it was asked by; empty and None where that is not known.
        exact: whether it is certain that the request is for this thread; else it is likely.
        after: ns from the request to the record: what is known late does not stand before what came meanwhile.
    """

    name: ClassVar[str] = "asked"
    number: int
    requested: int
    what: str
    place: Place | None
    by: RunRef | None
    object_type: str
    object_id: int | None
    exact: bool
    after: int = 0


@dataclass(frozen=True, slots=True)
class NoticedAt(Event):
    """The thread noticed what the program asked.

    Attributes:
        number: of the chain: the one that an ``Asked`` of this run has.
        noticed: when.
        place: the line that noticed.
        how: what the thread did, such as ``read do_run``.
        exact: whether it is certain that it noticed this request; else it is likely.
    """

    name: ClassVar[str] = "noticed-at"
    number: int
    noticed: int
    place: Place | None
    how: str
    exact: bool


@dataclass(frozen=True, slots=True)
class VerdictMade(Event):
    """Why the thread had not stopped at the record's instant.

    Attributes:
        verdict: the first one that fits.
        place: the line of the program where it was.
        since: the instant since which it should have ended; None if that is not known.
        why: what the verdict was made for: "deadline", "join", "exit" or "timeout".
        evidence: what was found.
    """

    name: ClassVar[str] = "verdict"
    verdict: Verdict
    place: Place | None
    since: int | None
    why: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ObserverNote(Event):
    """What the observer does not see in this program, in its words; an event of the main thread."""

    name: ClassVar[str] = "observer-note"
    text: str


@dataclass(frozen=True, slots=True)
class MainEnded(Event):
    """The code of the main thread has ended, at the record's instant; the process waits for other threads."""

    name: ClassVar[str] = "main-ended"


@dataclass(frozen=True, slots=True)
class ProgramEnded(Event):
    """The process is over; an event of the main thread, just before its end.

    Attributes:
        status: its exit status, negative for the signal that ended it.
    """

    name: ClassVar[str] = "program-ended"
    status: int


_EVENTS = (
    Started, Hosted, Running, StopRequested, Noticed, SlowToNotice, Stuck, Located, HeldBack, Released, Killed, Failed,
    Ended, Shown,
    ObservedThread, Asked, NoticedAt, VerdictMade, ObserverNote, MainEnded, ProgramEnded,
)  # fmt: skip
EVENTS: Mapping[str, type[Event]] = {event.name: event for event in _EVENTS}
KINDS = frozenset(event.kind for event in EVENTS.values())


def encode(event: Event) -> tuple[Kind, str]:
    """Return an event as the kind and the text of a record: one JSON object, pure ASCII; any thread."""
    values: dict[str, Any] = {"event": event.name}
    for name, _ in _PARTS[type(event)]:
        value = getattr(event, name)
        values[name] = value.instants() if isinstance(value, StopChain) else value
    return event.kind, json.dumps(values)


def decode(kind: int, text: str) -> Event | None:
    """Return the event of a record's kind and text; None if it is none: a file or a pipe may hold anything. Any thread."""
    if kind not in KINDS:
        return None
    try:
        values = json.loads(text)
        event = EVENTS[values["event"]]
        if event.kind != kind:
            return None
        return event(*[read(values[name]) for name, read in _PARTS[event]])
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError, AttributeError):
        return None


def facts_of(event: Event, origin: int) -> dict[str, Any]:
    """Return what belongs to an event as JSON has it, but for a stop chain; its instants count from ``origin``."""
    values = {part.name: getattr(event, part.name) for part in fields(event) if part.type is not StopChain}
    return {name: _counted_from(origin, name, value) for name, value in values.items()}


def _counted_from(origin: int, name: str, value: Any) -> Any:
    if name == "waits":
        return [[began - origin, ended - origin] for began, ended in value]
    if isinstance(value, Place):
        return value._asdict()
    if isinstance(value, RunRef):
        return {"worker": value.worker, "run": value.number}  # as a record names its run
    if name == "evidence":
        return [{"kind": each.kind, **_found(origin, each)} for each in value]
    return value - origin if name in _INSTANTS and value is not None else value


def _found(origin: int, evidence: Evidence) -> dict[str, Any]:
    return {
        name: value - origin if name == "t_ns" and isinstance(value, int) else value for name, value in evidence.facts
    }


def events_of(batch: Batch) -> "list[tuple[int, int, Event]]":
    """Return the events of a batch, each with its index and its run; decoded once a batch; any thread.

    Records that are no events, or none that can be read, are passed over.
    """
    if batch.decoded is None:
        found: list[tuple[int, int, Event]] = []
        if not batch.only_lines():
            for index in batch.others():
                event = decode(batch.kinds[index], batch.text(index))
                if event is not None:
                    found.append((index, batch.runs[index], event))
        batch.decoded = found
    decoded: list[tuple[int, int, Event]] = batch.decoded
    return decoded


# -- what a payload's values may be: each reader raises ValueError or TypeError for anything else ------------------------


def _whole(value: Any) -> int:
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise ValueError("no whole number of 64 bits")
    return value


def _seconds(value: Any) -> float:
    # Written so that NaN, of which every comparison is false, is refused as well.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONGEST:
        raise ValueError("no length of time in seconds")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _band(value: Any) -> tuple[int, int]:
    low, high = value
    return _whole(low), _whole(high)


def _waits(value: Any) -> Waits:
    if len(value) > _MOST_WAITS:
        raise ValueError("more waits than a run has")
    return tuple((_whole(began), _whole(ended)) for began, ended in value)


def _chain(value: Any) -> StopChain:
    return StopChain(*(_optional(_whole)(instant) for instant in value))


def _lateness(value: Any) -> Lateness:
    by, reason, last, before = value
    return Lateness(_whole(by), LateReason(reason), _whole(last), _whole(before))


def _calls(value: Any) -> tuple[Call, ...]:
    return tuple(Call(_text(file), _whole(line), _text(name), _text(text)) for file, line, name, text in value)


def _place(value: Any) -> Place:
    file, line = value
    return Place(_text(file), _whole(line))


def _run_ref(value: Any) -> RunRef:
    run, worker, number = value
    return RunRef(_whole(run), _text(worker), _whole(number))


def _evidence(value: Any) -> tuple[Evidence, ...]:
    if not isinstance(value, list) or len(value) > _MOST_EVIDENCE:
        raise ValueError("more evidence than a verdict has")
    return tuple(
        Evidence(_text(kind), tuple((_text(name), _plain(fact)) for name, fact in facts)) for kind, facts in value
    )


def _plain(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, str) else _whole(value)


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    int: _whole,
    int | None: _optional(_whole),
    float: _seconds,
    bool: _flag,
    str: _text,
    Outcome: Outcome,
    StopChain: _chain,
    tuple[int, int] | None: _optional(_band),
    tuple[Call, ...]: _calls,
    Waits: _waits,
    Lateness | None: _optional(_lateness),
    bool | None: _optional(_flag),
    Place | None: _optional(_place),
    RunRef | None: _optional(_run_ref),
    Verdict: Verdict,
    tuple[Evidence, ...]: _evidence,
}
# Of each event its fields, in their order, with what reads them: worked out once, as 1,000 runs may end at the same time.
_PARTS: Mapping[type[Event], Sequence[tuple[str, Callable[[Any], Any]]]] = {
    event: tuple((part.name, _READERS[part.type]) for part in fields(event)) for event in EVENTS.values()
}
