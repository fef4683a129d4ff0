"""The search in its own process: finds everything, follows, names what it cannot read, and ends whatever it is at."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.core.batch import Kind
from app.core.events import Released, Running, Shown, Started, StopRequested, encode
from app.session.folder import new_writer
from app.session.search.client import Phase, Search
from app.session.search.hits import Hits
from app.session.search.matcher import Matcher
from app.session.search.messages import chunk_from_bytes, chunk_to_bytes
from app.session.search.query import Query
from app.session.search.scan import Scan
from app.session.segments import Segment
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.damage import flip_a_byte
from tests.session.search.conftest import Desk
from tests.session.search.reference import lines

LookFor = Callable[..., Desk]


def found_here(query: Query, segments: Sequence[Segment]) -> list[int]:
    """Return what a search finds, without a process of its own."""
    hits = Hits()
    scan = Scan(
        query,
        lambda first, count, found: hits.add(*chunk_from_bytes(chunk_to_bytes(first, count, found))),
        pytest.fail,
    )
    scan.search(segments, None)
    return hits.slice(0, hits.total)


def of(writer: SessionWriter, first: int = 0) -> Segment:
    return Segment(first, writer.path, writer.id)


def test_everything_is_found_in_its_order(writer: SessionWriter, look_for: LookFor) -> None:
    texts = [f"line {i}" if i % 5 else f"two\nlines {i}" for i in range(10_000)]
    for start in range(0, 10_000, 130):
        writer.write(batch(texts[start : start + 130]))
    desk = look_for(Query("7$", regex=True), [of(writer)])
    assert desk.until_caught_up() == list(range(7, 10_000, 10))
    assert desk.state.searched == desk.hits.searched == 10_000
    assert look_for(Query("LINES 50"), [of(writer)]).until_caught_up() == [
        50,
        *range(500, 510, 5),
        *range(5_000, 5_100, 5),
    ]
    assert look_for(Query("two", case=True), [of(writer)]).until_caught_up() == list(range(0, 10_000, 5))


def test_whose_lines_and_of_which_kind(writer: SessionWriter, look_for: LookFor) -> None:
    mixed = batch(["a", "b"], run=1)
    mixed.extend(batch(["c"], run=2))
    for part in (mixed, batch(["d"], run=1), batch(["e"], run=2), batch(["f"], run=2, kind=Kind.ERROR)):
        writer.write(part)
    found = {
        Query(worker="W2"): [2, 4, 5],
        Query(worker="W1"): [0, 1, 3],
        Query(worker="W1", run=2): [],
        Query(run=2, exclude="e"): [2, 5],
        Query(worker="W2", kinds=frozenset([Kind.ERROR])): [5],
        Query("a|c|e|f", regex=True, kinds=frozenset([Kind.LINE])): [0, 2, 4],
    }
    for query, numbers in found.items():
        assert look_for(query, [of(writer)]).until_caught_up() == numbers, query


def test_events_are_found_by_their_sentences_in_a_batch_and_in_the_file(
    writer: SessionWriter, look_for: LookFor
) -> None:
    events = [Started("flag", "sleep", 0.25), Running(1, 4_711), StopRequested(), Released(5 * 10**9), Shown(7, 1_000)]
    kinds, texts = zip(*map(encode, events), strict=True)
    mixed = batch(["running… 1", "{", *texts, '{"event": "started"}'])
    mixed.kinds[2:-1] = bytes(kinds)
    writer.write(mixed)
    columns, data = mixed.to_bytes()
    found = {
        Query("starting: flag, sleep, every 0.25 s"): [2],
        Query("native id 4711"): [3],
        Query("asked to stop"): [4, 5],
        Query("^stopping: asked to stop$", regex=True, case=True): [4],
        Query("RELEASES WHAT"): [5],
        Query("painted 1.00 µs"): [6],
        Query('"event"'): [7],
        Query("stop-requested|native_id|interval", regex=True): [],
        Query("", "…|:", regex=True): [1],
        Query("stop", kinds=frozenset([Kind.STATE])): [4, 5],
    }
    for query, numbers in found.items():
        hits = Matcher(query).hits(len(mixed), lambda: data, lambda: columns, None)
        assert lines(hits, len(mixed)) == numbers, query
        assert found_here(query, [of(writer)]) == numbers, query
    query, numbers = found.popitem()
    assert look_for(query, [of(writer)]).until_caught_up() == numbers


def test_a_file_that_is_being_written_is_followed(writer: SessionWriter, look_for: LookFor) -> None:
    desk = look_for(Query("a", case=True), [of(writer)])
    assert desk.until_caught_up() == []
    for round_ in range(1, 30):
        # A worker that is new is meant as well as one that was there.
        writer.write(batch(["a", "b"], run=round_))
        desk.search.more([of(writer)], writer.records)
        if round_ % 3 == 0:
            desk.until_caught_up(writer.records)
    desk.search.more([of(writer)], writer.records)
    assert desk.until_caught_up(writer.records) == list(range(0, 58, 2))
    # The writer can end its file although a search follows it.
    writer.finish("later")
    assert not list(writer.path.parent.glob("*-wal"))


def test_no_further_than_to_what_is_committed(writer: SessionWriter, look_for: LookFor) -> None:
    for _ in range(4):
        writer.write(batch(["a"] * 10))
    desk = look_for(Query("a"), [of(writer)], 25)
    assert desk.until_caught_up() == list(range(25))
    desk.search.more([of(writer)], 40)
    assert desk.until_caught_up(40) == list(range(40))


def test_a_session_in_several_files(tmp_path: Path, look_for: LookFor) -> None:
    writers = [new_writer(tmp_path, STARTED, ORIGIN) for _ in range(3)]
    for writer in writers:
        writer.write(batch([f"{i}" for i in range(10)]))
    # What an uncertain commit left at the end of the first is in the second too.
    segments = [of(writers[0]), of(writers[1], 8), of(writers[2], 18)]
    desk = look_for(Query("1"), segments[:2], 18)
    assert desk.until_caught_up() == [1, 9]
    desk.search.more(segments, 28)
    assert desk.until_caught_up(28) == [1, 9, 19]
    assert look_for(Query("[189]", regex=True), segments).until_caught_up() == [1, 9, 16, 17, 19, 26, 27]
    for writer in writers:
        writer.abandon()


def test_a_damaged_batch_is_named_and_costs_itself_alone(writer: SessionWriter, look_for: LookFor) -> None:
    for start in range(0, 300, 100):
        writer.write(batch([str(i) for i in range(start, start + 100)]))
    writer.finish("later")
    flip_a_byte(writer.path, 100)
    desk = look_for(Query("5$", regex=True), [of(writer)])
    assert desk.until_caught_up() == [*range(5, 100, 10), *range(205, 300, 10)]
    assert desk.state.damaged == (f"{writer.path}: lines 100 to 199 are left out: the batch is damaged.",)
    assert desk.hits.searched == 300


def test_a_missing_batch_is_named(writer: SessionWriter, look_for: LookFor) -> None:
    for _ in range(3):
        writer.write(batch(["a"] * 10))
    writer.finish("later")
    with contextlib.closing(sqlite3.connect(writer.path)) as connection:
        connection.execute("DELETE FROM batch WHERE first = 10")
        connection.commit()
    desk = look_for(Query("a"), [of(writer)])
    assert desk.until_caught_up() == [*range(10), *range(20, 30)]
    assert desk.state.damaged == (
        f"{writer.path}: it is damaged (a batch's row is missing); what can still be read of it is shown.",
        f"{writer.path}: lines 10 to 19 are missing.",
    )


def test_a_page_that_is_damaged_costs_what_is_on_it(writer: SessionWriter, look_for: LookFor) -> None:
    for _ in range(200):
        writer.write(batch([os.urandom(600).hex()]))
    writer.finish("later")
    with writer.path.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096)
    desk = look_for(Query(".", regex=True), [of(writer)])
    assert 150 < len(desk.until_caught_up()) < 200
    assert desk.hits.searched == 200
    assert desk.state.damaged


def test_a_file_that_is_shorter_than_it_should_be_is_said(writer: SessionWriter, look_for: LookFor) -> None:
    writer.write(batch(["a"] * 10))
    desk = look_for(Query("a"), [of(writer)], 15)
    assert desk.until_caught_up(15) == list(range(10))
    assert desk.state.damaged == (f"{writer.path}: lines 10 to 14 are missing.",)


def test_a_session_without_a_file_yet(writer: SessionWriter, look_for: LookFor) -> None:
    desk = look_for(Query("a"), [], 0)
    assert desk.until_caught_up() == []
    writer.write(batch(["a"]))
    desk.search.more([of(writer)], 1)
    assert desk.until_caught_up(1) == [0]


@pytest.mark.parametrize("last", [True, False])
def test_a_file_that_was_removed_is_said_and_its_lines_are_no_hits(
    tmp_path: Path, look_for: LookFor, *, last: bool
) -> None:
    first, second = (new_writer(tmp_path, STARTED, ORIGIN) for _ in range(2))
    for writer in (first, second):
        writer.write(batch(["a"] * 10))
        writer.finish("later")
    gone, kept = (second, range(10)) if last else (first, range(10, 20))
    gone.path.unlink()
    desk = look_for(Query("a"), [of(first), of(second, 10)], 20)
    assert desk.until_caught_up(20) == list(kept)
    assert desk.state.damaged == (f"{gone.path}: there is no such session.",)


def test_another_session_in_its_place_is_not_searched(tmp_path: Path, look_for: LookFor) -> None:
    first, second = (new_writer(tmp_path, STARTED, ORIGIN) for _ in range(2))
    for writer in (first, second):
        writer.write(batch(["a"]))
        writer.finish("later")
    second.path.replace(first.path)
    desk = look_for(Query("a"), [of(first)], 1)
    assert desk.until_caught_up(1) == []
    assert desk.state.damaged == (f"{first.path}: another session is in its place.",)


def test_a_pattern_that_never_ends_is_ended_at_once(writer: SessionWriter, look_for: LookFor) -> None:
    writer.write(batch(["a"]))
    desk = look_for(Query("(a+)+$", regex=True, case=True), [of(writer)])
    assert desk.until_caught_up(1) == [0]
    writer.write(batch(["a" * 60 + "b"]))
    # A request more than a stuck process can take.
    for _ in range(2_000):
        desk.search.more([of(writer)] * 10, 2)
    assert desk.state.phase is Phase.SEARCHING
    started = time.monotonic()
    desk.search.stop()
    assert time.monotonic() - started < 1
    assert desk.state.phase is Phase.STOPPED
    desk.search.stop()


def test_who_is_killed_from_outside_has_failed_and_says_so(writer: SessionWriter, look_for: LookFor) -> None:
    desk = look_for(Query("a"), [of(writer)])
    desk.until_caught_up()
    assert desk.search.child is not None
    desk.search.child.kill()
    desk.until(lambda: desk.state.phase is not Phase.CAUGHT_UP)
    assert desk.state.phase is Phase.FAILED
    assert desk.state.sentence == f"The search was ended from outside (signal {signal.SIGKILL:d}); search again."
    desk.search.more([of(writer)], 1)
    assert desk.state.phase is Phase.FAILED


def test_what_cannot_go_on_says_why(writer: SessionWriter, look_for: LookFor) -> None:
    desk = look_for(Query("(", regex=True), [of(writer)])  # it was not checked
    desk.until(lambda: desk.state.phase is Phase.FAILED)
    assert desk.state.sentence.startswith("The search cannot go on (")
    assert "missing )" in desk.state.sentence


def test_a_process_that_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch, writer: SessionWriter) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    search = Search(Query("a"), [of(writer)], pytest.fail)
    assert search.state.phase is Phase.FAILED
    assert search.state.sentence == "A search cannot be started (No such file or directory)."
    search.more([of(writer)], 1)
    search.stop()


def test_the_bell_rings_once_until_its_owner_comes(writer: SessionWriter) -> None:
    rings: list[None] = []
    for _ in range(50):
        writer.write(batch(["a"]))
    search = Search(Query("a"), [of(writer)], lambda: rings.append(None))
    try:
        eventually(lambda: search.state.phase is Phase.CAUGHT_UP)
        assert len(rings) == 1
        assert sum(chunk.lines for chunk in search.consume()) == 50
    finally:
        search.stop()


PARENT = """
import sys
from pathlib import Path
from app.session.search.client import Search
from app.session.search.query import Query
from app.session.segments import Segment
search = Search(Query(sys.argv[2], regex=True, case=True), [Segment(0, Path(sys.argv[1]))], lambda: None)
print(search.child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("pattern", ["a", "(a+)+$"])
def test_it_ends_with_its_window_whatever_it_is_at(writer: SessionWriter, pattern: str) -> None:
    writer.write(batch(["a" * 60 + "b"]))
    command = [sys.executable, "-c", PARENT, str(writer.path), pattern]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())  # type: ignore[union-attr]
        parent.kill()
    eventually(lambda: not _is_alive(child))


def _is_alive(process: int) -> bool:
    """Return whether a process, not of ours, still runs; one that only waits to be reaped does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_needs_little_and_never_the_user_s_own_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look_for: LookFor
) -> None:
    writer = new_writer(tmp_path / "sessions", STARTED, ORIGIN)
    writer.write(batch(["a"]))
    for folder in ("app", "json"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("raise SystemExit('not yours')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    desk = look_for(Query("[[a]", regex=True), [Segment(0, writer.path.relative_to(tmp_path))])
    assert desk.until_caught_up() == [0]
    writer.abandon()
