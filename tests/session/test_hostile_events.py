"""A file may hold any payload in the place of an event: whatever reads it says something, and nothing is an error."""

import json
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.batch import JOURNAL, Batch, Kind, RunName
from app.core.events import (
    EVENTS,
    Ended,
    Event,
    Failed,
    HeldBack,
    Located,
    Shown,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from app.core.fold import SessionState
from app.core.latency import StopChain
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome
from app.session.comparison import compare, worker_rows
from app.session.export import FORMATS as EXPORTS
from app.session.export import export_lines, export_session
from app.session.reader import SessionReader
from app.session.record_words import record_words
from app.session.reports.timeline import timeline
from app.session.reports.writing import FORMATS as REPORTS
from app.session.reports.writing import render_report
from app.session.segments import Segment
from app.session.session_report import read_report
from app.session.session_summary import read_summary
from app.session.writer import SessionWriter
from app.ui.browser.logic import run_table, snapshot_of
from app.ui.chain.words import title_words, verdict
from app.ui.timeline.model import Timeline
from tests.session.stories import CATALOGUE

# (run, kind, text) of a record
Row = tuple[int, int, str]

_INT64 = st.integers(-(2**63), 2**63 - 1)
_INSTANTS = st.none() | st.integers(0, 10**12) | _INT64
_TEXTS = st.text(max_size=8)
_BANDS = st.none() | st.tuples(_INT64, _INT64)
_CALLS = st.lists(st.builds(Call, _TEXTS, _INT64, _TEXTS, _TEXTS), max_size=3).map(tuple)
_LATENESS = st.none() | st.builds(Lateness, _INT64, st.sampled_from(LateReason), _INT64, _INT64)
_SECONDS = st.floats(0, 1e9, exclude_max=True)
# Events as the codec takes them, whose values no run would ever have.
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, _TEXTS, _TEXTS, _SECONDS),
    st.builds(StopRequested, _INSTANTS, st.booleans(), _BANDS, _INSTANTS),
    st.builds(Stuck, _INT64, _INSTANTS, _CALLS),
    st.builds(Located, _CALLS),
    st.builds(HeldBack, st.lists(st.tuples(_INT64, _INT64), max_size=4).map(tuple)),
    st.builds(Failed, _TEXTS, _TEXTS, st.booleans()),
    st.builds(Shown, _INT64, _INT64),
    st.builds(
        Ended,
        outcome=st.sampled_from(Outcome),
        chain=st.builds(StopChain, *[_INSTANTS] * 6),
        lines=_INT64,
        was_stuck=st.booleans(),
        released=_INSTANTS,
        lateness=_LATENESS,
        band=_BANDS,
        longest_work=_INSTANTS,
        strategy=_TEXTS,
        workload=_TEXTS,
        interval=_SECONDS,
    ),
)
# Payloads that are none, or nearly: any JSON, with the names of the real ones.
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS | st.just(10**400),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_FIELDS = sorted({name for event in EVENTS.values() for name in event.__dataclass_fields__})
_NEARLY = st.builds(
    lambda name, values: json.dumps({"event": name, **values}),
    st.sampled_from(sorted(EVENTS)) | _JSON,
    st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=8),
)
_DEEP = st.sampled_from(["[" * 9_999, '{"event": ' * 1_500, '{"event": "ended", "chain": ' + "[" * 5_000])
_RUNS = st.sampled_from([1, 1, 2, 3, JOURNAL, -7, 2**62])
_KINDS = st.sampled_from([*map(int, Kind), 99])


@st.composite
def _changed(draw: st.DrawFn) -> tuple[int, str]:
    """Return an event with one of its values replaced by anything."""
    kind, text = encode(draw(_EVENTS))
    values = json.loads(text)
    values[draw(st.sampled_from(sorted(values)))] = draw(_JSON)
    return kind, json.dumps(values)


_PAYLOADS = st.one_of(
    _EVENTS.map(encode), _changed(), st.tuples(_KINDS, _NEARLY), st.tuples(_KINDS, _TEXTS), st.tuples(_KINDS, _DEEP)
)
_ROWS = st.tuples(_RUNS, _PAYLOADS).map(lambda row: (row[0], *row[1]))


def _end(**values: object) -> tuple[int, str]:
    facts = {"chain": StopChain(), "lines": 1, "was_stuck": False, "released": None, "lateness": None}
    more = {"band": None, "longest_work": 0, "strategy": "s", "workload": "w", "interval": 0.0}
    return encode(Ended(**{"outcome": Outcome.COMPLETED, **facts, **more, **values}))  # type: ignore[arg-type]


TWICE: list[Row] = [(1, *_end()), (1, *_end(lines=2)), (1, *encode(Stuck(1, None, ()))), (1, *encode(Shown(1, 1)))]
UNKNOWN: list[Row] = [(9, *encode(Shown(5, 5))), (9, Kind.LINE, "a"), (9, *encode(Shown(5, 5)))]
FURTHEST: list[Row] = [(1, *_end(chain=StopChain(-(2**63), 2**63 - 1, -(2**63), 0, 2**63 - 1, 0)))]
RELEASED: list[Row] = [(1, *_end(outcome=Outcome.RELEASED, released=2**63 - 1, was_stuck=True))]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(_ROWS, max_size=12), step=st.sampled_from([0, 1_000, 10**15]), name=_TEXTS)
@example(rows=TWICE, step=1_000, name="W")
@example(rows=UNKNOWN, step=1_000, name="W")
@example(rows=FURTHEST, step=0, name="W")
@example(rows=RELEASED, step=1_000, name="W")
def test_whatever_stands_in_the_place_of_an_event_there_is_everything(
    rows: list[Row], step: int, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _written(tmp_path_factory.mktemp("hostile") / "a.tcsession", rows, step, name)
    report, summary = read_report(path), read_summary(path)
    assert report.damaged == ()
    assert (summary.problem, summary.records) == ("", len(rows))
    for form in REPORTS:
        content = b"".join(render_report(report, form, CATALOGUE))
        if form == "trace":
            json.loads(content)
    drawn = timeline(report)
    assert len(drawn.rows) == len(report.runs)
    assert {cells[-1] for cells in worker_rows(compare(report, report, CATALOGUE))} <= {""}
    with SessionReader(path, pytest.fail) as reader:  # type: ignore[arg-type]
        for form in EXPORTS:
            whole = b"".join(export_session(reader, form, None, None))
            assert whole == b"".join(export_lines([Segment(0, path)], None, form, 0))
        batches = [batch for _, batch in reader.batches()]
    _the_window_too(batches, report.runs)


def _written(path: Path, rows: Sequence[Row], step: int, name: str) -> Path:
    writer = SessionWriter(path, {"id": "a", "origin_ns": "1000", "started_ns": "0", "started": ""})
    names = {run: RunName(name, run) for run, _, _ in rows} | {JOURNAL: RunName("", 0)}
    for place, (run, kind, text) in enumerate(rows):
        instants = array("q", [1_000 + place * step])
        writer.write(Batch(instants, array("q", [run]), bytearray([kind]), [text], {run: names[run]}))
    writer.finish("")
    return path


def _the_window_too(batches: list[Batch], runs: Sequence[object]) -> None:
    """What the window shows of a file: its rows, its lanes, its table of runs, and each stop."""
    state, lanes = SessionState(), Timeline(1_000)
    for batch in batches:
        state.consume(batch)
        lanes.add(batch)
        for record in batch:
            assert isinstance(record_words(record.kind, record.text), str)
    lanes.stops()
    assert len(run_table(runs, CATALOGUE)) == len(runs)  # type: ignore[arg-type]
    for run in runs:
        snapshot = snapshot_of(run)  # type: ignore[arg-type]
        if snapshot is not None:
            title_words(snapshot)
            verdict(snapshot, 0)


def test_the_first_end_of_a_run_counts(tmp_path: Path) -> None:
    (run,) = read_report(_written(tmp_path / "a.tcsession", TWICE, 1_000, "W")).runs
    assert (run.outcome, run.lines, run.was_stuck) == (Outcome.COMPLETED, 1, False)
    assert run.chain.shown == 1 - 1_000


def test_what_was_shown_of_an_unknown_run_is_no_run(tmp_path: Path) -> None:
    report = read_report(_written(tmp_path / "a.tcsession", UNKNOWN[:1], 1_000, "W"))
    assert (report.runs, report.records) == ((), 1)
