"""What a crash left behind is marked once, said once, and can be opened."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.session.archive import Archive
from app.session.places import CutOff, cut_off_sessions, mark_cut_off, new_writer, session_paths
from app.session.reader import SessionReader
from app.session.store import SessionWriter
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.sittings import held_by_another_process

NOTHING = CutOff("", None)


def crash(folder: Path, texts: list[str]) -> Path:
    """Have another process record something and end in the middle of it."""
    before = set(session_paths(folder))
    code = (
        "import os, sys; from pathlib import Path\n"
        "from tests.session.conftest import STARTED, batch; from app.session.places import new_writer\n"
        "new_writer(Path(sys.argv[1]), STARTED, 1_000).write(batch(sys.argv[2:])); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder), *texts], check=False).returncode == 9
    (path,) = set(session_paths(folder)) - before
    return path


def test_the_newest_of_those_that_were_cut_off_is_offered_once(tmp_path: Path) -> None:
    assert cut_off_sessions(tmp_path / "none") == NOTHING
    first, second = (crash(tmp_path, [text]) for text in ("a", "b"))
    ended = new_writer(tmp_path, STARTED, ORIGIN)
    ended.write(batch(["c"]))
    ended.finish("later")
    found = cut_off_sessions(tmp_path)
    assert found.path == second
    assert f"thread-controller export {first.stem} or {second.stem}" in found.sentence
    assert cut_off_sessions(tmp_path) == NOTHING
    assert mark_cut_off(tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".tcsession"] == []
    with contextlib.closing(Archive.of(second, pytest.fail)) as archive:
        assert [record.text for record in archive.records(0, 9)] == ["b"]
        assert archive.facts()["cut_off"] == "yes"
        assert "ended" not in archive.facts()


def test_what_another_window_writes_or_holds_is_left_alone(tmp_path: Path) -> None:
    path = crash(tmp_path, ["a"])
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'process'", (str(os.getppid()),))
        connection.commit()
    assert cut_off_sessions(tmp_path) == NOTHING
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = '1000000000' WHERE key = 'process'")
        connection.commit()
    with held_by_another_process(path):
        assert cut_off_sessions(tmp_path) == NOTHING
    with SessionReader(path, pytest.fail) as reader:
        assert cut_off_sessions(tmp_path).path == path
        assert [line.text for line in reader.lines()] == ["a"]
    assert cut_off_sessions(tmp_path) == NOTHING


def test_what_is_no_session_is_passed_over(tmp_path: Path, writer: SessionWriter) -> None:
    (tmp_path / "a.tcsession").write_bytes(b"")
    (tmp_path / "b.tcsession").write_bytes(b"no database" * 99)
    (tmp_path / "c.tcsession").mkdir()
    (tmp_path / "d.tcsession").symlink_to(tmp_path / "nowhere")
    (tmp_path / "e.tcsession").symlink_to(tmp_path / "e.tcsession")
    writer.finish("later")
    with contextlib.closing(sqlite3.connect(writer.path)) as connection:
        connection.execute("DELETE FROM meta")
        connection.commit()
    writer.path.rename(tmp_path / "f.tcsession")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert cut_off_sessions(tmp_path) == NOTHING
    assert sorted(path.name for path in tmp_path.iterdir()) == before
