"""What happens to the disk and to the files while they are written: what can be kept is, and nothing is there twice."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.batch import RunName
from app.core.clock import SystemClock
from app.core.credit import Credit
from app.core.engine import Drained
from app.core.lane import Collector
from app.session.folder import new_writer, session_paths
from app.session.reader import SessionReader
from app.session.recorder import Recorder
from app.session.schema import INSERT_META, meta_row
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import ORIGIN, STARTED, WriterConnection, batch
from tests.session.recorded_sessions import RecordedSession, held_by_another_process, small_disk
from tests.session.test_writer import texts_of

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed or replaced there"),
    pytest.mark.usefixtures("quick_retries"),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[RecordedSession]:
    session = RecordedSession(tmp_path / "sessions")
    yield session
    session.recorder.close()


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_a_file_that_another_process_locks_is_waited_for(session: RecordedSession) -> None:
    session.give_and_wait()
    path = session.path
    with held_by_another_process(path):
        session.give()
        session.give(run=2)
        session.until_in_trouble(str(path), "locked")
        assert session.recorder.status().behind == 20
        assert len(session.settled) == 1
        assert texts_of(path) == session.given[:10]
    session.until_recorded()
    assert session.recorder.status().trouble == ""
    assert len(session.settled) == 3
    assert session.lost() == set()
    assert [segment.path for segment in session.recorder.segments()] == [path]


def test_meanwhile_lines_are_held_up_to_the_credit_and_none_is_lost(tmp_path: Path) -> None:
    clock = SystemClock()
    origin = clock.now()
    collector = Collector(clock, Credit(lines=200))
    lane = collector.open_lane(1, RunName("W", 1))

    def release(several: list[Drained]) -> None:
        collector.release(token for drained in several for token in drained.tokens)

    def write() -> None:
        for i in range(3_000):
            lane.line(str(i))

    recorder = Recorder(lambda: new_writer(tmp_path, STARTED, origin), release, lambda: "later")
    thread = threading.Thread(target=write)
    seen = 0

    def pump(until: Callable[[], object]) -> None:
        nonlocal seen

        def look() -> object:
            nonlocal seen
            drained = collector.drain()
            if drained is not None:
                seen += len(drained.batch)
                recorder.consume(drained)
            return until()

        eventually(look)

    thread.start()
    pump(lambda: recorder.status().committed)
    with held_by_another_process(session_paths(tmp_path)[0]):
        pump(lambda: recorder.status().behind == 200 and recorder.status().trouble)
        assert "locked" in recorder.status().trouble
        assert collector.drain() is None
        assert seen == recorder.status().committed + 200
    pump(lambda: seen == 3_000)
    thread.join()
    status = recorder.close()
    assert (status.committed, status.behind, status.trouble) == (3_000, 0, "")
    assert texts_of(status.path) == [str(i) for i in range(3_000)]  # type: ignore[arg-type]


def test_a_full_disk_is_waited_for(connections: dict[Path, WriterConnection], session: RecordedSession) -> None:
    session.give_and_wait()
    most = [8]

    def limit(writer: SessionWriter) -> None:
        connections[writer.path].execute(f"PRAGMA max_page_count = {most[0]}").fetchall()

    session.before_write = limit
    session.give(size=5_000)
    session.until_in_trouble("full")
    session.give(run=2)
    assert texts_of(session.path) == session.given[:10]
    most[0] = 1_000_000
    session.until_recorded()
    assert session.recorder.status().trouble == ""
    assert session.lost() == set()
    assert len(session.recorder.segments()) == 1


def test_a_small_real_disk_that_is_full_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.recorder.KEPT_FREE", 0)
    with small_disk(tmp_path / "disk", "3m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(2 * 2**20))
        session = RecordedSession(disk / "sessions")
        for _ in range(20):
            session.give(size=5_000)
        session.until_in_trouble()
        assert session.recorder.status().behind
        ballast.unlink()
        session.until_recorded()
        assert session.lost() == set()
        session.recorder.close()
        assert session.lost() == set()


def test_a_disk_that_cannot_be_written_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.recorder.KEPT_FREE", 0)
    with small_disk(tmp_path / "disk", "3m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        session = RecordedSession(disk / "sessions")
        session.give()
        session.until_in_trouble("Read-only file system")
        session.give()
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        session.until_recorded()
        assert session.lost() == set()
        session.recorder.close()


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_waited_for(session: RecordedSession) -> None:
    session.folder.mkdir(mode=0o500)
    session.give()
    session.until_in_trouble("Permission denied")
    session.folder.chmod(0o700)
    session.until_recorded()
    assert session.lost() == set()


# -- the file ----------------------------------------------------------------------------------------------------------


def remove(path: Path) -> None:
    path.unlink()


def remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace_by_garbage(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"no database" * 1_000)
    other.replace(path)


def replace_by_another_session(path: Path) -> None:
    writer = new_writer(path.parent / "other", STARTED + timedelta(days=1), ORIGIN)
    writer.write(batch(["another's"] * 10))
    writer.finish("later")
    writer.path.replace(path)


def empty(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"no database" * 10_000)


def remove_log(path: Path) -> None:
    log_of(path).unlink()


def empty_log(path: Path) -> None:
    with log_of(path).open("r+b") as file:
        file.truncate(0)


def flip_in_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(3)
        file.write(b"\xff")


HARMS = {
    remove: "was removed",
    remove_folder: "was removed",
    replace_by_garbage: "another file is in its place",
    replace_by_another_session: "another file is in its place",
    empty: "cut it short",
    remove_log: "its log was removed",
    empty_log: "cut its log short",
}
# What was committed is gone with the file; from the others all of it can still be read.
DEADLY = (remove, remove_folder, replace_by_garbage, replace_by_another_session)


@pytest.mark.parametrize("harm", HARMS)
def test_whatever_happens_to_the_file_the_session_goes_on_in_another(
    harm: Callable[[Path], None], session: RecordedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.session.writer._LOOK", 0.0)
    monkeypatch.setattr("app.session.recorder._LOOK", 0.0)
    for run in (1, 2):
        session.give_and_wait(run=run)
    path = session.path
    harm(path)
    session.give(run=3)
    session.until_in_trouble(str(path), HARMS[harm])
    session.give(run=1)
    session.until_recorded()
    status = session.recorder.status()
    assert (status.trouble, status.committed) == ("", 40)
    assert HARMS[harm] in status.notice
    assert [segment.first for segment in status.segments] == [0, 20]
    assert len({segment.path for segment in status.segments}) == 2
    assert session.lost() <= (set(range(20)) if harm in (*DEADLY, empty_log) else set())
    before = session.lost()
    session.recorder.close()
    assert session.lost() == before
    if harm in DEADLY:
        assert before == set(range(20))
        assert not log_of(path).exists()


@pytest.mark.parametrize("harm", [empty, overwrite])
def test_what_is_gone_from_a_file_does_not_take_with_it_what_comes(
    harm: Callable[[Path], None], session: RecordedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log was moved into the file before, so nothing can bring back what stood there."""
    monkeypatch.setattr("app.session.writer._LOG_SIZE", 1)
    for run in (1, 2, 3):
        session.give_and_wait(run=run, size=2_000)
    harm(session.path)
    session.give_and_wait(run=1)
    session.give_and_wait(run=4)
    assert session.lost() <= set(range(30))
    session.recorder.close()
    assert session.lost() <= set(range(30))
    assert session.recorder.status().notice


@pytest.mark.parametrize("log_size", [1, 2**22])
def test_a_flipped_byte_in_the_header_heals_while_the_file_is_written(
    log_size: int, session: RecordedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit that makes the file longer writes its first page anew."""
    monkeypatch.setattr("app.session.writer._LOG_SIZE", log_size)
    for run in (1, 2):
        session.give_and_wait(run=run, size=2_000)
    flip_in_header(session.path)
    for run in (3, 4):
        session.give_and_wait(run=run, size=2_000)
    session.recorder.close()
    assert session.lost() == set()


def test_another_program_may_write_to_the_file_as_long_as_it_stays_sound(session: RecordedSession) -> None:
    session.give_and_wait()
    with contextlib.closing(sqlite3.connect(session.path, isolation_level=None)) as connection:
        connection.execute(INSERT_META, meta_row(2, {"remark": "seen"}))
        connection.execute("PRAGMA wal_checkpoint").fetchall()
    session.give_and_wait()
    session.recorder.close()
    assert session.lost() == set()
    assert len(session.recorder.segments()) == 1


def test_a_file_that_is_removed_at_the_very_end_is_followed_by_another(session: RecordedSession) -> None:
    session.give_and_wait()
    session.path.unlink()
    session.give()
    status = session.recorder.close()
    assert (status.committed, status.behind) == (20, 0)
    assert session.lost() == set(range(10))
    assert [texts_of(segment.path) for segment in status.segments[1:]] == [session.given[10:]]


def test_the_end_of_a_session_whose_file_was_removed_is_said(
    session: RecordedSession, capsys: pytest.CaptureFixture[str]
) -> None:
    session.give_and_wait()
    session.path.unlink()
    session.recorder.close()
    assert capsys.readouterr().err.endswith("the session could not be ended properly (it was removed).\n")
    assert list(session.folder.iterdir()) == []


def test_files_that_take_nothing_are_not_left_behind(session: RecordedSession) -> None:
    failures = iter(range(3))

    def fail(_writer: SessionWriter) -> None:
        if next(failures, None) is not None:
            raise sqlite3.DatabaseError("database disk image is malformed")

    session.before_write = fail
    session.give_and_wait()
    assert len(session_paths(session.folder)) == 1
    assert [segment.first for segment in session.recorder.segments()] == [0]
    assert session.lost() == set()


def test_an_error_that_is_of_no_known_kind_is_said_and_tried_again(session: RecordedSession) -> None:
    failures = iter([MemoryError()])

    def fail(_writer: SessionWriter) -> None:
        for error in failures:
            raise error

    session.before_write = fail
    session.give()
    session.until_in_trouble("MemoryError")
    session.until_recorded()
    assert session.lost() == set()


def test_a_reader_when_the_session_ends_does_not_keep_it_from_ending(session: RecordedSession) -> None:
    session.give_and_wait()
    with SessionReader(session.path, pytest.fail) as reader:
        assert reader.records() == 10
        session.recorder.close()
        assert [line.text for line in reader.lines()] == session.given
    with SessionReader(session.path, pytest.fail) as reader:
        assert reader.meta["ended"] == "later"
        assert reader.records() == 10


# -- a commit that failed, perhaps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(("run", "word"), [(1, "INSERT INTO batch"), (2, "COMMIT")])
def test_a_batch_whose_commit_failed_is_there_once(
    done: bool, run: int, word: str, connections: dict[Path, WriterConnection], session: RecordedSession
) -> None:
    session.give_and_wait()
    once = iter([True])

    def spoil(writer: SessionWriter) -> None:
        if next(once, False):
            connections[writer.path].failing, connections[writer.path].is_done = word, done

    session.before_write = spoil
    session.give(run=run)
    session.until_in_trouble("disk I/O error")
    session.give(run=3)
    session.until_recorded()
    assert session.lost() == set()
    assert texts_of(session.path) == session.given
    assert len(session.recorder.segments()) == 1
    eventually(lambda: len(session.settled) == 3)


def test_lines_of_another_program_are_not_gone_on_with(
    connections: dict[Path, WriterConnection], session: RecordedSession
) -> None:
    """A commit failed, and then there is something in the file that we never wrote."""
    session.give_and_wait()
    steps = iter(["fail", "intrude"])

    def spoil(writer: SessionWriter) -> None:
        step = next(steps, "")
        if step == "fail":
            connections[writer.path].failing = "INSERT INTO batch"
        elif step == "intrude":
            connections[writer.path].execute(
                "INSERT INTO batch SELECT 10, 7, 0, 0, 0, runs, session, 0, 0, 0, columns, texts FROM batch"
            )

    session.before_write = spoil
    session.give_and_wait()
    assert "lines that were not written here" in session.recorder.status().notice
    assert session.lost() == set()
    assert [segment.first for segment in session.recorder.segments()] == [0, 10]
