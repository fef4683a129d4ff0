"""A report says what was done, seen, judged and kept, whatever the file holds, and keeps no lines."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.batch import JOURNAL, Batch, Kind, Record, RunName
from app.core.errors import BadInput
from app.core.events import Started, encode
from app.core.states import Outcome
from app.session.journal import Check, NoteKind, Verdict
from app.session.journal_reader import MOST_EVIDENCE_KEPT, verdict_counts
from app.session.reports.writing import FORMATS, render_report
from app.session.session_report import read_report
from app.session.writer import SessionWriter
from tests.session.conftest import ORIGIN, batch
from tests.session.damage import flip_a_byte
from tests.session.stories import CATALOGUE, PNG, RecordedCore, record, usual

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    """action note step evidence clicked_ns run worker field text id kind typed_ns link corrects plan title verdict by
    actual checks name type why data charter tester timebox_s line span_ns number""".split()  # noqa: SIM905 - readable
)
_WORDS = st.sampled_from(["start", "stop", "session", "environment", "plan", "edit", "pass", "fail", "program"])
_ENTRIES = st.dictionaries(_KEYS, _VALUES | _WORDS, max_size=9)


def test_every_run_is_told_with_its_worker_and_its_lines(tmp_path: Path) -> None:
    report = read_report(record(tmp_path, usual))
    assert [run.title for run in report.runs] == ["Waiter #1", "Counter #1", "Timed #1", "Waiter #2"]
    first, counter, timed, second = report.runs
    assert (first.strategy, first.workload, first.interval) == ("event-wait", "sleep", 0.02)
    assert first.table is not None
    assert first.table["text_at_end"] == ["bye", '"']
    assert first.chain.clicked is not None
    assert first.outcome is Outcome.INTERRUPTED
    assert (counter.outcome, counter.lines, counter.chain.latency) == (Outcome.COMPLETED, 5, None)
    assert timed.chain.latency is not None
    assert report.lines == sum(run.line_records for run in report.runs)
    assert (first.began, first.running) < (counter.began, counter.running) < (second.began, second.running)
    assert (report.charter, report.tester, report.timebox) == ("How do they stop?", "Ada", 60.0)
    assert report.environment["python"] == "3.x"
    assert [action.word for action in report.actions] == ["session", *["start"] * 1, "stop", *["start"] * 3, "stop-all"]
    assert report.damaged == ()
    assert report.ended


def test_errors_and_stuck_stacks_belong_to_their_run(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.begin(name="Broken", workload="error", strategy="event-poll", interval=0.0)
        stuck = core.begin(name="Stuck", workload="sleep", strategy="event-poll", interval=0.5)
        core.until_lines(stuck, 1)
        core.ask(stuck)

    report = read_report(record(tmp_path, act, deadline=0.05))
    broken, stuck = report.runs
    assert broken.outcome is Outcome.FAILED
    assert "Traceback" in broken.errors[0]
    assert stuck.was_stuck
    assert "stuck" in stuck.outcome_words
    assert any("event_poll.py" in text for text in stuck.stacks)


def test_what_the_person_and_what_the_program_judged_are_kept_apart(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        steps = [{"title": "Stop it"}, {"title": "Look"}, {"title": "Never judged"}]
        core.journal.action("plan", title="P", plan={"step": steps})
        check = Check("outcome", "interrupted", "failed", passed=False)
        core.journal.step("P", 1, "Stop it", Verdict.FAIL, by_program=True, checks=(check,))
        core.journal.step("P", 1, "Stop it", Verdict.BLOCKED, by_program=False)
        core.journal.step("P", 1, "Stop it", Verdict.PASS, by_program=False, actual="looks fine")
        core.journal.step("P", 2, "Look", Verdict.SKIP, by_program=False)
        note = core.journal.note("hm", NoteKind.RISK, link={"run": 1, "worker": "W", "number": 1})
        core.journal.note("hmm", corrects=note)
        core.journal.evidence("window.png", "image/png", PNG, "F12", 1)

    report = read_report(record(tmp_path, act))
    first, look, never = report.steps
    assert first.by_person is not None
    assert first.by_program is not None
    assert (first.by_person.verdict, first.by_person.actual) == (Verdict.PASS, "looks fine")
    assert first.by_program.checks[0].found == "failed"
    assert (first.verdict, look.verdict, never.verdict) == (Verdict.FAIL, Verdict.SKIP, None)
    assert verdict_counts(report.steps) == {"fail": 1, "skip": 1, "not judged": 1}
    assert [(note.kind, note.about, note.corrects) for note in report.notes] == [
        ("risk", "W #1", None),
        ("note", "", 1),
    ]
    assert report.evidence[0].data == PNG


def test_a_session_without_a_journal_has_a_report_too(writer: SessionWriter) -> None:
    writer.write(batch(["one", "two"], run=1))
    kind, text = encode(Started("flag", "sleep", 0.25))
    writer.write(batch([text], run=2, kind=kind))
    writer.finish("2026-01-02T03:05:00+00:00")
    report = read_report(writer.path)
    assert [(run.title, run.lines, run.strategy, run.interval) for run in report.runs] == [
        ("W1 #1", 2, "", None),
        ("W2 #2", 0, "flag", 0.25),
    ]
    assert report.runs[0].outcome_words == "did not end"
    assert "python" in report.environment
    assert (report.steps, report.notes, report.actions) == ((), (), ())
    for form in FORMATS:
        assert b"".join(render_report(report, form, CATALOGUE))


def test_what_is_damaged_is_said_and_the_rest_is_told(writer: SessionWriter) -> None:
    writer.write(batch(["one", "two"], run=1))
    writer.write(batch(["three"], run=2))
    writer.finish("later")
    flip_a_byte(writer.path)
    report = read_report(writer.path)
    assert [run.title for run in report.runs] == ["W2 #2"]
    assert "lines 0 to 1 are left out" in report.damaged[0]
    assert b"are left out" in b"".join(render_report(report, "html", CATALOGUE))


def test_a_file_that_is_no_session_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.tcsession").write_bytes(b"no database" * 99)
    with pytest.raises(BadInput, match=r"cannot be read as a session"):
        read_report(tmp_path / "a.tcsession")


@settings(max_examples=20)
@given(entries=st.lists(st.tuples(st.sampled_from(list(Kind)), _ENTRIES), max_size=8), text=st.text(max_size=9))
def test_whatever_the_journal_holds_there_is_a_report_and_every_report(
    entries: list[tuple[Kind, dict[str, object]]], text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.tcsession"
    writer = SessionWriter(path, {"id": text, "origin_ns": "0", "started_ns": "0", "started": text})
    records = [
        Record(place, run, kind, json.dumps(entry)) for place, (kind, entry) in enumerate(entries) for run in (0, 1)
    ]
    made = Batch()
    for one in [Record(0, 1, Kind.LINE, text), Record(0, 1, Kind.CHAIN, _absurd_chain()), *records]:
        made.instants.append(one.instant)
        made.runs.append(one.run)
        made.kinds.append(one.kind)
        made.texts.append(one.text)
    made.names = {JOURNAL: RunName("", 0), 1: RunName(text, 1)}
    writer.write(made)
    writer.finish("")
    report = read_report(path)
    for form in FORMATS:
        assert b"".join(render_report(report, form, CATALOGUE))


def _absurd_chain() -> str:
    instants = dict.fromkeys(
        ("clicked_ns", "requested_ns", "noticed_ns", "cleaned_up_ns", "ended_ns", "shown_ns"), 10**300
    )
    more = {"outcome": "failed", "was_stuck": True, "strategy": "", "workload": "", "interval_s": 1e300}
    return json.dumps({**instants, **more, "band_ns": [1, 10**300], "outside": ""})


def test_many_lines_are_counted_and_not_kept(writer: SessionWriter) -> None:
    for start in range(0, 20_000, 1_000):
        writer.write(batch([f"{start + i} {'x' * 200}" for i in range(1_000)]))
    writer.finish("later")
    tracemalloc.start()
    try:
        report = read_report(writer.path)
        peak_of_report = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        size = sum(map(len, render_report(report, "trace", CATALOGUE)))
        peak_of_trace = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.lines == 20_000
    assert size > 5_000_000
    assert peak_of_report < 2_000_000
    assert peak_of_trace < 3_500_000  # one batch of 1,000 lines as events


def test_more_evidence_than_memory_is_named_but_not_kept(
    writer: SessionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_EVIDENCE_KEPT >= 32 * 2**20
    monkeypatch.setattr("app.session.journal_reader.MOST_EVIDENCE_KEPT", 100)
    pieces = [
        {"evidence": n, "name": "a", "type": "text/plain", "why": "", "step": None, "data": "A" * 88} for n in (1, 2)
    ]
    made = batch([json.dumps(piece) for piece in pieces], run=JOURNAL, start=ORIGIN, kind=Kind.EVIDENCE)
    writer.write(made)
    writer.finish("later")
    report = read_report(writer.path)
    assert [(len(piece.data), piece.size) for piece in report.evidence] == [(66, 66), (0, 66)]
    assert b"too much of it for this report" in b"".join(render_report(report, "html", CATALOGUE))
