"""Cards: what a list of sessions says, without reading their lines, whatever the files turn out to be."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.batch import JOURNAL, NOBODY, Kind
from app.session import cards as cards_module
from app.session.cards import cards, found_notes, read_card, session_parts
from app.session.journal import NoteKind
from app.session.reader import SessionReader
from tests.session.conftest import ORIGIN
from tests.session.forging import forge_facts
from tests.session.past import MS, Past, sitting
from tests.session.sittings import held_by_another_process, written_by


def test_a_card_says_what_a_person_looks_for(tmp_path: Path) -> None:
    card = read_card(sitting(tmp_path))
    assert (card.charter, card.tester, card.plans[-1].title) == ("Does it stop?", "Ada", "Stops")
    assert card.verdicts() == {"pass": 1, "fail": 1, "not judged": 1}
    assert card.started.startswith("2026-01-02T03:04:05")
    assert card.ended
    assert not card.goes_on
    assert card.problem == ""
    assert card.size == card.path.stat().st_size
    assert card.evidence == 1
    with SessionReader(card.path, print) as reader:
        assert card.records == reader.records()
        assert card.seconds == reader.duration() / 1e9


def test_its_notes_say_when_typing_began_and_what_they_are_about(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.t = 5 * MS
    past.journal.note("slow", NoteKind.BUG, typed=ORIGIN + 3 * MS, link={"line": 7})
    past.journal.note("very slow", link={"run": 1, "worker": "W", "number": 1}, corrects=1)
    first, second = read_card(past.end()).notes
    assert (first.id, first.kind, first.text, first.t_ns, first.line) == (1, "bug", "slow", 3 * MS, 7)
    assert (second.about, second.line, second.corrects) == ("W #1", None, 1)


def test_only_what_the_journal_stands_in_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(tmp_path)
    for _ in range(200):
        past.lines(50, run=256)  # an id whose bytes have zeros in a row
    past.journal.note("one")
    unpacked = []
    real = cards_module.SessionReader._batch
    monkeypatch.setattr(SessionReader, "_batch", lambda self, head: unpacked.append(head.first) or real(self, head))
    card = read_card(past.end())
    assert [note.text for note in card.notes] == ["one"]
    assert len(unpacked) == 2  # the surroundings and the note
    assert card.records == 10_002


def test_the_newest_comes_first_and_each_is_read_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [sitting(tmp_path, day) for day in range(3)]
    read: list[Path] = []
    real = cards_module.read_card
    monkeypatch.setattr(cards_module, "read_card", lambda path: read.append(path) or real(path))
    found = cards(tmp_path)
    assert read == []
    assert next(found).path == made[2]
    assert read == made[2:]
    assert [card.path for card in found] == [made[1], made[0]]


def test_there_need_be_no_folder(tmp_path: Path) -> None:
    assert list(cards(tmp_path / "none")) == []


def test_notes_are_found_whatever_the_case(tmp_path: Path) -> None:
    for day, text in enumerate(("The STRASSE is wide", "nothing", "a Straße")):
        sitting(tmp_path, day, notes=(text,))
    found = [(card.path.stem[:8], note.text) for card, note in found_notes(cards(tmp_path), "straße")]
    assert found == [("20260104", "a Straße"), ("20260102", "The STRASSE is wide")]
    assert list(found_notes(cards(tmp_path), "  ")) == []


HOSTILE = "<img src='file:///etc/passwd'>\0\u202egnp.exe\ud800\n\x1b[2J" + "x" * 100_000


def test_hostile_texts_are_kept_as_they_are(tmp_path: Path) -> None:
    past = Past(tmp_path, charter=HOSTILE, tester=HOSTILE)
    past.journal.note(HOSTILE)
    card = read_card(past.end())
    assert card.charter == card.tester == card.notes[0].text == HOSTILE


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
    past.record(JOURNAL, NOBODY, kind, [text])
    past.journal.note("still there")
    card = read_card(past.end())
    assert card.notes[-1].text == "still there"
    assert card.problem == ""


def test_too_much_of_a_journal_is_cut_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards_module, "MOST_KEPT", 5_000)
    past = Past(tmp_path)
    for number in range(10):
        past.journal.note(f"{number}" * 1_000)
    card = read_card(past.end())
    assert 1 < len(card.notes) < 10
    assert "too much" in card.problem
    assert card.problem.endswith(".")
    assert card.records == 11


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
    path, good = sitting(tmp_path, 0), sitting(tmp_path, 1)
    BROKEN[what](path)
    card = read_card(path)
    assert card.problem.startswith(str(path))
    assert card.problem.endswith(".")
    assert "\n" not in card.problem
    assert (path in [card.path for card in cards(tmp_path)]) is (what != "gone")
    assert read_card(good).problem == ""


def test_what_can_be_read_of_a_damaged_one_is_there(tmp_path: Path) -> None:
    path = sitting(tmp_path)
    damaged(path)
    card = read_card(path)
    assert card.notes[0].text == "it stops"
    assert "damaged" in card.problem


def test_a_file_that_is_locked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.reader._TIMEOUT", 0.01)
    path = sitting(tmp_path)
    with held_by_another_process(path):
        assert "locked" in read_card(path).problem


def test_one_that_was_cut_off_is_read_and_goes_on_in_nobody(tmp_path: Path) -> None:
    past = Past(tmp_path, charter="x")
    path = past.cut_off()
    path.with_name(f"{path.name}-wal").touch()
    size = sum(part.stat().st_size for part in session_parts(path))
    card = read_card(path)
    assert (card.ended, card.goes_on, card.charter, card.size) == (False, False, "x", size)


def test_one_that_another_process_writes_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_card(written_by(monkeypatch, tmp_path, os.getppid())).goes_on


def test_nobody_waits_for_one_that_is_not_wanted_any_more(tmp_path: Path) -> None:
    path = sitting(tmp_path)
    assert read_card(path, lambda: True).notes == ()
