"""Watches whether a file that is being written is still there: a file that was removed goes on taking writes silently."""

import contextlib
import os
from pathlib import Path

# The files that this process writes, by device and inode. They may only be opened by SQLite: opening and closing one by
# other means takes away SQLite's locks on it, all of this process.
written_here: set[tuple[int, int]] = set()


def is_written_here(path: Path) -> bool:
    """Return whether this process writes a session file; any thread."""
    try:
        found = path.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) in written_here


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
