"""Reading a session file: any range by line number, worker and run, in short transactions."""

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.batch import Batch, Record, RunName, from_little_endian
from app.core.errors import BadInput
from app.session.schema import check

# Batches fetched in one transaction: an open one keeps the writer's log growing.
_STEP = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a session: its line number, the time in the sitting (ns), whose it is, its kind and its text."""

    number: int
    t_ns: int
    name: RunName
    kind: int
    text: str


class SessionReader:
    """Reads a session file, also while it is being written; any one thread.

    Args:
        path: the file.
        damaged: called with a sentence for each batch that is damaged; it is skipped, never silently.

    Raises:
        BadInput: there is no such file, it cannot be read, is damaged as a whole, or is of a newer version.
    """

    def __init__(self, path: Path, damaged: Callable[[str], None]) -> None:
        self.path = path
        self._damaged = damaged
        if not path.is_file():
            raise BadInput(f"{path}: there is no such session.")
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: it is empty; nothing was recorded in it.")
        try:
            self._connection = _open(path)
        except sqlite3.Error as error:
            raise BadInput(f"{path}: it cannot be read as a session ({error}).") from None
        try:
            check(self._connection, path)
            self.meta = dict(self._connection.execute("SELECT key, value FROM meta").fetchall())
            self._origin = int(self.meta["origin_ns"])
        except (sqlite3.Error, KeyError, ValueError) as error:
            self._connection.close()
            raise BadInput(f"{path}: it cannot be read as a session ({error}).") from None
        except BadInput:
            self._connection.close()
            raise

    def __enter__(self) -> "SessionReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def records(self) -> int:
        """Return how many records are committed."""
        (end,) = self._connection.execute("SELECT max(first + count) FROM batch").fetchone()
        return end or 0

    def runs(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number."""
        rows = self._connection.execute("SELECT id, worker, number FROM run ORDER BY id").fetchall()
        return {run: RunName(worker.decode("utf-8", "surrogatepass"), number) for run, worker, number in rows}

    def duration(self) -> int:
        """Return the time in the sitting of the last record, in ns."""
        (latest,) = self._connection.execute("SELECT max(latest) FROM batch").fetchone()
        return latest or 0

    def lines(
        self, start: int = 0, stop: int | None = None, *, worker: str | None = None, run: int | None = None
    ) -> Iterator[Line]:
        """Yield the records from line number ``start`` to before ``stop``, of one worker and one run number if given."""
        names = self.runs()
        wanted = {key for key, name in names.items() if worker in (None, name.worker) and run in (None, name.number)}
        everything = len(wanted) == len(names)
        for first, batch in self._batches(start, stop, None if everything else wanted):
            low, high = max(0, start - first), len(batch) if stop is None else min(len(batch), stop - first)
            for number, record in enumerate(batch, first):
                if low <= number - first < high and (everything or record.run in wanted):
                    yield self._line(number, record, batch)

    def _line(self, number: int, record: Record, batch: Batch) -> Line:
        return Line(number, record.instant - self._origin, batch.names[record.run], record.kind, record.text)

    def _batches(self, start: int, stop: int | None, wanted: set[int] | None) -> Iterator[tuple[int, Batch]]:
        """Yield the batches that hold lines of the range, and runs of those that are wanted (None: any)."""
        row = self._connection.execute("SELECT max(first) FROM batch WHERE first <= ?", (start,)).fetchone()
        place = row[0] if row[0] is not None else 0
        end = stop if stop is not None else 2**62
        while True:
            heads = self._connection.execute(
                "SELECT first, count, runs FROM batch WHERE first >= ? AND first < ? ORDER BY first LIMIT ?",
                (place, end, _STEP),
            ).fetchall()
            for first, count, runs in heads:
                place = first + count
                if wanted is None or not wanted.isdisjoint(from_little_endian(runs)):
                    batch = self._batch(first, count)
                    if batch is not None:
                        yield first, batch
            if not heads:
                return

    def _batch(self, first: int, count: int) -> Batch | None:
        row = self._connection.execute(
            "SELECT columns_crc, columns, texts_crc, texts FROM batch WHERE first = ?", (first,)
        ).fetchone()
        where = f"{self.path}: the batch of lines {first:,} to {first + count - 1:,}"
        columns_crc, columns, texts_crc, texts = row
        if zlib.crc32(columns) != columns_crc or zlib.crc32(texts) != texts_crc:
            self._damaged(f"{where} is damaged and left out.")
            return None
        try:
            return Batch.from_bytes(zlib.decompress(columns), zlib.decompress(texts))
        except (ValueError, zlib.error) as error:
            self._damaged(f"{where} cannot be read and is left out ({error}).")
            return None


def _open(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; where even a log cannot be made, one that takes the file as it is."""
    uri = path.resolve().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=2)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if not isinstance(error, sqlite3.OperationalError):
            connection.close()
            raise
        # A log (WAL) in a folder that may not be written to cannot be opened, even for reading.
        connection.close()
        connection = sqlite3.connect(f"{uri}?immutable=1", uri=True, isolation_level=None)
    return connection
