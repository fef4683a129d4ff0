"""A damaged session file: nothing is missing, altered or misdated without a word, and what is not hit comes out."""

import contextlib
import random
import sqlite3
from pathlib import Path
from statistics import median

import pytest

from app.core.batch import Batch
from app.session.folder import cut_off_sessions
from app.session.packing import compress, decompress
from app.session.reader import SessionReader
from tests.session.damage import Sample, cuts, exported, flips, judge, sample

FLIPS, CUTS = 60, 20
LINES = (1, 60)  # of each run in a batch


@pytest.fixture(scope="module", params=[True, False], ids=["ended", "not ended"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("made"), 25, ended=request.param, lines=LINES)


def test_of_a_sound_file_all_is_there_and_nothing_is_said(made: Sample, tmp_path: Path) -> None:
    path = made.place(tmp_path / "s")
    for form in ("text", "csv", "jsonl"):
        found = exported(path, form, None)
        assert found is not None
        assert found[1] == []
        assert found[0].count(b"\n") > len(made.records) * 0.9


def test_no_flipped_byte_takes_anything_away_in_silence(made: Sample, tmp_path: Path) -> None:
    verdicts = list(flips(made, FLIPS, tmp_path / "s", seed=1))
    assert [what for what, verdict in verdicts if verdict.silent or verdict.untrue] == []
    shares = [verdict.rescued for _, verdict in verdicts if verdict.rescued is not None]
    assert sum(share >= 0.95 for share in shares) >= 0.95 * len(shares)
    assert sum(verdict.said for _, verdict in verdicts) > FLIPS / 2


def test_of_a_file_that_was_cut_off_what_is_left_comes_out_and_the_rest_is_said(made: Sample, tmp_path: Path) -> None:
    verdicts = list(cuts(made, CUTS, tmp_path / "s", seed=2))
    assert [what for what, verdict in verdicts if verdict.silent or verdict.untrue] == []
    assert median(verdict.rescued for _, verdict in verdicts if verdict.rescued is not None) >= 0.95


@pytest.mark.parametrize("column", ["columns", "texts"])
def test_what_inflates_and_is_not_what_was_written_is_told_by_our_own_checksum(tmp_path: Path, column: str) -> None:
    """A flipped byte is mostly found by zlib already; here its own sum is right, and so is the row's."""
    made = sample(tmp_path / "made", 5, ended=True, lines=(5, 10))
    path = made.place(tmp_path / "s")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        row = connection.execute("SELECT first, columns, texts FROM batch ORDER BY first LIMIT 1 OFFSET 2").fetchone()
        batch = Batch.from_bytes(*map(decompress, row[1:]))
        batch.instants[1] += 1
        batch.texts[1] += "!"
        other = dict(zip(("columns", "texts"), map(compress, batch.to_bytes()), strict=True))
        connection.execute(f"UPDATE batch SET {column} = ? WHERE first = ?", (other[column], row[0]))
    verdict = judge(path, made, "jsonl", None, untouched={0, 1, 3, 4})
    assert (verdict.said, verdict.silent, verdict.untrue, verdict.rescued) == (True, False, False, 1.0)


# -- a log ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample(tmp_path_factory.mktemp("made"), 25, ended=False, lines=LINES)


def test_what_follows_a_damaged_page_in_a_log_is_read_all_the_same(crashed: Sample, tmp_path: Path) -> None:
    log = bytearray(crashed.parts["-wal"])
    log[32 + 4_120 * 2 + 3_000] ^= 1
    path = crashed.place(tmp_path / "s", {"-wal": bytes(log)})
    said: list[str] = []
    with SessionReader(path, said.append) as reader:
        assert len(list(reader.lines())) > 0.9 * len(crashed.records)
    assert "a part of its log is damaged" in said[0]


def test_a_file_whose_runs_cannot_be_found_is_read_all_the_same(crashed: Sample, tmp_path: Path) -> None:
    data = bytearray(crashed.parts[""])
    data[4_096 * 2] ^= 1  # what kind of page the table of the runs is
    path = crashed.place(tmp_path / "s", {"": bytes(data)})
    said: list[str] = []
    with SessionReader(path, said.append) as reader:
        assert len(list(reader.lines())) == len(crashed.records)
        assert len(reader.runs()) == 4
    assert len(said) == 1


def test_a_log_that_was_cut_off_is_told_by_its_index(crashed: Sample, tmp_path: Path) -> None:
    whole = (len(crashed.parts["-wal"]) - 32) // 4_120
    path = crashed.place(tmp_path / "s", {"-wal": crashed.parts["-wal"][: 32 + 4_120 * (whole // 2)]})
    said: list[str] = []
    with SessionReader(path, said.append) as reader:
        assert 0 < len(list(reader.lines())) < len(crashed.records)
    assert "a part of its log is missing" in said[0]


def test_what_a_crash_did_not_commit_is_no_damage(crashed: Sample, tmp_path: Path) -> None:
    """The log breaks off in the middle of a commit, and nothing says that there was more of it."""
    log = crashed.parts["-wal"]
    frames = range(32, len(log) - 4_119, 4_120)
    commits = [at for at in frames if log[at + 4 : at + 8] != bytes(4) and log[at + 8 : at + 16] == log[16:24]]
    last = commits[-2]
    for size in (last + 4_120, last + 4_120 + 24, last + 4_120 + 2_000):
        path = crashed.place(tmp_path / "s", {"-wal": log[:size], "-shm": b""})
        said: list[str] = []
        with SessionReader(path, said.append) as reader:
            assert 0 < len(list(reader.lines())) < len(crashed.records)
        assert said == []


def test_a_session_with_a_damaged_log_is_offered_and_not_touched(crashed: Sample, tmp_path: Path) -> None:
    log = bytearray(crashed.parts["-wal"])
    log[random.Random(0).randrange(2_000, len(log) // 2)] ^= 1
    path = crashed.place(tmp_path / "s", {"-wal": bytes(log)})
    # Its process is this one, which is the one of a session of before for who looks for such.
    for _ in range(2):
        assert cut_off_sessions(path.parent).path == path
    assert path.with_name(f"{path.name}-wal").read_bytes() == log
    assert path.read_bytes() == crashed.parts[""]


def test_where_the_index_is_gone_too_the_file_is_read(crashed: Sample, tmp_path: Path) -> None:
    path = crashed.place(tmp_path / "s", {"-shm": b""})
    path.with_name(f"{path.name}-shm").unlink()
    with SessionReader(path, pytest.fail) as reader:
        assert len(list(reader.lines())) == len(crashed.records)
