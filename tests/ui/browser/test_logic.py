"""What the browser says, without a window."""

from pathlib import Path

import pytest

from app.core.errors import BadInput
from app.session.folder import remove_session
from app.session.journal_reader import Note, verdict_count_words
from app.session.session_summary import SessionSummary, deletion_refusal, deletion_words
from app.ui.browser.logic import (
    COLUMNS,
    ENDED_UNEXPECTEDLY,
    count_words,
    excerpt,
    note_words,
    remark,
    row_of,
)

HERE = Path("20260102-030405.tcsession")


def summary(**fields: object) -> SessionSummary:
    known = {"path": HERE, "id": "20260102-030405", "started": "2026-01-02T03:04:05+00:00", "ended": True}
    return SessionSummary(**(known | fields))  # type: ignore[arg-type]


def test_a_row_has_a_cell_a_column() -> None:
    cells = row_of(summary(charter="x", tester="Ada", records=12_345, size=2_500_000, seconds=61.5))
    assert len(cells) == len(COLUMNS)
    assert [cell.text for cell in cells] == [
        "2026-01-02 03:04:05", "x", "Ada", "", "12,345", "61.5 s", "2.5 MB", ""
    ]  # fmt: skip


def test_what_cannot_be_read_is_known_by_its_name_and_its_sentence() -> None:
    cells = row_of(summary(started="", problem="It is damaged."))
    assert (cells[0].text, cells[4].text, cells[7].text) == ("20260102-030405", "", "It is damaged.")


@pytest.mark.parametrize(
    ("fields", "recorded", "words"),
    [({}, False, ""), ({"ended": False}, False, ENDED_UNEXPECTEDLY), ({"ended": False}, True, "Recording now"),
     ({"ended": False, "is_recorded_elsewhere": True}, False, "Recording in another window")],
)  # fmt: skip
def test_the_remark_says_how_it_stands(fields: dict[str, object], recorded: bool, words: str) -> None:
    assert remark(summary(**fields), is_recorded=recorded) == words


def test_hostile_texts_become_visible_and_short() -> None:
    nasty = "<b>x</b>\0\u202e\n\ud800" + "y" * 10_000
    cells = row_of(summary(charter=nasty, tester=nasty, problem=nasty, started=nasty))
    assert all(cell.text.isprintable() and len(cell.text) < 700 for cell in cells)


def test_verdicts_are_words() -> None:
    assert verdict_count_words({"pass": 2, "fail": 1, "not judged": 3}) == "2 passed, 1 failed, 3 not judged"


def test_a_hit_far_inside_a_note_is_shown_with_what_is_around_it() -> None:
    assert excerpt("short", "or") == "short"
    found = excerpt("x" * 5_000 + " the Bug " + "y" * 5_000, "bug")
    assert found.startswith("…xxx")
    assert "Bug" in found[:100]
    assert "Bug" in note_words(Note(1, "note", "x" * 5_000 + "Bug", 0), "bug")


def test_how_many_there_are() -> None:
    assert count_words([], reading=True) == "0 sessions; looking for more…"
    assert count_words([summary()], reading=False) == "1 session"
    assert "1 damaged" in count_words([summary(), summary(problem="x.")], reading=False)


def test_what_is_recorded_or_open_is_not_deleted() -> None:
    assert deletion_refusal([summary()], (), ()) == ""
    for recorded, opened, fields in (((HERE,), (), {}), ((), (HERE,), {}), ((), (), {"is_recorded_elsewhere": True})):
        sentence = deletion_refusal([summary(**fields)], recorded, opened)
        assert sentence.startswith(HERE.name)
        assert sentence.endswith(".")


def test_what_goes_names_files_and_counts(tmp_path: Path) -> None:
    path = tmp_path / HERE.name
    path.touch()
    path.with_name(f"{path.name}-wal").touch()
    words = deletion_words([summary(path=path, records=7, notes=(Note(1, "note", "x", 0),), evidence=2)])
    assert words == f"• {path.name}, {path.name}-wal: 7 records, 1 note, 0 judged steps and 2 pieces of evidence"
    assert deletion_words([summary()] * 15).endswith("and 5 more sessions")
    assert "cannot be read" in deletion_words([summary(problem="x.")])


def test_what_cannot_be_removed_keeps_its_log_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / HERE.name
    log = path.with_name(f"{path.name}-wal")
    for part in (path, log):
        part.touch()
    asked: list[Path] = []

    def refuse(part: Path, missing_ok: bool = False) -> None:
        asked.append(part)
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(BadInput, match=r"cannot be deleted \(Read-only file system\)\.$"):
            remove_session(path)
    assert asked == [path]
    assert log.exists()
    remove_session(path)
    assert list(tmp_path.iterdir()) == []
    remove_session(path)  # gone meanwhile: that is what was wanted
