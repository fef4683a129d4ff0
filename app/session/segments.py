"""The files that a session is in: mostly one; another follows where one was removed or damaged while it was written."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.opening import is_passing

# The window's thread reads: a sentence in a line's place is better than a window that stands still.
_TIMEOUT = 0.05
_PAUSE_NS = 500_000_000  # until a file that could not be read is tried again: each try may take the time-out
_OPEN = 8  # files of one session that are kept open


@dataclass(frozen=True, slots=True)
class Segment:
    """A session file of a session, and where in the session it begins.

    Attributes:
        first: the session's line number of the file's record 0. The file's part ends where the next segment begins, whatever
            else is in it: what an uncertain commit left there is in the next file too.
        path: the file.
        id: the ``id`` of its ``meta``, by which it is told from another session in its place; empty: any session.
    """

    first: int
    path: Path
    id: str = ""


class UnreadableError(Exception):
    """A file cannot be read at the moment; the message is the end of a sentence about its lines."""


class SegmentFiles:
    """Opens the files of a session; one thread only, the one that makes it.

    Args:
        damaged: called with a sentence about each thing that cannot be read, once for each.
        now: returns a monotonic time in ns.

    Attributes:
        origin: the ``perf_counter_ns`` of the beginning of the session; 0 until a file was opened.
        started_ns: the wall clock of that instant, ns of the Unix epoch; 0 until a file was opened.
    """

    def __init__(self, damaged: Callable[[str], None], now: Callable[[], int]) -> None:
        self._damaged = damaged
        self._now = now
        self._open: dict[Path, tuple[BatchFile, int]] = {}  # and the inode
        self._failed: dict[Path, tuple[int, str]] = {}  # when to try again, and why it could not be read
        self._said: set[str] = set()
        self.origin = self.started_ns = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, path: Path) -> BatchFile:
        """Open a file, whatever session it is; BadInput if it cannot be read."""
        file = BatchFile(path, _TIMEOUT, self.say, whole=True)
        try:
            inode = path.stat().st_ino
        except OSError as error:
            file.close()
            raise BadInput(f"{path}: it cannot be read as a session ({error.strerror}).") from None
        return self._keep(path, file, inode)

    def of(self, segment: Segment) -> BatchFile:
        """Return the open file of a segment; UnreadableError if it cannot be read."""
        failed = self._failed.get(segment.path)
        if failed is not None and self._now() < failed[0]:
            raise UnreadableError(failed[1])
        file, was = self._open.get(segment.path, (None, None))
        try:
            inode = segment.path.stat().st_ino
        except OSError as error:
            self._close(segment.path)
            raise UnreadableError(f"its file is gone ({error.strerror})") from None
        if file is not None and was == inode:
            return file
        self._close(segment.path)
        try:
            file = BatchFile(segment.path, _TIMEOUT, self.say)
        except BadInput as error:
            raise UnreadableError(str(error).removeprefix(f"{segment.path}: ").rstrip(".")) from None
        if segment.id and file.meta.get("id") != segment.id:
            file.close()
            raise UnreadableError("another session is in its file's place")
        return self._keep(segment.path, file, inode)

    def is_open(self, segment: Segment) -> bool:
        """Return whether a file was read when it was last asked for."""
        return segment.path in self._open

    def _keep(self, path: Path, file: BatchFile, inode: int) -> BatchFile:
        while len(self._open) >= _OPEN:
            self._close(next(iter(self._open)))
        self._open[path] = file, inode
        self._failed.pop(path, None)
        self.started_ns = int(file.meta["started_ns"])
        self.origin = file.origin
        return file

    def _close(self, path: Path) -> None:
        if path in self._open:
            self._open.pop(path)[0].close()

    def close(self) -> None:
        """Close all files."""
        for path in list(self._open):
            self._close(path)

    def fail(self, segment: Segment, error: Exception) -> str:
        """Say once that a file cannot be read, leave it alone for a while, and return the reason."""
        reason = str(error)
        damaged = isinstance(error, sqlite3.Error) and not is_passing(error)
        failed = self._failed.get(segment.path)
        # Damage is in one place: waiting does not help, and elsewhere the file may well be read.
        if not damaged and (failed is None or self._now() >= failed[0]):
            self._failed[segment.path] = self._now() + _PAUSE_NS, reason
        self.say(f"{segment.path}: lines from {segment.first:,} on are not readable: {reason}.")
        return reason

    def say(self, sentence: str) -> None:
        """Say a sentence, if it was not said before."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._damaged(sentence)
