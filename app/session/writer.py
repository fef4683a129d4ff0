"""Writing a session file: one commit a batch; what is committed is on the disk."""

import contextlib
import os
import sqlite3
import time
from array import array
from collections.abc import Mapping
from pathlib import Path

from app.core.batch import Batch
from app.core.column_bytes import little_endian
from app.core.errors import BadInput
from app.session import schema
from app.session.batch_file import BatchFile
from app.session.packing import pack
from app.session.processes import written_here

_LAST = "SELECT first, count FROM batch ORDER BY first DESC LIMIT 1"
_LOG_SIZE = 4 * 2**20  # bytes in the log, about, until they are moved into the file
_LOOK = 1.0  # seconds between two looks at the log's name


class SessionWriter:
    """Writes one new session file; one thread only, the one that makes it.

    Args:
        path: where; no file may be there yet. It is for its owner's eyes only (mode 0600).
        meta: what the ``meta`` table is to hold.

    Raises:
        OSError, sqlite3.Error: it cannot be made; nothing is left of it.

    Attributes:
        path: the file.
        id: its ``id`` in ``meta``.
        records: how many are committed.
    """

    def __init__(self, path: Path, meta: Mapping[str, str]) -> None:
        self.path = path
        self.id = meta["id"]
        self.records = 0
        self._origin = int(meta["origin_ns"])
        self._mark = schema.session_mark(meta)
        self._greatest: int | None = None  # the greatest time of all records that are committed
        self._runs: set[int] = set()
        self._doubtful = False  # the last commit failed, and may be on the disk all the same
        self._logged = 0  # bytes written since the log was moved into the file
        self._looked = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made here and not by SQLite: no other user may read it, not even for a moment.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0)
            schema.create(self._connection)
            self._connection.execute(schema.INSERT_META, schema.meta_row(1, meta))
            # The log is moved into the file by us alone, so that we know when the file changes. And it is done before a
            # commit: were SQLite to do it in one, and fail, the commit would fail although it is on the disk.
            self._connection.execute("PRAGMA wal_autocheckpoint = 0")
            self._guard = Guard(path)
            written_here.add(self._guard.identity)
        except BaseException:
            connection = getattr(self, "_connection", None)
            if connection is not None:
                connection.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, batch: Batch) -> None:
        """Commit a batch; when this returns, it is on the disk. After a failure, the same batch is to be given again.

        Raises:
            FileLostError: the file is no longer ours or no longer sound; nothing more can be written to it.
            OSError, sqlite3.Error: it could not be written.
        """
        try:
            self._look_at_file()
            if not (self._doubtful and self._is_there_already(batch)):
                if self._logged >= _LOG_SIZE:
                    # What a reader still needs of it waits.
                    self._connection.execute("PRAGMA wal_checkpoint").fetchall()
                    self._logged = 0
                    self._guard.remember()
                self._insert(batch)
        except sqlite3.Error:
            # It may have failed because the file is gone, and that would be the better reason.
            self._guard.look_at_file()
            self._guard.look_at_log()
            raise
        self._runs.update(batch.names)
        self.records += len(batch)
        latest = batch.highest() - self._origin
        self._greatest = latest if self._greatest is None else max(self._greatest, latest)

    def _look_at_file(self) -> None:
        """Raise FileLostError if no reader would see what we write."""
        if self._guard.look_at_file():
            self._look_inside()
        # The log's name is looked at more rarely: each look lets go of the GIL, and what is in a log without a name comes
        # into the file when we leave it.
        if time.monotonic() - self._looked >= _LOOK:
            self._guard.look_at_log()
            self._looked = time.monotonic()

    def _look_inside(self) -> None:
        """Raise FileLostError if the file, which another program has written to, does not read as it should."""
        damaged: list[str] = []
        try:
            with contextlib.closing(BatchFile(self.path, 0, damaged.append)) as file:
                sound = file.count() == self.records and file.meta["id"] == self.id
        except (BadInput, sqlite3.Error) as error:
            raise FileLostError("another program wrote to it and damaged it") from error
        if not sound or damaged:
            raise FileLostError("another program wrote to it")

    def _is_there_already(self, batch: Batch) -> bool:
        """Return whether a commit that failed is on the disk after all; FileLostError if something else is."""
        first, count = self._connection.execute(_LAST).fetchone() or (0, 0)
        self._doubtful = False
        if (first, count) == (self.records, len(batch)):
            return True
        if first + count != self.records:
            raise FileLostError("it holds lines that were not written here")
        return False

    def _insert(self, batch: Batch) -> None:
        earliest, latest = batch.bounds()[0] - self._origin, batch.highest() - self._origin
        before = earliest if self._greatest is None else self._greatest
        runs = little_endian(array("q", batch.names))
        columns_crc, columns, texts_crc, texts = pack(batch)
        head = schema.Head(self.records, len(batch), earliest, latest, before, runs, columns_crc, texts_crc)
        row = (*schema.head_row(head, self._mark), columns, texts)
        new = [run for run in batch.names if run not in self._runs]
        self._doubtful = True
        if new:
            self._insert_with_runs(batch, new, row)
        else:
            # A statement by itself is a transaction by itself, and gives the GIL away once instead of three times: beside
            # busy threads it takes up to a switch interval each time to win it back.
            self._connection.execute(schema.INSERT_BATCH, row)
        self._doubtful = False
        self._logged += len(columns) + len(texts)

    def _insert_with_runs(self, batch: Batch, new: list[int], row: tuple[object, ...]) -> None:
        self._connection.execute("BEGIN")
        try:
            for run in new:
                self._connection.execute(schema.INSERT_RUN, schema.run_row(run, batch.names[run]))
            self._connection.execute(schema.INSERT_BATCH, row)
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk rolls back by itself: a second ROLLBACK would raise.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def finish(self, ended: str) -> None:
        """Say when the session ended (ISO 8601) and leave one plain file.

        A process that reads the file at this moment keeps its log there, empty; the log goes with the next
        start of a program that may write there. FileLostError if it was removed or replaced; sqlite3.Error if not written.
        """
        self._guard.look_at_file()
        self._add_end_mark(ended)
        try:
            self._connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        except sqlite3.OperationalError:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._close()

    def _add_end_mark(self, ended: str) -> None:
        # By what we have committed and not by what can be found: the file may have been damaged under us.
        mark = {"ended": ended, "records": str(self.records), "runs": str(len(self._runs))}
        schema.add_facts(self._connection, mark)

    def leave(self, ended: str) -> None:
        """Close a file that cannot be continued, with an end mark (``ended``, ISO 8601); one without a record is removed.

        What was committed is brought into the file as far as that can be done: a log that was removed has lost its name, and
        this connection is the last that can read it.
        """
        if not self.records:
            self.discard()
            return
        with contextlib.suppress(sqlite3.Error):
            self._add_end_mark(ended)
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint").fetchall()
        self.abandon()

    def discard(self) -> None:
        """Close the file and remove it, but not a file that has taken its place."""
        is_ours = self._guard.is_ours()
        self.abandon()
        if is_ours:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def abandon(self) -> None:
        """Close the file as it is; what was committed stays."""
        self._close()
        self._guard.remove_stray_log()

    def _close(self) -> None:
        self._connection.close()
        written_here.discard(self._guard.identity)


class FileLostError(OSError):
    """A session file is no longer ours, or no longer sound; ``strerror`` says what happened to it."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)


class Guard:
    """Knows a SQLite file and its log by their inodes; made while the file is open and its log is there.

    Looked at from outside only, see ``written_here``.

    Args:
        path: the file.

    Raises:
        OSError: it is not there.

    Attributes:
        identity: device and inode.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._file_was = path.stat()
        self._log_was = self._log.stat()
        self.identity = (self._file_was.st_dev, self._file_was.st_ino)

    def remember(self) -> None:
        """Take the file as it is now: we have written to it."""
        now = self._path.stat()
        if now.st_ino == self._file_was.st_ino:
            self._file_was = now

    def look_at_file(self) -> bool:
        """Return whether another program seems to have written to the file since it was last looked at or remembered.

        Raises:
            FileLostError: it was removed, replaced or cut short.
            OSError: it cannot be looked at just now.
        """
        was = self._file_was
        now = _stat(self._path, "it was removed")
        if (now.st_ino, now.st_dev) != (was.st_ino, was.st_dev):
            raise FileLostError("another file is in its place")
        if now.st_size < was.st_size:
            raise FileLostError("another program cut it short")
        self._file_was = now
        return now.st_mtime_ns != was.st_mtime_ns

    def look_at_log(self) -> None:
        """Raise FileLostError if the log was removed, replaced or cut short."""
        now = _stat(self._log, "its log was removed")
        if (now.st_ino, now.st_dev) != (self._log_was.st_ino, self._log_was.st_dev):
            raise FileLostError("another log is in its log's place")
        if now.st_size < self._log_was.st_size:
            raise FileLostError("another program cut its log short")
        self._log_was = now

    def is_ours(self) -> bool:
        """Return whether the file is still there, whatever is in it."""
        try:
            return self._path.stat().st_ino == self._file_was.st_ino
        except OSError:
            return False

    def remove_stray_log(self) -> None:
        """Remove our log where our file is gone: SQLite would apply it to any other file of that name."""
        if not self.is_ours():
            with contextlib.suppress(OSError):
                if self._log.stat().st_ino == self._log_was.st_ino:
                    self._log.unlink()
                    self._path.with_name(f"{self._path.name}-shm").unlink()


def _stat(path: Path, gone: str) -> os.stat_result:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise FileLostError(gone) from None
