"""Session files in a folder of the test's own."""

import sqlite3
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.batch import Batch, Kind, RunName
from app.session.folder import new_writer
from app.session.writer import SessionWriter

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ORIGIN = 1_000


_next_start = [ORIGIN]


@pytest.fixture(autouse=True)
def _time_begins_anew() -> None:
    _next_start[0] = ORIGIN


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have recorders try again soon what has failed."""
    monkeypatch.setattr("app.session.recorder._RETRY", 0.01)


def batch(texts: list[str], run: int = 1, start: int | None = None, kind: Kind = Kind.LINE) -> Batch:
    """Return a batch of one run's records, a microsecond apart; it begins after the one before."""
    n = len(texts)
    start = _next_start[0] if start is None else start
    _next_start[0] = max(_next_start[0], start + n * 1_000)
    instants = array("q", (start + 1_000 * i for i in range(n)))
    return Batch(instants, array("q", [run]) * n, bytearray([kind]) * n, texts, {run: RunName(f"W{run}", run)})


class WriterConnection(sqlite3.Connection):
    """A writer's connection, one of whose statements a test can have fail.

    Attributes:
        failing: how the statement begins that fails, once; empty if none does.
        is_done: whether it fails after it was done, or instead.
    """

    failing = ""
    is_done = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.failing and sql.startswith(self.failing):
            self.failing = ""
            if self.is_done:
                super().execute(sql, *values)
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> dict[Path, WriterConnection]:
    """Return the connections of the writers that are made from now on, by their files."""
    found: dict[Path, WriterConnection] = {}
    connect = sqlite3.connect

    def noted(database: Any, **fields: Any) -> sqlite3.Connection:
        if not isinstance(database, Path):  # who reads gives a text
            return connect(database, **fields)
        found[database] = connect(database, factory=WriterConnection, **fields)
        return found[database]

    monkeypatch.setattr(sqlite3, "connect", noted)
    return found


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SessionWriter]:
    """Return a writer of a new session, which is let go of at the end."""
    writer = new_writer(tmp_path / "sessions", STARTED, ORIGIN)
    yield writer
    writer.abandon()
