"""Session files in a folder of the test's own."""

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

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


def batch(texts: list[str], run: int = 1, start: int | None = None, kind: Kind = Kind.LINE) -> Batch:
    """Return a batch of one run's records, a microsecond apart; it begins after the one before."""
    n = len(texts)
    start = _next_start[0] if start is None else start
    _next_start[0] = max(_next_start[0], start + n * 1_000)
    instants = array("q", (start + 1_000 * i for i in range(n)))
    return Batch(instants, array("q", [run]) * n, bytearray([kind]) * n, texts, {run: RunName(f"W{run}", run)})


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SessionWriter]:
    """Return a writer of a new session, which is let go of at the end."""
    writer = new_writer(tmp_path / "sessions", STARTED, ORIGIN)
    yield writer
    writer.abandon()
