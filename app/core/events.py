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
from .prediction import Lateness, LateReason
from .reader_waits import Waits
from .stacks import Call
from .states import Outcome

_LONGEST = 1e9  # seconds; nothing lasts thirty years
_INSTANTS = frozenset({"at", "clicked", "noticed", "released", "started"})  # fields of events that are instants
_MOST_WAITS = 1_000  # of one event: ours have a tenth of that, and a file may say anything
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


_EVENTS = (
    Started, Hosted, Running, StopRequested, Noticed, SlowToNotice, Stuck, Located, HeldBack, Released, Killed, Failed,
    Ended, Shown,
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
    return value - origin if name in _INSTANTS and value is not None else value


def events_of(batch: Batch) -> "list[tuple[int, int, Event]]":
    """Return the events of a batch, each with its index and its run; decoded once a batch; any thread.

    Records that are no events, or none that can be read, are passed over.
    """
    if batch.decoded is None:
        found: list[tuple[int, int, Event]] = []
        if not batch.only_lines():
            for index in batch.others():
                event = decode(batch.kinds[index], batch.texts[index])
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
}
# Of each event its fields, in their order, with what reads them: worked out once, as 1,000 runs may end at the same time.
_PARTS: Mapping[type[Event], Sequence[tuple[str, Callable[[Any], Any]]]] = {
    event: tuple((part.name, _READERS[part.type]) for part in fields(event)) for event in EVENTS.values()
}
