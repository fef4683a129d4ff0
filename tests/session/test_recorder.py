"""The recorder: in order, credit only for what is committed, nothing lost while the disk is in trouble."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.core.engine import Drained
from app.core.packed_batch import merged
from app.session.folder import new_writer, session_paths
from app.session.recorder import Recorder
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.test_writer import texts_of

pytestmark = pytest.mark.usefixtures("quick_retries")


class Disk:
    """Makes writers, and fails when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.error: Exception | None = None
        self.before_writer: Callable[[], object] = lambda: None

    def __call__(self) -> SessionWriter:
        self.before_writer()
        if self.error is not None:
            raise self.error
        return new_writer(self.folder, STARTED, ORIGIN)


class Desk:
    """A recorder, its disk, and what it has settled."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder)
        self.settled: list[Drained] = []
        self.recorder = Recorder(self.disk, self.settled.extend, lambda: "later")
        self.given: list[str] = []

    def give(self, *texts: str) -> Drained:
        drained = Drained(batch(list(texts)), [])
        self.given += texts
        self.recorder.consume(drained)
        return drained


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "sessions")
    yield desk
    desk.disk.error = None
    desk.recorder.close()


def test_a_session_without_a_run_leaves_no_file(desk: Desk) -> None:
    desk.recorder.close()
    assert session_paths(desk.disk.folder) == []


def test_batches_are_committed_in_order_and_then_settled(desk: Desk) -> None:
    given = [desk.give(str(i), f"{i}b") for i in range(50)]
    status = desk.recorder.close()
    assert (status.committed, status.behind, status.trouble) == (100, 0, "")
    assert desk.settled == given
    assert texts_of(status.path) == desk.given  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.OperationalError("database is locked")]
)
def test_lines_wait_while_the_disk_is_in_trouble_and_are_all_there_afterwards(desk: Desk, error: Exception) -> None:
    desk.disk.error = error
    desk.give("a")
    eventually(lambda: desk.recorder.status().trouble)
    assert str(getattr(error, "strerror", None) or error) in desk.recorder.status().trouble
    desk.give("b")
    assert (desk.settled, desk.recorder.status().behind) == ([], 2)
    desk.disk.error = None
    eventually(lambda: desk.recorder.status().behind == 0)
    assert desk.recorder.status().trouble == ""
    assert texts_of(desk.recorder.close().path) == ["a", "b"]  # type: ignore[arg-type]


def test_a_file_that_is_removed_is_followed_by_a_new_one(desk: Desk) -> None:
    desk.give("a")
    eventually(lambda: desk.recorder.status().committed == 1)
    desk.recorder.status().path.unlink()  # type: ignore[union-attr]
    desk.give("b")
    eventually(lambda: desk.recorder.status().committed == 2)
    assert texts_of(desk.recorder.close().path) == ["b"]  # type: ignore[arg-type]


def test_what_cannot_be_written_at_the_end_is_counted(desk: Desk) -> None:
    desk.disk.error = OSError(30, "Read-only file system")
    desk.give("a", "b")
    status = desk.recorder.close()
    assert (status.committed, status.behind) == (0, 2)
    assert "Read-only file system" in status.trouble


def test_the_last_gigabyte_of_the_disk_is_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    free: Callable[[int], object] = partial(type("Usage", (), {"__init__": lambda s, f: setattr(s, "free", f)}))
    monkeypatch.setattr("shutil.disk_usage", lambda _path: free(999_000_000))
    desk.give("a")
    eventually(lambda: "only 999 MB of the disk are free" in desk.recorder.status().trouble)
    monkeypatch.undo()
    eventually(lambda: desk.recorder.status().committed == 1)


def test_several_batches_become_one() -> None:
    whole = merged([batch(["a"], run=1), batch(["b", "c"], run=2)])
    assert whole.texts == ["a", "b", "c"]
    assert list(whole.runs) == [1, 2, 2]
    assert set(whole.names) == {1, 2}


def test_taking_never_waits(desk: Desk) -> None:
    """The window's thread hands batches on while the recorder's is in the middle of a commit."""
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        go_on.wait()

    desk.disk.before_writer = slow
    desk.give("a")
    assert inside.wait(10)
    desk.give("b")
    go_on.set()
    assert texts_of(desk.recorder.close().path) == ["a", "b"]  # type: ignore[arg-type]
