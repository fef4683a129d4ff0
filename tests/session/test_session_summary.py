"""Summaries: what a list of sessions says, without reading their lines, whatever the files turn out to be."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.batch import JOURNAL, NO_RUN, Kind
from app.session import batch_file
from app.session.folder import session_files, session_paths
from app.session.journal import NoteKind
from app.session.journal_reader import verdict_counts
from app.session.reader import SessionReader
from app.session.session_report import read_report
from app.session.session_summary import SessionSummary, find_notes, read_summary
from tests.session.conftest import ORIGIN
from tests.session.forging import forge_facts
from tests.session.past import MS, Past, past_session
from tests.session.recorded_sessions import held_by_another_process, written_by


def summaries(folder: Path) -> list[SessionSummary]:
    """Return the summaries of a folder's sessions, newest first."""
    return [read_summary(path) for path in reversed(session_paths(folder))]


def test_a_summary_says_what_a_person_looks_for(tmp_path: Path) -> None:
    summary = read_summary(past_session(tmp_path))
    assert (summary.charter, summary.tester, summary.plans[-1].title) == ("Does it stop?", "Ada", "Stops")
    assert verdict_counts(summary.steps) == {"pass": 1, "fail": 1, "not judged": 1}
    assert summary.started.startswith("2026-01-02T03:04:05")
    assert summary.ended
    assert not summary.is_recorded_elsewhere
    assert summary.problem == ""
    assert summary.size == summary.path.stat().st_size
    assert summary.evidence == 1
    with SessionReader(summary.path, print) as reader:
        assert summary.records == reader.records()
        assert summary.seconds == reader.duration() / 1e9


def test_it_says_of_the_journal_what_the_report_says(tmp_path: Path) -> None:
    past = Past(tmp_path, charter="Why?", tester="Ada")
    past.judge(2, "blocked")  # before any plan is opened in this file
    past.open_plan(resumes="before")
    past.judge(1, "fail", actual="it hangs", by_program=True)
    past.journal.note("slow", NoteKind.BUG, typed=ORIGIN + 3 * MS, link={"line": 7})
    past.open_plan()
    past.judge(1, "pass")
    past.journal.evidence("a.txt", "text/plain", b"x", "F12")
    path = past.end()
    summary, report = read_summary(path), read_report(path)
    assert (summary.charter, summary.tester) == (report.charter, report.tester) == ("Why?", "Ada")
    assert summary.notes == report.notes
    assert summary.steps == report.steps
    assert [step.verdict for step in report.steps] == ["blocked", "fail", None, None, "pass", None, None]
    assert summary.evidence == len(report.evidence) == 1
    assert [plan.resumes for plan in summary.plans] == ["", "before", ""]


def test_its_notes_say_when_typing_began_and_what_they_are_about(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.t = 5 * MS
    past.journal.note("slow", NoteKind.BUG, typed=ORIGIN + 3 * MS, link={"line": 7})
    past.journal.note("very slow", link={"run": 1, "worker": "W", "number": 1}, corrects=1)
    first, second = read_summary(past.end()).notes
    assert (first.id, first.kind, first.text, first.t_ns, first.line) == (1, "bug", "slow", 3 * MS, 7)
    assert (second.about, second.line, second.corrects) == ("W #1", None, 1)


def test_only_what_the_journal_stands_in_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(tmp_path)
    for _ in range(200):
        past.lines(50, run=256)  # an id whose bytes have zeros in a row
    past.journal.note("one")
    unpacked = []
    real = batch_file.unpack
    monkeypatch.setattr(batch_file, "unpack", lambda head, *blobs: unpacked.append(head.first) or real(head, *blobs))
    summary = read_summary(past.end())
    assert [note.text for note in summary.notes] == ["one"]
    assert len(unpacked) == 2  # the surroundings and the note
    assert summary.records == 10_002


def test_notes_are_found_whatever_the_case(tmp_path: Path) -> None:
    for day, text in enumerate(("The STRASSE is wide", "nothing", "a Straße")):
        past_session(tmp_path, day, notes=(text,))
    found = [(summary.path.stem[:8], note.text) for summary, note in find_notes(summaries(tmp_path), "straße")]
    assert found == [("20260104", "a Straße"), ("20260102", "The STRASSE is wide")]
    assert list(find_notes(summaries(tmp_path), "  ")) == []


HOSTILE = "<img src='file:///etc/passwd'>\0\u202egnp.exe\ud800\n\x1b[2J" + "x" * 100_000


def test_hostile_texts_are_kept_as_they_are(tmp_path: Path) -> None:
    past = Past(tmp_path, charter=HOSTILE, tester=HOSTILE)
    past.journal.note(HOSTILE)
    summary = read_summary(past.end())
    assert summary.charter == summary.tester == summary.notes[0].text == HOSTILE


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"note": 1, "id": "x", "typed_ns": 1e999}', '{"note": null, "link": 3}', '{"action": []}',
     '{"action": "plan", "plan": {"step": 7}, "title": []}', '{"step": 1, "verdict": "pass", "plan": {}}',
     '{"step": {}, "verdict": "pass"}', '{"step": 1, "verdict": "what"}',
     '{"action": "session", "charter": {}}', "[" * 9_999],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Kind.ACTION, Kind.NOTE, Kind.STEP, Kind.EVIDENCE])
def test_what_is_no_entry_is_left_out(tmp_path: Path, kind: Kind, text: str) -> None:
    past = Past(tmp_path)
    past.record(JOURNAL, NO_RUN, kind, [text])
    past.journal.note("still there")
    summary = read_summary(past.end())
    assert summary.notes[-1].text == "still there"
    assert summary.problem == ""


def test_too_much_of_a_journal_is_cut_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.journal_reader.MOST_SUMMARY_CHARACTERS", 5_000)
    past = Past(tmp_path)
    for number in range(10):
        past.journal.note(f"{number}" * 1_000)
    summary = read_summary(past.end())
    assert 1 < len(summary.notes) < 10
    assert "too much" in summary.problem
    assert summary.problem.endswith(".")
    assert summary.records == 11


def damaged(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE batch SET texts = x'00' WHERE first = 1")
    connection.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript("PRAGMA user_version = 99; DROP TABLE batch")
    connection.close()


def odd(path: Path) -> None:
    forge_facts(path, origin_ns="9" * 3_000)


BROKEN: dict[str, Callable[[Path], object]] = {
    "newer": newer,
    "damaged": damaged,
    "odd": odd,
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_text("hello"),
    "cut short": lambda path: os.truncate(path, 5_000),
    "gone": Path.unlink,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_read_is_one_sentence_and_hides_no_other(tmp_path: Path, what: str) -> None:
    path, good = past_session(tmp_path, 0), past_session(tmp_path, 1)
    BROKEN[what](path)
    summary = read_summary(path)
    assert summary.problem.startswith(str(path))
    assert summary.problem.endswith(".")
    assert "\n" not in summary.problem
    assert (path in [summary.path for summary in summaries(tmp_path)]) is (what != "gone")
    assert read_summary(good).problem == ""


def test_what_can_be_read_of_a_damaged_one_is_there(tmp_path: Path) -> None:
    path = past_session(tmp_path)
    damaged(path)
    summary = read_summary(path)
    assert summary.notes[0].text == "it stops"
    assert "damaged" in summary.problem


def test_a_file_that_is_locked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.reader._TIMEOUT", 0.01)
    path = past_session(tmp_path)
    with held_by_another_process(path):
        assert "locked" in read_summary(path).problem


def test_one_that_was_cut_off_is_read_and_no_process_writes_it(tmp_path: Path) -> None:
    past = Past(tmp_path, charter="x")
    path = past.cut_off()
    path.with_name(f"{path.name}-wal").touch()
    size = sum(part.stat().st_size for part in session_files(path))
    summary = read_summary(path)
    assert (summary.ended, summary.is_recorded_elsewhere, summary.charter, summary.size) == (False, False, "x", size)


def test_one_that_another_process_writes_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_summary(written_by(monkeypatch, tmp_path, os.getppid())).is_recorded_elsewhere


def test_one_that_is_not_wanted_any_more_is_not_waited_for(tmp_path: Path) -> None:
    path = past_session(tmp_path)
    assert read_summary(path, lambda: True).notes == ()


def test_a_session_that_grows_while_it_is_read_has_nothing_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path, charter="Grows")
    past.lines(5)
    heads = batch_file.BatchFile.heads

    def grows_after_the_last(file: batch_file.BatchFile, start: int, stop: int | None, most: int) -> list[object]:
        found = heads(file, start, stop, most)
        if not found:
            past.lines(3)
        return found  # type: ignore[return-value]

    monkeypatch.setattr(batch_file.BatchFile, "heads", grows_after_the_last)
    summary = read_summary(past.path)
    assert (summary.charter, summary.problem) == ("Grows", "")
    past.cut_off()
