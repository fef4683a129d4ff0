"""Reading what a search needs of a session file: several batches, not taken apart, in one short transaction."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName
from app.core.errors import BadInput
from app.session.opening import opened

_TIMEOUT = 2.0  # seconds to wait for somebody who locks the file
# The batch that holds a line begins at or before it.
_START = "coalesce((SELECT first FROM batch WHERE first <= :start ORDER BY first DESC LIMIT 1), 0)"
_FURTHEST = 2**40  # lines skipped at once, in search of one that can be read


class Part(NamedTuple):
    """One batch as it stands in the file; the columns are only there if they were asked for."""

    first: int
    records: int
    runs: bytes
    texts_crc: int
    texts: bytes
    columns_crc: int
    columns: bytes


class PartsFile:
    """A session file that is open for reading; any one thread.

    It is meant to be open for moments only: as long as it is, its writer cannot end it as one plain file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def names(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number; sqlite3.Error if they cannot be read."""
        rows = self._connection.execute("SELECT id, worker, number FROM run").fetchall()
        return {run: RunName(bytes(worker).decode("utf-8", "surrogatepass"), number) for run, worker, number in rows}

    def boundary(self, start: int, rows: int) -> int | None:
        """Return the first line of the batch that comes so many batches after the one that holds the line ``start``.

        None if there is none, or if it cannot be read.
        """
        statement = f"SELECT first FROM batch WHERE first >= {_START} ORDER BY first LIMIT 1 OFFSET :rows"
        with contextlib.suppress(sqlite3.Error):
            found = self._connection.execute(statement, {"start": start, "rows": rows}).fetchone()
            if found is not None and isinstance(found[0], int):
                return found[0]
        return None

    def parts(self, start: int, stop: int, most: tuple[int, int], *, columns: bool) -> list[Part]:
        """Return some batches that hold lines of the file from number ``start`` to before ``stop``.

        Args:
            start: the first line; batches on a damaged page are skipped.
            stop: the line after the last.
            most: how many batches at most, and after how many bytes it is enough.
            columns: whether their columns are wanted too.

        Raises:
            sqlite3.Error: nothing can be read.
        """
        step = 1
        while True:
            try:
                return self._parts(start, stop, most, columns=columns)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                # How much is on the page is written on the page: further on, in growing steps, until one can be read.
                start, step = start + step, 2 * step
                if step > _FURTHEST:
                    raise

    def _parts(self, start: int, stop: int, most: tuple[int, int], *, columns: bool) -> list[Part]:
        wanted = "columns_crc, columns" if columns else "0, x''"
        statement = (
            f"SELECT first, count, runs, texts_crc, texts, {wanted} FROM batch"
            f" WHERE first >= {_START} AND first < :stop ORDER BY first LIMIT :rows"
        )
        most_rows, most_bytes = most
        parts: list[Part] = []
        size = 0
        try:
            with contextlib.closing(self._connection.cursor()) as cursor:
                for row in cursor.execute(statement, {"start": start, "stop": stop, "rows": most_rows}):
                    parts.append(_part(row))
                    size += len(parts[-1].texts) + len(parts[-1].columns)
                    if size >= most_bytes:
                        break
        except sqlite3.DatabaseError as error:
            # What comes before a damaged page is read all the same.
            if isinstance(error, sqlite3.OperationalError) or not parts:
                raise
        return [part for part in parts if part.first + part.records > start]


def _part(row: tuple[object, ...]) -> Part:
    # SQLite lets anything stand in any column; here it may be a file that somebody made by hand.
    types = (int, int, bytes, int, bytes, int, bytes)
    if not all(map(isinstance, row, types)):
        raise sqlite3.DatabaseError("a batch's row is damaged")
    return Part._make(row)


@contextmanager
def parts_file(path: Path, identity: str) -> Iterator[PartsFile]:
    """Open a session file for a moment.

    Args:
        path: the file.
        identity: the ``id`` that it must have; empty: any.

    Raises:
        BadInput: it cannot be read, or is another session.
    """
    connection, meta = opened(path, _TIMEOUT)
    with contextlib.closing(connection):
        if identity and meta.get("id") != identity:
            raise BadInput(f"{path}: another session is in its place.")
        yield PartsFile(connection)
