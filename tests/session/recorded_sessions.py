"""A session whose recorder writes real files, and what all of its files together say afterwards."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.batch import Kind, Record
from app.core.engine import Drained
from app.session.archive import Archive
from app.session.folder import new_writer
from app.session.recorder import Recorder
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import ORIGIN, STARTED, batch


class RecordedSession:
    """A recorder on a folder, what was given to it, and what it has settled.

    What has failed is not tried again before ``until_recorded``: a test sees every trouble, however short it is.

    Attributes:
        before_write: called in the recorder's thread with the writer, before each write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.given: list[str] = []
        self.settled: list[Drained] = []
        self.before_write = lambda _writer: None
        self._is_awaited = False
        self.recorder = Recorder(self.new_writer, self.settled.extend, lambda: "later")

    def new_writer(self) -> SessionWriter:
        self._hold()
        writer = new_writer(self.folder, STARTED, ORIGIN)
        write = writer.write

        def prepared(given: object) -> None:
            self._hold()
            self.before_write(writer)
            write(given)  # type: ignore[arg-type]

        writer.write = prepared  # type: ignore[method-assign,assignment]
        return writer

    def _hold(self) -> None:
        recorder = self.recorder
        eventually(lambda: self._is_awaited or recorder._closing or not recorder.status().trouble)

    def give(self, count: int = 10, run: int = 1, size: int = 0) -> None:
        """Hand a batch of lines over; ``size`` bytes that cannot be compressed are added to each."""
        texts = [f"{len(self.given) + i} {os.urandom(size).hex()}" for i in range(count)]
        start = ORIGIN + 1_000 * len(self.given)
        self.given += texts
        self.recorder.consume(Drained(batch(texts, run=run, start=start), []))

    def give_and_wait(self, count: int = 10, run: int = 1, size: int = 0) -> None:
        self.give(count, run, size)
        self.until_recorded()

    def until_recorded(self) -> None:
        self._is_awaited = True
        eventually(lambda: self.recorder.status().behind == 0)
        self._is_awaited = False

    def until_in_trouble(self, *words: str) -> str:
        eventually(lambda: self.recorder.status().trouble)
        trouble = self.recorder.status().trouble
        for word in words:
            assert word in trouble
        assert "\n" not in trouble
        return trouble

    @property
    def path(self) -> Path:
        path = self.recorder.status().path
        assert path is not None
        return path

    def records(self) -> list[Record]:
        """Return every record of the session as its files have it."""
        status = self.recorder.status()
        with contextlib.closing(Archive(lambda _sentence: None)) as archive:
            archive.set_segments(status.segments, status.committed)
            records = archive.records(0, status.committed)
        assert len(records) == status.committed
        return records

    def lost(self) -> set[int]:
        """Return the numbers of the lines that cannot be read; every other one is what was given, in its place."""
        lost = set()
        for number, (record, given) in enumerate(zip(self.records(), self.given, strict=True)):
            if record.kind == Kind.ERROR:
                assert f"line {number:,} is not readable" in record.text
                lost.add(number)
            else:
                assert record.text == given
                assert record.instant == ORIGIN + 1_000 * number
        return lost


@contextlib.contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Have another process hold the file's lock for writing."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read(); c.close()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of a few MB, or skip the test where that is not allowed."""
    folder.mkdir()
    if (
        sys.platform != "linux"
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a file system of its own can be mounted by root alone, on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def written_by(monkeypatch: pytest.MonkeyPatch, folder: Path, process: int) -> Path:
    """Return a session that was not ended and that a process seems to write."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: process)
        writer = new_writer(folder, STARTED, ORIGIN)
    writer.write(batch(["a"]))
    writer.abandon()
    return writer.path
