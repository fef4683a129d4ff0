"""Events and their codec: what is written is read again, and a file or a pipe may hold anything."""

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import events
from app.core.batch import Batch, Kind, RunName
from app.core.events import EVENTS, KINDS, Ended, Event, Failed, Running, Shown, Started, decode, encode, events_of
from app.core.latency import StopChain
from app.core.observed import Evidence, Place, RunRef
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.verdicts import Verdict
from tests.core.test_batch import batch_of

INSTANT = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(), max_size=20)  # lone surrogates as well
CALLS = st.lists(st.builds(Call, TEXT, INSTANT, TEXT, TEXT), max_size=3).map(tuple)
LATENESS = st.builds(Lateness, INSTANT, st.sampled_from(LateReason), INSTANT, INSTANT)
OPTIONAL = st.none() | INSTANT
FACTS = st.lists(st.tuples(TEXT, OPTIONAL | TEXT), max_size=3).map(tuple)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    int: INSTANT,
    int | None: OPTIONAL,
    float: st.floats(0, 1e9, exclude_max=True),
    bool: st.booleans(),
    str: TEXT,
    Outcome: st.sampled_from(Outcome),
    StopChain: st.builds(StopChain, *[OPTIONAL] * 6),
    tuple[int, int] | None: st.none() | st.tuples(INSTANT, INSTANT),
    tuple[Call, ...]: CALLS,
    Lateness | None: st.none() | LATENESS,
    bool | None: st.none() | st.booleans(),
    Place | None: st.none() | st.builds(Place, TEXT, INSTANT),
    RunRef | None: st.none() | st.builds(RunRef, INSTANT, TEXT, INSTANT),
    Verdict: st.sampled_from(Verdict),
    tuple[Evidence, ...]: st.lists(st.builds(Evidence, TEXT, FACTS), max_size=3).map(tuple),
    tuple[tuple[int, int], ...]: st.lists(st.tuples(INSTANT, INSTANT), max_size=3).map(tuple),
}


def any_of(event: type[Event]) -> st.SearchStrategy[Event]:
    """Return events of one type, with any values that its fields may have."""
    return st.builds(event, **{part.name: VALUES[part.type] for part in fields(event)})


ANY_EVENT = st.one_of([any_of(event) for event in EVENTS.values()])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([2**63, 10**400, -(2**63) - 1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


def subclasses(base: type[Any]) -> set[type[Any]]:
    return {found for direct in base.__subclasses__() for found in {direct, *subclasses(direct)}}


def test_every_event_is_known_by_its_name() -> None:
    declared = {event for event in subclasses(Event) if event.__module__ == events.__name__}
    # A dataclass with slots is made anew, and the class that it was made from lives on until it is collected.
    assert {event.__qualname__ for event in declared} == {event.__name__ for event in EVENTS.values()}
    assert all(event.name == name for name, event in EVENTS.items())
    assert len({event.name for event in EVENTS.values()}) == len(EVENTS)
    assert {Kind.STATE, Kind.CHAIN, Kind.ERROR} == KINDS


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_field_has_a_reader(event: type[Event]) -> None:
    for part in fields(event):
        assert part.type in events._READERS, f"{event.__name__}.{part.name}: no reader for {part.type}"


@given(ANY_EVENT)
def test_what_is_written_is_read_again(event: Event) -> None:
    kind, text = encode(event)
    assert (kind, text.isascii()) == (event.kind, True)
    assert "\n" not in text  # so that texts can be searched and cut at line breaks
    assert decode(kind, text) == event
    assert decode(int(kind), text) == event
    assert hash(decode(kind, text)) == hash(event)


@given(ANY_EVENT, st.integers(0, 255))
def test_a_payload_under_another_kind_is_no_event(event: Event, kind: int) -> None:
    if kind != event.kind:
        assert decode(kind, encode(event)[1]) is None


@given(st.sampled_from(sorted(KINDS)), TEXT | ANYTHING.map(json.dumps))
def test_any_text_is_read_as_none_and_raises_nothing(kind: Kind, text: str) -> None:
    assert decode(kind, text) is None


@given(st.data(), st.sampled_from(sorted(EVENTS)), ANYTHING)
def test_a_field_with_any_value_is_right_or_there_is_no_event(data: st.DataObject, name: str, value: object) -> None:
    event = data.draw(any_of(EVENTS[name]))
    kind, text = encode(event)
    values = json.loads(text)
    part = data.draw(st.sampled_from(sorted(values)))
    values[part] = value
    read = decode(kind, json.dumps(values))
    if read is not None:
        assert decode(*encode(read)) == read
    del values[part]
    assert decode(kind, json.dumps(values)) is None, f"{name} without {part}"


ENDED = Ended(
    outcome=Outcome.INTERRUPTED,
    chain=StopChain(requested=1, noticed=2, cleaned_up=3, ended=4),
    lines=3,
    was_stuck=False,
    released=None,
    lateness=Lateness(5, LateReason.WORK, 6, 1),
    band=(0, 5),
    longest_work=1,
    strategy="flag",
    workload="sleep",
    interval=0.5,
)


@pytest.mark.parametrize(
    "change",
    [
        {"chain": [None, 1, 2, 3, 10**400, None]},
        {"chain": [None, 1, 2, 3, 2**63, None]},
        {"chain": [None, -(2**63) - 1, 2, 3, 4, None]},
        {"chain": [None, 1, 1.5, 3, 4, None]},
        {"chain": [None, 1, True, 3, 4, None]},
        {"chain": [None] * 7},
        {"chain": None},
        {"chain": {}} | {"outcome": []},
        {"band": [0, 10**400]},
        {"band": [0]},
        {"band": "ab"},
        {"interval": float("nan")},
        {"interval": float("inf")},
        {"interval": -0.5},
        {"interval": 1e9},
        {"interval": 10**400},
        {"interval": True},
        {"outcome": "lost"},
        {"outcome": {}},
        {"strategy": 5},
        {"lateness": [1, "late", 0, 0]},
        {"lateness": [1, "work", 0]},
        {"was_stuck": 1},
        {"lines": None},
        {"event": "shown"},
        {"event": "other"},
        {"event": []},
    ],
    ids=str,
)
def test_an_end_from_a_file_is_one_or_is_none(change: dict[str, object]) -> None:
    """What cannot be shown later on, without a mistake of ours, is no event."""
    kind, text = encode(ENDED)
    assert decode(kind, text) == ENDED
    assert decode(kind, json.dumps(json.loads(text) | change)) is None


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"event":' * 50_000, "9" * 5_000, "", "null", "[]", '"started"', "\0"]
)
def test_what_a_parser_chokes_on_is_no_event(text: str) -> None:
    assert [decode(kind, text) for kind in KINDS] == [None] * len(KINDS)


def test_more_than_is_asked_for_is_passed_over() -> None:
    """A later version may say more of an event."""
    kind, text = encode(Shown(3, 1))
    assert decode(kind, json.dumps(json.loads(text) | {"more": [1]})) == Shown(3, 1)


def test_what_an_event_need_not_say_has_a_default() -> None:
    defaults = {part.name for event in EVENTS.values() for part in fields(event) if part.default is not MISSING}
    assert defaults == {"clicked", "has_line", "band", "longest_work", "lateness", "traceback", "refused", "after"}


# -- of a batch --------------------------------------------------------------------------------------------------


def row(instant: int, run: int, event: Event) -> tuple[int, int, int, str]:
    kind, text = encode(event)
    return instant, run, int(kind), text


STARTED = Started("flag", "sleep", 0.5)


def test_the_events_of_a_batch_are_found_among_its_records() -> None:
    batch = batch_of(
        [
            (1, 1, Kind.LINE, encode(STARTED)[1]),  # a line may say anything
            row(2, 1, STARTED),
            (3, 0, Kind.NOTE, "{}"),
            (4, 2, Kind.STATE, "no event"),
            row(5, 2, Failed("lost")),
            (6, 2, 200, "of a later version"),
        ]
    )
    assert events_of(batch) == [(1, 1, STARTED), (4, 2, Failed("lost"))]
    assert events_of(batch_of([(1, 1, Kind.LINE, "x")])) == []
    assert events_of(Batch()) == []


def test_a_batch_is_decoded_once_and_again_when_it_grew(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []

    def counted(kind: int, text: str) -> Event | None:
        decoded.append(text)
        return decode(kind, text)

    monkeypatch.setattr(events, "decode", counted)
    batch = batch_of([row(1, 1, STARTED)], {1: RunName("a", 1)})
    assert events_of(batch) == events_of(batch) == [(0, 1, STARTED)]
    assert len(decoded) == 1
    batch.extend(batch_of([row(2, 1, Running(1, 7))]))
    assert events_of(batch) == [(0, 1, STARTED), (1, 1, Running(1, 7))]
    assert len(decoded) == 3


@given(st.lists(st.tuples(INSTANT, st.integers(1, 3), ANY_EVENT), max_size=8))
def test_events_survive_the_codec_of_batches(rows: list[tuple[int, int, Event]]) -> None:
    batch = batch_of([row(*each) for each in rows])
    back = Batch.from_bytes(*batch.to_bytes())
    assert [(run, event) for _, run, event in events_of(back)] == [(run, event) for _, run, event in rows]
