"""The session file: what is committed is there, whatever happens to the process, the disk or the file."""

import contextlib
import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.batch import Kind, RunName
from app.core.errors import BadInput
from app.session.export import format_lines
from app.session.folder import cut_off_sessions, find_session, new_writer, session_paths
from app.session.reader import Line, SessionReader
from app.session.schema import APPLICATION_ID, VERSION, read_meta
from app.session.session_summary import read_summary
from app.session.writer import FileLostError, SessionWriter
from tests.session.conftest import ORIGIN, STARTED, WriterConnection, batch
from tests.session.damage import flip_a_byte

ANY_TEXT = st.text(st.characters(), max_size=40)


def texts_of(path: Path, **choice: object) -> list[str]:
    """Return the texts that a session has; a damaged batch fails the test."""
    with SessionReader(path, pytest.fail) as reader:
        return [line.text for line in reader.lines(**choice)]  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.lists(ANY_TEXT, min_size=1, max_size=20), min_size=1, max_size=8), st.data())
def test_whatever_is_written_is_read_again_in_any_range(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]], data: st.DataObject
) -> None:
    flat = [(run % 3 + 1, text) for run, texts in enumerate(parts) for text in texts]
    # Before the file is opened: Hypothesis may give an example up in the middle of drawing.
    start = data.draw(st.integers(0, len(flat) + 1))
    stop = data.draw(st.none() | st.integers(0, len(flat) + 1))
    writer = new_writer(tmp_path_factory.mktemp("sessions"), STARTED, ORIGIN)
    for run, texts in enumerate(parts):
        writer.write(batch(texts, run=run % 3 + 1))
    # While it is still being written:
    assert texts_of(writer.path, start=start, stop=stop) == [text for _, text in flat[start:stop]]
    writer.finish("later")
    assert texts_of(writer.path, worker="W2") == [text for run, text in flat if run == 2]
    assert texts_of(writer.path, run=1, worker="W3") == []
    with SessionReader(writer.path, pytest.fail) as reader:
        assert reader.records() == len(flat)
        assert [line.number for line in reader.lines()] == list(range(len(flat)))


def test_the_file_is_documented_private_and_plain_in_the_end(writer: SessionWriter) -> None:
    writer.write(batch(["a"]))
    assert stat.S_IMODE(writer.path.stat().st_mode) == 0o600
    writer.finish("2026-01-02T03:05:00+00:00")
    assert [path.name for path in writer.path.parent.iterdir()] == [writer.path.name]
    connection = sqlite3.connect(writer.path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    meta = read_meta(connection)
    connection.close()
    assert meta["started"] == STARTED.isoformat()
    assert meta["ended"] == "2026-01-02T03:05:00+00:00"


@pytest.mark.parametrize("part", ["columns", "texts"])
def test_a_flipped_byte_costs_its_batch_alone_and_is_named(part: str, writer: SessionWriter) -> None:
    for first in range(3):
        writer.write(batch([f"{first} {i}" for i in range(100)]))
    writer.finish("later")
    flip_a_byte(writer.path, 100, part)
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        numbers = [line.number for line in reader.lines()]
    assert numbers == [*range(100), *range(200, 300)]
    assert said == [f"{writer.path}: lines 100 to 199 are left out: the batch is damaged."]


KILLED = """
import sys, os
from array import array
from pathlib import Path
from datetime import datetime, UTC
from app.core.batch import Batch, RunName
from app.session.session_summary import read_summary
from app.session.folder import new_writer
writer = new_writer(Path(sys.argv[1]), datetime.now(UTC), 0)
done = 0
while True:
    numbers = range(done, done + 100)
    batch = Batch(array("q", numbers), array("q", [1]) * 100, bytearray(100), [*map(str, numbers)], {1: RunName("W", 1)})
    writer.write(batch)
    done += 100
    os.write(1, b"%d\\n" % done)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    for attempt in range(0, 20, 2):
        folder = tmp_path / str(attempt)
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE)
        acknowledged = 0
        for _ in range(attempt + 1):
            acknowledged = int(process.stdout.readline())  # type: ignore[union-attr]
        process.kill()
        rest, _ = process.communicate()
        acknowledged = max([acknowledged, *map(int, rest.split())])
        (path,) = session_paths(folder)
        found = texts_of(path)
        assert found[:acknowledged] == [str(i) for i in range(acknowledged)]
        assert len(found) % 100 == 0
        assert cut_off_sessions(folder).path == path
        assert cut_off_sessions(folder).path is None
        assert texts_of(path) == found


def test_a_full_disk_takes_nothing_back_and_is_used_again_when_there_is_room(
    connections: dict[Path, WriterConnection], writer: SessionWriter
) -> None:
    connection = connections[writer.path]
    writer.write(batch(["before"]))
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    large = [os.urandom(50_000).hex()]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        writer.write(batch(large))
    assert texts_of(writer.path) == ["before"]
    connection.execute("PRAGMA max_page_count = 1000000")
    writer.write(batch(large))
    assert texts_of(writer.path) == ["before", *large]


def test_a_file_that_was_removed_or_replaced_is_noticed(writer: SessionWriter) -> None:
    writer.write(batch(["a"]))
    moved = writer.path.with_name("moved")
    writer.path.rename(moved)
    with pytest.raises(FileLostError, match="removed"):
        writer.write(batch(["b"]))
    writer.path.write_bytes(b"")
    with pytest.raises(FileLostError, match="another file"):
        writer.write(batch(["b"]))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "it is empty"), (b"no database" * 100, "cannot be read as a session"), (None, "there is no such session")],
)
def test_what_is_no_session_is_said_in_a_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "x.tcsession"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        SessionReader(path, pytest.fail)


def test_other_databases_and_newer_versions_are_refused(writer: SessionWriter) -> None:
    writer.finish("later")
    with contextlib.closing(sqlite3.connect(writer.path)) as connection:
        connection.execute("DELETE FROM meta")
        connection.commit()
    for pragma, words in (
        ("user_version = 1", "written by an older program"),
        (f"user_version = {VERSION + 1}", "newer than this program"),
        ("application_id = 1", "no session"),
    ):
        connection = sqlite3.connect(writer.path)
        connection.execute(f"PRAGMA {pragma}")
        connection.close()
        with pytest.raises(BadInput, match=words):
            SessionReader(writer.path, pytest.fail)


def test_two_sessions_of_one_second_have_a_file_each_and_are_found(tmp_path: Path) -> None:
    first, second = (new_writer(tmp_path, STARTED, ORIGIN) for _ in range(2))
    first.write(batch(["a", "b"]))
    first.finish("later")
    second.write(batch(["c"]))
    assert find_session("latest", tmp_path) == second.path
    assert find_session(first.path.stem, tmp_path) == first.path
    assert find_session(str(first.path), tmp_path / "elsewhere") == first.path
    summaries = list(map(read_summary, session_paths(tmp_path)))
    assert [(summary.records, summary.ended) for summary in summaries] == [(2, True), (1, False)]
    assert summaries[0].seconds == 1e-6
    with pytest.raises(BadInput, match="No session is called"):
        find_session("2025", tmp_path)
    second.abandon()


def test_the_latest_is_the_plain_file_that_ended_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def recorded(day: int, ended: int | None, process: int = 0) -> Path:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: process)
            writer = new_writer(tmp_path, STARTED + timedelta(days=day), ORIGIN)
        writer.write(batch(["a"]))
        if ended is not None:
            writer.finish((STARTED + timedelta(days=ended)).isoformat())
        else:
            writer.abandon()
        return writer.path

    goes_on = recorded(8, None, process=os.getppid())
    assert find_session("latest", tmp_path) == goes_on
    long, _short = recorded(0, 5), recorded(1, 2)
    (tmp_path / "20990101-000000.tcsession").mkdir()
    (tmp_path / "20990102-000000.tcsession").symlink_to(tmp_path / "nowhere")
    (tmp_path / "20990103-000000.tcsession").write_bytes(b"no database" * 99)
    assert find_session("latest", tmp_path) == long
    cut_off = recorded(6, None, process=os.getpid())  # our own number is that of a process of before
    assert find_session("latest", tmp_path) == cut_off


def test_a_file_in_the_folder_s_place_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=r"exists|Not a directory"):
            new_writer(folder, STARTED, ORIGIN)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_folder_of_sessions_is_for_its_owner_alone(tmp_path: Path) -> None:
    new_writer(tmp_path / "new" / "sessions", STARTED, ORIGIN).abandon()
    assert stat.S_IMODE((tmp_path / "new" / "sessions").stat().st_mode) == 0o700
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    new_writer(shared, STARTED, ORIGIN).abandon()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755  # a person's own folder is as they want it


HOSTILE = ["plain", "\0\x1b[31m", "\ud800", "\ufeffx\ufffe", "a\nb", "=1+1", "@x", 'he said "x", y', "<b>"]


def lines() -> list[Line]:
    return [Line(i, 1_000 * i, RunName("=W", 1), Kind.LINE, text) for i, text in enumerate(HOSTILE)]


def test_text_and_json_are_exact() -> None:
    text = b"".join(format_lines(lines(), "text", 0)).decode("utf-8", "surrogatepass")
    assert text == "".join(f"{line}\n" for line in HOSTILE)
    rows = [json.loads(row) for row in b"".join(format_lines(lines(), "jsonl", 0)).splitlines()]
    assert [row["text"] for row in rows] == HOSTILE
    assert {(row["worker"], row["run"], row["kind"]) for row in rows} == {("=W", 1, "line")}


def test_csv_is_read_by_a_csv_reader_and_holds_no_formula() -> None:
    content = b"".join(format_lines(lines(), "csv", 1_700_000_000_000_000_000)).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [row["line"] for row in rows] == [str(i) for i in range(len(HOSTILE))]
    assert rows[1]["time_utc"] == "2023-11-14T22:13:20.000001+00:00"
    for row in rows:
        assert row["worker"] == "'=W"
        assert not row["text"].startswith(("=", "@", "+", "-", "\0"))
    assert rows[4]["text"] == "a\nb"
    assert rows[7]["text"] == 'he said "x", y'
