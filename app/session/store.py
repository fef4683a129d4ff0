"""Writing a session file: one commit a batch; what is committed is on the disk."""

import os
import sqlite3
import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path

from app.core.batch import Batch, little_endian
from app.session.schema import create

_INSERT = "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class SessionWriter:
    """Writes one new session file; one thread only, the one that makes it.

    Args:
        path: where; no file may be there yet. It is for its owner's eyes only (mode 0600).
        meta: what the ``meta`` table is to hold.

    Raises:
        OSError, sqlite3.Error: it cannot be made; nothing is left of it.
    """

    def __init__(self, path: Path, meta: Mapping[str, str]) -> None:
        self.path = path
        self.records = 0  # committed so far
        self._origin = int(meta["origin_ns"])
        self._runs: set[int] = set()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made here and not by SQLite: nobody else may read it, not even for a moment.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0)
            create(self._connection)
            self._connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            self._inode = path.stat().st_ino
        except BaseException:
            self.abandon()
            path.unlink(missing_ok=True)
            raise

    def write(self, batch: Batch) -> None:
        """Commit a batch; when this returns, it is on the disk.

        Raises:
            OSError, sqlite3.Error: it could not be written; nothing of it has been.
        """
        columns, texts = (zlib.compress(part, 1) for part in batch.to_bytes())
        earliest, latest = batch.bounds()
        runs = little_endian(array("q", batch.names))
        row = (
            self.records,
            len(batch),
            earliest - self._origin,
            latest - self._origin,
            runs,
            zlib.crc32(columns),
            columns,
            zlib.crc32(texts),
            texts,
        )
        new = [run for run in batch.names if run not in self._runs]
        if new:
            self._write_with_runs(batch, new, row)
        else:
            # A statement by itself is a transaction by itself, and gives the GIL away once instead of three times: beside
            # busy threads it takes up to a switch interval each time to win it back.
            self._connection.execute(_INSERT, row)
        self._runs.update(new)
        self.records += len(batch)

    def _write_with_runs(self, batch: Batch, new: list[int], row: tuple[object, ...]) -> None:
        self._connection.execute("BEGIN")
        try:
            for run in new:
                name = batch.names[run]
                worker = name.worker.encode("utf-8", "surrogatepass")
                self._connection.execute("INSERT INTO run VALUES (?, ?, ?)", (run, worker, name.number))
            self._connection.execute(_INSERT, row)
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk rolls back by itself: a second ROLLBACK would raise.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def is_there(self) -> bool:
        """Return whether the file is still the one that we opened: one that was removed goes on taking writes silently."""
        try:
            return self.path.stat().st_ino == self._inode
        except OSError:
            return False

    def finish(self, ended: str) -> None:
        """Say when the sitting ended (ISO 8601) and leave one plain file; sqlite3.Error if that cannot be written."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('ended', ?)", (ended,))
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def abandon(self) -> None:
        """Let the file be as it is; what was committed stays."""
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()
