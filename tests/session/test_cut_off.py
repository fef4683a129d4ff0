"""What a crash left behind is marked once, said once, and can be opened."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.session import folder as folder_module
from app.session.archive import Archive
from app.session.folder import UNEXPECTED_END, UNEXPECTED_ENDS, CutOff, cut_off_sessions, new_writer, session_paths
from app.session.processes import is_alive
from app.session.reader import SessionReader
from app.session.session_summary import read_summary
from app.session.writer import SessionWriter
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.recorded_sessions import held_by_another_process, written_by

NOTHING = CutOff("", None)
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux says of a process whether it has ended, and when it began"
)


CODE = (
    "import os, sys; from pathlib import Path\n"
    "from tests.session.conftest import STARTED, batch; from app.session.folder import new_writer\n"
    "writer = new_writer(Path(sys.argv[1]), STARTED, 1_000); writer.write(batch(sys.argv[2:]));"
)


def crashing(folder: Path, texts: list[str], then: str) -> "subprocess.Popen[bytes]":
    """Return another process that records something and does something else after that."""
    return subprocess.Popen(
        [sys.executable, "-c", f"{CODE} {then}", str(folder), *texts], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def until_ended(process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process has ended, without asking for its exit status."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def crash(folder: Path, texts: list[str]) -> Path:
    """Have another process record something and end in the middle of it."""
    before = set(session_paths(folder))
    with crashing(folder, texts, "os._exit(9)") as process:
        assert process.wait() == 9
    (path,) = set(session_paths(folder)) - before
    return path


def facts_of(path: Path) -> dict[str, str]:
    """Return what a session's file says of itself."""
    with contextlib.closing(Archive.of(path, pytest.fail)) as archive:
        return archive.facts()


def test_the_newest_of_those_that_were_cut_off_is_offered_once(tmp_path: Path) -> None:
    assert cut_off_sessions(tmp_path / "none") == NOTHING
    _first, second = (crash(tmp_path, [text]) for text in ("a", "b"))
    ended = new_writer(tmp_path, STARTED, ORIGIN)
    ended.write(batch(["c"]))
    ended.finish("later")
    found = cut_off_sessions(tmp_path)
    assert found.path == second
    assert found.sentence == UNEXPECTED_ENDS.format(2)
    assert cut_off_sessions(tmp_path) == NOTHING
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".tcsession"] == []
    with contextlib.closing(Archive.of(second, pytest.fail)) as archive:
        assert [record.text for record in archive.records(0, 9)] == ["b"]
        assert archive.facts()["cut_off"] == "yes"
        assert "ended" not in archive.facts()


def test_what_another_window_holds_is_left_alone(tmp_path: Path) -> None:
    path = crash(tmp_path, ["a"])
    with held_by_another_process(path):
        assert cut_off_sessions(tmp_path) == NOTHING
    with SessionReader(path, pytest.fail) as reader:
        assert cut_off_sessions(tmp_path).path == path
        assert [line.text for line in reader.lines()] == ["a"]
    assert cut_off_sessions(tmp_path) == NOTHING


@linux
def test_what_another_window_writes_is_left_to_it_until_it_is_gone(tmp_path: Path) -> None:
    with crashing(tmp_path, ["a"], "print(flush=True); sys.stdin.read()") as process:
        process.stdout.readline()
        assert cut_off_sessions(tmp_path) == NOTHING
        process.kill()
        until_ended(process)
        # Its exit status was not asked for: its number is there still.
        os.kill(process.pid, 0)
        assert cut_off_sessions(tmp_path) == CutOff(UNEXPECTED_END, session_paths(tmp_path)[-1])


def test_the_session_of_this_very_process_goes_on(tmp_path: Path) -> None:
    writer = new_writer(tmp_path, STARTED, ORIGIN)
    writer.write(batch(["a"]))
    assert cut_off_sessions(tmp_path) == NOTHING
    writer.finish("later")
    assert "cut_off" not in facts_of(writer.path)


@linux
def test_the_newest_is_offered_although_its_process_was_killed_just_now(tmp_path: Path) -> None:
    older = crash(tmp_path, ["a"])
    with crashing(tmp_path, ["b"], "os.kill(os.getpid(), 9)") as process:
        until_ended(process)
        found = cut_off_sessions(tmp_path)
        (newer,) = set(session_paths(tmp_path)) - {older}
        assert found.path == newer
        assert found.sentence == UNEXPECTED_ENDS.format(2)


@linux
def test_a_number_that_another_process_has_by_now_does_not_keep_a_session_from_being_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = written_by(monkeypatch, tmp_path, os.getppid())
    monkeypatch.setattr(folder_module, "process_began", lambda _process: "before")
    reused = written_by(monkeypatch, tmp_path, os.getppid())
    assert cut_off_sessions(tmp_path).path == reused
    assert cut_off_sessions(tmp_path) == NOTHING
    assert not read_summary(reused).is_recorded_elsewhere
    assert read_summary(lives).is_recorded_elsewhere


@pytest.mark.parametrize("process", [0, -1, 10**30])
def test_no_process_has_such_a_number(process: int) -> None:
    assert not is_alive(process)


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
