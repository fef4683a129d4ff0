"""The archive: as many records as there are, each with its own number, whatever became of the files."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, RunName
from app.core.errors import BadInput
from app.session.archive import UNKNOWN_RUN, Archive
from app.session.arrivals import BatchCache, Piece
from app.session.batch_file import _BLOBS, _HEADS, BatchFile
from app.session.export import export_lines
from app.session.folder import cut_off_sessions, find_session, list_sessions, new_writer, session_paths
from app.session.reader import SessionReader
from app.session.segments import Segment
from app.session.unfinished import unfinished_plan
from app.session.writer import SessionWriter
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.damage import flip_a_byte
from tests.session.forging import forge_batch
from tests.session.recorded_sessions import held_by_another_process, small_disk
from tests.session.test_writer import ANY_TEXT, texts_of


class Shelf:
    """An archive, what it said, and its clock."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.time = 0
        self.archive = Archive(self.said.append, lambda: self.time)

    def texts(self, start: int = 0, count: int = 1_000_000) -> list[str]:
        return [record.text for record in self.archive.records(start, count)]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.archive.close()


def segment_of(writer: SessionWriter, first: int = 0) -> Segment:
    return Segment(first, writer.path, writer.id)


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 3), ANY_TEXT), min_size=1, max_size=12),
    min_size=1,
    max_size=6,
)


def batch_of(rows: list[tuple[int, int, str]]) -> Batch:
    times, runs, texts = zip(*rows, strict=True)
    names = {run: RunName(f"W{run}", run) for run in runs}
    return Batch(
        array("q", (ORIGIN + time for time in times)), array("q", runs), bytearray(len(rows)), list(texts), names
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(BATCHES, min_size=1, max_size=3), st.data())
def test_any_range_of_any_text_over_any_files_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[list[tuple[int, int, str]]]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("sessions")
    rows: list[tuple[int, int, str]] = []
    segments = []
    for batches in files:
        writer = new_writer(folder, STARTED, ORIGIN)
        segments.append(segment_of(writer, len(rows)))
        for each in batches:
            writer.write(batch_of(each))
            rows += each
        writer.finish("later")
        with SessionReader(writer.path, pytest.fail) as reader:
            low, high = sorted(data.draw(st.tuples(st.integers(0, 51), st.integers(0, 51))))
            mine = sorted((row for each in batches for row in each), key=lambda row: row[0])
            assert [line.number for line in reader.lines(from_ns=low, to_ns=high)] == [
                number for number, (time, _, _) in enumerate(mine) if low <= time < high
            ]
    rows.sort(key=lambda row: row[0])  # all of it within a second, so nothing is late
    with contextlib.closing(Archive(pytest.fail)) as archive:
        archive.set_segments(segments, len(rows))
        for _ in range(4):
            start, count = data.draw(st.tuples(st.integers(0, len(rows) + 2), st.integers(0, len(rows) + 2)))
            records = archive.records(start, count)
            assert [(r.instant - ORIGIN, r.run, r.text) for r in records] == rows[start : start + count]
            assert [archive.name(r.run) for r in records] == [RunName(f"W{r.run}", r.run) for r in records]
        time = data.draw(st.integers(-1, 52))
        first = next((line for line, (found, _, _) in enumerate(rows) if found >= time), len(rows) - 1)
        assert archive.line_at(time) == first
    chosen = data.draw(
        st.lists(st.tuples(st.integers(0, len(rows)), st.integers(0, len(rows))).map(sorted), max_size=3)
    )
    counted: list[int] = []
    written = b"".join(export_lines(segments, chosen, "text", 0, counted.append, pytest.fail))  # type: ignore[arg-type]
    wanted = [row for start, stop in chosen for row in rows[start:stop]]
    assert written.decode("utf-8", "surrogatepass") == "".join(f"{text}\n" for _, _, text in wanted)
    assert sum(counted) == len(wanted)


def test_a_file_is_read_while_it_is_written(writer: SessionWriter, shelf: Shelf) -> None:
    for i in range(5):
        writer.write(batch([f"{i} {j}" for j in range(100)], run=i + 1))
        shelf.archive.set_segments((segment_of(writer),), writer.records)
        assert shelf.texts(100 * i, 2) == [f"{i} 0", f"{i} 1"]
        assert shelf.texts(max(0, 100 * i - 1), 1) == [f"{max(0, i - 1)} {99 if i else 0}"]
        assert shelf.archive.name(i + 1) == RunName(f"W{i + 1}", i + 1)
    assert shelf.archive.name(99) == UNKNOWN_RUN
    assert shelf.archive.started_ns() == STARTED.timestamp() * 1e9
    assert (shelf.archive.origin(), shelf.said) == (ORIGIN, [])


def test_what_is_not_committed_is_not_there(writer: SessionWriter, shelf: Shelf) -> None:
    writer.write(batch(["a", "b", "c"]))
    shelf.archive.set_segments((segment_of(writer),), 2)
    assert shelf.texts() == ["a", "b"]
    assert shelf.texts(2) == []
    assert Archive(pytest.fail).records(0, 10) == []
    assert Archive(pytest.fail).line_at(5) == 0


def test_a_damaged_batch_shifts_no_number(writer: SessionWriter, shelf: Shelf) -> None:
    for i in range(3):
        writer.write(batch([f"{i} {j}" for j in range(100)], start=ORIGIN + 1_000_000 * i))
    writer.finish("later")
    flip_a_byte(writer.path, 100)
    shelf.archive.set_segments((segment_of(writer),), 300)
    for _ in range(2):
        assert shelf.texts(99, 102) == [
            "0 99",
            *(f"line {n} is not readable: the batch is damaged" for n in range(100, 200)),
            "2 0",
        ]
    record = shelf.archive.records(150, 1)[0]
    assert (record.kind, record.instant, shelf.archive.name(record.run)) == (
        Kind.ERROR,
        ORIGIN + 1_000_000,
        UNKNOWN_RUN,
    )
    assert shelf.said == [f"{writer.path}: lines 100 to 199 are not readable: the batch is damaged."]
    assert shelf.archive.line_at(1_050_000) == 200  # the first that is not before it
    csv = b"".join(export_lines((segment_of(writer),), None, "csv", 0)).decode()
    assert csv.count("is not readable") == 100
    assert len(csv.splitlines()) == 301


def test_a_damaged_page_is_passed_over(writer: SessionWriter, shelf: Shelf) -> None:
    for i in range(200):
        writer.write(batch([f"{i} {'x' * 300}"]))
    writer.finish("later")
    pages = writer.path.stat().st_size // 4096
    with writer.path.open("r+b") as file:
        file.seek(4096 * (pages // 2))
        file.write(b"\xff" * 4096)
    shelf.archive.set_segments((segment_of(writer),), 200)
    texts = [shelf.texts(i, 1)[0] for i in range(200)]
    good = {i for i, text in enumerate(texts) if text.startswith(f"{i} ")}
    assert 150 < len(good) < 200
    assert all(texts[i].startswith(f"line {i} is not readable") for i in set(range(200)) - good)
    assert len(shelf.texts()) == 200
    assert all("\n" not in sentence for sentence in shelf.said)
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        assert {line.number for line in reader.lines()} <= good
    assert said


def test_missing_batches_shift_no_number(writer: SessionWriter, shelf: Shelf) -> None:
    for i in range(5):
        writer.write(batch([str(i)] * 10))
    writer.finish("later")
    with contextlib.closing(sqlite3.connect(writer.path)) as connection:
        connection.execute("DELETE FROM batch WHERE first IN (0, 20, 40)")
        connection.commit()
    shelf.archive.set_segments((segment_of(writer),), 50)
    texts = shelf.texts()
    for line in range(50):
        assert (texts[line] == str(line // 10)) == (line // 10 in (1, 3))
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        assert [line.number for line in reader.lines()] == [*range(10, 20), *range(30, 40)]
    assert said == [
        f"{writer.path}: it is damaged (a batch's row is missing); what can still be read of it is shown.",
        *(f"{writer.path}: lines {low} to {low + 9} are missing." for low in (0, 20, 40)),
    ]


@pytest.mark.parametrize("runs", [None, {1}])
@pytest.mark.parametrize("lines_first", [True, False])
def test_lines_and_batches_skip_the_same_damage_and_each_is_said_once(
    runs: set[int] | None, lines_first: bool, writer: SessionWriter
) -> None:
    for i in range(5):
        writer.write(batch([str(i)] * 10))
    writer.finish("later")
    with contextlib.closing(sqlite3.connect(writer.path)) as connection:
        connection.execute("DELETE FROM batch WHERE first IN (10, 40)")
        connection.execute("UPDATE batch SET texts = x'00' WHERE first = 20")
        connection.commit()
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:

        def numbers() -> list[int]:
            return [line.number for line in reader.lines()]

        def of_batches() -> list[int]:
            return [first + i for first, found in reader.batches(runs) for i in range(len(found))]

        reads = [numbers, of_batches] if lines_first else [of_batches, numbers]
        for read in reads:
            assert read() == [*range(10), *range(30, 40)]
    assert said == [
        f"{writer.path}: it is damaged (a batch's row is missing); what can still be read of it is shown.",
        f"{writer.path}: lines 10 to 19 are missing.",
        f"{writer.path}: lines 20 to 29 are left out: the batch is damaged.",
        f"{writer.path}: lines 40 to 49 are missing.",
    ]


def test_a_file_that_was_removed_or_replaced_is_not_taken_for_what_it_was(
    tmp_path: Path, writer: SessionWriter, shelf: Shelf
) -> None:
    writer.write(batch(["a", "b"]))
    writer.finish("later")
    other = new_writer(tmp_path / "other", STARTED.replace(year=2025), ORIGIN)
    other.write(batch(["another's"] * 10))
    other.finish("later")
    shelf.archive.set_segments((segment_of(writer), Segment(2, other.path, other.id)), 12)
    copy = writer.path.read_bytes()
    for step, words in (
        (writer.path.unlink, "line 0 is not readable: its file is gone (No such file or directory)"),
        (lambda: writer.path.write_bytes(other.path.read_bytes()), "another session is in its file's place"),
        (lambda: writer.path.write_bytes(b"no database" * 99), "it cannot be read as a session"),
        (lambda: writer.path.write_bytes(b""), "it is empty"),
    ):
        step()
        shelf.time += 10**9
        fresh = Shelf()
        fresh.archive.set_segments((segment_of(writer), Segment(2, other.path, other.id)), 12)
        assert words in fresh.texts()[0]
        assert fresh.texts()[2:] == ["another's"] * 10
        assert fresh.archive.line_at(0) == 2
        assert len(fresh.said) == 1
        fresh.archive.close()
        writer.path.unlink(missing_ok=True)
    # It comes back, and is read again after a while.
    assert "gone" in shelf.texts()[1]
    writer.path.write_bytes(copy)
    assert "gone" in shelf.texts()[1]
    shelf.time += 10**9
    assert shelf.texts()[:2] == ["a", "b"]
    assert len(shelf.said) == 1


def test_a_file_that_is_locked_is_said_once_and_read_when_it_is_not(writer: SessionWriter, shelf: Shelf) -> None:
    writer.write(batch(["a", "b"]))
    writer.finish("later")  # without a log, who writes keeps out who reads
    shelf.archive.set_segments((segment_of(writer),), 2)
    with held_by_another_process(writer.path):
        assert "locked" in shelf.texts()[1]
        assert "locked" in shelf.texts()[1]
        assert len(shelf.said) == 1
        with pytest.raises(BadInput, match="locked"):
            Archive.of(writer.path, pytest.fail)
    shelf.time += 10**9
    assert shelf.texts() == ["a", "b"]


def test_what_an_uncertain_commit_left_is_not_read_twice(tmp_path: Path, shelf: Shelf) -> None:
    """The first file holds more than was acknowledged; the next one begins with the same lines."""
    first, second = (new_writer(tmp_path, STARTED, ORIGIN) for _ in range(2))
    first.write(batch(["a", "b"]))
    first.write(batch(["c", "d"]))
    second.write(batch(["c", "d"]))
    shelf.archive.set_segments((segment_of(first), segment_of(second, 2)), 4)
    assert shelf.texts() == ["a", "b", "c", "d"]
    assert shelf.archive.line_at(0) == 0
    for writer in (first, second):
        writer.finish("later")


def test_a_recovered_session_can_be_opened(writer: SessionWriter) -> None:
    writer.write(batch(["a", "b"], run=2))
    with contextlib.closing(Archive.of(writer.path, pytest.fail)) as archive:
        assert archive.committed == archive.end() == 2
        assert archive.runs() == {2: RunName("W2", 2)}
        assert archive.facts()["started"] == STARTED.isoformat()
        assert "ended" not in archive.facts()
        assert [record.text for record in archive.records(0, 5)] == ["a", "b"]


def test_what_was_stamped_early_and_came_late_does_not_hide_what_is_looked_for(
    writer: SessionWriter, shelf: Shelf
) -> None:
    """A batch holds nothing but lines from before the end of the batch before it."""
    for instants in ([0, 10], [20, 90], [30, 35], [40], [95, 100]):
        writer.write(
            Batch(
                array("q", (ORIGIN + i for i in instants)),
                array("q", [1]) * len(instants),
                bytearray(len(instants)),
                [str(i) for i in instants],
                {1: RunName("W", 1)},
            )
        )
    shelf.archive.set_segments((segment_of(writer),), writer.records)
    for time, line in ((0, 0), (5, 1), (36, 5), (90, 6), (91, 7), (100, 8), (101, 8)):
        assert shelf.archive.line_at(time) == line


@pytest.mark.parametrize("query", [_HEADS, _BLOBS])
def test_a_page_anywhere_costs_look_ups_in_the_tree_alone(query: str, writer: SessionWriter) -> None:
    writer.write(batch(["a"]))
    with contextlib.closing(BatchFile(writer.path, 0, pytest.fail)) as file:
        values = {"start": 1, "stop": 2, "most": 1} if query == _HEADS else (0, 1)
        plan = [row[3] for row in file.connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    assert any("USING INTEGER PRIMARY KEY" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN") and "batch" in step] == []


def test_the_cache_is_bounded_by_records_and_by_characters() -> None:
    cache = BatchCache(100, 1_000)

    def put(first: int, count: int, size: int) -> None:
        cache.put(Piece(first, first + count, 0, batch(["x" * size] * count)))

    for first in range(0, 200, 10):
        put(first, 10, 1)
        cache.holding(0)  # used last, so it stays
    assert len(cache) == 10
    assert [first for first in range(0, 200, 10) if cache.holding(first)] == [0, *range(110, 200, 10)]
    put(1_000, 1, 5_000)
    assert len(cache) == 1
    put(2_000, 10, 10)
    put(2_000, 10, 10)
    assert (len(cache), cache.holding(1_000)) == (1, None)
    assert cache.holding(2_009) is not None
    assert cache.holding(2_010) is None
    for first in range(500):
        cache.put(Piece(first, first + 100, 0, "the batch is damaged"))
    assert len(cache) <= 100


def test_no_more_files_are_open_than_are_needed(tmp_path: Path, shelf: Shelf) -> None:
    segments = []
    for i in range(20):
        writer = new_writer(tmp_path, STARTED, ORIGIN)
        writer.write(batch([str(i)]))
        writer.finish("later")
        segments.append(segment_of(writer, i))
    shelf.archive.set_segments(segments, 20)
    assert shelf.texts() == [str(i) for i in range(20)]
    assert len(shelf.archive._files) <= 8
    assert [shelf.archive.line_at(0), shelf.archive.line_at(1), shelf.archive.line_at(10**9)] == [0, 1, 19]


# -- opening what is no session ------------------------------------------------------------------------------------------


def changed(sql: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)

    return change


def other_database(path: Path) -> None:
    path.unlink()
    changed("CREATE TABLE batch (first)")(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BAD = {
    "missing": (Path.unlink, "there is no such session"),
    "folder": (folder, "it is not a regular file"),
    "empty": (lambda path: path.write_bytes(b""), "it is empty"),
    "garbage": (lambda path: path.write_bytes(b"no database" * 999), "cannot be read as a session"),
    "very short": (lambda path: path.write_bytes(path.read_bytes()[:50]), "cannot be read as a session"),
    "other": (other_database, "no session of this program"),
    "newer": (changed("PRAGMA user_version = 99; DROP TABLE batch; VACUUM"), "newer than this program"),
    "older": (changed("PRAGMA user_version = 1; DROP TABLE batch; VACUUM"), "written by an older program"),
}
# What hides all of a file, or a part of it, from SQLite, but leaves the rows where they are.
DAMAGED: dict[str, Callable[[Path], object]] = {
    "header": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "first page": lambda path: path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:]),
    "version": changed("PRAGMA user_version = 99"),
    "application": changed("PRAGMA application_id = 1"),
    "names": lambda path: path.write_bytes(path.read_bytes().replace(b"row_crc", b"row\xf8crc")),
    "no runs": changed("DROP TABLE run"),
    "no facts": changed("DROP TABLE meta"),
    "no first facts": changed("DELETE FROM meta WHERE part = 1"),
    "no run": changed("DELETE FROM run WHERE id = 2"),
    "other run": changed("UPDATE run SET worker = x'57' WHERE id = 2"),
    "other facts": changed("UPDATE meta SET facts = CAST(replace(facts, '1000', '2000') AS BLOB) WHERE part = 1"),
    "text for facts": changed("UPDATE meta SET facts = 'x' WHERE part = 1"),
}


@pytest.mark.parametrize("harm", DAMAGED)
def test_what_is_damaged_is_rescued_as_far_as_its_batches_are_whole_and_said(
    harm: str, writer: SessionWriter, shelf: Shelf
) -> None:
    for run in (1, 2, 3):
        writer.write(batch([f"{run} {i}" for i in range(1_000)], run=run, start=ORIGIN + run * 10_000_000))
    writer.finish("later")
    wanted = [(f"{run} {i}", run * 10_000_000 + i * 1_000) for run in (1, 2, 3) for i in range(1_000)]
    DAMAGED[harm](writer.path)
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        assert [(line.text, line.t_ns) for line in reader.lines()] == wanted
        assert reader.runs() == {run: RunName(f"W{run}", run) for run in (1, 2, 3)}
        assert [line.text for line in reader.lines(worker="W2")] == [text for text, _ in wanted[1_000:2_000]]
        assert reader.meta["id"] == writer.id
        assert reader.meta["started_ns"] == str(round(STARTED.timestamp() * 1e9))
    assert [sentence.startswith(f"{writer.path}: it is damaged (") for sentence in said] == [True]
    with contextlib.closing(Archive.of(writer.path, shelf.said.append)) as archive:
        assert [(record.text, record.instant - ORIGIN) for record in archive.records(0, archive.committed)] == wanted
        assert archive.started_ns() == round(STARTED.timestamp() * 1e9)
        assert archive.runs() == {run: RunName(f"W{run}", run) for run in (1, 2, 3)}
    assert shelf.said == said


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_of_a_file_that_was_cut_short_the_rest_is_said_to_be_missing(kept: float, writer: SessionWriter) -> None:
    for i in range(100):
        writer.write(batch([f"{i} {os.urandom(500).hex()}" for _ in range(10)]))
    writer.finish("later")
    size = int(writer.path.stat().st_size * kept)
    os.truncate(writer.path, size)
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        found = [line.number for line in reader.lines()]
        assert reader.records() == 1_000
    assert len(found) > 1_000 * kept * 0.95 - 30
    assert "it is damaged" in said[0]
    assert said[-1].endswith("to 999 are missing.")


def test_a_run_whose_row_is_lost_is_named_by_its_batches(writer: SessionWriter) -> None:
    for run in (1, 2):
        writer.write(batch(["a"], run=run))
    writer.finish("later")
    changed("UPDATE run SET worker = zeroblob(2) WHERE id = 2")(writer.path)
    said: list[str] = []
    with SessionReader(writer.path, said.append) as reader:
        assert reader.runs() == {1: RunName("W1", 1), 2: RunName("W2", 2)}
    assert len(said) == 1


@pytest.mark.parametrize("harm", BAD)
def test_what_is_no_session_is_refused_in_one_sentence(harm: str, writer: SessionWriter, shelf: Shelf) -> None:
    for run in (1, 2, 3):
        writer.write(batch([f"{i}" * 200 for i in range(1_000)], run=run))
    writer.finish("later")
    change, words = BAD[harm]
    change(writer.path)
    for opening in (SessionReader, Archive.of):
        with pytest.raises(BadInput) as caught:
            opening(writer.path, pytest.fail)
        assert words in str(caught.value)
        assert str(caught.value).startswith(f"{writer.path}: ")
        assert "\n" not in str(caught.value)
    shelf.archive.set_segments((segment_of(writer),), 3_000)
    assert len(shelf.archive.records(10, 2_500)) == 2_500
    assert len(shelf.said) == 1
    assert b"".join(export_lines((segment_of(writer),), None, "text", 0, damaged=shelf.said.append)) == b""


def test_rows_that_were_made_by_hand_are_damage(writer: SessionWriter, shelf: Shelf) -> None:
    for _ in range(3):
        writer.write(batch(["a"] * 10))
    writer.finish("later")
    forge_batch(writer.path, 0, records=11)
    forge_batch(writer.path, 10, texts=b"x")
    shelf.archive.set_segments((segment_of(writer),), 30)
    texts = shelf.texts()
    assert len(texts) == 30
    assert texts[20:] == ["a"] * 10
    forge_batch(writer.path, 10, first=5, records=3)
    assert len(shelf.texts(0, 30)) == 30
    fresh = Shelf()
    fresh.archive.set_segments((segment_of(writer),), 30)
    assert [len(fresh.texts(start)) for start in (0, 3, 6, 9, 12)] == [30, 27, 24, 21, 18]
    fresh.archive.close()
    changed("UPDATE batch SET runs = 'x' WHERE first = 5")(writer.path)
    with SessionReader(writer.path, shelf.said.append) as reader:
        assert {line.text for line in reader.lines()} == {"a"}


def test_a_crashed_session_in_a_folder_that_cannot_be_written_is_not_read_without_its_log(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "5m") as disk:
        writer = new_writer(tmp_path / "sessions", STARTED, ORIGIN)
        writer.write(batch(["a"]))
        for part in writer.path.parent.iterdir():
            (disk / part.name).write_bytes(part.read_bytes())
        writer.finish("later")
        copy = disk / writer.path.name
        remount(disk, "ro")
        assert texts_of(copy) == ["a"]
        remount(disk, "rw")
        (disk / f"{copy.name}-shm").unlink()
        remount(disk, "ro")
        with pytest.raises(BadInput, match="copy it"):
            SessionReader(copy, pytest.fail)
        remount(disk, "rw")
        assert texts_of(copy) == ["a"]


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Give up the rights of root for a while, if we are root, which no permission keeps out."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions")
@pytest.mark.parametrize(("part", "words"), [("file", "unable to open database file"), ("folder", "Permission denied")])
def test_what_may_not_be_read_is_said_in_one_sentence(part: str, words: str) -> None:
    # Not in the test's own folder, which only root may enter if root runs the tests.
    with tempfile.TemporaryDirectory() as name, contextlib.closing(Archive(lambda _: None)) as archive:
        Path(name).chmod(0o755)
        writer = new_writer(Path(name) / "sessions", STARTED, ORIGIN)
        writer.write(batch(["a", "b"]))
        writer.finish("later")
        writer.path.parent.chmod(0o755 if part == "file" else 0o000)
        if part == "file":
            writer.path.chmod(0o000)
        archive.set_segments((segment_of(writer),), 2)
        with without_rights():
            for opening in (SessionReader, Archive.of):
                with pytest.raises(BadInput, match=words):
                    opening(writer.path, pytest.fail)
            assert [words in record.text for record in archive.records(0, 2)] == [True, True]
        writer.path.parent.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions")
@pytest.mark.parametrize("below", [".", "sessions"])
def test_a_folder_that_may_not_be_looked_into_is_not_taken_for_an_empty_one(below: str, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    folder = closed / below
    folder.mkdir(parents=True)
    closed.chmod(0o000)
    with without_rights():
        with pytest.raises(BadInput, match="Permission denied"):
            list_sessions(folder)
        with pytest.raises(BadInput, match="Permission denied"):
            find_session("latest", folder)
        with pytest.raises(PermissionError):
            session_paths(folder)
        assert cut_off_sessions(folder).path is None
        assert unfinished_plan(folder) is None
    closed.chmod(0o700)
