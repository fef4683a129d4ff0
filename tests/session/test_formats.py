"""Records as JSON lines and CSV: a sentence for each event, and instants that count from the beginning of the session."""

import csv
import io
import json
from array import array
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from app.cli.run import json_lines
from app.core.batch import Batch, Kind, RunName
from app.core.events import (
    Ended,
    Event,
    Failed,
    HeldBack,
    Located,
    Noticed,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from app.core.latency import StopChain
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome
from app.session.export import chain_values, export_lines, export_session, json_line
from app.session.reader import Line, SessionReader
from app.session.record_words import event_words, record_words
from app.session.segments import Segment
from app.session.session_report import read_report
from app.session.writer import SessionWriter
from tests.session.conftest import ORIGIN

BEGAN = 5_000_000_000_000  # a perf_counter_ns
CALLS = (Call("a.py", 3, "work", "sleep(1)"),)
END = Ended(
    outcome=Outcome.INTERRUPTED,
    chain=StopChain(BEGAN + 90, BEGAN + 100, BEGAN + 1_230_100, BEGAN + 2_000_000, BEGAN + 3_000_000),
    lines=7,
    was_stuck=True,
    released=BEGAN + 2_500_000,
    lateness=Lateness(1_000_000, LateReason.SCHEDULING),
    band=(0, 50_000_000),
    longest_work=0,
    strategy="event-poll",
    workload="sleep",
    interval=0.05,
)
EVENTS: tuple[Event, ...] = (
    Started("event-poll", "sleep", 0.05),
    Running(BEGAN, 17),
    StopRequested(None),
    Noticed(BEGAN + 5),
    SlowToNotice(1_000_000_000, None, CALLS),
    Stuck(5_000_000_000, None, CALLS),
    Located(CALLS),
    HeldBack(((BEGAN + 20, BEGAN + 10_000_020), (BEGAN + 20_000_000, BEGAN + 26_000_000))),
    Released(6_000_000_000),
    Failed("ValueError: boom", "Traceback …\nValueError: boom"),
    END,
    Shown(BEGAN + 4_000_000, 1_000_000),
)


def as_json(event: Event, t_ns: int, origin: int = BEGAN) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json_line(Line(3, t_ns, RunName("W", 2), *encode(event), origin=origin)))
    return values


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_an_event_is_its_sentence_and_its_name(event: Event) -> None:
    values = as_json(event, 42)
    more = ["event", "facts", "chain"] if isinstance(event, Ended) else ["event", "facts"]
    assert list(values) == ["t_ns", "worker", "run", "kind", "text", *more]
    assert (values["t_ns"], values["worker"], values["run"]) == (42, "W", 2)
    assert (values["kind"], values["event"]) == (event.kind.word, event.name)
    assert values["text"] == event_words(event)
    assert "{" not in values["text"]


def test_what_belongs_to_an_event_is_there_and_its_instants_count_from_the_beginning() -> None:
    assert as_json(Shown(BEGAN + 4_000_000, 1_000_000), 5_000_000)["facts"] == {"at": 4_000_000, "after": 1_000_000}
    assert as_json(HeldBack(((BEGAN + 3, BEGAN + 9),)), 9)["facts"] == {"waits": [[3, 9]]}
    asked = as_json(StopRequested(BEGAN + 7, has_line=True, band=(0, 5), longest_work=3), 9)["facts"]
    assert asked == {"clicked": 7, "has_line": True, "band": [0, 5], "longest_work": 3}
    assert as_json(StopRequested(None), 9)["facts"]["clicked"] is None
    assert as_json(Stuck(5, BEGAN + 3, CALLS), 9)["facts"] == {"after": 5, "noticed": 3, "calls": [list(CALLS[0])]}
    assert as_json(END, 3_000_000)["facts"]["released"] == 2_500_000


def test_the_instants_of_a_chain_count_from_the_beginning() -> None:
    chain = as_json(END, 3_000_000)["chain"]
    assert chain == {
        "clicked_ns": 90,
        "requested_ns": 100,
        "noticed_ns": 1_230_100,
        "cleaned_up_ns": 2_000_000,
        "ended_ns": 3_000_000,
        "shown_ns": None,
        "latency_ns": 1_230_000,
        "outcome": "interrupted",
        "was_stuck": True,
        "released_ns": 2_500_000,
        "strategy": "event-poll",
        "workload": "sleep",
        "interval_s": 0.05,
        "band_ns": [0, 50_000_000],
        "outside": "noticed 1.00 ms later than predicted: the thread was not given the processor or the interpreter in time",
    }


@pytest.mark.parametrize("ended", [None, BEGAN - 10**9, BEGAN + 10**15])
def test_so_they_do_where_the_end_of_a_forged_chain_is_not_its_record_s(ended: int | None) -> None:
    forged = replace(END, chain=replace(END.chain, ended=ended))
    chain = as_json(forged, 3_000_000)["chain"]
    assert (chain["requested_ns"], chain["noticed_ns"]) == (100, 1_230_100)
    assert chain["ended_ns"] == (None if ended is None else ended - BEGAN)


@pytest.mark.parametrize(
    ("kind", "text"), [(Kind.STATE, "hm"), (Kind.CHAIN, '{"event": "ended"}'), (Kind.LINE, encode(END)[1])]
)
def test_what_is_no_event_is_its_text(kind: Kind, text: str) -> None:
    values = json.loads(json_line(Line(0, 1, RunName("W", 1), kind, text, late=True, origin=BEGAN)))
    assert values == {"t_ns": 1, "worker": "W", "run": 1, "kind": kind.word, "text": text, "late": True}


def recorded(writer: SessionWriter) -> Path:
    """Write the events into a session whose beginning is at ``ORIGIN``, an hour before them, and return its file."""
    kinds, texts = zip(*map(encode, EVENTS), strict=True)
    instants = array("q", (BEGAN + 1_000 * place for place in range(len(texts))))
    writer.write(Batch(instants, array("q", [1]) * len(texts), bytearray(kinds), list(texts), {1: RunName("W", 1)}))
    writer.finish("later")
    return writer.path


def test_the_report_both_exports_and_the_command_line_agree(writer: SessionWriter) -> None:
    path = recorded(writer)
    (run,) = read_report(path).runs
    with SessionReader(path, pytest.fail) as reader:  # type: ignore[arg-type]
        whole = b"".join(export_session(reader, "jsonl", None, None))
        ((_, batch),) = reader.batches()
    assert whole == b"".join(export_lines([Segment(0, path)], None, "jsonl", 0))
    assert whole == json_lines(batch, ORIGIN)
    rows = [json.loads(row) for row in whole.splitlines()]
    (end,) = (row for row in rows if "chain" in row)
    assert end["chain"] == chain_values(run) | {"shown_ns": None}  # that it was shown comes after its end
    assert run.chain.shown == BEGAN + 4_000_000 - ORIGIN
    assert end["chain"]["requested_ns"] == BEGAN + 100 - ORIGIN
    assert [row["text"] for row in rows] == [record_words(record.kind, record.text) for record in batch]


def test_csv_has_the_sentences_too(writer: SessionWriter) -> None:
    with SessionReader(recorded(writer), pytest.fail) as reader:  # type: ignore[arg-type]
        content = b"".join(export_session(reader, "csv", None, None)).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [row["text"] for row in rows] == [event_words(event) for event in EVENTS]
    assert [row["kind"] for row in rows] == [event.kind.word for event in EVENTS]
    assert [int(row["t_ns"]) for row in rows] == [BEGAN + 1_000 * place - ORIGIN for place in range(len(EVENTS))]


def test_every_instant_of_a_chain_is_written() -> None:
    assert {f"{field.name}_ns" for field in fields(StopChain)} <= as_json(END, 3_000_000)["chain"].keys()
